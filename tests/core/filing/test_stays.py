"""Filings met by whole stays, played as messages: what is settled, refused, reduced, and what helps in time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.filing.actions import CancelFiling, CheckFilings, File
from simulator.core.filing.facts import Left

D = dt.date
TODAY = D(2016, 10, 10)  # a Monday
UNFILED = File("P5", "long_term_work", "320100")


def to_discharge(stay: Any) -> Any:
    """Play a stay up to its discharge."""
    replies = (stay.admit(), stay.upload_bill(), stay.discharge())
    assert all(reply.succeeded for reply in replies), [reply.head["err_msg"] for reply in replies]
    return stay


def paid(play: Any, stay: Any) -> tuple[str, int]:
    """How a stay was settled at the city of insurance: filing type, and the fund's part."""
    reply = stay.settle()
    assert reply.succeeded, reply.head["err_msg"]
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    return row.inputs.where.filing_type, row.shares.fund_pay_sumamt


def test_a_filing_cancelled_while_the_patient_lies_in_hospital_still_settles_the_stay(play: Any) -> None:
    stay = to_discharge(play.stay("retired"))
    (filing,) = play.insured.filings.book.of("P1")
    play.act(CancelFiling(filing.sn))
    play.now += dt.timedelta(days=1)
    assert paid(play, stay)[0] == "retired_resettlement"
    assert play.stay("retired").admit().infcode == -122


@pytest.mark.parametrize(("since", "settles"), [(D(2016, 10, 11), True), (D(2016, 10, 10), False)])
def test_nothing_is_settled_on_a_filing_found_invalid_from_before_the_admission(
    play: Any, since: dt.date, settles: bool
) -> None:
    stay = to_discharge(play.stay("retired"))
    play.insured.fold(Left("P1", since, "returned"))
    play.act(CheckFilings(D(2016, 10, 11)))
    assert stay.settle().infcode == (0 if settles else -122)


def test_without_a_filing_the_province_refuses_and_says_what_was_found(play: Any) -> None:
    reply = play.stay("unfiled").admit()
    assert (reply.infcode, reply.head["err_msg"]) == (-122, "2016-10-10在320199就医无有效备案，已有：-")


def test_a_filing_made_before_discharge_settles_the_stay_in_full(make_play: Any) -> None:
    rules = {"filing__late": True, "filing__channels__effect_workdays": 0, "filing__unfiled": "reduced"}
    play = make_play(**rules, benefit__employee__unfiled_cut=2000)
    stay = to_discharge(play.stay("unfiled"))
    play.act(UNFILED)
    assert paid(play, stay) == ("long_term_work", 1_286_188)  # 86 % of 14,955.67
    without = make_play(**rules, benefit__employee__unfiled_cut=2000)
    stay = to_discharge(without.stay("unfiled"))
    assert paid(without, stay) == ("unfiled", 987_074)  # 20 points less: 66 %


def test_where_there_is_no_reduction_an_unfiled_stay_is_refused_at_settlement(make_play: Any) -> None:
    play = make_play(filing__late=True)
    stay = to_discharge(play.stay("unfiled"))
    assert stay.settle().infcode == -122
    play.act(UNFILED)  # from tomorrow, the day after the discharge
    play.now += dt.timedelta(days=1)
    assert stay.settle().infcode == -122
    assert stay.about("2405").succeeded  # the discharge was entered too soon: the patient leaves today
    assert stay.discharge().succeeded
    assert paid(play, stay)[0] == "long_term_work"


@pytest.mark.parametrize(("filed", "filing_type"), [(0, "long_term_work"), (1, "unfiled")])
def test_a_filing_counts_up_to_the_day_of_discharge_whenever_the_settlement_comes(
    make_play: Any, filed: int, filing_type: str
) -> None:
    rules = {"filing__late": True, "filing__channels__effect_workdays": 0, "filing__unfiled": "reduced"}
    play = make_play(**rules, benefit__employee__unfiled_cut=2000)
    stay = to_discharge(play.stay("unfiled"))
    play.now += dt.timedelta(days=filed)
    play.act(UNFILED)
    play.now += dt.timedelta(days=1)
    assert paid(play, stay)[0] == filing_type


def test_a_filing_uploaded_by_its_city_opens_the_province_to_the_next_admission(play: Any) -> None:
    assert play.stay("unfiled").admit().infcode == -122
    play.act(UNFILED)
    assert play.stay("unfiled").admit().infcode == -122  # in effect from tomorrow
    play.now += dt.timedelta(days=1)
    assert paid(play, to_discharge(play.stay("unfiled")))[0] == "long_term_work"
