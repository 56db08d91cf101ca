"""Simulated time, and deadlines that are all equally far away."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from simulator.world.clock import DAY_MS, SECOND_MS, Alarms, Clock

FIRST = dt.date(2016, 5, 24)


def test_the_clock_starts_at_midnight_of_the_first_day() -> None:
    clock = Clock(FIRST)
    assert clock.now() == dt.datetime(2016, 5, 24)
    assert clock.ms() == 0
    assert dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=clock.epoch_ms) == clock.now()


@given(st.integers(0, 400 * DAY_MS))
def test_moments_and_milliseconds_are_the_same_thing(ms: int) -> None:
    clock = Clock(FIRST)
    assert clock.at(clock.moment(ms)) == ms


def test_what_is_called_later_is_called_in_order_with_its_value() -> None:
    clock, heard = Clock(FIRST), []
    for delay, word in ((30, "last"), (10, "first"), (20, "second"), (10, "and")):
        clock.call(delay, lambda event: heard.append((clock.ms(), event.value)), word)
    clock.env.run()
    assert heard == [(10, "first"), (10, "and"), (20, "second"), (30, "last")]
    assert clock.now() == dt.datetime(2016, 5, 24) + dt.timedelta(milliseconds=30)


def alarms(settled: set[str]) -> tuple[Clock, Alarms, list[tuple[int, str]]]:
    clock, rung = Clock(FIRST), []
    return clock, Alarms(clock, lambda about: rung.append((clock.ms(), about)), lambda a: a not in settled), rung


def test_an_alarm_rings_when_it_is_due() -> None:
    clock, set_of, rung = alarms(set())
    set_of.add(60 * SECOND_MS, "a")
    set_of.add(60 * SECOND_MS, "b")
    set_of.add(61 * SECOND_MS, "c")
    clock.env.run()
    assert rung == [(60_000, "a"), (60_000, "b"), (61_000, "c")]


def test_alarms_can_be_set_again_after_all_have_rung() -> None:
    clock, set_of, rung = alarms(set())
    set_of.add(10, "a")
    clock.env.run()
    set_of.add(30, "b")
    clock.env.run()
    assert rung == [(10, "a"), (30, "b")]


def test_what_is_settled_costs_no_event_of_its_own() -> None:
    settled = {f"{number}" for number in range(1, 1000)}
    clock, set_of, rung = alarms(settled)
    for number in range(1001):
        set_of.add(10 + number, f"{number}")
    events = 0
    while clock.env.peek() != float("inf"):
        clock.env.step()
        events += 1
    assert events <= 3
    assert [about for _, about in rung] == ["0", "1000"]
    assert rung[-1][0] == 1010
