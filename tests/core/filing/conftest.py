"""Filing desks to play on: two provinces and the ministry, on the built-in packs and the published work calendar.

Every filing message that crosses the network in a test is checked against the published schemas at its end.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from typing import Any

import pytest

import schemas
from simulator.core.filing.book import FilingBook
from simulator.core.filing.filing import Referral
from simulator.core.network.city import City
from simulator.core.network.hospital import Desk
from simulator.core.network.ministry import Ministry
from simulator.core.network.province import Province
from simulator.core.platform.transactions import FILING
from simulator.core.platform.turn import Declined
from simulator.core.values.areas import TERTIARY, Area, Institution, Registry
from simulator.core.values.parameters import Basis, Parameter, Record
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.inputs.packs import load_pack
from simulator.inputs.wire import Wire
from simulator.inputs.workdays import work_calendar

NANJING, SUZHOU, XUZHOU, CHANGCHUN = "320100", "320500", "320300", "220100"
JIANGSU, JILIN, MINISTRY = "320000", "220000", "100000"
START = dt.date(2016, 1, 1)
AREAS = {
    "320199": NANJING,
    "320124": NANJING,
    "320599": SUZHOU,
    "320399": XUZHOU,
    "320381": XUZHOU,
    "220199": CHANGCHUN,
}
HOSPITALS = {
    "H32019900001": "320199",
    "H32012400001": "320124",
    "H32059900001": "320599",
    "H32039900001": "320399",
    "H22019900001": "220199",
}
BORN = dt.date(1962, 3, 14)
PEOPLE = {
    "worker": Person("32039900000001", "990000196203140019", "试例甲", "1", BORN, "310", "11", "320399", 50_000),
    "resident": Person("32038100000002", "990000196203140027", "试例乙", "2", BORN, "390", "15", "320381"),
    "visitor": Person("32019900000003", "990000196203140035", "试例丙", "1", BORN, "310", "11", "320199"),
}
REFERRED = Referral("H32039900001", "H32039900001医院", dt.date(2016, 1, 4))
_ACCEPTED = frozenset({"F101", "F102", "F103", "F104", "2401", *FILING})


def network() -> Registry:
    """南京 with two areas, 苏州, 徐州 with two, and 长春 in the other province; a hospital in each area but one."""
    names = {NANJING: ("南京", "Nanjing"), SUZHOU: ("苏州", "Suzhou"), XUZHOU: ("徐州", "Xuzhou")}
    return Registry(
        {**names, CHANGCHUN: ("长春", "Changchun")},
        {code: Area(code, code, code, city, START) for code, city in AREAS.items()},
        {code: Institution(code, f"{code}医院", area, TERTIARY, START) for code, area in HOSPITALS.items()},
        {NANJING: JIANGSU, SUZHOU: JIANGSU, XUZHOU: JIANGSU, CHANGCHUN: JILIN},
    )


built_in = functools.cache(load_pack)


def changed_pack(name: str, changes: dict[str, Any]) -> Any:
    """A built-in pack with other figures: names with ``__`` for a point, None for a parameter taken out."""
    pack = built_in(name)
    figures = dict(pack.parameters)
    for key, value in changes.items():
        full = f"filing.{key.replace('__', '.')}"
        figures.pop(full, None)
        if value is not None:
            record = Record(value, START, None, Basis(assumption="A"))
            figures[full] = Parameter(full, "flag", full, full, {"*": (record,)})
    return pack._replace(parameters=figures)


def nodes_of(pack: Any, day: dt.date, catalogue: Any) -> dict[str, Any]:
    known = network()
    common: dict[str, Any] = {"registry": known, "pack": pack, "calendar": work_calendar(), "today": day}
    nodes: dict[str, Any] = {
        code: City(code, catalogue=catalogue, province=province, **common) for code, province in known.provinces.items()
    }
    nodes |= {code: Province(code, ministry=MINISTRY, **common) for code in (JIANGSU, JILIN)}
    nodes[MINISTRY] = Ministry(MINISTRY, **common)
    return nodes


class Bureau:
    """徐州's filing desk and everybody it talks to, on one pack, at nine in the morning of a day."""

    def __init__(self, kit: Any, pack: Any, day: dt.date) -> None:
        self.kit, self.pack, self.day = kit, pack, day
        nodes = nodes_of(pack, day, kit.catalogue())
        facts: list[tuple[str, Any]] = []
        for person in PEOPLE.values():
            facts.append((AREAS[person.insured_area], Enrolled(person)))
        for code, fact in facts:
            nodes[code].fold(fact)
        known = network()
        desks = {code: Desk(each, known.city_of(each.area) or "") for code, each in known.institutions.items()}
        self.play = kit.Play(kit.Network(nodes, desks, PEOPLE, kit.catalogue(), known, pack), facts)
        self.play.now = dt.datetime.combine(day, dt.time(9))

    @property
    def desk(self) -> Any:
        """The filings of 徐州."""
        return self.play.insured.filings

    @property
    def nodes(self) -> Any:
        return self.play.net.nodes

    def on(self, day: dt.date) -> Bureau:
        """Let it be nine in the morning of a day."""
        self.play.now = dt.datetime.combine(day, dt.time(9))
        return self

    def act(self, action: Any, at: str = XUZHOU) -> list[Any]:
        """Let the staff act; return the facts left at their own platform."""
        before = len(self.play.relay.facts)
        self.play.act(action, at=at)
        return [fact for code, fact in self.play.relay.facts[before:] if code == at]

    def made(self, action: Any) -> Any:
        """Let the staff file or change, and return the filing as it is now."""
        facts = self.act(action)
        assert not isinstance(facts[0], Declined), facts[0]
        return self.desk.book.latest(facts[0].filing.sn)

    def declined(self, action: Any, at: str = XUZHOU) -> tuple[str, tuple[str, ...]]:
        """Let the staff try; return why it was declined. No other fact may be left anywhere, and no message sent."""
        facts, hops = len(self.play.relay.facts), len(self.play.relay.hops)
        self.play.act(action, at=at)
        ((code, fact),) = self.play.relay.facts[facts:]
        assert (code, type(fact), fact.action) == (at, Declined, action)
        assert len(self.play.relay.hops) == hops
        return fact.name, fact.found

    def ask(self, infno: str, *, hospital: str = "H32039900001", insured: str = "320399", **blocks: Any) -> Any:
        """Let a hospital send a message and return the reply."""
        self.play.tick()
        desk = self.play.net.desks[hospital]
        return self.play.ask(desk._request(self.play.now, infno, insured, blocks))

    def sent(self, *infnos: str) -> list[tuple[str, str, str]]:
        """The requests of these numbers that crossed the network: number, from, to."""
        hops = self.play.relay.hops
        return [(m.infno, start, end) for start, end, m in hops if not m.is_reply and m.infno in infnos]

    def standing(self, area: str, admitted: dt.date, *, who: str = "worker", **more: Any) -> Any:
        """Where a person of 徐州 stands there, treated in an area."""
        person = PEOPLE[who]
        return self.desk.standing(person.psn_no, admitted, area, person.insured_area, **more)

    def forgets(self, code: str) -> None:
        """Let a platform lose the filings it knows."""
        book = self.nodes[code].filings.book
        vars(book).update(vars(FilingBook()) | {"folds": book.folds})

    def known(self, picture: Any) -> dict[str, Any]:
        """A full picture of what every platform knows of filings."""
        return {code: picture(node.filings) for code, node in self.nodes.items()}

    def replayed(self, picture: Any) -> dict[str, Any]:
        """The same of platforms that were only told the recorded facts."""
        fresh = nodes_of(self.pack, self.day, self.kit.catalogue())
        for code, fact in self.play.relay.facts:
            fresh[code].fold(fact)
        return {code: picture(node.filings) for code, node in fresh.items()}


def faults(play: Any) -> list[Any]:
    """What the schemas find in the messages of the part that crossed the network."""
    registry = schemas.load()
    wire = Wire(registry)
    found: list[Any] = []
    for _, _, message in play.relay.hops:
        if message.infno in _ACCEPTED:
            direction: schemas.Direction = "response" if message.is_reply else "request"
            text = wire.encode(message).decode()
            findings = registry.check_text(message.infno, direction, text)
            found += [(message.infno, direction, finding) for finding in findings]
    return found


@pytest.fixture
def bureau(kit: Any) -> Iterator[Any]:
    """Make a bureau on a pack, on a day; keyword names stand for parameters under ``filing`` to change."""
    made: list[Bureau] = []

    def make(pack: str = "jiangsu-2023", day: dt.date = dt.date(2023, 3, 1), **changes: Any) -> Bureau:
        made.append(Bureau(kit, changed_pack(pack, changes), day))
        return made[-1]

    yield make
    for each in made:
        assert faults(each.play) == []


@pytest.fixture
def referred() -> Referral:
    """What a referral says of the hospital the patient comes from."""
    return REFERRED
