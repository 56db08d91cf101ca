"""The receipt of a settlement, computed again from its row whenever it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from simulator.core.benefit.rules import Figure, Rules, rules_for
from simulator.core.benefit.settlement import Inputs
from simulator.core.benefit.shares import Shares
from simulator.core.benefit.stack import Step, compute
from simulator.core.values.parameters import PolicyPack

RULES_OF: Mapping[str, tuple[str, ...]] = {
    "deductible": ("deductible", "repeat_factors", "repeat_step", "repeat_floor"),
    "basic": ("tiers", "bonus", "cut"),
    "cap": ("cap",),
    "large": ("large", "large_cap"),
    "burden": ("second_counts_first_pay", "second_applies"),
    "second": ("second",),
    "civil": ("civil",),
    "enterprise": ("enterprise",),
    "aid": ("aid", "aid_cap"),
    "hospital": ("hospital",),
    "account": ("account_use",),
    "family": ("account_family",),
}
"""Which rules take part in a step."""


class Receipt(NamedTuple):
    """The ordered steps of a computation with the shares they lead to, and the rules they used."""

    steps: tuple[Step, ...]
    shares: Shares
    rules: Rules

    def used(self, step: Step) -> Mapping[str, Figure]:
        """Return the figures that a step used, by rule: each a parameter with its record in force."""
        figures = self.rules.figures
        return {rule: figures[rule] for rule in RULES_OF.get(step.key, ()) if rule in figures}


def receipt(pack: PolicyPack, inputs: Inputs) -> Receipt:
    """Compute a settlement again from its inputs and keep every step.

    Raises NotInForce when the pack has no rule in force on the settlement's day, NoSuchCare when it has none at all.
    """
    rules = rules_for(pack, inputs.where)
    steps: list[Step] = []
    shares, _ = compute(
        inputs.totals,
        rules,
        inputs.year,
        inputs.balance,
        use_account=inputs.use_account,
        family=inputs.family,
        earlier=inputs.earlier,
        trace=steps,
    )
    return Receipt(tuple(_with_frozen(steps, inputs)), shares, rules)


def _with_frozen(steps: Iterable[Step], inputs: Inputs) -> Iterator[Step]:
    """Yield the steps, with one that says so before that of an account which is frozen and pays nothing."""
    held = {"account": (inputs.balance, inputs.frozen), "family": (inputs.family, inputs.family_frozen)}
    for step in steps:
        left, frozen = held.get(step.key, (0, 0))
        if frozen:
            yield Step(f"{step.key}_frozen", left + frozen, frozen, left)
        yield step
