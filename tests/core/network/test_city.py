"""The worked example end to end, in-city stays, and what a city keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import YearSoFar
from simulator.core.claims.case import Reimburse
from simulator.core.claims.claim import Claim
from simulator.core.clearing.sheet import balance_sheet
from simulator.core.invariants import books_mirror, sheet_is_zero
from simulator.core.platform.effects import Record
from simulator.core.visits.lifecycle import ADMITTED, DISCHARGED, SETTLED, WITHDRAWN

HOSPITAL, NANJING, XUZHOU = "H32019900001", "320100", "320300"
DAY, MONTH = "2016-10-10", "2016-10"
SHARES = {
    "medfee_sumamt": 1_854_575,
    "fulamt_ownpay_amt": 98_000,
    "overlmt_selfpay": 83_500,
    "preselfpay_amt": 87_508,
    "inscp_scp_amt": 1_585_567,
    "act_pay_dedc": 90_000,
    "hifp_pay": 1_346_010,
    "pool_prop_selfpay": 9_000,
    "cvlserv_pay": 0,
    "hifmi_pay": 0,
    "hifob_pay": 0,
    "maf_pay": 0,
    "fund_pay_sumamt": 1_346_010,
    "hosp_part_amt": 0,
    "psn_part_amt": 508_565,
    "acct_pay": 300_000,
    "psn_cash_pay": 208_565,
    "balc": 0,
}


def sheet(play: Any) -> dict[tuple[str, str], int]:
    made = balance_sheet(MONTH, play.province.monthly.under(MONTH), play.net.registry.cities)
    assert sheet_is_zero(made)
    return {(line.city, line.insutype): line.difference for line in made.lines}


def test_the_worked_example_settles_to_the_fen(play: Any) -> None:
    stay = play.stay()
    assert stay.admit().succeeded
    uploaded = stay.upload_bill()
    assert [row["inscp_scp_amt"] for row in uploaded.rows("result")] == [37500, 108864, 720000, 675000, 0, 40500, 3703]
    assert [row["selfpay_prop"] for row in uploaded.rows("result")] == [0, 1000, 0, 1000, 10000, 0, 1000]
    assert [row["pric_uplmt_amt"] for row in uploaded.rows("result")][3:6] == [7_500_000_000, 0, 45_000_000]
    assert stay.discharge().succeeded
    before = stay.presettle().block("setlinfo")
    settled = stay.settle()
    info = settled.block("setlinfo")
    assert {field: info[field] for field in SHARES} == SHARES
    assert "setl_id" not in before
    assert {**before, "setl_time": "", "medins_setl_id": "", "setl_id": ""} == {
        **info,
        "setl_time": "",
        "medins_setl_id": "",
        "setl_id": "",
    }
    assert settled.rows("setldetail")[0]["fund_payamt"] == 1_346_010
    assert info["medins_setl_id"] == stay.sent["2304"].msgid


def test_the_books_of_the_worked_example_mirror_each_other(play: Any) -> None:
    stay = play.stay().settled()
    assert play.treatment.books.balances() == {("receivable", XUZHOU): 1_646_010, ("payable", HOSPITAL): -1_646_010}
    assert play.insured.books.balances() == {
        ("benefit_expense", "320399"): 1_346_010,
        ("account_liability", "320399"): 300_000,
        ("payable", NANJING): -1_646_010,
    }
    row = play.treatment.treatment.visits.find(stay.mdtrt_id).settlement
    stay.desk.settled(play.now.date(), "310", row.shares, play.now, row.setl_id)
    assert stay.desk.books.balances() == {
        ("receivable", NANJING): 1_646_010,
        ("cash", "320199"): 208_565,
        ("revenue", "320199"): -1_854_575,
    }
    assert books_mirror(
        play.insured.books.balance("payable", NANJING), play.treatment.books.balance("receivable", XUZHOU)
    )


def test_the_clearing_sheet_of_the_worked_example(play: Any) -> None:
    play.stay().settled()
    assert sheet(play)[NANJING, "all"] == 1_646_010
    assert sheet(play)[XUZHOU, "all"] == -1_646_010
    for city, role in ((play.treatment, "treatment"), (play.insured, "insured")):
        assert city.daily[role].under() == play.province.daily.under()
        assert city.monthly[role].under() == play.province.monthly.under()


def test_after_2305_everything_is_as_before(play: Any) -> None:
    stay = play.stay().settled()
    reply = stay.about("2305")
    row = reply.rows("setlinfo")[0]
    assert (row["fund_pay_sumamt"], row["psn_cash_pay"], row["balc"]) == (-1_346_010, -208_565, 300_000)
    assert play.insured.insured.balance_of("P1") == 300_000
    assert play.insured.insured.year_of("P1", 2016) == YearSoFar()
    assert set(sheet(play).values()) == {0}
    for city in (play.treatment, play.insured):
        assert not any(city.books.balances().values())
    rows = play.treatment.statements.rows_by_day[DAY]
    assert rows[1].shares == rows[0].shares.negated()
    assert (rows[1].refund, rows[1].init_setl_id) == (True, rows[0].setl_id)
    for code in (NANJING, XUZHOU):
        first, second = (entry.legs for entry in play.relay.postings if entry.org == code)
        assert [leg._replace(amount=-leg.amount) for leg in first] == list(second)


def test_a_cancelled_visit_can_be_settled_again(play: Any) -> None:
    stay = play.stay().settled()
    first = stay.setl_id
    stay.about("2305")
    info = stay.settle().block("setlinfo")
    assert {field: info[field] for field in SHARES} == SHARES
    assert info["setl_id"] != first
    assert play.insured.insured.year_of("P1", 2016).stays == 1


def test_the_second_stay_of_the_year_starts_where_the_first_ended(play: Any) -> None:
    play.stay().settled()
    play.stay().settled()
    year = play.insured.insured.year_of("P1", 2016)
    assert year.stays == 2
    assert year.basic_paid == 1_346_010 + 1_386_510  # half the deductible: 90 % of 450.00 more
    assert year.burden == 2 * 1_585_567 - year.basic_paid


def test_an_in_city_stay_never_reaches_the_province(play: Any) -> None:
    play.relay.hops.clear()
    stay = play.stay("local").settled()
    stay.about("2305")
    assert {party for start, end, _ in play.relay.hops for party in (start, end)} == {HOSPITAL, NANJING}
    assert not play.province.daily.under()
    assert not play.treatment.monthly["treatment"].under()


def test_an_in_city_stay_books_both_roles_in_one_set_of_books(play: Any) -> None:
    play.stay("local").settled()
    books = play.treatment.books
    assert books.balance("receivable", NANJING) == -books.balance("payable", NANJING) > 0
    assert sum(books.balances().values()) == 0


@pytest.mark.parametrize("undo", ["2305", "2601"])
def test_an_in_city_settlement_is_undone_in_both_roles(play: Any, undo: str) -> None:
    stay = play.stay("local").settled()
    assert (stay.about("2305") if undo == "2305" else stay.reverse(stay.sent["2304"])).succeeded
    city = play.treatment
    assert city.treatment.visits.find(stay.mdtrt_id).state == DISCHARGED
    assert city.insured.visits.find(stay.mdtrt_id).state == DISCHARGED
    assert not any(city.books.balances().values())
    assert city.insured.balance_of("P6") == 100_000
    assert play.ask(stay.sent["2304"]).infcode == -162
    again = stay.reverse(stay.sent["2304"])
    assert again.succeeded
    assert not any(city.books.balances().values())


def test_an_in_city_cancellation_is_reversed_in_both_roles(play: Any) -> None:
    stay = play.stay("local").settled()
    held = play.treatment.books.balances()
    stay.about("2305")
    assert stay.reverse(stay.sent["2305"]).succeeded
    for role in (play.treatment.treatment, play.treatment.insured):
        assert role.visits.find(stay.mdtrt_id).state == SETTLED
        assert role.visits.find(stay.mdtrt_id).settlement.setl_id == stay.setl_id
    assert play.treatment.books.balances() == held
    assert play.ask(stay.sent["2304"]).succeeded


def test_an_in_city_admission_is_reversed_in_both_roles(play: Any) -> None:
    stay = play.stay("local")
    stay.admit()
    assert stay.reverse(stay.sent["2401"]).succeeded
    assert play.treatment.treatment.visits.find(stay.mdtrt_id).state == WITHDRAWN
    assert play.treatment.insured.visits.admitted_by(stay.sent["2401"].key).state == WITHDRAWN


def test_an_area_of_another_city_is_not_handled(play: Any) -> None:
    message = play.desk.person_info(play.tick(), play.net.people["local"])
    assert play.ask(message, to=XUZHOU).infcode == -103


def test_folding_the_facts_into_fresh_platforms_gives_the_same_state(
    play: Any, fresh_nodes: Any, picture_of: Any
) -> None:
    stay = play.stay().settled()
    stay.about("2305")
    stay.settle()
    stay.reverse(stay.sent["2304"])
    stay.settle()
    other = play.stay("resident", "H32019900002")
    other.admit()
    other.upload_bill()
    other.cancel_lines("2")
    play.stay("local").settled()
    nodes = fresh_nodes()
    for code, fact in play.relay.facts:
        nodes[code].fold(fact)
    for entry in play.relay.postings:
        nodes[entry.org].books.post(entry)
    assert {code: picture_of(node) for code, node in nodes.items()} == play.state()


def test_a_city_forgets_what_its_host_has_kept(play: Any) -> None:
    stay = play.stay().settled()
    second = play.stay("worker").settled()
    second.reverse(second.sent["2304"])
    keys = [message.key for message in (*stay.sent.values(), *second.sent.values())]
    for node in play.net.nodes.values():
        node.retire(keys)
        node.drop_before("2016-12-01")  # rows wait for the close of their month, but not beyond the month after
    for city in (play.treatment, play.insured):
        city.retire_visit(stay.mdtrt_id)
        city.retire_visit(second.mdtrt_id)
        assert city.known_request(stay.sent["2304"].key) is None
    assert not play.treatment.statements.rows_by_day
    assert not play.province.daily.under()
    assert second.about("2305").infcode == -131
    assert play.province.monthly.under()
    kept = play.treatment.statements.rows_by_day
    third = play.stay().settled()
    for node in play.net.nodes.values():
        node.drop_before(DAY)
    assert kept[DAY][0].mdtrt_id == third.mdtrt_id


def test_manual_reimbursement_pays_the_fund_part_of_direct_settlement_from_the_bank(play: Any) -> None:
    claim = Claim(
        "C1",
        "P1",
        HOSPITAL,
        "tertiary",
        "320199",
        "retired_resettlement",
        dt.date(2016, 10, 1),
        dt.date(2016, 10, 9),
        ClassTotals(98_000, 83_500, 87_508, 1_585_567),
    )
    effects = play.insured.act(play.now, Reimburse(claim))
    (row,) = (effect.fact.row for effect in effects if isinstance(effect, Record))
    assert row.shares.fund_pay_sumamt == 1_346_010
    assert (row.kind, row.setl_id, row.mdtrt_id, row.shares.acct_pay) == ("manual", "MC1", "C1", 0)
    assert (row.begin, row.end, row.treatment_city) == (claim.begin, claim.end, NANJING)
    assert play.insured.books.balances() == {("benefit_expense", "320399"): 1_346_010, ("bank", "320399"): -1_346_010}
    assert play.insured.insured.year_of("P1", 2016).stays == 1
    assert play.insured.insured.balance_of("P1") == 300_000
    assert not play.insured.daily["insured"].under()
    assert not play.insured.monthly["insured"].under()


def test_a_visit_that_may_settle_before_discharge_does_so_when_the_pack_says(make_play: Any) -> None:
    play = make_play(process__discharge_first=False)
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    assert stay.settle().succeeded
    row = play.treatment.treatment.visits.find(stay.mdtrt_id).settlement
    assert row.end == play.now.date()


def test_undoing_the_discharge_forgets_its_day(play: Any) -> None:
    stay = play.stay()
    stay.admit()
    stay.discharge()
    visits = (play.treatment.treatment.visits.find(stay.mdtrt_id), play.insured.insured.visits.find(stay.mdtrt_id))
    assert {visit.ended for visit in visits} == {play.now.date()}
    assert stay.about("2405").succeeded
    assert {(visit.state, visit.ended) for visit in visits} == {(ADMITTED, None)}


def test_numbers_go_on_after_a_given_one(play: Any) -> None:
    play.treatment.number_after(500)
    play.insured.number_after(700)
    stay = play.stay().settled()
    assert stay.mdtrt_id.endswith("0000501")
    assert stay.setl_id.endswith("0000701")
    assert stay.sent["2304"].msgid in str(play.relay.hops[-1][2].key)
    assert play.treatment.serial > 500
