"""Text from outside is read exactly or refused with one clear sentence, whatever it holds."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import BadText, parse

HOSTILE = {
    "deep lists": "[" * 100_000,
    "deep and closed": "[" * 100_000 + "]" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "a little too deep": "[" * 33 + "]" * 33,
    "brackets in a text do not hide depth": '["]]]]]]]]", ' + "[" * 40 + "]" * 41,
    "a million digits": '{"a":' + "1" * 1_000_000 + "}",
    "a million decimals": '{"a":0.' + "1" * 1_000_000 + "}",
    "a huge power": '{"a":1e999999999}',
    "a tiny power": '{"a":1e-400}',
    "duplicate keys": '{"a":1,\n "a":2}',
    "duplicate keys, one escaped": '{"a":1,"\\u0061":2}',
    "duplicate keys inside": '{"a":[{"b":1,"c":{"b":2},"b":3}]}',
    "NaN": '{"a":NaN}',
    "Infinity": "[-Infinity]",
    "byte order mark": '\ufeff{"a":1}',
    "byte order mark in bytes": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "GB18030": '{"psn_name":"试例"}'.encode("gb18030"),
    "half a character": '{"a":"试'.encode()[:-1],
    "escaped lone surrogate": '{"a":"\\ud800"}',
    "escaped lone surrogate in capitals": '{"a":{"b":["\\uDC00"]}}',
    "lone surrogate in a key": '{"\\ud800":1}',
    "raw lone surrogate": '{"a":"\ud800"}',
    "surrogate encoded as three bytes": b'{"a":"\xed\xa0\x80"}',
    "truncated": '{"a":[1,2',
    "truncated in a text": '{"a":"b',
    "truncated in a word": '{"a":tru',
    "empty": "",
    "white space": b" \n",
    "two documents": '{"a":1}{"a":1}',
    "trailing comma": '{"a":1,}',
    "single quotes": "{'a':1}",
    "control character": '{"a":"b\nc"}',
    "bad escape": '{"a":"\\x41"}',
    "leading zero": '{"a":01}',
    "too long": b" " * 16_000_001,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused_with_one_sentence(text: str | bytes):
    with pytest.raises(BadText) as caught:
        parse(text)
    assert caught.value.zh.endswith("。")
    assert caught.value.en.endswith(".")
    assert max(len(caught.value.zh), len(caught.value.en)) < 200


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,\\u0123456789abdef-+.eE \n试', max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused_as_bad_text(text: bytes | str):
    with suppress(BadText):
        parse(text)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"a":1,\n "a":2}', 2, 2),
        ('{"a":[{"b":1,"c":{"b":2},\n"b":3}]}', 2, 1),
        ('{"a":1,\n "b":NaN}', 2, 6),
        ('{"a":1,\n "b":}', 2, 6),
        ('{"试":\n "\\ud800"}', 2, 3),
        ('{"试":"甲"}'.encode() + '{"试"'.encode("gb18030"), 1, 12),
        ("[[\n" + "[" * 31 + "]" * 33, 2, 31),
        ('{"NaN":"NaN",\n "b":NaN}', 2, 6),
        ('["NaN", NaNx]', 1, 9),
        ('{"a":"1e99","b":1e99}', 1, 17),
        ('{"a":"\\\\ud800 \\ud842\\udfb7",\n"b":"\\ud800"}', 2, 6),
        ('["𠮷𠮷", 1e99]', 1, 8),
    ],
)
def test_a_refusal_names_line_and_column_in_characters(text: str | bytes, line: int, column: int):
    with pytest.raises(BadText) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_numbers_stay_exact():
    assert parse("[99999999999999.99, 0.1, 1E2, 12, -0]") == [
        Decimal("99999999999999.99"),
        Decimal("0.1"),
        Decimal("100"),
        12,
        0,
    ]
    kinds = [type(number) for number in parse("[1.0, 1e0, 1]")]  # type: ignore[attr-defined]
    assert kinds == [Decimal, Decimal, int]


def test_the_longest_numbers_within_bounds_are_read():
    assert parse("9" * 40) == int("9" * 40)
    assert parse("0." + "9" * 40) == Decimal("0." + "9" * 40)


def test_bytes_and_text_give_the_same():
    text = '{"psn_name": "试例𠮷", "n": 1.50}'
    assert parse(text) == parse(text.encode()) == {"psn_name": "试例𠮷", "n": Decimal("1.50")}


def test_a_surrogate_pair_is_one_character():
    assert parse('"\\ud842\\udfb7"') == "𠮷"


def test_nesting_up_to_the_limit_is_read():
    assert parse("[" * 32 + "]" * 32) is not None


def test_a_refusal_does_not_repeat_the_text():
    with pytest.raises(BadText) as caught:
        parse('{"certno":"990000196203140012",}')
    assert "990000196203140012" not in caught.value.zh + caught.value.en
