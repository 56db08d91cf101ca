"""Plays the script of the contract at the counters of hospitals, whatever host carries what they say.

A script is data (``script.toml``): who is treated where, and what is said and done when. What a platform gives out (a
visit's or settlement's number, a sign-in) goes into the messages that follow, as at any counter.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from simulator.core.benefit.bill import Line, classify
from simulator.core.benefit.shares import Shares
from simulator.core.clearing import actions as clearing
from simulator.core.filing import actions as filing
from simulator.core.network.hospital import Desk, Ward
from simulator.core.platform.message import Message
from simulator.core.platform.refusals import BY_CODE
from simulator.core.reconciliation import facts as reconciliation
from simulator.core.reconciliation.totals import sum_of
from simulator.core.values.people import Person
from simulator.core.visits.care import CLEARING_TYPE
from simulator.inputs.platforms import Ground
from simulator.inputs.wire import Wire
from simulator.sandbox.population import kind_of, person_of

WARD = Ward("A03", "内科", "D32000000001", "示例甲", "01", "I10.x00x002", "高血压病")
_QUANTITY = 10_000
_ROOMS = (filing, reconciliation, clearing)
_STEP = frozenset({"at", "do", "at_each"})


class Hop(NamedTuple):
    """A message on one leg: who sent it, to whom, and its text as it goes over the wire."""

    start: str
    end: str
    text: bytes


class Host(Protocol):
    """Platforms that are spoken to at a given time."""

    hops: list[Hop]
    """Every message on every leg so far."""

    def ask(self, now: dt.datetime, city: str, asked: Message) -> Message:
        """Let a hospital ask its city; return the reply when all that it set off is done."""

    def act(self, now: dt.datetime, at: str, action: Any) -> None:
        """Let the staff of a platform act, with all that it sets off."""


class Stay(NamedTuple):
    """A stay of the script, the last request of each kind, the numbers it was given, and the latest settlement."""

    desk: Desk
    person: Person
    lines: tuple[Line, ...]
    said: dict[str, Message]
    numbers: dict[str, str]
    settled: list[Shares]


class Player:
    """The hospitals of a script, before a host."""

    def __init__(self, ground: Ground, host: Host, script: Mapping[str, Any]) -> None:
        self._ground, self._host, self._script = ground, host, script
        self._registry = ground.network.national
        self._desks: dict[str, Desk] = {}
        self._stays = {name: self._stay(said) for name, said in script["stay"].items()}
        self._rows: tuple[Any, ...] = ()

    def play(self, part: Mapping[str, Any]) -> list[list[Hop]]:
        """Play a part; return the hops of each step."""
        steps = []
        for step in part["steps"]:
            before = len(self._host.hops)
            if "do" in step:
                self._do(step)
            else:
                self._say(step)
            steps.append(self._host.hops[before:])
        return steps

    def _do(self, step: Mapping[str, Any]) -> None:
        kind = next(vars(room)[step["do"]] for room in _ROOMS if step["do"] in vars(room))
        action = kind(**{name: value for name, value in step.items() if name not in _STEP})
        network = self._ground.network
        groups = {
            "cities": tuple(self._registry.cities),
            "provinces": (network.province.code, *([network.beyond.province.code] if network.beyond else [])),
        }
        for group in step["at_each"]:
            for code in groups.get(group, (group,)):
                self._host.act(step["at"], code, action)

    def _say(self, step: Mapping[str, Any]) -> None:
        now, word = step["at"], step.get("say") or step["again"]
        stay = self._stays[step["stay"]] if "stay" in step else None
        desk = stay.desk if stay else self._desk(step["hospital"])
        if "again" in step:
            assert stay is not None
            asked = stay.said[word]
            if "bill" in step:
                asked = asked.with_fields("data", {"medfee_sumamt": step["bill"]})
        else:
            asked = _OF_STAYS[word](now, stay) if stay else _OF_DESKS[word](self, now, desk, step)
        reply = self._host.ask(now, desk.city, asked)
        refused = BY_CODE[reply.infcode].name if reply.infcode else ""
        assert refused == step.get("refused", ""), (step, reply.head["err_msg"])
        if stay is not None:
            stay.said[word] = asked
            if reply.succeeded and "again" not in step:
                _keep(stay, word, reply, now)
        elif word == "sign_in":
            desk.sign_no = reply.block("signinoutb")["sign_no"]
        elif word == "extract":
            self._rows = reply.rows("data")

    def _stay(self, said: Mapping[str, Any]) -> Stay:
        ground, area, kind = self._ground, said["insured"], kind_of(said["person"])
        assert kind is not None
        person = person_of(ground.network, area, list(self._registry.areas).index(area), kind, self._script["start"])
        desk = self._desk(said["hospital"])
        items = ground.catalogue_of(desk.city).items
        lines = tuple(
            classify(str(number), items[code], items[code].price, quantity * _QUANTITY)
            for number, (code, quantity) in enumerate(said["lines"], 1)
        )
        return Stay(desk, person, lines, {}, {}, [])

    def _desk(self, hospital: str) -> Desk:
        if hospital not in self._desks:
            institution = self._registry.institutions[hospital]
            self._desks[hospital] = Desk(institution, self._registry.city_of(institution.area) or "")
        return self._desks[hospital]

    def _confirm(self, now: dt.datetime, desk: Desk, step: Mapping[str, Any]) -> Message:
        return desk.confirm_split(now, step["month"], self._rows)

    def _apply(self, now: dt.datetime, desk: Desk, step: Mapping[str, Any]) -> Message:
        first, last = step["first"], step["last"]
        days = desk.by_day.days(first.isoformat(), last.isoformat())
        totals = sum_of(totals for day in days for totals in desk.by_day.under(day).values())
        return desk.apply_clearing(now, first, last, CLEARING_TYPE["inpatient"], totals)


def _bill(now: dt.datetime, stay: Stay, infno: str) -> Message:
    bill = sum(line.amount for line in stay.lines)
    return stay.desk.settle(now, infno, stay.person, stay.numbers["visit"], bill, use_account=True)


def _about(now: dt.datetime, stay: Stay, infno: str) -> Message:
    numbers = stay.numbers
    return stay.desk.about_visit(now, infno, stay.person, numbers["visit"], setl_id=numbers["settlement"])


_OF_STAYS: Mapping[str, Callable[[dt.datetime, Stay], Message]] = {
    "person_info": lambda now, stay: stay.desk.person_info(now, stay.person),
    "admit": lambda now, stay: stay.desk.admit(now, stay.person, now, WARD),
    "upload": lambda now, stay: stay.desk.upload(
        now, stay.person, stay.numbers["visit"], [(line, now) for line in stay.lines], WARD
    ),
    "discharge": lambda now, stay: stay.desk.discharge(now, stay.person, stay.numbers["visit"], now, WARD),
    "presettle": lambda now, stay: _bill(now, stay, "2303"),
    "settle": lambda now, stay: _bill(now, stay, "2304"),
    "reverse": lambda now, stay: stay.desk.reverse(now, stay.person, stay.said["settle"]),
    "cancel": lambda now, stay: _about(now, stay, "2305"),
    "query": lambda now, stay: _about(now, stay, "5203"),
}
_OF_DESKS: Mapping[str, Callable[[Player, dt.datetime, Desk, Mapping[str, Any]], Message]] = {
    "sign_in": lambda player, now, desk, step: desk.sign_in(now),
    "totals": lambda player, now, desk, step: desk.statement(now, now.date(), step["insutype"]),
    "extract": lambda player, now, desk, step: desk.extract_split(now, step["month"]),
    "confirm": Player._confirm,
    "apply": Player._apply,
}


def _keep(stay: Stay, word: str, reply: Message, now: dt.datetime) -> None:
    """Keep the numbers a platform gave, and book what it settled or took back."""
    if word == "admit":
        stay.numbers["visit"] = reply.block("result")["mdtrt_id"]
    if word == "settle":
        info = reply.block("setlinfo")
        stay.numbers["settlement"] = info["setl_id"]
        stay.settled.append(Shares(*(info[name] for name in Shares._fields)))
    if word in {"settle", "reverse", "cancel"}:
        refund, number = word != "settle", stay.numbers["settlement"]
        shares = Shares(*((-fen if refund else fen) for fen in stay.settled[-1]))
        stay.desk.settled(now.date(), stay.person.insutype, shares, now, number, refund=refund)


def read_script() -> Mapping[str, Any]:
    """Read the script."""
    return tomllib.loads(Path(__file__).with_name("script.toml").read_text(encoding="utf-8"))


def hop(wire: Wire, start: str, end: str, message: Message) -> Hop:
    """Return a message on a leg."""
    return Hop(start, end, wire.encode(message))
