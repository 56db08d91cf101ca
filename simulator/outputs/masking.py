"""Masking of personal data for console, logs and pages. Evidence of invented people stays whole in the data files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import schemas

_STAR = "*"


def mask_name(name: str) -> str:
    """Keep the first character of a name: 张三丰 → 张**."""
    return name[:1] + _STAR * (len(name) - 1)


def mask_number(number: str, *, head: int = 3, tail: int = 2) -> str:
    """Keep the ends of an identity number, a person number, a card or a phone; short ones are masked whole."""
    hidden = len(number) - head - tail
    if hidden < 1:
        return _STAR * len(number)
    return number[:head] + _STAR * hidden + number[-tail:]


def masked(value: Any, personal: Collection[str]) -> Any:
    """Return what JSON can say of a message with its ``personal`` fields masked, at any depth."""
    if isinstance(value, Mapping):
        return {name: _masked_field(name, each, personal) for name, each in value.items()}
    return [masked(each, personal) for each in value] if isinstance(value, list | tuple) else value


def _masked_field(name: str, value: Any, personal: Collection[str]) -> Any:
    if name in personal and not isinstance(value, Mapping | list | tuple):
        text = str(value)
        return mask_name(text) if name.endswith("name") else mask_number(text)
    return masked(value, personal)


def personal_fields(registry: schemas.Registry) -> frozenset[str]:
    """Return the names of the fields that are personal in any message."""
    found: set[str] = set()

    def look(block: schemas.Block) -> None:
        found.update(field.name for field in block.fields.values() if field.personal)
        for inner in block.blocks.values():
            look(inner)

    for infno in registry.transactions:
        look(registry.body(infno, "request"))
        look(registry.body(infno, "response"))
    return frozenset(found)
