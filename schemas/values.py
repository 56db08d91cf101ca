"""The values that describe the interface: names, fields, blocks, transactions and findings. All are frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Direction = Literal["request", "response"]
Kind = Literal[
    "string",
    "amount",
    "quantity",
    "price",
    "ratio",
    "age",
    "number",
    "integer",
    "date",
    "datetime",
    "free",
    "list",
    "object",
]

# The member of a message that carries the blocks, by direction.
BODY: Mapping[Direction, str] = {"request": "input", "response": "output"}


@dataclass(frozen=True, slots=True)
class Name:
    """The same thing said in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a head, a body or a block.

    `length` counts characters of a text or digits of a number, None where nothing is published; `decimals` is None
    for what is not a number. `form` says how the value is to be written. `sources` are the letters of the editions
    that publish the field (H Hunan, N Inner Mongolia, G Guangdong), "local" (seen in the field) or "yidi" (this
    project's proposal), `basis` what a proposed field rests on: a table's column or a requirement row. A `personal`
    value is never quoted.
    """

    name: str
    zh: str
    en: str
    kind: Kind
    decimals: int | None
    length: int | None
    required: bool
    code: str | None
    sources: str
    basis: str
    note: Name
    uncertain: bool
    form: Name
    personal: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A named group of fields and of further blocks; `list` says whether it is a list of rows.

    The body of a message (`input` or `output`) is a block itself, and a few blocks hold others in their rows.
    `least` and `most` bound the number of rows of a list and are None otherwise.
    """

    name: str
    zh: str
    en: str
    list: bool
    required: bool
    least: int | None
    most: int | None
    fields: Mapping[str, Field]
    blocks: Mapping[str, Block]
    note: Name


@dataclass(frozen=True, slots=True)
class Table:
    """A code table: its codes with their labels, where it comes from and what is doubtful about it."""

    name: str
    zh: str
    en: str
    labels: Mapping[str, Name]
    sources: str
    note: Name
    uncertain: bool


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of the interface: its number, names, place in the catalogue and parties.

    `purpose` says what it is for, `when` in which state it is sent and what it leads to. `proposal` marks the bureau
    messages, which this project proposes; `basis` are the requirement rows and bureau tables they rest on.
    `undone_by` are the transactions that cancel it, `refusals` names of reasons to refuse it, `columns` the columns
    of the text file that goes with it.
    """

    infno: str
    name: Name
    group: str
    sender: Name
    receiver: Name
    purpose: Name
    when: Name
    notes: tuple[Name, ...]
    sources: str
    proposal: bool
    forwarded: bool
    undone_by: tuple[str, ...]
    refusals: tuple[str, ...]
    basis: tuple[str, ...]
    columns: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a message.

    `pointer` is a JSON pointer (RFC 6901) to the value, or to the place where a missing field should stand; `line`
    and `column` count from 1 in characters and are None where the text is not at hand. `keyword` is the JSON Schema
    keyword or the name of the rule ("decimals", "date", "json", an id of `rules.json`). `zh` and `en` say in one
    sentence what was found and what is expected; `expected`, `received`, `basis` and `cure` say the same in parts.
    Values that may be personal are not repeated.
    """

    pointer: str
    keyword: str
    zh: str
    en: str
    expected: Name
    received: Name
    basis: Name
    cure: Name
    line: int | None = None
    column: int | None = None
