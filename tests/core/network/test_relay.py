"""The simplest host."""

from __future__ import annotations

from typing import Any

from simulator.core.invariants import no_tier_skipped, posting_balances

TIERS = {"H32019900001": 0, "320100": 1, "320300": 1, "320000": 2}


def test_a_request_travels_tier_by_tier_and_back(play: Any) -> None:
    play.relay.hops.clear()
    play.stay().admit()
    ends = [(start, end) for start, end, _ in play.relay.hops]
    there = [("H32019900001", "320100"), ("320100", "320000"), ("320000", "320300")]
    assert ends == there + [(end, start) for start, end in reversed(there)]
    assert no_tier_skipped(ends, TIERS)


def test_facts_and_postings_are_kept(play: Any) -> None:
    play.stay().settled()
    assert len(play.relay.postings) == 2
    assert all(posting_balances(entry) for entry in play.relay.postings)
    assert {code for code, _ in play.relay.facts} == {"320000", "320100", "320300"}


def test_a_platform_still_at_work_on_a_request_answers_nothing(play: Any) -> None:
    message = play.desk.person_info(play.tick(), play.net.people["retired"])
    play.treatment.handle(play.now, message)
    assert play.relay.ask(play.now, "320100", message) is None


def test_nothing_comes_back_while_a_platform_further_on_is_at_work(play: Any) -> None:
    message = play.desk.person_info(play.tick(), play.net.people["retired"])
    play.province.handle(play.now, message)
    assert play.relay.ask(play.now, "320100", message) is None
