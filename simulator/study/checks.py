"""What the tables of a run are held against, row by row of the notices.

Each check cites the row whose words it judges, and takes figures and days from the limits of that row: nothing here
repeats a number of the text. Duties need no check of their own: their table says whether they were kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping

import polars as pl

from schemas.requirements import Limit, load_requirements
from simulator.core.values.money import WHOLE_RATE
from simulator.study.obligations import Case, Check, Ran, share_kept

CHECKS: dict[str, Check] = {}
"""The check of each row that has one."""


def checks(row: str) -> Callable[[Check], Check]:
    """Enter a check for a row."""

    def enter(check: Check) -> Check:
        CHECKS[row] = check
        return check

    return enter


def limit(row: str, name: str) -> Limit:
    """Return a limit of a row."""
    return load_requirements().rows[row].limit(name)


def number(row: str, name: str) -> int:
    """Return the figure of a limit that is a number."""
    value = limit(row, name).value
    assert isinstance(value, int)
    return value


def day(row: str, name: str) -> dt.date:
    """Return the day of a limit that is a date."""
    value = limit(row, name).value
    assert isinstance(value, dt.date)
    return value


def held(ran: Ran, good: bool, by: dt.date) -> bool | None:
    """Return whether something holds that is to hold by a day: None where the run ends before and it does not yet."""
    return True if good else None if ran.scenario.end < by else False


def by_invariants(ran: Ran, *names: str) -> Iterator[Case]:
    """Yield a case for each invariant: kept where it was checked and never broken."""
    for name in names:
        found = ran.summary["checks"]["invariants"].get(name)
        if found and found["checked"]:
            yield Case("", f"{name} {found['checked']}", not found["broken"])


# -- goals of the notice of 2016 --------------------------------------------------------------------------------------


@checks("JS-0.1")
def _cities(ran: Ran) -> Iterable[Case]:
    have = len(ran.scenario.network.registry.cities)
    yield Case(ran.scenario.network.province.code, f"{have} cities", have == number("JS-0.1", "cities"))


@checks("JS-1.2")
def _cross_province(ran: Ran) -> Iterable[Case]:
    by, opened = day("JS-1.2", "cross_province_live_by"), ran.summary["cross_province"]["opens_on"]
    live = opened is not None and dt.date.fromisoformat(opened) <= min(by, ran.scenario.end)
    yield Case(ran.scenario.network.province.code, f"opens {opened}", held(ran, live, by), by)


@checks("JS-2.2")
def _coverage(ran: Ran) -> Iterable[Case]:
    """Each pooling area connected by the day, and its city settling as place of insurance and of treatment by then."""
    by, registry = day("JS-2.2", "coverage_by"), ran.scenario.network.registry
    for area in registry.areas.values():
        connected = area.connected_on is not None and area.connected_on <= min(by, ran.scenario.end)
        yield Case(area.code, f"connected {area.connected_on}", held(ran, connected, by), area.connected_on)
    direct = ran.frames.stays.filter("direct")
    ways = {
        "out": _firsts(direct, "insured_city"),
        "in": _firsts(direct, "treatment_city"),
    }
    for city in registry.cities:
        for way, firsts in ways.items():
            first = firsts.get(city)
            good = first is not None and first <= by
            yield Case(city, f"first settlement {way} {first}", held(ran, good, by), first, binding=False)


def _firsts(direct: pl.DataFrame, column: str) -> Mapping[str, dt.date]:
    found = direct.group_by(column).agg(pl.col("discharged_at").min().dt.date())
    return {str(code): first for code, first in found.rows()}


@checks("JS-2.3")
def _ministry(ran: Ran) -> Iterable[Case]:
    by, said = day("JS-2.3", "ministry_link_by"), ran.summary["cross_province"]["first_settled_on"]
    first = dt.date.fromisoformat(said) if said else None
    good = first is not None and first <= by
    yield Case(ran.scenario.network.province.code, f"first settled {first}", held(ran, good, by), first)


def _rates(ran: Ran, row: str, name: str) -> Iterator[Case]:
    """Yield each city of insurance with its settlement rate in the window against the limit of a row."""
    want, by = limit(row, name), day(row, "rate_reached_by")
    assert isinstance(want.value, int)
    for city, direct, every in share_kept(ran.frames.stays, "insured_city"):
        have, needed = direct * WHOLE_RATE, want.value * every
        good = have > needed if want.op == ">" else have >= needed
        yield Case(city, f"{direct}/{every}", good if ran.scenario.end >= by else True if good else None, by)


@checks("JS-2.4")
def _rate(ran: Ran) -> Iterable[Case]:
    yield from _rates(ran, "JS-2.4", "settlement_rate")


@checks("JS-3.2c")
def _platform_rate(ran: Ran) -> Iterable[Case]:
    """Every direct settlement of a run goes by the provincial platform."""
    yield from _rates(ran, "JS-3.2c", "platform_settlement_rate")


@checks("JS-2.5b")
def _planned(ran: Ran) -> Iterable[Case]:
    """A county that was not connected when the notice came is connected within the year."""
    by, early = (day("JS-2.5b", name) for name in ("planned_connection_by", "planned_connection_by_coverage_date"))
    for area in ran.scenario.network.registry.areas.values():
        on = area.connected_on
        if on is None or on > ran.scenario.start:
            yield Case(
                area.code, f"connected {on}", held(ran, on is not None and on <= min(by, ran.scenario.end), by), on
            )
            yield Case(
                area.code, f"connected {on}", held(ran, on is not None and on <= early, early), on, binding=False
            )


@checks("JS-3.1a")
def _tiers(ran: Ran) -> Iterable[Case]:
    yield from by_invariants(ran, "no_tier_skipped")


@checks("JS-3.1b")
def _logged(ran: Ran) -> Iterable[Case]:
    yield from by_invariants(ran, "three_sides_agree")


@checks("JS-3.1e")
def _rolled_up(ran: Ran) -> Iterable[Case]:
    registry = ran.scenario.network.registry
    for area in registry.areas.values():
        yield Case(area.code, area.city, area.city in registry.cities)


@checks("JS-3.1f")
def _first_responsible(ran: Ran) -> Iterable[Case]:
    """Whatever of a city or its areas is late has the city to answer for it."""
    late = ran.frames.scan("duties").filter(~pl.col("kept")).collect()
    above = {ran.scenario.network.province.code, ""}
    for row in late.to_dicts():
        if row["owner"] not in above and not row["owner"].startswith("CZ"):
            yield Case(row["owner"], row["duty"], bool(row["city"]), row["due"])


@checks("JS-3.2b")
def _standard(ran: Ran) -> Iterable[Case]:
    found = ran.summary["checks"]
    if found.get("messages_checked"):
        yield Case("", f"{found['messages_checked']} messages", not found["findings"])


@checks("JS-3.2d")
def _unified(ran: Ran) -> Iterable[Case]:
    """After the day no stay is refused for an item that is not in the provincial catalogue."""
    by = day("JS-3.2d", "catalogue_unified_by")
    left = ran.frames.stays.filter(pl.col("reason") == "not_in_catalogue")
    months = left.group_by("month").agg(pl.len()).sort("month").rows()
    for month, count in months:
        after = month > by.isoformat()[:7]
        yield Case("", f"{month}: {count}", False if after else None, binding=after)
    if ran.scenario.end >= by and not any(month > by.isoformat()[:7] for month, _ in months):
        yield Case("", f"0 after {by}", True, by)


@checks("JS-3.3a")
def _upward(ran: Ran) -> Iterable[Case]:
    yield from by_invariants(ran, "copy_is_whole")


@checks("JS-3.3g")
def _efficiency(ran: Ran) -> Iterable[Case]:
    for row in ran.summary["latency_ms"]:
        if row["infno"] in {"2303", "2304"}:
            yield Case("", f"{row['infno']} p50 {row['p50']} ms", True)


@checks("JS-3.4f")
def _coded(ran: Ran) -> Iterable[Case]:
    """Each stay that was not settled directly has a reason that is coded."""
    for row in ran.summary["reasons"]:
        yield Case("", f"{row['reason']}: {row['stays']}", bool(row["reason"]))


# -- reports and circulars --------------------------------------------------------------------------------------------


@checks("JS-5.2b")
def _reports(ran: Ran) -> Iterable[Case]:
    """What a report says is what the stays of the month come to."""
    counted = ran.frames.stays.group_by("month", "insured_city").agg(
        discharges=pl.len(), direct=pl.col("direct").sum().cast(pl.Int64)
    )
    stays = {(month, city): (int(every), int(direct)) for month, city, every, direct in counted.rows()}
    for row in ran.frames.scan("reports").collect().to_dicts():
        have = row["discharges"], row["direct"]
        good = have == stays.get((row["month"], row["city"]), (0, 0))
        yield Case(row["city"], f"{row['month']} {have[1]}/{have[0]}", good, row["received"])


@checks("JS-5.3")
def _circulars(ran: Ran) -> Iterable[Case]:
    """Each circular lists every city once, with the numbers of its report."""
    reports = {
        (row["month"], row["city"]): (row["discharges"], row["direct"])
        for row in ran.frames.scan("reports").collect().to_dicts()
    }
    listed: dict[str, list[dict[str, object]]] = {}
    for row in ran.frames.scan("circulars").collect().to_dicts():
        listed.setdefault(row["month"], []).append(row)
    for month, rows in sorted(listed.items()):
        whole = len({row["city"] for row in rows}) == len(rows) == number("JS-5.3", "cities_listed")
        same = all(
            (row["discharges"], row["direct"]) == reports.get((month, str(row["city"])))
            for row in rows
            if row["reported"]
        )
        yield Case(ran.scenario.network.province.code, f"{month}: {len(rows)}", whole and same)


@checks("JS-5.1")
def _series(ran: Ran) -> Iterable[Case]:
    """The circulars have no gap: one for every month that is over."""
    have = set(ran.frames.scan("circulars").select("month").unique().collect()["month"])
    owed = ran.frames.scan("duties").filter(pl.col("duty") == "circular").collect()
    for row in owed.to_dicts():
        missing = row["period"] not in have
        late = missing and row["due"] <= ran.scenario.end
        yield Case(row["owner"], row["period"], False if late else None if missing else True, row["due"])
