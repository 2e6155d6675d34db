"""Search as one types, on a thread, over messages and summaries."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Input, Static

from tui.messages import HitsFound
from tui.screens.conversation import ConversationScreen
from tui.screens.search import SearchScreen
from tui.widgets.message_pane import MessagePane
from tui.widgets.rows import Rows
from tui.widgets.summary_pane import SummaryPane

NARROW = (80, 24)


def read_said(app: Any) -> str:
    return str(app.screen.query_one("#said", Static).content)


def list_texts(app: Any) -> list[str]:
    return [row.hit.text for row in app.screen.query_one(Rows).rows]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("deposit", "Deposit of €350 by Friday noon, bank transfer only. I can't do it from here"),
        ("한정식", "할머니 생신이 일요일 점심이야. 12시 30분 한정식집 예약했어"),
        ("async drop", "Jiwon on async drop, and one lightning slot is still free"),
        ("4번 출구", "김지수 님이 토요일 산행 집합 시간을 7시 30분, 사당역 4번 출구로 바꿨다."),
    ],
)
async def test_words_and_parts_of_words_are_found(
    archive_path: Any, make_app: Any, search: Any, press: Any, query: str, text: str
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await search(pilot, query)
        assert text in list_texts(app)


async def test_typing_searches_and_down_goes_to_what_was_found(
    archive_path: Any, make_app: Any, press: Any, until: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "slash", *"herringbone")
        await until(pilot, lambda: app.screen.answered == "herringbone")
        await press(pilot, "down")
        assert app.screen.query_one(Rows).has_focus
        assert read_said(app) == f"{len(list_texts(app))} places"
        await press(pilot, "slash")
        assert app.screen.query_one(Input).has_focus


async def test_a_hit_opens_at_its_message_and_escape_comes_back(
    archive_path: Any, make_app: Any, search: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await search(pilot, "cargo-mutants")
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, ConversationScreen)
        row: Any = app.screen.query_one(MessagePane).row
        assert "cargo-mutants" in row.message.text
        await press(pilot, "escape")
        assert isinstance(app.screen, SearchScreen)
        assert list_texts(app)
        await press(pilot, "escape")
        assert app.screen.query_one(Input).has_focus
        await press(pilot, "escape")
        assert not isinstance(app.screen, SearchScreen)


async def test_a_hit_in_a_summary_opens_the_summary(
    archive_path: Any, make_app: Any, search: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await search(pilot, "lightning slot")
        texts = list_texts(app)
        position = texts.index("Jiwon speaks on async drop and Sofia took the lightning slot.")
        await press(pilot, "down", *"j" * position, "enter")
        assert app.screen.query_one(SummaryPane).has_focus


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Type to search all messages and summaries. Parts of words are found too."),
        ("d", "Type one more character."),
        ("no such words", "Nothing holds these words."),
        ('"unbalanced AND (', "Nothing holds these words."),
    ],
)
async def test_what_cannot_be_found_is_explained(
    archive_path: Any, make_app: Any, search: Any, press: Any, query: str, said: str
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await search(pilot, "deposit")
        await search(pilot, query)
        assert read_said(app) == said
        assert list_texts(app) == []


async def test_an_answer_to_older_words_is_dropped(
    archive_path: Any, make_app: Any, search: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await search(pilot, "deposit")
        shown = list_texts(app)
        app.screen.post_message(HitsFound("other words", []))
        await press(pilot)
        assert list_texts(app) == shown


async def test_without_an_archive_nothing_is_searched(
    make_app: Any, search: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await search(pilot, "deposit")
        assert list_texts(app) == []
