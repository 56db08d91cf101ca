"""Hostile input: whatever comes in is refused without failing or hanging, and the next honest call is served."""

from __future__ import annotations

import json
import re

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes.bodies import HOSTILE, WRONG

PLACES = (HERE, AWAY)


@core
@verifies(
    "JS-3.2b",
    zh="残缺、恶意或错误编码的报文一律拒绝，不出故障、不挂起，下一笔正常业务照办。",
    en="What is broken, hostile or wrongly encoded is refused without failure or delay, and the next call is served.",
)
@pytest.mark.parametrize("how", HOSTILE)
@pytest.mark.parametrize("where", PLACES)
def test_hostile_input_is_refused(case: CaseClient, where: str, how: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    body = visit.word("2401")
    visit.turned_away(HOSTILE[how](body), "2401", how)
    visit.succeeds("2401")
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2b",
    zh="不合接口规范的报文一律拒绝，不留痕迹。",
    en="What is not as the interface says is refused and leaves no trace.",
)
@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("where", PLACES)
def test_a_message_against_the_interface_is_refused(case: CaseClient, where: str, how: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    wrong = WRONG[how](visit.word("2401"))
    assert json.loads(wrong)
    visit.turned_away(wrong, "2401", how)
    visit.succeeds("2401")
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2b",
    zh="金额超过两位小数、写成文本或过大的，拒绝。",
    en="An amount with more than two decimals, written as a text, or too large is refused.",
)
@pytest.mark.parametrize("amount", ["0.001", '"12000.00"', "1e3000", "99999999999999999999.99", "true", "null"])
@pytest.mark.parametrize("where", PLACES)
def test_an_amount_that_is_none(case: CaseClient, where: str, amount: str) -> None:
    visit = case.visit(where)
    visit.before("2303")
    body = visit.word("2303")
    wrong = re.sub(rb'"medfee_sumamt":[0-9.]+', b'"medfee_sumamt":' + amount.encode(), body)
    visit.turned_away(wrong, "2303", f"the amount {amount}")
    visit.succeeds("2303")
    visit.succeeds("2304")


@core
@verifies(
    "P75-24",
    "JS-3.2b",
    zh="人员编号、就诊编号中的查询语句、路径、通配符只是文字：查无此人、查无此就诊。",
    en="Statements, paths and wild cards in a person's or visit's number are mere text: there is nobody by it.",
)
@pytest.mark.parametrize("text", ["' OR '1'='1", "1; DROP TABLE psn;--", "%", "*", "${jndi:ldap://x/a}", "../../psn"])
@pytest.mark.parametrize("where", [HERE, AWAY, HOME])
def test_a_number_is_mere_text(case: CaseClient, where: str, text: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    visit.refused("2401", {"mdtrtinfo/psn_no": text, "diseinfo/psn_no": text})
    visit.succeeds("2401")
    visit.refused("2402", {"dscginfo/mdtrt_id": text, "diseinfo/mdtrt_id": text})
    visit.succeeds("2301")
