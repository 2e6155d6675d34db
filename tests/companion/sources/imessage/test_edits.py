"""What was edited and unsent, from the property lists Messages writes."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.imessage.edits import NO_EDITS, read_edits

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_last_version_of_an_edited_part_counts(
    summarize_edits: Callable[..., bytes],
) -> None:
    edits = read_edits(summarize_edits(versions={0: ["at six", "at seven", "at eight"]}))
    assert edits.are_whole
    assert edits.text == "at eight"
    assert not edits.is_unsent


def test_edits_of_one_part_among_others_are_not_the_whole_text(
    summarize_edits: Callable[..., bytes],
) -> None:
    edits = read_edits(summarize_edits(sent=(0, 1), versions={1: ["old", "new"]}))
    assert not edits.are_whole
    assert edits.text == "new"


def test_an_unsent_part_is_neither_missed_nor_quoted(
    summarize_edits: Callable[..., bytes],
) -> None:
    edits = read_edits(
        summarize_edits(sent=(0, 1), versions={0: ["a", "b"], 1: ["c", "d"]}, unsent=(1,))
    )
    assert edits.text == "b"
    assert edits.are_whole
    assert edits.is_partly_unsent
    assert not edits.is_unsent


@pytest.mark.parametrize(
    ("sent", "unsent", "is_unsent"),
    [((0,), (0,), True), ((0, 1), (0, 1), True), ((0, 1), (1,), False), ((0,), (), False)],
)
def test_only_a_message_without_any_part_left_is_unsent(
    sent: tuple[int, ...],
    unsent: tuple[int, ...],
    is_unsent: bool,
    summarize_edits: Callable[..., bytes],
) -> None:
    assert read_edits(summarize_edits(sent=sent, unsent=unsent)).is_unsent is is_unsent


def test_a_broken_version_gives_way_to_the_one_before(archive: Callable[[str], bytes]) -> None:
    versions = [
        {"t": archive("readable")},
        {"t": archive("cut short").partition(b"short")[0]},
        {"d": 1.0},
        "?",
    ]
    blob = plistlib.dumps({"ec": {"0": versions}}, fmt=plistlib.FMT_BINARY)
    assert read_edits(blob).text == "readable"


@pytest.mark.parametrize(
    "blob",
    [
        None,
        7,
        b"",
        b"bplist00",
        b"<?xml version='1.0'?><plist/>",
        plistlib.dumps([1], fmt=plistlib.FMT_BINARY),
        plistlib.dumps({"ec": [1], "rp": {}, "otr": "x"}, fmt=plistlib.FMT_BINARY),
        plistlib.dumps({"ec": {"²": []}, "otr": {"": 1, "x": 1}}, fmt=plistlib.FMT_BINARY),
    ],
)
def test_what_is_no_summary_holds_no_edits(blob: object) -> None:
    assert read_edits(blob) == NO_EDITS


@given(st.binary(max_size=120), st.integers(0, 200))
def test_any_bytes_are_survived(noise: bytes, at: int) -> None:
    whole = plistlib.dumps(
        {"otr": {"0": {"lo": 0}}, "rp": [0], "ec": {"0": [{"t": b"x"}]}}, fmt=plistlib.FMT_BINARY
    )
    read_edits(b"bplist00" + noise)
    read_edits(whole[:at] + noise + whole[at + len(noise) :])
