"""Every rule of version v1 finds its breach: an example with a few values changed.

The cases stand in `cases.json`, one a line: rule, transaction and direction, the changes by path (null takes a value
away), the path of the breach. The bureau messages have one for each of their cross-field obligations.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import schemas

CASES: Any = schemas.parse((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))


def steps(text: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isdigit() else step for step in text.split("."))


def change(message: Any, path: str, value: Any) -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            change(message, f"{path}.{name}", each)
        return
    *most, last = steps(path)
    for step in most:
        message = message[step]
    if value is None:
        message.pop(last, None)
    else:
        message[last] = value


@pytest.mark.parametrize(
    ("rule", "where", "changes", "place"),
    CASES,
    ids=[f"{case[0]} {case[1]} {index}" for index, case in enumerate(CASES)],
)
def test_a_rule_finds_its_breach(rule: str, where: str, changes: dict[str, Any], place: str):
    registry = schemas.load("v1")
    infno, direction = where.split()
    message = schemas.parse(registry.examples[infno, direction])  # type: ignore[index]  # one of the two directions
    for path, value in changes.items():
        change(message, path, value)
    plan = registry.validator(infno, direction).plan  # type: ignore[arg-type]
    found = {(breach.rule, breach.path) for breach in plan.broken(message)}
    assert (rule, steps(place)) in found


def test_every_rule_has_a_case():
    assert {rule.id for rule in schemas.load("v1").rules} == {case[0] for case in CASES}
