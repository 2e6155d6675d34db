"""A summary and the line that offers a newer one: what is being read never rewrites itself."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from storage.records import ConversationRow, SummaryRow
from tui.widgets.summary_pane import SummaryPane, build_rows
from tui.words import Words

Shown = tuple[ConversationRow, SummaryRow | None]


class SummaryPanel(Vertical):
    """Holds one conversation's summary still until `show_news` is asked for."""

    def __init__(self, words: Words, *, is_preview: bool, id: str | None = None) -> None:  # noqa: A002
        """A preview names its conversation and takes no keys."""
        super().__init__(id=id)
        self._words = words
        self._is_preview = is_preview
        self.pane = SummaryPane(words, id="summary")
        self.pane.can_focus = not is_preview
        self._shown: Shown | None = None
        self._offered: Shown | None = None

    def compose(self) -> ComposeResult:
        yield self.pane
        yield Static(self._words.new_summary, markup=False, id="news", classes="news")

    @property
    def has_news(self) -> bool:
        """Whether a newer summary than the one shown is ready."""
        return self._offered is not None

    def show(self, conversation: ConversationRow, summary: SummaryRow | None) -> None:
        """Show this now; of another conversation, the cursor begins at the top."""
        is_same = self._shown is not None and self._shown[0].id == conversation.id
        self._shown, self._offered = (conversation, summary), None
        rows = build_rows(conversation, summary, self._words, shows_title=self._is_preview)
        first = next((row.key for row in rows if row.can_choose), None)
        self.pane.show_rows(rows, at=None if is_same else first)
        if not is_same:
            self.pane.scroll_home(animate=False)
        self.set_class(False, "-has-news")

    def offer(self, conversation: ConversationRow, summary: SummaryRow | None) -> None:
        """Show marks and counts that changed at once, but another text only as an offer."""
        is_other_text = (
            self._shown is not None
            and self._shown[0].id == conversation.id
            and _identify(self._shown[1]) != _identify(summary)
        )
        if is_other_text:
            self._offered = (conversation, summary)
            self.set_class(True, "-has-news")
        else:
            self.show(conversation, summary)

    def show_news(self) -> None:
        """Show what was offered; nothing happens when nothing was."""
        if self._offered is not None:
            self.show(*self._offered)


def _identify(summary: SummaryRow | None) -> object:
    """What makes a summary another text to read."""
    return None if summary is None else (summary.id, summary.gist, summary.made_at)
