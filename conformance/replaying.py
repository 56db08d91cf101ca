"""The command ``yidi replay``: does a history once more, with new people, and tells message by message what came."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.client import CaseClient
from conformance.histories import told
from conformance.reference import NoReference, Reference, free_port
from conformance.scripts import Done, Script, play, read
from conformance.standing import Standing
from simulator.inputs.errors import InputError
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import Subject, read_subject
from simulator.outputs.console import UsageError
from simulator.sandbox.clock import machine

_GOOD, _DIFFERS, _USAGE, _FAULT = 0, 1, 2, 4
_DEMO = ("320300", "jiangsu-2023")


def replay_command(  # noqa: PLR0917 - what a user may say on the command line
    file: Annotated[Path, typer.Argument(help="what a history left: replay-….json")],
    config: Annotated[str, typer.Option("-c", "--config", help="the system under test: conformance.toml")] = "",
    demo_: Annotated[bool, typer.Option("--demo", help="replay against the bundled reference city")] = False,
    mutant: Annotated[str, typer.Option("--mutant", help="the reference wrong in one way (yidi mutants)")] = "",
    seed: Annotated[str, typer.Option("--seed", help="what the new people are made from (the time)")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="folder to keep the evidence in")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Do a history again and say what was sent, expected and received; exit code 1 while it still goes wrong."""
    try:
        script, before, about = read(file)
        with _target(config, demo_ or bool(mutant), mutant) as target, _evidence(out) as evidence:
            done = replayed(script, target, seed or f"replay {machine().isoformat()}", evidence)
    except (InputError, UsageError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(_USAGE) from None
    except NoReference as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(_USAGE if mutant else _FAULT) from None
    wrong = bool(done) and bool(done[-1].wrong)
    if as_json:
        typer.echo(
            json.dumps({"case": about.get("case", ""), "wrong": wrong, "steps": _plain(done)}, ensure_ascii=False)
        )
    else:
        for line in lines(about, before, done):
            typer.echo(line)
    raise typer.Exit(_DIFFERS if wrong else _GOOD)


def replayed(script: Script, subject: Subject, seed: str, evidence: Path) -> tuple[Done, ...]:
    """Play a script on a system under test; raises InputError and UsageError."""
    standing = Standing(subject, ground_of(subject.pack), seed, evidence)
    try:
        standing.bench.begin("replay", 0, 0)
        return play(CaseClient(standing.bench, "replay", 0), script)
    finally:
        standing.close()


def lines(about: Mapping[str, str], before: Sequence[Done], done: Sequence[Done]) -> Iterator[str]:
    """Tell a replay beside what was kept."""
    yield f"{about.get('case', '')} (seed {about.get('seed', '')})"
    yield from told(done)
    for wrong in done[-1].wrong if done else ():
        yield f"    {wrong.kind}: {wrong.infno}{wrong.place}: expected {wrong.expected}, received {wrong.received}"
        if wrong.en:
            yield f"    {wrong.en}"
    if done and done[-1].wrong:
        same = len(done) == len(before) and _what(done) == _what(before)
        yield "仍不一致 · still wrong" + ("" if same else "，但与当时不同 · but otherwise than it was then")
    else:
        yield "已一致 · as it must be"


@contextlib.contextmanager
def _target(config: str, is_demo: bool, mutant: str) -> Iterator[Subject]:
    if is_demo == bool(config):
        words = "-c conformance.toml or --demo"
        raise UsageError(f"请指明被测系统：{words}", f"name the system under test: either {words}")
    if not is_demo:
        yield read_subject(config)
        return
    port = free_port()
    code, pack = _DEMO
    with tempfile.TemporaryDirectory() as folder:
        reference = Reference(Path(folder), f"http://127.0.0.1:{port}", code=code, pack=pack, mutant=mutant)
        try:
            yield reference.subject(code, pack)._replace(port=port)
        finally:
            reference.end()


@contextlib.contextmanager
def _evidence(out: Path | None) -> Iterator[Path]:
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        yield out / "evidence.ndjson"
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "evidence.ndjson"


def _what(done: Sequence[Done]) -> list[tuple[str, str, str]]:
    return [(each.kind, each.infno, each.place) for each in (done[-1].wrong if done else ())]


def _plain(done: Sequence[Done]) -> list[dict[str, Any]]:
    return [
        {**each._asdict(), "row": each.row._asdict(), "wrong": [wrong._asdict() for wrong in each.wrong]}
        for each in done
    ]
