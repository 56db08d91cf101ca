"""The network: what goes where, when, and how long everybody waits."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import polars as pl
import pytest

PROVINCE = "320000"
LOCAL = ["9001", "9002", "3201", "3202"]
HOSPITAL_WAITS = dt.timedelta(seconds=60)
PROVINCE_WAITS = dt.timedelta(seconds=40)
Path = tuple[tuple[str, str, str], ...]


def exchanges(run: Any) -> dict[str, pl.DataFrame]:
    """The hops of each msgid, in order of arrival."""
    events = run.table("events").sort("seq")
    return {str(msgid): hops for (msgid,), hops in events.group_by("msgid", maintain_order=True)}


def path_of(hops: pl.DataFrame) -> Path:
    return tuple(hops.select("from", "to", "direction").iter_rows())


def there_and_back(*stops: str) -> Path:
    there = list(itertools.pairwise(stops))
    asked = [(start, end, "request") for start, end in there]
    return (*asked, *((end, start, "reply") for start, end in reversed(there)))


def cities_of(run: Any) -> dict[str, tuple[str, str, str]]:
    """Hospital, city of treatment and city of insurance by visit."""
    columns = ["visit", "hospital", "treatment_city", "insured_city"]
    return {visit: rest for visit, *rest in run.table("stays").select(columns).rows()}  # type: ignore[misc]


def answered_at_once(hops: pl.DataFrame) -> bool:
    """Asked by the hospital once, and no tier gave up waiting."""
    once = hops.filter((pl.col("leg") == "hospital-city") & (pl.col("direction") == "request")).height == 1
    took = hops["received_at"].max() - hops["sent_at"].min()  # type: ignore[operator]
    return once and took < PROVINCE_WAITS and hops.filter(pl.col("infcode") == -191).is_empty()


def test_every_message_of_a_direct_stay_goes_hospital_city_province_city_and_back(either: Any) -> None:
    where, count = cities_of(either), 0
    direct = set(either.table("stays").filter(pl.col("outcome") == "direct")["visit"])
    for hops in exchanges(either).values():
        visit, infno = hops["visit"][0], hops["infno"][0]
        if visit not in direct or infno in LOCAL or not answered_at_once(hops):
            continue
        hospital, treatment, insured = where[visit]
        assert path_of(hops) == there_and_back(hospital, treatment, PROVINCE, insured), (visit, infno)
        count += 1
    assert count > 500


def test_a_refused_message_turns_back_where_it_is_refused(either: Any) -> None:
    where, turned = cities_of(either), set()
    for hops in exchanges(either).values():
        visit = hops["visit"][0]
        if visit not in where or not answered_at_once(hops):
            continue
        hospital, treatment, insured = where[visit]
        tiers = (hospital, treatment, PROVINCE, insured)
        reach = hops.filter(pl.col("direction") == "request").height
        assert path_of(hops) == there_and_back(*tiers[: reach + 1])
        turned.add(reach)
    assert turned == {1, 2, 3}


def test_sign_in_and_statements_stay_between_the_hospital_and_its_city(either: Any) -> None:
    local = either.table("events").filter(pl.col("infno").is_in(LOCAL))
    assert set(local["leg"]) == {"hospital-city", "city-hospital"}
    assert set(local["infno"]) == {"9001", "3201"}


def test_no_hop_skips_a_tier_or_leaves_the_visits_own_cities(either: Any) -> None:
    where = cities_of(either)
    hops = either.table("events").filter(pl.col("visit").is_in(list(where)))
    legs = {"hospital-city", "city-hospital", "city-province", "province-city"}
    assert set(hops["leg"]) == legs
    for visit, start, end in hops.select("visit", "from", "to").unique().rows():
        assert {start, end} <= {*where[visit], PROVINCE}
        assert {start, end} != set(where[visit][1:])


def test_a_request_reaches_each_tier_no_more_often_than_the_hospital_sent_it(either: Any) -> None:
    asked = either.table("events").filter(pl.col("direction") == "request")
    by_leg = asked.group_by("msgid", "from", "to").len()
    sent = by_leg.filter(pl.col("from").str.starts_with("H")).select("msgid", times="len")
    joined = by_leg.join(sent, on="msgid", how="left", validate="m:1")
    assert joined["times"].null_count() == 0
    assert (joined["len"] <= joined["times"]).all()
    once = joined.filter(pl.col("times") == 1)
    assert (once["len"] == 1).all()
    assert once.height > 2000


def test_every_request_that_reached_a_tier_is_answered_by_it_before_the_end(either: Any) -> None:
    events = either.table("events")
    last = events["received_at"].max()
    settled = events.filter(pl.col("sent_at") < last - dt.timedelta(minutes=10))
    asked = settled.filter(pl.col("direction") == "request").group_by("msgid", asker="from", at="to").len("asked")
    replies = events.filter(pl.col("direction") == "reply").group_by("msgid", asker="to", at="from").len("answers")
    joined = asked.join(replies, on=["msgid", "asker", "at"], how="left")
    assert (joined["answers"] == joined["asked"]).all()


def test_only_the_treatment_city_changes_a_body_on_its_way(whole: Any) -> None:
    """It adds the class totals to a bill and its own visit number to the answer to an admission."""
    hops = whole.table("events").filter(~pl.col("infno").is_in(LOCAL)).sort("seq")
    ends = hops.filter(pl.len().over("msgid", "direction") == 3).group_by("msgid", "infno", "direction")
    bodies = ends.agg(
        at_hospital=pl.col("digest").filter(pl.col("from").str.starts_with("H") | pl.col("to").str.starts_with("H")),
        elsewhere=pl.col("digest").filter(pl.col("leg").is_in(["city-province", "province-city"])).unique(),
    )
    assert (bodies["elsewhere"].list.len() == 1).all()
    changed = bodies.filter(pl.col("at_hospital") != pl.col("elsewhere"))
    assert set(changed.select("infno", "direction").rows()) == {
        ("2303", "request"),
        ("2304", "request"),
        ("2401", "reply"),
    }


def test_hops_are_numbered_in_the_order_they_arrive_and_take_time(either: Any) -> None:
    events = either.table("events")
    assert events["seq"].to_list() == list(range(1, events.height + 1))
    assert events["received_at"].is_sorted()
    assert (events["received_at"] > events["sent_at"]).all()
    assert (events["queue_ms"] >= 0).all()


def test_a_platform_serves_a_message_after_its_queue_and_not_before(whole: Any) -> None:
    """The next hop of a request leaves later than this one came in by more than the wait in the queue."""
    asked = whole.table("events").filter((pl.col("direction") == "request") & ~pl.col("to").str.starts_with("H"))
    asked = asked.filter(pl.len().over("msgid", "from") == 1)
    came = asked.select("msgid", "received_at", "queue_ms", place="to")
    left = asked.select("msgid", "sent_at", place="from")
    joined = came.join(left, on=["msgid", "place"], how="inner", validate="1:1")
    stay = (joined["sent_at"] - joined["received_at"]).dt.total_milliseconds()
    assert joined.height > 2000
    assert (stay > joined["queue_ms"]).all()
    assert stay.median() > 10  # type: ignore[operator]


def test_queues_form_when_platforms_are_slow_and_few(run_of: Any) -> None:
    slow = run_of(
        "platform.service_ms={ city = 30000, province = 15, ministry = 15 }",
        "platform.servers={ city = 1, province = 1, ministry = 1 }",
    )
    queues = slow.table("events").filter(pl.col("leg").is_in(["hospital-city", "province-city"]))["queue_ms"]
    assert queues.max() > 10_000  # type: ignore[operator]
    assert slow.world.auditor.clean


def test_a_hospital_waits_its_whole_time_before_it_gives_up(stalled: Any) -> None:
    """Between two requests under one msgid lies an answer, or all the seconds a hospital waits."""
    desk = stalled.table("events").filter(pl.col("leg").is_in(["hospital-city", "city-hospital"]))
    early, again = [], 0
    for (msgid,), hops in desk.sort("sent_at", "seq").group_by("msgid", maintain_order=True):
        sent = hops.filter(pl.col("direction") == "request")["sent_at"].to_list()
        heard = hops.filter(pl.col("direction") == "reply")["received_at"].to_list()
        for first, second in itertools.pairwise(sorted(sent)):
            again += 1
            if second - first < HOSPITAL_WAITS and not any(first < reply < second for reply in heard):
                early.append((msgid, second - first))
    assert again > 20
    assert early == []


def test_stalled_requests_end_in_unknown_outcomes_at_every_tier(stalled: Any) -> None:
    unknown = stalled.table("events").filter(pl.col("infcode") == -191)
    assert set(unknown["leg"]) == {"province-city", "city-hospital"}


@pytest.mark.parametrize("leg", ["hospital-city", "city-province", "province-city", "city-hospital"])
def test_the_latency_of_a_hop_is_about_its_mean(whole: Any, leg: str) -> None:
    hops = whole.table("events").filter(pl.col("leg") == leg)
    took = (hops["received_at"] - hops["sent_at"]).dt.total_milliseconds()
    assert took.mean() == pytest.approx(20.5, rel=0.15)  # whole milliseconds, at least one
