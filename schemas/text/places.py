"""Where in a text the values of a message stand: line and column of a path, read from the tokens.

Like an editor that jumps to a member: it walks through the text once, token by token, with a stack of its own
instead of recursion, and notes where the paths asked for begin.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from schemas.text.tokens import line_and_column, tokens

if TYPE_CHECKING:
    from schemas.rules import Path


def locate(text: str, paths: Iterable[Path]) -> Mapping[Path, tuple[int, int]]:
    """Return line and column of the value at each path.

    `text` is valid JSON. What is not there is placed at the opening bracket of the nearest object or list above it.
    Takes one pass over the text, however many paths are asked for.
    """
    wanted = tuple(paths)
    offsets = _offsets(text, wanted)
    return {path: line_and_column(text, offsets[_nearest(path, offsets)]) for path in wanted}


class _Level:
    """An object or list that is open at this point of the text; `key` is where in it the text has got to."""

    __slots__ = ("key", "tree")

    def __init__(self, tree: _Tree | None, key: str | int | None) -> None:
        self.tree = tree
        self.key = key

    def step(self) -> None:
        """Go on to the next row of a list, or to the next key of an object."""
        self.key = self.key + 1 if isinstance(self.key, int) else None

    def read_key(self, token: str) -> None:
        """Take the key of the next member; outside the paths asked for, any key will do."""
        if self.tree is None:
            self.key = ""
        else:
            self.key = str(json.loads(token)) if "\\" in token else token[1:-1]

    def here(self) -> _Tree | None:
        """The paths asked for at this member."""
        return self.tree.below.get(self.key) if self.tree is not None and self.key is not None else None


class _Tree:
    """The paths asked for, as a tree: what lies below each member."""

    __slots__ = ("below", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.below: dict[str | int, _Tree] = {}


def _tree(paths: Iterable[Path]) -> _Tree:
    root = _Tree(())
    for path in paths:
        tree = root
        for depth, part in enumerate(path, 1):
            tree = tree.below.setdefault(part, _Tree(path[:depth]))
    return root


def _offsets(text: str, paths: Iterable[Path]) -> dict[Path, int]:
    """Return the offset of every value at or above a path."""
    found: dict[Path, int] = {(): 0}
    tree: _Tree | None = _tree(paths)
    levels: list[_Level] = []
    for match in tokens(text):
        token = match.group()
        if token == ",":
            levels[-1].step()
        elif token in "]}":
            levels.pop()
        elif token == ":":
            continue
        elif levels and levels[-1].key is None:
            levels[-1].read_key(token)
        else:
            if levels:
                tree = levels[-1].here()
            if tree is not None:
                found[tree.path] = match.start()
            if token in "[{":
                levels.append(_Level(tree, None if token == "{" else 0))
    return found


def _nearest(path: Path, offsets: Mapping[Path, int]) -> Path:
    while path not in offsets:
        path = path[:-1]
    return path
