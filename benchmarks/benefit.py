"""Settlements computed per second beside a bare integer sum of the same figures, interleaved in one run.

    .venv/bin/python benchmarks/benefit.py [--bills 20000] [--repeats 7]

The bare sum is what a script would do: a deductible, four tiers, a yearly cap and critical illness in plain integers,
its figures written into it. The computation does the same bills with the whole stack, dated rules and the year's
accumulators; with receipts it also keeps every step. Both must pay the same fen. Figures are processor seconds, the
median of the rounds; the ratio is what counts, as the machine may be shared. Exit code 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import RESIDENT, Circumstance, YearSoFar, rules_for
from simulator.core.benefit.stack import Step, compute
from simulator.core.values.parameters import Tier
from simulator.inputs.packs import load_pack

OPEN = 10**15
TIERS = ((0, 1_000_000, 6000), (1_000_000, 3_000_000, 6500), (3_000_000, 6_000_000, 7000), (6_000_000, OPEN, 7500))
SECOND = ((1_500_000, 5_000_000, 6000), (5_000_000, 10_000_000, 7000), (10_000_000, OPEN, 8000))
LIMITS = {"whole stack": 20.0, "with receipts": 60.0}  # times as long as the bare sum
DEDUCTIBLE, CAP = 80_000, 25_000_000
WHERE = Circumstance("320300", RESIDENT, "15", "tertiary", "long_term_residence", dt.date(2023, 6, 1))

Bill = tuple[ClassTotals, YearSoFar]


def bare(in_scope: int, paid_before: int, burden_before: int) -> int:
    """Return what the basic fund and critical illness pay, in fen; written for speed."""
    base = in_scope - DEDUCTIBLE
    basic = 0
    for floor, ceiling, rate in TIERS:
        if base <= floor:
            break
        basic += (((base if base < ceiling else ceiling) - floor) * rate + 5000) // 10000
    basic = min(basic, CAP - paid_before)
    after = burden_before + in_scope - basic
    for floor, ceiling, rate in SECOND:
        if after <= floor:
            break
        if burden_before < ceiling:
            top, bottom = after if after < ceiling else ceiling, burden_before if burden_before > floor else floor
            basic += ((top - bottom) * rate + 5000) // 10000
    return basic


def drawn(count: int) -> list[Bill]:
    """Return invented bills with a year before them: most small, a few across every tier and the cap."""
    rng = random.Random(1)
    bills = []
    for _ in range(count):
        scope = int(rng.lognormvariate(13.6, 1.2))
        totals = ClassTotals(scope // 12, scope // 50, scope // 20, scope)
        bills.append((totals, YearSoFar(0, rng.randrange(0, CAP, 7), rng.randrange(0, 4_000_000, 3))))
    return bills


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def rounds(bills: Sequence[Bill], repeats: int) -> list[tuple[float, float, float]]:
    """Return processor seconds of the bare sum, the computation, and the computation with receipts, round by round."""
    rules = rules_for(load_pack("jiangsu-2023"), WHERE)
    rules = rules._replace(plan=rules.plan._replace(tiers=tuple(Tier(*each) for each in TIERS)))

    def whole(totals: ClassTotals, year: YearSoFar, trace: list[Step] | None = None) -> int:
        return compute(totals, rules, year, 0, use_account=True, trace=trace)[0].fund_pay_sumamt

    assert all(whole(*bill) == bare(bill[0].in_scope, bill[1].basic_paid, bill[1].burden) for bill in bills)
    return [
        (
            seconds(lambda: [bare(totals.in_scope, year.basic_paid, year.burden) for totals, year in bills]),
            seconds(lambda: [whole(totals, year) for totals, year in bills]),
            seconds(lambda: [whole(totals, year, []) for totals, year in bills]),
        )
        for _ in range(repeats)
    ]


def main() -> int:
    """Measure, print, and compare with the limits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bills", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=7)
    asked = parser.parse_args()
    found = rounds(drawn(asked.bills), asked.repeats)
    medians = [statistics.median(each) for each in zip(*found, strict=True)]
    missed = False
    print("computation         bills/s  times the bare sum  limit")
    for name, median in zip(("bare sum", *LIMITS), medians, strict=True):
        times, limit = median / medians[0], LIMITS.get(name, 1.0)
        missed |= times > limit
        print(f"{name:14} {asked.bills / median:12,.0f} {times:19.1f} {limit:6.0f}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
