"""What stays is not looked at again, what goes in circles while young is found, and a new beginning lets go of all."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from simulator.sandbox import garbage


class Circle:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector() -> Iterator[None]:
    """The collector as it was before, afterwards."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


def test_the_old_stays_and_the_young_goes(collector: None) -> None:
    garbage.begin()
    assert not gc.isenabled()
    old = weakref.ref(Circle())
    garbage.stay()
    assert gc.isenabled()
    young = weakref.ref(Circle())
    kept = [[] for _ in range(100_000)]
    assert (old() is None, young() is None, len(kept)) == (False, True, 100_000)
    garbage.begin_anew()
    assert old() is None
    assert gc.get_freeze_count() > len(kept)
