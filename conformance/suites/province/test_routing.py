"""Routing: every step of care between two cities goes on to the one that it is for, once, and to nobody else."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import BETWEEN, IN, OUT
from conformance.suites.shapes import onward
from conformance.suites.shapes.onward import QUERIES

PLACES = (BETWEEN, OUT, IN)
CARE = ("inpatient", "outpatient", "pharmacy")
ANEW = ("1101", "5201", "5206")
ASIDE = (
    ("inpatient", "2301", "2302"),
    ("inpatient", "2401", "2404"),
    ("inpatient", "2402", "2405"),
    ("outpatient", "2201", "2202"),
    ("outpatient", "2204", "2205"),
)
LOCAL = ("9002", "3201", "5204")
UNKNOWN_AREA = "329999"


@core
@verifies(
    "JS-3.1a",
    "JS-3.1b",
    "JS-3.1d",
    zh="异地就医的每一步都转到参保地（外省的经部平台），恰好一次，次序不变，msgid不变。",
    en="Every step of care away from home goes on to the place of insurance, exactly once, in order, under its msgid.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_each_step_goes_on_once(case: CaseClient, where: str, care: str) -> None:
    onward.each_once(case, case.visit(where, care=care))


@core
@verifies(
    "JS-3.1a",
    "JS-3.1d",
    zh="各种撤销和取消（明细、入院、出院、挂号）同样转到参保地，恰好一次。",
    en="What takes back lines, an admission, a discharge or a registration goes on exactly once too.",
)
@pytest.mark.parametrize(("care", "after", "infno"), ASIDE, ids=[each[2] for each in ASIDE])
@pytest.mark.parametrize("where", PLACES)
def test_what_takes_a_step_back_goes_on_once(case: CaseClient, where: str, care: str, after: str, infno: str) -> None:
    visit = case.visit(where, care=care)
    visit.until(after)
    onward.once(case, visit, infno)


@core
@verifies(
    "JS-3.1a",
    "JS-3.1d",
    zh="查询同样转到参保地，恰好一次。",
    en="Queries go on to the place of insurance exactly once too.",
)
@pytest.mark.parametrize("infno", QUERIES)
def test_a_query_goes_on_once(case: CaseClient, infno: str) -> None:
    visit = case.visit(BETWEEN)
    visit.settled()
    onward.once(case, visit, infno)


@core
@verifies(
    "JS-3.1d",
    zh="同样的查询在办理前后各问一次，每次都转到参保地，不以旧答复作答。",
    en="The same question before and after something has changed is asked anew each time, not answered from memory.",
)
@pytest.mark.parametrize("where", PLACES)
def test_the_same_question_is_asked_anew(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.settled()
    for infno in ANEW:
        visit.succeeds(infno)
    visit.succeeds(visit.cancels)
    before = case.passed()
    for infno in ANEW:
        step = visit.succeeds(infno)
    case.expect("", "/forwarded", list(ANEW), [infno for infno, _ in case.passed()[len(before) :]], step.line)


@core
@verifies(
    "JS-3.1a",
    zh="同时办理的省内、跨省就诊各去各的参保地，互不影响。",
    en="Visits in the province, out of it and into it at the same time each go where they belong.",
)
def test_visits_on_every_way_at_once(case: CaseClient) -> None:
    visits = [case.visit(where, yuan=7_000 + 1_000 * number) for number, where in enumerate(PLACES)]
    for infno in visits[0].plan:
        for visit in visits:
            visit.succeeds(infno)
    for visit in visits:
        visit.succeeds(visit.cancels)


@core
@verifies(
    "JS-3.1a",
    zh="参保地或就医地未登记的，拒绝，不转发。",
    en="What names an area that is not registered is refused and goes nowhere.",
)
@pytest.mark.parametrize("infno", ["1101", "2401"])
@pytest.mark.parametrize("field", ["insuplc_admdvs", "mdtrtarea_admvs"])
def test_an_unknown_area_is_refused(case: CaseClient, field: str, infno: str) -> None:
    visit = case.visit(BETWEEN)
    visit.before(infno)
    onward.rejected_here(case, visit, infno, {f"head/{field}": UNKNOWN_AREA})
    visit.succeeds(infno)


@verifies(
    "JS-3.1a",
    zh="就医地、参保地都不在本省的，拒绝，不再转回部平台。",
    en="What is between other provinces is refused, and does not go back to the ministry.",
)
def test_what_is_of_no_city_here_is_refused(case: CaseClient) -> None:
    visit = case.visit(IN)
    visit.until("1101")
    onward.rejected_here(case, visit, "1101", {"head/insuplc_admdvs": visit.about()["mdtrtarea_admvs"]})
    visit.succeeds("2401")


@core
@verifies(
    "JS-3.1a",
    "JS-3.2b",
    zh="签到、对账等只在医院与本市之间的交易，省平台拒绝且不转发。",
    en="What is between a hospital and its city alone is refused by the province and goes nowhere.",
)
@pytest.mark.parametrize("infno", LOCAL)
def test_what_is_local_goes_no_further(case: CaseClient, infno: str) -> None:
    visit = case.visit(BETWEEN)
    visit.settled()
    onward.rejected_here(case, visit, infno)
