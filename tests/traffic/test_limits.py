"""Limits as data, and what a run says of each: held, broken, or nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from simulator.inputs.errors import InputError
from simulator.traffic.figures import figures_of
from simulator.traffic.limits import BROKEN, HELD, OPEN, judge_limits, read_profile, seconds_of
from tests.traffic.made import MS, measured, money, second, steady

ROW = """
id = "own"
zh = "自有"
en = "own"

[assumptions.A-OWN]
zh = "自定"
en = "own choice"
source = "test"
confidence = "D"

[[limit]]
id = "one"
zh = "一"
en = "one"
"""


def states(run: object, of_money: object = None, profile: str | Path = "national") -> dict[str, str]:
    judged = judge_limits(read_profile(profile), figures_of(run), of_money)  # type: ignore[arg-type]
    return {each.limit.id: each.state for each in judged}


def own(folder: Path, rows: str) -> Path:
    (folder / "own.toml").write_text(ROW + rows, encoding="utf-8")
    return folder / "own.toml"


def test_the_built_in_profile_has_a_basis_for_every_limit() -> None:
    profile = read_profile("national")
    assert {limit.measure for limit in profile.limits} == {"latency", "failures", "money", "sustained", "spike"}
    for limit in profile.limits:
        assert bool(limit.basis.clause) != (limit.basis.assumption in profile.assumptions)
    first = profile.limits[0]
    assert (first.infno, first.percentile, first.most_us) == ("2304", 99, 2_000_000)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            'measure = "latency"\ninfno = "2304"\npercentile = 99\nmost_seconds = 2',
            "neither a clause nor an assumption",
        ),
        ('measure = "latency"\ninfno = "2304"\nmost_seconds = 2\nassumption = "A-OWN"', "percentile: is missing"),
        ('measure = "money"\nseconds = 2\nassumption = "A-OWN"', 'means nothing of the measure "money"'),
        ('measure = "money"\nclause = "P75-999"', "no requirement row"),
        ('measure = "money"\nassumption = "A-ELSE"', "not declared"),
        ('measure = "speed"\nassumption = "A-OWN"', "not known here"),
        ('measure = "money"\nassumption = "A-OWN"\nmost = 2', "unknown key"),
    ],
)
def test_a_profile_that_is_wrong_is_refused_in_one_sentence(tmp_path: Path, rows: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_profile(own(tmp_path, rows))


def test_a_name_that_is_not_built_in_is_told_with_those_that_are() -> None:
    with pytest.raises(InputError, match='write "national"'):
        read_profile("nation")


def test_a_quick_run_holds_what_it_can_show_and_leaves_the_rest_open() -> None:
    assert states(steady(), money()) == {
        "settlement-p99": HELD,
        "trial-p99": OPEN,
        "failures": HELD,
        "money": HELD,
        "sustained": OPEN,
        "spike": OPEN,
    }
    assert states(steady())["money"] == OPEN


def test_slow_settlements_break_their_limit_and_the_minute() -> None:
    found = states(steady(ms=3500))
    assert (found["settlement-p99"], found["sustained"]) == (BROKEN, BROKEN)
    assert states(measured([second(0, *[1999 * MS] * 100)]))["settlement-p99"] == HELD


def test_one_slow_minute_of_ten_breaks_sustained_load_and_ten_good_ones_hold_it() -> None:
    good = [second(number, 5 * MS) for number in range(600)]
    assert states(measured(good))["sustained"] == HELD
    slow = [second(number, 4000 * MS) if 120 <= number < 180 else each for number, each in enumerate(good)]
    judged = judge_limits(read_profile("national"), figures_of(measured(slow)), None)
    assert "1 of 10 minutes" in next(each.en for each in judged if each.limit.id == "sustained")


@pytest.mark.parametrize(("failed", "state"), [(0, HELD), (1, HELD), (2, BROKEN)])
def test_failures_are_a_share_of_what_was_due(failed: int, state: str) -> None:
    line = [second(number, *[5 * MS] * 100) for number in range(10)]
    ends = Counter({("2304", "ok", 0): 1000 - failed, ("2304", "malformed", 500): failed})
    assert states(measured(line, ends=ends))["failures"] == state


def spiked(after: int, back: int) -> list[object]:
    """A spike from second 70 to 100; slow for ``back`` seconds from its end; ``after`` seconds after it."""
    line = []
    for number in range(100 + after):
        times = 20 if 70 <= number < 100 else 10
        slow = 70 <= number < 100 + back
        line.append(second(number, *[(900 if slow else 5) * MS] * times))
    return line  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("after", "back", "state"), [(80, 10, HELD), (80, 70, BROKEN), (80, 80, BROKEN), (30, 30, OPEN)]
)
def test_after_a_spike_times_have_to_be_normal_within_a_minute(after: int, back: int, state: str) -> None:
    assert states(measured(spiked(after, back)))["spike"] == state  # type: ignore[arg-type]


def test_totals_that_could_not_be_asked_for_are_none_that_agree() -> None:
    stopped = money(agrees=False, stopped={"zh": "对账未能完成", "en": "it could not be reconciled"}, rows=[])
    assert states(steady(), stopped)["money"] == BROKEN


@pytest.mark.parametrize(
    ("us", "words"), [(0, "0 ms"), (1234, "1.23 ms"), (999_000, "999 ms"), (2_000_000, "2 s"), (1_234_567, "1.235 s")]
)
def test_times_are_worded_as_people_read_them(us: int, words: str) -> None:
    assert seconds_of(us) == words
