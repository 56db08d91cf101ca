"""Whatever a server has said stands, however it ends: killed at any moment, or by a disk that is full."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from simulator.sandbox.stores import open_store
from tests.sandbox.control_client import ground
from tests.sandbox.crashing import Province


def killed(place: str, cycles: int, seed: int) -> None:
    province = Province(place, ground(), seed)
    for _ in range(cycles):
        province.kill_under_load()
    province.end_cleanly()
    with closing(open_store(place, read_only=True)) as store:
        assert province.check(store) > cycles


def test_nothing_acknowledged_is_lost_in_three_kills(place: str) -> None:
    killed(place, 3, seed=3)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_in_fifty_kills(place: str) -> None:
    killed(place, 50, seed=50)


def test_a_full_disk_ends_the_server_with_a_sentence(tmp_path: Path) -> None:
    place = str(tmp_path / "yidi.db")
    province = Province(place, ground(), seed=1)
    code, said = province.run_until_full(most_bytes=6 << 20)
    assert code == 4
    assert f"the journal {place} cannot be written" in said
    assert "nothing unkept was acknowledged" in said
    assert len(said.strip().splitlines()) == 1
    with closing(open_store(place, read_only=True)) as store:
        assert province.check(store) > 0
