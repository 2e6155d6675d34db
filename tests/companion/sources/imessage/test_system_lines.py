"""Group events read as a person would say them."""

from __future__ import annotations

import pytest

from companion.sources.imessage.system_lines import GroupEvent, describe_event


@pytest.mark.parametrize(
    ("item_type", "action", "line"),
    [
        (1, 0, "Jane added Tom to the conversation"),
        (1, 1, "Jane removed Tom from the conversation"),
        (2, 0, "Jane named the conversation “Trip”"),
        (3, 0, "Jane left the conversation"),
        (3, 1, "Jane changed the group photo"),
        (3, 2, "Jane removed the group photo"),
        (3, 4, "Jane changed the background"),
        (3, 6, "Jane removed the background"),
        (3, 99, "Jane changed the conversation"),
        (4, 0, "Jane started sharing location"),
        (5, 0, "Jane kept an audio message"),
        (6, 0, "Jane started SharePlay"),
        (99, 0, "Jane changed the conversation"),
    ],
)
def test_each_event_has_its_line(item_type: int, action: int, line: str) -> None:
    event = GroupEvent(item_type, action, actor="Jane", other="Tom", title="Trip", is_stopped=False)
    assert describe_event(event) == line


def test_a_name_taken_away_a_new_number_and_a_location_no_longer_shared() -> None:
    def describe(item_type: int, *, other: str = "Tom", is_stopped: bool = False) -> str:
        return describe_event(GroupEvent(item_type, 0, "Jane", other, "", is_stopped))

    assert describe(2) == "Jane removed the name of the conversation"
    assert describe(1, other="Jane") == "Jane changed their phone number"
    assert describe(4, is_stopped=True) == "Jane stopped sharing location"
