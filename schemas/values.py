"""The values that describe the interface: names, fields, blocks, transactions and findings. All are frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Direction = Literal["request", "response"]
Kind = Literal["string", "amount", "quantity", "price", "ratio", "age", "integer", "date", "datetime", "free", "object"]

# The member of a message that carries the blocks, by direction.
BODY: Mapping[str, str] = {"request": "input", "response": "output"}


@dataclass(frozen=True, slots=True)
class Name:
    """The same thing said in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a head or a block.

    `length` counts characters of a text or digits of a number, None where nothing is published; `decimals` is None
    for what is not a number. `form` says how the value is to be written. `sources` are the letters of the editions
    that publish the field (H Hunan, N Inner Mongolia, G Guangdong) or "local". A `personal` value is never quoted.
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
    note: str
    uncertain: bool
    form: Name
    personal: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A named group of fields in `input` or `output`; `list` says whether it is a list of rows.

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


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of the interface: its number, names, place in the catalogue and parties."""

    infno: str
    name: Name
    group: str
    sender: Name
    receiver: Name
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a message.

    `pointer` is a JSON pointer (RFC 6901) to the value, or to the place where a missing field should stand.
    `keyword` is the JSON Schema keyword or the named rule ("decimals", "date", "json"). `zh` and `en` say what
    was found and what is expected; values that may be personal are not repeated.
    """

    pointer: str
    keyword: str
    zh: str
    en: str
