"""A case on the bench: its people, its stage, and what a test may have done on it.

Everything a test asks for goes through here, live or again from evidence, and comes out the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import schemas
from conformance.people import SHAPES, Made, Shape, make, told_filing, told_person
from conformance.stage import Exchange, Fault, Stage, Wrong
from conformance.visit import CANCELS, PLANS, Visit, Wish
from conformance.wire import Answer, Call, Wire
from simulator.core.benefit.rules import INPATIENT
from simulator.core.filing.facts import Filed
from simulator.core.network.city import City
from simulator.core.network.hospital import Desk
from simulator.core.platform.message import Key, Message
from simulator.core.values.areas import TERTIARY, Institution
from simulator.core.visits.insured import Enrolled
from simulator.inputs.platforms import Ground
from simulator.inputs.wire import Wire as Encoding
from simulator.sandbox.bill_lines import ordinary_bill, stated_bill
from simulator.sandbox.parties import Party
from simulator.sandbox.roles import all_nodes

HERE, AWAY, HOME = "here", "away", "home"
"""Where a visit stands to the city under test: it treats a visitor, it insures somebody treated elsewhere, or both."""

_NUMBERS = 100  # set aside for each attempt at a case: what others number for it is never numbered twice in a run


class Setting(NamedTuple):
    """What all cases of a run share: the ground, the interface, and how the system under test is reached.

    ``subject`` is the city under test, ``other`` the city that visitors come from and go to; ``party`` finds the
    credentials of who calls, ``address`` where a transaction is called.
    """

    ground: Ground
    registry: schemas.Registry
    subject: str
    other: str
    seed: str
    party: Callable[[str], Party]
    address: Callable[[str, str], str]
    seconds: float = 10.0


class Step(NamedTuple):
    """What a test sees of an exchange: the infcode (None: no answer), what was told, and what was wrong with it.

    ``output`` is in the units of :class:`~simulator.core.platform.message.Message`; ``line`` is in the evidence.
    """

    infno: str
    msgid: str
    infcode: int | None
    err_msg: str
    output: Mapping[str, Any]
    wrong: tuple[Wrong, ...]
    line: int
    seconds: float
    expected: int | None


class Case:
    """One attempt at one case; ``number`` is of no other attempt in the run."""

    def __init__(self, name: str, attempt: int, number: int, *, setting: Setting, wire: Wire) -> None:
        self.name, self.attempt = name, attempt
        self._setting, self._wire = setting, wire
        self._first = number * _NUMBERS
        self.today = self._now().date()
        nodes = all_nodes(setting.ground, self.today)
        self.stage = Stage(nodes, setting.subject, setting.registry, self._call)
        self._nodes = nodes
        for code, node in nodes.items():
            if isinstance(node, City) and code != setting.subject:
                node.number_after(self._first)
        self._encoding = Encoding(setting.registry)
        self._visits: dict[int, Visit] = {}
        self._made: list[Made] = []
        self._fault = ""
        self._keys: set[Key] = set()

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
    ) -> int:
        """Begin a visit of a new person of a shape; return its number. Nothing is sent yet but people and filings."""
        setting, made = self._setting, self.person(where, shape)
        treating = setting.other if where == AWAY else setting.subject
        hospital = self._hospital(treating, level)
        catalogue = setting.ground.catalogue_of(treating)
        began = dt.datetime.combine(self.today - dt.timedelta(days=days_ago), dt.time(8))
        day = began.date()
        bill = (
            stated_bill(catalogue, lines, day, hospital.level)
            if lines
            else ordinary_bill(catalogue, 100 * yuan, day, hospital.level)
        )
        wish = Wish(made.person, care, bill, began, use_account=use_account, extension=extension)
        number = len(self._visits) + 1
        desk = Desk(hospital, treating)
        desk._serial = self._first + _NUMBERS // 2 * (number - 1)
        self._visits[number] = Visit(wish, desk)
        return number

    def person(self, where: str, shape: str | Shape) -> Made:
        """Make a person of a shape and tell all who have to know."""
        setting = self._setting
        insured = setting.other if where == HERE else setting.subject
        national, own = setting.ground.network.national, setting.ground.network.province.code
        area = next(code for code, each in national.areas.items() if each.city == insured)
        kind = SHAPES[shape] if isinstance(shape, str) else shape
        whose = f"{self._whose} {len(self._made)}"
        made = make(whose, kind, city=insured, area=area, province=own, today=self.today)
        self._made.append(made)
        self._learn(insured, own, made)
        if insured == setting.subject:
            self._load(made)
        return made

    def _learn(self, insured: str, province: str, made: Made) -> None:
        self._nodes[insured].fold(Enrolled(made.person))
        if made.filing is not None:
            self._nodes[insured].fold(Filed(made.filing))
            self._nodes[province].fold(Filed(made.filing, made.person))

    def _load(self, made: Made) -> None:
        self._wire.hook(self.name, self.attempt, "load_people", {"people": [told_person(made.person)]})
        if made.filing is not None:
            self._wire.hook(self.name, self.attempt, "load_filings", {"filings": [told_filing(made.filing)]})

    def _hospital(self, city: str, level: str) -> Institution:
        registry = self._setting.ground.network.national
        fitting = [
            each
            for each in registry.institutions.values()
            if registry.city_of(each.area) == city
            and each.level == level
            and registry.open_for_visitors(each.code, self.today)
        ]
        return fitting[int.from_bytes(hashlib.sha256(self._whose.encode()).digest()[:4]) % len(fitting)]

    @property
    def _whose(self) -> str:
        return f"{self._setting.seed} {self.name} {self.attempt}"

    # -- steps ----------------------------------------------------------------------------------------------------

    def plan(self, number: int) -> tuple[str, ...]:
        """Return the transactions of a visit, from sign-in to settlement."""
        return PLANS[self._visits[number].wish.care]

    def cancels(self, number: int) -> str:
        """Return the transaction that cancels the settlement of a visit."""
        return CANCELS[self._visits[number].wish.care]

    def say(self, number: int, infno: str, changed: Mapping[str, Any] = MappingProxyType({}), fault: str = "") -> Step:
        """Word the request of a step, change fields of it by path (``data/psn_no``, ``head/msgid``), and send it."""
        visit, now = self._visits[number], self._now()
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
        return self._sent(now, visit, visit.desk.reverse(now, visit.wish.person, original), fault)

    def break_upwards(self, infno: str, what: str, seconds: float = 0.0) -> None:
        """Let something happen to the next call of the system under test to the platform above it."""
        self.stage.faults.append(Fault(infno, what, seconds))

    def wrong(self) -> tuple[Wrong, ...]:
        """Return everything that was wrong so far."""
        return tuple(self.stage.wrong)

    def has_sent(self, key: Key) -> bool:
        """Tell whether this case has sent the system under test a message."""
        return key in self._keys

    def is_about(self, body: bytes) -> bool:
        """Tell whether a text names a person of this case."""
        return any(made.person.psn_no.encode() in body for made in self._made)

    def _sent(self, now: dt.datetime, visit: Visit, asked: Message, fault: str) -> Step:
        self._fault = fault
        before = len(self.stage.wrong)
        reply = self.stage.ask(now, visit.desk.city, asked)
        self._fault = ""
        if reply is not None and reply.succeeded:
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
        return self._wire.now(self.name, self.attempt)

    def _call(self, now: dt.datetime, by: str, message: Message) -> Answer:
        setting = self._setting
        self._keys.add(message.key)
        party, body = setting.party(by), self._encoding.encode(message)
        url = setting.address(by, message.infno)
        call = Call(party, message.infno, body, url, fault=self._fault, seconds=setting.seconds)
        return self._wire.call(self.name, self.attempt, now, call)


def _changed(message: Message, changed: Mapping[str, Any]) -> Message:
    for path, value in changed.items():
        block, _, field = path.rpartition("/")
        if block == "head":
            if field == "msgid":
                message = message._replace(key=message.key._replace(msgid=value))
            else:
                message = message.with_head(**{field: value})
        elif isinstance(message.blocks[block], tuple):
            rows = tuple(MappingProxyType({**row, field: value}) for row in message.blocks[block])
            message = message._replace(blocks=MappingProxyType({**message.blocks, block: rows}))
        else:
            message = message.with_fields(block, {field: value})
    return message


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


__all__ = ["AWAY", "HERE", "HOME", "Case", "Setting", "Step"]
