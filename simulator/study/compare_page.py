"""The page of a comparison, in both languages: what differs in the inputs, the targets and the figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.inputs.scenarios import Scenario
from simulator.outputs import charts
from simulator.outputs.charts import CONFIG, Spec
from simulator.outputs.pages import render_page
from simulator.outputs.texts import LANGS, Say
from simulator.study.observed import is_leading
from simulator.study.outlook import cell
from simulator.study.reaching import RATES
from simulator.study.sides import Side
from simulator.study.wording import interval, named, number

Found = Mapping[str, Any]


def build_page(found: Found, a: Side, b: Side, *, lang: str) -> str:
    """Return the page as HTML: one file, offline, both languages inside, ``lang`` shown first."""
    says = {each: Say(each) for each in LANGS}
    views = {each: _view(say, found, a, b) for each, say in says.items()}
    titles = {each: say("compare.title", found["a"]["name"], found["b"]["name"]) for each, say in says.items()}
    return render_page(views, lang=lang, title=titles, chart_config=CONFIG, kind="compare")


def _view(say: Say, found: Found, a: Side, b: Side) -> Mapping[str, Any]:
    cities = {row["city"]: say.of(row) for row in [*b.summary["by_city"], *a.summary["by_city"]]}
    targets = {row["id"]: row for row in a.summary["targets"]}
    goal = next((row for row in targets.values() if row["measure"] in RATES), None)
    same = {name for name in targets if all(row["a"] == row["b"] for row in found["targets"] if row["target"] == name)}
    rows = [_figure(say, row, cities, _duties(say, a.scenario)) for row in found["figures"]]
    return {
        "say": say,
        "comparison": found,
        "sides": [_side(say, found[name], say(f"compare.side_{name}")) for name in ("a", "b")],
        "way": _way(say, found),
        "scale": f"{found['scale'] * 100:g}%",
        "lead": [*lead(say, found, goal)],
        "changes": [_change(say, row) for row in found["inputs"]["changes"]],
        "goal": "" if goal is None else say.of(goal),
        "undue": [say("outlook.undue", say.of(targets[name])) for name in _undue(found)],
        "targets": [*_targets(say, found, {name: targets[name] for name in targets if name not in same}, cities)],
        "same": say.join([say.of(targets[name]) for name in targets if name in same]),
        "leading": [
            row for row, told in zip(rows, found["figures"], strict=True) if is_leading(told["figure"], told["part"])
        ],
        "figures": rows,
        "ranged": found["replications"] > 1,
        "charts": {**_chances(say, found, goal, cities), **_rates(say, found, cities)},
    }


def _duties(say: Say, scenario: Scenario | None) -> Mapping[str, str]:
    return {} if scenario is None else {key: say.of(duty) for key, duty in scenario.administration.duties.items()}


def _undue(found: Found) -> Sequence[str]:
    return list(dict.fromkeys(row["target"] for row in found["targets"] if not row["due"]))


def _side(say: Say, side: Mapping[str, Any], label: str) -> Mapping[str, str]:
    settings = "; ".join(side["settings"])
    told = say("compare.settings", settings) if settings else say("compare.settings_none")
    return {"label": label, "name": side["name"], "scenario": say.of(side["scenario"]), "settings": told}


def _way(say: Say, found: Found) -> str:
    a, b = found["a"], found["b"]
    if found["paired"]:
        return say("compare.way_paired", found["replications"], a["seed"])
    return say("compare.way_unpaired", a["seed"], b["seed"], a["replications"], b["replications"])


# -- in words ---------------------------------------------------------------------------------------------------------


def lead(say: Say, found: Found, goal: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the answer in a few sentences, for the page and the console."""
    ranged = found["replications"] > 1
    yield from _leading(say, found, ranged)
    if goal is not None:
        yield from _goal(say, found, goal)
    yield from _judged(say, found) if ranged else [say("compare.lead_one")]
    several = found["a"]["replications"], found["b"]["replications"]
    if found["paired"] and several[0] != several[1]:
        yield say("compare.lead_fewer", *several, found["replications"])
    if not found["clean"]:
        yield say("compare.lead_broken")


def _judged(say: Say, found: Found) -> Iterator[str]:
    """Yield how many differences stand, how many would alone, and how they were taken."""
    everyone = len(found["figures"])
    alone = sum(row["low"] is not None and not row["low"] <= 0 <= row["high"] for row in found["figures"])
    if found["stand"]:
        yield say("compare.lead_stand", found["stand"], everyone)
    else:
        yield say("compare.lead_alone" if alone else "compare.lead_same", everyone, alone)
    yield say("compare.lead_paired", found["replications"]) if found["paired"] else say("compare.lead_unpaired")


def _leading(say: Say, found: Found, ranged: bool) -> Iterator[str]:
    for name in ("rate", "advanced"):
        row = next((row for row in found["figures"] if (row["figure"], row["part"]) == (name, "")), None)
        if row is not None and (ranged or name == "rate"):
            unit = row["unit"]
            told = [number(say, row[side], unit) for side in ("a", "b")]
            told += [number(say, row["difference"], unit, signed=True), interval(say, row, unit, signed=True)]
            yield say(f"compare.lead_{name}" if ranged else "compare.lead_rate_one", *told)


def _goal(say: Say, found: Found, goal: Mapping[str, Any]) -> Iterator[str]:
    rows = {row["scope"]: row for row in found["targets"] if row["target"] == goal["id"] and row["city"] is None}
    if {"together", "every"} <= rows.keys():
        together = [rows["together"][side][name] for side in ("a", "b") for name in ("met", "observations")]
        every = [rows["every"][side]["met"] for side in ("a", "b")]
        yield say("compare.lead_target", say.of(goal), *together, *every)


# -- rows -------------------------------------------------------------------------------------------------------------


def _change(say: Say, row: Mapping[str, Any]) -> Mapping[str, str]:
    values = {side: "–" if row[side] is None else row[side] for side in ("a", "b")}
    bases = {name: row[name] for name in ("basis_a", "basis_b")}
    return {"key": row["key"], "kind": say(f"compare.kind_{row['kind']}"), "name": say.of(row), **values, **bases}


def _figure(
    say: Say, row: Mapping[str, Any], cities: Mapping[str, str], duties: Mapping[str, str]
) -> Mapping[str, Any]:
    unit = row["unit"]
    return {
        "name": named(say, row["figure"], row["part"], cities, duties),
        **{side: number(say, row[side], unit) for side in ("a", "b")},
        "difference": number(say, row["difference"], unit, signed=True),
        "range": interval(say, row, unit, signed=True),
        "stands": row["stands"],
    }


def _targets(
    say: Say, found: Found, targets: Mapping[str, Mapping[str, Any]], cities: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    scopes = {"together": say("outlook.together"), "every": say("outlook.every")}
    for name, target in targets.items():
        rows = [
            {
                "who": scopes.get(row["scope"]) or cities.get(row["city"], row["city"]),
                **{side: cell(say, row[side]) for side in ("a", "b")},
                "only": "–" if row["only_a"] is None else f"{row['only_a']} / {row['only_b']}",
            }
            for row in found["targets"]
            if row["target"] == name and row["a"]["observations"] and row["b"]["observations"]
        ]
        if rows:
            yield {"name": say.of(target), "rows": rows}


# -- charts -----------------------------------------------------------------------------------------------------------


def _chances(say: Say, found: Found, goal: Mapping[str, Any] | None, cities: Mapping[str, str]) -> Mapping[str, Spec]:
    rows = [
        {
            "name": cities.get(row["city"], row["city"]),
            **{side: row[side]["probability"] for side in ("a", "b")},
            "label": " → ".join(say.share(row[side]["probability"], 0) for side in ("a", "b")),
        }
        for row in found["targets"]
        if goal and row["target"] == goal["id"] and row["scope"] == "city"
        if row["a"]["observations"] and row["b"]["observations"]
    ]
    titles = {"name": say("rate.city"), "value": say("outlook.probability")}
    return {"chances": charts.pairs(rows, titles=titles)} if rows and found["replications"] > 1 else {}


def _rates(say: Say, found: Found, cities: Mapping[str, str]) -> Mapping[str, Spec]:
    rows = [
        {
            "name": cities.get(row["part"], row["part"]),
            "value": row["difference"],
            "low": row["difference"] if row["low"] is None else row["low"],
            "high": row["difference"] if row["high"] is None else row["high"],
            "label": number(say, row["difference"], "share", signed=True),
            "range": interval(say, row, "share", signed=True),
        }
        for row in found["figures"]
        if row["figure"] == "rate_by_city"
    ]
    titles = {"name": say("rate.city"), "value": say("compare.difference"), "range": say("compare.interval")}
    return {"rates": charts.whiskers(rows, titles=titles, share=False, rule=0)} if rows else {}
