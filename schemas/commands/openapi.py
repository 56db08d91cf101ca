"""`yidi schema openapi`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from schemas.commands.shared import AsJson, Language, errors_told, known_language, print_json
from schemas.openapi import openapi as make_document
from schemas.registry import load
from schemas.versions.release import status
from schemas.writing import save

Out = Annotated[Path | None, typer.Option("--out", help="The file to write; by default standard output.")]


def openapi(out: Out = None, as_json: AsJson = False, lang: Language = "en") -> None:
    """Write the interface as one OpenAPI 3.1 document."""
    with errors_told(as_json, lang):
        known_language(lang)
        registry = load()
        document = make_document(registry, status=status(registry.version))
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        if out is None:
            typer.echo(text, nl=False)
            return
        save(out, text)
        count = len(document["paths"])
        if as_json:
            print_json({"file": str(out), "operations": count})
        else:
            typer.echo(f"{out}：{count} 个交易" if lang == "zh" else f"{out}: {count} operations")
