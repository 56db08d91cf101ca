"""One version of the interface, loaded once and never changed: schemas, fields, code tables and validators."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args

import jsonschema_rs
import referencing
from referencing.jsonschema import DRAFT202012

from schemas import reading
from schemas.checking import examine
from schemas.errors import SchemaError
from schemas.findings.wording import Wording
from schemas.profiles import STRICT, Profile, overlaid, read_profile
from schemas.rules import Rule, plan, read_rules
from schemas.validator import Validator
from schemas.values import Block, Direction, Field, Finding, Name, Table, Transaction


def load(version: str = "v1", *, profile: str = STRICT) -> Registry:
    """Return a version of the interface as a profile, `strict` or `lenient`, sees it; the same object each time.

    Raises SchemaError for a version or profile that does not exist. Source: the data files in `schemas/<version>/`.
    """
    return _load(version, profile)


@cache
def _load(version: str, profile_name: str) -> Registry:
    published = reading.read_files(version)
    profile = read_profile(published, profile_name)
    files = overlaid(published, profile)
    names = reading.read_names(files)
    ids = {name: str(content["$id"]) for name, content in files.items() if "$schema" in content}
    contents = {ids[name]: reading.entitled(files[name], names) for name in ids}
    # Without `$schema`: at each `$ref` jsonschema would else fall back from our validator class to its own.
    plain = [(uri, {key: part for key, part in schema.items() if key != "$schema"}) for uri, schema in contents.items()]
    resources = referencing.Registry[Any]().with_contents(plain, default_specification=DRAFT202012).crawl()
    transactions = reading.read_transactions(files)
    directions: tuple[Direction, ...] = get_args(Direction)
    return Registry(
        version=version,
        profile=profile,
        groups=reading.read_groups(files),
        transactions=transactions,
        tables=reading.read_tables(files),
        examples=reading.read_examples(version),
        dictionary=names,
        resources=resources,
        rules=read_rules(files["rules.json"]),
        flows=tuple(files["flows.json"]["flows"]),
        _contents=contents,
        _fast=jsonschema_rs.Registry(contents.items()),
        _ids=ids,
        _heads={each: reading.read_head(files, each) for each in directions},
        _bodies={(infno, each): reading.read_body(files, infno, each) for infno in transactions for each in directions},
    )


@dataclass(frozen=True, eq=False)
class Registry:
    """A version of the interface. Made by `load`."""

    version: str
    profile: Profile
    groups: Mapping[str, Name]
    transactions: Mapping[str, Transaction]
    tables: Mapping[str, Table]
    examples: Mapping[tuple[str, str], str]
    dictionary: Mapping[str, Name]
    resources: referencing.Registry[Any]
    rules: tuple[Rule, ...]
    flows: tuple[Mapping[str, Any], ...] = field(repr=False)
    _contents: Mapping[str, dict[str, Any]] = field(repr=False)
    _fast: jsonschema_rs.Registry = field(repr=False)
    _ids: Mapping[str, str] = field(repr=False)
    _heads: Mapping[str, Mapping[str, Field]] = field(repr=False)
    _bodies: Mapping[tuple[str, str], Block] = field(repr=False)
    _validators: dict[tuple[str, str], Validator] = field(default_factory=dict, repr=False)

    def schema(self, infno: str, direction: Direction) -> dict[str, Any]:
        """Return a copy of the schema of a whole message, with titles in Chinese and descriptions in English.

        Its references resolve through `resources`. Raises SchemaError for an unknown transaction or direction.
        """
        self._known(infno, direction)
        return copy.deepcopy(self._contents[self._ids[f"{reading.MESSAGES}{infno}.{direction}.json"]])

    def head(self, direction: Direction) -> Mapping[str, Field]:
        """Return the fields of the head by name, `input` or `output` last or among them, in published order."""
        self._known_direction(direction)
        return self._heads[direction]

    def body(self, infno: str, direction: Direction) -> Block:
        """Return the body of a message as a block, whose fields and blocks stand in published order.

        Raises SchemaError for an unknown transaction or direction.
        """
        self._known(infno, direction)
        return self._bodies[infno, direction]

    def rules_of(self, infno: str, direction: Direction) -> tuple[tuple[Rule, str], ...]:
        """Return the named rules of a message, each with the place where it holds: "" the head, "input.data" a block.

        Raises SchemaError for an unknown transaction or direction.
        """
        bound = self.validator(infno, direction).plan.bound
        return tuple((rule, ".".join(path)) for rule, path in bound)

    def validator(self, infno: str, direction: Direction) -> Validator:
        """Return the validator of a message, made once. Raises SchemaError for an unknown transaction or direction."""
        known = self._validators.get((infno, direction))
        if known is None:
            body, head = self.body(infno, direction), self.head(direction)
            codes = {name: table.labels for name, table in self.tables.items()}
            known = self._validators[infno, direction] = Validator(
                self.schema(infno, direction),
                self.resources,
                self._fast,
                plan(infno, direction, head, body, self.rules, codes),
                Wording(head, body, codes),
            )
        return known

    def check_text(self, infno: str | None, direction: Direction, text: str | bytes) -> tuple[Finding, ...]:
        """Read and check a message; findings come with line and column. A text that is no strict JSON is one finding.

        `infno` None takes the number from the request's own head, where a missing or unknown one is a finding at
        /infno. Raises SchemaError for an unknown `infno` argument, and for a reply without one where its findings
        depend on what it answers.
        """
        return examine(self, text, infno=infno, direction=direction).findings

    def _known(self, infno: str, direction: str) -> None:
        if infno not in self.transactions:
            near = difflib.get_close_matches(infno.upper(), self.transactions, 3, 0.5) or list(self.transactions)[:3]
            raise SchemaError(
                f"版本 {self.version} 没有交易 {infno}；例如有 {'、'.join(near)}，全部见 yidi schema list。",
                f"there is no transaction {infno} in version {self.version}; there are {', '.join(near)} and others: "
                "yidi schema list names them all.",
            )
        self._known_direction(direction)

    def _known_direction(self, direction: str) -> None:
        if direction not in self._heads:
            raise SchemaError(
                f"没有方向 {direction}；应为 request 或 response。",
                f"there is no direction {direction}; use request or response.",
            )
