"""`yidi schema list` and `yidi schema show`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from schemas.commands.shared import (
    AsJson,
    Infno,
    Language,
    errors_told,
    known_direction,
    known_language,
    print_json,
    print_page,
    print_table,
    said,
)
from schemas.pages import as_document, pages, transaction_page
from schemas.registry import load
from schemas.values import BODY
from schemas.versions.release import status

# What may stand for a transaction: the head fields of all.
ENVELOPE = "ENVELOPE"

Way = Annotated[str | None, typer.Option("--direction", help="request or response; by default both.")]


def list_transactions(as_json: AsJson = False, lang: Language = "en") -> None:
    """List the transactions of the interface."""
    with errors_told(as_json, lang):
        known_language(lang)
        registry = load()
        rows = registry.transactions.values()
        if as_json:
            listed = [{**asdict(row), "directions": list(BODY)} for row in rows]
            print_json({"version": registry.version, "status": status(registry.version), "transactions": listed})
            return
        columns = {
            "zh": ["编号", "名称", "类别", "发送方", "接收方", "来源"],
            "en": ["infno", "name", "group", "sender", "receiver", "sources"],
        }[lang]
        cells = [
            [
                row.infno,
                said(row.name, lang),
                said(registry.groups[row.group], lang),
                said(row.sender, lang),
                said(row.receiver, lang),
                row.sources,
            ]
            for row in rows
        ]
        print_table(columns, cells)


def show(infno: Infno, direction: Way = None, as_json: AsJson = False, lang: Language = "en") -> None:
    """Show one transaction, or the envelope: purpose, fields, rules, examples, errors; with --json its schemas.

    With --direction and --json the schema of that message alone.
    """
    with errors_told(as_json, lang):
        known_language(lang)
        registry, infno = load(), infno.upper()
        if infno == ENVELOPE and not as_json:
            print_page(dict(pages(registry))["envelope.md"])
        elif as_json and direction:
            print_json(registry.schema(infno, known_direction(direction)))
        elif as_json:
            print_json(as_document(registry, infno))
        else:
            way = known_direction(direction) if direction else None
            print_page(transaction_page(registry, infno, lang, way))
