"""Outpatient visits: registered, described, charged and settled batch by batch."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from simulator.core.platform.message import Key
from simulator.core.platform.refusals import REFUSALS
from simulator.core.visits.lifecycle import REGISTERED, SEEN, WITHDRAWN

from .playing import BILL, DIABETES, HYPERTENSION, WARD, Clinic, essence

XUZHOU = "320300"


def code(name: str) -> int:
    return REFUSALS[name].code


def paid(reply: Any) -> tuple[int, ...]:
    """Deductible, basic fund, account and cash of an answer."""
    info = reply.block("setlinfo")
    return tuple(info[field] for field in ("act_pay_dedc", "hifp_pay", "acct_pay", "psn_cash_pay"))


def visits(play: Any, visit: Clinic) -> tuple[Any, Any]:
    """The visit at the treatment city and at the city of insurance."""
    return play.treatment.treatment.visits.find(visit.mdtrt_id), play.insured.insured.visits.find(visit.mdtrt_id)


def at_city(play: Any, message: Any) -> Any:
    """Hand a message to the city of insurance past the checks on the way, under a number of its own."""
    fresh = message._replace(key=Key(message.party, f"{message.msgid[:-1]}X"))
    return play.relay.ask(play.now, XUZHOU, fresh.with_head(sender_admdvs="320100"))


def test_a_visit_is_settled_to_the_fen(town: Any) -> None:
    visit = Clinic(town).seen()
    trial = visit.presettle()
    settled = visit.settle()
    # In scope 280.52; above the 100.00 of the year 180.52, of which 60 % are 108.312.
    assert paid(trial) == paid(settled) == (10_000, 10_831, 18_949, 0)
    assert settled.block("setlinfo")["balc"] == 50_000 - 18_949
    assert "setl_id" not in trial.block("setlinfo")
    assert [row["fund_pay_type"] for row in settled.rows("setldetail")] == ["310102"]
    assert (settled.block("setlinfo")["med_type"], settled.block("setlinfo")["clr_type"]) == ("11", "11")
    for side in visits(town, visit):
        assert (side.state, set(side.bills)) == (SEEN, {visit.setl_id})
    assert town.insured.books.balance("payable", "320100") == -(10_831 + 18_949)
    assert town.treatment.books.balance("receivable", XUZHOU) == 10_831 + 18_949


def test_the_deductible_of_the_year_is_paid_once(town: Any) -> None:
    first, second = Clinic(town).seen(), Clinic(town).seen()
    assert paid(first.settle())[:2] == (10_000, 10_831)
    assert paid(second.settle())[:2] == (0, 16_831)  # 60 % of 280.52
    year = town.insured.insured.year_of("P2", 2016)
    assert (year.stays, year.outpatient_deductible, year.outpatient_paid) == (0, 10_000, 27_662)


def test_each_charge_batch_has_a_settlement_of_its_own(town: Any) -> None:
    visit = Clinic(town).seen()
    assert visit.upload("B2", [("drug-a", 12_500_000, 80_000)]).succeeded  # 100.00
    assert visit.settle("B1").succeeded
    one = visit.setl_id
    assert paid(visit.settle("B2")) == (0, 6_000, 4_000, 0)
    two = visit.setl_id
    assert [set(side.bills) for side in visits(town, visit)] == [{one, two}] * 2
    assert visit.about("2208", one).succeeded
    assert [set(side.bills) for side in visits(town, visit)] == [{two}] * 2
    assert visit.settle("B1").succeeded
    assert visit.about("2208", two).succeeded


def test_a_cancelled_settlement_leaves_nothing_and_its_number_is_gone(town: Any) -> None:
    visit = Clinic(town).seen()
    before = essence(town)
    settled = visit.settle()
    reply = visit.about("2208")
    info = reply.block("setlinfo")
    assert (info["hifp_pay"], info["pdn_cash_pay"], info["balc"]) == (-10_831, 0, 50_000)
    assert "psn_cash_pay" not in info
    assert essence(town) == before
    assert town.ask(visit.sent["2207"]).infcode == code("reversed")
    assert visit.about("2208").infcode == code("unknown_settlement")
    assert settled.block("setlinfo")["setl_id"] == visit.setl_id
    assert paid(visit.settle()) == (10_000, 10_831, 18_949, 0)


def test_what_is_settled_is_neither_charged_nor_cancelled_nor_settled_again(town: Any) -> None:
    visit = Clinic(town).seen()
    visit.settle()
    assert visit.settle().infcode == code("unknown_batch")
    assert visit.upload("B1").infcode == code("line_settled")
    assert visit.cancel_batch("B1").infcode == code("unknown_batch")
    assert visit.cancel_batch("0000").succeeded
    assert len(visits(town, visit)[0].lines) == len(BILL)
    assert visit.unregister().infcode == code("lines_left")


def test_batches_are_cancelled_by_number_or_all(town: Any) -> None:
    visit = Clinic(town).seen()
    visit.upload("B2")
    visit.upload("B3")
    assert visit.cancel_batch("B9").infcode == code("unknown_batch")
    assert visit.cancel_batch("B2").succeeded
    assert [sorted(side.lines) for side in visits(town, visit)] == [["1", "2", "5", "6"]] * 2
    assert visit.cancel_batch("0000").succeeded
    assert [side.lines for side in visits(town, visit)] == [{}, {}]


def test_a_registration_without_lines_can_be_withdrawn(town: Any) -> None:
    visit = Clinic(town)
    visit.register()
    assert visits(town, visit)[0].state == REGISTERED
    assert visit.unregister().succeeded
    assert [side.state for side in visits(town, visit)] == [WITHDRAWN, WITHDRAWN]
    assert visit.describe().infcode == code("not_allowed_now")


def test_a_visit_is_described_before_it_is_charged(town: Any) -> None:
    visit = Clinic(town)
    visit.register()
    assert visit.upload().infcode == code("not_allowed_now")
    assert visit.describe().succeeded
    assert visit.describe("13").infcode == code("wrong_med_type")
    assert visit.describe("11").succeeded
    assert visit.upload().succeeded


@pytest.mark.parametrize("med_type", ["21", "41", "9999"])
def test_only_outpatient_care_fits_an_outpatient_visit(town: Any, med_type: str) -> None:
    visit = Clinic(town)
    visit.register()
    assert visit.describe(med_type).infcode == code("wrong_med_type")
    assert at_city(town, visit.sent["2203"]).infcode == code("wrong_med_type")


def test_a_bill_is_of_the_visits_kind_of_care_and_insurance(town: Any) -> None:
    visit = Clinic(town).seen()
    visit.med_type = "14"
    assert visit.settle().infcode == code("wrong_med_type")
    visit.med_type = "11"
    asked = visit.bill_request().with_fields("data", {"insutype": "390"})
    assert town.ask(asked).infcode == code("wrong_insutype")
    asked = visit.bill_request().with_fields("data", {"medfee_sumamt": 1})
    assert town.ask(asked).infcode == code("bill_differs")


def test_class_totals_that_are_stated_must_be_those_of_the_lines(town: Any) -> None:
    visit = Clinic(town).seen()
    wrong = {"preselfpay_amt": 1_727, "inscp_scp_amt": 28_053}
    asked = visit.bill_request().with_fields("data", wrong)
    assert town.ask(asked).infcode == code("class_totals_differ")
    assert at_city(town, asked).infcode == code("class_totals_differ")
    assert visit.settle().succeeded


def test_a_trial_states_its_class_totals_in_the_extension(town: Any) -> None:
    visit = Clinic(town).seen()
    visit.presettle()
    onward = next(m for _, end, m in town.relay.hops if end == "320000" and m.infno == "2206" and not m.is_reply)
    assert '"inscp_scp_amt": "280.52"' in onward.block("data")["exp_content"]
    right = visit.bill_request("2206").with_fields("data", {"exp_content": onward.block("data")["exp_content"]})
    assert town.ask(right).succeeded
    other = right.block("data")["exp_content"].replace("280.52", "280.53")
    wrong = visit.bill_request("2206").with_fields("data", {"exp_content": other})
    assert town.ask(wrong).infcode == code("class_totals_differ")


# -- chronic disease --------------------------------------------------------------------------------------------


def test_chronic_care_pays_by_disease(town: Any) -> None:
    visit = Clinic(town).seen("14", HYPERTENSION)
    assert visit.upload("B2", BILL, DIABETES).succeeded
    settled = visit.settle("B1")
    assert paid(settled)[:2] == (0, 19_636)  # 70 % of 280.52
    assert settled.block("setlinfo")["clr_type"] == "14"
    assert [row["fund_pay_type"] for row in settled.rows("setldetail")] == ["310100"]
    assert visit.settle("B2").succeeded
    year = town.insured.insured.year_of("P2", 2016)
    assert year.chronic_paid == ((DIABETES.code, 19_636), (HYPERTENSION.code, 19_636))
    assert year.outpatient_paid == 0


def test_a_chronic_disease_must_be_filed(town: Any) -> None:
    visit = Clinic(town, "retired")
    visit.register()
    reply = visit.describe("14", HYPERTENSION)
    assert reply.infcode == code("no_chronic_filing")
    assert HYPERTENSION.code in reply.head["err_msg"]


def test_every_batch_of_chronic_care_is_of_a_filed_disease(town: Any) -> None:
    visit = Clinic(town).seen("14", HYPERTENSION)
    assert visit.upload("B2", BILL, HYPERTENSION._replace(code="M09999")).succeeded
    assert visit.settle("B2").infcode == code("no_chronic_filing")
    assert visit.settle("B1").succeeded


def test_a_batch_is_of_one_disease(town: Any) -> None:
    visit = Clinic(town).seen("14", HYPERTENSION)
    assert visit.upload("B1", BILL, DIABETES).infcode == code("batch_mixed")
    now = town.tick()
    lines = visit.batches["B1"]
    asked = visit.desk.upload_batch(
        now, visit.person, visit.mdtrt_id, [(line, now) for line in lines], WARD, batch="B2"
    )
    first, second = (
        MappingProxyType({**row, "feedetl_sn": 10 + i, "dise_codg": disease.code})
        for i, (row, disease) in enumerate(zip(asked.rows("feedetail"), (HYPERTENSION, DIABETES), strict=True))
    )
    mixed = asked._replace(blocks=MappingProxyType({"feedetail": (first, second)}))
    assert town.ask(mixed).infcode == code("batch_mixed")


# -- who and where ----------------------------------------------------------------------------------------------


def test_a_second_registration_waits_until_the_first_is_known(town: Any) -> None:
    first, second = Clinic(town), Clinic(town)
    first.register()
    assert second.register().infcode == code("busy")
    assert Clinic(town, "worker", "H32019900002").register().succeeded
    stay = town.stay("worker")
    assert stay.admit().succeeded  # another kind of visit is told apart
    assert first.describe().succeeded
    assert second.register().succeeded
    assert stay.upload_bill().succeeded


def test_care_that_is_not_open_is_refused_to_visitors_only(make_town: Any) -> None:
    play = make_town(process__open_care=("inpatient",))
    visit = Clinic(play)
    asked = visit.desk.register(play.tick(), visit.person, play.now, WARD)
    assert play.ask(asked).infcode == at_city(play, asked).infcode == code("care_not_open")
    assert Clinic(play, "local").register().succeeded


def test_chronic_care_may_be_open_alone(make_town: Any) -> None:
    play = make_town(process__open_care=("chronic",))
    visit = Clinic(play)
    assert visit.register().succeeded
    assert visit.describe("11").infcode == code("care_not_open")
    assert visit.describe("14", HYPERTENSION).succeeded


def test_without_a_filing_there_is_no_outpatient_settlement_either(make_town: Any) -> None:
    play = make_town()
    visit = Clinic(play, "unfiled")
    assert visit.register().succeeded
    assert visit.describe().infcode == code("not_filed")
    play = make_town(filing__care=("inpatient",))
    visit = Clinic(play, "unfiled").seen()
    assert visit.settle().succeeded
    assert play.insured.insured.visits.find(visit.mdtrt_id).settlement.inputs.where.filing_type == "not_needed"


def test_an_unknown_person_or_insurance_does_not_register(town: Any) -> None:
    desk, person = town.desk, town.net.people["worker"]
    asked = desk.register(town.tick(), person, town.now, WARD)
    assert town.ask(asked.with_fields("data", {"psn_no": "P99"})).infcode == code("unknown_person")
    asked = desk.register(town.tick(), person, town.now, WARD)
    assert town.ask(asked.with_fields("data", {"insutype": "390"})).infcode == code("wrong_insutype")


def test_an_institution_that_is_not_open_registers_nobody(town: Any) -> None:
    assert Clinic(town, "worker", "H32019900004").register().infcode == code("institution_not_open")


def test_the_city_of_insurance_checks_again(town: Any) -> None:
    visit = Clinic(town).seen()
    visit.mdtrt_id = "nowhere"
    lines = [(line, town.now) for line in visit.batches["B1"]]
    for asked in (
        visit.desk.cancel_batch(town.tick(), visit.person, "nowhere", "B1"),
        visit.desk.upload_batch(town.tick(), visit.person, "nowhere", lines, WARD, batch="B2"),
        visit.bill_request(),
        visit.about_request("2208", "x"),
        visit.desk.describe(town.tick(), visit.person, "nowhere", WARD, med_type="11"),
        visit.desk.unregister(town.tick(), visit.person, "nowhere", visit.sent["2201"]),
    ):
        assert at_city(town, asked).infcode == town.ask(asked).infcode == code("unknown_visit")


def test_an_in_city_visit_settles_inside_the_city(town: Any) -> None:
    town.relay.hops.clear()
    visit = Clinic(town, "local").seen()
    assert paid(visit.settle())[:2] == (10_000, 10_831)
    assert visit.about("2208").succeeded
    assert "320000" not in {end for _, end, _ in town.relay.hops}
