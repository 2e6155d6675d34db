"""Owns what of a stranger's text people may be shown, on any screen and in any file; it draws
nothing and loads nothing that does.

What a stranger writes must not act on a terminal, move columns or hide: terminal sequences,
control and format characters are taken out, letters that look like nothing become blanks, stacks
of combining marks are cut. Words, markup and every script stay what they are.
"""

from __future__ import annotations

import re
import unicodedata

MAX_MARKS = 3
"""Characters without a width kept on one with: Thai, old Hangul and emoji need no more."""

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
_ZERO_WIDTH_JOINER = "\u200d"
_JOINER = re.compile(_ZERO_WIDTH_JOINER + "+")
_OTHER_MARKS = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff\U0001f3fb-\U0001f3ff\u200d]")
"""Without a width, and no marks to Unicode: vowels and finals of old Hangul, shades of emoji."""


def clean_text(text: str) -> str:
    """The text as it may be shown; line breaks of every kind become new lines."""
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_BREAK.sub("\n", _TERMINAL_SEQUENCE.sub("", text)).replace("\t", "    ")
    text = _NONCHARACTERS.sub("\ufffd", _BLANKS.sub(" ", text))
    text = "".join(filter(_is_kept, unicodedata.normalize("NFC", text)))
    return _JOINER.sub(_keep_between_emoji, _cut_marks(text))


def _is_kept(character: str) -> bool:
    if character in {"\n", _ZERO_WIDTH_JOINER}:
        return True
    return unicodedata.category(character) not in {"Cc", "Cf"}


def _cut_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    # Unassigned here may be a mark of a newer Unicode there.
    is_mark = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cn"}
    return is_mark or _OTHER_MARKS.match(character) is not None


def _keep_between_emoji(found: re.Match[str]) -> str:
    """Elsewhere a joiner makes Rich count one cell too few for what a terminal draws."""
    before = found.string[: found.start()].rstrip("\ufe0f")[-1:]
    after = found.string[found.end() : found.end() + 1]
    is_joint = all(unicodedata.category(side) in {"So", "Sk"} for side in (before, after) if side)
    return _ZERO_WIDTH_JOINER if before and after and is_joint else ""
