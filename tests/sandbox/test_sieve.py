"""A sieve never denies what was put in, and rarely takes something else for it."""

from __future__ import annotations

import pytest

from simulator.sandbox.sieve import Sieve


def test_what_was_put_in_is_never_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.sandbox.sieve._MOST", 700)
    sieve = Sieve()
    assert "0" not in sieve
    for number in range(1500):
        sieve.add(str(number))
    segments, filled = sieve.state()
    assert (len(segments), filled) == (2, 800)
    assert len(segments[1]) == 2 * len(segments[0])
    again = Sieve(segments, filled)
    again.add("异地")
    assert all(str(number) in again for number in range(1500))
    assert "异地" in again
    assert "异地" not in sieve


def test_a_full_segment_takes_few_others_for_its_own() -> None:
    sieve = Sieve()
    for number in range(1 << 16):
        sieve.add(f"in {number}")
    assert len(sieve.state()[0]) == 1
    assert sum(f"out {number}" in sieve for number in range(10_000)) < 80
