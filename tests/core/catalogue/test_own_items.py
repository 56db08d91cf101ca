"""Own items are listed, reported page by page and must not be opened without approval."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.catalogue.changes import Change, Row
from simulator.core.catalogue.library import ApproveChange
from simulator.core.catalogue.own_items import ListOwnItems, MapOwnItem, OpenLocalItem, OwnItem, ReportMapping
from simulator.core.catalogue.transition import Violation, unmapped_curve_ok

D = dt.date
STEADY = "XA02BCA001A057010000001"
LOCAL = "XZ00000001"
AREA, XUZHOU, PROVINCE, HOSPITAL = "320399", "320300", "320000", "H32039900001"
SEPTEMBER = D(2016, 9, 1)
SINCE = {"catalogue__mapping__approval_since": "2016-05-24"}


def old(number: int, owner: str = HOSPITAL) -> OwnItem:
    return OwnItem(owner, f"OLD{number:04d}", f"旧项目{number}", "101", "03", D(2010, 1, 1))


def local(library: Any, since: dt.date = SEPTEMBER) -> Any:
    return library.items[STEADY]._replace(code=LOCAL, zh="本地项目", list_type="201", level="01", valid_from=since)


def points(play: Any) -> list[tuple[dt.date, int, int]]:
    return [tuple(point) for point in play.province.library.curve(AREA)]


def test_a_city_that_keeps_no_item_of_its_own_has_nothing_to_report(shop: Any, hops: Any) -> None:
    shop.act(ReportMapping())
    assert hops(shop, "D102") == []
    assert shop.province.library.curve(AREA) == []


def test_the_report_goes_in_pages_of_a_hundred_and_counts_all_of_them(shop: Any, hops: Any) -> None:
    shop.act(ListOwnItems(tuple(old(number) for number in range(205))))
    shop.act(ReportMapping())
    asked = [message for message in hops(shop, "D102") if not message.is_reply]
    sizes = [(m.block("data")["page_num"], m.block("data")["totalrow"], m.block("data")["unmap_cnt"]) for m in asked]
    assert sizes == [(1, 100, 205), (2, 100, 205), (3, 5, 205)]
    assert {(m.block("data")["pages"], m.block("data")["data_cnt"], m.block("data")["ver"]) for m in asked} == {
        (3, 205, "V1")
    }
    assert points(shop) == [(D(2016, 10, 10), 205, 205)]


def test_the_curve_falls_as_items_are_mapped(shop: Any, sender: Any) -> None:
    shop.act(ListOwnItems((old(1), old(2), old(3, AREA))))
    shop.act(ReportMapping())
    shop.tick(86_400)
    mapping = {
        "fixmedins_hilist_id": "OLD0001",
        "fixmedins_hilist_name": "旧项目1",
        "list_type": "101",
        "med_list_codg": STEADY,
        "begndate": "2016-10-11",
        "enddate": "2016-12-31",
    }
    assert sender.send(shop, "3301", HOSPITAL, data=[mapping, {**mapping, "fixmedins_hilist_id": "NEW1"}]).succeeded
    shop.act(MapOwnItem(AREA, "OLD0003", STEADY))
    assert [own.code for own in shop.insured.own_items.unmapped(AREA, D(2016, 10, 11))] == ["OLD0002"]
    shop.act(ReportMapping())
    assert points(shop) == [(D(2016, 10, 10), 3, 3), (D(2016, 10, 11), 1, 4)]
    assert unmapped_curve_ok(shop.province.library.curve(AREA), shop.net.pack, XUZHOU)
    shop.act(ListOwnItems((old(4), old(5))))
    shop.tick(86_400)
    shop.act(ReportMapping())
    assert not unmapped_curve_ok(shop.province.library.curve(AREA), shop.net.pack, XUZHOU)


def test_a_mapping_that_ended_is_reported_no_more(shop: Any, sender: Any, hops: Any) -> None:
    mapping = {
        "fixmedins_hilist_id": "NEW1",
        "fixmedins_hilist_name": "新项目",
        "list_type": "101",
        "med_list_codg": STEADY,
        "begndate": "2016-10-01",
        "enddate": "2016-10-10",
    }
    assert sender.send(shop, "3301", HOSPITAL, data=[mapping]).succeeded
    shop.act(ReportMapping())
    shop.tick(86_400)
    shop.act(ReportMapping())
    asked = [message for message in hops(shop, "D102") if not message.is_reply]
    assert [row["hilist_code"] for message in asked for row in message.rows("mapinfo")] == ["NEW1"]


def test_a_listed_item_whose_mapping_has_ended_is_unmapped_again(shop: Any, sender: Any) -> None:
    shop.act(ListOwnItems((old(1),)))
    mapping = {
        "fixmedins_hilist_id": "OLD0001",
        "fixmedins_hilist_name": "旧项目1",
        "list_type": "101",
        "med_list_codg": STEADY,
        "begndate": "2016-10-01",
        "enddate": "2016-10-10",
    }
    assert sender.send(shop, "3301", HOSPITAL, data=[mapping]).succeeded
    unmapped = [len(shop.insured.own_items.unmapped(AREA, D(2016, 10, day))) for day in (10, 11)]
    assert unmapped == [0, 1]


def test_an_item_opened_without_approval_is_charged_at_home_and_found(
    catalogue_play: Any, library: Any, hops: Any
) -> None:
    play = catalogue_play(**SINCE)
    play.act(OpenLocalItem(AREA, local(library)))
    assert play.insured.catalogue.find(LOCAL, D(2016, 10, 10)) is not None
    assert play.treatment.catalogue.problem(LOCAL, D(2016, 10, 10)) == "item_unmapped"
    assert play.insured.own_items.violations(D(2016, 10, 10)) == [Violation(AREA, LOCAL, "本地项目", D(2016, 9, 1), "")]
    play.act(ReportMapping())
    assert play.province.library.violations() == [Violation(AREA, LOCAL, "本地项目", D(2016, 9, 1), "")]
    (reply,) = {message.key: message for message in hops(play, "D102") if message.is_reply}.values()
    assert [dict(row) for row in reply.rows("faillist")] == [
        {"seqno": 1, "err_msg": "该条目为本地自行增加，且无批准编号"}
    ]
    assert play.insured.own_items.answered[AREA, 1].refused == ((1, "该条目为本地自行增加，且无批准编号"),)


def test_an_old_item_is_left_to_the_transition(catalogue_play: Any, library: Any) -> None:
    play = catalogue_play(**SINCE)
    play.act(OpenLocalItem(AREA, local(library, D(2016, 5, 23))))
    play.act(ListOwnItems((old(1),)))
    play.act(ReportMapping())
    assert play.insured.own_items.violations(D(2016, 10, 10)) == []
    assert play.province.library.violations() == []
    assert play.insured.own_items.answered[AREA, 1].refused == ()


def test_a_claimed_approval_must_be_one_of_the_log(catalogue_play: Any, library: Any) -> None:
    play = catalogue_play(**SINCE)
    play.act(OpenLocalItem(AREA, local(library), "MLBG-7"))
    play.act(ReportMapping())
    (found,) = play.insured.own_items.violations(D(2016, 10, 10))
    assert found.approval == "MLBG-7"
    assert [each.approval for each in play.province.library.violations()] == ["MLBG-7"]
    row = Row("201", "000999990000001", "另一项目", "1", "01", None, None, "示例")
    change = Change("MLBG-7", "示例省厅", D(2016, 9, 1), XUZHOU, "V1a", D(2016, 10, 12), (row,))
    play.act(ApproveChange(change), at=PROVINCE)
    play.tick(86_400)
    play.act(ReportMapping())
    assert play.insured.own_items.violations(D(2016, 10, 11)) == []
    assert play.province.library.violations() == []
    assert play.insured.own_items.answered[AREA, 1].refused == ()


def test_an_item_the_library_takes_in_stands_for_itself(catalogue_play: Any, library: Any, hops: Any) -> None:
    play = catalogue_play(**SINCE)
    play.act(OpenLocalItem(AREA, local(library)))
    row = Row("201", LOCAL, "本地项目", "1", "02", 1000, None, "徐州申请")
    play.act(
        ApproveChange(Change("MLBG-8", "示例省厅", D(2016, 9, 1), XUZHOU, "V1a", D(2016, 10, 10), (row,))), at=PROVINCE
    )
    assert play.insured.own_items.violations(D(2016, 10, 10)) == []
    play.act(ReportMapping())
    (reported,) = next(m for m in hops(play, "D102") if not m.is_reply).rows("mapinfo")
    assert (reported["map_flag"], reported["med_list_codg"], reported["chrgitm_lv"]) == ("1", LOCAL, "02")
    assert points(play) == [(D(2016, 10, 10), 0, 1)]


def test_what_is_unmapped_when_mapping_is_required_comes_back(catalogue_play: Any) -> None:
    play = catalogue_play(catalogue__mapping__required=True)
    play.act(ListOwnItems((old(1),)))
    play.act(ReportMapping())
    assert play.insured.own_items.answered[AREA, 1].refused == ((1, "该条目未对照，且无批准编号"),)


def test_a_report_the_province_refuses_is_kept_as_such(shop: Any) -> None:
    shop.act(ListOwnItems((old(1),)))
    del shop.province.registry.areas[AREA]  # the province has lost the area
    shop.act(ReportMapping())
    assert shop.insured.own_items.answered[AREA, 1].refused == ((0, "区划320399未登记，请核对医保区划"),)


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (ListOwnItems((old(1), old(2, "H32019900001"))), "not_for_this_platform"),
        (MapOwnItem(HOSPITAL, "OLD0001", STEADY), "unknown_mapping"),
    ],
)
def test_staff_are_held_to_their_own_city_and_lists(shop: Any, action: Any, name: str) -> None:
    (declined,) = shop.act(action)
    assert declined.name == name
    assert shop.insured.own_items.unmapped(AREA, D(2016, 10, 10)) == []


def test_nobody_opens_an_item_for_an_area_of_another_city(shop: Any, library: Any) -> None:
    (declined,) = shop.act(OpenLocalItem("320199", local(library)))
    assert (declined.name, declined.found) == ("not_for_this_platform", ("320199",))
    assert shop.insured.catalogue == shop.treatment.catalogue


@pytest.mark.parametrize("code", ["gone", STEADY])
def test_a_row_mapped_to_what_the_library_does_not_have_comes_back(shop: Any, code: str) -> None:
    shop.act(ListOwnItems((old(1),)))
    shop.act(MapOwnItem(HOSPITAL, "OLD0001", code))
    shop.act(ReportMapping())
    refused = shop.insured.own_items.answered[AREA, 1].refused
    assert refused == (() if code == STEADY else ((1, "明细OLD0001的目录编码gone不在目录内，请先对照"),))
