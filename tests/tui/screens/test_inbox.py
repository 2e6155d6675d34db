"""The inbox: most pressing first, totals on top, live without a jump."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from textual.widgets import Static

from tui.app import CompanionApp
from tui.screens.conversation import ConversationScreen
from tui.screens.inbox import InboxScreen
from tui.widgets.rows import Rows
from tui.widgets.summary_pane import SummaryPane
from tui.widgets.summary_panel import SummaryPanel

NARROW, WIDE = (80, 24), (120, 40)


def list_titles(app: Any) -> list[str]:
    return [row.conversation.title for row in app.screen.query_one("#conversations", Rows).rows]


def find_title(app: Any) -> str:
    return str(app.screen.conversation.title)


def read_totals(app: Any) -> str:
    return str(app.screen.query_one("#totals", Static).content)


async def test_the_most_pressing_conversations_come_first(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        titles = list_titles(app)
        assert titles[:4] == ["북한산 산악회", "Kitchen renovation", "엄마", "+44 7700 900123"]
        assert len(titles) == 12
        assert read_totals(app) == (
            "394 unread in 12 conversations  ☐ 6 to-dos open  · unread only"
        )


async def test_f_shows_read_conversations_too(archive_path: Any, make_app: Any, press: Any) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "f")
        assert {"독서 모임", "Saved notes"} <= set(list_titles(app))
        assert "all conversations" in read_totals(app)
        await press(pilot, "f")
        assert "독서 모임" not in list_titles(app)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_enter_opens_the_conversation_and_escape_comes_back_to_it(
    archive_path: Any, make_app: Any, press: Any, size: Any
) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "j", "j", "enter")
        assert isinstance(app.screen, ConversationScreen)
        await press(pilot, "escape")
        assert isinstance(app.screen, InboxScreen)
        assert find_title(app) == "엄마"


async def test_escape_on_the_inbox_leaves_nothing(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "escape")
        assert isinstance(app.screen, InboxScreen)


async def test_r_marks_read_and_leaves_the_line_in_place(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "r")
        assert find_title(app) == "Kitchen renovation"
        assert app.screen.conversation.unread == 0
        assert list_titles(app).index("Kitchen renovation") == 1
        assert read_totals(app).startswith("382 unread in 11 conversations")


async def test_u_takes_the_mark_back(archive_path: Any, make_app: Any, press: Any) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "r", "u")
        assert app.screen.conversation.unread == 12
        assert read_totals(app).startswith("394 unread")


async def test_a_conversation_read_here_goes_when_the_filter_is_set_anew(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "r", "f", "f")
        assert "북한산 산악회" not in list_titles(app)


async def test_s_asks_for_a_new_summary_of_the_line(
    archive_path: Any, make_app: Any, actions: Any, press: Any, seeder: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "s", "ctrl+r")
        wanted = f"summary {seeder.find_id('Kitchen renovation')}"
        assert actions.asked == [wanted, wanted]


async def test_what_an_action_cannot_do_is_said(
    archive_path: Any, make_app: Any, actions: Any, press: Any
) -> None:
    actions.refusal = "the archive is locked; try again"
    app = make_app()
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await press(pilot, "r")
        (told,) = app._notifications
        assert (told.message, told.severity) == ("the archive is locked; try again", "error")
        assert app.screen.conversation.unread == 38


async def test_news_leave_the_cursor_on_its_conversation_and_line(
    archive_path: Any, make_app: Any, press: Any, seeder: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, *"jjjjjj")
        rows = app.screen.query_one("#conversations", Rows)
        title, line = find_title(app), rows.cursor * 2 - rows.scroll_offset.y
        chat = {"source": "telegram", "title": "Breaking news", "kind": "group"}
        seeder.add_messages(chat, [("Sofia", 0, "everyone come quickly")])
        seeder.finish_syncs()
        app.poll()
        await press(pilot)
        assert "Breaking news" in list_titles(app)
        assert list_titles(app).index("Breaking news") < rows.cursor
        assert find_title(app) == title
        assert rows.cursor * 2 - rows.scroll_offset.y == line


async def test_an_unchanged_archive_is_not_read_again(
    archive_path: Any, make_app: Any, press: Any, monkeypatch: Any, seeder: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        shown: list[int] = []
        monkeypatch.setattr(app.screen, "reload", lambda: shown.append(1))
        app.poll()
        app.poll()
        assert shown == []
        seeder.add_digest(app.context.today())
        app.poll()
        assert shown == [1]


async def test_the_summary_stands_beside_the_list_where_there_is_room(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any
) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "j")
        assert app.screen.query_one("#preview").display
        assert "Tiler starts on Tuesday" in read_screen(app)
        assert not app.screen.query_one(SummaryPane).can_focus
        await pilot.resize_terminal(*NARROW)
        await press(pilot)
        assert not app.screen.query_one("#preview").display


async def test_the_preview_being_read_is_not_rewritten(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, seeder: Any, chats: Any
) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot)
        seeder.add_summary(chats["북한산 산악회"], topic="Something else", input_hash="new")
        app.poll()
        await press(pilot)
        assert app.screen.query_one(SummaryPanel).has_news
        shown = read_screen(app)
        assert "토요일 산행 집합 시간 변경" in shown
        assert "A new summary is ready: press R to show it" in shown
        await press(pilot, "R")
        shown = read_screen(app)
        assert "Something else" in shown
        assert "press R" not in shown


async def test_a_failed_store_is_named_on_top(
    archive_path: Any, make_app: Any, press: Any, archive: Any, seeder: Any
) -> None:
    (source,) = [row for row in seeder.reader.sources() if row.kind == "imessage"]
    archive.fail_sync(source.id, "chat.db is locked", source.added_at)
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot)
        assert "× iMessage: chat.db is locked" in read_totals(app)


async def test_ages_grow_while_nothing_else_changes(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, actions: Any
) -> None:
    made = make_app()
    moments = [made.context.now()]
    app = CompanionApp(actions.path, actions, zone=made.context.zone, now=lambda: moments[0])
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        assert "KakaoTalk      38    12m" in read_screen(app)
        moments[0] += timedelta(hours=1)
        app.refresh_ages()
        await press(pilot)
        assert "KakaoTalk      38     1h" in read_screen(app)
