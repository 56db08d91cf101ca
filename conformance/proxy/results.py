"""What a watch leaves: `findings.json` for programs, `report.html` for people, beside the log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from conformance.proxy.findings import NOTE, WRONG, Finding
from conformance.proxy.recorder import Recorder
from conformance.proxy.report import page_of
from schemas import write_whole

LOG, FINDINGS, PAGE = "exchanges.ndjson", "findings.json", "report.html"
FORMAT = 1


class About(NamedTuple):
    """What was watched: addresses, profile, policy pack (empty for none), and when."""

    listen: str
    to: str
    profile: str
    pack: str
    begun: str


def results_of(about: About, recorder: Recorder, *, ended: str) -> dict[str, Any]:
    """Return the results as they stand in ``findings.json``."""
    judge = recorder.judge
    return {
        "format": FORMAT,
        **about._asdict(),
        "ended": ended,
        "reached": recorder.reached,
        "exchanges": recorder.seen,
        "judged": judge.judged,
        "not_judged": dict(sorted(judge.not_judged.items())),
        "visits_not_seen_from_the_beginning": judge.from_middle,
        "forgotten": judge.forgotten,
        "counts": [
            {"code": code, "side": side, "level": level, "count": count}
            for (code, side, level), count in sorted(recorder.counts.items())
        ],
        "wrong": _of_level(recorder, WRONG),
        "notes": _of_level(recorder, NOTE),
        "times": {infno: times._asdict() for infno, times in judge.times.items()},
        "log": {
            "file": LOG,
            "lines": recorder.chain.count,
            "root": recorder.chain.root,
            "cannot_write": recorder.cannot_write,
        },
        "findings": [_row(each) for each in recorder.findings],
    }


def write_results(out: Path, results: Mapping[str, Any], lang: str) -> None:
    """Write both files whole; raises OSError."""
    write_whole(out / FINDINGS, orjson.dumps(results, option=orjson.OPT_INDENT_2))
    write_whole(out / PAGE, page_of(results, lang=lang).encode())


def _of_level(recorder: Recorder, level: str) -> int:
    return sum(count for (_, _, which), count in recorder.counts.items() if which == level)


def _row(found: Finding) -> dict[str, Any]:
    return found._asdict()
