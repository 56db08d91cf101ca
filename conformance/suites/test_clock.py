"""Edges of the calendar: midnight, 29 February, the end of the year, a holiday, and what comes late."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.clauses import alone, verifies
from conformance.client import CaseClient, VisitClient, judged
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes.again import refused_again

PLACES = (AWAY, HERE, HOME)
EVENING, FIRST = "23:50:00", "00:00:00"
ON = 12
"""How often in a row something happens: beyond what a system tries again of its own accord."""
FILINGS = {"begins": ("long_term_work", 1, None), "ends": ("referral", -30, 1)}
"""Filings that begin and end tomorrow: their kind, first and last day."""


def next_morning(case: CaseClient, *visits: VisitClient, time: str = FIRST) -> None:
    """Go on the day after, at its first second or later, with the hospitals signed in again."""
    case.set_clock(case.day(1), time)
    for visit in visits:
        visit.succeeds("9001")


def used_up(visit: VisitClient, year: int = 0) -> dict[str, int]:
    """Return the accumulators of a visit's person (5206), this year's or another's, by their kind."""
    changed = {"data/cum_ym": f"{year}12"} if year else {}
    return {row["cum_type_code"]: row["cum"] for row in visit.succeeds("5206", changed).output["cuminfo"]}


def totals_of(visit: VisitClient) -> dict[str, Any]:
    """Settle a visit; return what its institution states of a day on which that was all (3201)."""
    row = visit.settled().output["setlinfo"]
    amounts = {f"data/{name}": row.get(name, 0) for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")}
    return {**amounts, "data/fixmedins_setl_cnt": 1}


def stated(case: CaseClient, visit: VisitClient, day: str, totals: dict[str, Any], expected: str) -> None:
    """State totals of a day; hold the result against what it must be."""
    step = visit.succeeds("3201", {**totals, "data/stmt_begndate": day, "data/stmt_enddate": day})
    case.expect("3201", "/output/stmtinfo/stmt_rslt", expected, step.output["stmtinfo"]["stmt_rslt"], step.line)


# -- midnight ---------------------------------------------------------------------------------------------------------


@alone
@verifies(
    zh="住院期间时钟从23:59:59走到00:00:00，照常出院、结算、撤销。",
    en="A stay over which the clock goes from 23:59:59 to 00:00:00 is settled and cancelled like any other.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_stay_over_midnight(case: CaseClient, where: str) -> None:
    case.set_clock(case.day(1), EVENING)
    visit = case.visit(where)
    visit.until("2301")
    case.turn_day()
    visit.succeeds("9001")
    visit.settled_from("2402")
    visit.succeeds("5203")
    visit.succeeds(visit.cancels)
    visit.succeeds("5206")


@alone
@verifies(
    zh="午夜前结算，午夜后撤销并重新结算。",
    en="What was settled before midnight is cancelled after it, and settled anew.",
)
@pytest.mark.parametrize(("where", "care"), [(AWAY, "inpatient"), (HERE, "outpatient"), (HOME, "pharmacy")])
def test_a_settlement_is_cancelled_after_midnight(case: CaseClient, where: str, care: str) -> None:
    case.set_clock(case.day(1), EVENING)
    visit = case.visit(where, care=care)
    visit.settled()
    next_morning(case, visit)
    visit.succeeds(visit.cancels)
    visit.succeeds("5206")
    visit.succeeds(visit.settles)
    visit.succeeds("5206")


@alone
@verifies(
    "JL-4.1a",
    "P75-41",
    zh="日对总账按结算当日归集：午夜前的结算属前一日，午夜后的属次日。",
    en="Totals are of the day of settlement: before midnight the day before, after midnight the new one.",
)
def test_totals_belong_to_the_day_of_settlement(case: CaseClient) -> None:
    case.set_clock(case.day(2), EVENING)
    nothing = dict.fromkeys(("data/medfee_sumamt", "data/fund_pay_sumamt", "data/acct_pay"), 0)
    nothing |= {"data/fixmedins_setl_cnt": 0}
    visit = case.visit(HOME, at=case.do("quiet", "worker", "21"))
    one, day = totals_of(visit), case.day(0)
    stated(case, visit, day, one, "0")
    case.turn_day()
    visit.succeeds("9001")
    stated(case, visit, day, one, "0")
    stated(case, visit, case.day(0), one, "1")
    stated(case, visit, case.day(0), nothing, "0")
    second = case.visit(HOME, at=visit.facts["house"], yuan=9_000)
    two = totals_of(second)
    stated(case, second, case.day(0), two, "0")
    stated(case, second, day, one, "0")
    second.succeeds(second.cancels)


@alone
@verifies(
    zh="午夜前结果未知的结算，午夜后同一msgid再问，得到正确结果。",
    en="A settlement of unknown outcome before midnight is asked again after it under its msgid, and is right.",
)
@pytest.mark.parametrize("what", ["request_lost", "reply_lost"])
def test_an_unknown_outcome_over_midnight(case: CaseClient, what: str) -> None:
    case.set_clock(case.day(1), EVENING)
    visit = case.visit(HERE)
    visit.before("2304")
    for _ in range(ON):
        case.break_upwards("2304", what)
    judged(visit.send("2304"))
    case.set_clock(case.day(1), FIRST)
    case.do("mend")
    again = visit.again()
    case.expect("2304", "/infcode", 0, again.infcode, again.line)
    visit.succeeds("9001")
    visit.succeeds("5203")
    visit.succeeds("5206")


# -- later ------------------------------------------------------------------------------------------------------------


@alone
@verifies(
    zh="一小时后、一天后重发的报文，仍凭msgid得到原答复，不再办理。",
    en="A message that comes again an hour and a day later gets the answer it got, and nothing is done again.",
)
@pytest.mark.parametrize("where", PLACES)
def test_duplicates_an_hour_and_a_day_later(case: CaseClient, where: str) -> None:
    case.set_clock(case.day(1))
    visit = case.visit(where)
    told = {infno: visit.succeeds(infno).output for infno in visit.plan}
    for later in ({"hours": 1}, {"days": 1}):
        case.advance(**later)
        for infno in ("2401", "2301", "2304"):
            again = visit.repeat(infno)
            if where != AWAY:
                case.expect(infno, "/output", told[infno], again.output, again.line)
    visit.succeeds("5206")


@alone
@verifies(
    zh="日期已变，对前一日结算的冲正仍然成功；原报文再来即拒绝，累计还原。",
    en="A reversal on the day after still undoes the settlement; the original is refused when it comes again.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_late_reversal(case: CaseClient, where: str) -> None:
    case.set_clock(case.day(1), EVENING)
    visit = case.visit(where)
    visit.settled()
    case.set_clock(case.day(1), FIRST)
    undone = visit.reverse()
    case.expect("2601", "/infcode", 0, undone.infcode, undone.line)
    refused_again(case, visit, "2304")
    visit.succeeds("9001")
    assert not any(used_up(visit).values())
    visit.succeeds("2304")


# -- filings ----------------------------------------------------------------------------------------------------------


@alone
@verifies(
    "P75-13",
    zh="备案最后一日入院的，次日结算仍按备案待遇；次日入院的不再享受。",
    en="Admitted on a filing's last day and settled on the day after: covered; admitted on the day after: not.",
)
@pytest.mark.parametrize("where", PLACES)
def test_the_day_after_a_filing_has_expired(case: CaseClient, where: str) -> None:
    case.set_clock(case.day(1))
    visit = case.visit(where, "last_day", days_ago=0)
    visit.until("2301")
    next_morning(case, visit, time="09:00:00")
    visit.settled_from("2402")
    late = case.visit(where, like=visit.number, days_ago=0)
    late.tried()
    late.succeeds("5206")


@alone
@verifies(
    "P75-13",
    zh="备案自2月29日起或至2月29日止：当日入院在有效期内，之前、之后的不在。",
    en="A filing that begins or ends on 29 February holds for an admission on it, and not before or after.",
)
@pytest.mark.parametrize("edge", FILINGS)
@pytest.mark.parametrize("where", [AWAY, HOME])
def test_a_filing_at_the_leap_day(case: CaseClient, where: str, edge: str) -> None:
    case.set_clock(str(case.next_day("leap_day").replace(day=28)))
    first = case.visit(where, "unfiled", days_ago=0)
    first.file(*FILINGS[edge])
    first.tried()
    for _ in range(2):
        next_morning(case, time="09:00:00")
        case.visit(where, like=first.number, days_ago=0).tried()
    first.succeeds("5206")


# -- 29 February ------------------------------------------------------------------------------------------------------


@alone
@verifies(
    zh="住院跨2月28日、29日、3月1日，照常结算与撤销；29日当日结算亦同。",
    en="A stay over 29 February is settled and cancelled like any other, also on the day itself.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_stay_over_the_leap_day(case: CaseClient, where: str) -> None:
    case.set_clock(str(case.next_day("leap_day").replace(day=28)), EVENING)
    visit = case.visit(where, days_ago=0)
    visit.until("2301")
    next_morning(case, visit)
    visit.settled_from("2402")
    next_morning(case, visit)
    visit.succeeds("5203")
    visit.succeeds(visit.cancels)
    visit.succeeds(visit.settles)


@alone
@verifies(
    zh="2月29日备案一年：次年2月28日入院仍在有效期内，3月1日不在；新年度起付线另计。",
    en="A filing of a year from 29 February covers an admission on the 28th a year later, and not on 1 March.",
)
@pytest.mark.parametrize("where", [AWAY, HOME])
def test_a_year_after_the_leap_day(case: CaseClient, where: str) -> None:
    case.set_clock(str(case.next_day("leap_day")))
    visit = case.visit(where, "unfiled", days_ago=0)
    visit.file("referral", 0, 365)
    visit.settled()
    case.advance(days=365)
    later = case.visit(where, like=visit.number, days_ago=0)
    later.settled()
    later.succeeds("5206")
    next_morning(case, time="09:00:00")
    case.visit(where, like=visit.number, days_ago=0).tried()


# -- the end of the year ----------------------------------------------------------------------------------------------


@alone
@verifies(
    zh="跨年住院按政策包结算、撤销，两个年度的累计各归各。",
    en="A stay over the end of the year is settled as the rules say, and each year has what is its own.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_stay_over_the_end_of_the_year(case: CaseClient, where: str) -> None:
    last = case.next_day("year_end")
    case.set_clock(str(last), EVENING)
    visit = case.visit(where, "retired")
    visit.until("2301")
    next_morning(case, visit)
    visit.settled_from("2402")
    for year in (last.year, last.year + 1):
        used_up(visit, year)
    visit.succeeds(visit.cancels)
    for year in (last.year, last.year + 1):
        assert not any(used_up(visit, year).values())


@alone
@verifies(
    zh="新年度的累计与起付线重新开始；年末结算次年撤销的，还原的是上一年度。",
    en="Accumulators and deductible begin anew with the year; what is cancelled then goes back to the year it was of.",
)
@pytest.mark.parametrize("where", PLACES)
def test_the_year_begins_anew(case: CaseClient, where: str) -> None:
    last = case.next_day("year_end")
    case.set_clock(str(last))
    old = case.visit(where)
    old.settled()
    assert any(used_up(old).values())
    next_morning(case, old, time="09:00:00")
    assert not any(used_up(old, last.year + 1).values())
    new = case.visit(where, like=old.number, days_ago=0)
    new.settled()
    this_year = used_up(new, last.year + 1)
    old.succeeds(old.cancels)
    assert not any(used_up(old, last.year).values())
    case.expect("5206", "/output/cuminfo", this_year, used_up(new, last.year + 1))


# -- a holiday --------------------------------------------------------------------------------------------------------


@alone
@verifies(
    zh="国庆长假期间就医、结算、撤销、对账照常。",
    en="Care, settlement, cancellation and reconciliation go on through the October holiday.",
)
@pytest.mark.parametrize(("where", "care"), [(AWAY, "inpatient"), (HERE, "inpatient"), (HOME, "outpatient")])
def test_the_october_holiday(case: CaseClient, where: str, care: str) -> None:
    first = case.next_day("october")
    case.set_clock(str(first))
    visit = case.visit(where, care=care, days_ago=0)
    visit.settled()
    for _ in range(2):
        case.advance(days=3)
        visit.succeeds("9001")
        visit.succeeds(visit.cancels)
        visit.succeeds(visit.settles)
    visit.succeeds("5206")
