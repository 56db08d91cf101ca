"""Kinds of rule about the person's other visits, and about the visit itself, at their edges."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.audit.case import OUTPATIENT, PHARMACY, Episode

CT, BLOOD = "002102000010000", "002503010010000"


def outpatient(make: Any, **changes: Any) -> Any:
    begin = make.case().visit.begin
    line = make.charge("XC08CAA005A001010100005", count="7")
    return make.case(lines=[line], **{"kind": OUTPATIENT, "med_type": "11", "end": begin, **changes})


def test_planned_courses_are_no_split_stays(make: Any, found: Any) -> None:
    chemotherapy = ("Z51.103",)
    assert found(make.case(diagnoses=chemotherapy, others=(make.other(5, diagnoses=chemotherapy),))) == {}


def test_another_hospital_or_disease_is_no_split_stay(make: Any, found: Any) -> None:
    assert found(make.case(others=(make.other(5, hospital="H2"), make.other(8, diagnoses=("K80",))))) == {}


def test_a_stay_of_an_unknown_disease_is_not_compared(make: Any, found: Any) -> None:
    assert found(make.case(diagnoses=(), others=(make.other(5, diagnoses=()),))) == {}


def test_an_unsettled_or_unended_stay_is_no_earlier_bill(make: Any, found: Any) -> None:
    begun = make.other(5)
    assert found(make.case(others=(begun._replace(setl_id=""),))) == {}
    assert found(make.case(others=(begun._replace(visit=begun.visit._replace(end=None)),))) == {}


def test_outpatient_bills_look_neither_for_splits_nor_overlaps(make: Any, found: Any) -> None:
    other = make.other(5, in_scope=90_001)
    assert found(outpatient(make, others=(other,), deductible=0)) == {}


def test_a_stay_going_on_makes_an_outpatient_bill_suspect(make: Any, found: Any) -> None:
    stay = make.other(0, hospital="H2", days=2)
    going_on = Episode(stay.visit._replace(end=None))
    finding = found(outpatient(make, others=(going_on,)))["outpatient-during-stay"]
    assert dict(finding.evidence[0])["other"] == "V0"
    assert found(outpatient(make, kind=PHARMACY, others=(going_on,))) == {}


def test_purchases_are_not_places(make: Any, found: Any) -> None:
    """A relative fetches medicine while the person is settled in hospital."""
    at = make.case().bill.settled_at
    bought = make.other(30, hospital="K1", kind=PHARMACY, settled_at=at)
    assert found(make.case(others=(bought,))) == {}
    settled = make.other(30, hospital="H2", settled_at=at)
    assert found(outpatient(make, kind=PHARMACY, settled_at=at, others=(settled,))) == {}


def test_the_same_hospital_or_no_bill_is_no_second_place(make: Any, found: Any) -> None:
    at = make.case().bill.settled_at
    here = make.other(30, settled_at=at)
    unsettled = make.other(30, hospital="H2", settled_at=None)
    assert found(make.case(others=(here, unsettled))) == {}


def test_planned_courses_do_not_count_as_many_stays(make: Any, found: Any) -> None:
    gaps = (20, 40, 60, 80)
    planned = tuple(make.other(gap, diagnoses=("Z51.103",)) for gap in gaps)
    others = tuple(make.other(gap, diagnoses=("K80",)) for gap in gaps)
    assert found(make.case(others=planned)) == {}
    assert found(make.case(diagnoses=("Z51.103",), others=others)) == {}
    assert found(outpatient(make, others=others)) == {}


def test_a_test_made_here_may_be_repeated_here(make: Any, found: Any) -> None:
    made = ((CT, dt.date(2023, 5, 1)), (BLOOD, dt.date(2023, 5, 1)))
    assert found(make.case(make.charge(CT), others=(make.other(20, tests=made),))) == {}
    elsewhere = make.other(20, hospital="H2", tests=made)
    again = make.case(make.charge(CT), others=(make.other(20, tests=made), elsewhere))
    assert set(found(again)) == {"test-repeated-elsewhere"}


def test_a_deductible_that_did_not_fall_was_not_split(make: Any, found: Any) -> None:
    small = make.other(5, diagnoses=("K80",), in_scope=100_000)
    assert found(make.case(deductible=90_000, others=(small,))) == {}
    finding = found(make.case(deductible=45_000, others=(small,)))["split-around-deductible"]
    assert finding.amount == 45_000
    assert finding.rows[0].in_scope == 0  # shown, never deducted


def test_a_stay_without_lines_is_no_hanging_bed(make: Any, found: Any) -> None:
    """What is not known is not spoken of."""
    assert found(make.case(lines=[])) == {}


def test_a_day_of_an_operation_is_no_empty_stay(make: Any, found: Any) -> None:
    bed, operation = make.charge("001109000010000"), make.charge("003310000020000")
    assert found(make.case(days=0, lines=[bed, operation])) == {}
    assert found(make.case(days=0, lines=[bed, make.charge("001204000060000")], med_type="28")) == {}


def test_a_stay_still_going_on_is_measured_to_its_settlement(make: Any, found: Any) -> None:
    assert found(make.case(end=None)) == {}


def test_a_disease_without_a_usual_bill_has_no_outliers(make: Any, found: Any) -> None:
    assert found(make.case(diagnoses=("A00",), amount=100_000_000)) == {}
    finding = found(make.case(amount=600_000))["cost-outlier"]
    assert finding.amount == 600_000 - 3 * 187_000


def test_an_unknown_birth_is_no_newborn_nor_old(make: Any, found: Any) -> None:
    assert found(make.case(diagnoses=("P59.900",), born=None)) == {}
    assert found(make.case(diagnoses=("D25.900",), gender="")) == {}
