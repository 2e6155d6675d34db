"""Search over messages and summaries as one types."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Input, Static

from tui.bindings import bind
from tui.context import Context
from tui.messages import HitsFound
from tui.screens.base import CompanionScreen
from tui.screens.conversation import ConversationScreen
from tui.widgets.hit_row import HitLine
from tui.widgets.rows import Rows
from tui.words import count

DEBOUNCE_S = 0.15
MAX_HITS = 100
MIN_CHARACTERS = 2


class SearchScreen(CompanionScreen[None]):
    """The words at the top, what holds them below.

    The archive is searched on a worker thread. What was found stays as it was found:
    typing searches anew, a change of the archive does not.
    """

    CSS_PATH = "search.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("results", "down,enter", "go_to_results", key_display="↓"),
        bind("query", "slash", "go_to_query", key_display="/"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._pending: Timer | None = None
        self.answered = ""
        """The words that what is shown answers."""

    @property
    def place(self) -> str:
        return self.words.search

    def compose_body(self) -> ComposeResult:
        yield Input(placeholder=self.words.search_prompt, id="query", compact=True)
        yield Static(self.words.search_hint, id="said", markup=False)
        yield Rows(self.words, id="hits")

    @on(Input.Changed)
    def wait_for_pause(self, event: Input.Changed) -> None:
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(DEBOUNCE_S, lambda: self._search(event.value.strip()))

    @on(Input.Submitted)
    def action_go_to_results(self) -> None:
        rows = self.query_one(Rows)
        if rows.rows:
            rows.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Each of the two places offers the way to the other."""
        if not self.is_mounted:
            return True
        if action == "go_to_results":
            return self.query_one(Input).has_focus and bool(self.query_one(Rows).rows)
        if action == "go_to_query" and self.query_one(Input).has_focus:
            return None  # shown dimmed: the key is a letter there
        return True

    def action_go_to_query(self) -> None:
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """From the results to the words, from there off the screen."""
        if self.query_one(Rows).has_focus:
            self.action_go_to_query()
        else:
            super().action_back()

    @work(thread=True, exclusive=True, group="search")
    def find_hits(self, query: str) -> None:
        """Search on a worker thread; an answer to words typed over meanwhile is dropped."""
        self.post_reading(lambda reader: HitsFound(query, reader.search(query, limit=MAX_HITS)))

    @on(HitsFound)
    def show_hits(self, event: HitsFound) -> None:
        if event.query != self.query_one(Input).value.strip():
            return
        self.answered = event.query
        now = self.context.now()
        rows = self.query_one(Rows)
        rows.show_rows(
            [
                HitLine(f"{number}", hit, event.query, now, self.words)
                for number, hit in enumerate(event.hits)
            ],
            at="0",
        )
        rows.scroll_home(animate=False)
        said = count(self.words.hits, len(event.hits)) if event.hits else self.words.search_none
        self.query_one("#said", Static).update(said)
        self.refresh_bindings()

    @on(Rows.Chosen, "#hits")
    def open_hit(self, event: Rows.Chosen) -> None:
        if isinstance(event.row, HitLine):
            hit = event.row.hit
            self.app.push_screen(
                ConversationScreen(self.context, hit.conversation_id, message_id=hit.message_id)
            )

    def _search(self, query: str) -> None:
        if len(query) >= MIN_CHARACTERS and self.context.archive.find_reader() is not None:
            self.find_hits(query)
            return
        self.answered = query
        self.query_one(Rows).show_rows([])
        said = self.words.search_short if query else self.words.search_hint
        self.query_one("#said", Static).update(said)
