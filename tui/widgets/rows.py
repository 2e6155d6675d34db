"""A list of rows with one cursor: every list of the interface is one; knows nothing of its rows.

Rows may be of any height and some cannot be chosen (headings, separators). When the rows are
replaced, the cursor stays on its row and that row stays on its line of the screen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from tui import marks
from tui.bindings import bind, translate_bindings
from tui.words import Words

GUTTER_CELLS = 2


class Row(ABC):
    """One thing in a list, drawn as lines of text."""

    def __init__(self, key: str, *, can_choose: bool = True) -> None:
        self.key = key
        """Unique in its list, and the same for the same thing after a reload."""

        self.can_choose = can_choose
        self._drawn: tuple[int, list[Content]] = (-1, [])

    @abstractmethod
    def draw(self, width: int) -> list[Content]:
        """The lines of the row, each at most `width` cells wide; at least one."""

    def height(self, width: int) -> int:
        """How many lines `draw` gives; rows of a fixed height say so without drawing."""
        return len(self.lines(width))

    def lines(self, width: int) -> list[Content]:
        """As `draw`, kept until another width is asked for."""
        if self._drawn[0] != width:
            self._drawn = (width, self.draw(width))
        return self._drawn[1]


class Rows(ScrollView, can_focus=True):
    """Shows rows, moves the cursor over those that can be chosen, tells which one was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("list.down", "j,down", "move(1)", show=False),
        bind("list.up", "k,up", "move(-1)", show=False),
        bind("list.page_down", "ctrl+f,pagedown", "page(1)", show=False),
        bind("list.page_up", "ctrl+b,pageup", "page(-1)", show=False),
        bind("list.first", "g,home", "first", show=False),
        bind("list.last", "G,end", "last", show=False),
        bind("list.choose", "enter", "choose", key_display="⏎"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--marked", "rows--gutter"}

    cursor: reactive[int | None] = reactive(None)
    """Index of the row under the cursor; None: no row can be chosen."""

    class Moved(Message):
        """The cursor is on another row."""

        def __init__(self, rows: Rows, row: Row) -> None:
            super().__init__()
            self.rows = rows
            self.row = row

        @property
        def control(self) -> Rows:
            return self.rows

        def can_replace(self, message: Message) -> bool:
            """A burst of key presses tells of its last place alone."""
            return isinstance(message, Rows.Moved) and message.rows is self.rows

    class Chosen(Message):
        """The row under the cursor was opened, by key or mouse."""

        def __init__(self, rows: Rows, row: Row) -> None:
            super().__init__()
            self.rows = rows
            self.row = row

        @property
        def control(self) -> Rows:
            return self.rows

    def __init__(
        self,
        words: Words,
        *,
        id: str | None = None,  # noqa: A002
        can_open: bool = True,
    ) -> None:
        """Without `can_open` the key that opens a row does nothing and is not offered."""
        super().__init__(id=id)
        self._can_open = can_open
        self._bindings = translate_bindings(self._bindings, words)
        self._rows: list[Row] = []
        self._tops: list[int] = [0]
        """First line of each row, then the number of lines; [0] until the size is known."""
        self._row_cells = 0
        self._awaits_centre = False
        self._marked: frozenset[str] = frozenset()

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return None if self.cursor is None else self._rows[self.cursor]

    def show_rows(self, rows: Sequence[Row], *, at: str | None = None) -> None:
        """Replace the rows; the cursor goes to the key `at`, else stays on its row, untold.

        Where its row is gone, it goes to the row that took the place. The row under the
        cursor keeps its line on the screen unless `at` moved the cursor.
        """
        kept, offset = self.row, self._find_offset()
        index = self.cursor or 0
        self._rows = list(rows)
        self._measure()
        wanted = at if at is not None else kept.key if kept else None
        found = next((i for i, row in enumerate(self._rows) if row.key == wanted), index)
        with self.prevent(Rows.Moved):
            self.cursor = None
            self.cursor = self._find_choosable(found, 1)
        if at is None:
            self._hold_cursor(offset)
        self._reveal_cursor()
        if self.row is not None and (kept is None or kept.key != self.row.key):
            self._tell_move()
        self.refresh()

    def mark_rows(self, keys: frozenset[str]) -> None:
        """Set rows off from the others: those behind a sentence."""
        self._marked = keys
        self.refresh()

    def go_to(self, key: str, *, centre: bool = False) -> bool:
        """Put the cursor on a row; False when there is none of this key."""
        index = next((n for n, row in enumerate(self._rows) if row.key == key), None)
        if index is None:
            return False
        self.cursor = index
        if centre:
            self._centre_cursor()
        return True

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        line = y + self.scroll_offset.y
        if line >= self._tops[-1]:
            return Strip.blank(width, self.rich_style)
        index = bisect_right(self._tops, line) - 1
        row = self._rows[index]
        is_marked = row.key in self._marked
        is_cursor = index == self.cursor and self.can_focus
        state = ["rows--cursor"] if is_cursor else ["rows--marked"] if is_marked else []
        style = self.get_visual_style(*state)
        mark = marks.CURSOR if is_cursor else marks.EVIDENCE if is_marked else ""
        gutter = Content.styled(mark, ".rows--gutter").truncate(GUTTER_CELLS, pad=True)
        content = gutter + row.lines(self._row_cells)[line - self._tops[index]]
        strips = Visual.to_strips(self, content, width, 1, style)
        return strips[0].extend_cell_length(width, style.rich_style).apply_meta({"row": index})

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """What cannot be opened offers no key for it."""
        return action != "choose" or (self._can_open and self.cursor is not None)

    def watch_cursor(self, before: int | None, after: int | None) -> None:
        if after is None or before == after:
            return
        self._reveal_cursor()
        self._repaint(before)
        self._repaint(after)
        self._tell_move()

    def on_resize(self) -> None:
        offset = self._find_offset()
        self._measure()
        self._hold_cursor(offset)
        self._reveal_cursor()
        if self._awaits_centre:
            self._centre_cursor()

    def on_click(self, event: events.Click) -> None:
        index = event.style.meta.get("row")
        if index is not None and index < len(self._rows) and self._rows[index].can_choose:
            was_there = self.cursor == index
            self.cursor = index
            if was_there or event.chain > 1:
                self.action_choose()

    def action_move(self, step: int) -> None:
        if self.cursor is None:
            self._scroll(step)
            return
        target = self._find_choosable(self.cursor + step, step, turn=False)
        if self._is_cut(step):
            self._scroll(step)
        elif target is not None:
            self.cursor = target
        else:
            self._scroll(step * self._tops[-1])

    def action_page(self, step: int) -> None:
        if self.cursor is None or not self._is_measured:
            self._scroll(step * self.size.height)
            return
        line = self._tops[self.cursor] + step * max(1, self.size.height - 1)
        index = bisect_right(self._tops, min(max(line, 0), self._tops[-1] - 1)) - 1
        self.cursor = self._find_choosable(index, -step)

    def action_first(self) -> None:
        self.cursor = self._find_choosable(0, 1)
        self.scroll_home(animate=False)

    def action_last(self) -> None:
        self.cursor = self._find_choosable(len(self._rows) - 1, -1)
        self.scroll_end(animate=False)

    def action_choose(self) -> None:
        if self.row is not None:
            self.post_message(self.Chosen(self, self.row))

    def _repaint(self, index: int | None) -> None:
        """Draw one row again where it stands; scrolling draws all of them anyway."""
        if index is None or not self._is_measured or index + 1 >= len(self._tops):
            return
        top, end = self._tops[index], self._tops[index + 1]
        self.refresh(Region(0, top - self.scroll_offset.y, self.size.width, end - top))

    def _scroll(self, lines: int) -> None:
        self.scroll_relative(y=lines, animate=False, immediate=True)

    def _measure(self) -> None:
        width = self.scrollable_content_region.width
        self._row_cells = width - GUTTER_CELLS
        heights = map(self._find_height, self._rows if self._is_measured else ())
        self._tops = list(accumulate(heights, initial=0))
        self.virtual_size = Size(width, self._tops[-1])

    def _find_height(self, row: Row) -> int:
        return row.height(self._row_cells)

    @property
    def _is_measured(self) -> bool:
        """Whether the size is known, and with it where the rows are."""
        return self._row_cells > 0

    def _find_offset(self) -> int | None:
        """The line of the screen that the cursor's row begins on."""
        if self.cursor is None or not self._is_measured:
            return None
        return self._tops[self.cursor] - self.scroll_offset.y

    def _hold_cursor(self, offset: int | None) -> None:
        """Scroll so that the cursor's row begins on this line of the screen again."""
        if offset is not None and self.cursor is not None and self._is_measured:
            y = self._tops[self.cursor] - offset
            self.scroll_to(y=y, animate=False, immediate=True)

    def _find_choosable(self, index: int, step: int, *, turn: bool = True) -> int | None:
        """The nearest row that can be chosen, in the direction of `step`, else the other way."""
        if not self._rows:
            return None
        start = min(max(index, 0), len(self._rows) - 1) if turn else index
        end = len(self._rows) if step > 0 else -1
        for candidate in range(start, end, 1 if step > 0 else -1):
            if self._rows[candidate].can_choose:
                return candidate
        return self._find_choosable(start, -step, turn=False) if turn else None

    def _centre_cursor(self) -> None:
        """Bring the cursor's row to the upper third, now or as soon as the size is known."""
        self._awaits_centre = not self._is_measured
        if self._is_measured and self.cursor is not None:
            y = self._tops[self.cursor] - self.size.height // 3
            self.scroll_to(y=y, animate=False, immediate=True)

    def _is_cut(self, step: int) -> bool:
        """Whether the cursor's row goes on beyond the edge of the screen in this direction."""
        if self.cursor is None or not self._is_measured:
            return False
        if step < 0:
            return self._tops[self.cursor] < self.scroll_offset.y
        return self._tops[self.cursor + 1] > self.scroll_offset.y + self.size.height

    def _reveal_cursor(self) -> None:
        if self.cursor is None or not self._is_measured:
            return
        top, end = self._tops[self.cursor], self._tops[self.cursor + 1]
        first_choosable = self._find_choosable(0, 1)
        if self.cursor == first_choosable and end <= self.size.height:
            top = 0  # the heading above the first row is seen too
        region = Region(0, top, self.scrollable_content_region.width, end - top)
        self.scroll_to_region(region, force=True, animate=False, immediate=True)

    def _tell_move(self) -> None:
        if self.row is not None:
            self.post_message(self.Moved(self, self.row))
