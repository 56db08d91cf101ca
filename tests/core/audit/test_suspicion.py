"""Suspected impostors: stopped, reported, settled (P75-24)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.audit.facts import Clear, Cleared, Suspect, Suspected

NANJING = "320100"


def suspect(play: Any, stay: Any, who: str = "P1") -> str:
    facts = play.act(Suspect(who, stay.mdtrt_id, "持卡人与照片不符"), at=NANJING)
    (found,) = [fact for fact in facts if isinstance(fact, Suspected)]
    return str(found.excp_id)


def test_a_doubt_at_the_desk_stops_the_settlement_until_it_is_cleared(audited: Any, wrong_messages: Any) -> None:
    stay = audited.stay()
    for step in (stay.admit, stay.upload_bill, stay.discharge):
        assert step().succeeded
    excp_id = suspect(audited, stay)
    assert excp_id == "YC320100201610M0001"
    assert stay.presettle().succeeded  # the person may know what it would come to
    assert stay.settle().infcode == -241
    audited.act(Clear(excp_id, False, "核实为本人"), at=NANJING)
    assert stay.settle().succeeded
    assert wrong_messages(audited.relay.hops) == []


def test_an_impostors_visit_is_never_settled_and_the_person_is_free(audited: Any) -> None:
    stay = audited.stay()
    for step in (stay.admit, stay.upload_bill, stay.discharge):
        step()
    excp_id = suspect(audited, stay)
    audited.act(Clear(excp_id, True, "冒名，移交处理"), at=NANJING)
    assert stay.settle().infcode == -241
    assert audited.stay(hospital="H32019900002").admit().succeeded


def test_two_suspicions_are_settled_one_by_one(audited: Any) -> None:
    stay = audited.stay()
    stay.admit()
    first, second = suspect(audited, stay), suspect(audited, stay)
    audited.act(Clear(first, False, "核实"), at=NANJING)
    assert audited.stay(hospital="H32019900002").admit().infcode == -241
    audited.act(Clear(second, False, "核实"), at=NANJING)
    assert audited.stay(hospital="H32019900002").admit().succeeded


def test_what_is_settled_or_unknown_cannot_be_settled(audited: Any) -> None:
    stay = audited.stay()
    stay.admit()
    excp_id = suspect(audited, stay)
    assert isinstance(audited.act(Clear(excp_id, False, "核实"), at=NANJING)[0], Cleared)
    for number in (excp_id, "YC0"):
        (declined,) = audited.act(Clear(number, False, "核实"), at=NANJING)
        assert (declined.name, declined.found) == ("unknown_suspicion", (number,))


def test_each_month_counts_its_own(audited: Any) -> None:
    stay = audited.stay()
    stay.admit()
    suspect(audited, stay)
    audited.now = dt.datetime(2016, 11, 1, 9, 0)
    assert suspect(audited, stay) == "YC320100201611M0001"


def test_a_report_is_whole_whatever_the_staff_wrote(audited: Any, wrong_messages: Any) -> None:
    stay = audited.stay()
    stay.admit()
    for text in ("", "疑" * 3000):
        facts = audited.act(Suspect("P1", stay.mdtrt_id, text), at=NANJING)
        (found,) = [fact for fact in facts if isinstance(fact, Suspected)]
        audited.act(Clear(found.excp_id, False, text), at=NANJING)
    assert wrong_messages(audited.relay.hops) == []
    sent = [
        message.block("data") for _, to, message in audited.relay.hops if message.infno == "S301" and to == "320000"
    ]
    assert [bool(each["done_date"]) for each in sent] == [False, True, False, True]
