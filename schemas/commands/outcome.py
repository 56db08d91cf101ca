"""How `yidi schema check` says what it found: lines for people, or one JSON document; both as the work goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import typer

from schemas.checking import Judgement
from schemas.commands.shared import FINDINGS, USAGE, said
from schemas.errors import SchemaError
from schemas.values import Name

# A pointer longer than this is cut for people.
SHOWN = 200

# What the sentence of a finding does not say itself.
_PARTS = {
    "basis": Name("依据", "basis"),
    "cure": Name("处理", "cure"),
}


@dataclass(slots=True)
class Tally:
    """What has been judged so far, and the first thing that could not be."""

    messages: int = 0
    findings: int = 0
    unjudged: int = 0
    problem: SchemaError | None = None

    @property
    def exit_code(self) -> int:
        """2 where something could not be judged, which says more than the findings of the rest; else 1 or 0."""
        return USAGE if self.problem is not None else FINDINGS if self.findings else 0


class Outcome(Protocol):
    """Somebody who is told what happens, message by message."""

    def judged(self, file: str, line: int | None, judgement: Judgement) -> None:
        """Hear of a message; `line` is its line in a file with a message a line."""

    def unjudged(self, file: str, problem: SchemaError) -> None:
        """Hear of a file or message that could not be judged."""

    def close(self, tally: Tally) -> None:
        """Hear that this was all."""


class Lines:
    """Lines on standard output; what could not be judged goes to standard error."""

    def __init__(self, lang: str) -> None:
        self._lang = lang

    def judged(self, file: str, line: int | None, judgement: Judgement) -> None:
        """Print the findings of a message, each with its parts below it."""
        for finding in judgement.findings:
            place = "".join(f":{at}" for at in (finding.line, finding.column) if at is not None)
            pointer = f" {_cut(printable(finding.pointer))}" if finding.pointer else ""
            typer.echo(f"{printable(file)}{place}:{pointer} [{finding.keyword}] {said(finding, self._lang)}")
            for part, label in _PARTS.items():
                typer.echo(f"    {said(label, self._lang)}: {said(getattr(finding, part), self._lang)}")
        if not judgement.findings and line is None:
            typer.echo(f"{printable(file)}: {'符合接口' if self._lang == 'zh' else 'good'}")

    def unjudged(self, file: str, problem: SchemaError) -> None:
        """Print one sentence on standard error."""
        typer.echo(f"yidi schema: {printable(said(problem, self._lang))}", err=True)

    def close(self, tally: Tally) -> None:
        """Print the sum, unless there is none."""
        if tally.messages == 0:
            return
        zh, en = f"{tally.messages}个报文，{tally.findings}个问题", f"{_count(tally.messages, 'message')}, "
        en += _count(tally.findings, "finding")
        if tally.unjudged:
            zh, en = f"{zh}；另有{tally.unjudged}个未能检查", f"{en}; {tally.unjudged} more could not be judged"
        typer.echo(f"{zh}。" if self._lang == "zh" else f"{en}.")


class Document:
    """One JSON document on standard output, an entry a message, written as they come."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._begun = False

    def judged(self, file: str, line: int | None, judgement: Judgement) -> None:
        """Write the entry of a message."""
        self._write(
            {
                "file": printable(file),
                **({} if line is None else {"line": line}),
                "infno": judgement.infno,
                "direction": judgement.direction,
                "findings": [asdict(each) for each in judgement.findings],
            }
        )

    def unjudged(self, file: str, problem: SchemaError) -> None:
        """Write an entry that says why there are no findings; the sentence goes to standard error as well."""
        typer.echo(f"yidi schema: {printable(said(problem, self._lang))}", err=True)
        self._write({"file": printable(file), "error": {"zh": problem.zh, "en": problem.en}})

    def close(self, tally: Tally) -> None:
        """Write the end of the document; after a problem it bears the error of the command."""
        end: dict[str, Any] = {"messages": tally.messages, "findings": tally.findings}
        if tally.problem is not None:
            end["error"] = {"zh": tally.problem.zh, "en": tally.problem.en, "exit_code": USAGE}
        head = "" if self._begun else '{"files": ['
        typer.echo(f"{head}\n], {json.dumps(end, ensure_ascii=False)[1:]}")

    def _write(self, entry: dict[str, Any]) -> None:
        typer.echo(",\n" if self._begun else '{"files": [\n', nl=False)
        typer.echo(json.dumps(entry, ensure_ascii=False), nl=False)
        self._begun = True


def printable(text: str) -> str:
    """Return a text with everything escaped that could move a cursor or break a line."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _cut(pointer: str) -> str:
    return pointer if len(pointer) <= SHOWN else f"{pointer[:SHOWN]}…"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
