"""`yidi schema docs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schemas.commands.shared import AsJson, Language, errors_told, known_language, print_json
from schemas.pages import write_pages
from schemas.registry import load

Folder = Annotated[Path, typer.Option("--out", help="The folder the pages are written into.")]


def docs(out: Folder, as_json: AsJson = False, lang: Language = "en") -> None:
    """Write the documentation of the interface as Markdown pages."""
    with errors_told(as_json, lang):
        known_language(lang)
        count = write_pages(load(), out)
        if as_json:
            print_json({"folder": str(out), "pages": count})
        else:
            typer.echo(f"{out}: {count} 页" if lang == "zh" else f"{out}: {count} pages")
