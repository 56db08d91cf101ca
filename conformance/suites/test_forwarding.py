"""Passing on: what goes up is what came in, once, and through the tier above; what is of the city alone stays in it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes import onward
from conformance.suites.shapes.onward import OPTIONAL, QUERIES, REFUSED

CARE = ("inpatient", "outpatient", "pharmacy")


@core
@verifies(
    "JS-3.1a",
    "JS-3.1b",
    "JS-3.1d",
    zh="外地患者的每一步都经省平台转发，恰好一次，次序不变，msgid不变。",
    en="Every step of a visitor's care is passed on to the province exactly once, in order, under its msgid.",
)
@pytest.mark.parametrize("care", CARE)
def test_each_step_of_a_visitor_goes_up_once(case: CaseClient, care: str) -> None:
    onward.each_once(case, case.visit(HERE, care=care))


@core
@verifies(
    "JS-3.1a",
    "JS-3.1d",
    zh="转发的查询同样恰好一次。",
    en="Queries about visitors go up exactly once too.",
)
@pytest.mark.parametrize("infno", QUERIES)
def test_a_query_about_a_visitor_goes_up_once(case: CaseClient, infno: str) -> None:
    visit = case.visit(HERE)
    visit.settled()
    onward.once(case, visit, infno)


@core
@verifies(
    "JS-3.1a",
    zh="本市就医的报文留在本市，不上传省平台。",
    en="Messages about care inside the city stay in it and never go up.",
)
@pytest.mark.parametrize("care", CARE)
def test_care_inside_the_city_stays_there(case: CaseClient, care: str) -> None:
    visit = case.visit(HOME, care=care)
    visit.settled()
    for infno in (*QUERIES[:2], "5201", "5203", "5204", "5206", visit.cancels, visit.settles, "9002"):
        step = visit.send(infno)
    case.expect("", "/forwarded", [], list(case.passed()), step.line)


@core
@verifies(
    "JS-3.1a",
    "JS-3.1c",
    zh="参保地直接答复转来的报文，不再上送。",
    en="The city of insurance answers what is passed on to it itself, and sends nothing up.",
)
@pytest.mark.parametrize("care", CARE)
def test_what_comes_from_above_is_answered_here(case: CaseClient, care: str) -> None:
    visit = case.visit(AWAY, care=care)
    step = visit.settled()
    for infno in (*QUERIES, visit.cancels):
        visit.succeeds(infno)
    case.expect("", "/forwarded", [], list(case.passed()), step.line)


@verifies(
    "JS-3.1a",
    "JS-3.2b",
    zh="签到、签退、对账、文件和本地明细查询只在医院与本市之间，不上送。",
    en="Sign-in, sign-out, statements and the query of lines stay between hospital and city.",
)
def test_what_is_local_stays_local(case: CaseClient) -> None:
    visit = case.visit(HERE)
    visit.settled()
    before = case.passed()
    visit.succeeds("5204")
    visit.send("3201")
    step = visit.succeeds("9002")
    visit.succeeds("9001")
    case.expect("", "/forwarded", list(before), list(case.passed()), step.line)


@core
@verifies(
    "JS-3.1a",
    "JS-3.2b",
    zh="可填的头部和数据项，转发时一字不改。",
    en="Optional fields of head and blocks are passed on to the letter.",
)
@pytest.mark.parametrize(("infno", "changed"), OPTIONAL)
def test_optional_fields_are_passed_on_unchanged(case: CaseClient, infno: str, changed: Mapping[str, str]) -> None:
    onward.optional_fields(case.visit(HERE), infno, changed)


@core
@verifies(
    "JS-3.1d",
    zh="参保地的拒绝原样传给医院：状态码和原因都不改。",
    en="A refusal of the city of insurance reaches the hospital as it is, code and reason.",
)
@pytest.mark.parametrize(("infno", "changed"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_refusal_comes_down_unchanged(case: CaseClient, infno: str, changed: Mapping[str, str]) -> None:
    visit = case.visit(HERE)
    visit.succeeds("9001")
    onward.refusal_comes_back(case, visit, infno, changed)
    case.expect(infno, "/forwarded", 1, len(case.told()))


@core
@verifies(
    "JS-3.1d",
    zh="参保地的答复传给医院时，金额和分段一分不改。",
    en="What the city of insurance answers reaches the hospital unchanged, to the fen and tier.",
)
@pytest.mark.parametrize("infno", ["2303", "2304"])
def test_the_shares_come_down_unchanged(case: CaseClient, infno: str) -> None:
    visit = case.visit(HERE)
    step = visit.until(infno)
    below, above = step.output["setlinfo"], case.told()[-1][3]["setlinfo"]
    below, above = (each[0] if isinstance(each, list) else each for each in (below, above))
    amounts = [name for name, value in above.items() if isinstance(value, int) and not isinstance(value, bool)]
    case.expect(
        infno,
        "/output/setlinfo",
        {name: above[name] for name in amounts},
        {name: below.get(name, 0) for name in amounts},
        step.line,
    )
    fund = [each.get("fund_payamt") for each in case.told()[-1][3].get("setldetail", ())]
    case.expect(
        infno,
        "/output/setldetail",
        fund,
        [each.get("fund_payamt") for each in step.output.get("setldetail", ())],
        step.line,
    )


@core
@verifies(
    "JS-3.1a",
    zh="被本市拒绝的报文不上送。",
    en="What the city itself refuses does not go up.",
)
@pytest.mark.parametrize("what", ["not signed in", "too early", "wrong sum"])
def test_what_is_refused_here_does_not_go_up(case: CaseClient, what: str) -> None:
    visit = case.visit(HERE)
    if what == "not signed in":
        step = visit.refused("1101")
    elif what == "too early":
        visit.until("2401")
        step = visit.refused("2304")
    else:
        visit.before("2304")
        step = visit.refused("2304", {"data/medfee_sumamt": 1})
    onward.not_passed_on(case, step)
