"""Every rule of version v1 finds its breach: an example with a few values changed.

Each case reads: rule, transaction and direction, the changes by path (None takes a value away), the path of the breach.
"""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

import schemas

D = Decimal
REQUEST, RESPONSE = "request", "response"
ORDER_OF_3101 = "input.data.patient_dtos.0.fsi_encounter_dtos.0"
CARD = {"mdtrt_cert_type": "03", "mdtrt_cert_no": "K1", "card_sn": ""}
INJURY = {"exp_content": '{"TRUM_FLAG":"1","REL_TTP_FLAG":""}'}

CASES: list[tuple[str, str, dict[str, Any], str]] = [
    ("msgid-owner", "9001 request", {"fixmedins_code": "H32010000002"}, "fixmedins_code"),
    ("msgid-time", "9001 request", {"msgid": "H32010000001202613020825000001"}, "msgid"),
    ("refmsgid-time", "9001 response", {"inf_refmsgid": "320100202613032000000000000001"}, "inf_refmsgid"),
    ("refmsg-time-exists", "9001 response", {"refmsg_time": "20260230200000120"}, "refmsg_time"),
    ("respond-time-exists", "9001 response", {"respond_time": "20260330250000120"}, "respond_time"),
    ("answered-after-received", "9001 response", {"refmsg_time": "20990303200000120"}, "respond_time"),
    ("refusal-says-why", "9001 response", {"infcode": -1, "err_msg": ""}, "err_msg"),
    ("insured-area-as-in-head", "2304 request", {"input.data.insuplc_admdvs": "320500"}, "input.data.insuplc_admdvs"),
    ("treatment-area-as-in-head", "2304 request", {"mdtrtarea_admvs": "320500"}, "input.data.mdtrtarea_admvs"),
    ("own-institution", "3302 request", {"input.data.fixmedins_code": "H3"}, "input.data.fixmedins_code"),
    ("card-number-of-a-card", "2304 request", {"input.data": CARD}, "input.data.card_sn"),
    ("number-of-the-credential", "2304 request", {"input.data.mdtrt_cert_no": None}, "input.data.mdtrt_cert_no"),
    (
        "person-across-regions",
        "1101 request",
        {"insuplc_admdvs": "320300", "input.data.psn_name": ""},
        "input.data.psn_name",
    ),
    (
        "credential-is-the-person",
        "1101 request",
        {"input.data.certno": "990000197511080040"},
        "input.data.mdtrt_cert_no",
    ),
    ("identity-number", "1101 request", {"input.data.certno": "990000196203140018"}, "input.data.certno"),
    (
        "identity-number-as-credential",
        "1101 request",
        {"input.data.mdtrt_cert_no": "990000196203140018"},
        "input.data.mdtrt_cert_no",
    ),
    (
        "identity-number-at-admission",
        "2401 request",
        {"input.mdtrtinfo.certno": "990000196213140019"},
        "input.mdtrtinfo.certno",
    ),
    (
        "identity-number-of-the-agent",
        "2505 request",
        {"input.data.agnter_certno": "990000199005060021"},
        "input.data.agnter_certno",
    ),
    (
        "identity-number-on-the-list",
        "4101 request",
        {"input.setlinfo.certno": "990000196203140018"},
        "input.setlinfo.certno",
    ),
    ("birth-day-of-the-number", "1101 response", {"output.baseinfo.brdy": "1962-03-15"}, "output.baseinfo.brdy"),
    ("birth-day-on-the-list", "4101 request", {"input.setlinfo.brdy": "1962-03-15"}, "input.setlinfo.brdy"),
    ("sex-of-the-number", "1101 response", {"output.baseinfo.gend": "2"}, "output.baseinfo.gend"),
    ("sex-on-the-list", "4101 request", {"input.setlinfo.gend": "2"}, "input.setlinfo.gend"),
    ("begin-before-end-time", "2001 request", {"input.data.begntime": "2026-03-13 00:00:00"}, "input.data.endtime"),
    ("begin-before-end-date", "2501 request", {"input.refmedin.begndate": "2026-09-01"}, "input.refmedin.enddate"),
    (
        "statement-begin-before-end",
        "3201 request",
        {"input.data.stmt_begndate": "2099-01-01"},
        "input.data.stmt_enddate",
    ),
    (
        "insured-before-paused",
        "1101 response",
        {"output.insuinfo.0.paus_insu_date": "1985-06-30"},
        "output.insuinfo.0.paus_insu_date",
    ),
    (
        "referred-before-filing-ends",
        "2501 request",
        {"input.refmedin.refl_date": "2026-09-01"},
        "input.refmedin.enddate",
    ),
    ("died-before-discharge", "2402 request", {"input.dscginfo.die_date": "2026-03-13"}, "input.dscginfo.endtime"),
    ("hurt-before-admission", "2507 request", {"input.data.trum_time": "2026-05-06"}, "input.data.adm_time"),
    (
        "admitted-before-discharged",
        "4101 request",
        {"input.setlinfo.adm_time": "2026-03-12 10:00:01"},
        "input.setlinfo.dscg_time",
    ),
    (
        "analysed-admission-before-discharge",
        "3101 request",
        {f"{ORDER_OF_3101}.adm_date": "2099-03-01"},
        f"{ORDER_OF_3101}.dscg_date",
    ),
    (
        "order-begins-before-it-stops",
        "3101 request",
        {f"{ORDER_OF_3101}.fsi_order_dtos.0.drord_stop_date": "1999-03-01"},
        f"{ORDER_OF_3101}.fsi_order_dtos.0.drord_stop_date",
    ),
    (
        "settlement-begin-before-end",
        "4101 request",
        {"input.setlinfo.setl_begn_date": "2099-03-01"},
        "input.setlinfo.setl_end_date",
    ),
    (
        "operation-begins-before-it-ends",
        "4101 request",
        {"input.oprninfo.0.oprn_oprt_begntime": "2099-03-05 00:00:00"},
        "input.oprninfo.0.oprn_oprt_endtime",
    ),
    (
        "anaesthesia-begins-before-it-ends",
        "4101 request",
        {"input.oprninfo.0": {"anst_begntime": "2026-03-05 09:00:00", "anst_endtime": "2026-03-05 08:00:00"}},
        "input.oprninfo.0.anst_endtime",
    ),
    (
        "intensive-care-begins-before-it-ends",
        "4101 request",
        {"input.icuinfo.0.scs_cutd_inpool_time": "2099-03-05 00:00:00"},
        "input.icuinfo.0.scs_cutd_exit_time",
    ),
    ("born-before-admission", "2507 request", {"input.data.brdy": "2099-03-14"}, "input.data.adm_time"),
    ("born-before-settlement", "2304 response", {"output.setlinfo.brdy": "2099-03-14"}, "output.setlinfo.setl_time"),
    ("clearing-month", "3260 request", {"input.data.trt_month": "3"}, "input.data.trt_month"),
    ("clearing-year-month", "3203 request", {"input.data.setlym": "202613"}, "input.data.setlym"),
    ("operation-of-day-surgery", "2001 request", {"input.data.med_type": "28"}, "input.data.oprn_oprt_code"),
    ("main-diagnosis", "2401 request", {"input.diseinfo.0.maindiag_flag": "0"}, "input.diseinfo"),
    (
        "main-diagnosis-changed",
        "2403 request",
        {"input.diseinfo.0.maindiag_flag": "1", "input.diseinfo.1.maindiag_flag": "1"},
        "input.diseinfo.1.maindiag_flag",
    ),
    ("diagnosis-number-once", "2203 request", {"input.diseinfo.1.diag_srt_no": 1}, "input.diseinfo.1.diag_srt_no"),
    ("diagnosis-of-the-person-2401", "2401 request", {"input.diseinfo.0.psn_no": "X"}, "input.diseinfo.0.psn_no"),
    ("diagnosis-of-the-visit-2402", "2402 request", {"input.diseinfo.0.mdtrt_id": "X"}, "input.diseinfo.0.mdtrt_id"),
    ("diagnosis-of-the-person-2402", "2402 request", {"input.diseinfo.0.psn_no": "X"}, "input.diseinfo.0.psn_no"),
    ("diagnosis-of-the-visit-2403", "2403 request", {"input.diseinfo.0.mdtrt_id": "X"}, "input.diseinfo.0.mdtrt_id"),
    ("diagnosis-of-the-person-2403", "2403 request", {"input.diseinfo.0.psn_no": "X"}, "input.diseinfo.0.psn_no"),
    (
        "referral-elsewhere",
        "2501 request",
        {"input.refmedin.reflin_medins_no": "H32030000001"},
        "input.refmedin.reflin_medins_no",
    ),
    (
        "reason-for-no-benefit",
        "2001 response",
        {"output.trtinfo.0.trt_enjymnt_flag": "0"},
        "output.trtinfo.0.trt_chk_rslt",
    ),
    (
        "institution-by-name-or-code",
        "1201 request",
        {"input.medinsinfo.fixmedins_name": ""},
        "input.medinsinfo.fixmedins_name",
    ),
    (
        "refund-names-its-line",
        "2301 request",
        {"input.feedetail.1": {"cnt": -1, "det_item_fee_sumamt": -10000}},
        "input.feedetail.1.init_feedetl_sn",
    ),
    (
        "line-is-quantity-times-price",
        "2301 request",
        {"input.feedetail.0.cnt": 11},
        "input.feedetail.0.det_item_fee_sumamt",
    ),
    ("line-number-once-feedetail", "2301 request", {"input.feedetail.1.feedetl_sn": 1}, "input.feedetail.1.feedetl_sn"),
    (
        "line-number-once-drugdetail",
        "2102 request",
        {"input.drugdetail.1.feedetl_sn": 1},
        "input.drugdetail.1.feedetl_sn",
    ),
    (
        "classes-make-the-line",
        "2301 response",
        {"output.result.0.preselfpay_amt": D("230.01")},
        "output.result.0.det_item_fee_sumamt",
    ),
    ("drugs-make-the-bill", "2102 request", {"input.druginfo.medfee_sumamt": 99}, "input.druginfo.medfee_sumamt"),
    (
        "split-lines-make-the-bill",
        "2102 response",
        {"output.setlinfo.medfee_sumamt": 99},
        "output.setlinfo.medfee_sumamt",
    ),
    (
        "traced-drug-is-sold",
        "2102 request",
        {"input.drugdetail.0.durg_trac_info.0.feedetl_sn": "99"},
        "input.drugdetail.0.durg_trac_info.0.feedetl_sn",
    ),
    ("bill-is-shared-out", "2304 response", {"output.setlinfo.hosp_part_amt": 1}, "output.setlinfo.medfee_sumamt"),
    ("shares-within-the-bill", "2103 response", {"output.setlinfo.psn_part_amt": -54}, "output.setlinfo.medfee_sumamt"),
    (
        "queried-shares-within-the-bill",
        "5203 response",
        {"output.setlinfo.psn_pay": 2767},
        "output.setlinfo.medfee_sumamt",
    ),
    ("funds-add-up", "2304 response", {"output.setlinfo.hifes_pay": 1}, "output.setlinfo.fund_pay_sumamt"),
    ("person-pays-account-and-cash", "2304 response", {"output.setlinfo.acct_pay": 1}, "output.setlinfo.psn_part_amt"),
    (
        "cancelled-person-pays-account-and-cash",
        "2208 response",
        {"output.setlinfo.pdn_cash_pay": 1},
        "output.setlinfo.psn_part_amt",
    ),
    (
        "queried-person-pays-account-and-cash",
        "5203 response",
        {"output.setlinfo.cash_payamt": 1},
        "output.setlinfo.psn_pay",
    ),
    (
        "shared-account-within-account",
        "2304 response",
        {"output.setlinfo.acct_mulaid_pay": 767},
        "output.setlinfo.acct_pay",
    ),
    ("classes-make-the-bill", "2304 response", {"output.setlinfo.preselfpay_amt": 1}, "output.setlinfo.medfee_sumamt"),
    ("classes-sent-make-the-bill", "2304 request", {"input.data.inscp_scp_amt": 1}, "input.data.medfee_sumamt"),
    (
        "fund-rows-make-the-fund",
        "2304 response",
        {"output.setldetail.0.fund_payamt": 9579},
        "output.setlinfo.fund_pay_sumamt",
    ),
    (
        "extension-is-json",
        "2203 request",
        {"input.mdtrtinfo.exp_content": "{TRUM_FLAG:1}"},
        "input.mdtrtinfo.exp_content",
    ),
    ("emergency-across-regions", "2203 request", {"input.mdtrtinfo.med_type": "13"}, "input.mdtrtinfo.exp_content"),
    ("trauma-flag-across-regions", "2401 request", {"input.mdtrtinfo.med_type": "22"}, "input.mdtrtinfo.exp_content"),
    ("third-party-flag-of-trauma", "2401 request", {"input.mdtrtinfo": INJURY}, "input.mdtrtinfo.exp_content"),
    ("reversible-transaction", "2601 request", {"input.data.oinfno": "2301"}, "input.data.oinfno"),
    (
        "reversed-msgid-time",
        "2601 request",
        {"input.data.omsgid": "H32010000001202603322020000007"},
        "input.data.omsgid",
    ),
    (
        "reversed-msgid-is-own",
        "2601 request",
        {"input.data.omsgid": "H32010000002202603121020000007"},
        "input.data.omsgid",
    ),
    (
        "reversed-msgid-is-another",
        "2601 request",
        {"input.data.omsgid": "H32010000001202603121022000001"},
        "input.data.omsgid",
    ),
    (
        "analysis-says-what-for",
        "3101 request",
        {"input.data": {"trig_scen": "", "rule_ids": []}},
        "input.data.trig_scen",
    ),
    ("reason-for-going-on", "3103 request", {"input.data.warns.0.dspo_way_rea": ""}, "input.data.warns.0.dspo_way_rea"),
    ("recognised-total", "3203 request", {"input.data.med_sumfee": 12345}, "input.data.med_sumfee"),
    ("page-begins-after-hundreds", "3260 request", {"input.data.startrow": 100}, "input.data.startrow"),
    ("rows-confirmed", "3261 request", {"input.data.totalrow": 3}, "input.data.totalrow"),
    (
        "settlement-confirmed-once",
        "3261 request",
        {"input.detail.1.setl_sn": "A3203002603120000001"},
        "input.detail.1.setl_sn",
    ),
    ("extracted-row-once", "3260 response", {"output.data.1.seqno": 1}, "output.data.1.seqno"),
    (
        "insurance-within-the-bill",
        "3261 request",
        {"input.detail.0.optins_pay_sumamt": 12346},
        "input.detail.0.medfee_sumamt",
    ),
    ("contact-of-the-patient", "4101 request", {"input.setlinfo.coner_tel": ""}, "input.setlinfo.coner_tel"),
    (
        "age-on-the-list",
        "4101 request",
        {"input.setlinfo": {"age": None, "nwb_age": None, "age_days": None}},
        "input.setlinfo.age",
    ),
    ("classes-make-the-charge", "4101 request", {"input.iteminfo.0.amt": 1}, "input.iteminfo.0.amt"),
    ("blood-of-the-person", "4101 request", {"input.bldinfo.0.psn_no": "X"}, "input.bldinfo.0.psn_no"),
    ("blood-of-the-visit", "4101 request", {"input.bldinfo.0.mdtrt_id": "X"}, "input.bldinfo.0.mdtrt_id"),
    ("blood-of-the-settlement", "4101 request", {"input.bldinfo.0.setl_id": "X"}, "input.bldinfo.0.setl_id"),
]
IDS = [case[0] for case in CASES]


def steps(text: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isdigit() else step for step in text.split("."))


def change(message: Any, path: str, value: Any) -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            change(message, f"{path}.{name}", each)
        return
    *most, last = steps(path)
    for step in most:
        message = message[step]
    if value is None:
        message.pop(last, None)
    else:
        message[last] = value


@pytest.mark.parametrize(("rule", "where", "changes", "place"), CASES, ids=IDS)
def test_a_rule_finds_its_breach(rule: str, where: str, changes: dict[str, Any], place: str):
    registry = schemas.load("v1")
    infno, direction = where.split()
    message = schemas.parse(registry.examples[infno, direction])  # type: ignore[index]  # one of the two directions
    for path, value in changes.items():
        change(message, path, value)
    plan = registry.validator(infno, direction).plan  # type: ignore[arg-type]
    found = {(breach.rule, breach.path) for breach in plan.broken(message)}
    assert (rule, steps(place)) in found


def test_every_rule_of_the_national_interface_has_a_case():
    entries = json.loads((files("schemas") / "v1" / "rules.json").read_text(encoding="utf-8"))
    national = {entry["id"] for entry in entries if not is_of_the_bureau(entry)}
    assert national <= set(IDS)


def is_of_the_bureau(entry: dict[str, Any]) -> bool:
    named = entry.get("where", {}).get("infnos", [])
    return bool(named) and all(each[0].isalpha() for each in named)
