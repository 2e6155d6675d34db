"""The help: every key and mark, made from the bindings themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.bindings import bind
from tui.context import Context
from tui.screens.base import CompanionScreen
from tui.text import fit_text
from tui.widgets.paragraph import Heading
from tui.widgets.rows import Row, Rows
from tui.words import Words

KEY_CELLS = 22
KEY_NAMES = {
    "enter": "⏎",
    "escape": "esc",
    "slash": "/",
    "question_mark": "?",
    "down": "↓",
    "up": "↑",
    "pagedown": "pgdn",
    "pageup": "pgup",
}
Bindings = Mapping[str, Iterable[BindingType]]
"""Bindings as their classes declare them, by place."""


class KeyLine(Row):
    """Keys and what they do."""

    def __init__(self, key: str, keys: str, said: str) -> None:
        super().__init__(key)
        self._keys = keys
        self._said = said

    def draw(self, width: int) -> list[Content]:
        return [
            Content.assemble(
                (fit_text(self._keys, KEY_CELLS), ".text--accent"),
                fit_text(self._said, width - KEY_CELLS),
            )
        ]


class HelpScreen(CompanionScreen[None]):
    """All places one below the other, the marks last."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [bind("back", "escape,q,question_mark", "back")]

    def __init__(self, context: Context, bindings: Bindings) -> None:
        super().__init__(context)
        self._listed = bindings

    @property
    def place(self) -> str:
        return self.words.help

    def compose_body(self) -> ComposeResult:
        rows = Rows(self.words, id="keys", can_open=False)
        rows.show_rows(build_help(self._listed, self.words))
        yield rows


def build_help(bindings: Bindings, words: Words) -> list[Row]:
    """Every binding under the heading of its place, then the marks."""
    rows: list[Row] = []
    for place, listed in bindings.items():
        rows.append(Heading(place, words.help_places[place]))
        rows.extend(
            KeyLine(f"{place}-{binding.id}", name_keys(binding), words.keys[binding.id].tooltip)
            for binding in listed
            if isinstance(binding, Binding) and binding.id is not None
        )
    rows.append(Heading("marks", words.help_marks_heading))
    rows.extend(KeyLine(f"mark-{mark}", mark, said) for mark, said in words.help_marks)
    return rows


def name_keys(binding: Binding) -> str:
    """The keys of a binding as one reads them: "j  ↓"."""
    keys = (KEY_NAMES.get(key, key).replace("ctrl+", "^") for key in binding.key.split(","))
    return "  ".join(keys)
