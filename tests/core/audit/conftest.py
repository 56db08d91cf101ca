"""An honest bill to change: a stay of three days in 南京, insured in 徐州, in May of 2023."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.audit.case import (
    INPATIENT,
    UNIT,
    Bill,
    Case,
    Charge,
    Entry,
    Episode,
    Patient,
    Restriction,
    Visit,
)
from simulator.core.audit.facts import Adopt
from simulator.core.audit.review import review
from simulator.core.audit.rules import AFTER, Finding, Library, in_force
from simulator.core.benefit.bill import classify
from simulator.inputs.audit_rules import Formulary, load_formulary, load_library
from simulator.inputs.packs import load_pack

ADMITTED = dt.datetime(2023, 5, 8, 9, 0)
BED, SINGLE, NURSE_1, NURSE_2 = "001109000010000", "001109000020000", "001201000030000", "001201000040000"
CALCIUM, INFUSION = "XA12AAA016A001010100016", "001204000060000"
DISEASE = "I10.x00x002"


class Maker:
    """Makes cases of the formulary's items; days count from the day of admission."""

    def __init__(self, formulary: Formulary) -> None:
        self.formulary = formulary

    def charge(self, code: str, *, day: int = 0, hour: int = 10, count: str = "1", **changes: Any) -> Charge:
        """A line; ``count`` is decimal text, ``changes`` overwrite what the formulary says."""
        item = self.formulary.items.get(code)
        at = ADMITTED.replace(hour=hour) + dt.timedelta(days=day)
        quantity = int(float(count) * UNIT)
        if item is None:
            charge = Charge(
                "", code, "09", 10_000_000, quantity, quantity // 10, quantity // 10, quantity // 10, at, None
            )
        else:
            line = classify("", item, item.price, quantity)
            covered = line.amount - line.own_expense - line.over_limit
            entry = Entry(item.level, item.cap, item.valid_from, item.valid_to)
            charge = Charge(
                "", code, item.charge_type, line.price, quantity, line.amount, covered, line.in_scope, at, entry
            )
        return charge._replace(**changes)

    def days(self, code: str, days: int, **options: Any) -> list[Charge]:
        """A line for each day of a stay."""
        return [self.charge(code, day=day, **options) for day in range(days)]

    def stay(self, days: int = 3) -> list[Charge]:
        """Bed, nursing and a drug on each day."""
        return [*self.days(BED, days), *self.days(NURSE_2, days), *self.days(CALCIUM, days)]

    def case(self, *more: Charge, days: int = 3, lines: list[Charge] | None = None, **changes: Any) -> Case:
        """A case; ``changes`` go to bill, visit, patient or case, whichever has a field of the name."""
        charges = tuple(
            charge if charge.sn else charge._replace(sn=str(number))
            for number, charge in enumerate([*(self.stay(days) if lines is None else lines), *more], start=1)
        )
        amount, in_scope = sum(each.amount for each in charges), sum(each.in_scope for each in charges)
        end = ADMITTED + dt.timedelta(days=days, hours=6)
        parts: dict[str, Any] = {
            "bill": Bill("S1", end, "310", "320300", amount, in_scope * 8 // 10, in_scope, 90_000),
            "visit": Visit("V1", INPATIENT, "H32010000001", "320100", "tertiary", ADMITTED, end, (DISEASE,), "21", "1"),
            "patient": Patient("P1", "1", dt.date(1960, 1, 1)),
        }
        for name, value in changes.items():
            part = next((key for key, each in parts.items() if name in each._fields), "")
            if part:
                parts[part] = parts[part]._replace(**{name: value})
        rest = {name: value for name, value in changes.items() if name in {"filed", "opened", "others"}}
        return Case(**parts, charges=charges, **rest)

    def other(self, ended: int, *, days: int = 3, **changes: Any) -> Episode:
        """An earlier stay at the same hospital that ended so many days before this one began."""
        end = ADMITTED - dt.timedelta(days=ended)
        visit = self.case().visit._replace(mdtrt_id="V0", begin=end - dt.timedelta(days=days), end=end)
        visit = visit._replace(**{name: value for name, value in changes.items() if name in visit._fields})
        rest = {name: value for name, value in changes.items() if name not in visit._fields}
        return Episode(visit, "S0", visit.end, 90_000, 500_000)._replace(**rest)


@pytest.fixture(scope="session")
def formulary() -> Formulary:
    return load_formulary()


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="session")
def make(formulary: Formulary) -> Maker:
    return Maker(formulary)


@pytest.fixture(scope="session")
def found(library: Library) -> Any:
    """Review a case with every rule of the built-in set on the pack of 2023."""
    rules = in_force(library, load_pack("jiangsu-2023"), dt.date(2023, 5, 11), "320100")

    def reviewed(case: Case, stage: str = AFTER) -> dict[str, Finding]:
        findings = review(case, rules, library.restrictions, library.norms, stage=stage)
        assert len({finding.rule_id for finding in findings}) == len(findings)
        return {finding.rule_id: finding for finding in findings}

    return reviewed


FIGURES = {
    "audit.rules.readmission_days": 15,
    "audit.rules.many_stays.days": 90,
    "audit.rules.many_stays.count": 4,
    "audit.rules.repeat_test_days": 14,
    "audit.rules.same_time_minutes": 30,
    "audit.rules.stay_day_slack": 0,
    "audit.rules.hanging_bed_days": 3,
    "audit.rules.admission_tests": 12,
    "audit.rules.outlier_percent": 300,
    "audit.rules.part_settlements": 3,
    "audit.rules.deductible_margin": 2000,
    "audit.rules.prescription_days.ordinary": 7,
    "audit.rules.prescription_days.chronic": 30,
    "audit.rules.prescription_days.discharge": 14,
    "audit.times.answer": 5,
    "audit.times.suspicion": 10,
}
TEN = 10 * UNIT


@pytest.fixture
def audit_figures() -> dict[str, Any]:
    return FIGURES


@pytest.fixture
def small_library(library: Library) -> Library:
    """The built-in rules, with one restriction in the small catalogue: at most ten of drug-b in a stay."""
    return library._replace(restrictions={"drug-b": Restriction(per_stay=TEN)}, norms={})


@pytest.fixture
def audited(make_play: Any, small_library: Library) -> Any:
    """The small network with the rule set adopted by both cities."""
    played = make_play(**FIGURES)
    for city in ("320100", "320300"):
        played.act(Adopt(small_library), at=city)
    return played


@pytest.fixture
def stay_of_nine_days() -> Any:
    """Play the worked example as a stay of nine days, 1 to 10 October, settled at once."""

    def settled(play: Any, who: str = "retired", hospital: str = "H32019900001", **options: Any) -> Any:
        stay = play.stay(who, hospital)
        began = dt.datetime(2016, 10, 1, 9, 0)
        replies = (stay.admit(began), stay.upload_bill(), stay.discharge(), stay.settle(**options))
        assert all(reply.succeeded for reply in replies), [reply.head["err_msg"] for reply in replies]
        return stay

    return settled
