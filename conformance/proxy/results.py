"""What a watch leaves: `findings.json` for programs, `report.html` for people, beside the log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from conformance.proxy.findings import NOTE, WRONG
from conformance.proxy.recorder import LOG
from conformance.proxy.report import page_of
from conformance.proxy.tally import Tally
from schemas import write_whole

FINDINGS, PAGE = "findings.json", "report.html"
__all__ = ["FINDINGS", "LOG", "PAGE", "About", "results_of", "write_results"]
FORMAT = 1


class About(NamedTuple):
    """What was watched: addresses, profile, policy pack (empty for none), and when."""

    listen: str
    to: str
    profile: str
    pack: str
    begun: str


def results_of(about: About, tally: Tally, log: Mapping[str, Any], *, ended: str) -> dict[str, Any]:
    """Return the results as they stand in ``findings.json``."""
    judge = tally.judge
    return {
        "format": FORMAT,
        **about._asdict(),
        "ended": ended,
        "reached": tally.reached,
        "exchanges": tally.seen,
        "judged": judge.judged,
        "not_judged": dict(sorted(judge.not_judged.items())),
        "visits_not_seen_from_the_beginning": judge.from_middle,
        "forgotten": judge.forgotten,
        "counts": [
            {"code": code, "side": side, "level": level, "count": count}
            for (code, side, level), count in sorted(tally.counts.items())
        ],
        "wrong": tally.of_level(WRONG),
        "notes": tally.of_level(NOTE),
        "times": {infno: times._asdict() for infno, times in judge.times.items()},
        "log": dict(log),
        "findings": [each._asdict() for each in tally.findings],
    }


def write_results(out: Path, results: Mapping[str, Any], lang: str) -> None:
    """Write both files whole; raises OSError."""
    write_whole(out / FINDINGS, orjson.dumps(results, option=orjson.OPT_INDENT_2))
    write_whole(out / PAGE, page_of(results, lang=lang).encode())
