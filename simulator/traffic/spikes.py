"""A spike in a schedule: for a while visits arrive several times as fast, in the middle of the run."""

from __future__ import annotations

from simulator.inputs.errors import InputError
from simulator.traffic.limits import SPIKE, Limit, Profile
from simulator.traffic.schedule import Schedule, make_schedule

_US = 1_000_000


def spike_of(profile: Profile) -> Limit:
    """Return the limit of a profile that is about a spike; raises InputError where there is none."""
    found = next((limit for limit in profile.limits if limit.measure == SPIKE), None)
    if found is None:
        raise InputError(profile.id, "limit", "has none whose measure is spike", "leave out --spike, or add one")
    return found


def more_seconds(limit: Limit) -> float:
    """Return by how much longer a schedule has to be compiled, so that it lasts as long as wished with the spike."""
    return (limit.factor - 1) * limit.seconds


def with_spike(schedule: Schedule, limit: Limit) -> Schedule:
    """Return a schedule whose visits arrive ``factor`` times as fast for ``seconds`` around its middle.

    What stood after the spike moves nearer, so that the schedule ends earlier by :func:`more_seconds`. Raises
    InputError for a schedule too short to show anything before the spike, or the time back to normal after it.
    """
    seconds = schedule.head.seconds - more_seconds(limit)
    needed = limit.seconds + 2 * limit.back_seconds
    if seconds < needed:
        problem = f"is {seconds:g} s, too short for a spike of {limit.seconds} s"
        raise InputError(schedule.head.scenario, "--duration", problem, f"give {needed} or more")
    begin, width = int((seconds - limit.seconds) / 2 * _US), int(limit.seconds * limit.factor * _US)

    def moved(due_us: int) -> int:
        inside = min(max(due_us - begin, 0), width)
        return due_us - inside + int(inside / limit.factor)

    head = schedule.head._replace(seconds=seconds, arrivals=f"{schedule.head.arrivals}+spike")
    return make_schedule(head, tuple(each._replace(due_us=moved(each.due_us)) for each in schedule.visits))
