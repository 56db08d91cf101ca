"""The report of a run: one offline page in Chinese and English, made of its results and its evidence.

First the verdict and the few causes, then every case, then each that is not green with both sides, the clause, the
receipt, the transcript, and how to send the request again. Personal data are masked.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import schemas
from conformance.evidence import TO, Line, checked
from conformance.findings import in_yuan, said
from conformance.receipting import settlements
from conformance.results import NAME, read_results
from conformance.resuming import REFERENCE
from conformance.sections import BUREAU, NATIONAL, counts_of, of_section, section_of, verdict_of, why_not_judged
from conformance.stage import Wrong
from conformance.transcripts import Said, curl, masked_words, transcript
from conformance.verdicts import FAIL, INSTRUMENT, NOT_APPLICABLE, NOT_JUDGED, PASS, SKIPPED, WAIVED, WARN
from schemas import write_whole
from schemas.requirements import load_requirements
from simulator.core.benefit.settlement import Settlement
from simulator.inputs.errors import InputError
from simulator.inputs.platforms import Ground, ground_of
from simulator.outputs.masking import personal_fields
from simulator.outputs.pages import render_page
from simulator.outputs.texts import LANGS, Say
from simulator.sandbox.bills import billed

EVIDENCE, PAGE = "evidence.ndjson", "report.html"
_ORDER = (FAIL, INSTRUMENT, SKIPPED, WARN, WAIVED, NOT_APPLICABLE, PASS)
_TELLING = frozenset({FAIL, INSTRUMENT, SKIPPED, WARN, WAIVED})
_WHOLE = 30  # cases whose messages are shown, so that the page stays small
_MOST_WRONG = 12
_NUMBER = re.compile(r"/[0-9]+(?=/|$)")


class Cause(NamedTuple):
    """What several cases have in common: a sentence in both languages, what was seen first, whose it is, the cases."""

    zh: str
    en: str
    seen: Mapping[str, str]
    label: str
    cases: tuple[Mapping[str, Any], ...]


class Red(NamedTuple):
    """A case that is not green, as the page shows it; ``whole`` where its messages are shown.

    ``wrong`` has each finding with both sides in yuan, ``ours`` and ``theirs`` are the transcripts with the target and
    with the reference, ``rows`` the settlements that had to come of it.
    """

    row: Mapping[str, Any]
    wrong: tuple[tuple[Wrong, str, str], ...]
    lines: tuple[int, int]
    whole: bool
    ours: tuple[Said, ...] = ()
    theirs: tuple[Said, ...] = ()
    curl: str = ""
    rows: tuple[Settlement, ...] = ()


def report_of(folder: Path, ground: Ground, *, lang: str) -> str:
    """Return the page for a folder of results; raises InputError for one that is none."""
    results = read_results(folder / NAME)
    path = folder / EVIDENCE
    try:
        lines = list(checked(path.read_bytes(), str(path)))
    except OSError as problem:
        raise InputError(str(path), "", f"cannot be read ({problem.strerror})", "restore the file") from None
    return build_report(results, lines, ground, lang=lang)


def write_report(folder: Path, *, lang: str) -> Path:
    """Write the page of a folder of results into it; raises InputError."""
    ground = ground_of(read_results(folder / NAME)["pack"]["name"])
    page = report_of(folder, ground, lang=lang)
    write_whole(folder / PAGE, page.encode())
    return folder / PAGE


def build_report(results: Mapping[str, Any], lines: Sequence[Line], ground: Ground, *, lang: str) -> str:
    """Return the page as HTML, ``lang`` shown first; the same inputs give the same text."""
    rows = sorted(results["cases"], key=lambda row: (_ORDER.index(row["verdict"]), row["id"]))
    reds = reds_of([row for row in rows if row["verdict"] in _TELLING], lines, ground, results["subject"]["code"])
    causes = causes_of(rows)
    shared = {
        "results": results,
        "rows": of_section(rows, NATIONAL),
        "bureau": _bureau(rows, results["profile"]),
        "causes": causes,
        "reds": reds,
        "counts": _counted(rows, NATIONAL),
        "clauses": sorted({clause for row in rows for clause in row["verifies"]}),
        "clause_rows": load_requirements().rows,
        "charts": {},
        "anchor": anchor,
    }
    views = {}
    for each in LANGS:
        say = Say(each)
        views[each] = {**shared, "say": say, "told": _told(say, results, causes)}
        views[each]["bills"] = {red.row["id"]: billed(say, ground, red.rows[:1]) for red in reds if red.rows}
    title = {each: Say(each)("run.title", results["subject"]["name"]) for each in LANGS}
    return render_page(views, lang=lang, title=title, chart_config={}, kind="certify")


def _counted(rows: Sequence[Mapping[str, Any]], section: str) -> list[tuple[str, int]]:
    counts = counts_of(rows, section)
    return [(each, counts[each]) for each in _ORDER]


def _bureau(rows: Sequence[Mapping[str, Any]], profile: str) -> Mapping[str, Any]:
    """Return the section of messages between bureaus: verdict, counts, what came of each clause, its cases."""
    clauses: dict[str, Counter[str]] = defaultdict(Counter)
    cases = of_section(rows, BUREAU)
    for row in cases:
        for clause in row["verifies"]:
            clauses[clause][row["verdict"]] += 1
    verdict = verdict_of(rows, BUREAU)
    return {
        "verdict": verdict,
        "judged": verdict != NOT_JUDGED,
        "reason": why_not_judged(profile),
        "counts": _counted(rows, BUREAU),
        "clauses": sorted(clauses.items()),
        "rows": cases,
    }


def anchor(case: str) -> str:
    """Return the name of a place on the page for a case."""
    return re.sub(r"[^0-9A-Za-z]+", "-", case).strip("-")


def causes_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Cause, ...]:
    """Return what is behind the cases that are not green, the most frequent first.

    Cases belong together that found the same in the same place; where only cases of one test found it, all of that
    test's cases do.
    """
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["verdict"] in {FAIL, WARN, INSTRUMENT, SKIPPED}:
            groups[_cause(row)].append(row)
    merged: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for key, cases in groups.items():
        tests = {_test(row) for row in cases}
        merged[(*key[:3], *tests) if len(tests) == 1 else key] += cases
    causes = [_caused(each) for each in merged.values()]
    return tuple(sorted(causes, key=lambda cause: -len(cause.cases)))


def _caused(cases: Sequence[Mapping[str, Any]]) -> Cause:
    first = cases[0]
    zh, en = _sentence(first)
    if len({_test(row) for row in cases}) == 1:
        return Cause(first["zh"], first["en"], {"zh": zh, "en": en}, first["label"], tuple(cases))
    return Cause(zh, en, {"zh": "", "en": ""}, first["label"], tuple(cases))


def _test(row: Mapping[str, Any]) -> str:
    return str(row["id"]).partition("[")[0]


def _cause(row: Mapping[str, Any]) -> tuple[str, ...]:
    wrong = _first_wrong(row)
    if wrong is None:
        return section_of(row), row["verdict"], row["label"], row["why"]["en"]
    return section_of(row), row["verdict"], row["label"], wrong.kind, wrong.infno, _NUMBER.sub("", wrong.place)


def _first_wrong(row: Mapping[str, Any]) -> Wrong | None:
    return next((Wrong(**each) for attempt in row["attempts"] for each in attempt["wrong"]), None)


def _sentence(row: Mapping[str, Any]) -> tuple[str, str]:
    wrong = _first_wrong(row)
    zh, en = (row["why"]["zh"], row["why"]["en"]) if wrong is None else said(wrong)
    return masked_words(zh), masked_words(en)


def _told(say: Say, results: Mapping[str, Any], causes: Sequence[Cause]) -> str:
    """Return what came of a run; where both sections were judged, what came of either."""
    judged = {name: verdict_of(results["cases"], name) for name in (NATIONAL, BUREAU)}
    if judged[BUREAU] == NOT_JUDGED:
        return _told_of(say, NATIONAL, results["verdict"], results["cases"], causes)
    told = {name: _told_of(say, name, each, results["cases"], causes) for name, each in judged.items()}
    both = say("bureau.of") + told[BUREAU]
    return both if judged[NATIONAL] == NOT_JUDGED else f"{say('bureau.national')}{told[NATIONAL]} {both}"


def _told_of(say: Say, section: str, verdict: str, cases: Sequence[Mapping[str, Any]], causes: Sequence[Cause]) -> str:
    if verdict == NOT_JUDGED:
        return say("bureau.not_judged")
    rows = of_section(cases, section)
    behind = {"fail": {FAIL}, "inconclusive": {SKIPPED}, "instrument": {INSTRUMENT}}.get(verdict, set())
    failing = sum(row["verdict"] in behind for row in rows)
    own = [each for each in causes if each.cases[0]["verdict"] in behind and section_of(each.cases[0]) == section]
    return say(f"run.told_{verdict}", len(rows), failing, len(own))


# -- what is shown of a case that is not green ------------------------------------------------------------------------


def reds_of(rows: Sequence[Mapping[str, Any]], lines: Sequence[Line], ground: Ground, code: str) -> list[Red]:
    """Return the cases that are not green with what their evidence says, the first of them with their messages."""
    by_attempt: dict[tuple[str, int], list[Line]] = defaultdict(list)
    for line in lines:
        by_attempt[line.case, line.attempt].append(line)
    return [_red(row, by_attempt, ground, code, whole=number < _WHOLE) for number, row in enumerate(rows)]


def _red(
    row: Mapping[str, Any], by_attempt: Mapping[tuple[str, int], list[Line]], ground: Ground, code: str, *, whole: bool
) -> Red:
    attempt: Mapping[str, Any] = row["attempts"][0]
    found = [Wrong(**each) for each in attempt["wrong"]][:_MOST_WRONG]
    wrong = tuple((each, _side(each, each.expected), _side(each, each.received)) for each in found)
    span = (attempt["lines"][0], attempt["lines"][1])
    lines = by_attempt.get((row["id"], attempt["attempt"]), [])
    if not whole or not lines:
        return Red(row, wrong, span, whole=False)
    numbers = {each.line for each in found}
    reference = row["reference"]
    theirs = by_attempt.get((REFERENCE + row["id"], reference["attempt"]), []) if reference else []
    at_fault = next((line for line in lines if line.number in numbers and line.kind == TO), None)
    at_fault = at_fault or next((line for line in reversed(lines) if line.kind == TO), None)
    return Red(
        row=row,
        wrong=wrong,
        lines=span,
        whole=True,
        ours=tuple(transcript(lines, numbers, _personal())),
        theirs=tuple(transcript(theirs, set(), _personal())),
        curl="" if at_fault is None else curl(at_fault),
        rows=tuple(_of_money(found, lines, ground, code)),
    )


def _side(wrong: Wrong, value: str) -> str:
    return masked_words(in_yuan(wrong, value))


def _of_money(found: Sequence[Wrong], lines: Sequence[Line], ground: Ground, code: str) -> Iterator[Settlement]:
    """Yield the settlements behind a case where what was wrong is an amount."""
    if any(in_yuan(each, each.expected) != each.expected or each.kind == "differs" for each in found):
        yield from settlements(lines, ground, code)


@cache
def _personal() -> frozenset[str]:
    return personal_fields(schemas.load())
