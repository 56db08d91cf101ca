"""The benefit computation: who pays what of a bill (待遇计算), every fund at one stop on one bill (P75-06).

The order of steps and the rounding are fixed; every figure comes from the policy pack of the insured city, dated by
the settlement day. One function computes; with a ``trace`` it also leaves the receipt, so that the two cannot differ.

Steps: in scope → deductible → basic fund by tiers → yearly cap → large amount above the cap → critical illness on the
year's burden → civil servants' and enterprise supplements → medical aid → fund total → hospital's part → personal
account, own before family → cash. What one fund has paid the next does not see: no fund pays more than is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from simulator.core.benefit.bill import NO_TOTALS, ClassTotals
from simulator.core.benefit.plan import Plan
from simulator.core.benefit.rules import CHRONIC, INPATIENT, Rules, YearSoFar
from simulator.core.benefit.shares import Shares
from simulator.core.values.money import WHOLE_RATE, half_up, share_of
from simulator.core.values.parameters import Tier


class Step(NamedTuple):
    """One line of a receipt: what was there, what the step took, what is left (fen); ``rate`` in basis points."""

    key: str
    before: int
    amount: int
    after: int
    rate: int | None = None


class Paid(NamedTuple):
    """What the rules take and pay of a bill, in fen, with the amounts between the steps that no share shows.

    ``tiered`` is what the tiers give before the cap, ``beyond`` the fees above it, ``burden`` what the year's burden
    grows by; ``rate`` is that of the highest tier reached, in basis points.
    """

    deductible: int
    tiered: int
    basic: int
    rate: int
    beyond: int
    burden: int
    civil: int
    enterprise: int
    second: int
    large: int
    aid: int
    hospital: int


def compute(
    totals: ClassTotals,
    rules: Rules,
    year: YearSoFar,
    balance: int,
    *,
    use_account: bool,
    family: int = 0,
    earlier: ClassTotals = NO_TOTALS,
    trace: list[Step] | None = None,
) -> tuple[Shares, int]:
    """Split a bill, no class of it below nothing; return the shares and what it adds to the year's burden (fen).

    ``year``, ``balance`` (personal account, fen) and ``family`` (what the family's accounts may give, fen) are as they
    stand before this settlement. ``earlier`` are the class totals of earlier parts of the same stay (中途结算); the
    year is then as if they had not been settled.
    """
    plan = rules.plan
    paid = _later(plan, year, earlier, totals) if any(earlier) else _paid(plan, year, totals)
    bill = totals.bill
    funds = (paid.civil, paid.enterprise, paid.second, paid.large, paid.aid, 0)
    fund = paid.basic + sum(funds)
    person = bill - fund - paid.hospital
    own = max(min(balance, person), 0) if use_account and plan.own_account else 0
    shared = max(min(family, person - own), 0) if use_account and plan.family_account else 0
    account = own + shared
    split = (paid.deductible, paid.basic, paid.rate, *funds, fund, person, account, person - account)
    shares = Shares(bill, *totals, *split, paid.hospital, shared)
    if trace is not None:
        burden = year.burden + (_paid(plan, year, earlier).burden if any(earlier) else 0)
        trace.extend(_steps(plan, (earlier.in_scope, burden), shares, paid, (balance, family)))
    return shares, paid.burden


def _paid(plan: Plan, year: YearSoFar, totals: ClassTotals) -> Paid:
    """Work out what the rules take and pay of a bill."""
    _, over_limit, first_pay, in_scope = totals
    deductible = max(min(in_scope, _deductible(plan, year)), 0)
    base = in_scope - deductible
    rate, tiered = _tiered(base, plan.tiers)
    room = tiered if plan.cap is None else max(plan.cap - _paid_before(plan, year), 0)
    basic = min(tiered, room)
    beyond = 0 if plan.large is None else _beyond(base, plan.tiers, room)
    large = _part(beyond, plan.large, plan.large_cap, year.large_paid)
    left = in_scope - basic - large
    burden = left + (first_pay if plan.counts_first_pay else 0) if plan.counts_burden else 0
    second = _second(year.burden, burden, plan.second)
    left = max(left - second, 0)
    civil = _part(left, plan.civil)
    enterprise = _part(left - civil, plan.enterprise)
    aid = _part(left - civil - enterprise, plan.aid, plan.aid_cap, year.aid_paid)
    hospital = _part(over_limit, plan.hospital)
    return Paid(deductible, tiered, basic, rate, beyond, burden, civil, enterprise, second, large, aid, hospital)


def _later(plan: Plan, year: YearSoFar, earlier: ClassTotals, totals: ClassTotals) -> Paid:
    """Work out a later part of a stay: what the stay so far would be paid less what its earlier parts would be.

    One bill at discharge is the rule (P75-44), so a stay settled in parts and one settled at once come to the same: the
    whole of it decides deductible, tier, cap and each fund's slice. What the rules would take back of an earlier part
    stays with it: no part is below nothing, and the funds pay no more than this part.
    """
    before, whole = _paid(plan, year, earlier), _paid(plan, year, earlier.plus(totals))
    more = Paid(*(max(now - then, 0) for now, then in zip(whole, before, strict=True)))
    left = totals.in_scope - more.deductible
    basic = min(more.basic, left)
    large = min(more.large, left - basic)
    left = totals.in_scope - basic - large
    second = min(more.second, left + (totals.first_pay if plan.counts_first_pay else 0))
    left = max(left - second, 0)
    civil = min(more.civil, left)
    enterprise = min(more.enterprise, left - civil)
    aid = min(more.aid, left - civil - enterprise)
    paid = more._replace(rate=whole.rate, basic=basic, large=large, second=second)
    return paid._replace(civil=civil, enterprise=enterprise, aid=aid)


def _steps(
    plan: Plan, before: tuple[int, int], shares: Shares, paid: Paid, accounts: tuple[int, int]
) -> Iterator[Step]:
    """Yield the receipt of a computation: the steps that apply, in their order.

    ``before`` is what earlier parts of the stay had in scope, and the year's burden with them.
    """
    earlier, burden = before
    bill, scope, basic = shares.medfee_sumamt, shares.inscp_scp_amt, shares.hifp_pay
    base = scope - shares.act_pay_dedc
    left = max(scope - basic - shares.hifob_pay - shares.hifmi_pay, 0)
    fund, account, family = shares.fund_pay_sumamt, shares.acct_pay, shares.acct_mulaid_pay
    yield Step("bill", bill, 0, bill)
    yield _taken("own_expense", bill, shares.fulamt_ownpay_amt)
    yield _taken("over_limit", bill - shares.fulamt_ownpay_amt, shares.overlmt_selfpay)
    yield _taken("first_pay", scope + shares.preselfpay_amt, shares.preselfpay_amt)
    if earlier:
        yield Step("earlier", earlier, scope, earlier + scope)
    if plan.deductibles:
        yield _taken("deductible", scope, shares.act_pay_dedc)
    yield _taken("basic", base, paid.tiered, shares.pool_prop_selfpay)
    if plan.cap is not None:
        yield Step("cap", paid.tiered, paid.tiered - basic, basic)
    if plan.large is not None:
        yield _taken("large", paid.beyond, shares.hifob_pay)
    if plan.second:
        yield Step("burden", burden, paid.burden, burden + paid.burden)
        yield _taken("second", paid.burden, shares.hifmi_pay)
    for key, rate, part in (
        ("civil", plan.civil, shares.cvlserv_pay),
        ("enterprise", plan.enterprise, shares.hifes_pay),
        ("aid", plan.aid, shares.maf_pay),
    ):
        if rate is not None:
            yield _taken(key, left, part)
            left -= part
    yield _taken("fund", bill, fund)
    if plan.hospital is not None:
        yield _taken("hospital", bill - fund, shares.hosp_part_amt)
    yield _taken("account", accounts[0], account - family)
    if plan.family_account:
        yield _taken("family", accounts[1], family)
    yield _taken("cash", shares.psn_part_amt, shares.psn_cash_pay)


def _taken(key: str, before: int, amount: int, rate: int | None = None) -> Step:
    return Step(key, before, amount, before - amount, rate)


def _deductible(plan: Plan, year: YearSoFar) -> int:
    """Return what is to be paid before the basic fund pays: by number of the stay, or what the year has left of it."""
    if not plan.deductibles:
        return 0
    if plan.care == INPATIENT:
        return plan.deductibles[min(year.stays, len(plan.deductibles) - 1)]
    return plan.deductibles[0] - year.outpatient_deductible


def _paid_before(plan: Plan, year: YearSoFar) -> int:
    """Return what the basic fund has paid this year of what the plan's cap counts."""
    if plan.care == INPATIENT:
        return year.basic_paid
    if plan.care == CHRONIC:
        return dict(year.chronic_paid).get(plan.disease, 0)
    return year.outpatient_paid


def _tiered(base: int, tiers: tuple[Tier, ...]) -> tuple[int, int]:
    """Return the rate of the highest tier reached and the sum over the tiers, each rounded to the fen."""
    reached = paid = 0
    for floor, ceiling, rate in tiers:
        if base <= floor:
            break
        reached = rate
        top = base if ceiling is None or base < ceiling else ceiling
        paid += share_of(top - floor, rate)
    return reached, paid


def _beyond(base: int, tiers: tuple[Tier, ...], room: int) -> int:
    """Return the part of ``base`` above what the basic fund has paid for when its ``room`` under the cap is used up."""
    for floor, ceiling, rate in tiers:
        top = base if ceiling is None or base < ceiling else ceiling
        part = share_of(top - floor, rate)
        if part > room:
            return base - min(floor + half_up(room * WHOLE_RATE, rate), top)
        room -= part
    return 0


def _second(before: int, burden: int, tiers: tuple[Tier, ...]) -> int:
    """Return the critical-illness part: the slice from ``before`` to ``before + burden`` of the year, tier by tier."""
    after = before + burden
    paid = 0
    for floor, ceiling, rate in tiers:
        top = after if ceiling is None or after < ceiling else ceiling
        part = top - max(before, floor)
        if part > 0:
            paid += share_of(part, rate)
    return paid


def _part(left: int, rate: int | None, cap: int | None = None, paid: int = 0) -> int:
    """Return a rate of what is left, up to what the year's cap leaves; nothing where there is no such rule."""
    if rate is None or left <= 0:
        return 0
    part = share_of(left, rate)
    return part if cap is None else min(part, max(cap - paid, 0))
