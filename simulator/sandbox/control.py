"""The control API: what a test may do to a sandbox that no party may. On its own port, loopback only by default.

``docs/reference/control-api.md`` is its page. Whatever cannot be done is HTTP 400 with one sentence in each language,
and then nothing of it was done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import schemas
from simulator.inputs.wire import Wire
from simulator.sandbox import readings as read
from simulator.sandbox.control_do import DoCalls
from simulator.sandbox.control_hooks import HookCalls
from simulator.sandbox.control_people import PeopleCalls
from simulator.sandbox.control_work import WorkCalls
from simulator.sandbox.history import history
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.staff import Staff
from simulator.sandbox.telling import told, written
from simulator.sandbox.wrong import Wrong

Call = Callable[[Request], Awaitable[Response]]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of the control API."""
    staff, wire = Staff(lambda: sandbox.engine), Wire(schemas.load())
    hooks = HookCalls(sandbox)
    people, work = PeopleCalls(sandbox, staff), WorkCalls(sandbox, staff, wire)
    control = Control(sandbox, work, wire)
    staff_of_a_hospital = DoCalls(
        lambda: work.visits,
        work.reconcile_day,
        lambda: work.own_counter,
        sandbox.clock.now,
        lambda: work.own_wait,
    )
    table: Mapping[str, Mapping[str, Call]] = {
        "/": {"GET": control.overview},
        "/clock": {"GET": control.clock, "POST": control.clock},
        "/people": {"GET": people.people, "POST": people.load},
        "/people/{psn_no}": {"GET": people.person},
        "/filings": {"GET": people.filings, "POST": people.file},
        "/filings/{sn}/cancel": {"POST": people.cancel_filing},
        "/rules": {"GET": control.rules},
        "/institutions": {"GET": control.institutions},
        "/parties": {"GET": control.parties},
        "/stays": {"GET": work.stays, "POST": work.start_stay},
        "/stays/{number}": {"GET": work.stay, "POST": work.go_on},
        "/reconciliation": {"GET": work.day, "POST": work.reconcile},
        "/clearing": {"GET": work.month, "POST": work.clear},
        "/faults": {"GET": work.faults, "POST": work.add_fault, "DELETE": work.remove_faults},
        "/faults/{name}": {"DELETE": work.remove_faults},
        "/hooks/load_people": {"POST": hooks.people},
        "/hooks/load_filings": {"POST": hooks.filings},
        "/hooks/set_clock": {"POST": hooks.clock},
        "/hooks/do": {"POST": staff_of_a_hospital.do},
        "/history": {"GET": control.history},
        "/reset": {"POST": control.reset},
        "/shutdown": {"POST": control.shutdown},
    }
    return [Route(path, _one_of(calls), methods=[*calls]) for path, calls in table.items()]


def _one_of(calls: Mapping[str, Call]) -> Call:
    async def answered(request: Request) -> Response:
        try:
            _from_here(request)
            return await calls["GET" if request.method == "HEAD" else request.method](request)
        except Wrong as wrong:
            return JSONResponse({"zh": wrong.zh, "en": wrong.en, **wrong.more}, status_code=400)

    return answered


def _from_here(request: Request) -> None:
    """Refuse what a page of some other site makes a browser on this machine say."""
    origin = request.headers.get("origin", "")
    if origin and urlsplit(origin).hostname not in _LOOPBACK:
        raise Wrong("不接受其他网站的请求", f"requests of {origin} are not taken")


class Control:
    """The sandbox as a whole: its clock, what it stands on, its history and its end."""

    def __init__(self, sandbox: Sandbox, work: WorkCalls, wire: Wire) -> None:
        self._sandbox, self._work, self._wire = sandbox, work, wire

    @property
    def _nodes(self) -> Mapping[str, Any]:
        return self._sandbox.engine.host.nodes

    async def overview(self, request: Request) -> Response:
        """Tell how the sandbox stands."""
        sandbox = self._sandbox
        faults = sandbox.engine.host.faults
        body = {
            "now": written(sandbox.clock.now()),
            "entries": sandbox.engine.host.seq,
            "problem": sandbox.problem._asdict() if sandbox.problem else None,
            "platforms": sorted(self._nodes),
            "stays": self._work.visits.number,
            "faults": sum(1 for _ in faults.rules()),
        }
        return told(body)

    async def clock(self, request: Request) -> Response:
        """Tell the time, or set it forward: to ``now``, or by ``days``, ``hours``, ``minutes`` and ``seconds``."""
        sandbox = self._sandbox
        if request.method == "POST":
            when = read.when(await read.body(request), sandbox.clock.now())
            if when < sandbox.clock.now():
                raise Wrong(f"时钟只能向前，现为{written(sandbox.clock.now())}", "the clock only goes forward")
            await sandbox.engine.advanced(when)
        return told({"now": written(sandbox.clock.now())})

    async def rules(self, request: Request) -> Response:
        """Tell policy pack, catalogues and network with their digests: they are loaded at the start only."""
        return told(self._sandbox.store.meta())

    async def institutions(self, request: Request) -> Response:
        """List the institutions, of a city or pooling area."""
        registry, area = self._sandbox.ground.network.national, request.query_params.get("area", "")
        today = self._sandbox.clock.now().date()
        rows = [
            {
                "code": code,
                "name": each.zh,
                "area": each.area,
                "city": registry.city_of(each.area),
                "level": each.level,
                "open_for_visitors": registry.open_for_visitors(code, today),
            }
            for code, each in registry.institutions.items()
            if area in {"", each.area, registry.city_of(each.area)}
        ]
        return told({"institutions": rows})

    async def parties(self, request: Request) -> Response:
        """List the parties without their secrets, and which hospitals are signed in."""
        registry = self._sandbox.ground.network.national
        rows = []
        for party in self._sandbox.directory.parties.values():
            row: dict[str, Any] = party.masked._asdict()
            del row["secret"]
            if party.code in registry.institutions:
                city = self._nodes.get(registry.city_of(party.area) or "")
                signs = getattr(getattr(city, "treatment", None), "_signed_in", {})
                row["signed_in"] = sum(1 for hospital in signs.values() if hospital == party.code)
            rows.append(row)
        return told({"parties": rows})

    async def history(self, request: Request) -> Response:
        """Export what was said, in order, as NDJSON; ``from`` and ``to`` are entry numbers."""
        first, last = read.span(request)
        lines = history(self._sandbox.store, self._wire, first, last)
        return StreamingResponse(lines, media_type="application/x-ndjson; charset=utf-8")

    async def reset(self, request: Request) -> Response:
        """Begin anew with an empty journal."""
        if request.query_params.get("sure") != "yes":
            raise Wrong("重置将清空全部记录，请加?sure=yes", "this forgets everything: add ?sure=yes")
        await self._sandbox.reset()
        self._work.begin()
        return told({"entries": self._sandbox.engine.host.seq})

    async def shutdown(self, request: Request) -> Response:
        """End the sandbox as SIGTERM does."""
        self._sandbox.shut_down()
        return told({"stopping": True})
