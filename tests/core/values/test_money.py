"""Money is rounded in one place, half-up, mirrored for refunds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.values.money import half_up, line_amount, share_of, spread, yuan


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (0, 10, 0),
        (4, 10, 0),
        (5, 10, 1),
        (14, 10, 1),
        (15, 10, 2),
        (25, 10, 3),
        (-4, 10, 0),
        (-5, 10, -1),
        (-25, 10, -3),
    ],
)
def test_a_half_goes_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**9))
def test_a_negative_amount_rounds_to_the_mirror_and_within_half_a_unit(numerator: int, denominator: int) -> None:
    rounded = half_up(numerator, denominator)
    assert half_up(-numerator, denominator) == -rounded
    assert 2 * abs(rounded * denominator - numerator) <= denominator


@pytest.mark.parametrize(
    ("price", "quantity", "fen"),
    [
        (12_500_000, 300_000, 37_500),  # 12.50 x 30
        (123_456, 3_333_333, 4_115),  # 0.123456 x 333.3333 = 41.1519...
        (10_000, 5_000, 1),  # 0.01 x 0.5 = half a fen
        (10_000, 4_999, 0),
        (10_000, -5_000, -1),
    ],
)
def test_a_line_is_price_times_quantity_to_the_fen(price: int, quantity: int, fen: int) -> None:
    assert line_amount(price, quantity) == fen


def test_a_share_is_basis_points_to_the_fen() -> None:
    assert share_of(1_495_567, 9_000) == 1_346_010  # 13,460.103
    assert share_of(5, 1_000) == 1  # half a fen
    assert share_of(-5, 1_000) == -1


def test_an_amount_is_spread_in_proportion_and_to_the_fen() -> None:
    assert spread(100, (1, 1, 1)) == (33, 34, 33)  # up to 33.33, 66.67, 100
    assert spread(-100, (1, 1, 1)) == (-33, -34, -33)
    assert spread(7, (0, 5, 0)) == (0, 7, 0)


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_the_parts_sum_to_the_whole_and_are_off_by_no_more_than_a_fen(amount: int, weights: list[int]) -> None:
    parts, whole = spread(amount, weights), sum(weights)
    assert sum(parts) == amount
    assert all(abs(part * whole - amount * weight) <= whole for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (123_405, "1234.05"), (-5, "-0.05"), (-1_00, "-1.00")]
)
def test_yuan_text_has_two_decimals_and_no_thousands_marks(fen: int, text: str) -> None:
    assert yuan(fen) == text
