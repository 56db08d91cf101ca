"""The catalogue as institutions get it: downloads by version, queries page by page, mappings of their own items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import HERE, HOME

LISTS = ("1301", "1302", "1303", "1305", "1306", "1307", "1308")
PAGED = ("1312", "1316", "1318", "1319")
PLACES = (HERE, HOME)
CAPPED = {"item": "capped_b", "over": "10"}


def asked(case: CaseClient, where: str = HERE, **wish: Any) -> VisitClient:
    """Return a visit whose institution has signed in."""
    visit = case.visit(where, **wish)
    visit.until("9001")
    return visit


def downloaded(case: CaseClient, visit: VisitClient, infno: str, version: str) -> list[str]:
    """Download what is newer than a version; return its records, as many as the answer says."""
    step = visit.succeeds(infno, {"data/ver": version})
    records = visit.fetched()
    case.expect(infno, "/output/data_cnt", len(records), step.output["data_cnt"], step.line)
    return records


def versions(case: CaseClient) -> list[str]:
    """Return the versions of the library, the oldest first."""
    known: list[str] = case.do("versions")
    return known


@core
@verifies(
    "JS-3.2a",
    "P75-15",
    zh="目录可按版本下载：未持有的全部给出，文件经9102取得，内容与省标准库一致。",
    en="Each list is downloaded whole by who holds no version, and its file says what the one library says.",
)
@pytest.mark.parametrize("infno", LISTS)
def test_a_list_is_downloaded(case: CaseClient, infno: str) -> None:
    visit = asked(case)
    downloaded(case, visit, infno, "0")


@core
@verifies(
    "JS-3.2a",
    zh="持有最新版本的，没有更新；持有旧版本的，只得其后的变更。",
    en="Who holds the newest version gets nothing new, who holds an older one what has changed since.",
)
@pytest.mark.parametrize("infno", ("1301", "1305", "1307"))
def test_what_is_newer_than_a_version(case: CaseClient, infno: str) -> None:
    visit, known = asked(case), versions(case)
    found = [len(downloaded(case, visit, infno, version)) for version in ("0", *known)]
    case.expect(infno, "/output/data_cnt", sorted(found, reverse=True), found)
    case.expect(infno, "/output/data_cnt", 0, found[-1])


@core
@verifies(
    "JS-3.2a",
    zh="目录信息、对应、限价、先自付比例查询与省标准库一致。",
    en="The queries of items, codes, price caps and first shares say what the one library says.",
)
@pytest.mark.parametrize("infno", PAGED)
def test_a_page_of_the_catalogue(case: CaseClient, infno: str) -> None:
    visit = asked(case)
    visit.succeeds(infno, {"data/page_size": 40})


@verifies(
    "JS-3.2b",
    zh="分页查询不重不漏：各页之和即总数，越界页为空，页码和页长不合的拒绝。",
    en="Pages leave out nothing and repeat nothing, one beyond the last is empty, and one that cannot be is refused.",
)
@pytest.mark.parametrize("infno", ("1312", "1319"))
def test_pages_are_a_list_cut_up(case: CaseClient, infno: str) -> None:
    visit = asked(case)
    few: dict[str, Any] = {"data/list_type": "103"} if infno == "1312" else {"data/selfpay_prop_psn_type": "390"}
    few |= {"data/page_size": 25}
    first = visit.succeeds(infno, few).output
    seen: list[str] = []
    last = min(int(first["pages"]), 6)
    for page in range(1, last + 1):
        seen += [
            row["hilist_code"] + row["begndate"]
            for row in visit.succeeds(infno, {**few, "data/page_num": page}).output["data"]
        ]
    case.expect(infno, "/output/data", len(seen), len(set(seen)))
    beyond = visit.succeeds(infno, {**few, "data/page_num": int(first["pages"]) + 1})
    case.expect(infno, "/output/data", [], beyond.output["data"], beyond.line)
    for wrong in ({"data/page_num": 0}, {"data/page_size": 0}, {"data/page_size": 101}):
        visit.refused(infno, {**few, **wrong})


@core
@verifies(
    "JS-3.2a",
    zh="查询到的限价和先自付比例，就是上传明细时所用的。",
    en="The price cap and the first share that are told are those that a line is priced by.",
)
@pytest.mark.parametrize("where", PLACES)
def test_what_is_told_is_what_is_charged_by(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.charge(CAPPED)
    row = visit.until("2301").output["result"][0]
    about = {"data/hilist_code": case.do("item_code", "capped_b", visit.number), "data/query_date": case.day(-3)}
    level = {"tertiary": "3", "secondary": "2", "primary": "1"}["tertiary"]
    caps = visit.succeeds("1318", {**about, "data/hilist_lmtpric_type": level}).output["data"]
    yuan = [each["hilist_pric_uplmt_amt"] for each in caps]
    case.expect("1318", "/output/data", [(row["pric_uplmt_amt"] + 500_000) // 1_000_000], yuan)
    shares = {each["selfpay_prop"] for each in visit.succeeds("1319", about).output["data"]}
    case.expect("1319", "/output/data", {row["selfpay_prop"]}, shares)


@verifies(
    "JS-3.2b",
    zh="字典表是全国统一代码，没有本地代码；没有的字典类型拒绝。",
    en="A code table is the national one with no code of anybody's own, and one that there is not is refused.",
)
@pytest.mark.parametrize("table", ("insutype", "med_type", "psn_cert_type", "chrgitm_lv"))
def test_a_code_table(case: CaseClient, table: str) -> None:
    visit = asked(case)
    visit.succeeds("1901", {"data/type": table})
    visit.refused("1901", {"data/type": "no_such_table"})


# -- own items --------------------------------------------------------------------------------------------------------


class Own:
    """An item of an institution's own, and the line that charges it."""

    def __init__(self, case: CaseClient, visit: VisitClient) -> None:
        self.code: str = case.do("own_item", visit.number)
        self.line: Mapping[str, Any] = {"feedetail/0/medins_list_codg": self.code}
        self._case, self._library = case, str(case.do("item_code", "a", visit.number))

    def mapped(self, first: int, last: int, **more: str) -> dict[str, str]:
        """Return the fields that map it from day to day, counted from today."""
        fields = {"fixmedins_hilist_id": self.code, "med_list_codg": self._library, **more}
        fields |= {"begndate": self._case.day(first), "enddate": self._case.day(last)}
        return {f"data/{name}": value for name, value in fields.items()}

    @property
    def cancelled(self) -> dict[str, str]:
        """Return the fields that cancel the mapping."""
        return {"data/fixmedins_hilist_id": self.code, "data/med_list_codg": self._library}


def charging(case: CaseClient, where: str, days_ago: int = 3, **wish: Any) -> tuple[VisitClient, Own]:
    """Return an admitted visit that charges one line of class A, and an own item for it."""
    visit = case.visit(where, days_ago=days_ago, **wish)
    visit.charge({"item": "a", "price": "120"})
    visit.until("2401")
    return visit, Own(case, visit)


@core
@verifies(
    "JS-3.2d",
    "JS-3.2f",
    zh="自编项目对照后方可收费，撤销对照后不再收费，此前的费用仍可上传。",
    en="An own item is charged once it is mapped, no more after that is cancelled, and for days before it still is.",
)
@pytest.mark.parametrize("where", PLACES)
def test_an_own_item_is_mapped(case: CaseClient, where: str) -> None:
    visit, own = charging(case, where)
    later = case.visit(where, like=visit.number, days_ago=0)
    visit.rejects("2301", own.line)
    visit.succeeds("3301", own.mapped(-10, 30))
    visit.succeeds("1317", {"data/medins_list_codg": own.code})
    visit.succeeds("2301", own.line)
    visit.settled_from("2402")
    visit.succeeds("3302", own.cancelled)
    visit.refused("3302", own.cancelled)
    visit.succeeds("1317", {"data/medins_list_codg": own.code})
    later.charge({"item": "a", "price": "120"})
    later.until("2401")
    later.rejects("2301", own.line)
    later.succeeds("2301")


@core
@verifies(
    "JS-3.2d",
    "JS-3.2f",
    zh="对照只在有效期内有效：已过期和尚未生效的不得收费。",
    en="A mapping counts from its first to its last day: before and after it the item may not be charged.",
)
@pytest.mark.parametrize(("first", "last", "good"), [(-30, -4, False), (-2, 9, False), (-3, -3, True), (-9, 9, True)])
@pytest.mark.parametrize("where", PLACES)
def test_the_days_of_a_mapping(case: CaseClient, where: str, first: int, last: int, *, good: bool) -> None:
    visit, own = charging(case, where)
    visit.succeeds("3301", own.mapped(first, last))
    if good:
        visit.succeeds("2301", own.line)
    else:
        visit.rejects("2301", own.line)
        visit.succeeds("2301")


@verifies(
    "JS-3.2d",
    zh="同一自编项目同日只能对照一个目录项目；不同时段可分别对照。",
    en="An own item stands for one item of the library on a day, and may stand for another on other days.",
)
def test_a_mapping_that_overlaps(case: CaseClient) -> None:
    visit, own = charging(case, HERE)
    visit.succeeds("3301", own.mapped(-10, 10))
    visit.refused("3301", own.mapped(10, 20))
    visit.refused("3301", own.mapped(-20, -10))
    visit.succeeds("3301", own.mapped(11, 20))
    visit.succeeds("1317", {"data/medins_list_codg": own.code})


@core
@verifies(
    "JS-3.2f",
    "JS-3.2a",
    zh="不能对照到目录外、已失效或他类目录的项目。",
    en="Nothing is mapped to a code that the library does not have, has ended, or has in another list.",
)
@pytest.mark.parametrize("kind", ("unknown", "expired", "another list"))
def test_a_mapping_to_nothing(case: CaseClient, kind: str) -> None:
    visit, own = charging(case, HERE)
    more = (
        {"list_type": "201"} if kind == "another list" else {"med_list_codg": case.do("item_code", kind, visit.number)}
    )
    visit.refused("3301", own.mapped(-3, 30, **more))
    visit.rejects("2301", own.line)
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2f",
    zh="一家医院的对照不适用于他院，他院也不能查询、撤销。",
    en="A mapping is its institution's: another can neither charge by it, nor see it, nor cancel it.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_mapping_of_another_institution(case: CaseClient, where: str) -> None:
    visit, own = charging(case, where)
    other = case.visit(where, like=visit.number, at="another")
    other.charge({"item": "a", "price": "120"})
    other.until("2401")
    visit.succeeds("3301", own.mapped(-10, 30))
    other.rejects("2301", own.line)
    found = other.succeeds("1317", {"data/medins_list_codg": own.code})
    case.expect("1317", "/output/data", [], found.output["data"], found.line)
    other.refused("3302", own.cancelled)
    visit.succeeds("2301", own.line)
