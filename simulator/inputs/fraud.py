"""Fraud injected into honest bills, with the truth known: what the audit's precision and recall are measured on.

Each pattern is what somebody would do, in varying strength: plain, or so faint that a rule may miss it. The truth is
what was done, not what a rule can see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from simulator.core.audit.case import Case
from simulator.inputs.audit_rules import Formulary
from simulator.inputs.fraud_on_lines import ON_LINES
from simulator.inputs.fraud_on_visits import ON_VISITS
from simulator.inputs.invented_bills import Pattern, honest
from simulator.inputs.streams import Streams

PATTERNS: Mapping[str, Pattern] = {**ON_LINES, **ON_VISITS}
"""The patterns by the rules they break; every rule of the built-in set has one."""
PLAIN, FAINT = "plain", "faint"
_FAINT_SHARE = 0.15
_RARE = frozenset(
    {"injury-without-flags", "outpatient-during-stay", "prescription-too-long", "chronic-prescription-too-long"}
)
_SOONER = 12  # patterns that fit few bills are tried sooner, so that each is measured on more than a handful


class Invented(NamedTuple):
    """An invented bill; ``truth`` are the rules it was made to break, ``strength`` how plainly (empty: honest)."""

    case: Case
    truth: frozenset[str]
    strength: str


def invent(formulary: Formulary, streams: Streams, count: int, *, fraud_share: float) -> Iterator[Invented]:
    """Yield invented bills, this share of them with one pattern of fraud; the same streams give the same bills."""
    for number in range(count):
        draft = honest(formulary, number, streams.stream("audit", number, "honest"))
        rng = streams.stream("audit", number, "fraud")
        truth: frozenset[str] = frozenset()
        strength = ""
        if rng.random() < fraud_share:
            draft.rng = rng
            faint = rng.random() < _FAINT_SHARE
            for names in sorted(PATTERNS, key=lambda names: rng.random() / (_SOONER if names in _RARE else 1)):
                if PATTERNS[names](draft, faint):
                    truth, strength = frozenset(names.split()), FAINT if faint else PLAIN
                    break
        yield Invented(draft.case(), truth, strength)
