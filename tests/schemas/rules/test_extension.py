"""What editions put into one text as a JSON object."""

from __future__ import annotations

from typing import Any

import pytest

LAYOUT = {"data": "text"}
CODES = {"yes_no": {"0": "否", "1": "是"}}
JSON = {"kind": "json", "field": "text", "keys": {"FLAG": "yes_no", "OTHER": "no such table"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"FLAG":"1","OTHER":"x","MORE":[1]}', None),
        (' {"FLAG":1}', None),
        ('{"FLAG":""}', None),
        ("{}", None),
        ("", None),
        (None, None),
        (5, None),
        ("FLAG=1", None),
        ('["FLAG"]', None),
        ('{"FLAG":"2"}', "has a FLAG that is no known code"),
        ('{"FLAG":"1","FLAG":"1"}', "is not strict JSON: "),
        ('{"FLAG":', "is not strict JSON: "),
        ("{" * 5000, "is not strict JSON: "),
        ('{"FLAG":"\ud800"}', "is not strict JSON: "),
    ],
)
def test_an_extension_is_strict_json_with_known_codes(judge: Any, text: object, words: str | None):
    found = judge(JSON, LAYOUT, {"data": {"text": text}}, codes=CODES)
    assert [path for path, _ in found] == ([("data", "text")] if words else [])
    assert all(said.startswith(str(words)) for _, said in found)


INSIDE = {"kind": "inside", "field": "text", "either": [{"key": "A", "in": ["2"]}, {"key": "B"}]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"A":"2"}', None),
        ('{"A":2}', None),
        ('{"A":"1","B":"x"}', None),
        ("A=2", None),
        (5, None),
        ('{"A":', None),
        ('{"A":"1"}', "does not hold the A or B that is needed"),
        ('{"B":""}', "does not hold the A or B that is needed"),
        ("{}", "does not hold the A or B that is needed"),
        ("", "is missing, and with it A or B"),
        (None, "is missing, and with it A or B"),
    ],
)
def test_an_extension_holds_one_of_several_members(judge: Any, text: object, words: str | None):
    found = judge(INSIDE, LAYOUT, {"data": {"text": text}})
    assert found == ([(("data", "text"), words)] if words else [])
