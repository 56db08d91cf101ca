"""The rules of a circumstance made ready for computing: plain integers, worked out once and used for every bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.values.money import WHOLE_RATE, share_of
from simulator.core.values.parameters import Tier, Value


class Plan(NamedTuple):
    """Amounts in fen, rates in basis points; None where there is no such rule.

    ``deductibles`` are those of the first, second … stay of the year, the last standing for every later one; care
    other than inpatient has one, for the year, or none. ``tiers`` and ``second`` are floor, ceiling (None: open) and
    rate of each band; those of ``tiers`` have the changes for retirement and filing type in them.
    """

    care: str
    disease: str
    deductibles: tuple[int, ...]
    tiers: tuple[Tier, ...]
    cap: int | None
    large: int | None
    large_cap: int | None
    second: tuple[Tier, ...]
    counts_burden: bool
    counts_first_pay: bool
    civil: int | None
    enterprise: int | None
    aid: int | None
    aid_cap: int | None
    hospital: int | None
    own_account: bool
    family_account: bool


def planned(values: Mapping[str, Value], care: str, disease: str, *, counts_burden: bool) -> Plan:
    """Return the plan that the values of the rules in force come to."""

    def number(rule: str) -> int | None:
        value = values.get(rule)
        assert value is None or isinstance(value, int)
        return value

    change = (number("bonus") or 0) - (number("cut") or 0)
    return Plan(
        care=care,
        disease=disease,
        deductibles=_deductibles(values, number("deductible")),
        tiers=tuple(
            tier._replace(rate=min(max(tier.rate + change, 0), WHOLE_RATE)) for tier in _tiers(values["tiers"])
        ),
        cap=number("cap"),
        large=number("large"),
        large_cap=number("large_cap"),
        second=_tiers(values["second"]) if counts_burden and "second" in values else (),
        counts_burden=counts_burden,
        counts_first_pay=bool(values.get("second_counts_first_pay")),
        civil=number("civil"),
        enterprise=number("enterprise"),
        aid=number("aid"),
        aid_cap=number("aid_cap"),
        hospital=number("hospital"),
        own_account=bool(values.get("account_use")),
        family_account=bool(values.get("account_family")),
    )


def _tiers(value: Value) -> tuple[Tier, ...]:
    assert isinstance(value, tuple)
    return value  # type: ignore[return-value]  # the reader of packs makes tiers of unit "tiers"


def _deductibles(values: Mapping[str, Value], full: int | None) -> tuple[int, ...]:
    """Return the deductible of each stay of a year.

    A pack gives later stays either factors, or a step by which each is lower than the one before; in both cases never
    less than ``repeat_floor``, and never more than the first.
    """
    if full is None:
        return ()
    floor, factors, step = (values.get(f"repeat_{rule}") for rule in ("floor", "factors", "step"))
    least = floor if isinstance(floor, int) else 0
    stays = [full]
    if isinstance(factors, tuple):
        stays = [share_of(full, factor) for factor in factors if isinstance(factor, int)]
    elif isinstance(step, int) and step > 0:
        stays = [*range(full, least, -step), least]
    return tuple(min(max(each, least), full) for each in stays)
