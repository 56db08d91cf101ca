"""An answer lost before midnight and a reversal after it: a row and its counterpart on two days, which both close."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.benefit.rules import YearSoFar
from simulator.core.reconciliation.facts import CaseReported, Correct, Corrected

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
EVE, MORROW = "2016-10-10", "2016-10-11"
NOT_LEVEL, CORRECTED = ("not_level",) * 3, ("corrected",) * 3
AT_THE_CITY_OF_INSURANCE, AT_THE_PLATFORM = 3, 4  # hops of a request before its answer is lost on the way back
KIND = {AT_THE_CITY_OF_INSURANCE: "1", AT_THE_PLATFORM: "5"}
CLEARED = 1_336_188


def lost(bench: Any, make_wire: Any, infno: str, hops: int, eve: str = EVE) -> Any:
    """A stay whose 2304 or 2305 is carried out at 23:59:50, its answer lost; it is reversed after midnight."""
    play = bench.at(eve, 9).play
    stay = play.stay("worker")
    if infno == "2305":
        stay.settled()
    else:
        assert all(step().succeeded for step in (stay.admit, stay.upload_bill, stay.discharge))
    play.now = dt.datetime.combine(dt.date.fromisoformat(eve), dt.time(23, 59, 45))
    asked = stay.bill_request()
    if infno == "2305":
        asked = stay.desk.about_visit(play.now, "2305", stay.person, stay.mdtrt_id, setl_id=stay.setl_id)
    wire = make_wire(play.net.nodes)
    wire.send(asked.party, NANJING, asked)
    for _ in range(hops):
        wire.deliver(play.now)
    wire.lose()
    wire.ring(play.tick(60))
    wire.deliver_all(play.now)
    play.relay.facts += wire.facts
    play.relay.postings += wire.postings
    assert stay.reverse(asked).succeeded
    assert play.now.date() == dt.date.fromisoformat(eve) + dt.timedelta(days=1)
    return stay


def found(bench: Any) -> list[tuple[str, str, str]]:
    """Day, kind and number of what is open, as the province sees it."""
    return [(each.day, each.kind, each.setl_id) for each in bench.play.province.reconciliation.results.mismatches()]


def agreed(bench: Any, *days: str) -> bool:
    """Tell whether the three sides have the same totals of each of these days, and the books mirror each other."""
    play = bench.play
    sides = [play.treatment.daily["treatment"], play.province.daily, play.insured.daily["insured"]]
    level = (inv.three_sides_agree([side.group((day, NANJING, XUZHOU)) for side in sides]) for day in days)
    return all(level) and bench.level_books()


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("order", [(XUZHOU, PROVINCE), (PROVINCE, XUZHOU)])
@pytest.mark.parametrize("hops", KIND)
def test_a_settlement_reversed_after_midnight_leaves_both_days_corrected(
    bench: Any, make_wire: Any, hops: int, order: tuple[str, str], late: bool
) -> None:
    kind = KIND[hops]
    lost(bench, make_wire, "2304", hops)
    number = bench.play.insured.reconciliation.rows("1", EVE)[0].setl_id
    bench.at(MORROW, 1).report(dt.date(2016, 10, 10))
    assert bench.result(EVE) == NOT_LEVEL
    if late:  # when the second day has been reported as well
        bench.at(MORROW, 22).report()
        assert found(bench) == [(EVE, kind, number), (MORROW, kind, f"{number}R1")]
    assert set(bench.correct(NANJING)) == {"cannot_correct"}  # it has neither row, and nothing to prove one by
    for code in (*order, *order):
        bench.correct(code)
    struck = [(fact.side, fact.mismatch.day, fact.how) for fact in bench.facts(Corrected)]
    sides = ["1", "3"] if kind == "5" else ["1"]
    assert sorted(struck) == [(side, day, "struck") for side in sides for day in (EVE, MORROW)]
    assert bench.result(EVE) == CORRECTED
    bench.at(MORROW, 23).report()
    untouched = ("",) * 3 if kind == "1" else ("level",) * 3  # never compared, or as if there had been no row
    assert bench.result(MORROW) == (CORRECTED if late else untouched)
    assert found(bench) == []
    assert agreed(bench, EVE, MORROW)
    insured = bench.play.insured.insured
    assert insured.balance_of("P2") == 50_000
    assert insured.year_of("P2", 2016) == YearSoFar()
    assert bench.correct(XUZHOU) == bench.correct(PROVINCE) == []
    assert bench.play.insured.clearing.rows.owed.to == {("2016-10", NANJING): 0}
    bench.check_messages()


@pytest.mark.parametrize("hops", KIND)
def test_a_cancellation_reversed_after_midnight_is_not_carried_out_by_the_others(
    bench: Any, make_wire: Any, hops: int
) -> None:
    kind = KIND[hops]
    stay = lost(bench, make_wire, "2305", hops)
    first, second = f"{stay.setl_id}R1", f"{stay.setl_id}R2"
    bench.at(MORROW, 1).report(dt.date(2016, 10, 10))
    bench.at(MORROW, 22).report()
    assert found(bench) == [(EVE, kind, first), (MORROW, kind, second)]
    eve, morrow = bench.play.province.reconciliation.results.mismatches()
    for code in (NANJING, PROVINCE) if kind == "1" else (NANJING,):
        assert bench.act(code, Correct(eve)) == "cannot_correct"
    assert bench.act(XUZHOU, Correct(morrow)) == "cannot_correct"  # what restored it, without what it undid
    assert bench.act(XUZHOU, Correct(eve)) == ""
    bench.correct(PROVINCE)
    assert (bench.result(EVE), bench.result(MORROW)) == (CORRECTED, CORRECTED)
    assert agreed(bench, EVE, MORROW)
    for role in (bench.play.treatment.treatment, bench.play.insured.insured):
        assert role.visits.find(stay.mdtrt_id).settlement.setl_id == stay.setl_id
    assert bench.play.province.in_force(stay.sent["2304"].key)
    assert bench.play.insured.insured.balance_of("P2") == 0  # the settlement is in force, with its 500.00
    assert stay.about("2305").succeeded  # and can still be cancelled
    bench.report()
    assert bench.result(MORROW) == CORRECTED
    assert bench.play.insured.insured.balance_of("P2") == 50_000
    assert agreed(bench, EVE, MORROW)


@pytest.mark.parametrize("hops", KIND)
def test_what_is_left_of_a_closed_month_is_made_good_in_the_next(bench: Any, make_wire: Any, hops: int) -> None:
    lost(bench, make_wire, "2304", hops, "2016-10-31")
    bench.at("2016-11-01", 1).report(dt.date(2016, 10, 31))
    bench.at("2016-11-01", 22).report()
    for day in (2, 3):  # nobody corrects, and the difference is a special case at last (JL-4.1c)
        bench.at(f"2016-11-0{day}", 22).report()
    by = NANJING if hops == AT_THE_PLATFORM else XUZHOU
    assert {(fact.city, fact.done) for fact in bench.facts(CaseReported, by)} == {(by, False)}
    assert bench.close() == ("", "", "")
    assert bench.play.province.reconciliation.month_closed("2016-10")
    eve, _ = bench.play.province.reconciliation.results.mismatches()

    bench.at("2016-11-04")
    bench.act(XUZHOU, Correct(eve))
    bench.correct(PROVINCE)
    assert [row.setl_id for row in bench.play.insured.reconciliation.rows("1", "2016-11-01")] == []
    (row,) = bench.play.insured.reconciliation.rows("1", "2016-11-04")  # the strike of October's row is dated now
    assert (row.refund, row.init_setl_id) == (True, eve.setl_id)
    bench.at("2016-11-04", 22).report()
    bench.at("2016-11-05", 22).report()
    assert bench.result("2016-10-31") == CORRECTED
    assert bench.result("2016-11-01") == CORRECTED
    assert bench.level_books()
    assert bench.play.insured.clearing.rows.owed.to == {("2016-10", NANJING): 0, ("2016-11", NANJING): 0}
    assert [fact.done for fact in bench.facts(CaseReported, by)][-1]
    for day in range(6, 31):
        bench.at(f"2016-11-{day:02d}", 22).report()
    assert bench.at("2016-12-03").close("2016-11") == ("", "", "")
    assert bench.play.province.reconciliation.month_closed("2016-11")
