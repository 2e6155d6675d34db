"""The application: first run, the daemon's states, failures, the palette, themes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from storage.archive import Archive
from tui.interface import DaemonState
from tui.screens.conversation import ConversationScreen
from tui.screens.digests import DigestsScreen
from tui.screens.inbox import InboxScreen
from tui.screens.search import SearchScreen
from tui.screens.todos import ToDosScreen
from tui.widgets.top_bar import describe_daemon
from tui.words_en import ENGLISH
from tui.words_ko import KOREAN

NARROW = (80, 24)
RUNNING = DaemonState("running", model="qwen")


async def test_the_first_run_says_what_to_type(make_app: Any, press: Any, read_screen: Any) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "r", "u", "s", "f", "enter", "j", "R")
        shown = read_screen(app)
        assert "$ companion demo" in shown
        assert "$ companion add PATH" in shown
        assert "r Read" not in shown


async def test_the_first_conversations_appear_by_themselves(
    make_app: Any, press: Any, read_screen: Any, template_path: Any, actions: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        actions.path.write_bytes(template_path.read_bytes())
        app.poll()
        await press(pilot, "j")
        assert "▌ ! Kitchen renovation" in read_screen(app)


async def test_an_archive_being_made_counts_as_none(
    make_app: Any, press: Any, read_screen: Any, actions: Any
) -> None:
    actions.path.touch()
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        assert "$ companion demo" in read_screen(app)


async def test_a_broken_archive_is_named_with_the_next_step(
    make_app: Any, press: Any, read_screen: Any, actions: Any
) -> None:
    actions.path.write_bytes(b"no database" * 500)
    app = make_app()
    async with app.run_test(size=(200, 24)) as pilot:
        await press(pilot, "t", "escape", "d", "escape", "slash", "x", "y", "escape")
        shown = read_screen(app)
        failure = app.context.archive.failure
        assert failure is not None
        assert failure.what in shown
        assert failure.next_step in shown


async def test_without_stores_the_screen_says_how_to_add_one(
    make_app: Any, press: Any, read_screen: Any, actions: Any
) -> None:
    Archive.open(actions.path).close()
    app = make_app("ko")
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        assert "등록된 기록이 없습니다." in read_screen(app)


async def test_stores_without_conversations_point_to_the_doctor(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, actions: Any, seeder: Any
) -> None:
    actions.path = actions.path.with_name("other.db")
    sources = seeder.reader.sources()
    with Archive.open(actions.path) as archive:
        from storage.entries import NewSource

        archive.add_source(NewSource(sources[0].kind, "x", "/x", "mark"))
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        assert "$ companion doctor" in read_screen(app)


async def test_when_all_is_read_the_screen_says_so(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, actions: Any, seeder: Any
) -> None:
    for row in seeder.reader.conversations(unread_only=True):
        actions.mark_read(row.id)
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        assert "You have read everything." in read_screen(app)
        await press(pilot, "f")
        assert "Kitchen renovation" in read_screen(app)


@pytest.mark.parametrize(
    ("daemon", "english", "korean"),
    [
        (RUNNING, "● up to date", "● 새 소식 없음"),
        (
            DaemonState("absent", model="qwen"),
            "○ not running: companion run",
            "○ 꺼져 있음: companion run",
        ),
        (DaemonState("paused"), "‖ paused: companion resume", "‖ 쉬는 중: companion resume"),
        (
            replace(RUNNING, model=None),
            "○ no model: companion model pull",
            "○ 모델 없음: companion model pull",
        ),
        (
            replace(RUNNING, activity="summarising", done=4, total=12),
            "summarising 4 of 12 ━━━───────",
            "요약 중 12개 중 4개 ━━━───────",
        ),
        (
            replace(RUNNING, activity="preparing", done=50, total=100),
            "preparing the model ━━━━━─────",
            "모델 준비 중 ━━━━━─────",
        ),
        (replace(RUNNING, activity="reading"), "reading stores ", "대화를 읽는 중 "),
        (replace(RUNNING, activity="digest"), "writing the digest ", "하루 요약을 쓰는 중 "),
        (
            replace(RUNNING, error="chat.db is locked; close it"),
            "× chat.db is locked; close it",
            "× chat.db is locked; close it",
        ),
    ],
)
def test_the_daemon_is_said_in_words_with_a_mark(
    daemon: DaemonState, english: str, korean: str
) -> None:
    from datetime import UTC

    assert describe_daemon(daemon, ENGLISH, UTC).plain == english
    assert describe_daemon(daemon, KOREAN, UTC).plain == korean


async def test_the_bar_follows_the_daemon(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, actions: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        assert "summarising 4 of 12 ━━━───────" in read_screen(app)
        actions.state = DaemonState("absent")
        app.poll()
        await press(pilot)
        assert "○ not running: companion run" in read_screen(app).splitlines()[0]


async def test_the_banner_stands_on_every_screen(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any
) -> None:
    app = make_app(banner="demo")
    async with app.run_test(size=NARROW) as pilot:
        for keys in ((), ("enter",), ("t",), ("d",)):
            await press(pilot, *keys)
            assert read_screen(app).splitlines()[0].startswith("  Companion demo › ")


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (None, InboxScreen),
        ("todos", ToDosScreen),
        ("digests", DigestsScreen),
        ("search", SearchScreen),
    ],
)
async def test_a_screen_can_be_opened_from_the_start(
    archive_path: Any, make_app: Any, press: Any, start: Any, kind: Any
) -> None:
    app = make_app(start=start)
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        assert type(app.screen) is kind
        await press(pilot, "escape")
        assert isinstance(app.screen, InboxScreen)


async def test_y_asks_for_a_sync_and_says_so(
    archive_path: Any, make_app: Any, press: Any, actions: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await press(pilot, "y")
        assert actions.asked == ["sync"]
        assert [told.message for told in app._notifications] == ["Reading your stores."]


async def test_the_theme_turns_light_and_dark(archive_path: Any, make_app: Any, press: Any) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "ctrl+t")
        assert app.theme == "companion-light"
        await press(pilot, "ctrl+t")
        assert app.theme == "companion-dark"


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "nord", "ansi-dark"])
async def test_textuals_own_themes_work_too(
    archive_path: Any, make_app: Any, press: Any, theme: str
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        app.theme = theme
        await press(pilot, "enter")
        assert app.theme == theme


async def test_q_leaves(archive_path: Any, make_app: Any, press: Any) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "t", "q")
    assert app.return_code == 0


async def test_the_palette_lists_what_the_keys_do(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert "Mark the conversation read" in titles
        assert "Ask that all stores be read now" in titles
        assert "Go one line down" not in titles


async def test_the_palette_does_what_was_chosen(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot)
        (todos,) = [
            command
            for command in app.get_system_commands(app.screen)
            if command.title == "Show the to-dos of all conversations"
        ]
        await todos.callback()
        await press(pilot)
        assert isinstance(app.screen, ToDosScreen)


async def test_the_palette_finds_conversations_by_title(
    archive_path: Any, make_app: Any, press: Any, until: Any
) -> None:
    app = make_app("ko")
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        app.screen.query_one(Input).value = "북한산"
        options = app.screen.query_one(OptionList)
        await until(pilot, lambda: options.option_count == 1)
        await press(pilot, "down", "enter")
        assert isinstance(app.screen, ConversationScreen)


async def test_a_bug_is_reported_without_the_values_at_hand(
    archive_path: Any, make_app: Any, press: Any, capsys: Any, monkeypatch: Any
) -> None:
    app = make_app()

    def fail() -> None:
        secret = "the canary sings"  # noqa: F841 - must not be printed
        raise RuntimeError("a bug")

    async def run() -> None:
        async with app.run_test(size=NARROW) as pilot:
            await press(pilot)
            app.call_later(fail)
            await press(pilot)

    with pytest.raises(RuntimeError, match="a bug"):
        await run()
    told = capsys.readouterr()
    assert "a bug" in told.err
    assert "canary" not in told.out + told.err.replace('secret = "the canary sings"', "")


def test_opening_the_screens_loads_no_markdown_and_no_writer() -> None:
    code = (
        "import sys, tui.app; "
        "print([name for name in ('markdown_it', 'sqlite_utils', 'companion', 'inference')"
        " if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


async def test_without_colour_the_marks_say_it_all(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "r", "j", "enter")
        assert app.no_color
        assert "▌ ✦ 할머니 생신 점심이" in read_screen(app)
        await press(pilot, "escape")
        shown = read_screen(app)
        assert "▌ ! 엄마" in shown
        assert "  • Rust Seoul" in shown
        assert "    Kitchen renovation" in shown
