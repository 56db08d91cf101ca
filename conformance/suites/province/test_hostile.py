"""Hostile input: refused without failing or hanging, nothing of it goes on, and the next honest call is served."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import BETWEEN, IN
from conformance.suites.shapes.bodies import HOSTILE, SPELT, WRONG, spelt_otherwise
from conformance.suites.shapes.onward import turned_away_here

SENT = {
    **{name: HOSTILE[name] for name in ("empty", "cut in half", "an array", "no JSON", "NaN", "a key twice")},
    **{name: HOSTILE[name] for name in ("deep nesting", "a huge text", "GB18030 called UTF-8", "no input")},
    **{name: HOSTILE[name] for name in ("a lone surrogate", "an unknown transaction")},
    **WRONG,
}


@core
@verifies(
    "JS-3.2b",
    zh="残缺、恶意、编码错误或不合规范的报文一律拒绝，不转发；下一笔正常业务照办。",
    en="What is broken, hostile, wrongly encoded or not as the interface says is refused and goes nowhere.",
)
@pytest.mark.parametrize("how", SENT)
def test_hostile_input_is_refused(case: CaseClient, how: str) -> None:
    visit = case.visit(BETWEEN)
    visit.until("1101")
    turned_away_here(case, visit, SENT[how](visit.word("2401")), "2401", how)
    visit.succeeds("2401")
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2b",
    zh="同一内容的不同写法（次序、空白、转义、空值、地方字段）同样受理。",
    en="The same content in another spelling, order, spacing, escapes, empty or local fields, is taken alike.",
)
@pytest.mark.parametrize("how", SPELT)
@pytest.mark.parametrize("where", [BETWEEN, IN])
def test_another_spelling_is_understood(case: CaseClient, where: str, how: str) -> None:
    visit = case.visit(where)
    spelt_otherwise(visit, how)
    visit.settled_from("2401")
