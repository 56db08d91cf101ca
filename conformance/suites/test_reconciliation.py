"""Daily reconciliation of an institution with its city (3201, 3202), and the files that go with it (9101, 9102)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.clauses import alone, core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import HERE, HOME

CLEARING = {"inpatient": "21", "outpatient": "11", "pharmacy": "41"}
GROUPS = (("worker", "inpatient"), ("worker", "outpatient"), ("resident", "inpatient"), ("retired", "pharmacy"))
NAMES = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "fixmedins_setl_cnt")
WRONG = {
    "a fen": {"medfee_sumamt": 1},
    "the fund": {"fund_pay_sumamt": -1},
    "the account": {"acct_pay": 1},
    "the count": {"fixmedins_setl_cnt": 1},
}
"""What is wrong with a statement, by how much."""


def day_of(case: CaseClient, shape: str, care: str) -> tuple[VisitClient, dict[str, Any]]:
    """Settle a visit at an institution that has settled nothing of its kind today; return its statement.

    A case that does so is alone, and cancels it in the end, so that the institution has settled nothing again.
    """
    house = case.do("quiet", shape, CLEARING[care])
    visit = case.visit(HOME, shape, care=care, at=house)
    row = visit.settled().output["setlinfo"]
    row = row[0] if isinstance(row, list) else row
    amounts = {name: row.get(name, 0) for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")}
    return visit, {**amounts, "fixmedins_setl_cnt": 1}


def stated(totals: dict[str, Any]) -> dict[str, Any]:
    """Return totals as fields of a 3201."""
    return {f"data/{name}": value for name, value in totals.items()}


def result(case: CaseClient, visit: VisitClient, totals: dict[str, Any], expected: str) -> None:
    """Send a statement and hold its result against what it must be."""
    step = visit.succeeds("3201", stated(totals))
    case.expect("3201", "/output/stmtinfo/stmt_rslt", expected, step.output["stmtinfo"]["stmt_rslt"], step.line)


@alone
@core
@verifies(
    "JL-4.1a",
    "P75-41",
    zh="医院当日对总账：相符即平；多一分、少一分、多一笔都不平。",
    en="The institution's totals of the day are level when right, and not level when a fen or a row is wrong.",
)
@pytest.mark.parametrize(("shape", "care"), GROUPS)
def test_the_totals_of_a_day(case: CaseClient, shape: str, care: str) -> None:
    visit, totals = day_of(case, shape, care)
    result(case, visit, totals, "0")
    for wrong in WRONG.values():
        name, by = next(iter(wrong.items()))
        result(case, visit, {**totals, name: totals[name] + by}, "1")
    result(case, visit, totals, "0")
    visit.succeeds(visit.cancels)


@alone
@core
@verifies(
    "JL-4.1a",
    "P75-41",
    zh="撤销后，总账为零笔零元；重新结算后又相符。",
    en="After a cancellation the totals are nothing in no rows; after settling anew they are level again.",
)
def test_the_totals_after_a_cancellation(case: CaseClient) -> None:
    visit, totals = day_of(case, "retired", "inpatient")
    visit.succeeds(visit.cancels)
    result(case, visit, dict.fromkeys(totals, 0), "0")
    result(case, visit, totals, "1")
    visit.succeeds(visit.settles)
    result(case, visit, totals, "0")
    visit.succeeds(visit.cancels)


@verifies(
    "JL-4.1b",
    should=True,
    zh="日对账机制已建立：当日和前几日的总账随时可以核对。",
    en="Daily reconciliation is set up: the totals of today and of days before can be compared at any time.",
)
@pytest.mark.parametrize("days_ago", (0, 1, 3))
def test_daily_reconciliation_is_there(case: CaseClient, days_ago: int) -> None:
    visit = case.visit(HERE)
    visit.until("9001")
    day, nothing = case.day(-days_ago), dict.fromkeys(NAMES, 0)
    step = visit.send("3201", {**stated(nothing), "data/stmt_begndate": day, "data/stmt_enddate": day})
    case.expect("3201", "/infcode", 0, step.infcode, step.line)


@alone
@verifies(
    "JL-4.1a",
    zh="他险种、他清算类别的总账各自核对。",
    en="The totals of another insurance or another kind of care are compared by themselves.",
)
def test_groups_are_compared_apart(case: CaseClient) -> None:
    visit, totals = day_of(case, "resident", "outpatient")
    result(case, visit, totals, "0")
    step = visit.succeeds("3201", {**stated(totals), "data/clr_type": "41"})
    case.expect("3201", "/output/stmtinfo/stmt_rslt", "1", step.output["stmtinfo"]["stmt_rslt"], step.line)
    visit.succeeds(visit.cancels)


@verifies(
    "JS-3.2b",
    "JL-4.1a",
    zh="对账起止日期颠倒的，拒绝。",
    en="A statement that ends before it begins is refused.",
)
def test_a_statement_that_ends_before_it_begins(case: CaseClient) -> None:
    visit = case.visit(HERE)
    visit.until("9001")
    body = visit.word("3201", {"data/stmt_begndate": "2023-05-02", "data/stmt_enddate": "2023-05-01"})
    visit.turned_away(body, "3201", "days the wrong way round")
    visit.succeeds("1101")


@core
@verifies(
    "JS-3.2b",
    zh="未上传的文件不能用来对明细，也不能下载。",
    en="A file that was not uploaded is neither compared nor fetched.",
)
@pytest.mark.parametrize("infno", ["3202", "9102"])
def test_a_file_that_is_not_there(case: CaseClient, infno: str) -> None:
    visit = case.visit(HERE)
    visit.until("9001")
    block = "data" if infno == "3202" else "fsDownloadIn"
    visit.refused(infno, {f"{block}/file_qury_no": "F0000000000000000000000"})
    visit.succeeds("1101")


@core
@verifies(
    "JS-3.2b",
    zh="文件名或文件号含路径的，不得读到他处：拒绝，业务不受影响。",
    en="A file name or number that holds a path reads nothing elsewhere: it is refused, and nothing changes.",
)
@pytest.mark.parametrize(
    "path",
    ["../../../../etc/passwd", "..\\\\..\\\\windows\\\\win.ini", "/etc/passwd", "%2e%2e%2fetc%2fpasswd", "file:///etc"],
)
def test_a_path_is_no_file(case: CaseClient, path: str) -> None:
    visit = case.visit(HERE)
    visit.until("9001")
    told = visit.turned_away(
        visit.word("9102", {"fsDownloadIn/file_qury_no": path[:30], "fsDownloadIn/filename": path}), "9102", path
    )
    case.expect("9102", "/content", False, b"root:" in told.content or b"[fonts]" in told.content, told.line)
    visit.raw(
        visit.word("9101", {"fsUploadIn/in": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "fsUploadIn/filename": path}), "9101"
    )
    visit.succeeds("1101")
    visit.succeeds("2401")


@core
@verifies(
    "JS-3.2b",
    zh="他院上传的文件，本院不能下载。",
    en="A file that another hospital uploaded cannot be fetched.",
)
def test_another_hospitals_file(case: CaseClient) -> None:
    visit, other = case.visit(HERE), case.visit(HERE, at="another")
    visit.until("9001")
    other.until("9001")
    kept = visit.succeeds("9101", {"fsUploadIn/in": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="})
    number = kept.output["file_qury_no"]
    foreign = other.word("9102", {"fsDownloadIn/file_qury_no": number, "fsDownloadIn/filename": "detail.txt"})
    other.turned_away(foreign, "9102", "another hospital's file")
    other.succeeds("1101")
