"""What both roles refuse about visits, lines and reversals."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.benefit.bill import classify
from simulator.core.platform.message import Key
from simulator.core.platform.refusals import REFUSALS

BILL = (("drug-a", 12_500_000, 300_000), ("drug-b", 86_400_000, 140_000))


@pytest.fixture
def stay(play: Any) -> Any:
    """A stay with two lines, in hospital."""
    stay = play.stay()
    stay.admit()
    stay.upload_bill(BILL)
    return stay


def at_city(play: Any, message: Any) -> Any:
    """Hand a message to the city of insurance itself, past the checks of the treatment city."""
    return play.relay.ask(play.now, "320300", message.with_head(sender_admdvs="320100"))


def fresh(message: Any, msgid: str = "fresh") -> Any:
    return message._replace(key=Key(message.party, msgid))


# -- visit ------------------------------------------------------------------------------------------------------


def test_an_unknown_visit_is_refused(play: Any, stay: Any) -> None:
    stay.mdtrt_id = "nowhere"
    assert stay.upload_bill(BILL).infcode == -131
    assert stay.discharge().infcode == -131
    assert stay.settle().infcode == -131
    assert stay.about("2404").infcode == -131


def test_another_persons_visit_is_refused(play: Any, stay: Any) -> None:
    stay.person = play.net.people["worker"]
    assert stay.discharge().infcode == -133


@pytest.mark.parametrize("at", [False, True])
def test_another_institutions_visit_is_refused(play: Any, stay: Any, at: bool) -> None:
    """At the city of treatment, and at the city of insurance for what comes past it (``at``)."""
    other = play.stay(hospital="H32019900002")
    other.mdtrt_id, other.person = stay.mdtrt_id, stay.person
    asked = other.desk.about_visit(play.now, "2404", stay.person, stay.mdtrt_id)
    reply = at_city(play, asked) if at else play.ask(asked)
    assert reply.infcode == REFUSALS["unknown_visit"].code
    assert stay.discharge().succeeded


@pytest.mark.parametrize("infno", ["2303", "2304", "2305", "2405"])
def test_what_the_table_does_not_allow_is_refused(play: Any, stay: Any, infno: str) -> None:
    reply = stay.say(stay.bill_request(infno)) if infno in {"2303", "2304"} else stay.about(infno, setl_id="x")
    assert reply.infcode == -132
    assert infno in reply.head["err_msg"]
    assert "admitted" in reply.head["err_msg"]


def test_the_admission_cannot_be_undone_while_lines_are_left(play: Any, stay: Any) -> None:
    assert stay.about("2404").infcode == -134
    assert stay.cancel_lines("0000").succeeded
    assert stay.about("2404").succeeded
    assert stay.upload_bill(BILL).infcode == -132


def test_the_city_of_insurance_checks_again(play: Any, stay: Any) -> None:
    desk, person, visit = stay.desk, stay.person, stay.mdtrt_id
    ask = [
        (fresh(stay.sent["2301"]), -142),
        (desk.cancel_lines(play.tick(), person, visit, ["9"]), -145),
        (desk.cancel_lines(play.tick(), person, "other", ["1"]), -131),
        (desk.about_visit(play.tick(), "2405", person, visit), -132),
        (desk.about_visit(play.tick(), "2404", person, visit), -134),
        (desk.about_visit(play.tick(), "2305", person, visit, setl_id="x"), -132),
        (desk.settle(play.tick(), "2304", person, visit, 1, use_account=True), -132),
        (desk.reverse(play.tick(), person, stay.sent["2401"]), -164),
    ]
    assert [at_city(play, message).infcode for message, _ in ask] == [code for _, code in ask]


# -- lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"det_item_fee_sumamt": 1}, -141),
        ({"feedetl_sn": 1}, -142),
        ({"med_list_codg": "unknown"}, -143),
        ({"fee_ocur_time": "2017-01-01 00:00:00"}, -202),
        ({"psn_no": "P2"}, -133),
    ],
)
def test_a_wrong_line_is_refused_and_the_whole_batch_with_it(play: Any, stay: Any, changes: Any, code: int) -> None:
    before = len(play.treatment.treatment.visits.find(stay.mdtrt_id).lines)
    lines = _lines(play, 10)
    assert stay.upload(lines, **changes).infcode == code
    assert len(play.treatment.treatment.visits.find(stay.mdtrt_id).lines) == before


def _lines(play: Any, first_sn: int, bill: Any = BILL) -> list[Any]:
    items = play.net.catalogue.items
    return [classify(str(first_sn + i), items[code], p, q) for i, (code, p, q) in enumerate(bill)]


def test_a_number_used_twice_in_one_batch_is_refused(play: Any, stay: Any) -> None:
    assert stay.upload(_lines(play, 10) + _lines(play, 11)).infcode == -142


def test_a_batch_is_about_one_visit_and_one_person(play: Any, stay: Any, ward: Any) -> None:
    lines = _lines(play, 10)
    now = play.tick()
    asked = stay.desk.upload(now, stay.person, stay.mdtrt_id, [(line, now) for line in lines], ward)
    for change, code in (({"mdtrt_id": "other"}, -131), ({"psn_no": "P2"}, -133)):
        first, second = asked.rows("feedetail")
        mixed = asked._replace(blocks={"feedetail": (first, {**second, **change})})
        assert play.ask(fresh(mixed, str(code))).infcode == code
    cancel = stay.desk.cancel_lines(play.tick(), stay.person, stay.mdtrt_id, ["1", "2"])
    first, second = cancel.rows("data")
    mixed = cancel._replace(blocks={"data": (first, {**second, "mdtrt_id": "other"})})
    assert play.ask(fresh(mixed, "mixed")).infcode == -131


def refund(play: Any, sn: str, of: str, quantity: int, **other: Any) -> Any:
    item = play.net.catalogue.items[other.get("code", "drug-a")]
    return classify(sn, item, other.get("price", 12_500_000), quantity, refund_of=of)


def test_a_refund_line_mirrors_an_earlier_line_up_to_what_is_left(play: Any, stay: Any) -> None:
    assert stay.upload([refund(play, "10", "1", -100_000)]).succeeded
    assert stay.upload([refund(play, "11", "1", -200_001)]).infcode == -144
    assert stay.upload([refund(play, "12", "1", -200_000)]).succeeded
    assert stay.bill == stay.lines["2"].amount
    stay.discharge()
    assert stay.settle().block("setlinfo")["medfee_sumamt"] == stay.lines["2"].amount


@pytest.mark.parametrize(
    ("of", "code", "price"),
    [("", "drug-a", 12_500_000), ("9", "drug-a", 12_500_000), ("1", "bed-a", 12_500_000), ("1", "drug-a", 12_000_000)],
)
def test_a_refund_of_something_else_is_refused(play: Any, stay: Any, of: str, code: str, price: int) -> None:
    assert stay.upload([refund(play, "10", of, -10_000, code=code, price=price)]).infcode == -144


def test_a_line_can_be_refunded_in_its_own_batch(play: Any, stay: Any) -> None:
    assert stay.upload([*_lines(play, 10), refund(play, "12", "10", -300_000)]).succeeded


def test_lines_are_cancelled_by_number_or_all(play: Any, stay: Any) -> None:
    visits = [play.treatment.treatment.visits, play.insured.insured.visits]
    assert stay.cancel_lines("1").succeeded
    assert [set(book.find(stay.mdtrt_id).lines) for book in visits] == [{"2"}, {"2"}]
    assert stay.cancel_lines("1").infcode == -145
    assert stay.cancel_lines("0000").succeeded
    assert [len(book.find(stay.mdtrt_id).lines) for book in visits] == [0, 0]
    assert stay.cancel_lines("0000").succeeded


def test_a_refunded_line_is_cancelled_together_with_its_refunds_only(play: Any, stay: Any) -> None:
    stay.upload([refund(play, "10", "1", -100_000)])
    assert stay.cancel_lines("1").infcode == -144
    assert stay.cancel_lines("1", "10").succeeded


# -- bill -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("infno", ["2303", "2304"])
def test_a_bill_that_is_not_the_sum_of_its_lines_is_refused_with_both(play: Any, stay: Any, infno: str) -> None:
    stay.discharge()
    reply = stay.say(stay.bill_request(infno, bill=stay.bill + 1))
    assert reply.infcode == -151
    assert "1584.61" in reply.head["err_msg"]
    assert "1584.60" in reply.head["err_msg"]


# -- reversal ---------------------------------------------------------------------------------------------------


def test_only_settling_cancelling_and_admission_are_reversible(play: Any, stay: Any) -> None:
    assert stay.reverse(stay.sent["2301"]).infcode == -163
    assert stay.reverse(stay.sent["2401"], oinfno="2304").infcode == -163


def test_a_reversal_cannot_name_itself(play: Any, stay: Any) -> None:
    asked = stay.desk.reverse(play.tick(), stay.person, stay.sent["2401"])
    assert play.ask(asked.with_fields("data", {"omsgid": asked.msgid})).infcode == -163


def test_a_reversal_of_another_persons_transaction_is_refused(play: Any, stay: Any) -> None:
    assert stay.reverse(stay.sent["2401"], psn_no="P2").infcode == -133


def test_a_reversal_that_would_go_to_another_city_is_refused(play: Any, stay: Any) -> None:
    asked = stay.desk.reverse(play.tick(), stay.person, stay.sent["2401"])
    assert play.ask(asked.with_head(insuplc_admdvs="320199")).infcode == -133


def test_later_steps_must_be_undone_first(play: Any, stay: Any) -> None:
    assert stay.reverse(stay.sent["2401"]).infcode == -164  # fee lines
    stay.discharge()
    stay.settle()
    assert stay.reverse(stay.sent["2401"]).infcode == -164  # settled
    stay.about("2305")
    cancelling = stay.sent["2305"]
    stay.about("2405")
    assert stay.reverse(cancelling).infcode == -164  # discharge undone
    stay.discharge()
    stay.settle()
    stay.about("2305")
    assert stay.reverse(cancelling).infcode == -164  # another settlement was cancelled since
    assert stay.reverse(stay.sent["2305"]).succeeded


def test_an_empty_admission_can_be_reversed(play: Any, stay: Any) -> None:
    stay.cancel_lines("0000")
    assert stay.reverse(stay.sent["2401"]).succeeded
    assert play.ask(stay.sent["2401"]).infcode == -162
    assert stay.upload_bill(BILL).infcode == -132


def test_a_visit_that_was_forgotten_cannot_be_reversed(play: Any, stay: Any) -> None:
    play.treatment.retire_visit(stay.mdtrt_id)
    assert stay.reverse(stay.sent["2401"]).infcode == -164


def test_a_cancellation_is_not_reversed_when_the_account_was_used_since(play: Any) -> None:
    first = play.stay().settled()
    first.about("2305")
    second = play.stay("retired", "H32019900002").settled()
    assert play.insured.insured.balance_of("P1") == 0
    assert first.reverse(first.sent["2305"]).infcode == -164
    second.about("2305")
    assert play.insured.insured.balance_of("P1") == 300_000
    assert first.reverse(first.sent["2305"]).succeeded
    assert play.insured.insured.balance_of("P1") == 0


def test_a_cancelled_settlement_cannot_return_once_its_lines_have_changed(play: Any) -> None:
    stay = play.stay().settled()
    assert stay.about("2305").succeeded
    assert stay.about("2405").succeeded
    assert stay.cancel_lines("0000").succeeded
    assert stay.discharge().succeeded
    assert stay.reverse(stay.sent["2305"]).infcode == REFUSALS["later_steps"].code
    assert play.treatment.treatment.visits.find(stay.mdtrt_id).settlement is None
    assert play.insured.books.balance("payable", "320100") == 0


def test_a_cancelled_settlement_cannot_return_once_the_day_of_discharge_has_changed(play: Any) -> None:
    stay = play.stay().settled()
    assert stay.about("2305").succeeded
    assert stay.about("2405").succeeded
    play.tick(86_400)
    assert stay.discharge().succeeded
    assert stay.reverse(stay.sent["2305"]).infcode == REFUSALS["later_steps"].code
