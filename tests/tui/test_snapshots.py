"""Every screen as it looks: in both languages, at the smallest size and at a wide one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
SCREENS = {
    "inbox": ("j",),
    "all": ("f", "G"),
    "conversation": ("j", "enter", "j"),
    "evidence": ("j", "enter", "j", "enter"),
    "pending": ("j", "j", "j", "j", "j", "enter"),
    "messages": ("j", "enter", "m"),
    "todos": ("t", "j", "space"),
    "digests": ("d", "j"),
    "search": ("slash",),
    "help": ("question_mark",),
}


class SvgExtension(SingleFileSnapshotExtension):
    """Pictures of the screen, with the colours."""

    _file_extension = "svg"
    file_extension = "svg"
    _write_mode = WriteMode.TEXT


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("screen", SCREENS)
async def test_a_screen_looks_as_it_did(
    archive_path: Any,
    make_app: Any,
    press: Any,
    search: Any,
    read_screen: Any,
    snapshot: Any,
    screen: str,
    language: str,
    size: str,
) -> None:
    app = make_app(language)
    async with app.run_test(size=SIZES[size]) as pilot:
        await press(pilot, *SCREENS[screen])
        if screen == "search":
            await search(pilot, "tiler")
        assert read_screen(app) == snapshot


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_the_first_run_looks_as_it_did(
    make_app: Any, press: Any, read_screen: Any, snapshot: Any, language: str
) -> None:
    app = make_app(language)
    async with app.run_test(size=SIZES["80x24"]) as pilot:
        await press(pilot)
        assert read_screen(app) == snapshot


@pytest.mark.parametrize("screen", ["inbox", "conversation"])
async def test_the_colours_are_as_they_were(
    archive_path: Any, make_app: Any, press: Any, snapshot: Any, screen: str
) -> None:
    app = make_app()
    async with app.run_test(size=SIZES["120x40"]) as pilot:
        await press(pilot, *SCREENS[screen])
        picture = re.sub(r"@font-face \{.*?\}\s*", "", app.export_screenshot(), flags=re.DOTALL)
        assert picture == snapshot(extension_class=SvgExtension)
