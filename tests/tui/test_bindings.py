"""Every key has a name, a purpose and a place in the help."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode

import tui
from tui.app import list_bindings
from tui.bindings import bind, translate_bindings
from tui.screens.help import build_help
from tui.words import Words
from tui.words_en import ENGLISH
from tui.words_ko import KOREAN


def list_declared() -> list[tuple[type, Binding]]:
    """The bindings of every class of the package, found without the application's own list."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(tui.__path__, "tui.")
    ]
    classes: set[type] = {
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, DOMNode)
        if member.__module__.startswith("tui.")
    }
    ordered = sorted(classes, key=lambda declaring: declaring.__qualname__)
    return [
        (declaring, binding)
        for declaring in ordered
        for binding in declaring.__dict__.get("BINDINGS", [])
    ]


DECLARED = list_declared()


def test_there_are_bindings_to_look_at() -> None:
    assert len(DECLARED) > 30


@pytest.mark.parametrize(
    ("declaring", "binding"),
    DECLARED,
    ids=[f"{declaring.__name__}-{binding.id}" for declaring, binding in DECLARED],
)
def test_a_binding_has_an_id_a_label_and_a_tooltip(declaring: type, binding: Any) -> None:
    assert isinstance(binding, Binding)
    assert binding.id is not None
    assert binding.id in ENGLISH.keys
    assert binding.description == ENGLISH.keys[binding.id].label
    assert binding.tooltip == ENGLISH.keys[binding.id].tooltip


@pytest.mark.parametrize("words", [ENGLISH, KOREAN])
def test_the_help_tells_every_binding(words: Words) -> None:
    lines = [row.draw(100) for row in build_help(list_bindings(), words)]
    told = Content("\n").join([line for drawn in lines for line in drawn]).plain
    for _, binding in DECLARED:
        assert binding.id is not None
        assert words.keys[binding.id].tooltip in told


def test_no_words_are_kept_for_keys_that_are_gone() -> None:
    assert set(ENGLISH.keys) == {binding.id for _, binding in DECLARED}


def test_keys_of_one_screen_do_not_clash() -> None:
    listed = list_bindings()
    for place in ("inbox", "conversation", "todos", "digests", "search"):
        keys = [
            key
            for binding in [*listed["everywhere"], *listed[place]]
            for key in binding.key.split(",")
        ]
        shadowed = {key for key in keys if keys.count(key) > 1}
        assert shadowed <= {"slash"}, place  # on the search screen it goes back to the words


def test_translated_bindings_keep_keys_and_actions() -> None:
    from textual.binding import BindingsMap

    spoken = translate_bindings(BindingsMap([bind("quit", "q", "quit")]), KOREAN)
    (binding,) = spoken.get_bindings_for_key("q")
    assert (binding.action, binding.description) == ("quit", KOREAN.keys["quit"].label)
