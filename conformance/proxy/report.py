"""The report of a watch: one offline page in Chinese and English, made of its results."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from conformance.proxy.findings import SIDES, TITLES, WRONG
from conformance.proxy.judge import BEHIND, ENCODED, FAULT, FILE, NO_MESSAGE, TOO_LONG, UNWRITTEN
from simulator.outputs.pages import render_page
from simulator.outputs.texts import LANGS, Say

REASONS: Mapping[str, tuple[str, str]] = {
    NO_MESSAGE: ("不是接口报文，未判定", "no message of the interface, not judged"),
    TOO_LONG: ("超过可留存长度，未判定", "longer than is held, not judged"),
    FILE: ("答复是文件，内容未判定", "answered with a file, whose content is not judged"),
    ENCODED: ("压缩方式未知，未判定", "compressed in a way that is not known, not judged"),
    BEHIND: ("判定跟不上，未判定", "judging could not keep up, not judged"),
    FAULT: ("判定时本工具出错，未判定", "a fault of this tool while judging, not judged"),
    UNWRITTEN: ("已判定，但未能写入记录", "judged, but could not be written to the log"),
}
_NUMBER = re.compile(r"/[0-9]+(?=/|$)")
_SHOWN = 5
_MOST_CAUSES = 200


class Cause(NamedTuple):
    """Findings of one kind in one place: a title in both languages, whose, where, how many, the first of them."""

    zh: str
    en: str
    code: str
    level: str
    side: str
    infno: str
    place: str
    times: int
    first: tuple[Mapping[str, Any], ...]


def page_of(results: Mapping[str, Any], *, lang: str) -> str:
    """Return the page as HTML, ``lang`` shown first; the same results give the same text."""
    causes = causes_of(results["findings"])
    outcome = "inconclusive" if not results["reached"] else "fail" if results["wrong"] else "pass"
    views = {
        each: {
            "say": Say(each),
            "results": results,
            "causes": causes[:_MOST_CAUSES],
            "more": len(causes) - len(causes[:_MOST_CAUSES]),
            "outcome": outcome,
            "side": number,
            "sides": SIDES,
            "reasons": REASONS,
            "charts": {},
        }
        for number, each in enumerate(LANGS)
    }
    title = {each: Say(each)("watch.title", results["to"]) for each in LANGS}
    return render_page(views, lang=lang, title=title, chart_config={}, kind="proxy")


def causes_of(findings: Iterable[Mapping[str, Any]]) -> list[Cause]:
    """Return the findings by kind and place, what is wrong before notes, the most frequent first."""
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for each in findings:
        key = each["level"], each["code"], each["side"], each["infno"], _NUMBER.sub("/*", each["place"])
        groups[key].append(each)
    causes = [
        Cause(*TITLES[code], code, level, side, infno, place, len(found), tuple(found[:_SHOWN]))
        for (level, code, side, infno, place), found in groups.items()
    ]
    return sorted(causes, key=lambda cause: (cause.level != WRONG, -cause.times))
