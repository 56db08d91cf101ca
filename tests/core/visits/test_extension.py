"""The field extension: flags, class totals, and nothing lost of what stood in it."""

from __future__ import annotations

import json

import pytest

from simulator.core.benefit.bill import ClassTotals
from simulator.core.visits.extension import NO_FLAGS, Flags, flags_of, read, totals_in, with_totals

TOTALS = ClassTotals(98_000, 5, -10, 1_585_567)


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("", NO_FLAGS),
        ("free text", NO_FLAGS),
        ("[1]", NO_FLAGS),
        ('{"TRUM_FLAG": "0", "REL_TTP_FLAG": "0"}', Flags(third_party="0")),
        ('{"TRUM_FLAG": "1", "REL_TTP_FLAG": "1"}', Flags(trauma=True, third_party="1")),
        ('{"IPT_TYPE": "2"}', Flags(emergency=True)),
        ('{"IPT_TYPE": "1", "OTP_ER_REFL_FLAG": "2"}', NO_FLAGS),
        ('{"OTP_ER_REFL_FLAG": "3"}', Flags(emergency=True)),
    ],
)
def test_flags_are_read_where_there_are_any(text: str, flags: Flags) -> None:
    assert flags_of({"exp_content": text}) == flags


def test_a_block_without_an_extension_has_no_flags() -> None:
    assert flags_of({}) == NO_FLAGS


@pytest.mark.parametrize("text", ["", "{}", " {  } ", '{"TRUM_FLAG": "0"}', '{"a": 1.50, "b": {"c": [1e3]}}', "备注"])
def test_totals_are_added_to_whatever_stands_there(text: str) -> None:
    whole = with_totals(text, TOTALS)
    assert totals_in(whole) == TOTALS
    assert json.loads(whole)["inscp_scp_amt"] == "15855.67"
    if text.strip().startswith("{"):
        assert text.strip()[1:-1].strip() in whole
    elif text:
        assert read(whole)["exp_content"] == text


def test_numbers_stay_the_text_they_are() -> None:
    assert read('{"a": 1.50, "b": 2}') == {"a": "1.50", "b": "2"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        with_totals("", TOTALS).replace("980.00", "980.001"),
        with_totals("", TOTALS).replace('"980.00"', "null"),
        with_totals("", TOTALS).replace("overlmt", "over"),
    ],
)
def test_totals_that_are_not_whole_are_none(text: str) -> None:
    assert totals_in(text) is None


def test_totals_may_be_written_as_numbers_of_any_length() -> None:
    text = '{"fulamt_ownpay_amt": 0, "overlmt_selfpay": 1.5, "preselfpay_amt": "2", "inscp_scp_amt": -3.25}'
    assert totals_in(text) == ClassTotals(0, 150, 200, -325)
