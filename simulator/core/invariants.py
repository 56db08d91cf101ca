"""The named invariants: what must hold in every run, quoted by the tests and by failed checks.

Each takes values and returns True when it holds. ``INVARIANTS`` names them all with what they say.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.settlement import Settlement
from simulator.core.benefit.shares import (
    Shares,
    bill_adds_up,
    classes_add_up,
    cleared_both_ways,
    family_within_account,
    funds_add_up,
    no_part_below_nothing,
    paid_within_bill,
    person_adds_up,
)
from simulator.core.clearing.sheet import Sheet, SheetLine
from simulator.core.platform.books import Posting
from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.rows import NCMS
from simulator.core.reconciliation.totals import Totals


def lines_sum_to_bill(totals: ClassTotals, shares: Shares) -> bool:
    """The lines' class totals are the settlement's."""
    return (totals.bill, *totals) == shares[:5]


def settled_once(rows: Iterable[Settlement]) -> bool:
    """Nothing is settled twice: of a visit, its part or charge batch, rows settling less rows cancelling is 0 or 1."""
    in_force: dict[tuple[str, str], int] = {}
    for row in rows:
        what = row.mdtrt_id, row.batch
        in_force[what] = in_force.get(what, 0) + row.sign
        if in_force[what] not in {0, 1}:
            return False
    return True


def filed_where_needed(row: Settlement) -> bool:
    """No direct cross-city settlement without a valid filing."""
    return row.treatment_city == row.insured_city or (row.inputs is not None and bool(row.inputs.where.filing_type))


def no_tier_skipped(legs: Iterable[tuple[str, str]], tiers: Mapping[str, int]) -> bool:
    """No message skips a tier: each leg joins neighbours (hospital 0, city 1, province 2, ministry 3), JS-3.1a."""
    return all(abs(tiers[start] - tiers[end]) == 1 for start, end in legs)


def posting_balances(entry: Posting) -> bool:
    """Debits and credits of a posting sum to zero."""
    return sum(leg.amount for leg in entry.legs) == 0


def books_mirror(payable: int, receivable: int) -> bool:
    """A's payable to B is B's receivable from A (账账相符)."""
    return payable == -receivable


def sheet_is_zero(sheet: Sheet) -> bool:
    """The clearing balance sheet of all cities sums to zero, for each insurance type and together (P75-A10)."""
    return lines_are_zero(sheet.lines)


def lines_are_zero(lines: Iterable[SheetLine]) -> bool:
    """The differences on a clearing sheet sum to zero for each insurance (P75-A10)."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.insutype] = sums.get(line.insutype, 0) + line.difference
    return not any(sums.values())


def three_sides_agree(sides: Sequence[Totals]) -> bool:
    """Treatment city, province and insured city have the same totals (P75-41)."""
    return all(side == sides[0] for side in sides)


def paid_first(paid: dt.date | None, cleared: int, applied: dt.date) -> bool:
    """An institution was paid no later than its bill was claimed elsewhere; a refund needs no payment (JL-4.1d)."""
    return cleared <= 0 or (paid is not None and paid <= applied)


def received_as_sent(sent: int, received: int, sheet: int) -> bool:
    """What was sent, what was received and what the sheet says are the same (JL-4.2d, JL-4.2e)."""
    return sent == received == sheet


def ledgers_agree(agency: int, finance: int, bank: int, unreported: int) -> bool:
    """Agency's and finance's ledgers and the bank agree but for what is not reported yet (账账、账款相符, JL-4.2j)."""
    return finance == bank == agency + unreported


def never_negative(amounts: Iterable[int]) -> bool:
    """No area's pooled or prepaid money is below nothing (JL-4.2i)."""
    return all(amount >= 0 for amount in amounts)


def within_prepaid(advanced: int, prepaid: int, cleared: int) -> bool:
    """What was paid out for a payer is no more than it has prepaid and cleared (P75-05)."""
    return advanced <= prepaid + cleared


def apart_from_ncms(insurances: Iterable[str]) -> bool:
    """No row of NCMS stands on a sheet of the basic insurance (JL-7.3)."""
    return NCMS not in set(insurances)


# What holds wherever months are cleared and paid.
CLEARING_INVARIANTS = (
    lines_are_zero,
    paid_first,
    received_as_sent,
    ledgers_agree,
    never_negative,
    within_prepaid,
    apart_from_ncms,
)


def copy_is_whole(held: Iterable[Hashable], copied: Iterable[Hashable]) -> bool:
    """At day end the province's copy is what the city holds: base data move upward (JS-3.3a)."""
    return Counter(held) == Counter(copied)


def nothing_unmatched(mismatches: Iterable[Mismatch]) -> bool:
    """After correction no row of a day is held by some sides only, or otherwise (JL-4.1a)."""
    return not any(True for _ in mismatches)


# What holds wherever days are reconciled.
RECONCILIATION_INVARIANTS = (copy_is_whole, nothing_unmatched)

INVARIANTS = (
    bill_adds_up,
    funds_add_up,
    person_adds_up,
    classes_add_up,
    family_within_account,
    cleared_both_ways,
    no_part_below_nothing,
    paid_within_bill,
    lines_sum_to_bill,
    settled_once,
    filed_where_needed,
    no_tier_skipped,
    posting_balances,
    books_mirror,
    sheet_is_zero,
    three_sides_agree,
    *CLEARING_INVARIANTS,
    *RECONCILIATION_INVARIANTS,
)
