"""The daily three-way file: who says what to whom, in how many pages, and what comes of a side that is silent."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.core import invariants as inv
from simulator.core.network.router import Passed
from simulator.core.platform.message import Key
from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.facts import (
    Correct,
    Corrected,
    DayCompared,
    ReconcileDay,
    RowsReceived,
    RunMissed,
    TotalsReceived,
)
from simulator.core.reconciliation.log import Intake
from simulator.core.reconciliation.messages import Span
from simulator.core.reconciliation.rows import row_of

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
PAIR = (NANJING, XUZHOU)
DAY = "2016-10-10"
LEVEL, NOT_LEVEL, CORRECTED, MISSING = (("level",) * 3), (("not_level",) * 3), (("corrected",) * 3), (("missing",) * 3)
NEVER = ("", "", "")
MISMATCH = Mismatch(DAY, *PAIR, "A1", False, "S1", "M1", "1", 0, 700, 0, "1")


def settled(bench: Any) -> Any:
    """A settlement on all sides, as the city of insurance has it."""
    return bench.row(XUZHOU, bench.play.stay("resident").settled().setl_id)


# -- level ------------------------------------------------------------------------------------------------------


def test_a_day_on_which_all_agree_takes_totals_and_a_result(bench: Any) -> None:
    stay = bench.play.stay().settled()
    stay.about("2305")
    bench.play.stay("worker").settled()
    bench.report()
    assert bench.result(DAY) == LEVEL
    said = [(start, end, message.infno) for start, end, message in bench.play.relay.hops if message.is_bureau]
    assert len(bench.sent("R101")) == 4
    assert len(bench.sent("R103")) == 2
    assert not bench.sent("R102")
    assert {(start, end) for start, end, _ in said} == {
        (XUZHOU, PROVINCE),
        (PROVINCE, XUZHOU),
        (NANJING, PROVINCE),
        (PROVINCE, NANJING),
    }
    (totals,) = [m for m in bench.sent("R101") if m.rows("stmtlist") and m.block("data")["role"] == "2"]
    (line,) = totals.rows("stmtlist")
    assert (line["setl_totlnum"], line["clr_sumamt"]) == (1, 1_336_188)
    assert line["insu_admdvs"] == "320399"
    assert bench.check_messages() == 12


def test_an_empty_day_is_reported_too_and_is_about_no_pair(bench: Any) -> None:
    bench.report()
    assert [m.block("data")["totalrow"] for m in bench.sent("R101")] == [0, 0, 0, 0]
    assert all(
        reply.block("stmtinfo")["stmt_rslt"] == "0"
        for _, _, reply in bench.play.relay.hops
        if reply.is_reply and reply.infno == "R101"
    )
    assert bench.result(DAY) == NEVER
    assert not bench.sent("R103")
    bench.check_messages()


def test_in_city_and_ncms_rows_are_not_reconciled_between_cities(bench: Any) -> None:
    bench.play.stay("local").settled()
    row = settled(bench)
    bench.plant(row, 1, on=(NANJING,), insutype="380")
    bench.plant(row, 2, on=(PROVINCE,), insutype="380")
    bench.report()
    assert bench.result(DAY) == LEVEL


def test_a_day_reported_again_without_news_is_not_told_again(bench: Any) -> None:
    settled(bench)
    bench.report()
    told = len(bench.sent("R103"))
    bench.report()
    assert len(bench.sent("R103")) == told
    numbers = [m.block("data")["stmt_bchno"] for m in bench.sent("R101")]
    assert numbers[:2] == ["DZ320300201610101001", "DZ320300201610102001"]
    assert numbers[4:6] == ["DZ320300201610101002", "DZ320300201610102002"]


def test_a_day_that_has_not_come_is_declined(bench: Any) -> None:
    for code in (NANJING, PROVINCE):
        assert bench.act(code, ReconcileDay(dt.date(2016, 10, 11))) == "not_over"


# -- pages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("groups", "pages"), [(100, 1), (101, 2)])
def test_totals_go_in_pages_of_a_hundred(bench: Any, groups: int, pages: int) -> None:
    row = settled(bench)
    for number in range(1, groups):
        bench.plant(row, number, insured_area=f"32{number:04d}")
    bench.report()
    sent = [m for m in bench.sent("R101") if m.rows("stmtlist") and m.party == "C32010000000"]
    assert [(m.block("data")["page_num"], len(m.rows("stmtlist"))) for m in sent] == [(1, 100), (2, 1)][:pages]
    assert {(m.block("data")["pages"], m.block("data")["data_cnt"]) for m in sent} == {(pages, groups)}
    answers = [m for _, _, m in bench.play.relay.hops if m.is_reply and m.infno == "R101" and m.party == sent[0].party]
    assert [m.block("stmtinfo")["stmt_rslt"] for m in answers] == ["0"] * (pages + 1)
    assert bench.result(DAY) == LEVEL
    bench.check_messages()


@pytest.mark.parametrize(("rows", "pages"), [(100, 1), (101, 2)])
def test_rows_and_differences_go_in_pages_of_a_hundred(bench: Any, rows: int, pages: int) -> None:
    row = settled(bench)
    for number in range(1, rows + 1):
        bench.plant(row, number, on=(XUZHOU, PROVINCE))
    bench.report()
    sent = [m for m in bench.sent("R102") if m.party == "C32030000000"]
    assert sum(len(m.rows("setllist")) for m in sent) == rows + 1
    assert [m.block("data")["page_num"] for m in sent] == [1, 2]
    parts = [m for m in bench.sent("R103") if m.rows("difflist") and m.recipient == NANJING]
    assert [len(m.rows("difflist")) for m in parts] == [100, 1][:pages]
    assert {m.block("data")["diff_totlnum"] for m in parts} == {rows}
    assert len(bench.kinds()) == rows
    assert {kind for kind, _, _ in bench.kinds()} == {"5"}
    assert bench.result(DAY) == NOT_LEVEL
    bench.check_messages()


def test_a_page_that_comes_last_completes_the_totals_whatever_its_number(bench: Any) -> None:
    row = settled(bench)
    for number in range(1, 101):
        bench.plant(row, number, insured_area=f"32{number:04d}")
    bench.report(None, XUZHOU)
    node, now = bench.play.treatment, bench.play.now
    pages = [e.message for e in node.act(now, ReconcileDay(bench.day)) if type(e).__name__ == "Send"]
    second, first, empty = pages[2], pages[1], pages[0]
    assert (second.block("data")["page_num"], first.block("data")["page_num"]) == (2, 1)
    for message in (empty, second):
        bench.play.relay.ask(now, PROVINCE, message)
    assert bench.result(DAY) == NEVER
    assert bench.play.relay.ask(now, PROVINCE, first).block("stmtinfo")["stmt_rslt"] == "0"
    assert bench.result(DAY)[1:] == ("level", "level")


# -- not level --------------------------------------------------------------------------------------------------


def test_the_answer_to_totals_says_whether_they_are_the_provinces(bench: Any) -> None:
    bench.lose(NANJING)
    bench.report()
    replies = [m for _, _, m in bench.play.relay.hops if m.is_reply and m.infno == "R101"]
    told = {m.block("stmtinfo")["stmt_bchno"]: m.block("stmtinfo") for m in replies}
    assert told["DZ320300201610101001"]["stmt_rslt"] == "0"
    assert told["DZ320100201610102001"]["stmt_rslt"] == "1"
    assert told["DZ320100201610102001"]["stmt_rslt_dscr"] == "1对地区与平台不符"


def test_a_pair_that_is_not_level_is_asked_for_its_rows_once(bench: Any) -> None:
    bench.lose(NANJING)
    bench.report()
    asked = [m.block("data")["stmt_rslt_dscr"] for m in bench.sent("R103") if not m.rows("difflist")]
    assert asked == ["参保地1笔、清算额16460.10元；就医地0笔、清算额0.00元；平台1笔、清算额16460.10元"] * 2
    assert len(bench.sent("R102")) == 2


@pytest.mark.parametrize("changes", [{"insured_area": "320382"}, {"hifp_pay": -1, "hifmi_pay": 1}])
def test_a_split_that_only_the_cities_can_compare_is_left_to_people(bench: Any, changes: dict[str, Any]) -> None:
    row = settled(bench)
    shares = row.shares
    if "insured_area" not in changes:
        shares, changes = shares._replace(**{k: getattr(shares, k) + v for k, v in changes.items()}), {}
    bench.plant(row, 1, on=(XUZHOU, PROVINCE))
    bench.plant(row, 1, on=(NANJING,), shares=shares, **changes)
    bench.report()
    assert bench.result(DAY) == NOT_LEVEL
    assert bench.kinds() == []
    assert len(bench.sent("R102")) == 2
    assert len(bench.sent("R103")) == 4  # asked for rows, then told that these agree
    bench.check_messages()


def test_what_passes_after_the_comparison_is_compared_again(bench: Any) -> None:
    settled(bench)
    bench.report()
    bench.play.stay("worker").settled()
    bench.act(PROVINCE, ReconcileDay(bench.day))
    assert bench.result(DAY) == NOT_LEVEL  # the cities have not reported it yet
    bench.at("2016-10-11").report()
    assert [m.block("data")["stmt_begndate"] for m in bench.sent("R101")][-4:] == [DAY, DAY, "2016-10-11", "2016-10-11"]
    assert bench.result(DAY) == CORRECTED
    bench.act(PROVINCE, ReconcileDay(bench.day))
    assert bench.result(DAY) == CORRECTED


def test_rows_for_totals_that_were_replaced_are_refused(bench: Any) -> None:
    bench.lose(NANJING)
    bench.report()
    (rows,) = [m for m in bench.sent("R102") if m.party == "C32010000000"]
    late = rows._replace(key=rows.key._replace(msgid=rows.msgid[:-1] + "X"))
    late = late.with_fields("data", {"stmt_bchno": "DZ320100201610102009"})
    assert bench.play.relay.ask(bench.play.now, PROVINCE, late).infcode == -212


def test_totals_of_odd_days_are_refused(bench: Any) -> None:
    bench.report()
    (sent, *_) = bench.sent("R101")
    odd = sent._replace(key=sent.key._replace(msgid=sent.msgid[:-1] + "X")).with_fields(
        "data", {"stmt_begndate": "2016-10-01", "stmt_enddate": "2016-10-10"}
    )
    assert bench.play.relay.ask(bench.play.now, PROVINCE, odd).infcode == -212


def test_a_result_about_other_cities_is_refused(bench: Any) -> None:
    settled(bench)
    bench.report()
    (told, *_) = [m for m in bench.sent("R103") if m.recipient == NANJING]
    other = told._replace(key=told.key._replace(msgid=told.msgid[:-1] + "X"))
    other = other.with_fields("data", {"mdtrtarea_admvs": "320200"})
    assert bench.play.relay.ask(bench.play.now, NANJING, other).infcode == -103


def test_a_result_that_a_later_one_has_overtaken_changes_nothing(bench: Any) -> None:
    bench.lose(NANJING)
    bench.report()
    (asked, found) = [m for m in bench.sent("R103") if m.recipient == NANJING]
    assert asked.block("data")["stmt_bchno"] < found.block("data")["stmt_bchno"]
    before = bench.result(DAY), bench.kinds()
    late = asked._replace(key=asked.key._replace(msgid=asked.msgid[:-1] + "X"))
    assert bench.play.relay.ask(bench.play.now, NANJING, late).succeeded
    assert (bench.result(DAY), bench.kinds()) == before
    assert len(bench.sent("R102")) == 2


def test_a_pair_that_was_asked_and_is_level_after_all_is_told_so(bench: Any) -> None:
    settled(bench)
    bench.report()
    bench.play.stay("worker").settled()
    with patch.object(bench.play.treatment, "handle", lambda now, message: ()):  # its rows never come
        bench.report(None, XUZHOU)
    assert bench.result(DAY) == ("rows_wanted", "level", "level")
    bench.report(None, NANJING)
    assert bench.result(DAY) == LEVEL
    assert bench.kinds() == []


# -- a side that is silent --------------------------------------------------------------------------------------


def test_a_side_that_has_not_sent_by_the_deadline_is_missing(bench: Any) -> None:
    settled(bench)
    bench.at(DAY, 22).report(None, NANJING)
    bench.at("2016-10-11", 3).act(PROVINCE, ReconcileDay(dt.date(2016, 10, 10)))
    assert not bench.facts(RunMissed)
    assert bench.result(DAY) == NEVER
    bench.at("2016-10-11", 4).act(PROVINCE, ReconcileDay(dt.date(2016, 10, 10)))
    assert bench.play.province.reconciliation.missed(DAY) == ((XUZHOU, "1"), (XUZHOU, "2"))
    assert bench.result(DAY) == ("missing", "rows_wanted", "missing")
    told = {m.recipient: m.block("data")["stmt_rslt_dscr"] for m in bench.sent("R103")}
    assert told == dict.fromkeys(PAIR, "对账总额或明细未按时报到")
    assert [m.party for m in bench.sent("R102")] == ["C32010000000"]  # who has reported sends its rows
    bench.act(PROVINCE, ReconcileDay(dt.date(2016, 10, 10)))
    assert len(bench.facts(RunMissed)) == 2
    assert len(bench.sent("R103")) == 2
    bench.report(dt.date(2016, 10, 10), XUZHOU)
    assert bench.result(DAY) == LEVEL
    bench.check_messages()


def test_rows_that_do_not_come_are_missing_too(bench: Any) -> None:
    bench.lose(NANJING)
    bench.report(None, XUZHOU)
    effects = bench.play.treatment.act(bench.play.now, ReconcileDay(bench.day))
    totals = [e.message for e in effects if type(e).__name__ == "Send"]
    for message in totals:  # the city falls silent when it has sent its totals
        effects = bench.play.province.handle(bench.play.now, message)
    asked = [e for e in effects if type(e).__name__ == "Send"]
    assert {e.to for e in asked} == {NANJING, XUZHOU}
    with patch.object(bench.play.treatment, "handle", lambda now, message: ()):
        bench.at("2016-10-11", 4).act(PROVINCE, ReconcileDay(dt.date(2016, 10, 10)))
    assert bench.result(DAY) == ("rows_wanted", "", "missing")
    assert not bench.facts(RunMissed)


def test_what_nobody_reported_is_missing_on_both_sides(bench: Any) -> None:
    settled(bench)
    bench.at("2016-10-11", 4).act(PROVINCE, ReconcileDay(dt.date(2016, 10, 10)))
    assert bench.play.province.reconciliation.missed(DAY) == tuple((c, s) for c in (NANJING, XUZHOU) for s in "12")
    assert bench.result(DAY) == ("missing",) * 3
    assert not bench.sent("R102")


# -- the log ----------------------------------------------------------------------------------------------------


def test_the_log_is_right_where_only_the_cities_say_otherwise(bench: Any) -> None:
    stay = bench.play.stay().settled()
    right = bench.row(XUZHOU, stay.setl_id)
    bench.lose(PROVINCE, who="resident")
    bench.report()
    (mismatch,) = bench.play.province.reconciliation.results.mismatches()
    mistaken = mismatch._replace(setl_id=right.setl_id, kind="7", mdtrt_id=right.mdtrt_id)
    assert bench.act(PROVINCE, Correct(mistaken)) == "cannot_correct"
    assert bench.act(PROVINCE, Correct(mismatch._replace(setl_id="A9"))) == "cannot_correct"


def test_a_change_in_the_log_waits_until_both_cities_have_reported(bench: Any) -> None:
    settled(bench)
    bench.report()
    bench.play.province.reconciliation._comparison.changed.add(("2016-10-09", PAIR))
    assert bench.act(PROVINCE, ReconcileDay(bench.day)) == ""
    assert bench.result("2016-10-09") == NEVER


def test_what_is_dropped_of_one_pair_leaves_the_others(bench: Any) -> None:
    row = settled(bench)
    log = bench.play.province.reconciliation._log
    log.fold_passed(Passed(Key("C", "M"), row_of(row)._replace(treatment_city="320200")))
    log.fold_corrected(Corrected(MISMATCH, "1", "struck", ("A1C1",)))
    assert log.strikes == set()
    log.drop(DAY, PAIR)
    assert list(log.held()) == [(DAY, ("320200", XUZHOU))]
    log.drop(DAY, PAIR)
    log.drop("2016-10-09", PAIR)
    log.drop(DAY, ("320200", XUZHOU))
    assert list(log.held()) == []


# -- beyond the province ----------------------------------------------------------------------------------------


def test_a_city_of_another_province_is_taken_at_the_word_of_the_log(bench: Any) -> None:
    settled(bench)
    bench.at("2016-10-11")
    bench.lose(NANJING)
    registry = bench.play.net.registry._replace(provinces={NANJING: PROVINCE, XUZHOU: "340000"})
    bench.play.province.registry = registry
    bench.report(dt.date(2016, 10, 10), NANJING)
    bench.report(None, NANJING)
    assert bench.result(DAY) == ("", "level", "level")
    assert bench.play.province.reconciliation.results.mismatches()[0].kind == "5"
    assert {m.recipient for m in bench.sent("R103")} == {NANJING}
    assert bench.correct(NANJING) == [""]
    assert bench.result("2016-10-11")[1:] == ("corrected", "corrected")
    bench.check_messages()


def test_a_city_that_is_not_connected_is_not_missed(bench: Any) -> None:
    areas = {code: area._replace(connected_on=None) for code, area in bench.play.net.registry.areas.items()}
    bench.play.province.registry = bench.play.net.registry._replace(areas=areas)
    bench.at("2016-10-11", 4).act(PROVINCE, ReconcileDay(dt.date(2016, 10, 10)))
    assert not bench.facts(RunMissed)


def test_a_loss_that_another_makes_up_for_to_the_fen_is_not_seen_in_totals(bench: Any) -> None:
    row = settled(bench)
    bench.plant(row, 1, on=(XUZHOU,))
    bench.plant(row, 2, on=(NANJING, PROVINCE))
    bench.report()
    assert bench.result(DAY) == LEVEL  # the limit of comparing totals first; the province's copy tells
    assert copies_agree(bench) == [True, False]


# -- base data move upward --------------------------------------------------------------------------------------


def copies_agree(bench: Any) -> list[bool]:
    province = bench.play.province.reconciliation
    cities = {code: city.reconciliation for code, city in bench.cities.items()}
    return [
        inv.copy_is_whole(city.copied_upward(bench.day.isoformat()), province.copy_of(code, bench.day.isoformat()))
        for code, city in cities.items()
    ]


def test_at_day_end_the_provinces_copy_is_the_citys(bench: Any) -> None:
    stay = bench.play.stay().settled()
    stay.about("2305")
    other = bench.play.stay("worker").settled()
    other.reverse(other.sent["2304"])
    bench.play.stay("resident").settled()
    bench.play.stay("local").settled()
    assert copies_agree(bench) == [True, True]
    assert len(bench.play.province.reconciliation.copy_of(XUZHOU, DAY)) == 5
    bench.lose(PROVINCE)
    assert copies_agree(bench) == [False, False]
    bench.report()
    mismatches = bench.play.province.reconciliation.results.mismatches()
    assert not inv.nothing_unmatched(mismatches)
    bench.correct(PROVINCE)
    assert copies_agree(bench) == [True, True]
    assert inv.nothing_unmatched(bench.play.province.reconciliation.results.mismatches())
    assert (inv.copy_is_whole, inv.nothing_unmatched) == inv.RECONCILIATION_INVARIANTS


# -- random rows, random losses -----------------------------------------------------------------------------------

KIND_OF = {
    (NANJING, PROVINCE): "1",
    (XUZHOU, PROVINCE): "2",
    (XUZHOU, NANJING): "3",
    (XUZHOU,): "4",
    (NANJING,): "5",
    (PROVINCE,): "6",
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.sampled_from([(), *KIND_OF]), max_size=12))
def test_the_network_finds_exactly_what_was_lost(make_bench: Any, plan: list[tuple[str, ...]]) -> None:
    bench = make_bench()
    row = settled(bench)
    expected = set()
    for number, lost in enumerate(plan, 1):
        more = 2**number  # no two sets of rows have the same sum: equal totals hide what cancels out
        parts = ("medfee_sumamt", "inscp_scp_amt", "psn_part_amt", "psn_cash_pay")
        shares = row.shares._replace(**{part: getattr(row.shares, part) + more for part in parts})
        planted = bench.plant(row, number, on=tuple({XUZHOU, NANJING, PROVINCE} - set(lost)), shares=shares)
        if lost:
            expected.add((KIND_OF[lost], "1" if len(lost) == 2 else "3", planted.setl_id))
    bench.report()
    assert set(bench.kinds()) == expected
    assert bench.result(DAY) == (NOT_LEVEL if expected else LEVEL)
    for agrees, code in zip(copies_agree(bench), (NANJING, XUZHOU), strict=True):
        assert agrees == all((code in lost) == (PROVINCE in lost) for lost in plan)
    bench.check_messages()


# -- facts ------------------------------------------------------------------------------------------------------


def test_the_recorded_facts_give_the_same_state(bench: Any, fresh_nodes: Any, picture_of: Any) -> None:
    bench.lose(NANJING)
    bench.lose(PROVINCE, who="worker")
    bench.report()
    for code in (NANJING, PROVINCE):
        bench.correct(code)
    bench.at("2016-10-12").report(dt.date(2016, 10, 11), XUZHOU)
    bench.report(dt.date(2016, 10, 11), NANJING)
    bench.at("2016-10-13", 5).act(PROVINCE, ReconcileDay(dt.date(2016, 10, 12)))
    assert bench.facts(DayCompared)
    assert bench.facts(TotalsReceived)
    assert bench.facts(RowsReceived)
    nodes = fresh_nodes()
    for code, fact in bench.play.relay.facts:
        nodes[code].fold(fact)
    for entry in bench.play.relay.postings:
        nodes[entry.org].books.post(entry)
    for code, node in nodes.items():
        mine, theirs = picture_of(node), bench.play.state()[code]
        assert {k: v for k, v in mine.items() if v != theirs[k]} == {k: v for k, v in theirs.items() if v != mine[k]}


def test_what_comes_late_does_not_take_the_place_of_what_is_newer() -> None:
    intake = Intake()
    for number in ("DZ002", "DZ001"):
        intake.fold_totals(TotalsReceived(NANJING, "2", number, DAY, DAY, 1, 1, (), ""))
        intake.fold_rows(RowsReceived("2", number, DAY, PAIR, 1, 1, ()))
    report, listing = intake.report(Span(DAY, DAY), NANJING, "2"), intake.listing(DAY, PAIR, "2")
    assert report is not None
    assert listing is not None
    assert report.batch == listing.batch == intake.batch(DAY, NANJING, "2") == "DZ002"


def test_since_when_each_city_reconciles_daily_is_recorded(bench: Any) -> None:
    """JL-4.1b: where there was no daily reconciliation it is to be set up, and the day it began is to be seen."""
    assert (bench.play.treatment.reconciliation.started, bench.play.province.reconciliation.started) == ("", {})
    bench.at("2016-10-11", 1).report(dt.date(2016, 10, 10), NANJING)
    bench.at("2016-10-12", 1).report(dt.date(2016, 10, 11))
    bench.at("2016-10-13", 1).report(dt.date(2016, 10, 9), NANJING)  # a day before, late
    assert [bench.cities[code].reconciliation.started for code in (NANJING, XUZHOU)] == ["2016-10-09", "2016-10-11"]
    assert bench.play.province.reconciliation.started == {NANJING: "2016-10-09", XUZHOU: "2016-10-11"}
    bench.play.treatment.drop_before("2017-03-01")
    assert bench.play.treatment.reconciliation.started == "2016-10-09"
