"""What random days have found, each retold as a short story."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.core.platform.message import Key
from simulator.core.reconciliation.facts import ReconcileDay

from .office_days import FIGURES, Offices
from .told_wire import telling
from .visit_days import HOSPITALS, NANJING, PROVINCE, XUZHOU

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
        days = Offices(play, telling(make_wire)(play.net.nodes), picture_of)
        days.admit("retired", HOSPITALS[0], calm=True)
        for _ in range(3):
            days.advance(days.stays[0], [("drug-a", 400_000_000)], presettle=False, use_account=False)
            days.calm(True)
        days.next_month(2)
        days.cancel(days.stays[0])
        days.calm(True)
        days.clear_the_month(0)
        paid = days.nodes[PROVINCE].clearing.agency.received("QSD320000201610")
        days.next_month(2)
        days.clear_the_month(0)
        assert days.nodes[PROVINCE].clearing.agency.received("QSD320000201611") == paid > 0
        books = [days.nodes[code].books for code in (NANJING, XUZHOU)]
        assert [each.balance("fiscal", f"C{code}00001") for each, code in zip(books, PAIR, strict=True)] == [10**12] * 2

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
