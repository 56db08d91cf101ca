"""Values come back from columns as they were, whatever they are made of."""

from __future__ import annotations

import datetime as dt
import pickle
from typing import Any, NamedTuple

import pytest

from simulator.sandbox.columns import packed, unpacked


class Inner(NamedTuple):
    name: str
    day: dt.date


class Outer(NamedTuple):
    number: int
    inner: Inner | None
    at: dt.datetime
    tags: tuple[str, ...]
    flag: bool | None = None


class Empty(NamedTuple):
    """A value without parts."""


DAY, NOON = dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 12, 0, 0, 1000)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None, None],
        [1, 2, 2**70],
        ["异地", "𠮷", ""],
        [DAY, None, DAY],
        [NOON, dt.datetime.min],
        [DAY, NOON],
        [Inner("a", DAY), Outer(1, None, NOON, ())],
        [Empty(), Empty()],
        ["a\0b", "c"],
        [-(2**63), 2**63 - 1],
        [2**63, 0],
        ["同", "异"] * 1000,
        [f"第{number}个" for number in range(3000)],
        [True, False] * 1000,
        [DAY, DAY + dt.timedelta(1)] * 1000,
        [*range(3000), -5],
        [0, None] * 1000,
        [
            Outer(1, Inner("a", DAY), NOON, ("x",)),
            Outer(2, None, NOON, (), True),
            Outer(-3, Inner("", DAY), NOON, ("y", "z"), False),
        ],
    ],
)
def test_values_are_what_they_were(values: list[Any]) -> None:
    again = list(unpacked(pickle.loads(pickle.dumps(packed(values)))))
    assert again == values
    assert list(map(type, again)) == list(map(type, values))
    assert repr(again) == repr(values)


def test_rows_of_different_lengths_are_no_rows() -> None:
    how, kind, number, columns = packed([Inner("a", DAY), Inner("b", DAY)])
    with pytest.raises(ValueError, match="shorter"):
        list(unpacked((how, kind, number, [columns[0], ("days", (1,))])))
