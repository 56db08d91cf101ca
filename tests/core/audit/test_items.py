"""Kinds of rule about lines: the amounts they question, and what they leave alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.audit.case import OUTPATIENT, number
from simulator.core.audit.items import age_on, excess

BED, SINGLE, NURSE_1, NURSE_2 = "001109000010000", "001109000020000", "001201000030000", "001201000040000"
INFUSION, CT, BLOOD, AMLODIPINE = "001204000060000", "002102000010000", "002503010010000", "XC08CAA005A001010100005"
MEROPENEM, CEFTRIAXONE, FOR_CHILDREN = "XJ01DHA011A001010100011", "XJ01DDA010A001010100010", "XN02BEA014A001010100014"
ALT, LIVER, TAMSULOSIN = "002503040010000", "002503040030000", "XG04CAA017A001010100017"


def rows(found: Any, case: Any, rule: str) -> list[tuple[str, int, int]]:
    return [(row.sn, row.amount, row.in_scope) for row in found(case)[rule].rows]


def test_only_what_is_too_much_is_questioned_the_latest_first(make: Any, found: Any) -> None:
    """Five infusions of 9.00 on a day of at most three: the last one whole, and one of the two before it."""
    case = make.case(
        make.charge(INFUSION, hour=8, count="2", sn="90"),
        make.charge(INFUSION, hour=9, count="2", sn="91"),
        make.charge(INFUSION, hour=10, sn="92"),
    )
    assert rows(found, case, "units-over-day") == [("91", 900, 900), ("92", 900, 900)]


def test_an_excess_takes_no_more_lines_than_it_needs(make: Any) -> None:
    lines = [make.charge(INFUSION, sn="1"), make.charge(INFUSION, sn="2")]
    assert [row.sn for row in excess(lines, 5_000)] == ["2"]
    assert excess(lines, 0) == ()


def test_the_class_b_share_stays_with_the_person(make: Any, found: Any) -> None:
    """A CT of 240.00 of class B with 10 % first pay, twice: 216.00 of the second are in scope."""
    case = make.case(make.charge(CT, hour=8, sn="90"), make.charge(CT, hour=9, sn="91"))
    assert rows(found, case, "units-over-day") == [("91", 24_000, 21_600)]


def test_what_exceeds_the_cap_is_questioned_and_no_more(make: Any, found: Any) -> None:
    """120.00 at a cap of 60.00, 70.00 of it covered: 10.00 too much, of which 9.00 were put in scope at most."""
    line = make.charge(SINGLE, sn="90", covered=7_000, in_scope=900)
    assert rows(found, make.case(line, lines=make.days(AMLODIPINE, 3)), "price-over-cap") == [("90", 1_000, 900)]


def test_too_little_charged_is_found_and_nothing_questioned(make: Any, found: Any) -> None:
    line = make.charge(AMLODIPINE, sn="90", amount=159)
    assert rows(found, make.case(line), "amount-differs") == [("90", 0, 0)]


def test_the_dearer_of_two_levels_is_good(make: Any, found: Any) -> None:
    case = make.case(
        make.charge(NURSE_1, sn="90"), make.charge(NURSE_2, sn="91"), lines=make.days(BED, 3) + make.days(AMLODIPINE, 3)
    )
    assert rows(found, case, "nursing-twice-a-day") == [("91", 1_600, 1_600)]


def test_parts_are_questioned_and_not_the_package(make: Any, found: Any) -> None:
    case = make.case(make.charge(LIVER, sn="90"), make.charge(ALT, sn="91"))
    assert rows(found, case, "package-and-parts") == [("91", 900, 900)]


def test_bed_days_are_a_matter_of_stays(make: Any, found: Any) -> None:
    begin = make.case().visit.begin
    case = make.case(lines=make.days(BED, 1) * 1 + [make.charge(BED, day=1)], kind=OUTPATIENT, end=begin)
    assert "bed-days-over" not in found(case)
    assert "line-after-discharge" not in found(case)  # medicine may be fetched later


def test_an_approved_second_line_needs_no_first(make: Any, found: Any) -> None:
    assert found(make.case(make.charge(MEROPENEM, approved=True))) == {}


def test_a_first_line_in_an_earlier_visit_counts(make: Any, found: Any) -> None:
    tried = make.other(60, codes=frozenset({CEFTRIAXONE}))
    untried = make.other(60, codes=frozenset({AMLODIPINE, BED}))
    assert found(make.case(make.charge(MEROPENEM), others=(tried,))) == {}
    assert set(found(make.case(make.charge(MEROPENEM), others=(untried,)))) == {"second-line-unproven"}


def test_a_drug_of_unknown_dose_has_no_course(make: Any, found: Any) -> None:
    begin = make.case().visit.begin
    line = make.charge(CEFTRIAXONE, count="4")  # two a day
    unknown = make.charge("XA12AAA016A001010100016", count="400")
    assert found(make.case(lines=[unknown], kind=OUTPATIENT, med_type="11", end=begin)) == {}
    assert found(make.case(lines=[line], kind=OUTPATIENT, med_type="11", end=begin)) == {}


def test_a_course_is_questioned_by_its_share(make: Any, found: Any) -> None:
    """28 tablets of 1.60 for 28 days, at most 14: half of 44.80."""
    line = make.charge(AMLODIPINE, day=3, count="28", take_home=True, sn="90")
    assert rows(found, make.case(line), "discharge-medicine-over") == [("90", 2_240, 2_240)]


def test_an_unknown_age_or_sex_conflicts_with_nothing(make: Any, found: Any) -> None:
    lines = (make.charge(FOR_CHILDREN), make.charge(TAMSULOSIN))
    assert found(make.case(*lines, born=None, gender="")) == {}


def test_an_item_for_the_old_has_no_upper_age(make: Any, library: Any) -> None:
    from simulator.core.audit.case import Restriction
    from simulator.core.audit.items import restricted
    from simulator.core.audit.view import View

    def ages(born: dt.date) -> list[str]:
        case = make.case(make.charge(BLOOD), born=born)
        view = View(case, {BLOOD: Restriction(youngest=60)}, {})
        return [hit.evidence["allowed"] for hit in restricted(view, {"by": "age"})]

    assert ages(dt.date(1963, 5, 8)) == []
    assert ages(dt.date(1963, 5, 9)) == ["60-"]


def test_an_item_conflicts_with_no_diagnosis_where_none_is_known(make: Any, found: Any) -> None:
    assert found(make.case(make.charge("XA10ABA008A001010100008"), diagnoses=())) == {}


def test_a_refund_of_nothing_is_found(make: Any, found: Any) -> None:
    line = make.charge(CT, sn="90", quantity=-10_000, amount=-24_000, refund_of="77")
    assert rows(found, make.case(line), "refund-over-original") == [("90", 24_000, 0)]


def test_a_refund_of_another_item_is_found(make: Any, found: Any) -> None:
    original = make.charge(BLOOD, sn="90")
    line = make.charge(CT, sn="91", quantity=-10_000, amount=-24_000, refund_of="90")
    assert "refund-over-original" in found(make.case(original, line))


def test_lines_after_death_are_not_also_lines_after_discharge(make: Any, found: Any) -> None:
    case = make.case(make.charge(CT, day=4), died=dt.date(2023, 5, 11))
    assert set(found(case)) == {"line-after-death"}


def test_a_visit_of_a_dead_person_is_one_finding(make: Any, found: Any) -> None:
    case = make.case(make.charge(CT, day=9), died=dt.date(2023, 5, 1))
    assert set(found(case)) == {"person-dead"}


def test_ages_are_full_years() -> None:
    assert age_on(dt.date(2008, 5, 9), dt.date(2023, 5, 8)) == 14
    assert age_on(dt.date(2008, 5, 8), dt.date(2023, 5, 8)) == 15


def test_numbers_are_written_as_short_as_they_can_be() -> None:
    assert [number(value, 10_000) for value in (10_000, 15_000, 1, -2_500)] == ["1", "1.5", "0.0001", "-0.25"]
