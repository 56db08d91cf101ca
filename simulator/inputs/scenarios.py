"""Reads scenarios: a notice, a window, and every figure of a simulation with its basis.

A scenario names its network, policy pack and catalogue; they are read with it and everything is held against
everything else, so that a simulation never starts on figures that do not fit together. Single figures can be set for a
run as ``KEY=VALUE``; such a figure then rests on the assumption ``A-USER``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Any

from schemas.requirements import load_requirements
from simulator.core.catalogue.items import CLASS_B, CLASS_C, Catalogue
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import Assumption, Basis, PolicyPack
from simulator.inputs import administration
from simulator.inputs.administration import Administration, read_administration
from simulator.inputs.catalogues import read_catalogue
from simulator.inputs.errors import InputError, suggest
from simulator.inputs.extending import Written, read_scenario
from simulator.inputs.networks import Network, read_network
from simulator.inputs.packs import Citable, covers, read_assumptions, read_pack
from simulator.inputs.platforms import Ground
from simulator.inputs.toml import built_in, check, find, fixed, parse, read_toml, whole_sum
from simulator.inputs.workdays import work_calendar

USER = "A-USER"
"""The assumption that a figure set for one run rests on."""

FigureValue = int | Decimal | tuple[int | Decimal, ...] | Mapping[str, int | Decimal]

_GROUPS = ("demand", "stay", "filing", "refusal", "people", "platform", "manual", "onboarding", "traffic", "service")
_SETTABLE = ("start", "end", "seed")
_RATE_PLACES = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: ``value`` exactly as written, in ``unit``, what it means, and what it rests on."""

    key: str
    value: FigureValue
    unit: str
    zh: str
    en: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Target:
    """What the notice asks for until the day ``by``: *measure* ``op`` ``value``.

    ``value`` is in basis points, as in the requirement rows; a milestone has a day only (``op`` empty, value None).
    """

    id: str
    zh: str
    en: str
    clause: str
    measure: str
    op: str
    value: int | None
    by: dt.date


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a simulation is told; read it, never change its tables.

    ``start`` and ``end`` are both inside the window. ``settings`` are the ``KEY=VALUE`` texts of this run;
    ``assumptions`` are those of pack, network, catalogue and scenario together; ``digests`` are SHA-256 by file name.
    """

    id: str
    zh: str
    en: str
    notice: str
    notice_date: dt.date
    start: dt.date
    end: dt.date
    seed: int
    figures: Mapping[str, Figure]
    targets: tuple[Target, ...]
    network: Network
    pack: PolicyPack
    catalogue: Catalogue
    beyond_catalogue: Catalogue | None
    calendar: WorkCalendar
    assumptions: Mapping[str, Assumption]
    digests: Mapping[str, str]
    settings: tuple[str, ...] = ()
    planned_end: dt.date | None = None
    administration: Administration = administration.NOTHING

    @property
    def horizon(self) -> dt.date:
        """Return the last day the figures were made for, also when a run ends before it."""
        return self.planned_end or self.end

    @property
    def ground(self) -> Ground:
        """Return what the platforms stand on."""
        return Ground(self.network, self.pack, self.catalogue, self.beyond_catalogue, self.calendar)

    def catalogue_of(self, city: str) -> Catalogue:
        """Return the catalogue a city prices by: the province's, or that of the other province."""
        return self.ground.catalogue_of(city)

    def shortened(self, days: int) -> Scenario:
        """Return the scenario ended after ``days`` days at the latest, its figures as for the whole of it."""
        return self.until(self.start + dt.timedelta(days=days - 1))

    def until(self, last: dt.date) -> Scenario:
        """Return the scenario ended on a day at the latest, its figures as for the whole of it."""
        return dataclasses.replace(self, end=min(self.end, last), planned_end=self.horizon)

    def has(self, key: str) -> bool:
        """Tell whether the scenario has a figure that a scenario may leave out."""
        return key in self.figures

    def value(self, key: str) -> int | float | tuple[float, ...] | Mapping[str, float]:
        """Return a figure for reckoning: whole numbers stay, decimals become floats.

        Raises LookupError for a key no scenario has, which is a mistake of the program: the form fixes the keys.
        """
        figure = self.figures.get(key)
        if figure is None:
            raise LookupError(f"no scenario has a figure {key}: {suggest(key, self.figures)}")
        raw = figure.value
        if isinstance(raw, tuple):
            return tuple(float(each) for each in raw)
        if isinstance(raw, Mapping):
            return {name: float(each) for name, each in raw.items()}
        return float(raw) if isinstance(raw, Decimal) else raw

    def number(self, key: str) -> float:
        """Return a figure that is one number, as a float; raises TypeError for another kind."""
        value = self.value(key)
        if isinstance(value, int | float):
            return float(value)
        raise TypeError(f"figure {key} is not one number")

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a figure that is a list of numbers; raises TypeError for another kind."""
        value = self.value(key)
        if isinstance(value, tuple):
            return value
        raise TypeError(f"figure {key} is not a list")

    def table(self, key: str) -> Mapping[str, float]:
        """Return a figure that is a table of numbers by name; raises TypeError for another kind."""
        value = self.value(key)
        if isinstance(value, Mapping):
            return value
        raise TypeError(f"figure {key} is not a table")


def list_scenarios() -> tuple[str, ...]:
    """Return the names of the built-in scenarios, sorted."""
    return built_in("scenario")


def load_scenario(name_or_path: str | Path, *, overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario by built-in name or path, with the network, pack and catalogue it names.

    ``overrides`` are ``KEY=VALUE`` texts with the value in TOML, for figures and for start, end and seed; the last of
    a key counts. Raises InputError for whatever is unknown, missing, out of range or does not fit together: a start
    before the notice, mixes that do not sum to exactly 1, a city without a filing factor, a pack not in force.
    """
    source = find("scenario", name_or_path)
    written = read_scenario(source)
    if USER in written.data["assumptions"]:
        raise InputError(written.name, f"assumptions.{USER}", "is kept for settings of a run", "choose another id")
    figures = [setting for setting in overrides if not administration.is_setting(setting)]
    data = reduce(_set, figures, written.data)
    try:
        return _assembled(written, data, tuple(overrides))
    except InputError as problem:
        raise _traced(problem, overrides) from None


def _assembled(written: Written, data: dict[str, Any], settings: tuple[str, ...]) -> Scenario:
    """Read what the scenario names, put it together and hold each part against the others."""
    places = {kind: find(kind, data[kind], near=written.said_in[kind]) for kind in ("pack", "network", "catalogue")}
    pack, network = read_pack(places["pack"]), read_network(places["network"])
    library = read_catalogue(places["catalogue"])
    beyond = network.beyond
    beyond_place = find("catalogue", beyond.catalogue, near=places["network"]) if beyond else None
    other = read_catalogue(beyond_place) if beyond_place else None
    rules = find("audit", "rules")  # what every bill is reviewed by
    owed = _administration(written, data, settings)
    assumptions, name = read_assumptions(data), written.name
    citable = Citable(load_requirements().rows, assumptions)
    scenario = Scenario(
        **{key: data[key] for key in ("id", "zh", "en", "notice", "notice_date", "start", "end", "seed")},
        figures=dict(figures_of(data, name, citable)),
        targets=tuple(_target(row, name, f"target[{index}]", citable) for index, row in enumerate(data["target"], 1)),
        network=network,
        pack=pack,
        catalogue=library.catalogue,
        beyond_catalogue=other.catalogue if other else None,
        calendar=work_calendar(),
        assumptions=_merged(
            (places["pack"].name, pack.assumptions),
            (places["network"].name, network.assumptions),
            (places["catalogue"].name, library.assumptions),
            (owed.file, owed.assumptions),
            (name, assumptions),
        ),
        digests={
            **written.digests,
            places["pack"].name: pack.digest,
            places["network"].name: network.digest,
            places["catalogue"].name: library.digest,
            rules.name: read_toml(rules).digest,
            **({beyond_place.name: other.digest} if beyond_place and other else {}),
            **({owed.file: owed.digest} if owed.file else {}),
        },
        settings=settings,
        administration=owed,
    )
    _fits(scenario, name)
    closing = (scenario.end.replace(day=1) + dt.timedelta(days=31)).replace(day=1)  # when the last month is closed
    covers(pack, scenario.start, closing, network.registry.cities, source=places["pack"])
    return scenario


def _administration(written: Written, data: Mapping[str, Any], settings: Sequence[str]) -> Administration:
    """Read what offices owe, where the scenario says so; else raises InputError for a setting of a duty."""
    ours = [setting for setting in settings if administration.is_setting(setting)]
    if "administration" in data:
        near = written.said_in["administration"]
        return read_administration(find("administration", data["administration"], near=near), settings=ours)
    if ours:
        cure = "name one in the scenario, or leave the setting out"
        raise InputError(_setting_name(ours[0]), "administration", f"is not in {written.name}", cure)
    return administration.NOTHING


def _traced(problem: InputError, settings: Sequence[str]) -> InputError:
    """Return the error laid to the setting that brought the value in, where one did."""
    for setting in reversed(settings):
        key = setting.partition("=")[0].strip()
        if problem.key == key or problem.key.startswith(f"{key}."):
            return InputError(_setting_name(setting), problem.key, problem.problem, problem.cure)
    return problem


def _setting_name(setting: str) -> str:
    return f"setting {' '.join(setting.split())[:80]}"


def _set(data: dict[str, Any], setting: str) -> dict[str, Any]:
    """Return the tables with one setting applied, checked again."""
    name = _setting_name(setting)
    key, equals, raw = (part.strip() for part in setting.partition("="))
    if not equals:
        raise InputError(name, "", "has no =", "write KEY=VALUE, such as seed=2")
    group, _, leaf = key.partition(".")
    rows = _rows(data, group)
    if key not in _SETTABLE and leaf not in rows:
        known = [*_SETTABLE, *(f"{each}.{name}" for each in _GROUPS for name in _rows(data, each))]
        raise InputError(name, key, "is not a figure of the scenario", suggest(key, known))
    value = _setting_value(raw, name, key)
    if key in _SETTABLE:
        changed = {**data, key: value}
    else:
        figure = {part: each for part, each in rows[leaf].items() if part != "clause"}
        figure |= {"value": value, "assumption": USER}
        user = {
            "zh": "由使用者为本次运行设定。",
            "en": "Set by the user for this run.",
            "source": "settings of the run",
            "confidence": "D",
        }
        changed = {
            **data,
            group: {**data.get(group, {}), leaf: figure},
            "assumptions": {**data["assumptions"], USER: user},
        }
    check(changed, "scenario", name)
    return changed


def _rows(data: Mapping[str, Any], group: str) -> Mapping[str, Any]:
    """Return the figures of a group that may be set; of traffic those too that a scenario leaves out."""
    if group not in _GROUPS:
        return {}
    usual = read_toml(find("traffic", "usual")).data["traffic"] if group == "traffic" else {}
    return {**usual, **data.get(group, {})}


def _setting_value(raw: str, name: str, key: str) -> Any:
    try:
        parsed = parse(f"value = {raw}", name)
    except InputError:
        parsed = {}
    if parsed.keys() != {"value"}:
        cure = "write a number, a date, a list such as [1, 2] or a table such as { city = 2 }"
        raise InputError(name, key, "has no value in TOML", cure)
    return parsed["value"]


def figures_of(data: Mapping[str, Any], name: str, citable: Citable) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of checked tables by key; raises InputError for a basis or a sum that is none."""
    for group in _GROUPS:
        for leaf, row in data.get(group, {}).items():
            key, value = f"{group}.{leaf}", row["value"]
            if row["unit"] == "mix":
                whole_sum(value.values(), name, key)
            if row["unit"] == "weights" and not any(value):
                raise InputError(name, key, "has only zeros", "give at least one weight above 0")
            exact = tuple(value) if isinstance(value, list) else value
            yield key, Figure(key, exact, row["unit"], row["zh"], row["en"], citable.basis(row, name, key))


def _target(row: Mapping[str, Any], name: str, place: str, citable: Citable) -> Target:
    value = fixed(row["value"], _RATE_PLACES, name, f"{place}.value") if "value" in row else None
    clause = citable.basis({"clause": row["clause"]}, name, place).clause
    return Target(row["id"], row["zh"], row["en"], clause, row["measure"], row.get("op", ""), value, row["by"])


def _merged(*parts: tuple[str, Mapping[str, Assumption]]) -> dict[str, Assumption]:
    """Return all assumptions by id; raises InputError when two files give one id."""
    merged: dict[str, Assumption] = {}
    for name, assumptions in parts:
        for key in sorted(assumptions.keys() & merged.keys()):
            raise InputError(name, f"assumptions.{key}", "is declared in two of the files", "rename one of them")
        merged |= assumptions
    return merged


def _fits(scenario: Scenario, name: str) -> None:
    """Check what no single file can say; raises InputError."""
    if scenario.network.beyond is not None:
        _beyond_fits(scenario, name)
    start, end = scenario.start, scenario.end
    if start < scenario.notice_date:
        problem = f"is {start}, before the notice of {scenario.notice_date}"
        raise InputError(name, "start", problem, f"start on {scenario.notice_date} or later")
    if end <= start:
        raise InputError(name, "end", f"is {end}, not after the start on {start}", "give a later end")
    _figures_fit(scenario, name)
    for level, key in ((CLASS_B, "stay.class_b_share"), (CLASS_C, "stay.class_c_share")):
        items = [item.code for item in scenario.catalogue.items.values() if item.level == level]
        for day in (start, end):
            if scenario.value(key) and not any(scenario.catalogue.find(code, day) for code in items):
                problem = f"has no item of class {level} valid on {day}, which {key} asks for"
                raise InputError(name, "catalogue", problem, "add one, or set the share to 0")


def _beyond_fits(scenario: Scenario, name: str) -> None:
    """Check that what another province needs is said."""
    for key in ("demand.cross_province_out", "demand.cross_province_in"):
        if key not in scenario.figures:
            raise InputError(name, key, "is missing, but the network has another province", "add the figure")
    for key in ("platform.service_ms", "platform.servers"):
        if "ministry" not in scenario.table(key):
            raise InputError(name, f"{key}.ministry", "is missing, but the network has another province", "add it")


def _service_fits(scenario: Scenario, name: str) -> None:
    """Check the figures of the filing service and of aid; raises InputError."""
    if scenario.has("service.open_hours"):
        hours, steps = scenario.table("service.open_hours"), scenario.table("service.steps")
        if hours["from"] >= hours["to"]:
            raise InputError(name, "service.open_hours", "opens when it has closed", "give a later hour in to")
        if steps["least"] > steps["start"]:
            raise InputError(name, "service.steps", "has a least above its start", "lower the least")
        lead = scenario.table("service.lead_days")
        if lead["least"] > min(lead["long_term"], lead["referral"]):
            raise InputError(name, "service.lead_days", "has a least above a most", "lower the least")
    if scenario.has("people.aid_share") and sum(scenario.table("people.aid_share").values()) > 1:
        raise InputError(name, "people.aid_share", "sums to more than 1", "lower one of the shares")


def _figures_fit(scenario: Scenario, name: str) -> None:
    cities, factors = scenario.network.registry.cities, scenario.table("filing.city_factor")
    for city in sorted(cities.keys() - factors.keys()):
        raise InputError(name, f"filing.city_factor.{city}", "is missing", "add a factor for every city of the network")
    for city in sorted(factors.keys() - cities.keys()):
        raise InputError(name, f"filing.city_factor.{city}", "is no city of the network", suggest(city, cities))
    for key in ("filing.rate_start", "filing.rate_end"):
        for city, factor in factors.items():
            if scenario.number(key) * factor > 1:
                problem = f"times the factor of city {city} is above 1"
                raise InputError(name, key, problem, "lower the rate or the factor in filing.city_factor")
    _service_fits(scenario, name)
    if scenario.number("stay.class_b_share") + scenario.number("stay.class_c_share") > 1:
        raise InputError(name, "stay.class_b_share", "and stay.class_c_share sum to more than 1", "lower one of them")
    lines = scenario.table("stay.lines")
    if lines["least"] > lines["most"]:
        raise InputError(name, "stay.lines", "has a least above its most", "exchange them")
