"""Rows of plain text: wrapped under a lead that hangs at the left; headings and blank lines too."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from tui.text import wrap_text
from tui.widgets.rows import Row


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands before the first line of a paragraph; further lines are indented as far."""

    text: str
    style: str = ""


NO_LEAD = Lead("")


class Paragraph(Row):
    """Text, already cleaned, that wraps to the width."""

    def __init__(
        self,
        key: str,
        text: str,
        style: str = "",
        *,
        lead: Lead = NO_LEAD,
        can_choose: bool = False,
    ) -> None:
        super().__init__(key, can_choose=can_choose)
        self._text = text
        self._style = style
        self._lead = lead

    def draw(self, width: int) -> list[Content]:
        indent = cell_len(self._lead.text)
        wrapped = wrap_text(self._text, width - indent)
        return [
            Content.assemble(
                (self._lead.text, self._lead.style) if number == 0 else " " * indent,
                (line, self._style),
            )
            for number, line in enumerate(wrapped)
        ]


class Heading(Paragraph):
    """A line that names the rows below it, with a blank line above and a note beside or below."""

    def __init__(self, key: str, text: str, note: str = "") -> None:
        super().__init__(key, text)
        self._note = note

    def draw(self, width: int) -> list[Content]:
        heading = Content.styled(self._text, ".text--heading")
        note = Content.styled(self._note, ".text--secondary")
        if not self._note:
            return [Content(), heading]
        line = Content.assemble(heading, "  ", note)
        if line.cell_length <= width:
            return [Content(), line]
        return [Content(), heading, note.truncate(width, ellipsis=True)]


class Blank(Row):
    """An empty line."""

    def __init__(self, key: str) -> None:
        super().__init__(key, can_choose=False)

    def draw(self, width: int) -> list[Content]:  # noqa: ARG002 - one blank line at any width
        return [Content()]
