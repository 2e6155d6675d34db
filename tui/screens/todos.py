"""The to-dos of all conversations: yours first, then what others promised."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from storage.reader import Reader
from storage.records import ToDoRow
from tui.bindings import bind
from tui.commands import set_todo_done
from tui.context import Context
from tui.screens.base import CompanionScreen
from tui.screens.conversation import ConversationScreen
from tui.widgets.paragraph import Heading
from tui.widgets.rows import Row, Rows
from tui.widgets.todo_row import ToDoLine


class ToDosScreen(CompanionScreen[list[ToDoRow]]):
    """One list under two headings; what is ticked off here keeps its place until one leaves."""

    CSS_PATH = "todos.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("done", "space,x", "toggle_done"),
        bind("filter", "f", "toggle_filter"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shows_done = False
        self._kept: set[int] = set()

    @property
    def place(self) -> str:
        return self.words.todos

    def compose_body(self) -> ComposeResult:
        yield Static(id="shown", markup=False)
        yield Rows(self.words, id="todos")
        yield Static(self.words.no_todos, id="empty", markup=False)

    def plan_reading(self) -> Callable[[Reader], list[ToDoRow]]:
        return partial(Reader.todos, open_only=False)

    def show_nothing(self) -> None:
        self.show([])

    def show(self, content: list[ToDoRow]) -> None:
        rows = self.query_one(Rows)
        places = {row.key: place for place, row in enumerate(rows.rows)}
        todos = sorted(
            (
                todo
                for todo in content
                if self._shows_done or todo.done_at is None or todo.id in self._kept
            ),
            key=lambda todo: places.get(str(todo.id), len(places)),
        )
        shown = self.words.with_done if self._shows_done else self.words.open_only
        self.query_one("#shown", Static).update(shown)
        self.set_class(not todos, "-empty")
        rows.show_rows(
            [
                *self._list_under(self.words.todos_mine, [todo for todo in todos if todo.is_mine]),
                *self._list_under(
                    self.words.todos_others, [todo for todo in todos if not todo.is_mine]
                ),
            ]
        )
        rows.focus()

    @on(Rows.Chosen, "#todos")
    def open_conversation(self) -> None:
        if (todo := self._todo) is not None:
            message_id = todo.evidence[0] if todo.evidence else None
            self.app.push_screen(
                ConversationScreen(self.context, todo.conversation_id, message_id=message_id)
            )

    def action_toggle_done(self) -> None:
        if (todo := self._todo) is not None:
            self._kept.add(todo.id)
            self.post_message(set_todo_done(self.context, todo.id, done=todo.done_at is None))

    def action_toggle_filter(self) -> None:
        self._shows_done = not self._shows_done
        self._kept.clear()
        self.reload()

    @property
    def _todo(self) -> ToDoRow | None:
        row = self.query_one(Rows).row
        return row.todo if isinstance(row, ToDoLine) else None

    def _list_under(self, heading: str, todos: list[ToDoRow]) -> list[Row]:
        if not todos:
            return []
        return [
            Heading(heading, heading, f"{len(todos)}"),
            *(ToDoLine(todo, self.words) for todo in todos),
        ]
