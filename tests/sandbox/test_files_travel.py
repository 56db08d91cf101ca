"""A hospital's files over the wire: up in the message or beside it (9101), compared (3202), down as bytes (9102)."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator.core.platform.files import RESULT, parsed
from simulator.core.platform.message import Message
from simulator.core.platform.refusals import REFUSALS
from simulator.inputs.packed_files import packed, unpacked
from simulator.sandbox.clock import machine
from tests.sandbox.serving import WIRE, Caller, Server, serving

ROW = {"setl_id": "S1", "mdtrt_id": "V1", "psn_no": "P1", "refd_setl_flag": "0"}
AMOUNTS = {"medfee_sumamt": 1234, "fund_pay_sumamt": 1000, "acct_pay": 0}
TEXT = "S1\tV1\tP1\t12.34\t10.00\t0.00\t0\n"
"""A settlement that only the hospital has."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("files")) as started:
        yield started


@pytest.fixture
def caller(server: Server) -> Caller:
    made = Caller(server)
    made.sign_in()
    return made


def compared(caller: Caller, uploaded: Any) -> str:
    """Have an uploaded file compared (3202); return the number of the result's file."""
    today = machine().date()
    asked = caller.desk.statement_rows(machine(), (today, today), uploaded, [{**ROW, **AMOUNTS}])
    reply = caller.say(asked)
    assert reply.succeeded, reply.head
    return str(reply.block("fileinfo")["file_qury_no"])


def fetched(caller: Caller, number: str) -> requests.Response:
    """Fetch a file (9102)."""
    asked = caller.desk.fetch_file(machine(), number)
    return requests.post(
        f"{caller.server.ready['url']}/9102", WIRE.encode(asked), headers=caller.headers("9102"), timeout=30
    )


def sent(caller: Caller, message: Message, **field: Any) -> dict[str, Any]:
    """Send a 9101 with another ``in``; return the answer."""
    body = json.loads(WIRE.encode(message))
    body["input"]["fsUploadIn"] |= field
    answer = caller.post("9101", json.dumps(body).encode())
    assert answer.status == 200
    told: dict[str, Any] = answer.json
    return told


def test_rows_that_only_the_hospital_has_come_back_in_a_file(caller: Caller) -> None:
    uploaded = caller.say(caller.desk.upload_file(machine(), TEXT))
    number = compared(caller, uploaded.blocks["file_qury_no"])
    answer = fetched(caller, number)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''result.txt"
    rows = parsed(unpacked(answer.content), RESULT)
    assert rows is not None
    assert [dict(row) for row in rows] == [
        {**ROW, **AMOUNTS, "msgid": "", "stmt_rslt": "1", "memo": "中心端无此记录"},
    ]
    assert fetched(caller, number).content == answer.content


def test_a_file_beside_the_message_is_the_same_file(server: Server, caller: Caller) -> None:
    asked = json.loads(WIRE.encode(caller.desk.upload_file(machine(), "")))
    del asked["input"]["fsUploadIn"]["in"]
    archive = packed(TEXT, "detail.txt")
    answer = requests.post(
        f"{server.ready['url']}/9101",
        data={"jsonStr": json.dumps(asked, ensure_ascii=False)},
        files={"file": ("detail.zip", archive, "application/zip")},
        headers={name: value for name, value in caller.headers("9101").items() if name.lower() != "content-type"},
        timeout=30,
    ).json()
    assert answer["infcode"] == 0, answer
    assert unpacked(fetched(caller, answer["output"]["file_qury_no"]).content) == TEXT
    compared(caller, answer["output"]["file_qury_no"])


def test_another_hospital_gets_a_message_and_no_file(server: Server, caller: Caller) -> None:
    number = str(caller.say(caller.desk.upload_file(machine(), TEXT)).blocks["file_qury_no"])
    other = Caller(server, index=1)
    other.sign_in()
    answer = fetched(other, number)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["infcode"] == REFUSALS["unknown_file"].code


def test_a_name_with_a_path_names_no_folder_where_it_is_unpacked(caller: Caller) -> None:
    asked = caller.desk.upload_file(machine(), TEXT, "../../etc/passwd\r\nx: y.txt")
    number = str(caller.say(asked).blocks["file_qury_no"])
    answer = fetched(caller, number)
    assert "x" not in answer.headers
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == ["passwd\r\nx: y.txt"]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("not base64 示例", "不是base64"),
        (base64.b64encode(TEXT.encode()).decode(), "不是可读的ZIP"),
        ("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "ZIP内有0个文件"),
        (base64.b64encode(packed("x" * 8_000_001, "a")).decode(), "文本超过"),
    ],
)
def test_what_is_no_packed_text_is_refused(caller: Caller, field: str, words: str) -> None:
    told = sent(caller, caller.desk.upload_file(machine(), TEXT), **{"in": field})
    assert told["infcode"] == REFUSALS["malformed"].code
    assert words in told["err_msg"]


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", "Multipart/Form-Data;x"])
@pytest.mark.parametrize("body", [b"", b"--x\r\n\r\n--x--\r\n", b"{}", Path(__file__).read_bytes()])
def test_what_is_no_form_is_refused(server: Server, caller: Caller, kind: str, body: bytes) -> None:
    before = server.count(infno="9101")
    answer = caller.post("9101", body, {**caller.headers("9101"), "content-type": kind})
    assert (answer.status, answer.json["infcode"]) == (200, REFUSALS["malformed"].code)
    assert server.lines(before, infno="9101")
