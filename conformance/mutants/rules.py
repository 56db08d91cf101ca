"""Mutants that compute wrongly: rounding, classes, rules, accumulators, account, filings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from conformance.mutants.mutant import RULES, Mutant, Patch
from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import EMPLOYEE, INPATIENT
from simulator.core.filing.filing import Filing
from simulator.core.values.areas import SECONDARY, TERTIARY
from simulator.core.values.money import WHOLE_RATE, half_up, share_of
from simulator.core.visits.insured import Insured

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


def _nothing_wrong(old: Any) -> Any:
    return lambda *about, **more: None


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


# -- account and accumulators ----------------------------------------------------------------------------------------


def _computed(**changed: Any) -> Patch:
    return Patch(f"{_STACK}:compute", lambda old: lambda *a, **k: old(*a, **{**k, **changed}))


def _overdrawn(old: Any) -> Any:
    return lambda totals, rules, year, balance, **more: old(totals, rules, year, balance and 10**12, **more)


def _settled(change: Callable[[Insured, Any, Any, Any], None]) -> Patch:
    """Return a patch after a settlement row: ``change`` gets the role, the row, years and balances as they were."""

    def make(old: Any) -> Any:
        def fold(self: Insured, fact: Any) -> None:
            before = dict(self._years), dict(self._balances)
            old(self, fact)
            change(self, fact.row, *before)

        return fold

    return Patch(f"{_INSURED}.fold_settled", make)


def _years_stay(wanted: Callable[[Any], bool]) -> Patch:
    return _settled(lambda self, row, years, balances: self.__dict__.update(_years=years) if wanted(row) else None)


def _refund_lost(self: Insured, row: Any, years: Any, balances: Any) -> None:
    if row.sign < 0:
        self._balances = balances


def _reversal_keeps_years(old: Any) -> Any:
    def undo(self: Any, turn: Any, original: Any, visit: Any, at: Any) -> None:
        years = dict(self._years) if isinstance(self, Insured) else {}
        old(self, turn, original, visit, at)
        if isinstance(self, Insured):
            self._years = years

    return undo


# -- what is told ----------------------------------------------------------------------------------------------------


def _info(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Patch:
    def make(old: Any) -> Any:
        def info(*about: Any) -> dict[str, Any]:
            found = old(*about)
            return {**found, **change(found)}

        return info

    return Patch(f"{_ANSWERS}:settlement_info", make)


def _to_jiao(info: dict[str, Any]) -> dict[str, Any]:
    return {"psn_cash_pay": info["psn_cash_pay"] // 10 * 10} if "psn_cash_pay" in info else {}


def _yesterday(info: dict[str, Any]) -> dict[str, Any]:
    day = dt.date.fromisoformat(info["setl_time"][:10]) - dt.timedelta(days=1)
    return {"setl_time": day.isoformat() + info["setl_time"][10:]}


def _fund_rows(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Patch:
    def make(old: Any) -> Any:
        return lambda row: [{**each, **(change(each) if not number else {})} for number, each in enumerate(old(row))]

    return Patch(f"{_ANSWERS}:fund_rows", make)


def _other_fund(row: dict[str, Any]) -> dict[str, Any]:
    code = str(row["fund_pay_type"])
    return {"fund_pay_type": {"310100": "390100", "390100": "310100"}.get(code, "310100")}


# -- filings ---------------------------------------------------------------------------------------------------------


def _covering(change: Callable[[Any, Any, dt.date, Any], Filing | None]) -> Patch:
    """Return a patch of which filing covers: ``change`` gets the one found, the book's filings, the day, the places."""

    def make(old: Any) -> Any:
        def covering(self: Any, psn_no: str, admitted: dt.date, places: Any) -> Filing | None:
            return change(old(self, psn_no, admitted, places), self.of(psn_no), admitted, places)

        return covering

    return Patch("simulator.core.filing.book:FilingBook.covering", make)


def _past_too(found: Any, filings: Any, day: dt.date, places: Any) -> Filing | None:
    past = (each for each in filings if each.target in places and each.first_day <= day)
    return found or next(past, None)


def _coming_too(found: Any, filings: Any, day: dt.date, places: Any) -> Filing | None:
    return found or next((each for each in filings if each.target in places and each.first_day > day), None)


def _anywhere(found: Any, filings: Any, day: dt.date, places: Any) -> Filing | None:
    return found or next((each for each in filings if each.covers(day, {each.target})), None)


def _day_short(found: Any, filings: Any, day: dt.date, places: Any) -> Filing | None:
    return None if found is not None and found.last_day == day else found


def _day_late(found: Any, filings: Any, day: dt.date, places: Any) -> Filing | None:
    return None if found is not None and found.first_day == day else found


def _standing(**changed: Any) -> Patch:
    place = "simulator.core.filing.office:Filings.standing"
    return Patch(place, lambda old: lambda *a, **k: old(*a, **{**k, **changed}))


def _unfiled_as_filed(old: Any) -> Any:
    def standing(*about: Any, **more: Any) -> Any:
        found = old(*about, **more)
        return found._replace(filing_type="long_term_work", refusal="") if found.filing_type == "unfiled" else found

    return standing


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
            (Patch("simulator.core.visits.requests:bill_problem", _nothing_wrong),),
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
        (
            "account-unused",
            "不使用个人账户。",
            "The personal account is not used.",
            (_computed(use_account=False),),
            ("*account_pays*",),
        ),
        (
            "account-used-unasked",
            "不看个人账户使用标志，一律使用。",
            "The personal account is used whether wanted or not.",
            (_computed(use_account=True),),
            ("*account_pays*False*",),
        ),
        (
            "account-overdrawn",
            "个人账户可以透支。",
            "The personal account pays more than it has.",
            (Patch(f"{_STACK}:compute", _overdrawn),),
            ("*account_pays*one_fen*",),
        ),
        (
            "account-not-refunded",
            "撤销结算后个人账户未退回。",
            "A cancellation does not give back what the account has paid.",
            (_settled(_refund_lost),),
            ("*cancelled_settlement_can_be_made*",),
        ),
        (
            "accumulator-forgotten",
            "结算不计入年度累计。",
            "A settlement is not added to the year's accumulators.",
            (_years_stay(lambda row: row.sign > 0),),
            ("*later_stays*",),
        ),
        (
            "accumulator-after-cancellation",
            "撤销结算后年度累计未恢复。",
            "A cancellation leaves the accumulators as they were.",
            (_years_stay(lambda row: row.sign < 0),),
            ("*cancelled_stay_does_not_count*",),
        ),
        (
            "accumulator-after-reversal",
            "冲正后年度累计未恢复。",
            "A reversal leaves the accumulators as they were.",
            (Patch("simulator.core.visits.role:Role._undo", _reversal_keeps_years),),
            (
                "*test_parts*revers*",
                "*what_happened_is_undone*2304*",
            ),
        ),
        (
            "fund-part-off-a-fen",
            "基金分项与基金合计差一分。",
            "The parts of the funds do not sum to the fund total, by one fen.",
            (_info(lambda info: {"hifp_pay": info["hifp_pay"] + 1} if "hifp_pay" in info else {}),),
            ("*is_settled*away*",),
        ),
        (
            "fund-row-off-a-fen",
            "基金分项明细与合计差一分。",
            "The rows by fund do not sum to the fund total, by one fen.",
            (_fund_rows(lambda row: {"fund_payamt": row["fund_payamt"] + 1}),),
            ("*is_settled*away*",),
        ),
        (
            "other-fund-named",
            "基金支付类型写成另一险种的。",
            "The basic fund is named as that of the other insurance.",
            (_fund_rows(_other_fund),),
            ("*is_settled*away*",),
        ),
        (
            "cash-to-the-jiao",
            "个人现金支付抹去分。",
            "What is paid in cash is rounded down to the jiao.",
            (_info(_to_jiao),),
            (
                "*is_settled*away*",
                "*shares_of_every_person*",
            ),
        ),
        (
            "settled-yesterday",
            "结算时间写成前一天。",
            "The time of settlement is that of yesterday.",
            (_info(_yesterday),),
            ("*is_settled*away*",),
        ),
        (
            "stale-filing",
            "备案已过期仍有效。",
            "A filing that has ended still counts.",
            (_covering(_past_too),),
            (
                "*days_of_a_filing*expired*",
                "*runs_out*",
            ),
        ),
        (
            "filing-to-come",
            "备案尚未生效即有效。",
            "A filing that has not begun counts already.",
            (_covering(_coming_too),),
            ("*days_of_a_filing*to_come*",),
        ),
        (
            "filing-of-other-place",
            "备案地与就医地不符也有效。",
            "A filing for another place counts.",
            (_covering(_anywhere),),
            (
                "*filing_for_another_place*",
                "*what_a_filing_is_for*",
            ),
        ),
        (
            "filing-a-day-short",
            "备案截止日当天不算有效。",
            "A filing does not count on its last day.",
            (_covering(_day_short),),
            ("*days_of_a_filing*last_day*",),
        ),
        (
            "filing-a-day-late",
            "备案生效日当天不算有效。",
            "A filing does not count on its first day.",
            (_covering(_day_late),),
            ("*days_of_a_filing*first_day*",),
        ),
        (
            "unfiled-as-filed",
            "未备案按已备案支付。",
            "Care without a filing is paid for as if there were one.",
            (Patch("simulator.core.filing.office:Filings.standing", _unfiled_as_filed),),
            (
                "*ratio_is_cut*unfiled*",
                "*every_kind_of_filing*",
            ),
        ),
        (
            "emergency-ignored",
            "急诊抢救未视同已备案。",
            "An emergency does not count as filed.",
            (_standing(emergency=False),),
            ("*emergency_counts*",),
        ),
    )
)
