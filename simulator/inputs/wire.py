"""Between JSON text and :class:`Message`, exactly, both ways.

On the wire an amount is a JSON number; inside it is an integer scaled by the decimals of its field in the schema. No
float stands between: text becomes Decimal becomes int, and an int is written digit by digit.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

import schemas
from simulator.core.platform.message import Key, Message, reply_to, request
from simulator.inputs.packed_files import from_field, to_field

UPLOAD = "fsUploadIn"
"""The block of 9101, whose field ``in`` is a file: text inside, a ZIP in base64 on the wire."""


class Wire:
    """Encodes and decodes messages by the layouts of one schema version."""

    def __init__(self, registry: schemas.Registry) -> None:
        self._registry = registry
        self._shapes: dict[tuple[str, bool], _Shape] = {}

    def encode(self, message: Message) -> bytes:
        """Return the UTF-8 JSON text of a message; a file in it is packed."""
        body: dict[str, Any]
        if UPLOAD in message.blocks:
            file = message.block(UPLOAD)
            message = message.with_fields(UPLOAD, {"in": to_field(file["in"], file["filename"])})
        if message.infcode is None:
            body = {"infno": message.infno, "msgid": message.msgid, **message.head}
            body["fixmedins_code"] = message.party
            body["input"] = self._blocks(message)
        else:
            body = {"infcode": message.infcode, **message.head}
            if message.infcode == 0 and message.blocks:
                body["output"] = self._blocks(message)
        return orjson.dumps(body, default=_plain)

    @staticmethod
    def canonical(message: Message) -> bytes:
        """Return the body in canonical form: blocks with sorted keys and amounts as scaled integers.

        Whatever the spelling of numbers, the order of fields, times and signatures, the same content gives the same
        bytes. A refusal has its code and text for a body.
        """
        body = (
            dict(message.blocks) if message.blocks else {"infcode": message.infcode, "err_msg": message.head["err_msg"]}
        )
        try:
            return orjson.dumps(body, default=dict, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # a Decimal in a field without a type: rare, so the plain way is tried first
            return orjson.dumps(body, default=_plain, option=orjson.OPT_SORT_KEYS)

    def decode_request(self, body: Mapping[str, Any]) -> Message:
        """Make a message of a parsed request that has passed its schema; a file in it is unpacked.

        Raises NotPacked for a file that is none.
        """
        head = {name: value for name, value in body.items() if name not in _REQUEST_FRAME}
        infno = body["infno"]
        key, blocks = Key(body["fixmedins_code"], body["msgid"]), self._scale(infno, False, body["input"])
        made = request(infno, key, head, blocks)
        return made.with_fields(UPLOAD, {"in": from_field(blocks[UPLOAD]["in"])}) if UPLOAD in blocks else made

    def decode_reply(self, asked: Message, body: Mapping[str, Any]) -> Message:
        """Make a message of a parsed reply to ``asked`` that has passed its schema."""
        head = {name: value for name, value in body.items() if name not in _REPLY_FRAME}
        blocks = self._scale(asked.infno, True, body.get("output") or {})
        return reply_to(asked, head, blocks, infcode=int(body["infcode"]))

    def _blocks(self, message: Message) -> dict[str, Any]:
        written: dict[str, Any] = _written(message.blocks, self._shape(message.infno, message.infcode is not None))
        return written

    def _scale(self, infno: str, is_reply: bool, body: Mapping[str, Any]) -> Mapping[str, Any]:
        read: Mapping[str, Any] = _read(body, self._shape(infno, is_reply))
        return read

    def _shape(self, infno: str, is_reply: bool) -> _Shape:
        key = (infno, is_reply)
        known = self._shapes.get(key)
        if known is None:
            known = self._shapes[key] = _shape(self._registry.body(infno, "response" if is_reply else "request"))
        return known


class _Shape(NamedTuple):
    """The fields of a body, block or row that are numbers, with their decimals (0 for whole ones), and its blocks."""

    numbers: tuple[tuple[str, int], ...]
    blocks: tuple[tuple[str, _Shape], ...]


def _shape(block: schemas.Block) -> _Shape:
    numbers = ((field.name, field.decimals) for field in block.fields.values() if field.decimals is not None)
    return _Shape(tuple(numbers), tuple((name, _shape(inner)) for name, inner in block.blocks.items()))


_REQUEST_FRAME = frozenset({"infno", "msgid", "fixmedins_code", "input"})
_REPLY_FRAME = frozenset({"infcode", "output"})


def _written(block: Any, shape: _Shape) -> Any:
    if isinstance(block, tuple):
        return [_written(row, shape) for row in block]
    row = dict(block)
    for field, decimals in shape.numbers:
        value = row.get(field)
        if value is not None and decimals:
            row[field] = number(value, decimals)
    for name, inner in shape.blocks:
        if name in row:
            row[name] = _written(row[name], inner)
    return row


def _read(block: Any, shape: _Shape) -> Any:
    if isinstance(block, list):
        return tuple(_read(row, shape) for row in block)
    row = dict(block)
    for field, decimals in shape.numbers:
        value = row.get(field)
        if isinstance(value, int | Decimal):
            row[field] = integer(value, decimals)
    for name, inner in shape.blocks:
        if name in row:
            row[name] = _read(row[name], inner)
    return MappingProxyType(row)


@functools.lru_cache(maxsize=1 << 16)
def number(value: int, decimals: int) -> orjson.Fragment:
    """Return a scaled integer as a JSON number with its field's decimals."""
    if value < 0:
        return orjson.Fragment(b"-" + _digits(-value, decimals))
    return orjson.Fragment(_digits(value, decimals))


def integer(value: int | Decimal, decimals: int) -> int:
    """Return a parsed number as a scaled integer; raises ValueError when it has more decimals than the field."""
    scaled = Decimal(value).scaleb(decimals)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{value} has more than {decimals} decimals")
    return whole


def _plain(value: Any) -> Any:
    """Return what JSON can say of a read-only block, or of a number in a field that no source gives a type."""
    return orjson.Fragment(f"{value.normalize():f}".encode()) if isinstance(value, Decimal) else dict(value)


def _digits(value: int, decimals: int) -> bytes:
    if decimals == 2:
        return b"%d.%02d" % divmod(value, 100)
    whole, rest = divmod(value, 10**decimals)
    return b"%d.%0*d" % (whole, decimals, rest)
