"""Hostile input: whatever comes in is refused without failing or hanging, and the next honest call is served."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (HERE, AWAY)
_HUGE = 1_000_000
_DEEP = 100_000


def _field(body: bytes, name: str, value: bytes) -> bytes:
    """Replace the value of a text field."""
    written = b'"%s":%s' % (name.encode(), value)
    found, times = re.subn(rb'"%s":"[^"]*"' % name.encode(), lambda _: written, body)
    assert times, name
    return found


HOSTILE: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "blank": lambda body: b" \r\n\t",
    "cut in half": lambda body: body[: len(body) // 2],
    "last brace missing": lambda body: body[:-1],
    "something after it": lambda body: body + b"{}",
    "an array": lambda body: b"[" + body + b"]",
    "a text": lambda body: b'"2401"',
    "null": lambda body: b"null",
    "no JSON": lambda body: b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "NaN": lambda body: _field(body, "adm_bed", b"NaN"),
    "Infinity": lambda body: _field(body, "adm_bed", b"-Infinity"),
    "a number of 100000 digits": lambda body: _field(body, "adm_bed", b"9" * 100_000),
    "a number with a huge exponent": lambda body: _field(body, "adm_bed", b"1e999999999"),
    "a key twice": lambda body: body.replace(b'"adm_bed":', b'"adm_bed":"02","adm_bed":', 1),
    "a head field twice": lambda body: body.replace(b'"infver":', b'"infver":"V1.0","infver":', 1),
    "a lone surrogate": lambda body: _field(body, "adm_bed", b'"\\ud800"'),
    "a lone surrogate in the name of a key": lambda body: body.replace(b'"adm_bed":', b'"\\udfff":"1","adm_bed":', 1),
    "a raw control character": lambda body: _field(body, "adm_bed", b'"\x01"'),
    "deep nesting": lambda body: _field(body, "adm_bed", b"[" * _DEEP + b"]" * _DEEP),
    "deep nesting of objects": lambda body: b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a huge text": lambda body: _field(body, "adm_bed", b'"' + b"x" * _HUGE + b'"'),
    "ten thousand fields": lambda body: body[:-1] + b"," + b",".join(b'"x%d":1' % i for i in range(10_000)) + b"}",
    "GB18030 called UTF-8": lambda body: body.decode().encode("gb18030"),
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "overlong UTF-8": lambda body: _field(body, "adm_bed", b'"\xc0\xaf"'),
    "a text for a block": lambda body: re.sub(rb'"mdtrtinfo":\{[^{}]*\}', b'"mdtrtinfo":"x"', body),
    "a list for a block": lambda body: re.sub(rb'"mdtrtinfo":(\{[^{}]*\})', rb'"mdtrtinfo":[\1,\1]', body),
    "no input": lambda body: re.sub(rb',"input":.*$', b"}", body, flags=re.DOTALL),
    "an unknown transaction": lambda body: _field(body, "infno", b'"9999"'),
}
WRONG: Mapping[str, Callable[[bytes], bytes]] = {
    "a required field missing": lambda body: re.sub(rb'"med_type":"[^"]*",', b"", body, count=1),
    "an empty required field": lambda body: _field(body, "med_type", b'""'),
    "a number for a text": lambda body: _field(body, "med_type", b"21"),
    "an unknown code": lambda body: _field(body, "med_type", b'"ZZ"'),
    "a text that is too long": lambda body: _field(body, "ipt_no", b'"' + b"1" * 500 + b'"'),
    "a day that never was": lambda body: _field(body, "begntime", b'"2023-02-30 08:00:00"'),
    "a wrong check digit": lambda body: re.sub(
        rb'"certno":"([0-9]{17})([0-9X])"',
        lambda found: b'"certno":"%s%s"' % (found[1], b"1" if found[2] != b"1" else b"2"),
        body,
    ),
    "another sender's msgid": lambda body: re.sub(rb'"msgid":"H[0-9]{11}', b'"msgid":"H99999999999', body),
    "a msgid of no time": lambda body: re.sub(rb'("msgid":"H[0-9]{11})[0-9]{14}', rb"\g<1>20231399256199", body),
}


@core
@verifies(
    "JS-3.2b",
    zh="残缺、恶意或错误编码的报文一律拒绝，不出故障、不挂起，下一笔正常业务照办。",
    en="What is broken, hostile or wrongly encoded is refused without failure or delay, and the next call is served.",
)
@pytest.mark.parametrize("how", HOSTILE)
@pytest.mark.parametrize("where", PLACES)
def test_hostile_input_is_refused(case: CaseClient, where: str, how: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    body = visit.word("2401")
    visit.turned_away(HOSTILE[how](body), "2401", how)
    visit.succeeds("2401")
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2b",
    zh="不合接口规范的报文一律拒绝，不留痕迹。",
    en="What is not as the interface says is refused and leaves no trace.",
)
@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("where", PLACES)
def test_a_message_against_the_interface_is_refused(case: CaseClient, where: str, how: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    wrong = WRONG[how](visit.word("2401"))
    assert json.loads(wrong)
    visit.turned_away(wrong, "2401", how)
    visit.succeeds("2401")
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2b",
    zh="金额超过两位小数、写成文本或过大的，拒绝。",
    en="An amount with more than two decimals, written as a text, or too large is refused.",
)
@pytest.mark.parametrize("amount", ["0.001", '"12000.00"', "1e3000", "99999999999999999999.99", "true", "null"])
@pytest.mark.parametrize("where", PLACES)
def test_an_amount_that_is_none(case: CaseClient, where: str, amount: str) -> None:
    visit = case.visit(where)
    visit.before("2303")
    body = visit.word("2303")
    wrong = re.sub(rb'"medfee_sumamt":[0-9.]+', b'"medfee_sumamt":' + amount.encode(), body)
    visit.turned_away(wrong, "2303", f"the amount {amount}")
    visit.succeeds("2303")
    visit.succeeds("2304")


@core
@verifies(
    "P75-24",
    "JS-3.2b",
    zh="人员编号、就诊编号中的查询语句、路径、通配符只是文字：查无此人、查无此就诊。",
    en="Statements, paths and wild cards in a person's or visit's number are mere text: there is nobody by it.",
)
@pytest.mark.parametrize("text", ["' OR '1'='1", "1; DROP TABLE psn;--", "%", "*", "${jndi:ldap://x/a}", "../../psn"])
@pytest.mark.parametrize("where", [HERE, AWAY, HOME])
def test_a_number_is_mere_text(case: CaseClient, where: str, text: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    visit.refused("2401", {"mdtrtinfo/psn_no": text, "diseinfo/psn_no": text})
    visit.succeeds("2401")
    visit.refused("2402", {"dscginfo/mdtrt_id": text, "diseinfo/mdtrt_id": text})
    visit.succeeds("2301")
