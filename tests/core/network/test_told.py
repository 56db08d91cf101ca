"""What a hospital takes for an answer: nothing of somebody else's, and no other bill."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.network.told import is_answer
from simulator.core.platform.effects import Record, Reply
from simulator.core.platform.message import Message
from simulator.core.platform.node import TimedOut
from tests.core.network.test_hospital_system import effects_of, system, totals

__all__ = ["system"]
WRONG = (
    ("psn_no", "320399000000000009"),
    ("mdtrt_id", "another"),
    ("medins_setl_id", "another"),
    ("medfee_sumamt", 1),
)


def settled(play: Any) -> tuple[Message, Message]:
    """A settlement and the city's answer to it."""
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    stay.discharge()
    asked = stay.bill_request()
    return asked, play.relay.ask(play.now, play.treatment.code, asked)


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_is_not_of_the_request_is_no_answer(play: Any, name: str, value: Any) -> None:
    asked, reply = settled(play)
    assert is_answer(asked, reply)
    assert not is_answer(asked, reply.with_fields("setlinfo", {name: value}))


def test_a_refusal_and_an_answer_that_is_about_no_money_are_answers(play: Any) -> None:
    asked, reply = settled(play)
    assert is_answer(asked, reply._replace(infcode=-1, blocks={}))
    signing = play.desk.sign_in(play.tick())
    assert is_answer(signing, play.ask(signing))


def test_a_trial_names_no_message_and_a_cancellation_no_bill(play: Any) -> None:
    asked, reply = settled(play)
    trial = asked._replace(infno="2303")
    info = {"medins_setl_id": "another"}
    assert is_answer(trial, reply._replace(infno="2303").with_fields("setlinfo", info))
    data = asked.block("data")
    cancelling = asked._replace(infno="2305", blocks={"data": {name: data[name] for name in ("psn_no", "mdtrt_id")}})
    row = {**reply.block("setlinfo"), **info, "medfee_sumamt": -1}
    assert is_answer(cancelling, reply._replace(infno="2305", blocks={"setlinfo": (row,)}))


def test_a_strange_answer_leaves_the_outcome_unknown_until_the_right_one_comes(play: Any, system: Any) -> None:
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    stay.discharge()
    asked = stay.bill_request()
    system.handle(play.now, asked)
    right = play.relay.ask(play.now, system.city, asked)
    strange = right.with_fields("setlinfo", {"medfee_sumamt": right.block("setlinfo")["medfee_sumamt"] + 1})
    found = system.handle(play.now, strange)
    assert [each.message.infcode for each in effects_of(found, Reply)] == [-191]
    assert [each.fact for each in effects_of(found, Record)] == [TimedOut(asked.key)]
    assert not system.handle(play.now, strange)  # nobody waits any more, and it is kept open
    assert totals(system).rows == 0
    assert [each.request for each in system.waiting()] == [asked]
    system.handle(play.now + dt.timedelta(seconds=1), asked)
    assert effects_of(system.handle(play.now, right), Reply)[0].message == right
    assert totals(system).rows == 1
