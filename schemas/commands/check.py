"""`yidi schema check`: judge the messages in files, folders and standard input.

What cannot be judged (no such file, an empty folder, a reply nobody says the transaction of) does not keep the rest
from being judged: it is told on standard error, and the exit code is 2 instead of 0 or 1, because the check is not
complete. A wrong option stops the command before it reads anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from schemas.checking import Judgement, Likely, UnknownReply, examine
from schemas.commands.inputs import files_of, likely_of, texts_of
from schemas.commands.outcome import Document, Lines, Tally
from schemas.commands.shared import AsJson, Language, errors_told, known_direction, known_language
from schemas.errors import SchemaError
from schemas.profiles import STRICT
from schemas.registry import Registry, load
from schemas.values import Direction

InfnoOption = Annotated[str | None, typer.Option("--infno", help="Transaction; by default found out.")]
WayOption = Annotated[str | None, typer.Option("--direction", help="request or response; by default found out.")]
ProfileOption = Annotated[str, typer.Option("--profile", help="strict or lenient.")]
Files = Annotated[
    list[str], typer.Argument(help="Files, folders, or - for standard input; .ndjson has a message a line.")
]


def check(
    files: Files,
    *,
    infno: InfnoOption = None,
    direction: WayOption = None,
    profile: ProfileOption = STRICT,
    as_json: AsJson = False,
    lang: Language = "en",
) -> None:
    """Check messages; exit code 1 if anything is found, 2 if something could not be judged.

    The transaction of a reply is told by --infno, by the file's name (2304.response.json), by the request in the file
    of the same name (a.request.json beside a.response.json), or in .ndjson by the request on the line before.
    """
    with errors_told(as_json, lang):
        known_language(lang)
        way = known_direction(direction) if direction is not None else None
        registry = load(profile=profile)
        if infno is not None:
            registry.body(infno, way or "request")
    outcome = Document(lang) if as_json else Lines(lang)
    tally = Tally()
    for each in _judged(_Task(registry, infno, way), files):
        tally.messages += each.judgement is not None
        if each.judgement is not None:
            tally.findings += len(each.judgement.findings)
            outcome.judged(each.file, each.line, each.judgement)
        elif each.problem is not None:
            tally.unjudged += 1
            tally.problem = tally.problem or each.problem
            outcome.unjudged(each.file, each.problem)
    outcome.close(tally)
    if tally.exit_code:
        raise typer.Exit(tally.exit_code)


@dataclass(frozen=True, slots=True)
class _Task:
    registry: Registry
    infno: str | None
    direction: Direction | None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A message with its judgement, or what kept it or its file from being judged."""

    file: str
    line: int | None = None
    judgement: Judgement | None = None
    problem: SchemaError | None = None


def _judged(task: _Task, arguments: list[str]) -> Iterator[_Judged]:
    for argument in arguments:
        try:
            if not argument:
                raise SchemaError(
                    "文件名是空的；请给出文件或文件夹。", "a file name is empty; give a file or a folder."
                )
            for file in files_of(argument):
                yield from _judged_file(task, file)
        except SchemaError as problem:
            yield _Judged(argument, problem=problem)


def _judged_file(task: _Task, file: str) -> Iterator[_Judged]:
    named = likely_of(file, task.registry.transactions)
    asked: str | None = None
    try:
        for line, text in texts_of(file):
            each = _judged_text(task, file, line, text, Likely(asked or named.infno, named.direction))
            yield each
            judgement = each.judgement
            asked = judgement.infno if judgement is not None and judgement.direction == "request" else None
    except SchemaError as problem:
        yield _Judged(file, problem=problem)


def _judged_text(task: _Task, file: str, line: int | None, text: bytes, likely: Likely) -> _Judged:
    try:
        judgement = examine(task.registry, text, infno=task.infno, direction=task.direction, likely=likely)
    except UnknownReply:
        return _Judged(file, problem=_unknown_reply(file, line))
    if line is not None:
        judgement = judgement._replace(findings=tuple(replace(each, line=line) for each in judgement.findings))
    return _Judged(file, line, judgement)


def _unknown_reply(file: str, line: int | None) -> SchemaError:
    if line is None:
        place, zh, en = file, "把文件命名为 2304.response.json 这样", "name the file like 2304.response.json"
    else:
        place, zh, en = f"{file}:{line}", "把它的请求放在前一行", "put its request on the line before"
    return SchemaError(
        f"{place} 是应答，不含交易编号；请用 --infno 指明，或{zh}。",
        f"{place} is a reply, which does not name its transaction; say it with --infno, or {en}.",
    )
