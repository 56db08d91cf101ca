"""Long stays settled in parts: the parts come to what the whole would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.clauses import verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)
PART = {"data/mid_setl_flag": "1"}
FIRST = ({"item": "a", "price": "9000"}, {"item": "b", "price": "800"})
REST = ({"item": "a", "price": "12345.67"}, {"item": "c", "price": "99.99"})


def part(visit: VisitClient, *rows: Mapping[str, Any]) -> Mapping[str, int]:
    """Charge, and settle what has come in; return the amounts of the part."""
    visit.charge(*rows)
    visit.succeeds("2301")
    amounts: Mapping[str, int] = visit.succeeds("2304", PART).output["setlinfo"]
    return amounts


@verifies(
    zh="分次结算的各项金额之和等于一次结算。",
    en="A stay settled in parts comes to what it comes to when settled at once.",
)
@pytest.mark.parametrize("shape", ("worker", "retired", "resident", "poor"))
@pytest.mark.parametrize("where", PLACES)
def test_parts_come_to_the_whole(case: CaseClient, where: str, shape: str) -> None:
    visit, whole = case.visit(where, shape, use_account=False), case.visit(where, shape, use_account=False)
    visit.until("2401")
    first = part(visit, *FIRST)
    visit.charge(*REST)
    visit.succeeds("2301")
    last = visit.settled_from("2402").output["setlinfo"]
    whole.charge(*FIRST, *REST)
    once = whole.settled().output["setlinfo"]
    for name in ("medfee_sumamt", "act_pay_dedc", "psn_part_amt", "fund_pay_sumamt"):
        assert abs(first[name] + last[name] - once[name]) <= (0 if name in {"medfee_sumamt", "act_pay_dedc"} else 1)


@verifies(
    zh="中途结算只对未结的明细，已结明细不得撤销。",
    en="A part is of what has come in since the last one, and what was settled stays.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_part_is_of_what_is_not_settled(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2401")
    part(visit, *FIRST)
    visit.rejects("2302", {"data/feedetl_sn": "1"})
    visit.rejects("2404")
    assert part(visit, *REST)["act_pay_dedc"] == 0
    visit.charge({"item": "a", "price": "10"})
    visit.succeeds("2301")
    own, first = 9_999, 0  # of the part before: settled, and not to be settled again
    again = {"data/medfee_sumamt": 1_000 + 1_244_566, "data/fulamt_ownpay_amt": own, "data/overlmt_selfpay": 0}
    visit.rejects("2304", {**PART, **again, "data/preselfpay_amt": first, "data/inscp_scp_amt": 1_000 + 1_234_567})
    visit.succeeds("2402")
    visit.rejects("2304", PART)
    visit.succeeds("2304")


@verifies(
    zh="分次结算只能从最后一次起逐次撤销。",
    en="Of parts only the last can be cancelled, and then the one before it.",
)
@pytest.mark.parametrize("where", PLACES)
def test_parts_are_cancelled_from_the_last_on(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2401")
    part(visit, *FIRST)
    first = visit.about()["setl_id"]
    part(visit, *REST)
    last = visit.about()["setl_id"]
    visit.rejects("2305", {"data/setl_id": first})
    visit.succeeds("2305", {"data/setl_id": last})
    visit.succeeds("2305", {"data/setl_id": first})
    visit.rejects("2305", {"data/setl_id": first})
    info = visit.settled_from("2402").output["setlinfo"]
    assert info["medfee_sumamt"] == 980_000 + 1_244_566


@verifies(
    zh="分次结算按一次住院计算：只扣一次起付线，下一次住院为第二次。",
    en="Parts are one stay: one deductible, and the next stay is the second.",
)
@pytest.mark.parametrize("where", PLACES)
def test_parts_are_one_stay(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    steps = visit.figures()["deductibles"]
    visit.until("2401")
    first = part(visit, *FIRST)["act_pay_dedc"]
    visit.charge(*REST)
    visit.succeeds("2301")
    last = visit.settled_from("2402").output["setlinfo"]["act_pay_dedc"]
    second = case.visit(where, like=visit.number).settled().output["setlinfo"]["act_pay_dedc"]
    assert (first + last, second) == (steps[0], steps[1])
