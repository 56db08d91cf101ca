"""Whose fault a red case is: the order of attempts, and a wrong system told from a right one on the network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.attribution import Tries, beside, tried
from conformance.commands import demo_city, run_suites
from conformance.evidence import HOOK, Chain, Line, checked
from conformance.resuming import ONCE_MORE, OTHER, TARGET
from conformance.stage import DIFFERS, Wrong
from conformance.verdicts import FAIL, INSTRUMENT, PASS, SKIPPED, SYSTEM, Attempt
from conformance.verifying import compare, judged_again
from conformance.wire import Live, Recorded
from simulator.inputs.errors import InputError
from simulator.inputs.hooks import HookFailed, NotOffered
from simulator.inputs.subjects import Subject
from simulator.sandbox.clock import machine
from tests.conformance.conftest import SUITE, results_in, verdicts_in

RED = Attempt(0, FAIL, (Wrong(DIFFERS, "2304", "/infcode", "0", "-101", 5),))


def playing(*verdicts: str) -> tuple[Callable[[int], Attempt], list[int]]:
    """Return a play of attempts with these verdicts, and the steps it is asked for."""
    steps: list[int] = []

    def play(step: int) -> Attempt:
        steps.append(step)
        return Attempt(step, verdicts[len(steps) - 1])

    return play, steps


@pytest.mark.parametrize(
    ("verdicts", "steps"),
    [
        ([PASS], [TARGET]),
        ([SKIPPED], [TARGET]),
        ([FAIL, FAIL], [TARGET, OTHER]),
        ([FAIL, INSTRUMENT], [TARGET, OTHER]),
        ([FAIL, PASS, FAIL], [TARGET, OTHER, ONCE_MORE]),
        ([FAIL, PASS, PASS], [TARGET, OTHER, ONCE_MORE]),
    ],
)
def test_only_what_is_red_is_tried_again(verdicts: list[str], steps: list[int]) -> None:
    play, asked = playing(*verdicts)
    tried(play, attribute=True)
    assert asked == steps


def test_without_attribution_a_case_is_tried_once() -> None:
    play, asked = playing(FAIL)
    assert tried(play, attribute=False) == Tries(Attempt(0, FAIL))
    assert asked == [TARGET]


def test_the_reference_is_of_the_same_place_and_rules() -> None:
    subject = Subject("城", "city", "320500", "http://a", "jiangsu-2023", prefix="98", seed="secret")
    assert (beside(subject).code, beside(subject).pack, beside(subject).prefix) == ("320500", "jiangsu-2023", "98")
    assert beside(subject).seed == "1"


def test_a_wrong_system_is_told_from_a_right_one(tmp_path: Path) -> None:
    chosen = ("-k", "sent_again and home and (pharmacy or outpatient)")
    evidence = tmp_path / "evidence.ndjson"
    with demo_city("double-settle") as file:
        code = run_suites(str(file), evidence, "", *chosen, quiet=True, suites=SUITE)
    results = results_in(tmp_path)
    assert (code, results["exit"], results["verdict"]) == (1, 1, "fail")
    assert set(verdicts_in(tmp_path).values()) == {(FAIL, SYSTEM)}
    lines = list(checked(evidence.read_bytes(), "evidence"))
    for row in results["cases"]:
        first, again = row["attempts"]
        assert (first["verdict"], row["reference"]["verdict"], again["verdict"]) == ("fail", "pass", "fail")
        assert [_whose(lines, each) for each in (first, row["reference"], again)] == [
            (row["id"], 0),
            (f"reference:{row['id']}", 1),
            (row["id"], 2),
        ]
        assert "the reference is right" in row["why"]["en"] and "参考系统符合" in row["why"]["zh"]
    compare(results, judged_again(evidence, *chosen, suites=SUITE))


def _whose(lines: list[Line], attempt: Any) -> tuple[str, int]:
    first, last = attempt["lines"]
    begins, ends = lines[first - 1], lines[last - 1]
    assert (begins.kind, ends.kind, begins.case) == ("begin", "end", ends.case)
    return begins.case, begins.attempt


def _configured(folder: Path, hooks: str) -> str:
    """Write the configuration of a system that nobody runs."""
    nowhere = "http://127.0.0.1:9"
    text = f'[subject]\nname = "nobody"\nrole = "city"\ncode = "320300"\n[target]\nurl = "{nowhere}"\n'
    file = folder / "conformance.toml"
    file.write_text(f'{text}[rules]\npack = "jiangsu-2023"\n[hooks]\n{hooks}', encoding="utf-8")
    return str(file)


OWN = """
from conformance.clauses import core

def test_plain():
    assert 1 + 1 == 2

def test_a_person(case):
    case.visit("away")

@core
def test_a_person_must_be_there(case):
    case.visit("away")
"""


def test_a_hook_not_offered_leaves_a_case_out_but_not_a_core_case(tmp_path: Path) -> None:
    """Shown with a suite of a city's own, which is told from ours."""
    own = tmp_path / "test_own.py"
    own.write_text(OWN, encoding="utf-8")
    run_suites(_configured(tmp_path, ""), tmp_path / "evidence.ndjson", "", quiet=True, suites=own)
    results = results_in(tmp_path)
    found = {row["id"].partition("::")[2]: row for row in results["cases"]}
    assert {name: row["verdict"] for name, row in found.items()} == {
        "test_plain": "pass",
        "test_a_person": "not_applicable",
        "test_a_person_must_be_there": "skipped",
    }
    assert all(row["own"] for row in results["cases"])
    assert "the hook load_people is not offered" in found["test_a_person"]["why"]["en"]
    assert (results["verdict"], results["exit"]) == ("inconclusive", 3)


def test_an_environment_that_fails_is_not_the_systems_fault_and_a_waiver_has_to_be_needed(tmp_path: Path) -> None:
    waivers = tmp_path / "waivers.toml"
    rest = 'reason = "x"\nowner = "y"\nexpires = 2999-12-31\n'
    waivers.write_text(f'[[waiver]]\ncase = "*no_such*"\n{rest}', encoding="utf-8")
    file = _configured(tmp_path, 'load_people = ["true"]\nload_filings = ["true"]\n')
    chosen = ("-k", "settled and away-pharmacy", "--yidi-waivers", str(waivers))
    run_suites(file, tmp_path / "evidence.ndjson", "", *chosen, quiet=True, suites=SUITE)
    results = results_in(tmp_path)
    (row,) = results["cases"]
    assert (row["verdict"], row["label"], row["reference"]) == ("skipped", "environment", None)
    assert row["attempts"][0]["wrong"][0]["kind"] == "no answer"
    assert [(each["problem"], each["used"]) for each in results["waivers"]] == [("unused", [])]
    assert (results["verdict"], results["exit"]) == ("fail", 1), "for the waiver that nothing needs"


def test_what_a_hook_came_to_is_in_the_evidence(tmp_path: Path) -> None:
    def fails(said: Any) -> Any:
        raise HookFailed("hook restart: no")

    chain = Chain(tmp_path / "evidence.ndjson")
    live = Live(chain, {"load_people": lambda said: {"people": 1}, "restart": fails}, clock=machine)
    asked = {"people": [{"name": "陈文"}]}
    assert live.hook("a", 0, "load_people", asked) == {"people": 1}
    for name, problem in (("restart", HookFailed), ("set_clock", NotOffered)):
        with pytest.raises(problem):
            live.hook("a", 0, name, {})
    chain.close()
    lines = [each for each in checked((tmp_path / "evidence.ndjson").read_bytes(), "e") if each.kind == HOOK]
    recorded = Recorded({("a", 0): lines}, "evidence")
    assert recorded.hook("a", 0, "load_people", asked) == {"people": 1}
    for name, problem in (("restart", HookFailed), ("set_clock", NotOffered)):
        with pytest.raises(problem):
            recorded.hook("a", 0, name, {})
    with pytest.raises(InputError, match="is not what this case asks"):
        Recorded({("a", 0): lines}, "evidence").hook("a", 0, "load_people", {"people": []})
    assert json.loads(json.dumps(asked)) == lines[0].said["asked"]
