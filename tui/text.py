"""Text of strangers made fit for the screen; nothing from the archive is shown that did not
pass `safe_text`, and nothing here knows of widgets.

What may be shown at all is `tui.cleaning`'s to say; markup is never parsed. Widths are those of
Rich, which Textual draws by: Hangul two cells, an emoji sequence two, a combining mark none.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text
from textual.content import Content

from tui import cleaning

ELLIPSIS = "…"
MAX_CHARACTERS = 20_000
"""Of one message on the screen; the archive keeps all of it."""

_ANY_LINE_BREAK = re.compile(r"\s*\n\s*")
_CONSOLE = Console(width=80, color_system=None)
"""Rich asks for one to wrap text; nothing is printed on it."""


def safe_text(text: str, style: str = "", *, keep_lines: bool = False) -> Content:
    """Text from the archive as Textual content in one style, its markup shown as written.

    Without `keep_lines` line breaks become single spaces. Text longer than `MAX_CHARACTERS`
    ends in an ellipsis.
    """
    return Content.styled(clean_text(text, keep_lines=keep_lines), style)


def clean_text(text: str, *, keep_lines: bool = False) -> str:
    """The same as `safe_text`, as a string: for widgets that take nothing else."""
    if len(text) > MAX_CHARACTERS:
        text = text[:MAX_CHARACTERS] + ELLIPSIS
    text = cleaning.clean_text(text)
    return text if keep_lines else _ANY_LINE_BREAK.sub(" ", text).strip()


def fit_text(text: str, cells: int) -> str:
    """`text` in exactly `cells` cells: padded with spaces, or cut with an ellipsis.

    A two-cell character that would be cut in half gives way to a space.
    """
    if cells <= 0:
        return ""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(text, cells - 1) + ELLIPSIS


def fit_right(text: str, cells: int) -> str:
    """As `fit_text`, but flush right."""
    return (
        " " * (cells - cell_len(text)) + text if cell_len(text) <= cells else fit_text(text, cells)
    )


def wrap_text(text: str, cells: int) -> list[str]:
    """Lines of at most `cells` cells, broken at spaces where there are any; never empty."""
    lines = Text(text).wrap(_CONSOLE, max(cells, 2))
    return [line.plain.rstrip() for line in lines] or [""]
