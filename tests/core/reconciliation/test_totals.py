"""Running totals by key."""

from __future__ import annotations

from typing import Any

from simulator.core.reconciliation.totals import NOTHING, Tally, Totals, totals_of_row

ONE = Totals(1, 100, 60, 10)


def test_totals_add_and_mirror() -> None:
    assert ONE.add(ONE) == (2, 200, 120, 20)
    assert ONE.add(ONE.negated()) == NOTHING
    assert ONE.cleared == 70


def test_a_row_adds_its_sign_and_amounts(play: Any) -> None:
    stay = play.stay().settled()
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    assert totals_of_row(row) == (1, 1_854_575, 1_346_010, 300_000)
    assert totals_of_row(row.cancelled("M", row.at)) == (-1, -1_854_575, -1_346_010, -300_000)


def test_a_group_that_returns_to_nothing_vanishes() -> None:
    tally = Tally()
    tally.add(("2016-10-10", "a"), ONE)
    tally.add(("2016-10-10", "a"), ONE)
    assert tally.group(("2016-10-10", "a")) == ONE.add(ONE)
    tally.add(("2016-10-10", "a"), ONE.add(ONE).negated())
    assert tally.group(("2016-10-10", "a")) == NOTHING
    assert not tally.under()


def test_days_with_groups_are_listed_in_order() -> None:
    tally = Tally()
    for day, totals in (("2016-10-11", ONE), ("2016-10-10", ONE), ("2016-10-12", ONE), ("2016-10-12", ONE.negated())):
        tally.add((day, "a"), totals)
    assert tally.spans() == ("2016-10-10", "2016-10-11")


def test_groups_are_listed_under_a_prefix_in_order() -> None:
    tally = Tally()
    for key in (("2", "b"), ("1", "b"), ("1", "a")):
        tally.add(key, ONE)
    assert list(tally.under("1")) == [("a",), ("b",)]
    assert list(tally.under()) == [("1", "a"), ("1", "b"), ("2", "b")]


def test_days_before_a_day_can_be_dropped() -> None:
    tally = Tally()
    tally.add(("2016-10-09", "a"), ONE)
    tally.add(("2016-10-10", "a"), ONE)
    tally.drop_before("2016-10-10")
    assert list(tally.under()) == [("2016-10-10", "a")]
