"""The visits of a role, changed by facts only."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.bill import totals_of
from simulator.core.benefit.rules import INPATIENT
from simulator.core.platform.message import Key
from simulator.core.visits.facts import (
    INSURED,
    TREATMENT,
    Billed,
    Bound,
    LinesAdded,
    LinesCancelled,
    Moved,
    Opened,
    Settled,
)
from simulator.core.visits.lifecycle import ADMITTED, DISCHARGED
from simulator.core.visits.visits import VisitBook

DAY = dt.date(2016, 10, 10)


def opened(role: str, visit_id: str, msgid: str = "M1") -> Opened:
    return Opened(role, visit_id, Key("H1", msgid), "P1", "310", "H1", "320199", "320399", DAY, "")


@pytest.fixture
def book() -> VisitBook:
    return VisitBook()


def test_a_visit_is_found_by_its_number_and_by_its_admission(book: VisitBook) -> None:
    book.fold_opened(opened(TREATMENT, "V1"))
    assert book.find("V1") is book.admitted_by(Key("H1", "M1"))
    assert book.find("V1").state == ADMITTED
    assert book.find("V2") is None
    assert book.unbound("P1", "H1", INPATIENT) is None


def test_the_city_of_insurance_learns_the_number_later(book: VisitBook) -> None:
    book.fold_opened(opened(INSURED, "M1"))
    visit = book.unbound("P1", "H1", INPATIENT)
    assert visit is book.find("M1")
    book.fold_bound(Bound("M1", "V1"))
    assert book.find("V1") is visit
    assert visit.mdtrt_id == "V1"
    assert book.find("M1") is None
    assert book.unbound("P1", "H1", INPATIENT) is None


def test_lines_are_added_summed_and_cancelled(book: VisitBook, make_lines: Any, example_bill: Any) -> None:
    lines = make_lines(example_bill)
    book.fold_opened(opened(TREATMENT, "V1"))
    book.fold_lines_added(LinesAdded(TREATMENT, "V1", tuple(lines)))
    assert book.find("V1").totals() == totals_of(lines)
    book.fold_lines_cancelled(LinesCancelled(TREATMENT, "V1", ("1", "2")))
    assert book.find("V1").totals() == totals_of(lines[2:])


def test_a_visit_moves(book: VisitBook) -> None:
    book.fold_opened(opened(TREATMENT, "V1"))
    book.fold_moved(Moved(TREATMENT, "V1", DISCHARGED, DAY))
    assert (book.find("V1").state, book.find("V1").ended) == (DISCHARGED, DAY)


def test_a_retired_visit_is_forgotten_in_every_way(book: VisitBook) -> None:
    book.fold_opened(opened(INSURED, "M1"))
    book.retire("M1")
    assert book.find("M1") is None
    assert book.admitted_by(Key("H1", "M1")) is None
    assert book.unbound("P1", "H1", INPATIENT) is None
    book.retire("M1")


def test_retiring_a_visit_leaves_the_persons_next_admission(book: VisitBook) -> None:
    book.fold_opened(opened(INSURED, "M1"))
    book.fold_bound(Bound("M1", "V1"))
    book.fold_opened(opened(INSURED, "M2", "M2"))
    book.retire("V1")
    assert book.unbound("P1", "H1", INPATIENT) is book.find("M2")


# -- settlements --------------------------------------------------------------------------------------------------


@pytest.fixture
def row(play: Any) -> Any:
    stay = play.stay().settled()
    return play.insured.insured.visits.find(stay.mdtrt_id).settlement


def settled(row: Any, active: Any, **more: Any) -> Settled:
    return Settled(TREATMENT, "V1", row, active, **more)


def test_settlements_are_in_force_taken_back_and_put_back(book: VisitBook, row: Any) -> None:
    book.fold_opened(opened(TREATMENT, "V1"))
    visit = book.find("V1")
    assert visit is not None
    assert (visit.settlement, visit.cancelled) == (None, None)
    book.fold_settled(settled(row, row, billed=Billed(("1",))))
    assert (visit.settlement, visit.settled_lines(), visit.mirrors) == (row, {"1"}, 0)
    assert visit.settled_by(row.settled_by) == (row, Billed(("1",)))
    book.fold_settled(settled(row.cancelled("R1", row.at), None))
    assert (visit.settlement, visit.cancelled, visit.mirrors) == (None, row, 1)
    assert visit.cancelled_bill(row.setl_id) == (row, Billed(("1",)))
    assert visit.cancelled_bill("other") is None
    book.fold_settled(settled(row._replace(setl_id="R2", init_setl_id=row.setl_id), row))
    assert (visit.settlement, visit.cancelled, visit.mirrors) == (row, None, 2)
    assert visit.settled_lines() == {"1"}


def test_a_mirror_of_what_is_not_in_force_only_counts(book: VisitBook, row: Any) -> None:
    book.fold_opened(opened(TREATMENT, "V1"))
    visit = book.find("V1")
    assert visit is not None
    book.fold_settled(settled(row.cancelled("R1", row.at), None))
    assert (visit.mirrors, visit.taken_back) == (1, [])


def test_a_correction_is_no_step_of_the_visit(book: VisitBook, row: Any) -> None:
    book.fold_opened(opened(TREATMENT, "V1"))
    visit = book.find("V1")
    assert visit is not None
    book.fold_settled(settled(row, row, billed=Billed(("1",))))
    other = row._replace(shares=row.shares._replace(hifp_pay=5))
    book.fold_settled(settled(other, other, correction=True))
    assert visit.bills == {row.setl_id: (other, Billed(("1",)))}
    stray = row._replace(setl_id="stray")
    book.fold_settled(settled(stray, stray, correction=True))
    assert set(visit.bills) == {row.setl_id}
    book.fold_settled(settled(row.cancelled("C1", row.at), None, correction=True))
    assert (visit.bills, visit.taken_back, visit.mirrors) == ({}, [], 0)


def test_a_visit_with_settlements_is_put_away_and_not_forgotten(book: VisitBook, row: Any, make_lines: Any) -> None:
    book.fold_opened(opened(INSURED, "M1"))
    book.fold_lines_added(LinesAdded(INSURED, "M1", tuple(make_lines([("drug-a", 12_500_000, 10_000)]))))
    book.fold_settled(Settled(INSURED, "M1", row, row, billed=Billed(("1",))))
    book.retire("M1")
    visit = book.find("M1")
    assert visit is not None
    assert (visit.put_away, visit.lines, visit.settlement) == (True, {}, row)
    assert book.admitted_by(Key("H1", "M1")) is None
    assert book.unbound("P1", "H1", INPATIENT) is None
    book.forget_before("2016-10-10")
    assert book.find("M1") is visit
    book.forget_before("2016-10-11")
    assert book.find("M1") is None


def test_a_visit_that_goes_on_is_not_forgotten(book: VisitBook) -> None:
    book.fold_opened(opened(INSURED, "M1"))
    book.forget_before("2099-01-01")
    assert [visit.mdtrt_id for visit in book] == ["M1"]
