"""The visits of a role, changed by facts only."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.bill import totals_of
from simulator.core.benefit.rules import INPATIENT
from simulator.core.platform.message import Key
from simulator.core.visits.lifecycle import ADMITTED, DISCHARGED
from simulator.core.visits.visits import INSURED, TREATMENT, Bound, LinesAdded, LinesCancelled, Moved, Opened, VisitBook

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
