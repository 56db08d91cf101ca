"""What random days have found, each retold as a short story."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.core.clearing.actions import ApplyClearing
from simulator.core.platform.message import Key
from simulator.core.reconciliation.facts import Correct, ReconcileDay

from ..visits.playing import EVERY_KIND, Pharmacy
from .cases import HOSPITALS, NANJING, PROVINCE, XUZHOU
from .money_days import FIGURES, Network
from .told_wire import telling

TODAY = dt.date(2016, 10, 10)
PAIR = (NANJING, XUZHOU)


def results(play: Any) -> list[str]:
    """How the day stands for the insured city, the treatment city and the province."""
    found = (play.net.nodes[code].reconciliation.results.of("2016-10-10", PAIR) for code in (XUZHOU, NANJING, PROVINCE))
    return [standing.result for standing in found]


def report(play: Any) -> None:
    for code in (XUZHOU, NANJING):
        play.act(ReconcileDay(TODAY), at=code)


def test_a_bill_cancelled_in_the_next_month_does_not_keep_its_sheet_from_being_confirmed(
    make_play: Any, make_wire: Any, picture_of: Any
) -> None:
    """October's sheet claims what November's refund brings back: both are confirmed and paid."""

    @settings(max_examples=1, database=None, deadline=None)
    @given(st.none())
    def story(nothing: None) -> None:
        play = make_play(**FIGURES)
        days = Network(play, telling(make_wire)(play.net.nodes), picture_of)
        stay = days.admit("retired", HOSPITALS[0], calm=True)
        for _ in range(3):
            days.advance(stay, [("drug-a", 400_000_000)], use_account=False)
            days.calm(True)
        days.next_month(2)
        days.cancel(stay)
        days.calm(True)
        days.clear_the_month(0)
        paid = days.nodes[PROVINCE].clearing.agency.received("QSD320000201610")
        days.next_month(2)
        days.clear_the_month(0)
        assert days.nodes[PROVINCE].clearing.agency.received("QSD320000201611") == paid > 0
        books = [days.nodes[code].books for code in (NANJING, XUZHOU)]
        assert [each.balance("fiscal", f"C{code}00001") for each, code in zip(books, PAIR, strict=True)] == [10**12] * 2

    story()


def test_a_refund_is_not_claimed_before_what_it_takes_back(make_play: Any, make_wire: Any, picture_of: Any) -> None:
    """October's bill is cancelled in October and not paid yet; to claim the refund alone would keep the insured city
    from confirming the bill with November's sheet."""

    @settings(max_examples=1, database=None, deadline=None)
    @given(st.none())
    def story(nothing: None) -> None:
        play = make_play(**FIGURES)
        days = Network(play, telling(make_wire)(play.net.nodes), picture_of)
        for who, steps in (("retired", 4), ("resident", 3)):
            stay = days.admit(who, HOSPITALS[0], calm=True)
            for _ in range(steps):
                days.advance(stay, [("drug-a", 400_000_000)], use_account=False)
                days.calm(True)
        days.next_month(20)
        days.act(NANJING, ApplyClearing("2016-10"))
        days.apply_for_money(HOSPITALS[0], "2016-10")
        days.next_month(1)
        days.clear_the_month(0)
        owed = days.nodes[XUZHOU].insured.visits.find(stay.mdtrt_id).settlement.shares.cleared
        assert days.nodes[PROVINCE].clearing.agency.received("QSD320000201611") == owed > 0
        assert days.nodes[XUZHOU].books.balance("payable", NANJING) == 0

    story()


def test_cities_asked_for_their_rows_are_told_when_all_is_level_again(play: Any, make_wire: Any) -> None:
    play.stay("retired").settled()
    report(play)
    stay = play.stay("resident").settled()
    wire = make_wire(play.net.nodes)
    wire.perform(PROVINCE, play.province.act(play.tick(), ReconcileDay(TODAY)))
    asked = [wire.deliver(play.tick()) for _ in range(2)]
    assert [flight.message.infno for flight in asked] == ["R103", "R103"]
    assert stay.about("2305").succeeded  # before the rows have come in
    wire.deliver_all(play.tick())
    play.act(ReconcileDay(TODAY), at=PROVINCE)
    report(play)
    assert [each in {"level", "corrected"} for each in results(play)] == [True] * 3, results(play)


def test_a_result_that_was_overtaken_changes_nothing(play: Any) -> None:
    play.stay("retired").settled()
    play.act(ReconcileDay(TODAY), at=NANJING)
    play.stay("resident").settled()
    report(play)
    told = [message for _, to, message in play.relay.hops if to == NANJING and message.infno == "R103"]
    first = next(message for message in told if not message.is_reply)
    before = results(play)
    again = first._replace(key=Key(first.party, first.msgid[:-4] + "9999"))
    assert play.ask(again, to=NANJING).succeeded
    assert results(play) == before


def lose_the_answer(play: Any, wire: Any, asked: Any, *, to: str) -> None:
    """Send a hospital's request; its answer gets lost on the last leg to a platform, and the deadlines pass."""
    wire.send(asked.party, NANJING, asked)
    while not (wire.flying[0].message.is_reply and wire.flying[0].end == to):
        wire.deliver(play.tick())
    wire.lose()
    wire.ring(play.tick(120))
    wire.deliver_all(play.tick())


def open_rows(play: Any) -> list[tuple[str, str]]:
    """Number and kind of what is open, as all three platforms say."""
    told = [play.net.nodes[code].reconciliation.results.mismatches() for code in (XUZHOU, NANJING, PROVINCE)]
    assert told[0] == told[1] == told[2]
    return [(mismatch.setl_id, mismatch.kind) for mismatch in told[0]]


def tallies(play: Any) -> list[Any]:
    sides = play.treatment.daily["treatment"], play.province.daily, play.insured.daily["insured"]
    return [side.group((TODAY.isoformat(), *PAIR)) for side in sides]


def test_what_was_reversed_before_its_answer_came_is_nothing_to_correct(play: Any, make_wire: Any) -> None:
    """徐州 alone has a settlement and its reversal; the log must not take the one without the other."""
    stay, wire = play.stay("resident"), make_wire(play.net.nodes)
    assert all(step().succeeded for step in (stay.admit, stay.upload_bill, stay.discharge))
    first = stay.bill_request()
    lose_the_answer(play, wire, first, to=PROVINCE)
    assert stay.reverse(first).succeeded
    again = stay.bill_request()
    lose_the_answer(play, wire, again, to=NANJING)
    report(play)
    settled, reversal, right = play.insured.reconciliation.rows("1", TODAY.isoformat())
    assert (reversal.init_setl_id, reversal.refund) == (settled.setl_id, True)
    assert open_rows(play) == [(right.setl_id, "5")]

    (mismatch,) = play.province.reconciliation.results.mismatches()
    alone = mismatch._replace(setl_id=reversal.setl_id, refund=True, kind="2", msgid=settled.settled_by)
    before = play.state()
    (declined,) = play.act(Correct(alone), at=PROVINCE)
    assert (declined.name, play.state()) == ("cannot_correct", before)

    play.act(Correct(mismatch), at=NANJING)  # asks again
    report(play)
    assert results(play) == ["corrected"] * 3
    assert len(set(tallies(play))) == 1 == tallies(play)[0].rows


def test_what_was_cancelled_and_restored_before_an_answer_came_is_nothing_to_correct(play: Any, make_wire: Any) -> None:
    """南京 has neither the cancellation nor its reversal; carrying out the one alone would cost it its money."""
    stay, wire = play.stay("resident").settled(), make_wire(play.net.nodes)
    cancellation = stay.desk.about_visit(play.tick(), "2305", stay.person, stay.mdtrt_id, setl_id=stay.setl_id)
    lose_the_answer(play, wire, cancellation, to=NANJING)
    assert stay.reverse(cancellation).succeeded
    other = play.stay("worker")
    assert all(step().succeeded for step in (other.admit, other.upload_bill, other.discharge))
    lose_the_answer(play, wire, other.bill_request(), to=NANJING)
    report(play)
    missing = play.insured.insured.visits.find(other.mdtrt_id).settlement.setl_id
    assert open_rows(play) == [(missing, "5")]
    for code in (XUZHOU, NANJING, PROVINCE):
        for mismatch in play.net.nodes[code].reconciliation.results.mismatches():
            play.act(Correct(mismatch), at=code)
    report(play)
    assert results(play) == ["corrected"] * 3
    assert len(set(tallies(play))) == 1
    assert tallies(play)[0].rows == 2
    assert play.treatment.treatment.visits.find(stay.mdtrt_id).settlement is not None


def test_a_cancellation_whose_answer_the_log_waits_for_is_logged_once(play: Any, make_wire: Any) -> None:
    """The province asks again instead of taking the row from 徐州, so that the answer does not log it twice."""
    stay, wire = play.stay("resident").settled(), make_wire(play.net.nodes)
    cancellation = stay.desk.about_visit(play.tick(), "2305", stay.person, stay.mdtrt_id, setl_id=stay.setl_id)
    lose_the_answer(play, wire, cancellation, to=PROVINCE)
    assert [each.rows for each in tallies(play)] == [1, 1, 0]
    report(play)
    assert open_rows(play) == []
    assert [each.rows for each in tallies(play)] == [1, 0, 0]
    assert play.ask(cancellation).succeeded
    assert [each.rows for each in tallies(play)] == [0, 0, 0]
    report(play)
    assert results(play) == ["corrected"] * 3
    assert stay.reverse(cancellation).succeeded  # and what was cancelled can be restored
    assert [each.rows for each in tallies(play)] == [1, 1, 1]


@pytest.mark.parametrize("infno", ["2304", "2102"])
def test_nobody_takes_back_what_the_others_may_still_hear_of(make_play: Any, make_wire: Any, infno: str) -> None:
    """徐州 alone reports a bill, and would have to take it back; the province asks for the answer it lacks first."""
    play = make_play(**EVERY_KIND)
    stay, shop, wire = play.stay("worker"), Pharmacy(play), make_wire(play.net.nodes)
    assert all(step().succeeded for step in (stay.admit, stay.upload_bill, stay.discharge))
    asked = stay.bill_request() if infno == "2304" else shop.request()
    lose_the_answer(play, wire, asked, to=PROVINCE)
    assert [each.rows for each in tallies(play)] == [0, 0, 1]
    report(play)
    assert open_rows(play) == []
    assert [each.rows for each in tallies(play)] == [0, 1, 1]
    assert play.ask(asked).succeeded
    assert [each.rows for each in tallies(play)] == [1, 1, 1]
    report(play)
    assert results(play) == ["corrected"] * 3


def test_a_city_does_not_carry_out_a_cancellation_that_was_reversed_after_its_report(play: Any, make_wire: Any) -> None:
    """南京 never heard of the cancellation, and must not catch up on it now that it has passed its reversal on."""
    stay, wire = play.stay("resident").settled(), make_wire(play.net.nodes)
    cancellation = stay.desk.about_visit(play.tick(), "2305", stay.person, stay.mdtrt_id, setl_id=stay.setl_id)
    lose_the_answer(play, wire, cancellation, to=NANJING)
    report(play)
    (mismatch,) = play.treatment.reconciliation.results.mismatches()
    assert (mismatch.kind, mismatch.refund) == ("5", True)
    play.tick()
    assert stay.reverse(cancellation).succeeded
    (declined,) = play.act(Correct(mismatch), at=NANJING)
    assert declined.name == "cannot_correct"
    report(play)
    assert results(play) == ["corrected"] * 3
    assert [each.rows for each in tallies(play)] == [1, 1, 1]


def test_the_log_is_not_struck_for_what_passed_after_the_cities_reported(play: Any, make_wire: Any) -> None:
    """What the cities reported before cannot hold it; were it void, the treatment city would be refused its answer."""
    first, wire = play.stay("resident"), make_wire(play.net.nodes)
    assert all(step().succeeded for step in (first.admit, first.upload_bill, first.discharge))
    lose_the_answer(play, wire, first.bill_request(), to=NANJING)
    report(play)  # not level, so that rows come in
    play.stay("worker").settled()
    play.tick()
    play.act(ReconcileDay(TODAY), at=PROVINCE)
    (fresh,) = [mismatch for mismatch in play.province.reconciliation.results.mismatches() if mismatch.kind == "3"]
    before = play.state()
    (declined,) = play.act(Correct(fresh), at=PROVINCE)
    assert (declined.name, play.state()) == ("cannot_correct", before)
    report(play)
    (left,) = play.treatment.reconciliation.results.mismatches()
    play.act(Correct(left), at=NANJING)
    report(play)
    assert results(play) == ["corrected"] * 3
    assert [each.rows for each in tallies(play)] == [2, 2, 2]
