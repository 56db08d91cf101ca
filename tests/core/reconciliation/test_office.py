"""The statement desk of a city: 3201 totals, 3202 with its file, and which hospitals are behind."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.platform.files import RESULT, parsed
from simulator.core.reconciliation.facts import ReconcileDay
from simulator.core.reconciliation.office import StatementCompared
from simulator.core.reconciliation.statement import statement_row, statement_text

NANJING = "320100"
DAY = dt.date(2016, 10, 10)


@pytest.fixture
def statements(bench: Any) -> Any:
    return bench.play.treatment.statements


def total(bench: Any, insutype: str = "310", **changes: Any) -> Any:
    """Send a 3201 for what the hospital has really settled (its desk keeps no books in these tests)."""
    rows = [
        row for row in bench.play.treatment.statements.rows_by_day.get("2016-10-10", ()) if row.insutype == insutype
    ]
    asked = bench.play.desk.statement(bench.play.tick(), DAY, insutype)
    data = {
        "fixmedins_setl_cnt": sum(row.sign for row in rows),
        "medfee_sumamt": sum(row.shares.medfee_sumamt for row in rows),
        "fund_pay_sumamt": sum(row.shares.fund_pay_sumamt for row in rows),
        "acct_pay": sum(row.shares.acct_pay for row in rows),
    }
    return bench.play.ask(asked.with_fields("data", data | changes))


def compare(bench: Any, rows: list[Any], **changes: Any) -> tuple[Any, Any]:
    """Upload rows (9101), have them compared (3202), fetch the result (9102); return the reply and the result rows."""
    play = bench.play
    uploaded = play.ask(play.desk.upload_file(play.tick(), statement_text(rows)))
    number = uploaded.blocks["file_qury_no"]
    asked = play.desk.statement_rows(play.tick(), (DAY, DAY), number, rows)
    reply = play.ask(asked.with_fields("data", changes))
    if not reply.succeeded:
        return reply, None
    result = reply.block("fileinfo")["file_qury_no"]
    wanted = play.desk.fetch_file(play.tick(), result)
    assert play.ask(wanted).succeeded
    text = play.treatment.files.fetched(wanted, play.now).text
    return reply, parsed(text, RESULT) if text else ()


def held(bench: Any) -> list[Any]:
    return [statement_row(row) for row in bench.play.treatment.statements.rows_by_day["2016-10-10"]]


def test_totals_are_compared_by_insurance_and_clearing_type(bench: Any) -> None:
    bench.play.stay().settled()
    bench.play.stay("resident").settled()
    row = bench.row(NANJING, bench.play.stay("worker").settled().setl_id)
    bench.plant(row, 1, on=(NANJING,), med_type="41")
    for insutype, clr_type, level in (("310", "21", "1"), ("310", "41", "1"), ("390", "21", "0"), ("390", "41", "1")):
        reply = total(bench, insutype, clr_type=clr_type)
        assert reply.block("stmtinfo")["stmt_rslt"] == level, (insutype, clr_type)
    only = {"medfee_sumamt": 1_854_575, "fund_pay_sumamt": 1_286_188, "acct_pay": 50_000, "fixmedins_setl_cnt": 1}
    assert total(bench, clr_type="41", **only).block("stmtinfo")["stmt_rslt"] == "0"
    bench.check_messages()


def test_a_hospital_is_behind_until_its_totals_are_level(bench: Any, statements: Any) -> None:
    assert statements.behind("2016-10-10") == ()
    bench.play.stay().settled()
    assert statements.behind("2016-10-10") == ("H32019900001",)
    total(bench, fixmedins_setl_cnt=0)
    assert statements.behind("2016-10-10") == ("H32019900001",)
    total(bench)
    assert statements.behind("2016-10-10") == ()
    bench.play.stay("worker").settled()
    assert statements.behind("2016-10-10") == ("H32019900001",)
    assert [fact.level for fact in bench.facts(StatementCompared)] == [False, True]


def test_hospitals_come_first_where_the_pack_says_so_until_the_totals_are_due(make_bench: Any) -> None:
    bench = make_bench(reconciliation__hospital_first=True)
    bench.play.stay().settled()
    assert bench.act(NANJING, ReconcileDay(DAY)) == "not_level_yet"
    assert not bench.sent("R101")
    total(bench)
    assert bench.act(NANJING, ReconcileDay(DAY)) == ""
    bench.play.stay("worker").settled()
    assert bench.act(NANJING, ReconcileDay(DAY)) == "not_level_yet"
    bench.at("2016-10-11", 4)
    assert bench.act(NANJING, ReconcileDay(DAY)) == ""


def test_a_file_like_the_citys_has_no_difference(bench: Any) -> None:
    bench.play.stay().settled()
    stay = bench.play.stay("worker").settled()
    stay.about("2305")
    reply, found = compare(bench, held(bench))
    assert found == ()
    assert reply.block("fileinfo")["dld_endtime"] > "2016-10-17"
    bench.check_messages()


def test_differences_of_a_file_come_back_as_a_file(bench: Any) -> None:
    first, second = bench.play.stay().settled(), bench.play.stay("worker").settled()
    third = bench.play.stay("resident").settled()
    rows = {row["setl_id"]: row for row in held(bench)}
    wrong = {**rows[second.setl_id], "acct_pay": 49_999}
    stray = {**rows[first.setl_id], "setl_id": "A9"}
    _, found = compare(bench, [rows[first.setl_id], wrong, stray])
    assert [(row["setl_id"], row["memo"]) for row in found] == [
        (second.setl_id, "金额不一致"),
        ("A9", "中心端无此记录"),
        ("", "医疗机构无此记录"),
    ]
    centre = found[2]
    assert (centre["mdtrt_id"], centre["msgid"]) == ("", third.sent["2304"].msgid)
    assert centre["medfee_sumamt"] == 1_854_575
    assert third.reverse(
        third.sent["2304"]._replace(key=third.sent["2304"].key._replace(msgid=centre["msgid"]))
    ).succeeded
    bench.check_messages()


def test_a_file_may_be_about_one_clearing_type(bench: Any) -> None:
    row = bench.row(NANJING, bench.play.stay().settled().setl_id)
    bench.plant(row, 1, on=(NANJING,), med_type="11")
    _, found = compare(bench, held(bench)[:1], clr_type="21")
    assert found == ()
    _, found = compare(bench, held(bench)[:1], clr_type="")
    assert len(found) == 1


def test_a_file_that_cannot_be_read_or_found_is_refused(bench: Any) -> None:
    bench.play.stay().settled()
    play = bench.play
    uploaded = play.ask(play.desk.upload_file(play.tick(), "A1\tS1\n"))
    number = uploaded.blocks["file_qury_no"]
    assert play.ask(play.desk.statement_rows(play.tick(), (DAY, DAY), number, [])).infcode == -208
    assert play.ask(play.desk.statement_rows(play.tick(), (DAY, DAY), "F1", [])).infcode == -171
    other = play.net.desks["H32019900002"]
    assert play.ask(other.statement_rows(play.tick(), (DAY, DAY), number, [])).infcode == -171
