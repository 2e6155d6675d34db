"""Makes text by strangers safe for Markdown, JSON and a terminal; it changes no meaning."""

from __future__ import annotations

import json
import re
import unicodedata

_MARKDOWN = re.compile(r"([\\`*_\[\]<>&~|])")
"""What means something in the middle of a line; our own text always begins the line."""
_NEW_LINES = re.compile(r"\s*\n\s*")
_MAX_COMBINING = 4
"""Marks on one letter: every living script does with fewer; Zalgo text does not."""

_JOINERS = frozenset("\u200c\u200d")
"""Zero-width, but emoji and Indic scripts are made with them."""


def clean_text(text: str) -> str:
    """The text without what could act on a terminal or hide: one line stays one line.

    Removed: control characters but the new line and the tab (which becomes a space), escape
    sequences' introducers, bidirectional and other format characters, lone surrogates, and
    combining marks beyond four in a row. A carriage return becomes a new line.
    """
    kept: list[str] = []
    marks = 0
    for letter in text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "):
        category = unicodedata.category(letter)
        marks = marks + 1 if category.startswith("M") else 0
        if letter != "\n" and category in {"Cc", "Cs", "Co"}:
            continue
        if category == "Cf" and letter not in _JOINERS:
            continue
        if category in {"Zl", "Zp"}:
            kept.append("\n")
        elif marks <= _MAX_COMBINING:
            kept.append(letter)
    return "".join(kept)


def clean_line(text: str) -> str:
    """Like `clean_text`, on one line: line breaks become " / "."""
    return _NEW_LINES.sub(" / ", clean_text(text).strip())


def escape_markdown(text: str) -> str:
    """The text on one line, so that Markdown shows it letter by letter."""
    return _MARKDOWN.sub(r"\\\1", clean_line(text))


def format_json(document: object, *, indent: int | None) -> str:
    """The document as JSON that UTF-8 can encode: a lone surrogate becomes its escape."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
