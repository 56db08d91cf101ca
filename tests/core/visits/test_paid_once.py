"""Care is paid for once, directly or by hand, whichever comes first: the kind of care and its days decide (P75-45)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.claims.case import CheckClaim, DecideClaim, OpenClaim, PayClaim
from simulator.core.claims.claim import NO_CARD, BillLine, Dossier
from simulator.core.platform.refusals import REFUSALS

from .playing import BILL, Clinic, Pharmacy

HOSPITAL = "H32019900001"
PAPERS = ("identity", "receipt", "itemised_bill", "discharge_summary", "prescription")
PAID, SETTLED = ("paid", ""), ("refused", "already_settled")


def code(name: str) -> int:
    return REFUSALS[name].code


def claim(town: Any, care: str = "outpatient", *, begin: dt.date | None = None, invoices: tuple[str, ...] = ()) -> Any:
    """Bring the same bill on paper, for care that ended today; return how it ended and why."""
    day = town.now.date()
    lines = tuple(BillLine(item, price, quantity, day) for item, price, quantity in BILL)
    number = f"SG{len(town.insured.claims.cases) + 1}"
    numbers = invoices or (f"PAPER-{number}",)
    dossier = Dossier(number, "P2", HOSPITAL, "320199", begin or day, day, numbers, lines, NO_CARD, care)
    for action in (OpenClaim(dossier, PAPERS), CheckClaim(number), DecideClaim(number), PayClaim(number)):
        town.act(action)
    case = town.insured.claims.cases[number]
    return case.state, case.refusal


def settle(clinic: Clinic, batch: str = "B1", invoice: str = "") -> Any:
    return clinic.note(clinic.say(clinic.bill_request(batch=batch).with_fields("data", {"invono": invoice})))


@pytest.fixture
def clinic(town: Any) -> Clinic:
    """An outpatient visit with its first batch charged."""
    return Clinic(town).seen()


@pytest.mark.parametrize("infno", ["2206", "2207"])
def test_a_visit_paid_by_hand_is_not_settled_too_however_late(town: Any, clinic: Clinic, infno: str) -> None:
    assert claim(town) == PAID
    town.tick(2 * 86_400)
    assert clinic.say(clinic.bill_request(infno)).infcode == code("already_claimed")


def test_a_cancelled_bill_does_not_return_once_it_was_paid_by_hand(town: Any, clinic: Clinic) -> None:
    assert clinic.settle().succeeded
    assert claim(town) == SETTLED
    assert clinic.about("2208").succeeded
    cancelling = clinic.sent["2208"]
    assert claim(town) == PAID
    assert clinic.reverse(cancelling).infcode == code("later_steps")
    assert town.insured.books.balance("payable", "320100") == 0


def test_a_visit_settled_the_day_after_it_was_registered_is_not_paid_by_hand(town: Any, clinic: Clinic) -> None:
    registered = town.now
    town.tick(86_400)
    assert clinic.settle().succeeded
    settled, town.now = town.now, registered
    assert claim(town) == SETTLED
    town.now = settled
    assert claim(town) == SETTLED


def test_a_paper_for_several_batches_is_not_paid_once_one_of_them_was(town: Any, clinic: Clinic) -> None:
    assert clinic.settle().succeeded
    assert clinic.upload("B2").succeeded
    assert clinic.settle("B2").succeeded
    assert claim(town) == SETTLED  # it is the bill of neither batch
    assert clinic.about("2208").succeeded
    assert claim(town) == SETTLED


def test_bills_of_one_day_are_told_apart_by_invoices_that_both_name(town: Any, clinic: Clinic) -> None:
    assert clinic.upload("B2").succeeded
    assert settle(clinic, "B1", "I1").succeeded
    assert claim(town, invoices=("I1",)) == SETTLED
    assert claim(town, invoices=("I2",)) == PAID
    assert settle(clinic, "B2", "I2").infcode == code("already_claimed")
    assert settle(clinic, "B2").infcode == code("already_claimed")  # it may be the one on the paper
    assert settle(clinic, "B2", "I3,I4").succeeded


def test_a_purchase_is_paid_for_once_too(town: Any) -> None:
    shop = Pharmacy(town)
    assert claim(town, "pharmacy") == PAID
    assert shop.try_out().infcode == shop.buy().infcode == code("already_claimed")
    told = shop.request().with_fields("druginfo", {"invono": "I9"})
    assert shop.note(shop.say(told)).succeeded
    assert claim(town, "pharmacy", invoices=("I9",)) == SETTLED


def test_what_kind_of_outpatient_care_a_paper_calls_it_makes_no_difference(town: Any, clinic: Clinic) -> None:
    assert clinic.settle().succeeded
    assert claim(town, "pharmacy") == SETTLED


def test_a_stay_paid_by_hand_bars_no_visit_on_its_last_day(town: Any, clinic: Clinic) -> None:
    assert claim(town, "inpatient", begin=town.now.date() - dt.timedelta(days=7)) == PAID
    assert clinic.settle().succeeded
    assert claim(town) == SETTLED


def test_a_visit_bars_no_stay_and_a_stay_is_paid_once(town: Any, clinic: Clinic) -> None:
    assert clinic.settle().succeeded
    stay = town.stay("worker").settled()
    assert claim(town, "inpatient") == SETTLED
    assert stay.about("2305").succeeded
    assert claim(town, "inpatient") == PAID
    assert stay.settle().infcode == code("already_claimed")
    assert stay.reverse(stay.sent["2305"]).infcode == code("later_steps")


def test_the_rest_of_a_stay_is_paid_for_once_after_its_first_part(town: Any) -> None:
    stay = town.stay("worker")
    admitted = town.now.date()
    assert stay.admit().succeeded
    assert stay.upload_bill(BILL).succeeded
    town.tick(5 * 86_400)
    part = stay.desk.settle(town.tick(), "2304", stay.person, stay.mdtrt_id, stay.bill, use_account=False, part=True)
    assert town.ask(part).succeeded
    town.tick(5 * 86_400)
    assert claim(town, "inpatient", begin=admitted) == SETTLED
    assert claim(town, "inpatient", begin=admitted + dt.timedelta(days=5)) == PAID  # from the end of the part on
    assert stay.upload_bill(BILL).succeeded
    assert stay.discharge().succeeded
    assert stay.settle(bill=stay.bill // 2).infcode == code("already_claimed")
