"""The receipt is computed again from the row and says the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.receipt import receipt
from simulator.core.benefit.rules import Circumstance, YearSoFar, rules_for
from simulator.core.benefit.settlement import Inputs
from simulator.core.benefit.stack import Step, compute
from simulator.core.values.parameters import Tier

WORKER = Circumstance("320300", "310", "11", "tertiary", "", dt.date(2016, 10, 10))
BILL = ClassTotals(10_000, 20_000, 30_000, 7_090_000)
ALL = ("bill", "own_expense", "over_limit", "first_pay", "deductible", "basic", "cap")
END = ("fund", "account", "cash")


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
    used = paper.used(steps["deductible"])
    assert list(used) == ["deductible", "repeat_factors"]
    assert used["deductible"].parameter.name == "benefit.employee.deductible.tertiary"
    assert used["deductible"].record.basis.assumption == "A"
    assert not paper.used(steps["fund"])
    assert steps["basic"].rate == 9_000


def paper_of(pack: Any, where: Circumstance, totals: ClassTotals = BILL, **more: Any) -> Any:
    given = {"balance": 5_000, "family": 7_000} | more
    return receipt(pack, Inputs(where, totals, YearSoFar(stays=1), given["balance"], True, 0, given["family"]))


def test_a_step_of_a_fund_the_pack_does_not_have_is_left_out(pack: Any) -> None:
    assert tuple(step.key for step in paper_of(pack, WORKER).steps) == (*ALL, *END)
    resident = WORKER._replace(insutype="390", psn_type="15")
    assert tuple(step.key for step in paper_of(pack, resident).steps) == (*ALL, "burden", "second", *END)


EVERY = {
    "cap": 2_000_000,
    "large_amount__ratio": 9_000,
    "large_amount__cap": 3_000_000,
    "civil_servant": 5_000,
    "enterprise": 2_000,
    "medical_aid__ratio": 7_000,
    "medical_aid__cap": 500_000,
    "over_limit_by_hospital": 4_000,
    "account_family": True,
    "account_use": True,
}


def test_every_fund_leaves_its_step_and_each_takes_from_what_the_one_before_left(make_pack: Any) -> None:
    pack = make_pack(**{f"benefit__resident__{name}": value for name, value in EVERY.items()})
    identities = ("civil_servant", "enterprise", "poor")
    paper = paper_of(pack, WORKER._replace(insutype="390", psn_type="15", identities=identities))
    # Half a deductible: base 70,450, of which 20,000 of the cap are used up at 34,482.76; 35,967.24 lie above.
    assert [(step.key, *step[1:4]) for step in paper.steps[4:]] == [
        ("deductible", 7_090_000, 45_000, 7_045_000),
        ("basic", 7_045_000, 4_086_100, 2_958_900),
        ("cap", 4_086_100, 2_086_100, 2_000_000),
        ("large", 3_596_724, 3_000_000, 596_724),
        ("burden", 0, 2_090_000, 2_090_000),
        ("second", 2_090_000, 54_000, 2_036_000),
        ("civil", 2_036_000, 1_018_000, 1_018_000),
        ("enterprise", 1_018_000, 203_600, 814_400),
        ("aid", 814_400, 500_000, 314_400),
        ("fund", 7_150_000, 6_775_600, 374_400),
        ("hospital", 374_400, 8_000, 366_400),
        ("account", 5_000, 5_000, 0),
        ("family", 7_000, 7_000, 0),
        ("cash", 366_400, 354_400, 12_000),
    ]
    used = {step.key: tuple(paper.used(step)) for step in paper.steps}
    assert (used["large"], used["aid"]) == (("large", "large_cap"), ("aid", "aid_cap"))
    assert (used["civil"], used["enterprise"]) == (("civil",), ("enterprise",))
    assert (used["hospital"], used["family"]) == (("hospital",), ("account_family",))
    assert {rule for rules in used.values() for rule in rules} == set(paper.rules.figures)


def test_a_later_part_shows_what_the_stay_had_in_scope_before_it(make_pack: Any) -> None:
    pack = make_pack(benefit__resident__tiers__tertiary=(Tier(0, 2_000_000, 5_000), Tier(2_000_000, None, 6_000)))
    where = WORKER._replace(insutype="390", psn_type="15")
    given = Inputs(where, ClassTotals(0, 0, 0, 1_000_000), YearSoFar(), 0, True, 0, 0, ClassTotals(0, 0, 0, 5_090_000))
    paper = receipt(pack, given)
    # 50,000.00 above the deductible before, of which 10,000.00 and 18,000.00 were paid: 22,000.00 of burden.
    assert [step[:5] for step in paper.steps[3:10]] == [
        ("first_pay", 1_000_000, 0, 1_000_000, None),
        ("earlier", 5_090_000, 1_000_000, 6_090_000, None),
        ("deductible", 1_000_000, 0, 1_000_000, None),
        ("basic", 1_000_000, 600_000, 400_000, 6_000),
        ("cap", 600_000, 0, 600_000, None),
        ("burden", 2_290_000, 400_000, 2_690_000, None),
        ("second", 400_000, 240_000, 160_000, None),
    ]


def test_care_without_deductible_and_cap_shows_neither(make_pack: Any) -> None:
    pack = make_pack(benefit__employee__pharmacy__tiers=(Tier(0, None, 5_000),))
    paper = paper_of(pack, WORKER._replace(care="pharmacy", level=""))
    assert tuple(step.key for step in paper.steps) == ("bill", "own_expense", "over_limit", "first_pay", "basic", *END)


@pytest.mark.parametrize("family", [0, 7_000])
def test_a_trace_changes_nothing(make_pack: Any, family: int) -> None:
    rules = rules_for(make_pack(benefit__employee__account_family=True), WORKER)
    steps: list[Step] = []
    with_steps = compute(BILL, rules, YearSoFar(), 5_000, use_account=True, family=family, trace=steps)
    assert with_steps == compute(BILL, rules, YearSoFar(), 5_000, use_account=True, family=family)
    assert steps
