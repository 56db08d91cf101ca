"""Queries: what a city tells of persons, visits, settlements and accumulators is what has happened."""

from __future__ import annotations

import datetime as dt

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)
CARE = ("inpatient", "outpatient", "pharmacy")
SHAPES = ("worker", "retired", "resident", "poor", "civil_servant")


def all_of(visit: VisitClient, where: str) -> None:
    """Ask all there is to ask about a settlement; the lines of one are known to the city of treatment alone."""
    for infno in ("5201", "5202", "5203", "5206", "5303", *(() if where == AWAY else ("5204",))):
        visit.succeeds(infno)


@core
@verifies(
    "P75-24",
    "JS-3.1c",
    zh="1101答复人员的身份、险种、参保地、账户余额，与参保信息一致。",
    en="1101 tells who a person is, how and where insured, and the account's balance, as the insured data have it.",
)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("where", PLACES)
def test_who_a_person_is(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    info = visit.until("1101")
    case.expect("1101", "/output/baseinfo/psn_no", visit.facts["psn_no"], info.output["baseinfo"]["psn_no"], info.line)


@core
@verifies(
    "P75-24",
    zh="证件号码错误或查无此人的，1101拒绝。",
    en="1101 refuses a number or name that nobody has.",
)
@pytest.mark.parametrize(
    "changed", [{"data/psn_name": "无此人"}, {"data/certno": "E00000001", "data/mdtrt_cert_no": "E00000001"}]
)
@pytest.mark.parametrize("where", PLACES)
def test_nobody_by_that_name(case: CaseClient, where: str, changed: dict[str, str]) -> None:
    visit = case.visit(where)
    visit.until("9001")
    visit.refused("1101", changed)
    visit.succeeds("1101")


@core
@verifies(
    "P75-07",
    "JS-3.1c",
    zh="2001按险种、医疗类别、备案和日期答复能否享受待遇。",
    en="2001 says whether the fund pays, by insurance, kind of care, filing and day.",
)
@pytest.mark.parametrize("shape", ["worker", "resident", "unfiled", "expired", "to_come", "last_day", "first_day"])
@pytest.mark.parametrize("where", PLACES)
def test_whether_the_fund_pays(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    visit.until("1101")
    visit.succeeds("2001")
    visit.succeeds("2001", {"data/insutype": "390" if shape != "resident" else "310"})
    visit.succeeds("2001", {"data/med_type": "11"})


@core
@verifies(
    "JS-3.1d",
    zh="结算后，就诊、诊断、结算、累计和在院查询与结算结果一致；撤销后随之改变。",
    en="After a settlement every query tells what it was; after its cancellation they tell that too.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_queries_tell_what_has_happened(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    visit.settled()
    all_of(visit, where)
    visit.succeeds(visit.cancels)
    for infno in ("5201", "5202", "5203", "5206", "5303"):
        visit.do_query(infno)


@core
@verifies(
    "P75-06",
    "P75-A9",
    zh="5203答复的基金分项和金额与结算时相同。",
    en="5203 tells the funds and amounts that the settlement told.",
)
@pytest.mark.parametrize("shape", ["worker", "poor", "civil_servant", "enterprise", "retired"])
@pytest.mark.parametrize("where", PLACES)
def test_a_settlement_is_told_again(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape, yuan=60_000)
    settled = visit.settled()
    told = visit.succeeds("5203")
    row = settled.output["setlinfo"]
    row = row[0] if isinstance(row, list) else row
    again = told.output["setlinfo"]
    again = again[0] if isinstance(again, list) else again
    for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay"):
        case.expect("5203", f"/output/setlinfo/{name}", row.get(name), again.get(name), told.line)


@verifies(
    zh="累计随结算增加、随撤销和冲正退回，一分不差。",
    en="Accumulators rise with a settlement and fall with its cancellation or reversal, to the fen.",
)
@pytest.mark.parametrize("undo", ["cancel", "reverse"])
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_accumulators_rise_and_fall(case: CaseClient, where: str, care: str, undo: str) -> None:
    visit = case.visit(where, care=care)
    visit.until("1101")
    before = visit.succeeds("5206")
    for infno in visit.plan[2:]:
        visit.succeeds(infno)
    settles, msgid = visit.last
    visit.succeeds("5206")
    if undo == "cancel":
        visit.succeeds(visit.cancels)
    else:
        visit.reverse_that(settles, msgid)
    after = visit.succeeds("5206")
    case.expect("5206", "/output", before.output, after.output, after.line)


@verifies(
    "JS-3.1d",
    zh="在院查询只列在院的人：入院后有，出院后无。",
    en="5303 lists who is in hospital: after the admission, and no more after the discharge.",
)
@pytest.mark.parametrize("where", PLACES)
def test_who_is_in_hospital(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    visit.succeeds("5303")
    visit.succeeds("2401")
    visit.succeeds("5303")
    visit.succeeds("2301")
    visit.succeeds("2402")
    visit.succeeds("5303")
    visit.succeeds("5201")


@verifies(
    "P75-24",
    zh="他人的就诊和结算，查询不予答复。",
    en="A query does not tell one person's visit or settlement under another's number.",
)
@pytest.mark.parametrize("infno", ["5202", "5203"])
@pytest.mark.parametrize("where", PLACES)
def test_a_query_about_another_person(case: CaseClient, where: str, infno: str) -> None:
    visit, other = case.visit(where), case.visit(where)
    visit.settled()
    other.until("2401")
    step = visit.do_query(infno, {"data/psn_no": other.facts["psn_no"]})
    if step.infcode == 0:  # then it must tell nothing
        case.expect(infno, "/output", [], [each for each in step.output.values() if each], step.line)
    visit.succeeds(infno)


@verifies(
    "JS-3.1d",
    zh="查询时段之外的就诊不列出。",
    en="Visits outside the days asked for are not listed.",
)
@pytest.mark.parametrize("where", PLACES)
def test_visits_of_other_days(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.settled()
    today = dt.date.fromisoformat(visit.facts["today"])
    first, last = today - dt.timedelta(days=90), today - dt.timedelta(days=60)
    days = {"data/begntime": f"{first} 00:00:00", "data/endtime": f"{last} 23:59:59"}
    visit.do_query("5201", days)
    visit.succeeds("5201")
