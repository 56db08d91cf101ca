"""Pages: one offline HTML file with style, script, chart library and charts inside.

Templates escape whatever they print; data for the script stand in a JSON block that cannot end it. A policy in the
head forbids the page every request.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import jinja2
import orjson
import vl_convert
from markupsafe import Markup

from simulator.outputs.texts import LANGS

HTML_LANG = {"zh": "zh-CN", "en": "en"}
"""The value of the ``lang`` attribute by language."""

_TEMPLATES = "simulator.outputs.templates"
_NOT_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render_page(
    views: Mapping[str, Mapping[str, Any]],
    *,
    lang: str,
    title: Mapping[str, str],
    chart_config: Mapping[str, Any],
    kind: str = "",
) -> str:
    """Return the page with a view for each language, ``lang`` shown first.

    A view has ``say`` (its texts), ``charts`` (specifications by name) and whatever the templates print. ``kind`` names
    the template of the view, with a style and perhaps a script of the same name beside those all pages have; without it
    the page is of a simulation.
    """
    charts = {name: dict(view["charts"]) for name, view in views.items()}
    return (
        _environment()
        .get_template("report.html")
        .render(
            views=views,
            langs=LANGS,
            html_lang=HTML_LANG,
            first=lang,
            title=title,
            view_template=f"{kind or 'view'}.html",
            style=Markup(_read("report.css") + _also(f"{kind}.css")),  # our own files
            script=Markup(_read("report.js") + _also(f"{kind}.js")),  # our own files
            library=Markup(chart_library()) if any(charts.values()) else "",  # see below
            data=script_json({"charts": charts, "config": chart_config, "titles": dict(title), "htmlLang": HTML_LANG}),
        )
    )


@cache
def chart_library() -> str:
    """Return Vega-Embed, Vega-Lite and Vega as one script that leaves ``vegaEmbed`` on the window.

    Raises ValueError should the library hold what would end a script element.
    """
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    if "</script" in bundle.lower() or "<!--" in bundle:
        raise ValueError("the chart library cannot stand inside a script element")
    return f"(function(){{{bundle}\n}})();"


def script_json(value: object) -> Markup:
    """Return JSON for the inside of a script element: no character in it can end the element."""
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    for character, escape in _NOT_IN_SCRIPT.items():
        text = text.replace(character, escape)
    return Markup(text)  # escaped above


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _also(name: str) -> str:
    """Return a file of a kind of page, empty where that kind has none."""
    return _read(name) if resources.files(_TEMPLATES).joinpath(name).is_file() else ""


def _read(name: str) -> str:
    return resources.files(_TEMPLATES).joinpath(name).read_text(encoding="utf-8")
