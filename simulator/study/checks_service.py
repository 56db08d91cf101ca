"""What is held against the rows on filing, answering, objecting and aid, from the tables of the service.

Entered beside the other checks; figures and days come from the limits of the rows here too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from simulator.core.benefit.rules import POOR
from simulator.core.disputes.ticket import OUTCOMES
from simulator.core.filing.types import CONVENIENT, EMERGENCY, HOSPITAL_END, LONG_TERM, REFERRAL
from simulator.study.checks import checks, day, held, number
from simulator.study.obligations import Case, Ran
from simulator.world.travellers import ELDERLY_AGE

_NOT_ASKED_LATE = dt.timedelta(days=14)
_ENOUGH_TO_TELL = 12  # referrals of an area: of fewer, all may have been filed elsewhere by chance


def _table(ran: Ran, name: str, *conditions: pl.Expr) -> pl.DataFrame:
    return ran.frames.scan(name).filter(*conditions).collect()


def _areas(ran: Ran) -> Iterable[str]:
    return ran.scenario.network.registry.areas


def _by_area(table: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    return {str(key[0]): rows for key, rows in table.sort("area").group_by("area", maintain_order=True)}


# -- the elderly ------------------------------------------------------------------------------------------------------


@checks("JS-1.1")
def _promise(ran: Ran) -> Iterable[Case]:
    """Every area settles inside the province by the day; the elderly do across provinces by theirs."""
    by, later = day("JS-1.1", "in_province_by"), day("JS-1.1", "elderly_cross_province_by")
    for area in ran.scenario.network.registry.areas.values():
        on = area.connected_on
        good = on is not None and on <= min(by, ran.scenario.end)
        yield Case(area.code, f"connected {on}", held(ran, good, by), on)
    old = ran.frames.cross_province.filter(pl.col("direct") & (pl.col("age") >= ELDERLY_AGE))
    first = old["discharged_at"].dt.date().min()
    assert first is None or isinstance(first, dt.date)
    what = f"{old.height} settlements of the elderly across provinces"
    yield Case("", what, held(ran, first is not None and first <= later, later), first, binding=False)


# -- filing -----------------------------------------------------------------------------------------------------------


@checks("JS-3.3c")
def _steps(ran: Ran) -> Iterable[Case]:
    """Each filing has its steps recorded, and at the end none takes more than at the start."""
    for area, rows in _by_area(_table(ran, "filings")).items():
        steps = rows.sort("asked")["steps"].to_list()
        yield Case(area, f"{steps[0]} to {steps[-1]} steps", bool(steps[0] >= steps[-1] > 0))


@checks("JS-3.4b")
def _windows(ran: Ran) -> Iterable[Case]:
    """Each city has staff at the desks, and a dedicated window on record."""
    opened = {row["owner"] for row in _duty(ran, "window") if row["done"] is not None}
    owed = {row["owner"]: row for row in _duty(ran, "window")}
    for row in _table(ran, "staff").to_dicts():
        duty = owed.get(row["city"])
        if duty is not None:
            late = duty["due"] <= ran.scenario.end
            good = row["city"] in opened and row["staff"] > 0
            yield Case(row["city"], "window", good or (False if late else None), duty["done"], binding=False)


@checks("JS-3.4e")
def _fresh(ran: Ran) -> Iterable[Case]:
    """At each end of a month no record of a person away from home is older than the limit."""
    for row in _table(ran, "library", pl.col("records") > 0).to_dicts():
        good = row["oldest_days"] <= number("JS-3.4e", "record_age")
        yield Case(row["city"], f"{row['stale']}/{row['records']} stale", good, row["day"], binding=False)


@checks("JL-3.1a")
def _for_areas(ran: Ran) -> Iterable[Case]:
    """After the day every referral is filed for a pooling area; what names a hospital is refused and is no filing."""
    by = day("JL-3.1a", "area_filing_by")
    asked = _table(ran, "filings", pl.col("type") == REFERRAL, pl.col("asked").dt.date() > by)
    known = set(ran.scenario.network.national.areas)
    for area, rows in _by_area(asked).items():
        wrong = [target for target in rows["target"] if target not in known]
        yield Case(area, f"{len(wrong)}/{rows.height} name no area", not wrong, by)


@checks("JL-3.1b")
def _at_hospitals(ran: Ran) -> Iterable[Case]:
    """After the day some of the referrals of each area are filed at the hospital, where there are any."""
    by, least = day("JL-3.1b", "hospital_end_filing_by"), number("JL-3.1b", "hospital_end_share")
    after = _table(ran, "filings", pl.col("type") == REFERRAL, pl.col("asked").dt.date() > by)
    for area, rows in _by_area(after).items():
        there = rows.filter((pl.col("channel") == HOSPITAL_END) & (pl.col("refusal") == "")).height
        few = rows.height < _ENOUGH_TO_TELL
        yield Case(area, f"{there}/{rows.height} at the hospital", there > least or (None if few else False), by)


@checks("JL-3.1c")
def _at_once(ran: Ran) -> Iterable[Case]:
    """Where the pack has an area opt in, what the hospital files counts at once."""
    want = number("JL-3.1c", "effect_lag")
    filed = _table(ran, "filings", pl.col("channel") == HOSPITAL_END, pl.col("effect_minutes").is_not_null())
    for row in filed.select("city", "asked", "effect_minutes").sort("city", "asked").to_dicts():
        opted = ran.scenario.pack.at("filing.channels.at_once", row["asked"].date(), row["city"]).value
        if opted:
            minutes = row["effect_minutes"]
            yield Case(row["city"], f"{minutes} minutes", minutes == want, row["asked"].date())


@checks("JL-3.1d")
def _channels(ran: Ran) -> Iterable[Case]:
    """Each area has as many of phone, web and app open by the day as the row asks for."""
    by, least = day("JL-3.1d", "channel_available_by"), number("JL-3.1d", "channels")
    ways = pl.col("measure") == "JL-3.1d", pl.col("channel").is_in(sorted(CONVENIENT))
    for area, rows in _by_area(_table(ran, "filing_service", *ways)).items():
        have = rows.filter(pl.col("done_on") <= by).height
        yield Case(area, f"{have} channels", held(ran, have >= least, by), by)


@checks("JL-3.1e")
def _no_trips(ran: Ran) -> Iterable[Case]:
    """After the day long-term and emergency filings cost no trip."""
    by, most = day("JL-3.1e", "no_trip_by"), number("JL-3.1e", "trips_per_filing")
    easy = pl.col("type").is_in(sorted({*LONG_TERM, EMERGENCY}))
    for area, rows in _by_area(_table(ran, "filings", easy, pl.col("asked").dt.date() > by)).items():
        wrong = rows.filter(pl.col("trips") > most).height
        yield Case(area, f"{wrong}/{rows.height} with a trip", not wrong, by)


# -- staff ------------------------------------------------------------------------------------------------------------


@checks("JS-3.4c")
def _answers(ran: Ran) -> Iterable[Case]:
    """Each enquiry has an answer; one that took longer than the scenario counts as prompt only warns."""
    if not ran.scenario.has("service.answer_workdays"):
        return
    days, calendar = int(ran.scenario.number("service.answer_workdays")), ran.scenario.calendar
    table = _table(ran, "enquiries").sort("city", "asked")
    for key, rows in table.group_by("city", maintain_order=True):
        late = open_ = 0
        for row in rows.select("asked", "answered").to_dicts():
            due = calendar.add_workdays(row["asked"].date(), days).day
            done = row["answered"].date() if row["answered"] else None
            late += (done or ran.scenario.end) > due
            open_ += done is None and due < ran.scenario.end - _NOT_ASKED_LATE
        yield Case(str(key[0]), f"{open_}/{rows.height} without an answer", not open_)
        yield Case(str(key[0]), f"{late}/{rows.height} late", not late, binding=False)


@checks("JS-3.4d")
def _capable(ran: Ran) -> Iterable[Case]:
    """There are data on training and on errors: each city has trained its staff by the day, and counts its errors."""
    filings = _table(ran, "filings")
    for row in _duty(ran, "training"):
        rows = filings.filter(pl.col("city") == row["owner"])
        late = row["due"] < ran.scenario.end
        good = True if row["done"] is not None else False if late else None
        what = f"trained {row['done']}, {rows['error'].sum()}/{rows.height} errors"
        yield Case(row["owner"], what, good, row["done"], binding=False)


@checks("JL-6.3b")
def _told_once(ran: Ran) -> Iterable[Case]:
    """Nobody was asked for papers twice in one case; and whoever is asked first answers."""
    most = number("JL-6.3b", "document_requests_per_case")
    for area, rows in _by_area(_table(ran, "filings")).items():
        wrong = rows.filter(pl.col("document_requests") > most).height
        yield Case(area, f"{wrong}/{rows.height} asked again", not wrong)
    for area, rows in _by_area(_table(ran, "enquiries", pl.col("answered").is_not_null())).items():
        passed = rows.filter(pl.col("passed_on") > 0).height
        yield Case(area, f"{passed}/{rows.height} passed on", not passed, binding=False)


# -- doubts -----------------------------------------------------------------------------------------------------------


def _tickets(ran: Ran) -> Iterator[Case]:
    """Yield each ticket: it has an owner, and is closed, or not late yet."""
    for row in _table(ran, "tickets").sort("ticket").to_dicts():
        open_ = row["closed"] is None
        late = (row["answered"] or ran.scenario.end) > row["due"]
        good = False if late or not row["owner"] else None if open_ else True
        yield Case(row["owner"], row["ticket"], good, row["due"])


@checks("JS-3.1g")
def _between(ran: Ran) -> Iterable[Case]:
    yield from _tickets(ran)


@checks("JL-7.2")
def _solved(ran: Ran) -> Iterable[Case]:
    yield from _tickets(ran)


@checks("JL-6.5")
def _owned(ran: Ran) -> Iterable[Case]:
    """The place of insurance owns a doubt about a settlement; it is explained, corrected or reimbursed."""
    insured = ran.frames.scan("settlements").select("setl_id", "insured_city").unique("setl_id")
    table = ran.frames.scan("tickets").join(insured, on="setl_id", how="left").sort("ticket").collect()
    for row in table.to_dicts():
        owned = row["owner"] == row["insured_city"]
        done = None if row["closed"] is None else row["outcome"] in OUTCOMES
        late = row["closed"] is None and row["due"] < ran.scenario.end
        good = False if late or not owned else done
        yield Case(row["owner"], f"{row['ticket']} {row['outcome']}", good, row["closed"])


# -- aid --------------------------------------------------------------------------------------------------------------


def _marked(ran: Ran) -> pl.DataFrame:
    """Return the settlement rows of people who bear the mark."""
    marked = pl.col("in_identities").str.split(",").list.contains(POOR)
    return ran.frames.scan("settlements").filter(marked).select("psn_no", "medfee_sumamt", "psn_cash_pay").collect()


@checks("JL-3.2a")
def _flags(ran: Ran) -> Iterable[Case]:
    """Whoever is on a list is flagged."""
    for area, rows in _by_area(_table(ran, "aid_recipients")).items():
        missing = rows["flagged_on"].null_count()
        yield Case(area, f"{missing}/{rows.height} not flagged", not missing)


@checks("JL-3.2b")
def _listed(ran: Ran) -> Iterable[Case]:
    """Everybody with a settlement who bears the mark is in the ledger."""
    known = set(_table(ran, "aid_recipients", pl.col("flagged_on").is_not_null())["psn_no"])
    settled = sorted(set(_marked(ran)["psn_no"]))
    missing = [each for each in settled if each not in known]
    if settled:
        yield Case("", f"{len(missing)}/{len(settled)} not in the ledger", not missing)


@checks("JL-3.2c")
def _tracked(ran: Ran) -> Iterable[Case]:
    """What the ledger says was settled is what was settled for those who bear the mark."""
    told, marked = ran.summary["service"]["aid"], _marked(ran)
    if told["flagged"]:
        have = int(marked["medfee_sumamt"].sum()), int(marked["psn_cash_pay"].sum())
        yield Case("", f"{have[0]} fen", have == (told["medfee_sumamt"], told["psn_cash_pay"]))


def _duty(ran: Ran, name: str) -> Iterable[Mapping[str, Any]]:
    return _table(ran, "duties", pl.col("duty") == name).to_dicts()
