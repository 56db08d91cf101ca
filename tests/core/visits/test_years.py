"""Stays over the turn of the year, and refunds of what is long settled, cleared and put away."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.platform.refusals import REFUSALS
from simulator.core.visits.lifecycle import DISCHARGED, RETURNED

from .playing import Clinic, Pharmacy

NANJING, XUZHOU = "320100", "320300"
BILL = (("drug-a", 12_500_000, 960_800),)  # 1,201.00 in scope: 86 % of 301.00 above the deductible are 258.86


def code(name: str) -> int:
    return REFUSALS[name].code


def over_new_year(play: Any) -> Any:
    """A stay from 30 December to 1 January, settled on the day it ends: two days in the old year, one in the new."""
    play.now = dt.datetime(2016, 12, 30, 9, 0)
    stay = play.stay("worker")
    assert stay.admit().succeeded
    assert stay.upload_bill(BILL).succeeded
    play.now = dt.datetime(2017, 1, 1, 9, 0)
    assert stay.discharge().succeeded
    return stay


def years(play: Any) -> list[tuple[int, int, int]]:
    held = (play.insured.insured.year_of("P2", year) for year in (2016, 2017))
    return [(year.stays, year.basic_paid, year.burden) for year in held]


def test_a_stay_over_the_year_is_one_bill_of_the_settlement_day(town: Any) -> None:
    stay = over_new_year(town)
    assert stay.settle(use_account=False).block("setlinfo")["hifp_pay"] == 25_886
    assert years(town) == [(0, 0, 0), (1, 25_886, 94_214)]


def test_the_pack_may_attribute_it_to_the_years_by_days(make_town: Any) -> None:
    play = make_town(process__cross_year_split=True)
    stay = over_new_year(play)
    assert stay.settle(use_account=False).block("setlinfo")["hifp_pay"] == 25_886
    # Two thirds of 258.86 and of the burden of 942.14 to 2016, the rest to 2017; the stay is counted where it ends.
    assert years(play) == [(0, 17_257, 62_809), (1, 8_629, 31_405)]
    assert stay.about("2305").succeeded
    assert years(play) == [(0, 0, 0), (0, 0, 0)]
    assert stay.reverse(stay.sent["2305"]).succeeded
    assert years(play) == [(0, 17_257, 62_809), (1, 8_629, 31_405)]


def test_a_stay_within_a_year_and_an_outpatient_visit_are_never_split(make_town: Any) -> None:
    play = make_town(process__cross_year_split=True)
    play.stay("worker").settled(use_account=False)
    visit = Clinic(play).seen()
    visit.settle()
    rows = [bill for visit in play.insured.insured.visits for bill in visit.bills.values()]
    assert [bill.billed.years for bill in rows] == [(), ()]


# -- refunds ----------------------------------------------------------------------------------------------------


def put_away(play: Any, player: Any) -> None:
    """Put a visit away everywhere, with its messages, as a host does."""
    for node in play.net.nodes.values():
        node.retire([message.key for message in player.sent.values()])
    for city in (play.treatment, play.insured):
        city.retire_visit(player.mdtrt_id)


def sheet(play: Any, month: str) -> list[Any]:
    """A month as treatment city, city of insurance and province have it."""
    sides = (play.treatment.monthly["treatment"], play.insured.monthly["insured"], play.province.monthly)
    return [side.under(month) for side in sides]


def play_stay(play: Any) -> Any:
    return play.stay("worker").settled(use_account=False)


def play_clinic(play: Any) -> Any:
    visit = Clinic(play).seen()
    visit.settle(use_account=False)
    return visit


def play_pharmacy(play: Any) -> Any:
    shop = Pharmacy(play)
    shop.buy(use_account=False)
    return shop


CANCELS = {"2305": play_stay, "2208": play_clinic, "2103": play_pharmacy}


@pytest.mark.parametrize("infno", sorted(CANCELS))
@pytest.mark.parametrize("away", [False, True])
def test_a_refund_enters_the_day_and_month_it_is_made_in(town: Any, infno: str, away: bool) -> None:
    player = CANCELS[infno](town)
    before = sheet(town, "2016-10")
    (cleared,) = {totals for side in before for totals in side.values()}
    if away:
        put_away(town, player)
    town.now = dt.datetime(2017, 2, 3, 10, 0)
    assert player.about(infno).succeeded
    assert sheet(town, "2016-10") == before  # what was cleared stays cleared
    mirrored = sheet(town, "2017-02")
    assert mirrored[0] == mirrored[1] == mirrored[2]
    assert set(mirrored[0].values()) == {cleared.negated()}
    assert town.insured.insured.year_of("P2", 2016) == town.insured.insured.year_of("P2", 2017)
    assert not any(town.insured.books.balances().values())
    assert not any(town.treatment.books.balances().values())
    assert player.about(infno).infcode in {code("unknown_settlement"), code("not_allowed_now")}


@pytest.mark.parametrize("infno", sorted(CANCELS))
def test_a_refund_of_what_was_put_away_can_itself_be_reversed(town: Any, infno: str) -> None:
    player = CANCELS[infno](town)
    held = [node.books.balances() for node in town.net.nodes.values()]
    put_away(town, player)
    town.now = dt.datetime(2016, 11, 3, 10, 0)
    assert player.about(infno).succeeded
    assert player.reverse(player.sent[infno]).succeeded
    assert [node.books.balances() for node in town.net.nodes.values()] == held
    assert sheet(town, "2016-11") == [{}, {}, {}]
    assert player.about(infno).succeeded


def test_several_bills_of_one_visit_are_refunded_long_after(town: Any) -> None:
    visit = play_clinic(town)
    numbers = [visit.setl_id]
    visit.upload("B2")
    visit.settle("B2", use_account=False)
    numbers.append(visit.setl_id)
    put_away(town, visit)
    town.now = dt.datetime(2017, 1, 5, 10, 0)
    assert [visit.about("2208", number).infcode for number in numbers] == [0, 0]
    assert {totals.rows for side in sheet(town, "2017-01") for totals in side.values()} == {-2}


def test_a_stay_refunded_after_it_was_put_away_is_charged_and_settled_anew(town: Any) -> None:
    stay = play_stay(town)
    put_away(town, stay)
    assert stay.about("2305").succeeded
    cancelling = stay.sent["2305"]
    assert [role.visits.find(stay.mdtrt_id).state for role in (town.treatment.treatment, town.insured.insured)] == [
        DISCHARGED,
        DISCHARGED,
    ]
    assert stay.settle().infcode == code("bill_differs")  # its lines are gone
    assert stay.about("2405").succeeded
    stay.lines = {}
    assert stay.upload_bill().succeeded
    assert stay.reverse(cancelling).infcode == code("later_steps")
    assert stay.discharge().succeeded
    assert stay.settle().succeeded


def test_a_visit_put_away_is_forgotten_once_no_refund_is_made_any_more(town: Any) -> None:
    stay, shop = play_stay(town), play_pharmacy(town)
    for player in (stay, shop):
        put_away(town, player)
    assert shop.about("2103").succeeded
    for node in town.net.nodes.values():
        node.forget_before("2016-10-10")
    assert town.treatment.treatment.visits.find(stay.mdtrt_id) is not None
    assert town.treatment.treatment.visits.find(shop.mdtrt_id) is None  # nothing of it is in force
    for node in town.net.nodes.values():
        node.forget_before("2016-10-11")
    assert stay.about("2305").infcode == code("unknown_visit")


def test_a_settlement_put_away_is_cancelled_and_not_reversed(town: Any) -> None:
    stay = play_stay(town)
    settling = stay.sent["2304"]
    put_away(town, stay)
    assert stay.reverse(settling).infcode == code("not_reversible")
    asked = stay.desk.reverse(town.tick(), stay.person, settling).with_head(sender_admdvs=NANJING)
    assert town.relay.ask(town.now, XUZHOU, asked).infcode == code("not_reversible")
    assert stay.about("2305").succeeded
    assert stay.reverse(settling).succeeded  # nothing of it is in force any more


def test_a_purchase_that_was_returned_stays_returned_when_put_away(town: Any) -> None:
    shop = play_pharmacy(town)
    assert shop.about("2103").succeeded
    assert town.treatment.treatment.visits.find(shop.mdtrt_id).state == RETURNED
    put_away(town, shop)
    assert town.treatment.treatment.visits.find(shop.mdtrt_id) is None
