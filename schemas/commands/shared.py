"""What the sub-commands of `yidi schema` share: options, printing, and errors told in one sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Protocol, get_args

import typer
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, TableElement
from rich.table import Table

from schemas.errors import SchemaError
from schemas.values import Direction

FINDINGS = 1
USAGE = 2

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Language = Annotated[str, typer.Option("--lang", help="zh or en.")]
Infno = Annotated[str, typer.Argument(help="Transaction number, such as 2304, or envelope.")]


class Bilingual(Protocol):
    """Anything said in Chinese and in English."""

    @property
    def zh(self) -> str:
        """The Chinese."""

    @property
    def en(self) -> str:
        """The English."""


def known_direction(direction: str) -> Direction:
    """Return a direction; raises SchemaError for another word."""
    for known in get_args(Direction):
        if direction == known:
            return known  # type: ignore[no-any-return]  # a member of the Literal
    raise SchemaError(
        f"--direction {direction} 无效；应为 request 或 response。",
        f"--direction {direction} is not known; use request or response.",
    )


def known_language(lang: str) -> None:
    """Raise SchemaError for a language other than zh and en."""
    if lang not in {"zh", "en"}:
        raise SchemaError(f"--lang {lang} 无效；应为 zh 或 en。", f"--lang {lang} is not known; use zh or en.")


@contextmanager
def errors_told(as_json: bool, lang: str) -> Iterator[None]:
    """Turn what the user can mend into one sentence on standard error and exit code 2."""
    try:
        yield
    except SchemaError as error:
        if as_json:
            print_json({"error": {"zh": error.zh, "en": error.en, "exit_code": USAGE}})
        typer.echo(f"yidi schema: {said(error, lang)}", err=True)
        raise typer.Exit(USAGE) from None


def said(name: Bilingual, lang: str) -> str:
    """Return a name in the language asked for."""
    return name.zh if lang == "zh" else name.en


def print_json(document: Any) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def print_table(columns: list[str], rows: list[list[str]]) -> None:
    """A drawn table on a terminal, tab-separated lines elsewhere, so that other tools can read them."""
    if not _on_terminal():
        for row in [columns, *rows]:
            typer.echo("\t".join(row))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


class _FoldedTable(TableElement):
    """A table that breaks Chinese, which has no spaces, instead of cutting it off."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for made in super().__rich_console__(console, options):
            if isinstance(made, Table):
                for column in made.columns:
                    column.overflow = "fold"
            yield made


class _Page(Markdown):
    elements = {**Markdown.elements, "table_open": _FoldedTable}  # noqa: RUF012 - as the base class has it


def print_page(text: str) -> None:
    """Print a Markdown page: set on a terminal, as it is elsewhere."""
    if _on_terminal():
        Console().print(_Page(text.replace("<br>", " ")))
    else:
        typer.echo(text, nl=False)
