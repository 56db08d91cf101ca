"""What is measured: merged exactly, logged as the standard's own reader reads it, void or saturated by rule."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.traffic.counts import LONGEST_US, empty
from simulator.traffic.hlog import hlog, write_hlog
from simulator.traffic.measuring import Measured
from simulator.traffic.recording import Recorder
from simulator.traffic.seconds import Second
from simulator.traffic.seen import MALFORMED, OK, OUTCOMES, REFUSED, UNKNOWN, Seen

BEGUN = dt.datetime(2031, 5, 6, 1, tzinfo=dt.UTC)
SECONDS = 4

Row = tuple[str, int, int, int, str]  # infno, due (us), until it was sent, until it was answered, outcome
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["2303", "2304"]),
        st.integers(0, 2_000_000),
        st.integers(0, 900_000),
        st.integers(1, 900_000),
        st.sampled_from([OK, REFUSED, MALFORMED, UNKNOWN]),
    ),
    max_size=40,
)


def measured(recorder: Recorder, **more: Any) -> Measured:
    made: dict[str, Any] = {
        "begun": BEGUN,
        "seconds": float(SECONDS),
        "offering": float(SECONDS),
        "line": recorder.whole_line(),
        "service_counts": dict(recorder.service),
        "visit_counts": recorder.visits,
        "lag_counts": recorder.lag,
        "ends": recorder.ends,
        "not_reached": recorder.not_reached,
        "visits_begun": recorder.begun,
        "visits_finished": recorder.finished,
        "waited": recorder.waited,
        "given_up": recorder.given_up,
        "connections": 1,
        "examples": tuple(recorder.examples),
        "samples": (),
        "settled": (),
        "cpu": (0.25,),
    }
    return Measured(**{**made, **more})


def recorded(rows: list[tuple[int, Row]]) -> Measured:
    """Record rows with the number of their visits, each when it happened."""
    recorder = Recorder(cpu_seconds=lambda: 0.0)
    happening = []
    for number, (infno, due, wait, answer, outcome) in rows:
        happening += [(due, 0, number, infno, due, wait, answer, outcome)]
        happening += [(due + wait + answer, 1, number, infno, due, wait, answer, outcome)]
    second = 1
    for at, is_end, number, infno, due, wait, answer, outcome in sorted(happening):
        while at >= second * 1_000_000:
            recorder.close_second(0, 0)
            second += 1
        if not is_end:
            recorder.offered(due * 1000, (due + wait) * 1000)
            continue
        sent, answered = (due + wait) * 1000, (due + wait + answer) * 1000
        recorder.sent(sent)
        times = recorder.ended(infno, due * 1000, answered, outcome, 0, waited=outcome == UNKNOWN)
        if outcome in {OK, REFUSED}:
            recorder.served(infno, sent, answered)
        if outcome != OK and times <= 5:
            seen = Seen(infno, number, 0, due * 1000, sent, answered, outcome, 0)
            recorder.keep(seen, example=True, sampled=False)
    while len(recorder.line) < SECONDS:
        recorder.close_second(0, 0)
    return measured(recorder)


def same(one: HdrHistogram, other: HdrHistogram) -> bool:
    return list(one.counts) == list(other.counts) and one.get_total_count() == other.get_total_count()


@settings(max_examples=30)
@given(ROWS, st.integers(2, 4))
def test_workers_merged_are_one_recorder_fed_the_same(rows: list[Row], workers: int) -> None:
    numbered = list(enumerate(rows))
    whole = recorded(numbered)
    first, *others = (recorded(numbered[each::workers]) for each in range(workers))
    for each in others:
        first = first.merge(each)
    assert [s._replace(cpu=()) for s in first.line] == [s._replace(cpu=()) for s in whole.line]
    assert (first.service_counts, first.lag_counts) == (dict(sorted(whole.service_counts.items())), whole.lag_counts)
    assert (first.ends, first.given_up) == (whole.ends, whole.given_up)
    assert same(first.overall, whole.overall)
    assert same(first.lag, whole.lag)
    assert first.by_infno.keys() == whole.by_infno.keys()
    assert Counter((seen.infno, seen.outcome) for seen in first.examples) == Counter(
        (seen.infno, seen.outcome) for seen in whole.examples
    )
    assert first.cpu == (0.25,) * workers


@given(ROWS)
@settings(max_examples=30)
def test_histograms_hold_what_was_answered_or_waited_for_in_vain(rows: list[Row]) -> None:
    whole, reference = recorded(list(enumerate(rows))), empty()
    for _, _, wait, answer, outcome in rows:
        if outcome != MALFORMED:
            reference.record_value(wait + answer)
    assert same(whole.overall, reference)
    assert (whole.offered, whole.ended) == (len(rows), len(rows))
    assert sum(second.ended for second in whole.line) == len(rows)


def test_the_standard_reader_reads_the_log(tmp_path: Path) -> None:
    rows: list[Row] = [("2303", each * 997, 0, 300 + each * 13, OK) for each in range(900)]
    rows += [("2304", each * 1999, each, 1_000 + each * 777, REFUSED) for each in range(900)]
    whole, path = recorded(list(enumerate(rows))), tmp_path / "run.hlog"
    write_hlog(whole, path)
    reader = HistogramLogReader(str(path), HdrHistogram(1, LONGEST_US, 3))
    read: dict[str | None, HdrHistogram] = {}
    starts: dict[str | None, list[float]] = {}
    while interval := reader.get_next_interval_histogram():
        tag = interval.get_tag()
        read.setdefault(tag, empty()).add(interval)
        starts.setdefault(tag, []).append(interval.get_start_time_stamp())
    reader.close()
    assert reader.get_start_time_sec() == BEGUN.timestamp()
    assert read.keys() == {None, "2303", "2304"}
    assert starts[None] == [1000 * (BEGUN.timestamp() + each) for each in range(3)]
    for tag, histogram in (("2303", whole.by_infno["2303"]), ("2304", whole.by_infno["2304"]), (None, whole.overall)):
        assert same(read[tag], histogram)
        for percent in (50, 95, 99, 99.9, 100):
            assert read[tag].get_value_at_percentile(percent) == histogram.get_value_at_percentile(percent)


def test_a_log_says_its_version_and_what_its_values_are() -> None:
    lines = hlog(recorded([(0, ("2304", 100, 0, 2_500, OK))])).splitlines()
    assert lines[0] == "#[Histogram log format version 1.3]"
    assert lines[1] == f"#[StartTime: {BEGUN.timestamp():.3f} (seconds since epoch), 2031-05-06T01:00:00.000+00:00]"
    assert [line.rpartition(",")[0] for line in lines[5:]] == ["0.000,1.000,2.501", "Tag=2304,0.000,1.000,2.501"]
    assert all(line.rpartition(",")[2].startswith("HISTFAAAA") for line in lines[5:])


NOTHING = Recorder(cpu_seconds=lambda: 0.0)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"lag_counts": {4_000: 98, 90_000: 2}}, "90.0 ms late"),
        ({"lag_counts": {4_000: 99, 90_000: 1}}, ""),
        ({"cpu": (0.2, 0.86)}, "took 86 % of a core"),
        ({"cpu": (0.85, 0.85)}, ""),
        ({}, ""),
    ],
)
def test_a_run_is_void_where_the_generator_fell_behind(more: dict[str, Any], word: str) -> None:
    reason = measured(NOTHING, **more).void_reason()
    assert (word in reason.en and reason.zh) if reason and word else reason is None and not word


def line(*in_flight: int, offered: int = 100) -> tuple[Second, ...]:
    completed = dict.fromkeys(OUTCOMES, 0)
    return tuple(Second(number, offered, offered, completed, each) for number, each in enumerate(in_flight))


@pytest.mark.parametrize(
    ("seconds", "saturated"),
    [
        (line(5, 5, 6, 4, 7, 5, 6, 5, 4, 6), False),  # keeps up
        (line(0, 300, 300, 300, 301, 300, 290, 310, 300, 305), False),  # slow, but keeps up
        (line(0, 0, 100, 200, 300, 400, 300, 50, 0, 0), False),  # a stall made good again
        (line(*range(0, 200, 20)), True),  # a fifth is left over each second
        (line(*range(0, 100, 10), offered=10), True),  # few, but ever more
        (line(0, 2, 1, 3, 2, 5, 4, 3, 6, 5, offered=2), False),  # chance
    ],
)
def test_a_target_is_saturated_where_calls_are_left_over_ever_more(
    seconds: tuple[Second, ...], saturated: bool
) -> None:
    reason = measured(NOTHING, line=seconds, offering=10.0, seconds=10.0).saturated()
    assert bool(reason) is saturated
    if reason:
        assert reason.zh


def test_a_target_is_saturated_where_too_many_wait_in_vain() -> None:
    ends = Counter({("2304", OK, 0): 980, ("2304", UNKNOWN, 0): 20})
    assert measured(NOTHING, ends=ends, given_up=20).saturated()
    assert not measured(NOTHING, ends=ends, given_up=9).saturated()
