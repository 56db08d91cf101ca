"""Mutants that work out a bill wrongly: rounding, classes, and which rules hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from conformance.mutants.mutant import RULES, Mutant, Patch, nothing
from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import EMPLOYEE, INPATIENT
from simulator.core.values.areas import SECONDARY, TERTIARY
from simulator.core.values.money import WHOLE_RATE, half_up, share_of

_MONEY, _BILL, _STACK = "simulator.core.values.money", "simulator.core.benefit.bill", "simulator.core.benefit.stack"
_RULES, _ANSWERS = "simulator.core.benefit.rules", "simulator.core.visits.answers"
_INSURED = "simulator.core.visits.insured:Insured"


# -- rounding and classes --------------------------------------------------------------------------------------------


def _half_even(old: Any) -> Any:
    def half_even(numerator: int, denominator: int) -> int:
        whole, rest = divmod(abs(numerator), denominator)
        up = 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
        return (whole + up) * (-1 if numerator < 0 else 1)

    return half_even


def _down(old: Any) -> Any:
    return lambda amount, rate: amount * rate // WHOLE_RATE


def _per_bill(old: Any) -> Any:
    def totals_of(lines: Any) -> ClassTotals:
        lines = tuple(lines)
        own, over, first, scope = old(lines)
        exact = sum((line.amount - line.own_expense - line.over_limit) * line.item.first_share for line in lines)
        rounded = half_up(exact, WHOLE_RATE)
        return ClassTotals(own, over, rounded, scope + first - rounded)

    return totals_of


def _no_cap(old: Any) -> Any:
    return lambda item, price, quantity, amount: old(item._replace(cap=None), price, quantity, amount)


def _over_forgotten(old: Any) -> Any:
    def split(item: Any, price: int, quantity: int, amount: int) -> tuple[int, int, int, int]:
        own, over, first, scope = old(item, price, quantity, amount)
        return own, 0, first, scope + over

    return split


def _first_on_uncapped(old: Any) -> Any:
    def split(item: Any, price: int, quantity: int, amount: int) -> tuple[int, int, int, int]:
        own, over, first, scope = old(item, price, quantity, amount)
        wrong = first if own else min(share_of(amount, item.first_share), first + scope)
        return own, over, wrong, scope + first - wrong

    return split


def _class_c_covered(old: Any) -> Any:
    def split(item: Any, price: int, quantity: int, amount: int) -> tuple[int, int, int, int]:
        own, over, first, scope = old(item, price, quantity, amount)
        return 0, over, first, scope + own

    return split


def _unknown_priced(old: Any) -> Any:
    def item_of(self: Any, row: Any, hospital: str, today: dt.date) -> Any:
        found = old(self, row, hospital, today)
        if not isinstance(found, str):
            return found
        known = next(each for each in self._home.catalogue.all_entries() if each.holds_on(today))
        return known._replace(code=row["med_list_codg"], cap=None)

    return item_of


# -- which rules -----------------------------------------------------------------------------------------------------


def _other_level(where: Any) -> Any:
    return where._replace(level=SECONDARY if where.level == TERTIARY else TERTIARY)


def _named(change: Callable[[Any, Any, dict[str, Any]], Any]) -> Patch:
    """Return a patch of where rules are looked up: ``change`` gets the old way, the circumstance, and the names."""

    def make(old: Any) -> Any:
        def names(where: Any) -> dict[str, Any]:
            found: dict[str, Any] = dict(old(where))
            change(old, where, found)
            return found

        return names

    return Patch(f"{_RULES}:_names", make)


def _without(rule: str) -> Patch:
    return _named(lambda old, where, names: names.pop(rule, None))


def _at_other_level(rule: str) -> Patch:
    return _named(lambda old, where, names: names.update({rule: old(_other_level(where))[rule]}))


def _planned(**changed: Any) -> Patch:
    return Patch(f"{_RULES}:planned", lambda old: lambda *a, **k: old(*a, **k)._replace(**changed))


def _where(change: Callable[[Any], Any]) -> Patch:
    return Patch(f"{_RULES}:rules_for", lambda old: lambda pack, where: old(pack, change(where)))


def _whole_tier(old: Any) -> Any:
    def second(before: int, burden: int, tiers: Any) -> int:
        after, floor = before + burden, min((tier.floor for tier in tiers), default=0)
        reached = max((tier.rate for tier in tiers if after > tier.floor), default=0)
        return share_of(max(after - max(before, floor), 0), reached)

    return second


def _first_deductible(old: Any) -> Any:
    return lambda plan, year: plan.deductibles[0] if plan.deductibles else 0


def _fund_of_bill(old: Any) -> Any:
    """Take the deductible off what the fund pays, not off what it pays a share of."""

    def paid(plan: Any, year: Any, totals: Any) -> Any:
        right, whole = old(plan, year, totals), old(plan._replace(deductibles=()), year, totals)
        basic = max(whole.basic - right.deductible, 0)
        return right._replace(basic=basic)

    return paid


_S, _B = f"{_BILL}:_split", f"{_BILL}:totals_of"
MUTANTS = tuple(
    Mutant(name, RULES, zh, en, patches, expected)
    for name, zh, en, patches, expected in (
        (
            "half-even",
            "舍入用银行家舍入，而非四舍五入。",
            "Halves are rounded to the even fen, not up.",
            (Patch(f"{_MONEY}:half_up", _half_even),),
            (
                "*halves_are_rounded*",
                "*lines_are_classified*",
            ),
        ),
        (
            "round-down",
            "按比例计算的金额直接截尾，不四舍五入。",
            "Shares are cut off at the fen instead of rounded.",
            (Patch(f"{_MONEY}:share_of", _down),),
            ("*halves_are_rounded*",),
        ),
        (
            "round-per-bill",
            "先行自付按整单而非逐条舍入。",
            "The first self-pay is rounded once for the bill, not for each line.",
            (Patch(_B, _per_bill),),
            (
                "*halves_are_rounded*",
                "*lines_are_classified*",
            ),
        ),
        (
            "price-cap-ignored",
            "不执行价格上限。",
            "Price caps are not applied.",
            (Patch(_S, _no_cap),),
            ("*above_the_cap_of_a_price*",),
        ),
        (
            "over-limit-covered",
            "超限价部分计入了政策范围。",
            "What is over the price cap is counted in scope.",
            (Patch(_S, _over_forgotten),),
            ("*above_the_cap_of_a_price*",),
        ),
        (
            "first-pay-uncapped",
            "乙类先行自付按限价前金额计算。",
            "The class B share is taken on the price before the cap.",
            (Patch(_S, _first_on_uncapped),),
            ("*above_the_cap_of_a_price*",),
        ),
        (
            "class-c-covered",
            "丙类自费项目按甲类支付。",
            "Items outside the list are paid for as if in it.",
            (Patch(_S, _class_c_covered),),
            ("*own_expense_alone*",),
        ),
        (
            "unknown-code-priced",
            "目录中没有的编码照样计价。",
            "A code that is not in the catalogue is priced all the same.",
            (Patch("simulator.core.catalogue.mapping:Mappings.item_of", _unknown_priced),),
            ("*codes_that_are_not*",),
        ),
        (
            "sum-unchecked",
            "结算总额与明细之和不符也受理。",
            "A bill that is not the sum of its lines is accepted.",
            (Patch("simulator.core.visits.requests:bill_problem", nothing),),
            ("*not_the_sum_of_its_lines*",),
        ),
        (
            "deductible-of-other-level",
            "起付线取错医院等级。",
            "The deductible is that of another level of hospital.",
            (_at_other_level("deductible"),),
            ("*around_the_deductible*",),
        ),
        (
            "ratio-of-other-level",
            "支付比例取错医院等级。",
            "The ratios are those of another level of hospital.",
            (_at_other_level("tiers"),),
            ("*shares_of_every_person*",),
        ),
        (
            "deductible-forgotten",
            "不扣起付线。",
            "No deductible is taken.",
            (_planned(deductibles=()),),
            ("*around_the_deductible*",),
        ),
        (
            "deductible-off-the-fund",
            "起付线从基金支付额中扣除，而非从基数中扣除。",
            "The deductible is taken off what the fund pays instead of off what it pays a share of.",
            (Patch(f"{_STACK}:_paid", _fund_of_bill),),
            (
                "*around_the_deductible*",
                "*shares_of_every_person*",
            ),
        ),
        (
            "second-stay-full-deductible",
            "年度内再次住院起付线不降低。",
            "The deductible is not lowered for the second stay of a year.",
            (Patch(f"{_STACK}:_deductible", _first_deductible),),
            ("*later_stays*",),
        ),
        (
            "tier-of-the-whole",
            "大病保险全额按最高档比例支付，而非分段计算。",
            "Critical-illness insurance pays its highest band's ratio on the whole, not band by band.",
            (Patch(f"{_STACK}:_second", _whole_tier),),
            ("*critical_illness_grows*", "*test_above_the_cap[*"),
        ),
        (
            "yearly-cap-ignored",
            "不执行统筹基金年度限额。",
            "The basic fund pays beyond its yearly cap.",
            (_planned(cap=None),),
            ("*test_above_the_cap[*",),
        ),
        (
            "large-amount-forgotten",
            "限额以上的大额医疗费用补助漏付。",
            "The large-amount fund pays nothing above the cap.",
            (_without("large"),),
            ("*test_above_the_cap[*",),
        ),
        (
            "critical-illness-forgotten",
            "大病保险漏付。",
            "Critical-illness insurance pays nothing.",
            (_planned(second=()),),
            (
                "*critical_illness*",
                "*test_above_the_cap[*",
            ),
        ),
        (
            "critical-illness-per-bill",
            "大病保险不看年内已累计的负担。",
            "Critical-illness insurance looks at this bill only, not at the year's burden.",
            (Patch(f"{_STACK}:_second", lambda old: lambda before, burden, tiers: old(0, burden, tiers)),),
            ("*critical_illness_grows*",),
        ),
        (
            "retired-bonus-forgotten",
            "退休人员比例未提高。",
            "Retired people get the ratio of those at work.",
            (_without("bonus"),),
            (
                "*shares_of_every_person*retired*",
                "*above_the_cap*retired*",
            ),
        ),
        (
            "referral-cut-forgotten",
            "临时外出就医未降低支付比例。",
            "The ratio is not cut for temporary filings.",
            (_without("cut"),),
            ("*ratio_is_cut*",),
        ),
        (
            "cut-for-everybody",
            "长期异地居住人员也被降低支付比例。",
            "The ratio is cut for long-term residents away from home too.",
            (_named(lambda old, where, names: names.update(cut=("referral_cut",))),),
            ("*long_term_care_away*",),
        ),
        (
            "civil-servant-forgotten",
            "公务员医疗补助漏付。",
            "The civil servants' supplement is not paid.",
            (_without("civil"),),
            ("*every_fund_is_listed*civil_servant*",),
        ),
        (
            "enterprise-forgotten",
            "企业补充医疗保险漏付。",
            "The enterprise supplement is not paid.",
            (_without("enterprise"),),
            ("*every_fund_is_listed*enterprise*",),
        ),
        (
            "medical-aid-forgotten",
            "医疗救助漏付。",
            "Medical aid is not paid.",
            (_without("aid"),),
            ("*medical_aid_is_for*",),
        ),
        (
            "resident-as-employee",
            "居民按职工待遇支付。",
            "Residents get the benefits of employees.",
            (_where(lambda where: where._replace(insutype=EMPLOYEE)),),
            ("*every_fund_is_listed*resident*",),
        ),
        (
            "outpatient-as-inpatient",
            "门诊按住院待遇支付。",
            "Outpatient care is paid for by the rules of stays.",
            (_where(lambda where: where._replace(care=INPATIENT, disease="")),),
            ("*is_settled*outpatient*",),
        ),
    )
)
