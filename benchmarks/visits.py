"""Makes journals for the benchmarks: people enrolled and filed, and visits as far as the bill, or settled."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from pathlib import Path
from typing import Any, NamedTuple

from simulator.core.benefit.bill import classify
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import LONG_TERM_WORK
from simulator.core.network.hospital import Desk, Ward
from simulator.core.platform.message import Message
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.inputs.people import identity_number
from simulator.inputs.platforms import ground_of
from simulator.sandbox.clock import Clock, machine
from simulator.sandbox.keeper import EVERY
from simulator.sandbox.sandbox import Sandbox

PACK = "jiangsu-2023"
TREATMENT, INSURED, AREA = "320100", "320300", "320399"
WARD = Ward("A03", "内科", "D32000000001", "示例甲", "01", "I10.x00x002", "高血压病")
LINES = 5  # of a bill
_QUANTITY = 10_000
REGULARS = 2000  # people who are treated again and again
_AT_ONCE = 500


class Visit(NamedTuple):
    """An open visit: the hospital's desk, who it is, and the bill in fen."""

    desk: Desk
    person: Person
    number: str
    bill: int


def person_of(today: dt.date, index: int) -> Person:
    """Return one of as many people as are wanted."""
    born = dt.date(today.year - 45, 1, 1) + dt.timedelta(days=index % 365)
    certno = identity_number(INSURED, 100 + index // 365, born, "1")
    return Person(f"B{index:017d}", certno, "测速", "1", born, "310", "11", AREA, 100_000)


async def prepare(sandbox: Sandbox, visits: int, *, settle: bool = False) -> list[Visit]:
    """Open visits up to their bill, each of another person, or settle them, of people who come again and again.

    The sandbox has begun to serve.
    """
    ground, engine = sandbox.ground, sandbox.engine
    today, first = engine.clock.now().date(), engine.host.seq
    people = [person_of(today, first + index) for index in range(min(visits, REGULARS) if settle else visits)]
    await _enrol(sandbox, people, today)
    catalogue = ground.catalogue.items.values()
    items = [item for item in catalogue if item.holds_on(today) and item.price][:LINES]
    lines = [classify(str(number), item, item.price, _QUANTITY) for number, item in enumerate(items, 1)]
    bill = sum(line.amount for line in lines)
    registry = ground.network.national
    here = (each for each in registry.institutions.values() if registry.city_of(each.area) == TREATMENT)
    desks = [Desk(each, TREATMENT) for each in here]

    async def ask(desk: Desk, asked: Message) -> Message:
        reply = await engine.ask(desk.city, asked.party, asked)
        assert reply.succeeded, reply.head["err_msg"]
        return reply

    async def visit(desk: Desk, person: Person) -> Visit:
        now = engine.clock.now()
        number = (await ask(desk, desk.admit(now, person, now, WARD))).block("result")["mdtrt_id"]
        await ask(desk, desk.upload(now, person, number, [(line, now) for line in lines], WARD))
        await ask(desk, desk.discharge(now, person, number, now, WARD))
        if settle:
            await ask(desk, desk.settle(now, "2304", person, number, bill, use_account=True))
        return Visit(desk, person, number, bill)

    for desk in desks:
        desk._serial = first
        desk.sign_no = (await ask(desk, desk.sign_in(engine.clock.now()))).block("signinoutb")["sign_no"]
    beds = zip(itertools.cycle(desks), itertools.cycle(people), strict=False)
    opened: list[Visit] = []
    for begun in range(0, visits, _AT_ONCE):
        some = itertools.islice(beds, min(_AT_ONCE, visits - begun))
        made = await asyncio.gather(*(visit(*each) for each in some))
        opened += [] if settle else made
    return opened


async def _enrol(sandbox: Sandbox, people: list[Person], today: dt.date) -> None:
    """Tell the platforms of people and their filings."""
    province, begin = sandbox.ground.network.province.code, today - dt.timedelta(30)
    told: list[tuple[str, Any]] = []
    for person in people:
        filing = Filing(person.psn_no, LONG_TERM_WORK, person.insured_area, province, begin, None).numbered()
        told += [(INSURED, Enrolled(person)), (INSURED, Filed(filing)), (province, Filed(filing, person))]
    await sandbox.engine.learn_all(told)


def sandbox_at(place: str | Path, *, every: int = EVERY) -> Sandbox:
    """Return a sandbox at the machine's time."""

    def failed(problem: Exception) -> None:
        raise SystemExit(str(problem))

    return Sandbox(ground_of(PACK), str(place), clock=Clock(machine()), failed=failed, every=every)
