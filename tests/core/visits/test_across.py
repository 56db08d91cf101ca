"""Across provinces: the treatment place's catalogue, the insured place's benefit (P75-15)."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

import pytest

from simulator.core.benefit.bill import TOTAL_FIELDS, ClassTotals
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import LONG_TERM_WORK
from simulator.core.network.city import City
from simulator.core.network.hospital import Desk
from simulator.core.network.ministry import Ministry
from simulator.core.network.province import Province
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.areas import TERTIARY, Area, Institution, Registry
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.core.visits.treatment_bills import checked_shares

from .playing import ALL_CARE, EVERY_KIND, Clinic, Pharmacy

XUZHOU, CHANGCHUN, JIANGSU, JILIN, MINISTRY = "320300", "220100", "320000", "220000", "100000"
HOSPITAL = "H22019900001"
START = dt.date(2016, 1, 1)


def code(name: str) -> int:
    return REFUSALS[name].code


def registry(across_from: dt.date) -> Registry:
    areas = {"320399": XUZHOU, "220199": CHANGCHUN}
    return Registry(
        {XUZHOU: ("徐州", "Xuzhou"), CHANGCHUN: ("长春", "Changchun")},
        {area: Area(area, area, area, city, START) for area, city in areas.items()},
        {HOSPITAL: Institution(HOSPITAL, "长春医院", "220199", TERTIARY, START, across_from=across_from)},
        {XUZHOU: JIANGSU, CHANGCHUN: JILIN},
    )


@pytest.fixture
def make_country(kit: Any) -> Any:
    """Make a play of a person of 徐州 treated in 长春, whose library has another share for drug-b, and drug-j alone."""

    def make(across_from: dt.date = dt.date.min, **changed: Any) -> Any:
        waits = {"process__wait_seconds__ministry": 35, "process__wait_seconds__province_inward": 30}
        pack = kit.pack(**{**EVERY_KIND, "process__open_care_cross_province": ALL_CARE, **waits, **changed})
        known, home = registry(across_from), kit.catalogue()
        drug_b = home.items["drug-b"]
        there = home._replace(
            items=MappingProxyType(
                {**home.items, "drug-b": drug_b._replace(first_share=2_000), "drug-j": drug_b._replace(code="drug-j")}
            )
        )
        common = {"registry": known, "pack": pack, "calendar": kit.calendar, "today": START}
        nodes: dict[str, Any] = {
            XUZHOU: City(XUZHOU, catalogue=home, province=JIANGSU, **common),
            CHANGCHUN: City(CHANGCHUN, catalogue=there, province=JILIN, **common),
            JIANGSU: Province(JIANGSU, ministry=MINISTRY, **common),
            JILIN: Province(JILIN, ministry=MINISTRY, **common),
            MINISTRY: Ministry(MINISTRY, **common),
        }
        person = Person("P2", "CERT2", "乙", "2", START, "310", "11", "320399", 50_000)
        filed = Filed(Filing("P2", LONG_TERM_WORK, "320399", CHANGCHUN, START, None))
        facts: list[tuple[str, Any]] = [(XUZHOU, Enrolled(person))]
        facts += [(place, filed) for place in (XUZHOU, JIANGSU, JILIN)]
        for place, fact in facts:
            nodes[place].fold(fact)
        desks = {HOSPITAL: Desk(known.institutions[HOSPITAL], CHANGCHUN)}
        kit_of = kit.Network(nodes, {**desks, "H32019900001": desks[HOSPITAL]}, {"worker": person}, there, known, pack)
        return kit.Play(kit_of, facts)

    return make


BILL = (("drug-b", 86_400_000, 1_000_000), ("drug-j", 86_400_000, 100_000))  # 8,640.00 at 20 %, 864.00 at 10 %


def stay_in(play: Any, bill: Any = BILL) -> Any:
    stay = play.stay("worker", HOSPITAL)
    for reply in (stay.admit(), stay.upload_bill(bill), stay.discharge()):
        assert reply.succeeded, reply.head["err_msg"]
    return stay


def test_a_hospital_open_inside_its_province_only_refuses_visitors_of_another(make_country: Any) -> None:
    play = make_country(across_from=dt.date.max)
    assert play.stay("worker", HOSPITAL).admit().infcode == code("institution_not_open")
    assert make_country(across_from=START).stay("worker", HOSPITAL).admit().succeeded


def test_the_treatment_places_classes_meet_the_insured_places_benefit(make_country: Any) -> None:
    play = make_country()
    stay = stay_in(play)
    info = stay.settle(use_account=False).block("setlinfo")
    # First pay 1,728.00 + 86.40, in scope 7,689.60; above 900.00 at 86 %.
    assert (info["preselfpay_amt"], info["inscp_scp_amt"], info["hifp_pay"]) == (181_440, 768_960, 583_906)
    mine, theirs = (play.net.nodes[place] for place in (CHANGCHUN, XUZHOU))
    lines = theirs.insured.visits.find(stay.mdtrt_id).lines
    assert [(line.amount, line.in_scope, line.item.level) for line in lines.values()] == [
        (864_000, 0, ""),
        (86_400, 0, ""),
    ]
    assert [line.in_scope for line in mine.treatment.visits.find(stay.mdtrt_id).lines.values()] == [691_200, 77_760]


def test_the_answer_to_lines_leaves_the_classes_to_the_treatment_city(make_country: Any) -> None:
    play = make_country()
    stay_in(play)
    replies = [(end, m) for _, end, m in play.relay.hops if m.infno == "2301" and m.is_reply]
    assert [bool(message.rows("result")) for _, message in replies] == [False, False, False, False, True]


@pytest.mark.parametrize(
    "changes",
    [{"inscp_scp_amt": 768_961}, {"medfee_sumamt": 950_401, "inscp_scp_amt": 768_961}, {"inscp_scp_amt": None}],
)
def test_class_totals_must_sum_to_the_bill_and_the_lines(make_country: Any, changes: dict[str, Any]) -> None:
    play = make_country()
    stay = stay_in(play)
    totals = {"fulamt_ownpay_amt": 0, "overlmt_selfpay": 0, "preselfpay_amt": 181_440, "inscp_scp_amt": 768_960}
    asked = stay.bill_request().with_head(sender_admdvs=CHANGCHUN).with_fields("data", {**totals, **changes})
    assert play.relay.ask(play.now, XUZHOU, asked).infcode in {code("class_totals_differ"), code("bill_differs")}
    right = asked._replace(key=asked.key._replace(msgid="right"))
    right = right.with_fields("data", {**totals, "medfee_sumamt": 950_400})
    assert play.relay.ask(play.now, XUZHOU, right).succeeded


@pytest.mark.parametrize("infno", ["2303", "2304"])
def test_class_totals_below_nothing_are_not_computed_with(make_country: Any, infno: str) -> None:
    play = make_country()
    stay = stay_in(play)
    # They sum to the bill of 9,504.00, and would let the fund pay more than that.
    totals = {"fulamt_ownpay_amt": -1_000_000, "overlmt_selfpay": 0, "preselfpay_amt": 0, "inscp_scp_amt": 1_950_400}
    asked = stay.bill_request(infno).with_head(sender_admdvs=CHANGCHUN).with_fields("data", totals)
    assert play.relay.ask(play.now, XUZHOU, asked).infcode == code("class_totals_differ")
    assert not any(play.net.nodes[XUZHOU].books.balances().values())


def test_shares_below_nothing_are_not_booked(make_country: Any) -> None:
    play = make_country()
    stay = stay_in(play)
    info = stay.presettle(use_account=False).block("setlinfo")
    totals = ClassTotals(*(info[field] for field in TOTAL_FIELDS))
    assert checked_shares(info, totals) is not None
    more = info["psn_cash_pay"] + 1
    overpaid = {name: info[name] + more for name in ("hifp_pay", "fund_pay_sumamt")}
    wrong = {**info, **overpaid, "psn_cash_pay": -1, "psn_part_amt": -1}
    assert checked_shares(wrong, totals) is None


def test_refunds_and_cancelled_lines_work_on_amounts(make_country: Any) -> None:
    play = make_country()
    stay = play.stay("worker", HOSPITAL)
    stay.admit(), stay.upload_bill(BILL)
    item = play.net.catalogue.items["drug-j"]
    refund = stay.lines["2"]._replace(sn="9", quantity=-50_000, amount=-43_200, refund_of="2", item=item)
    assert stay.upload([refund]).succeeded
    assert stay.cancel_lines("1").succeeded
    stay.discharge()
    info = stay.settle(use_account=False).block("setlinfo")
    assert (info["medfee_sumamt"], info["preselfpay_amt"]) == (43_200, 4_320)
    assert stay.about("2305").succeeded
    assert stay.reverse(stay.sent["2305"]).succeeded
    assert play.net.nodes[XUZHOU].insured.visits.find(stay.mdtrt_id).settlement.setl_id == stay.setl_id


def test_outpatient_visits_and_purchases_cross_provinces_too(make_country: Any, violations: Any) -> None:
    play = make_country()
    visit = Clinic(play, hospital=HOSPITAL).seen()
    # drug-b pays 20 % first: 125.00 + 138.24 in scope, above 100.00 at 60 %.
    assert visit.presettle().block("setlinfo")["hifp_pay"] == visit.settle().block("setlinfo")["hifp_pay"] == 9_794
    shop = Pharmacy(play, hospital=HOSPITAL)
    trial, reply = shop.try_out(), shop.buy()
    assert trial.block("setlinfo")["hifp_pay"] == reply.block("setlinfo")["hifp_pay"] == 13_162  # 50 % of 263.24
    assert [row["preselfpay_amt"] for row in reply.rows("detlcutinfo")] == [0, 3_456]
    assert visit.about("2208").succeeded
    assert shop.about("2103").succeeded
    assert violations(play.relay.hops) == []
    nodes = play.net.nodes
    assert not any(nodes[XUZHOU].books.balances().values())
    for place in (JIANGSU, JILIN, MINISTRY):
        assert nodes[place].daily.under() == {}


def test_class_totals_in_the_extension_must_sum_to_the_bill(make_country: Any) -> None:
    play = make_country()
    asked = Pharmacy(play, hospital=HOSPITAL).request("2101").with_head(sender_admdvs=CHANGCHUN)
    wrong = '{"fulamt_ownpay_amt": "0", "overlmt_selfpay": "0", "preselfpay_amt": "0", "inscp_scp_amt": "297.81"}'
    for text in ("", wrong):
        message = asked.with_fields("druginfo", {"exp_content": text})
        message = message._replace(key=message.key._replace(msgid=f"m{len(text)}"))
        assert play.relay.ask(play.now, XUZHOU, message).infcode == code("class_totals_differ")


def test_only_inpatient_care_is_open_across_provinces_unless_the_pack_says_more(make_country: Any) -> None:
    play = make_country(process__open_care_cross_province=("inpatient",))
    assert Clinic(play, hospital=HOSPITAL).register().infcode == code("care_not_open")
    assert Pharmacy(play, hospital=HOSPITAL).buy().infcode == code("care_not_open")
    stay_in(play)


def test_5203_says_that_it_was_paid_in_another_province(make_country: Any) -> None:
    play = make_country()
    stay = stay_in(play)
    stay.settle()
    assert stay.about("5203").block("setlinfo")["pay_loc"] == "4"
