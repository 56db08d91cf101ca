"""Money as integers: the one place where anything is rounded.

Amounts are fen, unit prices and price caps millionths of a yuan, quantities ten-thousandths, rates basis points
(10,000 = 100 %). Every rounding is half-up to the unit, away from zero for negative amounts, so that a refund is the
exact mirror of what it refunds.
"""

from __future__ import annotations

from collections.abc import Sequence

FEN_PER_YUAN = 100
WHOLE_RATE = 10_000
_LINE_SCALE = 10**8  # millionths of a yuan times ten-thousandths, down to fen: 10^6 · 10^4 / 10^2


def half_up(numerator: int, denominator: int) -> int:
    """Return ``numerator / denominator`` rounded half-up, halves going away from zero; ``denominator`` > 0."""
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def line_amount(price: int, quantity: int) -> int:
    """Return a line's amount in fen: price (millionths of a yuan) times quantity (ten-thousandths), half-up."""
    return half_up(price * quantity, _LINE_SCALE)


def share_of(amount: int, rate: int) -> int:
    """Return ``rate`` basis points of ``amount`` fen, half-up to the fen."""
    return half_up(amount * rate, WHOLE_RATE)


def spread(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to weights (none below 0, not all 0); the parts sum to it, to the fen.

    What is given out up to each part is rounded half-up, so that no part is off by more than 1 fen.
    """
    whole, reached, given = sum(weights), 0, 0
    parts = []
    for weight in weights:
        reached += weight
        upto = half_up(amount * reached, whole)
        parts.append(upto - given)
        given = upto
    return tuple(parts)


def yuan(amount: int) -> str:
    """Return fen as yuan text with two decimals, such as ``-1234.05``; no thousands marks, so that it parses back."""
    whole, rest = divmod(abs(amount), FEN_PER_YUAN)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:02d}"
