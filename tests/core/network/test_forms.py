"""Every request the desk makes, every hop it takes and every reply it gets passes the published schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

import schemas
from simulator.core.benefit.bill import classify, totals_of
from simulator.core.filing.declarations import CHRONIC, Declaration, Declared
from simulator.core.network.hospital import Disease
from simulator.core.platform.transactions import FILING, FORWARDED
from simulator.core.values.parameters import Tier
from simulator.inputs.wire import Wire

CARE = ("inpatient", "outpatient", "chronic", "pharmacy")
HYPERTENSION = Disease("M03900", "高血压")
FIGURES: dict[str, Any] = {
    "process__open_care": CARE,
    "process__part_settlement": True,
    "benefit__employee__outpatient__tiers": (Tier(0, None, 6000),),
    "benefit__employee__chronic__tiers": (Tier(0, None, 7000),),
    "benefit__employee__chronic__cap__m03900": 200_000,
    "benefit__employee__pharmacy__tiers": (Tier(0, None, 5000),),
}


@pytest.fixture(scope="module")
def wrong() -> Any:
    """Tell what the schemas find wrong with the messages of a relay."""
    known = schemas.load()
    wire = Wire(known)

    def found(hops: Iterable[tuple[str, str, Any]]) -> list[str]:
        said = []
        for _, _, message in hops:
            direction: schemas.Direction = "response" if message.is_reply else "request"
            findings = known.check_text(message.infno, direction, wire.encode(message).decode())
            said += [f"{message.infno} {direction}: {finding.en}" for finding in findings]
        return said

    return found


@pytest.fixture
def town(kit: Any, make_play_with: Any) -> Any:
    """The small network with every kind of care open, where ``worker`` has filed a chronic disease."""
    play = make_play_with(kit.pack(**FIGURES), kit.catalogue())
    person = play.net.people["worker"]
    play.insured.fold(Declared(Declaration("D1", CHRONIC, person.psn_no, "310", *HYPERTENSION, play.now.date())))
    return play


class Counter:
    """A hospital's counter: sends whatever the desk words and expects it to succeed."""

    def __init__(self, play: Any) -> None:
        self.play, self.desk, self.person = play, play.desk, play.net.people["worker"]
        items = play.net.catalogue.items
        self.lines = [
            (classify(str(sn), items[code], items[code].price, 10_000), play.now)
            for sn, code in enumerate(("drug-a", "drug-b"), 1)
        ]

    def say(self, word: Any, *given: Any, **named: Any) -> Any:
        message = word(self.play.tick(), *given, **named)
        reply = self.play.ask(message)
        assert reply.succeeded, (message.infno, reply.head["err_msg"])
        return message, reply


def play_stay(counter: Counter, ward: Any) -> None:
    desk, person, say, play = counter.desk, counter.person, counter.say, counter.play
    say(desk.person_info, person)
    say(desk.eligibility, person, play.now, "21")
    flags = '{"TRUM_FLAG": "1", "REL_TTP_FLAG": "0"}'
    _, reply = say(desk.admit, person, play.now, ward, med_type="22", extension=flags)
    number = reply.block("result")["mdtrt_id"]
    say(desk.upload, person, number, counter.lines, ward)
    say(desk.in_hospital, person.insured_area, (play.now.date(), play.now.date()))
    bill = totals_of(line for line, _ in counter.lines).bill
    say(desk.settle, "2303", person, number, bill, use_account=True, part=True)
    _, reply = say(desk.settle, "2304", person, number, bill, use_account=True, part=True)
    say(desk.about_visit, "2305", person, number, setl_id=reply.block("setlinfo")["setl_id"])
    say(desk.cancel_lines, person, number, ["1", "2"])
    say(desk.upload, person, number, counter.lines, ward)
    say(desk.discharge, person, number, play.now, ward)
    say(desk.about_visit, "2405", person, number)
    say(desk.discharge, person, number, play.now, ward)
    asked, reply = say(desk.settle, "2304", person, number, bill, use_account=True)
    for infno in ("5202", "5203", "5204"):
        setl_id = "" if infno == "5202" else reply.block("setlinfo")["setl_id"]
        say(desk.about_visit, infno, person, number, setl_id=setl_id)
    say(desk.visits_between, person, (play.now.date(), play.now.date()), med_type="22", mdtrt_id=number)
    say(desk.accumulators, person, f"{play.now:%Y%m}")
    say(desk.reverse, person, asked)
    _, reply = say(desk.admit, person, play.now, ward)
    say(desk.about_visit, "2404", person, reply.block("result")["mdtrt_id"])


def play_clinic(counter: Counter, ward: Any) -> None:
    desk, person, say, play = counter.desk, counter.person, counter.say, counter.play
    registration, reply = say(desk.register, person, play.now, ward)
    say(desk.unregister, person, reply.block("data")["mdtrt_id"], registration)
    _, reply = say(desk.register, person, play.now, ward)
    number = reply.block("data")["mdtrt_id"]
    named = {"med_type": "14", "disease": HYPERTENSION}
    say(desk.describe, person, number, ward, extension='{"TRUM_FLAG": "0", "REL_TTP_FLAG": "0"}', **named)
    say(desk.upload_batch, person, number, counter.lines, ward, batch="B1", disease=HYPERTENSION)
    say(desk.cancel_batch, person, number, "B1")
    say(desk.upload_batch, person, number, counter.lines, ward, batch="B2")
    totals = totals_of(line for line, _ in counter.lines)
    bill = {"batch": "B2", "med_type": "14", "use_account": True}
    say(desk.settle_batch, "2206", person, number, totals, **bill)
    _, reply = say(desk.settle_batch, "2207", person, number, totals, **bill)
    setl_id = reply.block("setlinfo")["setl_id"]
    for infno in ("5203", "5204"):
        say(desk.about_visit, infno, person, number, setl_id=setl_id)
    say(desk.about_visit, "5202", person, number)
    say(desk.visits_between, person, (play.now.date(), play.now.date()), med_type="14")
    cancelling, _ = say(desk.about_visit, "2208", person, number, setl_id=setl_id)
    say(desk.reverse, person, cancelling)


def play_pharmacy(counter: Counter, ward: Any) -> None:
    desk, person, say = counter.desk, counter.person, counter.say
    how = {"med_type": "41", "use_account": True}
    say(desk.purchase, "2101", person, counter.lines, **how)
    _, reply = say(desk.purchase, "2102", person, counter.lines, disease=HYPERTENSION, **how)
    info = reply.block("setlinfo")
    say(desk.about_visit, "5203", person, info["mdtrt_id"], setl_id=info["setl_id"])
    say(desk.about_visit, "2103", person, info["mdtrt_id"], setl_id=info["setl_id"])
    asked, _ = say(desk.purchase, "2102", person, counter.lines, **how)
    say(desk.reverse, person, asked)


PLAYS = (play_stay, play_clinic, play_pharmacy)


@pytest.mark.parametrize("play_it", PLAYS)
def test_every_message_of_a_visit_passes_the_schemas(town: Any, ward: Any, wrong: Any, play_it: Any) -> None:
    play_it(Counter(town), ward)
    assert wrong(town.relay.hops) == []


def test_every_transaction_of_a_desk_is_among_them(town: Any, ward: Any) -> None:
    for play_it in PLAYS:
        play_it(Counter(town), ward)
    said = {message.infno for _, _, message in town.relay.hops}
    assert not FORWARDED - FILING - said
