"""A text is judged whatever it holds: what it is, what is wrong, and where; in bounded time."""

from __future__ import annotations

import json
from typing import Any

import pytest

import schemas
from benchmarks.hostile import HOSTILE
from schemas.checking import Judgement, Likely, UnknownReply, examine
from schemas.validator import MOST

REGISTRY = schemas.load()
REPLY = {"inf_refmsgid": "320100202603121020000000000001"}
REFUSAL = {**REPLY, "infcode": -1, "err_msg": "未找到人员"}


def judged(text: str | bytes, **more: Any) -> Judgement:
    return examine(REGISTRY, text, **more)


@pytest.mark.parametrize("way", ["request", "response"])
def test_a_good_message_says_what_it_is(way: schemas.Direction):
    for infno in REGISTRY.transactions:
        told = {} if way == "request" else {"infno": infno}
        assert judged(REGISTRY.examples[infno, way], **told) == Judgement(infno, way, ())


@pytest.mark.parametrize(
    ("text", "line", "column", "received"),
    [
        ('{"infno":', 1, 10, "the text ends too early"),
        ('{"infno": "2304",\n "infno": "2304"}', 2, 2, "the same object already has this key"),
        (b'\xef\xbb\xbf{"infno": "2304"}', 1, 1, "it starts with a byte order mark"),
        ('{"opter_name":\n"试例"}'.encode("gb18030"), 2, 2, "these bytes are not UTF-8"),
        ("", 1, 1, "the text is empty"),
    ],
)
def test_a_text_that_is_no_strict_json_is_one_finding(text: str | bytes, line: int, column: int, received: str):
    for way in (None, "request", "response"):
        (finding,) = judged(text, direction=way).findings
        assert (finding.pointer, finding.keyword, finding.line, finding.column) == ("", "json", line, column)
        assert finding.received.en == received
        assert finding.zh.endswith("。")
        assert received in finding.en


@pytest.mark.parametrize("text", ["[]", "5", '"x"', "null", "true"])
@pytest.mark.parametrize("way", [None, "request", "response"])
def test_a_message_that_is_no_object_is_one_finding(text: str, way: schemas.Direction | None):
    (finding,) = judged(text, direction=way).findings
    assert (finding.pointer, finding.keyword, finding.line, finding.column) == ("", "type", 1, 1)


@pytest.mark.parametrize(
    ("infno", "keyword", "received", "near"),
    [
        ("2034", "enum", '"2034"', "2304"),
        ([], "enum", "a list", "1101"),
        (None, "required", "missing", "1101"),
        ("9" * 100_000, "enum", "a text of 100000 characters in another form", "1101"),
    ],
)
def test_an_unknown_transaction_is_a_finding_beside_those_of_the_head(
    infno: object, keyword: str, received: str, near: str
):
    message = {**json.loads(REGISTRY.examples["2304", "request"]), "infno": infno, "infver": "V1.0000"}
    judgement = judged(json.dumps(message, indent=1))
    assert [(each.pointer, each.keyword) for each in judgement.findings] == [
        ("/infno", keyword),
        ("/infver", "maxLength"),
    ]
    assert judgement.findings[0].line == 2
    assert judgement.findings[0].received.en == received
    assert judgement.findings[0].expected.en.startswith("a transaction number of version v1, such as")


def test_a_number_for_a_transaction_is_known_all_the_same():
    message = {**json.loads(REGISTRY.examples["2304", "request"]), "infno": 2304}
    judgement = judged(json.dumps(message))
    assert judgement.infno == "2304"
    assert [each.pointer for each in judgement.findings] == ["/infno"]


@pytest.mark.parametrize(
    ("message", "way"),
    [
        ({"infno": "2304"}, "request"),
        ({"input": {}, "infcode": 0, "msgid": ""}, "request"),
        (REFUSAL, "response"),
        ({"infcode": "0", "infno": "2304", **REPLY}, "response"),
        ({}, "request"),
    ],
)
def test_the_members_tell_a_request_from_a_reply(message: object, way: str):
    assert judged(json.dumps(message)).direction == way


def test_what_is_likely_helps_only_where_the_text_does_not_say():
    request, reply = REGISTRY.examples["2304", "request"], REGISTRY.examples["2304", "response"]
    assert judged(request, likely=Likely("2303", "response"))[:2] == ("2304", "request")
    assert judged(reply, likely=Likely("2304", "request")) == Judgement("2304", "response", ())
    assert judged("{}", likely=Likely("2304", "response"))[:2] == ("2304", "response")
    with pytest.raises(UnknownReply):
        judged(reply, likely=Likely("0000", None))


def test_a_reply_needs_its_transaction_only_where_its_findings_depend_on_it():
    for text in (REGISTRY.examples["2304", "response"], json.dumps({**REPLY, "infcode": 0})):
        with pytest.raises(UnknownReply, match="which one it answers"):
            judged(text)
    assert judged(json.dumps(REFUSAL)) == Judgement(None, "response", ())
    (finding,) = judged(json.dumps({**REFUSAL, "err_msg": ""}, ensure_ascii=False)).findings
    assert finding.pointer == "/err_msg"
    for infno in REGISTRY.transactions:
        assert judged(json.dumps({**REFUSAL, "err_msg": ""}, ensure_ascii=False), infno=infno).findings == (finding,)


def test_unknown_arguments_are_refused_before_anything_is_read():
    with pytest.raises(schemas.SchemaError, match="no transaction 0000"):
        judged("", infno="0000")
    with pytest.raises(schemas.SchemaError, match="no direction sideways"):
        judged("", direction="sideways")


def test_findings_bear_the_place_of_the_value_or_of_the_object_it_is_missing_from():
    message = json.loads(REGISTRY.examples["2301", "request"])
    message["opter_name"] = "𠮷" * 51
    message["input"]["feedetail"][1]["cnt"] = "x"
    del message["input"]["feedetail"][0]["pric"]
    text = json.dumps(message, ensure_ascii=False, indent=2)
    for content in (text, text.encode()):
        long, missing, wrong = judged(content).findings
        lines = text.split("\n")
        assert lines[missing.line - 1][missing.column - 1 :] == "{"
        assert '"feedetail": [' in lines[missing.line - 2]
        assert lines[wrong.line - 1][wrong.column - 1 :].startswith('"x"')
        assert lines[long.line - 1][long.column - 1 :].startswith('"𠮷')


SMALL = 40_000


@pytest.mark.parametrize("name", HOSTILE)
def test_the_findings_of_the_worst_texts_are_bounded(name: str):
    text = HOSTILE[name](SMALL)
    judgement = judged(text)
    assert 0 < len(judgement.findings) <= MOST + 1
    assert (len(judgement.findings) > MOST) is (judgement.findings[-1].keyword == "more")
    assert max(len(each.zh + each.en) for each in judgement.findings) < 2000


def test_one_wrong_row_is_found_behind_many_good_ones():
    message = json.loads(REGISTRY.examples["2001", "response"])
    rows = message["output"]["trtinfo"] * (SMALL // 200)
    rows[-1] = {**rows[-1], "psn_no": 5}
    message["output"]["trtinfo"] = rows
    found = judged(json.dumps(message), infno="2001").findings
    assert f"/output/trtinfo/{len(rows) - 1}/psn_no" in {each.pointer for each in found}


@pytest.mark.parametrize("key", ["王试例990001198107300022", "13900001111", "ZhangSan_13900001111", "张三", "a\nb"])
def test_a_key_that_may_be_personal_data_is_not_repeated(key: str):
    message = {**json.loads(REGISTRY.examples["2304", "request"]), key: 1}
    (found,) = judged(json.dumps(message)).findings
    assert found.pointer == "/***"
    assert key not in json.dumps([found.zh, found.en, found.received.zh, found.received.en], ensure_ascii=False)


def test_values_that_may_be_personal_data_are_not_repeated():
    message = json.loads(REGISTRY.examples["2304", "request"])
    message["infno"] = "990001198107300022"
    judgement = judged(json.dumps(message))
    assert judgement.infno is None
    assert "990001198107300022" not in repr(judgement)
    message = json.loads(REGISTRY.examples["2304", "request"])
    message["input"]["data"] |= {"medfee_sumamt": 990001198107300022, "mdtrt_cert_type": "LiMing"}
    assert not {"990001198107300022", "LiMing"} & set(repr(judged(json.dumps(message))).replace("'", " ").split())


def test_every_named_rule_that_is_broken_is_heard_at_once():
    reply = json.loads(REGISTRY.examples["2304", "response"])
    reply["output"]["setlinfo"]["fund_pay_sumamt"] += 1
    reply["output"]["setlinfo"]["medfee_sumamt"] += 1
    found = {each.keyword for each in judged(json.dumps(reply), infno="2304").findings}
    assert found >= {"funds-add-up", "fund-rows-make-the-fund", "classes-make-the-bill"}
