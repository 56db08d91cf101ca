"""What there is to do about sheets and payments, platform by platform: what a diligent staff does next.

Each yields (who, action). What turns out not to be allowed yet is declined by the platform, and is there again the next
day: a province, say, may not pay anybody before all shares are in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.actions import (
    CheckSheet,
    Collect,
    Confirm,
    HandToFinance,
    Receive,
    ReturnVoucher,
    Seal,
    Stamp,
    Transfer,
)
from simulator.core.clearing.agency import Agency
from simulator.core.clearing.finance import Treasury
from simulator.core.clearing.member import DEPARTMENTS, Case, Member
from simulator.core.clearing.orders import UPWARD
from simulator.core.clearing.papers import CROSS_PROVINCE_SHEET

Work = Iterator[tuple[str, Any]]


def at_a_member(code: str, member: Member, agency: Agency) -> Work:
    """Yield what a city does about its sheets, or a province about those of the ministry."""
    yield from answers(code, member.cases)
    for number, case in member.cases.items():
        if case.state in {life.CONFIRMED, life.SEALED}:
            yield from payments(code, agency, number)


def answers(code: str, cases: Mapping[str, Case]) -> Work:
    """Yield the times of the four departments (JS-4.3), and, once all have left theirs, the confirmation."""
    for number, case in cases.items():
        if case.state == life.ON_SHEET and case.complete:
            yield code, Confirm(number)
        elif case.state == life.ON_SHEET:
            for department in sorted(DEPARTMENTS.keys() - case.stamps.keys()):
                yield code, Stamp(number, department)


def payments(code: str, agency: Agency, number: str) -> Work:
    """Yield the seals of a paper and its way to finance (JL-4.2b); the report of what was pooled upward (JL-4.2i)."""
    if agency.is_ready(number):  # the last seal is the day from which the way to finance counts
        sealed = agency.seals.get(number, {})
        for organisation in agency.seals_needed(number):
            if organisation not in sealed:
                yield code, Seal(number, organisation)
        yield from ((code, HandToFinance(number, payees)) for payees in _together(agency, number))
    orders = (order for order in agency.orders.values() if order.source_no == number)
    if any(_to_report(code, agency, order.payer, order.payee_kind, order.dfr_id) for order in orders):
        yield code, Collect(number)


def _together(agency: Agency, number: str) -> list[tuple[str, ...]]:
    """Return whom to pay by one document: everybody, but across provinces each by itself.

    There, what goes out does not wait for what is to come in: two provinces would wait for each other.
    """
    if agency.paper(number).sheet_type != CROSS_PROVINCE_SHEET:
        return [()]
    return [(payee,) for payee in dict.fromkeys(debt.payee for debt in agency.debts(number))]


def _to_report(code: str, agency: Agency, payer: str, payee_kind: str, dfr_id: str) -> bool:
    upward = payer == code and payee_kind == UPWARD
    return upward and dfr_id in agency.vouchers and dfr_id not in agency.pooled


def at_finance(party: str, treasury: Treasury, agency: Agency) -> Work:
    """Yield the checks, payments and receipts of a finance department, and the vouchers it owes its agency (JL-4.2)."""
    for number, state in treasury.states.items():
        if state == life.WITH_FINANCE:
            yield party, CheckSheet(number)
        elif state == life.CHECKED:
            yield party, Transfer(number, agency.annex(number))
    for dfr_id, state in treasury.coming.items():
        if state == life.ANNOUNCED:
            yield party, Receive(dfr_id, treasury.orders[dfr_id].amount)
    for dfr_id in treasury.account.vouchers:
        if dfr_id not in treasury.reported:
            yield party, ReturnVoucher(dfr_id)
