"""The provincial catalogue (三个目录): drugs, treatment items and service facilities, as they stood on every day.

A code has one entry after another: a version of the library may change its class, share or cap, or withdraw it. What
counts is the day of the fee (JS-3.2a). In the province all cities use one catalogue; across provinces that of the
treatment place holds (P75-15), which is why every city is given its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

CLASS_A, CLASS_B, CLASS_C = "01", "02", "03"  # chrgitm_lv: 甲, 乙, 丙
# list_type: 西药中成药, 中药饮片, 自制剂, 医疗服务项目 (service facilities among them), 医用耗材
DRUGS, HERBS, PREPARATIONS, SERVICES, CONSUMABLES = "101", "102", "103", "201", "301"
FACILITIES = frozenset({"01", "14"})  # med_chrgitm_type of the services that are facilities (服务设施): bed, other

_DAY = dt.timedelta(days=1)
_NONE: Mapping[str, tuple[Item, ...]] = MappingProxyType({})


class Limits(NamedTuple):
    """What the list restricts an item to (限定支付范围); nothing set restricts nothing.

    ``sex`` is a ``gend`` code; ages are completed years, both ends inclusive; ``per_day`` and ``per_stay`` are the most
    that is paid, in ten-thousandths of a unit; ``diagnoses`` are ICD-10 prefixes of which the stay needs one;
    ``second_line`` (二线用药) wants another drug tried first.
    """

    sex: str = ""
    age_from: int | None = None
    age_to: int | None = None
    per_day: int | None = None
    per_stay: int | None = None
    diagnoses: tuple[str, ...] = ()
    second_line: bool = False


UNLIMITED = Limits()


class Item(NamedTuple):
    """An entry of the catalogue: prices in millionths of a yuan, ``first_share`` (先行自付比例) in basis points.

    ``cap`` is the price limit, None where there is none; ``level_caps`` are (hospital level, cap) where a level has one
    of its own. Valid on ``valid_from`` to ``valid_to``, both inclusive.
    """

    code: str
    zh: str
    level: str
    charge_type: str
    price: int
    cap: int | None
    first_share: int
    valid_from: dt.date
    valid_to: dt.date | None
    list_type: str = SERVICES
    unit: str = ""
    level_caps: tuple[tuple[str, int], ...] = ()
    limits: Limits = UNLIMITED

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether the entry is valid on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def at(self, level: str) -> Item:
        """Return the entry as a hospital of this level meets it: with the cap of its level."""
        for known, cap in self.level_caps:
            if known == level:
                return self._replace(cap=cap)
        return self

    @property
    def is_facility(self) -> bool:
        """Tell whether the item is a service facility (医疗服务设施) rather than a treatment item."""
        return self.list_type == SERVICES and self.charge_type in FACILITIES


class Version(NamedTuple):
    """A version of the library: its label, the days it was announced and came into force, and who approved it."""

    label: str
    announced: dt.date
    in_force: dt.date
    approval: str
    authority: str


class Term(NamedTuple):
    """A diagnosis or an operation: its code and name."""

    code: str
    zh: str


class Catalogue(NamedTuple):
    """A library through time: the first entry of each code, and under ``revised`` those that followed it.

    ``version`` is the label of the newest version; ``versions`` are all of them, in order.
    """

    version: str
    items: Mapping[str, Item]
    revised: Mapping[str, tuple[Item, ...]] = _NONE
    versions: tuple[Version, ...] = ()
    diagnoses: tuple[Term, ...] = ()
    operations: tuple[Term, ...] = ()

    def find(self, code: str, day: dt.date, level: str = "") -> Item | None:
        """Return the entry valid on ``day`` with the cap of a hospital level, or None as :meth:`problem` explains."""
        item = self.items.get(code)
        if item is not None and not item.holds_on(day):
            item = next((later for later in self.revised.get(code, ()) if later.holds_on(day)), None)
        return item.at(level) if item is not None and item.level_caps else item

    def problem(self, code: str, day: dt.date) -> str:
        """Return the name of the refusal for a code without a valid entry on ``day``; empty where there is one.

        A code may be unknown, dated before it is valid, or after (JS-3.2a).
        """
        entries = self.entries(code)
        if not entries:
            return "item_unmapped"
        if any(entry.holds_on(day) for entry in entries):
            return ""
        return "item_not_yet_valid" if day < entries[0].valid_from else "item_expired"

    def entries(self, code: str) -> tuple[Item, ...]:
        """Return the entries of a code in order of their days, none for an unknown code."""
        first = self.items.get(code)
        return () if first is None else (first, *self.revised.get(code, ()))

    def all_entries(self) -> Iterator[Item]:
        """Yield every entry of every code."""
        for code in self.items:
            yield from self.entries(code)

    @property
    def history(self) -> tuple[Version, ...]:
        """Return the versions in order; a library that names none is one version, as old as its oldest entry."""
        if self.versions or not self.items:
            return self.versions
        first = min(item.valid_from for item in self.items.values())
        return (Version(self.version, first, first, "", ""),)

    def in_force(self, day: dt.date) -> Version | None:
        """Return the version in force on a day, None before the first."""
        return next((version for version in reversed(self.history) if version.in_force <= day), None)

    def with_entries(self, code: str, entries: tuple[Item, ...]) -> Catalogue:
        """Return the catalogue with these entries of a code, at least one, in place of those it had."""
        first, *later = entries
        return self._replace(
            items=MappingProxyType({**self.items, code: first}),
            revised=MappingProxyType({**self.revised, code: tuple(later)}),
        )


def before(day: dt.date) -> dt.date:
    """Return the day before."""
    return day - _DAY


EMPTY = Catalogue("", MappingProxyType({}))
