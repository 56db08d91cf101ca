"""Which figures a circumstance finds, and what a person has used up in a year."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.rules import (
    CHRONIC,
    CIVIL_SERVANT,
    ENTERPRISE,
    INPATIENT,
    OUTPATIENT,
    PHARMACY,
    POOR,
    Circumstance,
    NoSuchCare,
    YearSoFar,
    rules_for,
)
from simulator.core.benefit.shares import Shares
from simulator.core.values.parameters import NotInForce, Tier

DAY = dt.date(2016, 10, 10)
WORKER = Circumstance("320300", "310", "11", "tertiary", "", DAY)
RESIDENT = WORKER._replace(insutype="390", psn_type="15")
TIERS = (Tier(0, None, 6_000),)
NOTHING = Shares(*(0 for _ in Shares._fields))


def found(pack: Any, where: Circumstance) -> dict[str, str]:
    """The parameter found for each rule, without the scheme."""
    figures = rules_for(pack, where).figures
    return {rule: figure.parameter.name.split(".", 2)[2] for rule, figure in figures.items()}


def test_inpatient_care_finds_the_figures_at_the_top_of_its_scheme(pack: Any) -> None:
    assert found(pack, WORKER._replace(psn_type="12", filing_type="referral")) == {
        "deductible": "deductible.tertiary",
        "repeat_factors": "repeat_factors",
        "tiers": "tiers.tertiary",
        "bonus": "retired_bonus",
        "cut": "referral_cut",
        "cap": "cap",
        "account_use": "account_use",
    }
    assert len(rules_for(pack, RESIDENT).records()) == 7


def test_a_bonus_by_level_stands_before_the_one_for_all_levels(make_pack: Any) -> None:
    pack = make_pack(benefit__employee__retired_bonus__tertiary=500)
    assert found(pack, WORKER._replace(psn_type="12"))["bonus"] == "retired_bonus.tertiary"
    assert found(pack, WORKER._replace(psn_type="12", level="primary"))["bonus"] == "retired_bonus"


@pytest.mark.parametrize(
    ("filing_type", "rate"),
    [
        ("", 8_600),
        ("retired_resettlement", 8_600),
        ("long_term_work", 8_600),
        ("emergency", 8_600),
        ("referral", 8_100),
        ("other_temporary", 7_100),
        ("unfiled", 6_600),
    ],
)
def test_only_referral_other_temporary_and_unfiled_care_is_cut(make_pack: Any, filing_type: str, rate: int) -> None:
    cuts = {"referral": 500, "other_temporary": 1_500, "unfiled": 2_000}
    pack = make_pack(**{f"benefit__employee__{name}_cut": cut for name, cut in cuts.items()})
    assert rules_for(pack, WORKER._replace(filing_type=filing_type)).plan.tiers == (Tier(0, None, rate),)


def test_a_filing_type_that_the_pack_has_no_cut_for_is_not_cut(pack: Any) -> None:
    assert "cut" not in found(pack, WORKER._replace(filing_type="unfiled"))


def test_identities_open_the_funds_they_stand_for(make_pack: Any) -> None:
    names = ("civil_servant", "enterprise", "medical_aid__ratio", "medical_aid__cap")
    pack = make_pack(**{f"benefit__employee__{name}": 5_000 for name in names})
    assert not {"civil", "enterprise", "aid", "aid_cap"} & set(found(pack, WORKER))
    every = found(pack, WORKER._replace(identities=(CIVIL_SERVANT, ENTERPRISE, POOR)))
    assert (every["civil"], every["enterprise"]) == ("civil_servant", "enterprise")
    assert (every["aid"], every["aid_cap"]) == ("medical_aid.ratio", "medical_aid.cap")


def test_the_poor_have_their_own_critical_illness_tiers_where_the_pack_gives_them(make_pack: Any) -> None:
    poor = RESIDENT._replace(identities=(POOR,))
    own = make_pack(benefit__resident__critical_illness__poor_tiers=TIERS)
    assert found(own, poor)["second"] == "critical_illness.poor_tiers"
    assert found(own, RESIDENT)["second"] == "critical_illness.tiers"
    assert found(make_pack(), poor)["second"] == "critical_illness.tiers"


def test_other_care_has_its_figures_in_a_table_of_its_own(make_pack: Any) -> None:
    pack = make_pack(
        benefit__employee__outpatient__tiers__tertiary=TIERS,
        benefit__employee__outpatient__deductible=60_000,
        benefit__employee__outpatient__cap=800_000,
        benefit__employee__outpatient__retired_bonus=500,
        benefit__employee__chronic__tiers=TIERS,
        benefit__employee__chronic__cap__m03900=300_000,
        benefit__employee__pharmacy__tiers=TIERS,
    )
    assert found(pack, WORKER._replace(care=OUTPATIENT, psn_type="12")) == {
        "deductible": "outpatient.deductible",
        "tiers": "outpatient.tiers.tertiary",
        "bonus": "outpatient.retired_bonus",
        "cap": "outpatient.cap",
        "account_use": "account_use",
    }
    assert found(pack, WORKER._replace(care=CHRONIC, disease="M03900", psn_type="12")) == {
        "tiers": "chronic.tiers",
        "cap": "chronic.cap.m03900",
        "account_use": "account_use",
    }
    assert found(pack, WORKER._replace(care=PHARMACY, level="")) == {
        "deductible": "outpatient.deductible",
        "tiers": "pharmacy.tiers",
        "cap": "outpatient.cap",
        "account_use": "account_use",
    }


@pytest.mark.parametrize("applies", [True, False])
def test_other_care_counts_for_critical_illness_where_the_pack_says_so(make_pack: Any, applies: bool) -> None:
    pack = make_pack(
        benefit__resident__chronic__tiers=TIERS,
        benefit__resident__chronic__cap__m03900=300_000,
        benefit__resident__chronic__critical_illness=applies,
    )
    rules = rules_for(pack, RESIDENT._replace(care=CHRONIC, disease="M03900"))
    assert rules.plan.counts_burden is applies
    assert bool(rules.plan.second) is applies
    assert ("second" in rules.figures) is applies


@pytest.mark.parametrize(
    "where",
    [
        WORKER._replace(care=OUTPATIENT),
        WORKER._replace(care=PHARMACY),
        WORKER._replace(care=CHRONIC, disease="M03900"),
        WORKER._replace(care="dental"),
        WORKER._replace(level="unrated"),
        WORKER._replace(insutype="380"),
    ],
)
def test_care_that_the_pack_has_no_rule_for_is_named(pack: Any, where: Circumstance) -> None:
    with pytest.raises(NoSuchCare, match=f"gives scheme {where.insutype} no benefit for {where.care}") as caught:
        rules_for(pack, where)
    assert caught.value.where == where


def test_a_chronic_disease_without_a_cap_is_no_care_of_the_pack(make_pack: Any) -> None:
    pack = make_pack(benefit__employee__chronic__tiers=TIERS, benefit__employee__chronic__cap__m03900=300_000)
    with pytest.raises(NoSuchCare, match="chronic M01600"):
        rules_for(pack, WORKER._replace(care=CHRONIC, disease="M01600"))


def test_a_day_without_a_record_is_not_in_force(pack: Any) -> None:
    with pytest.raises(NotInForce):
        rules_for(pack, WORKER._replace(day=dt.date(2015, 12, 31)))


PAID = NOTHING._replace(act_pay_dedc=100, hifp_pay=1_000, hifmi_pay=20, hifob_pay=30, maf_pay=4)
SUMS = YearSoFar(0, 0, 500, 20, 30, 4)


@pytest.mark.parametrize(
    ("where", "year"),
    [
        (WORKER, SUMS._replace(stays=1, basic_paid=1_000)),
        (WORKER._replace(care=OUTPATIENT), SUMS._replace(outpatient_deductible=100, outpatient_paid=1_000)),
        (WORKER._replace(care=PHARMACY), SUMS._replace(outpatient_deductible=100, outpatient_paid=1_000)),
        (WORKER._replace(care=CHRONIC, disease="M03900"), SUMS._replace(chronic_paid=(("M03900", 1_000),))),
    ],
)
def test_each_care_has_its_own_accumulators(where: Circumstance, year: YearSoFar) -> None:
    assert YearSoFar().after(1, where, PAID, 500) == year


def test_chronic_diseases_are_kept_apart_and_sorted() -> None:
    first, second = (WORKER._replace(care=CHRONIC, disease=code) for code in ("M03900", "M01600"))
    year = YearSoFar().after(1, first, PAID, 0).after(1, second, PAID, 0).after(1, first, PAID, 0)
    assert year.chronic_paid == (("M01600", 1_000), ("M03900", 2_000))


@pytest.mark.parametrize("care", [INPATIENT, OUTPATIENT, CHRONIC, PHARMACY])
def test_a_row_and_its_mirror_leave_the_year_as_it_was(care: str) -> None:
    where = WORKER._replace(care=care, disease="M03900" if care == CHRONIC else "")
    for year in (YearSoFar(), YearSoFar(2, 7, 7, 7, 7, 7, 7, 7, (("M01600", 7),))):
        assert year.after(1, where, PAID, 500).after(-1, where, PAID.negated(), 500) == year
