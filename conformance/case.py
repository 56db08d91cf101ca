"""A case on the bench: its people, its stage, and what a test may have done on it.

Everything a test asks for goes through here, live or again from evidence, and comes out the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from conformance.people import AREA, CITY, ELSEWHERE, PROVINCE, SHAPES, Made, Shape, make
from conformance.setting import AWAY, BETWEEN, HERE, IN, OUT, Setting, Step
from conformance.stage import Exchange, Fault, Stage, Wrong
from conformance.visit import CANCELS, PLANS, Visit, Wish
from conformance.wire import Answer, Call, Wire
from simulator.core.benefit.rules import INPATIENT
from simulator.core.filing.facts import Filed
from simulator.core.network.city import City
from simulator.core.network.hospital import NO_DISEASE, Desk, Disease
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Node
from simulator.core.values.areas import TERTIARY, Institution
from simulator.core.visits.insured import Enrolled
from simulator.inputs.hooks import told_filing, told_person
from simulator.inputs.wire import Wire as Encoding
from simulator.sandbox.bill_lines import ordinary_bill, stated_bill
from simulator.sandbox.parties import PROVINCE as PROVINCE_ROLE
from simulator.sandbox.roles import all_nodes

_NUMBERS = 100  # set aside for each attempt at a case: what others number for it is never numbered twice in a run
_PEOPLE = 16  # of those, identity numbers of people
_RUNS = 1_000_000_000  # what the numbers of a run begin below: a system under test remembers those of the day
_PART = 20_003  # attempts: above all in a run, and the last four digits of parts that follow each other differ


class Case:
    """One attempt at one case; ``number`` is of no other attempt in the run."""

    def __init__(self, name: str, attempt: int, number: int, *, setting: Setting, wire: Wire) -> None:
        self.name, self.attempt = name, attempt
        self._setting, self._wire = setting, wire
        self._number, self._part = number, 0
        self._encoding = Encoding(setting.registry)
        self._begin()

    def afresh(self) -> None:
        """Begin once more with other people, other numbers and nothing said yet; what was sent before is forgotten."""
        self._part += 1
        self._begin()

    def _begin(self) -> None:
        setting = self._setting
        self._first = (self._number + self._part * _PART) * _NUMBERS
        self.today = self._now().date()
        nodes = all_nodes(setting.ground, self.today)
        self.stage = self._staged(nodes)
        self._nodes = nodes
        for code, node in nodes.items():
            if isinstance(node, City) and code != setting.subject:
                node.number_after(_place(setting.seed) % _RUNS + self._first)
        self._shown: set[Wrong] = set()
        self._visits: dict[int, Visit] = {}
        self._made: list[Made] = []
        self._fault = ""
        self._keys: set[Key] = set()

    def _staged(self, nodes: dict[str, Node]) -> Stage:
        setting = self._setting
        return Stage(nodes, setting.subject, setting.registry, self._call, relays=setting.role == PROVINCE_ROLE)

    # -- people and visits ----------------------------------------------------------------------------------------

    def visit(
        self,
        where: str = AWAY,
        shape: str = "worker",
        *,
        care: str = INPATIENT,
        level: str = TERTIARY,
        yuan: int = 12_000,
        lines: tuple[Mapping[str, Any], ...] = (),
        days_ago: int = 3,
        use_account: bool = True,
        extension: str = "",
        like: int = 0,
        at: str = "",
        far: bool = False,
        area: int = 0,
        disease: str = "",
        city: int = 0,
    ) -> int:
        """Begin a visit of a new person of a shape, or of the one of visit ``like``; return its number.

        ``at`` is the code of a hospital, ``another`` for another hospital than usual, ``closed`` for one that is not
        open for visitors, or the
        number of an area of the city; ``far``: the other city is one of another province, else ``city`` counts those
        of the province; ``area`` counts the areas of the city of insurance, ``disease`` is a chronic one. Nothing is
        sent yet but people and filings.
        """
        setting = self._setting
        treating, insured = self._cities(where, far=far, city=city)
        hospital = self._hospital(treating, level, at)
        made = self.person(insured, shape, hospital, area) if not like else None
        person = self._visits[like].wish.person if made is None else made.person
        catalogue = setting.ground.catalogue_of(treating)
        began = dt.datetime.combine(self.today - dt.timedelta(days=days_ago), dt.time(8))
        day = began.date()
        bill = (
            stated_bill(catalogue, lines, day, hospital.level)
            if lines
            else ordinary_bill(catalogue, 100 * yuan, day, hospital.level)
        )
        ill = Disease(disease, disease) if disease else NO_DISEASE
        wish = Wish(person, care, bill, began, ill, use_account=use_account, extension=extension)
        if isinstance(shape, str):
            wish = wish._replace(certificate=SHAPES[shape].certificate)
        number = len(self._visits) + 1
        desk = Desk(hospital, treating)
        self._visits[number] = Visit(wish, desk)
        return number

    def person(self, insured: str, shape: str | Shape, hospital: Institution, area: int = 0) -> Made:
        """Make a person of a shape insured in a city, to be treated at a hospital, and tell all who have to know."""
        setting = self._setting
        national = setting.ground.network.national
        areas = [code for code, each in national.areas.items() if each.city == insured]
        area_code = areas[area % len(areas)]
        kind = SHAPES[shape] if isinstance(shape, str) else shape
        whose = f"{self._whose} {len(self._made)}"
        spot = _place(setting.seed) + self._first // _NUMBERS * _PEOPLE + len(self._made)
        target = self._target(kind.target, hospital)
        made = make(whose, kind, area=area_code, target=target, today=self.today, prefix=setting.prefix, spot=spot)
        self._made.append(made)
        self.stage.people.add(made.person.psn_no)
        self._learn(insured, national.province_of(area_code), made)
        if setting.keeps(insured):
            self._load(made)
        return made

    def _cities(self, where: str, *, far: bool, city: int) -> tuple[str, str]:
        """Return the city of treatment and the city of insurance; below a province, any two of its cities."""
        setting = self._setting
        if where not in {BETWEEN, OUT, IN}:
            other = self._far_city() if far else self._near_city(city)
            return (other if where == AWAY else setting.subject), (other if where == HERE else setting.subject)
        first, second = divmod(self.chance(), len(setting.towns) - 1)
        treating = setting.towns[first % len(setting.towns)]
        insured = [town for town in setting.towns if town != treating][second]
        return (self._far_city() if where == IN else treating), (self._far_city() if where == OUT else insured)

    def _sender(self, visit: Visit) -> str:
        """Return the code of whoever calls the system under test about a visit."""
        setting, city = self._setting, visit.desk.city
        if city == setting.subject:
            return visit.desk.institution.code
        return city if city in setting.towns else setting.above

    def _learn(self, insured: str, province: str, made: Made) -> None:
        self._nodes[insured].fold(Enrolled(made.person))
        if made.filing is not None:
            self._nodes[insured].fold(Filed(made.filing))
            self._nodes[province].fold(Filed(made.filing, made.person))

    def _load(self, made: Made) -> None:
        self._wire.hook(self.name, self.attempt, "load_people", {"people": [told_person(made.person)]})
        if made.filing is not None:
            self._wire.hook(self.name, self.attempt, "load_filings", {"filings": [told_filing(made.filing)]})

    def _hospital(self, city: str, level: str, at: str = "") -> Institution:
        registry = self._setting.ground.network.national
        if at in registry.institutions:
            return registry.institutions[at]
        areas = [code for code, each in registry.areas.items() if each.city == city]
        fitting = [
            each
            for each in registry.institutions.values()
            if registry.city_of(each.area) == city
            and (at == "closed") is not registry.open_for_visitors(each.code, self.today)
            and (each.area == areas[int(at) % len(areas)] if at.isdigit() else at == "closed" or each.level == level)
        ]
        first = int.from_bytes(hashlib.sha256(self._whose.encode()).digest()[:4])
        return fitting[(first + (at == "another")) % len(fitting)]

    def _near_city(self, number: int) -> str:
        """Return another city of the province, the usual one first."""
        setting = self._setting
        own = [each for each in setting.ground.network.national.cities if setting.ground.network.is_own(each)]
        return sorted((each for each in own if each != setting.subject), key=lambda each: each != setting.other)[number]

    def _far_city(self) -> str:
        registry = self._setting.ground.network.national
        own = self._setting.ground.network.province.code
        return next(each.city for code, each in registry.areas.items() if registry.province_of(code) != own)

    def _target(self, word: str, hospital: Institution) -> str:
        """Return the code of what a filing is for."""
        registry, area = self._setting.ground.network.national, hospital.area
        city = registry.city_of(area) or ""
        if word == ELSEWHERE:
            nearby = {self._setting.subject, self._setting.other, city}
            return next(each.city for each in registry.areas.values() if each.city not in nearby)
        return {AREA: area, CITY: city, PROVINCE: registry.province_of(area)}[word]

    @property
    def _whose(self) -> str:
        return f"{self._setting.seed} {self.name} {self.attempt}" + (f" {self._part}" if self._part else "")

    # -- steps ----------------------------------------------------------------------------------------------------

    def plan(self, number: int) -> tuple[str, ...]:
        """Return the transactions of a visit, from sign-in to settlement."""
        return PLANS[self._visits[number].wish.care]

    def cancels(self, number: int) -> str:
        """Return the transaction that cancels the settlement of a visit."""
        return CANCELS[self._visits[number].wish.care]

    def say(self, number: int, infno: str, changed: Mapping[str, Any] = MappingProxyType({}), fault: str = "") -> Step:
        """Word the request of a step, change fields of it by path, and send it.

        A path is block and field (``data/psn_no``, ``head/msgid``), for a list or a row (``feedetail/0/cnt``).
        """
        visit, now = self._visits[number], self._now()
        visit.desk._serial = self._line
        visit.last = asked = _changed(visit.word(now, infno), changed)
        return self._sent(now, visit, asked, fault)

    def again(self, number: int, changed: Mapping[str, Any] = MappingProxyType({}), fault: str = "") -> Step:
        """Send the last request again under its ``msgid``, signed anew, with fields changed where there are any."""
        visit = self._visits[number]
        assert visit.last is not None
        return self._sent(self._now(), visit, _changed(visit.last, changed), fault)

    def reverse(self, number: int, fault: str = "") -> Step:
        """Reverse the last request (2601)."""
        visit = self._visits[number]
        original, now = visit.last, self._now()
        assert original is not None
        visit.desk._serial = self._line
        return self._sent(now, visit, visit.desk.reverse(now, visit.wish.person, original), fault)

    def echo(self, number: int, back: int) -> Step | None:
        """Deliver to the system under test once more what it was told for a visit ``back`` messages ago (0: the last).

        Nobody else takes part: it is a copy that was on its way for long. Return None where it was not told so much.
        """
        visit, now = self._visits[number], self._now()
        told = [each.asked for each in self.stage.exchanges if each.asked.key in visit.keys]
        if back >= len(told):
            return None
        asked = told[-1 - back]
        before = len(self.stage.wrong)
        seen = self.stage.to_subject(now, self._sender(visit), asked)
        return self._step(asked, seen.reply, seen, tuple(self.stage.wrong[before:]))

    def mend(self) -> None:
        """Let nothing more happen to calls of the system under test that something was to happen to."""
        self.stage.faults.clear()

    def break_upwards(self, infno: str, what: str, seconds: float = 0.0) -> None:
        """Let something happen to the next call of the system under test."""
        self.stage.faults.append(Fault(infno, what, seconds))

    def chance(self) -> int:
        """Return a number of the run and the case, the same for every attempt: what chance in a case comes from."""
        case = self.name.removeprefix("reference:")
        return int.from_bytes(hashlib.sha256(f"{self._setting.seed} {case}".encode()).digest()[:8])

    def wrong(self) -> tuple[Wrong, ...]:
        """Return everything that was wrong so far."""
        self._shown.update(self.stage.wrong)
        return tuple(self.stage.wrong)

    def show(self, told: Any) -> None:
        """Note that a test gets to see what was wrong in a step, or in several."""
        if hasattr(told, "wrong"):
            self._shown.update(told.wrong)
        elif isinstance(told, tuple | list):
            for each in told:
                self.show(each)

    def late(self) -> tuple[Wrong, ...]:
        """Return what was wrong outside every step: a test has not seen it."""
        return tuple(each for each in self.stage.wrong if each not in self._shown)

    def has_sent(self, key: Key) -> bool:
        """Tell whether this case has sent the system under test a message."""
        return key in self._keys

    def is_about(self, body: bytes) -> bool:
        """Tell whether a text names a person of this case."""
        return any(each.encode() in body for made in self._made for each in (made.person.psn_no, made.person.certno))

    def _sent(self, now: dt.datetime, visit: Visit, asked: Message, fault: str) -> Step:
        self._fault = fault
        visit.keys.add(asked.key)
        before = len(self.stage.wrong)
        self.stage.losing = fault == "request_lost"
        reply = self.stage.ask(now, visit.desk.city, asked)
        self._fault, self.stage.losing = "", False
        if reply is None:
            self.stage.give_up(now, asked.key)
        elif reply.succeeded:
            visit.hear(asked, reply)
        seen = next((each for each in reversed(self.stage.exchanges) if each.asked.key == asked.key), None)
        return self._step(asked, reply, seen, tuple(self.stage.wrong[before:]))

    def _step(self, asked: Message, reply: Message | None, seen: Exchange | None, wrong: tuple[Wrong, ...]) -> Step:
        answer = seen.answer if seen is not None else None
        return Step(
            infno=asked.infno,
            msgid=asked.msgid,
            infcode=None if reply is None else reply.infcode,
            err_msg="" if reply is None else str(reply.head.get("err_msg", "")),
            output={} if reply is None else _plain(reply.blocks),
            wrong=wrong,
            line=answer.line if answer is not None else 0,
            seconds=answer.seconds if answer is not None else 0.0,
            expected=None if seen is None or seen.expected is None else seen.expected.infcode,
        )

    # -- the wire -------------------------------------------------------------------------------------------------

    def _now(self) -> dt.datetime:
        """Return the time; what is worded then is numbered by the line it is noted in, which is in no other case."""
        now, self._line = self._wire.now(self.name, self.attempt)
        return now

    def _call(self, now: dt.datetime, by: str, message: Message) -> Answer:
        setting = self._setting
        self._keys.add(message.key)
        party, body = setting.party(by), self._encoding.encode(message)
        url = setting.address(by, message.infno)
        call = Call(party, message.infno, body, url, fault=self._fault, seconds=setting.seconds)
        return self._wire.call(self.name, self.attempt, now, call)


def _place(seed: str) -> int:
    """Return where the numbers of a run begin, so that another run has others."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6])


def _changed(message: Message, changed: Mapping[str, Any]) -> Message:
    for path, value in changed.items():
        block, _, field = path.rpartition("/")
        block, _, row = block.partition("/")
        if block == "head":
            if field == "msgid":
                message = message._replace(key=message.key._replace(msgid=value))
            else:
                message = message.with_head(**{field: value})
        elif isinstance(message.blocks[block], tuple):
            rows = tuple(
                MappingProxyType({**each, field: value}) if row in {"", str(number)} else each
                for number, each in enumerate(message.blocks[block])
            )
            message = message._replace(blocks=MappingProxyType({**message.blocks, block: rows}))
        else:
            message = message.with_fields(block, {field: value})
    return message


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
