"""The interface data name every refusal a request may meet: those that any request meets, and those of a visit's steps.

Each request is the published example of its transaction. The names particular to one transaction are seen by the tests
of its office; ``tests/core/conftest.py`` holds what all of them saw to the list, both ways.
"""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

import pytest

import schemas
from simulator.core.benefit.rules import INPATIENT, OUTPATIENT, PHARMACY
from simulator.core.platform.effects import Reply
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Node
from simulator.core.platform.refusals import BY_CODE
from simulator.core.platform.transactions import FORWARDED, LOCAL
from simulator.core.platform.turn import Turn
from simulator.core.visits.lifecycle import KIND_OF, OPENS, TRIES
from simulator.inputs.wire import Wire

from .playing import Clinic, Pharmacy

REGISTRY = schemas.load()
WIRE = Wire(REGISTRY)
NATIONAL = [infno for infno, each in REGISTRY.transactions.items() if not each.proposal]
BUREAU = [infno for infno, each in REGISTRY.transactions.items() if each.proposal]
UNANSWERED = {infno for infno in NATIONAL if infno not in LOCAL | FORWARDED}
STEPS = sorted(KIND_OF.keys() - OPENS - TRIES | {"2206", "2303"})
HOSPITAL, HERE, THERE, PROVINCE = "H32019900001", "320199", "320399", "320000"
NOW = dt.datetime(2016, 10, 10, 9, 0)


def example(infno: str) -> Message:
    """The published request, from the hospital in 南京 for someone of 徐州."""
    message = WIRE.decode_request(schemas.parse(REGISTRY.examples[infno, "request"]))
    head = {"mdtrtarea_admvs": HERE, "insuplc_admdvs": THERE, "sender_admdvs": "", "recer_admvs": ""}
    return message._replace(key=Key(HOSPITAL, f"{HOSPITAL}202610100900009999")).with_head(**head)


def about(message: Message, **fields: str) -> Message:
    """The message with fields of all its rows changed, where the rows have them."""

    def changed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(changed, value))
        return MappingProxyType({**value, **{name: new for name, new in fields.items() if name in value}})

    return message._replace(blocks=MappingProxyType({name: changed(block) for name, block in message.blocks.items()}))


def refused(reply: Message | None) -> str:
    assert reply is not None
    assert reply.infcode is not None
    return BY_CODE[reply.infcode].name if reply.infcode else ""


def listed(infno: str) -> tuple[str, ...]:
    return REGISTRY.transactions[infno].refusals


@pytest.fixture
def counter(make_play: Any) -> Any:
    """The small network with every hospital signed in, and nobody refused for want of a filing."""
    return make_play(filing__unfiled="reduced")


class Bare(Node):
    """A provincial platform with no desk at all: it knows the way to 南京 and passes on."""

    def next_hop(self, area: str) -> str:
        return area if area == "320100" else ""

    def decide(self, turn: Turn, asked: Message) -> None:
        self.bureau(turn, asked)

    def complete(self, turn: Turn, asked: Message, prepared: Any, reply: Message) -> Message:
        return reply


@pytest.mark.parametrize("infno", NATIONAL)
def test_a_hospital_that_is_not_known_or_not_signed_in_is_refused(counter: Any, infno: str) -> None:
    stranger = "H99999900001"
    cases = [
        ("unknown_institution", stranger, HERE, counter.desk.sign_no),
        ("not_for_this_platform", stranger, THERE, counter.desk.sign_no),
        ("other_area", HOSPITAL, THERE, counter.desk.sign_no),
        ("not_signed_in", HOSPITAL, HERE, "0"),
    ]
    for name, party, area, sign_no in cases[: 3 if infno == "9001" else 4]:
        asked = example(infno)._replace(key=Key(party, f"{infno}{name}"))
        assert refused(counter.ask(asked.with_head(mdtrtarea_admvs=area, sign_no=sign_no), to="320100")) == name
        assert name in listed(infno)


@pytest.mark.parametrize("infno", NATIONAL)
def test_a_number_that_was_used_or_reversed_is_refused(counter: Any, infno: str) -> None:
    asked = example(infno).with_head(sign_no=counter.desk.sign_no)
    used, barred = Key(HOSPITAL, f"{infno}c"), Key(HOSPITAL, f"{infno}d")
    other = "1101" if infno != "1101" else "9002"
    counter.ask(example(other)._replace(key=used))
    reversal = counter.desk.reverse(counter.tick(), counter.net.people["worker"], asked._replace(key=barred))
    assert counter.ask(reversal.with_fields("data", {"oinfno": "2304"})).succeeded
    assert refused(counter.ask(asked._replace(key=used))) == "msgid_reused"
    assert refused(counter.ask(asked._replace(key=barred))) == "reversed"
    assert {"msgid_reused", "reversed"} <= set(listed(infno))


@pytest.mark.parametrize("infno", sorted(UNANSWERED))
def test_what_is_not_answered_here_is_said_to_be(counter: Any, infno: str) -> None:
    asked = example(infno)._replace(key=Key(HOSPITAL, f"{infno}e")).with_head(sign_no=counter.desk.sign_no)
    assert refused(counter.ask(asked)) == "unknown_transaction"
    assert "unknown_transaction" in listed(infno)


@pytest.mark.parametrize("infno", NATIONAL)
def test_the_province_checks_both_areas_and_waits_for_what_is_forwarded(counter: Any, infno: str) -> None:
    transaction, province = REGISTRY.transactions[infno], counter.province
    if infno not in FORWARDED:
        assert not transaction.forwarded or infno in UNANSWERED
        assert not {"unknown_area", "area_not_connected", "outcome_unknown"} & set(listed(infno))
        return
    assert transaction.forwarded
    asked, found = example(infno), []
    for number, area in enumerate(("999900", "320322", THERE)):
        mine = asked._replace(key=Key(HOSPITAL, f"{infno}{number}")).with_head(insuplc_admdvs=area)
        effects = [*province.handle(counter.now, mine), *province.wake(counter.now + dt.timedelta(hours=1), mine.key)]
        found += [refused(each.message) for each in effects if isinstance(each, Reply)]
    assert found == ["unknown_area", "area_not_connected", "outcome_unknown"]
    assert set(found) <= set(listed(infno))


@pytest.mark.parametrize("infno", BUREAU)
def test_a_bureau_message_is_refused_for_nowhere_by_the_wrong_desk_and_under_a_used_number(infno: str) -> None:
    platform, found = Bare(PROVINCE, wait_seconds=40), []
    asked = example(infno)._replace(key=Key(f"C{PROVINCE}00001", f"{infno}1"))
    for to, number in (("999900", "1"), (PROVINCE, "2"), ("320100", "3")):
        mine = asked._replace(key=asked.key._replace(msgid=number)).with_head(recer_admvs=to)
        effects = [*platform.handle(NOW, mine), *platform.wake(NOW + dt.timedelta(hours=1), mine.key)]
        found += [refused(each.message) for each in effects if isinstance(each, Reply)]
    used = mine.key._replace(msgid="4")
    platform.handle(NOW, mine._replace(infno="F101" if infno != "F101" else "F102", key=used))
    (again,) = platform.handle(NOW, mine._replace(key=used))
    assert found == ["unknown_area", "unknown_transaction", "outcome_unknown"]
    assert isinstance(again, Reply)
    assert refused(again.message) == "msgid_reused"
    assert {*found, "msgid_reused"} <= set(listed(infno))


@pytest.mark.parametrize("infno", STEPS)
def test_a_step_names_its_visit_and_its_person_and_waits_its_turn(town: Any, infno: str) -> None:
    stay, clinic, buyer = town.stay("worker"), Clinic(town), Pharmacy(town)
    assert stay.admit().succeeded
    assert clinic.register().succeeded
    assert buyer.buy().succeeded
    visits = {INPATIENT: stay.mdtrt_id, OUTPATIENT: clinic.mdtrt_id, PHARMACY: buyer.mdtrt_id}
    mine = visits.pop(KIND_OF[infno])
    desk = buyer.desk if KIND_OF[infno] == PHARMACY else stay.desk
    asked = example(infno).with_head(sign_no=desk.sign_no)

    def said(number: str, mdtrt_id: str, psn_no: str) -> str:
        key = Key(desk.institution.code, f"{infno}{number}")
        return refused(town.ask(about(asked._replace(key=key), mdtrt_id=mdtrt_id, psn_no=psn_no)))

    found = [said("f", "S0", "P2"), said("g", mine, "P1"), said("h", next(iter(visits.values())), "P2")]
    town.treatment.treatment.visits.find(mine).open_step = Key(HOSPITAL, "another")
    found.append(said("i", mine, "P2"))
    assert found == ["unknown_visit", "other_person", "not_allowed_now", "busy"]
    assert set(found) <= set(listed(infno))


@pytest.mark.parametrize("infno", ["1312", "1316", "1317", "1318", "1319"])
def test_a_query_of_the_catalogue_counts_its_pages_from_one(counter: Any, infno: str) -> None:
    asked = example(infno).with_head(sign_no=counter.desk.sign_no)
    assert refused(counter.ask(asked.with_fields("data", {"page_num": 0}))) == "page_wrong"


@pytest.mark.parametrize("infno", ["3101", "3102"])
def test_nothing_is_analysed_before_there_are_rules(counter: Any, infno: str) -> None:
    assert refused(counter.ask(example(infno).with_head(sign_no=counter.desk.sign_no))) == "no_rules"


@pytest.mark.parametrize(
    ("code", "begin", "name"),
    [
        ("nothing", "2016-10-10", "item_unmapped"),
        ("drug-a", "2015-12-31", "item_not_yet_valid"),
        ("drug-a", "2017-01-01", "item_expired"),
    ],
)
def test_a_mapping_names_an_item_that_is_valid_on_its_first_day(counter: Any, code: str, begin: str, name: str) -> None:
    asked = about(example("3301"), med_list_codg=code, begndate=begin, enddate="2099-12-31")
    assert refused(counter.ask(asked.with_head(sign_no=counter.desk.sign_no))) == name
