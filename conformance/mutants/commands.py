"""`yidi mutants`: do the suites find every wrong reference, and fail no right one?

Exit codes: 0 every mutant killed and every variant green, 1 one survives or a variant is failed, 2 a name that there is
none of, 4 a trial could not be run.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from conformance.certificate import SCORES
from conformance.mutants.fleet import Outcome, Trial, tried
from conformance.mutants.mutant import VARIANT, Mutant
from conformance.mutants.registry import BY_NAME, named
from conformance.mutants.table import document, markdown, released, score, short
from conformance.mutants.watching import BROKEN, KILLED, PASSED
from simulator.outputs.console import fail, known_language
from simulator.sandbox.parties import CITY, HOSPITAL, PROVINCE

_SCORES = Path(str(SCORES))
_TABLE = Path(__file__).parents[2] / "docs" / "reference" / "mutants.md"
_FINDINGS, _USAGE, _FAULT = 1, 2, 4
_WORDS = {
    "zh": {KILLED: "发现", PASSED: "漏过", BROKEN: "未能运行", "green": "通过", "red": "误判"},
    "en": {KILLED: "killed", PASSED: "SURVIVES", BROKEN: "BROKEN", "green": "green", "red": "FALSE FAILURE"},
}


def mutants_command(  # noqa: PLR0917  # options of a command are all positional to it
    names: Annotated[list[str] | None, typer.Argument(help="mutants and variants, all by default")] = None,
    full: Annotated[bool, typer.Option("--full", help="every test against every mutant, for a release")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, help="how many at a time")] = 2,
    out: Annotated[Path, typer.Option("--out", help="where the table and the logs go")] = Path("out/mutants"),
    release: Annotated[bool, typer.Option("--release", help="keep score and table in the source tree")] = False,
    listed: Annotated[bool, typer.Option("--list", help="only name them")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document, nothing else")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en")] = "en",
) -> None:
    """Run the suites against reference systems that are each wrong in one way, and against unusual right ones."""
    known_language(lang)
    try:
        chosen = [named(name) for name in names] if names else list(BY_NAME.values())
    except KeyError as problem:
        wrong = str(problem.args[0])
        fail("yidi mutants", f"没有这个变异体：{wrong}", wrong, _USAGE, as_json=as_json, lang=lang)
    if listed:
        for each in chosen:
            typer.echo(f"{each.name}\t{each.kind}\t{each.zh if lang == 'zh' else each.en}")
        return
    if release and names:
        zh, en = "--release 须运行全部变异体。", "--release is of all mutants: name none."
        fail("yidi mutants", zh, en, _USAGE, as_json=as_json, lang=lang)
    said = run(chosen, full=full, workers=workers, out=out, tell=_Teller(lang, silent=as_json))
    if release:
        keep(said)
    if as_json:
        sys.stdout.write(orjson.dumps(said).decode() + "\n")
    raise typer.Exit(exit_code(said))


def run(chosen: list[Mutant], *, full: bool, workers: int, out: Path, tell: Any) -> dict[str, Any]:
    """Run mutants and variants; write and return the document."""
    out.mkdir(parents=True, exist_ok=True)
    begun, before = time.monotonic(), _killers(out / "mutants.json")
    trials = [_trial(each, before.get(each.name, ""), full=full) for each in chosen]
    outcomes, unsound = confirmed(trials, workers, out, tell)
    pairs = [(each, outcomes[each.name]) for each in chosen]
    said = dict(document(pairs, full=full, seconds=time.monotonic() - begun)) | {"unsound": sorted(unsound)}
    (out / "mutants.json").write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2))
    (out / "mutants.md").write_text(markdown(said), encoding="utf-8")
    tell.summary(score(pairs), out)
    return said


def keep(said: Mapping[str, Any]) -> None:
    """Keep score and table of a run of everything where certificate and docs look for them."""
    _SCORES.write_bytes(orjson.dumps(released(said), option=orjson.OPT_INDENT_2) + b"\n")
    _TABLE.write_text(markdown(said), encoding="utf-8")


def confirmed(trials: list[Trial], workers: int, out: Path, tell: Any) -> tuple[dict[str, Outcome], frozenset[str]]:
    """Run trials; return their outcomes by name, and the cases that fail the reference itself.

    Such a case kills nothing: what it seemed to kill is tried again without it.
    """
    outcomes: dict[str, Outcome] = {}
    sound, unsound, waiting = frozenset[str](), frozenset[str](), trials
    while waiting:
        outcomes |= {outcome.name: outcome for outcome in tried(waiting, workers, out, tell)}
        asked = frozenset[str]().union(*map(_failed, outcomes.values())) - sound - unsound
        for role in sorted(set(map(role_of, asked))):
            of_role = frozenset(name for name in asked if role_of(name) == role)
            (right,) = tried([Trial(None, stop=False, only=of_role, role=role)], 1, out, tell)
            red = frozenset(name for name in of_role if right.cases.get(name) != PASSED)
            sound, unsound = sound | (of_role - red), unsound | red
        waiting = [
            each._replace(without=unsound, expected=tuple(name for name in each.expected if name not in unsound))
            for each in trials
            if unsound & _failed(outcomes[each.name])
        ]
    return outcomes, unsound


def role_of(case: str) -> str:
    """Return whose suites a case is of, by its name: those of a city stand in no folder of their own."""
    folder = case.partition("::")[0].rpartition("/")[0].rpartition("/")[2]
    return folder if folder in {HOSPITAL, PROVINCE} else CITY


def _failed(outcome: Outcome) -> frozenset[str]:
    return frozenset(name for name, ended in outcome.cases.items() if ended in {KILLED, BROKEN})


def exit_code(said: dict[str, Any]) -> int:
    """Return the exit code of a run."""
    if any(row["verdict"] == BROKEN for row in said["mutants"]):
        return _FAULT
    wanted = {True: PASSED, False: KILLED}
    return 0 if all(row["verdict"] == wanted[row["kind"] == VARIANT] for row in said["mutants"]) else _FINDINGS


def _trial(mutant: Mutant, before: str, *, full: bool) -> Trial:
    """Return how something is tried; in full every test runs against every mutant, each with other parameters."""
    if mutant.kind == VARIANT:
        return Trial(mutant, mutant.expected, stop=False, smoke=not full, thin=full, role=mutant.role)
    expected = (*([before] if before else ()), *mutant.expected)
    return Trial(mutant, expected, stop=not full, thin=full, role=mutant.role)


def _killers(file: Path) -> dict[str, str]:
    """Return which case killed each mutant the last time: it comes first this time."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["mutants"]
        return {row["name"]: row["by"] for row in rows if row["verdict"] == KILLED}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


class _Teller:
    """Says a line for each trial that ended, and what came of all of them."""

    def __init__(self, lang: str, *, silent: bool) -> None:
        self._lang, self._silent = lang, silent

    def __call__(self, outcome: Outcome) -> None:
        """Say how a trial ended."""
        if self._silent:
            return
        mutant = BY_NAME.get(outcome.name)
        variant = mutant is None or mutant.kind == VARIANT
        verdict = {KILLED: "red", PASSED: "green"}.get(outcome.verdict, BROKEN) if variant else outcome.verdict
        word = _WORDS[self._lang][verdict]
        by = short(outcome.by) or outcome.why
        typer.echo(f"{outcome.seconds:6.1f} s  {word:<13}  {outcome.name:<32}  {by}")

    def summary(self, found: Any, out: Path) -> None:
        """Say the score."""
        if self._silent:
            return
        if self._lang == "zh":
            typer.echo(f"变异体 {found.killed}/{found.mutants}，正确变体 {found.green}/{found.variants}；见 {out}")
            return
        green = f"{found.green} of {found.variants} variants green"
        typer.echo(f"{found.killed} of {found.mutants} mutants killed, {green}; see {out}")
