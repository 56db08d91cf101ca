"""The console: what happens in the sandbox, for people. Server-rendered, in zh and en, nothing from outside.

Pages show invented people masked. A page names its language in the address (``?lang=``), so that it can be shared.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

import schemas
from simulator.core.network.province import Province
from simulator.core.platform.message import Key
from simulator.core.platform.node import Node
from simulator.core.platform.refusals import BY_CODE
from simulator.core.values.money import yuan
from simulator.inputs.wire import Wire
from simulator.sandbox.diagram import sequence
from simulator.sandbox.observer import Slice
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.traces import Trace, Tracer
from simulator.sandbox.views import PartyState, days_of, months_of, name_of, party_states, sheets_of

_PAGES = "simulator.sandbox.pages"
LANGS = ("zh", "en")
_SECURITY = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_ASSETS = {"console.css": "text/css", "console.js": "text/javascript"}


class Console:
    """The pages of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._registry = schemas.load()
        self._wire = Wire(self._registry)
        self._personal = personal_fields(self._registry)

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
            Route("/docs", self._docs),
            Route("/docs/{infno}", self._transaction),
            Route("/assets/{name}", self._asset),
        ]

    # -- pages --------------------------------------------------------------------------------------------------

    async def _calls(self, request: Request) -> Response:
        return self._page(request, "calls.html", "calls", **self._latest(request))

    async def _rows(self, request: Request) -> Response:
        return self._page(request, "rows.html", "calls", **self._latest(request))

    async def _visit(self, request: Request) -> Response:
        visit = request.path_params["visit"]
        return self._trace(request, self._tracer().of_visit(visit), visit)

    async def _message(self, request: Request) -> Response:
        key = Key(request.path_params["party"], request.path_params["msgid"])
        return self._trace(request, self._tracer().of_key(key), key.msgid)

    async def _find(self, request: Request) -> Response:
        wanted = request.query_params.get("visit", "").strip()
        tail = f"?{urlencode({'lang': _lang(request)})}"
        return RedirectResponse(f"/visits/{wanted}{tail}" if wanted.isalnum() else f"/{tail}", 303)

    async def _parties(self, request: Request) -> Response:
        return self._page(request, "parties.html", "parties", parties=self._parties_now())

    async def _money(self, request: Request) -> Response:
        province = self._nodes[self._sandbox.ground.network.province.code]
        assert isinstance(province, Province)
        days, months, sheets = days_of(province), list(months_of(province)), sheets_of(province)
        return self._page(request, "money.html", "money", name=self._name, days=days, months=months, sheets=sheets)

    async def _health(self, request: Request) -> Response:
        slices = self._sandbox.observer.slices()
        charts = {
            "per_second": _bars(slices, lambda each: sum(each.outcomes.values()) / 5),
            "p50": _bars(slices, lambda each: each.quantile(0.5)),
            "p99": _bars(slices, lambda each: each.quantile(0.99)),
        }
        engine = self._sandbox.engine
        state = {"entries": engine.host.seq, "waiting": engine.waiting}
        outcomes = self._sandbox.observer.total.most_common()
        return self._page(request, "health.html", "health", charts=charts, outcomes=outcomes, state=state)

    async def _faults(self, request: Request) -> Response:
        return self._page(request, "faults.html", "faults", faults=list(self._sandbox.engine.host.faults.rules()))

    async def _docs(self, request: Request) -> Response:
        transactions = self._registry.transactions.values()
        return self._page(request, "docs.html", "docs", transactions=transactions, refusals=BY_CODE.values())

    async def _transaction(self, request: Request) -> Response:
        infno = request.path_params["infno"]
        transaction = self._registry.transactions.get(infno)
        if transaction is None:
            return self._page(request, "missing.html", "docs", status=404, what=infno)
        bodies = {way: self._registry.body(infno, way) for way in ("request", "response")}
        return self._page(request, "transaction.html", "docs", transaction=transaction, bodies=bodies)

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            return Response(status_code=404)
        return Response(_read(name), media_type=_ASSETS[name], headers={"cache-control": "max-age=60", **_SECURITY})

    # -- what pages are made of -----------------------------------------------------------------------------------

    def _latest(self, request: Request) -> dict[str, Any]:
        wanted = {name: request.query_params.get(name, "") for name in ("infno", "party", "person", "result")}
        return {"calls": self._sandbox.observer.latest(wanted), "wanted": wanted, "names": self._registry.transactions}

    @property
    def _nodes(self) -> Mapping[str, Node]:
        return self._sandbox.engine.host.nodes

    def _parties_now(self) -> list[PartyState]:
        return party_states(self._sandbox.directory, self._nodes, self._sandbox.observer.calls)

    def _name(self, party: str, lang: str) -> str:
        return name_of(self._sandbox.ground.network.national, party, lang)

    def _tracer(self) -> Tracer:
        engine = self._sandbox.engine
        return Tracer(engine.store, self._wire, engine.host.nodes, self._personal)

    def _trace(self, request: Request, trace: Trace, what: str) -> Response:
        if not trace.said:
            return self._page(request, "missing.html", "calls", status=404, what=what)
        lang = _lang(request)
        names = {party: self._name(party, lang) or party for party in trace.parties}
        drawing = sequence([each.leg for each in trace.said], names, what)
        return self._page(request, "trace.html", "calls", trace=trace, what=what, drawing=drawing, names=names)

    def _page(self, request: Request, template: str, here: str, *, status: int = 200, **more: Any) -> Response:
        lang = _lang(request)
        query = {name: value for name, value in request.query_params.items() if name != "lang"}
        text = (
            _environment()
            .get_template(template)
            .render(
                say=_texts()[lang],
                lang=lang,
                here=here,
                now=f"{self._sandbox.clock.now():%Y-%m-%d %H:%M:%S}",
                switch=[(each, f"?{urlencode({**query, 'lang': each})}") for each in LANGS],
                tail=f"?{urlencode({'lang': lang})}",
                **more,
            )
        )
        headers = {"cache-control": "no-store", "content-language": "zh-CN" if lang == "zh" else "en", **_SECURITY}
        return HTMLResponse(text, status, headers)


def personal_fields(registry: schemas.Registry) -> frozenset[str]:
    """Return the names of the fields that are personal in any message."""
    found: set[str] = set()

    def look(block: schemas.Block) -> None:
        found.update(field.name for field in block.fields.values() if field.personal)
        for inner in block.blocks.values():
            look(inner)

    for infno in registry.transactions:
        look(registry.body(infno, "request"))
        look(registry.body(infno, "response"))
    return frozenset(found)


def _lang(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    if asked in LANGS:
        return asked
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"


class Chart(NamedTuple):
    """A drawing and the highest value in it."""

    most: float
    drawing: Markup


def _bars(slices: tuple[Slice, ...], value: Callable[[Slice], float]) -> Chart:
    """Return a chart of one figure over the last quarter of an hour: a bar for every five seconds."""
    values = [value(each) for each in slices]
    most = max(values, default=0.0)
    scale = 60 / (most or 1)
    bars = Markup("").join(
        Markup('<rect x="{}" y="{:.1f}" width="4" height="{:.1f}"><title>{:.1f}</title></rect>').format(
            5 * index, 60 - scale * each, scale * each, each
        )
        for index, each in enumerate(values)
    )
    drawing = Markup('<svg class="bars" viewBox="0 0 900 60" preserveAspectRatio="none" role="img">{}</svg>')
    return Chart(most, drawing.format(bars))


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["yuan"] = yuan
    return made


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    """Return the words of the pages by language."""
    rows = tomllib.loads(_read("texts.toml"))
    return {lang: {key: row[lang] for key, row in rows.items()} for lang in LANGS}


def _read(name: str) -> str:
    return resources.files(_PAGES).joinpath(name).read_text(encoding="utf-8")
