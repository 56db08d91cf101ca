"""Statements row by row (3202) and their files (9101, 9102): what only one side has, and what differs by a fen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import HERE, HOME

PLACES = (HERE, HOME)
CARE = ("inpatient", "outpatient", "pharmacy")
AMOUNTS = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")
SETTLED, CANCELLED = "0", "1"


def known(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return by what an institution knows a row."""
    return row["setl_id"], row["refd_setl_flag"]


def expect(case: CaseClient, visit: VisitClient, expected: Any, found: Any) -> None:
    """Hold what a file says against what it must say; the rows of it were held against the model before."""
    case.expect("9102", "/output/file", expected, found)


@core
@verifies(
    "JL-4.1a",
    "P75-41",
    zh="明细相符的对账，结果文件中没有这些记录。",
    en="Rows that are alike on both sides are not in the file of a comparison.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_rows_that_are_alike(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    visit.settled()
    expect(case, visit, [], visit.compared(visit.stated()))


@core
@verifies(
    "JL-4.1a",
    "P75-41",
    zh="明细金额差一分的，逐条退回，并带中心端的msgid。",
    en="A row that is a fen off comes back as not alike, with the msgid the city knows it by.",
)
@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("where", PLACES)
def test_a_row_that_is_a_fen_off(case: CaseClient, where: str, amount: str) -> None:
    visit = case.visit(where)
    visit.settled()
    msgid, (row,) = visit.last[1], visit.stated()
    for fen in (1, -1):
        wrong = {**row, amount: row[amount] + fen}
        (back,) = visit.compared([wrong])
        expect(case, visit, (*known(row), msgid, "1", wrong[amount]), told(back, amount))
    expect(case, visit, [], visit.compared([row]))


def told(row: Mapping[str, Any], amount: str) -> tuple[Any, ...]:
    """Return what a result row says: whose it is, its msgid, its flag and an amount."""
    return *known(row), row["msgid"], row["stmt_rslt"], row[amount]


@core
@verifies(
    "JL-4.1a",
    "P75-41",
    zh="医院有、中心无的记录退回；与他人的记录无关。",
    en="A row that only the institution has comes back, and no other with it.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_row_that_only_the_institution_has(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.settled()
    (row,) = visit.stated()
    invented = {**row, "setl_id": "S0", "mdtrt_id": "V0"}
    (back,) = visit.compared([row, invented])
    expect(case, visit, ("S0", SETTLED, "", "1", row["medfee_sumamt"]), told(back, "medfee_sumamt"))


@core
@verifies(
    "JL-4.1a",
    "P75-41",
    zh="中心有、医院无的记录以msgid退回，凭此可冲正；冲正后为一正一负两条。",
    en="A row that only the city has comes back with the msgid that reverses it, and then as two rows.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_row_that_only_the_city_has(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.before(visit.settles)
    visit.send(visit.settles, fault="reply_lost")
    infno, msgid = visit.last
    expect(case, visit, [], visit.stated())
    (back,) = visit.compared([])
    expect(case, visit, ("", SETTLED, msgid, "1"), (back["setl_id"], *told(back, "acct_pay")[1:4]))
    visit.reverse_that(infno, back["msgid"])
    rows = visit.compared([])
    expect(case, visit, [SETTLED, CANCELLED], sorted(row["refd_setl_flag"] for row in rows))
    expect(case, visit, [0, 0, 0], [sum(row[name] for row in rows) for name in AMOUNTS])


@core
@verifies(
    "P75-45",
    "JL-4.1a",
    zh="撤销的结算在明细中为一正一负两条；漏报撤销的，退回该条。",
    en="A cancelled settlement is two rows, and the cancellation comes back where it was left out.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_a_cancellation_is_a_row(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    visit.settled()
    msgid = visit.last[1]
    visit.succeeds(visit.cancels)
    settled, cancelled = visit.stated()
    expect(case, visit, [-settled[name] for name in AMOUNTS], [cancelled[name] for name in AMOUNTS])
    expect(case, visit, [], visit.compared([settled, cancelled]))
    (back,) = visit.compared([settled])
    expect(case, visit, (CANCELLED, msgid), (back["refd_setl_flag"], back["msgid"]))


@verifies(
    "JL-4.1a",
    zh="明细对账只比所报日期和清算类别之内的记录。",
    en="Only rows of the days and the kind of care of a statement are compared.",
)
@pytest.mark.parametrize("what", ("another day", "another kind of care"))
def test_rows_of_other_days_and_kinds(case: CaseClient, what: str) -> None:
    visit = case.visit(HERE)
    visit.settled()
    (row,) = visit.stated()
    day = {"data/stmt_begndate": case.day(-9), "data/stmt_enddate": case.day(-8)}
    changed = day if what == "another day" else {"data/clr_type": "41"}
    expect(case, visit, [], visit.compared([], changed))
    (back,) = visit.compared([row], changed)
    expect(case, visit, (*known(row), ""), (*known(back), back["msgid"]))


@verifies(
    "JL-4.1a",
    zh="同一人在他院的结算，不出现在本院的对账结果中。",
    en="What a person has settled at another institution is in no file of this one.",
)
@pytest.mark.parametrize("where", PLACES)
def test_rows_of_another_institution(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    other = case.visit(where, like=visit.number, at="another", yuan=800)
    visit.settled()
    other.settled()
    expect(case, visit, [], visit.compared(visit.stated()))
    (back,) = visit.compared([*visit.stated(), *other.stated()])
    expect(case, visit, known(other.stated()[0]), known(back))


@core
@verifies(
    "JS-3.2b",
    zh="内容不合格式的文件不能对账，业务不受影响。",
    en="A file whose rows are not of their form is compared with nothing.",
)
@pytest.mark.parametrize(
    "text",
    [
        "S1\tV1\tP1\t1.00\t1.00\t0.00\n",
        "S1\tV1\tP1\t1.00\t1.00\t0.00\t0\tmore\n",
        "S1\tV1\tP1\t1.001\t1.00\t0.00\t0\n",
        "S1\tV1\tP1\t一元\t1.00\t0.00\t0\n",
        "S1\tV1\tP1\t1.00\t1.00\t0.00\t0\n\nS2\n",
    ],
    ids=("a column less", "a column more", "a tenth of a fen", "no number", "an empty line"),
)
def test_rows_that_are_not_of_their_form(case: CaseClient, text: str) -> None:
    visit = case.visit(HERE)
    visit.until("9001")
    visit.upload([], text)
    visit.refused("3202")
    visit.succeeds("1101")


@core
@verifies(
    "JS-3.2b",
    zh="不是ZIP、不止一个文件或不是UTF-8文本的上传被拒绝。",
    en="An upload that is no ZIP of one UTF-8 text is refused.",
)
@pytest.mark.parametrize(
    "field",
    ["YWJjZA==", "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "not base64"],
    ids=("no ZIP", "an empty ZIP", "no base64"),
)
def test_an_upload_that_is_no_file(case: CaseClient, field: str) -> None:
    visit = case.visit(HERE)
    visit.until("9001")
    body = visit.word("9101")
    first, _, rest = body.partition(b'"in":"')
    visit.turned_away(first + b'"in":"' + field.encode() + rest[rest.index(b'"') :], "9101", "a broken file")
    visit.succeeds("9101")


@verifies(
    "JS-3.2b",
    zh="上传的文件原样取回，任何字符不变。",
    en="An uploaded file is fetched as it was uploaded, to the letter.",
)
def test_an_uploaded_file_is_fetched_as_it_was(case: CaseClient) -> None:
    visit = case.visit(HERE)
    visit.until("9001")
    text = "𠮷祥\t（全角）\tnull\t-0.01\n\n末行无换行"
    visit.upload([], text)
    expect(case, visit, text.splitlines(), visit.fetched())


@core
@verifies(
    "JL-4.1a",
    zh="本院的对账结果，他院不能下载。",
    en="The result of a comparison is nobody else's to fetch.",
)
def test_the_result_of_another_institution(case: CaseClient) -> None:
    visit, other = case.visit(HERE), case.visit(HERE, at="another")
    visit.settled()
    other.until("9001")
    visit.upload(visit.stated())
    file = visit.succeeds("3202").output["fileinfo"]
    foreign = {"fsDownloadIn/file_qury_no": file["file_qury_no"], "fsDownloadIn/filename": file["filename"]}
    other.refused("9102", foreign)
    other.refused("3202", {"data/file_qury_no": file["file_qury_no"]})
    expect(case, visit, [], visit.fetched())
