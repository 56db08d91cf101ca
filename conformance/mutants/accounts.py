"""Mutants that are wrong about a person: account, accumulators, what is told of a settlement, filings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from conformance.mutants.mutant import RULES, Mutant, Patch
from simulator.core.filing.filing import Filing
from simulator.core.visits.insured import Insured

_MONEY, _BILL, _STACK = "simulator.core.values.money", "simulator.core.benefit.bill", "simulator.core.benefit.stack"
_RULES, _ANSWERS = "simulator.core.benefit.rules", "simulator.core.visits.answers"
_INSURED = "simulator.core.visits.insured:Insured"


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


MUTANTS = tuple(
    Mutant(name, RULES, zh, en, patches, expected)
    for name, zh, en, patches, expected in (
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
