"""The rules that come from the fields themselves: decimals and days."""

from __future__ import annotations

from decimal import Decimal

import pytest

import schemas
from schemas.rules import exists, has_decimals, plan


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (Decimal("1.23"), True),
        (Decimal("1.230"), True),
        (Decimal("1.234"), False),
        (Decimal("-1.234"), False),
        (Decimal("99999999999999.99"), True),
        (Decimal("99999999999999.991"), False),
        (Decimal("0.0000000"), True),
        (Decimal("1E-3"), False),
        (Decimal("1E+3"), True),
        (Decimal("1E+400"), True),
        (Decimal("1." + "0" * 300), True),
        (Decimal("1." + "0" * 300 + "1"), False),
        (Decimal("0.000000000000000000000000000001"), False),
        (5, True),
        (10**50, True),
        ("1.234", True),
        (None, True),
        (Decimal("NaN"), True),
        (Decimal("sNaN"), True),
        (Decimal("-Infinity"), True),
    ],
)
def test_an_amount_has_at_most_two_decimals(value: object, holds: bool):
    assert has_decimals(value, at_most=2) is holds


def test_a_float_is_refused_because_it_is_not_exact():
    with pytest.raises(TypeError, match="Decimal"):
        has_decimals(0.1, at_most=2)


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("2016-02-29", True),
        ("2016-02-30", False),
        ("2017-02-29", False),
        ("2016-02-30 08:00:00", False),
        ("0000-01-01", False),
        ("\ud800", False),
        ("", True),
        (20160230, True),
    ],
)
def test_a_date_exists(value: object, holds: bool):
    assert exists(value) is holds


def test_a_plan_finds_decimals_and_days_and_passes_over_wrong_shapes(registry: schemas.Registry):
    rules = plan("2301", "request", registry.head("request"), registry.body("2301", "request"), (), {})
    for message in (None, [], {"input": 5}, {"input": {"feedetail": 5}}, {"input": {"feedetail": [5, {}]}}):
        assert list(rules.broken(message)) == []
    broken = {"inf_time": "2026-02-30 00:00:00", "input": {"feedetail": [{}, {"pric": Decimal("0.1234567")}]}}
    time, price = rules.broken(broken)
    assert time[:2] == (("inf_time",), "date")
    assert time.received.en == "is 2026-02-30, a day that does not exist"
    assert price[:2] == (("input", "feedetail", 1, "pric"), "decimals")
    assert price.received.en == "is 0.1234567, which has too many decimals"


def test_a_personal_day_is_not_quoted(registry: schemas.Registry):
    rules = plan("2304", "response", registry.head("response"), registry.body("2304", "response"), (), {})
    (found,) = rules.broken({"output": {"setlinfo": {"brdy": "1962-02-30"}}})
    assert "1962" not in found.received.zh + found.received.en


def test_a_day_that_is_no_day_at_all_is_not_quoted_either(registry: schemas.Registry):
    rules = plan("3201", "request", registry.head("request"), registry.body("3201", "request"), (), {})
    (found,) = rules.broken({"input": {"data": {"stmt_enddate": "SECRET"}}})
    assert "SECRET" not in found.received.zh + found.received.en
