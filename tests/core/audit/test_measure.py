"""Precision and recall as exact counts."""

from __future__ import annotations

from simulator.core.audit.measure import Score, measure, together


def test_every_pair_of_bill_and_rule_counts_once() -> None:
    scores = measure([({"a"}, {"a"}), ({"a"}, set()), (set(), {"a"}), ({"b"}, {"a", "b"}), (set(), set())])
    assert scores == {"a": Score(1, 2, 1), "b": Score(1, 0, 0)}
    assert together(scores) == Score(2, 2, 1)


def test_shares_are_basis_points_and_none_where_there_is_nothing() -> None:
    assert (Score(2, 1, 1).precision, Score(2, 1, 1).recall) == (6_667, 6_667)
    assert (Score(0, 0, 3).precision, Score(0, 0, 3).recall) == (None, 0)
    assert (Score(0, 3, 0).precision, Score(0, 3, 0).recall) == (0, None)
    assert together({}) == Score()
