"""What settlement rows add up to, as the clearing messages list it: by fund, cleared, deducted, claimed.

Amounts are fen. Deductions of an audit are positive and subtracted: what is claimed is ``clr_sumamt - ded_sumamt``
(P75-50). NCMS rows (新农合) are cleared on a track of their own and never counted here (JL-7.3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from simulator.core.benefit.settlement import Settlement
from simulator.core.clearing.months import compact, expanded
from simulator.core.platform.message import Block

EMPLOYEES, RESIDENTS = "310", "390"  # 职工, 城居: the two columns of the balance sheet (P75-A10)

FUNDS = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "hifdm_pay", "maf_pay", "oth_pay")
# fund_pay_type of each fund and, last, of the personal account: of employees and of residents.
FUND_TYPES = {
    EMPLOYEES: ("310100", "320100", "370100", "310300", "330100", "350100", "610100", "999997", "310200"),
    RESIDENTS: ("390100", "320100", "370100", "390200", "330100", "350100", "610100", "999997", "390500"),
}
_PREPAID = {EMPLOYEES: "310101", RESIDENTS: "390101"}


def fund_types(insutype: str) -> tuple[str, ...]:
    """Return ``fund_pay_type`` of the eight funds and the account; other insurances go with the residents'."""
    return FUND_TYPES.get(insutype, FUND_TYPES[RESIDENTS])


def basic_fund(insutype: str, *, prepaid: bool) -> str:
    """Return ``fund_pay_type`` of the basic fund, or of its prepaid money."""
    return _PREPAID.get(insutype, _PREPAID[RESIDENTS]) if prepaid else fund_types(insutype)[0]


class Sums(NamedTuple):
    """A group of settlement rows: their number (a cancelling row counts -1) and its amounts.

    ``funds`` are the eight parts of the funds' total in the order of ``FUNDS``, ``hospital`` is the hospital's part.
    """

    rows: int = 0
    medfee: int = 0
    funds: tuple[int, ...] = (0,) * len(FUNDS)
    account: int = 0
    cash: int = 0
    hospital: int = 0
    deducted: int = 0

    @property
    def fund(self) -> int:
        """Return the funds' total (``fund_pay_sumamt``)."""
        return sum(self.funds)

    @property
    def cleared(self) -> int:
        """Return the cleared amount, ``fund_pay_sumamt + acct_pay`` (P75-A9)."""
        return self.fund + self.account

    @property
    def claimed(self) -> int:
        """Return what is claimed: the cleared amount less the deductions (P75-50)."""
        return self.cleared - self.deducted

    def add(self, other: Sums) -> Sums:
        """Return the sum of both."""
        funds = tuple(one + two for one, two in zip(self.funds, other.funds, strict=True))
        return Sums(
            self.rows + other.rows,
            self.medfee + other.medfee,
            funds,
            self.account + other.account,
            self.cash + other.cash,
            self.hospital + other.hospital,
            self.deducted + other.deducted,
        )

    def split(self, insutype: str) -> tuple[tuple[str, int], ...]:
        """Return what is claimed by ``fund_pay_type``; deductions come off the basic fund. Nothing is left out."""
        basic = self.funds[0] - self.deducted
        return tuple(zip(fund_types(insutype), (basic, *self.funds[1:], self.account), strict=True))

    def fields(self) -> dict[str, int]:
        """Return the amounts by the names of a row of C102, which C101 has too."""
        return {
            "medfee_sumamt": self.medfee,
            **dict(zip(FUNDS, self.funds, strict=True)),
            "fund_pay_sumamt": self.fund,
            "acct_pay": self.account,
            "clr_sumamt": self.cleared,
            "ded_sumamt": self.deducted,
            "fund_appy_sum": self.claimed,
        }


NO_SUMS = Sums()


def total(parts: Iterable[Sums]) -> Sums:
    """Return the sum of groups."""
    summed = NO_SUMS
    for part in parts:
        summed = summed.add(part)
    return summed


def sums_of(row: Settlement) -> Sums:
    """Return what one settlement row adds."""
    shares = row.shares
    funds = tuple(getattr(shares, name, 0) for name in FUNDS)  # the shares know no fund of disabled soldiers
    return Sums(row.sign, shares.medfee_sumamt, funds, shares.acct_pay, shares.psn_cash_pay, shares.hosp_part_amt)


def sums_in(row: Block) -> Sums:
    """Return the amounts of a row of C101 or C102; the fields that C102 lacks are 0."""
    return Sums(
        row.get("setl_totlnum", 0),
        row["medfee_sumamt"],
        tuple(row[name] for name in FUNDS),
        row["acct_pay"],
        row.get("psn_cash_pay", 0),
        row.get("hosp_part_amt", 0),
        row["ded_sumamt"],
    )


class ClaimRow(NamedTuple):
    """What a treatment city claims of one pooling area for one month, insurance and clearing type (a row of C101)."""

    treatment: str
    insured: str
    area: str
    insutype: str
    clr_type: str
    month: str
    paid_on: dt.date
    sums: Sums

    def block(self, number: int) -> dict[str, Any]:
        """Return the row as C101 lists it, with its number in the list."""
        return {
            "seqno": number,
            "mdtrtarea_admvs": self.treatment,
            "insuplc_admdvs": self.insured,
            "insu_admdvs": self.area,
            "insutype": self.insutype,
            "clr_type": self.clr_type,
            "setl_totlnum": self.sums.rows,
            **self.sums.fields(),
            "psn_cash_pay": self.sums.cash,
            "hosp_part_amt": self.sums.hospital,
            "cashym": compact(self.month),
            "psntime": max(self.sums.rows, 0),  # a number of visits is not below 0, where all were cancelled
            "dfr_date": self.paid_on.isoformat(),
        }


def claim_in(row: Block) -> ClaimRow:
    """Return a row of C101."""
    return ClaimRow(
        row["mdtrtarea_admvs"],
        row["insuplc_admdvs"],
        row["insu_admdvs"],
        row["insutype"],
        row["clr_type"],
        expanded(row["cashym"]),
        dt.date.fromisoformat(row["dfr_date"]),
        sums_in(row),
    )
