"""Text of strangers made fit for the screen; nothing from the archive is shown that did not
pass `safe_text`, and nothing here knows of widgets.

What a stranger writes must not style the screen, move its columns or hide in it: markup is
never parsed, terminal sequences, control and format characters are taken out, stacks of
combining marks are cut. Widths are those of Rich, which Textual draws by: Hangul two cells, an
emoji sequence two, a combining mark none.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text
from textual.content import Content

ELLIPSIS = "…"
MAX_MARKS = 3
"""Characters without a width kept on one with: Thai, old Hangul and emoji need no more."""
MAX_CHARACTERS = 20_000
"""Of one message on the screen; the archive keeps all of it."""

_TERMINAL_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI, ECMA-48 5.4
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC and kin
    r"|\x1b[ -/]*[0-~]"
)
_LINE_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_BLANKS = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
"""Letters that look like nothing: names made of them would be invisible."""
_NONCHARACTERS = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""A lone surrogate cannot be written to a terminal at all."""
ZERO_WIDTH_JOINER = "\u200d"
_JOINER = re.compile(ZERO_WIDTH_JOINER + "+")
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
    if not (text.isascii() and text.isprintable()):
        text = _clean(text)
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


def _clean(text: str) -> str:
    text = _LINE_BREAK.sub("\n", _TERMINAL_SEQUENCE.sub("", text)).replace("\t", "    ")
    text = _NONCHARACTERS.sub("\ufffd", _BLANKS.sub(" ", text))
    text = "".join(filter(_is_kept, unicodedata.normalize("NFC", text)))
    return _JOINER.sub(_keep_between_emoji, _cut_marks(text))


def _is_kept(character: str) -> bool:
    if character in {"\n", ZERO_WIDTH_JOINER}:
        return True
    return unicodedata.category(character) not in {"Cc", "Cf"}


def _cut_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if character != "\n" and cell_len(character) == 0 else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def _keep_between_emoji(found: re.Match[str]) -> str:
    """Elsewhere a joiner makes Rich count one cell too few for what a terminal draws."""
    before = found.string[: found.start()].rstrip("\ufe0f")[-1:]
    after = found.string[found.end() : found.end() + 1]
    is_joint = all(unicodedata.category(side) in {"So", "Sk"} for side in (before, after) if side)
    return ZERO_WIDTH_JOINER if before and after and is_joint else ""
