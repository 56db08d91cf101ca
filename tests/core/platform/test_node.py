"""Idempotency and unknown outcomes: what every platform does alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.platform.message import Key
from simulator.core.platform.node import Answered, answered_exchange
from simulator.core.platform.turn import Declined, HalfDone
from simulator.core.visits.lifecycle import ADMITTED, DISCHARGED, SETTLED

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
HOSPITAL = "H32019900001"


@pytest.fixture
def stay(play: Any) -> Any:
    """A stay ready to be settled."""
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    stay.discharge()
    return stay


def states(play: Any, stay: Any) -> tuple[str, str]:
    """The visit's state at the treatment city and at the city of insurance."""
    return (
        play.treatment.treatment.visits.find(stay.mdtrt_id).state,
        play.insured.insured.visits.find(stay.mdtrt_id).state,
    )


def seen_by(play: Any, code: str, sent: Any) -> Any:
    """A request as it reached a platform."""
    hops = [m for _, end, m in play.relay.hops if end == code and m.key == sent.key and not m.is_reply]
    return hops[0]


def row_numbers(play: Any) -> list[str]:
    """The numbers of the settlement rows the treatment city keeps."""
    return [row.setl_id for row in play.treatment.statements.rows_by_day["2016-10-10"]]


class Call:
    """A request under way on a wire; ``step`` delivers what flies, hop by hop."""

    def __init__(self, play: Any, wire: Any, message: Any) -> None:
        self.play, self.wire, self.message = play, wire, message
        wire.send(message.party, NANJING, message)

    def hops(self, count: int) -> Call:
        for _ in range(count):
            self.wire.deliver(self.play.tick())
        return self

    def lose(self) -> Call:
        self.wire.lose()
        return self

    def time_out(self) -> Call:
        """Let every deadline pass and carry what that leads to."""
        self.wire.ring(self.play.tick(120))
        self.wire.deliver_all(self.play.now)
        return self

    def finish(self) -> Any:
        self.wire.deliver_all(self.play.tick())
        return self.wire.answer(self.message)


@pytest.fixture
def call(play: Any, wire: Any) -> Any:
    return lambda message: Call(play, wire, message)


# -- the same message twice -------------------------------------------------------------------------------------


def test_the_same_message_twice_gets_the_same_reply_and_changes_nothing(play: Any) -> None:
    stay = play.stay()
    seen = []
    for step in (stay.admit, stay.upload_bill, stay.discharge, stay.presettle, stay.settle, lambda: stay.about("2305")):
        reply = step()
        sent = list(stay.sent.values())[-1]
        before, postings = play.state(), len(play.relay.postings)
        play.tick(3_600)
        assert play.ask(sent) == reply
        assert play.state() == before
        assert len(play.relay.postings) == postings
        seen.append(sent.infno)
    assert seen == ["2401", "2301", "2402", "2303", "2304", "2305"]


def test_a_refused_message_twice_is_refused_alike(play: Any) -> None:
    stay = play.stay("unfiled")
    reply = stay.admit()
    assert reply.infcode == -122
    assert play.ask(stay.sent["2401"]) == reply


def test_other_times_and_signatures_are_the_same_message(play: Any, stay: Any) -> None:
    reply = stay.settle()
    before = play.state()
    again = stay.sent["2304"].with_head(inf_time="2016-10-11 08:00:00", cainfo="other", sign_no=stay.desk.sign_no)
    assert play.ask(again) == reply
    assert play.state() == before


def test_another_body_under_a_used_msgid_is_refused_and_changes_nothing(play: Any, stay: Any) -> None:
    reply = stay.settle()
    before = play.state()
    other = stay.sent["2304"].with_fields("data", {"acct_used_flag": "0"})
    refused = play.ask(other)
    assert refused.infcode == -161
    assert other.msgid in refused.head["err_msg"]
    another_kind = stay.sent["2304"]._replace(infno="2303")
    assert play.ask(another_kind).infcode == -161
    assert play.state() == before
    assert play.ask(stay.sent["2304"]) == reply


@pytest.mark.parametrize("code", [NANJING, PROVINCE, XUZHOU])
def test_every_tier_refuses_another_body(play: Any, stay: Any, code: str) -> None:
    stay.settle()
    other = stay.sent["2304"].with_fields("data", {"acct_used_flag": "0"})
    assert play.relay.ask(play.now, code, other).infcode == -161


def test_another_party_may_use_the_same_msgid(play: Any, stay: Any) -> None:
    stay.settle()
    other = play.stay("worker", "H32019900002")
    other.admit()
    admission = other.sent["2401"]._replace(key=Key("H32019900002", stay.sent["2304"].msgid))
    assert play.ask(admission).infcode == -135  # taken as a new message: this person's admission is open already


# -- reversed and cancelled -------------------------------------------------------------------------------------


@pytest.mark.parametrize("undo", ["2305", "2601"])
@pytest.mark.parametrize("code", [NANJING, PROVINCE, XUZHOU])
def test_the_old_msgid_is_refused_by_name_afterwards(play: Any, stay: Any, undo: str, code: str) -> None:
    stay.settle()
    sent = stay.sent["2304"]
    assert (stay.about("2305") if undo == "2305" else stay.reverse(sent)).succeeded
    refused = play.relay.ask(play.now, code, seen_by(play, code, sent))
    assert refused.infcode == -162
    assert sent.msgid in refused.head["err_msg"]


def test_a_second_reversal_gets_the_first_answer_and_changes_nothing(play: Any, stay: Any) -> None:
    stay.settle()
    first = stay.reverse(stay.sent["2304"])
    before = {code: node.books.balances() for code, node in play.net.nodes.items()}
    play.tick(86_400)
    second = stay.reverse(stay.sent["2304"])
    assert second.head == first.head
    assert second.key != first.key
    assert {code: node.books.balances() for code, node in play.net.nodes.items()} == before
    assert states(play, stay) == (DISCHARGED, DISCHARGED)


def test_a_reversal_before_its_original_bars_it_for_good(play: Any, stay: Any) -> None:
    sent = stay.bill_request()
    assert stay.reverse(sent).succeeded
    refused = play.ask(sent)
    assert refused.infcode == -162
    assert sent.msgid in refused.head["err_msg"]
    for code in (PROVINCE, XUZHOU):
        assert play.relay.ask(play.now, code, sent).infcode == -162
    assert states(play, stay) == (DISCHARGED, DISCHARGED)
    assert stay.settle().succeeded


def test_reversing_what_was_cancelled_is_harmless(play: Any, stay: Any) -> None:
    stay.settle()
    stay.about("2305")
    assert stay.reverse(stay.sent["2304"]).succeeded
    assert states(play, stay) == (DISCHARGED, DISCHARGED)
    assert play.insured.insured.balance_of("P1") == 300_000


def test_reversing_a_cancellation_restores_the_settlement(play: Any, stay: Any) -> None:
    stay.settle()
    books = {code: node.books.balances() for code, node in play.net.nodes.items()}
    reply = play.ask(stay.sent["2304"])
    totals = play.province.daily.under()
    stay.about("2305")
    assert stay.reverse(stay.sent["2305"]).succeeded
    assert states(play, stay) == (SETTLED, SETTLED)
    assert {code: node.books.balances() for code, node in play.net.nodes.items()} == books
    assert play.province.daily.under() == totals
    assert play.insured.daily["insured"].under() == totals
    assert play.insured.insured.balance_of("P1") == 0
    assert play.ask(stay.sent["2304"]) == reply
    assert play.ask(stay.sent["2305"]).infcode == -162
    for code in (PROVINCE, XUZHOU):
        assert play.relay.ask(play.now, code, seen_by(play, code, stay.sent["2304"])) == reply
    assert stay.about("5203").succeeded
    assert stay.about("2305").succeeded
    assert play.insured.insured.balance_of("P1") == 300_000
    assert not play.province.daily.under()
    number = stay.setl_id
    assert row_numbers(play) == [number, f"{number}R1", f"{number}R2", f"{number}R3"]


# -- unknown outcomes -------------------------------------------------------------------------------------------


def test_a_timeout_is_an_unknown_outcome_and_not_an_answer(play: Any, stay: Any, call: Any) -> None:
    sent = stay.bill_request()
    under_way = call(sent).hops(2).lose()  # the request is lost between province and city of insurance
    answer = under_way.time_out().wire.answer(sent)
    assert answer.infcode == -191
    assert play.treatment.reply_under(sent.key) is None
    assert states(play, stay) == (DISCHARGED, DISCHARGED)


def test_a_late_answer_is_kept_and_acted_on(play: Any, stay: Any, call: Any) -> None:
    sent = stay.bill_request()
    under_way = call(sent).hops(4)  # the answer is between province and treatment city
    held = under_way.wire.flying.pop()
    under_way.time_out()
    assert under_way.wire.answer(sent).infcode == -191
    under_way.wire.flying.append(held)
    under_way.finish()
    assert states(play, stay) == (SETTLED, SETTLED)
    assert len(under_way.wire.answers[sent.key]) == 1
    assert play.ask(sent).succeeded


def test_an_answer_late_to_the_province_is_logged_there_and_found_on_asking_again(
    play: Any, stay: Any, call: Any
) -> None:
    sent = stay.bill_request()
    under_way = call(sent).hops(3)
    held = under_way.wire.flying.pop()
    under_way.time_out()
    under_way.wire.flying.append(held)
    under_way.finish()
    assert states(play, stay) == (DISCHARGED, SETTLED)
    assert play.province.daily.under()
    assert call(sent).finish().succeeded
    assert states(play, stay) == (SETTLED, SETTLED)
    assert play.treatment.daily["treatment"].under() == play.province.daily.under()


def test_asking_again_under_the_same_msgid_completes_what_was_lost(play: Any, stay: Any, call: Any) -> None:
    sent = stay.bill_request()
    call(sent).hops(3).lose().time_out()
    assert call(sent).finish().succeeded
    assert states(play, stay) == (SETTLED, SETTLED)
    assert play.insured.insured.year_of("P1", 2016).stays == 1


def test_a_message_repeated_while_it_is_worked_on_is_not_passed_on_twice(play: Any, stay: Any, call: Any) -> None:
    sent = stay.bill_request()
    under_way = call(sent).hops(1)
    call(sent).hops(2)
    assert sum(flight.end == XUZHOU for flight in under_way.wire.flying) == 1
    assert under_way.finish().succeeded


def test_the_alarm_of_the_first_attempt_does_not_end_the_second(play: Any, stay: Any, call: Any) -> None:
    sent = stay.bill_request()
    under_way = call(sent).hops(2).lose()
    under_way.wire.ring(play.tick(41))  # the province gives up
    under_way.wire.deliver_all(play.now)
    assert under_way.wire.answer(sent).infcode == -191
    call(sent).hops(3)
    assert under_way.wire.ring(play.tick(5)) == 0
    assert under_way.finish().succeeded


def test_what_is_waited_for_can_be_told_with_its_deadline(play: Any, stay: Any, call: Any) -> None:
    sent = stay.bill_request()
    assert play.province.waiting() == ()
    under_way = call(sent).hops(2)
    (waited,) = play.province.waiting()
    assert (waited.request.key, waited.to) == (sent.key, XUZHOU)
    assert waited.until > play.now
    under_way.lose().time_out()
    assert play.province.waiting() == ()


def test_waking_about_what_is_answered_or_unknown_does_nothing(play: Any, stay: Any) -> None:
    stay.settle()
    assert play.treatment.wake(play.now, stay.sent["2304"].key) == ()
    assert play.treatment.wake(play.now, Key(HOSPITAL, "never")) == ()


def test_an_answer_to_a_question_never_asked_is_ignored(play: Any, stay: Any) -> None:
    reply = stay.settle()
    assert play.treatment.handle(play.now, reply) == ()
    assert play.treatment.handle(play.now, reply._replace(key=Key(HOSPITAL, "never"))) == ()


def test_reversing_an_unknown_settlement_leaves_nothing_wherever_it_was_lost(play: Any, stay: Any, call: Any) -> None:
    for hops in range(1, 5):
        sent = stay.bill_request()
        call(sent).hops(hops).lose().time_out()
        reversal = stay.desk.reverse(play.tick(), stay.person, sent)
        assert call(reversal).finish().succeeded
        assert states(play, stay) == (DISCHARGED, DISCHARGED), hops
        assert not any(play.insured.books.balances().values())
        assert not play.province.daily.under()
        assert call(sent).finish().infcode == -162
    assert play.insured.insured.balance_of("P1") == 300_000
    assert stay.settle().succeeded


def test_an_answer_that_comes_after_the_reversal_is_kept_and_not_acted_on(play: Any, stay: Any, call: Any) -> None:
    sent = stay.bill_request()
    under_way = call(sent).hops(4)
    held = under_way.wire.flying.pop()
    reversal = stay.desk.reverse(play.tick(), stay.person, sent)
    assert call(reversal).finish().succeeded
    under_way.wire.flying.append(held)
    assert under_way.finish().infcode == -162
    assert states(play, stay) == (DISCHARGED, DISCHARGED)
    under_way.wire.send(PROVINCE, NANJING, held.message)
    under_way.wire.deliver_all(play.now)
    assert states(play, stay) == (DISCHARGED, DISCHARGED)


def test_reversing_an_unknown_cancellation_restores_the_settlement(play: Any, stay: Any, call: Any) -> None:
    stay.settle()
    for hops in range(1, 5):
        cancel = stay.desk.about_visit(play.tick(), "2305", stay.person, stay.mdtrt_id, setl_id=stay.setl_id)
        call(cancel).hops(hops).lose().time_out()
        assert call(stay.desk.reverse(play.tick(), stay.person, cancel)).finish().succeeded
        assert states(play, stay) == (SETTLED, SETTLED), hops
        assert play.treatment.daily["treatment"].under() == play.insured.daily["insured"].under()
        assert play.treatment.daily["treatment"].under() == play.province.daily.under()
        assert play.ask(stay.sent["2304"]).succeeded
    reply = stay.about("2305")
    assert reply.succeeded
    assert row_numbers(play)[-1] == reply.rows("setlinfo")[0]["setl_id"]  # though the cities keep other rows before


def test_reversing_an_unknown_admission_lets_the_person_be_admitted_again(play: Any, call: Any, ward: Any) -> None:
    stay = play.stay()
    asked = stay.desk.admit(play.tick(), stay.person, play.now, ward)
    call(asked).hops(3).lose().time_out()
    assert stay.admit().infcode == -135  # the first admission is open at the city of insurance
    assert call(stay.desk.reverse(play.tick(), stay.person, asked)).finish().succeeded
    assert stay.admit().succeeded
    assert stay.upload_bill().succeeded


def test_a_busy_answer_is_passed_on_and_not_kept(play: Any, call: Any, ward: Any) -> None:
    stay = play.stay()
    lost = stay.desk.admit(play.tick(), stay.person, play.now, ward)
    call(lost).hops(3).lose().time_out()
    second = stay.desk.admit(play.tick(), stay.person, play.now, ward)
    under_way = call(second).hops(3)
    held = under_way.wire.flying.pop()
    under_way.time_out()
    assert under_way.wire.answer(second).infcode == -191
    under_way.wire.flying.append(held)
    under_way.finish()  # busy, and late: it tells nothing
    assert call(stay.desk.reverse(play.tick(), stay.person, lost)).finish().succeeded
    assert call(second).finish().succeeded


# -- one open step ----------------------------------------------------------------------------------------------


def test_a_visit_with_an_open_step_is_busy_until_its_outcome_is_known(play: Any, stay: Any, call: Any) -> None:
    sent = stay.bill_request()
    call(sent).hops(2).lose().time_out()
    for ask in (stay.discharge, stay.presettle, stay.settle):
        assert ask().infcode == -135
    answer = call(sent).finish()
    assert answer.succeeded
    assert stay.about("2305", setl_id=answer.block("setlinfo")["setl_id"]).succeeded


def test_busy_is_not_a_final_answer(play: Any, stay: Any, call: Any) -> None:
    sent = stay.bill_request()
    call(sent).hops(2).lose().time_out()
    asked = stay.desk.about_visit(play.tick(), "2405", stay.person, stay.mdtrt_id)
    assert play.ask(asked).infcode == -135
    call(stay.desk.reverse(play.tick(), stay.person, sent)).finish()
    assert play.ask(asked).succeeded
    assert states(play, stay) == (ADMITTED, ADMITTED)


def test_a_reversal_and_a_cancellation_of_one_settlement_never_cross(play: Any, stay: Any, call: Any) -> None:
    stay.settle()
    reversal = stay.desk.reverse(play.tick(), stay.person, stay.sent["2304"])
    under_way = call(reversal).hops(3)
    assert stay.about("2305").infcode == -135
    assert under_way.finish().succeeded
    assert states(play, stay) == (DISCHARGED, DISCHARGED)
    stay.settle()
    cancel = stay.desk.about_visit(play.tick(), "2305", stay.person, stay.mdtrt_id, setl_id=stay.setl_id)
    under_way = call(cancel).hops(3)
    assert stay.reverse(stay.sent["2304"]).infcode == -135
    assert under_way.finish().succeeded
    assert states(play, stay) == (DISCHARGED, DISCHARGED)


def test_a_reversal_repeated_under_another_msgid_may_finish_first(play: Any, stay: Any, call: Any) -> None:
    stay.settle()
    first = stay.desk.reverse(play.tick(), stay.person, stay.sent["2304"])
    under_way = call(first).hops(3)
    held = under_way.wire.flying.pop()
    second = stay.desk.reverse(play.tick(), stay.person, stay.sent["2304"])
    answer = call(second).finish()
    under_way.wire.flying.append(held)
    assert answer.succeeded
    assert under_way.finish().head == answer.head
    assert states(play, stay) == (DISCHARGED, DISCHARGED)
    assert not play.province.daily.under()
    assert stay.settle().succeeded


def test_replies_bear_the_platform_and_the_time_in_17_digits(play: Any, stay: Any) -> None:
    play.now = dt.datetime(2016, 10, 10, 9, 30, 15, 678_901)
    head = play.ask(play.desk.sign_in(play.now)).head
    assert head["respond_time"] == head["refmsg_time"] == "20161010093015678"
    assert head["inf_refmsgid"].startswith("32010020161010093015")
    assert len(head["inf_refmsgid"]) == 30


def test_a_request_found_again_with_its_reply_is_as_it_was(play: Any, stay: Any) -> None:
    stay.settle()
    known = play.insured._exchanges[stay.sent["2304"].key]
    again = answered_exchange(Answered(known.request, known.reply))
    assert [getattr(again, name) for name in again.__slots__] == [getattr(known, name) for name in known.__slots__]


def test_a_platform_that_fails_says_whether_it_had_taken_anything_in(
    play: Any, stay: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, sent = play.net.nodes["320100"], play.desk.person_info(play.tick(), stay.person)

    def fail(turn: Any, asked: Any) -> None:
        raise RuntimeError("a fault of ours")

    def fail_half_way(turn: Any, asked: Any) -> None:
        turn.record(Declined(asked, "busy", ()))
        fail(turn, asked)

    monkeypatch.setattr(city, "decide", fail)
    with pytest.raises(RuntimeError):
        city.handle(play.now, sent)
    monkeypatch.setattr(city, "decide", fail_half_way)
    with pytest.raises(HalfDone, match="320100"):
        city.handle(play.now, sent)
