"""Strings whose characters are bytes are mended, and no other is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.meta.strings import mend


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", ""),
        ("plain", "plain"),
        ("J\u00c3\u00bcrgen", "Jürgen"),
        ("\u00f0\u009f\u0098\u0080", "😀"),
        ("\u00ec\u0095\u0088\u00eb\u0085\u0095", "안녕"),
        ("Jürgen", "Jürgen"),  # whole already
        ("안녕", "안녕"),
        ("cut \u00f0\u009f\u0098", "cut \u00f0\u009f\u0098"),
        ("\u00c3\u00bc 안", "\u00c3\u00bc 안"),  # half and half: left alone
    ],
)
def test_strings_are_mended_one_by_one(written: str, meant: str) -> None:
    assert mend(written) == meant


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_was_written_comes_back(text: str) -> None:
    assert mend(text.encode().decode("latin-1")) == text
