"""Patterns of fraud in the lines of a bill: items, prices, amounts, days, medicine.

A pattern takes a draft and changes it, plainly or faintly; it returns False, with nothing changed, where the draft does
not fit. A faint one may be what no rule sees.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from simulator.core.audit.case import DRUGS, NURSING, TESTS, UNIT
from simulator.inputs.invented_bills import (
    ECG,
    FIRST_LINE,
    INFUSION,
    INSULIN,
    LEVELS,
    PPI,
    SECOND_LINE,
    SINGLE,
    WARD,
    Draft,
    Pattern,
)

CT, ALT, LIVER, THYROID = "002102000010000", "002503040010000", "002503040030000", "002503120010000"
RADIATION, SCAN_OF_PREGNANCY, DRESSING = "003406000020000", "002203000020000", "C1401010040000000001"
FOR_CHILDREN, PROGESTERONE, TAMSULOSIN = "XN02BEA014A001010100014", "XG03DAA015A001010100015", "XG04CAA017A001010100017"
EXPIRED, CALCIUM, PACLITAXEL = "XV08ABA020A001010100020", "XA12AAA016A001010100016", "XL01CDA012A001010100012"
LONG_TERM = "ZA04BAX018018010100018"
_DAY, _MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)


def _unmapped(draft: Draft, faint: bool) -> bool:
    line = draft.one_of(DRUGS)
    if line is None:
        return False
    draft.put(line, code="XX00AAA000A000000000000", entry=None)
    return True


def _expired(draft: Draft, faint: bool) -> bool:
    draft.line(EXPIRED, draft.moment(0))
    return True


def _over_cap(draft: Draft, faint: bool) -> bool:
    """The single room at 120.00, cap 60.00, covered whole or by one fen too much."""
    if not draft.is_stay():
        return False
    for line in [line for line in draft.lines if line.kind == "01"]:
        draft.lines.remove(line)
        draft.line(SINGLE, line.at, covered=6_001 if faint else 12_000, in_scope=5_401 if faint else 10_800)
    return True


def _class_c(draft: Draft, faint: bool) -> bool:
    item = draft.formulary.items[DRESSING]
    fen = 1 if faint else item.price // 10_000
    draft.line(DRESSING, draft.moment(0), covered=fen, in_scope=fen)
    return True


def _wrong_sum(draft: Draft, faint: bool) -> bool:
    line = draft.one_of(DRUGS)
    if line is None:
        return False
    more = 1 if faint else line.amount
    draft.put(line, amount=line.amount + more, covered=line.covered + more, in_scope=line.in_scope + more)
    return True


def _second_line(draft: Draft, faint: bool) -> bool:
    """The dear drug at once; faintly, with a token of the first line beside it."""
    used = {line.code for line in draft.lines}
    if not draft.is_stay() or FIRST_LINE in used or SECOND_LINE in used:
        return False
    at = draft.moment(0)
    draft.line(SECOND_LINE, at, 3 * UNIT)
    if faint:
        draft.line(FIRST_LINE, at, UNIT)
    return True


def _off_diagnosis(draft: Draft, faint: bool) -> bool:
    """A drug for another disease; faintly, with a false diagnosis that lets it pass."""
    if not draft.is_stay() or draft.disease.code[:3] in {"E11", "Z51"}:
        return False
    code, false = draft.rng.choice(((INSULIN, "E14.900"), (PACLITAXEL, "C80.900")))
    draft.line(code, draft.moment(0))
    if faint:
        draft.change(diagnoses=(*draft.visit.diagnoses, false))
    return True


def _above_level(draft: Draft, faint: bool) -> bool:
    if draft.hospital.level == "tertiary":
        return False
    draft.line(RADIATION, draft.moment(0))
    draft.change(diagnoses=(*draft.visit.diagnoses, "C80.900"))
    return True


def _repeat(draft: Draft, faint: bool) -> bool:
    """A test charged twice; faintly, a minute apart."""
    line = draft.one_of(TESTS)
    known = draft.formulary.restrictions.get(line.code) if line is not None else None
    if line is None or (known is not None and (known.per_day or known.per_stay)):
        return False
    draft.line(line.code, line.at + _MINUTE if faint else line.at)
    return True


def _over_day(draft: Draft, faint: bool) -> bool:
    """More infusions than a day allows: by one, or twice as many."""
    if not draft.is_stay():
        return False
    at = draft.moment(0)
    draft.take_out(INFUSION, at.date())
    draft.line(INFUSION, at, (4 if faint else 6) * UNIT)
    return True


def _over_stay(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay(days=3):
        return False
    draft.lines = [line for line in draft.lines if line.code != THYROID]
    for day in range(2 if faint else 3):
        draft.line(THYROID, draft.moment(day))
    return True


def _bed_days(draft: Draft, faint: bool) -> bool:
    """The day of discharge charged too, or half of it."""
    if not draft.is_stay():
        return False
    draft.line(WARD, (draft.visit.end or draft.begin) - _MINUTE, UNIT // 2 if faint else UNIT)
    _one_bed(draft)
    return True


def _one_bed(draft: Draft) -> None:
    """Let every bed of a bill be of one kind, so that more days are not also two beds a day."""
    for line in [line for line in draft.lines if line.code == SINGLE]:
        draft.lines.remove(line)
        draft.line(WARD, line.at)


def _nursing_days(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay():
        return False
    last = [line for line in draft.lines if line.kind == NURSING][-1].code
    draft.line(last, (draft.visit.end or draft.begin) - _MINUTE, UNIT // 2 if faint else UNIT)
    return True


def _two_levels(draft: Draft, faint: bool) -> bool:
    """Two nursing levels on one day: one day more than the stay has, too."""
    line = draft.one_of(frozenset({NURSING}))
    if not draft.is_stay() or line is None:
        return False
    draft.line(next(code for code in LEVELS if code != line.code), line.at + 2 * _MINUTE)
    return True


def _two_beds(draft: Draft, faint: bool) -> bool:
    line = draft.one_of(frozenset({"01"}))
    if line is None:
        return False
    draft.line(WARD if line.code == SINGLE else SINGLE, line.at + 2 * _MINUTE)
    return True


def _parts(draft: Draft, faint: bool) -> bool:
    at = draft.moment(0)
    draft.lines = [line for line in draft.lines if line.code not in {ALT, LIVER}]
    draft.line(LIVER, at)
    draft.line(ALT, at + _MINUTE)
    return True


def _refund(draft: Draft, faint: bool) -> bool:
    line = draft.one_of(DRUGS)
    if line is None:
        return False
    back = line.quantity + (1 if faint else line.quantity)
    again = draft.line(line.code, line.at + _MINUTE, back)
    draft.lines.remove(again)
    negative = again._replace(
        quantity=-back, amount=-again.amount, covered=-again.covered, in_scope=-again.in_scope, refund_of=line.sn
    )
    draft.lines.append(negative)
    return True


def _before(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay():
        return False
    draft.line(ECG, draft.begin - (1 if faint else 6) * _DAY)
    return True


def _after(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay():
        return False
    draft.line(ECG, (draft.visit.end or draft.begin) + (1 if faint else 5) * _DAY)
    return True


def _after_death(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay(days=4):
        return False
    died = draft.begin.date() + (draft.length - (1 if faint else 2)) * _DAY
    draft.patient = draft.patient._replace(died=died)
    draft.change(way="5")
    draft.line(ECG, dt.datetime.combine(died, dt.time(10)) + _DAY)
    return True


def _other_sex(draft: Draft, faint: bool) -> bool:
    draft.line(PROGESTERONE if draft.patient.gender == "1" else TAMSULOSIN, draft.moment(0))
    return True


def _pregnant_man(draft: Draft, faint: bool) -> bool:
    if draft.patient.gender != "1":
        return False
    draft.line(SCAN_OF_PREGNANCY, draft.moment(0))
    return True


def _too_old(draft: Draft, faint: bool) -> bool:
    assert draft.patient.born is not None
    if (draft.begin.date() - draft.patient.born).days < 16 * 366:
        return False
    if faint and not draft.disease.code.startswith(("O", "N")):  # fifteen since yesterday
        born = (draft.begin - _DAY).date()
        draft.patient = draft.patient._replace(born=born.replace(year=born.year - 15, day=min(born.day, 28)))
    draft.line(FOR_CHILDREN, draft.moment(0))
    return True


def _same_group(draft: Draft, faint: bool) -> bool:
    """Two drugs of one group on a day; faintly, in turn."""
    if not draft.is_stay(days=3) or any(line.code in PPI for line in draft.lines):
        return False
    for number, code in enumerate(PPI):
        draft.line(code, draft.moment(1 + number if faint else 1))
    return True


def _clash(draft: Draft, faint: bool) -> bool:
    used = {line.code for line in draft.lines}
    if not draft.is_stay(days=3) or FIRST_LINE in used or SECOND_LINE in used:
        return False
    draft.line(FIRST_LINE, draft.moment(1), UNIT)
    draft.line(CALCIUM, draft.moment(2 if faint else 1))
    return True


def _long_prescription(draft: Draft, faint: bool) -> bool:
    """A month's medicine on an ordinary prescription; faintly, twice a week's."""
    if draft.visit.med_type != "11":
        return False
    draft.line(LONG_TERM, draft.moment(0), 6 * UNIT, days=750 if faint else 3000)
    return True


def _long_chronic(draft: Draft, faint: bool) -> bool:
    if draft.visit.med_type != "14":
        return False
    draft.line(LONG_TERM, draft.moment(0), 6 * UNIT, days=8500 if faint else 18_000)
    return True


def _to_take_home(draft: Draft, faint: bool) -> bool:
    if not draft.is_stay():
        return False
    at = (draft.visit.end or draft.begin) - 5 * _MINUTE
    draft.line("XC08CAA005A001010100005", at, (15 if faint else 30) * UNIT, take_home=True)
    return True


ON_LINES: Mapping[str, Pattern] = {
    "item-unmapped": _unmapped,
    "item-not-valid": _expired,
    "price-over-cap": _over_cap,
    "class-c-covered": _class_c,
    "amount-differs": _wrong_sum,
    "second-line-unproven": _second_line,
    "drug-off-diagnosis": _off_diagnosis,
    "item-above-level": _above_level,
    "repeat-charge": _repeat,
    "units-over-day": _over_day,
    "units-over-stay": _over_stay,
    "bed-days-over": _bed_days,
    "nursing-days-over": _nursing_days,
    "nursing-twice-a-day nursing-days-over": _two_levels,
    "beds-twice-a-day bed-days-over": _two_beds,
    "package-and-parts": _parts,
    "line-before-admission": _before,
    "line-after-discharge": _after,
    "line-after-death": _after_death,
    "refund-over-original": _refund,
    "gender-conflict": _other_sex,
    "pregnancy-item-for-man": _pregnant_man,
    "age-conflict": _too_old,
    "same-group-twice": _same_group,
    "drugs-clash": _clash,
    "prescription-too-long": _long_prescription,
    "chronic-prescription-too-long": _long_chronic,
    "discharge-medicine-over": _to_take_home,
}
"""The patterns by the rules they break; one that by its nature breaks two names both."""
