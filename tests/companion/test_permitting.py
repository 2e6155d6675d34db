"""What holds the model back, in which order, and when to look again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.config import Config
from companion.permitting import LOOK_AGAIN, Hold, Machine, Moment, WorkLog, find_hold

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
"""21:30 in Seoul."""

CLOCK_S = 100_000.0
IDLE = Machine(is_on_battery=False, load=0.0, cores=4, physical_cores=2)
MOMENT = Moment(NOW, ZoneInfo("Asia/Seoul"), IDLE, None, CLOCK_S)

PAUSED = replace(MOMENT, paused_until=NOW + timedelta(hours=2))
ON_BATTERY = replace(MOMENT, machine=replace(IDLE, is_on_battery=True))
BUSY = replace(MOMENT, machine=replace(IDLE, load=2.1))


def make_log(*spans: tuple[float, float]) -> WorkLog:
    """Of spans in seconds before the moment."""
    log = WorkLog()
    for start_s, end_s in spans:
        log.note(CLOCK_S - start_s, CLOCK_S - end_s)
    return log


@pytest.mark.parametrize(
    ("settings", "moment", "hold"),
    [
        ({}, MOMENT, None),
        ({}, PAUSED, Hold("paused", NOW + timedelta(hours=2))),
        ({}, replace(MOMENT, paused_until=NOW), None),
        ({}, ON_BATTERY, None),
        ({"ac_only": True}, ON_BATTERY, Hold("on battery", NOW + LOOK_AGAIN)),
        ({"ac_only": True}, MOMENT, None),
        ({}, BUSY, None),
        ({"load_limit_percent": 50}, BUSY, Hold("machine busy", NOW + LOOK_AGAIN)),
        ({"load_limit_percent": 53}, BUSY, None),
        (
            {"quiet_hours": "21:00-07:00"},
            MOMENT,
            Hold("quiet hours", datetime(2026, 11, 23, 22, 0, tzinfo=UTC)),
        ),
        ({"quiet_hours": "22:00-07:00"}, MOMENT, None),
        ({"quiet_hours": "21:00-07:00"}, PAUSED, Hold("paused", NOW + timedelta(hours=2))),
    ],
)
def test_each_setting_holds_the_model_back_for_its_reason(
    settings: dict[str, Any], moment: Moment, hold: Hold | None
) -> None:
    assert find_hold(Config(**settings), moment, WorkLog()) == hold


def test_what_the_user_asked_for_is_held_by_the_pause_alone() -> None:
    config = Config(
        quiet_hours="00:00-23:59", ac_only=True, load_limit_percent=1, work_limit_min_per_hour=1
    )
    log = make_log((3000, 0))
    moment = replace(MOMENT, machine=Machine(True, 9.0, 4, 2))
    assert find_hold(config, moment, log, is_asked=True) is None
    assert find_hold(config, replace(PAUSED, machine=moment.machine), log, is_asked=True)


class TestTheLoad:
    CONFIG = Config(load_limit_percent=50)

    def test_what_the_model_adds_to_it_does_not_count(self) -> None:
        """After ten minutes on two threads the average is two more."""
        busy = replace(MOMENT, machine=replace(IDLE, load=3.9))
        assert find_hold(self.CONFIG, busy, WorkLog()) is not None
        assert find_hold(self.CONFIG, busy, make_log((600, 0))) is None

    def test_it_fades_after_the_work_as_the_average_does(self) -> None:
        log = make_log((600, 60))
        assert log.estimate_load(CLOCK_S, 2) == pytest.approx(2 * 0.3679, abs=0.001)

    def test_the_threads_that_are_set_are_those_that_count(self) -> None:
        busy = replace(MOMENT, machine=replace(IDLE, load=3.9))
        config = replace(self.CONFIG, threads=1)
        assert find_hold(config, busy, make_log((600, 0))) is not None


class TestTheMinutesAnHour:
    CONFIG = Config(work_limit_min_per_hour=10)

    @pytest.mark.parametrize(
        ("spans", "may_start", "may_go_on"),
        [
            ((), True, True),
            (((540, 0),), True, True),
            (((541, 0),), False, True),
            (((599, 0),), False, True),
            (((600, 0),), False, False),
            (((4000, 3100),), True, True),
            (((3700, 3300), (250, 0)), False, True),
        ],
    )
    def test_they_are_those_of_the_last_hour(
        self, spans: tuple[tuple[float, float], ...], may_start: bool, may_go_on: bool
    ) -> None:
        log = make_log(*spans)
        assert (find_hold(self.CONFIG, MOMENT, log) is None) is may_start
        assert (find_hold(self.CONFIG, MOMENT, log, is_working=True) is None) is may_go_on

    def test_it_starts_again_when_a_minute_is_free(self) -> None:
        hold = find_hold(self.CONFIG, MOMENT, make_log((1000, 400)))
        assert hold is not None
        # The first minute of those ten began 1000 s ago, so it is an hour old in 2660 s.
        assert hold.until == NOW + timedelta(seconds=3600 - 1000 + 60)

    def test_a_limit_of_an_hour_an_hour_is_none(self) -> None:
        config = Config(work_limit_min_per_hour=60)
        log = make_log((3500, 0))
        assert find_hold(config, MOMENT, log) is None


SPANS = st.lists(
    st.tuples(st.floats(0, 2000), st.floats(0, 2000)).filter(lambda span: sum(span) > 0),
    max_size=12,
)


@given(spans=SPANS, target_s=st.floats(0, 3600))
def test_after_the_wait_no_more_work_than_wanted_lies_within_the_hour(
    spans: list[tuple[float, float]], target_s: float
) -> None:
    log, clock_s = WorkLog(), 0.0
    for rest_s, work_s in spans:
        log.note(clock_s + rest_s, clock_s + rest_s + work_s)
        clock_s += rest_s + work_s
    wait_s = log.count_wait_s(clock_s, target_s)
    assert 0 <= wait_s <= 3600 + 1e-6
    assert log.count_work_s(clock_s + wait_s) <= target_s + 1e-6
    if wait_s > 1:
        assert log.count_work_s(clock_s + wait_s - 1) > target_s - 1e-6
