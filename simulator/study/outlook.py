"""What several replications add to the report: probabilities and days of the targets, means with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.outputs import charts
from simulator.outputs.charts import Spec
from simulator.outputs.texts import Say
from simulator.study.observed import is_leading
from simulator.study.reaching import RATES
from simulator.study.wording import interval, named, number, short

_LIKELY, _UNLIKELY = 0.9, 0.1

Experiment = Mapping[str, Any]


def figure(experiment: Experiment, name: str, part: str = "") -> Mapping[str, Any] | None:
    """Return a figure of an experiment, None where no replication could count it."""
    return next((row for row in experiment["figures"] if (row["figure"], row["part"]) == (name, part)), None)


def chance(experiment: Experiment, target: str, scope: str, city: str | None = None) -> Mapping[str, Any] | None:
    """Return how likely a target is, for a scope and city; None where it is not asked there."""
    wanted = target, scope, city
    return next((row for row in experiment["targets"] if (row["target"], row["scope"], row["city"]) == wanted), None)


# -- in words ---------------------------------------------------------------------------------------------------------


def lead(say: Say, summary: Mapping[str, Any], goal: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield what all replications come to, a paragraph each."""
    every = summary["experiment"]
    rate = figure(every, "rate")
    if rate is not None:
        ends = [say.day(summary["window"][end]) for end in ("from", "to")]
        told = [say.share(rate[name]) for name in ("mean", "low", "high")]
        sentences = [say("outlook.lead_rate", say("lead.between", *ends), every["replications"], *told)]
        sentences += _goal(say, summary, goal) if goal else []
        text = (" " if say.lang == "en" else "").join(sentences)
        yield text[0].upper() + text[1:]
    means = [figure(every, "advanced"), figure(every, "money", "fund_pay_sumamt")]
    if all(means):
        amounts = [say.money(row[name]) for row in means if row for name in ("mean", "low", "high")]
        yield say("outlook.lead_money", *amounts)
    yield say("outlook.lead_first")


def _goal(say: Say, summary: Mapping[str, Any], goal: Mapping[str, Any]) -> Iterator[str]:
    every = summary["experiment"]
    together, each = (chance(every, goal["id"], scope) for scope in ("together", "every"))
    if together and each:
        met = together["met"], together["observations"], say.share(goal["value"], 0), each["met"]
        yield say("outlook.lead_goal", *met)
    groups: dict[str, list[str]] = {"likely": [], "open": [], "unlikely": []}
    for row in summary["by_city"]:
        found = chance(every, goal["id"], "city", row["city"])
        if found and found["probability"] is not None:
            share = found["probability"]
            group = "likely" if share >= _LIKELY else "unlikely" if share <= _UNLIKELY else "open"
            groups[group].append(say.of(row))
    yield from (say(f"outlook.lead_{group}", say.join(names)) for group, names in groups.items() if names)


def card(say: Say, target: Mapping[str, Any], summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a target's card says of all replications, in place of what it says of one."""
    every = summary["experiment"]
    together, each = (chance(every, target["id"], scope) for scope in ("together", "every"))
    asked = each or together
    if asked is None or together is None or not together["observations"]:
        return {}
    verdict = "kept" if asked["met"] == asked["observations"] else "missed" if not asked["met"] else "open"
    told: dict[str, Any] = {"label": say("outlook.card", together["met"], together["observations"])}
    told["verdict"] = verdict if together["due"] else "open"
    if each:
        told["every"] = say("outlook.card_every", each["met"], each["observations"])
    rate = figure(every, "rate")
    if target["measure"] in RATES and rate:
        told["reached"] = say.share(rate["mean"])
        told["range"] = say("outlook.card_range", say.share(rate["low"], 1), say.share(rate["high"], 1))
    elif target["measure"] == "milestone" and together["since"]["p50"]:
        told["reached"] = say.day(together["since"]["p50"])
        told["range"] = say("outlook.card_day", when(say, together["since"]))
    return told


# -- tables -----------------------------------------------------------------------------------------------------------


def table(say: Say, summary: Mapping[str, Any], cities: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the table of targets: a column each, a row for all together, every city, and each city."""
    every, targets = summary["experiment"], summary["targets"]
    rows: list[tuple[str, str | None, str]]
    rows = [("together", None, say("outlook.together")), ("every", None, say("outlook.every"))]
    rows += [("city", code, name) for code, name in cities.items()]
    cells = [[_asked(say, chance(every, target["id"], scope, city)) for target in targets] for scope, city, _ in rows]
    undue = {row["target"] for row in every["targets"] if not row["due"]}
    return {
        "heads": [say.of(target) for target in targets],
        "rows": [{"name": name, "cells": row} for (_, _, name), row in zip(rows, cells, strict=True) if any(row)],
        "undue": [say("outlook.undue", say.of(target)) for target in targets if target["id"] in undue],
    }


def _asked(say: Say, found: Mapping[str, Any] | None) -> Mapping[str, str] | None:
    return None if found is None or not found["observations"] else cell(say, found)


def cell(say: Say, found: Mapping[str, Any]) -> Mapping[str, str]:
    """Return a probability that was counted, in words: share, interval (empty where none), count and days."""
    return {
        "share": say.share(found["probability"], 0),
        "range": "" if found["low"] is None else short(say, found["low"], found["high"]),
        "met": say("outlook.met", found["met"], found["observations"]),
        "days": when(say, found["since"]),
    }


def when(say: Say, days: Mapping[str, str | None]) -> str:
    """Return the day by which half had got there, and in brackets one in ten and nine in ten where they differ."""
    told = {name: day or say("outlook.never") for name, day in days.items()}
    if not any(days.values()):
        return "–"
    return told["p50"] if len(set(told.values())) == 1 else f"{told['p50']} ({told['p10']} – {told['p90']})"


def leading(say: Say, experiment: Experiment, cities: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """Return the figures that matter most with their intervals, in words."""
    rows = [row for row in experiment["figures"] if is_leading(row["figure"], row["part"])]
    return [
        {
            "name": named(say, row["figure"], row["part"], cities, {}),
            "mean": number(say, row["mean"], row["unit"]),
            "range": interval(say, row, row["unit"]),
            "sd": number(say, row["sd"], row["unit"]),
            "observations": row["observations"],
        }
        for row in rows
    ]


# -- charts -----------------------------------------------------------------------------------------------------------


def rates(summary: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return mean rate and interval by city, under no city that of the province; empty for a single replication."""
    every = summary.get("experiment")
    rows = every["figures"] if every else ()
    return {row["part"]: row for row in rows if row["figure"] in {"rate", "rate_by_city"}}


def plots(say: Say, summary: Mapping[str, Any], cities: Mapping[str, str], line: float | None) -> Mapping[str, Spec]:
    """Return the charts of an experiment by name; one whose rows would be empty is left out."""
    every = summary["experiment"]
    made: dict[str, Spec] = {}
    goal = next((target for target in summary["targets"] if target["measure"] in RATES), None)
    found = [(name, chance(every, goal["id"], "city", city)) for city, name in cities.items()] if goal else []
    rows = [_probability(say, name, row) for name, row in found if row and row["observations"]]
    if rows:
        titles = {"name": say("rate.city"), "value": say("outlook.probability"), "range": say("outlook.range")}
        made["outlook"] = charts.whiskers(rows, titles=titles, share=True)
    months = [row for row in every["figures"] if row["figure"] == "rate_by_month" and row["low"] is not None]
    if months:
        titles = {"x": say("rate.month"), "value": say("rate.rate"), "range": say("outlook.range")}
        made["rate_band"] = charts.band([_month(say, row) for row in months], titles=titles, rule=line)
    return made


def _probability(say: Say, name: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    label = say.share(row["probability"], 0)
    ends = {"low": row["low"], "high": row["high"], "range": short(say, row["low"], row["high"])}
    return {"name": name, "value": row["probability"], **ends, "label": label}


def _month(say: Say, row: Mapping[str, Any]) -> Mapping[str, Any]:
    ends = {"low": max(row["low"], 0), "high": min(row["high"], 1)}
    return {
        "x": row["part"],
        "value": row["mean"],
        **ends,
        "label": say.share(row["mean"]),
        "range": interval(say, row, "share"),
    }
