"""What selects the rules of a settlement, the rules in force, and what a person has used up this year.

One place looks rules up. A figure stands under ``benefit.employee`` or ``benefit.resident``, for inpatient care
directly, for other care in a table of its own (``outpatient``, ``chronic``, ``pharmacy``):

| rule | parameter | for |
|---|---|---|
| deductible | ``deductible.LEVEL``; ``outpatient.deductible`` | a stay; a year of outpatient care and pharmacies |
| repeat_factors, repeat_step, repeat_floor | named as the rule | later stays of a year |
| tiers | ``tiers.LEVEL``; ``outpatient.tiers.LEVEL``; ``chronic.tiers``; ``pharmacy.tiers`` | every care |
| bonus | ``retired_bonus`` or ``retired_bonus.LEVEL``; ``outpatient.retired_bonus`` … | retired persons |
| cut | ``referral_cut``, ``other_temporary_cut``, ``unfiled_cut`` | by filing type, every care |
| cap | ``cap``; ``outpatient.cap``; ``chronic.cap.DISEASE`` | a year; pharmacies count with outpatient care |
| large, large_cap | ``large_amount.ratio``, ``large_amount.cap`` | inpatient care above the cap |
| second | ``critical_illness.tiers``; of the poor ``.poor_tiers`` | inpatient care |
| second_counts_first_pay | ``critical_illness.counts_first_pay`` | where class-B first self-pay is burden |
| second_applies | ``chronic.critical_illness`` … | other care that is burden |
| civil, enterprise | ``civil_servant``, ``enterprise``; ``outpatient.civil_servant`` … | by identity |
| aid, aid_cap | ``medical_aid.ratio``; ``chronic.medical_aid.ratio`` …; ``medical_aid.cap`` | the poor |
| hospital | ``over_limit_by_hospital`` | its part of what is above the price caps |
| account_use, account_family | named as the rule | own account, accounts of the family |
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.benefit.plan import Plan, planned
from simulator.core.benefit.shares import Shares
from simulator.core.values.parameters import Parameter, PolicyPack, Record

EMPLOYEE, RESIDENT = "310", "390"  # insutype
SCHEMES = {EMPLOYEE: "employee", RESIDENT: "resident"}
RETIRED = "12"  # psn_type
INPATIENT, OUTPATIENT, CHRONIC, PHARMACY = "inpatient", "outpatient", "chronic", "pharmacy"
CIVIL_SERVANT, ENTERPRISE, POOR = "civil_servant", "enterprise", "poor"  # identities
REFERRAL, EMERGENCY, OTHER_TEMPORARY, UNFILED = "referral", "emergency", "other_temporary", "unfiled"

CUTS = {REFERRAL: "referral_cut", OTHER_TEMPORARY: "other_temporary_cut", UNFILED: "unfiled_cut"}
"""Filing types that lower the ratio (P75-18). Long-term stays (P75-17) and emergencies (P75-19) are cut by nothing."""


class NoSuchCare(LookupError):
    """The pack gives a scheme no rule for a kind of care, a chronic disease or a level of hospital."""

    def __init__(self, where: Circumstance) -> None:
        self.where = where
        what = " ".join(filter(None, (where.care, where.disease, where.level)))
        super().__init__(f"the policy pack gives scheme {where.insutype} no benefit for {what}")


class Circumstance(NamedTuple):
    """What selects the rules. Policy is keyed by city, never by county (JS-3.3d, JS-3.3e).

    ``care`` is inpatient, outpatient, chronic (门诊慢特病) or pharmacy; ``disease`` the code of a chronic disease;
    ``identities`` the sorted names out of civil_servant, enterprise and poor (JL-3.2a) that a person bears.
    """

    city: str
    insutype: str
    psn_type: str
    level: str
    filing_type: str
    day: dt.date
    care: str = INPATIENT
    disease: str = ""
    identities: tuple[str, ...] = ()


class Figure(NamedTuple):
    """A rule's record in force, with the parameter that it is a record of."""

    parameter: Parameter
    record: Record


class Rules(NamedTuple):
    """The figures in force for one circumstance by the name of the rule, and the plan of integers made of them.

    A rule that the pack does not have, or that does not apply, is left out and pays nothing.
    """

    figures: Mapping[str, Figure]
    plan: Plan

    def records(self) -> tuple[Record, ...]:
        """Return every record that takes part."""
        return tuple(figure.record for figure in self.figures.values())


class YearSoFar(NamedTuple):
    """A person's accumulators of one calendar year of settlement days; amounts in fen.

    Stays, basic fund, burden (合规个人负担), critical illness, large amount and medical aid paid; of outpatient care
    and pharmacies the deductible used up and the basic fund paid; the basic fund paid for each chronic disease, sorted.
    """

    stays: int = 0
    basic_paid: int = 0
    burden: int = 0
    second_paid: int = 0
    large_paid: int = 0
    aid_paid: int = 0
    outpatient_deductible: int = 0
    outpatient_paid: int = 0
    chronic_paid: tuple[tuple[str, int], ...] = ()

    def after(self, sign: int, where: Circumstance, shares: Shares, burden: int) -> YearSoFar:
        """Return the accumulators after one more settlement row.

        ``shares`` are the row's own, negative in a cancelling row; ``sign`` is +1 or -1 and counts the stay and
        ``burden``, which a cancelling row keeps as it was. A row followed by its mirror changes nothing.
        """
        inpatient, chronic = where.care == INPATIENT, where.care == CHRONIC
        pooled = not (inpatient or chronic)
        return YearSoFar(
            stays=self.stays + sign * inpatient,
            basic_paid=self.basic_paid + shares.hifp_pay * inpatient,
            burden=self.burden + sign * burden,
            second_paid=self.second_paid + shares.hifmi_pay,
            large_paid=self.large_paid + shares.hifob_pay,
            aid_paid=self.aid_paid + shares.maf_pay,
            outpatient_deductible=self.outpatient_deductible + shares.act_pay_dedc * pooled,
            outpatient_paid=self.outpatient_paid + shares.hifp_pay * pooled,
            chronic_paid=_more(self.chronic_paid, where.disease, shares.hifp_pay) if chronic else self.chronic_paid,
        )


def _more(paid: tuple[tuple[str, int], ...], disease: str, amount: int) -> tuple[tuple[str, int], ...]:
    sums = dict(paid)
    sums[disease] = sums.get(disease, 0) + amount
    return tuple(sorted((each, fen) for each, fen in sums.items() if fen))


def rules_for(pack: PolicyPack, where: Circumstance) -> Rules:
    """Look up the rules of a circumstance.

    Raises NoSuchCare where the pack has no such rule at all, and NotInForce where none is in force on the day.
    """
    scheme = f"benefit.{SCHEMES.get(where.insutype, where.insutype)}."
    figures = {}
    for rule, names in _names(where).items():
        found = next((parameter for name in names if (parameter := pack.parameters.get(scheme + name))), None)
        if found is not None:
            figures[rule] = Figure(found, found.at(where.day, where.city))
        elif rule in _NEEDED.get(where.care, _ALWAYS):
            raise NoSuchCare(where)
    applies = figures.get("second_applies")
    counts = where.care == INPATIENT or (applies is not None and bool(applies.record.value))
    if not counts:
        figures = {rule: figure for rule, figure in figures.items() if rule not in _OF_BURDEN}
    values = {rule: figure.record.value for rule, figure in figures.items()}
    return Rules(figures, planned(values, where.care, where.disease, counts_burden=counts))


_ALWAYS = ("tiers",)
_OF_BURDEN = frozenset({"second", "second_counts_first_pay"})
_NEEDED = {INPATIENT: ("deductible", "tiers", "cap"), CHRONIC: ("tiers", "cap")}


def _names(where: Circumstance) -> dict[str, tuple[str, ...]]:
    """Return by rule the parameters that may hold its figure, under the scheme: the first that the pack has counts."""
    inpatient, level = where.care == INPATIENT, where.level
    care = "" if inpatient else f"{where.care}."
    pool = f"{OUTPATIENT}." if where.care == PHARMACY else care
    names: dict[str, tuple[str, ...]] = {
        "deductible": (f"deductible.{level}",) if inpatient else (f"{pool}deductible",),
        "tiers": (f"{care}tiers.{level}", f"{care}tiers"),
        "cap": (f"{pool}cap.{where.disease.lower()}",) if where.care == CHRONIC else (f"{pool}cap",),
        "hospital": ("over_limit_by_hospital",),
        "account_use": ("account_use",),
        "account_family": ("account_family",),
        "second": ("critical_illness.tiers",),
        "second_counts_first_pay": ("critical_illness.counts_first_pay",),
    }
    if inpatient:
        names |= {rule: (rule,) for rule in ("repeat_factors", "repeat_step", "repeat_floor")}
        names |= {"large": ("large_amount.ratio",), "large_cap": ("large_amount.cap",)}
    else:
        names["second_applies"] = (f"{care}critical_illness",)
    if where.psn_type == RETIRED:
        names["bonus"] = (f"{care}retired_bonus.{level}", f"{care}retired_bonus")
    if where.filing_type in CUTS:
        names["cut"] = (CUTS[where.filing_type],)
    if CIVIL_SERVANT in where.identities:
        names["civil"] = (f"{care}civil_servant",)
    if ENTERPRISE in where.identities:
        names["enterprise"] = (f"{care}enterprise",)
    if POOR in where.identities:
        names["second"] = ("critical_illness.poor_tiers", "critical_illness.tiers")
        names |= {"aid": (f"{care}medical_aid.ratio",), "aid_cap": ("medical_aid.cap",)}
    return names
