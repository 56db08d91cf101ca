"""A hospital's own platform passes its desk's requests on, and knows how each ended and what it was told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.network.hospital_system import HospitalSystem
from simulator.core.platform.effects import Record, Reply, Send
from simulator.core.platform.node import Answered
from simulator.core.reconciliation.totals import NOTHING
from tests.core.conftest import CALENDAR, MORNING, picture, small_pack

HOSPITAL, CITY = "H32019900001", "320100"
GROUP = ("310", "21")


def made(net: Any) -> HospitalSystem:
    """The platform of the tertiary hospital in 南京, as it starts."""
    return HospitalSystem(
        net.registry.institutions[HOSPITAL],
        registry=net.registry,
        pack=small_pack(process__wait_seconds__hospital=60),
        calendar=CALENDAR,
        today=MORNING.date(),
    )


@pytest.fixture
def system(play: Any) -> HospitalSystem:
    """That platform between the desk and its city: every request goes through it."""
    made_here = made(play.net)
    play.net.nodes[HOSPITAL] = made_here
    made_here.desk.sign_no = play.desk.sign_no
    play.desk = play.net.desks[HOSPITAL] = made_here.desk
    play.ask = lambda message, to="": play.relay.ask(play.now, HOSPITAL, message)
    return made_here


def totals(system: HospitalSystem) -> Any:
    return system.desk.by_day.group((MORNING.date().isoformat(), *GROUP))


def effects_of(found: tuple[Any, ...], kind: type) -> list[Any]:
    return [each for each in found if isinstance(each, kind)]


def test_a_stay_goes_through_it_and_is_in_its_books(play: Any, system: HospitalSystem) -> None:
    stay = play.stay().settled()
    info = system.reply_under(stay.sent["2304"].key).block("setlinfo")  # type: ignore[union-attr]  # it was answered
    said = totals(system)
    assert said == (1, info["medfee_sumamt"], info["fund_pay_sumamt"], info["acct_pay"])
    assert system.next_hop("320300") == CITY
    assert not system.waiting()


def test_what_its_books_say_is_what_the_city_holds(play: Any, system: HospitalSystem) -> None:
    play.stay().settled()
    reply = play.ask(play.desk.statement(play.tick(), play.now.date(), "310"))
    assert reply.block("stmtinfo")["stmt_rslt"] == "0"


def test_a_cancelled_and_a_reversed_settlement_leave_its_books_again(play: Any, system: HospitalSystem) -> None:
    cancelled, reversed_ = play.stay().settled(), play.stay("worker").settled()
    assert totals(system).rows == 2
    assert cancelled.about("2305").succeeded
    assert totals(system).rows == 1
    assert reversed_.reverse(reversed_.sent["2304"]).succeeded
    assert totals(system) == NOTHING


def test_it_knows_its_sign_in_by_the_answer(play: Any, system: HospitalSystem) -> None:
    play.ask(play.desk.sign_in(play.tick()))
    assert system.desk.signed_on == MORNING.date()
    assert system.desk.sign_no.isalnum()
    kept = system.desk.sign_no
    asked = play.desk.sign_in(play.tick())
    node = play.net.nodes.pop(CITY)
    system.fold(Answered(asked, asked._replace(infcode=-106)))
    play.net.nodes[CITY] = node
    assert system.desk.sign_no == kept


def test_what_was_given_up_is_still_to_be_asked_again_until_it_is_answered(play: Any, system: HospitalSystem) -> None:
    asked = play.desk.person_info(MORNING, play.net.people["retired"])
    (sent,) = effects_of(system.handle(MORNING, asked), Send)
    assert sent == (CITY, asked)
    (reply,) = effects_of(system.wake(MORNING + dt.timedelta(seconds=60), asked.key), Reply)
    assert reply.message.infcode == -191
    assert [each.outgoing for each in system.waiting()] == [asked]
    late = play.relay.ask(MORNING, CITY, asked)
    assert not effects_of(system.handle(MORNING, late), Reply)  # nobody waits any more
    assert not system.waiting()
    assert effects_of(system.handle(MORNING, asked), Reply)[0].message == late


def test_what_is_reversed_is_not_asked_again(play: Any, system: HospitalSystem) -> None:
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    stay.discharge()
    settling = stay.bill_request()
    system.handle(play.now, settling)  # and nothing comes back
    assert [each.request for each in system.waiting()] == [settling]
    assert stay.reverse(settling).succeeded
    assert not system.waiting()


def test_it_forgets_days_that_are_done_with(play: Any, system: HospitalSystem) -> None:
    play.stay().settled()
    system.drop_before("2016-10-10")
    assert totals(system).rows == 1
    system.drop_before("2016-10-11")
    assert totals(system) == NOTHING


def test_folding_its_facts_again_gives_the_same_books(play: Any, system: HospitalSystem) -> None:
    stay = play.stay().settled()
    stay.about("2305")
    again = made(play.net)
    for at, fact in play.relay.facts:
        if at == HOSPITAL:
            again.fold(fact)
    again.desk._serial = system.desk._serial
    again.desk.sign_no = system.desk.sign_no
    again.serial = system.serial
    assert picture(again) == picture(system)


def test_it_waits_as_long_as_it_is_told(play: Any, system: HospitalSystem) -> None:
    system.set_wait(dt.timedelta(seconds=1.2))
    found = system.handle(MORNING, play.desk.person_info(MORNING, play.net.people["retired"]))
    (forwarded,) = effects_of(found, Record)
    assert forwarded.fact.until == MORNING + dt.timedelta(seconds=1.2)


def test_a_province_waits_no_longer_for_the_ministry_than_it_waits_at_all(play: Any) -> None:
    province = play.province
    province.set_wait(dt.timedelta(seconds=5))
    asked = play.desk.person_info(MORNING, play.net.people["retired"])
    assert province.wait_for(asked) == province._inward == dt.timedelta(seconds=5)
