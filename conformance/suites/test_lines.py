"""Fee lines: priced, classified, summed and taken back by the one catalogue, and refused where they break its rules."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)
TOTALS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
A, B, C = {"item": "a"}, {"item": "b"}, {"item": "c"}
ABOVE_A, ABOVE_B = {"item": "capped_a", "over": "12.34"}, {"item": "capped_b", "over": "0.01", "quantity": "2.5"}
BILLS: dict[str, tuple[dict[str, Any], ...]] = {
    "class A": (A,),
    "class B": (B,),
    "class C": (C,),
    "all classes": (A, B, C),
    "class A at its cap": ({"item": "capped_a", "over": "0"},),
    "class A above its cap": (ABOVE_A,),
    "class B above its cap": (ABOVE_B,),
    "cap of the hospital's level": ({"item": "capped_by_level", "over": "3.33", "quantity": 3},),
    "quantities in parts": ({"item": "a", "price": "0.333333", "quantity": "0.3333"}, {**B, "quantity": "7.0001"}),
    "half a fen": (
        {"item": "a", "price": "0.25", "quantity": "0.5"},
        {"item": "b", "price": "1.25", "quantity": "0.5"},
    ),
    "half a fen of first pay": ({"item": "b", "price": "33.25"}, {"item": "b", "price": "0.05"}),
    "a fen": ({"item": "a", "price": "0.01"},),
    "less than a fen": ({"item": "a", "price": "0.004"}, A),
}


@core
@verifies(
    "JS-3.2a",
    "P75-15",
    zh="每条明细按统一目录定价、分类，四类合计等于总额，并如实结算。",
    en="Each line is priced and classified by the one catalogue, its classes sum to it, and so it is settled.",
)
@pytest.mark.parametrize("bill", BILLS)
@pytest.mark.parametrize("where", (AWAY, HERE))
def test_lines_are_classified(case: CaseClient, where: str, bill: str) -> None:
    visit = case.visit(where)
    total = visit.charge(*BILLS[bill])
    for row in visit.until("2301").output["result"]:
        parts = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
        assert row["det_item_fee_sumamt"] == sum(row[name] for name in parts)
    for infno in ("2402", "2303", "2304"):
        info = visit.succeeds(infno).output.get("setlinfo", {})
    assert info["medfee_sumamt"] == total == sum(info[name] for name in TOTALS)


@verifies(
    "JS-3.2a",
    zh="金额逐条四舍五入到分，五入而不取偶。",
    en="Amounts are rounded to the fen line by line, a half always up.",
)
@pytest.mark.parametrize("where", PLACES)
def test_halves_are_rounded_up(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.charge({"item": "b", "price": "33.25"}, {"item": "b", "price": "1.25", "quantity": "0.5"})
    first, second = visit.until("2301").output["result"]
    assert first["preselfpay_amt"] == 333
    assert (second["det_item_fee_sumamt"], second["preselfpay_amt"]) == (63, 6)


@verifies(
    "JS-3.2a",
    zh="超过限价的部分由个人负担，乙类先行自付按限价计算。",
    en="What is above a price cap is the person's, and the first share of class B is taken on the capped price.",
)
@pytest.mark.parametrize("where", PLACES)
def test_above_the_cap_of_a_price(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.charge({"item": "capped_b", "over": "10", "quantity": 3})
    row = visit.until("2301").output["result"][0]
    assert row["overlmt_amt"] == 3_000
    below = row["det_item_fee_sumamt"] - 3_000
    assert row["preselfpay_amt"] == (below * row["selfpay_prop"] + 5_000) // 10_000


@verifies(
    "P75-A9",
    zh="全自费账单基金不支付，个人账户与现金付清。",
    en="Of a bill of own expense alone the funds pay nothing.",
)
@pytest.mark.parametrize("where", PLACES)
def test_own_expense_alone(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    total = visit.charge(C, {**C, "quantity": "2.5"})
    info = visit.settled().output["setlinfo"]
    assert (info["fund_pay_sumamt"], info["psn_part_amt"]) == (0, total)


@core
@verifies(
    "JS-3.2a",
    "JS-3.2f",
    zh="目录外、已失效、尚未生效的编码一律拒收，改正后可上传。",
    en="A code that the catalogue does not have on the day of the fee is refused, and the right one is taken.",
)
@pytest.mark.parametrize(("kind", "days_ago"), (("unknown", 3), ("expired", 3), ("to_come", 3_000)))
@pytest.mark.parametrize("where", PLACES)
def test_codes_that_are_not_in_the_catalogue(case: CaseClient, where: str, kind: str, days_ago: int) -> None:
    visit = case.visit(where, days_ago=days_ago)
    visit.until("2401")
    visit.charge(A, {"item": kind})
    visit.rejects("2301")
    visit.charge(A)
    visit.succeeds("2301")


@verifies(
    "JS-3.2f",
    "JS-3.2d",
    zh="未对照的自编项目不得收费。",
    en="An item of a hospital's own that is not mapped to the catalogue may not be charged.",
)
@pytest.mark.parametrize("where", (HERE, HOME))
def test_an_item_of_the_hospitals_own_needs_a_mapping(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2401")
    visit.rejects("2301", {"feedetail/1/medins_list_codg": "ZB000001"})
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2b",
    zh="明细金额不等于单价乘数量的上传整批拒收，不留痕迹。",
    en="An upload with a line that is not price times quantity is refused as a whole, and leaves nothing behind.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_line_that_is_not_price_times_quantity(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2401")
    visit.charge({"item": "a", "price": "100"}, {"item": "b", "price": "20"})
    visit.rejects("2301", {"feedetail/1/det_item_fee_sumamt": 1_999})
    visit.rejects("2301", {"feedetail/1/det_item_fee_sumamt": 2_001})
    visit.settled_from("2301")


@core
@verifies(
    "P75-A9",
    zh="总额与明细合计差一分的预结算和结算被拒绝。",
    en="A trial or a settlement that is a fen off the sum of its lines is refused.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient", "pharmacy"))
@pytest.mark.parametrize("where", PLACES)
def test_a_bill_that_is_not_the_sum_of_its_lines(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    total = visit.charge({"item": "a", "price": "150.00"}, {"item": "b", "price": "50.00"})
    trial = visit.plan[-2]
    visit.before(trial)
    block = "druginfo" if care == "pharmacy" else "data"
    for fen in (total - 1, total + 1):
        wrong = {f"{block}/medfee_sumamt": fen}
        visit.rejects(trial, wrong)
        if care != "pharmacy":  # the classes sum to what is claimed, and not to the lines
            wrong |= {f"data/{name}": part for name, part in zip(TOTALS, (0, 0, 500, fen - 500), strict=True)}
        visit.rejects(visit.settles, wrong)
    visit.succeeds(trial)
    visit.succeeds(visit.settles)


@verifies(
    "P75-15",
    zh="分类合计与按明细重算的不一致时拒绝结算。",
    en="Class totals that differ from what the lines come to are refused.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient"))
@pytest.mark.parametrize("where", PLACES)
def test_class_totals_that_differ(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    total = visit.charge({"item": "a", "price": "150.05"}, {"item": "b", "price": "50.00"})
    visit.before(visit.settles)
    own, over, first, scope = 0, 0, 500, total - 500
    for wrong in ((own, over, first - 1, scope + 1), (own + first, over, 0, scope), (own, first, over, scope)):
        visit.rejects(visit.settles, {f"data/{name}": fen for name, fen in zip(TOTALS, wrong, strict=True)})
    visit.succeeds(
        visit.settles, {f"data/{name}": fen for name, fen in zip(TOTALS, (own, over, first, scope), strict=True)}
    )


@core
@verifies(
    "JS-3.2b",
    zh="明细流水号在一次就医内不得重复。",
    en="A line number may not be used twice in a visit.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_line_number_used_twice(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2401")
    visit.rejects("2301", {"feedetail/1/feedetl_sn": 1})
    visit.succeeds("2301")
    visit.rejects("2301")
    visit.settled_from("2402")


@verifies(
    "JS-3.2b",
    zh="一批明细只能属于一次就医、一个人。",
    en="The lines of an upload are of one visit and one person.",
)
@pytest.mark.parametrize("field", ("psn_no", "mdtrt_id"))
@pytest.mark.parametrize("where", PLACES)
def test_a_line_of_somebody_elses_visit(case: CaseClient, where: str, field: str) -> None:
    other = case.visit(where, "retired")
    other.until("2301")
    visit = case.visit(where)
    visit.until("2401")
    visit.rejects("2301", {f"feedetail/1/{field}": other.about()[field]})
    visit.rejects("2301", {f"feedetail/{field}": other.about()[field]})
    visit.settled_from("2301")


@verifies(
    zh="退费明细冲减原明细，各类金额随之冲回。",
    en="A refund line takes back of its line what it gave, in every class.",
)
@pytest.mark.parametrize("where", PLACES)
def test_refund_lines(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.charge({**B, "price": "33.33", "quantity": 3}, {**A, "price": "400"}, {**ABOVE_B, "quantity": 2})
    visit.until("2301")
    back = visit.charge({"refunds": 1, "quantity": -1}, {"refunds": 3, "quantity": -2}, {"refunds": 1, "quantity": -2})
    visit.succeeds("2301")
    assert back < 0
    assert visit.settled_from("2402").output["setlinfo"]["medfee_sumamt"] == 40_000


@verifies(
    zh="退费超过原明细、单价不同、原明细不存在或数量为正的，拒收。",
    en="A refund of more than the line, at another price, of no line, or of more than nothing is refused.",
)
@pytest.mark.parametrize("where", PLACES)
def test_refund_lines_that_do_not_fit(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.charge({**A, "price": "10", "quantity": 3}, {**A, "price": "500"})
    visit.until("2301")
    visit.charge({"refunds": 1, "quantity": "-3.5"})
    visit.rejects("2301")
    visit.charge({"refunds": 1, "quantity": -1})
    visit.rejects("2301", {"feedetail/pric": 11_000_000, "feedetail/det_item_fee_sumamt": -1_100})
    visit.rejects("2301", {"feedetail/init_feedetl_sn": "99"})
    visit.rejects("2301", {"feedetail/cnt": 10_000, "feedetail/det_item_fee_sumamt": 1_000})
    visit.rejects("2301", {"feedetail/init_feedetl_sn": ""})
    visit.succeeds("2301")
    assert visit.settled_from("2402").output["setlinfo"]["medfee_sumamt"] == 52_000


@verifies(
    zh="一百条以上的明细分批上传，合为一张账单。",
    en="More than a hundred lines come in batches, and are one bill.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient"))
@pytest.mark.parametrize("where", PLACES)
def test_more_lines_than_one_message_holds(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    rows = [{"item": "abc"[n % 3], "price": f"{n}.{n % 100:02d}", "quantity": "1.5"} for n in range(1, 131)]
    total = visit.charge(*rows)
    upload = "2301" if care == "inpatient" else "2204"
    assert len(visit.until(upload).output["result"]) == 100
    assert len(visit.succeeds(upload).output["result"]) == 30
    after = visit.plan[visit.plan.index(upload) + 1]
    assert visit.settled_from(after).output["setlinfo"]["medfee_sumamt"] == total


@core
@verifies(
    zh="撤销明细后账单随之减少，可重新上传。",
    en="Lines that are cancelled leave the bill, and can be uploaded again.",
)
@pytest.mark.parametrize("where", PLACES)
def test_lines_are_cancelled(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.charge({**A, "price": "100"}, {**B, "price": "200"}, {**C, "price": "300"})
    visit.until("2301")
    visit.rejects("2302", {"data/feedetl_sn": "77"})
    visit.succeeds("2302", {"data/feedetl_sn": "2"})
    visit.rejects("2302", {"data/feedetl_sn": "2"})
    assert visit.settled_from("2402").output["setlinfo"]["medfee_sumamt"] == 40_000
    visit.succeeds("2305")
    visit.succeeds("2405")
    visit.succeeds("2302")
    visit.succeeds("2301")
    assert visit.settled_from("2402").output["setlinfo"]["medfee_sumamt"] == 60_000


@verifies(
    zh="已有退费的明细不能单独撤销。",
    en="A line that was refunded cannot be cancelled without its refund.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_refunded_line_goes_with_its_refund(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.charge({**B, "price": "10", "quantity": 3}, {**A, "price": "500"})
    visit.until("2301")
    visit.charge({"refunds": 1, "quantity": -1})
    visit.succeeds("2301")
    visit.rejects("2302", {"data/feedetl_sn": "1"})
    visit.succeeds("2302", {"data/feedetl_sn": "3"})
    visit.succeeds("2302", {"data/feedetl_sn": "1"})
    assert visit.settled_from("2402").output["setlinfo"]["medfee_sumamt"] == 50_000


@verifies(
    "JS-3.3f",
    zh="两家医院短期内的相同检查不拒付。",
    en="The same examination at two hospitals within days is not refused.",
)
@pytest.mark.parametrize("where", PLACES)
def test_the_same_item_at_two_hospitals(case: CaseClient, where: str) -> None:
    first = case.visit(where)
    first.charge({"item": "a", "price": "600"}, {"item": "b", "price": "900"})
    first.settled()
    second = case.visit(where, like=first.number, at="another")
    second.charge({"item": "a", "price": "600"}, {"item": "b", "price": "900"})
    assert second.settled().output["setlinfo"]["medfee_sumamt"] == 150_000
