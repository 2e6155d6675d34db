"""Makes docs/settings.md from the settings themselves.

.venv/bin/python docs/settings.py
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from companion.settings import list_settings

HEAD = """\
# Settings

`config.toml` in the home (`$COMPANION_HOME`, else the platform's configuration folder) may hold these. `companion init`
writes one in which every default stands as a comment. An unknown setting, and a value that cannot be, is an error.

Each setting can be overridden by an environment variable, for one command or one shell:

```sh
COMPANION_MODEL=none COMPANION_ME="지우,Jiwoo" companion summarize
```

Texts of a list are separated by commas; a switch is `true` or `false`. A service does not see your shell's variables:
what it should do belongs into the file. `COMPANION_HOME`, `COMPANION_ALLOW_OPEN_HOME` and `COMPANION_PASSPHRASE` are
no settings: they say where the home is, whether others may look into it, and what unlocks the archive.

`python docs/settings.py` makes this page from the program.
"""  # noqa: E501 (the page's lines)


def compose_page() -> str:
    """The page of all settings, as Markdown."""
    sections = (
        f"## `{setting.name}`\n\n{fill(setting.meaning)}\n\n"
        f"- default: `{setting.shown_default}`\n- variable: `{setting.variable}`\n"
        for setting in list_settings()
    )
    return "\n".join((HEAD, *sections))


def fill(text: str) -> str:
    """In the lines of our pages."""
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(compose_page(), encoding="utf-8")
