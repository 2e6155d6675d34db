"""What an export tells of one minute is paired with what is kept of it, in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.aligning import (
    align_minute,
    find_last_instant,
    find_minute,
    get_place,
    place_between,
    reduce_content,
)
from companion.sources.interface import MessageFound, MessageKind
from storage.records import MessageRow

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

Words = list[tuple[str, str]]
"""(Sender, text) of each message."""


def tell(words: Words, **values: object) -> list[MessageFound]:
    fields = [
        {"sender": sender, "text": text, "id": f"told-{n}", "position": n}
        for n, (sender, text) in enumerate(words)
    ]
    common = {"conversation_key": "room", "is_me": False, "sent_at": NOON, **values}
    return [MessageFound(**common | own) for own in fields]  # type: ignore[arg-type]


def keep(words: Words, **values: object) -> list[MessageRow]:
    common = {
        "conversation_id": 1,
        "is_me": False,
        "sent_at": NOON,
        "kind": "text",
        "edited": False,
        "reply_to": None,
        "is_unread": False,
        "is_approximate": True,
    }
    return [
        MessageRow(
            **common | {"id": n, "uid": f"kept-{n}", "sender": sender, "text": text} | values,  # type: ignore[arg-type]
            position=n,
        )
        for n, (sender, text) in enumerate(words)
    ]


def pair(kept: list[MessageRow], told: list[MessageFound]) -> list[int | None]:
    """The id of the kept message for each told one."""
    matches = align_minute(kept, told, lambda told, kept: told == kept)
    return [None if match is None else match.id for match in matches]


@pytest.mark.parametrize(
    ("kept", "told", "pairs"),
    [
        ("", "ab", [None, None]),
        ("ab", "ab", [0, 1]),
        ("aba", "aba", [0, 1, 2]),
        ("abc", "bc", [1, 2]),
        ("abc", "ac", [0, 2]),
        ("ac", "abc", [0, None, 1]),
        ("aba", "baa", [1, 2, None]),
        ("aa", "aaa", [0, 1, None]),
        ("ab", "cd", [None, None]),
    ],
)
def test_messages_are_paired_in_order(kept: str, told: str, pairs: list[int | None]) -> None:
    assert pair(keep([("A", t) for t in kept]), tell([("A", t) for t in told])) == pairs


def test_the_words_of_another_person_are_another_message() -> None:
    assert pair(keep([("A", "네")]), tell([("B", "네"), ("A", "네")])) == [None, 0]


def test_of_many_messages_in_a_minute_those_of_equal_ids_are_the_same() -> None:
    words = [("A", "x")] * 300
    kept = [*keep(words), *keep([("A", "x")], id=300, uid="told-7")]
    assert [match for match in pair(kept, tell(words)) if match is not None] == [300]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("밥 먹자", " 밥  먹자\n"),
        ("hi @\u2068Ana\u2069", "hi @Ana"),
        ("❤\ufe0f", "❤"),
        ("\ud800x", "\ufffdx"),
    ],
)
def test_what_clients_trim_or_add_does_not_count(text: str, same: str) -> None:
    one, other = tell([("A", text), ("A", same)])
    assert reduce_content(one) == reduce_content(other)


@pytest.mark.parametrize("kind", ["media", "system", "deleted"])
def test_of_placeholders_only_the_kind_counts(kind: MessageKind) -> None:
    assert pair(keep([("A", "<사진>")], kind=kind), tell([("A", "photo")], kind=kind)) == [0]


@pytest.mark.parametrize("changed", [{"edited": True}, {"kind": "deleted"}])
def test_a_changed_message_is_the_one_in_its_gap(changed: dict[str, object]) -> None:
    before, after = [("A", "a"), ("A", "b"), ("B", "c")], [("A", "a"), ("A", "B!"), ("B", "c")]
    told = [*tell(after[:1]), *tell(after, **changed)[1:2], *tell(after)[2:]]
    assert pair(keep(before), told) == [0, 1, 2]
    assert pair(keep(before), tell(after)) == [0, None, 2]


def test_the_first_and_the_last_minute_of_all_are_minutes() -> None:
    for at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        (message,) = tell([("A", "x")], sent_at=at)
        minute = find_minute(message)
        assert minute <= message.sent_at <= find_last_instant(minute)


words = st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["x", "y", "z"])), max_size=12)


@given(words, words)
def test_pairs_keep_the_order_and_use_nothing_twice(before: Words, after: Words) -> None:
    pairs = [found for found in pair(keep(before), tell(after)) if found is not None]
    assert pairs == sorted(set(pairs))


@given(words, words)
def test_new_messages_stand_between_their_neighbours(before: Words, after: Words) -> None:
    kept, told = keep(before), tell(after)
    matches = align_minute(kept, told, lambda told, kept: told == kept)
    places = place_between(kept, told, matches)
    assert places == sorted(places)
    for place, match in zip(places, matches, strict=True):
        assert match is None or place == get_place(match)


def test_what_follows_the_last_match_follows_all_that_is_kept() -> None:
    kept, told = keep([("A", "a"), ("B", "b")]), tell([("A", "a"), ("C", "c")])
    matches = align_minute(kept, told, lambda told, kept: told == kept)
    assert place_between(kept, told, matches)[1] >= get_place(kept[1])


def test_what_precedes_the_first_match_precedes_it() -> None:
    kept = keep([("A", "a")])
    told = tell([("B", "b"), ("A", "a")], sent_at=NOON + timedelta(seconds=9))
    matches = align_minute(kept, told, lambda told, kept: told == kept)
    assert place_between(kept, told, matches)[0] < get_place(kept[0])
