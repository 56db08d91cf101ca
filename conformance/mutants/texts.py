"""Changes what a reference says on the wire: the text of its replies and of what it passes on.

Numbers keep the digits they were written with; an amount is a number with a point in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson

from conformance.mutants.mutant import Patch
from simulator.core.platform.message import Message
from simulator.sandbox.front import Answer

FRONT, LINK = "simulator.sandbox.front:Front", "simulator.sandbox.links:Link"
Tree = dict[str, Any]


class Number(str):
    """A JSON number with a point, as it is written."""

    __slots__ = ()


def parsed(body: bytes) -> Tree:
    """Return a JSON object whose amounts are :class:`Number`."""
    tree: Tree = json.loads(body, parse_float=Number)
    return tree


def written(tree: Any) -> bytes:
    """Return the text of a tree."""
    return orjson.dumps(_plain(tree))


def changed(tree: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """Return a tree with each value that is no object and no list replaced by what ``change`` makes of it."""
    if isinstance(tree, dict):
        return {key: changed(value, change, key) for key, value in tree.items()}
    if isinstance(tree, list):
        return [changed(value, change, name) for value in tree]
    return change(name, tree)


def answer(change: Callable[[Answer], Answer]) -> Patch:
    """Return a patch of every answer of the business port that comes after the gateway."""

    def make(old: Any) -> Any:
        async def answer_to(*about: Any, **more: Any) -> Answer:
            found: Answer = await old(*about, **more)
            return change(found) if found.status else found

        return answer_to

    return Patch(f"{FRONT}.answer_to", make)


def body(change: Callable[[bytes], bytes]) -> Patch:
    """Return a patch of the bytes of every answer that is a message and no file."""
    return answer(lambda found: found if found.file else found._replace(body=change(found.body)))


def tree(change: Callable[[Tree], Any]) -> Patch:
    """Return a patch of every answer as a tree; ``change`` changes it in place, or returns another."""

    def written_anew(text: bytes) -> bytes:
        found = parsed(text)
        other = change(found)
        return written(found if other is None else other)

    return body(written_anew)


def values(change: Callable[[str, Any], Any]) -> Patch:
    """Return a patch of every value of every answer, by the name of its field."""
    return tree(lambda found: changed(found, change))


def passed_on(change: Callable[[Message], Message]) -> Patch:
    """Return a patch of every message that is passed on to the platform above."""

    def make(old: Any) -> Any:
        async def ask(self: Any, at: str, message: Message) -> Message | None:
            reply: Message | None = await old(self, at, change(message))
            return reply if reply is None else reply._replace(key=message.key)

        return ask

    return Patch(f"{LINK}.ask", make)


def _plain(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value) for value in tree]
    return orjson.Fragment(str(tree)) if isinstance(tree, Number) else tree
