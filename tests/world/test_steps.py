"""What changes on the first of a month: the epidemic of 2020, the merger of NCMS; and a pool of employees alone."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.inputs.streams import Streams
from simulator.world.arrivals import Arrivals
from simulator.world.clock import DAY_MS
from simulator.world.steps import Steps
from simulator.world.stories import Story, Teller

NATIONAL_2020 = 8238.5 / 9789.8
"""Out-of-area visits of 2020 over those of 2019 (national statistics of benefits 2012-2025)."""


@pytest.fixture(scope="module")
def jilin() -> Scenario:
    return load_scenario("jilin-2019")


@pytest.mark.parametrize(
    ("day", "value"),
    [("2019-12-31", 7.0), ("2020-02-01", 0.5), ("2020-02-29", 0.5), ("2020-06-30", 0.5), ("2020-07-01", 0.9)],
)
def test_a_step_holds_from_the_first_of_its_month_until_the_next(day: str, value: float) -> None:
    setting = "demand.factor_from={2020-07=0.9, 2020-02=0.5}"
    steps = Steps(load_scenario("jilin-2019", overrides=[setting]), "demand.factor_from", before=7.0)
    assert steps.at(dt.date.fromisoformat(day)) == value


def test_a_scenario_without_steps_is_the_same_all_the_time() -> None:
    steps = Steps(load_scenario("jiangsu-2016"), "demand.factor_from", before=1.0)
    assert {steps.at(dt.date(year, 1, 1)) for year in (1999, 2016, 2030)} == {1.0}


def test_the_months_of_2020_come_to_what_the_country_had(jilin: Scenario) -> None:
    seasons = jilin.numbers("demand.month_factor")
    steps = Steps(jilin, "demand.factor_from", before=1.0)
    year = sum(share * steps.at(dt.date(2020, month, 1)) for month, share in enumerate(seasons, 1)) / sum(seasons)
    assert year == pytest.approx(NATIONAL_2020, abs=0.01)


def test_admissions_of_february_2020_collapse_and_those_of_february_before_would_not(jilin: Scenario) -> None:
    even = load_scenario("jilin-2019", overrides=["demand.factor_from={2021-01=1}"])
    first, last = ((day - jilin.start).days for day in (dt.date(2020, 2, 1), dt.date(2020, 2, 29)))
    counts = []
    for scenario in (jilin, even):
        arrivals = Arrivals(scenario, Streams(1), 0.2)
        counts.append(sum(len(arrivals.of_day("220200", day)) for day in range(first, last + 1)))
    assert counts[0] / counts[1] == pytest.approx(0.35, abs=0.05)


def told(scenario: Scenario, city: str, day: dt.date) -> list[Story]:
    teller, ms = Teller(scenario, Streams(1), 0.01), (day - scenario.start).days * DAY_MS
    return [teller.tell(city, f"{city}-{number}", ms) for number in range(400)]


def test_ncms_is_apart_until_it_merges(jilin: Scenario) -> None:
    before, after = (told(jilin, "220200", day) for day in (dt.date(2019, 12, 31), dt.date(2020, 1, 1)))
    assert sum(story.ncms for story in before) / len(before) == pytest.approx(0.39, abs=0.08)
    assert not any(story.ncms for story in after)


def test_the_pool_of_the_provincial_offices_insures_employees_only(jilin: Scenario) -> None:
    stories = told(jilin, "229900", jilin.start)
    assert {story.person.insutype for story in stories} == {"310"}
    assert not any(story.ncms for story in stories)
    assert {story.person.insutype for story in told(jilin, "220100", jilin.start)} == {"310", "390"}
    assert "220100" not in {story.city for story in stories}


def test_no_two_cities_of_jilin_share_identity_numbers(jilin: Scenario) -> None:
    people = [story.person for city in jilin.network.insured for story in told(jilin, city, jilin.start)]
    distinct = {person.psn_no for person in people}
    assert len({person.certno for person in people}) == len(distinct)
    assert all(person.certno.startswith("99") for person in people)
