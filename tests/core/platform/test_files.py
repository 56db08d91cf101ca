"""Files are text, belong to whoever made them, and are kept for seven days."""

from __future__ import annotations

from typing import Any

import pytest

import schemas
from simulator.core.platform.files import RESULT, STATEMENT, FileKept, parsed, tabbed
from simulator.core.values.money import yuan
from simulator.inputs.wire import Wire

HOSPITAL, OTHER = "H32019900001", "H32019900002"
ROW = "A1\tS1\tP1\t123.40\t100\t20.05\t0\n"


def send(play: Any, infno: str, hospital: str = HOSPITAL, **blocks: Any) -> Any:
    """Send what the schemas allow; the answer is held to them too."""
    registry = schemas.load()
    asked = play.net.desks[hospital]._request(play.tick(), infno, "", blocks)
    reply = play.ask(asked)
    for message, direction in ((asked, "request"), (reply, "response")):
        assert registry.check_text(infno, direction, Wire(registry).encode(message).decode()) == ()
    return reply


def upload(play: Any, text: str = ROW, hospital: str = HOSPITAL) -> Any:
    return send(play, "9101", hospital, fsUploadIn={"in": text, "filename": "stmt.zip", "fixmedins_code": hospital})


def download(play: Any, file_no: str, hospital: str = HOSPITAL, code: str = "") -> int:
    wanted = {"file_qury_no": file_no, "filename": "stmt.zip", "fixmedins_code": code or hospital}
    return int(send(play, "9102", hospital, fsDownloadIn=wanted).infcode)


def compare(play: Any, file_no: str, bill: int) -> Any:
    """3202 of the day with an uploaded file."""
    days = {"stmt_begndate": "2016-10-10", "stmt_enddate": "2016-10-10"}
    sums = {"medfee_sumamt": bill, "fund_pay_sumamt": 100, "cash_payamt": 0, "fixmedins_setl_cnt": 1}
    return send(play, "3202", data={"setl_optins": "320100", "file_qury_no": file_no, **days, **sums})


def test_an_uploaded_file_is_kept_under_a_number_for_seven_days(play: Any) -> None:
    reply = upload(play)
    number = reply.blocks["file_qury_no"]
    assert (reply.blocks["filename"], reply.blocks["fixmedins_code"]) == ("stmt.zip", HOSPITAL)
    assert reply.blocks["dld_endtime"] == "2016-10-17 09:00:05"
    assert play.treatment.files.content(number, HOSPITAL, play.now).text == ROW
    assert download(play, number) == 0
    play.tick(7 * 86_400)
    assert download(play, number) == -171


def test_only_its_owner_may_fetch_a_file(play: Any) -> None:
    number = upload(play).blocks["file_qury_no"]
    assert download(play, number, OTHER) == -171
    assert download(play, number, OTHER, HOSPITAL) == -171
    assert download(play, number, HOSPITAL, "plc") == -171
    assert download(play, "F9") == -171
    files = play.treatment.files
    assert (files.rows(number, OTHER), files.problem(number, OTHER)) == (None, "unknown_file")


def test_the_rows_of_an_upload_are_read_in_fen(play: Any) -> None:
    number = upload(play, ROW + "A2\tS2\tP2\t-123.4\t-100\t0\t1\r\n").blocks["file_qury_no"]
    rows = play.treatment.files.rows(number, HOSPITAL, play.now)
    assert [tuple(row[name] for name in STATEMENT) for row in rows] == [
        ("A1", "S1", "P1", 12_340, 10_000, 2_005, "0"),
        ("A2", "S2", "P2", -12_340, -10_000, 0, "1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "A1\tS1\tP1\t123.40\t100\t20.05\n",
        "A1\tS1\tP1\t123.405\t100\t20.05\t0\n",
        "A1\tS1\tP1\tnull\t100\t20.05\t0\n",
        "A1\tS1\tP1\t１２\t100\t20.05\t0\n",
        "A1\tS1\tP1\t1e3\t100\t20.05\t0\n",
        ROW + "\n" + ROW,
    ],
)
def test_what_is_no_statement_has_no_rows_and_says_so(play: Any, text: str) -> None:
    assert parsed(text) is None
    number = upload(play, text).blocks["file_qury_no"]
    files = play.treatment.files
    assert (files.rows(number, HOSPITAL, play.now), files.problem(number)) == (None, "file_unreadable")
    assert compare(play, number, 0).infcode == -208


def test_the_result_of_a_comparison_is_a_file_of_its_hospital(play: Any) -> None:
    stay = play.stay().settled()
    setl_id, bill = stay.setl_id, yuan(stay.bill)
    number = upload(play, f"{setl_id}\t{stay.mdtrt_id}\tP1\t{bill}\t1\t0\t0\n").blocks["file_qury_no"]
    reply = compare(play, number, stay.bill)
    result = reply.block("fileinfo")["file_qury_no"]
    cells = play.treatment.files.content(result, HOSPITAL, play.now).text.removesuffix("\n").split("\t")
    row = dict(zip(RESULT, cells, strict=True))
    assert (row["setl_id"], row["stmt_rslt"], row["memo"]) == (setl_id, "1", "金额不一致")
    assert (row["medfee_sumamt"], row["fund_pay_sumamt"]) == (bill, "1.00")
    assert (download(play, result), download(play, result, OTHER)) == (0, -171)


def test_a_file_known_by_its_number_alone_is_there_for_whoever_knows_it(play: Any) -> None:
    play.treatment.fold(FileKept("F1", ({"psn_no": "P1"},)))
    assert play.treatment.files.rows("F1", OTHER, play.now) == ({"psn_no": "P1"},)
    assert play.treatment.files.content("F1").text == "P1" + "\tnull" * 9 + "\n"


def test_a_value_never_ends_its_field_or_its_record() -> None:
    assert tabbed([["a\tb\r\nc", None, "", 5, "null"]]) == "a b c\tnull\tnull\t0.05\tnull\n"


def test_files_whose_time_is_over_are_forgotten_when_the_host_has_kept_them(play: Any) -> None:
    number = upload(play).blocks["file_qury_no"]
    about = send(play, "1301", data={"ver": "0"}).blocks["file_qury_no"]
    play.treatment.drop_before("2016-10-17")
    assert play.treatment.files.content(number) is not None
    play.treatment.drop_before("2016-10-18")
    assert (play.treatment.files.content(number), play.treatment.files.content(about)) == (None, None)
    assert send(play, "1301", data={"ver": "0"}).blocks["file_qury_no"] != about


def test_numbers_of_files_and_sign_ins_go_on_after_a_restart(play: Any, fresh_nodes: Any) -> None:
    given = [upload(play).blocks["file_qury_no"], play.desk.sign_no]
    restarted = fresh_nodes()
    for code, fact in play.relay.facts:
        restarted[code].fold(fact)
    play.net.nodes.update(restarted)
    again = [upload(play, hospital=OTHER).blocks["file_qury_no"]]
    again.append(play.ask(play.desk.sign_in(play.tick())).block("signinoutb")["sign_no"])
    assert all(earlier < later for earlier, later in zip(given, again, strict=True))
