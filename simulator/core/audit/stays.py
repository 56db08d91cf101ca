"""Kinds of rule about a visit as a whole: diagnosis, entitlement, length, cost, injury, part settlements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.core.audit.case import DRUGS, MATERIAL, OPERATION, TESTS, TREATMENT
from simulator.core.audit.items import age_on
from simulator.core.audit.rules import Hit, nothing, whole, whole_bill
from simulator.core.audit.view import View
from simulator.core.values.money import half_up, yuan

Options = Mapping[str, Any]
_TREATS = DRUGS | {TREATMENT, OPERATION, MATERIAL}


def diagnosis(view: View, options: Options) -> Iterator[Hit]:
    """A diagnosis the person cannot have: of the other sex (``gender``), or of another age (``oldest``, in years)."""
    codes = tuple(code for code in view.visit.diagnoses if code.startswith(tuple(options["prefixes"])))
    person = view.patient
    other_sex = bool(options["gender"] and person.gender and person.gender != options["gender"])
    age = age_on(person.born, view.visit.begin.date()) if person.born is not None else 0
    too_old = options["oldest"] >= 0 and age > options["oldest"]
    if codes and (other_sex or too_old):
        evidence = {"diagnosis": "、".join(codes), "gender": person.gender, "age": str(age)}
        yield Hit(nothing(amount=view.case.bill.amount), evidence)


def entitlement(view: View, options: Options) -> Iterator[Hit]:
    """A bill that should not have been settled: no valid filing, institution not open, person dead (``by``)."""
    begin = view.visit.begin.date()
    if options["by"] == "filing":
        barred, since = view.case.filed is False, begin
    elif options["by"] == "opening":
        barred, since = view.case.opened is False, begin
    else:
        since = view.patient.died or begin
        barred = view.patient.died is not None and begin > since
    if barred:
        yield Hit(whole_bill(view), {"hospital": view.visit.hospital, "admitted": f"{begin}", "since": f"{since}"})


def zero_days(view: View, options: Options) -> Iterator[Hit]:
    """A stay that ends on the day it began: no operation, no death, no transfer, no day surgery."""
    visit = view.visit
    short = view.inpatient and visit.end is not None and visit.end.date() == visit.begin.date()
    excused = visit.way in options["ways"] or visit.med_type in options["med_types"]
    if short and not excused and all(line.kind != OPERATION for line in view.lines):
        yield Hit(whole_bill(view), {"admitted": f"{visit.begin:%Y-%m-%d %H:%M}", "discharged": f"{visit.end:%H:%M}"})


def no_treatment(view: View, options: Options) -> Iterator[Hit]:
    """A stay of some days whose lines have no drug, treatment, operation or material: a bed that only hangs (挂床)."""
    idle = bool(view.lines) and all(line.kind not in _TREATS for line in view.lines)
    if view.inpatient and idle and view.days >= options["days"]:
        yield Hit(whole_bill(view), {"days": str(view.days), "lines": str(len(view.lines))})


def injury(view: View, options: Options) -> Iterator[Hit]:
    """An injury without its two flags: that it is one, and whether a third party is involved (P75-38)."""
    codes = tuple(code for code in view.visit.diagnoses if code.startswith(tuple(options["prefixes"])))
    if codes and (view.visit.injury != "1" or not view.visit.third_party):
        flags = {"injury": view.visit.injury or "—", "third_party": view.visit.third_party or "—"}
        yield Hit(nothing(amount=view.case.bill.amount), {"diagnosis": "、".join(codes), **flags})


def outlier(view: View, options: Options) -> Iterator[Hit]:
    """A bill far above what the disease usually costs; what is above the line is shown."""
    limit = half_up(view.norm * options["percent"], 100)
    if limit and view.case.bill.amount > limit:
        evidence = {"disease": view.visit.disease, "amount": yuan(view.case.bill.amount), "usual": yuan(view.norm)}
        yield Hit(nothing(amount=view.case.bill.amount - limit), {**evidence, "percent": str(options["percent"])})


def package_on_admission(view: View, options: Options) -> Iterator[Hit]:
    """More different tests on the day of admission than a disease asks for: a package of examinations (套餐式检查)."""
    first = view.visit.begin.date()
    tests = [line for line in view.lines if line.kind in TESTS and line.day == first]
    codes = {line.code for line in tests}
    if view.inpatient and len(codes) > options["items"]:
        evidence = {"day": f"{first}", "count": str(len(codes)), "limit": str(options["items"])}
        yield Hit(tuple(whole(line) for line in tests), evidence)


def part_settlements(view: View, options: Options) -> Iterator[Hit]:
    """A visit settled in parts more often than it should be."""
    if view.case.bill.part > options["times"]:
        evidence = {"count": str(view.case.bill.part), "limit": str(options["times"])}
        yield Hit(nothing(amount=view.case.bill.amount), evidence)
