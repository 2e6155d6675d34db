"""The help, made from the bindings themselves."""

from __future__ import annotations

from typing import Any

import pytest
from textual.binding import Binding

from tui.screens.help import HelpScreen, name_keys


@pytest.mark.parametrize("key", ["escape", "q", "question_mark"])
async def test_the_help_opens_over_any_screen_and_closes(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, key: str
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 40)) as pilot:
        await press(pilot, "t", "question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert "Search messages and summaries" in read_screen(app)
        await press(pilot, key)
        assert not isinstance(app.screen, HelpScreen)
        assert len(app.screen_stack) == 2


async def test_the_help_scrolls_to_the_marks(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any
) -> None:
    app = make_app("ko")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "question_mark", "G")
        assert "문장의 바탕이 된 메시지" in read_screen(app)


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ("j,down", "j  ↓"),
        ("ctrl+f,pagedown", "^f  pgdn"),
        ("question_mark", "?"),
        ("enter,e", "⏎  e"),
        ("G,end", "G  end"),
    ],
)
def test_keys_are_named_as_one_reads_them(keys: str, named: str) -> None:
    assert name_keys(Binding(keys, "x")) == named
