"""Judges a text: reads it, finds out which message it is, checks it, and says where in the text each finding stands.

Whatever is wrong with the text itself is a finding too. Only what the text cannot say, which transaction a reply
answers, must come from outside.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from schemas.errors import BadText, SchemaError
from schemas.findings import phrases, sources
from schemas.findings.spots import Spot
from schemas.findings.wording import COMPARED, pointer
from schemas.profiles import as_sent, relaxed
from schemas.text.places import locate
from schemas.text.strict_json import parse
from schemas.values import BODY, Block, Direction, Field, Finding, Name, Transaction

if TYPE_CHECKING:
    from schemas.profiles import Profile
    from schemas.rules import Path
    from schemas.validator import Validator

_REQUEST_SIGNS = ("infno", "msgid", "input")
_RESPONSE_SIGNS = ("infcode", "inf_refmsgid", "output")


class Interface(Protocol):
    """What checking asks of a version of the interface; a `Registry` is one."""

    @property
    def version(self) -> str:
        """Its name."""

    @property
    def transactions(self) -> Mapping[str, Transaction]:
        """Its transactions by number."""

    @property
    def profile(self) -> Profile:
        """What it allows besides the specification."""

    def head(self, direction: Direction) -> Mapping[str, Field]:
        """Return the head fields of a direction; raises SchemaError for an unknown one."""

    def body(self, infno: str, direction: Direction) -> Block:
        """Return the body of a message; raises SchemaError for an unknown one."""

    def validator(self, infno: str, direction: Direction) -> Validator:
        """Return the validator of a message."""


Found = list[tuple["Path", Finding]]
# The keyword of the finding that says there are more.
MORE = "more"


class Judgement(NamedTuple):
    """What a text was found to be and what is wrong with it; None is what could not be told, or is no transaction."""

    infno: str | None
    direction: Direction | None
    findings: tuple[Finding, ...]


class Likely(NamedTuple):
    """What speaks for a transaction and a direction where the text does not, such as the name of its file."""

    infno: str | None = None
    direction: Direction | None = None


NOTHING = Likely()


class UnknownReply(SchemaError):
    """A reply of which nobody says what transaction it answers, while its findings depend on it."""


def examine(
    registry: Interface,
    text: str | bytes,
    *,
    infno: str | None = None,
    direction: Direction | None = None,
    likely: Likely = NOTHING,
) -> Judgement:
    """Read and check a message; findings come with line and column.

    `infno` and `direction` are as told, None to find out: a request bears its number in its head, and the members
    tell a request from a reply; `likely` helps where they do not. Raises SchemaError for an unknown `infno` or
    `direction` argument, and UnknownReply.
    """
    registry.head(direction or "request")
    if infno is not None:
        registry.body(infno, direction or "request")
    try:
        sent = parse(text)
    except BadText as bad:
        return Judgement(infno, direction, (_not_json(bad),))
    message = relaxed(sent, registry.profile)
    way = direction or _direction(message, likely.direction)
    number = infno or _number(message, way) or (likely.infno if likely.infno in registry.transactions else None)
    found = _found(registry, message, number, way)
    told = number if number in registry.transactions else None
    return Judgement(told, way, _placed(found, text, sent, registry.profile))


def _direction(message: object, likely: Direction | None) -> Direction:
    members = message if isinstance(message, dict) else {}
    asks = sum(name in members for name in _REQUEST_SIGNS)
    answers = sum(name in members for name in _RESPONSE_SIGNS)
    if asks == answers:
        return likely or "request"
    return "request" if asks > answers else "response"


def _number(message: object, direction: Direction) -> str | None:
    """Return the number in the head of a request, known or not."""
    said = message.get("infno") if isinstance(message, dict) and direction == "request" else None
    return str(said) if isinstance(said, str | int) else None


def _found(registry: Interface, message: object, infno: str | None, direction: Direction) -> Found:
    if infno is None and direction == "response" and _depends_on_transaction(message):
        raise UnknownReply(
            "应答不含交易编号；请指明它应答的交易。", "a reply does not name its transaction; say which one it answers."
        )
    known = infno in registry.transactions
    validator = registry.validator(str(infno) if known else next(iter(registry.transactions)), direction)
    if validator.is_valid(message):
        return []
    found = validator.found(message)
    if known or direction == "response" or not isinstance(message, dict):
        return found
    # Only the head is the same in all transactions.
    head = [(path, each) for path, each in found if len(path) == 1 and path[0] not in {"infno", BODY[direction]}]
    return [(("infno",), _unknown_number(registry, message.get("infno"))), *head]


def _depends_on_transaction(message: object) -> bool:
    """Whether what is wrong with a reply depends on what it answers; a refusal without output is the same for all."""
    return isinstance(message, dict) and (message.get("infcode") == 0 or bool(message.get(BODY["response"])))


def _placed(found: Found, text: str | bytes, sent: object, profile: Profile) -> tuple[Finding, ...]:
    """Give each finding its place in the text, and bring them into the order of the text."""
    if not found:
        return ()
    paths = {path: as_sent(path, sent, profile) for path, _ in found}
    places = locate(text.decode() if isinstance(text, bytes) else text, paths.values())
    placed = [
        replace(finding, pointer=pointer(paths[path]), line=places[paths[path]][0], column=places[paths[path]][1])
        for path, finding in found
    ]
    return tuple(sorted(placed, key=lambda each: (each.keyword == MORE, each.line or 0, each.column or 0)))


def _not_json(bad: BadText) -> Finding:
    return Finding(
        "",
        "json",
        f"文本不是严格的JSON：{bad.what.zh}；{bad.cure.zh}。",
        f"the text is not strict JSON: {bad.what.en}; {bad.cure.en}.",
        expected=Name("UTF-8编码的严格JSON", "strict JSON in UTF-8"),
        received=bad.what,
        basis=sources.JSON,
        cure=bad.cure,
        line=bad.line,
        column=bad.column,
    )


def _unknown_number(registry: Interface, said: object) -> Finding:
    spot, keyword = Spot(field=registry.head("request")["infno"]), "required" if said is None else "enum"
    received = Name("没有填写", "is missing") if said is None else phrases.received(spot, keyword, said)
    numbers = list(registry.transactions)
    near = difflib.get_close_matches(said, numbers, 3) if isinstance(said, str) and len(said) <= COMPARED else []
    examples = ", ".join(near or numbers[:3])
    expected = Name(
        f"版本 {registry.version} 的交易编号，例如 {examples}",
        f"a transaction number of version {registry.version}, such as {examples}",
    )
    return Finding(
        "/infno",
        keyword,
        f"{spot.subject.zh}{received.zh}；应为{expected.zh}。",
        f"{spot.subject.en} {received.en}; it must be {expected.en}.",
        expected=expected,
        received=phrases.standing_alone(received),
        basis=spot.basis,
        cure=Name("填写所发交易的编号", "fill in the number of the transaction that is sent"),
    )
