"""The whole network at random: care of every kind, filings, claims, reconciliation, clearing, payments; a lossy wire.

After every step the invariants hold that must hold at any moment; at rest, and when a month is cleared, all the rest.
Steps are counted: every rule carried out is one. A counterexample is printed as the list of its messages.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from simulator.core.visits.insured import Insured

from .money_days import FIGURES, Network
from .told_wire import telling

CALM: dict[str, Any] = {"deadline": None, "print_blob": True, "suppress_health_check": list(HealthCheck)}


def drive(make_play: Any, make_wire: Any, picture_of: Any, chosen: settings) -> int:
    """Play as many machines as chosen; return the steps they took."""
    told = telling(make_wire)
    machines: list[Network] = []
    steps = 0

    def machine() -> Network:
        nonlocal steps
        steps += sum(each.steps for each in machines)
        play = make_play(**FIGURES)
        machines[:] = [Network(play, told(play.net.nodes), picture_of)]
        return machines[0]

    run_state_machine_as_test(machine, settings=chosen)
    return steps + sum(each.steps for each in machines)


def test_random_days_break_no_invariant(make_play: Any, make_wire: Any, picture_of: Any, capsys: Any) -> None:
    chosen = settings(max_examples=180, stateful_step_count=70, derandomize=True, **CALM)
    steps = drive(make_play, make_wire, picture_of, chosen)
    with capsys.disabled():
        print(f"\nwhole network: {steps:,} steps")
    assert steps >= 5_000


@pytest.mark.slow
def test_many_random_days_break_no_invariant(make_play: Any, make_wire: Any, picture_of: Any, capsys: Any) -> None:
    chosen = settings(max_examples=3_300, stateful_step_count=100, **CALM)
    steps = drive(make_play, make_wire, picture_of, chosen)
    with capsys.disabled():
        print(f"\nwhole network: {steps:,} steps")
    assert steps >= 200_000


def test_a_counterexample_is_a_list_of_messages(
    make_play: Any, make_wire: Any, picture_of: Any, monkeypatch: Any
) -> None:
    """A city of insurance that confirms reversals and forgets them is found out, message by message."""
    monkeypatch.setattr(Insured, "_reversal", lambda self, turn, asked: turn.ok(asked))
    quick = (Phase.generate,)  # shrinking is Hypothesis's own, and takes a minute
    chosen = settings(max_examples=60, stateful_step_count=20, derandomize=True, database=None, phases=quick, **CALM)
    with pytest.raises(AssertionError) as failure:
        drive(make_play, make_wire, picture_of, chosen)
    told = "\n".join(failure.value.__notes__)
    assert re.search(r"^10-1\d [\d:]{8} H320[13]990000[12] → 320[13]00 2601 request msgid …\d{4}", told, re.MULTILINE)
    assert re.search(r"^10-1\d [\d:]{8} 320[13]00 → H?320\d+ 2601 reply 0 msgid …\d{4}", told, re.MULTILINE)
