"""Climbs find what a target holds, and say when it was the generator that gave out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from simulator.traffic.capacity import BROKEN, HELD, NEAR, VOIDED, Climbed, Interrupted, Step, climb


class Pretended:
    """A target that holds up to ``holds`` visits a second, asked by a generator that keeps up to ``keeps``."""

    def __init__(self, holds: Sequence[float], keeps: float = 1e9, ends: int = 10_000) -> None:
        self.holds, self.keeps, self.ends, self.tried = holds, keeps, ends, 0

    def attempt(self, rate: float, repeat: int) -> Step:
        self.tried += 1
        if self.tried > self.ends:
            raise Interrupted
        state = VOIDED if rate > self.keeps else HELD if rate <= self.holds[repeat - 1] else BROKEN
        return Step(rate, repeat, state, requests=6 * rate)


def climbed(pretended: Pretended, first: float = 5.0) -> Climbed:
    return climb(pretended.attempt, first, len(pretended.holds))


@pytest.mark.parametrize("holds", [0.9, 5.0, 37.0, 1234.0])
def test_the_highest_rate_that_held_is_found_within_five_per_cent(holds: float) -> None:
    found = climbed(Pretended([holds]))
    (top,) = found.tops
    assert holds / NEAR <= top * 1.002 <= holds * 1.002
    assert not found.by_generator
    assert len(found.steps) < 20
    told = found.told()
    assert (told["held"], told["requests"]) == (top, pytest.approx(6 * top, abs=0.1))


def test_repeats_are_told_with_their_spread() -> None:
    told = climbed(Pretended([100, 110, 105])).told()
    assert told["held"] == sorted(told["repeats"])[1]
    assert told["spread"] == pytest.approx((max(told["repeats"]) - min(told["repeats"])) / told["held"], abs=1e-4)
    assert 0.02 < told["spread"] < 0.15


def test_a_void_step_is_tried_again_and_is_no_broken_target() -> None:
    found = climbed(Pretended([1000], keeps=60))
    assert found.by_generator
    assert 55 <= found.tops[0] <= 60
    assert [step.state for step in found.steps if step.rate == 80] == [VOIDED, VOIDED]
    assert BROKEN not in {step.state for step in found.steps}


def test_a_target_that_holds_nothing_has_no_capacity() -> None:
    found = climbed(Pretended([0.01, 0.01]))
    assert found.tops == (0.0,)
    assert found.told()["held"] is None
    assert min(step.rate for step in found.steps) >= 0.2


def test_a_climb_that_is_stopped_tells_what_it_has_seen() -> None:
    found = climbed(Pretended([100], ends=3))
    assert [step.rate for step in found.steps] == [5, 10, 20]
    assert found.tops == (20,)
