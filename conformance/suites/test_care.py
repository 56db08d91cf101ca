"""Kinds of care beside stays: outpatient, chronic diseases, pharmacies; and every area and province."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)
LEVELS = ("tertiary", "secondary", "primary")
DIABETES, CANCER = "M01600", "M00500"
AREAS = 6


@core
@verifies(
    "P75-06",
    zh="门诊、药店按各自的起付线、比例和限额结算。",
    en="Outpatient care and purchases have deductible, ratio and limit of their own.",
)
@pytest.mark.parametrize("shape", ("worker", "retired", "resident", "civil_servant", "one_fen"))
@pytest.mark.parametrize("care", ("outpatient", "pharmacy"))
@pytest.mark.parametrize("where", (AWAY, HOME))
def test_outpatient_care_and_purchases(case: CaseClient, where: str, care: str, shape: str) -> None:
    level = "secondary" if care == "outpatient" else "tertiary"
    case.visit(where, shape, care=care, level=level, yuan=2_345).tried()


@verifies(
    "P75-06",
    zh="门诊起付线一年累计一次，用完后不再扣。",
    en="The outpatient deductible is one for the year: when it is used up no more is taken.",
)
@pytest.mark.parametrize("where", PLACES)
def test_the_outpatient_deductible_is_used_up(case: CaseClient, where: str) -> None:
    first = case.visit(where, care="outpatient")
    line = first.figures()["deductibles"][0]
    taken: list[int] = []
    visit = first
    for share in (2, 2, 1):
        visit = visit if not taken else case.visit(where, care="outpatient", like=first.number)
        fen = line // 2 + 50 if share == 2 else 100_000
        visit.charge({"item": "a", "price": f"{fen // 100}.{fen % 100:02d}"})
        taken.append(visit.settled().output["setlinfo"]["act_pay_dedc"])
    assert taken == [line // 2 + 50, line - line // 2 - 50, 0]


@verifies(
    "P75-06",
    zh="门诊年度限额用完后统筹不再支付，药店与门诊合并计算。",
    en="When the yearly limit of outpatient care is used up the fund pays no more, purchases counting with it.",
)
@pytest.mark.parametrize("where", PLACES)
def test_the_outpatient_limit_is_used_up(case: CaseClient, where: str) -> None:
    first = case.visit(where, care="outpatient", yuan=60_000)
    cap = first.figures()["cap"]
    assert first.settled().output["setlinfo"]["hifp_pay"] == cap
    second = case.visit(where, care="pharmacy", like=first.number)
    assert second.settled().output["setlinfo"]["hifp_pay"] == 0
    first.succeeds("2208")
    third = case.visit(where, care="pharmacy", like=first.number)
    assert third.settled().output["setlinfo"]["hifp_pay"] > 0


@core
@verifies(
    "P75-06",
    zh="经备案的门诊慢特病按病种待遇结算，未备案的病种不结算。",
    en="A chronic disease that is filed has its own benefit, and one that is not has none.",
)
@pytest.mark.parametrize("disease", (DIABETES, CANCER))
@pytest.mark.parametrize("where", PLACES)
def test_chronic_care(case: CaseClient, where: str, disease: str) -> None:
    visit = case.visit(where, "retired", care="chronic", disease=disease, yuan=3_000)
    visit.until("2201")
    visit.rejects("2203")
    visit.declare(disease)
    info = visit.settled_from("2203").output["setlinfo"]
    assert info["hifp_pay"] > 0
    visit.succeeds("2208")


@verifies(
    "P75-06",
    zh="慢特病年度限额按病种各自计算。",
    en="The yearly limit of chronic care is one for each disease.",
)
@pytest.mark.parametrize("where", PLACES)
def test_the_limit_of_each_disease(case: CaseClient, where: str) -> None:
    first = case.visit(where, care="chronic", disease=DIABETES, yuan=20_000)
    first.declare(DIABETES)
    first.declare(CANCER)
    cap = first.figures()["cap"]
    assert first.settled().output["setlinfo"]["hifp_pay"] == cap
    second = case.visit(where, care="chronic", disease=DIABETES, like=first.number)
    assert second.settled().output["setlinfo"]["hifp_pay"] == 0
    third = case.visit(where, care="chronic", disease=CANCER, like=first.number)
    assert third.settled().output["setlinfo"]["hifp_pay"] > 0


@verifies(
    "JS-3.2b",
    zh="交易与医疗类别不符的被拒绝。",
    en="A kind of care that a transaction is not for is refused.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_kind_of_care_of_another_transaction(case: CaseClient, where: str) -> None:
    stay, visit, purchase = (case.visit(where, care=care) for care in ("inpatient", "outpatient", "pharmacy"))
    stay.until("1101")
    stay.rejects("2401", {"mdtrtinfo/med_type": "11"})
    visit.until("2201")
    visit.rejects("2203", {"mdtrtinfo/med_type": "21"})
    visit.settled_from("2203")
    purchase.until("1101")
    purchase.rejects("2102", {"druginfo/med_type": "11"})


@core
@verifies(
    "JS-2.2",
    "JS-3.1e",
    "JS-3.3d",
    zh="每个统筹区的参保人在外地都能直接结算。",
    en="People of every area of the city are settled directly away from home.",
)
@pytest.mark.parametrize("area", range(AREAS))
def test_people_of_every_area_are_settled_away(case: CaseClient, area: int) -> None:
    case.visit(AWAY, area=area).settled()


@core
@verifies(
    "JS-2.2",
    "JS-3.1d",
    "JS-3.1e",
    zh="每个统筹区的医院都能为外地人员直接结算。",
    en="Hospitals of every area of the city settle visitors directly.",
)
@pytest.mark.parametrize("area", range(AREAS))
def test_visitors_are_settled_in_every_area(case: CaseClient, area: int) -> None:
    case.visit(HERE, at=str(area)).settled()


@core
@verifies(
    "P75-15",
    "JS-1.1",
    "JS-1.2",
    zh="跨省：目录按就医地，待遇按参保地，分类合计以就医地为准。",
    en="Across provinces the catalogue is that of the place of treatment, and the benefit that of insurance.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient", "pharmacy"))
@pytest.mark.parametrize("where", (AWAY, HERE))
def test_care_across_provinces(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, "retired", care=care, far=True)
    visit.settled()
    visit.succeeds(visit.cancels)


@verifies(
    "P75-15",
    zh="跨省的分类合计须等于明细合计，否则拒绝。",
    en="Across provinces class totals that do not sum to the lines are refused.",
)
@pytest.mark.parametrize("where", (AWAY, HERE))
def test_class_totals_across_provinces(case: CaseClient, where: str) -> None:
    visit = case.visit(where, far=True)
    total = visit.charge({"item": "a", "price": "150.05"}, {"item": "b", "price": "50.00"})
    visit.before("2304")
    names = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
    for wrong in ((0, 0, 500, total), (0, 0, -500, total + 500)):
        visit.rejects("2304", {f"data/{name}": fen for name, fen in zip(names, wrong, strict=True)})
    visit.succeeds("2304")


@verifies(
    "JS-3.3e",
    zh="同一账单在同一级别的不同医院结果相同。",
    en="The same bill comes to the same at every hospital of a level.",
)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("where", (HERE, HOME))
def test_hospitals_of_a_level_are_alike(case: CaseClient, where: str, level: str) -> None:
    paid = set()
    for at in ("", "another"):
        visit = case.visit(where, level=level, at=at)
        visit.charge({"item": "a", "price": "4321.09"}, {"item": "b", "price": "987.65"})
        paid.add(visit.settled().output["setlinfo"]["fund_pay_sumamt"])
    assert len(paid) == 1
