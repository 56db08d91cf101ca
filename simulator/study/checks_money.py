"""What the tables of a run say of reconciliation, clearing, audit and paper claims, row by row of the notices.

The steps of clearing with a day of their own (JL-4.2b, d, f) stand among the duties, and need no check here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import polars as pl

from simulator.study.checks import by_invariants, checks, number
from simulator.study.obligations import Case, Ran

_DAY_TOLERANCE = 1  # of the median days from settlement to review, visitors against local people


def _months(ran: Ran) -> Iterator[dict[str, object]]:
    yield from ran.summary["back_office"]["months"]


@checks("JL-4.1a")
def _daily(ran: Ran) -> Iterable[Case]:
    """Every day each pair of cities is compared once, and after correction nothing is left unmatched."""
    found = ran.summary["back_office"]["reconciliation"]
    level = ran.frames.scan("reconciliation").collect()
    for row in level.group_by("treatment_city").agg(pl.len(), good=pl.col("level").sum()).sort("treatment_city").rows():
        yield Case(row[0], f"{row[2]}/{row[1]} days and cities level", row[1] == row[2])
    if level.height:
        yield Case("", f"{found['open']} left open", found["open"] == number("JL-4.1a", "unmatched_after_correction"))
    yield from by_invariants(ran, "three_sides_agree", "nothing_unmatched")


@checks("JL-4.1d")
def _institutions_first(ran: Ran) -> Iterable[Case]:
    yield from by_invariants(ran, "paid_first")


@checks("JL-4.1e")
def _soon_paid(ran: Ran) -> Iterable[Case]:
    """How many days after the month its institutions had their money: soft, so it is told where they had it."""
    for month in _months(ran):
        if month["orders"]:
            first = dt.date.fromisoformat(str(month["first_paid_on"]))
            days = (first - _first_after(str(month["month"]))).days
            yield Case("", f"{month['month']}: {days} days after it", True, first)


@checks("JL-4.3a")
def _paid_on(ran: Ran) -> Iterable[Case]:
    yield from _soon_paid(ran)


def _first_after(month: str) -> dt.date:
    return (dt.date.fromisoformat(f"{month}-28") + dt.timedelta(days=4)).replace(day=1)


@checks("JL-4.2a")
def _in_place(ran: Ran) -> Iterable[Case]:
    """The money of a period is in place before the next signing day."""
    steps = ran.frames.scan("duties").filter(pl.col("duty") == "clearing-in_place").collect()
    for row in steps.to_dicts():
        yield Case(row["owner"], row["subject"], row["kept"], row["done"] or row["due"], binding=False)


@checks("JL-4.2c")
def _checked(ran: Ran) -> Iterable[Case]:
    """Finance checks a document before it pays: as many answers of a check as documents, and orders only after them."""
    sent = {row["infno"]: row["requests"] for row in ran.summary["back_office"]["messages"]}
    if "P101" in sent:
        open_ = sent["P101"] - sent.get("P102", 0)
        yield Case(
            "", f"{sent.get('P102', 0)} of {sent['P101']} documents checked", open_ >= 0 and sent.get("P102", 0) > 0
        )


@checks("JL-4.2e")
def _received(ran: Ran) -> Iterable[Case]:
    yield from by_invariants(ran, "received_as_sent")


@checks("JL-4.2i")
def _pooled(ran: Ran) -> Iterable[Case]:
    yield from by_invariants(ran, "never_negative", "within_prepaid")


@checks("JL-4.2j")
def _ledgers(ran: Ran) -> Iterable[Case]:
    yield from by_invariants(ran, "ledgers_agree", "books_mirror", "posting_balances")


@checks("JL-6.1d")
def _owner_of_audit(ran: Ran) -> Iterable[Case]:
    """Bills of visitors are reviewed where they were treated."""
    audit = ran.summary["back_office"]["audit"]
    if audit["visitors"]:
        yield Case("", f"{audit['visitors']} bills of visitors", audit["waiting"] == 0)


@checks("JL-6.2b")
def _monitoring(ran: Ran) -> Iterable[Case]:
    version = ran.summary["back_office"]["audit"]["version"]
    yield Case("", f"rules {version}", bool(version))


@checks("JL-6.2c")
def _evidence(ran: Ran) -> Iterable[Case]:
    for found in ran.summary["back_office"]["audit"]["findings"]:
        yield Case("", f"{found['rule']}: {found['findings']}", bool(found["rule"]) and found["amount"] >= 0)


@checks("JL-6.2d")
def _all_reviewed(ran: Ran) -> Iterable[Case]:
    """Every bill that was settled directly is reviewed; those of the last day are reviewed the night after."""
    audit = ran.summary["back_office"]["audit"]
    settled = audit["visitors"] + audit["local"] + audit["waiting"]
    if settled:
        yield Case("", f"{settled - audit['waiting']} of {settled} reviewed", audit["waiting"] == 0)


@checks("JL-6.2e")
def _at_once(ran: Ran) -> Iterable[Case]:
    """Bills of visitors are reviewed as soon as local ones."""
    audit = ran.summary["back_office"]["audit"]
    visitors, local = (audit[f"median_minutes_{who}"] for who in ("visitors", "local"))
    if visitors is not None:
        behind = 0 if local is None else visitors - local
        yield Case("", f"median {visitors} minutes, local {local}", behind <= _DAY_TOLERANCE * 24 * 60)


@checks("JL-6.4b")
def _valid_filings(ran: Ran) -> Iterable[Case]:
    yield from by_invariants(ran, "filed_where_needed")


@checks("JL-6.6c")
def _claims_in_time(ran: Ran) -> Iterable[Case]:
    """A paper claim is paid within the working days of the row from complete papers; soft, so being late warns."""
    calendar, most = ran.scenario.calendar, number("JL-6.6c", "complete_papers_to_payment")
    claims = ran.frames.scan("claims").filter(pl.col("handed_in").is_not_null()).select("visit", "handed_in")
    paid = ran.frames.scan("stays").select("visit", "insured_city", paid=pl.col("paid_at").cast(pl.Date()))
    for visit, handed_in, city, on in claims.join(paid, on="visit").sort("visit").collect().rows():
        due = calendar.add_workdays(handed_in, most).day
        kept = on <= due if on is not None else False if due < ran.scenario.end else None
        yield Case(city, visit, kept, on or due, binding=False)


@checks("JL-7.1b")
def _traceable(ran: Ran) -> Iterable[Case]:
    """Every direct settlement belongs to a stay that is known from admission to payment."""
    stays = ran.frames.scan("stays").filter(pl.col("outcome") == "direct").select("setl_id").collect()
    known = set(ran.frames.scan("settlements").select("setl_id").collect()["setl_id"])
    if stays.height:
        have = sum(setl_id in known for setl_id in stays["setl_id"])
        yield Case("", f"{have} of {stays.height} settlements", have == stays.height)


@checks("JL-7.3")
def _apart(ran: Ran) -> Iterable[Case]:
    yield from by_invariants(ran, "apart_from_ncms")


@checks("JS-3.1d")
def _acknowledged(ran: Ran) -> Iterable[Case]:
    """Each admission that reached the city of treatment was answered; one under way at the end is still open."""
    hops = ran.frames.scan("events").filter(pl.col("infno") == "2401")
    asked = hops.filter(pl.col("leg") == "hospital-city").select("msgid", city=pl.col("to")).unique("msgid")
    answers = hops.filter(pl.col("leg") == "city-hospital").select("msgid", answered=pl.lit(value=True)).unique("msgid")
    found = asked.join(answers, on="msgid", how="left").group_by("city")
    counted = found.agg(pl.len(), good=pl.col("answered").is_not_null().sum()).sort("city").collect()
    for city, every, good in counted.rows():
        yield Case(city, f"{good} of {every} admissions", good == every, binding=False)


@checks("JS-3.2a")
def _one_library(ran: Ran) -> Iterable[Case]:
    """A bill with an item that is not in the provincial library is never settled directly."""
    outside = ran.frames.stays.filter(pl.col("reason").is_in(["item_unmapped", "item_expired"]))
    if ran.frames.stays.height:
        direct = int(outside["direct"].sum() or 0)
        yield Case("", f"{direct} of {outside.height} with such an item settled", direct == 0)
