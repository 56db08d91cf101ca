"""The rules of faults as the control API takes them: read from JSON, refused with one sentence where they are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from simulator.core.platform.refusals import REFUSALS
from simulator.sandbox.wrong import Wrong

DELAY, DUPLICATE, REORDER = "delay", "duplicate", "reorder"
DROP_REQUEST, DROP_REPLY, REFUSE = "drop_request", "drop_reply", "refuse"
WRONG_AMOUNT, SLOW_BODY = "wrong_amount", "slow_body"
REQUEST, REPLY = "request", "reply"

_SIDE: Mapping[str, str] = {  # what a kind of fault can only be about
    DELAY: "",
    DUPLICATE: "",
    REORDER: "",
    DROP_REQUEST: REQUEST,
    REFUSE: REQUEST,
    DROP_REPLY: REPLY,
    WRONG_AMOUNT: REPLY,
    SLOW_BODY: REPLY,
}
KINDS = tuple(_SIDE)
RULE_FIELDS = frozenset(
    {"name", "do", "from", "to", "infno", "person", "message", "share", "count", "ms"}
    | {"refusal", "field", "fen", "bytes_per_second"}
)
_LONGEST_MS, _HELD_MS = 3_600_000, 1_000
_MILLION = 1_000_000


class Rule(NamedTuple):
    """A rule: ``do`` to messages from ``sender`` to ``receiver`` (empty: any), of ``infno``, about ``person``.

    ``message`` is request or reply, empty for both. ``ppm`` is the share of the matching messages in millionths, None
    for all; ``most`` how often it acts. ``ms`` are least and most milliseconds of a delay, between a message and its
    duplicate, or for which one is held back. ``field`` is off by ``fen``, ``pace`` is bytes a second.
    """

    name: str
    do: str
    sender: str = ""
    receiver: str = ""
    infno: str = ""
    person: str = ""
    message: str = ""
    ppm: int | None = None
    most: int | None = None
    ms: tuple[int, int] = (0, 0)
    refusal: str = ""
    field: str = ""
    fen: int = 1
    pace: int = 0

    def fits(self, *, is_reply: bool, outer: bool) -> bool:
        """Tell whether the rule is about requests or replies, and whether it can be about what an outer caller gets.

        Nothing can come twice to an outer caller, and only there has a body a pace.
        """
        right = self.message in {"", REPLY if is_reply else REQUEST}
        return right and (outer if self.do == SLOW_BODY else not (outer and self.do == DUPLICATE))

    def as_json(self) -> dict[str, Any]:
        """Return the rule as the control API words it."""
        said = {
            "name": self.name,
            "do": self.do,
            "from": self.sender,
            "to": self.receiver,
            "infno": self.infno,
            "person": self.person,
            "message": self.message,
            "share": None if self.ppm is None else f"{Decimal(self.ppm) / _MILLION}",
            "count": self.most,
            "refusal": self.refusal,
            "field": self.field,
            "ms": list(self.ms) if any(self.ms) else None,
            "bytes_per_second": self.pace or None,
        }
        if self.do == WRONG_AMOUNT:
            said["fen"] = self.fen
        return {name: value for name, value in said.items() if value not in (None, "")}


def read_rule(body: Any, number: int) -> Rule:
    """Return the rule of a parsed body; ``number`` names one without a name. Raises Wrong."""
    if not isinstance(body, dict):
        raise Wrong("规则须为JSON对象", "a rule is a JSON object")
    unknown = sorted(body.keys() - RULE_FIELDS)
    if unknown:
        raise Wrong(f"规则没有字段{unknown[0]}", f"a rule has no field {unknown[0]}")
    do = _text(body, "do")
    if do not in _SIDE:
        raise Wrong(f"do须为{'、'.join(KINDS)}之一", f"do is one of {', '.join(KINDS)}")
    texts = {name: _text(body, name) for name in ("name", "from", "to", "infno", "person", "refusal", "field")}
    rule = Rule(
        name=texts["name"] or f"{do}-{number}",
        do=do,
        sender=texts["from"],
        receiver=texts["to"],
        infno=texts["infno"],
        person=texts["person"],
        message=_side(do, _text(body, "message")),
        ppm=_share(body.get("share")),
        most=None if body.get("count") is None else _whole(body, "count", 1, 10**9),
        ms=_ms(do, body.get("ms")),
        refusal=texts["refusal"],
        field=texts["field"],
        fen=_whole(body, "fen", -100, 100, default=1),
        pace=_whole(body, "bytes_per_second", 1, 10**9, default=0),
    )
    _whole_of(rule)
    return rule


def _whole_of(rule: Rule) -> None:
    """Refuse a rule that lacks what its kind needs."""
    if rule.do == REFUSE and rule.refusal not in REFUSALS:
        raise Wrong(f"拒绝原因{rule.refusal}不在表内", f"refusal {rule.refusal or '(none)'} is not in the table")
    if rule.do == WRONG_AMOUNT and (not rule.field or not rule.fen):
        raise Wrong("wrong_amount须给出金额字段field，fen不为0", "wrong_amount needs the field of an amount, fen not 0")
    if rule.do == SLOW_BODY and not rule.pace:
        raise Wrong("slow_body须给出bytes_per_second", "slow_body needs bytes_per_second")


def _side(do: str, said: str) -> str:
    side = _SIDE[do]
    if said not in {"", REQUEST, REPLY} or (side and said not in {"", side}):
        raise Wrong(f"{do}的message须为{side or 'request或reply'}", f"message of {do} is {side or 'request or reply'}")
    return side or said


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > 64:
        raise Wrong(f"{name}须为不超过64字的文本", f"{name} is a text of at most 64 characters")
    return value


def _whole(body: Mapping[str, Any], name: str, least: int, most: int, *, default: int | None = None) -> int:
    value = body.get(name, default)
    in_range = type(value) is int and (least <= value <= most or (name not in body and value == default))
    if not in_range:
        raise Wrong(f"{name}须为{least}至{most}的整数", f"{name} is a whole number from {least} to {most}")
    assert isinstance(value, int)
    return value


def _share(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value <= 1:
        raise Wrong("share须大于0、不超过1", "share is a number above 0, at most 1")
    return int(value * _MILLION)


def _ms(do: str, value: Any) -> tuple[int, int]:
    if value is None and do == DELAY:
        raise Wrong("delay须给出ms：毫秒数，或[最少, 最多]", "delay needs ms: milliseconds, or [least, most]")
    if value is None:
        return (0, _HELD_MS if do == REORDER else 0)
    both = value if isinstance(value, list) else [value, value]
    sound = len(both) == 2 and all(type(each) is int and 0 <= each <= _LONGEST_MS for each in both)
    if not sound or both[0] > both[1]:
        raise Wrong("ms须为毫秒数，或[最少, 最多]", "ms is milliseconds, or [least, most]")
    return both[0], both[1]
