"""For each rule of the built-in set a bill that just breaks it, and one that just does not.

Each bill differs from an honest one in what is shown here and nothing else. The breaking one must be found by its rule
and by no other; the near one by none at all. No rule is without both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from simulator.core.audit.case import OUTPATIENT, UNIT, Case
from simulator.inputs.audit_rules import load_rules

BED, SINGLE, NURSE_1, NURSE_2 = "001109000010000", "001109000020000", "001201000030000", "001201000040000"
BLOOD, ALT, LIVER, THYROID = "002503010010000", "002503040010000", "002503040030000", "002503120010000"
CT, MRI, SCAN_OF_PREGNANCY = "002102000010000", "002103000010000", "002203000020000"
RADIATION, INFUSION = "003406000020000", "001204000060000"
OMEPRAZOLE, PANTOPRAZOLE = "XA02BCA001A001010100001", "XA02BCA002A001010100002"
AMLODIPINE, INSULIN, CEFTRIAXONE = "XC08CAA005A001010100005", "XA10ABA008A001010100008", "XJ01DDA010A001010100010"
MEROPENEM, FOR_CHILDREN, CALCIUM = "XJ01DHA011A001010100011", "XN02BEA014A001010100014", "XA12AAA016A001010100016"
PROGESTERONE, EXPIRED, FOREIGN_DRESSING = "XG03DAA015A001010100015", "XV08ABA020A001010100020", "C1401010040000000001"
TESTS = [
    "002503010010000", "002503020010000", "002503030010000", "002503050010000", "002503060010000", "002503070010000",
    "002503080010000", "002503090010000", "002503100010000", "002503140010000", "002503150010000", "002503160010000",
    "002503170010000",
]  # fmt: skip

Make = Any
Pair = tuple[Callable[[Make], Case], Callable[[Make], Case]]


def outpatient(make: Make, *lines: Any, **changes: Any) -> Case:
    """An outpatient visit of one day."""
    begin = make.case().visit.begin
    options = {"kind": OUTPATIENT, "med_type": "11", "end": begin, **changes}
    return make.case(lines=list(lines) or [make.charge(AMLODIPINE, count="7")], **options)


PAIRS: dict[str, Pair] = {
    # policy
    "item-unmapped": (
        lambda make: make.case(make.charge("XX00AAA000A000000000000")),
        lambda make: make.case(make.charge(AMLODIPINE)),
    ),
    "item-not-valid": (
        lambda make: make.case(make.charge(EXPIRED)),  # valid to 2022-12-31
        lambda make: make.case(
            make.charge(EXPIRED, entry=make.charge(EXPIRED).entry._replace(last_day=dt.date(2023, 5, 8)))
        ),
    ),
    "price-over-cap": (  # cap 60.00: 120.00 and no over-limit part
        lambda make: make.case(lines=make.days(SINGLE, 3, covered=12_000) + make.days(INFUSION, 3)),
        lambda make: make.case(lines=make.days(SINGLE, 3) + make.days(INFUSION, 3)),
    ),
    "class-c-covered": (
        lambda make: make.case(make.charge(FOREIGN_DRESSING, covered=1, in_scope=1)),
        lambda make: make.case(make.charge(FOREIGN_DRESSING)),
    ),
    "amount-differs": (
        lambda make: make.case(make.charge(AMLODIPINE, amount=161)),
        lambda make: make.case(make.charge(AMLODIPINE, amount=160)),
    ),
    "filing-not-valid": (
        lambda make: make.case(filed=False),
        lambda make: make.case(filed=False, insured_city="320100"),
    ),
    "institution-not-open": (
        lambda make: make.case(opened=False),
        lambda make: make.case(opened=None),
    ),
    "person-dead": (
        lambda make: make.case(died=dt.date(2023, 5, 7)),
        lambda make: make.case(died=dt.date(2023, 5, 11), way="5"),
    ),
    "injury-without-flags": (
        lambda make: make.case(diagnoses=("S72.000",), injury="1"),
        lambda make: make.case(diagnoses=("S72.000",), injury="1", third_party="0"),
    ),
    "second-line-unproven": (  # the first-line drug came an hour too late
        lambda make: make.case(
            make.charge(MEROPENEM, hour=10), make.charge(CEFTRIAXONE, hour=11), lines=make.days(BED, 3)
        ),
        lambda make: make.case(
            make.charge(MEROPENEM, hour=10), make.charge(CEFTRIAXONE, hour=10), lines=make.days(BED, 3)
        ),
    ),
    "drug-off-diagnosis": (
        lambda make: make.case(make.charge(INSULIN)),
        lambda make: make.case(make.charge(INSULIN), diagnoses=("I10.x00x002", "E11.900")),
    ),
    "item-above-level": (
        lambda make: make.case(make.charge(RADIATION), level="secondary", diagnoses=("C34.900",)),
        lambda make: make.case(make.charge(RADIATION), level="tertiary", diagnoses=("C34.900",)),
    ),
    # management
    "repeat-charge": (
        lambda make: make.case(make.charge(BLOOD, hour=11), make.charge(BLOOD, hour=11, count="0.0001")),
        lambda make: make.case(make.charge(BLOOD, hour=11), make.charge(BLOOD, hour=12)),
    ),
    "units-over-day": (  # three infusions a day
        lambda make: make.case(make.charge(INFUSION, hour=8, count="3"), make.charge(INFUSION, hour=9, count="0.0001")),
        lambda make: make.case(make.charge(INFUSION, hour=8, count="2"), make.charge(INFUSION, hour=9)),
    ),
    "units-over-stay": (
        lambda make: make.case(make.charge(THYROID, day=0), make.charge(THYROID, day=2)),
        lambda make: make.case(make.charge(THYROID, day=0)),
    ),
    "bed-days-over": (  # the day of discharge is charged too
        lambda make: make.case(make.charge(BED, day=3)),
        lambda make: make.case(),
    ),
    "nursing-days-over": (
        lambda make: make.case(make.charge(NURSE_2, day=3)),
        lambda make: make.case(),
    ),
    "nursing-twice-a-day": (  # three days, one of them with two levels, one without any
        lambda make: make.case(
            make.charge(NURSE_2, day=0),
            make.charge(NURSE_1, day=0),
            make.charge(NURSE_2, day=1),
            lines=make.days(BED, 3) + make.days(CALCIUM, 3),
        ),
        lambda make: make.case(
            make.charge(NURSE_2, day=0),
            make.charge(NURSE_1, day=1),
            make.charge(NURSE_2, day=2),
            lines=make.days(BED, 3) + make.days(CALCIUM, 3),
        ),
    ),
    "beds-twice-a-day": (
        lambda make: make.case(make.charge(BED), make.charge(SINGLE), lines=make.days(CALCIUM, 3)),
        lambda make: make.case(make.charge(BED), make.charge(SINGLE, day=1), lines=make.days(CALCIUM, 3)),
    ),
    "package-and-parts": (
        lambda make: make.case(make.charge(LIVER), make.charge(ALT)),
        lambda make: make.case(make.charge(LIVER), make.charge(ALT, day=1)),
    ),
    "line-before-admission": (
        lambda make: make.case(make.charge(CT, day=-1, hour=23)),
        lambda make: make.case(make.charge(CT, day=0, hour=0)),
    ),
    "line-after-discharge": (
        lambda make: make.case(make.charge(CT, day=4, hour=0)),
        lambda make: make.case(make.charge(CT, day=3, hour=23)),
    ),
    "line-after-death": (
        lambda make: make.case(make.charge(CT, day=2), died=dt.date(2023, 5, 9), lines=make.days(CALCIUM, 2)),
        lambda make: make.case(make.charge(CT, day=1), died=dt.date(2023, 5, 9), lines=make.days(CALCIUM, 2)),
    ),
    "refund-over-original": (
        lambda make: make.case(
            make.charge(CT, sn="90"),
            make.charge(CT, sn="91", refund_of="90", quantity=-UNIT - 1, amount=-24_002),
        ),
        lambda make: make.case(
            make.charge(CT, sn="90"),
            make.charge(CT, sn="91", refund_of="90", quantity=-UNIT, amount=-24_000),
        ),
    ),
    "split-stay": (
        lambda make: make.case(others=(make.other(15),)),
        lambda make: make.case(others=(make.other(16),)),
    ),
    "overlapping-stays": (
        lambda make: make.case(others=(make.other(-1, hospital="H2"),)),
        lambda make: make.case(others=(make.other(0, hospital="H2"),)),
    ),
    "outpatient-during-stay": (
        lambda make: outpatient(make, others=(make.other(-1, days=2, hospital="H2"),)),
        lambda make: outpatient(make, others=(make.other(0, days=2, hospital="H2"),)),
    ),
    "two-places-at-once": (
        lambda make: make.case(
            others=(make.other(30, hospital="H2", settled_at=make.case().bill.settled_at - dt.timedelta(minutes=30)),)
        ),
        lambda make: make.case(
            others=(make.other(30, hospital="H2", settled_at=make.case().bill.settled_at - dt.timedelta(minutes=31)),)
        ),
    ),
    "many-stays": (  # with this one the fifth in 90 days
        lambda make: make.case(others=tuple(make.other(each, diagnoses=("K80.2",)) for each in (20, 40, 60, 80))),
        lambda make: make.case(others=tuple(make.other(each, diagnoses=("K80.2",)) for each in (20, 40, 60, 88))),
    ),
    "split-around-deductible": (  # 900.00 of deductible: 1,080.00 in scope is 20 % above it
        lambda make: make.case(
            deductible=45_000,
            others=(make.other(5, diagnoses=("K80.2",), in_scope=108_000),),
        ),
        lambda make: make.case(
            deductible=45_000,
            others=(make.other(5, diagnoses=("K80.2",), in_scope=108_001),),
        ),
    ),
    "zero-day-stay": (
        lambda make: make.case(days=0, lines=[make.charge(BED), make.charge(INFUSION)]),
        lambda make: make.case(days=0, lines=[make.charge(BED), make.charge(INFUSION)], way="2"),
    ),
    "hanging-bed": (
        lambda make: make.case(lines=make.days(BED, 3) + make.days(NURSE_2, 3) + [make.charge(CT)]),
        lambda make: make.case(lines=make.days(BED, 2) + make.days(NURSE_2, 2) + [make.charge(CT)], days=2),
    ),
    "tests-on-admission": (  # thirteen different ones; twelve, and the thirteenth a day later
        lambda make: make.case(*(make.charge(code) for code in TESTS)),
        lambda make: make.case(*(make.charge(code) for code in TESTS[:12]), make.charge(TESTS[12], day=1)),
    ),
    "test-repeated-elsewhere": (
        lambda make: make.case(
            make.charge(CT), others=(make.other(14, hospital="H2", tests=((CT, dt.date(2023, 4, 24)),)),)
        ),
        lambda make: make.case(
            make.charge(CT), others=(make.other(14, hospital="H2", tests=((CT, dt.date(2023, 4, 23)),)),)
        ),
    ),
    "part-settled-often": (
        lambda make: make.case(part=4),
        lambda make: make.case(part=3),
    ),
    "cost-outlier": (  # 1,870.00 is usual
        lambda make: make.case(amount=561_001),
        lambda make: make.case(amount=561_000),
    ),
    # medical
    "gender-conflict": (
        lambda make: make.case(make.charge(PROGESTERONE)),
        lambda make: make.case(make.charge(PROGESTERONE), gender=""),
    ),
    "pregnancy-item-for-man": (
        lambda make: make.case(make.charge(SCAN_OF_PREGNANCY)),
        lambda make: make.case(make.charge(SCAN_OF_PREGNANCY), gender="2"),
    ),
    "age-conflict": (  # up to 14 years: fifteen on the day of admission, or the day after the fee
        lambda make: make.case(make.charge(FOR_CHILDREN), born=dt.date(2008, 5, 8)),
        lambda make: make.case(make.charge(FOR_CHILDREN), born=dt.date(2008, 5, 9)),
    ),
    "female-diagnosis-of-man": (
        lambda make: make.case(diagnoses=("D25.900",)),
        lambda make: make.case(diagnoses=("D25.900",), gender="2"),
    ),
    "male-diagnosis-of-woman": (
        lambda make: make.case(diagnoses=("N40.x00",), gender="2"),
        lambda make: make.case(diagnoses=("N40.x00",)),
    ),
    "newborn-diagnosis-of-adult": (
        lambda make: make.case(diagnoses=("P59.900",), born=dt.date(2021, 5, 8)),
        lambda make: make.case(diagnoses=("P59.900",), born=dt.date(2021, 5, 9)),
    ),
    "same-group-twice": (
        lambda make: make.case(make.charge(OMEPRAZOLE), make.charge(PANTOPRAZOLE)),
        lambda make: make.case(make.charge(OMEPRAZOLE), make.charge(PANTOPRAZOLE, day=1)),
    ),
    "drugs-clash": (
        lambda make: make.case(make.charge(CEFTRIAXONE)),  # the honest stay has calcium on each day
        lambda make: make.case(make.charge(CEFTRIAXONE, day=3)),
    ),
    "prescription-too-long": (
        lambda make: outpatient(make, make.charge(AMLODIPINE, count="7.1")),
        lambda make: outpatient(make, make.charge(AMLODIPINE, count="7")),
    ),
    "chronic-prescription-too-long": (
        lambda make: outpatient(make, make.charge(AMLODIPINE, days=8500), med_type="14"),
        lambda make: outpatient(make, make.charge(AMLODIPINE, days=8400), med_type="14"),
    ),
    "discharge-medicine-over": (
        lambda make: make.case(make.charge(AMLODIPINE, day=3, count="15", take_home=True)),
        lambda make: make.case(make.charge(AMLODIPINE, day=3, count="14", take_home=True)),
    ),
}


def test_every_rule_has_a_bill_that_breaks_it_and_one_that_does_not() -> None:
    _, rules = load_rules()
    assert [rule.id for rule in rules] == list(PAIRS)
    assert len(rules) >= 30


@pytest.mark.parametrize("rule_id", PAIRS)
def test_a_bill_that_just_breaks_a_rule_is_found_by_it_alone(rule_id: str, make: Any, found: Any) -> None:
    assert set(found(PAIRS[rule_id][0](make))) == {rule_id}


@pytest.mark.parametrize("rule_id", PAIRS)
def test_a_bill_that_just_does_not_break_it_is_clean(rule_id: str, make: Any, found: Any) -> None:
    assert found(PAIRS[rule_id][1](make)) == {}
