"""One version of the interface, loaded once and never changed: schemas, fields, code tables and validators."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args

import referencing
from referencing.jsonschema import DRAFT202012

from schemas import reading
from schemas.errors import BadText, SchemaError
from schemas.rules import plan
from schemas.strict_json import parse
from schemas.validator import Validator
from schemas.values import BODY, Block, Direction, Field, Finding, Name, Transaction
from schemas.wording import Wording


@cache
def load(version: str = "v1") -> Registry:
    """Return a version of the interface; the same object each time.

    Raises SchemaError for a version that does not exist. Source: the data files in `schemas/<version>/`.
    """
    files = reading.read_files(version)
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
        transactions=transactions,
        codes=reading.read_codes(files),
        dictionary=names,
        resources=resources,
        _contents=contents,
        _ids=ids,
        _heads={each: reading.read_head(files, each) for each in directions},
        _layouts={
            (infno, each): reading.read_layout(files, infno, each) for infno in transactions for each in directions
        },
    )


@dataclass(frozen=True, eq=False)
class Registry:
    """A version of the interface. Made by `load`."""

    version: str
    transactions: Mapping[str, Transaction]
    codes: Mapping[str, Mapping[str, str]]
    dictionary: Mapping[str, Name]
    resources: referencing.Registry[Any]
    _contents: Mapping[str, dict[str, Any]] = field(repr=False)
    _ids: Mapping[str, str] = field(repr=False)
    _heads: Mapping[str, Mapping[str, Field]] = field(repr=False)
    _layouts: Mapping[tuple[str, str], Mapping[str, Block]] = field(repr=False)
    _validators: dict[tuple[str, str], Validator] = field(default_factory=dict, repr=False)

    def schema(self, infno: str, direction: Direction) -> dict[str, Any]:
        """Return a copy of the schema of a whole message, with titles in Chinese and descriptions in English.

        Its references resolve through `resources`. Raises SchemaError for an unknown transaction or direction.
        """
        self._known(infno, direction)
        return copy.deepcopy(self._contents[self._ids[f"{infno}.{direction}.json"]])

    def head(self, direction: Direction) -> Mapping[str, Field]:
        """Return the fields of the head by name, `input` or `output` last or among them, in published order."""
        self._known_direction(direction)
        return self._heads[direction]

    def layout(self, infno: str, direction: Direction) -> Mapping[str, Block]:
        """Return the blocks of a message by name, in published order; empty for a reply without output.

        Raises SchemaError for an unknown transaction or direction.
        """
        self._known(infno, direction)
        return self._layouts[infno, direction]

    def validator(self, infno: str, direction: Direction) -> Validator:
        """Return the validator of a message, made once. Raises SchemaError for an unknown transaction or direction."""
        known = self._validators.get((infno, direction))
        if known is None:
            layout, head = self.layout(infno, direction), self.head(direction)
            known = self._validators[infno, direction] = Validator(
                self.schema(infno, direction),
                self.resources,
                self._contents,
                plan(head, BODY[direction], layout),
                Wording(head, layout, self.codes),
            )
        return known

    def check_text(self, infno: str | None, direction: Direction, text: str | bytes) -> tuple[Finding, ...]:
        """Read and check a message; a text that is not strict JSON is one finding at "" with keyword "json".

        `infno` None takes the number from the request's own head, where a missing or unknown one is a finding at
        /infno. Raises SchemaError for an unknown `infno` argument, and for a reply without one: it does not say what
        it answers.
        """
        self._known_direction(direction)
        if infno is None and direction == "response":
            raise SchemaError(
                "应答不含交易编号；请指明它应答的交易。",
                "a reply does not name its transaction; say which one it answers.",
            )
        try:
            message = parse(text)
        except BadText as bad:
            return (Finding("", "json", bad.zh, bad.en),)
        if infno is None:
            infno = message.get("infno") if isinstance(message, dict) else next(iter(self.transactions))
            if not isinstance(infno, str) or infno not in self.transactions:
                return (self._unknown_infno(infno),)
        validator = self.validator(infno, direction)
        return () if validator.is_valid(message) else validator.check(message)

    def _unknown_infno(self, infno: object) -> Finding:
        keyword, zh, en = (
            ("required", "没有填写", "is missing") if infno is None else ("enum", "不是已知的交易", "is unknown")
        )
        numbers = ", ".join(self.transactions)
        return Finding(
            "/infno",
            keyword,
            f"交易编号（infno）{zh}；应为：{numbers}。",
            f"infno (transaction number) {en}; it must be one of {numbers}.",
        )

    def _known(self, infno: str, direction: str) -> None:
        if infno not in self.transactions:
            listed = ", ".join(self.transactions)
            raise SchemaError(
                f"版本 {self.version} 没有交易 {infno}；现有：{listed}。",
                f"there is no transaction {infno} in version {self.version}; use one of {listed}.",
            )
        self._known_direction(direction)

    def _known_direction(self, direction: str) -> None:
        if direction not in self._heads:
            raise SchemaError(
                f"没有方向 {direction}；应为 request 或 response。",
                f"there is no direction {direction}; use request or response.",
            )
