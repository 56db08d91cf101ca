"""Debts by pooling area and fund: the annex that goes to finance with a sheet (P75-06; money goes by pooling area)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simulator.core.clearing.papers import Pair, Share
from simulator.core.values.money import spread


def by_fund(pairs: Iterable[tuple[Pair, int]]) -> dict[str, dict[str, int]]:
    """Return what pairs claim by insurance and ``fund_pay_type``; each pair counts +1 or -1 times."""
    found: dict[str, dict[str, int]] = {}
    for pair, sign in pairs:
        funds = found.setdefault(pair.insutype, {})
        for fund, amount in pair.sums.split(pair.insutype):
            funds[fund] = funds.get(fund, 0) + sign * amount
    return found


def by_area(
    payee: str, insutype: str, funds: Mapping[str, int], weights: Mapping[str, int], otherwise: str
) -> tuple[Share, ...]:
    """Split the funds of one debt by pooling area, in proportion to what each area's people cost that month.

    Net of what the city collects, an area's share cannot be read from its own bills: it bears the net in proportion.
    ``otherwise`` is the area of a debt without bills of that month.
    """
    areas = {area: weight for area, weight in sorted(weights.items()) if weight > 0} or {otherwise: 1}
    return tuple(
        Share(payee, area, insutype, fund, part)
        for fund, amount in funds.items()
        for area, part in zip(areas, spread(amount, tuple(areas.values())), strict=True)
        if part
    )
