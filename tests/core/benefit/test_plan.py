"""What the figures of a pack come to before any bill is seen."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.benefit.plan import planned
from simulator.core.values.parameters import Tier

TIERS = (Tier(0, 1_000, 5_000), Tier(1_000, None, 9_000))


def plan(**values: Any) -> Any:
    return planned({"tiers": TIERS, **values}, "inpatient", "", counts_burden=True)


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        ({}, (80_000,)),
        ({"repeat_factors": (10_000, 5_000, 0)}, (80_000, 40_000, 0)),
        ({"repeat_factors": (10_000, 5_000, 0), "repeat_floor": 20_000}, (80_000, 40_000, 20_000)),
        ({"repeat_step": 30_000, "repeat_floor": 10_000}, (80_000, 50_000, 20_000, 10_000)),
        ({"repeat_step": 40_000}, (80_000, 40_000, 0)),
        ({"repeat_step": 0}, (80_000,)),
        ({"repeat_factors": (10_000, 3_333)}, (80_000, 26_664)),
    ],
)
def test_the_deductible_of_each_stay_follows_factors_or_steps_down_to_a_floor(values: Any, stays: Any) -> None:
    assert plan(deductible=80_000, **values).deductibles == stays


def test_a_floor_never_raises_the_first_deductible() -> None:
    assert plan(deductible=10_000, repeat_factors=(10_000, 5_000), repeat_floor=20_000).deductibles == (10_000, 10_000)
    assert plan(deductible=10_000, repeat_step=1_000, repeat_floor=20_000).deductibles == (10_000,)


def test_without_a_deductible_there_is_none() -> None:
    assert plan().deductibles == ()


@pytest.mark.parametrize(
    ("change", "rates"),
    [
        ({"bonus": 400}, (5_400, 9_400)),
        ({"cut": 600, "bonus": 400}, (4_800, 8_800)),
        ({"bonus": 2_000}, (7_000, 10_000)),
    ],
)
def test_changes_move_every_tier_between_nothing_and_all(change: Any, rates: Any) -> None:
    assert tuple(tier.rate for tier in plan(**change).tiers) == rates
    assert [tier.rate for tier in plan(cut=6_000).tiers] == [0, 3_000]


def test_what_a_pack_does_not_have_pays_nothing() -> None:
    bare = plan()
    assert (bare.cap, bare.large, bare.civil, bare.enterprise, bare.aid, bare.hospital) == (None,) * 6
    assert not (bare.second or bare.own_account or bare.family_account or bare.counts_first_pay)
