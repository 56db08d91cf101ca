"""Reads an exchange: which transaction it is, and what request and reply say."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

import schemas
from conformance.proxy.exchange import Copy, Exchange
from schemas.errors import SchemaError
from schemas.profiles import relaxed
from simulator.inputs.packed_files import LARGEST_TEXT, NotPacked, from_form
from simulator.inputs.wire import integer

Row = Mapping[str, Any]
_BY_NUMBER = re.compile(r"/([A-Z]?[0-9]{3,4})$")
_FEN = 2
_FORM, _FILES = "multipart/form-data", ("application/octet-stream", "application/zip")
_GZIP_OR_ZLIB = 47  # what zlib calls finding out by itself


class Said(NamedTuple):
    """A body: ``content`` as judged, ``text`` where it is strict JSON, ``message`` what the profile reads in it.

    ``kind`` is json, form (9101 beside its file), file, empty, unreadable, encoded (in a way we do not know), too long.
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
    if copy.content is None:
        return Said("too long", b"", None, {})
    if not copy.content:
        return Said("empty", b"", None, {})
    plain = _decoded(copy.content, copy.encoding)
    if plain is None:
        return Said("encoded", copy.content, None, {})
    if copy.kind.lower().startswith(_FILES) and plain[:1] != b"{":
        return Said("file", plain, None, {})
    try:
        form = copy.kind.lower().startswith(_FORM)
        content = from_form(copy.kind, plain) if form else plain
        message = schemas.parse(content)
    except (NotPacked, SchemaError):
        return Said("unreadable", plain, None, {})
    return Said("form" if form else "json", content, content.decode(), as_row(relaxed(message, registry.profile)))


def _decoded(content: bytes, encoding: str) -> bytes | None:
    """Return a body as it was before it was compressed for the way, None where that cannot be told."""
    if encoding in {"", "identity"}:
        return content
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        return None
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = unpacking.decompress(content, LARGEST_TEXT)
    except zlib.error:
        return None
    return plain if unpacking.eof else None


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
