"""The queries answer page by page, and what they answer is the library."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.catalogue.items import CLASS_B

D = dt.date
STEADY, BETTER, HERB = "XA02BCA001A057010000001", "XB01ACA002A052010000002", "T100000001"
BED, STENT = "000100010000001", "C01000000000000000001"
SECONDARY = "H32019900002"


def asked(**more: Any) -> Any:
    return {"updt_time": "2015-01-01", "page_num": 1, "page_size": 100, **more}


def codes(reply: Any) -> list[str]:
    return [row["hilist_code"] for row in reply.rows("data")]


@pytest.fixture
def later(shop: Any) -> Any:
    """The play after both versions are in force."""
    shop.tick(60 * 86_400)
    return shop


def test_a_page_says_where_it_stands(shop: Any, sender: Any) -> None:
    reply = sender.send(shop, "1312", data=asked(page_num=2, page_size=3))
    assert [reply.blocks[name] for name in ("firstPage", "lastPage", "size", "startRow", "pageSize", "pageNum")] == [
        False,
        False,
        3,
        4,
        3,
        2,
    ]
    assert (reply.blocks["recordCounts"], reply.blocks["pages"], len(reply.rows("data"))) == (7, 3, 3)
    last = sender.send(shop, "1312", data=asked(page_num=3, page_size=3))
    assert (last.blocks["lastPage"], last.blocks["size"]) == (True, 1)
    beyond = sender.send(shop, "1312", data=asked(page_num=4, page_size=3))
    assert (beyond.blocks["lastPage"], beyond.rows("data")) == (True, ())


@pytest.mark.parametrize(("number", "size"), [(0, 100), (1, 0), (1, 101)])
def test_a_page_that_cannot_be_is_refused(shop: Any, sender: Any, number: int, size: int) -> None:
    reply = sender.send(shop, "1312", data=asked(page_num=number, page_size=size))
    assert (reply.infcode, reply.head["err_msg"]) == (-207, "页码自1起，每页1至100行")


def test_pages_together_are_all_rows(later: Any, sender: Any) -> None:
    pages = [sender.send(later, "1312", data=asked(page_num=number, page_size=4)) for number in (1, 2, 3)]
    found = [code for page in pages for code in codes(page)]
    assert sorted(found) == sorted(item.code for item in later.treatment.catalogue.all_entries())


def test_items_caps_and_shares_are_those_of_the_library(later: Any, sender: Any) -> None:
    catalogue = later.treatment.catalogue
    items = sender.send(later, "1312", data=asked()).rows("data")
    assert {(row["hilist_code"], row["begndate"], row["chrgitm_lv"], row["med_chrgitm_type"]) for row in items} == {
        (item.code, item.valid_from.isoformat(), item.level, item.charge_type) for item in catalogue.all_entries()
    }
    caps = sender.send(later, "1318", data=asked()).rows("data")
    assert [(row["hilist_code"], row["hilist_lmtpric_type"], row["hilist_pric_uplmt_amt"]) for row in caps] == [
        *((BED, "3", 60), (BED, "2", 50), (BED, "1", 40)),
        *((STENT, "3", 7501), (STENT, "2", 7501), (STENT, "1", 7501)),  # 7500.50 in a field of whole yuan
    ]
    shares = sender.send(later, "1319", data=asked()).rows("data")
    assert {(row["hilist_code"], row["begndate"], row["selfpay_prop"]) for row in shares} == {
        (item.code, item.valid_from.isoformat(), item.first_share)
        for item in catalogue.all_entries()
        if item.level == CLASS_B
    }
    assert [row["selfpay_prop_psn_type"] for row in shares if row["hilist_code"] == STENT] == ["310", "390"]
    assert len({row["rid"] for row in (*caps, *shares)}) == len(caps) + len(shares)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"hilist_code": BED}, [BED]),
        ({"hilist_name": "XB01"}, [BETTER, BETTER]),
        ({"hilist_name": "XB01", "query_date": "2016-10-31"}, [BETTER]),
        ({"list_type": "102"}, [HERB]),
        ({"list_type": "102", "vali_flag": "1"}, []),
        ({"list_type": "102", "vali_flag": "0"}, [HERB]),
        ({"hilist_code": HERB, "query_date": "2016-11-01"}, []),
        ({"hilist_code": BETTER, "begndate": "2016-02-01"}, [BETTER]),
        ({"hilist_code": BETTER, "enddate": "2016-12-31"}, [BETTER]),
        ({"hilist_code": STEADY, "insu_admdvs": "320199"}, [STEADY]),
        ({"hilist_code": STEADY, "insu_admdvs": "320399"}, []),
        ({"hilist_code": STEADY, "pinyin": "slyp", "memo": ""}, [STEADY]),
        ({"lmt_used_flag": "1"}, [STEADY, BED, STENT]),
    ],
)
def test_a_query_chooses_by_the_fields_it_fills_in(later: Any, sender: Any, wanted: Any, found: list[str]) -> None:
    desk = later.desk
    reply = later.ask(desk._request(later.tick(), "1312", "", {"data": asked(**wanted)}))
    assert codes(sender.held(reply)) == found


def test_only_what_changed_since_is_returned(later: Any, sender: Any) -> None:
    rows = sender.send(later, "1312", data=asked(updt_time="2016-10-20")).rows("data")
    assert sorted((row["hilist_code"], row["begndate"]) for row in rows) == [
        ("000300020000002", "2016-11-01"),
        (HERB, "2016-01-01"),
        (BETTER, "2016-01-01"),
        (BETTER, "2016-11-01"),
    ]
    assert sender.send(later, "1312", data=asked(updt_time="2016-10-21")).rows("data") == ()


def test_both_codes_of_an_item_are_the_same(shop: Any, sender: Any) -> None:
    (row,) = sender.send(shop, "1316", data=asked(med_list_codg=BED)).rows("data")
    assert (row["hilist_code"], row["list_type"]) == (BED, "201")


def test_an_institution_sees_its_own_mappings_and_their_state(shop: Any, sender: Any) -> None:
    mapping = {
        "fixmedins_hilist_id": "YP1",
        "fixmedins_hilist_name": "某药",
        "list_type": "101",
        "med_list_codg": STEADY,
        "begndate": "2016-10-01",
        "enddate": "2016-12-31",
        "spec": "0.5g",
        "memo": "",
    }
    assert sender.send(shop, "3301", data=[mapping, {**mapping, "fixmedins_hilist_id": "YP2"}]).succeeded
    assert sender.send(shop, "3301", SECONDARY, data=[mapping]).succeeded
    shop.tick(86_400)
    cancel = {"fixmedins_code": "H32019900001", "fixmedins_hilist_id": "YP1", "list_type": "101"}
    assert sender.send(shop, "3302", data={**cancel, "med_list_codg": STEADY}).succeeded
    rows = sender.send(shop, "1317", data=asked(medins_list_name="某")).rows("data")
    assert [(row["medins_list_codg"], row["enddate"], row["vali_flag"], row["updt_time"]) for row in rows] == [
        ("YP1", "2016-10-10", "0", "2016-10-11"),
        ("YP2", "2016-12-31", "1", "2016-10-10"),
    ]
    assert rows[0]["spec"] == "0.5g"
    assert "memo" not in rows[0]
    assert sender.send(shop, "1317", data=asked(fixmedins_code=SECONDARY)).rows("data") == ()
