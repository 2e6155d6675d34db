"""Owns making strangers' text safe to stand in a prompt or on a screen; it drops no words."""

from __future__ import annotations

import re
import unicodedata

# Cc, Cf, Cs, Co: controls, zero-width characters, bidi overrides, tags, lone surrogates and
# private use say nothing to a reader and can hide text from one. The joiner in emoji is kept.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
_LINE_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\s*\n\s*")
_PICTURE = "\u2190-\u2bff\U0001f000-\U0001ffff"
_EMOJI_JOINER = re.compile(rf"(?<=[\ufe0f{_PICTURE}])\u200d(?=[{_PICTURE}])")

LINE_MARK = " / "
"""Stands for a line break inside a message, as in the corpus the adapters were taught with."""


def clean_text(text: str) -> str:
    """`text` with plain line breaks, single blanks and no invisible characters."""
    text = _BLANKS.sub(" ", _LINE_BREAKS.sub("\n", text))
    joiners = {match.start() for match in _EMOJI_JOINER.finditer(text)}
    shown = "".join(
        char
        for index, char in enumerate(text)
        if char == "\n" or index in joiners or unicodedata.category(char) not in _INVISIBLE
    )
    return _EMPTY_LINES.sub("\n", _BLANKS.sub(" ", shown)).strip()


def flatten_text(text: str) -> str:
    """`clean_text` on one line, line breaks shown as ` / `."""
    return clean_text(text).replace("\n", LINE_MARK)
