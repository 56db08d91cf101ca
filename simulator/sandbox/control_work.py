"""The calls of the control API that have something done: visits, a day's and a month's work of offices, faults."""

from __future__ import annotations

import datetime as dt
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from simulator.inputs.wire import Wire
from simulator.sandbox import readings as read
from simulator.sandbox import stays as played
from simulator.sandbox.counters import Counter, Counters
from simulator.sandbox.days import Days
from simulator.sandbox.diary import Diary
from simulator.sandbox.fault_rules import read_rule
from simulator.sandbox.hospital_role import OwnCounters, OwnDays
from simulator.sandbox.months import Months
from simulator.sandbox.parties import HOSPITAL
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.staff import Staff
from simulator.sandbox.stays import Stays
from simulator.sandbox.telling import told
from simulator.sandbox.wrong import Wrong

_LISTED, _MOST_LISTED = 1_000, 10_000


class WorkCalls:
    """What a test may have hospitals and offices do."""

    def __init__(self, sandbox: Sandbox, staff: Staff, wire: Wire) -> None:
        self._sandbox, self._staff, self._wire = sandbox, staff, wire
        self._made_rules = 0
        self.begin()

    def begin(self) -> None:
        """Begin with the visits of the journal, which may be new."""
        sandbox, now = self._sandbox, self._sandbox.clock.now
        registry = sandbox.ground.network.national
        counters = Counters(
            sandbox.directory,
            registry,
            sandbox.front,
            self._wire,
            now=now,
            first_serial=lambda: sandbox.engine.host.seq,
        )
        days = Days(self._staff, counters, now, lambda: sandbox.began_here)
        self._months = Months(self._staff, counters, registry, now, days=days)
        self._days: Days | OwnDays = days
        own = self._own_counters() if sandbox.role.name == HOSPITAL else None
        self._own = own.at(sandbox.role.code) if own is not None else None
        if self._own is not None:
            self._days = OwnDays(self._own, now)
        self.visits = Stays(
            sandbox.ground,
            own or counters,
            lambda: self._staff.nodes,
            now,
            usual=sandbox.role.usual(registry),
            first_day=lambda: sandbox.first_day,
            diary=Diary(sandbox.engine, sandbox.role.code or sandbox.ground.network.province.code),
        )

    def _own_counters(self) -> OwnCounters:
        """Return the counter of the one hospital that this process plays."""
        sandbox = self._sandbox
        party = sandbox.role.own(sandbox.ground, "")._replace(secret="")  # it signs where the link does
        return OwnCounters(
            party,
            lambda: sandbox.engine,
            self._wire,
            now=sandbox.clock.now,
            first_serial=lambda: sandbox.engine.host.seq,
        )

    @property
    def own_counter(self) -> Counter | None:
        """Return the counter of the hospital that this process plays, None where it plays none."""
        return self._own

    @property
    def own_wait(self) -> float:
        """Return for how many seconds a hospital waits for an answer."""
        sandbox = self._sandbox
        if sandbox.role.waits is not None:
            return sandbox.role.waits.hospital
        return float(sandbox.ground.pack.at("process.wait_seconds.hospital", sandbox.clock.now().date()).value)  # type: ignore[arg-type]  # unit "count" is an int

    async def reconcile_day(self, day: dt.date) -> dict[str, Any]:
        """Reconcile a day as whoever this process plays; raises Wrong."""
        return await self._days.reconcile(day)

    # -- visits -------------------------------------------------------------------------------------------------------

    async def stays(self, request: Request) -> Response:
        """List the visits played, the newest first; ``limit`` is how many."""
        _, most = read.page(request, _LISTED, _MOST_LISTED)
        found = await self.visits.newest(most)
        return told({"stays": [{"stay": e.number, "state": e.state, "setl_id": e.setl_id} for e in found]})

    async def start_stay(self, request: Request) -> Response:
        """Play a visit; without a body the default one, told in a few lines."""
        text = await request.body()
        visit = await self.visits.start(read.parsed(text) if text.strip() else {})
        return self._shown(request, visit, short=not text.strip())

    async def stay(self, request: Request) -> Response:
        """Show a visit with every request and reply."""
        return self._shown(request, self.visits.of(request.path_params["number"]), short=False)

    async def go_on(self, request: Request) -> Response:
        """Play a visit on."""
        visit = self.visits.of(request.path_params["number"])
        await self.visits.go_on(visit, await read.body(request))
        return self._shown(request, visit, short=False)

    def _shown(self, request: Request, visit: Any, *, short: bool) -> Response:
        wanted = request.query_params.get("format", "text" if short else "json")
        if wanted == "text":
            return PlainTextResponse(played.as_text(visit, str(request.base_url).rstrip("/")))
        return told(played.as_json(visit))

    # -- offices ------------------------------------------------------------------------------------------------------

    async def day(self, request: Request) -> Response:
        """Tell how a day stands between the cities."""
        day = read.day(request.query_params.get("day"), self._sandbox.clock.now().date())
        return told({"day": day.isoformat(), **self._days.day(day)})

    async def reconcile(self, request: Request) -> Response:
        """Reconcile a day: hospitals, cities, provinces."""
        said = await read.body(request)
        day = read.day(said.get("day"), self._sandbox.clock.now().date())
        hospitals, correct = read.statements(said)
        return told(await self._days.reconcile(day, hospitals=hospitals, correct=correct))

    async def month(self, request: Request) -> Response:
        """Tell how the clearing of a month stands."""
        month = read.month(request.query_params.get("month"), self._sandbox.clock.now().date())
        return told({"month": month, **self._months.month(month)})

    async def clear(self, request: Request) -> Response:
        """Clear a month."""
        month = read.month((await read.body(request)).get("month"), self._sandbox.clock.now().date())
        return told(await self._months.clear(month))

    # -- faults -------------------------------------------------------------------------------------------------------

    async def faults(self, request: Request) -> Response:
        """List the rules with how often each matched and acted, and tell how many messages are kept back."""
        host = self._sandbox.engine.host
        rules = [{**each.rule.as_json(), "matched": each.matched, "done": each.done} for each in host.faults.rules()]
        return told({"faults": rules, "kept_back": len(host.held)})

    async def add_fault(self, request: Request) -> Response:
        """Add a rule."""
        self._made_rules += 1
        rule = read_rule(await read.body(request), self._made_rules)
        try:
            self._sandbox.engine.host.faults.add(rule)
        except KeyError:
            raise Wrong(f"已有规则{rule.name}", f"there is a rule {rule.name} already") from None
        return told(rule.as_json())

    async def remove_faults(self, request: Request) -> Response:
        """Remove a rule, or all; what they held back goes on."""
        name = request.path_params.get("name", "")
        engine = self._sandbox.engine
        try:
            held = engine.host.faults.remove(name)
        except KeyError:
            raise Wrong(f"没有规则{name}", f"there is no rule {name}") from None
        for passing in held:
            engine.let_on(passing)
        return told({"let_on": len(held)})
