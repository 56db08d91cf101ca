"""Stays: the steps a hospital takes, why some cannot be settled directly, and what happens to unknown outcomes."""

from __future__ import annotations

from typing import Any

import orjson
import polars as pl

from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.transactions import REVERSIBLE
from simulator.world.stays import CASH, TIMEOUT


def asked(run: Any) -> pl.DataFrame:
    """What hospitals asked for visits, in order."""
    events = run.table("events").filter((pl.col("leg") == "hospital-city") & (pl.col("infno") != "3201"))
    found: pl.DataFrame = events.sort("seq")
    return found


def steps_by_visit(run: Any) -> dict[str, list[str]]:
    first = asked(run).filter(pl.col("infno") != "9001").unique("msgid", keep="first", maintain_order=True)
    grouped = first.group_by("visit", maintain_order=True).agg("infno")
    return dict(grouped.iter_rows())


def stays_of(run: Any, **equal: str) -> pl.DataFrame:
    found: pl.DataFrame = run.table("stays").filter(*(pl.col(name) == value for name, value in equal.items()))
    return found


def test_a_direct_stay_takes_the_steps_in_their_order(whole: Any) -> None:
    steps = steps_by_visit(whole)
    for visit in stays_of(whole, outcome="direct")["visit"]:
        known = [infno for infno in steps[visit] if infno != "2601"]
        assert known == ["1101", "2401", "2301", "2402", "2303", "2304"]


def test_every_manual_stay_has_a_reason_and_every_reason_is_a_known_one(either: Any) -> None:
    manual = stays_of(either, outcome="manual")
    assert set(manual["reason"]) <= set(REFUSALS) | {CASH, TIMEOUT}
    assert {"not_filed", "area_not_connected", "institution_not_open", CASH} <= set(manual["reason"])
    others = either.table("stays").filter(pl.col("outcome") != "manual")
    assert (others["reason"] == "").all()


def test_the_reason_of_a_refused_stay_is_what_a_platform_answered(either: Any) -> None:
    events = either.table("events").filter(pl.col("leg") == "city-hospital")
    answers = events.group_by("visit").agg(codes=pl.col("infcode").unique())
    codes = dict(answers.iter_rows())
    refused = stays_of(either, outcome="manual").filter(~pl.col("reason").is_in([CASH, TIMEOUT]))
    assert refused.height > 100
    for visit, reason in refused.select("visit", "reason").rows():
        assert REFUSALS[reason].code in codes[visit]


def test_who_pays_cash_asks_no_platform_anything(either: Any) -> None:
    cash = stays_of(either, reason=CASH)["visit"]
    assert len(cash) > 5
    assert asked(either).filter(pl.col("visit").is_in(cash.implode())).is_empty()


def test_an_area_not_connected_is_refused_only_before_its_day(whole: Any) -> None:
    registry = whole.world.scenario.network.registry
    refused = stays_of(whole, reason="area_not_connected")
    assert refused.height > 10
    for insured, treatment, when in refused.select("insured_area", "treatment_area", "admitted_at").rows():
        days = [registry.areas[area].connected_on for area in (insured, treatment)]
        assert any(day is None or day > when.date() for day in days)
    for insured, treatment, when in (
        stays_of(whole, outcome="direct").select("insured_area", "treatment_area", "discharged_at").rows()
    ):
        assert registry.connected(insured, when.date())
        assert registry.connected(treatment, when.date())


def test_a_hospital_not_open_is_refused_only_before_its_day(whole: Any) -> None:
    registry = whole.world.scenario.network.registry
    refused = stays_of(whole, reason="institution_not_open")
    assert refused.height > 10
    for hospital, when in refused.select("hospital", "admitted_at").rows():
        assert not registry.open_for_visitors(hospital, when.date())


def test_unmapped_items_are_refused_at_the_upload_and_the_admission_is_undone(run_of: Any) -> None:
    run = run_of("refusal.unmapped_start=1", "refusal.unmapped_end=1", "refusal.cash_share=0", days=60, scale=0.002)
    assert stays_of(run, outcome="direct").is_empty()
    steps = steps_by_visit(run)
    unmapped = stays_of(run, reason="item_unmapped")
    assert unmapped.height > 20
    for visit in unmapped["visit"]:
        assert steps[visit][:3] == ["1101", "2401", "2301"]
        assert steps[visit][-1] == "2404"
    undone = run.table("events").filter((pl.col("infno") == "2404") & (pl.col("leg") == "city-hospital"))
    assert (undone["infcode"] == 0).mean() > 0.95


def test_everybody_files_and_nobody_is_refused_for_it_when_the_rate_is_one(run_of: Any) -> None:
    factors = ", ".join(f"{city} = 1" for city in range(320100, 321400, 100))
    settings = ("filing.rate_start=1", "filing.rate_end=1", f"filing.city_factor={{ {factors} }}")
    assert stays_of(run_of(*settings), reason="not_filed").is_empty()


def test_hospitals_sign_in_once_a_day_before_anything_else(whole: Any) -> None:
    wire = asked(whole).with_columns(day=pl.col("sent_at").dt.date())
    first = wire.group_by("from", "day", maintain_order=True).first()
    assert (first["infno"] == "9001").all()
    signed = wire.filter(pl.col("infno") == "9001").unique("msgid")
    assert signed.group_by("from", "day").len()["len"].max() <= 2  # two patients in one second may both find no number


# --- unknown outcomes


def test_unknown_outcomes_leave_nothing_broken(stalled: Any) -> None:
    timed_out = stays_of(stalled, reason=TIMEOUT)
    assert timed_out.height > 20
    assert stalled.world.auditor.clean
    assert stalled.world.auditor.broken["three_sides_agree"] == 0
    assert stalled.table("reconciliation")["level"].all()


def test_what_can_be_reversed_is_reversed_and_the_rest_is_sent_again_under_its_msgid(stalled: Any) -> None:
    wire = asked(stalled)
    reversals = wire.filter(pl.col("infno") == "2601")["msgid"].n_unique()
    assert reversals > 10
    sent = wire.group_by("msgid", "infno").len()
    again = set(sent.filter(pl.col("len") > 1)["infno"])
    assert again & {"1101", "2301", "2303", "2402"}
    assert not again & REVERSIBLE


def test_a_reversal_names_a_request_whose_answer_did_not_come(stalled: Any) -> None:
    kept = stalled.table("messages").filter((pl.col("infno") == "2601") & pl.col("from").str.starts_with("H"))
    first = kept.sort("seq").unique("msgid", keep="first")
    heard = stalled.table("events").filter((pl.col("leg") == "city-hospital") & (pl.col("infcode") == 0))
    answered = dict(heard.group_by("msgid").agg(pl.col("received_at").min()).iter_rows())
    sent = set(asked(stalled)["msgid"])
    for body, when in first.select("body", "sent_at").rows():
        data = orjson.loads(body)["input"]["data"]
        assert data["oinfno"] in REVERSIBLE
        assert data["omsgid"] in sent
        assert data["omsgid"] not in answered or answered[data["omsgid"]] > when


def test_settlements_whose_answer_was_lost_are_cancelled_not_forgotten(stalled: Any) -> None:
    rows = stalled.table("settlements")
    refunds = rows.filter(pl.col("refund"))
    assert refunds.height > 0
    direct = set(stays_of(stalled, outcome="direct")["setl_id"])
    assert direct.isdisjoint(refunds["init_setl_id"])


def test_a_stay_that_timed_out_is_paid_on_paper_and_never_twice(stalled: Any) -> None:
    timed_out = stays_of(stalled, reason=TIMEOUT)
    assert set(timed_out["outcome"]) == {"manual"}
    assert timed_out["paid_at"].is_not_null().sum() > 5
    rows = stalled.table("settlements").filter(pl.col("kind") == "manual")
    assert rows["mdtrt_id"].is_unique().all()
