"""Compares two versions message by message and tells a change in a shared definition once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from schemas.versions import wording
from schemas.versions.change import Change
from schemas.versions.differences import Difference, differences
from schemas.versions.folders import Version
from schemas.versions.other_files import data_changes, ruled_fields, text_changes
from schemas.versions.resolved import Resolved
from schemas.versions.shapes import Spot


def compare(a: Version, b: Version) -> tuple[Change, ...]:
    """Return every change from `a` to `b`, breaking ones first, then by place.

    Raises SchemaError where a schema refers to a definition that is not there.
    """
    messages = _Messages(a, b)
    found = [*messages.changes(), *text_changes(a, b), *data_changes(a, b)]
    return tuple(sorted(found, key=lambda each: (not each.breaking, each.where, each.what.en)))


class _Messages:
    """The changes of the message schemas of two versions."""

    def __init__(self, a: Version, b: Version) -> None:
        self._a, self._b = a, b
        self._before, self._after = Resolved(a.files), Resolved(b.files)

    def changes(self) -> Iterator[Change]:
        """Yield them, those of shared definitions once."""
        before, after = self._a.messages, self._b.messages
        for message in before.keys() - after.keys():
            yield Change(message, wording.removed("message"), True, True, "message")
        for message in after.keys() - before.keys():
            self._after.shape(Spot(after[message], ()))  # a new message has to make sense too
            yield Change(message, wording.added("message"), False, False, "message")
        common = sorted(before.keys() & after.keys())
        found = [(each, message) for message in common for each in self._differences(message)]
        yield from self._gathered(found)
        told = {home.file if home else before[message] for each, message in found for home in [self._home(each)]}
        yield from self._rewritten(
            {**{before[each]: after[each] for each in common}, **_shared(self._a, self._b)}, told
        )

    def _differences(self, message: str) -> Iterator[Difference]:
        before, after = Spot(self._a.messages[message], ()), Spot(self._b.messages[message], ())
        ruled: frozenset[str] | None = None
        for each in differences(self._before.shape(before), self._after.shape(after)):
            if each.keyword != "property":
                yield each
                continue
            if ruled is None:
                ruled = ruled_fields(self._a, message) | ruled_fields(self._b, message)
            # A rule starts or ceases to bind with its fields, also for messages that do not carry them.
            is_ruled = not ruled.isdisjoint(each.path[-1:])
            yield replace(each, what=wording.ruled(each.what), narrows=True, widens=True) if is_ruled else each

    def _gathered(self, found: list[tuple[Difference, str]]) -> Iterator[Change]:
        places: dict[Change, list[str]] = defaultdict(list)
        for each, message in found:
            home, place = self._home(each), _place(message, each)
            where = _label(home) if home else place
            change = Change(where, each.what, each.narrows, each.widens, each.keyword)
            places[change] += [place] if home else []
        for change, touched in places.items():
            unique = tuple(dict.fromkeys(touched))
            yield Change(change.where, change.what, change.sender, change.receiver, change.keyword, unique)

    def _home(self, difference: Difference) -> Spot | None:
        """Return the spot of the shared definition that changed; None where the message itself changed."""
        if len(difference.spots) != 1:
            return None
        (spot,) = difference.spots
        base = Spot(spot.file, spot.pointer[:2] if spot.pointer[:1] == ("$defs",) else ())
        own = spot.file in {*self._a.messages.values(), *self._b.messages.values()}
        if own or self._before.raw(base) is None or self._after.raw(base) is None:
            return None
        return spot if self._changed_at(spot, difference.keyword) else None

    def _changed_at(self, spot: Spot, keyword: str) -> bool:
        if keyword == "property":
            return (self._before.raw(spot) is None) != (self._after.raw(spot) is None)
        if keyword == "additionalProperties":
            here = spot.down(keyword)
            return bool(self._before.raw(here) != self._after.raw(here))
        return self._before.own(spot, keyword) != self._after.own(spot, keyword)

    def _rewritten(self, pairs: dict[str, str], told: set[str]) -> Iterator[Change]:
        """Yield the files whose schemas differ though nothing was told of them."""
        for one, two in pairs.items():
            before = self._before.plain(self._a.files[one], one, follow=False)
            after = self._after.plain(self._b.files[two], two, follow=False)
            if before != after and one not in told:
                yield Change(two, wording.REWRITTEN, False, False, "file")


def _shared(a: Version, b: Version) -> dict[str, str]:
    """Return the schemas beside the messages that both versions have."""
    own = {*chain(a.messages.values(), b.messages.values())}
    return {name: name for name in sorted(a.schemas.keys() & b.schemas.keys()) if name not in own}


def _place(message: str, difference: Difference) -> str:
    path = "".join(f"/{part}" for part in difference.path)
    conditions = f"({', '.join(difference.conditions)})" if difference.conditions else ""
    return " ".join(part for part in (message, path, conditions) if part)


def _label(spot: Spot) -> str:
    """Return the name of a shared definition; a table and its twin that allows an empty text are one."""
    pointer = list(spot.pointer)
    name = [pointer[1].removesuffix("_or_empty")] if pointer[:1] == ["$defs"] else []
    parts = iter(pointer[2:] if name else pointer)
    steps = [next(parts) if part == "properties" else "*" for part in parts if part in {"properties", "items"}]
    return " ".join([spot.file, *name, *(["".join(f"/{step}" for step in steps)] if steps else [])])
