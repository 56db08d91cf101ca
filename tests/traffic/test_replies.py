"""An infcode and single values are scanned from the bytes, and say what a parser says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.traffic.replies import NoReply, infcode_of, learn

NAMES = st.sampled_from(["infcode", "mdtrt_id", "err_msg", "output", 'a"b', "\\"])
TEXTS = st.one_of(
    NAMES,
    st.text('已结a"{}:,\\ 0é\n\ud800', max_size=5),
    st.sampled_from(['"infcode":0', '{"infcode":0}', "}", '\\"mdtrt_id":"X"']),
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(-9999, 9999), st.none(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)
ENVELOPES = st.dictionaries(NAMES, VALUES, max_size=5)
SPELT = st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), (",\n", ":\t")])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"infcode":0}', 0),
        (b' { "infcode" : "0" , "err_msg":""}\r\n', 0),
        (b'{"infcode":-1,"err_msg":"{"}', -1),
        (b'{"err_msg":"infcode","infcode":301}', 301),
        (b'{"output":{"infcode":0},"infcode":-1}', -1),
        ('{"err_msg":"已结算","infcode":"1"}'.encode(), 1),
    ],
)
def test_the_code_is_the_envelopes(body: bytes, code: int) -> None:
    assert infcode_of(body) == code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"[0]",
        b"{}",
        b'{"output":{"infcode":0}}',
        b'{"infcode":0',
        b'{"infcode":0,"output":{"setl_id":"S1"}',
        b'{"infcode":0}}',
        b'{"infcode":0,"infcode":-1}',
        b'{"infcode":0,"output":{"infcode":1,"infcode":2}}',
        b'{"infcode":true}',
        b'{"infcode":0.0}',
        b'{"infcode":"0 "}',
        b'{"infcode":null}',
        b'{"infcode":"0}',
        b'"infcode":0',
        b'{"err_msg":"\\"infcode\\":0,"}',
        b"\xff\xfe",
        b'{"infcode":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
def test_what_is_no_reply_is_none(body: bytes) -> None:
    with pytest.raises(NoReply):
        infcode_of(body)


@given(ENVELOPES, SPELT, st.booleans())
def test_a_scan_says_what_a_parser_says(envelope: dict[str, object], spelt: tuple[str, str], plain: bool) -> None:
    body = json.dumps(envelope, separators=spelt, ensure_ascii=not plain).encode("utf-8", "surrogatepass")
    code = envelope.get("infcode")
    is_number = isinstance(code, int) and not isinstance(code, bool)
    is_text = isinstance(code, str) and code.removeprefix("-").isdigit() and code.isascii()
    if is_number or is_text:
        assert infcode_of(body) == int(str(code))
    else:
        with pytest.raises(NoReply):
            infcode_of(body)


def first(value: object, name: str) -> object:
    """The first value of a field that is one, in the order of the text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and inner is not None:
                return inner
            if (found := first(inner, name)) is not None:
                return found
    if isinstance(value, list):
        return next((found for each in value if (found := first(each, name)) is not None), None)
    return None


@given(ENVELOPES, SPELT, st.booleans())
def test_what_is_learnt_is_the_first_value(envelope: dict[str, object], spelt: tuple[str, str], plain: bool) -> None:
    body = json.dumps(envelope, separators=spelt, ensure_ascii=not plain).encode("utf-8", "surrogatepass")
    wanted = first(envelope, "mdtrt_id")
    if plain and b"\xed\xa0\x80" in body:  # half of a pair, spelt out: no UTF-8
        return
    found = learn(body, "mdtrt_id")
    if wanted is None:
        assert found is None
    else:
        assert found is not None
        assert json.loads(b'"%b"' % found if isinstance(wanted, str) else found) == wanted


def test_an_amount_is_learnt_as_it_stands() -> None:
    assert learn(b'{"infcode":0,"output":{"acct_pay":99999999999999.99}}', "acct_pay") == b"99999999999999.99"
    assert learn(b'{"a":null,"b":[{"a":99999999999999.99}]}', "a") == b"99999999999999.99"
