"""The registry: every institution with its level, area and flags, every city; and what keeps to its tier."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes.onward import not_passed_on

LEVELS = ("tertiary", "secondary", "primary")
CARE = ("inpatient", "outpatient", "pharmacy")
CITIES = 12
AREAS = 6
WRONG_LINES: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any]]] = {
    "no item of the library": (({"item": "unknown"},), {}),
    "an item that has ended": (({"item": "expired"},), {}),
    "no product of price and quantity": (({"item": "b", "price": "20"},), {"feedetail/1/det_item_fee_sumamt": 2_001}),
    "an own item without mapping": (({"item": "a"},), {"feedetail/1/medins_list_codg": "ZB0"}),
    "the same line twice": (({"item": "a"},), {"feedetail/1/feedetl_sn": 1}),
}
BILL = ({"item": "a", "price": "4321.09"}, {"item": "capped_by_level", "over": "3.33", "quantity": 2})


@core
@verifies(
    "JL-6.1b",
    "JL-2.5d",
    "JL-2.5e",
    "JS-3.3e",
    zh="同级别的每一家机构待遇、限价、起付线都相同，与登记的级别一致。",
    en="Every institution of a level has the cap and the deductible of its level, whosever it is.",
)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("where", (HERE, HOME))
def test_every_institution_of_a_level(case: CaseClient, where: str, level: str) -> None:
    paid = set()
    for house in case.do("houses", level):
        visit = case.visit(where, at=house)
        visit.charge(*BILL)
        cap = visit.until("2301").output["result"][1]["pric_uplmt_amt"]
        for infno in ("2402", "2304"):
            info = visit.succeeds(infno).output.get("setlinfo", {})
        paid.add((cap, info["act_pay_dedc"], info["fund_pay_sumamt"]))
    case.expect("2304", "/output/setlinfo", 1, len(paid))


@core
@verifies(
    "JL-2.2a",
    "JL-2.2b",
    "JS-1.2",
    zh="对省内开通住院结算的机构，对外省也同时开通。",
    en="An institution that is open for visitors of the province is open for those of other provinces.",
)
@pytest.mark.parametrize("level", LEVELS)
def test_open_in_the_province_and_beyond(case: CaseClient, level: str) -> None:
    for house in case.do("houses", level):
        case.visit(HERE, at=house).until("2401")
        case.visit(HERE, at=house, far=True).until("2401")


@core
@verifies(
    "JL-2.5c",
    "JL-2.5e",
    zh="每一家未开通的机构都不收治异地人员，本地人员不受影响。",
    en="No institution that is not open admits a visitor, and each admits people of the city.",
)
def test_every_institution_that_is_not_open(case: CaseClient) -> None:
    for house in case.do("houses", visitors=False):
        for far in (False, True):
            visitor = case.visit(HERE, at=house, far=far)
            visitor.until("1101")
            not_passed_on(case, visitor.rejects("2401"))
        case.visit(HOME, at=house).until("2401")


@core
@verifies(
    "JS-0.1",
    "JS-2.2",
    zh="省内每一个市的参保人都能在本市就医，本市参保人在每一个市都能就医。",
    en="People of every city of the province are settled here, and people of this city in every one.",
)
@pytest.mark.parametrize("where", (HERE, AWAY))
def test_every_city_of_the_province(case: CaseClient, where: str) -> None:
    case.expect("", "/cities", CITIES, case.do("other_cities"))
    for city in range(CITIES):
        case.visit(where, city=city).settled()


@verifies(
    "JS-3.1e",
    "JS-3.2b",
    zh="就医地不是本机构所在统筹区的请求被拒绝，且不上送。",
    en="A request that names another area than its institution's is refused, and does not go up.",
)
@pytest.mark.parametrize("area", ("another area of the city", "another city", "no area"))
@pytest.mark.parametrize("where", (HERE, HOME))
def test_an_institution_in_another_area(case: CaseClient, where: str, area: str) -> None:
    visit, other = case.visit(where, at="0"), case.visit(where, at="1")
    visit.until("1101")
    codes = {
        "another area of the city": other.about()["mdtrtarea_admvs"],
        "another city": "320199",
        "no area": "999999",
    }
    step = visit.refused("2401", {"head/mdtrtarea_admvs": codes[area]})
    not_passed_on(case, step)
    visit.settled_from("2401")


@verifies(
    zh="签到号只对签到的机构有效。",
    en="A sign-in is good for the institution that signed in, and no other.",
)
def test_the_sign_in_of_another_institution(case: CaseClient) -> None:
    visit, other = case.visit(HERE), case.visit(HERE, at="another")
    visit.until("9001")
    other.until("9001")
    for infno in ("1101", "5201", "3201", "1312"):
        other.refused(infno, {"head/sign_no": visit.facts["sign_no"]})
    other.succeeds("1101")


@core
@verifies(
    "JS-3.1a",
    "JS-3.3a",
    "JS-3.1b",
    zh="外地人员的每笔结算和撤销都在省平台留有同样的记录，金额一分不差。",
    en="Every settlement and cancellation of a visitor is in the province's log as the hospital has it, to the fen.",
)
@pytest.mark.parametrize("care", CARE)
def test_the_province_has_the_same_rows(case: CaseClient, care: str) -> None:
    visit = case.visit(HERE, care=care)
    visit.settled()
    visit.succeeds(visit.cancels)
    visit.succeeds(visit.settles)
    case.expect("", "/copied", visit.stated(), case.do("copied", visit.number))


@core
@verifies(
    "JS-3.1a",
    zh="本地人员的文件、目录、对账等事项一律不上送。",
    en="Files, catalogue and statements never go up, whoever they are about.",
)
@pytest.mark.parametrize("where", (HERE, HOME))
def test_what_offices_ask_stays_here(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.settled()
    before = case.passed()
    visit.compared(visit.stated())
    own = {"data/medins_list_codg": case.do("own_item", visit.number)}
    for infno in ("1301", "1312", "1317", "1901", "3262"):
        visit.succeeds(infno, own if infno == "1317" else {})
    for infno in ("3260", "3204"):
        visit.refused(infno)
    case.expect("", "/forwarded", list(before), list(case.passed()))


@verifies(
    "JL-7.1b",
    zh="同一件业务可前后衔接：待遇查询、就诊、结算、明细和对账以同一编号贯通。",
    en="A case can be followed: the numbers it is given are the same from admission to the statement.",
)
@pytest.mark.parametrize("where", (HERE, HOME))
def test_a_case_can_be_followed(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    visit.succeeds("2001")
    info = visit.settled_from("2401").output["setlinfo"]
    msgid = visit.last[1]
    about = visit.about()
    (listed,) = visit.succeeds("5201").output["mdtrtinfo"]
    told = visit.succeeds("5203").output["setlinfo"]
    lines = visit.succeeds("5204").output["data"]
    (back,) = visit.compared([])
    case.expect("5201", "/output/mdtrtinfo/0/mdtrt_id", about["mdtrt_id"], listed["mdtrt_id"])
    case.expect("5203", "/output/setlinfo/setl_id", info["setl_id"], told["setl_id"])
    case.expect("5204", "/output/data", info["medfee_sumamt"], sum(row["det_item_fee_sumamt"] for row in lines))
    case.expect("9102", "/output/file/0/msgid", msgid, back["msgid"])
    visit.reverse_that("2304", back["msgid"])


@core
@verifies(
    "JS-3.3b",
    "JS-3.3d",
    zh="辖区内各统筹区一个标准：代码、办理次序、待遇处处相同。",
    en="In every area of the city codes, order of steps and benefits are one and the same.",
)
def test_one_standard_in_every_area(case: CaseClient) -> None:
    paid, codes = set(), []
    for area in range(AREAS):
        visit = case.visit(HERE, at=str(area))
        visit.until("2301")
        visit.rejects("2304")
        codes.append(visit.succeeds("1901").output["list"])
        visit.settled_from("2402")
        away = case.visit(AWAY, area=area)
        away.charge({"item": "a", "price": "9876.54"})
        paid.add(away.settled().output["setlinfo"]["fund_pay_sumamt"])
    case.expect("2304", "/output/setlinfo/fund_pay_sumamt", 1, len(paid))
    case.expect("1901", "/output/list", [codes[0]] * AREAS, codes)


@core
@verifies(
    "JL-6.1d",
    "JL-6.2e",
    zh="就医地对异地费用与本地费用同步审核：有问题的明细上传时即拒收，不推给参保地。",
    en="The place of treatment checks visitors' lines as local ones: what is wrong is refused at once, and here.",
)
@pytest.mark.parametrize("what", WRONG_LINES)
@pytest.mark.parametrize("where", (HERE, HOME))
def test_visitors_lines_are_checked_as_local_ones(case: CaseClient, where: str, what: str) -> None:
    rows, changed = WRONG_LINES[what]
    visit = case.visit(where)
    visit.charge({"item": "a", "price": "50"}, *rows)
    visit.until("2401")
    step = visit.refused("2301", changed)
    not_passed_on(case, step)
    visit.charge({"item": "a", "price": "50"})
    visit.settled_from("2301")


@core
@verifies(
    "P75-35",
    "P75-15",
    zh="跨省就医的明细按全国统一大类归类，各类之和等于总额。",
    en="Lines of a visitor from another province are put in the national fee classes, whose sums are the bill.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient"))
def test_fee_classes_across_provinces(case: CaseClient, care: str) -> None:
    visit = case.visit(HERE, care=care, far=True)
    total = visit.settled().output["setlinfo"]["medfee_sumamt"]
    classes: dict[str, int] = {}
    for row in visit.succeeds("5204").output["data"]:
        code = row["med_chrgitm_type"]
        classes[code] = classes.get(code, 0) + row["det_item_fee_sumamt"]
    case.expect(
        "5204",
        "/output/data/med_chrgitm_type",
        True,
        all(case.do("is_code", "med_chrgitm_type", each) for each in classes),
    )
    case.expect("5204", "/output/data/det_item_fee_sumamt", total, sum(classes.values()))
