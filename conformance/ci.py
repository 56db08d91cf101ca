"""What a CI service is told of a run: a summary of the step and annotations, where it is GitHub Actions or alike.

JUnit is pytest's own (``--junitxml``); every case bears its clauses there as properties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.report import causes_of
from conformance.sections import NATIONAL, counts_of, said_of_bureau, tag
from conformance.verdicts import FAIL, INSTRUMENT, NOT_APPLICABLE, PASS, SKIPPED, WARN, WORDS

SUMMARY, ACTIONS = "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS"
_SHOWN = 50
_KINDS = {FAIL: "error", INSTRUMENT: "error", SKIPPED: "warning", WARN: "warning"}


def tell(results: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
    """Append to the summary of the step, and yield the annotations to print, as far as the environment asks for them.

    Raises OSError where the summary cannot be written.
    """
    if environment.get(SUMMARY):
        with Path(environment[SUMMARY]).open("a", encoding="utf-8") as file:
            file.write("\n".join(summary(results)) + "\n")
    if environment.get(ACTIONS) == "true":
        yield from notes(results)


def summary(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield the summary as lines of Markdown."""
    subject, rows = results["subject"], results["cases"]
    yield f"## {_cell(subject['name'])} {_cell(subject['build'])}: {WORDS[results['verdict']][1]}"
    yield ""
    counts = counts_of(rows, NATIONAL)
    yield ", ".join(f"{count} {WORDS[name][1]}" for name, count in counts.items() if count) or "no case was run"
    if bureau := said_of_bureau(rows, "en"):
        yield bureau
    yield f"seed `{results['seed']}`, pack `{results['pack']['name']}`, evidence `{results['evidence']['root'][:16]}`"
    causes = causes_of(rows)
    if causes:
        yield from ("", "| cause | whose | cases |", "|---|---|---|")
    for cause in causes[:_SHOWN]:
        seen = f"{cause.en} {cause.seen['en']}".strip()
        yield f"| {tag(cause.cases[0], 'en')}{_cell(seen)} | {cause.label or '–'} | {_cell(_named(cause.cases))} |"


def notes(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each case that neither passed nor is not applicable, as GitHub Actions reads it."""
    red = [row for row in results["cases"] if row["verdict"] not in {PASS, NOT_APPLICABLE}]
    for row in red[:_SHOWN]:
        title = _escaped(f"{' '.join(row['verifies'])} {row['id']}".strip()).replace(",", "%2C").replace(":", "%3A")
        what = _escaped(tag(row, "en") + (row["why"]["en"] or row["en"]))
        yield f"::{_KINDS.get(row['verdict'], 'notice')} title={title}::{what}"


def _named(cases: Any) -> str:
    names = [row["id"] for row in cases[:3]]
    return ", ".join(names) + (f" and {len(cases) - 3} more" if len(cases) > 3 else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
