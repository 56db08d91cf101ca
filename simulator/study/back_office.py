"""The back office of a run for the summary: months closed and paid, sheets and their days, findings, messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from simulator.core.audit.rules import MANAGEMENT, MEDICAL, POLICY
from simulator.world.chronicle import Sheet
from simulator.world.model import World
from simulator.world.nights import Audited


def back_office(world: World) -> Mapping[str, Any]:
    """Return what the offices did, amounts in fen; a day is null while the step is open."""
    office = world.office
    nights = office.nights
    return {
        "reconciliation": {**nights.counts, "open": nights.left_open()},
        "months": [_month(world, month) for month in world.months()],
        "sheets": [_sheet(sheet) for sheet in office.chronicle.sheets()],
        "audit": _audit(world, nights.audited),
        "messages": [{"infno": infno, "requests": count} for infno, count in sorted(world.mail.requests.items())],
    }


def _month(world: World, month: str) -> Mapping[str, Any]:
    """Return when a month was closed to reconciliation (P75-41), and what its institutions were paid (JL-4.1d)."""
    nights, paid = world.office.nights, world.office.chronicle.institutions.get(month)
    by, closed = nights.due(month), nights.closed_on(month)
    late = by < world.scenario.end if closed is None else closed > by
    return {
        "month": month,
        "reconcile_by": by.isoformat(),
        "reconciled_on": _day(closed),
        "kept": False if late else None if closed is None else True,
        "orders": paid.orders if paid else 0,
        "paid": paid.amount if paid else 0,
        "first_paid_on": _day(paid.first if paid else None),
        "last_paid_on": _day(paid.last if paid else None),
    }


def _sheet(sheet: Sheet) -> Mapping[str, Any]:
    days = {"applied_on": sheet.applied, "made_on": sheet.made, "confirmed_on": sheet.confirmed}
    days |= {"confirm_by": sheet.confirm_by, "paid_on": sheet.paid_on, "pay_by": sheet.pay_by}
    return {
        "month": sheet.month,
        "kind": sheet.kind,
        "number": sheet.number,
        **{name: _day(day) for name, day in days.items()},
        "claimed": sheet.claimed,
        "moved": sheet.moved,
        "paid": sheet.paid,
        "steps": sheet.steps,
        "late": sheet.late,
        "overdue": sheet.overdue,
        "kept": sheet.kept,
    }


def _audit(world: World, audited: Audited) -> Mapping[str, Any]:
    """Return how many bills were reviewed (JL-6.2d), how soon (JL-6.2e), and what was found, by rule and class."""
    found = sorted(audited.findings.items(), key=lambda each: (-each[1].number, each[0]))
    categories = {audited.rules[rule].category: 0 for rule in audited.rules}
    for rule, findings in found:
        categories[audited.rules[rule].category] += findings.number
    return {
        "version": audited.version,
        "visitors": audited.bills(cross=True),
        "local": audited.bills(cross=False),
        "waiting": sum(city.audit.audit.waiting for city in world.cities.values()),
        "median_minutes_visitors": audited.median_minutes(cross=True),
        "median_minutes_local": audited.median_minutes(cross=False),
        "by_category": {name: categories.get(name, 0) for name in (POLICY, MANAGEMENT, MEDICAL)},
        "findings": [
            {
                "rule": rule,
                "zh": audited.rules[rule].zh,
                "en": audited.rules[rule].en,
                "category": audited.rules[rule].category,
                "findings": findings.number,
                "amount": findings.amount,
            }
            for rule, findings in found
        ],
    }


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
