"""Checks a parsed message: `jsonschema` for the words, `jsonschema-rs` for speed, the named rules after either.

Both see the same schema, and a test holds them to the same verdict and the same paths. The one place where they
differ on values is closed here: `jsonschema` must know that Decimal("1.0") is an integer and Decimal("NaN") no number.

The work is bounded: `jsonschema` finds errors one by one and is left off after enough of them, and it only looks into
those rows of a list that `jsonschema-rs` finds wrong. (`jsonschema-rs` itself cannot be left off: its list of errors
for a megabyte of wrong rows takes 24 s and 3.5 GB.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any

import jsonschema_rs
import referencing
from jsonschema import Draft202012Validator, validators  # type: ignore[import-untyped]  # ships no types

from schemas.findings.wording import Wording
from schemas.rules import Path, Plan
from schemas.values import Finding, Name

# At most so many findings about one message; a reader who mends these will check again.
MOST = 100

# Where several keywords fail at one place, the first of these says it best.
_PRECEDENCE = ("type", "const", "enum", "minLength", "pattern", "maxLength", "date", "decimals")

_MORE = Finding(
    "",
    "more",
    f"还有更多问题，此处只列出{MOST}个；请改正后再检查。",
    f"there is more to find, only {MOST} findings are listed; mend these and check again.",
    expected=Name("符合接口的报文", "a message that conforms to the interface"),
    received=Name(f"多于{MOST}个问题", f"more than {MOST} findings"),
    basis=Name("本项目的检查上限", "the limit of this checker"),
    cure=Name("改正后再检查", "mend these and check again"),
)


def _is_number(_: object, value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(_: object, value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


WordedValidator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number).redefine("integer", _is_integer),
)


class Validator:
    """Checks the messages of one transaction and direction. Made by `Registry.validator`."""

    def __init__(
        self,
        schema: dict[str, Any],
        resources: referencing.Registry[Any],
        fast: jsonschema_rs.Registry,
        plan: Plan,
        wording: Wording,
    ) -> None:
        skipping = validators.extend(WordedValidator, {"items": _WrongRows(schema["$id"], fast)})
        self.plan = plan
        self._worded = skipping(schema, registry=resources)
        self._fast = jsonschema_rs.Draft202012Validator(schema, registry=fast)
        self._wording = wording
        self._rules = {rule.id: rule for rule in plan.rules}

    def is_valid(self, instance: object) -> bool:
        """Whether a message has no finding: the same verdict as `check`, 30 times faster.

        `instance` is what `schemas.parse` returns. Raises TypeError for a float where decimals matter.
        """
        try:
            if not self._fast.is_valid(instance):
                return False
        except UnicodeEncodeError:  # a lone surrogate, which only a message that was never parsed can hold
            return not self.check(instance)
        return next(self.plan.broken(instance), None) is None

    def check(self, instance: object) -> tuple[Finding, ...]:
        """Return what is wrong with a message, in the order of the pointers.

        `instance` is what `schemas.parse` returns. Rows are ordered by number. Of more than `MOST` findings the first
        ones are kept, and one with keyword "more" says so. Raises TypeError for a float where decimals matter.
        """
        return tuple(finding for _, finding in self.found(instance))

    def found(self, instance: object) -> list[tuple[Path, Finding]]:
        """Return the findings of `check`, each with the path it is at."""
        found: dict[tuple[Path, str], Finding] = {}
        for path, finding in chain(self._by_schema(instance), self._by_rules(instance)):
            # At one place the schema is heard once, or else every named rule for itself.
            key = (path, finding.keyword if finding.keyword in self._rules else "")
            if key not in found or _rank(finding) < _rank(found[key]):
                found[key] = finding
            if len(found) > MOST:
                del found[key]
                return [*_ordered(found), ((), _MORE)]
        return _ordered({key: each for key, each in found.items() if not key[1] or (key[0], "") not in found})

    def _by_schema(self, instance: object) -> Iterator[tuple[Path, Finding]]:
        for error in self._worded.iter_errors(instance):
            path: Path = tuple(error.absolute_path)
            if error.validator == "required":
                for name in error.validator_value:
                    if name not in error.instance:
                        yield (*path, name), self._wording.missing((*path, name))
            elif error.validator == "additionalProperties":
                known = error.schema["properties"]
                for name in error.instance:
                    if name not in known:
                        yield (
                            (*path, name),
                            self._wording.unknown(
                                (*path, name), [each for each in known if each not in error.instance]
                            ),
                        )
            else:
                yield path, self._wording.wrong(path, error.validator, error.instance, error.validator_value)

    def _by_rules(self, instance: object) -> Iterator[tuple[Path, Finding]]:
        for path, rule, received in self.plan.broken(instance):
            yield path, self._wording.broken(path, rule, received, self._rules.get(rule))


class _WrongRows:
    """The keyword `items`, for `jsonschema`: like its own, but rows that `jsonschema-rs` finds good are passed over."""

    def __init__(self, base: str, registry: jsonschema_rs.Registry) -> None:
        self._base = base
        self._registry = registry
        self._fast: dict[int, Any] = {}

    def __call__(self, validator: Any, items: dict[str, Any], instance: object, _schema: object) -> Iterator[Any]:
        if not isinstance(instance, list):
            return
        fast = self._fast.get(id(items))
        if fast is None:
            schema = {"$id": self._base, **items}
            fast = self._fast[id(items)] = jsonschema_rs.Draft202012Validator(schema, registry=self._registry)
        for index, row in enumerate(instance):
            if not _surely_valid(fast, row):
                yield from validator.descend(row, items, path=index)


def _surely_valid(fast: Any, row: object) -> bool:
    try:
        return bool(fast.is_valid(row))
    except UnicodeEncodeError:
        return False


def _ordered(found: Mapping[tuple[Path, str], Finding]) -> list[tuple[Path, Finding]]:
    return [(key[0], found[key]) for key in sorted(found, key=lambda key: (_order(key[0]), key[1]))]


def _rank(finding: Finding) -> int:
    return _PRECEDENCE.index(finding.keyword) if finding.keyword in _PRECEDENCE else len(_PRECEDENCE)


def _order(path: Path) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in path)
