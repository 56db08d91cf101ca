"""The year so far: what a person has used up, before and after every settlement and cancellation."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)


def used_up(visit: VisitClient) -> dict[str, int]:
    """Return the accumulators of a visit's person (5206), by their kind."""
    return {row["cum_type_code"]: row["cum"] for row in visit.succeeds("5206").output["cuminfo"]}


@core
@verifies(
    "P75-06",
    zh="年度累计随结算增加、随撤销还原，重结后相同。",
    en="What the year has used up grows with a settlement, and is as before when it was cancelled.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient", "pharmacy"))
@pytest.mark.parametrize("where", PLACES)
def test_accumulators_follow_settlements(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, "retired", care=care)
    visit.until("1101")
    before = used_up(visit)
    visit.settled_from(visit.plan[2])
    after = used_up(visit)
    assert not any(before.values())
    assert any(after.values())
    visit.succeeds(visit.cancels)
    assert used_up(visit) == before


@verifies(
    "P75-06",
    "JL-3.2c",
    zh="贫困人员的大病保险、医疗救助累计逐次增加，救助累计等于各次结算之和。",
    en="What critical illness and medical aid have paid of the poor adds up over the stays of a year, to the fen.",
)
@pytest.mark.parametrize("where", PLACES)
def test_accumulators_of_the_poor_add_up(case: CaseClient, where: str) -> None:
    visit, seen, aid = case.visit(where, "poor", yuan=60_000), [], 0
    for stay in range(3):
        visit = visit if stay == 0 else case.visit(where, like=visit.number, yuan=60_000)
        aid += visit.settled().output["setlinfo"]["maf_pay"]
        seen.append(used_up(visit))
        assert seen[-1]["maf_pay"] == aid > 0
    assert all(later[name] >= value for earlier, later in pairwise(seen) for name, value in earlier.items())
    assert seen[0] != seen[1] != seen[2]


@verifies(
    "P75-06",
    zh="撤销前一次住院的结算，不改变后一次已结算的金额，只还原其自身的累计。",
    en="Cancelling an earlier stay takes back its own part of the year and nothing of the later one.",
)
@pytest.mark.parametrize("where", PLACES)
def test_an_earlier_stay_is_cancelled(case: CaseClient, where: str) -> None:
    first = case.visit(where)
    first.settled()
    one = used_up(first)
    second = case.visit(where, like=first.number)
    second.settled()
    first.succeeds(first.cancels)
    left = used_up(second)
    assert left != one
    first.succeeds(first.settles)
    used_up(first)


@verifies(
    "P75-06",
    zh="其他年度的累计查询互不影响。",
    en="The accumulators of another year are its own.",
)
@pytest.mark.parametrize("where", PLACES)
def test_accumulators_of_another_year(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.settled()
    year = int(case.day(0)[:4]) - 1
    told = visit.succeeds("5206", {"data/cum_ym": f"{year}12"}).output["cuminfo"]
    assert not any(row["cum"] for row in told)


@verifies(
    "P75-44",
    zh="跨年住院以出院日为时点按一笔费用结算，计入出院年度。",
    en="A stay over the turn of a year is settled as one bill on the day of discharge, and counts to that year.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_stay_over_the_turn_of_a_year(case: CaseClient, where: str) -> None:
    first_day = dt.date.fromisoformat(case.day(0)).timetuple().tm_yday
    visit = case.visit(where, "long_ago", days_ago=first_day + 2)
    total = visit.charge({"item": "a", "price": "23000"})
    info = visit.settled().output["setlinfo"]
    assert info["medfee_sumamt"] == total
    assert 0 < used_up(visit)["hifp_pay"] <= info["hifp_pay"]  # a pack may divide it by days between the years
    next_stay = case.visit(where, like=visit.number)
    next_stay.settled()
    used_up(next_stay)


@verifies(
    zh="查不到的人员没有累计信息。",
    en="Of nobody there are no accumulators.",
)
@pytest.mark.parametrize("where", PLACES)
def test_accumulators_of_nobody(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    visit.rejects("5206", {"data/psn_no": "00000000000000000000"})


@verifies(
    "P75-06",
    zh="个人账户随结算扣减、随撤销退回，下一次就医可用余下部分。",
    en="The account goes down with a settlement and up with its cancellation; the next visit has what is left.",
)
@pytest.mark.parametrize("where", PLACES)
def test_the_account_over_two_visits(case: CaseClient, where: str) -> None:
    first = case.visit(where, care="pharmacy", yuan=4_000)
    one = first.settled().output["setlinfo"]
    second = case.visit(where, care="pharmacy", like=first.number, yuan=4_000)
    two = second.settled().output["setlinfo"]
    assert two["acct_pay"] + two["balc"] == one["balc"]
    first.succeeds(first.cancels)
    third = case.visit(where, care="pharmacy", like=first.number, yuan=100)
    three = third.settled().output["setlinfo"]
    assert three["acct_pay"] + three["balc"] == two["balc"] + one["acct_pay"]
