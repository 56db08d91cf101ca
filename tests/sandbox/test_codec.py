"""What is written is read back exactly, and what is no value of the core is not written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.platform.message import Key, Message, request
from simulator.core.platform.node import Voided
from simulator.sandbox.codec import Messages, UnknownValue, decode, decode_message, encode, encode_message

KEY = Key("H32019900001", "H3201990000120161010090000 0001".replace(" ", ""))


def read_back(value: Any) -> Any:
    kept: dict[int, bytes] = {}
    text = encode(value, Messages(), lambda number, _, body: kept.__setitem__(number, body))
    return decode(text, lambda number: decode_message(kept[number]))


@pytest.mark.parametrize(
    "value",
    [
        Voided(KEY, True),
        Filed(Filing("P1", "referral", "320399", "320100", dt.date(2016, 1, 1), None)),
        (dt.datetime(2016, 10, 10, 9, 0, 0, 5000), dt.date(2016, 10, 10)),
        (),
        (1, "𠀀", None, True, -(2**53), ("a", ("b",))),
        frozenset({"b", "a"}),
        MappingProxyType({"a": (MappingProxyType({"b": 1}),)}),
        MappingProxyType({("310", "11"): 2, ("390", "14"): 3}),
        Decimal("1.50"),
        request("1101", KEY, {"mdtrtarea_admvs": "320199"}, {"data": {"psn_no": "P1"}}),
    ],
)
def test_a_value_is_read_back_as_it_was(value: Any) -> None:
    again = read_back(value)
    assert again == value
    assert type(again) is type(value)


def test_every_fact_of_a_day_is_read_back(bare_relay: Any) -> None:
    stay = bare_relay.stay().settled()
    bare_relay.stay("resident").settled()
    stay.about("2305")
    stay.reverse(stay.sent["2305"])
    facts = bare_relay.relay.facts
    assert len(facts) > 60
    assert [read_back(fact) for _, fact in facts] == [fact for _, fact in facts]


def test_a_message_is_written_once() -> None:
    messages, written = Messages(), []
    message = request("1101", KEY, {}, {"data": {"psn_no": "P1"}})
    texts = [encode((message, n), messages, lambda *kept: written.append(kept)) for n in (1, 2)]
    assert written == [(1, message, encode_message(message))]
    assert texts[0] == b'[{"!":"#","v":1},1]'
    assert texts[1] == b'[{"!":"#","v":1},2]'


def test_a_message_that_slipped_out_of_mind_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.sandbox.codec._AT_HAND", 4)
    messages, numbers = Messages(), []
    sent = [request("1101", Key("H", str(n)), {}, {}) for n in range(6)]
    for message in (*sent, sent[5], sent[0]):
        encode(message, messages, lambda number, *_: numbers.append(number))
    assert numbers == [1, 2, 3, 4, 5, 6, 7]


class Stranger(tuple[int, ...]):
    """A tuple of somebody else's."""


@pytest.mark.parametrize("value", [object(), Stranger((1,)), {1, 2}, print])
def test_what_is_no_value_of_the_core_is_refused(value: Any) -> None:
    with pytest.raises(UnknownValue, match="no value of the core"):
        read_back((1, value))


def test_a_number_too_large_for_the_wire_is_refused() -> None:
    with pytest.raises(UnknownValue, match="cannot be kept"):
        read_back(2**70)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"1.5", "is a float"),
        (b'{"!":"visits.visits.Nothing","v":[]}', "visits.visits.Nothing is no value of this version"),
    ],
)
def test_a_text_that_says_no_value_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(UnknownValue, match=why):
        decode(text, lambda number: Message("", KEY, {}, {}))


def test_a_message_has_no_message_inside() -> None:
    with pytest.raises(UnknownValue, match="inside a message"):
        decode_message(b'["1101","H","1",null,{},{"data":{"!":"#","v":3}}]')
