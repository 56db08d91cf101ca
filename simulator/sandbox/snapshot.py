"""The state of platforms as bytes, so that a restart need not fold the journal from its beginning.

A platform is made anew from its configuration and then given the state of the one that was. What it consists of when
it is made (itself, its offices, their books) is its frame: only what the frame's parts hold is kept, and references
to the parts, to the configuration and to tables of methods are put back as references. A snapshot is a shortcut, not
the truth: where it cannot be used, the journal is folded instead.

Rows, of which there are very many, stand before everything else as columns, and are referred to by their numbers.
"""

from __future__ import annotations

import contextlib
import gc
import io
import pickle
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any

from simulator.core.benefit.settlement import Settlement
from simulator.core.claims.double import Care
from simulator.core.filing.filing import Filing
from simulator.core.platform.node import Node
from simulator.core.reconciliation.rows import Row
from simulator.core.values.people import Person
from simulator.sandbox.archive import Paged
from simulator.sandbox.columns import packed, unpacked

_CORE = "simulator.core."
_ROW_KINDS = (Settlement, Row, Care, Filing, Person)  # nothing in them ever changes
_LENGTH = 8  # bytes that say how long the columns are
_PLAIN = frozenset(
    {("builtins", name) for name in ("dict", "set", "frozenset")}
    | {("datetime", name) for name in ("date", "datetime", "time", "timedelta")}
    | {("collections", name) for name in ("deque", "defaultdict", "Counter")}
    | {("decimal", "Decimal")}
)


_UNFIT = (pickle.UnpicklingError, AttributeError, ImportError, LookupError, TypeError, ValueError, EOFError)


class Unusable(ValueError):
    """A snapshot that does not fit these platforms: made by another version or for another configuration."""


class Frames:
    """The frames of platforms, taken when they are new; ``shared`` is their configuration, which no snapshot holds."""

    def __init__(self, nodes: Mapping[str, Node], shared: Sequence[Any]) -> None:
        self._shared = tuple(shared)
        self._parts: dict[str, Any] = {}
        config = {id(each) for each in self._shared}
        seen: set[int] = set()
        for code, node in nodes.items():
            self._parts.update(_parts(node, code, config, seen))
        self._names: dict[int, tuple[str, Any]] = {id(part): ("part", path) for path, part in self._parts.items()}
        self._names |= {id(each): ("shared", number) for number, each in enumerate(self._shared)}

    def dump(self, beside: Any) -> bytes:
        """Return the state of the platforms, and something of the host's beside it."""
        state = {
            path: {name: value for name, value in vars(part).items() if not _is_table(value)}
            for path, part in self._parts.items()
        }
        rows = _Rows()
        with _no_collection():
            main = _written((state, beside), self._names, rows)
            columns = _written([packed(each) for each in rows.kinds.values()], self._names, None)
        return len(columns).to_bytes(_LENGTH) + columns + main

    def load(self, text: bytes | memoryview) -> Any:
        """Give the platforms the state of a snapshot; return what was kept beside it. Raises Unusable."""
        try:
            with _no_collection():
                first = _LENGTH + int.from_bytes(text[:_LENGTH])
                rows = [list(unpacked(each)) for each in self._read(text[_LENGTH:first], [])]
                state, beside = self._read(text[first:], rows)
        except _UNFIT as problem:
            raise Unusable(f"the snapshot cannot be used: {problem}") from problem
        if state.keys() != self._parts.keys():
            raise Unusable("the snapshot is of other platforms")
        for path, values in state.items():
            vars(self._parts[path]).update(values)
        return beside

    def _read(self, text: bytes | memoryview, rows: list[list[Any]]) -> Any:
        return _Unpickler(io.BytesIO(text), self._parts, self._shared, rows).load()


def _parts(part: Any, path: str, config: set[int], seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Return what a platform consists of, by the attributes that lead there."""
    seen.add(id(part))
    yield path, part
    for name, value in vars(part).items():
        several = value if type(value) is list else [value]
        for number, each in enumerate(several):
            ours = type(each).__module__.startswith(_CORE) and hasattr(each, "__dict__") and not isinstance(each, tuple)
            if ours and id(each) not in seen and id(each) not in config:
                yield from _parts(each, f"{path}.{name}" if each is value else f"{path}.{name}[{number}]", config, seen)


def _is_table(value: Any) -> bool:
    """Tell whether a value is a method or a table of methods: these belong to the new platform.

    The first value of a table tells what all are: the tables of state are large.
    """
    if isinstance(value, Mapping):
        return any(_is_table(each) for each in islice(value.values(), 1))
    if isinstance(value, tuple | list):
        return any(callable(each) for each in islice(value, 8))
    return callable(value)


def read_only(block: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """Return a block as messages have it."""
    return MappingProxyType(block)


def reference(kind: str, which: Any) -> Any:
    """Stand for a part of a platform or of its configuration; whoever reads a snapshot puts the thing itself here."""
    raise Unusable(f"the snapshot refers to {kind} {which}, which only a platform can supply")


def row(kind: int, number: int) -> Any:
    """Stand for a row; whoever reads a snapshot puts the one of the columns here."""
    raise Unusable(f"the snapshot refers to row {number} of kind {kind}, which stands before it")


class _Rows:
    """The rows met while a state is written: a list for each kind, and the number of each row in it."""

    def __init__(self) -> None:
        self.kinds: dict[type, list[Any]] = {kind: [] for kind in _ROW_KINDS}
        self._numbers = {kind: number for number, kind in enumerate(_ROW_KINDS)}

    def reference(self, value: Any) -> Any:
        """Return what stands for a row met for the first time: the pickler itself remembers which it has met."""
        kind = type(value)
        self.kinds[kind].append(value)
        return row, (self._numbers[kind], len(self.kinds[kind]) - 1)


def _written(what: Any, names: Mapping[int, Any], rows: _Rows | None) -> bytes:
    out = io.BytesIO()
    _Pickler(out, names, rows).dump(what)
    return out.getvalue()


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector out while very many values are made that all stay: it would look at each again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Pickler(pickle.Pickler):
    """Writes parts as references, read-only mappings as such, and of paged tables what no journal can give back."""

    def __init__(self, out: io.BytesIO, names: Mapping[int, Any], rows: _Rows | None) -> None:
        super().__init__(out, protocol=5)
        self._names = names
        self._rows = rows

    def reducer_override(self, part: Any) -> Any:
        kind = type(part)
        if kind in _ROW_KINDS and self._rows is not None:
            return self._rows.reference(part)
        if kind is MappingProxyType:
            return read_only, (dict(part),)
        if kind is Paged:
            return dict, (), None, None, part.at_hand_alone()
        named = self._names.get(id(part))
        return NotImplemented if named is None else (reference, named[:2])


class _Unpickler(pickle.Unpickler):
    """Makes values of the core and plain containers, and nothing else: the file may have been tampered with."""

    def __init__(
        self, text: io.BytesIO, parts: Mapping[str, Any], shared: Sequence[Any], rows: list[list[Any]]
    ) -> None:
        super().__init__(text)
        self._known = {"part": parts, "shared": shared}
        self._rows = rows

    def find_class(self, module: str, name: str) -> Any:
        if module == __name__ and name in {read_only.__name__, reference.__name__, row.__name__}:
            return {row.__name__: self._row, reference.__name__: self._supply}.get(name, read_only)
        if (module, name) in _PLAIN or module.startswith(_CORE):
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a snapshot")

    def _supply(self, kind: str, which: Any) -> Any:
        return self._known[kind][which]  # type: ignore[index]  # a mapping by path, a sequence by number

    def _row(self, kind: int, number: int) -> Any:
        return self._rows[kind][number]
