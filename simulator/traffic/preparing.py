"""Prepares a schedule for a target: its people made known, its hospitals signed in, and every body ready to be sent.

Think of the night before a large exercise: the lists are with the gatekeeper, the counters are open, and each patient
holds a folder of forms that lack only the numbers they are told at the counter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.benefit.rules import INPATIENT
from simulator.core.values.parameters import NotInForce, PolicyPack
from simulator.inputs.errors import InputError
from simulator.inputs.hooks import told_filing, told_person
from simulator.traffic.address import Address, Credentials
from simulator.traffic.asking import Asking, Unanswered
from simulator.traffic.calls import Script
from simulator.traffic.people import Take, Traveller, person_of, take_of, traveller
from simulator.traffic.schedule import AWAY, Planned, Schedule
from simulator.traffic.target import Target
from simulator.traffic.wording import SIGN_NO, Wording

AT_ONCE = 1000  # people or filings in one call of a hook
ALL_BELOW = 2000
"""Visits up to which the replies of all are judged; of more, so many drawn by their names."""


class Prepared(NamedTuple):
    """A take ready to be played; ``parties`` sign, ``wording`` words what is asked afterwards."""

    scripts: tuple[Script, ...]
    parties: Mapping[str, Credentials]
    address: Address
    schedule: Schedule
    target: Target
    take: Take
    wording: Wording

    @property
    def is_from_above(self) -> bool:
        """Whether the platform above is played, and the target insures those who come."""
        return self.schedule.head.side == AWAY

    def traveller(self, number: int) -> Traveller:
        """Return the person of a visit, with filings."""
        return traveller(self.take, self.schedule.visits[number], self.target.ground.network.national)


def prepare(
    schedule: Schedule,
    target: Target,
    *,
    take: int = 1,
    day: dt.date | None = None,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Prepared:
    """Return a take of a schedule, with what the target has to know told to it.

    ``day`` is the day that messages bear, by default the schedule's; ``told`` hears how many visits of all are ready.
    Raises InputError where schedule and target do not fit, HookFailed, and Unanswered where no hospital can sign in.
    """
    on = day or dt.date.fromisoformat(schedule.head.day)
    expect_fits(schedule, target, on)
    taken = take_of(schedule, take, on, target.prefix)
    load(schedule, target, taken)
    wording = Wording(schedule, taken, target.ground)
    parties = {code: target.credentials(code) for code in wording.desks}
    signed = _signed_in(target, parties, wording, taken)
    scripts = []
    for done, visit in enumerate(schedule.visits, 1):
        calls = wording.calls(visit, person_of(taken, visit))
        known = {SIGN_NO: signed[visit.hospital]}
        scripts.append(Script(visit.number, visit.due_us, calls, known, is_sampled(schedule, visit)))
        if done % AT_ONCE == 0:
            told(done, len(schedule.visits))
    return Prepared(tuple(scripts), parties, target.address, schedule, target, taken, wording)


def is_sampled(schedule: Schedule, visit: Planned) -> bool:
    """Tell whether the replies of a visit are judged: all of a small schedule, and of any the same at every playing."""
    of = len(schedule.visits)
    return (
        of <= ALL_BELOW
        or int(schedule.digest[:8], 16) + visit.number * 2654435761 & 0xFFFFFFFF < 2**32 // of * ALL_BELOW
    )


def expect_fits(schedule: Schedule, target: Target, day: dt.date) -> None:
    """Refuse a schedule that a target could not be asked about; raises InputError."""
    network, pack = target.ground.network, target.ground.pack
    registry, name = network.national, schedule.head.scenario
    types = _types(schedule, pack, day)
    record = pack.find("process.open_care", day, "*")
    opened = record.value if record is not None else (INPATIENT,)
    assert isinstance(opened, tuple)
    for visit in schedule.visits:
        place = registry.institutions.get(visit.hospital)
        if place is None or visit.insured not in registry.areas:
            where = visit.insured if place else visit.hospital
            raise InputError(
                name, "", f"has a visit of {where}, which the target's network does not know", "compile it anew"
            )
        if target.city not in {"", registry.city_of(place.area)}:
            problem = f"has visits outside {target.city}, the city that is loaded"
            raise InputError(name, "", problem, f"compile it for city {target.city}")
        if visit.care not in opened:
            raise InputError(
                name, "", f"has {visit.care} visits, which {pack.id} does not open on {day}", "leave them out"
            )
        if visit.filing not in types:
            raise InputError(
                name, "", f"has filings of type {visit.filing}, which {pack.id} does not know", "leave it out"
            )


def _types(schedule: Schedule, pack: PolicyPack, day: dt.date) -> tuple[Any, ...]:
    """Return the types of filing that a pack knows on a day; raises InputError for a day without rules."""
    try:
        types = pack.at("filing.types", day).value
    except NotInForce:
        problem = f"is {day}, on which the rules of the target, {pack.id}, are not in force"
        cure = "play it on the target's own day, or name the pack that the target claims"
        raise InputError(schedule.head.scenario, "day", problem, cure) from None
    assert isinstance(types, tuple)
    return types


def load(schedule: Schedule, target: Target, take: Take) -> None:
    """Tell the target of the people it insures, and of their filings; raises HookFailed and InputError."""
    registry = target.ground.network.national
    own = [visit for visit in schedule.visits if target.city in {"", registry.city_of(visit.insured)}]
    if not own or target.by_hand:
        return
    missing = [name for name in ("load_people", "load_filings") if name not in target.hooks]
    if missing:
        problem = "is not offered, so the target knows nobody who comes"
        raise InputError("conformance.toml", f"hooks.{missing[0]}", problem, "offer it, or load people by hand")
    comers = [traveller(take, visit, registry) for visit in own]
    for some in _batched(comers):
        target.hooks["load_people"]({"people": [told_person(each.person) for each in some]})
    for batch in _batched([filing for each in comers for filing in each.filings]):
        target.hooks["load_filings"]({"filings": [told_filing(each) for each in batch]})


def _batched(rows: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    return (tuple(rows[first : first + AT_ONCE]) for first in range(0, len(rows), AT_ONCE))


def _signed_in(target: Target, parties: Mapping[str, Credentials], wording: Wording, take: Take) -> dict[str, bytes]:
    """Sign every hospital in (9001); return the numbers. Raises Unanswered."""
    numbers: dict[str, bytes] = {}
    with Asking(target.address, parties, seconds=target.seconds) as asking:
        for code, desk in wording.desks.items():
            holed, desk.sign_no = desk.sign_no, ""
            reply = asking.ask(desk.sign_in(take.begin)).reply
            desk.sign_no = holed
            if not reply.succeeded:
                said = reply.head.get("err_msg", "")
                raise Unanswered(f"{code}签到（9001）被拒绝：{said}", f"{code} could not sign in (9001): {said}")
            numbers[code] = str(reply.block("signinoutb")["sign_no"]).encode()
    return numbers
