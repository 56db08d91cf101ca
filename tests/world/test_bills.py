"""Invented bills: near the wanted cost, made of catalogue items, split without a loss."""

from __future__ import annotations

import datetime as dt
import random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.benefit.bill import totals_of
from simulator.core.catalogue.items import CLASS_B, CLASS_C, UNLIMITED
from simulator.core.values.money import line_amount
from simulator.inputs import load_catalogue
from simulator.inputs.scenarios import load_scenario
from simulator.world.bills import BED, NURSING, WARDS, Pharmacy, Wanted, extension, spread, ward

CATALOGUE = load_scenario("jiangsu-2016").catalogue
PHARMACY = Pharmacy(CATALOGUE)
UNRESTRICTED = SimpleNamespace(item=SimpleNamespace(code="drug", limits=UNLIMITED))
BY_DAY = SimpleNamespace(item=SimpleNamespace(code="bed", limits=UNLIMITED._replace(per_day=10_000)))
COSTS = st.integers(0, 50_000_000)
DAYS = st.integers(1, 200)


@given(seed=st.integers(0, 2**32), cost=COSTS, days=DAYS)
def test_lines_are_whole_catalogue_items_that_sum_to_the_bill(seed: int, cost: int, days: int) -> None:
    lines = PHARMACY.bill(random.Random(seed), Wanted(cost, days, 4, 16, 0.08, 0.5))
    assert 6 <= len(lines) <= 18
    assert [line.sn for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
    assert [lines[0].item.charge_type, lines[1].item.charge_type] == [BED, NURSING]
    for line in lines:
        assert CATALOGUE.items[line.item.code] == line.item
        assert line.price == line.item.price
        assert line.quantity > 0
        assert line.amount == line_amount(line.price, line.quantity)
        assert line.amount == line.own_expense + line.over_limit + line.first_pay + line.in_scope
    assert totals_of(lines).bill == sum(line.amount for line in lines)


def test_bills_come_to_the_wanted_cost_on_average() -> None:
    rng = random.Random(1)
    wanted = Wanted(1_200_000, 10, 4, 16, 0.08, 0.5)
    bills = [totals_of(PHARMACY.bill(rng, wanted)).bill for _ in range(800)]
    assert sum(bills) / len(bills) == pytest.approx(wanted.cost, rel=0.05)


def test_the_money_in_classes_b_and_c_is_about_the_wanted_share() -> None:
    rng, sums = random.Random(2), {"all": 0, CLASS_B: 0, CLASS_C: 0}
    for _ in range(1500):
        for line in PHARMACY.bill(rng, Wanted(3_000_000, 1, 4, 16, 0.08, 0.5))[2:]:
            sums["all"] += line.amount
            if line.item.level in sums:
                sums[line.item.level] += line.amount
    assert sums[CLASS_C] / sums["all"] == pytest.approx(0.08, abs=0.02)
    assert sums[CLASS_B] / sums["all"] == pytest.approx(0.50, abs=0.04)


def test_bed_and_nursing_are_charged_for_every_day() -> None:
    lines = PHARMACY.bill(random.Random(3), Wanted(1_000_000, 7, 4, 4, 0, 0))
    assert [line.quantity for line in lines[:2]] == [70_000, 70_000]


def test_the_same_numbers_draw_the_same_bill() -> None:
    wanted = Wanted(900_000, 5, 4, 16, 0.08, 0.5)
    assert PHARMACY.bill(random.Random(4), wanted) == PHARMACY.bill(random.Random(4), wanted)


def test_of_a_library_with_versions_only_what_all_of_them_have_is_drawn() -> None:
    library = load_catalogue("jiangsu-2023")
    pharmacy, rng = Pharmacy(library), random.Random(6)
    drawn = {line.item.code for _ in range(300) for line in pharmacy.bill(rng, Wanted(2_000_000, 7, 4, 16, 0.1, 0.5))}
    assert len(drawn) > 500
    for code in drawn:
        entries = [library.find(code, version.in_force) for version in library.versions]
        assert entries == [library.items[code]] * 3


def test_a_ward_is_one_of_the_list() -> None:
    rng = random.Random(5)
    seen = {ward(rng) for _ in range(2000)}
    assert {(each.dept_code, each.diagnosis_code) for each in seen} == {(row[0], row[2]) for row in WARDS}
    assert any("𠮷" in each.doctor_name for each in seen)


@given(minutes=st.integers(0, 400_000), count=st.integers(1, 40), millis=st.integers(0, 59_999))
def test_lines_arise_between_admission_and_discharge_in_order(minutes: int, count: int, millis: int) -> None:
    admitted = dt.datetime(2016, 6, 1, 8) + dt.timedelta(milliseconds=millis)
    discharged = admitted + dt.timedelta(minutes=minutes)
    lines: list[Any] = [UNRESTRICTED] * count
    times = [when for _, when in spread(lines, admitted, discharged)]
    assert times == sorted(times)
    assert times[0] == admitted.replace(microsecond=0)
    assert all(when <= max(discharged, admitted + dt.timedelta(minutes=1)) for when in times)
    assert all(when.microsecond == 0 for when in times)


def test_what_is_charged_by_the_day_arises_day_after_day() -> None:
    admitted = dt.datetime(2016, 6, 1, 8, 15)
    lines: list[Any] = [BY_DAY] * 3
    assert [when for _, when in spread(lines, admitted, admitted + dt.timedelta(days=3, hours=2))] == [
        admitted + dt.timedelta(days=day) for day in range(3)
    ]


def test_a_restricted_list_gives_bills_that_fit_anybody_with_beds_day_by_day() -> None:
    other = load_scenario("jiangsu-2016").beyond_catalogue
    assert other is not None
    pharmacy, rng, by_day = Pharmacy(other), random.Random(7), 0
    for _ in range(200):
        lines = pharmacy.bill(rng, Wanted(2_000_000, 5, 4, 16, 0.1, 0.5))
        assert [line.sn for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
        for line in lines:
            limit = line.item.limits.per_day
            assert line.item.limits._replace(per_day=None) == UNLIMITED
            assert limit is None or (line.item.charge_type in {BED, NURSING} and line.quantity <= limit)
            by_day += limit is not None
        assert sum(line.quantity for line in lines if line.item.charge_type == BED) == 50_000
    assert by_day > 200


def test_a_man_has_no_disease_of_women_and_an_injury_bears_its_flags() -> None:
    drawn = [[ward(random.Random(seed), gender) for seed in range(400)] for gender in ("1", "2")]
    men, women = ({each.diagnosis_code for each in wards} for wards in drawn)
    assert women - men == {row[2] for row in WARDS if row[2].startswith("D25")} != set()
    for carer in drawn[0]:
        assert bool(extension(carer)) is carer.diagnosis_code.startswith("S")
