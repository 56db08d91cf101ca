"""The papers of clearing as values: the sheet of a month, what follows from it to be paid, the bank's voucher.

A sheet is of one of two kinds. *In-province*: the cities' differences go net, through the province, each insurance by
itself, as its fund is kept by itself. *Cross-province*: who insures pays the treatment place in full.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from simulator.core.clearing.deadlines import CROSS_PROVINCE, IN_PROVINCE
from simulator.core.clearing.months import compact, expanded
from simulator.core.clearing.sheet import SheetLine, sheet_lines
from simulator.core.clearing.sums import EMPLOYEES, NO_SUMS, RESIDENTS, ClaimRow, Sums, sums_in
from simulator.core.platform.message import Block, Message

IN_PROVINCE_SHEET, CROSS_PROVINCE_SHEET, PREPAID_SHEET = "1", "2", "3"  # clr_sht_type
TRANSFERRED_VOUCHER, RECEIPT_VOUCHER = "1", "2"  # vchr_type
CLEARING_MONEY, PREPAID_MONEY = "2", "3"  # colct_type
TABLES = {IN_PROVINCE_SHEET: IN_PROVINCE, CROSS_PROVINCE_SHEET: CROSS_PROVINCE}  # of deadlines
CALL_MARK = "TZ"  # begins the number of an emergency call (调增单)
_CORRECTED = "R"


class Pair(NamedTuple):
    """What a treatment city claims of an insured city in one insurance by one application."""

    treatment: str
    insured: str
    insutype: str
    event: str
    sums: Sums


class PaperSheet(NamedTuple):
    """A sheet as it is sent (C102): all members' lines, and the pairs the receiver takes part in.

    A corrected sheet has the number of the first one and ``R1``, ``R2`` …; ``base`` is the number without it.
    """

    number: str
    kind: str
    month: str
    on: dt.date
    confirm_by: dt.date
    pay_by: dt.date
    lines: tuple[SheetLine, ...]
    pairs: tuple[Pair, ...]

    @property
    def base(self) -> str:
        """Return the number by which the sheet's case is known through all its corrections."""
        return base_of(self.number)

    @property
    def revision(self) -> int:
        """Return how often the sheet has been corrected."""
        return int(self.number.partition(_CORRECTED)[2] or 0)

    def corrected(self) -> str:
        """Return the number of the next correction."""
        return f"{self.base}{_CORRECTED}{self.revision + 1}"

    def blocks(self, receiver: str) -> dict[str, Any]:
        """Return the blocks of C102 for one receiver; the pairs are no more than fit."""
        lines = [
            {
                "seqno": number,
                "admdvs": line.city,
                "insutype": line.insutype,
                "recv_amt": line.collects,
                "pay_amt": line.pays,
                "diff_amt": line.difference,
            }
            for number, line in enumerate(self.lines, 1)
        ]
        data = {
            "clr_sht_no": self.number,
            "clr_sht_type": self.kind,
            "setlym": compact(self.month),
            "admdvs": receiver,
            "sht_date": self.on.isoformat(),
            "cnfm_ddln_date": self.confirm_by.isoformat(),
            "pay_ddln_date": self.pay_by.isoformat(),
            "recv_sumamt": sum(line.collects for line in self.lines),
            "pay_sumamt": sum(line.pays for line in self.lines),
            "diff_sumamt": sum(line.difference for line in self.lines),
            "totalrow": len(lines),
        }
        pairs = [
            {
                "seqno": number,
                "mdtrtarea_admvs": pair.treatment,
                "insuplc_admdvs": pair.insured,
                "insutype": pair.insutype,
                "clr_appy_evt_id": pair.event,
                **pair.sums.fields(),
            }
            for number, pair in enumerate(self.pairs, 1)
        ]
        return {"data": data, "shtlist": lines, "pairlist": pairs}

    def concerning(self, mine: Callable[[str], bool]) -> PaperSheet:
        """Return the sheet with only the pairs in which a city is mine."""
        return self._replace(pairs=tuple(pair for pair in self.pairs if mine(pair.treatment) or mine(pair.insured)))


class Debt(NamedTuple):
    """What is to be paid to a payee (``kind`` as ``dfr_obj``) in one insurance, in fen."""

    kind: str
    payee: str
    insutype: str
    amount: int


class Share(NamedTuple):
    """A part of a debt by pooling area and ``fund_pay_type``: the annex that goes to finance with the sheet."""

    payee: str
    area: str
    insutype: str
    fund: str
    amount: int


class Voucher(NamedTuple):
    """A bank voucher (银行凭证): of a transfer (``kind`` 1) or a receipt (2), by the order it belongs to, in fen."""

    dfr_id: str
    source_no: str
    kind: str
    number: str
    amount: int
    on: dt.date

    @property
    def signed(self) -> int:
        """Return what the voucher adds to the account: a transfer takes away."""
        return self.amount if self.kind == RECEIPT_VOUCHER else -self.amount


def base_of(number: str) -> str:
    """Return the number of a sheet without the mark of a correction; other papers' numbers have none."""
    return number.partition(_CORRECTED)[0]


def pairs_of(claims: Iterable[tuple[str, ClaimRow]]) -> tuple[Pair, ...]:
    """Return the pairs of claims, given as (application, row): the areas, types and months of a pair together."""
    summed: dict[tuple[str, str, str, str], Sums] = {}
    for event, row in claims:
        key = (row.treatment, row.insured, row.insutype, event)
        summed[key] = summed.get(key, NO_SUMS).add(row.sums)
    return tuple(Pair(*key, sums) for key, sums in sorted(summed.items()))


def lines_of_pairs(
    pairs: Iterable[Pair], member_of: Callable[[str], str], members: Iterable[str]
) -> tuple[SheetLine, ...]:
    """Return the balance sheet of pairs, employees and residents always among its kinds (P75-A10).

    ``member_of`` is the line a city belongs to: itself, or its province.
    """
    amounts: dict[tuple[str, ...], int] = {}
    kinds = {EMPLOYEES, RESIDENTS}
    for pair in pairs:
        key = (member_of(pair.treatment), member_of(pair.insured), pair.insutype)
        amounts[key] = amounts.get(key, 0) + pair.sums.claimed
        kinds.add(pair.insutype)
    return sheet_lines(amounts, members, sorted(kinds))


def balances(pairs: Iterable[Pair], mine: Callable[[str], bool]) -> dict[str, tuple[int, int]]:
    """Return what my cities collect from others and pay to others, by insurance, in fen."""
    found: dict[str, tuple[int, int]] = {}
    for pair in pairs:
        collects, pays = found.get(pair.insutype, (0, 0))
        if mine(pair.treatment):
            collects += pair.sums.claimed
        if mine(pair.insured):
            pays += pair.sums.claimed
        found[pair.insutype] = (collects, pays)
    return dict(sorted(found.items()))


def due(kind: str, collects: int, pays: int) -> tuple[int, int]:
    """Return what is to be paid and what is to come in one insurance by a kind of sheet, in fen, neither below 0.

    In-province it is the difference; cross-province each side in full, where a month of refunds turns it round.
    """
    if kind == IN_PROVINCE_SHEET:
        return max(pays - collects, 0), max(collects - pays, 0)
    return max(pays, 0) + max(-collects, 0), max(collects, 0) + max(-pays, 0)


def signed(sheet: PaperSheet, mine: Callable[[str], bool], *, to_pay: bool) -> tuple[tuple[Pair, int], ...]:
    """Return the pairs that make up what my cities have to pay by a sheet (``to_pay``), or what is to come to them.

    What counts for it is +1, what counts against it -1; where each side goes in full, only a month of refunds does.
    """
    found = balances(sheet.pairs, mine)
    net = sheet.kind == IN_PROVINCE_SHEET
    pairs = []
    for pair in sheet.pairs:
        collects, pays = found[pair.insutype]
        plus, minus = (pair.insured, pair.treatment) if to_pay else (pair.treatment, pair.insured)
        much, little = (pays, collects) if to_pay else (collects, pays)
        if mine(plus) and (net or much > 0):
            pairs.append((pair, 1))
        if mine(minus) and (net or little < 0):
            pairs.append((pair, -1))
    return tuple(pairs)


def sheet_in(asked: Message) -> PaperSheet:
    """Return the sheet of a C102."""
    data = asked.block("data")
    return PaperSheet(
        data["clr_sht_no"],
        data["clr_sht_type"],
        expanded(data["setlym"]),
        dt.date.fromisoformat(data["sht_date"]),
        dt.date.fromisoformat(data["cnfm_ddln_date"]),
        dt.date.fromisoformat(data["pay_ddln_date"]),
        tuple(
            SheetLine(row["admdvs"], row["insutype"], row["recv_amt"], row["pay_amt"]) for row in asked.rows("shtlist")
        ),
        tuple(_pair_in(row) for row in asked.rows("pairlist")),
    )


def _pair_in(row: Block) -> Pair:
    treatment, insured = row["mdtrtarea_admvs"], row["insuplc_admdvs"]
    return Pair(treatment, insured, row["insutype"], row["clr_appy_evt_id"], sums_in(row))
