"""Refund lines take back what their line gave, in every class, and nothing else does (JS-3.2a, P75-45)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from simulator.core.benefit.bill import Line, classify
from simulator.core.catalogue.items import Catalogue, Item
from simulator.core.platform.message import freeze
from simulator.core.platform.refusals import REFUSALS

from .playing import WARD, Clinic

START, CHANGED = dt.date(2016, 1, 1), dt.date(2016, 10, 11)  # the stays begin on the day before the change
TOO_LARGE = REFUSALS["refund_too_large"].code


def drug(level: str, share: int, last: dt.date | None, first: dt.date = START, price: int = 100_000_000) -> Item:
    return Item("drug-x", "x", level, "09", price, None, share, first, last)


def back(sn: str, line: Line, quantity: int) -> Line:
    return classify(sn, line.item, line.price, quantity, refund_of=line.sn)


@pytest.fixture
def stay_with(kit: Any, make_play_with: Any) -> Any:
    """Admit someone in a town whose catalogue has a drug with these entries."""

    def admitted(*entries: Item, **changed: Any) -> Any:
        base: Catalogue = kit.catalogue()
        stay = make_play_with(kit.pack(**changed), base.with_entries("drug-x", entries)).stay("worker")
        assert stay.admit().succeeded
        return stay

    return admitted


def kept(stay: Any) -> list[Any]:
    roles = (stay.play.treatment.treatment, stay.play.insured.insured)
    return [tuple(role.visits.find(stay.mdtrt_id).totals()) for role in roles]


def test_a_refund_is_of_the_class_its_line_was_of(stay_with: Any) -> None:
    stay = stay_with(drug("02", 1_000, dt.date(2016, 10, 10)), drug("03", 0, None, CHANGED))
    charged = classify("1", drug("02", 1_000, None), 100_000_000, 200_000)  # 2,000.00, of which 200.00 are paid first
    other = classify("2", stay.play.net.catalogue.items["treatment-a"], 1_200_000_000, 10_000)
    assert stay.upload([charged, other]).succeeded
    stay.play.tick(2 * 86_400)
    reply = stay.upload([back("3", charged, -200_000)])
    row = reply.rows("result")[0]
    assert (row["chrgitm_lv"], row["preselfpay_amt"], row["inscp_scp_amt"]) == ("02", -20_000, -180_000)
    stay.discharge()
    info = stay.settle(use_account=False).block("setlinfo")
    # 1,200.00 less 900.00, at 86 %.
    assert (info["medfee_sumamt"], info["inscp_scp_amt"], info["hifp_pay"]) == (120_000, 120_000, 25_800)
    assert info["psn_cash_pay"] == 94_200


def test_what_has_left_the_list_is_still_refunded(stay_with: Any) -> None:
    item = drug("02", 1_000, dt.date(2016, 10, 10))
    stay, charged = stay_with(item), classify("1", item, 100_000_000, 200_000)
    assert stay.upload([charged]).succeeded
    stay.play.tick(2 * 86_400)
    assert stay.upload([back("2", charged, -200_000)]).succeeded
    assert stay.upload([classify("3", item, 100_000_000, 10_000)]).infcode == REFUSALS["item_expired"].code
    assert kept(stay) == [(0, 0, 0, 0)] * 2


def test_refunds_in_pieces_come_to_nothing(stay_with: Any) -> None:
    item = drug("02", 1_000, None, price=50_000)  # 0.05
    stay = stay_with(item, benefit__employee__repeat_factors=(0,))
    bill: list[Line] = []
    for sn in range(1, 31, 3):
        charged = classify(str(sn), item, 50_000, 20_000)
        bill += [charged, back(str(sn + 1), charged, -10_000), back(str(sn + 2), charged, -10_000)]
    assert stay.upload(bill).succeeded
    assert kept(stay) == [(0, 0, 0, 0)] * 2
    stay.discharge()
    info = stay.settle().block("setlinfo")
    assert (info["medfee_sumamt"], info["fund_pay_sumamt"], info["psn_cash_pay"]) == (0, 0, 0)


def test_pieces_that_do_not_come_to_the_line_are_refunded_in_one(stay_with: Any) -> None:
    item = drug("01", 0, None, price=55_000)  # twice 0.11, once 0.06
    stay, charged = stay_with(item), classify("1", item, 55_000, 20_000)
    assert stay.upload([charged, back("2", charged, -10_000)]).succeeded
    assert stay.upload([back("3", charged, -10_000)]).infcode == TOO_LARGE
    assert stay.cancel_lines("2").succeeded
    assert stay.upload([back("4", charged, -20_000)]).succeeded
    assert kept(stay) == [(0, 0, 0, 0)] * 2


def test_of_the_refunds_of_a_line_the_last_goes_first(stay_with: Any) -> None:
    item = drug("02", 1_000, None, price=50_000)
    stay, charged = stay_with(item), classify("1", item, 50_000, 30_000)
    other = classify("2", item, 50_000, 10_000)
    assert stay.upload([charged, back("3", charged, -10_000), other, back("4", charged, -10_000)]).succeeded
    assert stay.cancel_lines("3").infcode == TOO_LARGE
    assert stay.cancel_lines("1").infcode == TOO_LARGE
    assert stay.cancel_lines("2").succeeded
    assert stay.cancel_lines("4").succeeded
    assert stay.cancel_lines("3").succeeded
    assert kept(stay) == [(0, 0, 2, 13)] * 2  # 0.15, of which 0.015 are paid first


def test_a_charge_that_names_a_line_as_refunded_is_refused(play: Any) -> None:
    stay = play.stay("worker")
    stay.admit()
    item = play.net.catalogue.items["treatment-a"]
    charged = classify("1", item, 1_200_000_000, 30_000)
    assert stay.upload([charged]).succeeded
    for quantity in (50_000, 0):
        assert stay.upload([back("2", charged, quantity)]).infcode == TOO_LARGE
    assert stay.upload([back("3", charged, -80_000)]).infcode == TOO_LARGE
    assert kept(stay) == [(0, 0, 0, 360_000)] * 2


def test_a_refund_of_a_refund_is_refused(play: Any) -> None:
    stay = play.stay("worker")
    stay.admit()
    charged = classify("1", play.net.catalogue.items["treatment-a"], 1_200_000_000, 30_000)
    again = back("2", charged, -10_000)
    assert stay.upload([charged, again, back("3", again, -10_000)]).infcode == TOO_LARGE


def test_a_price_is_not_below_nothing(play: Any) -> None:
    stay = play.stay("worker")
    stay.admit()
    wrong = classify("1", play.net.catalogue.items["treatment-a"], 0, 30_000)._replace(price=-100, amount=0)
    assert stay.upload([wrong]).infcode == REFUSALS["line_amount"].code


def test_a_line_is_refunded_in_its_own_charge_batch(town: Any) -> None:
    clinic = Clinic(town).seen()
    first = clinic.batches["B1"][0]

    def upload(batch: str, lines: Sequence[Line]) -> Any:
        now = town.tick()
        asked = clinic.desk.upload_batch(
            now, clinic.person, clinic.mdtrt_id, [(line, now) for line in lines], WARD, batch=batch
        )
        rows = [
            {**row, "init_feedetl_sn": line.refund_of} for row, line in zip(asked.rows("feedetail"), lines, strict=True)
        ]
        return clinic.say(asked._replace(blocks=freeze({"feedetail": rows})))

    refund = back("9", first, -first.quantity)
    assert upload("B2", [refund]).infcode == TOO_LARGE  # the second batch alone would be a bill below nothing
    assert upload("B1", [refund]).succeeded
    clinic.batches["B1"] = clinic.batches["B1"][1:]
    assert clinic.settle().block("setlinfo")["medfee_sumamt"] == clinic.batches["B1"][0].amount
