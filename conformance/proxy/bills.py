"""Bills: what was uploaded, stated, tried, settled and cancelled of them must agree to the fen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.proxy.findings import LINES, MIRROR, STATED, TRIAL, UPSTREAM, Finding, finding
from conformance.proxy.reading import Read, Row, fen, rows_of
from simulator.core.benefit.bill import TOTAL_FIELDS
from simulator.core.benefit.shares import Shares

BILL = ("medfee_sumamt", *TOTAL_FIELDS)
_CLASSES_OF_LINE = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
_AMOUNTS = tuple(name for name in Shares._fields if name != "pool_prop_selfpay")
_CASH, _CASH_OF_2208 = "psn_cash_pay", "pdn_cash_pay"
_ALL = "0000"
_PLACE = "/output/setlinfo"


@dataclass
class Settled:
    """A settlement that was seen."""

    row: Row
    part: bool
    in_force: bool = True


class Lines:
    """The fee lines of a visit: amount and the four classes of each, None for classes that were not told."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], tuple[int | None, ...]] = {}
        self._sure = True

    def add(self, read: Read) -> None:
        """Take in lines that were accepted, with the classes the reply gives them."""
        told = {
            str(row.get("feedetl_sn")): row
            for name in ("result", "detlcutinfo")
            for row in rows_of(read.output.get(name))
        }
        for name in ("feedetail", "drugdetail"):
            for row in rows_of(read.input.get(name)):
                number = str(row.get("feedetl_sn"))
                classes = (fen(told.get(number, {}), each) for each in _CLASSES_OF_LINE)
                batch = str(row.get("chrg_bchno", ""))
                self._lines[batch, number] = (fen(row, "det_item_fee_sumamt"), *classes)

    def cancel(self, rows: Iterable[Row], *, settled: bool) -> None:
        """Take out lines that were cancelled; ``settled``: some are settled already, and stay when all are named."""
        for row in rows:
            batch, number = str(row.get("chrg_bchno", "")), str(row.get("feedetl_sn", _ALL))
            self._sure = self._sure and not (settled and number == _ALL)
            for key in list(self._lines):
                if batch in {_ALL, key[0]} and number in {_ALL, key[1]}:
                    del self._lines[key]

    def against(self, infno: str, stated: Row, row: Row, earlier: Iterable[Settled]) -> Iterator[Finding]:
        """Yield where a settlement is not the sum of the lines, less what earlier parts of the stay have settled."""
        if not self._sure:
            return
        batch = str(stated.get("chrg_bchno", ""))
        lines = [line for (of, _), line in self._lines.items() if of == batch]
        before = [[fen(each.row, name) for name in BILL] for each in earlier]
        for place, name in enumerate(BILL):
            parts = [line[place] for line in lines] + [-(part[place] or 0) for part in before]
            was = fen(row, name)
            if was is not None and None not in parts and sum(part or 0 for part in parts) != was:
                yield finding(LINES, UPSTREAM, infno, f"{_PLACE}/{name}", sum(part or 0 for part in parts), was)


def settlement_of(read: Read) -> Row:
    """Return the settlement a reply tells of, which 2305 may put into a list."""
    found = rows_of(read.output.get("setlinfo"))
    return spelt(found[0]) if found else {}


def spelt(row: Row) -> Row:
    """Return a block with the one field that 2208 spells otherwise under its usual name."""
    return {**row, _CASH: row[_CASH_OF_2208]} if _CASH_OF_2208 in row and _CASH not in row else row


def as_stated(infno: str, stated: Row, row: Row) -> Iterator[Finding]:
    """Yield where a reply has another bill than the request stated."""
    should, was = fen(stated, "medfee_sumamt"), fen(row, "medfee_sumamt")
    if should is not None and was is not None and should != was:
        yield finding(STATED, UPSTREAM, infno, f"{_PLACE}/medfee_sumamt", should, was)


def as_tried(infno: str, trial: Row, row: Row) -> Iterator[Finding]:
    """Yield where a settlement differs from its trial."""
    yield from _compared(TRIAL, infno, trial, row, 1)


def as_cancelled(infno: str, original: Row, row: Row) -> Iterator[Finding]:
    """Yield where a cancellation is not its settlement with the opposite sign."""
    yield from _compared(MIRROR, infno, original, row, -1)


def _compared(code: str, infno: str, before: Row, row: Row, sign: int) -> Iterator[Finding]:
    for name in _AMOUNTS:
        should, was = fen(before, name), fen(row, name)
        if should is not None and was is not None and sign * should != was:
            yield finding(code, UPSTREAM, infno, f"{_PLACE}/{name}", sign * should, was)
    rates = [each.get("pool_prop_selfpay") for each in (before, row)]
    if None not in rates and rates[0] != rates[1]:
        yield finding(code, UPSTREAM, infno, f"{_PLACE}/pool_prop_selfpay", str(rates[0]), str(rates[1]))
