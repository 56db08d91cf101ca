"""`yidi forms`: the official paper of a month as Excel, from a result folder alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from simulator.outputs.console import UsageError, fail, known_language
from simulator.study.paper.forms import make_forms
from simulator.study.paper.source import Source

USAGE = 2


def forms_command(
    folder: Annotated[Path, typer.Argument(help="A result folder of yidi simulate.")],
    *,
    month: Annotated[str, typer.Option("--month", help="The month the forms are about, as 2016-10.")],
    city: Annotated[str, typer.Option("--city", help="The code of one city; without it the forms list all.")] = "",
    run: Annotated[int, typer.Option("--run", help="Which replication, where the folder holds several.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the workbooks; forms/MONTH in the result folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en; the forms themselves are Chinese.")] = "en",
) -> None:
    """Make the official forms of a month as Excel workbooks, printable on A4."""
    place = out or folder / "forms" / month
    try:
        known_language(lang)
        made = make_forms(Source(folder, month, run=run, city=city), place)
    except UsageError as error:
        fail("yidi forms", error.zh, error.en, USAGE, as_json=as_json, lang=lang)
    except OSError as error:
        where = error.filename or place
        zh = f"{where} 无法写入（{error.strerror}）；请另给 --out。"
        en = f"{where} cannot be written ({error.strerror}); give another --out."
        fail("yidi forms", zh, en, USAGE, as_json=as_json, lang=lang)
    if as_json:
        sys.stdout.write(orjson.dumps(made, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for form in made["forms"]:
        rows = sum(sheet["rows"] for sheet in form["sheets"])
        counted = {"zh": f"{rows} 行", "en": f"{rows} rows"}[lang]
        without = {"zh": f"（没有表 {form['missing']}）", "en": f" (no table {form['missing']})"}[lang]
        line = (
            f"{form[lang]}: {form['file']}, {counted}" if lang == "en" else f"{form[lang]}：{form['file']}，{counted}"
        )
        typer.echo(line + (without if form["missing"] else ""))
    if not made["finished"]:
        typer.echo({"zh": "本月未结束，表上已注明。", "en": "The month was not finished; the forms say so."}[lang])
    typer.echo({"zh": f"目录：{place}", "en": f"folder: {place}"}[lang])
