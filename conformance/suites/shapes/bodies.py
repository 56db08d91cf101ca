"""Bodies that no platform may accept, and spellings that each must understand: bytes made of an honest 2401 or 2001."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from conformance.client import VisitClient

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


def _reordered(body: bytes) -> bytes:
    """Write all fields in the opposite order."""

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: turned(value[name]) for name in reversed(value)}
        return [turned(each) for each in value] if isinstance(value, list) else value

    return json.dumps(turned(json.loads(body, parse_float=_Literal)), ensure_ascii=False).encode()


class _Literal(float):
    """A number that is written as it was read."""

    def __new__(cls, text: str) -> _Literal:
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text


SPELT: Mapping[str, Callable[[bytes], bytes]] = {
    "fields in another order": _reordered,
    "spaces and line breaks": lambda body: body.replace(b'":', b'" :\r\n\t '),
    "escaped characters": lambda body: json.dumps(json.loads(body), ensure_ascii=True).encode(),
    "an optional head field left out": lambda body: re.sub(rb'"insuplc_admdvs":"",?', b"", body),
    "an empty optional field": lambda body: body.replace(b'"infver":', b'"dev_no":"","infver":', 1),
    "a field that provinces add": lambda body: body.replace(b'"infver":', b'"enc_type":"","pay_loc":"","infver":', 1),
}


def spelt_otherwise(visit: VisitClient, how: str) -> None:
    """Ask for a person's benefits (2001) in another spelling, which must be understood."""
    visit.until("1101")
    visit.word("2001")
    visit.delivered(SPELT[how](visit.word("2001")))
