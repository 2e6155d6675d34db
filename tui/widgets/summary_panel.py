"""A summary and the line that offers a newer one: what is being read never rewrites itself."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui.reading import ConversationContent
from tui.widgets.summary_pane import SummaryPane, build_rows
from tui.words import Words


class SummaryPanel(Vertical):
    """Holds one conversation's summary still until `show_news` is asked for."""

    def __init__(self, words: Words, *, is_preview: bool, id: str | None = None) -> None:  # noqa: A002
        """A preview names its conversation and takes no keys."""
        super().__init__(id=id)
        self._words = words
        self._is_preview = is_preview
        self.pane = SummaryPane(words, id="summary")
        self.pane.can_focus = not is_preview
        self._shown: ConversationContent | None = None
        self._offered: ConversationContent | None = None

    def compose(self) -> ComposeResult:
        yield self.pane
        yield Static(self._words.new_summary, markup=False, id="news", classes="news")

    @property
    def has_news(self) -> bool:
        """Whether a newer summary than the one shown is ready."""
        return self._offered is not None

    def show(self, content: ConversationContent) -> None:
        """Show this now; of another conversation, the cursor begins at the top."""
        is_same = self._is_of(content)
        self._shown, self._offered = content, None
        rows = build_rows(
            content.conversation, content.summary, self._words, shows_title=self._is_preview
        )
        first = next((row.key for row in rows if row.can_choose), None)
        self.pane.show_rows(rows, at=None if is_same else first)
        if not is_same:
            self.pane.scroll_home(animate=False)
        self.set_class(False, "-has-news")

    def offer(self, content: ConversationContent) -> None:
        """Show marks and counts that changed at once, but another text only as an offer."""
        if self._is_of(content) and _identify(self._shown) != _identify(content):
            self._offered = content
            self.set_class(True, "-has-news")
        else:
            self.show(content)

    def show_news(self) -> None:
        """Show what was offered; nothing happens when nothing was."""
        if self._offered is not None:
            self.show(self._offered)

    def _is_of(self, content: ConversationContent) -> bool:
        return self._shown is not None and self._shown.conversation.id == content.conversation.id


def _identify(content: ConversationContent | None) -> object:
    """What makes a summary another text to read."""
    if content is None or content.summary is None:
        return None
    return (content.summary.id, content.summary.gist, content.summary.made_at)
