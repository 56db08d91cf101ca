"""The steps of a clearing at random: values, so that a run is a list of them, and can be played again without some.

Every step means something in any state: what it names and is not there is passed over. ``number`` is a bill's.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

EVERYBODY, HIGHER = "", "higher"
TREATMENT_LACKS, INSURED_LACKS, PLATFORM_LACKS, TREATMENT_ALONE = "treatment", "insured", "platform", "alone"


class Bill(NamedTuple):
    """A bill is settled; ``wrong`` is which side does not have it, or that the treatment city has it too high."""

    number: int
    hospital: str
    area: str
    fund: int
    account: int
    cash: int
    insutype: str
    at: str
    wrong: str = EVERYBODY


class Turned(NamedTuple):
    """A bill is cancelled (2305); cancelled, it is put in force again (2601)."""

    number: int
    at: str


class SetRight(NamedTuple):
    """A reconciliation sets a bill right where it is wrong; ``dated`` is the day of the new rows, if not their own."""

    number: int
    dated: str = ""


class Found(NamedTuple):
    """A reconciliation finds a bill that the treatment city has too high."""

    number: int


class Deducted(NamedTuple):
    """An audit takes fen from a bill."""

    number: int
    amount: int


class GivenBack(NamedTuple):
    """What an audit took from a bill is given back, as the bill was cancelled."""

    number: int


class Disputed(NamedTuple):
    """A dispute ends with a correction of a bill by ``amount`` fen, in the clearing of a month."""

    number: int
    amount: int
    month: str


class Said(NamedTuple):
    """Its institution confirms a bill, or declines it (3261)."""

    number: int
    flag: bool


class TakenBack(NamedTuple):
    """What an institution said of a bill is taken back (3262)."""

    number: int


class Hospitals(NamedTuple):
    """Every institution applies for what no application of it covers (3203)."""


class Do(NamedTuple):
    """Staff of a platform, or of a finance department, does something."""

    who: str
    action: Any


class Flight(NamedTuple):
    """What a message is known by on its way."""

    start: str
    end: str
    infno: str
    reply: bool


class Arrives(NamedTuple):
    """The first message of a kind arrives."""

    flight: Flight


class Lost(NamedTuple):
    """The first message of a kind is lost."""

    flight: Flight


class Doubled(NamedTuple):
    """The first message of a kind is on its way twice."""

    flight: Flight


class Rings(NamedTuple):
    """Time passes, and clocks ring."""

    seconds: int


class Day(NamedTuple):
    """All that is on its way arrives, and it is a day, at nine in the morning, unless it is later already."""

    day: dt.date


class Calm(NamedTuple):
    """Nothing is lost, and everybody does all there is to do, until nothing comes of it any more."""


class Healed(NamedTuple):
    """Every bill is set right, confirmed by its institution, and held back by nobody."""


def listed(steps: list[Any]) -> str:
    """Steps as a list to read."""
    return "\n".join(f"{number:4d}  {step}" for number, step in enumerate(steps, 1))
