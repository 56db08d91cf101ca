"""Kinds of rule about a bill beside the same person's other visits.

Only what the platform knows counts: earlier bills, and stays still going on. The later bill is the questioned one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.core.audit.case import INPATIENT, OUTPATIENT, PHARMACY, Episode
from simulator.core.audit.rules import Hit, nothing, whole, whole_bill
from simulator.core.audit.view import View
from simulator.core.values.money import share_of, yuan

Options = Mapping[str, Any]


def soon_again(view: View, options: Options) -> Iterator[Hit]:
    """Again at the same hospital for the same disease within some days: one stay billed as two (分解住院)."""
    disease, begin = view.visit.disease, view.visit.begin.date()
    if not view.inpatient or not disease or disease.startswith(tuple(options["planned"])):
        return
    for other, ended in _ended(view):
        gap = (begin - ended).days
        same = other.visit.hospital == view.visit.hospital and other.visit.disease == disease
        if same and 0 <= gap <= options["days"]:
            yield Hit(whole_bill(view), {"other": other.setl_id, "gap": str(gap), "disease": disease})


def overlap(view: View, options: Options) -> Iterator[Hit]:
    """A stay at one hospital while another one lasts; the day of a transfer belongs to both."""
    if not view.inpatient:
        return
    begin, end = view.visit.begin.date(), view.end
    for other, ended in _ended(view):
        began = other.visit.begin.date()
        if other.visit.hospital != view.visit.hospital and began < end and begin < ended:
            days = {"first": f"{max(began, begin)}", "last": f"{min(ended, end)}"}
            yield Hit(whole_bill(view), {"other": other.setl_id, "hospital": other.visit.hospital, **days})


def outside(view: View, options: Options) -> Iterator[Hit]:
    """An outpatient bill strictly inside a stay (住院期间门诊), whether that stay has ended or not."""
    if view.visit.kind != OUTPATIENT:
        return
    day = view.visit.begin.date()
    for other in view.case.others:
        stay = other.visit
        if stay.kind == INPATIENT and stay.begin.date() < day and (stay.end is None or day < stay.end.date()):
            days = {"day": f"{day}", "admitted": f"{stay.begin:%Y-%m-%d}"}
            yield Hit(whole_bill(view), {"other": stay.mdtrt_id, "hospital": stay.hospital, **days})


def at_once(view: View, options: Options) -> Iterator[Hit]:
    """Settled at two institutions within minutes: one of the two may not be the person (冒名, P75-24)."""
    if view.visit.kind == PHARMACY:
        return
    at, limit = view.case.bill.settled_at, dt.timedelta(minutes=options["minutes"])
    for other in view.case.others:
        elsewhere = other.visit.hospital != view.visit.hospital and other.visit.kind != PHARMACY
        if elsewhere and other.settled_at is not None and abs(at - other.settled_at) <= limit:
            apart = str(abs(at - other.settled_at) // dt.timedelta(minutes=1))
            where = {"other": other.setl_id, "hospital": other.visit.hospital}
            yield Hit(whole_bill(view), {**where, "minutes": apart})


def many(view: View, options: Options) -> Iterator[Hit]:
    """More stays within some days than a disease explains; planned courses of treatment do not count."""
    planned = tuple(options["planned"])
    if not view.inpatient or view.visit.disease.startswith(planned):
        return
    since = view.visit.begin.date() - dt.timedelta(days=options["days"])
    stays = [
        other
        for other, ended in _ended(view)
        if since <= other.visit.begin.date() <= view.visit.begin.date() and not other.visit.disease.startswith(planned)
    ]
    if len(stays) + 1 > options["stays"]:
        evidence = {"count": str(len(stays) + 1), "days": str(options["days"]), "limit": str(options["stays"])}
        yield Hit(nothing(amount=view.case.bill.amount), evidence)


def tested_again(view: View, options: Options) -> Iterator[Hit]:
    """A test another institution made within some days, whose result is mutually recognised (互认, JS-3.3f)."""
    window = dt.timedelta(days=options["days"])
    for line, restriction in view.restricted:
        if restriction.recognised:
            for other in view.case.others:
                made = [day for code, day in other.tests if code == line.code and abs(line.day - day) <= window]
                if made and other.visit.hospital != view.visit.hospital:
                    evidence = {"code": line.code, "day": f"{line.day}", "made": f"{max(made)}"}
                    yield Hit((whole(line),), {**evidence, "hospital": other.visit.hospital})
                    break


def deductible(view: View, options: Options) -> Iterator[Hit]:
    """A small stay that hardly exceeded its deductible, then another with a lower one: split around it."""
    bill, begin = view.case.bill, view.visit.begin.date()
    if not view.inpatient:
        return
    for other, ended in _ended(view):
        soon = 0 <= (begin - ended).days <= options["days"]
        small = 0 < other.in_scope <= other.deductible + share_of(other.deductible, options["margin"])
        if soon and small and bill.deductible < other.deductible:
            earlier = {"other": other.setl_id, "in_scope": yuan(other.in_scope), "before": yuan(other.deductible)}
            yield Hit(nothing(amount=other.deductible - bill.deductible), {**earlier, "now": yuan(bill.deductible)})


def _ended(view: View) -> Iterator[tuple[Episode, dt.date]]:
    """Yield the person's other stays that have ended and been settled, each with its last day."""
    for other in view.case.others:
        if other.visit.kind == INPATIENT and other.setl_id and other.visit.end is not None:
            yield other, other.visit.end.date()
