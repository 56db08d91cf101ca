"""The hospital as a process of its own: its counter speaks through the hospital's own platform, behind a journal.

What the counter says leaves once it is on disk, and what it is told is entered in the hospital's totals there: they
outlive the process, and so does everything that has no answer yet.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import orjson

from simulator.core.benefit.shares import Shares
from simulator.core.network.hospital_system import HospitalSystem
from simulator.core.platform.message import Message
from simulator.core.visits.care import CLEARING_TYPE
from simulator.inputs.wire import Wire
from simulator.sandbox.counters import Counter, Exchange
from simulator.sandbox.engine import Ending, Engine, Lost
from simulator.sandbox.parties import Party
from simulator.sandbox.wrong import Wrong

DESK = "desk"
_CARE_OF = {clr_type: care for care, clr_type in CLEARING_TYPE.items()}


class OwnCounter(Counter):
    """The counter of the hospital that a process plays."""

    def __init__(
        self,
        party: Party,
        system: HospitalSystem,
        engine: Callable[[], Engine],
        wire: Wire,
        now: Callable[[], dt.datetime],
    ) -> None:
        self.party, self.desk, self.now = party, system.desk, now
        self._engine, self._wire = engine, wire

    async def say(self, asked: Message) -> tuple[Exchange, Message | None]:
        """Send a request; return what went to and fro, and the reply, None where a fault has lost it."""
        at, begun = self.now(), time.perf_counter()
        reply: Message | None
        try:
            reply = await self._engine().ask(self.party.code, DESK, asked)
        except (Ending, Lost):
            reply = None
        told = None if reply is None else orjson.loads(self._wire.encode(reply))
        ms = round((time.perf_counter() - begun) * 1000)
        return Exchange(asked.infno, at, ms, orjson.loads(self._wire.encode(asked)), 200 if told else 0, told), reply

    def book(
        self, day: dt.date, insutype: str, shares: Shares, at: dt.datetime, ref: str, *, refund: bool, care: str
    ) -> None:
        """Enter nothing: the hospital's platform has, with the answer."""


class OwnCounters:
    """The one counter of a process that plays a hospital, as :class:`Counters` offers it."""

    def __init__(
        self,
        party: Party,
        engine: Callable[[], Engine],
        wire: Wire,
        *,
        now: Callable[[], dt.datetime],
        first_serial: Callable[[], int],
    ) -> None:
        system = engine().host.nodes[party.code]
        assert isinstance(system, HospitalSystem)
        system.desk._serial = first_serial()  # no msgid of an earlier process comes again, whatever the clock says
        self._code, self._counter = party.code, OwnCounter(party, system, engine, wire, now)

    def made(self) -> dict[str, Counter]:
        """Return the counter, by hospital."""
        return {self._code: self._counter}

    def at(self, code: str) -> Counter:
        """Return the counter of a hospital; raises KeyError for any other than this process's."""
        return self.made()[code]


class OwnDays:
    """A day's reconciliation as one hospital takes part in it: it states its totals (3201)."""

    def __init__(self, counter: Counter, now: Callable[[], dt.datetime]) -> None:
        self._counter, self._now = counter, now

    async def reconcile(self, day: dt.date, *, hospitals: str = "", correct: bool = True) -> dict[str, Any]:
        """State a day's totals by the hospital's own books, a kind of insurance and care at a time. Raises Wrong."""
        if day > self._now().date():
            raise Wrong(f"{day}尚未到", f"{day} has not come yet")
        await self._counter.signed_in()
        told = [await self._state(day, *group) for group in self._counter.desk.by_day.under(day.isoformat())]
        return {"day": day.isoformat(), "hospitals": told, "declined": [], **self.day(day)}

    def day(self, day: dt.date) -> dict[str, Any]:
        """Return what the hospital's books say of a day, in fen, as 3201 would state it."""
        totals = self._counter.desk.by_day.under(day.isoformat()).items()
        rows = [{"insutype": insutype, "clr_type": kind, **sums._asdict()} for (insutype, kind), sums in totals]
        return {"books": rows}

    async def _state(self, day: dt.date, insutype: str, clr_type: str) -> dict[str, Any]:
        desk = self._counter.desk
        exchange, reply = await self._counter.say(desk.statement(self._now(), day, insutype, _CARE_OF[clr_type]))
        info = reply.block("stmtinfo") if reply is not None and reply.succeeded else {}
        return {
            "hospital": desk.institution.code,
            "insutype": insutype,
            "clr_type": clr_type,
            "level": info.get("stmt_rslt") == "0",
            "infcode": exchange.infcode,
            "reason": info.get("stmt_rslt_dscr") or (exchange.reply or {}).get("err_msg", ""),
        }
