"""The summary: every figure in it is what the tables say, and its form is the published one."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import polars as pl
import pytest
import referencing
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.study.frames import Frames
from simulator.study.summary import coverage, summarise
from simulator.world import settlement_table
from simulator.world.model import World
from simulator.world.nights import Audited
from simulator.world.recorder import Recorder

DAYS = 120
BEYOND = "990100"


def validator() -> Any:
    folder = files("schemas") / "files"
    forms = [json.loads(entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".json")]
    resources = ((form["$id"], referencing.Resource.from_contents(form)) for form in forms)
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(resources)
    form = next(form for form in forms if form["$id"].endswith("/summary.schema.json"))
    return Draft202012Validator(form, registry=registry)


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    whole = load_scenario("jiangsu-2016", overrides=["money.idle=0"])
    return whole.shortened(DAYS)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="session")
def summary(scenario: Scenario, folder: Path) -> Mapping[str, Any]:
    """The summary of a real run, as it is read from its file."""
    world = World(scenario, scale=0.002, seed=1, folder=folder / "parts")
    world.run()
    world.recorder.finish(folder)
    found: Mapping[str, Any] = orjson.loads(orjson.dumps(summarise(scenario, 0.002, 1, world, Frames(folder))))
    return found


@pytest.fixture(scope="session")
def stays(summary: Mapping[str, Any], folder: Path) -> pl.DataFrame:
    """The discharges of basic insurance."""
    table = pl.read_parquet(folder / "stays.parquet")
    return table.filter(pl.col("discharged_at").is_not_null() & (pl.col("scheme") != "ncms"))


# --- the published form


def test_a_real_summary_is_as_its_published_form_says(summary: Mapping[str, Any]) -> None:
    assert [f"{list(error.path)}: {error.message}" for error in validator().iter_errors(summary)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "yidi/summary/2"),
        (("scale",), 0),
        (("scale",), 1.5),
        (("seed",), 0.5),
        (("window", "from"), "24.05.2016"),
        (("rate", "rate"), 1.01),
        (("rate", "rate"), "0.5"),
        (("rate", "direct"), -1),
        (("rate", "paid"), 1),
        (("by_city", 0, "city"), "3201"),
        (("by_month", 0, "month"), "2016-13"),
        (("advanced", "bill"), 0.5),
        (("money", "acct_pay"), 1.5),
        (("coverage",), []),
        (("targets", 0, "measure"), "luck"),
        (("targets", 0, "kept"), "yes"),
        (("targets", 0, "verdict"), "late"),
        (("clearing", 0, "lines", 0, "difference"), 0.01),
        (("latency_ms", 0, "p50"), 12.5),
        (("checks", "invariants"), {}),
        (("back_office", "months", 0, "reconciled_on"), "02.06.2016"),
        (("back_office", "sheets", 0, "kind"), "abroad"),
        (("back_office", "sheets", 0, "paid"), 0.5),
        (("back_office", "sheets", 0, "kept"), "yes"),
        (("back_office", "audit", "waiting"), -1),
        (("back_office", "messages", 0, "infno"), "2304"),
        (("made_at",), "2026-01-01"),
    ],
)
def test_a_wrong_summary_is_refused_by_its_form(summary: Mapping[str, Any], path: tuple[Any, ...], value: Any) -> None:
    wrong: Any = copy.deepcopy(summary)
    place = wrong
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    assert [list(error.path) for error in validator().iter_errors(wrong)]


def test_no_part_of_a_summary_may_be_left_out(summary: Mapping[str, Any]) -> None:
    form = validator()
    for key in summary:
        assert not form.is_valid({other: value for other, value in summary.items() if other != key}), key


def test_every_part_of_the_form_says_what_it_means() -> None:
    def silent(form: Any, path: str) -> list[str]:
        said = "description" in form or "$ref" in form
        parts = {**form.get("properties", {}), **({"[]": form["items"]} if "items" in form else {})}
        inner = [place for name, part in parts.items() for place in silent(part, f"{path}/{name}")]
        return inner if said or path.endswith("/[]") else [path, *inner]

    def open_ended(form: Any) -> bool:
        parts = [*form.get("properties", {}).values(), *form.get("$defs", {}).values()]
        parts += [form["items"]] if "items" in form else []
        return (form.get("type") == "object" and "additionalProperties" not in form) or any(map(open_ended, parts))

    for name in ("summary", "provenance"):
        form = json.loads((files("schemas") / "files" / f"{name}.schema.json").read_text("utf-8"))
        assert silent(form, "") == []
        assert not open_ended(form)


# --- the back office


def test_months_and_sheets_are_told_with_their_days(summary: Mapping[str, Any]) -> None:
    """To 20 September: May to July are paid, August is closed to reconciliation, its institutions paid."""
    office = summary["back_office"]
    assert [month["month"] for month in office["months"]] == [f"2016-{number:02d}" for number in range(5, 10)]
    assert [month["reconciled_on"] for month in office["months"]] == [
        *(f"2016-{number:02d}-02" for number in range(6, 10)),
        None,
    ]
    assert [month["kept"] for month in office["months"]] == [True] * 4 + [None]
    assert all(month["paid"] > 0 for month in office["months"][:4])
    assert [(sheet["month"], sheet["kind"], sheet["kept"]) for sheet in office["sheets"]] == [
        (f"2016-{number:02d}", "in_province", True) for number in range(5, 8)
    ]
    assert all(sheet["paid"] == sheet["moved"] <= sheet["claimed"] for sheet in office["sheets"])


def test_the_sheets_claim_what_the_clearing_part_says(summary: Mapping[str, Any]) -> None:
    due = {sheet["month"]: sum(line["collects"] for line in sheet["lines"]) for sheet in summary["clearing"]}
    assert all(sheet["claimed"] == due[sheet["month"]] for sheet in summary["back_office"]["sheets"])


def test_every_bill_was_reviewed(summary: Mapping[str, Any], stays: pl.DataFrame) -> None:
    audit = summary["back_office"]["audit"]
    assert audit["visitors"] == stays.filter(pl.col("outcome") == "direct").height > 0
    assert (audit["local"], audit["waiting"], audit["median_minutes_local"]) == (0, 0, None)
    assert sum(audit["by_category"].values()) == sum(found["findings"] for found in audit["findings"])


# --- the figures


def rates_of(stays: pl.DataFrame) -> dict[str, Any]:
    direct = stays.filter(pl.col("outcome") == "direct").height
    manual = stays.filter((pl.col("outcome") == "manual") & pl.col("paid_at").is_not_null()).height
    waiting = stays.filter((pl.col("outcome") == "manual") & pl.col("paid_at").is_null()).height
    counts = {"discharges": stays.height, "direct": direct, "manual": manual, "not_yet_paid": waiting}
    return counts | {"rate": round(direct / (direct + manual + waiting), 4) if stays.height else None}


def test_rates_are_direct_over_direct_manual_and_not_yet_paid(summary: Mapping[str, Any], stays: pl.DataFrame) -> None:
    assert summary["rate"] == rates_of(stays)
    for row in summary["by_city"]:
        mine = rates_of(stays.filter(pl.col("insured_city") == row["city"]))
        assert {name: row[name] for name in mine} == mine
    for row in summary["by_month"]:
        mine = rates_of(stays.filter(pl.col("discharged_at").dt.strftime("%Y-%m") == row["month"]))
        assert {name: row[name] for name in mine} == mine


def test_cities_and_months_sum_to_the_province(summary: Mapping[str, Any]) -> None:
    for parts in ("by_city", "by_month"):
        for name in ("discharges", "direct", "manual", "not_yet_paid"):
            assert sum(row[name] for row in summary[parts]) == summary["rate"][name]
    assert [row["city"] for row in summary["by_city"]] == [f"32{number:02d}00" for number in range(1, 14)]
    assert [row["month"] for row in summary["by_month"]] == sorted(row["month"] for row in summary["by_month"])


def test_reasons_and_advanced_money_are_those_of_the_stays_not_direct(
    summary: Mapping[str, Any], stays: pl.DataFrame
) -> None:
    rest = stays.filter(pl.col("outcome") != "direct")
    assert sum(row["stays"] for row in summary["reasons"]) == rest.height == summary["advanced"]["stays"]
    assert sum(row["bill"] for row in summary["reasons"]) == rest["bill"].sum() == summary["advanced"]["bill"]
    for row in summary["reasons"]:
        assert rest.filter(pl.col("reason") == row["reason"]).height == row["stays"]
    assert [row["stays"] for row in summary["reasons"]] == sorted(
        (row["stays"] for row in summary["reasons"]), reverse=True
    )
    paid = rest.filter(pl.col("paid_at").is_not_null())
    assert summary["advanced"]["reimbursed"] == paid["fund"].sum() > 0
    assert summary["advanced"]["waiting_bill"] == rest["bill"].sum() - paid["bill"].sum()
    days = sorted((paid["paid_at"] - paid["discharged_at"]).dt.total_seconds() // 86_400)
    assert summary["advanced"]["days_median"] in {days[(len(days) - 1) // 2], days[len(days) // 2]}
    assert sum(day <= summary["advanced"]["days_p90"] for day in days) >= 0.9 * len(days)


def test_money_is_the_sum_of_the_settlement_rows(summary: Mapping[str, Any], folder: Path) -> None:
    rows = pl.read_parquet(folder / "settlements.parquet")
    assert summary["money"] == {name: rows[name].sum() for name in summary["money"]}
    money = summary["money"]
    assert money["medfee_sumamt"] == money["fund_pay_sumamt"] + money["acct_pay"] + money["psn_cash_pay"]
    assert money["fund_pay_sumamt"] == money["hifp_pay"] + money["hifmi_pay"]


def test_stays_outside_the_rate_are_counted_apart(summary: Mapping[str, Any], folder: Path) -> None:
    table = pl.read_parquet(folder / "stays.parquet")
    assert summary["ncms_stays"] == (table["scheme"] == "ncms").sum()
    assert summary["still_in_hospital"] == table["discharged_at"].is_null().sum()


def test_the_clearing_is_in_the_summary_as_in_the_table(summary: Mapping[str, Any], folder: Path) -> None:
    table = pl.read_parquet(folder / "clearing.parquet")
    for sheet in summary["clearing"]:
        month = table.filter(pl.col("month") == sheet["month"])
        assert sheet["sum_of_differences"] == 0
        assert sum(line["collects"] for line in sheet["lines"]) == month["cleared"].sum()
        assert all(line["difference"] == line["collects"] - line["pays"] for line in sheet["lines"])
    assert {sheet["month"] for sheet in summary["clearing"]} == set(table["month"])


def test_latency_is_the_time_between_a_hospitals_question_and_its_answer(
    summary: Mapping[str, Any], folder: Path
) -> None:
    desk = pl.read_parquet(folder / "events.parquet").filter(pl.col("leg").str.contains("hospital"))
    for row in summary["latency_ms"]:
        hops = desk.filter(pl.col("infno") == row["infno"])
        asked = dict(
            hops.filter(pl.col("direction") == "request").group_by("msgid").agg(pl.col("sent_at").max()).rows()
        )
        heard = hops.filter(pl.col("direction") == "reply").group_by("msgid").agg(pl.col("received_at").max()).rows()
        waits = sorted((when - asked[msgid]) // dt.timedelta(milliseconds=1) for msgid, when in heard)
        assert (row["count"], row["max"]) == (len(waits), waits[-1])
        assert 0 < waits[0] <= row["p50"] <= row["p95"] <= row["p99"] <= row["max"]
        for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
            assert sum(wait <= row[name] for wait in waits) >= share * len(waits)
    assert {"9001", "1101", "2401", "2304", "3201"} <= {row["infno"] for row in summary["latency_ms"]}


def test_coverage_begins_with_the_first_day_grows_and_ends_with_the_last(scenario: Scenario) -> None:
    rows = coverage(load_scenario("jiangsu-2016"))
    registry = scenario.network.registry
    assert (rows[0]["day"], rows[-1]["day"]) == ("2016-05-24", "2016-12-31")
    counts = [row["connected"] for row in rows]
    assert counts == sorted(counts)
    assert counts[-1] == len(registry.areas) == rows[0]["areas"]
    for row in rows:
        day = dt.date.fromisoformat(row["day"])
        known = [area.connected_on for area in registry.areas.values()]
        assert row["connected"] == sum(when is not None and when <= day for when in known)


def test_how_much_is_assumed_is_told(summary: Mapping[str, Any], scenario: Scenario) -> None:
    basis = summary["basis"]
    assert basis["figures"]["all"] == len(scenario.figures)
    assert basis["assumptions"] == len(scenario.assumptions)
    assert all(
        basis[part]["all"] == basis[part]["assumed"] + basis[part]["official"] for part in ("figures", "parameters")
    )


# --- hand-made tables


START = dt.datetime(2016, 6, 1, 10)


def made(
    folder: Path, rows: list[tuple[str, str, int | None]], end: dt.date = dt.date(2016, 6, 30)
) -> Mapping[str, Any]:
    """A summary of hand-made stays: city of insurance, outcome, days until paid (None: not paid)."""
    recorder = Recorder(folder / "parts", {"settlements": settlement_table.COLUMNS})
    for number, (city, outcome, days) in enumerate(rows):
        discharged = None if outcome == "in_hospital" else START
        paid = None if days is None else START + dt.timedelta(days=days, hours=1)
        scheme = "ncms" if outcome == "ncms" else "employee"
        reason = "not_filed" if outcome == "manual" else ""
        where = ("320399", city, "320199", "320100", city == BEYOND, "H32019900001", "tertiary")
        fund = 60 if days is not None else None
        advanced = 0 if outcome == "direct" else 100
        recorder["stays"].add(
            0, f"v{number}", scheme, "11", *where, START - dt.timedelta(days=3), discharged,
            outcome, reason, 100, fund, None, advanced, paid, "", "", 70,
        )  # fmt: skip
    recorder.finish(folder)
    whole = load_scenario("jiangsu-2016")
    office = SimpleNamespace(
        sheets=[],
        cross_province=[],
        statements={"level": 0, "not_level": 0, "unanswered": 0},
        nights=SimpleNamespace(counts={}, left_open=int, audited=Audited()),
        chronicle=SimpleNamespace(institutions={}, sheets=tuple),
    )
    auditor, mail = SimpleNamespace(summary=lambda: {"invariants": {}}), SimpleNamespace(requests={})
    scenario = dataclasses.replace(whole, end=end)
    world: Any = SimpleNamespace(office=office, auditor=auditor, mail=mail, recorder=recorder, months=tuple, cities={})
    world.onboarding, world.lived = None, lambda: scenario
    return summarise(scenario, 1.0, 1, world, Frames(folder))


def target(summary: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(row for row in summary["targets"] if row["id"] == name)
    return found


def test_ncms_and_open_stays_are_in_no_rate(tmp_path: Path) -> None:
    rows = [("320300", "direct", None), ("320300", "manual", 5), ("320300", "manual", None)]
    summary = made(tmp_path, [*rows, ("320300", "ncms", None), ("320300", "in_hospital", None)])
    assert summary["rate"] == {"discharges": 3, "direct": 1, "manual": 1, "not_yet_paid": 1, "rate": 0.3333}
    assert (summary["ncms_stays"], summary["still_in_hospital"]) == (1, 1)
    assert summary["advanced"]["stays"] == 2
    assert summary["advanced"] | {} == {
        "stays": 2,
        "bill": 200,
        "reimbursed": 60,
        "waiting_bill": 100,
        "days_median": 5,
        "days_p90": 5,
    }


def test_exactly_half_reaches_at_least_half_and_not_more_than_half(tmp_path: Path) -> None:
    summary = made(tmp_path, [("320300", "direct", None), ("320300", "manual", 5)])
    assert (target(summary, "settlement-rate")["reached"], target(summary, "settlement-rate")["kept"]) == (0.5, True)
    assert target(summary, "platform-rate")["kept"] is False
    assert target(summary, "settlement-rate")["cities_below"] == []
    assert target(summary, "platform-rate")["cities_below"] == ["320300"]


def test_a_rate_that_only_rounds_to_the_target_misses_it(tmp_path: Path) -> None:
    rows = [("320300", "direct", None)] * 10_000 + [("320400", "manual", 5)] * 10_001
    summary = made(tmp_path, rows)
    assert summary["rate"]["rate"] == 0.5
    assert target(summary, "settlement-rate")["kept"] is False
    assert target(summary, "settlement-rate")["cities_below"] == ["320400"]


@pytest.mark.parametrize(
    ("outcomes", "end", "verdict"),
    [
        (["direct", "direct"], dt.date(2016, 12, 31), "kept"),
        (["direct", "direct"], dt.date(2016, 6, 30), "kept"),
        (["manual", "manual"], dt.date(2016, 12, 31), "missed"),
        (["manual", "manual"], dt.date(2016, 12, 30), "open"),
        ([], dt.date(2016, 12, 31), "uncounted"),
        ([], dt.date(2016, 6, 30), "open"),
    ],
)
def test_a_target_is_judged_when_its_day_has_come(
    tmp_path: Path, outcomes: list[str], end: dt.date, verdict: str
) -> None:
    rows: list[tuple[str, str, int | None]] = [("320300", outcome, None) for outcome in outcomes]
    assert target(made(tmp_path, rows, end=end), "settlement-rate")["verdict"] == verdict


def test_the_rate_is_asked_of_each_city(tmp_path: Path) -> None:
    rows: list[tuple[str, str, int | None]] = [("320300", "direct", None)] * 9 + [("320400", "manual", 5)]
    rate = target(made(tmp_path, rows, end=dt.date(2016, 12, 31)), "settlement-rate")
    assert (rate["kept"], rate["cities_below"], rate["verdict"]) == (True, ["320400"], "missed")


@pytest.mark.parametrize(
    ("rows", "end", "reached_on", "verdict"),
    [
        ([(BEYOND, "direct", None)], dt.date(2016, 12, 31), START.date().isoformat(), "kept"),
        ([(BEYOND, "manual", None)], dt.date(2016, 12, 31), None, "missed"),
        ([("320300", "direct", None)], dt.date(2016, 12, 31), None, "missed"),
        ([], dt.date(2016, 6, 30), None, "open"),
    ],
)
def test_the_link_to_the_ministry_counts_from_its_first_settlement(
    tmp_path: Path, rows: list[tuple[str, str, int | None]], end: dt.date, reached_on: str | None, verdict: str
) -> None:
    milestone = target(made(tmp_path, rows, end=end), "ministry-link")
    assert (milestone["value"], milestone["reached"], milestone["op"]) == (None, None, "")
    assert (milestone["reached_on"], milestone["verdict"]) == (reached_on, verdict)


def test_stays_over_the_ministry_are_counted_apart(tmp_path: Path) -> None:
    summary = made(tmp_path, [(BEYOND, "direct", None), ("320300", "manual", 5)])
    assert (summary["rate"]["direct"], summary["rate"]["manual"]) == (0, 1)
    assert (summary["cross_province"]["rate"]["direct"], summary["cross_province"]["rate"]["discharges"]) == (1, 1)


def test_coverage_is_judged_on_the_day_it_was_asked_for(tmp_path: Path) -> None:
    late = target(made(tmp_path, [("320300", "direct", None)], end=dt.date(2016, 12, 31)), "coverage")
    assert (late["by"], late["reached"], late["kept"]) == ("2016-10-31", 1.0, True)


def test_nothing_at_all_gives_no_rate_and_no_verdict(tmp_path: Path) -> None:
    summary = made(tmp_path, [])
    assert summary["rate"]["rate"] is None
    assert target(summary, "settlement-rate")["kept"] is None
    assert summary["advanced"]["days_median"] is None
    assert (summary["reasons"], summary["by_month"], summary["latency_ms"]) == ([], [], [])
    assert {row["rate"] for row in summary["by_city"]} == {None}
