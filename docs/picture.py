"""Makes the README's picture: the demonstration's screen after a real run of the model.

    .venv/bin/python docs/picture.py docs/images/inbox.svg

Needs the default model (`companion model pull`). The picture names fonts and loads none.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from companion.config import Config
from companion.demo.laying_out import ZONE
from companion.demo.showing import Demonstration, Listener, read_evening
from companion.modelling import Model
from companion.paths import find_paths
from companion.screening import ScreenActions
from tui.app import CompanionApp

SIZE = (120, 34)
_WEB_FONT = re.compile(r"@font-face\s*{.*?}", re.DOTALL)
_FONTS = "'DejaVu Sans Mono', 'D2Coding', 'NanumGothicCoding', 'Noto Sans Mono CJK KR', monospace"


def main(target: Path) -> None:
    """Run the demonstration in a folder that is thrown away and save its first screen."""
    config = Config()
    with tempfile.TemporaryDirectory() as folder:
        demonstration = Demonstration(Path(folder), config, Model(config, find_paths().cache))
        demonstration.run(Listener(_ignore, _ignore, _ignore))
        paths = demonstration.paths
        actions = ScreenActions(paths, config, read_evening)
        app = CompanionApp(paths.archive_file, actions, zone=ZONE, now=read_evening)
        svg = asyncio.run(_take(app))
    svg = _WEB_FONT.sub("", svg).replace("Fira Code, monospace", _FONTS)
    target.write_text(svg, encoding="utf-8")


async def _take(app: CompanionApp) -> str:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(1.0)
        return app.export_screenshot(title="companion")


def _ignore(*_: object) -> None:
    """The picture is of the end; what is told on the way is not shown."""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
