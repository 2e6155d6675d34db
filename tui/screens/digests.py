"""The digests by day: the days on the left, the one under the cursor on the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Markdown, Static

from storage.reader import Reader
from storage.records import DigestRow
from tui.bindings import bind, translate_bindings
from tui.context import Context
from tui.screens.base import CompanionScreen
from tui.text import clean_text, fit_text
from tui.times import name_near_day
from tui.widgets.rows import Row, Rows
from tui.words import Words, count

MAX_DAYS = 366


class DayLine(Row):
    """A day that has a digest."""

    def __init__(self, digest: DigestRow, context: Context) -> None:
        super().__init__(digest.day.isoformat())
        self.digest = digest
        self._context = context

    def draw(self, width: int) -> list[Content]:
        words = self._context.words
        day = name_near_day(self.digest.day, self._context.today(), words)
        said = count(words.conversations, self.digest.conversations)
        return [
            Content(fit_text(day, width)),
            Content.styled(fit_text(said, width), ".text--secondary"),
        ]


class DigestText(VerticalScroll):
    """The Markdown of one digest; keys scroll it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("list.down", "j,down", "scroll_down", show=False),
        bind("list.up", "k,up", "scroll_up", show=False),
        bind("list.first", "g,home", "scroll_home", show=False),
        bind("list.last", "G,end", "scroll_end", show=False),
        bind("list.page_down", "ctrl+f,pagedown,space", "page_down", show=False),
        bind("list.page_up", "ctrl+b,pageup", "page_up", show=False),
    ]

    def __init__(self, words: Words) -> None:
        super().__init__(id="digest")
        self._bindings = translate_bindings(self._bindings, words)


class DigestsScreen(CompanionScreen[list[DigestRow]]):
    """Digests are composed by code with every stranger's text escaped; links open nothing."""

    CSS_PATH = "digests.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [bind("pane", "tab", "switch_pane", show=False)]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shown: DigestRow | None = None

    @property
    def place(self) -> str:
        return self.words.digests

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield Rows(self.words, id="days")
            with DigestText(self.words):
                yield Static(self.words.caught_up, id="late", markup=False)
                yield Markdown(open_links=False)
        yield Static(self.words.no_digests, id="empty", markup=False)

    def plan_reading(self) -> Callable[[Reader], list[DigestRow]]:
        return partial(Reader.digests, limit=MAX_DAYS)

    def show_nothing(self) -> None:
        self.show([])

    def show(self, content: list[DigestRow]) -> None:
        self.set_class(not content, "-empty")
        days = self.query_one(Rows)
        days.show_rows([DayLine(digest, self.context) for digest in content])
        if content and self.focused is None:
            days.focus()
        self.call_later(self.show_day)

    @on(Rows.Moved, "#days")
    async def show_day(self) -> None:
        """Render the digest under the cursor, unless it stands there already."""
        row = self.query_one(Rows).row
        if not isinstance(row, DayLine) or row.digest == self._shown:
            return
        self._shown = digest = row.digest
        self.set_class(digest.caught_up, "-late")
        await self.query_one(Markdown).update(clean_text(digest.markdown, keep_lines=True))
        self.query_one(DigestText).scroll_home(animate=False)

    @on(Rows.Chosen, "#days")
    def action_switch_pane(self) -> None:
        text = self.query_one(DigestText)
        (self.query_one(Rows) if text.has_focus else text).focus()

    def action_back(self) -> None:
        """From the text to the days, from there off the screen."""
        if self.query_one(DigestText).has_focus:
            self.query_one(Rows).focus()
        else:
            super().action_back()
