"""What differs in the inputs of two scenarios: figures, dated parameters, targets, areas and duties, by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from simulator.core.values.parameters import Basis, Tier
from simulator.inputs.scenarios import Scenario
from simulator.outputs.texts import Say

FIGURE, PARAMETER, TARGET, AREA, DUTY = "figure", "parameter", "target", "area", "duty"


class Change(NamedTuple):
    """An input that differs: its kind and key, its name, both values as text (None: not there), and what each rests on.

    A basis is a clause of the requirement rows or the id of an assumption; empty where the input bears none itself.
    """

    kind: str
    key: str
    zh: str
    en: str
    a: str | None
    b: str | None
    basis_a: str = ""
    basis_b: str = ""


class _Entry(NamedTuple):
    zh: str
    en: str
    value: str
    basis: str = ""


def changes(a: Scenario, b: Scenario) -> Sequence[Change]:
    """Return every input that differs between two scenarios, by kind and key."""
    found: list[Change] = []
    for kind, entries in _KINDS.items():
        old, new = dict(entries(a)), dict(entries(b))
        found += (_change(kind, key, old.get(key), new.get(key)) for key in sorted(old | new, key=_natural(old, new)))
    return [each for each in found if each.a != each.b]


def _natural(old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    """Return a sort key: the order of the first scenario, then that of the second."""
    places = {key: place for place, key in enumerate([*old, *(key for key in new if key not in old)])}
    return places.__getitem__


def _change(kind: str, key: str, old: _Entry | None, new: _Entry | None) -> Change:
    named = new or old
    assert named is not None  # the key is of one of the two
    values = (old.value if old else None, new.value if new else None)
    return Change(kind, key, named.zh, named.en, *values, old.basis if old else "", new.basis if new else "")


_Entries = Iterator[tuple[str, _Entry]]


def _figures(scenario: Scenario) -> _Entries:
    """Yield figures; of a table each entry by itself, so that a change in one city is seen as one."""
    for key, figure in scenario.figures.items():
        parts = figure.value if isinstance(figure.value, Mapping) else {"": figure.value}
        for name, value in parts.items():
            text = ", ".join(map(_plain, value)) if isinstance(value, tuple) else _plain(value)
            yield f"{key}.{name}" if name else key, _Entry(figure.zh, figure.en, text, _basis(figure.basis))


def _parameters(scenario: Scenario) -> _Entries:
    for name, parameter in scenario.pack.parameters.items():
        for city, series in parameter.records.items():
            for record in series:
                key = f"{name}{'' if city == '*' else f'.{city}'} {record.valid_from}"
                until = f" (– {record.valid_to})" if record.valid_to else ""
                value = f"{_value(record.value, parameter.unit)}{until}"
                yield key, _Entry(parameter.zh, parameter.en, value, _basis(record.basis))


def _targets(scenario: Scenario) -> _Entries:
    for target in scenario.targets:
        asked = "" if target.value is None else f"{target.op} {Say.rate(target.value)} "
        yield target.id, _Entry(target.zh, target.en, f"{asked}{target.by}", target.clause)


def _areas(scenario: Scenario) -> _Entries:
    for area in scenario.network.registry.areas.values():
        day = "" if area.connected_on is None else area.connected_on.isoformat()
        yield area.code, _Entry(area.zh, area.en, day)


def _duties(scenario: Scenario) -> _Entries:
    for duty in scenario.administration.duties.values():
        due = f"{duty.due.value} {duty.due.unit}"
        parts = {"due": due, "days": duty.pace.days, "late": duty.pace.late, "late_days": duty.pace.late_days}
        for name, value in parts.items():
            yield f"duty.{duty.id}.{name}", _Entry(duty.zh, duty.en, str(value), duty.clause if name == "due" else "")


_KINDS = {FIGURE: _figures, PARAMETER: _parameters, TARGET: _targets, AREA: _areas, DUTY: _duties}


def _plain(number: int | Decimal) -> str:
    """Return a number without needless zeros: 1.00 and 1 are no difference."""
    return f"{number.normalize():f}" if isinstance(number, Decimal) else str(number)


def _basis(basis: Basis) -> str:
    return basis.clause or basis.assumption


def _value(value: Any, unit: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(_part(each) for each in value)
    if isinstance(value, bool | str) or unit not in {"yuan", "ratio"}:
        return str(value)
    return Say.yuan(value) if unit == "yuan" else Say.rate(value)


def _part(part: Tier | int | str) -> str:
    if isinstance(part, Tier):
        top = "" if part.ceiling is None else Say.yuan(part.ceiling)
        return f"{Say.yuan(part.floor)}–{top}: {Say.rate(part.rate)}"
    return Say.rate(part) if isinstance(part, int) else part
