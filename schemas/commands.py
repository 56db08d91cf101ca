"""`yidi schema`: list the transactions, show the fields of one, check messages in files.

Exit codes: 0 good, 1 findings, 2 usage (a file that cannot be read, an unknown transaction or option value).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from rich.console import Console
from rich.table import Table

from schemas.errors import BadText, SchemaError
from schemas.registry import Registry, load
from schemas.strict_json import parse
from schemas.values import Direction, Field, Finding, Name

app = typer.Typer(help="The interface: list, show, check.", no_args_is_help=True)

FINDINGS = 1
USAGE = 2
# The file name that means standard input.
STDIN = "-"

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Language = Annotated[str, typer.Option("--lang", help="zh or en.")]
Infno = Annotated[str, typer.Argument(help="Transaction number, such as 2304.")]
InfnoOption = Annotated[str | None, typer.Option("--infno", help="Transaction; by default the request says it.")]
Way = Annotated[str, typer.Option("--direction", help="request or response.")]
WayOption = Annotated[str | None, typer.Option("--direction", help="request or response; by default guessed.")]
Files = Annotated[list[str], typer.Argument(help="Files with one message each; - is standard input.")]


@app.command("list")
def list_transactions(as_json: AsJson = False, lang: Language = "en") -> None:
    """List the transactions of the interface."""
    with _errors_told(as_json, lang):
        _language(lang)
        rows = load().transactions.values()
        if as_json:
            _print_json({"version": load().version, "transactions": [asdict(row) for row in rows]})
            return
        cells = [[row.infno, _said(row.name, lang), row.group, _said(row.sender, lang)] for row in rows]
        _print_table(["infno", "name", "group", "sender"], cells)


@app.command()
def show(infno: Infno, direction: Way = "request", as_json: AsJson = False, lang: Language = "en") -> None:
    """Show the fields of one message; with --json its schema."""
    with _errors_told(as_json, lang):
        _language(lang)
        way, registry = _direction(direction), load()
        if as_json:
            _print_json(registry.schema(infno, way))
            return
        layout = registry.layout(infno, way)
        rows = [_row("head", field, lang) for field in registry.head(way).values()]
        for name, block in layout.items():
            rows += [_row(f"{name}[]" if block.list else name, field, lang) for field in block.fields.values()]
        _print_table(["block", "field", "name", "type", "length", "required", "code", "sources"], rows)


@app.command()
def check(
    files: Files,
    infno: InfnoOption = None,
    direction: WayOption = None,
    as_json: AsJson = False,
    lang: Language = "en",
) -> None:
    """Check messages; exit code 1 if anything is found. A reply needs --infno."""
    with _errors_told(as_json, lang):
        _language(lang)
        registry = load()
        found = {file: _examined(registry, file, infno, direction) for file in files}
        if as_json:
            listed = [{"file": file, "findings": [asdict(each) for each in rows]} for file, rows in found.items()]
            _print_json({"files": listed, "findings": sum(map(len, found.values()))})
        else:
            for file, rows in found.items():
                _print_findings(file, rows, lang)
    if any(found.values()):
        raise typer.Exit(FINDINGS)


def _examined(registry: Registry, file: str, infno: str | None, direction: str | None) -> tuple[Finding, ...]:
    text = _read(file)
    way = _direction(direction) if direction else _guessed(text)
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


def _direction(direction: str) -> Direction:
    for known in get_args(Direction):
        if direction == known:
            return known  # type: ignore[no-any-return]  # a member of the Literal
    raise SchemaError(
        f"--direction {direction} 无效；应为 request 或 response。",
        f"--direction {direction} is not known; use request or response.",
    )


def _language(lang: str) -> None:
    if lang not in {"zh", "en"}:
        raise SchemaError(f"--lang {lang} 无效；应为 zh 或 en。", f"--lang {lang} is not known; use zh or en.")


@contextmanager
def _errors_told(as_json: bool, lang: str) -> Iterator[None]:
    """Turn what the user can mend into one sentence on standard error and exit code 2."""
    try:
        yield
    except SchemaError as error:
        if as_json:
            _print_json({"error": {"zh": error.zh, "en": error.en, "exit_code": USAGE}})
        typer.echo(f"yidi schema: {_said(error, lang)}", err=True)
        raise typer.Exit(USAGE) from None


def _said(name: Name | Field | Finding | SchemaError, lang: str) -> str:
    return name.zh if lang == "zh" else name.en


def _row(block: str, field: Field, lang: str) -> list[str]:
    length = "" if field.length is None else f"{field.length},{field.decimals}" if field.decimals else str(field.length)
    required = {"zh": "是", "en": "yes"}[lang] if field.required else ""
    return [block, field.name, _said(field, lang), field.kind, length, required, field.code or "", field.sources]


def _print_json(document: Any) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _print_table(columns: list[str], rows: list[list[str]]) -> None:
    """A drawn table on a terminal, tab-separated lines elsewhere, so that other tools can read them."""
    if not _on_terminal():
        for row in [columns, *rows]:
            typer.echo("\t".join(row))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _print_findings(file: str, findings: tuple[Finding, ...], lang: str) -> None:
    for finding in findings:
        typer.echo(f"{file}: {finding.pointer or '/'}: {_said(finding, lang)}")
    if not findings:
        typer.echo(f"{file}: {'符合接口' if lang == 'zh' else 'good'}")
