"""The gateway: a city speaks for its own hospitals and the ministry for other provinces, signed, now, and once."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.rough import ABOVE, IMPOSTOR, NEIGHBOUR, STRANGER
from conformance.setting import BETWEEN, IN
from conformance.suites.shapes.calls import FORGED, MIS_SIGNED, needs_nonce
from conformance.suites.shapes.onward import turned_away_here

PLACES = (BETWEEN, IN)


@core
@verifies(
    "JS-3.2b",
    zh="未签名、签名不符、时间过期或超前、重放的调用一律拒绝，不转发，业务不受影响。",
    en="A call that is unsigned, wrongly signed, out of time or replayed is turned away and goes nowhere.",
)
@pytest.mark.parametrize("sign", MIS_SIGNED)
@pytest.mark.parametrize("where", PLACES)
def test_a_call_that_is_not_signed_as_agreed(case: CaseClient, where: str, sign: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    needs_nonce(case, sign)
    turned_away_here(case, visit, visit.word("2401"), "2401", f"a call whose signature is {sign}", sign=sign)
    visit.settled_from("2401")


@core
@verifies(
    "JS-3.2b",
    zh="未知用户、密钥错误的调用一律拒绝；一市不得代另一市，市不得代部平台，部平台不得代本省各市。",
    en="A key nobody has or a wrong secret is turned away; a city speaks neither for another nor for the ministry, nor"
    " the ministry for a city.",
)
@pytest.mark.parametrize(
    ("where", "by"),
    [
        (BETWEEN, STRANGER),
        (BETWEEN, IMPOSTOR),
        (BETWEEN, NEIGHBOUR),
        (BETWEEN, ABOVE),
        (IN, STRANGER),
        (IN, IMPOSTOR),
        (IN, NEIGHBOUR),
    ],
)
def test_a_call_of_somebody_else(case: CaseClient, where: str, by: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    turned_away_here(case, visit, visit.word("2401"), "2401", f"what the {by} sends in another's name", by=by)
    visit.settled_from("2401")


@core
@verifies(
    zh="结算撤销的伪造和重放不改变任何金额。",
    en="Cancellations that are forged or replayed change no amount.",
)
@pytest.mark.parametrize("sign", FORGED)
def test_money_does_not_move_for_a_forged_call(case: CaseClient, sign: str) -> None:
    visit = case.visit(BETWEEN)
    visit.settled()
    needs_nonce(case, sign)
    body, what = visit.word(visit.cancels), f"a cancellation whose signature is {sign}"
    turned_away_here(case, visit, body, visit.cancels, what, sign=sign)
    visit.succeeds("5206")
    visit.succeeds(visit.cancels)


@verifies(
    zh="同一msgid，另一市不得冒用，也不得取得他人的答复。",
    en="Another city can neither use a msgid of this one nor have the answer to it.",
)
def test_another_city_gets_no_answer_of_this_one(case: CaseClient) -> None:
    visit = case.visit(BETWEEN)
    visit.until("1101")
    body = visit.word("1101")
    visit.turned_away(body, "1101", "a query of another city's hospital", by=NEIGHBOUR)
    visit.settled_from("2401")
