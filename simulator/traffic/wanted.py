"""What a load run is asked for: whose traffic, against what; and both made of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.outputs.console import UsageError
from simulator.traffic.compiling import compile_schedule
from simulator.traffic.demo import demo_target
from simulator.traffic.limits import Profile
from simulator.traffic.schedule import HERE, Schedule, read_schedule
from simulator.traffic.spikes import more_seconds, spike_of, with_spike
from simulator.traffic.target import Target, at_url, of_file

USUAL_SCENARIO, USUAL_SECONDS, USUAL_COMPRESS, USUAL_RATE = "spring-festival-peak", 60.0, 10.0, 10.0


class Wanted(NamedTuple):
    """The target, one of ``url``, ``config`` and ``demo``; and the traffic, a scenario compiled or a schedule kept.

    ``spike`` is the profile whose spike is to be in it; ``side`` whose visits of a city they are.
    """

    url: str = ""
    config: str = ""
    demo: bool = False
    scenario: str = ""
    schedule: Path | None = None
    rate: float | None = None
    seconds: float | None = None
    compress: float | None = None
    seed: int | None = None
    arrivals: str = ""
    spike: Profile | None = None
    side: str = HERE


class NothingToPlay(UsageError):
    """A schedule without visits."""


def nothing_to_play(error: UsageError) -> bool:
    """Tell whether an error is that there is nothing to play."""
    return isinstance(error, NothingToPlay)


@contextmanager
def opened(wanted: Wanted) -> Iterator[tuple[Schedule, Target]]:
    """Give the schedule and the target, a demonstration's as long as it is used.

    Raises UsageError, NothingToPlay, InputError and NoDemo.
    """
    expect_one(wanted)
    if wanted.demo:
        plan = schedule_of(wanted)
        with demo_target(plan, pack_of(plan)) as target:
            yield plan, target
        return
    if wanted.config:
        target = of_file(wanted.config)
        yield schedule_of(wanted, target.city), target
        return
    plan = schedule_of(wanted)
    yield plan, at_url(wanted.url)


def expect_one(wanted: Wanted) -> None:
    """Refuse what contradicts itself; raises UsageError."""
    if sum((bool(wanted.url), bool(wanted.config), wanted.demo)) != 1:
        ways = "--target URL, -c conformance.toml, --demo"
        raise UsageError(f"请指明被测平台，三者取一：{ways}。", f"name the platform to load by one of {ways}.")
    if wanted.schedule is not None:
        given = ("scenario", "rate", "seconds", "compress", "seed", "arrivals", "spike")
        beside = next((name for name in given if getattr(wanted, name)), "")
        if beside:
            option = {"seconds": "duration"}.get(beside, beside)
            raise UsageError(
                f"--{option} 不能与 --schedule 同用：日程里已经定了。",
                f"--{option} cannot stand beside --schedule: the schedule has it already.",
            )


def schedule_of(wanted: Wanted, city: str = "") -> Schedule:
    """Return the schedule, read or compiled; raises NothingToPlay and InputError."""
    made = read_schedule(wanted.schedule) if wanted.schedule is not None else _compiled(wanted, city)
    if not made.visits:
        raise NothingToPlay("日程里没有就诊，没有可播放的。", "the schedule has no visits: there is nothing to play.")
    return made


def scenario_of(wanted: Wanted) -> Scenario:
    """Return the scenario of the traffic."""
    return load_scenario(wanted.scenario or USUAL_SCENARIO)


def pack_of(schedule: Schedule) -> str:
    """Return the policy pack that the scenario of a schedule goes by; raises InputError."""
    return load_scenario(schedule.head.scenario).pack.id


def at_rate(wanted: Wanted, rate: float, seconds: float, repeat: int, city: str) -> Schedule:
    """Return the traffic at another rate for other seconds; every repeat of a climb has a seed of its own."""
    seed = scenario_of(wanted).seed if wanted.seed is None else wanted.seed
    asked = wanted._replace(rate=rate, seconds=seconds, seed=seed + repeat - 1, spike=None)
    return schedule_of(asked, city)


def _compiled(wanted: Wanted, city: str) -> Schedule:
    spike = spike_of(wanted.spike) if wanted.spike is not None else None
    rate = wanted.rate
    if rate is None and not wanted.scenario:
        rate = USUAL_RATE
    seconds = wanted.seconds or USUAL_SECONDS
    made = compile_schedule(
        scenario_of(wanted),
        rate=rate,
        seconds=seconds + (more_seconds(spike) if spike else 0),
        compress=wanted.compress or USUAL_COMPRESS,
        seed=wanted.seed,
        arrivals=wanted.arrivals,
        city=city,
        side=wanted.side,
    )
    return with_spike(made, spike) if spike else made
