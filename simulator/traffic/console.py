"""What `yidi load` says on a console: how far it is, and in the end one table, the verdict, the causes, the report."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from simulator.outputs.texts import Say
from simulator.traffic.limits import OPEN, Figures, seconds_of
from simulator.traffic.measuring import Progress as Passed
from simulator.traffic.verdict import GOOD, MONEY, VOID

CAUSES = 5  # that are told; the report has more
_LINE_EVERY_SECONDS = 60
_PERCENTILES = ("p50", "p95", "p99", "max")

Told = Callable[[Passed], None]


@contextmanager
def progress(say: Say, *, quiet: bool) -> Iterator[Told]:
    """Show a bar on a terminal and a line a minute elsewhere, on standard error."""
    if quiet or not sys.stderr.isatty():
        yield _lines(say)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("yidi load")

        def tell(passed: Passed) -> None:
            bar.update(task, description=_passed(say, passed), total=passed.seconds, completed=passed.second.number + 1)

        yield tell


def _lines(say: Say) -> Told:
    last = time.monotonic()

    def tell(passed: Passed) -> None:
        nonlocal last
        if time.monotonic() - last >= _LINE_EVERY_SECONDS:
            last = time.monotonic()
            typer.echo(f"yidi load: {_passed(say, passed)}", err=True)

    return tell


def _passed(say: Say, passed: Passed) -> str:
    second = passed.second
    return say("told.passed", second.number + 1, second.offered, second.in_flight, seconds_of(second.at(99)))


def tell(made: Figures, report: str, lang: str) -> None:
    """Print what came of a run, from its document."""
    say, console = Say(lang), Console()
    console.print(table(made, say))
    for line in lines(made, say):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    console.print(say("told.report", report), soft_wrap=True, markup=False, highlight=False)


def table(made: Figures, say: Say) -> Table:
    """Return the table of transactions; where the percentiles are void, it says so in their place."""
    rates = made["rates"]
    shown = Table(title=say("told.title", *(f"{rates[each]:.4g}" for each in ("visits", "requests", "settlements"))))
    for number, key in enumerate(("transaction", "count", "ok")):
        shown.add_column(say(f"lat.{key}"), justify="right" if number else "left")
    for name in _PERCENTILES[:-1]:
        shown.add_column(name, justify="right")
    shown.add_column(say("lat.max"), justify="right")
    voided = made["verdict"]["name"] in {VOID, MONEY}
    for row in made["by_infno"]:
        name = f"{row['infno']} {say.name('transaction', row['infno'])}"
        shown.add_row(name, *_cells(row["counts"], row["latency"], say, voided))
    shown.add_section()
    shown.add_row(say("lat.all"), *_cells(made["counts"], made["overall"]["latency"], say, voided))
    return shown


def _cells(counts: Figures, latency: Figures, say: Say, voided: bool) -> Iterator[str]:
    yield say.count(counts["offered"])
    yield say.count(counts["ok"])
    for name in _PERCENTILES:
        yield say("load.voided") if voided else seconds_of(latency[name]) if latency["count"] else "–"


def lines(made: Figures, say: Say) -> Iterator[str]:
    """Yield the verdict, its weightiest causes, and what could not be judged."""
    verdict = made["verdict"]
    yield say("told.verdict", say.of(verdict), verdict["exit"])
    for cause in verdict["causes"][:CAUSES]:
        basis = cause["clause"] or cause["assumption"]
        times = f" ({say('load.times', cause['times'])})" if cause["times"] > 1 else ""
        yield f"  · {say.of(cause)}{times}" + (f" [{basis}]" if basis else "")
    if len(verdict["causes"]) > CAUSES:
        yield say("told.more", len(verdict["causes"]) - CAUSES)
    unjudged = [f"{say.of(limit)} ({say.of(limit['said'])})" for limit in made["limits"] if limit["state"] == OPEN]
    if unjudged and verdict["name"] == GOOD:
        yield say("told.open", say.join(unjudged))
    if made["capacity"]:
        yield capacity_told(made["capacity"], say)


def capacity_told(found: Figures, say: Say) -> str:
    """Return what a climb came to, in a sentence."""
    if found["held"] is None:
        return say("climb.none")
    if found["by_generator"]:
        return say("climb.floor", f"{found['held']:g}")
    rates = say.join([f"{rate:g}" for rate in found["repeats"]])
    spread = say.share(found["spread"], 1)
    return say("climb.told", f"{found['held']:g}", f"{found['requests']:g}", len(found["repeats"]), rates, spread)
