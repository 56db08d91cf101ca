"""No order of messages pays twice or loses money: every one of them, to a depth, for one settlement."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.visits.insured import Insured
from simulator.core.visits.visits import Settled

from .small_world import NANJING, PROVINCE, XUZHOU, State, World, search

# What a platform is given and never changes, and its count of replies.
STILL = frozenset({"registry", "catalogue", "pack", "calendar", "table", "city", "_rules", "_spans", "serial"})
STILL |= {
    "_folds",
    "_does",
    "_hears",
    "_notes",
    "answers",
    "_node",
    "_files",
    "_registry",
    "_wait",
    "_offices",
    "code",
    "party",
    "province",
}


class Setup:
    """The world at its start, and what must hold in every state of it."""

    def __init__(self, play: Any, fresh_node: Any) -> None:
        neighbour = play.stay("resident").settled()
        self.neighbour = neighbour.setl_id
        stay = play.stay("retired")
        assert all(reply.succeeded for reply in (stay.admit(), stay.upload_bill(), stay.discharge()))
        self.mdtrt_id = stay.mdtrt_id
        settle = stay.bill_request()
        self.settle = settle
        now = play.tick()
        reversal = stay.desk.reverse(now, stay.person, settle)
        self.reversal = reversal
        self.world = World(fresh_node, STILL, reversal, now)
        self.start = self.world.start(play.relay.facts, play.relay.postings, settle)

    def check(self, state: State, nodes: Any, heard: Any) -> None:
        """Nothing is paid twice at any moment; after healing every side tells the same, and the claim is final."""
        for role in ("treatment", "insured"):
            facts = state.facts[NANJING if role == "treatment" else XUZHOU]
            rows = [fact.row for fact in facts if isinstance(fact, Settled) and fact.role == role]
            assert inv.settled_once(rows), state.path
        treatment, insured, province = (nodes[code] for code in (NANJING, XUZHOU, PROVINCE))
        mine = treatment.treatment.visits.find(self.mdtrt_id)
        theirs = insured.insured.visits.find(self.mdtrt_id)
        rows = [visit.settlement for visit in (mine, theirs)]
        assert (rows[0] is None) == (rows[1] is None), state.path
        assert mine.state == theirs.state, state.path
        assert mine.open_step is None, state.path
        succeeded = {key for key, infcode in heard.items() if infcode == 0}
        if self.reversal.key in succeeded:
            assert rows[0] is None, state.path
        else:
            assert (rows[0] is not None) == (self.settle.key in succeeded), state.path
        assert inv.books_mirror(
            insured.books.balance("payable", NANJING), treatment.books.balance("receivable", XUZHOU)
        ), state.path
        paid = 0 if rows[1] is None else rows[1].shares.acct_pay
        assert insured.insured.balance_of("P1") == 300_000 - paid, state.path
        day = f"{self.world.now:%Y-%m-%d}"
        sides = (treatment.daily["treatment"], province.daily, insured.daily["insured"])
        assert inv.three_sides_agree([side.group((day, NANJING, XUZHOU)) for side in sides]), state.path
        assert sides[0].group((day, NANJING, XUZHOU)).rows == 1 + (rows[0] is not None), state.path


@pytest.mark.parametrize("depth", [4, pytest.param(8, marks=pytest.mark.slow)])
def test_every_order_of_messages(play: Any, fresh_node: Any, depth: int, capsys: Any) -> None:
    setup = Setup(play, fresh_node)
    found = search(setup.world, setup.start, depth, setup.check)
    with capsys.disabled():
        print(f"\nsmall world: depth {found.depth}, {found.states:,} states, {found.paths:,} paths")
    assert found.states > 100


def test_the_search_finds_a_city_that_forgets_a_reversal(play: Any, fresh_node: Any, monkeypatch: Any) -> None:
    setup = Setup(play, fresh_node)
    monkeypatch.setattr(Insured, "_reversal", lambda self, turn, asked: turn.ok(asked))
    with pytest.raises(AssertionError):
        search(setup.world, setup.start, 4, setup.check)
