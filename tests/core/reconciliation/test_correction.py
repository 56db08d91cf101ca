"""Every kind of difference in every place: found, classified, corrected, level; and no money comes of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.platform.node import Voided
from simulator.core.platform.turn import Declined, Turn
from simulator.core.reconciliation.facts import Correct, Corrected
from simulator.core.visits.lifecycle import DISCHARGED, SETTLED

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
DAY = "2016-10-10"
LEVEL, NOT_LEVEL, CORRECTED = ("level",) * 3, ("not_level",) * 3, ("corrected",) * 3
# The sides that forget to book, what the result calls it, what is to be done, and who does it.
LOST = [
    ((NANJING, PROVINCE), "1", "1", XUZHOU, "struck"),
    ((XUZHOU, PROVINCE), "2", "1", NANJING, "struck"),
    ((XUZHOU, NANJING), "3", "1", PROVINCE, "struck"),
    ((XUZHOU,), "4", "3", XUZHOU, "entered"),
    ((NANJING,), "5", "3", NANJING, "entered"),
    ((PROVINCE,), "6", "3", PROVINCE, "entered"),
]
# A cancellation that any side has carried out is carried out by all.
LOST_CANCELLATION = [(lost, kind, way, lost) for lost, kind, way, _, _ in LOST]


# A fen more of the bill, of the fund and of the account, so that the parts still add up.
MOVED = [
    {"medfee_sumamt": 1, "inscp_scp_amt": 1, "psn_part_amt": 1, "psn_cash_pay": 1},
    {"fund_pay_sumamt": 1, "hifp_pay": 1, "psn_part_amt": -1, "psn_cash_pay": -1},
    {"acct_pay": 1, "psn_cash_pay": -1},
]


def changed(shares: Any, moved: dict[str, int], times: int = 1) -> Any:
    return shares._replace(**{part: getattr(shares, part) + times * fen for part, fen in moved.items()})


def tallies_agree(bench: Any) -> bool:
    play = bench.play
    sides = [play.treatment.daily["treatment"], play.province.daily, play.insured.daily["insured"]]
    return all(
        inv.three_sides_agree([side.group((day, NANJING, XUZHOU)) for side in sides])
        for day in {key[0] for side in sides for key in side.under()} | {DAY}
    )


def states(bench: Any, stay: Any) -> tuple[str, str]:
    play = bench.play
    return (
        play.treatment.treatment.visits.find(stay.mdtrt_id).state,
        play.insured.insured.visits.find(stay.mdtrt_id).state,
    )


@pytest.mark.parametrize("case", LOST)
def test_a_settlement_that_some_sides_lost(bench: Any, case: tuple[tuple[str, ...], str, str, str, str]) -> None:
    lost, kind, way, who, how = case
    bench.play.stay("worker").settled()
    stay = bench.lose(*lost)
    assert not tallies_agree(bench)
    bench.report()
    assert bench.result(DAY) == NOT_LEVEL
    assert bench.kinds() == [(kind, way, stay.setl_id)]
    (mismatch,) = bench.play.province.reconciliation.results.mismatches()
    held = {XUZHOU: mismatch.insured, NANJING: mismatch.treatment, PROVINCE: mismatch.platform}
    assert held == {code: 0 if code in lost else 1_646_010 for code in (XUZHOU, NANJING, PROVINCE)}

    for code in {XUZHOU, NANJING, PROVINCE} - {who}:
        before = bench.play.state()
        assert bench.act(code, Correct(mismatch)) == "cannot_correct"
        assert bench.play.state() == before
    assert bench.act(who, Correct(mismatch)) == ""
    assert [(fact.side, fact.how, fact.mismatch) for fact in bench.facts(Corrected)] == [
        ({XUZHOU: "1", NANJING: "2", PROVINCE: "3"}[who], how, mismatch)
    ]
    assert bench.result(DAY) == CORRECTED
    assert bench.kinds() == []
    assert tallies_agree(bench)
    assert bench.level_books()
    settled = how == "entered"
    if who != PROVINCE or not lost:
        assert states(bench, stay) == ((SETTLED, SETTLED) if settled else (DISCHARGED, DISCHARGED))
    assert bench.act(who, Correct(mismatch)) == "cannot_correct"  # it is done
    assert tallies_agree(bench)
    bench.check_messages()


@pytest.mark.parametrize(("lost", "kind", "way", "who"), LOST_CANCELLATION)
def test_a_cancellation_that_some_sides_lost(
    bench: Any, lost: tuple[str, ...], kind: str, way: str, who: tuple[str, ...]
) -> None:
    stay = bench.play.stay().settled()
    with bench.deaf(*lost, infno="2305"):
        assert stay.about("2305").succeeded
    bench.report()
    assert bench.kinds() == [(kind, way, f"{stay.setl_id}R1")]
    for code in {XUZHOU, NANJING, PROVINCE} - set(who):
        assert bench.correct(code) == ["cannot_correct"]
    assert [bench.correct(code) for code in who] == [[""]] * len(who)
    assert bench.result(DAY) == CORRECTED
    assert tallies_agree(bench)
    assert bench.level_books()
    assert bench.play.insured.books.balance("payable", NANJING) == 0
    assert states(bench, stay) == (DISCHARGED, DISCHARGED)
    assert bench.play.insured.insured.balance_of("P1") == 300_000
    bench.check_messages()


@pytest.mark.parametrize("lost", [(NANJING,), (PROVINCE,), (XUZHOU,), (NANJING, PROVINCE)])
def test_a_reversal_that_some_sides_lost_gets_the_number_the_others_gave(bench: Any, lost: tuple[str, ...]) -> None:
    stay = bench.play.stay().settled()
    with bench.deaf(*lost, infno="2601"):
        assert stay.reverse(stay.sent["2304"]).succeeded
    bench.report()
    (found,) = bench.kinds()
    assert found[2] == f"{stay.setl_id}R1"
    assert [bench.correct(code) for code in lost] == [[""]] * len(lost)
    assert bench.result(DAY) == CORRECTED
    assert tallies_agree(bench)
    assert bench.level_books()
    again = stay.settle()  # the visit goes on: it may be settled again, and reversed again
    assert again.succeeded
    assert stay.reverse(stay.sent["2304"]).succeeded
    bench.report()
    assert bench.result(DAY) == CORRECTED
    assert bench.kinds() == []


def test_a_settlement_restored_that_the_log_lost_is_in_force_there_again(bench: Any) -> None:
    stay = bench.play.stay().settled()
    assert stay.about("2305").succeeded
    with bench.deaf(PROVINCE, infno="2601"):
        assert stay.reverse(stay.sent["2305"]).succeeded
    bench.report()
    assert bench.kinds() == [("6", "3", f"{stay.setl_id}R2")]
    assert bench.correct(PROVINCE) == [""]
    assert bench.result(DAY) == CORRECTED
    assert stay.reverse(stay.sent["2304"]).succeeded
    assert tallies_agree(bench)
    bench.report()
    assert bench.kinds() == []


@pytest.mark.parametrize("code", [XUZHOU, NANJING, PROVINCE])
@pytest.mark.parametrize("moved", MOVED)
def test_an_amount_that_one_side_changed(bench: Any, code: str, moved: dict[str, int]) -> None:
    stay = bench.play.stay().settled()
    right = bench.row(XUZHOU, stay.setl_id)
    bench.spoil(code, right, right._replace(shares=changed(right.shares, moved)))
    bench.report()
    assert bench.kinds() == [("7", "1", stay.setl_id)]
    for other in {XUZHOU, NANJING, PROVINCE} - {code}:
        assert bench.correct(other) == ["cannot_correct"]
    assert bench.correct(code) == [""]
    assert [fact.how for fact in bench.facts(Corrected)] == ["replaced"]
    assert bench.result(DAY) == CORRECTED
    assert tallies_agree(bench)
    assert bench.level_books()
    assert stay.about("2305").succeeded  # the row in force is the right one again
    bench.report()
    assert tallies_agree(bench)
    bench.check_messages()


@pytest.mark.parametrize("code", [XUZHOU, NANJING, PROVINCE])
def test_an_insurance_type_that_one_side_changed(bench: Any, code: str) -> None:
    stay = bench.play.stay().settled()
    right = bench.row(XUZHOU, stay.setl_id)
    bench.spoil(code, right, right._replace(insutype="390"))
    bench.report()
    assert bench.kinds() == [("8", "1", stay.setl_id)]
    assert bench.correct(code) == [""]
    assert bench.result(DAY) == CORRECTED
    assert bench.level_books()


@pytest.mark.parametrize("code", [XUZHOU, NANJING, PROVINCE])
def test_a_row_that_one_side_entered_twice(bench: Any, code: str) -> None:
    stay = bench.play.stay().settled()
    row = bench.row(code if code != PROVINCE else NANJING, stay.setl_id)
    bench.append(code, row, row)
    assert not tallies_agree(bench)
    bench.report()
    assert bench.kinds() == [("7", "1", stay.setl_id)]
    assert bench.correct(code) == [""]
    assert bench.result(DAY) == CORRECTED
    assert tallies_agree(bench)
    assert bench.level_books()


@pytest.mark.parametrize("code", [XUZHOU, NANJING, PROVINCE])
def test_the_amount_of_a_cancellation_that_one_side_changed(bench: Any, code: str) -> None:
    stay = bench.play.stay().settled()
    stay.about("2305")
    right = bench.row(XUZHOU, f"{stay.setl_id}R1")
    bench.spoil(code, right, right._replace(shares=changed(right.shares, MOVED[2])))
    bench.report()
    assert bench.kinds() == [("7", "1", f"{stay.setl_id}R1")]
    assert bench.correct(code) == [""]
    assert bench.result(DAY) == CORRECTED
    assert tallies_agree(bench)
    assert bench.level_books()


def test_a_row_whose_amounts_differ_on_every_side_is_left_to_people(bench: Any) -> None:
    stay = bench.play.stay().settled()
    right = bench.row(XUZHOU, stay.setl_id)
    for code, times in ((NANJING, 1), (PROVINCE, 2)):
        bench.spoil(code, right, right._replace(shares=changed(right.shares, MOVED[2], times)))
    bench.report()
    assert bench.kinds() == [("7", "4", stay.setl_id)]
    assert bench.correct(PROVINCE) == ["cannot_correct"]
    assert bench.correct(NANJING) == [""]  # its own record of the answer proves it wrong
    assert bench.kinds() == [("7", "1", stay.setl_id)]
    assert bench.correct(PROVINCE) == [""]
    assert bench.result(DAY) == CORRECTED


# -- what is cleared --------------------------------------------------------------------------------------------


def claimable(bench: Any) -> list[tuple[str, int]]:
    """The rows of the month that the treatment city's institutions and its claims know of."""
    rows = bench.play.treatment.clearing.rows
    listed = rows.not_applied("H32019900001", "2016-10", "21")
    assert {id(item) for item in listed} == {id(item) for item in rows.items("2016-10")}
    return [(item.row.setl_id, item.row.shares.cleared) for item in listed]


def test_a_row_taken_back_is_not_cleared(bench: Any) -> None:
    good = bench.play.stay("worker").settled()
    bench.lose(XUZHOU, PROVINCE)
    bench.report()
    assert len(claimable(bench)) == 2
    bench.correct(NANJING)
    assert claimable(bench) == [(good.setl_id, 1_336_188)]


def test_a_row_set_right_is_cleared_as_it_is_right(bench: Any) -> None:
    stay = bench.play.stay().settled()
    right = bench.row(XUZHOU, stay.setl_id)
    bench.spoil(NANJING, right, right._replace(shares=changed(right.shares, MOVED[2], 500)))
    bench.report()
    assert bench.play.treatment.clearing.rows.find(stay.setl_id).row.shares.cleared == 1_646_510
    bench.correct(NANJING)
    assert claimable(bench) == [(stay.setl_id, 1_646_010)]


def test_what_another_side_took_back_changes_no_claim(bench: Any) -> None:
    bench.play.stay("worker").settled()
    before = claimable(bench)
    bench.lose(NANJING, PROVINCE)
    bench.report()
    bench.correct(XUZHOU)
    assert claimable(bench) == before


# -- what a city cannot prove -----------------------------------------------------------------------------------


def test_a_visit_that_is_put_away_is_left_to_people(bench: Any) -> None:
    stay = bench.lose(NANJING)
    bench.play.treatment.retire_visit(stay.mdtrt_id)
    bench.report()
    assert bench.correct(NANJING) == ["cannot_correct"]
    assert bench.facts(Declined)[-1].found[0] == stay.setl_id


@pytest.mark.parametrize("code", [XUZHOU, NANJING])
def test_a_settlement_is_entered_only_from_the_citys_own_record(bench: Any, code: str) -> None:
    stay = bench.lose(code)
    bench.report()
    bench.nodes[code].retire([stay.sent["2304"].key])
    assert bench.correct(code) == ["cannot_correct"]
    assert not bench.facts(Corrected)


def test_the_city_of_insurance_enters_only_what_it_would_compute_again(bench: Any) -> None:
    bench.lose(XUZHOU, who="resident")
    bench.play.stay("worker").settled()
    second = bench.play.stay("resident").settled()  # by its books a first stay, with the full deductible
    bench.report()
    (mismatch,) = bench.play.insured.reconciliation.results.mismatches()
    assert mismatch.setl_id != second.setl_id
    assert bench.act(XUZHOU, Correct(mismatch)) == "cannot_correct"
    assert bench.facts(Declined)[-1].found == (mismatch.setl_id, "本方记录不足以证明")


def test_care_that_was_paid_by_hand_is_not_entered(bench: Any) -> None:
    bench.lose(XUZHOU)
    bench.report()
    (mismatch,) = bench.play.province.reconciliation.results.mismatches()
    insured = bench.play.insured.insured
    insured.paid_by_hand = lambda row, billed: f"M-{row.psn_no}"
    assert bench.act(XUZHOU, Correct(mismatch)) == "cannot_correct"
    insured.paid_by_hand = lambda row, billed: ""
    assert bench.act(XUZHOU, Correct(mismatch)) == ""


def test_the_city_of_insurance_does_not_enter_a_stay_of_two_years_by_itself(bench: Any) -> None:
    stay = bench.lose(XUZHOU)
    bench.report()
    bench.play.insured.insured.visits.find(stay.mdtrt_id).admitted = dt.date(2015, 12, 31)
    assert bench.correct(XUZHOU) == ["cannot_correct"]


def test_what_was_answered_must_be_the_bill_of_the_lines(bench: Any) -> None:
    stay = bench.lose(NANJING)
    bench.report()
    visit = bench.play.treatment.treatment.visits.find(stay.mdtrt_id)
    number, line = next(iter(visit.lines.items()))
    visit.lines[number] = line._replace(own_expense=1, in_scope=line.in_scope - 1)
    assert bench.correct(NANJING) == ["cannot_correct"]


def test_what_was_cancelled_since_is_not_struck_or_replaced(bench: Any) -> None:
    alone = bench.lose(XUZHOU, PROVINCE)
    bench.report()
    bench.at("2016-10-11")
    role = bench.play.treatment.treatment
    visit = role.visits.find(alone.mdtrt_id)
    role.cancel(Turn(bench.play.treatment, bench.play.now), visit, visit.bills[alone.setl_id], bench.play.now)
    assert bench.correct(NANJING) == ["cannot_correct"]
    stay = bench.at("2016-10-12").play.stay("resident").settled()
    right = bench.row(XUZHOU, stay.setl_id)
    bench.spoil(NANJING, right, right._replace(shares=changed(right.shares, MOVED[2])))
    bench.report()
    bench.at("2016-10-13")
    assert stay.about("2305").succeeded
    before = bench.play.treatment.books.balances()
    for _ in range(2):  # before the city has reported the day again, and after
        (mismatch,) = [each for each in bench.play.treatment.reconciliation.results.mismatches() if each.kind == "7"]
        assert bench.act(NANJING, Correct(mismatch)) == "cannot_correct"
        assert bench.play.treatment.books.balances() == before
        bench.report(dt.date(2016, 10, 12))


def test_a_changed_amount_is_replaced_only_from_the_citys_own_record(bench: Any) -> None:
    stay = bench.play.stay().settled()
    right = bench.row(XUZHOU, stay.setl_id)
    bench.spoil(NANJING, right, right._replace(shares=changed(right.shares, MOVED[2])))
    bench.report()
    (mismatch,) = bench.play.treatment.reconciliation.results.mismatches()
    assert bench.act(NANJING, Correct(mismatch._replace(setl_id="A9"))) == "cannot_correct"
    assert bench.act(NANJING, Correct(mismatch._replace(day="2016-10-09"))) == "cannot_correct"
    bench.play.treatment.retire([stay.sent["2304"].key])
    assert bench.act(NANJING, Correct(mismatch)) == "cannot_correct"


def test_a_settlement_is_not_entered_over_another_or_after_its_reversal(bench: Any) -> None:
    stay = bench.lose(NANJING)
    bench.report()
    (mismatch,) = bench.play.treatment.reconciliation.results.mismatches()
    other = bench.row(XUZHOU, stay.setl_id)._replace(setl_id="A2", inputs=None)
    bench.append(NANJING, other, other)
    assert bench.act(NANJING, Correct(mismatch)) == "cannot_correct"
    assert bench.act(NANJING, Correct(mismatch._replace(platform=5))) == "cannot_correct"
    bench.play.treatment.fold(Voided(stay.sent["2304"].key, True))
    assert bench.act(NANJING, Correct(mismatch)) == "cannot_correct"


def test_what_later_steps_stand_on_is_not_struck(bench: Any) -> None:
    stay = bench.lose(NANJING, PROVINCE)
    bench.report()
    bench.play.insured.insured.visits.find(stay.mdtrt_id).state = DISCHARGED
    assert bench.correct(XUZHOU) == ["cannot_correct"]


def test_what_was_put_away_can_still_be_struck(bench: Any) -> None:
    stay = bench.lose(NANJING, PROVINCE)
    bench.report()
    bench.play.insured.retire([message.key for message in stay.sent.values()])
    bench.play.insured.retire_visit(stay.mdtrt_id)
    assert bench.correct(XUZHOU) == [""]
    assert bench.result(DAY) == CORRECTED
    assert bench.level_books()


def test_a_stray_row_is_struck_beside_the_settlement_in_force(bench: Any) -> None:
    stay = bench.play.stay().settled()
    row = bench.row(NANJING, stay.setl_id)
    bench.append(NANJING, row._replace(setl_id="A32039916101099X"), row)
    bench.report()
    assert bench.kinds() == [("2", "1", "A32039916101099X")]
    assert bench.correct(NANJING) == [""]
    assert bench.result(DAY) == CORRECTED
    assert tallies_agree(bench)
    assert bench.play.treatment.treatment.visits.find(stay.mdtrt_id).settlement == row


def test_a_cancellation_is_not_carried_out_on_another_settlement(bench: Any) -> None:
    stay = bench.play.stay().settled()
    with bench.deaf(NANJING, infno="2305"):
        stay.about("2305")
    bench.report()
    (mismatch,) = bench.play.treatment.reconciliation.results.mismatches()
    assert bench.act(NANJING, Correct(mismatch._replace(insured=-1, platform=-1))) == "cannot_correct"
    assert bench.act(NANJING, Correct(mismatch._replace(insured=-1))) == "cannot_correct"
    bench.play.treatment.treatment.visits.find(stay.mdtrt_id).state = DISCHARGED
    assert bench.act(NANJING, Correct(mismatch)) == "cannot_correct"


def test_the_amount_of_a_cancellation_of_another_settlement_is_left_to_people(bench: Any) -> None:
    stay = bench.play.stay().settled()
    stay.about("2305")
    right = bench.row(XUZHOU, f"{stay.setl_id}R1")
    bench.spoil(NANJING, right, right._replace(init_setl_id="A2", shares=changed(right.shares, MOVED[2])))
    bench.report()
    assert bench.correct(NANJING) == ["cannot_correct"]


def test_a_city_that_is_not_of_the_pair_has_nothing_to_correct(bench: Any) -> None:
    bench.lose(NANJING)
    bench.report()
    (mismatch,) = bench.play.treatment.reconciliation.results.mismatches()
    assert bench.act(NANJING, Correct(mismatch._replace(treatment_city="320200"))) == "not_for_this_platform"


def test_the_log_is_not_corrected_where_the_cities_disagree(bench: Any) -> None:
    stay = bench.lose(PROVINCE)
    right = bench.row(XUZHOU, stay.setl_id)
    bench.spoil(NANJING, right, right._replace(shares=changed(right.shares, MOVED[2])))
    bench.report()
    assert bench.kinds() == [("6", "3", stay.setl_id)]
    assert bench.correct(PROVINCE) == ["cannot_correct"]


# -- outcomes that are unknown ----------------------------------------------------------------------------------


@pytest.mark.parametrize("infno", ["2304", "2305", "2601"])
def test_an_outcome_that_is_unknown_is_asked_for_again_under_its_msgid(bench: Any, make_wire: Any, infno: str) -> None:
    play = bench.play
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    stay.discharge()
    asked = stay.bill_request()
    if infno != "2304":
        assert stay.say(asked).succeeded
        stay.setl_id = play.insured.insured.visits.find(stay.mdtrt_id).settlement.setl_id
        about = stay.desk.about_visit(play.tick(), "2305", stay.person, stay.mdtrt_id, setl_id=stay.setl_id)
        asked = about if infno == "2305" else stay.desk.reverse(play.tick(), stay.person, asked)
    wire = make_wire(play.net.nodes)
    wire.send(asked.party, NANJING, asked)
    for _ in range(4):  # to the city of insurance and back to the province, which logs it
        wire.deliver(play.tick())
    wire.lose()
    wire.ring(play.tick(120))
    wire.deliver_all(play.now)
    assert wire.answer(asked).infcode == -191
    play.relay.facts += wire.facts

    bench.report()
    ((kind, way, setl_id),) = bench.kinds()
    assert (kind, way) == ("5", "3")
    assert bench.correct(NANJING) == [""]
    assert [(fact.how, fact.mismatch.setl_id) for fact in bench.facts(Corrected)] == [("asked", setl_id)]
    assert bench.result(DAY) == NOT_LEVEL  # the row came in since; the day is reported again with the next one
    play.now += dt.timedelta(days=1)
    bench.report()
    assert bench.result(DAY) == CORRECTED
    assert tallies_agree(bench)
    assert bench.level_books()
