"""The summary of a run: rates against targets, reasons, money, coverage, latency, and how much is assumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from simulator.core.clearing.sheet import TOGETHER, Sheet
from simulator.core.values.money import WHOLE_RATE
from simulator.inputs.institutions import COVERAGES
from simulator.inputs.scenarios import Scenario, Target
from simulator.study.back_office import back_office
from simulator.study.every_check import CHECKS
from simulator.study.frames import Frames
from simulator.study.obligations import Ran, obligations
from simulator.study.opening import onboarding, openings
from simulator.study.service import service
from simulator.world.model import World

FORMAT = "yidi/summary/1"
_RATE_DIGITS = 4


def summarise(scenario: Scenario, scale: float, seed: int, world: World, frames: Frames) -> Mapping[str, Any]:
    """Return the summary as its published schema (``summary.schema.json``) wants it; amounts in fen."""
    scenario = world.lived()
    rates = _rates(frames.stays)
    by_city = _grouped(frames.stays, "insured_city")
    beyond, first = scenario.network.beyond, _first_settled(frames.cross_province)
    found = {
        "format": FORMAT,
        "scenario": {"id": scenario.id, "zh": scenario.zh, "en": scenario.en, "notice": scenario.notice},
        "window": {"from": scenario.start.isoformat(), "to": scenario.end.isoformat()},
        "scale": scale,
        "seed": seed,
        "rate": rates,
        "by_city": [
            {"city": code, "zh": zh, "en": en, **by_city.get(code, _rates(frames.stays.clear()))}
            for code, (zh, en) in scenario.network.registry.cities.items()
        ],
        "by_month": [{"month": month, **counts} for month, counts in _grouped(frames.stays, "month").items()],
        "ncms_stays": _count(frames, pl.col("scheme") == "ncms"),
        "still_in_hospital": _count(frames, pl.col("discharged_at").is_null()),
        "reasons": _reasons(frames.stays),
        "advanced": _advanced(frames.stays, scenario.end),
        "money": _money(frames),
        "coverage": coverage(scenario),
        "targets": [
            _milestone(target, first, scenario.end)
            if target.measure == "milestone"
            else _target(target, scenario, rates, by_city)
            for target in scenario.targets
        ],
        "clearing": [_sheet(sheet) for sheet in world.office.sheets],
        "cross_province": {
            "opens_on": beyond.opens_on.isoformat() if beyond else None,
            "first_settled_on": first.isoformat() if first else None,
            "rate": _rates(frames.cross_province),
            "clearing": [_sheet(sheet) for sheet in world.office.cross_province],
        },
        "back_office": back_office(world),
        "service": service(frames),
        "statements": dict(world.office.statements),
        "latency_ms": latency(frames),
        "messages": {"hops": world.recorder["events"].rows, "kept": world.recorder["messages"].rows},
        "checks": world.auditor.summary(),
        "basis": basis(scenario),
        **({} if world.onboarding is None else {"onboarding": onboarding(scenario, frames)}),
    }
    standings = obligations(Ran(scenario, frames, found), CHECKS)
    return {**found, "obligations": [each.told() for each in standings]}


def coverage(scenario: Scenario) -> Sequence[Mapping[str, Any]]:
    """Return how many pooling areas were connected at the start, on each day one connects, and at the end."""
    areas = scenario.network.registry.areas.values()
    dates = {area.connected_on for area in areas if area.connected_on is not None}
    days = sorted({scenario.start, scenario.end, *(day for day in dates if scenario.start <= day <= scenario.end)})
    return [{"day": day.isoformat(), "connected": _connected(scenario, day), "areas": len(areas)} for day in days]


def latency(frames: Frames) -> Sequence[Mapping[str, Any]]:
    """Return, by transaction, how long hospitals waited for the answer in milliseconds: count, p50, p95, p99, most."""
    hops = frames.scan("events").filter(pl.col("leg").is_in(["hospital-city", "city-hospital"]))
    asked = hops.filter(pl.col("direction") == "request").group_by("msgid", "infno").agg(pl.col("sent_at").max())
    answered = hops.filter(pl.col("direction") == "reply").group_by("msgid").agg(pl.col("received_at").max())
    waited = asked.join(answered, on="msgid").with_columns(
        ms=(pl.col("received_at") - pl.col("sent_at")).dt.total_milliseconds()
    )
    return (
        waited.group_by("infno")
        .agg(
            pl.len().alias("count"),
            *(
                pl.col("ms").quantile(share, interpolation="higher").cast(pl.Int64).alias(f"p{share * 100:.0f}")
                for share in (0.5, 0.95, 0.99)
            ),
            pl.col("ms").max().alias("max"),
        )
        .sort("infno")
        .collect()
        .to_dicts()
    )


def basis(scenario: Scenario) -> Mapping[str, Any]:
    """Return how many figures and dated parameters rest on assumptions, and how many on official clauses."""
    figures = [figure.basis for figure in scenario.figures.values()]
    records = [
        (name.startswith("benefit."), record.basis)
        for name, parameter in scenario.pack.parameters.items()
        for series in parameter.records.values()
        for record in series
    ]

    def split(bases: list[Any]) -> Mapping[str, int]:
        assumed = sum(one.is_assumption for one in bases)
        return {"all": len(bases), "assumed": assumed, "official": len(bases) - assumed}

    return {
        "figures": split(figures),
        "parameters": split([each for _, each in records]),
        "benefits": split([each for of_benefit, each in records if of_benefit]),
        "assumptions": len(scenario.assumptions),
    }


def _connected(scenario: Scenario, day: dt.date) -> int:
    registry = scenario.network.registry
    return sum(registry.connected(code, day) for code in registry.areas)


def _count(frames: Frames, condition: pl.Expr) -> int:
    return int(frames.scan("stays").filter(condition).select(pl.len()).collect().item())


def _rates(stays: pl.DataFrame) -> Mapping[str, Any]:
    """Direct over direct, manual and not yet paid: discharges of basic insurance in the window (DESIGN 5)."""
    direct, manual, waiting = (int(stays[name].sum()) for name in ("direct", "paid", "waiting"))
    return {
        "discharges": stays.height,
        "direct": direct,
        "manual": manual,
        "not_yet_paid": waiting,
        "rate": round(direct / stays.height, _RATE_DIGITS) if stays.height else None,
    }


def _grouped(stays: pl.DataFrame, column: str) -> Mapping[str, Mapping[str, Any]]:
    return {str(key[0]): _rates(group) for key, group in sorted(stays.group_by(column), key=lambda pair: str(pair[0]))}


def _reasons(stays: pl.DataFrame) -> Sequence[Mapping[str, Any]]:
    counted = stays.filter(~pl.col("direct")).group_by("reason").agg(pl.len().alias("stays"), pl.col("bill").sum())
    return counted.sort(["stays", "reason"], descending=[True, False]).to_dicts()


def _advanced(stays: pl.DataFrame, end: dt.date) -> Mapping[str, Any]:
    """What patients paid in full and waited for: fen, and days from discharge to payment or to the end of the run."""
    closing = dt.datetime.combine(end + dt.timedelta(days=1), dt.time())
    waited = stays.filter(~pl.col("direct")).with_columns(
        days=(pl.col("paid_at").fill_null(closing) - pl.col("discharged_at")).dt.total_seconds() // 86_400
    )
    paid = waited.filter(pl.col("paid"))
    return {
        "stays": waited.height,
        "bill": int(waited["bill"].sum()),
        "reimbursed": int(paid["fund"].sum()),
        "waiting_bill": int(waited.filter(pl.col("waiting"))["bill"].sum()),
        "days_median": _whole(paid["days"].quantile(0.5, interpolation="higher")),
        "days_p90": _whole(paid["days"].quantile(0.9, interpolation="higher")),
    }


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _money(frames: Frames) -> Mapping[str, int]:
    """Sums over all settlement rows, direct and manual, in fen; refunds are negative rows."""
    columns = ("medfee_sumamt", "fund_pay_sumamt", "hifp_pay", "hifmi_pay", "acct_pay", "psn_cash_pay")
    sums = frames.scan("settlements").select(pl.col(columns).sum()).collect().row(0, named=True)
    return {name: int(value) for name, value in sums.items()}


def _first_settled(stays: pl.DataFrame) -> dt.date | None:
    """Return the first day on which a stay was settled directly."""
    first = stays.filter(pl.col("direct"))["discharged_at"].min()
    return first.date() if isinstance(first, dt.datetime) else None


def _milestone(target: Target, reached: dt.date | None, end: dt.date) -> Mapping[str, Any]:
    """Return whether the platforms of ministry and province were linked and settling by the day (JS-2.3)."""
    kept = None if reached is None else reached <= target.by
    verdict = _verdict(kept, [], due=end >= target.by, missed=True)
    return _told(target, kept, verdict, reached_on=reached)


def _target(
    target: Target, scenario: Scenario, rates: Mapping[str, Any], by_city: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return whether a target was reached; a rate is asked of each city (JS-2.4), openings of each area (JL-2.1)."""
    parts: tuple[int, int] | None = None
    below: list[str] = []
    if target.measure == "coverage":
        areas = len(scenario.network.registry.areas)
        parts = _connected(scenario, min(target.by, scenario.end)), areas
    elif target.measure in COVERAGES:
        by_area = openings(scenario, target.measure, min(target.by, scenario.end))
        parts = sum(each.open for each in by_area.values()), sum(each.all for each in by_area.values())
        short = [area for area, counted in by_area.items() if counted.all and not holds(counted, target)]
        below = list(dict.fromkeys(scenario.network.registry.areas[area].city for area in short))
    elif target.measure in {"rate", "platform_rate"}:
        parts = rates["direct"], rates["discharges"]
        below = [city for city, row in by_city.items() if not holds((row["direct"], row["discharges"]), target)]
    counted = parts if parts is not None and parts[1] else None
    kept = None if counted is None else holds(counted, target)
    reached = None if counted is None else round(counted[0] / counted[1], _RATE_DIGITS)
    verdict = _verdict(kept, below, due=scenario.end >= target.by)
    return _told(target, kept, verdict, reached=reached, below=below)


def _told(
    target: Target,
    kept: bool | None,
    verdict: str,
    *,
    reached: float | None = None,
    reached_on: dt.date | None = None,
    below: Sequence[str] = (),
) -> Mapping[str, Any]:
    return {
        "id": target.id,
        "zh": target.zh,
        "en": target.en,
        "clause": target.clause,
        "measure": target.measure,
        "op": target.op,
        "value": None if target.value is None else target.value / WHOLE_RATE,
        "by": target.by.isoformat(),
        "reached": reached,
        "reached_on": reached_on.isoformat() if reached_on else None,
        "kept": kept,
        "cities_below": list(below),
        "verdict": verdict,
    }


def _verdict(kept: bool | None, below: Sequence[str], *, due: bool, missed: bool = False) -> str:
    """Return kept, missed, open (its day lies beyond the run) or uncounted: nothing to count, unless that is a miss."""
    if kept and not below:
        return "kept"
    if not due:
        return "open"
    return "uncounted" if kept is None and not missed else "missed"


def holds(parts: tuple[int, int], target: Target) -> bool:
    """Compare a share, as counted (part, whole), with the target's basis points, without rounding."""
    have, want = parts[0] * WHOLE_RATE, (target.value or 0) * parts[1]
    return have > want if target.op == ">" else have >= want


def _sheet(sheet: Sheet) -> Mapping[str, Any]:
    together = [line for line in sheet.lines if line.insutype == TOGETHER]
    return {
        "month": sheet.month,
        "lines": [
            {"city": line.city, "collects": line.collects, "pays": line.pays, "difference": line.difference}
            for line in together
        ],
        "sum_of_differences": sum(line.difference for line in together),
    }
