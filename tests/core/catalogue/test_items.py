"""A catalogue item is found while it is valid, both ends inclusive."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

D = dt.date


@pytest.mark.parametrize(
    ("day", "found"),
    [(D(2015, 12, 31), False), (D(2016, 1, 1), True), (D(2016, 12, 31), True), (D(2017, 1, 1), False)],
)
def test_an_item_is_found_on_the_days_of_its_validity(catalogue: Any, day: dt.date, found: bool) -> None:
    assert (catalogue.find("drug-a", day) is not None) is found


def test_an_item_may_have_no_end(catalogue: Any) -> None:
    endless = catalogue._replace(items={"x": catalogue.items["drug-a"]._replace(valid_to=None)})
    assert endless.find("x", D(2099, 1, 1)) is endless.items["x"]


def test_an_unknown_code_is_not_found(catalogue: Any) -> None:
    assert catalogue.find("nothing", D(2016, 5, 1)) is None
