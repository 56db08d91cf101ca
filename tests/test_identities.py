"""The amount identities stand twice on purpose, in the core on values and in the rules on messages: they agree."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from simulator.core import invariants
from simulator.core.benefit.shares import Shares

REGISTRY = schemas.load("v1")
# Invariant of the core to named rule of the message: the same identity.
TWINS: dict[Callable[[Shares], bool], str] = {
    invariants.bill_adds_up: "bill-is-shared-out",
    invariants.funds_add_up: "funds-add-up",
    invariants.person_adds_up: "person-pays-account-and-cash",
    invariants.classes_add_up: "classes-make-the-bill",
}
NOT_AMOUNTS = {"pool_prop_selfpay", "act_pay_dedc", "acct_mulaid_pay"}  # the last is part of acct_pay
AMOUNTS = [name for name in Shares._fields if name not in NOT_AMOUNTS]
FEN = st.integers(-(10**13), 10**13)


def message(shares: Shares) -> Any:
    """The example reply of a settlement with these amounts."""
    reply = schemas.parse(REGISTRY.examples["2304", "response"])
    assert isinstance(reply, dict)
    for name in AMOUNTS:
        reply["output"]["setlinfo"][name] = Decimal(getattr(shares, name)).scaleb(-2)
    reply["output"]["setlinfo"]["hifdm_pay"] = 0
    return reply


def broken_rules(shares: Shares) -> set[str]:
    """The rules that the message with these amounts breaks, of those that have a twin."""
    plan = REGISTRY.validator("2304", "response").plan
    return {breach.rule for breach in plan.broken(message(shares))} & set(TWINS.values())


def broken_invariants(shares: Shares) -> set[str]:
    return {rule for invariant, rule in TWINS.items() if not invariant(shares)}


def settled() -> Shares:
    """The amounts of the example: a settlement that adds up."""
    info = schemas.parse(REGISTRY.examples["2304", "response"])["output"]["setlinfo"]  # type: ignore[index]
    return Shares(**{name: int(info[name] * 100) for name in Shares._fields})


def test_both_find_a_good_settlement_good() -> None:
    assert broken_rules(settled()) == broken_invariants(settled()) == set()


@pytest.mark.parametrize("name", AMOUNTS)
@pytest.mark.parametrize("fen", [-1, 1, 100, -(10**12)])
def test_both_find_the_same_settlement_broken(name: str, fen: int) -> None:
    shares = settled()
    spoilt = shares._replace(**{name: getattr(shares, name) + fen})
    assert broken_rules(spoilt) == broken_invariants(spoilt) != set()


@given(st.fixed_dictionaries(dict.fromkeys(AMOUNTS, FEN)))
def test_both_agree_on_any_amounts(amounts: dict[str, int]) -> None:
    shares = settled()._replace(**amounts)
    assert broken_rules(shares) == broken_invariants(shares)


@given(st.sets(st.sampled_from(AMOUNTS), min_size=1, max_size=3), st.integers(-3, 3))
def test_both_agree_where_several_amounts_move_together(names: set[str], fen: int) -> None:
    shares = settled()
    moved = shares._replace(**{name: getattr(shares, name) + fen for name in names})
    assert broken_rules(moved) == broken_invariants(moved)
    if not invariants.cleared_both_ways(moved):
        # The cleared amount follows from the bill and the person's part: one of the two is found wrong.
        assert broken_rules(moved) & {"bill-is-shared-out", "person-pays-account-and-cash"}
