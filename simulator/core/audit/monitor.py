"""What is watched of institutions and of the audit itself (P75-54, JL-6.2d, JL-6.2e), as pure functions over rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import NamedTuple

from simulator.core.audit.facts import Reviewed
from simulator.core.benefit.settlement import Settlement
from simulator.core.values.money import WHOLE_RATE, half_up


class Watched(NamedTuple):
    """One institution in one month (ISO text): bills and fen; a cancelled bill takes itself off its month.

    ``growth`` is that of the mean bill over the month before, ``reimbursement`` the funds' share of the bills, both in
    basis points; None where there is nothing to compare with.
    """

    hospital: str
    month: str
    bills: int
    amount: int
    fund: int
    mean: int | None
    growth: int | None
    reimbursement: int | None


def watch(rows: Iterable[Settlement]) -> tuple[Watched, ...]:
    """Return mean bill, its growth and the reimbursement rate by institution and month, in order (P75-54)."""
    sums: dict[tuple[str, str], tuple[int, int, int]] = {}
    for row in rows:
        key = (row.hospital, f"{row.at:%Y-%m}")
        bills, amount, fund = sums.get(key, (0, 0, 0))
        sums[key] = (bills + row.sign, amount + row.shares.medfee_sumamt, fund + row.shares.fund_pay_sumamt)
    found: list[Watched] = []
    means: dict[tuple[str, str], int] = {}
    for (hospital, month), (bills, amount, fund) in sorted(sums.items()):
        mean = half_up(amount, bills) if bills > 0 else None
        before = means.get((hospital, _month_before(month)))
        growth = half_up((mean - before) * WHOLE_RATE, before) if mean is not None and before else None
        rate = half_up(fund * WHOLE_RATE, amount) if amount > 0 else None
        found.append(Watched(hospital, month, bills, amount, fund, mean, growth, rate))
        if mean is not None:
            means[hospital, month] = mean
    return tuple(found)


def coverage(settled: Collection[str], reviews: Iterable[Reviewed]) -> int:
    """Return the share of bills, by ``setl_id``, that were reviewed, in basis points; all of none is all (JL-6.2d)."""
    reviewed = {each.setl_id for each in reviews if each.own}
    return half_up(len(reviewed.intersection(settled)) * WHOLE_RATE, len(settled)) if settled else WHOLE_RATE


def median_lag(reviews: Iterable[Reviewed], *, cross: bool) -> dt.timedelta | None:
    """Return the median time from settlement to review of visitors' or local bills; None for none (JL-6.2e)."""
    lags = sorted(each.at - each.settled_at for each in reviews if each.own and each.cross == cross)
    if not lags:
        return None
    middle = len(lags) // 2
    return lags[middle] if len(lags) % 2 else (lags[middle - 1] + lags[middle]) / 2


def _month_before(month: str) -> str:
    return f"{dt.date.fromisoformat(f'{month}-01') - dt.timedelta(days=1):%Y-%m}"
