"""The report page: what a planner reads of a run, in both languages, from the summary and the tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.requirements import load_requirements
from simulator.inputs.institutions import COVERAGES
from simulator.inputs.scenarios import Scenario
from simulator.outputs.charts import CONFIG, PAID, WAITING
from simulator.outputs.masking import mask_number
from simulator.outputs.pages import render_page
from simulator.outputs.texts import LANGS, Say
from simulator.study import outlook
from simulator.study.figures import Figures, bin_days, figures
from simulator.study.frames import Frames
from simulator.study.plots import balance_of, due_day, plots, stacks
from simulator.study.receipts import Shown, chosen, worded
from simulator.study.wording import interval

SECTIONS = (
    "outlook",
    "rate",
    "reasons",
    "advance",
    "coverage",
    "flow",
    "office",
    "latency",
    "receipt",
    "checks",
    "basis",
)
"""The parts of the page after its head, in order; each has a title of its name."""

_PERSONAL = re.compile(r"(?<![0-9A-Za-z])[0-9]{14,17}[0-9Xx](?![0-9A-Za-z])")


def build_report(
    scenario: Scenario, summary: Mapping[str, Any], provenance: Mapping[str, Any], frames: Frames, *, lang: str
) -> str:
    """Return the page as HTML: one file, offline, both languages inside, ``lang`` shown first.

    The same inputs give the same text. Whatever comes from the scenario is escaped, and persons are masked.
    """
    run = _Run(
        scenario,
        summary,
        provenance,
        figures(frames, scenario.start, scenario.end),
        chosen(frames, scenario),
    )
    says = {each: Say(each) for each in LANGS}
    views = {each: _view(say, run) for each, say in says.items()}
    titles = {each: say("head.title", say.of(summary["scenario"])) for each, say in says.items()}
    return render_page(views, lang=lang, title=titles, chart_config=CONFIG)


class _Run(NamedTuple):
    """A run as the page sees it."""

    scenario: Scenario
    summary: Mapping[str, Any]
    provenance: Mapping[str, Any]
    found: Figures
    receipts: Sequence[Shown]


def _view(say: Say, run: _Run) -> Mapping[str, Any]:
    """Return what the templates print in one language."""
    scenario, summary, found = run.scenario, run.summary, run.found
    goal = next((target for target in summary["targets"] if target["measure"] == "rate"), None)
    line = None if goal is None else goal["value"]
    cities = {code: names[say.lang == "en"] for code, names in scenario.network.registry.cities.items()}
    several = "experiment" in summary
    return {
        "say": say,
        "sections": SECTIONS,
        "summary": summary,
        "figures": found,
        "scale": _percent(summary["scale"]),
        "settings": scenario.settings,
        "line": line,
        "goal": goal,
        "lead": [part for part in _lead(say, summary, found, goal) if part],
        "experiment": outlook.table(say, summary, cities) if several else None,
        "leading": outlook.leading(say, summary["experiment"], cities) if several else (),
        "rates": outlook.rates(summary),
        "interval": lambda row: interval(say, row, row["unit"]),
        "assumed": _assumed(summary),
        "targets": [_target(say, target, summary) for target in summary["targets"]],
        "charts": {
            **plots(say, scenario, summary, found, line=line),
            **(outlook.plots(say, summary, cities, line) if several else {}),
        },
        "bin_days": bin_days,
        "stacks": stacks(say, found),
        "waits": [(say("advance.paid"), PAID), (say("advance.waiting"), WAITING)],
        "cities": cities,
        **_areas(scenario),
        "balance": balance_of(summary["clearing"]),
        "office": [*_months_cleared(say, summary["back_office"])],
        "receipts": [worded(say, scenario, shown) for shown in run.receipts],
        "checks": _checks(summary),
        "assumptions": _assumptions(say, scenario),
        "provenance": list(_flat(say, run.provenance)),
        "measured": say.join(list(run.provenance.get("calibration", {}))),
    }


def _areas(scenario: Scenario) -> Mapping[str, Any]:
    """Return the day all areas are due, the areas connected within the window, and those not by its end."""
    areas = scenario.network.registry.areas.values()
    dated = sorted((area.connected_on, area.code, area) for area in areas if area.connected_on is not None)
    never = [area for area in areas if area.connected_on is None]
    return {
        "due": due_day(scenario),
        "joined": [area for day, _, area in dated if scenario.start < day <= scenario.end],
        "never": [*(area for day, _, area in dated if day > scenario.end), *never],
    }


# -- the first paragraph -------------------------------------------------------------------------------------------


def _lead(say: Say, summary: Mapping[str, Any], found: Figures, goal: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the answers to a planner's first questions, a paragraph each."""
    some, several = bool(summary["rate"]["discharges"]), "experiment" in summary
    if several:
        yield from outlook.lead(say, summary, goal)
    else:
        yield _rate_told(say, summary, goal) if some else say("lead.none")
    yield _coverage_told(say, summary)
    if some:
        yield _holds_told(say, summary)
        yield "" if several else _advanced_told(say, summary, found)
        yield _sample_told(say, summary)
    yield say("lead.assumed", say.share(_assumed(summary)["share"], 0))
    benefits = summary["basis"]["benefits"]
    key = "benefits_all" if benefits["assumed"] == benefits["all"] else "benefits_some"
    yield say(f"lead.{key}", say.count(benefits["assumed"]), say.count(benefits["all"]))


def _rate_told(say: Say, summary: Mapping[str, Any], goal: Mapping[str, Any] | None) -> str:
    rate, window = summary["rate"], summary["window"]
    between = say("lead.between", say.day(window["from"]), say.day(window["to"]))
    numbers = say.count(rate["discharges"]), say.count(rate["direct"]), say.share(rate["rate"])
    if goal is None:
        return say("lead.rate_plain", between, "", *numbers)
    told = say("lead.rate_kept" if goal["kept"] else "lead.rate_missed", between, say.share(goal["value"], 0), *numbers)
    return _sentences(say, told, _cities_told(say, summary, goal), _months_told(say, summary, goal["value"]))


def _cities_told(say: Say, summary: Mapping[str, Any], goal: Mapping[str, Any]) -> str:
    everyone = summary["by_city"]
    reached = [say.of(row) for row in everyone if row["city"] not in goal["cities_below"]]
    key = "cities_none" if not reached else "cities_all" if len(reached) == len(everyone) else "cities_some"
    return say(f"lead.{key}", len(reached), len(everyone), say.join(reached))


def _months_told(say: Say, summary: Mapping[str, Any], line: float) -> str:
    months = summary["by_month"]
    on_line = [row["rate"] >= line for row in months]
    last = say.month(months[-1]["month"]), say.share(months[-1]["rate"])
    if not any(on_line):
        return say("lead.months_none", "", *last)
    if not on_line[-1]:
        return say("lead.months_some", "", *last)
    first = len(on_line) - on_line[::-1].index(False) if False in on_line else 0
    return say("lead.months_from", say.month(months[first]["month"]), *last)


def _coverage_told(say: Say, summary: Mapping[str, Any]) -> str:
    goal = next((target for target in summary["targets"] if target["measure"] == "coverage"), None)
    if goal is None:
        return ""
    end = summary["window"]["to"]
    rows = [row for row in summary["coverage"] if row["day"] <= goal["by"]]
    full = next((row["day"] for row in rows if row["connected"] == row["areas"]), goal["by"])
    key = "kept" if goal["kept"] else "open" if end < goal["by"] else "missed"
    connected = rows[-1]["connected"] if rows else 0
    areas = summary["coverage"][0]["areas"]
    return say(f"lead.coverage_{key}", say.day(goal["by"]), areas, say.day(full), connected, say.day(end))


def _holds_told(say: Say, summary: Mapping[str, Any]) -> str:
    if not summary["reasons"]:
        return say("lead.holds_nothing")
    first, everyone = summary["reasons"][0], summary["advanced"]["stays"]
    share = say.share(first["stays"] / everyone, 1)
    return say("lead.holds", say.name("reason", first["reason"]), say.count(first["stays"]), say.count(everyone), share)


def _advanced_told(say: Say, summary: Mapping[str, Any], found: Figures) -> str:
    advanced = summary["advanced"]
    if not advanced["stays"]:
        return ""
    told = [say("lead.advanced", say.money(advanced["bill"]), say.count(advanced["stays"]))]
    if advanced["days_median"] is not None:
        told.append(say("lead.days", advanced["days_median"], advanced["days_p90"]).strip())
    left = summary["rate"]["not_yet_paid"]
    key = "lead.waiting" if left else "lead.waiting_none"
    told.append(say(key, say.count(left), say.money(advanced["waiting_bill"])))
    if found.waits.median is not None:
        told.append(say("lead.median_all", found.waits.median))
    return _sentences(say, *told)


def _sample_told(say: Say, summary: Mapping[str, Any]) -> str:
    scale, advanced = summary["scale"], summary["advanced"]
    if scale >= 1:
        return ""
    stays, bill = (round(advanced[name] / scale) for name in ("stays", "bill"))
    return say("lead.sample", _percent(scale), say.count(stays), say.money(bill))


def _sentences(say: Say, *parts: str) -> str:
    return ("" if say.lang == "zh" else " ").join(part for part in parts if part)


def _percent(share: float) -> str:
    """Return a scale in per cent with as many decimals as it has."""
    return f"{share * 100:.6f}".rstrip("0").rstrip(".") + "%"


# -- cards, checks, assumptions ------------------------------------------------------------------------------------


def _target(say: Say, target: Mapping[str, Any], summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a card."""
    kept, by = target["kept"], target["by"]
    wanted = say("target.wanted_day", say.day(by))
    if target["value"] is not None:
        sign = {">=": "≥ ", ">": "> "}.get(target["op"], "")
        wanted = say("target.wanted_value", sign, say.share(target["value"], 0), say.day(by))
    clause = load_requirements().rows.get(target["clause"])
    names = {row["city"]: say.of(row) for row in summary["by_city"]}
    return {
        "name": say.of(target),
        "verdict": target["verdict"],
        "label": say(f"target.{target['verdict']}"),
        "range": "",
        "every": "",
        "reached": say.day(target["reached_on"]) if target["reached_on"] else say.share(target["reached"]),
        "wanted": wanted,
        "clause": target["clause"],
        "clause_text": "" if clause is None else say.of(clause.text),
        "by_city": target["measure"] in {"rate", "platform_rate", *COVERAGES} and kept is not None,
        "below": say.join([names.get(city, city) for city in target["cities_below"]]),
        **(outlook.card(say, target, summary) if "experiment" in summary else {}),
    }


def _months_cleared(say: Say, office: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a row for each month with the days of its clearing in the province, then one for each sheet across."""
    inside = {sheet["month"]: sheet for sheet in office["sheets"] if sheet["kind"] == "in_province"}
    for month in office["months"]:
        sheet = inside.get(month["month"])
        days = month["reconciled_on"], month["last_paid_on"]
        parts = [part["kept"] for part in (month, sheet) if part is not None]
        kept = False if False in parts else None if None in parts or sheet is None else True
        yield {"name": month["month"], "cells": [*_days(days), *_sheet_cells(say, sheet)], "kept": kept}
    for sheet in office["sheets"]:
        if sheet["kind"] != "in_province":
            name = say("office.across", sheet["month"])
            yield {"name": name, "cells": [*_days((None, None)), *_sheet_cells(say, sheet)], "kept": sheet["kept"]}


def _sheet_cells(say: Say, sheet: Mapping[str, Any] | None) -> Sequence[str]:
    if sheet is None:
        return ["–"] * 6
    amounts = (say.large(sheet[name]) for name in ("claimed", "moved", "paid"))
    return [*_days(sheet[name] for name in ("made_on", "confirmed_on", "paid_on")), *amounts]


def _days(days: Iterable[str | None]) -> Iterator[str]:
    """Yield days without their year, as a run's months tell it; a dash where a step is open."""
    return (day[5:] if day else "–" for day in days)


def _checks(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the sums over all invariants, and the broken cases without personal numbers."""
    checks = summary["checks"]
    counts = checks["invariants"].values()
    return {
        "checked": sum(each["checked"] for each in counts),
        "broken": sum(each["broken"] for each in counts),
        "cases": [_PERSONAL.sub(lambda found: mask_number(found[0]), case) for case in checks["cases"]],
    }


def _assumed(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how many figures and dated parameters there are, how many of them are assumed, and the share."""
    parts = [summary["basis"][name] for name in ("figures", "parameters")]
    everything, assumed = (sum(part[name] for part in parts) for name in ("all", "assumed"))
    return {"all": everything, "assumed": assumed, "share": assumed / everything if everything else 0.0}


def _assumptions(say: Say, scenario: Scenario) -> Sequence[Mapping[str, Any]]:
    """Return all assumptions by id with how many figures, dated parameters and columns of the network rest on each."""
    bases = [figure.basis for figure in scenario.figures.values()]
    for parameter in scenario.pack.parameters.values():
        bases += [record.basis for series in parameter.records.values() for record in series]
    bases += scenario.network.basis.values()
    rests = Counter(basis.assumption for basis in bases)
    return [
        {
            "id": key,
            "text": say.of(assumption),
            "source": assumption.source,
            "confidence": say.name("confidence", assumption.confidence),
            "rests": rests[key],
        }
        for key, assumption in sorted(scenario.assumptions.items())
    ]


def _flat(say: Say, provenance: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the provenance as rows of what it is, of which file or package, and its value."""
    for key, value in provenance.items():
        name = say.name("provenance", key)
        if isinstance(value, Mapping):
            yield from ((name, str(part), str(each)) for part, each in value.items())
        elif isinstance(value, list):
            yield from ((name, "", str(each)) for each in value)
        else:
            yield name, "", str(value)
