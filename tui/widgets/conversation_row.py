"""A conversation in the inbox: two lines in columns."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len
from textual.content import Content

from storage.records import ConversationRow
from tui import marks
from tui.text import clean_text, fit_right, fit_text
from tui.times import name_age
from tui.widgets.rows import Row
from tui.words import Words

MARK_CELLS = 2
SOURCE_CELLS = 11
UNREAD_CELLS = 6
AGE_CELLS = 7
MIN_CELLS_FOR_SOURCE = 44


class ConversationLine(Row):
    """Mark, title, source, unread and age; below them the summary's first line and to-dos."""

    def __init__(self, conversation: ConversationRow, now: datetime, words: Words) -> None:
        super().__init__(str(conversation.id))
        self.conversation = conversation
        self._now = now
        self._words = words

    def draw(self, width: int) -> list[Content]:
        return [self._draw_facts(width), self._draw_summary(width)]

    def height(self, width: int) -> int:  # noqa: ARG002 - the same at any width
        return 2

    def _draw_facts(self, width: int) -> Content:
        row = self.conversation
        if row.urgent and row.unread:
            mark, mark_style = marks.URGENT, ".text--urgent"
        elif row.unread:
            mark, mark_style = marks.UNREAD, ".text--accent"
        else:
            mark, mark_style = "", ""
        age = name_age(row.last_at, self._now, self._words) if row.last_at else ""
        unread = f"{row.unread:,}" if row.unread else self._words.marked_read
        title = clean_text(row.title) or self._words.untitled
        source_cells = SOURCE_CELLS if width >= MIN_CELLS_FOR_SOURCE else 0
        room = width - MARK_CELLS - source_cells - UNREAD_CELLS - AGE_CELLS - 1
        return Content.assemble(
            (fit_text(mark, MARK_CELLS), mark_style),
            (fit_text(title, room), ".text--strong" if row.unread else ".text--secondary"),
            " ",
            (fit_text(clean_text(row.source_label), source_cells), ".text--secondary"),
            (fit_right(unread, UNREAD_CELLS), ".text--accent" if row.unread else ".text--faint"),
            (fit_right(age, AGE_CELLS), ".text--secondary"),
        )

    def _draw_summary(self, width: int) -> Content:
        row = self.conversation
        todos = f" {marks.TODO_OPEN} {row.open_todos}" if row.open_todos else ""
        said, style = self._find_first_line()
        return Content.assemble(
            " " * MARK_CELLS,
            (fit_text(said, width - MARK_CELLS - cell_len(todos)), style),
            (todos, ".text--accent" if row.my_todos else ".text--secondary"),
        )

    def _find_first_line(self) -> tuple[str, str]:
        row = self.conversation
        if not row.first_line:
            sender = clean_text(row.last_sender)
            said = clean_text(row.last_text)
            mark = f"{marks.PENDING} " if row.gist == "pending" else ""
            return mark + (f"{sender}: {said}" if sender else said), ".text--secondary"
        said = clean_text(row.first_line)
        if row.outdated:
            said = f"{marks.OUTDATED} {said}"
        if row.gist == "pending":
            return f"{marks.PENDING} {said}", ".text--secondary"
        if row.is_first_line_quote:
            return f"{marks.QUOTED}{said}", ".text--secondary"
        return said, ".text--ai"
