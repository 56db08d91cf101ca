"""The designated institutions of a network (定点医药机构) as they stand at the start: hospitals with beds, all others.

The core knows of an institution what its messages need, and not who owns it (JL-6.1b). What the administration around
it needs besides stands here: kind and owner, the day and the tiers of its designation, its vendor, its opening days.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.values.areas import Institution
from simulator.inputs.errors import InputError, dotted

HOSPITAL, CLINIC, PHARMACY = "hospital", "clinic", "pharmacy"
TIERS = ("province", "city", "county")
INPATIENT, OTHER, ALL, ACROSS = "coverage_inpatient", "coverage_other", "coverage_all", "coverage_cross_province"
COVERAGES = (INPATIENT, OTHER, ALL, ACROSS)
"""What targets ask of institutions: JL-2.1d, JL-2.1e, JL-2.1f, JL-2.2b."""

_COLUMNS = ("cross_province_on", "ownership", "designated_on", "designated_by", "vendor")


class Designated(NamedTuple):
    """A designated institution; what its file does not say is empty or None.

    ``kind`` is hospital, clinic or pharmacy; ``inpatient`` tells whether it has beds. ``ownership`` is public or
    private, ``designated_by`` the tiers that have designated it (province, city, county), ``vendor`` who makes its
    system. ``opened_on`` and ``across_on`` are the days it opened for visitors of the province and of other provinces.
    """

    code: str
    zh: str
    area: str
    kind: str
    level: str
    inpatient: bool
    ownership: str
    designated_on: dt.date | None
    designated_by: tuple[str, ...]
    opened_on: dt.date | None
    across_on: dt.date | None
    vendor: str

    @property
    def manager(self) -> str:
        """Return the one tier that opens and manages it: the highest that designated it (JL-2.3), or nothing."""
        return min(self.designated_by, key=TIERS.index, default="")

    def designated(self, day: dt.date) -> bool:
        """Tell whether it is designated on a day."""
        return self.designated_on is None or self.designated_on <= day

    def open(self, day: dt.date) -> bool:
        """Tell whether it settles for visitors of the province on a day."""
        return self.opened_on is not None and self.opened_on <= day

    def open_across(self, day: dt.date) -> bool:
        """Tell whether it settles for visitors of other provinces on a day."""
        return self.across_on is not None and self.across_on <= day


class Counted(NamedTuple):
    """How many of ``all`` institutions are open."""

    open: int
    all: int


def covered(institutions: Sequence[Designated], measure: str, day: dt.date) -> Counted:
    """Count a coverage (one of :data:`COVERAGES`) among the institutions that are designated on a day.

    Those open across provinces are counted among inpatient ones that are open in the province: none may be left behind.
    """
    asked = [each for each in institutions if each.designated(day)]
    if measure == ACROSS:
        inside = [each for each in asked if each.inpatient and each.open(day)]
        return Counted(sum(each.open_across(day) for each in inside), len(inside))
    if measure != ALL:
        asked = [each for each in asked if each.inpatient is (measure == INPATIENT)]
    return Counted(sum(each.open(day) for each in asked), len(asked))


def read_institutions(data: Mapping[str, Any]) -> dict[str, Designated]:
    """Return the institutions of a network file by code, in its order: hospitals first, then all others."""
    apart = has_across(data)
    made = [_made({"kind": HOSPITAL, **row}, apart=apart, inpatient=True) for row in data["hospitals"]]
    made += [_made(row, apart=True, inpatient=False) for row in data.get("others", ())]
    return {each.code: each for each in made}


def has_across(data: Mapping[str, Any]) -> bool:
    """Tell whether a file says apart who is open across provinces; else a hospital opens both ways together."""
    return "cross_province_on" in data["basis"]


def hospital_of(row: Mapping[str, Any], *, apart: bool) -> Institution:
    """Return a hospital as the core knows it; ``apart`` as :func:`has_across`.

    One of which nothing else is said opened by its agreement, with the clause in it (JL-6.2a).
    """
    opened = row.get("opened_on")
    across = row.get("cross_province_on", dt.date.max) if apart else dt.date.min
    return Institution(row["code"], row["zh"], row["area"], row["level"], opened, row.get("agreed_on", opened), across)


def check_institutions(data: Mapping[str, Any], name: str) -> None:
    """Check what a schema cannot say: a basis for each column in use, and the order of days; raises InputError."""
    for column in _missing(data):
        problem = "is missing, but the file uses the column"
        raise InputError(name, f"basis.{column}", problem, "name the assumption behind it")
    for table in ("hospitals", "others"):
        for index, row in enumerate(data.get(table, ())):
            _in_order(row, name, [table, index])


def _made(row: Mapping[str, Any], *, apart: bool, inpatient: bool) -> Designated:
    opened = row.get("opened_on")
    return Designated(
        code=row["code"],
        zh=row["zh"],
        area=row["area"],
        kind=row["kind"],
        level=row.get("level", ""),
        inpatient=inpatient,
        ownership=row.get("ownership", ""),
        designated_on=row.get("designated_on"),
        designated_by=tuple(row.get("designated_by", ())),
        opened_on=opened,
        across_on=row.get("cross_province_on") if apart else opened,
        vendor=row.get("vendor", ""),
    )


def _missing(data: Mapping[str, Any]) -> Iterator[str]:
    rows = [*data["hospitals"], *data.get("others", ())]
    used = [column for column in _COLUMNS if any(column in row for row in rows)]
    used += [table for table in ("others", "one_in") if table in data]
    yield from (column for column in used if column not in data["basis"])


def _in_order(row: Mapping[str, Any], name: str, place: list[str | int]) -> None:
    days = [(column, row[column]) for column in ("designated_on", "opened_on", "cross_province_on") if column in row]
    for (before, first), (column, second) in itertools.pairwise(days):
        if second < first:
            problem = f"is {second}, before {before} ({first})"
            raise InputError(name, dotted([*place, column]), problem, "correct one of the days")
    if "cross_province_on" in row and "opened_on" not in row:
        problem = "is missing beside cross_province_on"
        raise InputError(name, dotted([*place, "opened_on"]), problem, "add it: a hospital opens inside first")
