"""Something found: where it stands, and the words around what was searched for."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from storage.records import SearchHit
from tui.text import ELLIPSIS, clean_text, fit_right, fit_text
from tui.times import name_age
from tui.widgets.rows import Row
from tui.words import Words

AGE_CELLS = 7
LEADING_CHARACTERS = 24
"""Kept before the first place found."""


class HitLine(Row):
    """Conversation, sender and age; below, the text with the words found set off."""

    def __init__(self, key: str, hit: SearchHit, query: str, now: datetime, words: Words) -> None:
        super().__init__(key)
        self.hit = hit
        self._query = query
        self._now = now
        self._words = words

    def height(self, width: int) -> int:  # noqa: ARG002 - the same at any width
        return 2

    def draw(self, width: int) -> list[Content]:
        hit, words = self.hit, self._words
        title = clean_text(hit.conversation_title) or words.untitled
        sender = clean_text(hit.sender) if hit.kind == "message" else words.in_summary
        head = Content.assemble(
            (title, ".text--strong"), (f"  {sender}" if sender else "", ".text--secondary")
        )
        age = fit_right(name_age(hit.at, self._now, words), AGE_CELLS)
        style = ".text--ai" if hit.kind == "summary" else ""
        return [
            head.truncate(width - AGE_CELLS, ellipsis=True, pad=True)
            + Content.styled(age, ".text--secondary"),
            mark_words(cut_around(clean_text(hit.text), self._query), self._query, style, width),
        ]


def cut_around(text: str, query: str) -> str:
    """The text from shortly before the first word found."""
    folded = text.casefold()
    places = [place for word in query.casefold().split() if (place := folded.find(word)) >= 0]
    start = min(places, default=0) - LEADING_CHARACTERS
    return text if start <= 0 else ELLIPSIS + text[start:]


def mark_words(text: str, query: str, style: str, width: int) -> Content:
    """The text cut to the width, every word of the query in it set off."""
    fitted = fit_text(text, width)
    content = Content.styled(fitted, style)
    folded = fitted.casefold()
    if len(folded) != len(fitted):  # casefold may lengthen ("ß"): then nothing can be set off
        return content
    for word in query.casefold().split():
        start = folded.find(word)
        while start >= 0:
            content = content.stylize(".text--found", start, start + len(word))
            start = folded.find(word, start + len(word))
    return content
