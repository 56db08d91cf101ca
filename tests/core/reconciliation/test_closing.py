"""The close of a month, by the 3rd of the next one, holidays or not; and what is corrected after it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.reconciliation.facts import (
    LEVEL,
    NOT_LEVEL,
    CloseMonth,
    Correct,
    DayCompared,
    MonthClosed,
    ReconcileDay,
)
from simulator.core.reconciliation.results import Results, days_between, days_of, keep_from, month_due

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
SEPTEMBER = days_of("2016-09")


@pytest.fixture
def month(bench: Any) -> Any:
    """September, with every day from the 28th on reported; the 28th has a settlement on all sides."""
    bench.at("2016-09-28")
    bench.play.stay("resident").settled()
    for day in SEPTEMBER[27:]:
        bench.at(day, 22).report()
    return bench


def closed(bench: Any, month: str = "2016-09") -> tuple[bool, ...]:
    return tuple(bench.nodes[code].reconciliation.month_closed(month) for code in (XUZHOU, NANJING, PROVINCE))


def test_the_due_day_is_a_calendar_day_in_the_holiday_too(bench: Any, make_pack: Any) -> None:
    assert month_due(make_pack(), "2016-09", NANJING) == dt.date(2016, 10, 3)
    assert not bench.play.treatment.calendar.is_workday(dt.date(2016, 10, 3))
    assert month_due(make_pack(reconciliation__month_close_day=5), "2016-12", NANJING) == dt.date(2017, 1, 5)


def test_a_month_is_closed_by_a_run_that_spans_it(month: Any) -> None:
    assert closed(month) == (False, False, False)
    assert month.at("2016-10-03").close("2016-09") == ("", "", "")
    assert closed(month) == (True, True, True)
    assert [(fact.city, fact.on) for fact in month.facts(MonthClosed, PROVINCE)] == [
        (city, dt.date(2016, 10, 3)) for city in (XUZHOU, NANJING, PROVINCE)
    ]
    spans = {(m.block("data")["stmt_begndate"], m.block("data")["stmt_enddate"]) for m in month.sent("R101")}
    assert ("2016-09-01", "2016-09-30") in spans
    asked = len(month.sent("R101"))
    assert month.close("2016-09") == ("", "", "")
    assert len(month.sent("R101")) == asked
    assert len(month.facts(MonthClosed, PROVINCE)) == 3
    month.check_messages()


def test_a_month_is_not_closed_before_it_is_over(month: Any) -> None:
    assert month.at("2016-09-30", 23).close("2016-09") == ("not_over", "not_over", "not_over")


def test_a_month_with_a_day_unreported_stays_open(month: Any) -> None:
    month.at("2016-09-27").report(None, XUZHOU)
    assert month.at("2016-10-03").act(NANJING, CloseMonth("2016-09")) == ""
    assert month.act(XUZHOU, CloseMonth("2016-08")) == "not_level_yet"
    month.at("2016-10-03").report(dt.date(2016, 9, 25), XUZHOU)  # the first day is earlier now: the 26th was skipped
    assert month.act(XUZHOU, CloseMonth("2016-09")) == "not_level_yet"
    assert month.act(PROVINCE, CloseMonth("2016-09")) == "not_level_yet"
    assert closed(month) == (False, True, False)


def test_a_month_with_a_difference_stays_open_until_it_is_corrected(month: Any) -> None:
    month.at("2016-09-30")
    month.lose(NANJING)
    month.report()
    month.at("2016-10-03").close("2016-09")
    assert closed(month) == (False, False, False)
    refused = [m for _, _, m in month.play.relay.hops if m.is_reply and m.infno == "R101" and m.infcode == 0][-1]
    assert refused.block("stmtinfo")["stmt_rslt_dscr"] == "2016-09-30320100与320300未对平"
    assert month.correct(NANJING) == [""]
    month.close("2016-09")
    assert closed(month) == (True, True, True)


def test_a_month_whose_totals_are_not_the_logs_stays_open(month: Any) -> None:
    month.at("2016-09-30", 23)
    month.play.stay("worker").settled()  # after the evening's report
    month.at("2016-10-01", 1)
    month.act(PROVINCE, ReconcileDay(dt.date(2016, 9, 30)))
    month.report(dt.date(2016, 9, 30), XUZHOU)
    month.at("2016-10-03").close("2016-09")
    assert closed(month) == (False, False, False)
    month.report()
    month.close("2016-09")
    assert closed(month) == (True, True, True)


def test_the_totals_of_the_month_must_be_the_logs_too(month: Any) -> None:
    log = month.play.province.reconciliation._log
    row = next(iter(log._rows["2016-09-28"].values()))[0]
    log._rows["2016-09-28"][row.pair].append(row)  # nobody looks at the day again
    month.at("2016-10-03").close("2016-09")
    assert closed(month) == (False, False, False)
    replies = [m for _, _, m in month.play.relay.hops if m.is_reply and m.infno == "R101"]
    assert replies[-1].block("stmtinfo")["stmt_rslt_dscr"] == "320100与320300月总额不符"


def test_a_city_that_never_reported_cannot_close(bench: Any) -> None:
    assert bench.at("2016-11-03").close() == ("not_level_yet", "not_level_yet", "not_level_yet")


def test_a_run_over_a_month_of_a_city_that_never_reported_is_not_good(month: Any) -> None:
    closing = month.play.province.reconciliation._closing
    assert closing.problem("320200", "2016-09") == "无日对账"
    assert closing.unlike(NANJING, "2016-08", "1") == "未报月总额"
    month.play.province.reconciliation._intake._reports.popitem()
    assert closing.problem(NANJING, "2016-09") == "2016-09-30未报"


def test_results_are_dropped_by_pair(month: Any) -> None:
    results = Results()
    for number, (pair, result) in enumerate(((("a", "b"), LEVEL), (("a", "c"), NOT_LEVEL))):
        results.fold(DayCompared(f"N{number}", "2016-09-28", pair, month.play.now, result, (), 0))
    results.drop_before("2016-09-28")
    assert results.pairs("2016-09-28") == {("a", "b"), ("a", "c")}
    results.drop_before("2016-09-29")
    assert results.pairs("2016-09-28") == {("a", "c")}
    assert [standing.number for _, _, standing in results.under("2016-09")] == ["N1"]


def test_days_of_a_closed_month_are_not_reported_again(month: Any) -> None:
    month.at("2016-10-03").close("2016-09")
    assert month.act(NANJING, ReconcileDay(dt.date(2016, 9, 30))) == "month_closed"
    (sent, *_) = month.sent("R101")
    again = sent._replace(key=sent.key._replace(msgid=sent.msgid[:-1] + "X"))
    assert month.play.relay.ask(month.play.now, PROVINCE, again).infcode == -211


# -- after the close --------------------------------------------------------------------------------------------


LOST = [
    ((NANJING,), NANJING),
    ((XUZHOU,), XUZHOU),
    ((PROVINCE,), PROVINCE),
    ((NANJING, PROVINCE), XUZHOU),
    ((XUZHOU, PROVINCE), NANJING),
    ((XUZHOU, NANJING), PROVINCE),
]


@pytest.mark.parametrize(("lost", "who"), LOST)
def test_what_was_explained_is_corrected_in_the_open_month(month: Any, lost: tuple[str, ...], who: str) -> None:
    month.at("2016-09-29")
    stay = month.lose(*lost)
    month.at("2016-09-30", 22).report(dt.date(2016, 9, 29))
    assert month.result("2016-09-29") == ("not_level",) * 3
    (mismatch,) = month.play.province.reconciliation.results.mismatches()
    month.at("2016-10-09", 22).report()  # the next working day is the 8th: now it is a special case
    assert month.close("2016-09") == ("", "", "")
    assert closed(month) == (True, True, True)
    assert month.kinds() == [(mismatch.kind, mismatch.way, stay.setl_id)]

    month.at("2016-10-10")
    reported = len(month.sent("R101"))
    assert month.act(who, Correct(mismatch)) == ""
    assert len(month.sent("R101")) == reported  # the closed day is not reported again
    assert month.level_books()
    (node, day) = (month.nodes[who], "2016-10-10")
    rows = (
        node.reconciliation.rows(day, ("320100", "320300"))
        if who == PROVINCE
        else node.reconciliation.rows({XUZHOU: "1", NANJING: "2"}[who], day)
    )
    assert [row.at.date().isoformat() for row in rows] == [day]  # dated today
    month.at("2016-10-10", 22).report()
    assert month.result("2016-09-29") == ("corrected",) * 3
    assert month.result(day) == ("level",) * 3
    assert month.kinds() == []
    month.report()  # and it stays so when the day is reported again
    assert month.result(day) == ("level",) * 3
    for each in days_between("2016-10-01", "2016-11-01"):
        month.at(each, 23).report()
    month.at("2016-11-03").close("2016-10")
    assert closed(month, "2016-10") == (True, True, True)
    month.check_messages()


def test_one_of_two_differences_of_a_closed_month_leaves_the_other_open(month: Any) -> None:
    month.at("2016-09-29")
    first = month.lose(NANJING)
    second = month.lose(PROVINCE, who="worker")
    month.at("2016-09-30", 22).report(dt.date(2016, 9, 29))
    month.at("2016-10-09", 22).report()
    month.close("2016-09")
    month.at("2016-10-10").correct(NANJING)
    month.report()
    assert [number for _, _, number in month.kinds()] == [second.setl_id]
    assert month.result("2016-09-29") == ("not_level",) * 3
    month.correct(PROVINCE)
    month.report()
    assert month.kinds() == []
    assert month.result("2016-09-29") == ("corrected",) * 3
    assert first.setl_id


# -- what is kept -----------------------------------------------------------------------------------------------


def test_what_is_kept_goes_back_to_the_month_before() -> None:
    assert keep_from("2016-10-03") == "2016-09-01"
    assert keep_from("2017-01-31") == "2016-12-01"


def held(bench: Any) -> set[str]:
    log = bench.play.province.reconciliation._log
    return {
        *bench.play.treatment.statements.rows_by_day,
        *bench.play.insured.reconciliation._insured_rows,
        *(day for day, _ in log.held()),
    }


def drop(bench: Any, day: str) -> None:
    for node in bench.nodes.values():
        node.drop_before(day)


def test_rows_are_kept_until_the_month_is_closed(month: Any) -> None:
    drop(month, "2016-10-02")
    assert held(month) == {"2016-09-28"}
    month.at("2016-10-03").close("2016-09")
    month.play.stay("worker").settled()
    drop(month, "2016-10-03")
    assert held(month) == {"2016-10-03"}


def test_rows_in_dispute_are_kept_when_the_month_is_closed(month: Any) -> None:
    month.at("2016-09-29")
    month.lose(NANJING)
    month.at("2016-09-30", 22).report(dt.date(2016, 9, 29))
    month.at("2016-10-09", 22).report()
    month.close("2016-09")
    drop(month, "2016-10-09")
    assert held(month) == {"2016-09-29"}
    month.correct(NANJING)
    month.report()
    drop(month, "2016-10-10")
    assert held(month) == {"2016-10-09"}


def test_rows_of_a_month_that_is_never_closed_are_let_go_after_the_next_one(month: Any) -> None:
    assert len(month.play.treatment._exchanges) == 15
    month.play.insured.reconciliation._changed.add("2016-09-28")
    month.play.province.reconciliation._comparison.changed.add(("2016-09-28", ("320100", "320300")))
    drop(month, "2016-11-01")
    assert held(month) == set()
    keys = {key for node in month.nodes.values() for key, each in node._exchanges.items() if each.request.is_bureau}
    assert not keys
    assert list(month.play.treatment.reconciliation.results.under("")) == []
    month.at("2016-11-05").report()
    assert [fact.number for fact in month.facts(DayCompared)]
