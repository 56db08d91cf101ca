"""What there is to do about a month's money, platform by platform: what a diligent staff would do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.core.clearing.actions import (
    ApplyClearing,
    CheckSheet,
    Collect,
    Confirm,
    HandToFinance,
    MakeSheet,
    PayInstitutions,
    Receive,
    ReturnVoucher,
    Seal,
    Stamp,
    Transfer,
)
from simulator.core.clearing.member import DEPARTMENTS
from simulator.core.clearing.orders import UPWARD
from simulator.core.clearing.parties import finance_of

from .cases import CITIES, PLATFORMS, PROVINCE

Work = Iterator[tuple[str, Any]]


def work_left(nodes: Mapping[str, Any], month: str) -> Work:
    """Yield platform and action, in the order of the procedure; what turns out not to be allowed yet is declined."""
    for city in CITIES:
        if nodes[city].clearing.rows.waiting:
            yield city, PayInstitutions(month)
    for city in CITIES:
        if month not in nodes[city].clearing.member.applications:
            yield city, ApplyClearing(month)
    house = nodes[PROVINCE].clearing.house
    made = [issue for issue in house.issues.values() if issue.sheet.month == month]
    if nodes[PROVINCE].clearing.applications.of(month) and not (made and all(map(house.final, made))):
        yield PROVINCE, MakeSheet(month)
    for city in CITIES:
        yield from _answer(city, nodes[city].clearing.member)
    for code in PLATFORMS:
        yield from _pay(code, nodes[code].clearing.agency, _papers(nodes, code))
        yield from _treasury(code, nodes[finance_of(code)].treasury, nodes[code].clearing.agency)


def _answer(city: str, member: Any) -> Work:
    for number, case in member.cases.items():
        if case.state == "on the sheet":
            for department in sorted(DEPARTMENTS.keys() - case.stamps.keys()):
                yield city, Stamp(number, department)
        if case.state in {"on the sheet", "disputed"}:
            yield city, Confirm(number)


def _papers(nodes: Mapping[str, Any], code: str) -> list[str]:
    """The papers to be paid: clearing sheets, prepaid quotas and calls."""
    house, prepaid = nodes[PROVINCE].clearing.house, nodes[PROVINCE].clearing.prepaid
    sheets = [issue.sheet.base for issue in house.issues.values()]
    return sheets + [number for number, each in prepaid.quotas.items() if code in {PROVINCE, each.fact.member}]


def _pay(code: str, agency: Any, sheets: list[str]) -> Work:
    for number in sheets:
        sources = agency._of(number)
        if not sources or any(source.unready(number) for source in sources):
            continue
        if agency.debts(number):
            for organisation in agency._unsealed(number):
                yield code, Seal(number, organisation)
            yield code, HandToFinance(number)
    for order in agency.orders.values():
        upward = order.payee_kind == UPWARD and order.payer == code
        if upward and order.dfr_id in agency.vouchers and order.dfr_id not in agency.pooled:
            yield code, Collect(order.source_no)


def _treasury(code: str, treasury: Any, agency: Any) -> Work:
    party = finance_of(code)
    for number, state in treasury.states.items():
        if state == "with finance":
            yield party, CheckSheet(number)
        elif state == "checked":
            yield party, Transfer(number, agency.annex(number))
    for dfr_id, state in treasury.coming.items():
        if state == "announced":
            yield party, Receive(dfr_id, treasury.orders[dfr_id].amount)
    for dfr_id in treasury.account.vouchers.keys() - treasury.reported.keys():
        yield party, ReturnVoucher(dfr_id)
