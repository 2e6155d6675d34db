"""Tells a writer's own words from the mail they answer and from their signature.

Only what is certain goes: a quotation in the middle of a text is part of what is said, and a
forwarded mail is what the writer wanted to show.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SIGNATURE = "-- "
"""RFC 3676, 4.3."""

_ORIGINAL = re.compile(
    r"-{2,}\s*(?:original message|original mail|original-nachricht|ursprüngliche nachricht"
    r"|message d'origine|mensaje original|messaggio originale|mensagem original"
    r"|원본 ?(?:메일|메시지)|元のメッセージ|原始邮件)\s*-{2,}",
    re.IGNORECASE,
)
_BLOCKS = (
    ("from", "sent", "to", "subject"),
    ("from", "date", "to", "subject"),
    ("von", "gesendet", "an", "betreff"),
    ("de", "envoyé", "à", "objet"),
    ("de", "enviado", "para", "asunto"),
    ("da", "inviato", "a", "oggetto"),
    ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
)
"""How Outlook begins the mail below a reply; a line for copies may stand between."""

_BLOCK_LINES = 6
_ATTRIBUTION_LINES = 3
_DATE_DIGITS = 4


def cut_quotation(text: str) -> str:
    """The text without the quoted mail at its end, and without a signature.

    The whole text where nothing else is in it.
    """
    lines = text.rstrip().split("\n")
    lines = lines[: _find_original(lines)]
    lines = lines[: _find_signature(lines)]
    lines = lines[: _find_trailing_quote(lines)]
    return "\n".join(lines).strip() or text.strip()


def _find_original(lines: Sequence[str]) -> int:
    """Where the mail answered begins, unquoted, as Outlook puts it; the end where it does not."""
    for number, line in enumerate(lines):
        is_block = ":" in line and _is_block(lines[number : number + _BLOCK_LINES])
        if is_block or _ORIGINAL.fullmatch(line.strip()):
            above = lines[number - 1].strip() if number else ""
            return number - 1 if above and not above.strip("_") else number
    return len(lines)


def _is_block(lines: Sequence[str]) -> bool:
    labels = [_find_label(line) for line in lines]
    return any(labels[0] == block[0] and set(block) <= set(labels) for block in _BLOCKS)


def _find_label(line: str) -> str:
    """What stands before the colon, bold or not; "" without one."""
    label, colon, _ = line.partition(":")
    return label.strip("* ").casefold() if colon else ""


def _find_signature(lines: Sequence[str]) -> int:
    places = [number for number, line in enumerate(lines) if line == _SIGNATURE]
    return places[-1] if places else len(lines)


def _find_trailing_quote(lines: Sequence[str]) -> int:
    """Where the lines behind ">" at the end begin, the line that introduces them included."""
    start = end = len(lines)
    for number in range(end - 1, -1, -1):
        if lines[number].startswith(">"):
            start = number
        elif lines[number].strip():
            break
    if start == end:
        return end
    above = start
    while above and not lines[above - 1].strip():
        above -= 1
    return _find_attribution(lines[:above]) if above else start


def _find_attribution(lines: Sequence[str]) -> int:
    """Where the line begins that says, in whatever language, who wrote the quote below it and
    when; it may be wrapped. The end where there is none.
    """
    end = len(lines)
    if not lines[-1].rstrip().endswith((":", "：")):
        return end
    for first in range(end - 1, max(end - 1 - _ATTRIBUTION_LINES, -1), -1):
        if not lines[first].strip():
            break
        if sum(map(str.isdigit, lines[first])) >= _DATE_DIGITS:
            return first
    return end - 1 if "@" in lines[-1] else end
