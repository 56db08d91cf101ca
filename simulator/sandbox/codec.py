"""Writes what the core decides as JSON, and reads it back exactly: facts, actions, postings, messages.

A value of the core is a NamedTuple, found again by its module and name. Messages are large and stand in many facts, so
each is written once, under a number, and referred to afterwards. A long value that stands in one text several times, as
the row of a settlement does, is written the first time only.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import orjson

import simulator.core
from simulator.core.platform.message import Key, Message

_TAG, _OF = "!", "v"  # no field of any message is called "!"
_MESSAGE, _AGAIN, _DATE, _TIME, _SET, _DECIMAL, _PAIRS = "#", "=", "date", "time", "set", "decimal", "pairs"
_CORE = f"{simulator.core.__name__}."
_TEXTS = frozenset({str})
_LONG = 16  # fields of a value that is written once in a text
_AT_HAND = 1 << 14  # messages under way at one time: well above what a platform has open

Write = Callable[[int, Message, bytes], None]


class UnknownValue(ValueError):
    """A value that is not of the core, or a text that does not say one."""


class Messages:
    """The numbers of messages already written, by identity: the same object travels through the tiers.

    A message that has slipped out of mind is written again under a new number; that costs room and nothing else.
    """

    def __init__(self, written: int = 0) -> None:
        self.written = written
        self._numbers: dict[int, tuple[Message, int]] = {}

    def number_of(self, message: Message, write: Write) -> int:
        """Return the number of a message; one that has none is written under the next."""
        known = self._numbers.get(id(message))
        if known is not None:
            return known[1]
        self.written += 1
        write(self.written, message, encode_message(message))
        self.learn(self.written, message)
        return self.written

    def learn(self, number: int, message: Message) -> None:
        """Note a message that was read back."""
        if len(self._numbers) >= _AT_HAND:
            for oldest in list(self._numbers)[: _AT_HAND // 2]:
                del self._numbers[oldest]
        self._numbers[id(message)] = (message, number)  # held, so that nothing else gets its identity


def encode(value: Any, messages: Messages, write: Write) -> bytes:
    """Return the text of a value; each message in it that is new goes to ``write`` with its number and text.

    Raises UnknownValue for what is no value of the core.
    """

    seen: dict[int, int] = {}

    def plain(part: Any) -> Any:
        kind = type(part)
        if kind is Message:
            return {_TAG: _MESSAGE, _OF: messages.number_of(part, write)}
        written = _WRITE[kind]
        if kind in _WRITE.long:
            known = seen.setdefault(id(part), number := len(seen))
            if known != number:
                return {_TAG: _AGAIN, _OF: known}
        return written(part)

    return _dumped(value, plain)


def encode_message(message: Message) -> bytes:
    """Return the text of one message; raises UnknownValue."""
    return _dumped((message.infno, message.party, message.msgid, message.infcode, message.head, message.blocks), _plain)


def decode(text: bytes, message: Callable[[int], Message]) -> Any:
    """Return the value of a text; ``message`` finds a message by its number. Raises UnknownValue."""
    return _value(orjson.loads(text), message, [])


def decode_message(text: bytes) -> Message:
    """Return the message of a text; raises UnknownValue."""
    infno, party, msgid, infcode, head, blocks = _value(orjson.loads(text), _no_message, [])
    return Message(infno, Key(party, msgid), head, blocks, infcode)


def _dumped(value: Any, plain: Callable[[Any], Any]) -> bytes:
    try:
        return orjson.dumps(value, default=plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError as problem:
        raise UnknownValue(f"{type(value).__name__} cannot be kept: {problem.__cause__ or problem}") from problem


def _plain(part: Any) -> Any:
    return _WRITE[type(part)](part)


class _Writers(dict[type, Callable[[Any], Any]]):
    """How values of each kind are written, found out when the first of a kind is; ``long`` are those of many fields."""

    long: frozenset[type] = frozenset()

    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        if issubclass(kind, tuple):  # orjson writes a plain tuple itself, so this one has names
            self[kind] = _named(_name_of(kind))
            if _is_long(kind):
                self.long |= {kind}
        elif issubclass(kind, Mapping):
            self[kind] = _plain_mapping
        else:
            raise UnknownValue(f"a {kind.__name__} is no value of the core")
        return self[kind]


def _is_long(kind: Any) -> bool:
    return len(kind._fields) >= _LONG


def _named(name: str) -> Callable[[Any], Any]:
    return lambda part: {_TAG: name, _OF: part[:]}


def _plain_mapping(part: Mapping[Any, Any]) -> Any:
    copy = part.copy() if type(part) is MappingProxyType else dict(part)
    return copy if _TEXTS.issuperset(map(type, copy)) else {_TAG: _PAIRS, _OF: tuple(copy.items())}


_WRITE = _Writers(
    {
        dt.datetime: lambda part: {_TAG: _TIME, _OF: part.isoformat()},
        dt.date: lambda part: {_TAG: _DATE, _OF: part.isoformat()},
        frozenset: lambda part: {_TAG: _SET, _OF: sorted(part)},
        Decimal: lambda part: {_TAG: _DECIMAL, _OF: str(part)},
        MappingProxyType: _plain_mapping,
    }
)


@functools.cache
def _name_of(kind: type) -> str:
    name = f"{kind.__module__}.{kind.__qualname__}"
    if _classes().get(name.removeprefix(_CORE)) is not kind:
        raise UnknownValue(f"{name} is no value of the core")
    return name.removeprefix(_CORE)


@functools.cache
def _classes() -> Mapping[str, type]:
    """Return the NamedTuples of the core by module and name."""
    found: dict[str, type] = {}
    for module in pkgutil.walk_packages(simulator.core.__path__, _CORE):
        loaded = importlib.import_module(module.name)
        for name, kind in vars(loaded).items():
            if isinstance(kind, type) and issubclass(kind, tuple) and kind.__module__ == module.name:
                found[f"{module.name.removeprefix(_CORE)}.{name}"] = kind
    return found


def _value(part: Any, message: Callable[[int], Message], long: list[Any]) -> Any:
    """Return the value of a part of a text; ``long`` grows by the long values met on the way."""
    if isinstance(part, list):
        return tuple([_value(each, message, long) for each in part])
    if isinstance(part, dict):
        if _TAG in part:
            return _tagged(part[_TAG], part[_OF], message, long)
        return MappingProxyType({name: _value(each, message, long) for name, each in part.items()})
    if isinstance(part, float):
        raise UnknownValue(f"{part} is a float, and no value of the core is")
    return part


def _tagged(tag: str, of: Any, message: Callable[[int], Message], long: list[Any]) -> Any:
    if tag == _MESSAGE:
        return message(of)
    if tag == _AGAIN:
        return long[of]
    read = _READ.get(tag)
    if read is not None:
        return read(_value(of, message, long))
    kind = _classes().get(tag)
    if kind is None:
        raise UnknownValue(f"{tag} is no value of this version's core")
    if not _is_long(kind):
        return tuple.__new__(kind, [_value(each, message, long) for each in of])
    number = len(long)
    long.append(None)  # its place is before those of what is in it, as it was when it was written
    long[number] = tuple.__new__(kind, [_value(each, message, long) for each in of])
    return long[number]


_READ: Mapping[str, Callable[[Any], Any]] = {
    _DATE: dt.date.fromisoformat,
    _TIME: dt.datetime.fromisoformat,
    _SET: frozenset,
    _DECIMAL: Decimal,
    _PAIRS: lambda pairs: MappingProxyType(dict(pairs)),
}


def _no_message(number: int) -> Message:
    raise UnknownValue(f"message {number} stands inside a message")
