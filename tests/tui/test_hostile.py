"""A conversation made to break the screen breaks nothing on any of them."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList

NASTY = (
    "[bold red]x[/] \x1b[2J\x1b]0;owned\x07 \u202erevo\u202c \u2066a\u2069 z\u0334\u0301\u0302"
    "\u0303\u0304\u0305\u0306 👨\u200d👩\u200d👧 \u3164 a\u200db [@click=app.quit]quit[/]"
)
CHAT = {
    "source": "whatsapp",
    "title": f"evil {NASTY}",
    "kind": "group",
    "filler": 0,
    "topic": NASTY,
    "flags": [NASTY],
    "messages": [[f"mallory {NASTY}", 0, NASTY], [NASTY, 0, "second\nline\u2028third"]],
    "sentences": [[NASTY, [0, 1]]],
    "highlights": [0, 1],
    "todos": [[NASTY, NASTY, NASTY, True, 0]],
}
TABLE: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "hostile.json").read_text(encoding="utf-8")
)
# Sources replace lone surrogates: SQLite has none. What is long is cut with an ellipsis.
CASES = [case for case in TABLE if "\ud83d" not in case["written"]]


@pytest.fixture
def evil(seeder: Any) -> None:
    seeder.add_messages(CHAT, CHAT["messages"])
    seeder.finish_syncs()
    seeder.add_summary(CHAT, model=NASTY)
    seeder.add_digest(date(2026, 11, 24))


@pytest.mark.parametrize("size", [(24, 6), (80, 24), (120, 40)])
@pytest.mark.parametrize(
    "keys", [(), ("enter",), ("enter", "enter"), ("t",), ("d",), ("slash",)], ids="-".join
)
async def test_every_line_keeps_its_width(
    evil: None, make_app: Any, press: Any, search: Any, keys: Any, size: Any
) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, *keys)
        if keys == ("slash",):
            await search(pilot, "second")
        lines = app.screen._compositor.render_strips()
        assert {line.cell_length for line in lines} == {size[0]}
        shown = "".join(line.text for line in lines)
        assert not set(shown) & set("\x1b\x07\x9b\u202e\u202c\u2066\u2069\u3164")
        if keys != ("d",) and size[0] >= 80:
            assert "[bold red]x[/]" in shown


async def test_a_title_is_no_markup_in_the_palette(
    evil: None, make_app: Any, press: Any, until: Any
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "ctrl+p")
        app.screen.query_one(Input).value = "evil"
        options = app.screen.query_one(OptionList)
        await until(pilot, lambda: options.option_count == 1)
        shown = "".join(line.text for line in app.screen._compositor.render_strips())
        assert "evil [bold red]x[/]" in shown
        assert "[@click=app.quit]quit[/]" in shown


@pytest.fixture
def table(seeder: Any) -> None:
    """A conversation whose every message is a case, and one of the name of each case."""
    everyone = {
        "source": "imessage",
        "title": "table",
        "kind": "group",
        "filler": 0,
        "topic": "cases",
        "messages": [[case["written"], n, case["written"]] for n, case in enumerate(CASES)],
        "sentences": [[case["written"], [n]] for n, case in enumerate(CASES)],
        "highlights": [],
        "todos": [["x", case["written"], "", True, n] for n, case in enumerate(CASES)],
    }
    for case in CASES:
        chat = {"source": "imessage", "title": case["written"], "kind": "group"}
        seeder.add_messages(chat, [("someone", 5, "hello")])
    seeder.add_messages(everyone, everyone["messages"])
    seeder.finish_syncs()
    seeder.add_summary(everyone)


@pytest.mark.parametrize("keys", [(), ("enter",), ("t",)], ids="-".join)
async def test_every_case_is_shown_and_acts_on_nothing(
    table: None, make_app: Any, press: Any, keys: Any
) -> None:
    """The table of all ways out (tests/companion/commands/test_hostile_output.py), on a screen."""
    width = 200
    app = make_app()
    async with app.run_test(size=(width, 400)) as pilot:
        await press(pilot, *keys)
        lines = app.screen._compositor.render_strips()
        assert {line.cell_length for line in lines} == {width}
        shown = "\n".join(line.text for line in lines)
        acting = {c for c in shown if c not in "\n\u200d"}
        assert {unicodedata.category(c) for c in acting} & {"Cc", "Cf", "Cs"} == set()
        squeezed = "".join(shown.split())
        for case in CASES:
            for part in case["shown"]:
                assert "".join(part.split()) in squeezed, case["name"]
