"""The parts of a bill by who pays them (费用分担), and the identities that hold between the amounts."""

from __future__ import annotations

from typing import NamedTuple


class Shares(NamedTuple):
    """The parts of a bill in fen, by the interface's field names; ``pool_prop_selfpay`` is a rate in basis points.

    ``acct_mulaid_pay`` (共济账户, family money) is part of ``acct_pay``, not beside it.
    """

    medfee_sumamt: int
    fulamt_ownpay_amt: int
    overlmt_selfpay: int
    preselfpay_amt: int
    inscp_scp_amt: int
    act_pay_dedc: int
    hifp_pay: int
    pool_prop_selfpay: int
    cvlserv_pay: int
    hifes_pay: int
    hifmi_pay: int
    hifob_pay: int
    maf_pay: int
    oth_pay: int
    fund_pay_sumamt: int
    psn_part_amt: int
    acct_pay: int
    psn_cash_pay: int
    hosp_part_amt: int
    acct_mulaid_pay: int

    @property
    def cleared(self) -> int:
        """Return what the cities clear between them: ``fund_pay_sumamt + acct_pay`` (P75-A9)."""
        return self.fund_pay_sumamt + self.acct_pay

    def negated(self) -> Shares:
        """Return the mirror row of a cancelled settlement: every amount negative, the rate as it was."""
        return Shares(*(-part for part in self))._replace(pool_prop_selfpay=self.pool_prop_selfpay)


def bill_adds_up(shares: Shares) -> bool:
    """``medfee_sumamt = fund_pay_sumamt + psn_part_amt + hosp_part_amt`` (P75-A9)."""
    return shares.medfee_sumamt == shares.fund_pay_sumamt + shares.psn_part_amt + shares.hosp_part_amt


def funds_add_up(shares: Shares) -> bool:
    """``fund_pay_sumamt`` is the sum of the funds' parts: one bill lists each fund (P75-06)."""
    return shares.fund_pay_sumamt == (
        shares.hifp_pay
        + shares.cvlserv_pay
        + shares.hifes_pay
        + shares.hifmi_pay
        + shares.hifob_pay
        + shares.maf_pay
        + shares.oth_pay
    )


def person_adds_up(shares: Shares) -> bool:
    """``psn_part_amt = acct_pay + psn_cash_pay``."""
    return shares.psn_part_amt == shares.acct_pay + shares.psn_cash_pay


def classes_add_up(shares: Shares) -> bool:
    """``medfee_sumamt`` is the sum of the four class totals (P75-A9)."""
    return shares.medfee_sumamt == (
        shares.fulamt_ownpay_amt + shares.overlmt_selfpay + shares.preselfpay_amt + shares.inscp_scp_amt
    )


def family_within_account(shares: Shares) -> bool:
    """``acct_mulaid_pay`` lies between nothing and ``acct_pay``; in a cancelling row both are negative."""
    return min(0, shares.acct_pay) <= shares.acct_mulaid_pay <= max(0, shares.acct_pay)


def cleared_both_ways(shares: Shares) -> bool:
    """``fund_pay_sumamt + acct_pay = medfee_sumamt - psn_cash_pay - hosp_part_amt`` (P75-A9 mapped to the message)."""
    return shares.cleared == shares.medfee_sumamt - shares.psn_cash_pay - shares.hosp_part_amt


def no_part_below_nothing(shares: Shares) -> bool:
    """No part of a bill is below nothing (P75-A9); in a cancelling row, its mirror, none is above."""
    amounts = shares._replace(pool_prop_selfpay=0)
    return min(amounts) >= 0 or max(amounts) <= 0


def paid_within_bill(shares: Shares) -> bool:
    """Funds and account pay no more than the bill (P75-A9); in a cancelling row both are negative."""
    return abs(shares.cleared) <= abs(shares.medfee_sumamt)


IDENTITIES = (
    bill_adds_up,
    funds_add_up,
    person_adds_up,
    classes_add_up,
    family_within_account,
    cleared_both_ways,
    no_part_below_nothing,
    paid_within_bill,
)


def shares_add_up(shares: Shares) -> bool:
    """All amount identities of one settlement."""
    return all(holds(shares) for holds in IDENTITIES)
