"""Precision and recall of the claim rules on invented bills with injected fraud, and the speed of a review.

    .venv/bin/python benchmarks/audit.py [--bills 6000] [--seed 1] [--fraud 0.35]

The bills, the fraud and so the table follow from the seed alone. Honest bills come near the rules, and some break one
in good faith; fraud is plain or so faint that a rule may miss it. ``plain`` and ``faint`` are recall by strength.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time

from simulator.core.audit.measure import Score, measure, together
from simulator.core.audit.review import review
from simulator.core.audit.rules import AFTER, in_force
from simulator.inputs.audit_rules import load_formulary, load_library
from simulator.inputs.fraud import FAINT, PLAIN, Invented, invent
from simulator.inputs.packs import load_pack
from simulator.inputs.streams import Streams


def per_cent(rate: int | None) -> str:
    return "     –" if rate is None else f"{rate / 100:6.1f}"


def recall(rule: str, judged: list[tuple[Invented, frozenset[str]]], strength: str) -> str:
    chosen = [(each, found) for each, found in judged if rule in each.truth and each.strength == strength]
    hit = sum(rule in found for _, found in chosen)
    return f"{hit:4}/{len(chosen):<4}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bills", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fraud", type=float, default=0.35)
    asked = parser.parse_args()
    library, pack = load_library(), load_pack("jiangsu-2023")
    rules = in_force(library, pack, dt.date(2023, 6, 1), "320100")
    bills = list(invent(load_formulary(), Streams(asked.seed), asked.bills, fraud_share=asked.fraud))
    begun = time.process_time()
    found = [
        frozenset(
            finding.rule_id for finding in review(each.case, rules, library.restrictions, library.norms, stage=AFTER)
        )
        for each in bills
    ]
    seconds = time.process_time() - begun
    judged = list(zip(bills, found, strict=True))
    scores = measure((each.truth, rules_found) for each, rules_found in judged)
    print(f"{'rule':32} sev   true  false missed  prec %  rec %    plain    faint")
    for rule in library.rules:
        score = scores.get(rule.id, Score())
        print(
            f"{rule.id:32} {rule.severity:3} {score.hits:6} {score.false:6} {score.missed:6} "
            f"{per_cent(score.precision)} {per_cent(score.recall)} "
            f"{recall(rule.id, judged, PLAIN)} {recall(rule.id, judged, FAINT)}"
        )
    whole = together(scores)
    print(f"{'all':36} {whole.hits:6} {whole.false:6} {whole.missed:6} ", end="")
    print(f"{per_cent(whole.precision)} {per_cent(whole.recall)}")
    lines = sum(len(each.case.charges) for each in bills)
    broken = sum(bool(each.truth) for each in bills)
    print(
        f"{len(bills)} bills, {broken} with fraud, {lines / len(bills):.0f} lines a bill, {len(rules)} rules: ", end=""
    )
    print(f"{1e3 * seconds / len(bills):.2f} ms a bill, {1e6 * seconds / lines:.1f} µs a line (processor time)")


if __name__ == "__main__":
    main()
