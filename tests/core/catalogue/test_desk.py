"""A hospital downloads the library through its city: 1301 to 1308 name a file, 9102 fetches it."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.catalogue.changes import Change, Row
from simulator.core.catalogue.forms import CATALOGUE_FILES, text_of
from simulator.core.catalogue.library import ApproveChange

STEADY = "XA02BCA001A057010000001"
HOSPITAL, SECONDARY = "H32019900001", "H32019900002"


@pytest.mark.parametrize("infno", CATALOGUE_FILES)
def test_a_download_names_a_file_that_is_the_list(shop: Any, sender: Any, infno: str) -> None:
    reply = sender.send(shop, infno, data={"ver": "0"})
    text, count = text_of(shop.treatment.catalogue, infno, "0", shop.now.date())
    assert (reply.blocks["data_cnt"], reply.blocks["dld_end_time"]) == (count, "2016-10-17")
    assert reply.blocks["filename"] == f"{infno}_20161010.txt.zip"
    wanted = {"file_qury_no": reply.blocks["file_qury_no"], "filename": "x", "fixmedins_code": "plc"}
    for hospital in (HOSPITAL, SECONDARY):
        fetched = sender.send(shop, "9102", hospital, fsDownloadIn=wanted)
        assert fetched.succeeded
        assert not fetched.blocks  # the interface has no field for the stream: the host sends it
    content = shop.treatment.files.content(wanted["file_qury_no"], "plc", shop.now)
    assert content.text == text


def test_a_download_of_the_newest_version_is_empty(shop: Any, sender: Any) -> None:
    reply = sender.send(shop, "1301", data={"ver": "V2"})
    assert reply.blocks["data_cnt"] == 0
    assert shop.treatment.files.content(reply.blocks["file_qury_no"]).text == ""


def test_the_same_file_serves_every_hospital_of_the_day_until_the_library_changes(shop: Any, sender: Any) -> None:
    def number(hospital: str = HOSPITAL, ver: str = "0") -> str:
        return str(sender.send(shop, "1301", hospital, data={"ver": ver}).blocks["file_qury_no"])

    first = number()
    assert number(SECONDARY) == first
    assert number(ver="V1") != first
    row = Row("101", STEADY, "示例药", "2", "02", 1000, None, "示例")
    today = shop.now.date()
    shop.act(ApproveChange(Change("MLBG-1", "示例省厅", today, "", "V1a", today, (row,))), at="320000")
    second = number()
    assert second != first
    assert "\t乙\t" in shop.treatment.files.content(second).text.splitlines()[-1]
    shop.tick(86_400)
    assert number() != second


def test_what_the_core_does_not_know_it_does_not_answer(shop: Any, sender: Any) -> None:
    asked = shop.desk._request(shop.tick(), "4101", "", {"data": {}})
    assert shop.ask(asked).infcode == -104
