"""Reads an exchange: which transaction it is, and what request and reply say."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

import schemas
from conformance.proxy.exchange import Copy, Exchange
from schemas.errors import SchemaError
from schemas.profiles import relaxed
from simulator.inputs.packed_files import NotPacked, from_form
from simulator.inputs.wire import integer

Row = Mapping[str, Any]
_BY_NUMBER = re.compile(r"/([A-Z]?[0-9]{3,4})$")
_FEN = 2


class Said(NamedTuple):
    """A body: ``content`` as judged, ``text`` where it is strict JSON, ``message`` what the profile reads in it.

    ``kind`` is json, form (9101 beside its file), file, empty, unreadable, or too long.
    """

    kind: str
    content: bytes
    text: str | None
    message: Row


class Read(NamedTuple):
    """An exchange as it is judged; ``infno`` is empty where it is none of the interface."""

    infno: str
    asked: Said
    told: Said
    status: int

    @property
    def key(self) -> tuple[str, str]:
        """Return party and msgid."""
        return str(self.asked.message.get("fixmedins_code", "")), str(self.asked.message.get("msgid", ""))

    @property
    def input(self) -> Row:
        """Return the blocks of the request."""
        return as_row(self.asked.message.get("input"))

    @property
    def output(self) -> Row:
        """Return the blocks of the reply."""
        return as_row(self.told.message.get("output"))

    @property
    def infcode(self) -> int | None:
        """Return the reply's code, None where there is none."""
        code = self.told.message.get("infcode")
        return code if isinstance(code, int) and not isinstance(code, bool) else None

    @property
    def succeeded(self) -> bool:
        """Tell whether it was done."""
        return self.status == 200 and self.infcode == 0


def read(exchange: Exchange, registry: schemas.Registry) -> Read:
    """Return what an exchange says."""
    asked, told = _said(exchange.asked, registry), _said(exchange.told, registry)
    named = _BY_NUMBER.search(exchange.path.partition("?")[0])
    said = asked.message.get("infno")
    infno = said if isinstance(said, str) else named[1] if named and exchange.method == "POST" else ""
    return Read(infno, asked, told, exchange.status)


def _said(copy: Copy, registry: schemas.Registry) -> Said:
    content = copy.content
    if content is None:
        return Said("too long", b"", None, {})
    if not content:
        return Said("empty", b"", None, {})
    kind = "json"
    if copy.kind.lower().startswith("multipart/form-data"):
        try:
            kind, content = "form", from_form(copy.kind, content)
        except NotPacked:
            return Said("unreadable", content, None, {})
    elif copy.kind.lower().startswith(("application/octet-stream", "application/zip")) and content[:1] != b"{":
        return Said("file", content, None, {})
    try:
        message = schemas.parse(content)
    except SchemaError:
        return Said("unreadable", content, None, {})
    return Said(kind, content, content.decode(), as_row(relaxed(message, registry.profile)))


def as_row(value: Any) -> Row:
    """Return a block, an empty one for whatever is none."""
    return value if isinstance(value, Mapping) else {}


def rows_of(value: Any) -> list[Row]:
    """Return the rows of a block, whether it is one or a list of them."""
    return [as_row(each) for each in value] if isinstance(value, list) else [as_row(value)] if value else []


def fen(row: Row, field: str, decimals: int = _FEN) -> int | None:
    """Return an amount as a whole number, None where there is none that is exact."""
    value = row.get(field)
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return None
    try:
        return integer(value, decimals)
    except ValueError:
        return None


def blocks_in(value: Any, place: str = "") -> Iterator[tuple[str, Row]]:
    """Yield every block of a message with its JSON pointer."""
    if isinstance(value, Mapping):
        yield place, value
        for name, each in value.items():
            yield from blocks_in(each, f"{place}/{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from blocks_in(each, f"{place}/{number}")


def first_in(value: Any, field: str) -> str:
    """Return the first value of a field in a message, as text; empty without one."""
    found = (row[field] for _, row in blocks_in(value) if field in row and row[field] not in {"", None})
    return str(next(found, ""))


def fingerprint(*values: Any) -> str:
    """Return what is the same for the same content, whatever the order of fields and the spelling of numbers."""
    return hashlib.sha256(orjson.dumps(values, default=_plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else f"{value.normalize():f}"
    raise TypeError
