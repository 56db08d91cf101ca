"""Mutants and correct variants: a sound registry, patches that fit, and the command that runs them."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from conformance.mutants import texts, variants
from conformance.mutants.commands import _trial, exit_code
from conformance.mutants.fleet import Outcome, _leaving_out
from conformance.mutants.mutant import KINDS, VARIANT, Patch
from conformance.mutants.registry import BY_NAME, MUTANTS, VARIANTS, named
from conformance.mutants.table import document, markdown, released, score
from conformance.mutants.texts import parsed
from conformance.mutants.watching import Watcher

ALL = (*MUTANTS, *VARIANTS)


def test_there_are_enough_of_each_and_each_has_a_name_of_its_own():
    assert len(MUTANTS) >= 60
    assert len(VARIANTS) >= 10
    assert len(BY_NAME) == len(ALL)
    assert {each.kind for each in MUTANTS} == set(KINDS)
    assert {each.kind for each in VARIANTS} == {VARIANT}


def test_each_says_in_both_languages_what_it_is():
    for mutant in ALL:
        assert mutant.zh.endswith("。"), mutant.name
        assert mutant.en.endswith("."), mutant.name
        assert mutant.en.isascii(), mutant.name
    assert len({each.en for each in ALL}) == len({each.zh for each in ALL}) == len(ALL)


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_each_patch_finds_its_place_and_makes_something_else(mutant):
    assert mutant.patches
    for patch in mutant.patches:
        _, _, old = patch.find()
        assert patch.make(old) is not old


def test_a_patch_of_a_name_reaches_all_who_have_imported_it():
    code = (
        "import sys\n"
        "from conformance.mutants.registry import named\n"
        "import simulator.core.benefit.stack as stack, simulator.core.values.money as money\n"
        "before = stack.half_up(25, 10), money.share_of(5, 5000)\n"
        "named('half-even').apply()\n"
        "print(before, (stack.half_up(25, 10), money.share_of(5, 5000)))\n"
    )
    said = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "((3, 3)) ((2, 2))\n".replace("((", "(").replace("))", ")")


def test_a_place_that_is_not_there_is_an_error():
    for place in ("simulator.core.values.money:nothing", "simulator.nothing:name"):
        with pytest.raises((KeyError, ImportError)):
            Patch(place, lambda old: old).find()


def test_an_unknown_name_is_one_sentence():
    with pytest.raises(KeyError, match="there is no mutant nothing"):
        named("nothing")
    line = [sys.executable, "-P", "-m", "conformance.mutants.serve", "nothing", "--role", "city"]
    said = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (2, "")
    assert "there is no mutant nothing" in said.stderr


def test_two_mutants_are_killed_and_a_variant_is_not(tmp_path):
    code = "import typer; from conformance.mutants.commands import mutants_command; typer.run(mutants_command)"
    names = ("double-settle", "amounts-as-text", "other-headers")
    line = [sys.executable, "-P", "-c", code, "--json", "--out", str(tmp_path), *names]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    said = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert said["score"] == {"killed": 2, "mutants": 2, "green": 1, "variants": 1}
    assert [row["verdict"] for row in said["mutants"]] == ["killed", "killed", "passed"]
    assert all(row["by"] in row["cases"] for row in said["mutants"][:2])
    assert "other-headers" in (tmp_path / "mutants.md").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "mutants.json").read_bytes()) == said


def test_a_variant_changes_the_text_and_not_what_it_says():
    body = '{"infcode":0,"err_msg":"","output":{"name":"𠮷安","amount":12.50,"rows":[{"cnt":3,"pric":1.000000}]}}'
    body = body.encode()
    meant = json.loads(body)
    for change in (variants._spaced, variants._escaped, lambda text: texts.written(variants._reversed(parsed(text)))):
        assert change(body) != body
        assert json.loads(change(body)) == meant
    for number, said in (
        (variants._shortest, b"12.5,"),
        (variants._with_zeros, b"12.5000"),
        (variants._one_decimal, b"12.5,"),
    ):
        text = texts.written(texts.changed(parsed(body), number))
        assert said in text
        assert json.loads(text) == meant


def test_an_exit_code_says_what_is_missing():
    def said(*rows):
        return {"mutants": [{"kind": kind, "verdict": verdict} for kind, verdict in rows]}

    assert exit_code(said(("rules", "killed"), ("variant", "passed"))) == 0
    assert exit_code(said(("rules", "passed"))) == exit_code(said(("variant", "killed"))) == 1
    assert exit_code(said(("rules", "killed"), ("wire", "broken"))) == 4


def test_a_table_names_survivors_and_false_failures():
    def outcome(name, verdict, cases):
        by = next((case for case, ended in cases.items() if ended == "killed"), "")
        return BY_NAME[name], Outcome(name, verdict, by, "why", 1.0, cases)

    pairs = [
        outcome("half-even", "killed", {"a.py::one": "killed", "a.py::two": "killed"}),
        outcome("round-down", "passed", {"a.py::one": "passed"}),
        outcome("chunked", "killed", {"a.py::one": "killed", "a.py::two": "passed"}),
    ]
    said = document(pairs, full=True, seconds=3)
    assert score(pairs) == (1, 2, 0, 1)
    page = markdown(said)
    assert "| `a.py::one` and 1 more |" in page
    assert "**survives**" in page
    assert page.rstrip().endswith("| `a.py::one` |")
    assert released(said)["scores"] == {said["suites"]["city"]: {"killed": 1, "mutants": 2, "green": 0, "variants": 1}}


def test_thinned_each_test_runs_once_besides_what_is_expected_and_all_parameters_in_turn() -> None:
    names = [f"test_a.py::one[{number}]" for number in range(5)] + ["test_a.py::two", "test_b.py::one[0]"]

    def run_by(name: str) -> set[str]:
        watcher = Watcher(("test_a.py::one[2]",), stop=False, leave_out=lambda item, some: False, thin=name)
        return set(names) - watcher._spare(names)

    for name in ("x", "y", "z"):
        left = run_by(name)
        assert {"test_a.py::one[2]", "test_a.py::two", "test_b.py::one[0]"} <= left
        assert len(left) in {3, 4}
    assert set(names) == set().union(*(run_by(str(number)) for number in range(60)))


def test_of_a_short_run_what_a_variant_is_unusual_in_is_not_left_out() -> None:
    slow = BY_NAME["starts-slowly"]
    leave_out = _leaving_out(_trial(slow, "", full=False))
    names = ("test_restart.py::test_killed_after_a_reply_was_lost[away]", "test_visits.py::test_a_visit_is_settled[x]")
    items = [SimpleNamespace(nodeid=name, get_closest_marker=lambda mark: None) for name in names]
    assert [leave_out(item, True) for item in items] == [False, True]
