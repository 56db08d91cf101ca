"""How the city of insurance words what it knows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.platform.refusals import REFUSALS
from simulator.core.visits.answers import fund_rows, person_blocks


@pytest.mark.parametrize(
    ("today", "age"), [(dt.date(2016, 10, 10), 650), (dt.date(2016, 10, 11), 660), (dt.date(2016, 10, 12), 660)]
)
def test_the_age_counts_birthdays_in_tenths_of_a_year(people: Any, today: dt.date, age: int) -> None:
    assert person_blocks(people["retired"], 0, today)["baseinfo"]["age"] == age


def test_1101_says_who_a_person_is_how_insured_and_what_the_account_holds(play: Any) -> None:
    reply = play.ask(play.desk.person_info(play.tick(), play.net.people["retired"]))
    assert reply.block("baseinfo")["psn_no"] == "P1"
    (insured,) = reply.rows("insuinfo")
    assert (insured["balc"], insured["insutype"], insured["insuplc_admdvs"]) == (300_000, "310", "320399")
    play.stay().settled()
    reply = play.ask(play.desk.person_info(play.tick(), play.net.people["retired"]))
    assert reply.rows("insuinfo")[0]["balc"] == 0


def test_1101_finds_a_person_by_the_certificate_alone_but_not_under_another_name(play: Any) -> None:
    asked = play.desk.person_info(play.tick(), play.net.people["retired"])
    bare = {name: value for name, value in asked.block("data").items() if name not in {"certno", "psn_name"}}
    for added, found in (({}, True), ({"psn_name": ""}, True), ({"psn_name": "别人"}, False)):
        asked = play.desk.person_info(play.tick(), play.net.people["retired"])
        assert play.ask(asked._replace(blocks={"data": {**bare, **added}})).succeeded is found


@pytest.mark.parametrize(("who", "fund", "right"), [("retired", "310100", "1"), ("resident", "390100", "1")])
def test_2001_says_whether_the_basic_fund_pays(play: Any, who: str, fund: str, right: str) -> None:
    (row,) = eligibility(play, who).rows("trtinfo")
    assert (row["fund_pay_type"], row["trt_enjymnt_flag"], row["trt_chk_rslt"]) == (fund, right, "")


def test_2001_gives_the_reason_why_not(play: Any) -> None:
    (row,) = eligibility(play, "unfiled").rows("trtinfo")
    assert row["trt_enjymnt_flag"] == "0"
    assert row["trt_chk_rslt"]
    (row,) = eligibility(play, "retired", insutype="390").rows("trtinfo")
    assert row["trt_enjymnt_flag"] == "0"


def test_2001_of_an_unknown_person_is_refused(play: Any) -> None:
    assert eligibility(play, "retired", psn_no="P99").infcode == REFUSALS["unknown_person"].code


def eligibility(play: Any, who: str, **changes: Any) -> Any:
    person = play.net.people[who]
    asked = play.desk.about_visit(play.tick(), "2001", person, "")
    data = {"psn_no": person.psn_no, "insutype": person.insutype, "med_type": "21"}
    data |= {"begntime": "2016-10-10 09:00:00"} | changes
    return play.ask(asked.with_fields("data", data))


def test_5203_repeats_a_settlement_in_its_own_words(play: Any) -> None:
    stay = play.stay().settled()
    info = stay.about("5203").block("setlinfo")
    assert (info["psn_pay"], info["cash_payamt"], info["acct_pay"]) == (508_565, 208_565, 300_000)
    assert (info["begndate"], info["enddate"], info["year"]) == ("2016-10-10", "2016-10-10", "2016")
    assert info["fixmedins_name"] == "H32019900001医院"
    assert not {"psn_part_amt", "psn_cash_pay", "hosp_part_amt"} & set(info)


def test_the_split_by_fund_has_a_row_for_each_fund_that_pays(play: Any) -> None:
    stay = play.stay("resident").settled()
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    assert [(part["fund_pay_type"], part["fund_payamt"]) for part in fund_rows(row)] == [
        ("390100", row.shares.hifp_pay)
    ]
    both = row._replace(shares=row.shares._replace(hifmi_pay=5))
    assert [part["fund_pay_type"] for part in fund_rows(both)] == ["390100", "390200"]
    each = dict.fromkeys(("hifp_pay", "hifob_pay", "hifmi_pay", "cvlserv_pay", "hifes_pay", "maf_pay"), 7)
    every = row._replace(shares=row.shares._replace(**each))
    codes = ["390100", "330100", "390200", "320100", "370100", "610100"]
    assert [(part["fund_pay_type"], part["fund_payamt"]) for part in fund_rows(every)] == [(code, 7) for code in codes]
    nothing = row._replace(shares=row.shares._replace(hifp_pay=0))
    assert fund_rows(nothing) == []
