"""`yidi schema openapi`."""

from __future__ import annotations

import errno
import json
import secrets
from pathlib import Path
from typing import Annotated

import typer

from schemas.commands.shared import AsJson, Language, errors_told, known_language, print_json
from schemas.errors import SchemaError
from schemas.openapi import openapi as make_document
from schemas.registry import load
from schemas.release import status

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
        _write_whole(out, text)
        count = len(document["paths"])
        if as_json:
            print_json({"file": str(out), "operations": count})
        else:
            typer.echo(f"{out}：{count} 个交易" if lang == "zh" else f"{out}: {count} operations")


def _write_whole(file: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it: under another name first, then renamed."""
    target = file.resolve()  # a link stays a link
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        if file.exists() and not file.is_file():  # a folder or a device must not be replaced
            raise OSError(errno.EINVAL, "not a regular file")
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(target)
    except OSError as error:
        raise SchemaError(
            f"{file} 无法写入（{error.strerror}）；请检查文件夹和权限。",
            f"{file} cannot be written ({error.strerror}); check the folder and the rights.",
        ) from None
    finally:
        temporary.unlink(missing_ok=True)
