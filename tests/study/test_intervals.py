"""Statistics over replications, against hand-worked numbers, published tables and the truth of made experiments."""

from __future__ import annotations

import random
import statistics

import pytest

from simulator.study.intervals import discoveries, paired, spread, student, student_within, unpaired, wilson


@pytest.mark.parametrize(
    ("freedom", "t"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (10, 2.2281), (29, 2.0452), (120, 1.9799)],
)
def test_students_t_is_that_of_the_tables(freedom: int, t: float) -> None:
    assert student(freedom) == pytest.approx(t, abs=5e-5)
    assert student_within(student(freedom), freedom) == pytest.approx(0.95, abs=1e-12)


def test_a_mean_worked_out_by_hand() -> None:
    """2, 4, 4, 6: mean 4; deviations 4 + 0 + 0 + 4 = 8, over 3; error sqrt(8/3)/2 = 0.8165; times t(3) = 3.1824."""
    found = spread([2, 4, 4, 6])
    assert (found.number, found.mean) == (4, 4)
    assert found.sd == pytest.approx((8 / 3) ** 0.5)
    assert (found.low, found.high) == pytest.approx((4 - 2.5985, 4 + 2.5985), abs=1e-4)


def test_one_observation_has_no_interval() -> None:
    assert spread([7]) == (1, 7, None, None, None, None)
    assert unpaired([7], [1, 2, 3])[2:] == (None, None, None, None)


def test_pairs_take_out_what_both_share() -> None:
    """The same noise of 10, 20, 30 on both sides, and a difference of 1, 2, 3: mean 2, sd 1, error 1/sqrt(3), t(2)."""
    before, after = [10, 20, 30], [11, 22, 33]
    found, apart = paired(before, after), unpaired(before, after)
    assert (found.mean, found.sd) == (2, 1)
    assert (found.low, found.high) == pytest.approx((2 - 4.30265 / 3**0.5, 2 + 4.30265 / 3**0.5), abs=1e-4)
    assert found.high is not None
    assert apart.high is not None
    assert apart.high - apart.mean > 5 * (found.high - found.mean)
    with pytest.raises(ValueError, match="shorter"):
        paired([1, 2], [1])


def test_welch_is_that_of_the_book() -> None:
    """Means 2 and 4, variances 1 and 7: error² = 1/3 + 7/3; freedom (8/3)² / ((1/3)²/2 + (7/3)²/2) = 2.56, so 2."""
    found = unpaired([1, 2, 3], [2, 3, 7])
    half = 4.30265 * (8 / 3) ** 0.5
    assert (found.mean, found.low, found.high) == pytest.approx((2, 2 - half, 2 + half), abs=1e-4)


def test_a_chance_of_a_difference_agrees_with_its_interval() -> None:
    for values in ([0.1, 0.5, 0.4, 0.9], [-0.2, 0.5, 0.4, 0.1], [3, 3.1, 2.9]):
        found = spread(values)
        assert found.low is not None
        assert found.p is not None
        assert (found.low > 0) == (found.p < 0.05)


def test_equal_differences_are_no_certainty() -> None:
    """Three of one sign happen by chance in one of four: both signs, 2 · (1/2)³."""
    assert spread([2, 2, 2])[1:] == (2, 0, 2, 2, 0.25)
    assert spread([0, 0, 0])[1:] == (0, 0, 0, 0, 1)


def test_wilson_worked_out_by_hand() -> None:
    """1.96² = 3.8416. 0 of 10: (3.8416/20 ± 3.8416/20) / 1.38416 = 0 and 0.27754."""
    assert wilson(0, 10) == pytest.approx((0, 0.27754), abs=1e-5)
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((1 - 0.27754, 1), abs=1e-5)
    assert wilson(0, 0) == (0, 1)


def test_differences_looked_at_together() -> None:
    """Benjamini and Hochberg's own example: of 15 chances four stand at 5 %, the fourth by 0.0095 ≤ 4/15 of it."""
    told = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
    assert list(discoveries([*told, 0.7590, 1.0, None])) == [True] * 4 + [False] * 12
    assert list(discoveries([0.04, 0.03, 0.05])) == [True] * 3  # the largest stands, and so do all below it
    assert list(discoveries([None, None])) == [False, False]


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """1,000 experiments of 5 replications each: 950 expected, standard deviation 6.9; 4 of them either way."""
    rng = random.Random(20161231)
    means = paired_up = apart = 0
    for _ in range(1000):
        shared = [rng.gauss(0, 5) for _ in range(5)]
        before = [50 + each + rng.gauss(0, 1) for each in shared]
        after = [53 + each + rng.gauss(0, 1) for each in shared]
        other = [53 + rng.gauss(0, 9) for _ in range(8)]
        means += _covers(spread(before), 50)
        paired_up += _covers(paired(before, after), 3)
        apart += _covers(unpaired(before, other), 3)
    assert 922 <= means <= 978
    assert 922 <= paired_up <= 978
    assert 922 <= apart <= 985  # degrees of freedom are rounded down, on the safe side


def _covers(found: object, truth: float) -> bool:
    low, high = getattr(found, "low", None), getattr(found, "high", None)
    assert low is not None
    assert high is not None
    return bool(low <= truth <= high)


def test_where_nothing_differs_a_difference_stands_in_one_experiment_of_twenty() -> None:
    """200 experiments of 30 figures without any difference: 10 expected to have one that stands, at most 22 (4 sd)."""
    rng = random.Random(5)
    told = 0
    for _ in range(200):
        chances = [spread([rng.gauss(0, 1) for _ in range(4)]).p for _ in range(30)]
        told += any(discoveries(chances))
    assert 1 <= told <= 22


def test_the_mean_of_equal_numbers_has_no_spread() -> None:
    """Thirds and sevenths have no exact float: equal ones must not differ from their mean."""
    for number in (1 / 3, 1 / 7, 0.1):
        found = spread([number] * 49)
        assert (found.mean, found.sd, found.low, found.high) == (number, 0, number, number)
    assert statistics.mean([1 / 3] * 49) == 1 / 3
