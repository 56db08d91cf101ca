"""What the tables of institutions are held against, row by row of the notice of Jilin (JL-0.1, JL-2, JL-5.2, JL-6);
what is uploaded of them has a module of its own."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from simulator.core.clearing.parties import finance_of
from simulator.core.values.money import WHOLE_RATE
from simulator.inputs.institutions import ALL, INPATIENT, OTHER, Designated, covered
from simulator.study.checks import checks, day, held, limit, number
from simulator.study.fairness import rank_test
from simulator.study.obligations import Case, Check, Ran
from simulator.study.opening import month_ends
from simulator.world.onboarding.entrants import GROUP, owner_of
from simulator.world.onboarding.process import TRAIN
from simulator.world.onboarding.tables import COLUMNS

INSTITUTIONS, _ = COLUMNS
Row = Mapping[str, Any]
CHANGCHUN = "220100"
_DAY = dt.timedelta(days=1)


def of_institutions(row: str) -> Callable[[Check], Check]:
    """Enter a check of a row for runs in which institutions open; the others have nothing to say."""

    def enter(check: Check) -> Check:
        def asked(ran: Ran) -> Iterable[Case]:
            return check(ran) if f"{GROUP}.mistakes" in ran.scenario.figures else ()

        asked.__name__, asked.__doc__, asked.__module__ = check.__name__, check.__doc__, check.__module__
        return checks(row)(asked)

    return enter


def institutions(ran: Ran) -> list[dict[str, Any]]:
    """Return the designated institutions with their way in."""
    return ran.frames.scan(INSTITUTIONS).collect().to_dicts()


def fresh(ran: Ran) -> Iterator[Row]:
    """Yield those designated since the notice that have begun to open."""
    since = day("JL-2.1a", "designated_from")
    for row in institutions(ran):
        if row["designated_on"] and row["designated_on"] >= since and row["local_on"]:
            yield row


@checks("JL-0.1")
def addressees(ran: Ran) -> Iterable[Case]:
    """The registry has the areas the notice is addressed to beside the province's own pool, with both bureaus each."""
    network = ran.scenario.network
    areas = [area for area in network.registry.areas.values() if not network.employees_only(area.city)]
    good = len(areas) == number("JL-0.1", "areas")
    yield Case(network.province.code, f"{len(areas)} areas", good)
    finances = ran.scenario.ground.finances(ran.scenario.start, (area.city for area in areas))
    for area in areas:
        bureaus = (area.city in network.registry.cities) + (finance_of(area.city) in finances)
        yield Case(area.code, f"{bureaus} bureaus", bureaus == number("JL-0.1", "bureaus_per_area"))


# -- who opens, and by when -------------------------------------------------------------------------------------------


@of_institutions("JL-2.1a")
def together(ran: Ran) -> Iterable[Case]:
    """A newly designated institution opens for its own area and for others on one day."""
    for row in fresh(ran):
        yield Case(row["area"], row["code"], row["local_on"] == row["opened_in"], row["local_on"])


@of_institutions("JL-2.1b")
def encouraged(ran: Ran) -> Iterable[Case]:
    """Each month, of an area with institutions left of those there were, the ways in that were begun."""
    begun = Counter(row["area"] for row in institutions(ran) if _left(ran, row) and row["changed_on"])
    left = Counter(row["area"] for row in institutions(ran) if _left(ran, row))
    for area, count in sorted(left.items()):
        yield Case(area, f"{begun[area]} of {count} begun", begun[area] > 0)


@of_institutions("JL-2.1c")
def never_falling(ran: Ran) -> Iterable[Case]:
    """The share that is open does not fall: in the province from month to month, in an area from first to last."""
    network, ends = ran.scenario.network, month_ends(ran.scenario)
    every = list(network.institutions.values())
    for before, after in itertools.pairwise(ends):
        yield Case(network.province.code, str(after), not _falls(every, before, after), after)
    for area in network.registry.areas:
        good = not _falls(network.institutions_of(area), ran.scenario.start, ran.scenario.end)
        yield Case(area, f"{ran.scenario.start} to {ran.scenario.end}", good, ran.scenario.end)


def _falls(places: Sequence[Designated], before: dt.date, after: dt.date) -> bool:
    one, other = (covered(places, ALL, on) for on in (before, after))
    return other.open * one.all < one.open * other.all


def _coverage(ran: Ran, row: str, measure: str, limits: tuple[str, str]) -> Iterator[Case]:
    share, until = limits
    by = day(row, until)
    want = limit(row, share).value if share else WHOLE_RATE
    assert isinstance(want, int)
    for area in ran.scenario.network.registry.areas:
        have = covered(ran.scenario.network.institutions_of(area), measure, min(by, ran.scenario.end))
        if have.all:
            yield Case(area, f"{have.open}/{have.all}", held(ran, have.open * WHOLE_RATE >= want * have.all, by), by)


@of_institutions("JL-2.1d")
def inpatient_covered(ran: Ran) -> Iterable[Case]:
    """All with beds, by area."""
    yield from _coverage(ran, "JL-2.1d", INPATIENT, ("inpatient_coverage", "inpatient_coverage_by"))


@of_institutions("JL-2.1e")
def others_covered(ran: Ran) -> Iterable[Case]:
    """Half of the others, by area."""
    yield from _coverage(ran, "JL-2.1e", OTHER, ("other_coverage", "other_coverage_by"))


@of_institutions("JL-2.1f")
def all_covered(ran: Ran) -> Iterable[Case]:
    """All of them, by area."""
    yield from _coverage(ran, "JL-2.1f", ALL, ("full_coverage", "full_coverage_by"))


@of_institutions("JL-2.2a")
def both_flags(ran: Ran) -> Iterable[Case]:
    """A newly designated one with beds opens inside and across on one day."""
    for row in fresh(ran):
        if row["inpatient"]:
            yield Case(row["area"], row["code"], row["opened_in"] == row["opened_cross"], row["opened_in"])


@of_institutions("JL-2.2b")
def across_covered(ran: Ran) -> Iterable[Case]:
    """No institution with beds that was open inside only is so after the day."""
    by = day("JL-2.2b", "cross_province_open_by")
    start = ran.scenario.start
    for row in institutions(ran):
        before = row["opened_in"] and row["opened_in"] < start and row["inpatient"]
        if before and (row["opened_cross"] is None or row["opened_cross"] >= start):
            good = row["opened_cross"] is not None and row["opened_cross"] <= by
            yield Case(row["area"], row["code"], held(ran, good, by), row["opened_cross"] or by)


@of_institutions("JL-2.2c")
def inside_only(ran: Ran) -> Iterable[Case]:
    """Who has no beds does not open across before the switch; the row asks for a warning."""
    switch = _switch(ran)
    for row in institutions(ran):
        if not row["inpatient"] and row["opened_in"]:
            early = row["opened_cross"] is not None and row["opened_cross"] < switch
            yield Case(row["area"], row["code"], not early, row["opened_cross"], binding=False)


@of_institutions("JL-2.2d")
def across_in_time(ran: Ran) -> Iterable[Case]:
    """From the switch on, those without beds that are open inside open across too."""
    switch = _switch(ran)
    if switch > ran.scenario.end:
        yield Case(ran.scenario.network.province.code, f"switch {switch}", None, switch, binding=False)
        return
    for row in institutions(ran):
        if not row["inpatient"] and row["opened_in"] and row["opened_in"] < ran.scenario.end:
            yield Case(row["area"], row["code"], row["opened_cross"] is not None, row["opened_cross"], binding=False)


# -- whose they are, and how they come in -----------------------------------------------------------------------------


def _owned(ran: Ran, which: Callable[[tuple[str, ...], str], bool], tier: str) -> Iterator[Case]:
    network = ran.scenario.network
    for row in institutions(ran):
        tiers = network.institutions[row["code"]].designated_by
        if which(tiers, row["area"]):
            want = owner_of(row["area"], tier, network.province.code)
            yield Case(row["area"], f"{row['code']} {row['agency']}", row["agency"] == want)


@of_institutions("JL-2.3a")
def owned_by_province(ran: Ran) -> Iterable[Case]:
    """What province and Changchun have both designated is the province's."""
    yield from _owned(ran, lambda tiers, area: {"province", "city"} <= set(tiers), "province")


@of_institutions("JL-2.3b")
def owned_by_changchun(ran: Ran) -> Iterable[Case]:
    """What else Changchun has designated is its own."""
    yield from _owned(
        ran, lambda tiers, area: area == CHANGCHUN and "city" in tiers and "province" not in tiers, "city"
    )


@of_institutions("JL-2.3c")
def owned_by_city(ran: Ran) -> Iterable[Case]:
    """What a city and one of its counties have both designated is the city's, and everything has one owner."""
    yield from _owned(ran, lambda tiers, area: {"city", "county"} <= set(tiers) and "province" not in tiers, "city")
    counted = Counter(row["code"] for row in institutions(ran) if row["agency"])
    for row in institutions(ran):
        if counted[row["code"]] != number("JL-2.3c", "owners_per_institution"):
            yield Case(row["area"], f"{row['code']} {counted[row['code']]} owners", kept=False)


@of_institutions("JL-2.4a")
def in_order(ran: Ran) -> Iterable[Case]:
    """Whoever opened in the run has changed its system, passed the test and agreed, in this order, before."""
    for row in institutions(ran):
        on = row["opened_cross"] if row["inpatient"] else row["opened_in"]
        if on and row["invited_on"] and on >= row["invited_on"]:
            stages = [row["changed_on"], row["tested_on"], row["agreed_on"], on]
            good = None not in stages and stages == sorted(stages)
            yield Case(row["area"], row["code"], good, on)


@of_institutions("JL-2.4b")
def flagged(ran: Ran) -> Iterable[Case]:
    """The flag follows the agreement within the working days of the row, a default of its own."""
    most, calendar = number("JL-2.4b", "flag_change_after_agreement"), ran.scenario.calendar
    for row in institutions(ran):
        if row["agreed_on"]:
            due = calendar.add_workdays(row["agreed_on"], most).day
            on = row["opened_cross"] if row["inpatient"] else row["opened_in"]
            yield Case(row["area"], row["code"], held(ran, on is not None and on <= due, due), on, binding=False)


# -- the ledger --------------------------------------------------------------------------------------------------------


@of_institutions("JL-2.6a")
def entered(ran: Ran) -> Iterable[Case]:
    """Each institution that was not connected when the notice came has one entry in the ledger."""
    for row in institutions(ran):
        if _left(ran, row):
            good = row["entries"] == number("JL-2.6a", "ledger_entries_per_institution")
            yield Case(row["area"], f"{row['code']} {row['entries']} entries", good)


@of_institutions("JL-2.6b")
def dated(ran: Ran) -> Iterable[Case]:
    """Each entry has a day, and none later than the row allows."""
    beds, others = (day("JL-2.6b", name) for name in ("planned_inpatient_by", "planned_other_by"))
    for row in institutions(ran):
        if _left(ran, row) and row["entries"]:
            good = row["planned"] is not None and row["planned"] <= (beds if row["inpatient"] else others)
            yield Case(row["area"], row["code"], good, row["planned"])


# -- training, equal treatment, agreements ----------------------------------------------------------------------------


@of_institutions("JL-5.2")
def trained(ran: Ran) -> Iterable[Case]:
    """Each newly designated institution that opened has a training that was called for."""
    owed = ran.frames.scan("duties").filter(pl.col("duty") == TRAIN).select("subject").collect()
    called = set(owed["subject"])
    for row in fresh(ran):
        yield Case(row["area"], row["code"], row["code"] in called, row["local_on"])


@of_institutions("JL-6.1b")
def treated_alike(ran: Ran) -> Iterable[Case]:
    """Days from invitation to opening, and failed tests, do not differ by ownership within a class and year."""
    level = ran.scenario.number(f"{GROUP}.fairness_level")
    days: dict[tuple[Any, ...], dict[str, list[float]]] = {}
    failed: dict[tuple[Any, ...], dict[str, list[float]]] = {}
    for row in institutions(ran):
        on = row["opened_cross"] if row["inpatient"] else row["opened_in"]
        if row["invited_on"] and on and on >= row["invited_on"]:
            group = row["class"], row["planned"].year, row["opened_in"] < row["invited_on"]
            own = days.setdefault(group, {}).setdefault(row["ownership"], [])
            own.append((on - row["invited_on"]).days)
            failed.setdefault(group, {}).setdefault(row["ownership"], []).append(row["failed"])
    for what, groups in (("days", days), ("failed tests", failed)):
        found = rank_test((sides.get("private", []), sides.get("public", [])) for sides in groups.values())
        if found.ones and found.others:
            said = f"{what}: {found.ones} private, {found.others} public, p = {found.chance:.4f}"
            yield Case(ran.scenario.network.province.code, said, found.chance >= level)


@of_institutions("JL-6.2a")
def in_agreements(ran: Ran) -> Iterable[Case]:
    """Whoever is open has an agreement with cross-region care in it, from before it opened."""
    for row in institutions(ran):
        if row["opened_in"]:
            good = row["clause_on"] is not None and row["clause_on"] <= row["opened_in"]
            yield Case(row["area"], row["code"], good, row["opened_in"])


# -- small readers ----------------------------------------------------------------------------------------------------


def _left(ran: Ran, row: Row) -> bool:
    """Tell whether an institution was designated before the notice and not connected when it came."""
    if row["designated_on"] and row["designated_on"] >= ran.scenario.notice_date:
        return False
    on = row["opened_cross"] if row["inpatient"] else row["opened_in"]
    return on is None or on >= ran.scenario.start


def _switch(ran: Ran) -> dt.date:
    return ran.scenario.start + int(ran.scenario.number(f"{GROUP}.switch_days")) * _DAY
