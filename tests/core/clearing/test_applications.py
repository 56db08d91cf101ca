"""What a clearing house takes in: complete, in time, of the basic insurance, and no more than it has logged."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.clearing import actions as do
from simulator.core.clearing import applying
from simulator.core.clearing.facts import Applied, Listed, PageTaken, Replaced, SheetMade
from simulator.core.clearing.logged import Logged
from simulator.core.disputes.copies import AnswerCopied
from simulator.core.disputes.ticket import Adjusted, Ruling
from simulator.core.network.router import Passed
from simulator.core.platform.books import insured_legs, posting, treatment_legs
from simulator.core.platform.message import Key
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.rows import row_of

NANJING, XUZHOU, SUZHOU, PROVINCE = "320100", "320300", "320500", "320000"
FIRST = "H32019900001"
MONTH = "2023-09"
NOT_OPEN, APART, EXCEEDS, NOT_NOW, AREA = -223, -224, -225, -227, -101


@pytest.fixture
def applied(bench: Any) -> Any:
    """南京 has applied for 1000 fen of 徐州 and 200 of 苏州."""
    bench.settle(FIRST, "320399", 1_000)
    bench.settle(FIRST, "320599", 200)
    bench.on("2023-10-09").pay_institutions(MONTH)
    bench.on("2023-10-10").act(NANJING, do.ApplyClearing(MONTH))
    return bench


def test_the_province_has_the_application_as_it_was_sent(applied: Any) -> None:
    (fact,) = applied.facts(Applied)
    known = applied.province.applications.in_force[MONTH, NANJING]
    assert (known.event, known.whole) == (fact.event, fact.rows) == ("QS3201002023090001", fact.rows)
    assert [event for event, _ in applied.province.applications.of(MONTH)] == [fact.event] * 2
    assert applied.province.applications.of("2023-08") == ()
    (reply,) = applied.replies("C101")
    assert reply.block("result")["clr_stas"] == "10"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"insutype": "380"}, APART),
        ({"cashym": "202306"}, NOT_OPEN),  # three months late
        ({"cashym": "202308"}, EXCEEDS),  # nothing of that month passed
        ({"insuplc_admdvs": "999999"}, AREA),
        ({"mdtrtarea_admvs": XUZHOU}, AREA),  # another city's
        ({"insuplc_admdvs": NANJING}, EXCEEDS),  # in-city bills pass nobody
        ({"acct_pay": 1, "clr_sumamt": 1_001}, EXCEEDS),
    ],
)
def test_what_may_not_be_claimed_is_refused(applied: Any, fields: dict[str, Any], code: int) -> None:
    (asked,) = applied.requests("C101")
    one = asked._replace(blocks={**asked.blocks, "clrlist": asked.rows("clrlist")[:1]})
    fields["clr_appy_evt_id"] = "QS3201002023090002"
    event = {"clr_appy_evt_id": fields.pop("clr_appy_evt_id")}
    reply = applied.again(one.with_fields("data", event), PROVINCE, "clrlist", **fields)
    assert reply.infcode == code
    assert applied.province.applications.in_force[MONTH, NANJING].event == "QS3201002023090001"


def test_bills_cannot_be_claimed_again_with_another_month(applied: Any) -> None:
    (asked,) = applied.requests("C101")
    reply = applied.on("2023-11-10").again(asked, PROVINCE, setlym="202310", clr_appy_evt_id="QS3201002023100001")
    assert reply.infcode == EXCEEDS
    assert "20.00" in reply.head["err_msg"]  # 2,000 fen of 徐州 together


def test_an_application_counts_when_all_its_pages_are_there(bench: Any) -> None:
    bench.settle(FIRST, "320399", 1_000)
    bench.settle(FIRST, "320599", 200)
    bench.on("2023-10-09").pay_institutions(MONTH)
    rows = bench.city(NANJING).rows.claims(MONTH, bench.now.date()).rows
    intake = bench.province.applications
    for page, row in enumerate(rows, 1):
        assert (MONTH, NANJING) not in intake.in_force
        bench.fold(PROVINCE, PageTaken("QS1", NANJING, MONTH, bench.now.date(), page, 2, (row,)))
    assert intake.in_force[MONTH, NANJING].whole == rows


def test_more_than_a_hundred_rows_go_out_in_pages(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "in_parts", lambda rows: tuple((row,) for row in rows))
    for area in ("320399", "320381", "320599"):
        bench.settle(FIRST, area, 1_000)
    bench.on("2023-10-09").pay_institutions(MONTH)
    bench.act(NANJING, do.ApplyClearing(MONTH))
    pages = [asked.block("data") for asked in bench.requests("C101")]
    assert [(page["page_num"], page["pages"], page["totalrow"], page["data_cnt"]) for page in pages] == [
        (1, 3, 1, 3),
        (2, 3, 1, 3),
        (3, 3, 1, 3),
    ]
    assert len(bench.province.applications.in_force[MONTH, NANJING].whole) == 3


def test_a_page_too_many_makes_the_whole_application_void(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two pages claims what nobody logged: the bills of both are free again."""
    monkeypatch.setattr(applying, "in_parts", lambda rows: tuple((row,) for row in rows))
    bench.settle(FIRST, "320399", 1_000)
    late = bench.settle(FIRST, "320599", 200)
    for fact in list(bench.relay.facts):  # the province has lost the second settlement
        if fact[0] == PROVINCE and getattr(fact[1], "row", None) and fact[1].row.setl_id == late.setl_id:
            row = fact[1].row
            bench.fold(PROVINCE, fact[1]._replace(row=row.mirrored("X", row.at), correction=True))
            found = Mismatch(row.day, *row.pair, row.setl_id, False, row.mdtrt_id, row.msgid, "3", 0, 0, 0, "1")
            bench.fold(PROVINCE, Corrected(found, "3", "struck", ("X",)))
    bench.on("2023-10-09").pay_institutions(MONTH)
    bench.act(NANJING, do.ApplyClearing(MONTH))
    assert [reply.infcode for reply in bench.replies("C101")] == [0, EXCEEDS]
    assert len(bench.facts(Replaced)) == 1
    assert not bench.city(NANJING).member.applications
    assert (MONTH, NANJING) not in bench.province.applications.in_force
    assert len(bench.city(NANJING).rows.claims(MONTH, bench.now.date()).items) == 2


def test_what_a_dispute_has_added_may_be_claimed_too(applied: Any) -> None:
    """Also where another bill was lowered by more, which cannot be claimed yet."""
    number = applied.number(MONTH)
    assert not applied.act(PROVINCE, do.MakeSheet(MONTH))
    for city in applied.registry.cities:
        assert not applied.confirm(city, number)
    row = next(applied.city(NANJING).rows.items(MONTH)).row
    ruling, lowered = Ruling(row.setl_id, "2", 300, "补记"), Ruling("another", "2", -900)
    for code in (NANJING, XUZHOU):
        applied.fold(code, Adjusted("T1", row.setl_id, "202310", NANJING, XUZHOU, 300))
    applied.fold(PROVINCE, AnswerCopied("T1", "202310", NANJING, XUZHOU, (ruling, lowered)))
    applied.post(posting(NANJING, applied.now, "T1", treatment_legs(XUZHOU, FIRST, "320199", 300)))
    applied.post(posting(XUZHOU, applied.now, "T1", insured_legs(NANJING, "320399", 300, 0)))
    applied.settle(FIRST, "320399", 5, at="2023-10-20")
    applied.on("2023-11-06").pay_institutions("2023-10")
    assert not applied.act(NANJING, do.ApplyClearing("2023-10"))
    assert applied.replies("C101")[-1].succeeded
    assert applied.province.applications.in_force["2023-10", NANJING].whole[0].sums.claimed == 305


def test_two_applications_on_their_way_are_both_refused(applied: Any) -> None:
    """The refusal of the first is heard when the second has taken its place: neither is in force then."""
    applied.settle(FIRST, "320399", 5)
    applied.pay_institutions(MONTH)
    assert not applied.act(NANJING, do.ApplyClearing(MONTH))
    first, second = applied.requests("C101")
    node, member = applied.nodes[NANJING], applied.city(NANJING).member
    turn = Turn(node, applied.now)
    member.hears["C101"](turn, first, turn.refuse(first, "unknown_area", XUZHOU))
    assert (member.applications[MONTH].event, member.applications[MONTH].earlier) == ("QS3201002023090002", None)
    member.hears["C101"](turn, second, turn.refuse(second, "unknown_area", XUZHOU))
    assert MONTH not in member.applications
    assert not any(item.claim for item in applied.city(NANJING).rows.items(MONTH))
    member.hears["C101"](turn, first, turn.refuse(first, "unknown_area", XUZHOU))  # heard again
    assert MONTH not in member.applications
    assert not applied.act(NANJING, do.ApplyClearing(MONTH))
    assert applied.replies("C101")[-1].succeeded


def test_an_application_is_corrected_until_its_sheet_is_confirmed(applied: Any) -> None:
    applied.on("2023-10-20").act(PROVINCE, do.MakeSheet(MONTH))
    number = applied.number(MONTH)
    (asked,) = applied.requests("C101")
    assert applied.again(asked, PROVINCE, clr_appy_evt_id="QS3201002023090002").succeeded
    assert applied.again(asked, PROVINCE).infcode == NOT_NOW  # the first one again: a later one has taken its place
    assert applied.province.applications.in_force[MONTH, NANJING].event == "QS3201002023090002"
    assert not applied.confirm(NANJING, number)
    reply = applied.again(asked, PROVINCE, clr_appy_evt_id="QS3201002023090003")
    assert reply.infcode == NOT_NOW
    assert applied.act(NANJING, do.ApplyClearing(MONTH)).startswith("document_not_now")


def test_a_city_that_had_nothing_may_still_apply_before_it_has_confirmed(applied: Any) -> None:
    applied.on("2023-10-20").act(PROVINCE, do.MakeSheet(MONTH))
    applied.settle("H32059900001", "320399", 70)
    applied.pay_institutions(MONTH)
    assert not applied.act(SUZHOU, do.ApplyClearing(MONTH))
    assert not applied.act(PROVINCE, do.MakeSheet(MONTH))
    assert applied.province.house.issue(applied.number(MONTH)).sheet.revision == 1


# -- what comes late, or out of order ---------------------------------------------------------------------------


def test_a_lower_number_never_replaces_a_higher_one(applied: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first application comes after the second, whole or page by page."""
    (first,) = applied.requests("C101")
    applied.settle(FIRST, "320399", 70)
    applied.pay_institutions(MONTH)
    assert not applied.act(NANJING, do.ApplyClearing(MONTH))
    assert applied.again(first, PROVINCE).infcode == NOT_NOW
    assert applied.province.applications.in_force[MONTH, NANJING].event == "QS3201002023090002"
    third = applied.again(first, PROVINCE, clr_appy_evt_id="QS3201002023090003", pages=2)
    assert third.succeeded
    assert applied.again(first, PROVINCE, clr_appy_evt_id="QS3201002023090002").infcode == NOT_NOW


def test_a_number_is_of_one_member_and_month(applied: Any) -> None:
    (asked,) = applied.requests("C101")
    assert applied.on("2023-11-10").again(asked, PROVINCE, setlym="202310").infcode == NOT_NOW


def test_what_is_taken_after_the_sheet_goes_with_the_next(bench: Any) -> None:
    """南京 applies when the sheet is made; nobody corrects it: once it stands without 南京's bills, they are free."""
    bench.settle("H32039900001", "320199", 100)
    bench.settle(FIRST, "320399", 500)
    bench.on("2023-10-09").pay_institutions(MONTH)
    bench.act(XUZHOU, do.ApplyClearing(MONTH))
    assert not bench.act(PROVINCE, do.MakeSheet(MONTH))
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    assert bench.replies("C101")[-1].succeeded
    for city in (SUZHOU, XUZHOU, NANJING):
        assert not bench.confirm(city, bench.number(MONTH))
    assert [fact.event for fact in bench.facts(Replaced, NANJING)] == ["QS3201002023090001"]
    bench.on("2023-11-09").sheet("2023-10")
    (pair,) = bench.province.house.issue(bench.number("2023-10")).sheet.pairs
    assert (pair.treatment, pair.sums.claimed) == (NANJING, 500)


def test_a_correction_that_comes_after_the_other_side_has_confirmed_goes_with_the_next(applied: Any) -> None:
    number = applied.on("2023-10-20").number(MONTH)
    applied.act(PROVINCE, do.MakeSheet(MONTH))
    assert not applied.confirm(XUZHOU, number)
    applied.settle(FIRST, "320399", 70)
    held = next(item for item in applied.city(NANJING).rows.items(MONTH) if item.cleared == 1_000)
    applied.act(NANJING, do.Exclude((held.row.setl_id,)))
    applied.settle(FIRST, "320599", 30)
    applied.pay_institutions(MONTH)
    assert not applied.act(NANJING, do.ApplyClearing(MONTH))
    assert not applied.act(PROVINCE, do.MakeSheet(MONTH))  # it corrects what concerns 苏州
    pairs = applied.province.house.issue(number).sheet.pairs
    assert {(pair.insured, pair.event[-1], pair.sums.claimed) for pair in pairs} == {
        (XUZHOU, "1", 1_000),
        (SUZHOU, "2", 230),
    }
    assert applied.act(PROVINCE, do.MakeSheet(MONTH)).startswith(f"document_not_now {number} {XUZHOU}")
    for city in (NANJING, SUZHOU):
        assert not applied.confirm(city, number)
    listed = {fact.event[-1]: len(fact.items) for fact in applied.facts(Listed, NANJING)}
    assert listed == {"1": 1, "2": 2}
    assert (held.claim[-1], held.listed) == ("1", True)  # as it stands on the sheet
    assert applied.province.applications.in_force[MONTH, NANJING].closed
    claims = applied.city(NANJING).rows.claims("2023-10", applied.on("2023-11-10").now.date())
    assert [line.sums.claimed for line in claims.rows] == [70]
    assert not applied.act(NANJING, do.ApplyClearing("2023-10"))
    assert applied.replies("C101")[-1].succeeded


def test_a_sheet_that_stands_leaves_other_months_open(applied: Any) -> None:
    applied.settle(FIRST, "320399", 70, at="2023-10-15")
    applied.on("2023-11-06").pay_institutions("2023-10")
    applied.act(NANJING, do.ApplyClearing("2023-10"))
    applied.act(PROVINCE, do.MakeSheet(MONTH))
    assert not applied.confirm(NANJING, applied.number(MONTH))
    known = applied.province.applications.in_force
    assert [known[month, NANJING].closed for month in (MONTH, "2023-10")] == [True, False]
    assert [fact.event for fact in applied.facts(Listed)] == ["QS3201002023090001"]
    assert not applied.act(PROVINCE, do.MakeSheet("2023-10"))
    assert not applied.confirm(NANJING, applied.number("2023-10"))


def test_an_answer_is_to_the_sheet_as_it_was_sent_last(applied: Any) -> None:
    """The correction is under way when 徐州 confirms the first version: it confirms what it has not seen."""
    number = applied.on("2023-10-20").number(MONTH)
    applied.act(PROVINCE, do.MakeSheet(MONTH))
    assert not applied.confirm(XUZHOU, number)
    (asked,) = applied.requests("C103")
    sheet = applied.province.house.issue(number).sheet
    applied.fold(PROVINCE, SheetMade(sheet._replace(number=f"{number}R1"), (XUZHOU,)))
    assert applied.again(asked, PROVINCE).infcode == NOT_NOW


def test_an_old_months_applications_are_put_away_once_their_sheet_stands(applied: Any) -> None:
    applied.on("2023-10-20").act(PROVINCE, do.MakeSheet(MONTH))
    applied.settle("H32039900001", "320199", 5, at="2023-09-16")
    applied.pay_institutions(MONTH)
    applied.act(XUZHOU, do.ApplyClearing(MONTH))
    assert not applied.confirm(NANJING, applied.number(MONTH))
    desks = applied.province.applications, applied.city(NANJING).member
    for desk in desks:
        desk.drop_before("2024-01-31")
    assert len(desks[0].versions) == 2
    assert len(desks[1].applications[MONTH].items) == 2
    for desk in (*desks, applied.city(XUZHOU).member):
        desk.drop_before("2024-02-01")
    assert set(desks[0].versions) == {"QS3203002023090001"}  # that of 徐州, which stands on no sheet yet
    assert desks[1].applications[MONTH].items == ()
    assert len(applied.city(XUZHOU).member.applications[MONTH].items) == 1


def test_what_the_log_enters_late_counts_for_the_month_it_sets_right(bench: Any) -> None:
    row = row_of(bench.settle(FIRST, "320399", 1_000, at="2023-10-05"))
    logged = Logged()
    keys = [(month, NANJING, XUZHOU, "310") for month in (MONTH, "2023-10")]
    found = Mismatch("2023-09-30", NANJING, XUZHOU, row.setl_id, False, row.mdtrt_id, row.msgid, "6", 0, 0, 0, "3")
    key = Key("C32000000000", "X")
    back = row.mirrored("X", row.at)
    steps = [
        (Corrected(found, "3", "asked", ()), (0, 0)),
        (Passed(key, row), (0, 1_000)),
        (Passed(key, back), (0, 1_000)),  # a refund goes with or after what it takes back, and not off its month
        (Corrected(found, "3", "entered", ()), (0, 1_000)),
        (Passed(key, row), (0, 2_000)),
        (Corrected(found, "1", "entered", ()), (0, 2_000)),
        (Corrected(found, "3", "entered", ()), (1_000, 1_000)),
        (Passed(key, back, correction=True), (1_000, 1_000)),
        (Passed(key, row, correction=True), (1_000, 1_000)),
        (Corrected(found, "3", "replaced", ("X",)), (1_000, 1_000)),
        (Passed(key, back, correction=True), (1_000, 1_000)),
        (Corrected(found, "3", "struck", ("X",)), (0, 1_000)),
        (Passed(key, back.mirrored("Y", row.at), correction=True), (0, 1_000)),
        (Passed(key, back, correction=True), (0, 1_000)),
        (Corrected(found, "3", "replaced", ("Y",)), (0, 1_000)),  # of a refund: no settlement of it has changed
    ]
    for fact, expected in steps:
        logged.folds[type(fact)](fact)
        assert tuple(logged.cleared(each) for each in keys) == expected
