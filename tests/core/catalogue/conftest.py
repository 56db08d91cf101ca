"""A small library with two versions, and the network to play on with it.

Version V2, announced on 2016-10-20 and in force from 2016-11-01, puts a drug from class B into class A, withdraws a
herb, and brings a service. The play stands on 2016-10-10.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

import schemas
from simulator.core.catalogue.items import Catalogue, Item, Limits, Term, Version
from simulator.core.platform.message import Message
from simulator.inputs.wire import Wire

D = dt.date
START, OCTOBER, NOVEMBER = D(2016, 1, 1), D(2016, 10, 31), D(2016, 11, 1)
NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
HOSPITAL = "H32019900001"

STEADY, BETTER, HERB = "XA02BCA001A057010000001", "XB01ACA002A052010000002", "T100000001"
BED, NEW, PASSING = "000100010000001", "000300020000002", "000500030000003"
STENT, BALM = "C01000000000000000001", "YA000100000000000000001"

FIRST = Version("V1", D(2015, 12, 1), START, "示例〔2015〕1号", "示例省厅")
SECOND = Version("V2", D(2016, 10, 20), NOVEMBER, "示例〔2016〕2号", "示例省厅")


def item(code: str, level: str = "01", charge_type: str = "09", price: int = 10_000_000, **more: Any) -> Item:
    """An entry valid from the start on, of the list its code belongs to."""
    kind = {"X": "101", "T": "102", "Y": "103", "C": "301"}.get(code[0], "201")
    plain = {"cap": None, "first_share": 0, "valid_from": START, "valid_to": None, "list_type": kind, "unit": "盒"}
    return Item(code, f"示例{code[:4]}", level, charge_type, price, **{**plain, **more})


def small_library() -> Catalogue:
    better = item(BETTER, "02", first_share=1000, valid_to=OCTOBER)
    entries = (
        item(STEADY, limits=Limits(sex="2", age_from=18, age_to=60, second_line=True)),
        better,
        item(HERB, charge_type="10", price=123_456, valid_to=OCTOBER),
        item(BALM, charge_type="11"),
        item(
            BED, charge_type="01", price=80_000_000, cap=60_000_000, limits=Limits(per_day=10_000),
            level_caps=(("secondary", 50_000_000), ("primary", 40_000_000)),
        ),
        item(NEW, charge_type="03", price=200_000_000, valid_from=NOVEMBER),
        item(PASSING, charge_type="05", valid_to=D(2016, 6, 30)),
        item(
            STENT, "02", "08", 8_000_000_000, cap=7_500_500_000, first_share=500,
            limits=Limits(per_stay=20_000, diagnoses=("I20", "I21")),
        ),
    )  # fmt: skip
    later = {BETTER: (better._replace(level="01", first_share=0, valid_from=NOVEMBER, valid_to=None),)}
    return Catalogue(
        "V2",
        {entry.code: entry for entry in entries},
        later,
        (FIRST, SECOND),
        (Term("I10.900", "原发性高血压"), Term("I20.900", "心绞痛")),
        (Term("47.0000", "阑尾切除术"),),
    )


@pytest.fixture
def library() -> Catalogue:
    return small_library()


@pytest.fixture
def catalogue_play(make_play_with: Any, make_pack: Any) -> Callable[..., Any]:
    """Make a play on the small library, with figures of the pack changed."""
    return lambda **changed: make_play_with(make_pack(**changed), small_library())


@pytest.fixture
def shop(catalogue_play: Any) -> Any:
    """The play where neither mapping nor approval is demanded."""
    return catalogue_play()


class Sender:
    """Sends messages and holds each, and each answer, to the published schemas."""

    def __init__(self) -> None:
        self.registry = schemas.load()
        self.wire = Wire(self.registry)

    def held(self, message: Message) -> Message:
        """The message, once its text is what the schemas demand."""
        direction: schemas.Direction = "request" if message.infcode is None else "response"
        text = self.wire.encode(message).decode()
        assert self.registry.check_text(message.infno, direction, text) == (), text
        return message

    def send(self, play: Any, infno: str, hospital: str = HOSPITAL, **blocks: Any) -> Message:
        """What a hospital sends to its own city, and the answer."""
        desk = play.net.desks[hospital]
        asked = desk._request(play.tick(), infno, "", blocks)
        return self.held(play.ask(self.held(asked)))


@pytest.fixture(scope="session")
def sender() -> Sender:
    return Sender()


@pytest.fixture
def hops(sender: Sender) -> Callable[..., list[Message]]:
    """The messages of one kind that a play carried, requests and answers, each held to the schemas."""

    def carried(play: Any, infno: str) -> list[Message]:
        return [sender.held(message) for _, _, message in play.relay.hops if message.infno == infno]

    return carried
