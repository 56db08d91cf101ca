"""What the cities answer when asked about visits: 5201, 5202, 5203, 5204, 5206 and 5303."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.platform.refusals import REFUSALS

from .playing import HYPERTENSION, WARD, Clinic, Pharmacy

TODAY = dt.date(2016, 10, 10)
LATER = TODAY + dt.timedelta(days=30)


def code(name: str) -> int:
    return REFUSALS[name].code


def visits_of(play: Any, who: str, med_type: str, *, first: dt.date = TODAY, mdtrt_id: str = "") -> list[str]:
    desk, person = play.desk, play.net.people[who]
    asked = desk.visits_between(play.tick(), person, (first, LATER), med_type=med_type, mdtrt_id=mdtrt_id)
    return [row["mdtrt_id"] for row in play.ask(asked).rows("mdtrtinfo")]


def test_5201_lists_the_visits_of_a_kind_that_have_ended(town: Any) -> None:
    stay, other = town.stay("worker").settled(), town.stay("worker", "H32019900002")
    other.admit()
    clinic, shop = Clinic(town).seen(), Pharmacy(town)
    shop.buy()
    gone = Clinic(town)
    gone.register(), gone.describe(), gone.unregister()
    assert visits_of(town, "worker", "21") == [stay.mdtrt_id]
    assert visits_of(town, "worker", "11") == [clinic.mdtrt_id]
    assert visits_of(town, "worker", "41") == [shop.mdtrt_id]
    assert visits_of(town, "worker", "41", mdtrt_id="other") == []
    assert visits_of(town, "worker", "21", first=TODAY + dt.timedelta(days=1)) == []
    assert visits_of(town, "retired", "21") == []


def test_5202_gives_the_diagnoses_of_both_ends_of_a_stay(town: Any) -> None:
    stay = town.stay("worker").settled()
    rows = town.ask(stay.desk.about_visit(town.tick(), "5202", stay.person, stay.mdtrt_id)).rows("diseinfo")
    assert [(row["inout_diag_type"], row["maindiag_flag"], row["diag_code"]) for row in rows] == [
        ("1", "1", "I10.x00"),
        ("2", "1", "I10.x00"),
    ]


def test_5202_of_an_outpatient_visit_leaves_out_what_is_not_valid(town: Any) -> None:
    visit = Clinic(town)
    visit.register()
    asked = visit.desk.describe(town.tick(), visit.person, visit.mdtrt_id, WARD, med_type="14", disease=HYPERTENSION)
    (row,) = asked.rows("diseinfo")
    rows = ({**row}, {**row, "diag_srt_no": 2, "vali_flag": "0"}, {**row, "diag_srt_no": 3})
    assert town.ask(asked._replace(blocks={**asked.blocks, "diseinfo": rows})).succeeded
    found = visit.about("5202").rows("diseinfo")
    assert [(each["diag_srt_no"], each["maindiag_flag"]) for each in found] == [(1, "1"), (3, "0")]


def test_5203_repeats_every_kind_of_settlement(town: Any) -> None:
    clinic, shop = Clinic(town).seen(), Pharmacy(town)
    clinic.settle(), shop.buy()
    for player, kind in ((clinic, "11"), (shop, "41")):
        info = player.about("5203").block("setlinfo")
        assert (info["setl_id"], info["clr_type"], info["pay_loc"]) == (player.setl_id, kind, "3")
    own = Clinic(town, "local").seen()
    own.settle()
    assert own.about("5203").block("setlinfo")["pay_loc"] == "2"


def test_5204_gives_the_lines_of_one_settlement(town: Any) -> None:
    visit = Clinic(town).seen()
    visit.upload("B2")
    visit.settle("B2")
    rows = visit.about("5204").rows("data")
    assert [(row["feedetl_sn"], row["det_item_fee_sumamt"], row["med_type"]) for row in rows] == [
        ("3", 12_500, "11"),
        ("4", 17_280, "11"),
    ]
    assert {row["fee_ocur_time"][:10] for row in rows} == {TODAY.isoformat()}


@pytest.mark.parametrize("infno", ["5203", "5204"])
def test_a_settlement_that_is_not_in_force_or_anothers_is_unknown(town: Any, infno: str) -> None:
    visit = Clinic(town).seen()
    assert visit.about(infno, "none").infcode == code("unknown_settlement")
    visit.settle()
    assert visit.about(infno).succeeded
    person, visit.person = visit.person, town.net.people["retired"]
    assert visit.about(infno).infcode == code("unknown_settlement")
    visit.person, number = person, visit.mdtrt_id
    visit.mdtrt_id = "nowhere"
    assert visit.about(infno).infcode == code("unknown_settlement")
    visit.mdtrt_id = number
    visit.about("2208")
    assert visit.about(infno).infcode == code("unknown_settlement")


def test_lines_that_were_put_away_are_not_told(town: Any) -> None:
    visit = Clinic(town).seen()
    visit.settle()
    town.treatment.retire_visit(visit.mdtrt_id)
    assert visit.about("5204").infcode == code("unknown_settlement")
    assert visit.about("5203").succeeded


def test_5202_of_a_strange_visit_is_refused(town: Any) -> None:
    visit = Clinic(town).seen()
    visit.person = town.net.people["retired"]
    assert visit.about("5202").infcode == code("unknown_visit")
    visit.mdtrt_id = "nowhere"
    assert visit.about("5202").infcode == code("unknown_visit")


def test_5206_gives_what_was_used_up_by_kind(town: Any) -> None:
    town.stay("worker").settled(use_account=False)
    Clinic(town).seen().settle(use_account=False)
    Clinic(town).seen("14", HYPERTENSION).settle(use_account=False)
    year = town.insured.insured.year_of("P2", 2016)
    for month, wanted in (("", True), ("201601", True), ("201512", False)):
        asked = town.desk.accumulators(town.tick(), town.net.people["worker"], month)
        found = {row["cum_type_code"]: row["cum"] for row in town.ask(asked).rows("cuminfo")}
        assert (found["hifp_pay"] == year.basic_paid > 0) == wanted
        assert (found["opsp_hifp"] == 19_636) == wanted
        assert (found["otp_dedc"], found["otp_hifp"]) == ((10_000, 10_831) if wanted else (0, 0))


@pytest.mark.parametrize("infno", ["5201", "5206"])
def test_a_query_about_a_stranger_is_refused(town: Any, infno: str) -> None:
    stranger = town.net.people["worker"]._replace(psn_no="P99")
    ask = {
        "5201": lambda: town.desk.visits_between(town.tick(), stranger, (TODAY, LATER), med_type="21"),
        "5206": lambda: town.desk.accumulators(town.tick(), stranger),
    }
    assert town.ask(ask[infno]()).infcode == code("unknown_person")


def test_5303_lists_who_of_a_city_lies_here(town: Any) -> None:
    stay, other = town.stay("worker"), town.stay("retired")
    stay.admit(), other.admit()
    town.stay("resident", "H32019900002").admit()
    Clinic(town).seen()

    def found(psn_no: str = "", first: dt.date = TODAY) -> list[tuple[str, str]]:
        asked = town.desk.in_hospital(town.tick(), "320399", (first, LATER), psn_no=psn_no)
        return [(row["psn_no"], row["out_flag"]) for row in town.ask(asked).rows("data")]

    assert found() == [("P2", "1"), ("P1", "1")]
    assert found("P1") == [("P1", "1")]
    assert found(first=TODAY + dt.timedelta(days=1)) == []
    other.discharge()
    assert found() == [("P2", "1")]
