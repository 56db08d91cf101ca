"""The charts of the report page in one language: rows made from the figures, drawn by the kinds of chart there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.inputs.scenarios import Scenario
from simulator.outputs import charts
from simulator.outputs.charts import Rows, Spec
from simulator.outputs.texts import Say
from simulator.study.figures import WAIT_BINS, Figures, bin_days
from simulator.study.outlook import rates
from simulator.study.wording import interval

_MOST_LABELLED_MONTHS = 14


def plots(
    say: Say, scenario: Scenario, summary: Mapping[str, Any], found: Figures, *, line: float | None
) -> dict[str, Spec]:
    """Return the charts by name; one whose rows would be empty is left out. ``line`` is the rate to reach."""
    cities = {code: names[say.lang == "en"] for code, names in scenario.network.registry.cities.items()}
    made = {"coverage": _coverage(say, scenario, summary)}
    if summary["rate"]["discharges"]:
        made["rate_grid"] = _rate_grid(say, cities, found, line)
        made["rate_bars"] = _rate_bars(say, summary, line)
    if summary["reasons"]:
        made["reasons"] = _reasons(say, summary["reasons"])
        made["reason_months"] = _reason_months(say, found)
        made["days"] = _days(say, found)
        made["advanced"] = _advanced(say, found)
    inside = {pair: fen for pair, fen in found.flow.items() if cities.keys() >= set(pair)}
    if inside:
        made["flow"] = _flow(say, cities, inside)
        made["balance"] = _balance(say, cities, summary["clearing"])
    if summary["latency_ms"]:
        made["latency"] = _latency(say, summary["latency_ms"])
    return made


def due_day(scenario: Scenario) -> str:
    """Return the day on which every area shall be connected, where there is one within the window; else nothing."""
    days = [target.by for target in scenario.targets if target.measure == "coverage"]
    return next((str(day) for day in days if scenario.start <= day <= scenario.end), "")


def stacks(say: Say, found: Figures) -> Sequence[tuple[str, str]]:
    """Return the reasons with their colours, as the stack by month and its legend have them."""
    names = [say.name("reason", reason) for reason in found.top_reasons]
    if {reason for _, reason in found.reasons_by_month} - set(found.top_reasons):
        names.append(say("reasons.rest"))
    return list(zip(names, charts.PALETTE, strict=False))


def balance_of(clearing: Sequence[Mapping[str, Any]]) -> Mapping[str, tuple[int, int]]:
    """Return what each city collects and pays over all months, in fen."""
    sums: dict[str, tuple[int, int]] = {}
    for sheet in clearing:
        for line in sheet["lines"]:
            collects, pays = sums.get(line["city"], (0, 0))
            sums[line["city"]] = collects + line["collects"], pays + line["pays"]
    return sums


def _coverage(say: Say, scenario: Scenario, summary: Mapping[str, Any]) -> Spec:
    rows = [{"day": row["day"], "value": row["connected"]} for row in summary["coverage"]]
    titles = {"x": say("coverage.day"), "value": say("coverage.axis")}
    level = len(scenario.network.registry.areas)
    return charts.steps(rows, titles=titles, level=level, day=due_day(scenario) or None)


def _rate_grid(say: Say, cities: Mapping[str, str], found: Figures, line: float | None) -> Spec:
    labelled = len(found.months) <= _MOST_LABELLED_MONTHS
    names = {**cities, "": say("rate.province")}
    middle = 0.5 if line is None else line
    rows = [
        {
            "x": cell.month,
            "y": names[cell.city],
            "value": round(cell.direct / cell.discharges, 4),
            "label": f"{100 * cell.direct / cell.discharges:.0f}" if labelled else "",
            "strong": abs(cell.direct / cell.discharges - middle) > 0.22,
            "tip": f"{say.share(cell.direct / cell.discharges)} ({cell.direct}/{cell.discharges})",
        }
        for cell in found.cells
    ]
    titles = {"x": say("rate.month"), "y": say("rate.city"), "value": say("rate.rate")}
    ys = [names[""], *cities.values()]
    return charts.grid(rows, xs=found.months, ys=ys, titles=titles, middle=middle)


def _rate_bars(say: Say, summary: Mapping[str, Any], line: float | None) -> Spec:
    """Draw the rates of the cities: of several replications the means with their intervals."""
    means = rates(summary)
    counted = [
        (say.of(row), means[row["city"]]["mean"] if means else row["rate"], means.get(row["city"]))
        for row in summary["by_city"]
        if (row["city"] in means if means else row["discharges"])
    ]
    rows = [
        {
            "name": name,
            "value": rate,
            "label": say.share(rate),
            "above": line is None or rate >= line,
            **({} if found is None or found["low"] is None else _ends(say, found)),
        }
        for name, rate, found in sorted(counted, key=lambda row: (-row[1], row[0]))
    ]
    titles = {"name": say("rate.city"), "value": say("rate.rate"), "range": say("outlook.range")}
    return charts.ruled_bars(rows, titles=titles, rule=line)


def _ends(say: Say, found: Mapping[str, Any]) -> Mapping[str, Any]:
    low, high = max(found["low"], 0), min(found["high"], 1)
    return {"low": low, "high": high, "range": interval(say, found, "share")}


def _reasons(say: Say, reasons: Sequence[Mapping[str, Any]]) -> Spec:
    rows = [
        {"name": say.name("reason", row["reason"]), "value": row["stays"], "label": say.count(row["stays"])}
        for row in reasons
    ]
    return charts.bars(rows, titles={"name": say("reasons.reason"), "value": say("reasons.stays")})


def _reason_months(say: Say, found: Figures) -> Spec:
    parts = stacks(say, found)
    place = {reason: number for number, reason in enumerate(found.top_reasons)}
    counted: dict[tuple[str, int], int] = {}
    for (month, reason), stays in found.reasons_by_month.items():
        key = month, place.get(reason, len(place))
        counted[key] = counted.get(key, 0) + stays
    rows = [
        {"x": month, "part": parts[number][0], "order": number, "value": stays, "label": say.count(stays)}
        for (month, number), stays in counted.items()
    ]
    titles = {"x": say("rate.month"), "part": say("reasons.reason"), "value": say("reasons.stays")}
    names, colors = [name for name, _ in parts], [color for _, color in parts]
    return charts.stacked(rows, xs=found.months, parts=names, colors=colors, titles=titles)


def _paid_stack(say: Say, rows: Rows, xs: Sequence[str], titles: Mapping[str, str]) -> Spec:
    parts = say("advance.paid"), say("advance.waiting")
    return charts.stacked(rows, xs=xs, parts=parts, colors=(charts.PAID, charts.WAITING), titles=titles)


def _days(say: Say, found: Figures) -> Spec:
    names = [str(bin_days(number)[0]) for number in range(WAIT_BINS)]
    names[-1] += "+"
    parts = say("advance.paid"), say("advance.waiting")
    rows = [
        {"x": names[number], "part": part, "order": order, "value": stays, "label": say.count(stays)}
        for number, *counts in found.waits.bins
        for order, (part, stays) in enumerate(zip(parts, counts, strict=True))
        if stays
    ]
    titles = {"x": say("advance.axis_days"), "part": say("advance.measure"), "value": say("reasons.stays")}
    return _paid_stack(say, rows, names, titles)


def _advanced(say: Say, found: Figures) -> Spec:
    rows = [
        {
            "x": month,
            "part": say("advance.paid" if paid else "advance.waiting"),
            "order": int(not paid),
            "value": round(fen / say.money_size, 2),
            "label": say.money(fen),
        }
        for (month, paid), fen in found.advanced_by_month.items()
    ]
    money = say("advance.axis_money", say.money_unit)
    titles = {"x": say("rate.month"), "part": say("advance.measure"), "value": money}
    return _paid_stack(say, rows, found.months, titles)


def _flow(say: Say, cities: Mapping[str, str], flow: Mapping[tuple[str, str], int]) -> Spec:
    most = max(map(abs, flow.values()))
    rows = [
        {
            "y": cities[treatment],
            "x": cities[insured],
            "value": round(fen / say.money_size, 2),
            "label": f"{fen / say.money_size:.0f}",
            "strong": fen > most * 0.5,
            "tip": say.money(fen),
        }
        for (treatment, insured), fen in flow.items()
    ]
    names = list(cities.values())
    titles = {
        "x": say("flow.insured"),
        "y": say("flow.treatment"),
        "value": say("flow.cleared", say.money_unit),
    }
    return charts.grid(rows, xs=names, ys=names, titles=titles)


def _balance(say: Say, cities: Mapping[str, str], clearing: Sequence[Mapping[str, Any]]) -> Spec:
    differences = {city: collects - pays for city, (collects, pays) in balance_of(clearing).items()}
    ordered = sorted(differences.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [
        {"name": cities[city], "value": round(fen / say.money_size, 2), "label": say.large(fen)}
        for city, fen in ordered
    ]
    titles = {"name": say("flow.city"), "value": say("flow.axis", say.money_unit)}
    return charts.bars(rows, titles=titles, signed=True)


def _latency(say: Say, latency: Sequence[Mapping[str, Any]]) -> Spec:
    rows = [
        {
            "name": f"{row['infno']} {say.name('transaction', row['infno'])}",
            **{key: row[key] for key in ("p50", "p95", "p99")},
        }
        for row in latency
    ]
    return charts.ranges(rows, titles={"name": say("latency.transaction"), "value": say("latency.axis")})
