"""The rank test within groups, against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from simulator.study.fairness import rank_test


def test_one_group_by_hand() -> None:
    """Ranks 1, 2, 3 against 4, 5, 6: 4.5 below the expected 10.5, variance 3 x 3 x 7 / 12 = 5.25."""
    assert rank_test([([1, 2, 3], [4, 5, 6])]).chance == pytest.approx(math.erfc(4.5 / math.sqrt(2 * 5.25)))


def test_ties_share_their_ranks() -> None:
    assert rank_test([([5, 5], [5, 5])]).chance == 1.0


def test_groups_are_ranked_apart() -> None:
    """One side lies in the slower group mostly; within each group the sides are alike."""
    fast, slow = ([1, 4], [2, 3]), ([101, 104, 105, 108], [102, 103, 106, 107])
    assert rank_test([fast, slow]).chance == 1.0


def test_a_group_of_one_side_says_nothing() -> None:
    found = rank_test([([1, 2], [])])
    assert (found.ones, found.others, found.chance) == (0, 0, 1.0)
