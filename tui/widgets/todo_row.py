"""A to-do across conversations: what is to be done, and below it by whom and where it was said."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from storage.records import ToDoRow
from tui import marks
from tui.text import clean_text, fit_text, wrap_text
from tui.widgets.rows import Row
from tui.words import Words


class ToDoLine(Row):
    """Mark, what and when; below, who and the conversation."""

    def __init__(self, todo: ToDoRow, words: Words) -> None:
        super().__init__(str(todo.id))
        self.todo = todo
        self._words = words

    def draw(self, width: int) -> list[Content]:
        todo, words = self.todo, self._words
        is_done = todo.done_at is not None
        style = ".text--quiet" if is_done else ".text--strong" if todo.is_mine else ""
        mark = f"{marks.TODO_DONE if is_done else marks.TODO_OPEN} "
        when = f" · {clean_text(todo.when)}" if todo.when else ""
        lines = wrap_text(clean_text(todo.what) + when, width - cell_len(mark))
        who = "" if todo.is_mine else f"{clean_text(todo.who) or words.someone} · "
        title = clean_text(todo.conversation_title) or words.untitled
        return [
            *(
                Content.assemble(
                    (mark, ".text--accent") if number == 0 else " " * cell_len(mark), (line, style)
                )
                for number, line in enumerate(lines)
            ),
            Content.styled(fit_text(f"  {who}{title}", width), ".text--secondary"),
        ]
