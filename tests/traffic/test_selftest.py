"""The self-test tells an open loop from a closed one."""

from __future__ import annotations

import json

import pytest

from simulator.traffic.selftest import Figures, exact, self_test


def test_the_exact_figures() -> None:
    assert exact(30, 15) == Figures(3.75, 14.7, 15)
    assert exact(3, 1.5) == Figures(0.375, 1.47, 1.5)


def test_a_small_one_tells_them_apart() -> None:
    """On a busy machine the verdict of so short a run hangs on milliseconds: it is the slow one that asks for 5 %."""
    tested = self_test(seconds=3, stopped_seconds=1.5)
    assert tested.measured.off(tested.exact) < 0.5 < tested.control.off(tested.exact), tested.words().en
    assert tested.control.mean < 0.1 * tested.exact.mean
    assert json.loads(json.dumps(tested.data()))["exact"] == {"mean": 0.375, "p99": 1.47, "longest": 1.5}
    assert "passed" in tested.data()


@pytest.mark.slow
def test_the_whole_one_passes() -> None:
    tested = self_test()
    assert tested.exact == Figures(3.75, 14.7, 15)
    assert tested.passed, tested.words().en
