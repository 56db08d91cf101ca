"""Fee lines and bills of a hospital: each line rounded by itself, their sum sent with the bill."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.hospital.client import HospitalClient
from conformance.setting import HERE

CARE = ("inpatient", "outpatient", "pharmacy")
HALF_FENS = ({"price": "20.005"}, {"price": "30.005"}, {"price": "40.005"})
DECIMALS = ({"price": "12.345678", "quantity": "0.3333"}, {"price": "0.010001", "quantity": "7.0007"}, {"price": "99"})
CLASSES = (
    {"item": "a", "quantity": "3"},
    {"item": "b", "price": "33.335"},
    {"item": "c", "price": "7.775"},
    {"item": "capped_a", "over": "1.005", "quantity": "2"},
)


@core
@verifies(
    "P75-A9",
    zh="每行先四舍五入到分，再相加；医疗费总额是各行之和。",
    en="Each line is rounded to the fen, half up, before they are added; the bill is the sum of the lines.",
)
@pytest.mark.parametrize("care", CARE)
def test_lines_are_rounded_before_they_are_added(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HERE, care=care, rows=HALF_FENS)
    stay.settled()
    hospital.case.expect(stay.settles, "/input/medfee_sumamt", 9003, stay.standing()["medfee_sumamt"])


@verifies(
    zh="单价六位小数、数量四位小数，金额仍精确到分。",
    en="Prices of six decimals and quantities of four come to the right fen.",
)
@pytest.mark.parametrize("care", CARE)
def test_prices_and_quantities_with_all_their_decimals(hospital: HospitalClient, care: str) -> None:
    hospital.visit(HERE, care=care, rows=DECIMALS).settled()


@core
@verifies(
    "P75-A9",
    zh="门诊结算上送的四类合计，是各行分类之和。",
    en="The four class totals of an outpatient bill are the sums of what the lines were classified as.",
)
def test_the_class_totals_of_a_bill(hospital: HospitalClient) -> None:
    hospital.visit(HERE, care="outpatient", rows=CLASSES).settled()


@verifies(
    zh="明细超过一百行时分批上传，每批至多一百行，一行不多、一行不少。",
    en="More than a hundred lines go in batches of a hundred at most, none left out and none sent twice.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient"))
def test_more_than_a_hundred_lines(hospital: HospitalClient, care: str) -> None:
    rows = tuple({"item": "abc"[number % 3], "price": f"{10 + number}.005"} for number in range(130))
    stay = hospital.visit(HERE, care=care, rows=rows)
    stay.settled()
    stay.stands(1)
