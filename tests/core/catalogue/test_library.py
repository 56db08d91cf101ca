"""The province announces versions, hands approved changes down, and logs both; the cities take them over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.catalogue.changes import Change, Entry, Row
from simulator.core.catalogue.library import AnnounceVersion, ApproveChange
from simulator.core.catalogue.own_items import ListOwnItems, OpenLocalItem, OwnItem, ReportMapping

D = dt.date
STEADY = "XA02BCA001A057010000001"
NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"


def change(*rows: Row, approval: str = "MLBG-1") -> Change:
    return Change(approval, "示例省厅", D(2016, 10, 8), "", "V1a", D(2016, 10, 10), rows)


def revised(number: int = 1) -> Row:
    return Row("101", STEADY, "示例药", "2", "02", 1000, 900_00, f"第{number}次调整")


def test_a_version_is_announced_to_every_city_with_its_files(shop: Any, hops: Any) -> None:
    shop.act(AnnounceVersion("V2"), at=PROVINCE)
    asked = [message for message in hops(shop, "D101") if not message.is_reply]
    assert {message.recipient for message in asked} == {NANJING, XUZHOU}
    data = asked[0].block("data")
    assert (data["ver"], data["last_ver"], data["annc_date"], data["begndate"]) == (
        "V2",
        "V1",
        "2016-10-20",
        "2016-11-01",
    )
    counts = {row["list_type"]: row["data_cnt"] for row in asked[0].rows("listinfo")}
    assert counts == {"101": 3, "102": 1, "103": 1, "201": 3, "301": 1}
    files = [shop.province.files.content(row["file_qury_no"], "plc", shop.now) for row in asked[0].rows("listinfo")]
    assert [file.text.count("\n") for file in files] == [3, 1, 1, 3, 1]
    assert [(each.city, each.version, each.last) for each in shop.province.library.acknowledged] == [
        (NANJING, "V2", "V1"),
        (XUZHOU, "V2", "V1"),
    ]
    entry = Entry("示例〔2016〕2号", "示例省厅", D(2016, 10, 10), "版本V2")
    assert shop.province.library.log.entries == [entry]
    assert shop.insured.catalogue_desk.log.entries == [entry._replace(day=D(2016, 10, 20))]
    assert shop.insured.catalogue_desk.held == "V2"


def test_the_first_version_follows_none(shop: Any, hops: Any) -> None:
    shop.act(AnnounceVersion("V1"), at=PROVINCE)
    asked = next(message for message in hops(shop, "D101") if not message.is_reply)
    assert asked.block("data")["last_ver"] == ""
    shop.act(AnnounceVersion("V2"), at=PROVINCE)
    assert [each.last for each in shop.province.library.acknowledged] == ["V1", "V1", "V1", "V1"]


def test_a_version_the_library_does_not_have_is_not_announced(shop: Any) -> None:
    (declined,) = shop.act(AnnounceVersion("V9"), at=PROVINCE)
    assert (declined.name, declined.found) == ("unknown_version", ("V9",))
    assert shop.province.library.log.entries == []


def test_an_announced_version_that_a_city_does_not_have_bears_no_approval(shop: Any, sender: Any) -> None:
    shop.act(AnnounceVersion("V2"), at=PROVINCE)
    (asked,) = [m for _, to, m in shop.relay.hops if to == XUZHOU and m.infno == "D101"]
    strange = asked.with_fields("data", {"ver": "V9"})
    reply = shop.insured.handle(
        shop.tick(), strange._replace(key=strange.key._replace(msgid="C3200000000000000000000001"))
    )
    assert reply
    assert [entry.what for entry in shop.insured.catalogue_desk.log.unapproved()] == ["版本V9"]


def test_an_approved_change_holds_in_every_city_from_its_day_on(shop: Any, hops: Any) -> None:
    shop.act(ApproveChange(change(revised())), at=PROVINCE)
    for node in (shop.province, shop.treatment, shop.insured):
        assert node.catalogue.find(STEADY, D(2016, 10, 9)).level == "01"
        found = node.catalogue.find(STEADY, D(2016, 10, 10))
        assert (found.level, found.first_share, found.cap) == ("02", 1000, 900_000_000)
    assert [(each.city, each.approval, each.version) for each in shop.province.library.acknowledged] == [
        (NANJING, "MLBG-1", "V1a"),
        (XUZHOU, "MLBG-1", "V1a"),
    ]
    assert shop.insured.catalogue_desk.log.entries == shop.province.library.log.entries
    assert shop.insured.catalogue_desk.log.approvals == {"MLBG-1"}
    assert len(hops(shop, "D103")) == 4


def test_a_withdrawal_passes_the_schemas_too(shop: Any, hops: Any) -> None:
    row = Row("101", STEADY, "示例药", "3", "", None, None, "注册证到期")
    shop.act(ApproveChange(change(row)), at=PROVINCE)
    assert len(hops(shop, "D103")) == 4
    assert shop.insured.catalogue.problem(STEADY, D(2016, 10, 10)) == "item_expired"


def test_a_change_of_many_rows_goes_in_messages_of_a_hundred(shop: Any, hops: Any) -> None:
    rows = tuple(revised()._replace(code=f"XNEW{number:019d}", kind="1") for number in range(150))
    shop.act(ApproveChange(change(*rows)), at=PROVINCE)
    asked = [m for m in hops(shop, "D103") if not m.is_reply and m.recipient == XUZHOU]
    assert [len(message.rows("listchg")) for message in asked] == [100, 50]
    assert len(shop.insured.catalogue.items) == len(shop.province.catalogue.items) == 8 + 150
    assert len(shop.insured.catalogue_desk.log.entries) == 150


@pytest.mark.parametrize("wrong", [change(revised(), approval=""), change()])
def test_a_change_without_approval_or_content_is_not_made(shop: Any, wrong: Change) -> None:
    (declined,) = shop.act(ApproveChange(wrong), at=PROVINCE)
    assert declined.name == "approval_missing"
    assert shop.province.catalogue == shop.insured.catalogue


def test_a_city_that_refuses_has_not_acknowledged(shop: Any) -> None:
    shop.net.nodes[XUZHOU].answers.pop("D103")
    shop.act(ApproveChange(change(revised())), at=PROVINCE)
    assert [each.city for each in shop.province.library.acknowledged] == [NANJING]


def test_a_report_that_lacks_a_page_does_not_count_yet(shop: Any) -> None:
    old = tuple(OwnItem("320399", f"OLD{n:04d}", "旧项目", "101", "03", D(2010, 1, 1)) for n in range(150))
    shop.act(ListOwnItems(old))
    facts = shop.act(ReportMapping())
    reports = [fact for fact in facts if type(fact).__name__ == "Reported"]
    library = shop.province.library
    library._reports.clear()
    shop.province.fold(reports[0])
    assert library.curve("320399") == []
    shop.province.fold(reports[1])
    assert [tuple(point) for point in library.curve("320399")] == [(D(2016, 10, 10), 150, 150)]


def test_the_recorded_facts_give_the_same_state_again(
    shop: Any, fresh_nodes_with: Any, picture_of: Any, sender: Any
) -> None:
    mapping = {
        "fixmedins_hilist_id": "YP1",
        "fixmedins_hilist_name": "某药",
        "list_type": "101",
        "med_list_codg": STEADY,
        "begndate": "2016-10-01",
        "enddate": "2016-12-31",
    }
    cancel = {"fixmedins_code": "H32019900001", "fixmedins_hilist_id": "YP1", "list_type": "101"}
    shop.act(AnnounceVersion("V2"), at=PROVINCE)
    shop.act(ApproveChange(change(revised())), at=PROVINCE)
    assert sender.send(shop, "3301", data=[mapping]).succeeded
    assert sender.send(shop, "3302", data={**cancel, "med_list_codg": STEADY}).succeeded
    assert sender.send(shop, "1301", data={"ver": "0"}).succeeded
    local = shop.net.catalogue.items[STEADY]._replace(code="XZ00000001", list_type="201")
    shop.act(OpenLocalItem("320399", local))
    shop.act(ListOwnItems((OwnItem("320399", "OLD1", "旧项目", "101", "03", D(2010, 1, 1)),)))
    shop.act(ReportMapping())
    nodes = fresh_nodes_with(shop.net.pack, shop.net.catalogue)
    for code, fact in shop.relay.facts:
        nodes[code].fold(fact)
    for code, node in nodes.items():
        assert picture_of(node) == picture_of(shop.net.nodes[code]), code
        assert node.catalogue == shop.net.nodes[code].catalogue, code
