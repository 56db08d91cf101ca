"""The life of a visit: every transaction in its order, and refused out of it without leaving a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)
NOBODY = "S00000000000000000"
BLOCKS: Mapping[str, tuple[str, ...]] = {
    "2203": ("mdtrtinfo",),
    "2204": ("feedetail",),
    "2301": ("feedetail",),
    "2401": ("mdtrtinfo", "diseinfo"),
    "2402": ("dscginfo", "diseinfo"),
}
STRANGER = "00000000000000000000"


class Moment(NamedTuple):
    """A moment of a visit: the steps to it, what must be refused then, and the steps that still lead to a settlement.

    ``settled`` tells whether there is a settlement that a cancellation can name.
    """

    steps: tuple[str, ...]
    refused: tuple[str, ...]
    after: tuple[str, ...]
    settled: bool = False


STAY: Mapping[str, Moment] = {
    "admitted": Moment(("9001", "2401"), ("2401", "2303", "2304", "2405", "2305"), ("2301", "2402", "2304")),
    "charged": Moment(("9001", "2401", "2301"), ("2303", "2304", "2404", "2405", "2305"), ("2402", "2303", "2304")),
    "discharged": Moment(("9001", "2401", "2301", "2402"), ("2301", "2302", "2402", "2404", "2305"), ("2304",)),
    "settled": Moment(
        ("9001", "2401", "2301", "2402", "2304"), ("2301", "2302", "2303", "2304", "2402", "2404", "2405"), (), True
    ),
    "cancelled": Moment(
        ("9001", "2401", "2301", "2402", "2304", "2305"),
        ("2305", "2301", "2302", "2402", "2404"),
        ("2405", "2302", "2301", "2402", "2304"),
        True,
    ),
    "withdrawn": Moment(
        ("9001", "2401", "2404"),
        ("2301", "2302", "2402", "2404", "2405", "2303", "2304"),
        ("2401", "2301", "2402", "2304"),
    ),
}
OUTPATIENT: Mapping[str, Moment] = {
    "registered": Moment(("9001", "2201"), ("2204", "2205", "2206", "2207", "2208"), ("2203", "2204", "2206", "2207")),
    "described": Moment(("9001", "2201", "2203"), ("2206", "2207", "2208"), ("2204", "2207")),
    "charged": Moment(("9001", "2201", "2203", "2204"), ("2202", "2208"), ("2206", "2207")),
    "settled": Moment(("9001", "2201", "2203", "2204", "2207"), ("2202", "2204", "2205", "2206", "2207"), (), True),
    "cancelled": Moment(
        ("9001", "2201", "2203", "2204", "2207", "2208"), ("2208", "2202"), ("2205", "2204", "2206", "2207"), True
    ),
    "withdrawn": Moment(
        ("9001", "2201", "2202"),
        ("2202", "2203", "2204", "2205", "2206", "2207"),
        ("2201", "2203", "2204", "2207"),
    ),
}
PURCHASE: Mapping[str, Moment] = {
    "new": Moment(("9001", "2101"), ("2103",), ("2102",)),
    "returned": Moment(("9001", "2102", "2103"), ("2103",), ("2101", "2102"), True),
}
CASES = [("inpatient", name) for name in STAY]
CASES += [("outpatient", name) for name in OUTPATIENT] + [("pharmacy", name) for name in PURCHASE]
MOMENTS = {"inpatient": STAY, "outpatient": OUTPATIENT, "pharmacy": PURCHASE}


def says(infno: str, field: str, value: str) -> dict[str, str]:
    """Return a field that a request names in each of its blocks: all of them, so that only the sense is wrong."""
    return {f"{block}/{field}": value for block in BLOCKS.get(infno, ("data",))}


def named(visit: VisitClient, infno: str, *, settled: bool) -> dict[str, Any]:
    """Return what a request has to name that the visit does not have yet."""
    wanting = dict[str, Any]()
    if infno not in {"2401", "2201"} and not visit.about()["mdtrt_id"]:
        wanting |= says(infno, "mdtrt_id", NOBODY)
    if infno in {"2305", "2208", "2103"} and not settled:
        wanting["data/setl_id"] = NOBODY
    return wanting


@core
@verifies(
    zh="每一步只能按序办理；越序的交易被拒绝，且不影响后续办理。",
    en="Each step has its place; one that is out of order is refused, and what follows goes on as if it had not come.",
)
@pytest.mark.parametrize(("care", "moment"), CASES)
@pytest.mark.parametrize("where", PLACES)
def test_steps_out_of_order_are_refused(case: CaseClient, where: str, care: str, moment: str) -> None:
    now = MOMENTS[care][moment]
    visit = case.visit(where, care=care, yuan=2_500)
    for infno in now.steps:
        visit.succeeds(infno)
    for infno in now.refused:
        if infno in {"2301", "2204"}:
            visit.charge({"item": "a", "price": "5"})  # a line that is refused for its time alone
        visit.rejects(infno, named(visit, infno, settled=now.settled))
    for infno in now.after:
        visit.succeeds(infno)


@verifies(
    zh="不存在的就诊号，任何交易都被拒绝。",
    en="Of a visit that there is not, every transaction is refused.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient"))
@pytest.mark.parametrize("where", PLACES)
def test_a_visit_that_there_is_not(case: CaseClient, where: str, care: str) -> None:
    steps = {
        "inpatient": ["2301", "2302", "2402", "2303", "2304", "2305", "2404", "2405"],
        "outpatient": ["2202", "2203", "2204", "2205", "2206", "2207", "2208"],
    }
    visit = case.visit(where, care=care)
    visit.succeeds("9001")
    if care == "outpatient":
        visit.until("2203")
    for infno in steps[care]:
        visit.rejects(infno, {**says(infno, "mdtrt_id", NOBODY), **named(visit, infno, settled=False)})


@core
@verifies(
    "P75-24",
    zh="冒用他人身份办理本次就医的每一步都被拒绝。",
    en="Each step of a visit under another person's number is refused.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient"))
@pytest.mark.parametrize("where", PLACES)
def test_another_persons_visit(case: CaseClient, where: str, care: str) -> None:
    visit, other = case.visit(where, care=care), case.visit(where, "retired", care=care)
    stranger = other.about()["psn_no"]
    other.until("1101")
    for infno in visit.plan:
        if infno not in {"9001", "1101", "2401", "2201"}:
            visit.rejects(infno, says(infno, "psn_no", stranger))
        visit.succeeds(infno)
    visit.rejects(visit.cancels, {"data/psn_no": stranger})
    visit.succeeds(visit.cancels)


@core
@verifies(
    zh="其他医院不能办理本院的就医。",
    en="What another hospital asks about this hospital's visit is refused.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient"))
@pytest.mark.parametrize("where", PLACES)
def test_another_hospitals_visit(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    other = case.visit(where, care=care, like=visit.number, at="another", yuan=900)
    other.succeeds("9001")
    other.succeeds(other.plan[2])
    for infno in visit.plan:
        visit.succeeds(infno)
        number = visit.about()["mdtrt_id"]
        if infno in {"2301", "2402", "2203", "2204"}:
            other.rejects(infno, says(infno, "mdtrt_id", number))
    total = visit.about()
    other.rejects(visit.cancels, {"data/mdtrt_id": total["mdtrt_id"], "data/setl_id": total["setl_id"]})
    visit.succeeds(visit.cancels)


@verifies(
    "P75-24",
    zh="身份证件、姓名不符的查不到人员信息。",
    en="A card or name that is not the person's finds nobody.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_person_is_known_by_card_and_name(case: CaseClient, where: str) -> None:
    visit, other = case.visit(where), case.visit(where, "retired")
    visit.succeeds("9001")
    visit.rejects("1101", {"data/psn_name": "查无此人"})
    card = other.about()["certno"]
    visit.rejects("1101", {"data/certno": card, "data/mdtrt_cert_no": card})
    visit.rejects("2401", says("2401", "psn_no", STRANGER))
    visit.settled_from("1101")


@core
@verifies(
    "P75-07",
    zh="险种与参保信息不符的入院、结算被拒绝。",
    en="Admission and settlement under another insurance than the person's are refused.",
)
@pytest.mark.parametrize("shape", ("worker", "resident"))
@pytest.mark.parametrize("where", PLACES)
def test_another_insurance(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    wrong = "390" if shape == "worker" else "310"
    visit.until("1101")
    visit.rejects("2401", {"mdtrtinfo/insutype": wrong})
    for infno in ("2401", "2301", "2402"):
        visit.succeeds(infno)
    visit.rejects("2303", {"data/insutype": wrong})
    visit.rejects("2304", {"data/insutype": wrong})
    visit.succeeds("2304")


@core
@verifies(
    zh="入院和出院日期不得晚于今日，出院不得早于入院。",
    en="No stay begins or ends in the future, or ends before it began.",
)
@pytest.mark.parametrize("where", PLACES)
def test_days_that_cannot_be(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    visit.rejects("2401", {"mdtrtinfo/begntime": f"{case.day(2)} 08:00:00"})
    visit.until("2301")
    visit.rejects("2402", {"dscginfo/endtime": f"{case.day(2)} 08:00:00"})
    visit.rejects("2402", {"dscginfo/endtime": f"{case.day(-4)} 08:00:00"})
    visit.succeeds("2402", {"dscginfo/endtime": f"{case.day(-3)} 23:00:00"})
    visit.settled_from("2303")


@verifies(
    zh="门诊挂号、购药日期不得晚于今日。",
    en="No outpatient visit and no purchase is of a day still to come.",
)
@pytest.mark.parametrize("where", PLACES)
def test_outpatient_days_that_cannot_be(case: CaseClient, where: str) -> None:
    visit, purchase = case.visit(where, care="outpatient"), case.visit(where, care="pharmacy")
    visit.until("1101")
    visit.rejects("2201", {"data/begntime": f"{case.day(2)} 08:00:00"})
    visit.settled_from("2201")
    purchase.until("2101")
    purchase.rejects("2102", {"druginfo/begntime": f"{case.day(2)} 08:00:00"})
    purchase.succeeds("2102")


@core
@verifies(
    "P75-45",
    zh="撤销结算产生一笔与原结算相反的记录，并指明原结算。",
    en="A cancellation is a row of its own, the negative of the settlement it names.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient", "pharmacy"))
@pytest.mark.parametrize("where", PLACES)
def test_a_cancellation_is_the_negative_of_its_settlement(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    paid = visit.settled().output["setlinfo"]
    told = visit.succeeds(visit.cancels).output["setlinfo"]
    back = told[0] if isinstance(told, list) else told
    for name in ("medfee_sumamt", "fund_pay_sumamt", "hifp_pay", "acct_pay", "psn_part_amt"):
        if name in back:
            assert back[name] == -paid[name]
    assert back["setl_id"] != paid["setl_id"]
    assert back["balc"] == paid["balc"] + paid["acct_pay"]


@verifies(
    "P75-45",
    zh="撤销须指明本次就医现行有效的结算。",
    en="A cancellation has to name a settlement of this visit that is in force.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient"))
@pytest.mark.parametrize("where", PLACES)
def test_a_cancellation_of_another_settlement(case: CaseClient, where: str, care: str) -> None:
    visit, other = case.visit(where, care=care), case.visit(where, "retired", care=care, yuan=700)
    visit.settled()
    other.settled()
    visit.rejects(visit.cancels, {"data/setl_id": other.about()["setl_id"]})
    first = visit.about()["setl_id"]
    visit.succeeds(visit.cancels)
    visit.succeeds(visit.settles)
    visit.rejects(visit.cancels, {"data/setl_id": first})
    visit.succeeds(visit.cancels)


@verifies(
    zh="撤销出院后可补费用，再出院结算为一张账单。",
    en="When a discharge was undone more can be charged, and the stay is settled as one bill.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_discharge_undone(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    first = visit.charge({"item": "a", "price": "700"})
    visit.until("2402")
    visit.succeeds("2405")
    more = visit.charge({"item": "b", "price": "900"}, {"item": "c", "price": "30"})
    visit.succeeds("2301")
    info = visit.settled_from("2402").output["setlinfo"]
    assert info["medfee_sumamt"] == first + more


@verifies(
    zh="明细全部撤销后可撤销入院，之后可重新入院。",
    en="When its lines are cancelled an admission can be undone, and the person admitted anew.",
)
@pytest.mark.parametrize("where", PLACES)
def test_an_admission_undone(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2301")
    visit.rejects("2404")
    visit.succeeds("2302")
    visit.succeeds("2404")
    assert visit.settled_from("2401").output["setlinfo"]["act_pay_dedc"] == visit.figures()["deductibles"][0]


@verifies(
    zh="收费批次可撤销重传；批次全撤后可退号。",
    en="A charge batch can be cancelled and sent again; without one a registration can be cancelled.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_batch_and_a_registration_undone(case: CaseClient, where: str) -> None:
    visit = case.visit(where, care="outpatient")
    visit.until("2204")
    visit.rejects("2205", {"data/chrg_bchno": "B9"})
    visit.succeeds("2205")
    visit.succeeds("2204")
    visit.rejects("2202")
    visit.succeeds("2205", {"data/chrg_bchno": "0000"})
    visit.succeeds("2202")
    visit.settled_from("2201")
