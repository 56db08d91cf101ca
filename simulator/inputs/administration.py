"""Reads what offices owe besides money: reports, plans, ledgers, training, publicity, inspections.

Each duty cites the row of the notice it comes from and takes its day from that row's limit; where the text says only
*promptly* or *regularly*, the file says how long that is, as an assumption. How long work takes and how often it is
late are ways of working (``pace``), assumptions too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

from schemas.requirements import Limit, Requirement, load_requirements
from simulator.core.values.parameters import Assumption
from simulator.inputs.errors import InputError, suggest
from simulator.inputs.packs import Citable, read_assumptions
from simulator.inputs.toml import Source, check, find, parse, read_toml

ISSUE, MONTH, INTERVAL, CALL = "issue", "month", "interval", "call"
"""When a duty begins: with the notice; with each month, for the one before; again and again; when it is called for."""
WORKING_DAY, CALENDAR_DAY, MONTHS, DAY_OF_MONTH, DATE = (
    "working_day",
    "calendar_day",
    "month",
    "day_of_month",
    "date",
)
_UNITS = {ISSUE: {DATE, WORKING_DAY, CALENDAR_DAY, MONTHS}, MONTH: {DAY_OF_MONTH, WORKING_DAY, CALENDAR_DAY}}
_UNITS |= {INTERVAL: {MONTHS, CALENDAR_DAY}, CALL: {DATE, WORKING_DAY, CALENDAR_DAY, MONTHS}}
DUTY, MONEY = "duty", "money"


class Pace(NamedTuple):
    """A way of working: mean days a thing takes, the chance that it is late in [0, 1], mean days it is late then."""

    days: float
    late: float
    late_days: float


class Item(NamedTuple):
    """Something a duty is owed for."""

    id: str
    zh: str
    en: str


class Due(NamedTuple):
    """When a duty is due: ``value`` in ``unit``; for the unit ``date`` it is the day itself.

    ``binding`` tells whether the text sets it firmly, so that being late is more than a warning.
    """

    value: int | dt.date
    unit: str
    binding: bool


class Escalation(NamedTuple):
    """Which duty begins for an owner after how many late ones."""

    after: int
    to: str


class Duty(NamedTuple):
    """Something an office owes.

    ``clause`` is the row it comes from, ``also`` are other rows its record serves. ``items`` or the ``population`` say
    what it is owed for; where neither does, once by each owner. ``begin`` is the first day on which it may begin,
    ``day`` the day of the month on which one about the month before does.
    """

    id: str
    clause: str
    also: tuple[str, ...]
    zh: str
    en: str
    owner: str
    items: tuple[Item, ...]
    population: str
    begins: str
    due: Due
    pace: Pace
    begin: dt.date | None
    day: int
    escalation: Escalation | None

    @property
    def clauses(self) -> tuple[str, ...]:
        """Return all rows the duty serves."""
        return self.clause, *self.also


class Idle(NamedTuple):
    """The chance in [0, 1] that a desk that clears or pays gets nothing done on a working day; ``by`` code, or else."""

    usual: float
    by: Mapping[str, float]

    def of(self, code: str) -> float:
        """Return the chance of the desks of a city or province."""
        return self.by.get(code, self.usual)


class Administration(NamedTuple):
    """All duties of a scenario by name, with what they rest on; ``file`` is where that was said."""

    file: str
    id: str
    zh: str
    en: str
    duties: Mapping[str, Duty]
    idle: Idle
    assumptions: Mapping[str, Assumption]
    digest: str


NOTHING = Administration("", "", "", "", {}, Idle(0.0, {}), {}, "")


def load_administration(name_or_path: str | Path, *, settings: Sequence[str] = ()) -> Administration:
    """Read an administration by built-in name or path; as :func:`read_administration`."""
    return read_administration(find("administration", name_or_path), settings=settings)


def read_administration(source: Source, *, settings: Sequence[str] = ()) -> Administration:
    """Read an administration; ``settings`` are texts such as ``duty.plan.late=1``.

    Raises InputError for a row, limit, pace or duty that there is none of, and for a limit in a unit that does not fit
    the way the duty begins.
    """
    document = read_toml(source)
    name = document.name
    check(document.data, "administration", name)
    data = reduce(_set, settings, document.data)
    assumptions = read_assumptions(data)
    citable = Citable(load_requirements().rows, assumptions)
    paces = {key: _pace(row, f"pace.{key}", name, citable) for key, row in data["pace"].items()}
    duties = {key: _duty(key, row, name, paces, citable) for key, row in data["duty"].items()}
    for duty in duties.values():
        if duty.escalation is not None and duty.escalation.to not in duties:
            problem = f'is "{duty.escalation.to}", which is no duty'
            raise InputError(name, f"duty.{duty.id}.escalates.to", problem, suggest(duty.escalation.to, duties))
    idle = _idle(data["money"], name, citable) if "money" in data else NOTHING.idle
    return Administration(name, data["id"], data["zh"], data["en"], duties, idle, assumptions, document.digest)


def is_setting(text: str) -> bool:
    """Tell whether a ``KEY=VALUE`` text is about an administration."""
    return text.strip().startswith((f"{DUTY}.", f"{MONEY}."))


def _idle(row: Mapping[str, Any], name: str, citable: Citable) -> Idle:
    citable.basis({"assumption": row["assumption"]}, name, MONEY)
    return Idle(float(row["idle"]), {code: float(chance) for code, chance in row.get("idle_by", {}).items()})


def _set(data: dict[str, Any], setting: str) -> dict[str, Any]:
    name = f"setting {' '.join(setting.split())[:80]}"
    key, equals, raw = (part.strip() for part in setting.partition("="))
    settable: dict[str, tuple[str, ...]] = {f"{DUTY}.{each}.late": (DUTY, each, "late") for each in data[DUTY]}
    if MONEY in data:
        settable |= {f"{MONEY}.idle": (MONEY, "idle"), f"{MONEY}.idle_by": (MONEY, "idle_by")}
    if not equals or key not in settable:
        raise InputError(name, key, "is no figure of the administration", suggest(key, settable))
    try:
        value = parse(f"value = {raw}", name)["value"]
    except InputError:
        cure = "write a share from 0 to 1, or a table of them such as { 320300 = 0.5 }"
        raise InputError(name, key, "has no value in TOML", cure) from None
    changed = _put(data, settable[key], value)
    check(changed, "administration", name)
    return changed


def _put(table: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """Return tables with one value at a path."""
    first, *rest = path
    return {**table, first: _put(table[first], rest, value) if rest else value}


def _pace(row: Mapping[str, Any], key: str, name: str, citable: Citable) -> Pace:
    citable.basis({"assumption": row["assumption"]}, name, key)
    return Pace(float(row["days"]), float(row["late"]), float(row["late_days"]))


def _duty(id: str, row: Mapping[str, Any], name: str, paces: Mapping[str, Pace], citable: Citable) -> Duty:
    key = f"duty.{id}"
    for clause in (row["clause"], *row.get("also", ())):
        citable.basis({"clause": clause}, name, key)
    if row["pace"] not in paces:
        raise InputError(name, f"{key}.pace", f'is "{row["pace"]}", which is no pace', suggest(row["pace"], paces))
    pace = paces[row["pace"]]
    what = row.get("for", "")
    requirement = load_requirements().rows[row["clause"]]
    return Duty(
        id,
        row["clause"],
        tuple(row.get("also", ())),
        row["zh"],
        row["en"],
        row["owner"],
        () if isinstance(what, str) else tuple(Item(**item) for item in what),
        what if isinstance(what, str) else "",
        row["begins"],
        _due(row, requirement, name, key, citable),
        pace._replace(late=float(row["late"])) if "late" in row else pace,
        row.get("from"),
        row.get("day", 1),
        _escalation(row["escalates"], name, key) if "escalates" in row else None,
    )


def _due(row: Mapping[str, Any], requirement: Requirement, name: str, key: str, citable: Citable) -> Due:
    if "within" in row:
        citable.basis({"assumption": row["within"]["assumption"]}, name, f"{key}.within")
        due, place = Due(row["within"]["value"], row["within"]["unit"], False), f"{key}.within"
    else:
        limit, place = _limit(requirement, row["limit"], name, f"{key}.limit"), f"{key}.limit"
        due = Due(limit.value, limit.unit, limit.binding and requirement.strength == "shall")
    if due.unit not in _UNITS[row["begins"]]:
        problem = f"is in the unit {due.unit}, which does not fit a duty that begins with {row['begins']}"
        raise InputError(name, place, problem, f"one of {', '.join(sorted(_UNITS[row['begins']]))} does")
    return due


def _limit(requirement: Requirement, limit: str, name: str, key: str) -> Limit:
    try:
        return requirement.limit(limit)
    except KeyError:
        known = [each.name for each in requirement.limits]
        cure = suggest(limit, known) if known else f"{requirement.id} has no limit: say within"
        raise InputError(name, key, f'is "{limit}", no limit of {requirement.id}', cure) from None


def _escalation(row: Mapping[str, Any], name: str, key: str) -> Escalation:
    found = [each for row_ in load_requirements().rows.values() for each in row_.limits if each.name == row["limit"]]
    if not found or not isinstance(found[0].value, int):
        raise InputError(name, f"{key}.escalates.limit", f'is "{row["limit"]}", no limit of a row', "name a count")
    return Escalation(found[0].value, row["to"])


def cited(administration: Administration) -> Iterator[tuple[str, str]]:
    """Yield each row that a duty serves, with the name of the duty."""
    for duty in administration.duties.values():
        for clause in duty.clauses:
            yield clause, duty.id
