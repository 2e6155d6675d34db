"""The list under every screen: its cursor stays on its row, and that row on its line."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot

from tui.widgets.rows import Row, Rows
from tui.words_en import ENGLISH


class Box(Row):
    """So many lines of a letter."""

    def __init__(self, key: str, height: int = 1, *, can_choose: bool = True) -> None:
        super().__init__(key, can_choose=can_choose)
        self._height = height

    def draw(self, width: int) -> list[Content]:
        return [Content(self.key * width)] * self._height


def make_boxes(letters: str, height: int = 1) -> list[Row]:
    return [Box(letter, height, can_choose=letter.islower()) for letter in letters]


class ListApp(App[None]):
    CSS = "Rows { height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }"

    def __init__(self, rows: list[Row]) -> None:
        super().__init__()
        self._given = rows
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        yield Rows(ENGLISH)

    def on_mount(self) -> None:
        self.list.show_rows(self._given)

    @property
    def list(self) -> Rows:
        return self.query_one(Rows)

    @property
    def key(self) -> str | None:
        return None if self.list.row is None else self.list.row.key

    @property
    def shown(self) -> str:
        """The first letter of each line on the screen; blanks for empty ones."""
        lines = [self.list.render_line(y).text for y in range(self.list.size.height)]
        return "".join(line[2] for line in lines)

    def on_rows_moved(self, event: Rows.Moved) -> None:
        self.told.append(f"moved {event.row.key}")

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        self.told.append(f"chosen {event.row.key}")


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.pause()
    await pilot.press(*keys)
    await pilot.pause()


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ((), "a"),
        (("j",), "b"),
        (("down", "down"), "d"),
        (("j", "k"), "a"),
        (("up",), "a"),
        (("G",), "z"),
        (("end", "j"), "z"),
        (("G", "g"), "a"),
        (("home",), "a"),
        (("pagedown",), "j"),
        (("ctrl+f", "ctrl+b"), "a"),
    ],
)
async def test_keys_move_over_the_rows_that_can_be_chosen(keys: Any, key: str) -> None:
    app = ListApp(make_boxes("XabCdefghijklmnopqrstuvwxyz"))
    async with app.run_test(size=(20, 10)) as pilot:
        await press(pilot, *keys)
        assert app.key == key


async def test_a_list_without_choices_scrolls() -> None:
    app = ListApp(make_boxes("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    async with app.run_test(size=(20, 5)) as pilot:
        await press(pilot, "j", "j")
        assert (app.key, app.shown) == (None, "CDEFG")
        await press(pilot, "pagedown")
        assert app.shown == "HIJKL"


async def test_an_empty_list_takes_keys_and_does_nothing() -> None:
    app = ListApp([])
    async with app.run_test(size=(20, 5)) as pilot:
        await press(pilot, "j", "k", "g", "G", "enter", "pagedown", "pageup")
        assert app.key is None
        assert app.told == []


async def test_the_heading_above_the_first_row_comes_back_into_sight() -> None:
    app = ListApp(make_boxes("Xabcdefghij"))
    async with app.run_test(size=(20, 5)) as pilot:
        await press(pilot, "G")
        assert app.shown == "fghij"
        await press(pilot, *"kkkkkkkkk")
        assert app.shown == "Xabcd"


async def test_a_row_taller_than_the_screen_is_read_line_by_line() -> None:
    app = ListApp([Box("a"), Box("b", 8), Box("c")])
    async with app.run_test(size=(20, 5)) as pilot:
        await press(pilot, "j")
        seen = [app.shown]
        for _ in range(6):
            await press(pilot, "j")
            seen.append(app.shown)
        assert app.key == "c"
        assert "bbbbb" in seen
        assert "bbbbc" in seen


async def test_new_rows_leave_cursor_and_screen_as_they_were() -> None:
    app = ListApp(make_boxes("abcdefghijklmnop"))
    async with app.run_test(size=(20, 5)) as pilot:
        await press(pilot, *"jjjjjjk")
        before = app.shown
        assert (app.key, before) == ("f", "cdefg")
        app.list.show_rows(make_boxes("XYZabcdefghijklmnopq"))
        await pilot.pause()
        assert (app.key, app.shown) == ("f", before)


async def test_a_row_that_moved_takes_the_cursor_along_on_its_line() -> None:
    app = ListApp(make_boxes("abcdefghijklmnop"))
    async with app.run_test(size=(20, 5)) as pilot:
        await press(pilot, *"jjjjjjk")
        line = app.shown.index("f")
        app.list.show_rows(make_boxes("abcdeghijkflmnop"))
        await pilot.pause()
        assert app.key == "f"
        assert app.shown[line] == "f"


async def test_where_the_row_is_gone_the_cursor_stays_in_its_place() -> None:
    app = ListApp(make_boxes("abcdef"))
    async with app.run_test(size=(20, 5)) as pilot:
        await press(pilot, "j", "j")
        app.list.show_rows(make_boxes("abdef"))
        await pilot.pause()
        assert app.key == "d"
        app.list.show_rows(make_boxes("ab"))
        await pilot.pause()
        assert app.key == "b"


async def test_another_width_keeps_the_row_on_its_line() -> None:
    app = ListApp(make_boxes("abcdefghijklmnop", height=2))
    async with app.run_test(size=(20, 8)) as pilot:
        await press(pilot, *"jjjjjj")
        line = app.shown.index("g")
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert (app.key, app.shown[line]) == ("g", "g")


async def test_enter_and_a_second_click_choose() -> None:
    app = ListApp(make_boxes("abc"))
    async with app.run_test(size=(20, 5)) as pilot:
        await press(pilot, "enter")
        await pilot.click(Rows, offset=(3, 1))
        await pilot.pause(0.6)
        assert app.key == "b"
        await pilot.click(Rows, offset=(3, 1))
        await pilot.pause()
        assert app.told == ["moved a", "chosen a", "moved b", "chosen b"]


async def test_the_cursor_and_marked_rows_show_without_colour() -> None:
    app = ListApp(make_boxes("abc"))
    async with app.run_test(size=(20, 5)) as pilot:
        app.list.mark_rows(frozenset("ac"))
        await pilot.pause()
        gutters = [app.list.render_line(y).text[:2] for y in range(3)]
        assert gutters == ["▌ ", "  ", "» "]


async def test_every_line_is_as_wide_as_the_list() -> None:
    app = ListApp(make_boxes("a가b"))
    async with app.run_test(size=(21, 6)) as pilot:
        await pilot.pause()
        widths = {app.list.render_line(y).cell_length for y in range(6)}
        assert widths == {app.list.scrollable_content_region.width}
