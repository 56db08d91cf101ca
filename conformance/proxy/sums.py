"""Sums inside one message: wherever a block has a total and its parts, they must agree to the fen.

The rules of a settlement are those of the core (P75-A9, P75-06); a test holds the table to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from conformance.proxy.findings import LINE, SUM, Finding, finding
from conformance.proxy.reading import Row, blocks_in, fen
from simulator.core.benefit.bill import TOTAL_FIELDS
from simulator.core.values.money import line_amount

_PRICE, _QUANTITY = 6, 4  # decimals
CASH = ("psn_cash_pay", "pdn_cash_pay")
"""What the person pays in cash, and how the reply of 2208 spells it."""


class Sum(NamedTuple):
    """A total and its parts; ``perhaps`` are parts that count where they stand."""

    total: str
    parts: tuple[str, ...]
    perhaps: tuple[str, ...] = ()


SUMS = (
    Sum("medfee_sumamt", TOTAL_FIELDS),
    Sum("medfee_sumamt", ("fund_pay_sumamt", "psn_part_amt"), ("hosp_part_amt",)),
    Sum(
        "fund_pay_sumamt",
        ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay"),
        ("hifdm_pay",),
    ),
    Sum("psn_part_amt", ("acct_pay", "psn_cash_pay")),
    Sum("det_item_fee_sumamt", ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")),
)


def sums_in(side: str, infno: str, message: Any) -> Iterator[Finding]:
    """Yield what does not add up in a message."""
    for place, row in blocks_in(message):
        for rule in SUMS:
            should, was = expected(rule, row), fen(row, rule.total)
            if should is not None and was is not None and should != was:
                yield finding(SUM, side, infno, f"{place}/{rule.total}", should, was)
        price, quantity = fen(row, "pric", _PRICE), fen(row, "cnt", _QUANTITY)
        amount = fen(row, "det_item_fee_sumamt")
        if price is not None and quantity is not None and amount not in {None, line_amount(price, quantity)}:
            should = line_amount(price, quantity)
            yield finding(LINE, side, infno, f"{place}/det_item_fee_sumamt", should, amount or 0)


def expected(rule: Sum, row: Row) -> int | None:
    """Return what a total must be by its parts, None where one of them is missing."""
    parts = [fen(spelt(row), field) for field in rule.parts]
    if any(part is None for part in parts):
        return None
    return sum(part or 0 for part in parts) + sum(fen(row, field) or 0 for field in rule.perhaps)


def spelt(row: Row) -> Row:
    """Return a block with the one field that 2208 spells otherwise under its usual name."""
    usual, odd = CASH
    return {**row, usual: row[odd]} if odd in row and usual not in row else row
