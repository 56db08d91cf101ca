"""Dated parameters: inclusive ends, no falling through, a city's own series instead of the common one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.values.parameters import Basis, NotInForce, Parameter, PolicyPack, Record, Spans

D = dt.date
FIRST = Record(1, D(2016, 1, 1), D(2016, 6, 30), Basis(clause="省文146号"))
SECOND = Record(2, D(2016, 8, 1), None, Basis(assumption="A1"))
OWN = Record(9, D(2016, 3, 1), D(2016, 3, 31), Basis(assumption="A1"))
FIGURE = Parameter("figure", "yuan", "数", "figure", {"*": (FIRST, SECOND), "320300": (OWN,)})


@pytest.mark.parametrize(
    ("day", "value"),
    [(D(2016, 1, 1), 1), (D(2016, 6, 30), 1), (D(2016, 8, 1), 2), (D(2030, 1, 1), 2)],
)
def test_both_ends_are_inclusive_and_an_end_may_be_open(day: dt.date, value: int) -> None:
    assert FIGURE.at(day).value == value


@pytest.mark.parametrize("day", [D(2015, 12, 31), D(2016, 7, 1), D(2016, 7, 31)])
def test_a_day_in_a_gap_is_not_in_force(day: dt.date) -> None:
    with pytest.raises(NotInForce) as caught:
        FIGURE.at(day)
    assert (caught.value.name, caught.value.city, caught.value.day) == ("figure", "*", day)
    assert str(day) in str(caught.value)


def test_a_citys_series_stands_in_place_of_the_common_one_even_where_it_has_a_gap() -> None:
    assert FIGURE.at(D(2016, 3, 15), "320300").value == 9
    with pytest.raises(NotInForce):
        FIGURE.at(D(2016, 4, 1), "320300")
    assert FIGURE.at(D(2016, 4, 1), "320100").value == 1


def test_a_parameter_without_common_records_holds_for_its_cities_only() -> None:
    own_only = FIGURE._replace(records={"320300": (OWN,)})
    with pytest.raises(NotInForce):
        own_only.at(D(2016, 3, 15), "320100")


def test_a_name_the_pack_does_not_have_is_not_in_force(pack: Any) -> None:
    with pytest.raises(NotInForce) as caught:
        pack.at("no.such.name", D(2016, 5, 1))
    assert caught.value.name == "no.such.name"


def test_a_basis_is_a_clause_or_an_assumption() -> None:
    assert not FIRST.basis.is_assumption
    assert SECOND.basis.is_assumption


def test_a_span_is_where_no_figure_changes() -> None:
    basis = Basis(assumption="A")
    first = Record(1, dt.date(2016, 1, 1), dt.date(2016, 12, 31), basis)
    second = Record(2, dt.date(2017, 3, 1), None, basis)
    figure = Parameter("a", "count", "甲", "a", {"*": (first,), "320100": (second,)})
    spans = Spans(PolicyPack("p", "", "", {"a": figure}, {}, ""))
    days = ("2015-12-31", "2016-01-01", "2016-12-31", "2017-01-01", "2017-02-28", "2017-03-01", "2030-01-01")
    starts = [spans.start(dt.date.fromisoformat(day)) for day in days]
    assert starts[0] == dt.date.min
    assert [f"{start}" for start in starts[1:]] == [
        "2016-01-01",
        "2016-01-01",
        "2017-01-01",
        "2017-01-01",
        "2017-03-01",
        "2017-03-01",
    ]
