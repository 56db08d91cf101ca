"""A small hospital in this process, before the bench of a hospital: it does what it is asked, but what a test changes.

It words its requests by the bench's own desk and keeps no books but the sums it states, so that a rule can be broken
one at a time.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import schemas
from conformance.client import CaseClient
from conformance.evidence import Chain, checked
from conformance.hospital.bench import HospitalBench
from conformance.hospital.case import HospitalCase
from conformance.hospital.client import HospitalClient
from conformance.resuming import Past
from conformance.standing import again, around, setting_of
from conformance.visit import CANCELS, PLANS, Visit
from conformance.wire import Live, Recorded, Told, signed
from simulator.core.network.hospital import Desk
from simulator.core.platform.message import Message
from simulator.core.reconciliation.totals import Totals
from simulator.inputs.platforms import Ground, ground_of
from simulator.inputs.subjects import Subject
from simulator.inputs.wire import Wire
from simulator.sandbox.gate import Gate
from simulator.sandbox.parties import Directory

CODE, CITY, CASE = "H32019900001", "320100", "case"
SUBJECT = Subject(
    "window", "hospital", CODE, "http://window.invalid", "jiangsu-2023", hooks={"do": "http://window.invalid"}
)
NOON = dt.datetime(2026, 11, 23, 12)
Change = Callable[[Message], Message]


class Window:
    """A hospital; ``change`` alters a request by its transaction, ``tell`` what the hook tells, ``sign`` signs."""

    def __init__(self, folder: Path) -> None:
        self.ground, self.evidence = _ground(), folder / "evidence.ndjson"
        self._who, registry = around(SUBJECT, self.ground), schemas.load()
        gate = Gate(Directory([self._who.own], self.ground.network.national))
        self._chain = Chain(self.evidence)
        wire = Live(self._chain, {"do": self._do}, clock=lambda: NOON)
        self.bench = HospitalBench(setting_of(SUBJECT, self.ground, "1"), wire, gate, lambda path: CITY)
        self.desk, self._encoding = Desk(self.ground.network.national.institutions[CODE], CITY), Wire(registry)
        self.change: dict[str, Change] = {}
        self.tell: Callable[[dict[str, Any]], Mapping[str, Any]] = lambda told: told
        self.headers: Callable[[str], Mapping[str, str]] = lambda infno: signed(self._who.own, infno)
        self.resends, self.asked = 0, Counter[str]()
        self.trusting = False  # it takes whatever it is told
        self._visits: dict[str, Visit] = {}
        self._done: dict[str, list[str]] = {}

    def client(self, attempt: int = 0) -> HospitalClient:
        """Begin a case and return its hospital, signed in."""
        self.bench.begin(CASE, attempt, attempt)
        hospital = HospitalClient(CaseClient(self.bench, CASE, attempt))
        hospital.signs_in()
        return hospital

    def close(self) -> None:
        """Close the evidence."""
        self._chain.close()

    def over_again(self) -> Any:
        """Return a bench that stands on the evidence so far."""
        lines = list(checked(self.evidence.read_bytes(), "evidence"))
        return again(SUBJECT, self.ground, "1", Recorded(Past(lines).lines, "evidence"))

    # -- what it does -------------------------------------------------------------------------------------------------

    def say(self, asked: Message) -> Message | None:
        """Say a request, and again under its number where nothing came of it; return the reply."""
        asked = self.change.get(asked.infno, lambda message: message)(asked)
        for _ in range(1 + self.resends):
            self.asked[asked.infno] += 1
            told = self.bench.heard(f"/{asked.infno}", self.headers(asked.infno), self._encoding.encode(asked))
            reply = self._read(asked, told)
            if reply is not None:
                return reply
        return None

    def _read(self, asked: Message, told: Told) -> Message | None:
        lost = told.status != 200 or told.fault == "cut"
        if lost or (not self.trusting and schemas.load().check_text(asked.infno, "response", told.body)):
            return None
        body = schemas.parse(told.body)
        assert isinstance(body, dict)
        return self._encoding.decode_reply(asked, body)

    def _do(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        what = {"sign_in": self._sign_in, "visit": self._visit, "cancel": self._cancel, "reconcile": self._reconcile}
        return self.tell({"outcome": what[said["do"]](said)})

    def _sign_in(self, said: Mapping[str, Any]) -> str:
        reply = self.say(self.desk.sign_in(NOON))
        if reply is not None and reply.succeeded:
            self.desk.sign_no = str(reply.block("signinoutb")["sign_no"])
        return _outcome(reply)

    def _visit(self, said: Mapping[str, Any]) -> str:
        name = said["visit"]
        if name not in self._visits:
            (case,) = self.bench._cases.values()
            assert isinstance(case, HospitalCase)
            chart = next(each for each in case.stage.duties.charts if each.name == name)
            self._visits[name], self._done[name] = Visit(chart.wish, self.desk), ["9001"]
        plan = [chart for chart in self._plan(name) if chart not in self._done[name]]
        for infno in plan[: plan.index(said["until"]) + 1] if said["until"] in plan else ():
            outcome = self._step(name, infno)
            if outcome != "done":
                return outcome
        return "done"

    def _plan(self, name: str) -> tuple[str, ...]:

        return PLANS[self._visits[name].wish.care]

    def _step(self, name: str, infno: str) -> str:
        visit = self._visits[name]
        asked = visit.word(NOON, infno)
        reply = self.say(asked)
        if reply is not None and reply.succeeded:
            visit.hear(asked, reply)
            self._done[name].append(infno)
            self._book(visit, reply)
        return _outcome(reply)

    def _cancel(self, said: Mapping[str, Any]) -> str:

        return self._step(said["visit"], CANCELS[self._visits[said["visit"]].wish.care])

    def _book(self, visit: Visit, reply: Message) -> None:
        info = reply.rows("setlinfo")[0] if reply.infno in {"2304", "2305", "2207", "2102"} else {}
        if info:
            sign = -1 if reply.infno == "2305" else 1
            sums = Totals(sign, info["medfee_sumamt"], info["fund_pay_sumamt"], info["acct_pay"])
            kinds = {"inpatient": "21", "outpatient": "11", "pharmacy": "41"}
            key = NOON.date().isoformat(), visit.wish.person.insutype, kinds[visit.wish.care]
            self.desk.by_day.add(key, sums)

    def _reconcile(self, said: Mapping[str, Any]) -> str:
        cares = {"21": "inpatient", "11": "outpatient", "41": "pharmacy"}
        for insutype, kind in self.desk.by_day.under(said["day"]):
            reply = self.say(self.desk.statement(NOON, NOON.date(), insutype, cares[kind]))
            if reply is None or not reply.succeeded:
                return _outcome(reply)
        return "done"


@functools.cache
def _ground() -> Ground:
    return ground_of(SUBJECT.pack)


def _outcome(reply: Message | None) -> str:
    return "unknown" if reply is None else "done" if reply.succeeded else "refused"
