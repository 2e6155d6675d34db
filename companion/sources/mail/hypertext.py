"""The words of an HTML mail as plain text: no layout, no pictures, no link addresses."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCK = re.compile(
    "address|article|aside|blockquote|center|d[dlt]|div|fieldset|figure|footer|form|h[1-6]|header"
    "|hr|li|main|nav|ol|p|pre|section|table|tbody|t[dhr]|ul"
)
_PARAGRAPH = re.compile("blockquote|h[1-6]|ol|p|table|ul")
_UNSEEN = frozenset(("head", "script", "style", "title", "template"))
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr")
)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def extract_text(html: str) -> str:
    """Blocks on lines of their own, paragraphs apart, quotations behind "> ".

    Never raises: what is no HTML comes out as it would in a browser.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.get_text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._words: list[str] = []
        self._quotes = 0
        self._unseen: list[str] = []
        """Elements open since the first that is not shown, that one included."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            if tag in ("br", "hr") and not self._unseen:
                self._end_line()
            return
        style = next((value or "" for name, value in attrs if name == "style"), "")
        if self._unseen or tag in _UNSEEN or _HIDDEN.search(style):
            self._unseen.append(tag)
            return
        if _BLOCK.fullmatch(tag):
            self._break()
        if _PARAGRAPH.fullmatch(tag):
            self._leave_blank()
        if tag == "blockquote":
            self._quotes += 1
        if tag == "li":
            self._words.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag in self._unseen:
                del self._unseen[len(self._unseen) - 1 - self._unseen[::-1].index(tag) :]
            return
        if _BLOCK.fullmatch(tag):
            self._break()
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        if _PARAGRAPH.fullmatch(tag):
            self._leave_blank()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._words.append(data)

    def get_text(self) -> str:
        self._break()
        return _BLANK_LINES.sub("\n\n", "\n".join(self._lines)).strip("\n")

    def _break(self) -> None:
        """End the line if anything is on it."""
        if "".join(self._words).strip():
            self._end_line()
        self._words.clear()

    def _leave_blank(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append("> " * self._quotes)

    def _end_line(self) -> None:
        line = _SPACES.sub(" ", "".join(self._words)).strip()
        self._words.clear()
        self._lines.append("> " * self._quotes + line)
