"""The benefit computation: who pays what of a bill (待遇计算).

The order of steps and the rounding are fixed; every figure comes from the policy pack of the insured city, dated by
the settlement day. One function computes; with a ``trace`` it also leaves the receipt, so that the two cannot differ.

Steps: in scope → deductible by hospital level and number of stays → basic fund by tiers → yearly cap → critical-illness
second insurance on the year's cumulative burden → personal account → cash.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.benefit.bill import ClassTotals
from simulator.core.values.money import WHOLE_RATE, share_of
from simulator.core.values.parameters import PolicyPack, Record, Tier

EMPLOYEE, RESIDENT = "310", "390"  # insutype
SCHEMES = {EMPLOYEE: "employee", RESIDENT: "resident"}
RETIRED = "12"  # psn_type
REFERRAL = "referral"


class Circumstance(NamedTuple):
    """What selects the rules: insured city, insurance type, person type, hospital level, filing type and the day."""

    city: str
    insutype: str
    psn_type: str
    level: str
    filing_type: str
    day: dt.date


class Rules(NamedTuple):
    """The records in force for one circumstance; None where the pack gives a scheme no such rule."""

    deductible: Record
    repeat_factors: Record
    tiers: Record
    bonus: Record | None
    cut: Record | None
    cap: Record
    second: Record | None
    second_counts_first_pay: Record | None
    account_use: Record

    def records(self) -> tuple[Record, ...]:
        """Return every record that takes part."""
        return tuple(record for record in self if record is not None)


class YearSoFar(NamedTuple):
    """A person's accumulators of one year: stays settled, basic fund paid, burden and second insurance paid (fen)."""

    stays: int = 0
    basic_paid: int = 0
    burden: int = 0
    second_paid: int = 0

    def add(self, stays: int, basic: int, burden: int, second: int) -> YearSoFar:
        """Return the accumulators after one more settlement row (negative figures for a cancelled one)."""
        return YearSoFar(self.stays + stays, self.basic_paid + basic, self.burden + burden, self.second_paid + second)


class Shares(NamedTuple):
    """The parts of a bill in fen, by the interface's field names; ``pool_prop_selfpay`` is a rate in basis points."""

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

    @property
    def cleared(self) -> int:
        """Return what the cities clear between them: ``fund_pay_sumamt + acct_pay`` (P75-A9)."""
        return self.fund_pay_sumamt + self.acct_pay

    def negated(self) -> Shares:
        """Return the mirror row of a cancelled settlement: every amount negative, the rate as it was."""
        return Shares(*(-part for part in self))._replace(pool_prop_selfpay=self.pool_prop_selfpay)


class Step(NamedTuple):
    """One line of a receipt: what was there, what the step took, what is left; ``record`` is the figure it used."""

    key: str
    before: int
    amount: int
    after: int
    record: Record | None = None
    rate: int | None = None


def rules_for(pack: PolicyPack, where: Circumstance) -> Rules:
    """Look up the rules of a circumstance; raises NotInForce when the pack has none on that day."""
    scheme = f"benefit.{SCHEMES[where.insutype]}"

    def must(name: str) -> Record:
        return pack.at(f"{scheme}.{name}", where.day, where.city)

    def may(name: str, applies: bool = True) -> Record | None:
        return must(name) if applies and f"{scheme}.{name}" in pack.parameters else None

    return Rules(
        deductible=must(f"deductible.{where.level}"),
        repeat_factors=must("repeat_factors"),
        tiers=must(f"tiers.{where.level}"),
        bonus=may("retired_bonus", where.psn_type == RETIRED),
        cut=may("referral_cut", where.filing_type == REFERRAL),
        cap=must("cap"),
        second=may("critical_illness.tiers"),
        second_counts_first_pay=may("critical_illness.counts_first_pay"),
        account_use=must("account_use"),
    )


def compute(
    totals: ClassTotals,
    rules: Rules,
    year: YearSoFar,
    balance: int,
    *,
    use_account: bool,
    trace: list[Step] | None = None,
) -> tuple[Shares, int]:
    """Split a bill; return the shares and what the stay adds to the year's burden (fen).

    ``year`` and ``balance`` (personal account, fen) are as they stand before this settlement.
    """
    in_scope = totals.in_scope
    deductible = max(min(in_scope, _deductible(rules, year.stays)), 0)  # refunds in pieces may round below nothing
    base = in_scope - deductible
    rate, tiered = _tiered(base, rules)
    basic = min(tiered, max(_number(rules.cap) - year.basic_paid, 0))
    burden = _burden(totals, basic, rules)
    second = _second(year.burden, burden, rules)
    fund = basic + second
    person = totals.bill - fund
    account = max(min(balance, person), 0) if use_account and rules.account_use.value else 0
    if trace is not None:
        trace += (
            Step("bill", totals.bill, 0, totals.bill),
            Step("own_expense", totals.bill, totals.own_expense, totals.bill - totals.own_expense),
            Step("over_limit", totals.bill - totals.own_expense, totals.over_limit, in_scope + totals.first_pay),
            Step("first_pay", in_scope + totals.first_pay, totals.first_pay, in_scope),
            Step("deductible", in_scope, deductible, base, rules.deductible),
            Step("basic", base, tiered, base - tiered, rules.tiers, rate),
            Step("cap", tiered, tiered - basic, basic, rules.cap),
            Step("burden", year.burden, burden, year.burden + burden, rules.second_counts_first_pay),
            Step("second", burden, second, burden - second, rules.second),
            Step("fund", totals.bill, fund, person),
            Step("account", balance, account, balance - account, rules.account_use),
            Step("cash", person, person - account, account),
        )
    shares = Shares(
        medfee_sumamt=totals.bill,
        fulamt_ownpay_amt=totals.own_expense,
        overlmt_selfpay=totals.over_limit,
        preselfpay_amt=totals.first_pay,
        inscp_scp_amt=in_scope,
        act_pay_dedc=deductible,
        hifp_pay=basic,
        pool_prop_selfpay=rate,
        cvlserv_pay=0,
        hifes_pay=0,
        hifmi_pay=second,
        hifob_pay=0,
        maf_pay=0,
        oth_pay=0,
        fund_pay_sumamt=fund,
        psn_part_amt=person,
        acct_pay=account,
        psn_cash_pay=person - account,
        hosp_part_amt=0,
    )
    return shares, burden


def _deductible(rules: Rules, stays_before: int) -> int:
    """Return the deductible of the next stay in fen: the level's figure times the factor for its number in the year.

    The last factor stands for every later stay.
    """
    factors = rules.repeat_factors.value
    assert isinstance(factors, tuple)
    factor = factors[min(stays_before, len(factors) - 1)]
    assert isinstance(factor, int)
    return share_of(_number(rules.deductible), factor)


def _burden(totals: ClassTotals, basic: int, rules: Rules) -> int:
    """Return what this stay adds to the year's burden (合规个人负担): in scope and not paid by the basic fund.

    The class-B first self-pay counts where the pack says so.
    """
    counts = rules.second_counts_first_pay is not None and bool(rules.second_counts_first_pay.value)
    return totals.in_scope - basic + (totals.first_pay if counts else 0)


def _number(record: Record) -> int:
    value = record.value
    assert isinstance(value, int)
    return value


def _tiers(record: Record) -> tuple[Tier, ...]:
    value = record.value
    assert isinstance(value, tuple)
    return value  # type: ignore[return-value]  # the reader of packs makes tiers of unit "tiers"


def _tiered(base: int, rules: Rules) -> tuple[int, int]:
    """Return the rate of the highest tier reached and the sum over the tiers, each rounded to the fen."""
    change = (_number(rules.bonus) if rules.bonus else 0) - (_number(rules.cut) if rules.cut else 0)
    reached = paid = 0
    for tier in _tiers(rules.tiers):
        if base <= tier.floor:
            break
        reached = min(max(tier.rate + change, 0), WHOLE_RATE)
        top = base if tier.ceiling is None else min(base, tier.ceiling)
        paid += share_of(top - tier.floor, reached)
    return reached, paid


def _second(before: int, burden: int, rules: Rules) -> int:
    """Return the critical-illness part: the slice from ``before`` to ``before + burden`` of the year, tier by tier."""
    if rules.second is None:
        return 0
    after = before + burden
    paid = 0
    for tier in _tiers(rules.second):
        top = after if tier.ceiling is None else min(after, tier.ceiling)
        part = top - max(before, tier.floor)
        if part > 0:
            paid += share_of(part, tier.rate)
    return paid
