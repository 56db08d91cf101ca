"""`yidi backtest`: one schedule live and simulated, and how far the prediction was off.

Exit codes: 0 within the aims, 1 beyond them, and those of `yidi load` where the live run is none to compare with.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from simulator.inputs.calibrations import read_calibration
from simulator.outputs.console import UsageError, known_language
from simulator.outputs.texts import Say
from simulator.traffic import console
from simulator.traffic.backtest import Error, errors, predict
from simulator.traffic.commands import errors_told, how_of
from simulator.traffic.limits import read_profile, seconds_of
from simulator.traffic.run import leave, run, told_of
from simulator.traffic.verdict import INTERRUPTED, UNREACHABLE, VOID
from simulator.traffic.wanted import Wanted, opened

_WHO, _BEYOND = "yidi backtest", 1


def backtest_command(  # noqa: PLR0917  # options of a command are all positional to it
    schedule: Annotated[Path | None, typer.Argument(help="A schedule kept by yidi load --save-schedule.")] = None,
    calibration: Annotated[str, typer.Option("--calibration", help="What yidi load --calibrate has written.")] = "",
    target: Annotated[str, typer.Option("--target", help="Address of the platform; it knows the people already.")] = "",
    config: Annotated[str, typer.Option("-c", "--config", help="The platform's conformance.toml.")] = "",
    demo: Annotated[bool, typer.Option("--demo", help="A sandbox started for it.")] = False,
    scenario: Annotated[str, typer.Option("--scenario", help="Whose traffic: built-in name or path.")] = "",
    rate: Annotated[float | None, typer.Option("--rate", help="Visits a second.")] = None,
    duration: Annotated[float | None, typer.Option("--duration", help="Seconds in which visits arrive.")] = None,
    compress: Annotated[float | None, typer.Option("--compress", help="How many times faster than life (10).")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed; the scenario's own by default.")] = None,
    take: Annotated[int, typer.Option("--take", min=1, help="Which playing: other people and numbers.")] = 1,
    day: Annotated[str, typer.Option("--day", help="Day that messages bear; today, or the demo's own.")] = "",
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that send.")] = 1,
    connections: Annotated[int, typer.Option("--connections", min=1, max=20_000, help="At most so many.")] = 256,
    wait: Annotated[float, typer.Option("--wait", help="Seconds after which an answer is given up.")] = 60.0,
    out: Annotated[Path, typer.Option("--out", help="Result folder of the live run.")] = Path("out/backtest"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """Predict a load run by a calibration, play it, and say how far the prediction was off."""
    with errors_told(_WHO, as_json, lang):
        known_language(lang)
        if not calibration:
            words = "--calibration FILE"
            raise UsageError(f"请用 {words} 指明校准文件。", f"name the calibration to predict by: {words}.")
        measured = read_calibration(calibration)
        how = how_of(workers, connections, wait, take, day, demo=demo)
        wanted = Wanted(target, config, demo, scenario, schedule, rate, duration, compress, seed)
        with opened(wanted) as (plan, reached):
            with console.progress(Say(lang), quiet=as_json) as told:
                ran = run(plan, reached, how, told=told)
            made = told_of(ran, read_profile("national"), how)
            leave(out, made, ran, lang=lang)
        found = errors(predict(ran.prepared.scripts, measured, plan), ran.figures)
    _tell(found, made, as_json=as_json, lang=lang)
    if made["verdict"]["name"] in {VOID, UNREACHABLE, INTERRUPTED}:
        raise typer.Exit(made["verdict"]["exit"])
    raise typer.Exit(0 if all(each.kept for each in found) else _BEYOND)


def _tell(found: tuple[Error, ...], made: dict[str, Any], *, as_json: bool, lang: str) -> None:
    say = Say(lang)
    if as_json:
        rows = [{**each._asdict(), "kept": each.kept} for each in found]
        document = {"verdict": made["verdict"], "rates": made["rates"], "errors": rows}
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    table = Table(title=say("back.title", f"{made['rates']['requests']:.4g}"))
    for number, key in enumerate(("figure", "predicted", "measured", "error", "aim")):
        table.add_column(say(f"back.{key}"), justify="right" if number else "left")
    for each in found:
        values = (
            [f"{each.predicted:.4g}/s", f"{each.measured:.4g}/s"]
            if each.name == "throughput"
            else [seconds_of(each.predicted), seconds_of(each.measured)]
        )
        aim = "–" if each.aim is None else f"±{each.aim:.0%} {'✓' if each.kept else '✗'}"
        table.add_row(say(f"back.{each.name}"), *values, f"{each.error:+.1%}", aim)
    Console().print(table)
    for line in list(console.lines(made, say))[:2]:
        Console().print(line, soft_wrap=True, markup=False, highlight=False)
