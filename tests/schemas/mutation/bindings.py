"""The named rules of a message as things to break: which places they name, and which values they speak of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.rules import Breach, Rule

from .constraints import Json, Path
from .messages import Shape

HEAD_AREAS = (("insuplc_admdvs",), ("mdtrtarea_admvs",))
AREAS = ("320100", "320300")

# What to try for kinds of rules whose values cannot be guessed: an identity number with a wrong check digit.
HINTS = {"identity": ("990000196203140018",)}


@dataclass(frozen=True, slots=True)
class Binding:
    """A named rule at the block it is bound to; `path` holds the names of the blocks, without rows."""

    rule: Rule
    path: tuple[str, ...]

    def owns(self, breach: Breach) -> bool:
        """Whether a breach may be this rule's at this block."""
        return breach.rule == self.rule.id and names(breach.path)[: len(self.path)] == self.path

    def __str__(self) -> str:
        return f"{self.rule.id} at /{'/'.join(self.path)}"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a rule names: places of a message, slices of texts (by place), and values worth trying anywhere."""

    places: tuple[Path, ...]
    slices: tuple[tuple[int, int], ...]
    values: tuple[Json, ...]


def names(place: Path) -> tuple[str, ...]:
    """Return the names on the way to a place, without the rows."""
    return tuple(part for part in place if isinstance(part, str))


def block_place(shape: Shape, path: tuple[str, ...]) -> Path:
    """Return the place of a block, in the first row of each list on the way."""
    place: Path = ()
    for name in path:
        place = (*place, name)
        if (*place, 0) in shape:
            place = (*place, 0)
    return place


def reach(shape: Shape, binding: Binding) -> Reach:
    """Return what a rule names, found by the words among its parameters and conditions."""
    root = block_place(shape, binding.path)
    parts = [binding.rule.parameters, *binding.rule.when]
    words = list(dict.fromkeys(word for part in parts for word in _words(part)))
    places: dict[Path, None] = {}
    slices = []
    for word in words:
        name, _, cut = word.partition("[")
        places.update(dict.fromkeys(_named(shape, root, tuple(name.split(".")))))
        if cut:
            start, _, stop = cut.rstrip("]").partition(":")
            slices.append((int(start), int(stop)))
    if any("head" in part for part in parts):
        places.update(dict.fromkeys(HEAD_AREAS))
        words.extend(AREAS)
    values = (*_objects(parts), *HINTS.get(binding.rule.kind, ()), *words)
    return Reach(tuple(places), tuple(slices), values)


def _named(shape: Shape, root: Path, wanted: tuple[str, ...]) -> list[Path]:
    if wanted[0] == "head":
        return [wanted[1:]] if wanted[1:] in shape else []
    below = (place for place in shape if place[: len(root)] == root and isinstance(place[-1] if place else 0, str))
    return [place for place in below if names(place[len(root) :])[-len(wanted) :] == wanted]


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif not isinstance(value, bool | int):
        for each in value.values() if hasattr(value, "values") else value:
            yield from _words(each)


def _objects(parts: list[Any]) -> tuple[str, ...]:
    """Return texts that hold a JSON object with members that a rule names, alone and together, right and wrong."""
    known = {each["key"]: each.get("in", ["1"])[0] for part in parts for each in _members(part)}
    unknown = {key: "~" for part in parts for key in part.get("keys", ())}
    if not known and not unknown:
        return ()
    single = [{key: value} for key, value in (*known.items(), *unknown.items())]
    return ("{", *(json.dumps(each) for each in ({}, *single, dict.fromkeys(known, "~"), known)))


def _members(value: Any) -> Iterator[Any]:
    if hasattr(value, "values"):
        if "key" in value and isinstance(value["key"], str):
            yield value
        for each in value.values():
            yield from _members(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _members(each)
