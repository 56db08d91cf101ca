"""How pages are made: templates that escape whatever they print, their words in zh and en, and headers that forbid
a page everything from outside the machine."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from simulator.core.values.money import yuan
from simulator.sandbox.clock import Clock

_PAGES = "simulator.sandbox.pages"
LANGS = ("zh", "en")
SECURITY = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Pages:
    """Renders the pages of a sandbox; a page names its language in the address (``?lang=``), to be shared."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def page(self, request: Request, template: str, here: str, *, status: int = 200, **more: Any) -> Response:
        """Return a page; ``here`` is the part of the console it belongs to, ``more`` what its template prints."""
        lang = lang_of(request)
        query = {name: value for name, value in request.query_params.items() if name != "lang"}
        text = (
            _environment()
            .get_template(template)
            .render(
                say=_texts()[lang],
                lang=lang,
                here=here,
                now=f"{self._clock.now():%Y-%m-%d %H:%M:%S}",
                switch=[(each, f"?{urlencode({**query, 'lang': each})}") for each in LANGS],
                tail=f"?{urlencode({'lang': lang})}",
                **more,
            )
        )
        headers = {"cache-control": "no-store", "content-language": "zh-CN" if lang == "zh" else "en", **SECURITY}
        return HTMLResponse(text, status, headers)

    def missing(self, request: Request, what: str, here: str) -> Response:
        """Return the page that says what is not there."""
        return self.page(request, "missing.html", here, status=404, what=what)


def lang_of(request: Request) -> str:
    """Return the language of a request: that of its address, else that of the browser."""
    asked = request.query_params.get("lang", "")
    if asked in LANGS:
        return asked
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"


def read(name: str) -> str:
    """Return a file of the pages."""
    return resources.files(_PAGES).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(read),
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
    rows = tomllib.loads(read("texts.toml"))
    return {lang: {key: row[lang] for key, row in rows.items()} for lang in LANGS}
