"""Visits as far as they were seen: steps in order, lines and bill, trial and settlement, settlement and cancellation.

The order of steps is the core's table. Where a visit was not seen from its beginning, or something about it escaped
us, nothing is said of what we cannot know.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from conformance.proxy.bills import Lines, Settled, as_cancelled, as_stated, as_tried, settlement_of
from conformance.proxy.findings import SETL_ID, STEP, UPSTREAM, Finding, finding
from conformance.proxy.numbers import Number, Numbers
from conformance.proxy.reading import Read, Row, as_row, fingerprint, first_in, rows_of
from conformance.proxy.seen import Seen
from simulator.core.benefit.rules import INPATIENT
from simulator.core.visits.lifecycle import (
    BORN,
    CANCELS,
    KIND_OF,
    OPENS,
    PART,
    SETTLES,
    TRIES,
    VISIT_EVENTS,
    Table,
    Tables,
    next_state,
    reversal_of,
)

MOST = 50_000
_BASIS = ("psn_setlway", "mid_setl_flag", "insutype", "acct_used_flag", "dscgTime", "chrg_bchno", "med_type")
"""What of a trial must be the same in the settlement for both to come to the same, besides the amounts stated."""


@dataclass
class Trial:
    """A computed bill: on what basis, on which day, at which step of visit and person."""

    basis: str
    row: Row
    day: dt.date
    step: int
    others: int


@dataclass
class Visit:
    """A visit; ``state`` is None where it cannot be known, ``step`` counts what changed it."""

    kind: str
    state: str | None
    psn_no: str
    lines: Lines | None
    step: int = 0
    settled: dict[str, Settled] = field(default_factory=dict)
    trial: Trial | None = None
    gap: int = 0  # how many exchanges had escaped us when it was looked at last

    def lose_sight(self) -> None:
        """Note that something about it escaped us."""
        self.state, self.lines, self.trial = None, None, None


class Visits:
    """Judges what was done about visits; ``tables`` say which step may follow which."""

    def __init__(self, tables: Tables, numbers: Numbers, most: int = MOST) -> None:
        self._tables, self._numbers = tables, numbers
        self._visits: Seen[str, Visit] = Seen(most)
        self._settlements: Seen[str, int] = Seen(most)  # of each person: how many were made or cancelled
        self._unbound: Seen[tuple[str, str], Visit] = Seen(most)  # stays whose number no message has borne yet
        self._gap = 0
        self.from_middle = 0

    @property
    def forgotten(self) -> int:
        """Return how many visits were forgotten."""
        return self._visits.forgotten

    def gap(self) -> None:
        """Note that an exchange escaped us: it may have been about any visit."""
        self._gap += 1

    def unknown(self, read: Read) -> None:
        """Note an exchange whose outcome is not known."""
        for mdtrt_id in _named(read):
            visit = self._of(mdtrt_id, read)
            visit.lose_sight()
        if read.infno == "2601":
            self.gap()

    def judge(self, read: Read, day: dt.date) -> Iterator[Finding]:
        """Yield what is wrong about visits in an exchange that was done, for the first time."""
        infno = read.infno
        if infno in OPENS:
            self._open(read)
        if infno in OPENS - SETTLES or infno not in VISIT_EVENTS | SETTLES | TRIES:
            return
        for mdtrt_id in _named(read):
            visit = self._of(mdtrt_id, read)
            if infno not in OPENS:
                yield from self._stepped(visit, self._event(visit, read), infno)
            yield from self._done(visit, read, day)

    def undone(self, target: Number) -> Iterator[Finding]:
        """Yield what is wrong about a reversal that was done, and take it in."""
        visit = self._visits.get(target.mdtrt_id)
        if visit is None:
            return
        row = visit.settled.get(target.setl_id)
        event = reversal_of(target.infno, part=bool(row and row.part))
        if event in VISIT_EVENTS:
            yield from self._stepped(visit, event, "2601")
        self._count(visit)
        if row is not None:
            row.in_force = False
        if target.infno in CANCELS:
            visit.lose_sight()  # which of its settlements is in force again is told by a number we may not have

    # -- what a step is and does ----------------------------------------------------------------------------------

    def _open(self, read: Read) -> None:
        kind, mdtrt_id = KIND_OF[read.infno], first_in(read.output, "mdtrt_id")
        visit = Visit(kind, BORN[kind], first_in(read.input, "psn_no"), Lines(), gap=self._gap)
        if mdtrt_id and self._visits.get(mdtrt_id) is None:
            self._visits.put(mdtrt_id, visit)
        if (
            kind == INPATIENT
        ):  # above the treatment city, which has yet to give it a number, the reply has none or another
            self._unbound.put((visit.psn_no, read.key[0]), visit)

    def _of(self, mdtrt_id: str, read: Read) -> Visit:
        visit = self._visits.get(mdtrt_id)
        waiting = self._bound(read)
        if visit is not None and waiting is not None and waiting is not visit:
            self._unbound.put((waiting.psn_no, read.key[0]), waiting)
        visit = visit or waiting
        if visit is None:
            self.from_middle += 1
            visit = Visit(KIND_OF.get(read.infno, ""), None, first_in(read.input, "psn_no"), None, gap=self._gap)
        if visit.gap != self._gap:
            visit.lose_sight()
            visit.gap = self._gap
        return self._visits.put(mdtrt_id, visit)

    def _bound(self, read: Read) -> Visit | None:
        """Return the stay that a number nobody has borne yet belongs to: nobody is in one hospital twice at a time."""
        if KIND_OF.get(read.infno) != INPATIENT:
            return None
        return self._unbound.take((first_in(read.input, "psn_no"), read.key[0]))

    def _event(self, visit: Visit, read: Read) -> str:
        data = as_row(read.input.get("data"))
        if read.infno in {"2303", "2304"}:
            return read.infno + PART * (data.get("mid_setl_flag") == "1")
        if read.infno == "2305":
            row = visit.settled.get(str(data.get("setl_id")))
            return read.infno + PART * bool(row and row.part)
        return read.infno

    def _stepped(self, visit: Visit, event: str, infno: str) -> Iterator[Finding]:
        visit.step += infno not in TRIES
        if visit.state is None:
            return
        table: Table = self._tables.get(visit.kind, {})
        after = next_state(table, visit.state, event)
        if after is None:
            allowed = "、".join(sorted({name for state, name in table if state == visit.state}))
            yield finding(STEP, UPSTREAM, infno, "/input", allowed, f"{event} ({visit.state})")
        visit.state = after

    def _done(self, visit: Visit, read: Read, day: dt.date) -> Iterator[Finding]:
        infno = read.infno
        if infno in {"2301", "2204"} and visit.lines is not None:
            visit.lines.add(read)
        elif infno in {"2302", "2205"} and visit.lines is not None:
            settled = any(each.in_force for each in visit.settled.values())
            visit.lines.cancel(rows_of(read.input.get("data")), settled=settled)
        elif infno in TRIES:
            visit.trial = Trial(_basis(read), settlement_of(read), day, visit.step, self._others(visit))
        elif infno in SETTLES:
            yield from self._settled(visit, read, day)
        elif infno in CANCELS:
            yield from self._cancelled(visit, read)

    # -- settlements ----------------------------------------------------------------------------------------------

    def _settled(self, visit: Visit, read: Read, day: dt.date) -> Iterator[Finding]:
        row, data = settlement_of(read), _stated(read)
        setl_id, part = str(row.get("setl_id", "")), data.get("mid_setl_flag") == "1"
        yield from self._numbered(read, setl_id)
        yield from as_stated(read.infno, data, row)
        if read.infno == "2102":
            visit.lines = Lines()
            visit.lines.add(read)
        if visit.lines is not None and not part:
            earlier = [each for each in visit.settled.values() if each.part and each.in_force]
            yield from visit.lines.against(read.infno, data, row, earlier)
        trial = visit.trial
        same_place = (trial.day, trial.others) == (day, self._others(visit)) if trial else False
        if trial and same_place and trial.step + 1 == visit.step and trial.basis == _basis(read):
            yield from as_tried(read.infno, trial.row, row)
        visit.settled[setl_id] = Settled(row, part)
        self._count(visit)

    def _cancelled(self, visit: Visit, read: Read) -> Iterator[Finding]:
        named, row = str(as_row(read.input.get("data")).get("setl_id", "")), settlement_of(read)
        yield from self._numbered(read, str(row.get("setl_id", "")))
        original = visit.settled.get(named)
        if original is not None:
            yield from as_cancelled(read.infno, original.row, row)
            original.in_force = False
        self._numbers.cancelled(named)
        self._count(visit)

    def _numbered(self, read: Read, setl_id: str) -> Iterator[Finding]:
        if setl_id and self._numbers.settled(read, setl_id):
            yield finding(SETL_ID, UPSTREAM, read.infno, "/output/setlinfo/setl_id", received=setl_id)

    def _count(self, visit: Visit) -> None:
        self._settlements.put(visit.psn_no, self._others(visit) + 1)

    def _others(self, visit: Visit) -> int:
        return self._settlements.get(visit.psn_no) or 0


def _named(read: Read) -> list[str]:
    """Return the visits an exchange is about."""
    source: Mapping[str, object] = read.output if read.infno in OPENS else read.input
    found = [row["mdtrt_id"] for block in source.values() for row in rows_of(block) if row.get("mdtrt_id")]
    return list(dict.fromkeys(str(each) for each in found))


def _stated(read: Read) -> Row:
    """Return the block that states the bill in a request to settle."""
    return as_row(read.input.get("druginfo") or read.input.get("data"))


def _basis(read: Read) -> str:
    data = _stated(read)
    return fingerprint({name: data.get(name) for name in (*_BASIS, "medfee_sumamt")})
