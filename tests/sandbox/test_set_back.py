"""A clock that was set goes back to what it would be, and the morning's work with it."""

from __future__ import annotations

import datetime as dt

from simulator.sandbox.clock import Clock

NOON = dt.datetime(2026, 11, 23, 12)


class Machine:
    """A machine's clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now


def test_a_clock_goes_back_to_the_machines_time() -> None:
    machine = Machine()
    clock = Clock(read=machine)
    clock.set(dt.datetime(2028, 2, 28, 23, 59, 59))
    machine.now += dt.timedelta(seconds=1)
    assert clock.now() == dt.datetime(2028, 2, 29)
    clock.set_back()
    assert clock.now() == NOON + dt.timedelta(seconds=1)


def test_a_clock_that_began_elsewhere_goes_back_to_there() -> None:
    machine, began = Machine(), dt.datetime(2024, 5, 6)
    clock = Clock(began, machine)
    clock.set(dt.datetime(2025, 1, 1))
    machine.now += dt.timedelta(hours=1)
    clock.set_back()
    assert clock.now() == began + dt.timedelta(hours=1)
