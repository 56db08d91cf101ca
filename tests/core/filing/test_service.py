"""Chronic diseases, chosen institutions and accidents: declared by institutions, reviewed by the bureau, asked for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.filing.actions import Review
from simulator.core.filing.declarations import CHRONIC, Declaration, Declared, Reviewed
from simulator.core.filing.facts import Left

D = dt.date
WORKER, VISITOR = "32039900000001", "32019900000003"
DISEASE = {
    "psn_no": WORKER,
    "insutype": "310",
    "opsp_dise_code": "M03900",
    "opsp_dise_name": "高血压",
    "insu_optins": "320300",
    "ide_fixmedins_no": "H32039900001",
    "ide_fixmedins_name": "徐州医院",
    "hosp_ide_date": "2023-02-28",
    "diag_dr_codg": "D320300000001",
    "diag_dr_name": "试例医师丁",
    "begndate": "2023-03-01",
    "enddate": "2024-02-29",
}
CHOICE = {
    "psn_no": WORKER,
    "biz_appy_type": "01",
    "begndate": "2023-03-01",
    "enddate": "2023-12-31",
    "fix_srt_no": "1",
    "fixmedins_code": "H32019900001",
    "fixmedins_name": "南京医院",
    "memo": "本人选定",
}
ACCIDENT = {
    "dcla_souc": "01",
    "psn_no": WORKER,
    "psn_cert_type": "01",
    "certno": "990000196203140019",
    "psn_name": "试例甲",
    "insu_admdvs": "320399",
    "chk_pay_flag": "1",
    "begndate": "2023-03-01",
    "enddate": "2023-03-31",
}


@pytest.fixture
def desk(bureau: Any) -> Any:
    """Make a bureau whose hospitals in 徐州 and 南京 have signed in."""

    def make(**changes: Any) -> Any:
        b = bureau(**changes)
        for code in ("H32039900001", "H32019900001"):
            hospital = b.play.net.desks[code]
            hospital.sign_no = b.play.ask(hospital.sign_in(b.play.now)).block("signinoutb")["sign_no"]
        return b

    return make


def declared(b: Any, infno: str, data: dict[str, str], **more: Any) -> str:
    reply = b.ask(infno, data=data, **more)
    assert reply.succeeded, reply.head["err_msg"]
    return str(reply.block("result")["trt_dcla_detl_sn"])


def test_a_chronic_disease_counts_once_approved_and_for_its_days(desk: Any) -> None:
    b = desk()
    sn = declared(b, "2503", DISEASE)
    assert sn == "BD32030020230301000001"
    assert not b.desk.chronic(WORKER, "M03900", D(2023, 3, 1))
    assert b.ask("5301", data={"psn_no": WORKER}).rows("feedetail") == ()
    assert b.act(Review(sn, approved=True)) == [Reviewed(sn, True)]
    days = (D(2023, 2, 28), D(2023, 3, 1), D(2024, 2, 29), D(2024, 3, 1))
    assert [b.desk.chronic(WORKER, "M03900", day) for day in days] == [False, True, True, False]
    assert not b.desk.chronic(WORKER, "M01600", D(2023, 3, 1))
    (row,) = b.ask("5301", data={"psn_no": WORKER}).rows("feedetail")
    assert row == {
        "opsp_dise_code": "M03900",
        "opsp_dise_name": "高血压",
        "begndate": "2023-03-01",
        "enddate": "2024-02-29",
    }


def test_where_no_review_comes_first_it_counts_at_once_until_turned_down(desk: Any) -> None:
    b = desk(review_first=False)
    sn = declared(b, "2503", {**DISEASE, "enddate": ""}, hospital="H32019900001")  # from another city
    assert b.desk.chronic(WORKER, "M03900", D(2030, 1, 1))
    b.act(Review(sn, approved=False))
    assert not b.desk.chronic(WORKER, "M03900", D(2023, 3, 1))
    assert declared(b, "2503", DISEASE) != sn  # it may be declared again


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"psn_no": "nobody"}, -121),
        ({"psn_no": VISITOR}, -121),
        ({"insutype": "390"}, -123),
        ({}, -166),
        ({"begndate": "2024-02-29", "enddate": ""}, -166),
        ({"begndate": "2024-03-01", "enddate": ""}, 0),
        ({"begndate": "2022-01-01", "enddate": "2023-02-28"}, 0),
        ({"opsp_dise_code": "M01600"}, 0),
    ],
)
def test_a_disease_is_declared_once_at_a_time_for_people_insured_here(
    desk: Any, changes: dict[str, str], code: int
) -> None:
    b = desk()
    declared(b, "2503", DISEASE)
    assert b.ask("2503", data={**DISEASE, **changes}).infcode == code


def test_a_declaration_is_withdrawn_only_before_its_review(desk: Any) -> None:
    b = desk()
    first, second = declared(b, "2503", DISEASE), declared(b, "2503", {**DISEASE, "opsp_dise_code": "M01600"})
    away = {"trt_dcla_detl_sn": first, "psn_no": WORKER, "memo": "填错"}
    assert b.ask("2504", data={**away, "psn_no": VISITOR}).infcode == -124
    assert b.ask("2506", data=away).infcode == -124  # it is no chosen institution
    assert b.ask("2504", data=away).succeeded
    assert b.ask("2504", data=away).infcode == -124
    b.act(Review(second, approved=True))
    assert b.ask("2504", data={**away, "trt_dcla_detl_sn": second}).infcode == -167
    assert declared(b, "2503", DISEASE).endswith("000003")  # a number is used once


def test_the_staff_review_once_what_there_is(desk: Any) -> None:
    b = desk()
    sn = declared(b, "2503", DISEASE)
    assert b.declined(Review("BD0", approved=True)) == ("unknown_filing", ("BD0",))
    b.act(Review(sn, approved=True))
    assert b.declined(Review(sn, approved=False)) == ("filing_reviewed", (sn,))


def test_the_latest_choice_of_each_order_number_is_listed(desk: Any) -> None:
    b = desk()
    declared(b, "2505", CHOICE)
    declared(b, "2505", {**CHOICE, "fix_srt_no": "2", "fixmedins_code": "H32059900001", "fixmedins_name": "苏州医院"})
    declared(b, "2505", {**CHOICE, "biz_appy_type": "09"})
    latest = declared(b, "2505", {**CHOICE, "fixmedins_code": "H32012400001", "memo": "", "enddate": ""})
    ask = {"psn_no": WORKER, "biz_appy_type": "01"}
    rows = b.ask("5302", data=ask).rows("psnfixmedin")
    assert [(row["fix_srt_no"], row["fixmedins_code"], row["enddate"]) for row in rows] == [
        ("1", "H32012400001", ""),
        ("2", "H32059900001", "2023-12-31"),
    ]
    assert b.ask("2506", data={"trt_dcla_detl_sn": latest, "psn_no": WORKER, "memo": "改选"}).succeeded
    rows = b.ask("5302", data=ask).rows("psnfixmedin")
    assert [row["fixmedins_code"] for row in rows] == ["H32019900001", "H32059900001"]
    b.on(D(2024, 1, 1))
    for code in ("H32039900001",):
        hospital = b.play.net.desks[code]
        hospital.sign_no = b.play.ask(hospital.sign_in(b.play.now)).block("signinoutb")["sign_no"]
    assert b.ask("5302", data=ask).rows("psnfixmedin") == ()


def test_an_accident_is_kept_for_its_days(desk: Any) -> None:
    b = desk()
    declared(b, "2507", ACCIDENT, hospital="H32019900001")
    days = (D(2023, 2, 28), D(2023, 3, 1), D(2023, 3, 31), D(2023, 4, 1))
    held = [list(b.desk.declared.in_force(WORKER, "accident", day)) for day in days]
    assert [len(each) for each in held] == [0, 1, 1, 0]
    assert not b.desk.chronic(WORKER, "", D(2023, 3, 1))


@pytest.mark.parametrize(("infno", "data"), [("2505", CHOICE), ("2507", ACCIDENT)])
def test_nothing_is_declared_for_people_not_insured_here(desk: Any, infno: str, data: dict[str, str]) -> None:
    b = desk()
    assert b.ask(infno, data={**data, "psn_no": VISITOR}).infcode == -121
    assert len(b.desk.declared) == 0


@pytest.mark.parametrize("infno", ["5301", "5302"])
def test_of_people_not_insured_here_nothing_is_said(desk: Any, infno: str) -> None:
    b = desk()
    data = {"psn_no": WORKER, "biz_appy_type": "01"} if infno == "5302" else {"psn_no": WORKER}
    assert b.ask(infno, data=data).succeeded
    b.play.insured.fold(Left(WORKER, D(2023, 3, 1), "moved"))
    assert b.ask(infno, data=data).infcode == -121


def test_a_declaration_may_be_told_as_a_fact(desk: Any, picture_of: Any) -> None:
    b = desk()
    fact = Declared(Declaration("BD1", CHRONIC, WORKER, "310", "M03900", "高血压", D(2023, 1, 1)))
    b.play.insured.fold(fact)
    b.play.relay.facts.append(("320300", fact))
    assert b.desk.chronic(WORKER, "M03900", D(2023, 3, 1))
    sn = declared(b, "2503", {**DISEASE, "opsp_dise_code": "M01600"})
    b.act(Review(sn, approved=True))
    b.ask("2504", data={"trt_dcla_detl_sn": "BD1", "psn_no": WORKER, "memo": "填错"})
    assert b.replayed(picture_of) == b.known(picture_of)
    assert b.known(picture_of)["320300"]["declared"]["_made"] == 2
