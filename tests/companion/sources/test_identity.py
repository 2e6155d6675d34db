"""Ids of exports: stable while the export grows, different for what is sent twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from companion.clock import localize
from companion.sources.identity import ExportIdentity, Localizer, RunningPositions

NOON = datetime(2018, 6, 13, 12, tzinfo=UTC)

messages = st.lists(
    st.tuples(
        st.integers(0, 2).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        st.sampled_from(["A", "B", ""]),
        st.sampled_from(["ㅋㅋ", "hi", "\ud800"]),
    ),
    max_size=30,
)


def number(written: list[tuple[datetime, str, str]]) -> list[tuple[str, int]]:
    identity = ExportIdentity()
    return [identity.next_id(*message) for message in written]


@given(messages)
def test_no_two_messages_share_an_id_or_a_place(written: list[tuple[datetime, str, str]]) -> None:
    numbered = number(written)
    assert len({uid for uid, _ in numbered}) == len(written)
    places = [(at, position) for (at, _, _), (_, position) in zip(written, numbered, strict=True)]
    assert len(set(places)) == len(written)


@given(messages, messages)
def test_a_grown_export_keeps_its_ids_and_places(
    old: list[tuple[datetime, str, str]], tail: list[tuple[datetime, str, str]]
) -> None:
    assert number(old + tail)[: len(old)] == number(old)


def test_sender_and_text_are_not_glued_together() -> None:
    assert number([(NOON, "AB", "C")]) != number([(NOON, "A", "BC")])


def test_where_the_stamp_is_told_another_reading_of_it_changes_no_id() -> None:
    read, corrected = ExportIdentity(), ExportIdentity()
    later = NOON + timedelta(days=30)
    assert read.next_id(NOON, "A", "hi", written="6/13") == corrected.next_id(
        later, "A", "hi", written="6/13"
    )
    assert read.next_id(NOON, "A", "hi", written="6/14") != read.next_id(
        NOON, "A", "hi", written="6/15"
    )


def test_running_positions_count_those_of_one_stamp() -> None:
    positions = RunningPositions()
    later = NOON + timedelta(seconds=1)
    stamps = (NOON, NOON, NOON, later, later, NOON)
    assert [positions.next_position(at) for at in stamps] == [0, 1, 2, 0, 1, 0]


CHANGES = {
    "Europe/Madrid": "2024-10-27T03:00",
    "America/New_York": "2024-03-10T02:00",
    "Australia/Lord_Howe": "2024-04-07T02:00",  # by half an hour
    "Pacific/Apia": "2011-12-30T00:00",  # by a day
    "Asia/Seoul": "1988-05-08T02:00",
}
"""Wall-clock times at which clocks are set, in zones of all kinds."""


@given(st.sampled_from(sorted(CHANGES)), st.lists(st.integers(-200, 200), min_size=1))
def test_times_around_a_change_of_clocks_are_read_as_one_by_one(
    name: str, minutes: list[int]
) -> None:
    zone = ZoneInfo(name)
    to_utc = Localizer(zone)
    for minute in minutes:
        wall = datetime.fromisoformat(CHANGES[name]) + timedelta(minutes=minute)
        assert to_utc(wall) == localize(wall, zone)
        assert to_utc(wall).tzinfo is UTC
