"""Every path is found where an editor would put the cursor, in one pass and without recursion."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.text.places import locate

TEXT = """{
  "infno": "2304",
  "input": {"data": {"psn_no": "甲𠮷\\n", "sum": -1.50 },
    "feedetail": [
      {"a": null}, {"b": {}}, "]}{[,:\\"", 7
    ]
  }
}"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 1, 1),
        (("infno",), 2, 12),
        (("input",), 3, 12),
        (("input", "data", "psn_no"), 3, 32),
        (("input", "data", "sum"), 3, 47),
        (("input", "feedetail"), 4, 18),
        (("input", "feedetail", 0, "a"), 5, 13),
        (("input", "feedetail", 1, "b"), 5, 26),
        (("input", "feedetail", 2), 5, 31),
        (("input", "feedetail", 3), 5, 43),
    ],
)
def test_a_value_is_placed_where_it_begins(path: tuple[str | int, ...], line: int, column: int):
    assert locate(TEXT, [path]) == {path: (line, column)}


@pytest.mark.parametrize(
    ("path", "above"),
    [
        (("msgid",), ()),
        (("input", "data", "certno"), ("input", "data")),
        (("input", "none", "at", "all"), ("input",)),
        (("input", "feedetail", 0, "x"), ("input", "feedetail", 0)),
        (("input", "feedetail", 9, "x"), ("input", "feedetail")),
        (("input", "feedetail", 3, "x"), ("input", "feedetail", 3)),
        (("infno", "x"), ("infno",)),
    ],
)
def test_what_is_missing_is_placed_at_the_value_above_it(path: tuple[str | int, ...], above: tuple[str | int, ...]):
    assert locate(TEXT, [path])[path] == locate(TEXT, [above])[above]


def test_a_rare_character_counts_as_one_column():
    text = '{"𠮷𠮷": "甲乙", "a": 1}'
    assert locate(text, [("a",)]) == {("a",): (1, 19)}
    assert text[18] == "1"


def test_an_escaped_key_is_the_key_it_stands_for():
    assert locate('{"\\u0061\\"": 5}', [('a"',)]) == {('a"',): (1, 14)}


KEYS = st.text(alphabet='ab"\\{}[]:,甲𠮷\n', max_size=4)
LEAVES = st.none() | st.booleans() | st.integers(-99, 99) | st.floats(allow_nan=False, allow_infinity=False) | KEYS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_reading_on_from_the_place_gives_the_value(value: Any, indent: int | None, ascii_only: bool):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    lines = text.split("\n")
    every = dict(paths(value))
    for path, (line, column) in locate(text, every).items():
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert json.JSONDecoder().raw_decode(rest)[0] == every[path]


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from paths(member, (*path, key))


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000 + "]" * 50_000, "[" + "1," * 250_000 + "1]", json.dumps({"a": [{}] * 120_000})],
    ids=["deep", "numbers", "rows"],
)
def test_half_a_megabyte_takes_no_recursion_and_less_than_a_second(text: str):
    begin = time.perf_counter()
    locate(text, [("a", 100_000, "b"), (200_000,), (0,) * 40])
    assert time.perf_counter() - begin < 1
