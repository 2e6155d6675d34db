"""Keys: every binding is made here, so that each has an id, a label and a tooltip."""

from __future__ import annotations

from dataclasses import replace

from textual.binding import Binding, BindingsMap

from tui.words import Words
from tui.words_en import ENGLISH


def bind(
    id: str,  # noqa: A002 - Textual's own word
    keys: str,
    action: str,
    *,
    show: bool = True,
    key_display: str | None = None,
    priority: bool = False,
) -> Binding:
    """A binding whose words stand in `tui.words` under its id.

    An id may occur on several screens for the same wish; a keymap then moves all of them.
    """
    words = ENGLISH.keys[id]
    return Binding(
        keys,
        action,
        words.label,
        show=show,
        key_display=key_display,
        priority=priority,
        tooltip=words.tooltip,
        id=id,
    )


def translate_bindings(bindings: BindingsMap, words: Words) -> BindingsMap:
    """The same bindings with labels and tooltips of another language; Textual's own stay."""
    return BindingsMap.from_keys(
        {
            key: [_translate(binding, words) for binding in found]
            for key, found in bindings.key_to_bindings.items()
        }
    )


def _translate(binding: Binding, words: Words) -> Binding:
    if binding.id is None:
        return binding
    spoken = words.keys[binding.id]
    return replace(binding, description=spoken.label, tooltip=spoken.tooltip)
