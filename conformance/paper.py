"""The certificate as a page to print: what ``certificate.json`` says, in Chinese or English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from conformance.verdicts import NOT_JUDGED, VERDICTS
from schemas.requirements import load_requirements
from simulator.outputs.pages import render_page
from simulator.outputs.texts import LANGS, Say

NAME = "certificate.html"


class Tested(NamedTuple):
    """A clause that was tested: its row, its text in both languages, and how many cases came to each verdict."""

    id: str
    zh: str
    en: str
    counts: Mapping[str, int]


def build_paper(certificate: Mapping[str, Any], *, lang: str) -> str:
    """Return the page; ``certificate`` is what is going to be signed, without files and signature."""
    shared = {
        "paper": certificate,
        "tested": [*_tested(certificate)],
        "bureau": _bureau(certificate["bureau"]),
        "untested": _untested(certificate),
        "counts": _counted(certificate["counts"]),
        "charts": {},
    }
    views = {each: {**shared, "say": Say(each)} for each in LANGS}
    title = {each: Say(each)("paper.of", certificate["subject"]["name"]) for each in LANGS}
    return render_page(views, lang=lang, title=title, chart_config={}, kind="paper")


def _bureau(section: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the section of messages between bureaus as the page shows it."""
    return {
        "verdict": section["verdict"],
        "reason": section["reason"],
        "judged": section["verdict"] != NOT_JUDGED,
        "counts": _counted(section["counts"]),
        "tested": [*_tested(section)],
    }


def _counted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(name, counts[name]) for name in VERDICTS if counts[name]]


def _tested(certificate: Mapping[str, Any]) -> Iterator[Tested]:
    rows = load_requirements().rows
    for clause in certificate["clauses"]:
        if clause["tested"]:
            counts = Counter({verdict: len(ids) for verdict, ids in clause["cases"].items()})
            text = rows[clause["id"]].text
            yield Tested(clause["id"], text.zh, text.en, counts)


def _untested(certificate: Mapping[str, Any]) -> Mapping[tuple[str, str], list[str]]:
    """Return the clauses that were not tested, by the reason in both languages."""
    found: dict[tuple[str, str], list[str]] = {}
    for clause in certificate["clauses"]:
        if not clause["tested"]:
            found.setdefault((clause["reason"]["zh"], clause["reason"]["en"]), []).append(clause["id"])
    return found
