"""Stories: one can be told alone, and no rate shifts another draw."""

from __future__ import annotations

import datetime as dt
import statistics
from typing import Any

import pytest

from simulator.inputs.scenarios import load_scenario
from simulator.inputs.streams import Streams
from simulator.world.clock import DAY_MS, HOUR_MS
from simulator.world.stories import Story, Teller
from simulator.world.weights import Weights

CITY = "320300"
MORNING = 10 * DAY_MS + 9 * HOUR_MS


def plain(story: Story) -> dict[str, Any]:
    """The story without its generator."""
    return {name: value for name, value in story._asdict().items() if name != "rng"}


@pytest.fixture(scope="module")
def stories(scenario: Any) -> list[Story]:
    teller = Teller(scenario, Streams(1), 0.01)
    return [teller.tell(CITY, f"{CITY}-{number}", MORNING) for number in range(3000)]


def test_a_story_told_alone_is_the_story_told_in_a_crowd(scenario: Any, stories: list[Story]) -> None:
    alone = Teller(scenario, Streams(1), 0.01).tell(CITY, f"{CITY}-1234", MORNING)
    assert plain(alone) == plain(stories[1234])
    assert alone.rng.random() == Teller(scenario, Streams(1), 0.01).tell(CITY, f"{CITY}-1234", MORNING).rng.random()


def test_another_seed_tells_another_story(scenario: Any, stories: list[Story]) -> None:
    assert plain(Teller(scenario, Streams(2), 0.01).tell(CITY, f"{CITY}-0", MORNING)) != plain(stories[0])


def test_changed_rates_and_shares_change_only_what_they_name(stories: list[Story]) -> None:
    settings = ["filing.rate_end=0.9", "refusal.cash_share=0.9", "demand.ncms_share=0.9", "platform.stall_share=0.1"]
    teller = Teller(load_scenario("jiangsu-2016", overrides=settings), Streams(1), 0.01)
    for number in range(200):
        changed, before = plain(teller.tell(CITY, f"{CITY}-{number}", MORNING)), plain(stories[number])
        assert changed.pop("ncms") >= before.pop("ncms")
        assert changed == before


def test_nobody_is_treated_at_home_and_the_hospital_stands_in_the_city(scenario: Any, stories: list[Story]) -> None:
    areas = scenario.network.registry.areas
    for story in stories:
        assert story.city != CITY
        assert areas[story.hospital.area].city == story.city
        assert areas[story.person.insured_area].city == CITY


def test_a_stay_ends_after_it_began_at_an_hour_when_people_are_discharged(scenario: Any, stories: list[Story]) -> None:
    weights = scenario.numbers("stay.discharge_hour_weights")
    for story in stories:
        assert story.discharged_ms > story.admitted_ms
        assert weights[story.discharged_ms % DAY_MS // HOUR_MS] > 0
        assert story.wanted.days >= 1


def test_length_and_cost_come_near_their_means(scenario: Any, stories: list[Story]) -> None:
    tertiary = [story for story in stories if story.hospital.level == "tertiary"]
    cost = statistics.fmean(story.wanted.cost for story in tertiary) / 100
    assert cost == pytest.approx(scenario.table("stay.cost_yuan")["tertiary"], rel=0.1)
    days = statistics.fmean((story.discharged_ms - story.admitted_ms) / DAY_MS for story in tertiary)
    assert days == pytest.approx(scenario.table("stay.length_days")["tertiary"], rel=0.12)


def test_levels_types_and_schemes_come_in_their_shares(scenario: Any, stories: list[Story]) -> None:
    def share(of: Any) -> float:
        return statistics.fmean(of(story) for story in stories)

    assert share(lambda story: story.ncms) == pytest.approx(scenario.number("demand.ncms_share"), abs=0.03)
    assert share(lambda story: story.filing_type == "referral") == pytest.approx(0.35, abs=0.03)
    assert share(lambda story: story.person.insutype == "310") == pytest.approx(
        scenario.number("demand.employee_share"), abs=0.04
    )
    assert share(lambda story: story.hospital.level == "tertiary") == pytest.approx(0.89, abs=0.03)


def test_chances_are_even(stories: list[Story]) -> None:
    for name in ("filing_chance", "cash_chance", "unmapped_chance"):
        chances = [getattr(story, name) for story in stories]
        assert all(0 <= chance < 1 for chance in chances)
        assert statistics.fmean(chances) == pytest.approx(0.5, abs=0.03)


def test_discharges_late_in_the_week_are_fewer_on_sundays(scenario: Any, stories: list[Story]) -> None:
    first = dt.datetime.combine(scenario.start, dt.time())
    weekdays = [(first + dt.timedelta(milliseconds=story.discharged_ms)).weekday() for story in stories]
    assert weekdays.count(4) > 1.3 * weekdays.count(6)


def test_people_come_again_as_often_as_the_scenario_says(scenario: Any) -> None:
    teller = Teller(scenario, Streams(1), 0.02)
    stays = round(
        scenario.number("demand.stays_per_year")
        * 0.02
        * scenario.network.insured[CITY]
        / sum(scenario.network.insured.values())
    )
    people = {teller.tell(CITY, f"{CITY}-{number}", MORNING).person.psn_no for number in range(stays)}
    assert 1.2 < stays / len(people) < 2.2


@pytest.mark.parametrize(
    ("chance", "choice"), [(0.0, "a"), (0.2499, "a"), (0.25, "b"), (0.7499, "b"), (0.75, "c"), (0.9999999, "c")]
)
def test_a_number_falls_on_the_choice_of_its_weight(chance: float, choice: str) -> None:
    assert Weights({"a": 1, "b": 2, "c": 1}).pick(chance) == choice


def test_a_choice_of_no_weight_is_never_picked() -> None:
    weights = Weights({"a": 0, "b": 1, "c": 0})
    assert {weights.pick(number / 100) for number in range(100)} == {"b"}
