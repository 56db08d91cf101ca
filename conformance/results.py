"""The document of a run, ``results.json``: what it was, and what became of every case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from conformance.sections import SECTIONS, verdict_of
from conformance.verdicts import FAIL, verdict_of_run
from conformance.waivers import used, waivers_again
from schemas import write_whole
from simulator.inputs.errors import InputError

FORMAT = "yidi/results/1"
NAME = "results.json"
_INDENTED = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS


class Ending(NamedTuple):
    """How a run ended: when, the lines and root of its evidence, and whether it was stopped or a part of it broke."""

    ended: str
    lines: int
    root: str
    interrupted: bool = False
    broken: bool = False


def results_of(
    head: Mapping[str, Any], cases: Sequence[Mapping[str, Any]], known: Collection[str], ending: Ending
) -> dict[str, Any]:
    """Return the document; ``known`` are the names of all cases that could have been run."""
    rows = sorted(cases, key=lambda row: str(row["id"]))
    not_run = sorted(set(known) - {row["id"] for row in rows})
    today = dt.datetime.fromisoformat(head["begun"]).date()
    waivers = used(waivers_again(head["waivers"]), today, rows, not_run)
    verdicts = [row["verdict"] for row in rows] + [FAIL for each in waivers if each["problem"]]
    verdict, code = verdict_of_run(verdicts, interrupted=ending.interrupted, broken=ending.broken)
    subject = head["subject"]
    return {
        "format": FORMAT,
        "yidi": head["yidi"],
        "subject": {name: subject[name] for name in ("name", "build", "role", "code")},
        "hooks": head["hooks"],
        "seed": head["seed"],
        "profile": subject["profile"],
        "pack": {"name": subject["pack"], "digest": head["pack"]},
        "schema": head["schema"],
        "suites": head["suites"],
        "begun": head["begun"],
        "ended": ending.ended,
        "evidence": {"lines": ending.lines, "root": ending.root},
        "verdict": verdict,
        "sections": {name: verdict_of([row for row in rows if not row["own"]], name) for name in SECTIONS},
        "exit": code,
        "waivers": waivers,
        "cases": rows,
        "not_run": not_run,
    }


def write_results(path: Path, results: Mapping[str, Any]) -> None:
    """Write the document whole."""
    write_whole(path, orjson.dumps(results, option=_INDENTED) + b"\n")


def read_results(path: Path) -> dict[str, Any]:
    """Return the document; raises InputError."""
    try:
        found = orjson.loads(path.read_bytes())
    except OSError as problem:
        raise InputError(str(path), "", f"cannot be read ({problem.strerror})", "name a folder of results") from None
    except orjson.JSONDecodeError:
        raise InputError(str(path), "", "is no JSON", "restore the file") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(str(path), "", f"is not of format {FORMAT}", "name a file of yidi certify")
    return found
