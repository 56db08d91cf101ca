"""The requirement rows are complete, well formed and carry the figures of the notices."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import FrozenInstanceError
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from schemas.requirements import Limit, Requirement, load_requirements

REQUIREMENTS = load_requirements()
ROWS = tuple(REQUIREMENTS.rows.values())
RAW: dict[str, Any] = json.loads((files("schemas") / "v1" / "requirements.json").read_text(encoding="utf-8"))

DOCUMENT_ORDER = ("JS", "JL", "P75")
NUMBER_EXCEPTIONS: dict[str, str] = {}
"""Rows of kind N without a number, each with the reason. None at present."""

CHINESE = re.compile("[\u4e00-\u9fff]")
PART = "[一二三四五六七](（[一二三四五六]）)?"
CLAUSE = re.compile(rf"主送机关|引言|{PART}|第\d+(-\d+)?(、\d+)?条|附件\d+")


def rows_of_kind(letter: str) -> list[Requirement]:
    return [row for row in ROWS if letter in row.kind]


def texts_of(row: Requirement) -> list[tuple[str, str]]:
    texts = [row.text, row.simulate, *row.who, *([row.check] if row.check else [])]
    return [(text.zh, text.en) for text in texts]


def section(row: Requirement) -> tuple[int, bool, str]:
    """The place of a row: its document, annexes after articles, then its number (JS-3.2c as 3.2c)."""
    rest = row.id.split("-", 1)[1]
    digits = re.sub(r"\d+", lambda found: found.group().zfill(3), rest)
    return DOCUMENT_ORDER.index(row.document), rest.startswith("A"), digits


def test_every_obligation_of_the_two_notices_has_a_row() -> None:
    assert Counter(row.document for row in ROWS) == {"JS": 52, "JL": 84, "P75": 35}
    assert len(REQUIREMENTS.notices) == 136
    assert len(REQUIREMENTS.supporting) == 35
    assert REQUIREMENTS.notices + REQUIREMENTS.supporting == ROWS


def test_ids_are_unique_and_in_document_order() -> None:
    ids = [each["id"] for each in RAW["rows"]]
    assert len(ids) == len(set(ids)) == len(ROWS)
    assert list(REQUIREMENTS.rows) == ids
    assert sorted(ROWS, key=section) == list(ROWS)
    assert all(key == row.id and row.id.startswith(row.document + "-") for key, row in REQUIREMENTS.rows.items())


def test_documents_are_the_two_notices_and_one_supporting_text() -> None:
    found = {each.id: (each.number, each.issued, each.role) for each in REQUIREMENTS.documents.values()}
    assert found == {
        "JS": ("苏人社发〔2016〕146号", date(2016, 5, 24), "notice"),
        "JL": ("吉医保联〔2019〕9号", date(2019, 6, 26), "notice"),
        "P75": ("苏医保发〔2022〕75号", date(2022, 12, 9), "supporting"),
    }
    assert REQUIREMENTS.documents["P75"].effective == date(2023, 1, 1)
    assert tuple(REQUIREMENTS.documents) == DOCUMENT_ORDER


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_names_its_clause_kind_and_actors(row: Requirement) -> None:
    assert CLAUSE.fullmatch(row.clause)
    assert row.locator is None or row.locator.startswith(("第", "（"))
    assert row.kind and set(row.kind) <= set(REQUIREMENTS.kinds) == set("DNRPXS")
    assert len(set(row.kind)) == len(row.kind)
    assert row.who


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_written_in_both_languages(row: Requirement) -> None:
    assert row.text.zh.endswith("。") and row.text.zh.count("。") == 1
    assert row.text.en.endswith(".") and row.text.en[0].isupper()
    for zh, en in texts_of(row):
        assert CHINESE.search(zh)
        assert en.isascii() and re.search("[a-zA-Z]{2}", en)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_soft_wording_means_should_and_nothing_else_does(row: Requirement) -> None:
    assert row.strength == ("should" if "S" in row.kind else "shall")


@pytest.mark.parametrize("each", RAW["rows"], ids=lambda each: each["id"])
def test_limits_are_whole_numbers_or_iso_dates(each: dict[str, Any]) -> None:
    names = [limit["name"] for limit in each["limits"]]
    assert len(names) == len(set(names))
    for limit in each["limits"]:
        assert set(limit) <= {"name", "value", "unit", "op", "default", "soft"}
        assert re.fullmatch("[a-z][a-z_]*", limit["name"])
        assert limit["unit"] in REQUIREMENTS.units
        assert limit["op"] in {"<", "<=", "=", ">=", ">"}
        if limit["unit"] == "date":
            assert date.fromisoformat(limit["value"]).isoformat() == limit["value"]
        else:
            assert type(limit["value"]) is int and limit["value"] >= 0
        assert all(limit.get(flag, True) is True for flag in ("default", "soft"))


def test_every_kind_and_unit_of_the_legends_is_used() -> None:
    assert {letter for row in ROWS for letter in row.kind} == set(REQUIREMENTS.kinds)
    assert {limit.unit for row in ROWS for limit in row.limits} == set(REQUIREMENTS.units)


@pytest.mark.parametrize("row", rows_of_kind("D"), ids=lambda row: row.id)
def test_a_deadline_has_a_date_or_a_number_of_days(row: Requirement) -> None:
    timed = {"date", "working_day", "calendar_day", "day_of_month", "month", "month_of_year"}
    assert any(limit.unit in timed and limit.binding for limit in row.limits)


@pytest.mark.parametrize("row", rows_of_kind("N"), ids=lambda row: row.id)
def test_a_threshold_has_a_number(row: Requirement) -> None:
    has_number = any(isinstance(limit.value, int) and limit.binding for limit in row.limits)
    assert has_number != (row.id in NUMBER_EXCEPTIONS)


@pytest.mark.parametrize(
    ("row_id", "name", "value", "unit", "op"),
    [
        ("JS-1.2", "cross_province_live_by", date(2016, 12, 31), "date", "<="),
        ("JS-2.2", "coverage_by", date(2016, 10, 31), "date", "<="),
        ("JS-2.2", "coverage", 10_000, "basis_point", ">="),
        ("JS-2.3", "ministry_link_by", date(2016, 12, 31), "date", "<="),
        ("JS-2.4", "settlement_rate", 5_000, "basis_point", ">="),
        ("JS-2.5a", "plan_received_by", date(2016, 5, 31), "date", "<="),
        ("JS-2.5b", "planned_connection_by", date(2016, 12, 31), "date", "<="),
        ("JS-3.2c", "platform_settlement_rate", 5_000, "basis_point", ">"),
        ("JS-3.2d", "catalogue_unified_by", date(2016, 12, 31), "date", "<="),
        ("JS-5.2a", "report_received_by", 5, "day_of_month", "<="),
        ("JL-1.2", "documents_checked", 8, "count", ">="),
        ("JL-2.1a", "designated_from", date(2019, 6, 26), "date", ">="),
        ("JL-2.1d", "inpatient_coverage_by", date(2019, 12, 31), "date", "<="),
        ("JL-2.1e", "other_coverage", 5_000, "basis_point", ">="),
        ("JL-2.1f", "full_coverage_by", date(2020, 12, 31), "date", "<="),
        ("JL-2.2b", "cross_province_open_by", date(2019, 9, 30), "date", "<="),
        ("JL-2.6c", "received_by", date(2019, 6, 28), "date", "<="),
        ("JL-3.1a", "area_filing_by", date(2019, 6, 30), "date", "<="),
        ("JL-3.1b", "hospital_end_filing_by", date(2019, 11, 30), "date", "<="),
        ("JL-3.1d", "channel_available_by", date(2019, 12, 31), "date", "<="),
        ("JL-3.3", "received_by", date(2019, 6, 28), "date", "<="),
        ("JL-4.2b", "seal_to_submission", 3, "working_day", "<="),
        ("JL-4.2d", "submission_to_transfer", 7, "working_day", "<="),
        ("JL-4.2f", "transfer_or_receipt_to_feedback", 5, "working_day", "<="),
        ("JL-5.1c", "campaign_places", 5, "count", "="),
        ("JL-6.2d", "review_coverage", 10_000, "basis_point", "="),
        ("JL-6.6c", "complete_papers_to_payment", 22, "working_day", "<="),
        ("P75-18", "unfiled_ratio_cut", 2_000, "basis_point", "<="),
        ("P75-30", "prepaid_share", 2_000, "basis_point", "="),
        ("P75-31", "emergency_usage", 9_000, "basis_point", ">="),
        ("P75-41", "month_closed_by", 3, "day_of_month", "<="),
        ("P75-56", "stay_amount", 3_000_000, "fen", ">="),
        ("P75-A1", "pledge_kept", 24, "month", ">="),
    ],
)
def test_a_figure_stands_as_the_text_gives_it(row_id: str, name: str, value: int | date, unit: str, op: str) -> None:
    limit = REQUIREMENTS.rows[row_id].limit(name)
    assert (limit.value, limit.unit, limit.op) == (value, unit, op)
    assert limit.binding


def test_figures_of_our_own_are_marked_as_defaults() -> None:
    defaults = {(row.id, limit.name) for row in ROWS for limit in row.limits if limit.default}
    assert defaults == {
        ("JS-1.1", "elderly_cross_province_by"),
        ("JS-2.2", "settlements_each_way"),
        ("JS-2.4", "recomputation_tolerance"),
        ("JS-3.4e", "record_age"),
        ("JS-5.4b", "inspection_interval"),
        ("JS-5.5", "escalate_when_rate_below"),
        ("JS-5.5", "escalate_when_late_reports"),
        ("JL-2.4b", "flag_change_after_agreement"),
        ("JL-2.5b", "upload_after_change"),
        ("JL-6.1c", "verification_interval"),
        ("JL-6.3d", "change_to_report"),
        ("JL-6.4a", "check_interval"),
    }


def test_figures_in_principle_inside_binding_rows_are_marked_soft() -> None:
    soft = [row for row in ROWS if any(limit.soft for limit in row.limits)]
    assert [row.id for row in soft] == ["JS-2.5b", "P75-09", "P75-41", "P75-49", "P75-56"]
    assert all(row.strength == "shall" for row in soft)


def test_rows_that_cannot_be_checked_say_so() -> None:
    assert [row.id for row in ROWS if row.check is None] == ["JS-2.1", "JS-4.4", "JL-2.2d", "JL-4.2h", "JL-6.3c"]


@pytest.mark.parametrize(
    ("row_id", "clause"),
    [
        ("JS-0.1", "主送机关"),
        ("JS-2.4", "二"),
        ("JS-3.2c", "三（二）"),
        ("JS-5.2a", "五"),
        ("JL-3.1a", "三（一）"),
        ("JL-4.2d", "四（二）"),
        ("JL-7.1b", "七（一）"),
        ("JL-A1", "附件1"),
        ("P75-08", "第8条"),
        ("P75-17", "第17、20条"),
        ("P75-41", "第41-43条"),
        ("P75-A9", "附件9"),
    ],
)
def test_a_clause_is_named_as_in_the_document(row_id: str, clause: str) -> None:
    assert REQUIREMENTS.rows[row_id].clause == clause


def test_the_nine_open_points_are_decided_in_both_languages() -> None:
    assert [each.number for each in REQUIREMENTS.decisions] == list(range(1, 10))
    for each in REQUIREMENTS.decisions:
        assert CHINESE.search(each.text.zh)
        assert each.text.en.isascii()


def test_links_are_lists_of_names_and_a_reason_is_a_text_in_both_languages() -> None:
    for row in ROWS:
        assert all(isinstance(name, str) and name for name in row.links.simulated + row.links.checked)
        if row.links.reason is not None:
            assert CHINESE.search(row.links.reason.zh)
            assert row.links.reason.en.isascii()


def test_the_rows_are_read_once_and_cannot_be_changed() -> None:
    assert load_requirements() is REQUIREMENTS
    with pytest.raises(FrozenInstanceError):
        ROWS[0].clause = "二"  # type: ignore[misc]
    with pytest.raises(TypeError):
        REQUIREMENTS.rows["JS-0.1"] = ROWS[1]  # type: ignore[index]


def test_an_unknown_limit_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(KeyError, match="coverage_by"):
        REQUIREMENTS.rows["JS-2.2"].limit("covrage")


def test_a_default_or_soft_limit_does_not_bind() -> None:
    assert Limit("n", 1, "count", "=").binding
    assert not Limit("n", 1, "count", "=", default=True).binding
    assert not Limit("n", 1, "count", "=", soft=True).binding
