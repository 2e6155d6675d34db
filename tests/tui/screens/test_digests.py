"""Digests by day, rendered from Markdown that opens nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from textual.widgets import Markdown

from storage.entries import NewDigest
from tui.screens.digests import DigestsScreen, DigestText
from tui.widgets.rows import Rows

NARROW = (80, 24)


async def test_the_newest_day_is_shown_first(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "d")
        assert isinstance(app.screen, DigestsScreen)
        shown = read_screen(app)
        assert "▌ Yesterday" in shown
        assert "Sunday 22 November" in shown
        assert "What you missed" in shown
        assert "written late" not in shown


async def test_a_digest_caught_up_says_so(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "d", "j")
        assert "written late: the machine was off when it was due" in read_screen(app)


async def test_keys_scroll_the_text_and_escape_goes_back_to_the_days(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 12)) as pilot:
        await press(pilot, "d", "enter")
        text = app.screen.query_one(DigestText)
        assert text.has_focus
        await press(pilot, "G")
        await pilot.pause(0.3)
        assert text.scroll_y > 0
        await press(pilot, "escape")
        assert app.screen.query_one(Rows).has_focus
        await press(pilot, "tab")
        assert text.has_focus
        await press(pilot, "escape", "escape")
        assert len(app.screen_stack) == 1


async def test_no_link_is_opened_and_no_markup_obeyed(
    archive_path: Any, make_app: Any, press: Any, archive: Any, read_screen: Any, monkeypatch: Any
) -> None:
    text = "[click](https://evil.example) [bold]x[/bold] \x1b[31mred\x1b[0m \u202ertl"
    archive.save_digest(
        NewDigest(date(2026, 11, 24), app_now(), False, 1, 0, {}, f"# Digest\n\n{text}")
    )
    app = make_app()
    opened: list[str] = []
    monkeypatch.setattr(app, "open_url", opened.append)
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "d")
        markdown = app.screen.query_one(Markdown)
        markdown.post_message(Markdown.LinkClicked(markdown, "https://evil.example"))
        await press(pilot)
        assert opened == []
        assert "click [bold]x[/bold] red rtl" in read_screen(app)


def app_now() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 11, 24, tzinfo=UTC)


async def test_a_new_digest_leaves_the_one_being_read(
    archive_path: Any, make_app: Any, press: Any, seeder: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "d", "j")
        seeder.add_digest(date(2026, 11, 24))
        app.poll()
        await press(pilot)
        days = app.screen.query_one(Rows)
        assert days.rows[0].key == "2026-11-24"
        assert days.row.key == "2026-11-22"


async def test_without_any_the_screen_says_when_one_comes(
    make_app: Any, press: Any, read_screen: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "d")
        assert "companion digest --now" in read_screen(app)
