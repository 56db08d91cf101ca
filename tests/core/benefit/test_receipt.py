"""The receipt is computed again from the row and says the same."""

from __future__ import annotations

from typing import Any

from simulator.core.benefit.receipt import receipt


def test_the_receipt_of_a_settlement_gives_its_shares_and_its_steps(play: Any) -> None:
    stay = play.stay().settled()
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    paper = receipt(play.net.pack, row.inputs)
    assert paper.shares == row.shares
    steps = {step.key: step[1:4] for step in paper.steps}
    assert steps["own_expense"] == (1_854_575, 98_000, 1_756_575)
    assert steps["over_limit"] == (1_756_575, 83_500, 1_673_075)
    assert steps["first_pay"] == (1_673_075, 87_508, 1_585_567)
    assert steps["deductible"] == (1_585_567, 90_000, 1_495_567)
    assert steps["basic"] == (1_495_567, 1_346_010, 149_557)
    assert steps["account"] == (300_000, 300_000, 0)
    assert steps["cash"] == (508_565, 208_565, 300_000)


def test_each_step_leaves_what_it_took_from(play: Any) -> None:
    stay = play.stay("resident").settled()
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    for step in receipt(play.net.pack, row.inputs).steps:
        if step.key not in {"cap", "burden"}:
            assert step.before - step.amount == step.after, step


def test_a_step_names_the_dated_figure_it_used(play: Any) -> None:
    stay = play.stay().settled()
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    paper = receipt(play.net.pack, row.inputs)
    steps = {step.key: step for step in paper.steps}
    assert steps["deductible"].record == paper.rules.deductible
    assert steps["deductible"].record.basis.assumption == "A"
    assert steps["basic"].rate == 9_000
