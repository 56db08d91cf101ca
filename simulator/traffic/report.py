"""``load.html``: the report of a load run, one offline page in Chinese and English, made of ``load.json`` alone.

First the verdict and its few causes, then limits, latencies, the time line, the capacity, the money, what the sample
found, and what all this does not prove.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.outputs.charts import CONFIG
from simulator.outputs.curves import STATES
from simulator.outputs.pages import render_page
from simulator.outputs.texts import LANGS, Say
from simulator.traffic.console import capacity_told
from simulator.traffic.limits import OPEN, Figures, seconds_of
from simulator.traffic.plots import flows_of, lines_of, plots
from simulator.traffic.verdict import GOOD, MONEY, VOID

NAME = "load.html"
SECTIONS = ("limit", "lat", "line", "climb", "total", "found", "proof", "origin")
"""The parts of the page after its head, in order; each has a title of its name."""

_PAGE_ROWS = 60  # of the money table; the differing ones come first
_OUTCOMES = ("ok", "refused", "unknown", "malformed", "unsent")
_PERCENTILES = ("p50", "p95", "p99", "p99_9", "max")


def build_report(made: Figures, *, lang: str) -> str:
    """Return the page of a document, ``lang`` shown first; the same document gives the same text."""
    views = {each: _view(Say(each), made) for each in LANGS}
    title = {each: Say(each)("load.title", made["target"]["name"][each]) for each in LANGS}
    return render_page(views, lang=lang, title=title, chart_config=CONFIG, kind="load")


def _view(say: Say, made: Figures) -> Mapping[str, Any]:
    verdict = made["verdict"]["name"]
    voided = verdict in {VOID, MONEY}
    return {
        "say": say,
        "made": made,
        "sections": [each for each in SECTIONS if each != "climb" or made["capacity"]],
        "tone": "pass" if verdict == GOOD else "open" if verdict == VOID else "fail",
        "told": list(_told(say, made)),
        "voided": voided,
        "charts": plots(say, made),
        "legends": {"curve": lines_of(say, made), "line": flows_of(say)},
        "states": [(say(f"climb.{name}"), colour) for name, (colour, _) in STATES.items()],
        "rows": list(_rows(say, made)),
        "outcomes": [each for each in _OUTCOMES if each == "ok" or made["counts"][each]],
        "time": seconds_of,
        "money": _money(made),
        "capacity": _capacity(say, made["capacity"]),
        "origin": list(_flat(made["provenance"])),
    }


def _told(say: Say, made: Figures) -> Iterator[str]:
    yield say(f"load.told_{made['verdict']['name']}")
    unknown = sum(limit["state"] == OPEN for limit in made["limits"])
    if unknown and made["verdict"]["name"] == GOOD:
        yield say("load.told_open", unknown)


def _rows(say: Say, made: Figures) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of the table of latencies, all of them together last but for whole visits."""
    for row in made["by_infno"]:
        yield _row(f"{row['infno']} {say.name('transaction', row['infno'])}", row["counts"], row)
    yield {**_row(say("lat.all"), made["counts"], made["overall"]), "sum": True}
    visits = {"offered": made["counts"]["visits"], "ok": made["counts"]["visits_finished"]}
    yield {**_row(say("lat.visit"), visits, {"latency": made["visits"], "service": None}), "sum": True}


def _row(name: str, counts: Figures, times: Figures) -> Mapping[str, Any]:
    latency, service = times["latency"], times["service"]
    return {
        "name": name,
        "counts": [(each, counts.get(each)) for each in ("offered", *_OUTCOMES)],
        "times": [seconds_of(latency[each]) if latency["count"] else "–" for each in _PERCENTILES],
        "service": [seconds_of(service[each]) for each in ("p50", "p99")] if service and service["count"] else None,
        "sum": False,
    }


def _money(made: Figures) -> Mapping[str, Any]:
    rows = made["money"]["rows"] if made["money"] else []
    ordered = sorted(rows, key=lambda row: row["level"])
    return {
        "rows": ordered[:_PAGE_ROWS],
        "more": len(ordered[_PAGE_ROWS:]),
        "differ": sum(not row["level"] for row in rows),
    }


def _capacity(say: Say, found: Figures | None) -> Mapping[str, Any] | None:
    if found is None:
        return None
    return {"told": capacity_told(found, say), "steps": found["steps"]}


def _flat(provenance: Figures) -> Iterator[tuple[str, str, str]]:
    """Yield the provenance as rows of what it is, of which file or package, and its value."""
    for key, value in provenance.items():
        if isinstance(value, Mapping):
            yield from ((key, str(part), str(each)) for part, each in value.items())
        else:
            yield key, "", str(value)
