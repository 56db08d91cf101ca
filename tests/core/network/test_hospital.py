"""The hospital's side: numbers, words, books."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.benefit.shares import Shares
from simulator.core.network.hospital import Ward

NOW = dt.datetime(2016, 10, 10, 9, 0)


def test_every_message_has_its_own_number_of_party_time_and_serial(play: Any) -> None:
    desk, person = play.desk, play.net.people["retired"]
    first, second = desk.person_info(NOW, person), desk.person_info(NOW, person)
    assert first.msgid[:26] == "H32019900001" + "20161010090000"
    assert int(second.msgid[26:]) == int(first.msgid[26:]) + 1
    assert len(first.msgid) == 30


def test_a_local_message_names_no_place_of_insurance(play: Any) -> None:
    assert play.desk.sign_in(NOW).insured_area == "320199"
    assert play.desk.person_info(NOW, play.net.people["retired"]).insured_area == "320399"


def test_a_query_names_the_settlement_and_an_undoing_does_not(play: Any) -> None:
    person = play.net.people["retired"]
    assert play.desk.about_visit(NOW, "5203", person, "V", setl_id="S").block("data")["setl_id"] == "S"
    assert "setl_id" not in play.desk.about_visit(NOW, "2404", person, "V").block("data")


def test_a_settlement_and_its_mirror_leave_nothing_in_the_books_or_the_day(play: Any) -> None:
    stay = play.stay().settled()
    shares = play.treatment.treatment.visits.find(stay.mdtrt_id).settlement.shares
    desk, day = play.desk, NOW.date()
    desk.settled(day, "310", shares, NOW, "S")
    assert desk.by_day.group((day.isoformat(), "310", "21")) == (1, 1_854_575, 1_346_010, 300_000)
    desk.settled(day, "310", shares.negated(), NOW, "SR1", refund=True)
    assert not any(desk.books.balances().values())
    assert not desk.by_day.under()


def test_the_mirror_of_a_bill_of_nothing_takes_its_row_back(play: Any) -> None:
    stay = play.stay().settled()
    shares = play.treatment.treatment.visits.find(stay.mdtrt_id).settlement.shares
    nothing, desk, day = Shares(*(0 for _ in shares)), play.desk, NOW.date()
    desk.settled(day, "310", nothing, NOW, "S")
    assert desk.by_day.group((day.isoformat(), "310", "21")).rows == 1
    desk.settled(day, "310", nothing, NOW, "SR1", refund=True)
    assert not desk.by_day.under()


def test_each_kind_of_care_has_a_statement_of_its_own(play: Any) -> None:
    stay = play.stay().settled()
    shares = play.treatment.treatment.visits.find(stay.mdtrt_id).settlement.shares
    desk, day = play.desk, NOW.date()
    desk.settled(day, "310", shares, NOW, "S", care="outpatient")
    counts = [desk.statement(NOW, day, "310", care).block("data") for care in ("outpatient", "inpatient")]
    assert [(data["clr_type"], data["fixmedins_setl_cnt"]) for data in counts] == [("11", 1), ("21", 0)]


def test_a_stay_paid_in_cash_is_revenue_without_a_claim(play: Any) -> None:
    play.desk.paid_in_cash(NOW, "cash", 50_000)
    assert play.desk.books.balances() == {("cash", "320199"): 50_000, ("revenue", "320199"): -50_000}


def test_a_referral_is_filed_at_the_hospital_with_who_is_meant_and_why(play: Any) -> None:
    person, desk = play.net.people["retired"], play.desk
    sick = Ward("D01", "内科", "DR1", "医师", "1", "J18.900", "肺炎")
    asked = desk.refer(NOW, person, desk.institution, sick, "2")
    told = asked.block("refmedin")
    assert (asked.infno, asked.insured_area) == ("2501", person.insured_area)
    assert (told["psn_no"], told["reflin_medins_no"]) == (person.psn_no, desk.institution.code)
    assert (told["refl_type"], told["refl_date"], told["diag_code"]) == ("2", "2016-10-10", "J18.900")


def test_a_correction_after_a_doubt_changes_what_the_city_owes_and_the_revenue(play: Any) -> None:
    play.desk.corrected(NOW, "Y1/S", -500)
    assert sorted(play.desk.books.balances().values()) == [-500, 500]
