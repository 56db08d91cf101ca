"""The receipt of a settlement, computed again from its row whenever it is asked for."""

from __future__ import annotations

from typing import NamedTuple

from simulator.core.benefit.settlement import Inputs
from simulator.core.benefit.stack import Rules, Shares, Step, compute, rules_for
from simulator.core.values.parameters import PolicyPack


class Receipt(NamedTuple):
    """The ordered steps of a computation with the shares they lead to, and the rules they used."""

    steps: tuple[Step, ...]
    shares: Shares
    rules: Rules


def receipt(pack: PolicyPack, inputs: Inputs) -> Receipt:
    """Compute a settlement again from its inputs and keep every step.

    Raises NotInForce when the pack has no rule for the settlement's day.
    """
    rules = rules_for(pack, inputs.where)
    steps: list[Step] = []
    shares, _ = compute(inputs.totals, rules, inputs.year, inputs.balance, use_account=inputs.use_account, trace=steps)
    return Receipt(tuple(steps), shares, rules)
