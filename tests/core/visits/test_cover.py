"""Who has died, or is insured elsewhere by now: care of later days is nobody's here, and care of earlier days stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.filing.facts import Left
from simulator.core.platform.refusals import REFUSALS
from simulator.core.visits.insured import Enrolled

from .playing import Clinic, Pharmacy

XUZHOU = "320300"
TODAY = dt.date(2016, 10, 10)
DAY = dt.timedelta(days=1)
LEAVINGS = pytest.mark.parametrize(("reason", "name"), [("died", "person_died"), ("moved", "cover_moved")])
LAST = {"died": -DAY, "moved": 0 * DAY}  # the day it was on, so that yesterday is the last day that is covered


def leave(town: Any, reason: str, on: dt.date) -> None:
    """The city of insurance learns that the worker has left it."""
    fact = Left("P2", on, reason)
    town.insured.fold(fact)
    town.relay.facts.append((XUZHOU, fact))


def code(name: str) -> int:
    return REFUSALS[name].code


@LEAVINGS
def test_no_visit_begins_after_it(town: Any, reason: str, name: str) -> None:
    leave(town, reason, TODAY + LAST[reason])
    replies = (
        town.stay("worker").admit(),
        Clinic(town).register(),
        Pharmacy(town).try_out(),
        Pharmacy(town).buy(),
    )
    assert [reply.infcode for reply in replies] == [code(name)] * 4
    said = {
        "died": "参保人已于2016-10-09死亡，此后的医疗服务不予结算",
        "moved": "参保关系已于2016-10-10转出，此后由转入地结算",
    }
    assert replies[0].head["err_msg"] == said[reason]
    for began, right in ((town.now, "0"), (town.now - DAY, "1")):  # what a hospital can ask before (2001)
        asked = town.desk.eligibility(town.tick(), town.net.people["worker"], began, "21")
        (row,) = town.ask(asked).rows("trtinfo")
        assert row["trt_enjymnt_flag"] == right


@LEAVINGS
def test_nothing_of_later_days_is_taken_in_or_settled(town: Any, make_lines: Any, reason: str, name: str) -> None:
    stay, clinic = town.stay("worker"), Clinic(town).seen()
    assert stay.admit().succeeded
    assert stay.upload_bill().succeeded
    leave(town, reason, TODAY + LAST[reason])  # the city learns of it when the lines of today are there already
    assert stay.upload_bill().infcode == code(name)
    assert clinic.upload().infcode == code(name)
    assert clinic.presettle().infcode == clinic.settle().infcode == code(name)
    assert stay.discharge().succeeded
    assert stay.presettle().infcode == stay.settle().infcode == code(name)
    assert town.insured.books.balance("payable", "320100") == 0
    assert stay.about("2405").succeeded  # the hospital takes back what it should not have charged
    assert stay.cancel_lines("0000").succeeded
    line = make_lines((("drug-a", 12_500_000, 300_000),), 90)
    assert stay.upload(line, fee_ocur_time="2016-10-09 08:00:00").succeeded
    assert stay.discharge().succeeded
    assert stay.settle().succeeded


@LEAVINGS
def test_care_of_earlier_days_is_settled_and_cancelled_whenever_it_is(town: Any, reason: str, name: str) -> None:
    stay = town.stay("worker")
    assert stay.admit().succeeded
    assert stay.upload_bill().succeeded
    town.now += DAY
    leave(town, reason, town.now.date() + LAST[reason])
    assert stay.discharge().succeeded
    assert stay.settle().block("setlinfo")["fund_pay_sumamt"] == 1_286_188
    assert stay.about("2305").succeeded


def test_who_only_returned_or_is_insured_here_again_is_covered(town: Any) -> None:
    leave(town, "returned", TODAY - DAY)
    assert town.stay("worker").admit().succeeded
    leave(town, "moved", TODAY)
    assert not Clinic(town).register().succeeded
    town.insured.fold(Enrolled(town.net.people["worker"]))
    assert Clinic(town).register().succeeded
