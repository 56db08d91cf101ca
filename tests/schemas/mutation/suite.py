"""What the mutants are judged with: the schemas, a valid example of each message, and the named rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from itertools import chain, islice
from operator import itemgetter
from typing import Any

import referencing
from jsonschema import ValidationError
from referencing.jsonschema import DRAFT202012

from schemas.rules import Plan
from schemas.validator import WordedValidator

from .bindings import Binding
from .constraints import Constraint, Files, Json, Node, Path, Use, constraints, schema_at, uses
from .messages import completed, get, has, put, shortened
from .search import Rules, Search

REFUSAL = {"infcode": -1, "err_msg": "拒付", "output": None}


class BadExample(ValueError):
    """The example of a message breaks its schema or its named rules, so that nothing can be learnt from it."""


# How many ways to fit in a row more are tried.
MOST_GROWN = 6


class Suite:
    """Schemas that are changed in place, and the messages they are tried with.

    `files` are the parsed schemas by name, `examples` a valid message for each schema of a message, `plans` its named
    rules. The schemas are the suite's own: nobody else may hold them.
    """

    def __init__(self, files: Files, examples: dict[str, Json], plans: Mapping[str, Plan] | None = None) -> None:
        # Without `$schema`: at each `$ref` jsonschema would else fall back from our validator class to its own.
        self.files = {
            name: {key: part for key, part in file.items() if key != "$schema"} for name, file in files.items()
        }
        self.uses: dict[str, list[Use]] = {name: list(uses(self.files, Node(name))) for name in examples}
        self._examples = examples
        self._plans = plans or {}
        self._rules: dict[str, Rules] = {}
        self._bases: dict[str, list[Json]] = {}
        self._shapes: dict[str, dict[Path, dict[str, Any]]] = {}

    def hosts(self, node: Node) -> list[tuple[str, Path]]:
        """Return where a schema object applies, message and place: each place once, then again in other messages."""
        return self._hosts[node]

    @cached_property
    def _hosts(self) -> dict[Node, list[tuple[str, Path]]]:
        found: dict[Node, dict[Path, list[tuple[str, Path]]]] = {}
        for name, applied in self.uses.items():
            for use in applied:
                found.setdefault(use.node, {}).setdefault(use.place, []).append((name, use.place))
        return {node: [*map(itemgetter(0), at.values()), *chain(*at.values())] for node, at in found.items()}

    def constraints(self, file: str) -> list[Constraint]:
        """Return the constraints of a file that some message meets."""
        nodes = [node for node in self._hosts if node.file == file]
        return [constraint for node in nodes for constraint in constraints(self.files, node)]

    def errors(self, name: str, message: Json) -> list[ValidationError]:
        """Return the first two errors of a message."""
        return list(islice(self._validator(name).iter_errors(message), 2))

    def accepts(self, name: str, message: Json) -> bool:
        """Whether the schema accepts a message, whatever the named rules say."""
        return bool(self._validator(name).is_valid(message))

    def rules(self, name: str) -> Rules:
        """Return the named rules of a message."""
        if name not in self._rules:
            known = self._plans.get(name)
            bound = tuple(Binding(rule, path) for rule, path in known.bound) if known else ()
            self._rules[name] = Rules(self.shape(name), bound, known.broken if known else lambda message: ())
        return self._rules[name]

    def is_valid(self, name: str, message: Json) -> bool:
        """Whether a message keeps the schema and the named rules."""
        return self.rules(name).hold(message) and self.accepts(name, message)

    def bases(self, name: str) -> list[Json]:
        """Return the valid messages that edits start from: the example cut short, whole, and as a refusal.

        Raises BadExample where the example is not valid itself.
        """
        if name not in self._bases:
            example = self._examples[name]
            if not self.is_valid(name, example):
                raise BadExample(f"{name}: {self.errors(name, example)} {list(self.rules(name).broken(example))}")
            found = [shortened(example), example]
            if isinstance(example, dict) and "infcode" in example:
                found.append({**example, **REFUSAL})
            self._bases[name] = [message for message in found if self.is_valid(name, message)]
        return self._bases[name]

    def bases_with(self, name: str, place: Path) -> Iterator[Json]:
        """Yield valid messages that have a value at a place, made up where the example leaves it out."""
        for message in self.bases(name):
            if has(message, place):
                yield message
            else:
                made_up = completed(self.shape(name), message, place)
                yield from (each for each in made_up if self.is_valid(name, each))

    def grown_with(self, name: str, place: Path) -> Iterator[Json]:
        """Yield valid messages in which a list on the way to a place has one row more, the others mended to fit it."""
        for base in self.bases(name):
            for end in range(1, len(place) + 1):
                rows = get(base, place[:end]) if has(base, place[:end]) else None
                if isinstance(rows, list) and rows:
                    goal = partial(self.accepts, name)
                    search = Search(self.rules(name), lambda breach: False, goal, place[:end], wanted=False)
                    yield from islice(search.run([put(base, place[:end], [*rows, rows[-1]])]), MOST_GROWN)

    def shape(self, name: str) -> dict[Path, dict[str, Any]]:
        """Return all keywords that apply to each place of a message."""
        if name not in self._shapes:
            shape = self._shapes[name] = {}
            for use in self.uses[name]:
                shape.setdefault(use.place, {}).update(schema_at(self.files, use.node))
        return self._shapes[name]

    def _validator(self, name: str) -> Any:
        return WordedValidator(self.files[name], registry=self._resources)

    @cached_property
    def _resources(self) -> referencing.Registry[Any]:
        contents = [(file["$id"], file) for file in self.files.values()]
        return referencing.Registry[Any]().with_contents(contents, default_specification=DRAFT202012).crawl()
