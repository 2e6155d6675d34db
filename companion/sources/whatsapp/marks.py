"""The invisible characters WhatsApp sprinkles over its exports; decides nothing about lines."""

from __future__ import annotations

LRM = "\u200e"
"""Written before `[`, before placeholders and before system text on iOS."""

_BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_SPACES = "\u00a0\u202f\u2007\u2009"
_CLEANING = {**dict.fromkeys(map(ord, _BIDI)), **dict.fromkeys(map(ord, _SPACES), " ")}


def clean_marks(raw: str) -> str:
    """`raw` for matching: direction marks deleted, no-break spaces as plain ones."""
    return raw if raw.isascii() else raw.translate(_CLEANING)


def drop_cleaned(raw: str, length: int) -> str:
    """What is left of `raw` after the characters that make the first `length` of its cleaned form.

    Marks that follow them stay: they belong to the rest.
    """
    if raw.isascii():
        return raw[length:]
    kept = 0
    for index, character in enumerate(raw):
        if kept == length:
            return raw[index:]
        kept += character not in _BIDI
    return ""
