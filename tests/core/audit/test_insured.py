"""The insured city: it takes in findings and deductions about its own bills, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.platform.message import Key, Message, request

XUZHOU, NANJING = "320300", "320100"
FUND = 1_346_010
HEAD = {
    "mdtrtarea_admvs": NANJING,
    "insuplc_admdvs": XUZHOU,
    "sender_admdvs": NANJING,
    "recer_admvs": XUZHOU,
}


@pytest.fixture
def bill(play: Any) -> str:
    return str(play.stay().settled().setl_id)


def ask(play: Any, infno: str, number: int, blocks: dict[str, Any]) -> Message:
    asked = request(infno, Key("C32010000000", f"{infno}-{number}"), HEAD, blocks)
    reply = play.relay.ask(play.tick(), XUZHOU, asked)
    assert reply is not None
    return reply  # type: ignore[no-any-return]


def tell(play: Any, setl_id: str, find_id: str = "F1", number: int = 1) -> Message:
    data = {"chk_find_id": find_id, "chk_admdvs": NANJING, "rule_id": "repeat-charge"}
    return ask(play, "A101", number, {"data": data, "findlist": [{"setl_id": setl_id, "vola_amt": 100}]})


def deduct(play: Any, setl_id: str, *fen: int, ded_no: str = "K1", number: int = 1, find_id: str = "F1") -> Message:
    data = {"ded_no": ded_no, "chk_find_id": find_id, "chk_admdvs": NANJING, "setlym": "201610"}
    rows = [{"setl_id": setl_id, "insutype": "310", "ded_amt": each} for each in fen]
    return ask(play, "A102", number, {"data": data, "dedlist": rows})


def test_a_finding_is_kept_and_its_number_given_back(play: Any, bill: str) -> None:
    reply = tell(play, bill)
    assert reply.block("result") == {"chk_find_id": "F1"}
    told = play.insured.audit.offsets.told["F1"]
    assert (told.treatment_city, told.rule_id, told.rows) == (NANJING, "repeat-charge", ((bill, 100),))


def test_a_finding_or_deduction_about_a_bill_of_nobody_here_is_refused(play: Any, bill: str) -> None:
    assert tell(play, "S0").infcode == -154
    tell(play, bill, number=2)
    assert deduct(play, "S0", 1).infcode == -154


def test_a_deduction_needs_its_finding(play: Any, bill: str) -> None:
    assert deduct(play, bill, 1).infcode == -242


def test_a_deduction_is_at_most_what_the_funds_paid(play: Any, bill: str) -> None:
    tell(play, bill)
    assert deduct(play, bill, FUND, 1, number=1).infcode == -245  # rows together
    assert deduct(play, bill, FUND - 1, number=2).block("result") == {"ded_no": "K1"}
    too_much = deduct(play, bill, 2, ded_no="K2", number=3)
    assert too_much.infcode == -245
    assert "0.02" in too_much.head["err_msg"]
    assert deduct(play, bill, 1, ded_no="K3", number=4).succeeded
    assert play.insured.audit.offsets.deducted_from(bill) == FUND


def test_what_was_deducted_may_be_given_back_and_no_more(play: Any, bill: str) -> None:
    tell(play, bill)
    assert deduct(play, bill, -1, number=1).infcode == -245
    deduct(play, bill, 500, number=2)
    assert deduct(play, bill, -501, ded_no="K2", number=3).infcode == -245
    assert deduct(play, bill, -500, ded_no="K3", number=4).succeeded
    assert play.insured.audit.offsets.offset("201610") == {(NANJING, "310"): 0}


def test_a_number_is_taken_in_once(play: Any, bill: str) -> None:
    tell(play, bill)
    deduct(play, bill, 1, number=1)
    assert deduct(play, bill, 1, number=2).infcode == -246


def test_bills_of_other_roles_and_cancelled_ones_are_nobodys(play: Any) -> None:
    local = play.stay("local").settled().setl_id
    assert play.treatment.audit.offsets._paid == {}
    assert tell(play, local).infcode == -154
