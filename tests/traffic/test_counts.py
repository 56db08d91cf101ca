"""Counts are an HdrHistogram by other means: the same buckets, percentiles and sums."""

from __future__ import annotations

from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from simulator.traffic.counts import (
    LONGEST_US,
    Counts,
    add,
    added,
    bucket,
    empty,
    highest,
    histogram,
    mean,
    packed,
    percentile,
    unpacked,
)

TIMES = st.one_of(st.integers(0, 5000), st.integers(0, LONGEST_US))
MANY = st.lists(TIMES, min_size=1, max_size=60)


def counted(times: list[int]) -> Counts:
    made: Counts = {}
    for each in times:
        add(made, {bucket(each): 1})
    return made


def recorded(times: list[int]) -> HdrHistogram:
    made = empty()
    for each in times:
        assert made.record_value(each)
    return made


@given(TIMES)
def test_a_bucket_is_the_histograms(time_us: int) -> None:
    reference = empty()
    assert bucket(time_us) == reference.get_lowest_equivalent_value(time_us)
    assert highest(bucket(time_us)) == reference.get_highest_equivalent_value(time_us)
    assert highest(bucket(time_us)) - bucket(time_us) <= time_us / 1000


def test_times_out_of_range_count_at_its_ends() -> None:
    assert (bucket(-5), bucket(LONGEST_US * 2)) == (0, bucket(LONGEST_US))


@given(MANY)
def test_the_histogram_is_as_if_recorded(times: list[int]) -> None:
    ours, theirs = histogram(counted(times)), recorded(times)
    assert list(ours.counts) == list(theirs.counts)
    assert ours.get_total_count() == len(times)


@given(MANY, st.sampled_from([1, 50, 90, 99, 99.9, 100]))
def test_percentiles_are_the_histograms(times: list[int], percent: float) -> None:
    assert percentile(counted(times), percent) == recorded(times).get_value_at_percentile(percent)


@given(MANY)
def test_the_mean_is_right_to_three_digits(times: list[int]) -> None:
    exact = sum(times) / len(times)
    assert abs(mean(counted(times)) - exact) <= exact / 1000 + 0.5


@given(MANY, MANY)
def test_adding_is_recording_both(one: list[int], other: list[int]) -> None:
    assert added([counted(one), counted(other)]) == counted(one + other)


@given(MANY)
def test_packing_loses_nothing(times: list[int]) -> None:
    assert unpacked(packed(counted(times))) == counted(times)


def test_of_nothing() -> None:
    assert (percentile({}, 99), mean({}), histogram({}).get_total_count()) == (0, 0.0, 0)
