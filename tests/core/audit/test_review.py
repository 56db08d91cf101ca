"""The review of one bill: findings with evidence, whatever the order of the lines, at the right stage."""

from __future__ import annotations

import random
from typing import Any

import pytest

from simulator.core.audit.case import Case
from simulator.core.audit.kinds import KINDS
from simulator.core.audit.review import review
from simulator.core.audit.rules import BEFORE, DURING, Active
from simulator.inputs.audit_rules import load_formulary
from simulator.inputs.fraud import invent
from simulator.inputs.streams import Streams

BLOOD, CT, CALCIUM, BED = "002503010010000", "002102000010000", "XA12AAA016A001010100016", "001109000010000"


@pytest.fixture(scope="module")
def bills() -> list[Case]:
    return [each.case for each in invent(load_formulary(), Streams(7), 300, fraud_share=0.9)]


def test_every_finding_carries_rule_bill_person_amount_and_evidence(
    bills: list[Case], found: Any, library: Any
) -> None:
    rules = {rule.id: rule for rule in library.rules}
    seen = [(case, finding) for case in bills for finding in found(case).values()]
    assert len(seen) > 200
    for case, finding in seen:
        rule = rules[finding.rule_id]
        assert (finding.rule_version, finding.severity, finding.category) == (
            rule.version,
            rule.severity,
            rule.category,
        )
        assert (finding.setl_id, finding.mdtrt_id) == (case.bill.setl_id, case.visit.mdtrt_id)
        assert finding.psn_no == case.patient.psn_no
        assert finding.rows
        assert finding.amount == sum(row.amount for row in finding.rows)
        assert {row.sn for row in finding.rows} <= {"", *(charge.sn for charge in case.charges)}
        assert all({name for name, _ in place} == set(rule.evidence) for place in finding.evidence)
        assert all(isinstance(value, str) for place in finding.evidence for _, value in place)
        assert "{" not in finding.zh + finding.en
        assert 0 < len(finding.zh) <= 500


def test_no_finding_questions_more_than_the_bill(bills: list[Case], found: Any) -> None:
    for case in bills:
        for finding in found(case).values():
            if finding.effect != "flag" and all(row.sn == "" for row in finding.rows):
                assert finding.rows[0].in_scope == case.bill.in_scope
            assert all(row.in_scope <= max(row.amount, 0) for row in finding.rows)


def test_the_order_of_the_lines_makes_no_difference(bills: list[Case], found: Any) -> None:
    for number, case in enumerate(bills):
        shuffled = list(case.charges)
        random.Random(number).shuffle(shuffled)
        assert found(case._replace(charges=tuple(shuffled))) == found(case)


def test_the_order_of_other_visits_makes_no_difference(bills: list[Case], found: Any) -> None:
    for case in bills:
        assert found(case._replace(others=case.others[::-1])) == found(case)


def test_what_is_given_back_whole_is_not_questioned(make: Any, found: Any) -> None:
    """A line and its mirror: net nothing; half of it given back: half of it is left."""
    twice = [make.charge(BLOOD, sn="90"), make.charge(BLOOD, sn="91")]
    assert set(found(make.case(*twice))) == {"repeat-charge"}
    back = make.charge(BLOOD, sn="92", quantity=-10_000, amount=-1800, covered=-1800, in_scope=-1800, refund_of="91")
    assert found(make.case(*twice, back)) == {}
    half = back._replace(quantity=-5000, amount=-900, covered=-900, in_scope=-900)
    (row,) = found(make.case(*twice, half))["repeat-charge"].rows
    assert (row.sn, row.amount, row.in_scope) == ("91", 900, 900)


def test_a_line_two_places_name_is_questioned_once_with_the_larger_amount(make: Any, found: Any) -> None:
    case = make.case(others=(make.other(3), make.other(9)))
    finding = found(case)["split-stay"]
    assert len(finding.rows) == 1
    assert len(finding.evidence) == 2
    assert finding.zh.count("；") == 1


def test_a_long_list_of_places_is_cut_to_the_field(make: Any, found: Any) -> None:
    lines = [make.charge(f"XX00AAA000A0000000{number:05d}") for number in range(30)]
    finding = found(make.case(*lines))["item-unmapped"]
    assert len(finding.rows) == 30
    assert len(finding.zh) == 500
    assert finding.zh.endswith("…")


def test_rules_speak_at_their_stages_only(make: Any, found: Any) -> None:
    case = make.case(make.charge(CT, day=4), make.charge("XX00AAA000A000000000000"), amount=10_000_000)
    assert set(found(case)) == {"line-after-discharge", "item-unmapped", "cost-outlier"}
    assert set(found(case, DURING)) == {"item-unmapped"}
    assert set(found(case, BEFORE)) == {"item-unmapped"}


def test_rules_of_visitors_leave_local_bills_alone(make: Any, found: Any) -> None:
    assert set(found(make.case(opened=False))) == {"institution-not-open"}
    assert found(make.case(opened=False, insured_city="320100")) == {}


def test_every_kind_gives_the_evidence_it_declares(library: Any) -> None:
    assert all(set(rule.evidence) == KINDS[rule.kind].evidence for rule in library.rules)


def test_no_rule_in_force_finds_nothing(make: Any) -> None:
    no_rules: tuple[Active, ...] = ()
    assert review(make.case(filed=False), no_rules, {}, {}, stage="after") == ()
