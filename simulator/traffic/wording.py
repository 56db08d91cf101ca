"""Words the messages of a visit: by the core's own desk, the bill drawn from the catalogue of the target.

What only the target can tell stands in them as a hole: ``<mdtrt_id>``, ``<setl_id>`` and ``<sign_no>``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import schemas
from simulator.core.benefit.bill import Line, totals_of
from simulator.core.benefit.rules import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from simulator.core.network.hospital import BATCH, NO_DISEASE, Desk, Disease, Ward
from simulator.core.platform.message import Block, Key, Message
from simulator.core.values.areas import Institution
from simulator.core.values.people import Person
from simulator.inputs.platforms import Ground
from simulator.inputs.streams import Streams
from simulator.inputs.wire import Wire
from simulator.traffic.calls import Call
from simulator.traffic.people import DISEASE, Take
from simulator.traffic.schedule import Planned, Schedule
from simulator.world.bills import Pharmacy, Wanted, extension, spread, ward

MDTRT_ID, SETL_ID, SIGN_NO = "mdtrt_id", "setl_id", "sign_no"
MED_TYPES: Mapping[str, str] = {INPATIENT: "21", OUTPATIENT: "11", CHRONIC: "14", PHARMACY: "41"}
SETTLES: Mapping[str, str] = {INPATIENT: "2304", OUTPATIENT: "2207", CHRONIC: "2207", PHARMACY: "2102"}
CANCELS: Mapping[str, str] = {INPATIENT: "2305", OUTPATIENT: "2208", CHRONIC: "2208", PHARMACY: "2103"}
_HOLE = re.compile(rb"<(mdtrt_id|setl_id|sign_no)>")
_LEARNS: Mapping[str, tuple[str, ...]] = {
    "2401": (MDTRT_ID,),
    "2201": (MDTRT_ID,),
    "2304": (SETL_ID,),
    "2207": (SETL_ID,),
    "2102": (MDTRT_ID, SETL_ID),
}
_UPLOADS = frozenset({"2301", "2204"})
_BATCH_NO = "B1"
_A_SECOND, _A_DAY = 10_000, 864_000_000  # numbers that msgids have for it, by the four digits at their end


class Numbers:
    """The numbers of a hospital's messages in a take: a block of the day's that no other take of the schedule has.

    A msgid ends in a time and four digits. Both together count the messages of the block, so that they are the same
    whenever a run is made, and differ between runs that one target remembers; ``inf_time`` says when a message is due.
    """

    def __init__(self, take: Take, draw: int, messages: int) -> None:
        size = max(1 << (2 * messages).bit_length(), 64)  # as many again for what is asked after the run
        self._next = (draw + take.number) % (_A_DAY // size) * size
        self._midnight = dt.datetime.combine(take.day, dt.time())

    def next(self, party: str) -> str:
        """Return a msgid that was not given before."""
        second, number = divmod(self._next, _A_SECOND)
        self._next += 1
        return f"{party}{self._midnight + dt.timedelta(seconds=second):%Y%m%d%H%M%S}{number:04d}"


class Window(Desk):
    """A desk whose messages are numbered by a take, and signed in by a number that is not known yet."""

    def __init__(self, institution: Institution, city: str, numbers: Numbers) -> None:
        super().__init__(institution, city)
        self._numbers = numbers
        self.sign_no = f"<{SIGN_NO}>"

    def _request(
        self, now: dt.datetime, infno: str, insured_area: str, blocks: Mapping[str, Block | Sequence[Block]]
    ) -> Message:
        code = self.institution.code
        made = super()._request(now, infno, insured_area, blocks)
        return made._replace(key=Key(code, self._numbers.next(code)))


class Worded(NamedTuple):
    """A message of a visit as it is to be sent: when, and after which gap."""

    message: Message
    gap_us: int


class Wording:
    """Words all messages of a take, hospital by hospital in the order of the schedule."""

    def __init__(self, schedule: Schedule, take: Take, ground: Ground) -> None:
        self._head, self._take, self._ground = schedule.head, take, ground
        self._streams = Streams(schedule.head.seed)
        self._wire = Wire(schemas.load())
        self._pharmacies: dict[str, Pharmacy] = {}
        draw = int(schedule.digest[:12], 16)
        asked = Counter[str]()
        for visit in schedule.visits:
            asked[visit.hospital] += len(visit.steps)
        registry = ground.network.national
        self.desks: dict[str, Desk] = {}
        for code, messages in sorted(asked.items()):
            place = registry.institutions[code]
            city = registry.city_of(place.area) or ""
            self.desks[code] = Window(place, city, Numbers(take, draw, messages))

    def calls(self, visit: Planned, person: Person) -> tuple[Call, ...]:
        """Return the calls of a visit, encoded and cut at their holes."""
        return tuple(self._cut(each) for each in self.words(visit, person))

    def words(self, visit: Planned, person: Person) -> Iterator[Worded]:
        """Yield the messages of a visit, one by one at the moment each is due if the target took no time."""
        desk = self.desks[visit.hospital]
        rng = self._streams.stream("traffic", visit.name, "bill")
        carer = ward(rng, visit.gender)
        lines = self.bill(visit, rng)
        due_us = visit.due_us
        for infno, gap_us in visit.steps:
            for batch in self._batches(infno, lines):
                due_us += gap_us
                now = self._take.at(due_us)
                yield Worded(_WORDS[infno](_Case(desk, now, visit, person, carer, lines, batch)), gap_us)

    def bill(self, visit: Planned, rng: Any) -> list[Line]:
        """Draw the bill of a visit."""
        head, city = self._head, self.desks[visit.hospital].city
        pharmacy = self._pharmacies.get(city)
        if pharmacy is None:
            pharmacy = self._pharmacies[city] = Pharmacy(self._ground.catalogue_of(city))
        wanted = Wanted(visit.cost, visit.nights, visit.lines, visit.lines, head.class_c, head.class_b)
        return pharmacy.bill(rng, wanted) if visit.care == INPATIENT else pharmacy.visit_bill(rng, wanted)

    def _batches(self, infno: str, lines: Sequence[Line]) -> Iterator[int]:
        yield from range(0, len(lines), BATCH) if infno in _UPLOADS else (0,)

    def _cut(self, worded: Worded) -> Call:
        message = worded.message
        pieces = _HOLE.split(self._wire.encode(message))
        holes = tuple(hole.decode() for hole in pieces[1::2])
        learns = _LEARNS.get(message.infno, ())
        return Call(message.infno, message.party, worded.gap_us, tuple(pieces[::2]), holes, learns)


class _Case(NamedTuple):
    """What a message of a visit is worded from: who says it when, of whom, and the lines of its batch."""

    desk: Desk
    now: dt.datetime
    visit: Planned
    person: Person
    carer: Ward
    lines: Sequence[Line]
    first: int

    @property
    def about(self) -> tuple[dt.datetime, Person, str]:
        """Return when something is said about which visit of whom."""
        return self.now, self.person, f"<{MDTRT_ID}>"

    @property
    def began(self) -> dt.datetime:
        """Return when the patient came."""
        return self.now - dt.timedelta(days=self.visit.nights)

    @property
    def dated(self) -> list[tuple[Line, dt.datetime]]:
        """Return the lines with the times they arose, over the nights of a stay, or all at once."""
        if self.visit.care != INPATIENT:
            return [(line, self.now) for line in self.lines]
        return spread(self.lines, self.began, self.now)

    @property
    def batch(self) -> list[tuple[Line, dt.datetime]]:
        """Return the lines of one message."""
        return self.dated[self.first : self.first + BATCH]

    @property
    def disease(self) -> Disease:
        """Return the disease of a visit for a chronic one."""
        return Disease(*DISEASE) if self.visit.care == CHRONIC else NO_DISEASE

    @property
    def med_type(self) -> str:
        """Return the kind of care as messages have it."""
        return MED_TYPES[self.visit.care]

    def stay(self, infno: str) -> Message:
        """Word 2303 or 2304."""
        return self.desk.settle(self.now, infno, *self.about[1:], totals_of(self.lines).bill, use_account=True)

    def charge(self, infno: str) -> Message:
        """Word 2206 or 2207."""
        now, person, number = self.about
        totals, kind = totals_of(self.lines), self.med_type
        return self.desk.settle_batch(
            now, infno, person, number, totals, batch=_BATCH_NO, med_type=kind, use_account=True
        )

    def purchase(self, infno: str) -> Message:
        """Word 2101 or 2102."""
        return self.desk.purchase(self.now, infno, self.person, self.dated, med_type=self.med_type, use_account=True)

    def cancel(self, infno: str) -> Message:
        """Word 2305, 2208 or 2103."""
        return self.desk.about_visit(self.now, infno, *self.about[1:], setl_id=f"<{SETL_ID}>")


_WORDS: Mapping[str, Callable[[_Case], Message]] = {
    "1101": lambda at: at.desk.person_info(at.now, at.person),
    "2401": lambda at: at.desk.admit(at.now, at.person, at.began, at.carer, extension=extension(at.carer)),
    "2301": lambda at: at.desk.upload(*at.about, at.batch, at.carer),
    "2402": lambda at: at.desk.discharge(*at.about, at.now, at.carer),
    "2201": lambda at: at.desk.register(at.now, at.person, at.now, at.carer),
    "2203": lambda at: at.desk.describe(*at.about, at.carer, med_type=at.med_type, disease=at.disease),
    "2204": lambda at: at.desk.upload_batch(*at.about, at.batch, at.carer, batch=_BATCH_NO, disease=at.disease),
    "2303": lambda at: at.stay("2303"),
    "2304": lambda at: at.stay("2304"),
    "2206": lambda at: at.charge("2206"),
    "2207": lambda at: at.charge("2207"),
    "2101": lambda at: at.purchase("2101"),
    "2102": lambda at: at.purchase("2102"),
    "2305": lambda at: at.cancel("2305"),
    "2208": lambda at: at.cancel("2208"),
    "2103": lambda at: at.cancel("2103"),
}
