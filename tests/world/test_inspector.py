"""The inspector: it finds money that is not where the books say, not only money that is."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from simulator.core.clearing.facts import Applied, SheetMade
from simulator.core.clearing.parties import finance_of
from simulator.core.clearing.sheet import SheetLine
from simulator.core.platform.books import POOLED, Leg, Posting
from simulator.world.clearing import sheet_number
from simulator.world.model import World

NANJING, PROVINCE = "320100", "320000"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, scenario: Any) -> Any:
    """The world on 27 June: the sheet of May is confirmed."""
    made = World(scenario.shortened(35), scale=0.004, seed=1, folder=tmp_path_factory.mktemp("inspected"))
    made.run()
    assert made.auditor.clean
    return made


@pytest.fixture
def found(world: Any) -> Any:
    """What an inspection finds broken that was not before."""

    def names(look: Any) -> set[str]:
        before = dict(world.auditor.broken)
        look()
        return {name for name, count in world.auditor.broken.items() if count > before[name]}

    return names


def test_a_bank_that_says_otherwise_than_the_ledgers_is_found(world: Any, found: Any) -> None:
    account = world.finances[finance_of(NANJING)].treasury.account
    account.balance += 1
    assert found(world.office.inspector.accounts) == {"ledgers_agree"}
    account.balance -= 1
    bank = world.cities[NANJING].clearing.institutions.bank
    bank.balance -= 1
    assert found(world.office.inspector.accounts) == {"ledgers_agree"}
    bank.balance += 1
    assert found(world.office.inspector.accounts) == set()


def test_pooled_money_below_nothing_is_found(world: Any, found: Any) -> None:
    legs = [Leg(POOLED, NANJING, PROVINCE, 5), Leg("clearing", NANJING, PROVINCE, -5)]
    entry = Posting(PROVINCE, world.clock.now(), "wrong", tuple(legs))
    world.province.books.post(entry)
    assert found(world.office.inspector.accounts) == {"never_negative"}
    world.province.books.post(entry._replace(legs=tuple(leg._replace(amount=-leg.amount) for leg in legs)))


def test_a_province_that_pays_before_the_shares_are_in_is_found(world: Any, found: Any) -> None:
    base = sheet_number(PROVINCE, "2016-05")
    orders = world.finances[finance_of(PROVINCE)].treasury.orders
    order = dataclasses.make_dataclass("Order", ["payer", "source_no", "amount"])(PROVINCE, base, 1)
    orders["wrong"] = order
    assert found(world.office.inspector.accounts) == {"within_prepaid"}
    del orders["wrong"]


def test_a_sheet_out_of_balance_or_with_ncms_on_it_is_found(world: Any, found: Any) -> None:
    sheet = world.province.clearing.house.issues[sheet_number(PROVINCE, "2016-05")].sheet
    wrong = sheet._replace(lines=(*sheet.lines, SheetLine(NANJING, "310", 1, 0)))
    assert found(lambda: world.mail.tell(PROVINCE, SheetMade(wrong, ()))) == {"lines_are_zero"}
    wrong = sheet._replace(pairs=(sheet.pairs[0]._replace(insutype="380"),))
    assert found(lambda: world.mail.tell(PROVINCE, SheetMade(wrong, ()))) == {"apart_from_ncms"}


def test_a_bill_claimed_before_its_institution_was_paid_is_found(world: Any, found: Any) -> None:
    items = (item for city in world.cities.values() for item in city.clearing.rows.items("2016-06"))
    unpaid = next(item.row for item in items if item.paid_on is None and item.row.shares.cleared > 0)
    claim = Applied("QS", "2016-06", dt.date(2016, 7, 20), (), (unpaid.setl_id,), (), None)
    assert found(lambda: world.mail.tell(unpaid.treatment_city, claim)) == {"paid_first"}
