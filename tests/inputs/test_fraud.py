"""Invented bills with injected fraud: the same from the same seed, and what the rules make of them.

The measure can fail: honest bills come near the rules and some break one in good faith, and some fraud is too faint.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from simulator.core.audit.measure import Score, measure, together
from simulator.core.audit.review import review
from simulator.core.audit.rules import AFTER, Library, in_force
from simulator.inputs.audit_rules import load_formulary, load_library
from simulator.inputs.fraud import FAINT, PLAIN, Invented, invent
from simulator.inputs.packs import load_pack
from simulator.inputs.streams import Streams

SEED, BILLS = 20230101, 3000


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def judged(library: Library) -> list[tuple[Invented, frozenset[str]]]:
    """The bills of a fixed seed with what the rules find in each."""
    rules = in_force(library, load_pack("jiangsu-2023"), dt.date(2023, 6, 1), "320100")
    return [
        (
            each,
            frozenset(
                finding.rule_id
                for finding in review(each.case, rules, library.restrictions, library.norms, stage=AFTER)
            ),
        )
        for each in invent(load_formulary(), Streams(SEED), BILLS, fraud_share=0.35)
    ]


@pytest.fixture(scope="module")
def scores(judged: list[tuple[Invented, frozenset[str]]]) -> Mapping[str, Score]:
    return measure((each.truth, found) for each, found in judged)


def test_precision_and_recall_are_at_least_nine_tenths(scores: Mapping[str, Score]) -> None:
    whole = together(scores)
    assert whole.precision is not None
    assert whole.recall is not None
    assert whole.precision >= 9000
    assert whole.recall >= 9000


def test_the_measure_can_fail(scores: Mapping[str, Score]) -> None:
    whole = together(scores)
    assert whole.false > 0
    assert whole.missed > 0


def test_clear_violations_are_all_found_and_none_is_false(library: Library, scores: Mapping[str, Score]) -> None:
    hard = [rule.id for rule in library.rules if rule.severity == 1]
    assert len(hard) >= 20
    for rule in hard:
        assert scores[rule].hits > 0, rule
        assert (scores[rule].recall, scores[rule].precision) == (10_000, 10_000), rule


def test_every_plain_fraud_is_found(judged: list[tuple[Invented, frozenset[str]]]) -> None:
    plain = [(each, found) for each, found in judged if each.strength == PLAIN]
    assert all(each.truth <= found for each, found in plain)
    assert {rule for each, _ in plain for rule in each.truth} == {rule.id for rule in load_library().rules}


def test_some_faint_fraud_is_found_and_some_is_not(judged: list[tuple[Invented, frozenset[str]]]) -> None:
    faint = [each.truth <= found for each, found in judged if each.strength == FAINT]
    assert any(faint)
    assert not all(faint)


def test_honest_bills_are_mostly_clean(judged: list[tuple[Invented, frozenset[str]]]) -> None:
    honest = [found for each, found in judged if not each.truth]
    noisy = sum(bool(found) for found in honest)
    assert 0 < noisy < len(honest) // 20


def test_the_same_seed_gives_the_same_bills_and_another_seed_others() -> None:
    formulary = load_formulary()
    first = list(invent(formulary, Streams(1), 50, fraud_share=0.5))
    assert list(invent(formulary, Streams(1), 50, fraud_share=0.5)) == first
    assert list(invent(formulary, Streams(2), 50, fraud_share=0.5)) != first


def test_a_bill_does_not_depend_on_the_others() -> None:
    formulary = load_formulary()
    assert list(invent(formulary, Streams(1), 60, fraud_share=0.5))[:50] == list(
        invent(formulary, Streams(1), 50, fraud_share=0.5)
    )


def test_without_fraud_nothing_is_broken_on_purpose() -> None:
    bills = list(invent(load_formulary(), Streams(3), 200, fraud_share=0.0))
    assert all(not each.truth and not each.strength for each in bills)
