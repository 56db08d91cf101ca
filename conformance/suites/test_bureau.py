"""Messages between bureaus, which this project proposes: what other cities and the province tell a city.

They are judged with the profile ``bureau`` alone, in a section of the certificate of their own. Each case leaves other
cases as they are: nothing is told that changes what the city does for anybody else.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from conformance.clauses import verifies
from conformance.client import CaseClient, VisitClient, judged
from conformance.setting import AWAY, HERE

pytestmark = pytest.mark.bureau


def settled(case: CaseClient, where: str) -> tuple[VisitClient, dict[str, Any], int]:
    """Return a settled visit, by what it is known, and what the funds paid."""
    visit = case.visit(where, yuan=30_000)
    fund: int = visit.settled().output["setlinfo"]["fund_pay_sumamt"]
    return visit, dict(visit.about()), fund


# -- deductions -------------------------------------------------------------------------------------------------------


def finding(case: CaseClient, known: dict[str, Any], fen: int) -> dict[str, Any]:
    """Return the blocks of an audit's finding (A101) about a settlement."""
    number = f"SH{known['psn_no'][-12:]}"
    data = {
        **_whose(known),
        "chk_find_id": number,
        "chk_souc": "1",
        "rule_id": "G01",
        "rule_name": "重复收费",
        "rule_ver": "1",
        "vola_bhvr_type": "1",
        "sev_deg": "2",
        "vola_cont": "同日同项重复收费",
        "vola_evid": "明细1、明细2",
        "vola_sumamt": fen,
        "fnd_date": case.day(0),
        "totalrow": 1,
    }
    row = {"seqno": 1, "setl_id": known["setl_id"], "mdtrt_id": known["mdtrt_id"], "psn_no": known["psn_no"]}
    return {"data": data, "findlist": [{**row, "setl_time": f"{case.day(0)} 00:00:00", "vola_amt": fen}]}


def deduction(case: CaseClient, known: dict[str, Any], fen: int, number: int = 1) -> dict[str, Any]:
    """Return the blocks of a deduction (A102) that follows on the finding."""
    data = {
        **_whose(known),
        "ded_no": f"KK{known['psn_no'][-12:]}{number}",
        "chk_find_id": f"SH{known['psn_no'][-12:]}",
        "setlym": case.day(0)[:7].replace("-", ""),
        "ded_date": case.day(0),
        "ded_sumamt": fen,
        "totalrow": 1,
    }
    row = {"seqno": 1, "setl_id": known["setl_id"], "insutype": known["insutype"], "fund_pay_type": "310100"}
    return {"data": data, "dedlist": [{**row, "ded_amt": fen, "ded_rea": "重复收费"}]}


def _whose(known: dict[str, Any]) -> dict[str, str]:
    return {
        "chk_admdvs": known["treating"],
        "insuplc_admdvs": known["insuring"],
        "fixmedins_code": known["fixmedins_code"],
        "fixmedins_name": "示例医院",
    }


@verifies(
    "P75-50",
    zh="就医地稽核的拒付冲减参保地的结算费用：不超过基金所付，同一扣款只计一次。",
    en="What the place of treatment deducts is taken off a bill: no more than the funds paid, and each once.",
)
def test_deductions_are_offset(case: CaseClient) -> None:
    visit, known, fund = settled(case, AWAY)
    visit.told("A102", deduction(case, known, 1_000), good=False)
    visit.told("A101", finding(case, known, fund))
    visit.told("A102", deduction(case, known, fund + 1), good=False)
    visit.told("A102", deduction(case, known, fund - 500))
    visit.told("A102", deduction(case, known, fund - 500), good=False)
    visit.told("A102", deduction(case, known, 501, 2), good=False)
    visit.told("A102", deduction(case, known, 500, 2))
    visit.told("A102", deduction(case, known, -fund - 1, 3), good=False)
    visit.told("A102", deduction(case, known, -fund, 3))


@verifies(
    "P75-50",
    zh="对不是本市参保人的结算，稽核发现和扣款都不受理。",
    en="Neither a finding nor a deduction about a bill of nobody insured here is taken.",
)
def test_deductions_from_a_strangers_bill(case: CaseClient) -> None:
    visit, known, _ = settled(case, AWAY)
    visit.told("A101", finding(case, {**known, "setl_id": "S0"}, 100), good=False)
    visit.told("A101", finding(case, known, 100))
    visit.told("A102", deduction(case, {**known, "setl_id": "S0"}, 100), good=False)


@verifies(
    "P75-50",
    zh="一次扣款中同一结算的多行合并计算，合计不超过基金所付；超过的整次不受理。",
    en="Rows of one deduction about one bill count together: over what the funds paid, none of them is taken.",
)
def test_rows_of_a_deduction_count_together(case: CaseClient) -> None:
    visit, known, fund = settled(case, AWAY)
    visit.told("A101", finding(case, known, fund))
    half = fund // 2
    visit.told("A102", rows_of(deduction(case, known, fund + 1), half, fund - half + 1), good=False)
    visit.told("A102", rows_of(deduction(case, known, fund), half, fund - half))
    visit.told("A102", deduction(case, known, 1, 2), good=False)
    visit.told("A102", rows_of(deduction(case, known, -fund, 3), -half, half - fund))
    visit.told("A102", deduction(case, known, fund, 4))


def rows_of(blocks: dict[str, Any], *fen: int) -> dict[str, Any]:
    """Return a deduction in which each amount is a row of its own."""
    (row,) = blocks["dedlist"]
    rows = [{**row, "seqno": number, "ded_amt": amount} for number, amount in enumerate(fen, 1)]
    return {"data": {**blocks["data"], "totalrow": len(rows)}, "dedlist": rows}


@verifies(
    "P75-50",
    zh="同一扣款报文迟到的副本，答复同前，只扣一次。",
    en="A copy of a deduction that comes late gets the same answer, and is deducted once.",
)
def test_a_deduction_that_comes_twice(case: CaseClient) -> None:
    visit, known, fund = settled(case, AWAY)
    visit.told("A101", finding(case, known, fund))
    first = visit.told("A102", deduction(case, known, fund - 300))
    for _ in range(2):
        copy = judged(case.do("echo", visit.number, 0))
        case.expect("A102", "/infcode", first.infcode, copy.infcode, copy.line)
    visit.told("A102", deduction(case, known, 301, 2), good=False)
    visit.told("A102", deduction(case, known, 300, 2))


@verifies(
    "P75-50",
    zh="没有先告知稽核发现的扣款不受理，其他结算的发现也不能代替。",
    en="A deduction without a finding that was told before is not taken, whatever was found about other bills.",
)
def test_a_deduction_needs_its_finding(case: CaseClient) -> None:
    visit, known, _ = settled(case, AWAY)
    other, about, _ = settled(case, AWAY)
    other.told("A101", finding(case, about, 100))
    visit.told("A102", deduction(case, known, 100), good=False)
    visit.told("A101", finding(case, known, 100))
    visit.told("A102", deduction(case, known, 100))


# -- disputes ---------------------------------------------------------------------------------------------------------


def question(case: CaseClient, known: dict[str, Any], amounts: dict[str, int]) -> dict[str, Any]:
    """Return the blocks of a question about a settlement (C104)."""
    data = {
        "dspt_id": f"YY{known['psn_no'][-12:]}",
        "setlym": case.day(0)[:7].replace("-", ""),
        "mdtrtarea_admvs": known["treating"],
        "insuplc_admdvs": known["insuring"],
        "dspt_rea": "7",
        "dspt_dscr": "参保人对结算有疑义",
        "dspt_sumamt": amounts["medfee_sumamt"],
        "rpl_ddln_date": case.day(14),
        "coner_name": "经办员",
        "opt_time": f"{case.day(0)} 09:00:00",
        "totalrow": 1,
    }
    row = {"seqno": 1, **{name: known[name] for name in ("setl_id", "mdtrt_id", "psn_no", "fixmedins_code")}}
    row |= {"setl_time": f"{case.day(0)} 00:00:00", "dspt_amt": amounts["medfee_sumamt"], **amounts}
    return {"data": data, "dsptlist": [row]}


@verifies(
    "JL-6.5",
    zh="参保地就结算疑义提请协调的，就医地受理；同一疑义只归一个参保地，未答复前不重复受理。",
    en="The place of treatment takes a question of the place of insurance, whose it is, and takes it once.",
)
def test_a_question_about_a_settlement(case: CaseClient) -> None:
    visit, known, _ = settled(case, HERE)
    (row,) = visit.stated()
    amounts = {"medfee_sumamt": row["medfee_sumamt"], "clr_sumamt": row["fund_pay_sumamt"] + row["acct_pay"]}
    asked = question(case, known, amounts)
    visit.told("C104", asked)
    visit.told("C104", {**asked, "data": {**asked["data"], "dspt_dscr": "再次提出"}}, good=False)
    visit.told("C104", {**asked, "data": {**asked["data"], "insuplc_admdvs": "320200"}}, good=False, by="320200")


@verifies(
    "JL-6.5",
    zh="疑义涉及的医院不存在的，不受理，也不占用其编号。",
    en="A question about an institution that there is not is refused, and its number stays free.",
)
def test_a_question_about_no_institution(case: CaseClient) -> None:
    visit, known, _ = settled(case, HERE)
    (row,) = visit.stated()
    amounts = {"medfee_sumamt": row["medfee_sumamt"], "clr_sumamt": row["fund_pay_sumamt"] + row["acct_pay"]}
    visit.told("C104", question(case, {**known, "fixmedins_code": "H00000000000"}, amounts), good=False)
    visit.told("C104", question(case, known, amounts))


@verifies(
    "JS-3.1g",
    should=True,
    zh="没有提出过的疑义，不接受答复。",
    en="An answer to a question that was never asked is not taken.",
)
def test_an_answer_to_no_question(case: CaseClient) -> None:
    visit, known, _ = settled(case, AWAY)
    data = {
        "dspt_id": f"YY{known['psn_no'][-12:]}",
        "mdtrtarea_admvs": known["treating"],
        "insuplc_admdvs": known["insuring"],
        "dspt_rslt": "1",
        "rslt_dscr": "已解释",
        "adj_sumamt": 0,
        "opt_time": f"{case.day(0)} 09:00:00",
        "totalrow": 1,
    }
    row = {"seqno": 1, "setl_id": known["setl_id"], "dspt_rslt": "1", "adj_amt": 0}
    visit.told("C105", {"data": data, "rsltlist": [row]}, good=False)


# -- the catalogue and filings ----------------------------------------------------------------------------------------


@verifies(
    "JS-3.2e",
    zh="没有批准编号的目录变更不受理，目录不变。",
    en="A change of the catalogue without an approval number is not taken, and changes nothing.",
)
@pytest.mark.parametrize("wrong", ("list_aprv_id", "aprv_org_name"))
def test_a_change_without_approval(case: CaseClient, wrong: str) -> None:
    visit = case.visit(HERE)
    visit.until("9001")
    about = {"data/hilist_code": case.do("item_code", "a", visit.number)}
    before = visit.succeeds("1312", about).output["data"]
    data: dict[str, Any] = {
        "list_aprv_id": "示例批〔2026〕1号",
        "aprv_org_name": "示例局",
        "aprv_date": case.day(0),
        "ver": "X",
    }
    data |= {"appy_admdvs": "", "begndate": case.day(0), "totalrow": 1, wrong: ""}
    item = before[0]
    row: dict[str, Any] = {
        "seqno": 1,
        "list_type": item["list_type"],
        "med_list_codg": item["hilist_code"],
        "chg_type": "3",
    }
    row |= {"hilist_name": item["hilist_name"], "chg_rea": "停用"}
    visit.never_told("D103", {"data": data, "listchg": [row]}, "a change without approval", by="320000")
    after = visit.succeeds("1312", about)
    case.expect("1312", "/output/data", before, after.output["data"], after.line)


# -- reconciliation and prepaid money ---------------------------------------------------------------------------------


@verifies(
    "P75-41",
    zh="与本市无关的两地对账结果，不受理。",
    en="A result of reconciliation of two other places is not taken.",
)
def test_a_result_of_two_other_cities(case: CaseClient) -> None:
    visit = case.visit(AWAY)
    day = case.day(-400)
    data = {"stmt_bchno": f"DZ320000{day.replace('-', '')}0001", "stmt_begndate": day, "stmt_enddate": day}
    data |= {"mdtrtarea_admvs": "320100", "insuplc_admdvs": "320200", "stmt_time": f"{day} 22:00:00"}
    data |= {"stmt_rslt": "0", "stmt_rslt_dscr": "相符"}
    nothing = dict.fromkeys(("setl_totlnum", "medfee_sumamt", "fund_pay_sumamt", "acct_pay", "clr_sumamt"), 0)
    sides = [{"stmt_side": side, **nothing} for side in ("1", "2", "3")]
    blocks = {"data": {**data, "diff_cnt": 0, "diff_totlnum": 0}, "sidelist": sides, "difflist": []}
    visit.told("R103", blocks, good=False, by="320000")


@verifies(
    zh="没有收到过的预付金额度，其预警和紧急调增不受理。",
    en="Neither a warning nor a call about a prepaid quota that was never told is taken.",
)
@pytest.mark.parametrize("infno", ("P202", "P203"))
def test_a_quota_that_there_is_not(case: CaseClient, infno: str) -> None:
    visit = case.visit(AWAY)
    known, year = visit.about(), case.day(0)[:4]
    data: dict[str, Any] = {"ppay_no": f"YF{known['psn_no'][-10:]}", "ppay_type": "1", "year": year}
    data |= {"admdvs": known["insuring"], "used_prop": Decimal("0.912")}
    if infno == "P202":
        data |= {"warn_lv": "2", "stt_time": f"{case.day(0)} 08:00:00"}
        data |= {"quota_amt": 1_000_000, "used_amt": 912_000, "balc": 88_000}
    else:
        data |= {"call_no": f"TZ{known['psn_no'][-10:]}", "isu_date": case.day(0)}
        data |= {"bfr_quota_amt": 1_000_000, "incr_amt": 500_000, "aftr_quota_amt": 1_500_000}
        data |= {"agcy_ddln_date": case.day(7), "fin_ddln_date": case.day(14)}
    visit.told(infno, {"data": data}, good=False, by="320000")
