"""A small network to play on: two cities, a province, hospitals of every level, a few people.

``play`` carries every message at once; ``wire`` leaves each message in flight until the test delivers or loses it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import pytest

import schemas
from simulator.core.benefit.bill import Line, classify
from simulator.core.catalogue.items import Catalogue, Item
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import LONG_TERM_WORK, RETIRED_RESETTLEMENT
from simulator.core.network.city import City
from simulator.core.network.hospital import Desk, Ward
from simulator.core.network.province import Province
from simulator.core.network.relay import Relay
from simulator.core.network.router import Router
from simulator.core.platform.effects import Effect, Post, Record, Reply, Send, WakeAt
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Node
from simulator.core.platform.transactions import FORWARDED
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import PRIMARY, SECONDARY, TERTIARY, Area, Institution, Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import Basis, Parameter, PolicyPack, Tier
from simulator.core.values.parameters import Record as Dated
from simulator.core.values.people import Person
from simulator.core.visits.home import Home
from simulator.core.visits.insured import Enrolled
from simulator.inputs.wire import Wire as WireFormat

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
MORNING = dt.datetime(2016, 10, 10, 9, 0)
START = dt.date(2016, 1, 1)
WARD = Ward("D1", "内科", "DR1", "李医生", "12", "I10.x00", "高血压")

# October of 2016 with its holiday and the two Sundays worked for it.
CALENDAR = WorkCalendar(
    dt.date(2016, 1, 1),
    dt.date(2016, 12, 31),
    frozenset(dt.date(2016, 10, day) for day in range(1, 8)),
    frozenset({dt.date(2016, 10, 8), dt.date(2016, 10, 9)}),
)

# The bill of the worked example: item, price (millionths of a yuan), quantity (ten-thousandths).
EXAMPLE_BILL = (
    ("drug-a", 12_500_000, 300_000),
    ("drug-b", 86_400_000, 140_000),
    ("treatment-a", 1_200_000_000, 60_000),
    ("material-b", 8_200_000_000, 10_000),
    ("material-c", 980_000_000, 10_000),
    ("bed-a", 60_000_000, 90_000),
    ("herb-b", 123_456, 3_333_333),
)
ITEMS = (  # code, class, price, cap, first share
    ("drug-a", "01", 12_500_000, None, 0),
    ("drug-b", "02", 86_400_000, None, 1000),
    ("treatment-a", "01", 1_200_000_000, None, 0),
    ("material-b", "02", 8_200_000_000, 7_500_000_000, 1000),
    ("material-c", "03", 980_000_000, None, 0),
    ("bed-a", "01", 60_000_000, 45_000_000, 0),
    ("herb-b", "02", 123_456, None, 1000),
)


def always(name: str, value: Any, *, city: str = "*") -> Parameter:
    """A parameter in force from 2016 on, resting on an assumption."""
    return Parameter(name, "yuan", name, name, {city: (Dated(value, START, None, Basis(assumption="A")),)})


def small_pack(**changed: Any) -> PolicyPack:
    """The example pack; keyword names stand for parameter names with ``__`` for a point."""
    figures: dict[str, Any] = {
        "benefit.employee.retired_bonus": 400,
        "benefit.employee.referral_cut": 1000,
        "benefit.employee.cap": 25_000_000,
        "benefit.employee.account_use": True,
        "benefit.resident.cap": 18_000_000,
        "benefit.resident.account_use": False,
        "benefit.resident.critical_illness.tiers": (
            Tier(2_000_000, 4_000_000, 6000),
            Tier(4_000_000, 6_000_000, 6500),
            Tier(6_000_000, None, 7000),
        ),
        "benefit.resident.critical_illness.counts_first_pay": False,
        "process.wait_seconds.city": 50,
        "process.wait_seconds.province": 40,
        "process.discharge_first": True,
        "filing.types": ("retired_resettlement", "long_term_residence", "long_term_work", "referral"),
        "filing.targets": ("area", "city", "province"),
        "filing.care": ("inpatient", "outpatient", "chronic", "pharmacy"),
        "filing.unfiled": "manual",
        "filing.late": False,
        "filing.emergency": False,
        "filing.review_first": False,
        "filing.validity.months": 6,
        "filing.validity.bound": "most",
        "filing.validity.open_end": True,
        "filing.channels.offered": ("window", "web"),
        "filing.channels.hospital_end": True,
        "filing.channels.at_once": True,
        "filing.channels.effect_workdays": 1,
        "claims.papers.reasons": ("not_filed", "not_open", "system_fault", "no_card", "in_doubt"),
        "claims.papers.inpatient": ("identity", "receipt", "itemised_bill", "discharge_summary"),
        "claims.papers.outpatient": ("identity", "receipt", "itemised_bill", "prescription"),
        "claims.service.normal_workdays": 20,
        "disputes.answer_workdays.filing": 2,
        "disputes.answer_workdays.system": 1,
        "disputes.answer_workdays.other": 10,
        "disputes.silence_workdays": 10,
        "reconciliation.month_close_day": 3,
        "reconciliation.day_due_hours": 4,
        "reconciliation.report_workdays": 1,
    }
    by_level = {
        "employee": ((TERTIARY, 90_000, 8600), (SECONDARY, 60_000, 9000), (PRIMARY, 35_000, 9300)),
        "resident": ((TERTIARY, 90_000, 5800), (SECONDARY, 50_000, 7000), (PRIMARY, 25_000, 8200)),
    }
    for scheme, levels in by_level.items():
        figures[f"benefit.{scheme}.repeat_factors"] = (10_000, 5_000, 0)
        for level, deductible, rate in levels:
            figures[f"benefit.{scheme}.deductible.{level}"] = deductible
            figures[f"benefit.{scheme}.tiers.{level}"] = (Tier(0, None, rate),)
    figures |= {name.replace("__", "."): value for name, value in changed.items()}
    return PolicyPack("example", "示例", "example", {n: always(n, v) for n, v in figures.items()}, {}, "")


def small_registry() -> Registry:
    """南京 with one area and four hospitals, 徐州 with three connected areas, one that is not, and one hospital."""
    areas = [("320199", NANJING, START), ("320322", XUZHOU, None)]
    areas += [(code, XUZHOU, START) for code in ("320399", "320381", "320382")]
    hospitals = [
        ("H32019900001", "320199", TERTIARY, START),
        ("H32019900002", "320199", SECONDARY, START),
        ("H32019900003", "320199", PRIMARY, START),
        ("H32019900004", "320199", TERTIARY, None),
        ("H32039900001", "320399", TERTIARY, START),
    ]
    return Registry(
        {NANJING: ("南京", "Nanjing"), XUZHOU: ("徐州", "Xuzhou")},
        {code: Area(code, code, code, city, connected) for code, city, connected in areas},
        {code: Institution(code, f"{code}医院", area, level, opened) for code, area, level, opened in hospitals},
    )


def small_catalogue() -> Catalogue:
    """One item of each kind the worked example has."""
    return Catalogue(
        "1",
        {
            code: Item(code, code, level, "09", price, cap, first, START, dt.date(2016, 12, 31))
            for code, level, price, cap, first in ITEMS
        },
    )


def small_people() -> dict[str, Person]:
    """People by what they are here for; all but ``unfiled`` and ``local`` have filed for treatment in 南京."""

    def person(number: int, insutype: str, psn_type: str, area: str, balance: int) -> Person:
        born = dt.date(1950, 10, 11)
        return Person(f"P{number}", f"CERT{number}", f"参保人{number}", "1", born, insutype, psn_type, area, balance)

    return {
        "retired": person(1, "310", "12", "320399", 300_000),
        "worker": person(2, "310", "11", "320399", 50_000),
        "resident": person(3, "390", "14", "320381", 0),
        "neighbour": person(4, "390", "14", "320382", 0),
        "unfiled": person(5, "310", "11", "320399", 0),
        "local": person(6, "310", "11", "320199", 100_000),
        "remote": person(7, "310", "11", "320322", 0),
    }


class Network(NamedTuple):
    """Everything a test needs of the small network."""

    nodes: dict[str, Any]
    desks: dict[str, Desk]
    people: dict[str, Person]
    catalogue: Catalogue
    registry: Registry
    pack: PolicyPack


def bare_nodes(pack: PolicyPack, catalogue: Catalogue) -> dict[str, Any]:
    """The platforms as they start, knowing nobody."""
    registry = small_registry()
    return {code: bare_node(code, registry, pack, catalogue) for code in (NANJING, XUZHOU, PROVINCE)}


def bare_node(code: str, registry: Registry, pack: PolicyPack, catalogue: Catalogue) -> Any:
    """One platform as it starts."""
    common: dict[str, Any] = {
        "registry": registry,
        "pack": pack,
        "calendar": CALENDAR,
        "today": MORNING.date(),
        "catalogue": catalogue,
    }
    return Province(code, **common) if code == PROVINCE else City(code, province=PROVINCE, **common)


def small_network(
    pack: PolicyPack | None = None, catalogue: Catalogue | None = None
) -> tuple[Network, list[tuple[str, Any]]]:
    """The network with its people enrolled and filed, and the facts that told it so."""
    pack, catalogue = pack or small_pack(), catalogue or small_catalogue()
    registry, people = small_registry(), small_people()
    nodes = bare_nodes(pack, catalogue)
    facts: list[tuple[str, Any]] = []
    for name, person in people.items():
        facts.append((NANJING if name == "local" else XUZHOU, Enrolled(person)))
        if name in {"unfiled", "local"}:
            continue
        kind = RETIRED_RESETTLEMENT if name == "retired" else LONG_TERM_WORK
        filed = Filed(Filing(person.psn_no, kind, person.insured_area, NANJING, START, None))
        facts += [(XUZHOU, filed), (PROVINCE, filed)]
    for code, fact in facts:
        nodes[code].fold(fact)
    desks = {code: Desk(known, registry.city_of(known.area) or "") for code, known in registry.institutions.items()}
    return Network(nodes, desks, people, catalogue, registry, pack), facts


def lines_of(catalogue: Catalogue, bill: Sequence[tuple[str, int, int]], first_sn: int = 1) -> list[Line]:
    """Fee lines of (item, price, quantity)."""
    return [classify(str(first_sn + i), catalogue.items[c], p, q) for i, (c, p, q) in enumerate(bill)]


class Stay:
    """One stay as the hospital plays it; each step sends its message and returns the reply."""

    def __init__(self, play: Play, desk: Desk, person: Person) -> None:
        self.play, self.desk, self.person = play, desk, person
        self.mdtrt_id = self.setl_id = ""
        self.lines: dict[str, Line] = {}
        self.sent: dict[str, Message] = {}

    def say(self, message: Message) -> Message:
        self.sent[message.infno] = message
        return self.play.ask(message)

    def admit(self, began: dt.datetime | None = None) -> Message:
        now = self.play.tick()
        reply = self.say(self.desk.admit(now, self.person, began or now, WARD))
        if reply.succeeded:
            self.mdtrt_id = reply.block("result")["mdtrt_id"]
        return reply

    def upload(self, lines: Sequence[Line], **changes: Any) -> Message:
        """Upload lines; ``changes`` are put into the first row."""
        now = self.play.tick()
        asked = self.desk.upload(now, self.person, self.mdtrt_id, [(line, now) for line in lines], WARD)
        rows = asked.rows("feedetail")
        fixed = tuple(
            MappingProxyType({**row, "init_feedetl_sn": line.refund_of} | (changes if i == 0 else {}))
            for i, (row, line) in enumerate(zip(rows, lines, strict=True))
        )
        reply = self.say(asked._replace(blocks=MappingProxyType({"feedetail": fixed})))
        if reply.succeeded:
            self.lines |= {line.sn: line for line in lines}
        return reply

    def upload_bill(self, bill: Sequence[tuple[str, int, int]] = EXAMPLE_BILL) -> Message:
        return self.upload(lines_of(self.play.net.catalogue, bill, len(self.lines) + 1))

    def cancel_lines(self, *sns: str) -> Message:
        reply = self.say(self.desk.cancel_lines(self.play.tick(), self.person, self.mdtrt_id, sns))
        if reply.succeeded:
            self.lines = {} if "0000" in sns else {sn: line for sn, line in self.lines.items() if sn not in sns}
        return reply

    def discharge(self, ended: dt.datetime | None = None) -> Message:
        now = self.play.tick()
        return self.say(self.desk.discharge(now, self.person, self.mdtrt_id, ended or now, WARD))

    @property
    def bill(self) -> int:
        return sum(line.amount for line in self.lines.values())

    def bill_request(self, infno: str = "2304", *, bill: int | None = None, use_account: bool = True) -> Message:
        amount = self.bill if bill is None else bill
        return self.desk.settle(self.play.tick(), infno, self.person, self.mdtrt_id, amount, use_account=use_account)

    def presettle(self, **options: Any) -> Message:
        return self.say(self.bill_request("2303", **options))

    def settle(self, **options: Any) -> Message:
        reply = self.say(self.bill_request(**options))
        if reply.succeeded:
            self.setl_id = reply.block("setlinfo")["setl_id"]
        return reply

    def about(self, infno: str, *, setl_id: str | None = None, mdtrt_id: str | None = None) -> Message:
        """2305 and 5203 (with the settlement's number), 2404 and 2405."""
        number = self.setl_id if setl_id is None else setl_id
        number = number if infno in {"2305", "5203"} else ""
        visit = self.mdtrt_id if mdtrt_id is None else mdtrt_id
        return self.say(self.desk.about_visit(self.play.tick(), infno, self.person, visit, setl_id=number))

    def reverse(self, original: Message, **changes: Any) -> Message:
        asked = self.desk.reverse(self.play.tick(), self.person, original)
        return self.say(asked.with_fields("data", changes))

    def settled(self, **options: Any) -> Stay:
        """Play the stay up to its settlement."""
        replies = (self.admit(), self.upload_bill(), self.discharge(), self.settle(**options))
        assert all(reply.succeeded for reply in replies), [reply.head["err_msg"] for reply in replies]
        return self


class Play:
    """The network with a clock, at the hospital's counter; every message is carried at once."""

    def __init__(self, network: Network, facts: list[tuple[str, Any]]) -> None:
        self.net = network
        self.now = MORNING
        self.relay = Relay(network.nodes)
        self.relay.facts += facts
        self.desk = network.desks["H32019900001"]
        for code, desk in network.desks.items():
            reply = self.ask(desk.sign_in(self.now))
            desk.sign_no = reply.block("signinoutb")["sign_no"]
            assert reply.succeeded, code

    @property
    def treatment(self) -> City:
        found: City = self.net.nodes[NANJING]
        return found

    @property
    def insured(self) -> City:
        found: City = self.net.nodes[XUZHOU]
        return found

    @property
    def province(self) -> Province:
        found: Province = self.net.nodes[PROVINCE]
        return found

    def tick(self, seconds: int = 5) -> dt.datetime:
        self.now += dt.timedelta(seconds=seconds)
        return self.now

    def ask(self, message: Message, *, to: str = "") -> Message:
        """Send a request to the hospital's city (or ``to``) and return the reply."""
        city = to or self.net.registry.city_of(self.net.registry.institutions[message.party].area)
        reply = self.relay.ask(self.now, str(city), message)
        assert reply is not None
        return reply

    def act(self, action: Any, *, at: str = XUZHOU) -> list[Any]:
        """Let the staff of a platform (the insured city) carry out an action; return the facts it left anywhere."""
        before = len(self.relay.facts)
        self.relay.act(self.now, at, action)
        return [fact for _, fact in self.relay.facts[before:]]

    def stay(self, who: str = "retired", hospital: str = "H32019900001") -> Stay:
        return Stay(self, self.net.desks[hospital], self.net.people[who])

    def state(self) -> dict[str, Any]:
        """A full picture of what every platform keeps."""
        return {code: picture(node) for code, node in self.net.nodes.items()}


class Flight(NamedTuple):
    """A message between two parties."""

    start: str
    end: str
    message: Message


class Wire:
    """A host where messages stay in flight until delivered, lost or repeated, and alarms wait to be rung."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self.flying: list[Flight] = []
        self.alarms: list[tuple[dt.datetime, str, Key]] = []
        self.answers: dict[Key, list[Message]] = {}
        self.facts: list[tuple[str, Any]] = []
        self.postings: list[Any] = []
        self.legs: set[tuple[str, str]] = set()
        self._asker: dict[tuple[str, Key], str] = {}

    def send(self, start: str, end: str, message: Message) -> None:
        self.legs.add((start, end))
        if not message.is_reply:
            self._asker[end, message.key] = start
        self.flying.append(Flight(start, end, message))

    def deliver(self, now: dt.datetime, index: int = 0) -> Flight:
        """Deliver one message in flight."""
        flight = self.flying.pop(index)
        if flight.end in self.nodes:
            self.perform(flight.end, self.nodes[flight.end].handle(now, flight.message))
        else:
            self.answers.setdefault(flight.message.key, []).append(flight.message)
        return flight

    def deliver_all(self, now: dt.datetime) -> None:
        while self.flying:
            self.deliver(now)

    def lose(self, index: int = 0) -> Flight:
        return self.flying.pop(index)

    def ring(self, now: dt.datetime) -> int:
        """Ring the alarms that are due; return how many gave something up."""
        due = [alarm for alarm in self.alarms if alarm[0] <= now]
        self.alarms = [alarm for alarm in self.alarms if alarm[0] > now]
        given_up = 0
        for _, code, key in due:
            effects = self.nodes[code].wake(now, key)
            given_up += bool(effects)
            self.perform(code, effects)
        return given_up

    def perform(self, at: str, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.send(at, effect.to, effect.message)
            elif isinstance(effect, Reply):
                self.send(at, self._asker[at, effect.message.key], effect.message)
            elif isinstance(effect, WakeAt):
                self.alarms.append((effect.when, at, effect.about))
            elif isinstance(effect, Post):
                self.postings.append(effect.posting)
            else:
                assert isinstance(effect, Record)
                self.facts.append((at, effect.fact))

    def answer(self, message: Message) -> Message:
        """The last answer the hospital got to a request."""
        return self.answers[message.key][-1]


_NOT_STATE = frozenset(
    {"registry", "catalogue", "pack", "table", "city", "_rules", "serial"} | {"_filings", "_desk", "_courier"}
)


def picture(thing: Any) -> Any:
    """Everything an object keeps, as plain comparable values; configuration and reply serial numbers left out."""
    return _picture(thing, ())


def _picture(thing: Any, inside: tuple[Any, ...]) -> Any:
    if callable(thing) or any(thing is outer for outer in inside):
        return None  # what an office is told to call, or the platform it belongs to
    if isinstance(thing, Mapping):
        return {key: _picture(value, inside) for key, value in thing.items() if not callable(value)}
    if isinstance(thing, (tuple, list)):
        return [_picture(part, inside) for part in thing]
    if isinstance(thing, (str, int, dt.date, dt.timedelta, type(None))):
        return thing
    if isinstance(thing, (set, frozenset)):
        return frozenset(thing)
    names = getattr(type(thing), "__slots__", None) or vars(thing)
    return {name: _picture(getattr(thing, name), (*inside, thing)) for name in names if name not in _NOT_STATE}


@pytest.fixture
def play() -> Play:
    """The network, every hospital signed in, at the counter of the tertiary hospital in 南京."""
    return Play(*small_network())


@pytest.fixture
def make_play() -> Any:
    """Make a play with figures of the pack changed."""
    return lambda **changed: Play(*small_network(small_pack(**changed)))


@pytest.fixture
def make_play_with() -> Any:
    """Make a play on a policy pack and a catalogue of one's own."""
    return lambda pack, catalogue: Play(*small_network(pack, catalogue))


@pytest.fixture
def wire(play: Play) -> Wire:
    """The same network with messages in flight."""
    return Wire(play.net.nodes)


@pytest.fixture
def make_wire() -> Any:
    return Wire


@pytest.fixture
def make_pack() -> Any:
    return small_pack


@pytest.fixture
def pack() -> PolicyPack:
    return small_pack()


@pytest.fixture(scope="session")
def lasting_pack() -> PolicyPack:
    """The same pack for tests with generated cases, which share fixtures."""
    return small_pack()


@pytest.fixture
def registry() -> Registry:
    return small_registry()


@pytest.fixture
def catalogue() -> Catalogue:
    return small_catalogue()


@pytest.fixture
def people() -> dict[str, Person]:
    return small_people()


@pytest.fixture
def fresh_nodes() -> Any:
    """Make platforms that know nobody yet, on the same pack."""
    return lambda: bare_nodes(small_pack(), small_catalogue())


@pytest.fixture
def fresh_node() -> Any:
    """Make one platform that knows nobody yet, on the same pack."""
    return partial(bare_node, registry=small_registry(), pack=small_pack(), catalogue=small_catalogue())


@pytest.fixture
def fresh_nodes_with() -> Any:
    """Make platforms that know nobody yet, on a policy pack and a catalogue of one's own."""
    return bare_nodes


@pytest.fixture
def picture_of() -> Any:
    return picture


@pytest.fixture
def make_lines() -> Any:
    """Make fee lines of (item, price, quantity)."""
    return lambda bill, first_sn=1: lines_of(small_catalogue(), bill, first_sn)


@pytest.fixture
def example_bill() -> tuple[tuple[str, int, int], ...]:
    return EXAMPLE_BILL


@pytest.fixture
def ward() -> Ward:
    return WARD


@pytest.fixture
def kit() -> Any:
    """What a test needs to put a network of its own together."""
    return SimpleNamespace(Play=Play, Network=Network, pack=small_pack, catalogue=small_catalogue, calendar=CALENDAR)


@pytest.fixture(scope="session")
def wrong_messages() -> Any:
    """Tell what the schemas find wrong with the bureau messages among the hops of a relay."""
    known = schemas.load()
    encode = WireFormat(known).encode

    def violations(hops: Sequence[tuple[str, str, Message]]) -> list[str]:
        found = []
        for _, _, message in hops:
            if message.is_bureau:
                direction: schemas.Direction = "response" if message.is_reply else "request"
                findings = known.check_text(message.infno, direction, encode(message).decode())
                found += [f"{message.infno} {direction}: {finding}" for finding in findings]
        return found

    return violations


# --- every refusal is listed


@pytest.fixture(scope="session", autouse=True)
def every_refusal_is_listed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hold what platforms answer, in all tests together, to the refusals that the interface data list.

    A refusal that its transaction does not list fails the test that saw it. Where one process ran all tests of the
    core, a listed refusal that no test saw fails the run.
    """
    lists = {infno: each.refusals for infno, each in schemas.load().transactions.items()}
    seen: set[tuple[str, str]] = set()
    refuse = Turn.refuse

    def refused(turn: Turn, asked: Message, name: str, *found: object) -> Message:
        if asked.infno in lists and _for_it(turn.node, asked):
            assert name in lists[asked.infno], f"{asked.infno} is refused as {name}, which transactions.json lacks"
            seen.add((asked.infno, name))
        return refuse(turn, asked, name, *found)

    Turn.refuse = refused  # type: ignore[method-assign]
    yield
    Turn.refuse = refuse  # type: ignore[method-assign]
    if _ran_all(request.config) and not request.session.testsfailed:
        unseen = sorted({(infno, name) for infno, names in lists.items() for name in names} - seen)
        assert not unseen, f"transactions.json lists refusals that no test saw: {unseen}"


def _for_it(node: Node, asked: Message) -> bool:
    """Tell whether a request is one that a platform of this kind gets."""
    return asked.is_bureau or isinstance(node, Home) or (isinstance(node, Router) and asked.infno in FORWARDED)


def _ran_all(config: pytest.Config) -> bool:
    """Tell whether one process ran the tests of the core, all of them."""
    core = Path(__file__).parent
    asked = [(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args]
    option = config.option
    some = option.keyword or option.markexpr not in {"", "not slow"} or option.ignore or option.deselect
    some = some or getattr(option, "lf", False) or any("::" in arg for arg in config.args)
    return not (some or hasattr(config, "workerinput")) and any(path in {core, *core.parents} for path in asked)
