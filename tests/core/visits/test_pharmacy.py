"""Purchases at a pharmacy: lines, visit and settlement in one message."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.platform.message import Key
from simulator.core.platform.refusals import REFUSALS
from simulator.core.visits.lifecycle import RETURNED, SETTLED, WITHDRAWN

from .playing import Pharmacy, essence

XUZHOU = "320300"


def code(name: str) -> int:
    return REFUSALS[name].code


def at_city(play: Any, message: Any) -> Any:
    """Hand a message to the city of insurance past the checks on the way, under a number of its own."""
    fresh = message._replace(key=Key(message.party, f"{message.msgid[:-1]}X"))
    return play.relay.ask(play.now, XUZHOU, fresh.with_head(sender_admdvs="320100"))


def visits(play: Any, shop: Pharmacy) -> list[Any]:
    return [role.visits.find(shop.mdtrt_id) for role in (play.treatment.treatment, play.insured.insured)]


def test_a_purchase_is_settled_to_the_fen(town: Any) -> None:
    shop = Pharmacy(town)
    trial = shop.try_out().block("setlinfo")
    assert all(visit is None for visit in visits(town, shop))
    reply = shop.buy()
    info = reply.block("setlinfo")
    # In scope 280.52; above the year's 100.00, which purchases share with outpatient care, 180.52 at 50 %.
    for said in (trial, info):
        assert (said["act_pay_dedc"], said["hifp_pay"], said["acct_pay"], said["balc"]) == (
            10_000,
            9_026,
            20_754,
            29_246,
        )
    assert (info["mdtrt_id"], info["clr_type"], info["med_type"]) == (shop.sent["2102"].msgid, "41", "41")
    assert [(row["feedetl_sn"], row["preselfpay_amt"]) for row in reply.rows("detlcutinfo")] == [("1", 0), ("2", 1_728)]
    assert [row["fund_pay_type"] for row in reply.rows("setldetail")] == ["310102"]
    for visit in visits(town, shop):
        assert (visit.state, set(visit.lines), set(visit.bills)) == (SETTLED, {"1", "2"}, {shop.setl_id})
    assert town.insured.books.balance("payable", "320100") == -(9_026 + 20_754)


def test_a_purchase_is_returned_as_a_whole(town: Any) -> None:
    before = essence(town)
    shop = Pharmacy(town)
    shop.buy()
    reply = shop.about("2103")
    assert reply.block("setlinfo")["hifp_pay"] == -9_026
    held = essence(town)
    assert {key: value for key, value in held.items() if key[1:] not in {("treatment",), ("insured",)}} == {
        key: value for key, value in before.items() if key[1:] not in {("treatment",), ("insured",)}
    }
    assert [visit.state for visit in visits(town, shop)] == [RETURNED, RETURNED]
    assert shop.about("2103").infcode == code("not_allowed_now")
    assert town.ask(shop.sent["2102"]).infcode == code("reversed")


def test_a_purchase_whose_outcome_was_unknown_is_withdrawn(town: Any) -> None:
    shop = Pharmacy(town)
    shop.buy()
    assert shop.reverse(shop.sent["2102"]).succeeded
    assert [visit.state for visit in visits(town, shop)] == [WITHDRAWN, WITHDRAWN]
    assert shop.about("2103").infcode == code("not_allowed_now")


def test_several_purchases_in_a_row_are_told_apart(town: Any) -> None:
    shops = [Pharmacy(town) for _ in range(3)]
    assert all(shop.buy().succeeded for shop in shops)
    assert shops[1].about("2103").succeeded
    assert shops[0].about("2103").succeeded
    assert visits(town, shops[2])[1].state == SETTLED


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"psn_no": "P99"}, "unknown_person"),
        ({"insutype": "390"}, "wrong_insutype"),
        ({"med_type": "11"}, "wrong_med_type"),
        ({"medfee_sumamt": 1}, "bill_differs"),
        ({"exp_content": '{"REL_TTP_FLAG": "1"}'}, "third_party_liable"),
    ],
)
@pytest.mark.parametrize("infno", ["2101", "2102"])
def test_what_is_wrong_with_a_purchase_is_refused_on_both_sides(
    town: Any, infno: str, changes: dict[str, Any], name: str
) -> None:
    before = essence(town)
    asked = Pharmacy(town).request(infno).with_fields("druginfo", changes)
    assert town.ask(asked).infcode == at_city(town, asked).infcode == code(name)
    assert essence(town) == before


def test_a_wrong_line_is_refused(town: Any) -> None:
    shop = Pharmacy(town)
    shop.lines[1] = shop.lines[1]._replace(amount=1)
    asked = shop.request()
    assert town.ask(asked).infcode == at_city(town, asked).infcode == code("line_amount")


def test_class_totals_that_are_missing_or_others_are_refused_by_the_city_of_insurance(town: Any) -> None:
    asked = Pharmacy(town).request()
    assert at_city(town, asked).infcode == code("class_totals_differ")


def test_a_purchase_needs_a_filing_and_care_that_is_open(make_town: Any) -> None:
    assert Pharmacy(make_town(), "unfiled").buy().infcode == code("not_filed")
    play = make_town(process__open_care=("inpatient", "outpatient"))
    asked = Pharmacy(play).request()
    assert play.ask(asked).infcode == at_city(play, asked).infcode == code("care_not_open")
    assert Pharmacy(make_town(), "worker", "H32019900004").buy().infcode == code("institution_not_open")


def test_care_that_no_rule_pays_for_is_refused(make_play: Any) -> None:
    play = make_play()
    assert Pharmacy(play, "local").buy().infcode == code("care_not_open")


def test_shares_that_do_not_add_up_are_not_booked(town: Any, make_wire: Any) -> None:
    wire = make_wire(town.net.nodes)
    for change in ({"psn_cash_pay": 1}, {"mdtrt_id": "taken"}):
        stay = town.stay("retired", "H32019900002")
        stay.admit()
        shop = Pharmacy(town)
        asked = shop.request()
        wire.send(asked.party, "320100", asked)
        for _ in range(4):
            wire.deliver(town.tick(1))
        flight = wire.flying.pop()
        number = stay.mdtrt_id if "mdtrt_id" in change else flight.message.block("setlinfo")["mdtrt_id"]
        wrong = flight.message.with_fields("setlinfo", {**change, "mdtrt_id": number})
        wire.send("320000", "320100", wrong)
        wire.deliver_all(town.tick(1))
        assert wire.answer(asked).infcode == code("shares_do_not_add_up")
        assert shop.reverse(asked).succeeded
        stay.upload_bill()
    assert not any(town.insured.books.balances().values())


def test_amounts_an_answer_may_leave_out_are_worked_out(town: Any, make_wire: Any) -> None:
    wire, shop = make_wire(town.net.nodes), Pharmacy(town)
    asked = shop.request()
    wire.send(asked.party, "320100", asked)
    for _ in range(4):
        wire.deliver(town.tick(1))
    reply = wire.flying.pop().message
    left = {
        field: value
        for field, value in reply.block("setlinfo").items()
        if field not in {"psn_part_amt", "hosp_part_amt"}
    }
    wire.send("320000", "320100", reply._replace(blocks={**reply.blocks, "setlinfo": left}))
    wire.deliver_all(town.tick(1))
    assert wire.answer(asked).succeeded
    row = town.treatment.treatment.visits.find(asked.msgid).settlement
    assert (row.shares.psn_part_amt, row.shares.hosp_part_amt) == (20_754, 0)
