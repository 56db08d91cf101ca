"""Compares what a system said with what the model says, to the fen.

A system gives visits, settlements and papers numbers of its own, so numbers are not compared but paired: the model's
number and the system's mean the same from then on, one for one. Times and wording are the system's own. Everything
else that the model says must be there and be equal; fields beyond it are the schema's business, except money.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import schemas
from schemas.values import Block as Layout
from simulator.core.platform.message import Message
from simulator.inputs.wire import UPLOAD

ASSIGNED = frozenset(
    {
        "mdtrt_id",
        "setl_id",
        "init_setl_id",
        "sign_no",
        "clr_appy_evt_id",
        "trt_dcla_detl_sn",
        "file_qury_no",
        "diag_info_id",
    }
)
"""Fields that hold a number somebody gives to something."""
_OWN_WORDS = frozenset({"err_msg", "memo", "opter_name", "opter", "psn_cert_type", "rid", "filename", "dld_endtime"})
"""What a reply words and numbers for itself; the hooks do not tell of what kind a person's certificate is."""
_ROW_NAMES = ("feedetl_sn", "setl_id", "mdtrt_id", "fund_pay_type", "cum_type_code", "psn_no", "fixmedins_code")
"""What rows of a list are known by, the first that all of them have."""


class Difference(NamedTuple):
    """Where two messages differ: the path of names and row numbers, what the model says, and what the system said."""

    path: tuple[str | int, ...]
    expected: Any
    received: Any


class Numbers:
    """Pairs of the model's numbers and the system's; a system that gives none of its ``own`` keeps those there are."""

    def __init__(self, *, own: bool = True) -> None:
        self._own = own
        self._to_system: dict[str, str] = {}
        self._to_model: dict[str, str] = {}

    def pair(self, model: str, system: str) -> bool:
        """Note that two numbers mean the same; tell whether that agrees with what was noted before."""
        if not self._own:
            return model == system
        if self._to_system.setdefault(model, system) != system:
            return False
        return self._to_model.setdefault(system, model) == model

    def for_model(self, message: Message) -> Message:
        """Return a message of the system's side in the model's numbers, those in a file it brings among them."""
        if UPLOAD in message.blocks:
            message = message.with_fields(UPLOAD, {"in": self.text_for_model(message.block(UPLOAD)["in"])})
        return _renumbered(message, self._to_model)

    def text_for_model(self, text: str) -> str:
        """Return the text of a file in the model's numbers."""
        lines = (line.split("\t") for line in text.split("\n"))
        return "\n".join("\t".join(self._to_model.get(cell, cell) for cell in line) for line in lines)

    def row_for_model(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a row of a file in the model's numbers."""
        found: Mapping[str, Any] = _replaced(row, self._to_model)
        return found


def differences(
    registry: schemas.Registry, numbers: Numbers, expected: Message, received: Message
) -> tuple[Difference, ...]:
    """Return where a reply differs from the model's; amounts in the integers of :class:`Message`."""
    if expected.succeeded != received.succeeded:
        return (Difference(("infcode",), expected.infcode, received.infcode),)
    if not expected.succeeded:
        return ()
    layout = registry.body(expected.infno, "response")
    return tuple(_in_block(numbers, layout, expected.blocks, received.blocks, ("output",)))


def passed_down(
    registry: schemas.Registry, numbers: Numbers, expected: Message, received: Message
) -> tuple[Difference, ...]:
    """Return where a reply differs from the one it should be: that of somebody else, of which nothing is changed."""
    if expected.infcode != received.infcode:
        return (Difference(("infcode",), expected.infcode, received.infcode),)
    layout = registry.body(expected.infno, "response")
    heads = [
        Difference((name,), expected.head.get(name, ""), received.head.get(name, ""))
        for name in _WORDS
        if expected.head.get(name, "") != received.head.get(name, "")
    ]
    return (*heads, *_in_block(numbers, layout, expected.blocks, received.blocks, ("output",), whole=True))


def changes(
    registry: schemas.Registry, numbers: Numbers, expected: Message, forwarded: Message
) -> tuple[Difference, ...]:
    """Return where a forwarded request differs from the one the model forwards, in its head or its blocks.

    Only who passed it on and the class totals may be added on the way, and the model adds what there is to add.
    """
    heads = [
        Difference((name,), expected.head.get(name, ""), forwarded.head.get(name, ""))
        for name in sorted((expected.head.keys() | forwarded.head.keys()) - _OWN_HEAD)
        if expected.head.get(name, "") != forwarded.head.get(name, "")
    ]
    layout = registry.body(expected.infno, "request")
    return (*heads, *_in_block(numbers, layout, expected.blocks, forwarded.blocks, ("input",), whole=True))


_WORDS = ("err_msg", "warn_msg")
_OWN_HEAD = frozenset({"inf_time", "sender_admdvs", "recer_admvs", "recer_sys_code", "cainfo", "signtype", "sign_no"})


def _in_block(
    numbers: Numbers,
    layout: Layout | None,
    expected: Mapping[str, Any],
    received: Mapping[str, Any],
    path: tuple[str | int, ...],
    *,
    whole: bool = False,
) -> Iterator[Difference]:
    for name in [*expected, *(each for each in received if each not in expected)]:
        left, right, here = expected.get(name), received.get(name), (*path, name)
        inner = layout.blocks.get(name) if layout is not None else None
        if isinstance(left, Mapping) or isinstance(right, Mapping):
            yield from _in_block(numbers, inner, _block(left), _block(right), here, whole=whole)
        elif isinstance(left, tuple) or isinstance(right, tuple):
            yield from _in_rows(numbers, inner, _rows(left), _rows(right), here, whole=whole)
        elif not _same(numbers, layout, name, left, right, whole=whole):
            yield Difference(here, left, right)


def _in_rows(
    numbers: Numbers,
    layout: Layout | None,
    expected: tuple[Any, ...],
    received: tuple[Any, ...],
    path: tuple[str | int, ...],
    *,
    whole: bool,
) -> Iterator[Difference]:
    if len(expected) != len(received):
        yield Difference(path, f"{len(expected)} rows", f"{len(received)} rows")
        return
    known_by = next((name for name in _ROW_NAMES if _names_rows(name, expected, received)), "")
    if known_by:
        order = {row[known_by]: number for number, row in enumerate(expected)}
        received = tuple(sorted(received, key=lambda row: order.get(row[known_by], len(order))))
    for number, (left, right) in enumerate(zip(expected, received, strict=True)):
        here = (*path, number)
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            yield from _in_block(numbers, layout, left, right, here, whole=whole)
        elif left != right:
            yield Difference(here, left, right)


def _names_rows(name: str, expected: tuple[Any, ...], received: tuple[Any, ...]) -> bool:
    """Tell whether a field is a name of rows: each has one, no two the same, and both sides have the same."""
    if name in ASSIGNED:
        return False
    sides = []
    for rows in (expected, received):
        values = [row.get(name) if isinstance(row, Mapping) else None for row in rows]
        if None in values or len(set(values)) < len(values):
            return False
        sides.append(set(values))
    return sides[0] == sides[1]


def _same(numbers: Numbers, layout: Layout | None, name: str, left: Any, right: Any, *, whole: bool) -> bool:
    if name in _OWN_WORDS and not whole:
        return True
    field = layout.fields.get(name) if layout is not None else None
    if field is not None and field.kind in {"datetime", "date"} and not whole:
        return left in {None, ""} or right in {None, ""} or str(left)[:10] == str(right)[:10]
    if name in ASSIGNED and left and right:
        return numbers.pair(str(left), str(right))
    if field is not None and field.decimals is not None:
        return _figure(left) == _figure(right)
    if left in {None, ""} or right in {None, ""}:  # the schema says what must be there
        return (left or "") == (right or "") if whole else True
    return str(left) == str(right)


def _figure(value: Any) -> int | Decimal:
    """Return a number, 0 where none is given: an amount that is left out is nothing."""
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else 0


def _block(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: Any) -> tuple[Any, ...]:
    if isinstance(value, tuple):
        return value
    return () if value is None else (value,)


def _renumbered(message: Message, numbers: Mapping[str, str]) -> Message:
    if not numbers:
        return message
    return message._replace(head=_replaced(message.head, numbers), blocks=_replaced(message.blocks, numbers))


def _replaced(value: Any, numbers: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType(
            {
                name: numbers.get(each, each)
                if name in ASSIGNED and isinstance(each, str)
                else _replaced(each, numbers)
                for name, each in value.items()
            }
        )
    return tuple(_replaced(each, numbers) for each in value) if isinstance(value, tuple) else value
