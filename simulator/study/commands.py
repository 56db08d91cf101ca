"""`yidi simulate`: run a scenario, print the table by city, leave a result folder.

Exit codes: 0 good, 1 findings (an invariant broken, a message against its schema), 2 usage or a bad scenario,
4 fault of the tool, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from simulator.inputs.calibrations import read_calibration
from simulator.inputs.certifications import read_certification
from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.outputs.console import UsageError, city_table, fail, known_language, target_lines
from simulator.study.replications import WorkerDied
from simulator.study.run import Options, Result, simulate

FINDINGS, USAGE, FAULT, INTERRUPTED = 1, 2, 4, 130
_LINE_EVERY_SECONDS = 60
_DIED = (
    "一个工作进程中途消失（被终止或内存不足），未留下任何文件；请减少 --workers 或 --scale 后重试。",
    "a worker process ended before its replication was done (killed, or out of memory), nothing was written;"
    " try again with fewer --workers or a smaller --scale.",
)


def simulate_command(
    scenario: Annotated[str, typer.Argument(help="A built-in scenario, such as jiangsu-2016, or the path of one.")],
    *,
    scale: Annotated[float, typer.Option("--scale", help="Share of the real number of stays, above 0 up to 1.")] = 0.01,
    days: Annotated[int | None, typer.Option("--days", help="Stop after this many days.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed; the scenario's own by default.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE: another value for one figure; may be repeated.")
    ] = None,
    replications: Annotated[
        int, typer.Option("--replications", help="How often the seed is played, each time with other chance.")
    ] = 1,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Worker processes; as many as processors by default.")
    ] = None,
    check: Annotated[str, typer.Option("--check", help="sample (one visit in a hundred) or all.")] = "sample",
    calibration: Annotated[str, typer.Option("--calibration", help="A measured platform, for platform.*.")] = "",
    certification: Annotated[
        str,
        typer.Option("--certification", help="Results of yidi certify --role hospital, for the institutions' test."),
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Result folder; out/SCENARIO by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """Simulate a scenario and leave tables, a summary and a report."""
    with errors_told("yidi simulate", as_json, lang):
        settings = list(overrides or [])
        check_usage(scale, days, check, lang)
        check_replications(replications, workers)
        loaded = load_scenario(scenario, overrides=settings)
        if days is not None:
            loaded = loaded.shortened(days)
        options = Options(
            scale=scale,
            seed=loaded.seed if seed is None else seed,
            check_all=check == "all",
            lang=lang,
            overrides=tuple(settings),
            calibration=read_calibration(calibration) if calibration else None,
            replications=replications,
            workers=workers or processors(),
            certification=read_certification(certification) if certification else None,
        )
        folder = out or Path("out") / loaded.id
        total = days_of(loaded) * replications
        with progress_shown("yidi simulate", loaded.id, total, quiet=as_json) as advance:
            result = simulate(loaded, options, folder, advance)
        _report(result, loaded, as_json, lang)
    if not result.clean:
        raise typer.Exit(FINDINGS)


def check_usage(scale: float, days: int | None, check: str, lang: str) -> None:
    """Raise UsageError for a scale, number of days, way of checking or language that cannot be."""
    if not 0 < scale <= 1:
        raise UsageError(
            f"--scale {scale:g} 不是实际住院人次的比例；请给出大于0、不超过1的数。",
            f"--scale {scale:g} is not a share of the real number of stays; give one above 0 up to 1.",
        )
    if days is not None and days < 1:
        raise UsageError(
            f"--days {days} 不是天数；请给出1或更大的整数。", f"--days {days} is no number of days; give 1 or more."
        )
    if check not in {"sample", "all"}:
        raise UsageError(
            f"--check {check} 无效；应为 sample 或 all。", f"--check {check} is not known; use sample or all."
        )
    known_language(lang)


def check_replications(replications: int, workers: int | None) -> None:
    """Raise UsageError for numbers of replications or workers below 1."""
    if replications < 1:
        raise UsageError(
            f"--replications {replications} 不是重复次数；请给出1或更大的整数。",
            f"--replications {replications} is no number of replications; give 1 or more.",
        )
    if workers is not None and workers < 1:
        raise UsageError(
            f"--workers {workers} 不是进程数；请给出1或更大的整数，或不给。",
            f"--workers {workers} is no number of processes; give 1 or more, or leave it out.",
        )


def _report(result: Result, scenario: Scenario, as_json: bool, lang: str) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(result.summary, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    console = Console()
    console.print(city_table(result.summary, lang))
    for line in target_lines(result.summary, lang):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    for case in result.summary["checks"]["cases"]:
        console.print(case, style="red", markup=False)
    said = {"zh": "报告", "en": "report"}[lang]
    console.print(f"{said}: {result.folder / 'report.html'}", soft_wrap=True, markup=False)


def days_of(scenario: Scenario) -> int:
    """Return the number of simulated days."""
    return (scenario.end - scenario.start).days + 1


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def progress_shown(who: str, what: str, total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show days done of ``total``: a bar on a terminal and a line a minute elsewhere, on standard error."""
    if sys.stderr.isatty() and not quiet:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} d"))
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)
        return
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _LINE_EVERY_SECONDS:
            told = time.monotonic()
            typer.echo(f"{who}: day {done} of {total}", err=True)

    yield tell


@contextmanager
def errors_told(who: str, as_json: bool, lang: str) -> Iterator[None]:
    """Turn what the user can mend into one sentence on standard error, and the exit code it has."""
    try:
        yield
    except UsageError as error:
        fail(who, error.zh, error.en, USAGE, as_json=as_json, lang=lang)
    except InputError as error:
        # The keys and files of a scenario are English, and so are the sentences about them.
        fail(who, str(error), str(error), USAGE, as_json=as_json, lang=lang)
    except WorkerDied:
        fail(who, *_DIED, FAULT, as_json=as_json, lang=lang)
    except OSError as error:
        where = error.filename or "--out"
        zh, en = (
            f"{where} 无法写入（{error.strerror}）；请另给 --out。",
            f"{where} cannot be written ({error.strerror})",
        )
        fail(who, zh, f"{en}; give another --out.", USAGE, as_json=as_json, lang=lang)
    except KeyboardInterrupt:
        zh, en = "已中断，未留下任何文件。", "interrupted; nothing was written."
        fail(who, zh, en, INTERRUPTED, as_json=as_json, lang=lang)
