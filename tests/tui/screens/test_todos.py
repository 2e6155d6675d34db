"""To-dos of all conversations: the owner's first, ticked off without losing their place."""

from __future__ import annotations

from typing import Any

from tui.screens.conversation import ConversationScreen
from tui.screens.todos import ToDosScreen
from tui.widgets.message_pane import MessagePane
from tui.widgets.rows import Rows

NARROW = (80, 24)


def list_keys(app: Any) -> list[str]:
    return [row.key for row in app.screen.query_one(Rows).rows]


async def test_the_owners_to_dos_stand_first(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "t")
        assert isinstance(app.screen, ToDosScreen)
        shown = read_screen(app)
        assert shown.index("Yours  4") < shown.index("Pay the deposit")
        assert shown.index("Pay the deposit") < shown.index("Others  2")
        assert shown.index("Others  2") < shown.index("이서연 · 북한산 산악회")
        assert "☐ 참가비 2만 원 보내기 · 금요일까지" in shown


async def test_space_ticks_off_and_opens_again_in_place(
    archive_path: Any, make_app: Any, press: Any, seeder: Any, read_screen: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "t", "j")
        keys = list_keys(app)
        key = app.screen.query_one(Rows).row.key
        await press(pilot, "space")
        assert list_keys(app) == keys
        assert app.screen.query_one(Rows).row.key == key
        assert read_screen(app).count("☑") == 1
        assert seeder.reader.totals().open_todos == 5
        await press(pilot, "space")
        assert read_screen(app).count("☑") == 0
        assert seeder.reader.totals().open_todos == 6


async def test_done_ones_are_gone_the_next_time_and_back_with_f(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "t", "x", "escape", "t")
        assert "☑" not in read_screen(app)
        assert "Yours  3" in read_screen(app)
        await press(pilot, "f")
        assert read_screen(app).count("☑") == 1
        assert "with done ones" in read_screen(app)


async def test_enter_opens_the_message_it_was_found_in(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "t", "G", "enter")
        assert isinstance(app.screen, ConversationScreen)
        row: Any = app.screen.query_one(MessagePane).row
        assert row.message.text == "정상에서 먹을 김밥은 제가 준비할게요"
        await press(pilot, "escape")
        assert isinstance(app.screen, ToDosScreen)


async def test_without_any_the_screen_says_so(make_app: Any, press: Any, read_screen: Any) -> None:
    app = make_app("ko")
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "t", "space", "enter")
        assert "놓친 대화에서 찾은 할 일이 없습니다." in read_screen(app)


async def test_t_opens_one_screen_only(archive_path: Any, make_app: Any, press: Any) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "t", "t", "t")
        assert len(app.screen_stack) == 2
