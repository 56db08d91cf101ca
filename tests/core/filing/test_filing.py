"""A filing covers an admission by day and place; months are counted to the day."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.core.filing.filing import Filing, covering, months_later
from simulator.core.filing.types import LONG_TERM_WORK, REFERRAL

D = dt.date
TO_CITY = Filing("P1", LONG_TERM_WORK, "320399", "320100", D(2016, 5, 1), D(2016, 5, 31))
TO_AREA = Filing("P1", LONG_TERM_WORK, "320399", "320199", D(2016, 6, 1), None)
HERE, NEXT_DOOR, ELSEWHERE = {"320199", "320100"}, {"320124", "320100"}, {"320599", "320500"}


@pytest.mark.parametrize(
    ("day", "covered"),
    [(D(2016, 4, 30), False), (D(2016, 5, 1), True), (D(2016, 5, 31), True), (D(2016, 6, 1), False)],
)
def test_the_day_of_admission_decides_with_both_ends_inclusive(day: dt.date, covered: bool) -> None:
    assert TO_CITY.covers(day, HERE) is covered


def test_a_filing_to_the_city_covers_both_its_counties_and_one_to_an_area_only_that() -> None:
    assert TO_CITY.covers(D(2016, 5, 2), HERE)
    assert TO_CITY.covers(D(2016, 5, 2), NEXT_DOOR)
    assert not TO_CITY.covers(D(2016, 5, 2), ELSEWHERE)
    assert TO_AREA.covers(D(2030, 1, 1), HERE)
    assert not TO_AREA.covers(D(2030, 1, 1), NEXT_DOOR)


def test_the_first_filing_that_covers_is_taken_and_a_long_term_one_before_a_referral() -> None:
    both = (TO_CITY, TO_AREA)
    assert covering(both, D(2016, 5, 5), HERE) is TO_CITY
    assert covering(both, D(2016, 7, 5), HERE) is TO_AREA
    assert covering(both, D(2016, 4, 5), HERE) is None
    assert covering((), D(2016, 5, 5), HERE) is None
    referral = TO_CITY._replace(filing_type=REFERRAL)
    assert covering((referral, TO_CITY), D(2016, 5, 5), HERE) is TO_CITY
    assert covering((referral,), D(2016, 5, 5), HERE) is referral


def test_a_changed_version_counts_from_its_day_and_an_ended_one_up_to_the_day_before() -> None:
    changed, ended = TO_AREA._replace(since=D(2016, 9, 1)), TO_AREA._replace(ended=D(2016, 9, 1))
    assert [changed.in_force(D(2016, 8, 31)), changed.in_force(D(2016, 9, 1))] == [False, True]
    assert [ended.in_force(D(2016, 8, 31)), ended.in_force(D(2016, 9, 1))] == [True, False]
    assert (changed.valid, ended.valid) == (True, False)
    assert (TO_AREA.last_day, ended.last_day) == (None, D(2016, 8, 31))
    assert (TO_CITY.last_day, TO_CITY._replace(ended=D(2017, 1, 1)).last_day) == (D(2016, 5, 31), D(2016, 5, 31))
    assert TO_AREA._replace(since=D(2016, 1, 1)).first_day == D(2016, 6, 1)  # changed before it began


@pytest.mark.parametrize(
    ("begin", "end", "meet"),
    [
        (D(2016, 1, 1), D(2016, 4, 30), False),
        (D(2016, 1, 1), D(2016, 5, 1), True),
        (D(2016, 5, 31), None, True),
        (D(2016, 6, 1), None, False),
        (D(2016, 1, 1), None, True),
    ],
)
def test_two_validities_meet_when_they_share_a_day(begin: dt.date, end: dt.date | None, meet: bool) -> None:
    assert TO_CITY.overlaps(begin, end) is meet
    assert not TO_CITY._replace(ended=TO_CITY.begin).overlaps(begin, end)  # one that never counted


def test_a_filing_told_without_a_number_has_the_same_one_wherever_it_is_told() -> None:
    assert TO_CITY.numbered().sn == "B3203993201001605011 3P1".replace(" ", "")
    assert TO_CITY.numbered() == TO_CITY._replace(end=None).numbered()._replace(end=TO_CITY.end)
    assert TO_CITY._replace(sn="BA1").numbered().sn == "BA1"
    longest = TO_CITY._replace(psn_no="9" * 30, target="H32019900001", filing_type="unheard_of").numbered()
    assert longest.sn == "B32039990000116050100" + "9" * 9
    assert len(longest.sn) == 30


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (D(2023, 5, 4), 6, D(2023, 11, 4)),
        (D(2023, 8, 31), 6, D(2024, 2, 29)),
        (D(2022, 8, 31), 6, D(2023, 2, 28)),
        (D(2023, 12, 1), 1, D(2024, 1, 1)),
        (D(2023, 7, 1), 6, D(2024, 1, 1)),
    ],
)
def test_months_are_complete_on_the_same_day_or_the_last_of_a_shorter_month(
    day: dt.date, months: int, later: dt.date
) -> None:
    assert months_later(day, months) == later


def test_a_filing_is_made_when_it_is_applied_for() -> None:
    assert TO_CITY.made_on == D(2016, 5, 1)
    assert TO_CITY._replace(filed_at=dt.datetime(2016, 4, 29, 17, 0)).made_on == D(2016, 4, 29)
