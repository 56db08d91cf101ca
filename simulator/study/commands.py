"""`yidi simulate`: run a scenario, print the table by city, leave a result folder.

Exit codes: 0 good, 1 findings (an invariant broken, a message against its schema), 2 usage or a bad scenario,
4 fault of the tool, 130 interrupted.
"""

from __future__ import annotations

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
from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.outputs.console import UsageError, city_table, fail, known_language, target_lines
from simulator.study.run import Options, Result, simulate

FINDINGS, USAGE, INTERRUPTED = 1, 2, 130
_LINE_EVERY_SECONDS = 60


def simulate_command(
    scenario: Annotated[str, typer.Argument(help="A built-in scenario, such as jiangsu-2016, or the path of one.")],
    *,
    scale: Annotated[float, typer.Option("--scale", help="Share of the real number of stays, above 0 up to 1.")] = 0.01,
    days: Annotated[int | None, typer.Option("--days", help="Stop after this many days.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed; the scenario's own by default.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE: another value for one figure; may be repeated.")
    ] = None,
    check: Annotated[str, typer.Option("--check", help="sample (one visit in a hundred) or all.")] = "sample",
    calibration: Annotated[str, typer.Option("--calibration", help="A measured platform, for platform.*.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Result folder; out/SCENARIO by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """Simulate a scenario and leave tables, a summary and a report."""
    with _errors_told(as_json, lang):
        settings = list(overrides or [])
        _check_usage(scale, days, check, lang)
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
        )
        folder = out or Path("out") / loaded.id
        with _progress(loaded, quiet=as_json) as advance:
            result = simulate(loaded, options, folder, advance)
        _report(result, loaded, as_json, lang)
    if not result.clean:
        raise typer.Exit(FINDINGS)


def _check_usage(scale: float, days: int | None, check: str, lang: str) -> None:
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


@contextmanager
def _progress(scenario: Scenario, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal and a line a minute elsewhere, on standard error."""
    total = (scenario.end - scenario.start).days + 1
    if sys.stderr.isatty() and not quiet:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} d"))
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(scenario.id, total=total)
            yield lambda done: bar.update(task, completed=done)
        return
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _LINE_EVERY_SECONDS:
            told = time.monotonic()
            typer.echo(f"yidi simulate: day {done} of {total}", err=True)

    yield tell


@contextmanager
def _errors_told(as_json: bool, lang: str) -> Iterator[None]:
    """Turn what the user can mend into one sentence on standard error, and the exit code it has."""
    try:
        yield
    except UsageError as error:
        fail("yidi simulate", error.zh, error.en, USAGE, as_json=as_json, lang=lang)
    except InputError as error:
        # The keys and files of a scenario are English, and so are the sentences about them.
        fail("yidi simulate", str(error), str(error), USAGE, as_json=as_json, lang=lang)
    except OSError as error:
        where = error.filename or "--out"
        zh, en = (
            f"{where} 无法写入（{error.strerror}）；请另给 --out。",
            f"{where} cannot be written ({error.strerror})",
        )
        fail("yidi simulate", zh, f"{en}; give another --out.", USAGE, as_json=as_json, lang=lang)
    except KeyboardInterrupt:
        zh, en = "已中断，未留下任何文件。", "interrupted; nothing was written."
        fail("yidi simulate", zh, en, INTERRUPTED, as_json=as_json, lang=lang)
