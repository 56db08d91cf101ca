"""The console: what happens in the sandbox, for people. Server-rendered, in zh and en, nothing from outside.

Pages show invented people masked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

import schemas
from simulator.core.network.province import Province
from simulator.core.platform.message import Key
from simulator.core.platform.node import Node
from simulator.inputs.wire import Wire
from simulator.outputs.masking import mask_number, personal_fields
from simulator.outputs.texts import Say
from simulator.sandbox.bills import billed, found_in
from simulator.sandbox.charts import bars
from simulator.sandbox.diagram import sequence
from simulator.sandbox.fault_rules import RULE_FIELDS
from simulator.sandbox.observer import Slice
from simulator.sandbox.reading_room import ReadingRoom
from simulator.sandbox.rendering import SECURITY, Pages, lang_of, read
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.traces import Trace, Tracer
from simulator.sandbox.views import days_of, months_of, name_of, party_states, sheets_of

_ASSETS = {"console.css": "text/css", "console.js": "text/javascript"}
_CHARTS: Mapping[str, Callable[[Slice], float]] = {
    "per_second": lambda each: sum(each.outcomes.values()) / 5,
    "p50": lambda each: each.quantile(0.5),
    "p99": lambda each: each.quantile(0.99),
    "queue": lambda each: max(each.waiting, default=0),
}


class Console:
    """The pages of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._registry = schemas.load()
        self._wire = Wire(self._registry)
        self._personal = personal_fields(self._registry)
        self._pages = Pages(sandbox.clock)
        self._page = self._pages.page

    def routes(self) -> list[Route]:
        """Return the routes of the console."""
        return [
            Route("/", self._calls),
            Route("/calls", self._rows),
            Route("/visits/{visit}", self._visit),
            Route("/messages/{party}/{msgid}", self._message),
            Route("/find", self._find),
            Route("/parties", self._parties),
            Route("/money", self._money),
            Route("/health", self._health),
            Route("/faults", self._faults),
            *ReadingRoom(self._registry, self._pages).routes(),
            Route("/assets/{name}", self._asset),
        ]

    async def _calls(self, request: Request) -> Response:
        return self._page(request, "calls.html", "calls", **self._latest(request))

    async def _rows(self, request: Request) -> Response:
        return self._page(request, "rows.html", "calls", **self._latest(request))

    async def _visit(self, request: Request) -> Response:
        visit = request.path_params["visit"]
        seen = self._sandbox.observer.keys_about(visit)
        return self._trace(request, self._tracer().of_visit(visit, seen), visit)

    async def _message(self, request: Request) -> Response:
        key = Key(request.path_params["party"], request.path_params["msgid"])
        return self._trace(request, self._tracer().of_key(key), key.msgid)

    async def _find(self, request: Request) -> Response:
        wanted = request.query_params.get("visit", "").strip()
        tail = f"?{urlencode({'lang': lang_of(request)})}"
        return RedirectResponse(f"/visits/{wanted}{tail}" if wanted.isalnum() else f"/{tail}", 303)

    async def _parties(self, request: Request) -> Response:
        states = party_states(self._sandbox.directory, self._nodes, self._sandbox.observer.calls)
        return self._page(request, "parties.html", "parties", parties=states)

    async def _money(self, request: Request) -> Response:
        province = self._nodes.get(self._sandbox.ground.network.province.code)
        days, months, sheets = [], [], []  # of a process that plays a city or a hospital, the province tells
        if isinstance(province, Province):
            days, months, sheets = days_of(province), list(months_of(province)), sheets_of(province)
        return self._page(request, "money.html", "money", name=self._name, days=days, months=months, sheets=sheets)

    async def _health(self, request: Request) -> Response:
        slices = self._sandbox.observer.slices(self._sandbox.clock.now())
        charts = {name: bars([value(each) for each in slices]) for name, value in _CHARTS.items()}
        engine = self._sandbox.engine
        state = {"entries": engine.host.seq, "waiting": engine.waiting}
        outcomes = self._sandbox.observer.total.most_common()
        return self._page(request, "health.html", "health", charts=charts, outcomes=outcomes, state=state)

    async def _faults(self, request: Request) -> Response:
        faults = []
        for counted in self._sandbox.engine.host.faults.rules():
            row = dict.fromkeys(RULE_FIELDS, "") | counted.rule.as_json()
            faults.append((row | {"person": mask_number(row["person"])}, counted.matched, counted.done))
        return self._page(request, "faults.html", "faults", faults=faults, name=self._name)

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            return Response(status_code=404)
        return Response(read(name), media_type=_ASSETS[name], headers={"cache-control": "max-age=60", **SECURITY})

    # -- what pages are made of -----------------------------------------------------------------------------------

    def _latest(self, request: Request) -> dict[str, Any]:
        wanted = {name: request.query_params.get(name, "") for name in ("infno", "party", "person", "result")}
        return {"calls": self._sandbox.observer.latest(wanted), "wanted": wanted, "names": self._registry.transactions}

    @property
    def _nodes(self) -> Mapping[str, Node]:
        return self._sandbox.engine.host.nodes

    def _name(self, party: str, lang: str) -> str:
        return name_of(self._sandbox.ground.network.national, party, lang)

    def _tracer(self) -> Tracer:
        engine = self._sandbox.engine
        return Tracer(engine.store, self._wire, self._registry, engine.host.nodes, self._personal)

    def _trace(self, request: Request, trace: Trace, what: str) -> Response:
        if not trace.said:
            return self._pages.missing(request, what, "calls")
        lang = lang_of(request)
        say = Say(lang)
        names = {party: self._name(party, lang) or party for party in trace.parties}
        return self._page(
            request,
            "trace.html",
            "calls",
            trace=trace,
            what=what,
            drawing=sequence([each.leg for each in trace.said], names, what),
            names=names,
            bills=billed(say, self._sandbox.ground, trace.settled),
            found=found_in(self._nodes, trace.settled),
            word=say,
        )
