"""What areas uploaded of their institutions, held against the rows of the notice of Jilin that ask for it (JL-2.5)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

import polars as pl

from simulator.core.values.areas import LEVELS
from simulator.study.checks import held, number
from simulator.study.checks_institutions import Row, institutions, of_institutions
from simulator.study.obligations import Case, Ran
from simulator.world.onboarding.entrants import CLASSES, GROUP
from simulator.world.onboarding.process import SELF_CHECK, UPLOAD
from simulator.world.onboarding.tables import COLUMNS
from simulator.world.onboarding.uploads import SUSPENDED, UNGRADED

_, UPLOADS = COLUMNS


def uploads(ran: Ran) -> Iterator[tuple[Row, bool]]:
    """Yield every upload, and whether it is the latest of its institution."""
    rows = ran.frames.scan(UPLOADS).collect().to_dicts()
    latest = {row["code"]: number for number, row in enumerate(rows)}
    for count, row in enumerate(rows):
        yield row, latest[row["code"]] == count


@of_institutions("JL-2.5a")
def all_uploaded(ran: Ran) -> Iterable[Case]:
    """After the first upload of an area and a self-check, the province counts as many institutions as the area."""
    begun = _done(ran, UPLOAD)
    checked = {area: max(days) for area, days in _done(ran, SELF_CHECK).items()}
    arrived = {row["code"] for row, _ in uploads(ran) if row["arrived"]}
    for area in sorted(begun):
        until = checked.get(area)
        mine = [row for row in institutions(ran) if row["area"] == area and _designated(row, until)]
        have = sum(row["code"] in arrived for row in mine)
        yield Case(area, f"{have} of {len(mine)}", None if until is None else have == len(mine), until)


@of_institutions("JL-2.5b")
def changes_uploaded(ran: Ran) -> Iterable[Case]:
    """An institution that opened in the run was uploaded since."""
    most, calendar = number("JL-2.5b", "upload_after_change"), ran.scenario.calendar
    last: dict[str, list[dt.date]] = {}
    for row, _ in uploads(ran):
        last.setdefault(row["code"], []).append(row["uploaded_on"])
    for row in institutions(ran):
        for on in {row["opened_in"], row["opened_cross"]} - {None}:
            if on >= ran.scenario.start:
                due = calendar.add_workdays(on, most).day
                good = any(on <= when <= due for when in last.get(row["code"], ()))
                yield Case(row["area"], row["code"], held(ran, good, due), due, binding=False)


@of_institutions("JL-2.5c")
def paired(ran: Ran) -> Iterable[Case]:
    """The flag is no where and only where the status is suspended, and who is not open settles nothing directly."""
    for row, _ in uploads(ran):
        if row["arrived"] and row["inpatient_flag"] is not None:
            good = row["inpatient_flag"] is not (row["status"] == SUSPENDED)
            yield Case(row["area"], f"{row['code']} {row['status']}", good, row["uploaded_on"])
    since = {row["code"]: row["opened_in"] for row in institutions(ran) if row["inpatient"]}
    admitted = pl.col("admitted_at").dt.date().min().alias("first")
    direct = ran.frames.stays.filter(pl.col("direct")).group_by("hospital", "treatment_area").agg(admitted)
    for code, area, first in direct.sort("hospital").rows():
        if code in since:
            opened = since[code]
            yield Case(area, f"{code} settled", opened is not None and opened <= first, first)


@of_institutions("JL-2.5d")
def graded(ran: Ran) -> Iterable[Case]:
    """No self-check leaves a level or class that is none behind it."""
    levels, known = {*LEVELS, UNGRADED}, set(CLASSES)
    for row, latest in uploads(ran):
        if row["arrived"] and not (row["level"] in levels and row["class"] in known):
            found = row["found_on"] is not None and row["found_on"] == row["checked_on"]
            open_still = row["checked_on"] is None
            yield Case(row["area"], f"{row['code']} {row['fault']}", None if open_still else found, row["checked_on"])
        elif latest and row["checked_on"]:
            yield Case(row["area"], row["code"], kept=True)


@of_institutions("JL-2.5e")
def right(ran: Ran) -> Iterable[Case]:
    """Of what the province has of an area at the end, so much is right as a sample must be."""
    floor = ran.scenario.number(f"{GROUP}.quality_floor")
    every, good = Counter[str](), Counter[str]()
    for row, latest in uploads(ran):
        every[row["area"]] += latest
        good[row["area"]] += latest and not row["fault"]
    for area, count in sorted(every.items()):
        yield Case(area, f"{good[area]} of {count}", good[area] >= floor * count, ran.scenario.end)


def _designated(row: Row, until: dt.date | None) -> bool:
    return until is None or row["designated_on"] is None or row["designated_on"] < until


def _done(ran: Ran, duty: str) -> dict[str, list[dt.date]]:
    rows = ran.frames.scan("duties").filter((pl.col("duty") == duty) & pl.col("done").is_not_null()).collect()
    found: dict[str, list[dt.date]] = {}
    for row in rows.to_dicts():
        found.setdefault(row["owner"], []).append(row["done"])
    return found
