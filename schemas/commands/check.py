"""`yidi schema check`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from schemas.commands.shared import (
    FINDINGS,
    AsJson,
    Language,
    errors_told,
    known_direction,
    known_language,
    print_json,
    said,
)
from schemas.errors import BadText, SchemaError
from schemas.registry import Registry, load
from schemas.strict_json import parse
from schemas.values import Direction, Finding

# The file name that means standard input.
STDIN = "-"

InfnoOption = Annotated[str | None, typer.Option("--infno", help="Transaction; by default the request says it.")]
WayOption = Annotated[str | None, typer.Option("--direction", help="request or response; by default guessed.")]
Files = Annotated[list[str], typer.Argument(help="Files with one message each; - is standard input.")]


def check(
    files: Files,
    infno: InfnoOption = None,
    direction: WayOption = None,
    as_json: AsJson = False,
    lang: Language = "en",
) -> None:
    """Check messages; exit code 1 if anything is found. A reply needs --infno."""
    with errors_told(as_json, lang):
        known_language(lang)
        registry = load()
        found = {file: _examined(registry, file, infno, direction) for file in files}
        if as_json:
            listed = [{"file": file, "findings": [asdict(each) for each in rows]} for file, rows in found.items()]
            print_json({"files": listed, "findings": sum(map(len, found.values()))})
        else:
            for file, rows in found.items():
                _print_findings(file, rows, lang)
    if any(found.values()):
        raise typer.Exit(FINDINGS)


def _examined(registry: Registry, file: str, infno: str | None, direction: str | None) -> tuple[Finding, ...]:
    text = _read(file)
    way = known_direction(direction) if direction else _guessed(text)
    if infno is None and way == "response":
        raise SchemaError(
            f"{file} 是应答，不含交易编号；请用 --infno 指明。",
            f"{file} is a reply, which does not name its transaction; say it with --infno.",
        )
    return registry.check_text(infno, way, text)


def _read(file: str) -> bytes:
    if file == STDIN:
        return typer.get_binary_stream("stdin").read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise SchemaError(
            f"{file} 无法读取（{error.strerror}）；请检查文件名和权限。",
            f"{file} cannot be read ({error.strerror}); check the name and the rights.",
        ) from None


def _guessed(text: bytes) -> Direction:
    try:
        message = parse(text)
    except BadText:
        return "request"
    return "response" if isinstance(message, dict) and "infcode" in message else "request"


def _print_findings(file: str, findings: tuple[Finding, ...], lang: str) -> None:
    for finding in findings:
        typer.echo(f"{file}: {finding.pointer or '/'}: {said(finding, lang)}")
    if not findings:
        typer.echo(f"{file}: {'符合接口' if lang == 'zh' else 'good'}")
