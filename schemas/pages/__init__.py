"""The documentation of the interface as Markdown pages, made from the schemas and never written by hand.

`write_pages` makes the folder `docs/reference/interfaces/`; `transaction_page` is also what `yidi schema show` prints.
Each page says everything in Chinese and English, or in one of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from schemas.findings.sources import EDITIONS, in_words
from schemas.values import BODY, Block, Direction, Field, Name
from schemas.writing import save

if TYPE_CHECKING:
    from schemas.registry import Registry
    from schemas.rules import Rule

# The first line of every page that is written.
MARK = "<!-- made by `yidi schema docs`: do not edit -->"
_REFUSALS = "../refusals.md"


def transaction_page(
    registry: Registry, infno: str, lang: str | None = None, direction: Direction | None = None
) -> str:
    """Return the page of a transaction; `lang` zh or en, both for None; `direction` request or response, both for None.

    Raises SchemaError for an unknown transaction.
    """
    sides = [_side(registry, infno, way) for way in BODY if direction in {None, way}]
    return _render(
        "transaction.md",
        lang,
        each=registry.transactions[infno],
        sides=sides,
        flows=[flow for flow in registry.flows if infno in _numbers(flow["steps"])],
    )


def pages(registry: Registry) -> Iterator[tuple[str, str]]:
    """Yield every page: file name and text."""
    yield "index.md", _render("index.md", None, registry=registry, editions=EDITIONS)
    yield "envelope.md", _envelope(registry)
    yield "codes.md", _render("codes.md", None, tables=registry.tables.values(), users=_users(registry))
    for flow in registry.flows:
        yield f"flow-{flow['id']}.md", _flow(flow)
    for infno in registry.transactions:
        yield f"{infno}.md", transaction_page(registry, infno)


def write_pages(registry: Registry, folder: Path) -> int:
    """Write every page into a folder; remove pages made here of what is gone. Return how many there are."""
    made = dict(pages(registry))
    for name, text in made.items():
        save(folder / name, f"{MARK}\n\n{text}")
    for entry in folder.glob("*.md"):
        if entry.name not in made and _is_ours(entry):
            entry.unlink()
    return len(made)


def _is_ours(page: Path) -> bool:
    """Whether a page was made here; what somebody else wrote is never removed."""
    with page.open(encoding="utf-8", errors="replace") as file:
        return file.readline().rstrip("\n") == MARK


def _flow(flow: Mapping[str, Any]) -> str:
    names = {party["id"]: f"{party['zh']} {party['en']}" for party in flow["parties"]}
    return _render("flow.md", None, flow=flow, lines=list(_diagram(flow["steps"], list(names))), names=names)


def _envelope(registry: Registry) -> str:
    rules = [rule for rule in registry.rules if _of_every_head(rule)]
    sides = [(way, registry.head(way), [rule for rule in rules if rule.where.direction in {"", way}]) for way in BODY]
    return _render("envelope.md", None, sides=sides)


def _side(registry: Registry, infno: str, direction: Direction) -> dict[str, Any]:
    body = registry.body(infno, direction)
    return {
        "title": Name("请求", "Request") if direction == "request" else Name("应答", "Response"),
        "direction": direction,
        "blocks": list(_blocks(body, ())),
        "example": registry.examples[infno, direction].rstrip(),
        "rules": [(rule, where) for rule, where in registry.rules_of(infno, direction) if not _of_every_head(rule)],
    }


def _of_every_head(rule: Rule) -> bool:
    """Whether a rule speaks of the envelope and so holds for every transaction; its page is `envelope.md`."""
    return rule.where.blocks == {""} and not rule.where.infnos


def _blocks(block: Block, path: tuple[str, ...]) -> Iterator[tuple[str, Block]]:
    """Yield a block and those inside it with the path as it is written, such as `input.data`."""
    here = (*path, f"{block.name}[]" if block.list else block.name)
    if block.fields:
        yield ".".join(here), block
    for inner in block.blocks.values():
        yield from _blocks(inner, here)


def _users(registry: Registry) -> dict[str, list[str]]:
    """Which transactions use a code table, in order."""
    users: dict[str, dict[str, None]] = {name: {} for name in registry.tables}
    for infno in registry.transactions:
        for direction in BODY:
            for _, block in _blocks(registry.body(infno, direction), ()):
                for field in block.fields.values():
                    if field.code:
                        users[field.code][infno] = None
    return {name: list(numbers) for name, numbers in users.items()}


def _numbers(steps: list[dict[str, Any]]) -> set[str]:
    found = {step["infno"] for step in steps if step.get("infno")}
    for step in steps:
        found |= _numbers(step.get("steps", []))
    return found


def _diagram(steps: list[dict[str, Any]], parties: list[str]) -> Iterator[str]:
    """Yield the lines of a Mermaid sequence diagram."""
    for step in steps:
        said = _mermaid(f"{step['zh']} {step['en']}" if "zh" in step else "")
        if "steps" in step:
            yield f"{step['kind']} {said}"
            yield from _diagram(step["steps"], parties)
            yield "end"
        elif "note" in step:
            note = step["note"]
            span = sorted(step["over"], key=parties.index)  # a note spans from one party to another
            over = dict.fromkeys((span[0], span[-1]))
            yield f"Note over {','.join(over)}: {_mermaid(note['zh'])}<br/>{_mermaid(note['en'])}"
        else:
            arrow = "-->>" if step.get("reply") else "->>"
            number = f"{step['infno']} " if step.get("infno") else ""
            yield f"{step['from']}{arrow}{step['to']}: {number}{_mermaid(step['zh'])}<br/>{_mermaid(step['en'])}"


def _mermaid(text: str) -> str:
    """Return a text without the characters that end or break a line of a diagram."""
    return text.replace(";", ",").replace("#", "no. ").replace("\n", " ")


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("schemas.pages"),
        autoescape=False,  # Markdown, not HTML; cells are escaped by `cell`
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )


def _render(template: str, lang: str | None, **values: Any) -> str:
    def said(name: Any, between: str = " · ") -> str:
        zh, en = (name["zh"], name["en"]) if isinstance(name, Mapping) else (name.zh, name.en)
        if lang is None:
            return f"{zh}{between}{en}" if zh != en else str(zh)
        return str(zh if lang == "zh" else en)

    text = (
        _environment()
        .get_template(template)
        .render(
            said=said,
            label=lambda zh, en: said(Name(zh, en)),
            cell=_cell,
            length=_length,
            sources=lambda letters: said(in_words(letters), "<br>" if lang is None else ""),
            refusals=_REFUSALS,
            lang=lang,
            **values,
        )
    )
    return text.rstrip() + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _length(field: Field) -> str:
    if field.length is None:
        return ""
    return f"{field.length},{field.decimals}" if field.decimals else str(field.length)


def as_document(registry: Registry, infno: str) -> dict[str, Any]:
    """Return what `yidi schema show --json` prints: the transaction, its schemas, rules and examples."""
    sides: dict[str, Any] = {
        way: {
            "schema": registry.schema(infno, way),
            "rules": [rule.id for rule, _ in registry.rules_of(infno, way)],
            "example": json.loads(registry.examples[infno, way]),
        }
        for way in BODY
    }
    return {**asdict(registry.transactions[infno]), **sides}
