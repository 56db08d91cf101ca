"""Filings that the place of insurance tells the place of treatment of (F101 to F103), which tells what it holds (F104).

They are messages this project proposes, and judged with the profile ``bureau`` alone.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.clauses import verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import HERE

pytestmark = pytest.mark.bureau
LONG_TERM, REFERRAL = "12", "21"
NAMED = ("trt_dcla_detl_sn", "psn_no", "insuplc_admdvs", "rloc_admdvs")
KEPT = (*NAMED, "out_fil_type", "out_onln_way", "fil_chnl", "cmit_fil_flag", "begndate", "enddate")


def visitor(case: CaseClient) -> tuple[VisitClient, dict[str, Any]]:
    """Return a visit of somebody insured elsewhere, and a filing of theirs as an upload (F101) has it."""
    visit = case.visit(HERE)
    known = visit.about()
    who = ("psn_no", "certno", "psn_name", "gend", "brdy", "insutype", "psn_type")
    data: dict[str, Any] = {name: known[name] for name in who}
    data |= {
        "trt_dcla_detl_sn": f"BA{known['psn_no'][-12:]}",
        "psn_cert_type": "01",
        "insuplc_admdvs": known["insuring"],
        "insu_admdvs": known["insuplc_admdvs"],
        "rloc_admdvs": known["mdtrtarea_admvs"],
        "out_fil_type": LONG_TERM,
        "out_onln_way": "1",
        "fil_chnl": "4",
        "cmit_fil_flag": "0",
        "begndate": case.day(-20),
        "enddate": "",
        "dcla_time": f"{case.day(-20)} 09:00:00",
        "opt_time": f"{case.day(-20)} 10:00:00",
        "trip_cnt": 0,
        "att_cnt": 1,
    }
    return visit, data


def change(case: CaseClient, data: dict[str, Any], version: str, **new: Any) -> dict[str, Any]:
    """Return the blocks of a change (F102) of a filing that is known in a version."""
    told = {name: data[name] for name in KEPT} | new
    told |= {"ver_no": version, "chg_date": case.day(0), "chg_rea": "变更有效期"}
    return {"data": told | {"opt_time": f"{case.day(0)} 08:00:00"}}


def ending(case: CaseClient, data: dict[str, Any], **new: Any) -> dict[str, Any]:
    """Return the blocks of a cancellation (F103) as of yesterday."""
    told = {name: data[name] for name in NAMED}
    told |= {"canc_date": case.day(-1), "fil_canc_rea": "2", "lastchk_date": case.day(-1)}
    return {"data": told | {"opt_time": f"{case.day(0)} 08:00:00", **new}}


def held(case: CaseClient, visit: VisitClient, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the filings of the person that the city tells of today (F104), each as the model has it."""
    asked = {"trt_dcla_detl_sn": "", "psn_no": data["psn_no"], "certno": "", "rloc_admdvs": "", "updt_time": ""}
    asked |= {"insuplc_admdvs": data["insuplc_admdvs"], "query_date": case.day(0)}
    step = visit.told("F104", {"data": {**asked, "page_num": 1, "page_size": 100}})
    rows: list[dict[str, Any]] = step.output.get("filinfo", [])
    case.expect("F104", "/output/data/data_cnt", len(rows), step.output["data"]["data_cnt"], step.line)
    return rows


def expect(case: CaseClient, found: list[dict[str, Any]], *versions: str) -> None:
    """Hold the versions of the filings that are held against those that must be."""
    case.expect("F104", "/output/filinfo", list(versions), [str(row["ver_no"]) for row in found])


@verifies(
    "JL-3.1a",
    zh="参保地上传的备案，就医地即时收存，并可查得；重复上传的不受理。",
    en="The place of treatment takes an upload of a filing, holds it at once, and refuses it a second time.",
)
@pytest.mark.parametrize("kind", (LONG_TERM, REFERRAL))
def test_a_filing_is_uploaded(case: CaseClient, kind: str) -> None:
    visit, data = visitor(case)
    if kind == REFERRAL:
        data |= {"out_fil_type": kind, "enddate": case.day(170), "refl_date": data["begndate"]}
        data |= {"trafout_fixmedins_code": "H00000000001", "trafout_fixmedins_name": "转出医院"}
    expect(case, held(case, visit, data))
    visit.told("F101", {"data": data})
    expect(case, held(case, visit, data), "1")
    visit.told("F101", {"data": data | {"begndate": case.day(-5)}}, good=False)
    expect(case, held(case, visit, data), "1")


@verifies(
    "JL-3.1a",
    zh="不是本地的备案，或参保统筹区与参保地不符的，不受理。",
    en="A filing for another place, or of a pooling area that is not the sender's, is not taken.",
)
@pytest.mark.parametrize("field", ("rloc_admdvs", "insu_admdvs"))
def test_a_filing_that_is_not_for_here(case: CaseClient, field: str) -> None:
    visit, data = visitor(case)
    other = data["insu_admdvs"] if field == "rloc_admdvs" else data["rloc_admdvs"]
    visit.told("F101", {"data": {**data, field: other}}, good=False)
    expect(case, held(case, visit, data))
    visit.told("F101", {"data": data})
    expect(case, held(case, visit, data), "1")


@verifies(
    "JL-3.1a",
    zh="备案变更以现行版本为准：版本不符、他市来的、无此备案的，均不受理。",
    en="A change is of the version that is held: another version, another city's filing, and none at all are refused.",
)
def test_a_filing_is_changed(case: CaseClient) -> None:
    visit, data = visitor(case)
    last = case.day(60)
    visit.told("F101", {"data": data})
    visit.told("F102", change(case, data, "2", enddate=last), good=False)
    visit.told("F102", change(case, data, "1", enddate=last, insuplc_admdvs="320200"), good=False, by="320200")
    visit.told("F102", change(case, data, "1", enddate=last))
    (row,) = held(case, visit, data)
    case.expect("F104", "/output/filinfo/0/enddate", ("2", last), (str(row["ver_no"]), row["enddate"]))
    visit.told("F102", change(case, data, "1", enddate=case.day(90)), good=False)
    expect(case, held(case, visit, data), "2")


@verifies(
    "JL-6.4b",
    zh="撤销的备案不再有效；他人的、没有的备案不能撤销，已撤销的不能再变更。",
    en="A filing that is withdrawn is no more held; it must be there and the person's, and is not changed afterwards.",
)
def test_a_filing_is_withdrawn(case: CaseClient) -> None:
    visit, data = visitor(case)
    visit.told("F103", ending(case, data), good=False)
    visit.told("F101", {"data": data})
    visit.told("F103", ending(case, data, psn_no="P0"), good=False)
    expect(case, held(case, visit, data), "1")
    visit.told("F103", ending(case, data))
    expect(case, held(case, visit, data))
    visit.told("F102", change(case, data, "2"), good=False)
    visit.told("F103", ending(case, data), good=False)
