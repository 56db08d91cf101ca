"""The offices of a city's audit, put together, and what it takes from the city's other desks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from simulator.core.audit.analysis import Analysis
from simulator.core.audit.case import DRUGS, Entry, Restriction
from simulator.core.audit.history import History
from simulator.core.audit.insured import Offsets
from simulator.core.audit.office import Audit
from simulator.core.audit.rulebook import Rulebook
from simulator.core.audit.suspicion import Suspicions
from simulator.core.benefit.settlement import Settlement
from simulator.core.catalogue.items import Catalogue, Item
from simulator.core.filing.office import Filings
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack

_GROUP = 4  # characters of a drug code that name its therapeutic group: X and three of ATC


class City(Protocol):
    """What the audit needs of the platform it belongs to."""

    code: str
    registry: Registry
    pack: PolicyPack
    calendar: WorkCalendar
    filings: Filings
    catalogue: Catalogue


class AuditDesk:
    """The audit of one city: ``audit`` (review, findings, deductions), ``suspicions``, ``analysis``, ``offsets``."""

    def __init__(self, city: City, province: str) -> None:
        self._city = city
        self.rulebook = Rulebook(city.code, city.pack)
        self.suspicions = Suspicions(city.code, province, city.pack, city.calendar)
        self.analysis = Analysis(city.code, city.registry, self.rulebook, self._entry)
        self.offsets = Offsets(city.code)
        self.audit = Audit(
            city.code,
            registry=city.registry,
            pack=city.pack,
            calendar=city.calendar,
            rulebook=self.rulebook,
            history=History(city.code, city.registry, self._entry, self._filed),
            suspicions=self.suspicions,
        )
        self.offices: tuple[Office, ...] = (self.rulebook, self.suspicions, self.analysis, self.offsets, self.audit)

    def stop(self, turn: Turn, asked: Message) -> Message | None:
        """Return the refusal of a request of a hospital that must wait for a suspicion to be settled (P75-24)."""
        return turn.refuse(asked, "suspected_impostor") if self.suspicions.stopped(asked) else None

    def _entry(self, code: str, day: dt.date, level: str) -> Entry | None:
        return entry_of(self._city.catalogue, code, day, level)

    def _filed(self, row: Settlement) -> bool | None:
        """Tell whether a filing covered the admission of a bill; None where this city knows of none of the person's.

        A treatment city knows the filings that were uploaded for it, and no others (F101).
        """
        filings = self._city.filings
        if not filings.book.of(row.psn_no):
            return None
        standing = filings.standing(
            row.psn_no, row.begin, row.treatment_area, row.insured_area, on=row.end, settling=True
        )
        return not standing.refusal


def entry_of(catalogue: Catalogue, code: str, day: dt.date, level: str) -> Entry | None:
    """Return what a catalogue says of a code on a day: the entry in force, or the nearest before it, None for none."""
    item = catalogue.find(code, day, level)
    if item is None:
        entries = catalogue.entries(code)
        earlier = [each for each in entries if each.valid_from <= day]
        if not entries:
            return None
        item = earlier[-1] if earlier else entries[0]
    return Entry(item.level, item.cap, item.valid_from, item.valid_to)


def restrictions_of(catalogue: Catalogue) -> Mapping[str, Restriction]:
    """Return the restrictions of a catalogue's items by code, for a library (限定支付范围).

    A second-line drug wants another drug of its therapeutic group tried first; every other drug of that group opens it.
    """
    items = {code: entries[-1] for code in catalogue.items if (entries := catalogue.entries(code))}
    second = {code[:_GROUP] for code, item in items.items() if item.limits.second_line}
    found = {code: _restriction(code, item, second) for code, item in items.items()}
    return MappingProxyType({code: each for code, each in found.items() if each != Restriction()})


def _restriction(code: str, item: Item, second: set[str]) -> Restriction:
    limits, group = item.limits, code[:_GROUP]
    opens = item.charge_type in DRUGS and group in second and not limits.second_line
    return Restriction(
        gender=limits.sex,
        youngest=limits.age_from,
        oldest=limits.age_to,
        per_day=limits.per_day or 0,
        per_stay=limits.per_stay or 0,
        diagnoses=limits.diagnoses,
        first_line=group if opens else "",
        second_line=group if limits.second_line else "",
    )
