"""A long stay settled in parts, and a stay settled before discharge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.receipt import receipt
from simulator.core.benefit.rules import YearSoFar
from simulator.core.claims.case import CheckClaim, DecideClaim, OpenClaim, RefuseClaim
from simulator.core.claims.claim import NO_CARD, BillLine, Dossier
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.parameters import Tier
from simulator.core.visits.lifecycle import ADMITTED, BILLED, DISCHARGED, SETTLED

HALF, ONE = (("treatment-a", 1_200_000_000, 5_000),), (("treatment-a", 1_200_000_000, 10_000),)  # 600.00 and 1,200.00


def code(name: str) -> int:
    return REFUSALS[name].code


class Long:
    """A stay whose parts are settled as it goes on."""

    def __init__(self, play: Any, who: str = "worker") -> None:
        self.play, self.stay = play, play.stay(who)
        self.numbers: list[str] = []
        self.settled = 0
        assert self.stay.admit().succeeded

    def request(self, infno: str = "2304", *, part: bool = True, bill: int | None = None) -> Any:
        stay = self.stay
        amount = stay.bill - self.settled if bill is None else bill
        return stay.desk.settle(
            self.play.tick(), infno, stay.person, stay.mdtrt_id, amount, use_account=False, part=part
        )

    def settle(self, bill: Sequence[tuple[str, int, int]] = (), *, part: bool = True) -> Any:
        """Upload lines and settle what has come in; without ``part`` the stay ends."""
        if bill:
            assert self.stay.upload_bill(bill).succeeded
        if not part:
            assert self.stay.discharge().succeeded
        reply = self.play.ask(self.request(part=part))
        if reply.succeeded:
            self.numbers.append(reply.block("setlinfo")["setl_id"])
            self.settled = self.stay.bill
        return reply

    def cancel(self, number: int = -1) -> Any:
        return self.stay.about("2305", setl_id=self.numbers[number])

    def sides(self) -> list[Any]:
        roles = (self.play.treatment.treatment, self.play.insured.insured)
        return [role.visits.find(self.stay.mdtrt_id) for role in roles]


def paid(reply: Any) -> tuple[int, int, int]:
    info = reply.block("setlinfo")
    return info["medfee_sumamt"], info["act_pay_dedc"], info["hifp_pay"]


def test_the_parts_of_a_stay_have_one_deductible_and_are_one_stay(town: Any) -> None:
    long = Long(town)
    assert paid(long.settle(HALF)) == (60_000, 60_000, 0)  # 900.00 to be paid first: all of it
    assert [side.state for side in long.sides()] == [ADMITTED, ADMITTED]
    assert paid(long.settle(ONE)) == (120_000, 30_000, 77_400)  # 86 % of 900.00
    assert paid(long.settle(ONE, part=False)) == (120_000, 0, 103_200)
    assert [side.state for side in long.sides()] == [SETTLED, SETTLED]
    assert [list(side.bills) for side in long.sides()] == [long.numbers] * 2
    year = town.insured.insured.year_of("P2", 2016)
    assert (year.stays, year.basic_paid) == (1, 77_400 + 103_200)
    whole = town.stay("worker", "H32019900001")
    whole.admit(), whole.upload_bill(HALF + ONE + ONE), whole.discharge()
    assert paid(whole.settle())[1] == 45_000  # the second stay of the year


def test_the_parts_come_to_what_one_bill_would(make_town: Any) -> None:
    play = make_town()
    stay = play.stay("worker")
    stay.admit(), stay.upload_bill(HALF + ONE + ONE), stay.discharge()
    assert paid(stay.settle()) == (300_000, 90_000, 77_400 + 103_200)


def test_the_whole_stay_decides_the_tier_of_each_part(make_town: Any) -> None:
    tiers = (Tier(0, 100_000, 8_000), Tier(100_000, None, 9_000))
    long = Long(make_town(benefit__employee__tiers__tertiary=tiers))
    # 4,800.00 less 900.00: 80 % of 1,000.00 and 90 % of 2,900.00, settled at once or in two halves.
    assert paid(long.settle(ONE + ONE)) == (240_000, 90_000, 80_000 + 45_000)
    assert paid(long.settle(ONE + ONE, part=False)) == (240_000, 0, 216_000)
    stay = make_town(benefit__employee__tiers__tertiary=tiers).stay("worker")
    stay.admit(), stay.upload_bill(ONE * 4), stay.discharge()
    assert paid(stay.settle()) == (480_000, 90_000, 341_000)


def test_a_stay_of_two_years_is_reckoned_on_the_year_without_its_parts(make_town: Any) -> None:
    play = make_town(process__cross_year_split=True, benefit__employee__cap=150_000)
    long = Long(play)
    assert paid(long.settle(ONE)) == (120_000, 90_000, 25_800)
    play.tick(82 * 86_400)  # to New Year's Eve
    assert paid(long.settle(ONE)) == (120_000, 0, 103_200)
    assert long.stay.upload_bill(ONE).succeeded
    play.tick(2 * 86_400)
    # The cap of a year is 1,500.00 and goes for the whole stay: 1,290.00 of it were paid before.
    assert paid(long.settle()) == (120_000, 0, 21_000)
    years = [play.insured.insured.year_of("P2", year) for year in (2016, 2017)]
    assert (sum(year.basic_paid for year in years), sum(year.stays for year in years)) == (150_000, 1)


def test_a_receipt_of_a_later_part_knows_the_parts_before_it(town: Any) -> None:
    long = Long(town)
    long.settle(HALF), long.settle(ONE)
    row = long.sides()[1].bills[long.numbers[1]].row
    assert (row.inputs.earlier, row.inputs.year) == (ClassTotals(0, 0, 0, 60_000), YearSoFar())
    assert receipt(town.net.pack, row.inputs).shares == row.shares


def test_rows_follow_on_each_other(town: Any) -> None:
    long = Long(town)
    first = town.now.date()
    town.tick(10 * 86_400)
    long.settle(HALF)
    town.tick(5 * 86_400)
    long.settle(ONE, part=False)
    spans = [[(bill.row.begin - first).days for bill in side.bills.values()] for side in long.sides()]
    ends = [[(bill.row.end - first).days for bill in side.bills.values()] for side in long.sides()]
    assert spans == [[0, 10]] * 2
    assert ends == [[10, 15]] * 2


def test_only_the_last_part_can_be_cancelled_and_frees_its_lines(town: Any) -> None:
    long = Long(town)
    long.settle(HALF), long.settle(ONE)
    assert long.cancel(0).infcode == code("later_steps")
    assert long.stay.cancel_lines("2").infcode == code("line_settled")
    assert long.cancel(1).succeeded
    assert [[line.sn for line in side.open_lines()] for side in long.sides()] == [["2"], ["2"]]
    assert long.cancel(0).succeeded
    assert town.insured.insured.year_of("P2", 2016).stays == 0
    assert not any(town.insured.books.balances().values())
    assert long.stay.cancel_lines("0000").succeeded


@pytest.mark.parametrize("undo", ["2305", "2601"])
def test_no_part_is_undone_while_the_rest_stands_on_paper(town: Any, undo: str) -> None:
    """The rest was reckoned with the parts as one bill (P75-44): without them it would lack its deductible."""
    long = Long(town)
    number = long.stay.mdtrt_id
    town.tick(86_400)
    assert long.settle(ONE).succeeded
    begin = town.now.date()
    end = town.tick(86_400).date()
    bill = (BillLine("treatment-a", 1_200_000_000, 10_000, end),)
    dossier = Dossier("SG1", "P2", "H32019900001", "320199", begin, end, ("INV1",), bill, NO_CARD)
    papers = ("identity", "receipt", "itemised_bill", "discharge_summary")
    for action in (OpenClaim(dossier, papers), CheckClaim("SG1"), DecideClaim("SG1")):
        town.act(action)
    claims = town.insured.claims
    assert claims.rest_of(number) == "MSG1"
    assert claims.rest_of("S1") == ""

    def undone() -> Any:
        return long.cancel() if undo == "2305" else long.stay.reverse(long.stay.sent["2304"])

    long.stay.sent["2304"] = town.relay.hops[[m.infno for _, _, m in town.relay.hops].index("2304")][2]
    refused = undone()
    assert (refused.infcode, "MSG1" in refused.head["err_msg"]) == (code("rest_by_hand"), True)
    town.act(RefuseClaim("SG1", "病人要求直接结算"))  # what was granted is taken back
    assert claims.rest_of(number) == ""
    assert undone().succeeded


def test_lines_of_a_part_are_not_refunded(town: Any) -> None:
    long = Long(town)
    long.settle(ONE)
    item = town.net.catalogue.items["treatment-a"]
    refund = long.stay.lines["1"]._replace(sn="9", quantity=-10_000, amount=-120_000, refund_of="1", item=item)
    assert long.stay.upload([refund]).infcode == code("line_settled")
    assert long.stay.cancel_lines("0000").succeeded
    assert set(long.sides()[0].lines) == {"1"}


def test_parts_are_cancelled_after_discharge_too_and_the_rest_settled_whole(town: Any) -> None:
    long = Long(town)
    long.settle(HALF), long.settle(ONE, part=False)
    assert long.cancel(0).infcode == code("not_allowed_now")  # the final one stands on it
    assert long.cancel(1).succeeded
    assert long.cancel(0).succeeded
    assert [side.state for side in long.sides()] == [DISCHARGED, DISCHARGED]
    long.settled = 0
    reply = town.ask(long.request(part=False))
    assert paid(reply) == (180_000, 90_000, 77_400)


def test_a_cancelled_part_may_return_while_more_lines_have_come_in(town: Any) -> None:
    long = Long(town)
    long.settle(HALF)
    assert long.cancel().succeeded
    cancelling = long.stay.sent["2305"]
    assert long.stay.upload_bill(ONE).succeeded
    assert long.stay.reverse(cancelling).succeeded
    assert [list(side.bills) for side in long.sides()] == [long.numbers] * 2
    assert [[line.sn for line in side.open_lines()] for side in long.sides()] == [["2"], ["2"]]


def test_a_cancelled_part_does_not_return_when_its_lines_were_refunded_or_cancelled(town: Any) -> None:
    long = Long(town)
    long.settle(ONE)
    long.cancel()
    cancelling = long.stay.sent["2305"]
    refund = long.stay.lines["1"]._replace(sn="9", quantity=-5_000, amount=-60_000, refund_of="1")
    assert long.stay.upload([refund]).succeeded
    assert long.stay.reverse(cancelling).infcode == code("later_steps")
    assert long.stay.cancel_lines("1", "9").succeeded
    assert long.stay.reverse(cancelling).infcode == code("later_steps")


def test_cancelled_parts_return_in_the_order_they_went(town: Any) -> None:
    long = Long(town)
    long.settle(HALF), long.settle(ONE)
    long.cancel(1)
    second = long.stay.sent["2305"]
    long.cancel(0)
    first = long.stay.sent["2305"]
    assert long.stay.reverse(second).infcode == code("later_steps")
    assert long.stay.reverse(first).succeeded
    assert long.stay.reverse(second).succeeded
    assert [list(side.bills) for side in long.sides()] == [long.numbers] * 2
    assert town.insured.insured.year_of("P2", 2016).stays == 1


def test_a_trial_of_a_part_changes_nothing(town: Any) -> None:
    long = Long(town)
    long.stay.upload_bill(HALF)
    assert paid(town.ask(long.request("2303"))) == (60_000, 60_000, 0)
    assert [side.bills for side in long.sides()] == [{}, {}]
    assert town.ask(long.request(part=False)).infcode == code("not_allowed_now")


def test_settling_in_parts_is_what_the_pack_says(make_town: Any) -> None:
    for closed in ({"process__part_settlement": False}, {}):
        play = make_town(**closed)
        long = Long(play)
        long.stay.upload_bill(HALF)
        wanted = code("part_not_open") if closed else 0
        assert play.ask(long.request()).infcode == wanted


def test_a_part_after_the_turn_of_the_year_keeps_the_deductible_of_its_stay(town: Any) -> None:
    long = Long(town)
    long.settle(HALF)
    long.stay.upload_bill(ONE)
    town.tick(100 * 86_400)
    assert town.now.year == 2017
    assert paid(town.ask(long.request())) == (120_000, 30_000, 77_400)
    years = [town.insured.insured.year_of("P2", year) for year in (2016, 2017)]
    assert [(year.stays, year.basic_paid) for year in years] == [(1, 0), (0, 77_400)]


# -- settled before discharge -----------------------------------------------------------------------------------


@pytest.fixture
def early(make_town: Any) -> Any:
    """A stay settled before its discharge, where the pack lets it."""
    play = make_town(process__discharge_first=False)
    stay = play.stay("worker")
    stay.admit(), stay.upload_bill()
    assert stay.presettle().succeeded
    assert stay.settle().succeeded
    return stay


def states(stay: Any) -> set[str]:
    roles = (stay.play.treatment.treatment, stay.play.insured.insured)
    return {role.visits.find(stay.mdtrt_id).state for role in roles}


def test_after_cancelling_the_patient_is_still_in_hospital(early: Any) -> None:
    assert states(early) == {BILLED}
    assert early.upload_bill().infcode == code("not_allowed_now")
    assert early.about("2305").succeeded
    assert states(early) == {ADMITTED}
    assert early.upload_bill().succeeded
    assert early.settle().succeeded


def test_the_discharge_may_follow_the_settlement(early: Any) -> None:
    assert early.discharge().succeeded
    assert states(early) == {SETTLED}
    assert early.about("2405").infcode == code("not_allowed_now")
    assert early.about("2305").succeeded
    assert states(early) == {DISCHARGED}
    assert early.settle().succeeded


def test_both_ways_of_undoing_lead_back_into_hospital(early: Any) -> None:
    assert early.about("2305").succeeded
    assert early.reverse(early.sent["2305"]).succeeded
    assert states(early) == {BILLED}
    assert early.reverse(early.sent["2304"]).succeeded
    assert states(early) == {ADMITTED}
