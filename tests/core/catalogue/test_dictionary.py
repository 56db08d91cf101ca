"""1901: an institution asks for a code table, and gets every code with its label, or those under one code."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import schemas
from simulator.core.catalogue.dictionary import Dictionary
from simulator.core.network.city import City
from simulator.core.platform.message import Message
from simulator.core.platform.refusals import REFUSALS
from simulator.inputs.platforms import code_tables
from simulator.inputs.wire import Wire

NANJING, PROVINCE = "320100", "320000"
REGISTRY = schemas.load()
WIRE = Wire(REGISTRY)


@pytest.fixture
def counter(play: Any, registry: Any, catalogue: Any, pack: Any, kit: Any) -> Any:
    """The hospital's city with the code tables of the interface, which the small network does without."""
    given = {"registry": registry, "catalogue": catalogue, "pack": pack, "calendar": kit.calendar}
    city = City(NANJING, province=PROVINCE, today=dt.date(2016, 10, 10), codes=code_tables(), **given)
    play.net.nodes[NANJING] = city
    play.desk.sign_no = play.ask(play.desk.sign_in(play.tick())).block("signinoutb")["sign_no"]
    return play


def ask(play: Any, **data: str) -> Message:
    asked = play.desk._request(play.tick(), "1901", "", {"data": {"admdvs": NANJING, "date": "2016-10-10", **data}})
    found: Message = play.ask(asked)
    for message, direction in ((asked, "request"), (found, "response")):
        assert not list(REGISTRY.check_text("1901", direction, WIRE.encode(message)))  # type: ignore[arg-type]
    return found


def test_a_table_comes_whole_in_order_with_its_labels(counter: Any) -> None:
    rows = ask(counter, type="GEND").rows("list")
    assert [(row["value"], row["label"], row["sort"]) for row in rows] == [
        (code, label.zh, number) for number, (code, label) in enumerate(REGISTRY.tables["gend"].labels.items(), 1)
    ]
    assert {(row["type"], row["parentValue"], row["valiFlag"]) for row in rows} == {("GEND", "", "1")}


@pytest.mark.parametrize("field", ["parent_value", "parentValue"])
def test_the_codes_under_one_are_those_it_begins_and_no_longer_one_does(counter: Any, field: str) -> None:
    rows = ask(counter, type="psn_type", **{field: "1160"}).rows("list")
    assert [row["value"] for row in rows] == ["116003", "116013", "116015"]
    assert "1160" in [row["value"] for row in ask(counter, type="psn_type", **{field: "11"}).rows("list")]
    assert ask(counter, type="gend", **{field: "9"}).rows("list") == ()


def test_a_table_that_there_is_not_is_refused(counter: Any) -> None:
    assert ask(counter, type="NOTHING").infcode == REFUSALS["unknown_table"].code


def test_every_table_of_the_interface_can_be_told(counter: Any) -> None:
    assert all(ask(counter, type=name).succeeded for name in REGISTRY.tables)


def test_a_platform_without_tables_knows_none(play: Any) -> None:
    assert Dictionary({}).answers.keys() == {"1901"}
    assert ask(play, type="GEND").infcode == REFUSALS["unknown_table"].code
