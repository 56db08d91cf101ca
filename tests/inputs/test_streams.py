"""Named streams: the same name, the same numbers, whatever else is drawn."""

from __future__ import annotations

import statistics
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.inputs.streams import Streams

NAMES = st.tuples(st.sampled_from(["stay", "person"]), st.text(max_size=12), st.sampled_from(["story", "network"]))


def numbers(streams: Streams, *name: str) -> list[float]:
    rng = streams.stream(*name)  # type: ignore[arg-type]
    return [rng.random() for _ in range(5)]


@given(name=NAMES, seed=st.integers())
def test_the_same_name_gives_the_same_numbers(name: tuple[str, str, str], seed: int) -> None:
    assert numbers(Streams(seed), *name) == numbers(Streams(seed), *name)
    assert Streams(seed).share(*name) == Streams(seed).share(*name)


@given(name=NAMES, other=NAMES)
def test_another_name_gives_other_numbers(name: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    streams = Streams(1)
    assert (numbers(streams, *name) == numbers(streams, *other)) == (name == other)
    assert (streams.share(*name) == streams.share(*other)) == (name == other)


@pytest.mark.parametrize("other", [Streams(2), Streams(1, 1), Streams(-1), Streams(10)])
def test_another_seed_or_replication_gives_other_numbers(other: Streams) -> None:
    assert numbers(Streams(1), "stay", "a", "story") != numbers(other, "stay", "a", "story")
    assert Streams(1).share("stay", "a", "check") != other.share("stay", "a", "check")


def test_seed_and_replication_are_kept_apart() -> None:
    assert numbers(Streams(1, 11), "stay", "a", "story") != numbers(Streams(11, 1), "stay", "a", "story")


@given(order=st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_asking_does_not_matter(order: list[str]) -> None:
    streams, fresh = Streams(7), Streams(7)
    drawn = {entity: numbers(streams, "stay", entity, "story") for entity in order}
    assert drawn == {entity: numbers(fresh, "stay", entity, "story") for entity in "abcd"}


def test_drawing_from_one_stream_leaves_the_others_alone() -> None:
    streams = Streams(7)
    one, other = streams.stream("stay", "a", "story"), streams.stream("stay", "b", "story")
    mixed = [rng.random() for _ in range(5) for rng in (one, other)]
    assert mixed[0::2] == numbers(Streams(7), "stay", "a", "story")
    assert mixed[1::2] == numbers(Streams(7), "stay", "b", "story")


def test_shares_are_even_and_below_one() -> None:
    shares = [Streams(1).share("stay", number, "check") for number in range(20_000)]
    assert all(0 <= share < 1 for share in shares)
    assert statistics.fmean(shares) == pytest.approx(0.5, abs=0.01)
    assert sum(share < 0.01 for share in shares) == pytest.approx(200, abs=60)


def test_first_numbers_of_neighbouring_streams_are_even() -> None:
    first = [Streams(1).stream("stay", number, "story").random() for number in range(5000)]
    assert statistics.fmean(first) == pytest.approx(0.5, abs=0.02)
    assert statistics.stdev(first) == pytest.approx(12**-0.5, abs=0.01)


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_another_process_with_another_hash_seed_gives_the_same_numbers(hash_seed: str) -> None:
    code = (
        "from simulator.inputs.streams import Streams\n"
        "rng = Streams(3, 2).stream('stay', '𠮷', 'story')\n"
        "print([rng.random() for _ in range(5)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(numbers(Streams(3, 2), "stay", "𠮷", "story"))
