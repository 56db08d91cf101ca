"""Invented honest bills for measuring the audit: drawn from the formulary, with the variety that real ones have.

A bill is a draft until it is whole: lines and visit may be changed, sums are taken last. Some honest bills come near a
rule or break it in good faith, so that the measure of precision can fail. Chance comes from named streams.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from simulator.core.audit.case import (
    A_DAY,
    DRUGS,
    INPATIENT,
    NURSING,
    OUTPATIENT,
    TESTS,
    UNIT,
    Bill,
    Case,
    Charge,
    Entry,
    Episode,
    Patient,
    Visit,
)
from simulator.core.benefit.bill import classify
from simulator.inputs.audit_rules import Disease, Formulary

WARD, SINGLE = "001109000010000", "001109000020000"
LEVELS = ("001201000030000", "001201000040000", "001201000050000")  # nursing, from close to light
CONSULTATION, INFUSION, ECG = "001102000010000", "001204000060000", "003107000010000"
FIRST_LINE, SECOND_LINE = "XJ01DDA010A001010100010", "XJ01DHA011A001010100011"
CHRONIC_DRUGS = ("XC08CAA005A001010100005", "XC07ABA006A001010100006", "XC10AAA003A001010100003")
PPI = ("XA02BCA001A001010100001", "XA02BCA002A001010100002")
INSULIN = "XA10ABA008A001010100008"
BLOOD = "002503010010000"
_DAY, _MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
_YEAR = dt.datetime(2023, 2, 1)


class Hospital(NamedTuple):
    """An invented hospital: code, city and level."""

    code: str
    city: str
    level: str


HOSPITALS = (
    Hospital("H32010000001", "320100", "tertiary"),
    Hospital("H32010000002", "320100", "tertiary"),
    Hospital("H32010000003", "320100", "secondary"),
    Hospital("H32050000001", "320500", "tertiary"),
    Hospital("H32050000002", "320500", "secondary"),
    Hospital("H32050000003", "320500", "primary"),
)


class Draft:
    """A bill being written: what stands here goes into the case, and ``sums`` change its totals after all is summed."""

    def __init__(self, formulary: Formulary, number: int, rng: random.Random) -> None:
        self.formulary = formulary
        self.number = number
        self.rng = rng
        self.disease: Disease = rng.choices(formulary.diseases, [each.weight for each in formulary.diseases])[0]
        gender = self.disease.gender or rng.choice("12")
        self.begin = _YEAR + rng.randrange(300) * _DAY + rng.randrange(7 * 60, 16 * 60) * _MINUTE
        self.days = rng.randint(*self.disease.days)
        born = self.begin.date() - dt.timedelta(days=rng.randint(*self.disease.ages) * 365 + rng.randrange(365))
        self.patient = Patient(f"P{number:07d}", gender, born)
        self.hospital = rng.choices(HOSPITALS, (4, 4, 3, 3, 2, 1))[0]
        self.lines: list[Charge] = []
        self.others: list[Episode] = []
        self.visit = Visit(
            f"V{number:07d}",
            INPATIENT,
            self.hospital.code,
            self.hospital.city,
            self.hospital.level,
            self.begin,
            self.begin.replace(hour=9, minute=30) + self.days * _DAY,
            (self.disease.code,),
            "21",
            "1",
            *(("1", "0") if self.disease.code.startswith("S") else ("", "")),
        )
        self.insured_city = rng.choice((self.hospital.city, "320300", "320300", "320600"))
        self.filed: bool | None = True
        self.opened: bool | None = True
        self.deductible = 90_000
        self.part = 0
        self.times = 1  # by which the whole bill is dearer
        self.settled_at = (self.visit.end or self.begin) + rng.randrange(20, 200) * _MINUTE

    def change(self, **fields: Any) -> None:
        """Change the visit."""
        self.visit = self.visit._replace(**fields)

    def line(self, code: str, at: dt.datetime, quantity: int = UNIT, **changes: Any) -> Charge:
        """Add a line at the price of the formulary; ``changes`` overwrite what follows from it."""
        item = self.formulary.items[code]
        priced = classify("", item, item.price, quantity)
        charge = Charge(
            str(len(self.lines) + 1),
            code,
            item.charge_type,
            priced.price,
            quantity,
            priced.amount,
            priced.amount - priced.own_expense - priced.over_limit,
            priced.in_scope,
            at,
            Entry(item.level, item.cap, item.valid_from, item.valid_to),
        )._replace(**changes)
        self.lines.append(charge)
        return charge

    def moment(self, day: int) -> dt.datetime:
        """Return a moment of a day of the stay, to the second, within it."""
        start = max(self.begin, (self.begin + day * _DAY).replace(hour=7, minute=0))
        return start + dt.timedelta(seconds=self.rng.randrange(1, 7 * 3600))

    def stay(self, ended: int, *, days: int = 5, hospital: Hospital | None = None, **changes: Any) -> Episode:
        """Return an earlier stay of the person that ended so many days before this visit began."""
        where = hospital or self.hospital
        end = self.begin - ended * _DAY
        number = len(self.others) + 1
        visit = Visit(
            f"{self.visit.mdtrt_id}-{number}",
            INPATIENT,
            where.code,
            where.city,
            where.level,
            end - days * _DAY,
            end,
            changes.pop("diagnoses", self.visit.diagnoses),
        )
        return Episode(visit, f"S{self.number:07d}-{number}", end, 90_000, 400_000)._replace(**changes)

    def elsewhere(self) -> Hospital:
        """Return another hospital than the one of this visit."""
        return self.rng.choice([each for each in HOSPITALS if each.code != self.hospital.code])

    def other_disease(self) -> tuple[str, ...]:
        """Return a diagnosis of another category than this visit's, none that is planned for again and again."""
        known = [
            each.code
            for each in self.formulary.diseases
            if each.code[:3] not in {self.disease.code[:3], "Z51", "O82"} and not each.gender
        ]
        return (self.rng.choice(known),)

    @property
    def length(self) -> int:
        """Return the days from the first to the last of the visit."""
        return 0 if self.visit.end is None else (self.visit.end.date() - self.begin.date()).days

    def is_stay(self, *, days: int = 1) -> bool:
        """Tell whether this is a stay of at least so many days."""
        return self.visit.kind == INPATIENT and self.length >= days

    def one_of(self, kinds: frozenset[str]) -> Charge | None:
        """Return some line of these charge types that was not refunded."""
        returned = {line.refund_of for line in self.lines}
        found = [line for line in self.lines if line.kind in kinds and line.quantity > 0 and line.sn not in returned]
        return self.rng.choice(found) if found else None

    def put(self, charge: Charge, **changes: Any) -> None:
        """Change a line."""
        self.lines = [each._replace(**changes) if each is charge else each for each in self.lines]

    def take_out(self, code: str, day: dt.date) -> None:
        """Take an item out of a day, so that what is added there is not also too much of it."""
        self.lines = [line for line in self.lines if line.code != code or line.day != day]

    def case(self) -> Case:
        """Return the whole case."""
        amount = sum(line.amount for line in self.lines) * self.times
        in_scope = sum(line.in_scope for line in self.lines) * self.times
        bill = Bill(
            f"S{self.number:07d}",
            self.settled_at,
            "310",
            self.insured_city,
            amount,
            in_scope * 8 // 10,
            in_scope,
            self.deductible,
            self.part,
        )
        others = tuple(self.others)
        return Case(bill, self.visit, self.patient, tuple(self.lines), self.filed, self.opened, others)


Pattern = Callable[[Draft, bool], bool]
"""Changes a draft, plainly or (True) faintly; returns False, with nothing changed, where the draft does not fit."""


def honest(formulary: Formulary, number: int, rng: random.Random) -> Draft:
    """Write an honest bill: a stay, or at every sixth person an outpatient visit."""
    draft = Draft(formulary, number, rng)
    if rng.random() < 1 / 6:
        _outpatient(draft)
    else:
        _stay(draft)
        _odd(draft)
    _past(draft)
    return draft


def _stay(draft: Draft) -> None:
    rng, days = draft.rng, draft.days
    bed, level = (SINGLE if rng.random() < 0.15 else WARD), rng.randrange(2)
    for day in range(days):
        draft.line(bed, draft.moment(day))
        draft.line(LEVELS[min(level + (day > days // 2), 2)], draft.moment(day))
        draft.line(CONSULTATION, draft.moment(day))
        for code in draft.disease.daily:
            draft.line(code, draft.moment(day), daily_units(draft, code))
    for code in draft.disease.once:
        item = draft.formulary.restrictions.get(code)
        if item is None or not item.levels or draft.hospital.level in item.levels:
            draft.line(code, draft.moment(min(1, days - 1)))
    for code in admission_tests(draft, rng.choice((4, 5, 6, 7, 8, 9, 10))):
        draft.line(code, draft.moment(0))
    for day in range(2, days, 3):  # how things go on
        draft.line(rng.choice(("002503060010000", "002503100010000", "002503080010000")), draft.moment(day))
    _medicine_to_take_home(draft)
    if rng.random() < 0.08:
        refund_one(draft)


def daily_units(draft: Draft, code: str) -> int:
    """Return how much of an item a day takes: the usual dose, or part of what a day allows."""
    known = draft.formulary.restrictions.get(code)
    if known is not None and known.daily:
        return known.daily
    if known is not None and known.per_day > UNIT:
        return UNIT * draft.rng.randint(1, known.per_day // UNIT)
    return UNIT


def admission_tests(draft: Draft, count: int) -> Sequence[str]:
    """Draw different tests, no part of a package among them and none that the disease brings anyway."""
    barred = {*draft.disease.daily, *draft.disease.once}
    for known in draft.formulary.restrictions.values():
        barred.update(known.parts)
    pool = [
        code
        for code, item in draft.formulary.items.items()
        if item.charge_type in TESTS and code not in barred and not _bound(draft.formulary, code)
    ]
    return draft.rng.sample(pool, min(count, len(pool)))


def _bound(formulary: Formulary, code: str) -> bool:
    """Tell whether an item is bound to sex, pregnancy or level."""
    known = formulary.restrictions.get(code)
    return known is not None and bool(known.gender or known.pregnancy or known.levels)


def _medicine_to_take_home(draft: Draft) -> None:
    """Give discharge medicine for up to fourteen days, for some exactly so."""
    drugs = [code for code in draft.disease.daily if _oral(draft.formulary, code)]
    if drugs and draft.rng.random() < 0.6:
        days = draft.rng.choice((3, 5, 7, 7, 7, 10, 14))
        known = draft.formulary.restrictions[drugs[0]]
        at = (draft.visit.end or draft.begin) - dt.timedelta(minutes=draft.rng.randrange(10, 90))
        quantity = days * known.daily
        if not known.per_day or quantity <= known.per_day:
            draft.line(drugs[0], at, quantity, take_home=True)


def _oral(formulary: Formulary, code: str) -> bool:
    known = formulary.restrictions.get(code)
    return formulary.items[code].charge_type in DRUGS and known is not None and bool(known.daily)


def refund_one(draft: Draft) -> Charge:
    """Give one drug back, whole or in part."""
    drugs = [line for line in draft.lines if line.kind in DRUGS and line.quantity > 0]
    line = draft.rng.choice(drugs)
    part = line.quantity if draft.rng.random() < 0.7 else line.quantity // 2
    back = classify("", draft.formulary.items[line.code], line.price, -part)
    at = line.at + dt.timedelta(minutes=30)
    covered = back.amount - back.own_expense - back.over_limit
    return draft.line(
        line.code, at, -part, amount=back.amount, covered=covered, in_scope=back.in_scope, refund_of=line.sn
    )


def _outpatient(draft: Draft) -> None:
    rng = draft.rng
    chronic = rng.random() < 0.4
    draft.change(kind=OUTPATIENT, med_type="14" if chronic else "11", end=draft.begin, way="")
    draft.settled_at = draft.begin + rng.randrange(20, 120) * _MINUTE
    for code in rng.sample(CHRONIC_DRUGS, rng.randint(1, 2)):
        days = rng.choice((28, 30, 56, 84)) if chronic else rng.choice((3, 5, 7, 7))
        known = draft.formulary.restrictions[code]
        given = {"days": days * A_DAY} if rng.random() < 0.7 else {}
        draft.line(code, draft.moment(0), days * known.daily, **given)
    for code in admission_tests(draft, rng.randrange(4)):
        draft.line(code, draft.moment(0))


def _past(draft: Draft) -> None:
    """Remember earlier stays: mostly long ago, some a transfer of the day, some planned courses."""
    rng = draft.rng
    chance = rng.random()
    if chance < 0.10:
        draft.others.append(draft.stay(rng.randint(16, 180)))
    elif chance < 0.16:
        draft.others.append(draft.stay(0, hospital=draft.elsewhere()))
    elif chance < 0.20:
        draft.others.append(draft.stay(rng.randint(1, 12), diagnoses=draft.other_disease()))
    elif chance < 0.24:
        tests = tuple((line.code, line.day - rng.randint(15, 60) * _DAY) for line in draft.lines if line.kind in TESTS)
        draft.others.append(draft.stay(rng.randint(15, 60), hospital=draft.elsewhere(), tests=tests))
    if draft.disease.code.startswith("Z51") and rng.random() < 0.6:
        draft.others.append(draft.stay(rng.randint(10, 21)))


def _odd(draft: Draft) -> None:
    """Let a few honest stays break a rule in good faith."""
    rng = draft.rng
    chance = rng.random()
    if chance < 0.003:  # a true relapse
        draft.others.append(draft.stay(rng.randint(4, 15)))
    elif chance < 0.006:  # a second diagnosis that was not coded
        draft.line(INSULIN, draft.moment(0))
    elif chance < 0.009:  # stopped and replaced within the day
        at = draft.moment(1)
        for code in PPI:
            draft.line(code, at + dt.timedelta(hours=PPI.index(code)))
    elif chance < 0.012:  # complications
        draft.times = 5
    elif chance < 0.015:  # two samples taken at once
        at = draft.moment(0)
        draft.line(BLOOD, at)
        draft.line(BLOOD, at)
    elif chance < 0.017:  # went home against advice
        day = draft.begin
        draft.lines = [line for line in draft.lines if line.day == day.date() and line.kind not in {"06", "08"}]
        draft.change(end=day + dt.timedelta(hours=8), way="4")
        draft.settled_at = day + dt.timedelta(hours=9)
    elif chance < 0.019:  # watched only
        draft.lines = [line for line in draft.lines if line.kind in {"01", "02", NURSING, *TESTS}]
    elif chance < 0.021:  # a hard year
        for gap in (20, 38, 56, 74):
            draft.others.append(draft.stay(gap, diagnoses=draft.other_disease()))
    elif chance < 0.031:  # second line, with its approval or after the first one
        _second_line(draft)


def _second_line(draft: Draft) -> None:
    if draft.rng.random() < 0.5:
        draft.line(SECOND_LINE, draft.moment(1), 3 * UNIT, approved=True)
    else:
        draft.line(FIRST_LINE, draft.begin + _MINUTE, UNIT)
        draft.line(SECOND_LINE, draft.moment(1), 3 * UNIT)
