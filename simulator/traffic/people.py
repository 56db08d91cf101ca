"""Who comes in a take of a schedule: one person for each visit, filed for where they are treated.

Each visit is of a person of its own, so that the shares of its bill follow from the visit alone, whatever the order in
which the target takes them in. Another take has other people, numbers and messages, so that a target that remembers may
be loaded again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import NamedTuple

from simulator.core.benefit.rules import CHRONIC
from simulator.core.filing.filing import Filing
from simulator.core.values.areas import Registry
from simulator.core.values.people import Person
from simulator.inputs.people import spotted_number
from simulator.traffic.schedule import Head, Planned, Schedule

DISEASE = "M01600", "糖尿病"
"""What chronic visits are about, and is filed for them."""
_TAKES, _VISITS = 10**6, 10**6
_BIRTHDAYS, _SPOTS = 365, 10**9


class Take(NamedTuple):
    """A playing of a schedule: its number, the day its messages are of, and where its people are numbered from."""

    number: int
    day: dt.date
    begin: dt.datetime
    first: int
    spot: int
    prefix: str

    def at(self, due_us: int) -> dt.datetime:
        """Return the time of day of a moment of the run, to the second."""
        return self.begin + dt.timedelta(seconds=due_us // 1_000_000)


class Traveller(NamedTuple):
    """A person of a visit with the filings to be known of them."""

    person: Person
    filings: tuple[Filing, ...]


def take_of(schedule: Schedule, number: int, day: dt.date | None, prefix: str) -> Take:
    """Return a take of a schedule, on its own day or another."""
    head: Head = schedule.head
    drawn = int.from_bytes(hashlib.sha256(f"yidi take {schedule.digest}".encode()).digest()[:16])
    on = day or dt.date.fromisoformat(head.day)
    begin = dt.datetime.combine(on, dt.time.fromisoformat(head.begin))
    first = (drawn + number) % _TAKES * _VISITS
    spot = (drawn // _TAKES + number * max(len(schedule.visits), 1)) % _SPOTS
    return Take(number, on, begin, first, spot, prefix)


def traveller(take: Take, visit: Planned, registry: Registry) -> Traveller:
    """Return the person of a visit, and for what they are filed: the city of the hospital, before the stay began."""
    person = person_of(take, visit)
    admitted = take.day - dt.timedelta(days=visit.nights)
    city = registry.city_of(registry.institutions[visit.hospital].area) or ""
    filed = [Filing(person.psn_no, visit.filing, visit.insured, city, admitted, None).numbered()]
    if visit.care == CHRONIC:
        told = Filing(person.psn_no, CHRONIC, visit.insured, DISEASE[0], admitted, None).numbered()
        filed.append(told)
    return Traveller(person, tuple(filed))


def person_of(take: Take, visit: Planned) -> Person:
    """Return the person of a visit."""
    spot, day = divmod(take.spot + visit.number, _BIRTHDAYS)
    born = dt.date(int(visit.born[:4]), 1, 1) + dt.timedelta(days=day)
    return Person(
        psn_no=f"{visit.insured}{take.first + visit.number:012d}",
        certno=spotted_number(take.prefix, spot, born, visit.gender),
        name=visit.person,
        gender=visit.gender,
        born=born,
        insutype=visit.insutype,
        psn_type=visit.psn_type,
        insured_area=visit.insured,
        balance=visit.balance,
    )
