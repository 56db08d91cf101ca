"""The obligations of the two notices, row by row, as data.

Each row is one thing a notice asks for: who owes it, what figure or date bounds it, what a simulator does about it and
what a conformance suite checks. Think of the notice cut into index cards; a card is quoted by its id, e.g. `JS-2.4`.
The data are in `schemas/v1/requirements.json`, whose legends explain kinds, units, flags and reasons.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from schemas.values import Name

if TYPE_CHECKING:
    from collections.abc import Mapping

Operator = Literal["<", "<=", "=", ">=", ">"]
"""How an observed figure must stand to the limit's value."""

Strength = Literal["shall", "should"]
"""Whether a breach is a finding (shall) or only a warning (should)."""

Role = Literal["notice", "supporting"]
"""Whether a document is one of the two notices or fills what they leave open."""


@dataclass(frozen=True, slots=True)
class Document:
    """An official document that the rows are taken from.

    `effective` is None where the text names no day of its own.
    """

    id: str
    number: str
    title: Name
    issued: date
    effective: date | None
    role: Role


@dataclass(frozen=True, slots=True)
class Limit:
    """One figure or date of a row, readable by a machine: *observed* `op` `value`.

    `value` is a date where `unit` is `date`, else an integer (shares in basis points, money in fen).
    `default` marks a figure that the project chose because the text gives none; `soft` one that the text softens
    inside a binding row.
    """

    name: str
    value: int | date
    unit: str
    op: Operator
    default: bool = False
    soft: bool = False

    @property
    def binding(self) -> bool:
        """Whether the text itself sets this figure firmly, so that a breach is more than a warning."""
        return not (self.default or self.soft)


@dataclass(frozen=True, slots=True)
class Links:
    """Where a row is simulated and checked, or the reason why no case checks it.

    A reason is one of the legend `reasons` of the file; a row has none where a case of the suites verifies it.
    """

    simulated: tuple[str, ...]
    checked: tuple[str, ...]
    reason: Name | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One obligation, traceable to its clause.

    `clause` is the numbered part of the document, e.g. 三（二） or 第41-43条. `locator` says where in it; a heading
    that stands in the same paragraph counts as its first sentence. `kind` holds letters of the legend
    `Requirements.kinds`. `check` is None where nothing can be checked.
    """

    id: str
    document: str
    clause: str
    locator: str | None
    kind: tuple[str, ...]
    strength: Strength
    text: Name
    who: tuple[Name, ...]
    limits: tuple[Limit, ...]
    simulate: Name
    check: Name | None
    links: Links

    def limit(self, name: str) -> Limit:
        """Give the limit of that name.

        Raises KeyError, naming the limits there are.
        """
        for limit in self.limits:
            if limit.name == name:
                return limit
        raise KeyError(f"{self.id} has no limit {name!r}; it has {[limit.name for limit in self.limits]}")


@dataclass(frozen=True, slots=True)
class Decision:
    """A point that the notices leave undefined and the project decided once."""

    number: int
    text: Name


@dataclass(frozen=True, slots=True)
class Requirements:
    """All rows and documents in document order, with the legends of the file.

    `rows` and `documents` are keyed by id; `kinds` and `units` map a letter or unit to its meaning.
    """

    documents: Mapping[str, Document]
    rows: Mapping[str, Requirement]
    decisions: tuple[Decision, ...]
    kinds: Mapping[str, Name]
    units: Mapping[str, Name]

    @property
    def notices(self) -> tuple[Requirement, ...]:
        """The rows of the two notices, in order."""
        return self._of_role("notice")

    @property
    def supporting(self) -> tuple[Requirement, ...]:
        """The rows of the supporting rules, in order."""
        return self._of_role("supporting")

    def _of_role(self, role: Role) -> tuple[Requirement, ...]:
        return tuple(row for row in self.rows.values() if self.documents[row.document].role == role)


@cache
def load_requirements() -> Requirements:
    """Read the requirement rows shipped with the package, once.

    Source: `schemas/v1/requirements.json`. Raises FileNotFoundError if the package was built without its data.
    """
    source = files("schemas") / "v1" / "requirements.json"
    raw = json.loads(source.read_text(encoding="utf-8"))
    reasons = _legend(raw["reasons"])
    return Requirements(
        documents=MappingProxyType({each["id"]: _document(each) for each in raw["documents"]}),
        rows=MappingProxyType({each["id"]: _requirement(each, reasons) for each in raw["rows"]}),
        decisions=tuple(Decision(each["number"], _text(each)) for each in raw["decisions"]),
        kinds=_legend(raw["kinds"]),
        units=_legend(raw["units"]),
    )


def _text(raw: dict[str, Any]) -> Name:
    return Name(zh=raw["zh"], en=raw["en"])


def _legend(raw: dict[str, Any]) -> Mapping[str, Name]:
    return MappingProxyType({key: _text(each) for key, each in raw.items()})


def _document(raw: dict[str, Any]) -> Document:
    effective = raw["effective"]
    return Document(
        id=raw["id"],
        number=raw["number"],
        title=_text(raw["title"]),
        issued=date.fromisoformat(raw["issued"]),
        effective=None if effective is None else date.fromisoformat(effective),
        role=raw["role"],
    )


def _requirement(raw: dict[str, Any], reasons: Mapping[str, Name]) -> Requirement:
    who = raw["who"]
    return Requirement(
        id=raw["id"],
        document=raw["document"],
        clause=raw["clause"],
        locator=raw["locator"],
        kind=tuple(raw["kind"]),
        strength=raw["strength"],
        text=_text(raw),
        who=tuple(Name(zh, en) for zh, en in zip(who["zh"], who["en"], strict=True)),
        limits=tuple(_limit(each) for each in raw["limits"]),
        simulate=_text(raw["simulate"]),
        check=None if raw["check"] is None else _text(raw["check"]),
        links=_links(raw["links"], reasons),
    )


def _limit(raw: dict[str, Any]) -> Limit:
    value = raw["value"]
    return Limit(
        name=raw["name"],
        value=date.fromisoformat(value) if raw["unit"] == "date" else value,
        unit=raw["unit"],
        op=raw["op"],
        default=raw.get("default", False),
        soft=raw.get("soft", False),
    )


def _links(raw: dict[str, Any], reasons: Mapping[str, Name]) -> Links:
    reason = None if raw["reason"] is None else reasons[raw["reason"]]
    return Links(simulated=tuple(raw["simulated"]), checked=tuple(raw["checked"]), reason=reason)
