"""Checks a parsed message: `jsonschema` for the words, `jsonschema-rs` for speed, the named rules after either.

Both see the same schema, and a test holds them to the same verdict and the same paths. The one place where they
differ on values is closed here: `jsonschema` must know that Decimal("1.0") is an integer and Decimal("NaN") no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import jsonschema_rs
import referencing
from jsonschema import Draft202012Validator, validators  # type: ignore[import-untyped]  # ships no types

from schemas.rules import Path, Plan
from schemas.values import Finding
from schemas.wording import Wording

# Where several keywords fail at one place, the first of these says it best.
_PRECEDENCE = ("type", "const", "enum", "minLength", "pattern", "maxLength", "date", "decimals")


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
        contents: Mapping[str, dict[str, Any]],
        plan: Plan,
        wording: Wording,
    ) -> None:
        self._worded = WordedValidator(schema, registry=resources)
        self._fast = jsonschema_rs.Draft202012Validator(schema, registry=jsonschema_rs.Registry(contents.items()))
        self._plan = plan
        self._wording = wording

    def is_valid(self, instance: object) -> bool:
        """Whether a message has no finding: the same verdict as `check`, 30 times faster.

        `instance` is what `schemas.parse` returns. Raises TypeError for a float where decimals matter.
        """
        try:
            if not self._fast.is_valid(instance):
                return False
        except UnicodeEncodeError:  # a lone surrogate, which only a message that was never parsed can hold
            return not self.check(instance)
        return next(self._plan.broken(instance), None) is None

    def check(self, instance: object) -> tuple[Finding, ...]:
        """Return everything that is wrong with a message, at most one finding a place, in the order of the pointers.

        `instance` is what `schemas.parse` returns. Rows are ordered by number. Raises TypeError for a float where
        decimals matter.
        """
        found: dict[Path, Finding] = {}
        for path, finding in [*self._by_schema(instance), *self._by_rules(instance)]:
            if path not in found or _rank(finding) < _rank(found[path]):
                found[path] = finding
        return tuple(found[path] for path in sorted(found, key=_order))

    def _by_schema(self, instance: object) -> Iterator[tuple[Path, Finding]]:
        for error in self._worded.iter_errors(instance):
            path: Path = tuple(error.absolute_path)
            if error.validator == "required":
                for name in error.validator_value:
                    if name not in error.instance:
                        yield (*path, name), self._wording.missing((*path, name))
            elif error.validator == "additionalProperties":
                known = list(error.schema["properties"])
                for name in error.instance.keys() - error.schema["properties"].keys():
                    yield (*path, name), self._wording.unknown((*path, name), known)
            else:
                yield path, self._wording.wrong(path, error.validator, error.instance, error.validator_value)

    def _by_rules(self, instance: object) -> Iterator[tuple[Path, Finding]]:
        for path, rule in self._plan.broken(instance):
            yield path, self._wording.wrong(path, rule, _at(instance, path), None)


def _at(instance: Any, path: Path) -> object:
    for part in path:
        instance = instance[part]
    return instance


def _rank(finding: Finding) -> int:
    return _PRECEDENCE.index(finding.keyword) if finding.keyword in _PRECEDENCE else len(_PRECEDENCE)


def _order(path: Path) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in path)
