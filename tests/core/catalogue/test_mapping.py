"""Own items are mapped with 3301 and 3302; a fee line needs its mapping where the pack demands it."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

import pytest

from simulator.core.benefit.bill import classify
from simulator.core.catalogue.items import Item
from simulator.inputs.packs import load_pack

D = dt.date
STEADY, BETTER, HERB = "XA02BCA001A057010000001", "XB01ACA002A052010000002", "T100000001"
BED, STENT = "000100010000001", "C01000000000000000001"
HOSPITAL, SECONDARY, XUZHOU_HOSPITAL = "H32019900001", "H32019900002", "H32039900001"
TODAY = D(2016, 10, 10)


def mapping(
    own: str = "YP1", code: str = STEADY, begin: str = "2016-10-01", end: str = "2016-12-31", **more: Any
) -> Any:
    row = {
        "fixmedins_hilist_id": own,
        "fixmedins_hilist_name": "某药",
        "list_type": "101",
        "med_list_codg": code,
        "begndate": begin,
        "enddate": end,
    }
    return {**row, **more}


def line(own: str, code: str = STEADY, day: str = "2016-10-05") -> Any:
    return {"medins_list_codg": own, "med_list_codg": code, "fee_ocur_time": f"{day} 08:00:00"}


def item_of(play: Any, row: Any, hospital: str = HOSPITAL, today: dt.date = TODAY) -> Any:
    found = play.treatment.mappings.item_of(MappingProxyType(row), hospital, today)
    return found.code if isinstance(found, Item) else found


@pytest.fixture
def strict(catalogue_play: Any) -> Any:
    """The play where own items must be mapped."""
    return catalogue_play(catalogue__mapping__required=True)


def test_a_mapped_item_may_be_charged_on_the_days_of_its_mapping(strict: Any, sender: Any) -> None:
    assert item_of(strict, line("YP1")) == "own_item_unmapped"
    assert sender.send(strict, "3301", data=[mapping()]).succeeded
    days = ("2016-09-30", "2016-10-01", "2016-12-31", "2017-01-01")
    found = [item_of(strict, line("YP1", day=day)) for day in days]
    assert found == ["own_item_unmapped", STEADY, STEADY, "own_item_unmapped"]
    assert item_of(strict, line("YP1", BETTER)) == "own_item_unmapped"
    assert item_of(strict, line("YP1"), SECONDARY) == "own_item_unmapped"


def test_the_librarys_own_code_needs_no_mapping(strict: Any) -> None:
    assert item_of(strict, line(STEADY)) == STEADY
    assert item_of(strict, {**line(""), "medins_list_codg": ""}) == STEADY


def test_only_the_city_of_the_hospital_asks_for_the_mapping(strict: Any) -> None:
    assert item_of(strict, line("YP1"), XUZHOU_HOSPITAL) == STEADY
    assert item_of(strict, line("YP1"), "H99999999999") == STEADY


@pytest.mark.parametrize(("required", "answer"), [(False, 0), (True, -203)])
def test_a_line_without_its_mapping_is_refused_where_the_pack_demands_it(
    catalogue_play: Any, required: bool, answer: int
) -> None:
    play = catalogue_play(catalogue__mapping__required=required)
    stay = play.stay()
    assert stay.admit().succeeded
    item = play.net.catalogue.items[STEADY]
    reply = stay.upload([classify("1", item, item.price, 10_000)], medins_list_codg="YP1")
    assert reply.infcode == answer
    if answer:
        assert reply.head["err_msg"] == f"明细1的自编项目未对照到{STEADY}，请先做3301"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (line("nothing", "nothing"), "item_unmapped"),
        (line(HERB, HERB, "2015-12-31"), "item_not_yet_valid"),
        (line(HERB, HERB, "2016-11-01"), "item_expired"),
    ],
)
def test_a_line_outside_the_library_is_refused_by_what_is_wrong(shop: Any, row: Any, problem: str) -> None:
    assert item_of(shop, row) == problem


def test_the_cap_is_that_of_the_hospitals_level(shop: Any) -> None:
    caps = [
        shop.treatment.mappings.item_of(MappingProxyType(line(BED, BED)), hospital, TODAY).cap
        for hospital in (HOSPITAL, SECONDARY, "H32019900003", "H99999999999")
    ]
    assert caps == [60_000_000, 50_000_000, 40_000_000, 60_000_000]


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        ([mapping(code="nothing")], -143, "nothing不在目录内"),
        ([mapping(), mapping("YP2", HERB, "2016-11-01", list_type="102")], -202, "T100000001当日已失效"),
        ([mapping(list_type="102")], -143, STEADY),
        ([mapping(), mapping(code=BETTER)], -204, "YP1已对照到XA02"),
    ],
)
def test_wrong_mappings_are_refused_and_none_of_them_is_kept(
    strict: Any, sender: Any, rows: Any, code: int, words: str
) -> None:
    reply = sender.send(strict, "3301", data=rows)
    assert reply.infcode == code
    assert words in reply.head["err_msg"]
    assert strict.treatment.mappings.all() == []


def test_one_own_item_stands_for_one_library_item_a_day(strict: Any, sender: Any) -> None:
    assert sender.send(strict, "3301", data=[mapping(end="2016-10-20")]).succeeded
    assert sender.send(strict, "3301", data=[mapping(code=BETTER, begin="2016-10-20")]).infcode == -204
    assert sender.send(strict, "3301", data=[mapping(code=BETTER, begin="2016-10-21")]).succeeded
    assert item_of(strict, line("YP1", BETTER, "2016-10-21")) == BETTER
    assert sender.send(strict, "3301", SECONDARY, data=[mapping(code=BETTER)]).succeeded


def test_a_cancelled_mapping_holds_until_the_day_before(strict: Any, sender: Any) -> None:
    cancel = {"fixmedins_code": HOSPITAL, "fixmedins_hilist_id": "YP1", "list_type": "101", "med_list_codg": STEADY}
    assert sender.send(strict, "3302", data=cancel).infcode == -205
    assert sender.send(strict, "3301", data=[mapping()]).succeeded
    assert sender.send(strict, "3302", data={**cancel, "med_list_codg": BETTER}).infcode == -205
    assert sender.send(strict, "3302", data=cancel).succeeded
    assert item_of(strict, line("YP1", day="2016-10-09")) == STEADY
    assert item_of(strict, line("YP1", day="2016-10-10")) == "own_item_unmapped"
    assert sender.send(strict, "3302", data=cancel).infcode == -205
    assert sender.send(strict, "3301", data=[mapping(code=BETTER, begin="2016-10-10")]).succeeded


def test_a_mapping_cancelled_before_it_begins_never_holds(strict: Any, sender: Any) -> None:
    assert sender.send(strict, "3301", data=[mapping(begin="2016-11-01"), mapping("YP2")]).succeeded
    cancel = {"fixmedins_code": HOSPITAL, "fixmedins_hilist_id": "YP1", "list_type": "101", "med_list_codg": STEADY}
    assert sender.send(strict, "3302", data=cancel).succeeded
    assert item_of(strict, line("YP1", day="2016-11-01")) == "own_item_unmapped"
    assert item_of(strict, line("YP2")) == STEADY


def test_in_2016_a_line_may_be_unmapped_and_in_2017_no_longer(make_play_with: Any, library: Any) -> None:
    play = make_play_with(load_pack("jiangsu-2016"), library)
    days = (D(2016, 10, 10), D(2016, 12, 31), D(2017, 1, 1))
    assert [item_of(play, line("YP1"), today=day) for day in days] == [STEADY, STEADY, "own_item_unmapped"]


def test_each_city_prices_by_the_catalogue_of_its_own_province(shop: Any, library: Any) -> None:
    dearer = library.items[STENT]._replace(level="03", cap=None, first_share=0)
    shop.insured.catalogue = library.with_entries(STENT, (dearer,))
    cities = (shop.treatment, shop.insured)
    assert [city.mappings.item_of(line(STENT, STENT), HOSPITAL, TODAY).level for city in cities] == ["02", "03"]
