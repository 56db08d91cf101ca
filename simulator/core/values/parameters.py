"""Dated parameters: value, validity and basis in one record.

A policy pack is a tree of named parameters. Each holds records sorted by date, for all cities or for one city. Dates
are inclusive at both ends, an end may be open, and a day outside every record is *not in force*: nothing falls
through to an older or a newer value.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

Value = int | bool | str | tuple["Tier", ...] | tuple[int, ...] | tuple[str, ...]

EVERY_CITY = "*"


class NotInForce(LookupError):
    """No record of a parameter holds on the day asked for."""

    def __init__(self, name: str, city: str, day: dt.date) -> None:
        self.name, self.city, self.day = name, city, day
        super().__init__(f"parameter {name} has no record in force on {day} for {city}: add one to the policy pack")


class Basis(NamedTuple):
    """Where a figure comes from: an official ``clause``, or the id of a named ``assumption``. Exactly one is set."""

    clause: str = ""
    assumption: str = ""

    @property
    def is_assumption(self) -> bool:
        """Tell whether the figure rests on an assumption rather than on an official text."""
        return not self.clause


class Tier(NamedTuple):
    """A band of an amount in fen, above ``floor`` up to ``ceiling`` (None: open), with its rate in basis points."""

    floor: int
    ceiling: int | None
    rate: int


class Record(NamedTuple):
    """One value with its validity (both ends inclusive, None: open) and its basis.

    ``value`` is fen for unit ``yuan``, basis points for ``ratio``, otherwise what the unit says.
    """

    value: Value
    valid_from: dt.date
    valid_to: dt.date | None
    basis: Basis

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether the record is in force on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Parameter(NamedTuple):
    """A named figure through time; ``records`` maps a city code, or ``*`` for every city, to its sorted records."""

    name: str
    unit: str
    zh: str
    en: str
    records: Mapping[str, tuple[Record, ...]]

    def at(self, day: dt.date, city: str = EVERY_CITY) -> Record:
        """Return the record in force; a city's own records, where it has any, stand in place of the common ones.

        Raises NotInForce when none holds on ``day``.
        """
        series = self.records.get(city)
        if series is None:
            series = self.records.get(EVERY_CITY, ())
        for record in series:
            if record.holds_on(day):
                return record
        raise NotInForce(self.name, city, day)


class Assumption(NamedTuple):
    """A named figure or reading that no official text gives, with the reason for it and where it comes from."""

    id: str
    zh: str
    en: str
    source: str
    confidence: str  # A official copy … B secondary, C third-party, D estimate, R general knowledge


class PolicyPack(NamedTuple):
    """The dated rules of one place and time; ``digest`` identifies the exact text they were read from."""

    id: str
    zh: str
    en: str
    parameters: Mapping[str, Parameter]
    assumptions: Mapping[str, Assumption]
    digest: str

    def at(self, name: str, day: dt.date, city: str = EVERY_CITY) -> Record:
        """Return the record of parameter ``name`` in force on ``day`` for ``city``.

        Raises NotInForce, also for a name the pack does not have.
        """
        parameter = self.parameters.get(name)
        if parameter is None:
            raise NotInForce(name, city, day)
        return parameter.at(day, city)

    def find(self, name: str, day: dt.date, city: str = EVERY_CITY) -> Record | None:
        """Return the record in force like :meth:`at`, or None where the pack has no such parameter at all.

        Raises NotInForce for a parameter the pack has, but not on ``day``.
        """
        return self.at(name, day, city) if name in self.parameters else None


class Spans:
    """The spans of time in which no figure of a pack changes: what holds on one day holds on all days of its span."""

    def __init__(self, pack: PolicyPack) -> None:
        records = [record for each in pack.parameters.values() for series in each.records.values() for record in series]
        ends = {record.valid_to + dt.timedelta(days=1) for record in records if record.valid_to is not None}
        self._starts = sorted({dt.date.min, *ends, *(record.valid_from for record in records)})

    def start(self, day: dt.date) -> dt.date:
        """Return the first day of the span a day lies in."""
        return self._starts[bisect_right(self._starts, day) - 1]
