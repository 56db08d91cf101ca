"""Corrections keep the books of both cities mirrored, whatever comes before, between and after them."""

from __future__ import annotations

from typing import Any

from simulator.core.disputes.copies import AnswerCopied, DisputeCopies
from simulator.core.disputes.ticket import AnswerTicket, ObjectToAnswer, Ruling, Ticket
from simulator.core.platform.turn import Turn

NANJING, XUZHOU = "320100", "320300"


def corrected(adjust: int, matter: Any, ticket_id: str = "T1") -> AnswerTicket:
    return AnswerTicket(ticket_id, "corrected", "经核查属实", (Ruling(matter.row.setl_id, "corrected", adjust),))


def owed(matter: Any) -> int:
    """What 徐州 owes 南京; both books say it."""
    play = matter.play
    payable = play.insured.books.balance("payable", NANJING)
    receivable = play.treatment.books.balance("receivable", XUZHOU)
    assert payable == -receivable
    return int(receivable)


def test_the_owner_corrects_nothing_alone_where_another_city_books_the_other_half(matter: Any) -> None:
    matter.opened(ask=False)
    before = owed(matter)
    assert matter.act(corrected(-60_000, matter)) == ("case_unclear", "T1", "treatment city")
    assert owed(matter) == before


def test_all_tickets_together_take_off_no_more_than_was_cleared(matter: Any) -> None:
    matter.opened("T1")
    matter.act(corrected(-1_646_010, matter), at=NANJING)
    assert owed(matter) == 0
    matter.opened("T2")
    assert matter.act(corrected(-1, matter, "T2"), at=NANJING)[0] == "adjustment_too_large"
    assert owed(matter) == 0


def test_a_corrected_settlement_is_cancelled_only_after_the_correction_is_taken_back(matter: Any) -> None:
    matter.opened()
    matter.act(corrected(-60_000, matter), at=NANJING)
    assert matter.stay.about("2305").infcode == -164
    assert matter.stay.reverse(matter.stay.sent["2304"]).infcode == -164
    matter.act(ObjectToAnswer("T1", "不成立"))
    matter.act(AnswerTicket("T1", "explained", "原金额无误"), at=NANJING)
    assert matter.stay.about("2305").succeeded
    assert owed(matter) == 0


def test_a_cancelled_settlement_is_not_corrected(matter: Any) -> None:
    assert matter.stay.about("2305").succeeded
    matter.opened()
    assert matter.act(corrected(-60_000, matter), at=NANJING) == ("unknown_settlement", matter.row.setl_id)
    assert owed(matter) == 0


def test_an_answer_heard_late_does_not_take_back_a_later_one(matter: Any) -> None:
    play = matter.play
    matter.opened()
    before = owed(matter)
    first = matter.act(corrected(-60_000, matter), at=NANJING)
    assert isinstance(first, Ticket)
    play.tick()
    matter.act(ObjectToAnswer("T1", "不止这些"))
    matter.act(corrected(-90_000, matter), at=NANJING)
    assert owed(matter) == before - 90_000
    said = [message for _, _, message in play.relay.hops if message.infno == "C105"]
    asked = next(message for message in said if not message.is_reply)
    late = next(message for message in said if message.is_reply and message.key == asked.key)
    assert play.treatment.disputes.tickets["T1"].booked_by > asked.msgid
    play.treatment.disputes._hear(Turn(play.treatment, play.now), asked, late)
    assert owed(matter) == before - 90_000


def test_the_provinces_copy_keeps_the_later_answer_too() -> None:
    copies = DisputeCopies()
    for msgid, adjust in (("M1", -60_000), ("M3", -90_000), ("M2", -10_000)):
        rulings = (Ruling("A1", "corrected", adjust),)
        copies.folds[AnswerCopied](AnswerCopied("T1", "201610", NANJING, XUZHOU, rulings, msgid))
    assert copies.adjustments("201610") == {(NANJING, XUZHOU): -90_000}
