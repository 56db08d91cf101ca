"""A filing covers an admission by day and place."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.core.values.people import LONG_TERM_WORK, Filing, covering

D = dt.date
TO_CITY = Filing("P1", LONG_TERM_WORK, "320399", "320100", D(2016, 5, 1), D(2016, 5, 31))
TO_AREA = Filing("P1", LONG_TERM_WORK, "320399", "320199", D(2016, 6, 1), None)


@pytest.mark.parametrize(
    ("day", "covered"),
    [(D(2016, 4, 30), False), (D(2016, 5, 1), True), (D(2016, 5, 31), True), (D(2016, 6, 1), False)],
)
def test_the_day_of_admission_decides_with_both_ends_inclusive(day: dt.date, covered: bool) -> None:
    assert TO_CITY.covers(day, "320199", "320100") is covered


def test_a_filing_is_to_a_city_or_to_an_area() -> None:
    assert TO_AREA.covers(D(2030, 1, 1), "320199", "320100")
    assert not TO_AREA.covers(D(2016, 6, 1), "320198", "320100")
    assert not TO_CITY.covers(D(2016, 5, 2), "320299", "320200")


def test_the_first_filing_that_covers_is_taken() -> None:
    both = (TO_CITY, TO_AREA)
    assert covering(both, D(2016, 5, 5), "320199", "320100") is TO_CITY
    assert covering(both, D(2016, 7, 5), "320199", "320100") is TO_AREA
    assert covering(both, D(2016, 4, 5), "320199", "320100") is None
    assert covering((), D(2016, 5, 5), "320199", "320100") is None
