"""The gateway: whoever is not who they say, not now, or not for the first time is turned away, and nothing changes."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.rough import ABOVE, IMPOSTOR, NEIGHBOUR, STRANGER
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes.calls import FORGED, MIS_SIGNED, needs_nonce

PLACES = (HERE, AWAY)
SOMEBODY_ELSE = (STRANGER, IMPOSTOR, NEIGHBOUR)


@core
@verifies(
    "JS-3.2b",
    zh="未签名、签名不符、时间过期或超前、重放的调用一律拒绝，业务不受影响。",
    en="A call that is unsigned, wrongly signed, out of time or replayed is turned away and changes nothing.",
)
@pytest.mark.parametrize("sign", MIS_SIGNED)
@pytest.mark.parametrize("where", PLACES)
def test_a_call_that_is_not_signed_as_agreed(case: CaseClient, where: str, sign: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    needs_nonce(case, sign)
    body = visit.word("2401")
    visit.turned_away(body, "2401", f"a call whose signature is {sign}", sign=sign)
    visit.succeeds("2401")
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2b",
    zh="未知用户、密钥错误、以他方密钥签名的调用一律拒绝，业务不受影响。",
    en="A call by a key that nobody has, with a wrong secret or by another party is turned away and changes nothing.",
)
@pytest.mark.parametrize("by", SOMEBODY_ELSE)
@pytest.mark.parametrize("where", PLACES)
def test_a_call_of_somebody_else(case: CaseClient, where: str, by: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    body = visit.word("2401")
    visit.turned_away(body, "2401", f"what the {by} sends in another's name", by=by)
    visit.succeeds("2401")
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.1a",
    zh="省平台不得代本市医院发送报文。",
    en="The province cannot send in the name of a hospital of the city.",
)
@pytest.mark.parametrize("where", [HERE, HOME])
def test_the_province_does_not_speak_for_our_hospitals(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    body = visit.word("2401")
    visit.turned_away(body, "2401", "a hospital's message that comes from above", by=ABOVE)
    visit.succeeds("2401")


@core
@verifies(
    zh="结算、撤销的伪造重放不改变任何金额。",
    en="Settlements and cancellations that are forged or replayed change no amount.",
)
@pytest.mark.parametrize("sign", FORGED)
@pytest.mark.parametrize("where", PLACES)
def test_money_does_not_move_for_a_forged_call(case: CaseClient, where: str, sign: str) -> None:
    visit = case.visit(where)
    visit.settled()
    needs_nonce(case, sign)
    visit.turned_away(visit.word(visit.cancels), visit.cancels, f"a cancellation whose signature is {sign}", sign=sign)
    visit.succeeds("5206")
    visit.succeeds("5203")


@core
@verifies(
    "JS-3.2b",
    zh="本院报文中填他院编号的，拒绝。",
    en="A message that bears another hospital's code is refused.",
)
@pytest.mark.parametrize("infno", ["9001", "2401"])
def test_a_message_that_bears_another_hospitals_code(case: CaseClient, infno: str) -> None:
    visit, other = case.visit(HERE), case.visit(HERE, at="another")
    visit.until("1101")
    other.until("1101")
    mine, theirs = visit.facts["house"], other.facts["house"]
    body = visit.word(infno).replace(f'"fixmedins_code":"{mine}"'.encode(), f'"fixmedins_code":"{theirs}"'.encode())
    visit.turned_away(body, infno, "a message under another hospital's code")
    whole = visit.word(infno).replace(mine.encode(), theirs.encode())
    visit.turned_away(whole, infno, "a message under another hospital's code and number")
    visit.succeeds("2401")
    other.succeeds("2401")


@core
@verifies(
    zh="他院的就诊，本院不得办理。",
    en="A hospital cannot go on with the visit of another.",
)
@pytest.mark.parametrize("infno", ["2301", "2402", "2404"])
@pytest.mark.parametrize("where", [HERE, HOME])
def test_another_hospitals_visit(case: CaseClient, where: str, infno: str) -> None:
    visit, other = case.visit(where), case.visit(where, at="another")
    visit.until("2401")
    other.until("1101")
    known = visit.facts
    block = {"2301": "feedetail", "2402": "dscginfo", "2404": "data"}[infno]
    changed = {f"{block}/mdtrt_id": known["mdtrt_id"], f"{block}/psn_no": known["psn_no"]}
    if infno == "2402":
        changed |= {f"diseinfo/{name}": known[name] for name in ("mdtrt_id", "psn_no")}
    other.turned_away(other.word(infno, changed), infno, "a step of another hospital's visit")
    visit.succeeds("2301")


@core
@verifies(
    "P75-24",
    zh="他人的就诊，不得以另一人的编号办理。",
    en="A visit cannot go on under another person's number.",
)
@pytest.mark.parametrize("where", [AWAY, HERE, HOME])
def test_another_persons_visit(case: CaseClient, where: str) -> None:
    visit, other = case.visit(where), case.visit(where)
    visit.until("2401")
    other.until("1101")
    visit.refused("2402", {"dscginfo/psn_no": other.facts["psn_no"]})
    visit.refused("2301", {"feedetail/psn_no": other.facts["psn_no"]})
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.1c",
    zh="非本地参保人员，参保地一律不予办理。",
    en="The city of insurance does nothing for a person who is insured elsewhere.",
)
def test_a_person_of_another_area(case: CaseClient) -> None:
    visit, visitor = case.visit(AWAY), case.visit(HERE)
    visit.until("1101")
    known = visitor.facts
    number = known["psn_no"]
    visit.refused("2401", {"mdtrtinfo/psn_no": number, "diseinfo/psn_no": number, "mdtrtinfo/certno": known["certno"]})
    visit.refused("1101", {"data/certno": known["certno"], "data/psn_name": known["name"]})
    visit.succeeds("2401")


@core
@verifies(
    "JS-3.2b",
    zh="未签到或签到编号属他院的，不予办理。",
    en="Nothing is done for an institution that has not signed in, or shows another's sign-in.",
)
@pytest.mark.parametrize("where", [HERE, HOME])
def test_signed_in_as_another(case: CaseClient, where: str) -> None:
    visit, other = case.visit(where), case.visit(where, at="another")
    visit.refused("1101")
    other.until("9001")
    foreign = other.facts["sign_no"]
    visit.turned_away(visit.word("1101", {"head/sign_no": foreign}), "1101", "another hospital's sign-in")
    visit.succeeds("9001")
    visit.succeeds("1101")
    visit.succeeds("9002")
    visit.refused("1101")
