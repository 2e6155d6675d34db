"""The first screen: every conversation with something unread, most pressing first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from storage.reader import Reader
from storage.records import ConversationRow
from tui import marks
from tui.bindings import bind
from tui.commands import mark_read, request_summary, undo_read
from tui.context import Context
from tui.reading import ConversationContent, InboxContent, read_inbox
from tui.screens.base import CompanionScreen
from tui.screens.conversation import ConversationScreen
from tui.text import clean_text
from tui.widgets.conversation_row import ConversationLine
from tui.widgets.rows import Row, Rows
from tui.widgets.summary_panel import SummaryPanel
from tui.words import count

COMMAND_PREFIX = "$ "


class InboxScreen(CompanionScreen[InboxContent]):
    """The conversations, and beside them the summary under the cursor where there is room."""

    CSS_PATH = "inbox.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("read", "r", "mark_read"),
        bind("undo", "u", "undo_read", show=False),
        bind("summarize", "s,ctrl+r", "request_summary"),
        bind("filter", "f", "toggle_filter"),
        bind("news", "R", "show_news", show=False),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shows_all = False
        self._kept: set[int] = set()
        """Conversations read here: they stay in sight, so that nothing jumps and `u` is near."""

    @property
    def place(self) -> str:
        return self.words.inbox

    def compose_body(self) -> ComposeResult:
        yield Static(id="totals", markup=False)
        with Horizontal(id="panes"):
            yield Rows(self.words, id="conversations")
            yield SummaryPanel(self.words, is_preview=True, id="preview")
        yield Static(id="empty", markup=False)

    @property
    def _list(self) -> Rows:
        return self.query_one("#conversations", Rows)

    @property
    def conversation(self) -> ConversationRow | None:
        """The conversation under the cursor."""
        row = self._list.row
        return row.conversation if isinstance(row, ConversationLine) else None

    def plan_reading(self) -> Callable[[Reader], InboxContent]:
        return partial(read_inbox, shows_all=self._shows_all, kept=frozenset(self._kept))

    def show(self, content: InboxContent) -> None:
        self.query_one("#totals", Static).update(self._draw_totals(content))
        lines = self._merge_lines(content)
        if not lines:
            self._show_empty(self._choose_empty(content))
            return
        self.set_class(False, "-empty")
        self._list.show_rows(lines)
        if self.focused is None:
            self._list.focus()
        self.show_preview()
        self.refresh_bindings()

    def show_nothing(self) -> None:
        failure = self.context.archive.failure
        if failure is None:
            self._show_empty(self.words.first_run)
        else:
            self._show_empty((failure.what, "", failure.next_step))

    def go_to(self, conversation_id: int) -> None:
        """Put the cursor on a conversation, when it is in the list."""
        self._list.go_to(str(conversation_id))

    @on(Rows.Moved, "#conversations")
    def show_preview(self) -> None:
        reader = self.context.archive.find_reader()
        if reader is not None and self.conversation is not None:
            summary = reader.find_summary(self.conversation.id)
            content = ConversationContent(self.conversation, summary)
            self.query_one(SummaryPanel).offer(content)

    @on(Rows.Chosen, "#conversations")
    def open_conversation(self, event: Rows.Chosen) -> None:
        siblings = tuple(int(row.key) for row in self._list.rows)
        self.app.push_screen(
            ConversationScreen(
                self.context, int(event.row.key), siblings=siblings, on_visit=self.go_to
            )
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Without a conversation there is nothing to mark, without an archive none to leave out."""
        if action in {"mark_read", "undo_read", "request_summary"}:
            return self.is_mounted and self.conversation is not None
        return action != "toggle_filter" or self.context.archive.find_reader() is not None

    def action_mark_read(self) -> None:
        if self.conversation is not None:
            self._kept.add(self.conversation.id)
            self.post_message(mark_read(self.context, self.conversation.id))

    def action_undo_read(self) -> None:
        if self.conversation is not None:
            self.post_message(undo_read(self.context, self.conversation.id))

    def action_request_summary(self) -> None:
        if self.conversation is not None:
            self.post_message(request_summary(self.context, self.conversation.id))

    def action_toggle_filter(self) -> None:
        self._shows_all = not self._shows_all
        self._kept.clear()
        self.reload()

    def action_show_news(self) -> None:
        self.query_one(SummaryPanel).show_news()

    def _merge_lines(self, content: InboxContent) -> list[Row]:
        """The lines in the archive's order, but those read here where they stood."""
        merged = list(content.conversations)
        kept = {row.id: row for row in content.kept}
        for index, row in enumerate(self._list.rows):
            if int(row.key) in kept:
                merged.insert(index, kept[int(row.key)])
        now = self.context.now()
        return [ConversationLine(row, now, self.words) for row in merged]

    def _draw_totals(self, content: InboxContent) -> Content:
        words, totals = self.words, content.totals
        if totals.unread:
            where = count(words.in_conversations, totals.unread_conversations)
            parts = [(f"{count(words.unread, totals.unread)} {where}", ".text--strong")]
        else:
            parts = [(words.nothing_unread, ".text--strong")]
        if totals.open_todos:
            todos = count(words.todos_open, totals.open_todos)
            parts.append((f"  {marks.TODO_OPEN} {todos}", ""))
        shown = words.all_conversations if self._shows_all else words.unread_only
        parts.append((f"  · {shown}", ".text--secondary"))
        for source in content.sources:
            if source.error is not None:
                said = words.source_failed.format(source=source.label, error=source.error)
                parts.append((f"  {marks.FAILED} {clean_text(said)}", ".text--error"))
        return Content.assemble(*parts)

    def _choose_empty(self, content: InboxContent) -> tuple[str, ...]:
        if not content.sources:
            return self.words.no_sources
        return self.words.all_read if content.totals.conversations else self.words.nothing_yet

    def _show_empty(self, lines: tuple[str, ...]) -> None:
        self.set_class(True, "-empty")
        self._list.show_rows([])
        self.refresh_bindings()
        drawn = [
            (f"{line}\n", ".text--accent" if line.startswith(COMMAND_PREFIX) else "")
            for line in lines
        ]
        self.query_one("#empty", Static).update(Content.assemble(*drawn))
