"""Patterns of fraud in a visit as a whole: entitlement, other visits of the person, length, cost, diagnosis.

A pattern takes a draft and changes it, plainly or faintly; it returns False, with nothing changed, where the draft does
not fit. A faint one may be what no rule sees.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from simulator.core.audit.case import NURSING, OUTPATIENT, TESTS, Charge
from simulator.inputs.invented_bills import INFUSION, Draft, Pattern, admission_tests

_DAY, _MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)


def _no_filing(draft: Draft, faint: bool) -> bool:
    draft.filed, draft.insured_city = False, "320300"
    return True


def _not_open(draft: Draft, faint: bool) -> bool:
    draft.opened, draft.insured_city = False, "320300"
    return True


def _dead(draft: Draft, faint: bool) -> bool:
    draft.patient = draft.patient._replace(died=draft.begin.date() - (1 if faint else 40) * _DAY)
    return True


def _no_flags(draft: Draft, faint: bool) -> bool:
    """An injury by somebody else, billed as one's own; faintly: flagged as without a third party."""
    if not draft.disease.code.startswith("S"):
        return False
    draft.insured_city = "320300"
    draft.change(injury="1" if faint else "", third_party="0" if faint else "")
    return True


def _split_stay(draft: Draft, faint: bool) -> bool:
    """One stay billed as two; faintly, with a pause of about what is watched."""
    if not draft.is_stay() or draft.disease.code[:3] in {"Z51", "O82"}:
        return False
    draft.others = [draft.stay(draft.rng.randint(13, 20) if faint else draft.rng.randint(0, 10))]
    return True


def _overlapping(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay(days=2):
        return False
    draft.others = [draft.stay(-1 if faint else -2, hospital=draft.elsewhere(), days=6)]
    return True


def _outpatient_in_stay(draft: Draft, faint: bool) -> bool:
    """An outpatient bill from the middle of a stay; faintly, from its last day."""
    if draft.visit.kind != OUTPATIENT:
        return False
    other = draft.stay(0 if faint else -3, hospital=draft.elsewhere(), days=9)
    draft.others = [other._replace(settled_at=other.settled_at and other.settled_at + 2 * _DAY)]
    return True


def _impostor(draft: Draft, faint: bool) -> bool:
    """The card used at two hospitals; faintly, an hour apart."""
    minutes = draft.rng.randint(25, 60) if faint else draft.rng.randint(1, 25)
    other = draft.stay(30, hospital=draft.elsewhere(), diagnoses=draft.other_disease())
    draft.others = [other._replace(settled_at=draft.settled_at - minutes * _MINUTE)]
    return True


def _many(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay() or draft.disease.code[:3] in {"Z51", "O82"}:
        return False
    gaps = (20, 42, 64) if faint and draft.rng.random() < 0.5 else (16, 28, 40, 52, 64)
    draft.others = [draft.stay(gap, diagnoses=draft.other_disease()) for gap in gaps]
    return True


def _around_deductible(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay():
        return False
    over = draft.rng.randint(15, 35) if faint else draft.rng.randint(1, 18)
    small = draft.stay(draft.rng.randint(1, 12), days=2, diagnoses=draft.other_disease(), in_scope=90_000 + over * 900)
    draft.others, draft.deductible = [small], 45_000
    return True


def _zero_days(draft: Draft, faint: bool) -> bool:
    """In and out on one day; faintly, over midnight."""
    if not draft.is_stay() or any(line.kind == "06" for line in draft.lines):
        return False
    start = draft.begin
    draft.lines = [line for line in draft.lines if line.day == start.date() and line.quantity > 0]
    end = (start + _DAY).replace(hour=6) if faint else start.replace(hour=23)
    draft.change(end=end)
    draft.settled_at = end + 30 * _MINUTE
    return True


def _hanging(draft: Draft, faint: bool) -> bool:
    """A bed and nobody in it; faintly, with a token of treatment."""
    if not draft.is_stay(days=3):
        return False
    draft.lines = [line for line in draft.lines if line.kind in {"01", "02", NURSING, *TESTS}]
    if faint:
        draft.line(INFUSION, draft.moment(0))
    return True


def _package(draft: Draft, faint: bool) -> bool:
    """Every test there is on the first day; faintly, about as many as is watched."""
    if not draft.is_stay():
        return False
    first = draft.begin.date()
    draft.lines = [line for line in draft.lines if line.kind not in TESTS or line.day != first]
    for code in admission_tests(draft, draft.rng.randint(11, 14) if faint else 16):
        draft.line(code, draft.begin + dt.timedelta(seconds=draft.rng.randrange(3600)))
    return True


def _tested_again(draft: Draft, faint: bool) -> bool:
    made = [line for line in draft.lines if line.kind in TESTS and _recognised(draft, line)]
    if not made:
        return False
    ago = draft.rng.randint(12, 18) if faint else draft.rng.randint(1, 12)
    tests = ((made[0].code, made[0].day - ago * _DAY),)
    draft.others = [
        draft.stay(max(ago - 1, 1), hospital=draft.elsewhere(), diagnoses=draft.other_disease(), tests=tests)
    ]
    return True


def _recognised(draft: Draft, line: Charge) -> bool:
    known = draft.formulary.restrictions.get(line.code)
    return known is not None and known.recognised


def _in_parts(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay():
        return False
    draft.part = draft.rng.randint(3, 4) if faint else draft.rng.randint(4, 7)
    return True


def _dear(draft: Draft, faint: bool) -> bool:
    """A bill blown up; faintly, by about as much as is watched."""
    if not draft.is_stay():
        return False
    draft.times = 3 if faint else 7
    return True


def _womans(draft: Draft, faint: bool) -> bool:
    return _diagnosed(draft, "1", "N80.900")


def _mans(draft: Draft, faint: bool) -> bool:
    return _diagnosed(draft, "2", "N41.900")


def _diagnosed(draft: Draft, gender: str, code: str) -> bool:
    if draft.patient.gender != gender:
        return False
    draft.change(diagnoses=(*draft.visit.diagnoses, code))
    return True


def _newborn(draft: Draft, faint: bool) -> bool:
    assert draft.patient.born is not None
    if (draft.begin.date() - draft.patient.born).days < 3 * 366:
        return False
    draft.change(diagnoses=(*draft.visit.diagnoses, "P59.900"))
    return True


ON_VISITS: Mapping[str, Pattern] = {
    "filing-not-valid": _no_filing,
    "institution-not-open": _not_open,
    "person-dead": _dead,
    "injury-without-flags": _no_flags,
    "split-stay": _split_stay,
    "overlapping-stays": _overlapping,
    "outpatient-during-stay": _outpatient_in_stay,
    "two-places-at-once": _impostor,
    "many-stays": _many,
    "split-around-deductible": _around_deductible,
    "zero-day-stay": _zero_days,
    "hanging-bed": _hanging,
    "tests-on-admission": _package,
    "test-repeated-elsewhere": _tested_again,
    "part-settled-often": _in_parts,
    "cost-outlier": _dear,
    "female-diagnosis-of-man": _womans,
    "male-diagnosis-of-woman": _mans,
    "newborn-diagnosis-of-adult": _newborn,
}
"""The patterns by the rule they break."""
