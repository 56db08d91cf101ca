"""`yidi compare`: two scenarios on common random numbers, or two result folders, side by side.

Exit codes: 0 no difference stands, 1 findings (one stands, or a run broke checks of its own), 2 usage, a bad scenario
or results that cannot be compared, 4 fault of the tool, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.outputs.console import UsageError
from simulator.outputs.files import filled_whole
from simulator.outputs.texts import Say
from simulator.study.commands import (
    FINDINGS,
    check_replications,
    check_usage,
    days_of,
    errors_told,
    processors,
    progress_shown,
)
from simulator.study.compare_page import build_page, lead
from simulator.study.comparison import compare
from simulator.study.reaching import RATES
from simulator.study.run import Options, Study, fill
from simulator.study.sides import Side, hold_comparable, read_side
from simulator.study.wording import interval, named, number

_WHO = "yidi compare"


def compare_command(
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario (built-in or path), or a result folder.")],
    b: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The other; the same scenario as A by default.")
    ] = None,
    *,
    both: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE: another value of one figure on both sides.")
    ] = None,
    set_a: Annotated[list[str] | None, typer.Option("--set-a", help="KEY=VALUE on side A only.")] = None,
    set_b: Annotated[list[str] | None, typer.Option("--set-b", help="KEY=VALUE on side B only.")] = None,
    scale: Annotated[
        float | None, typer.Option("--scale", help="Share of the real number of stays; 0.01 by default.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", help="Stop after this many days.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of both; that of scenario A by default.")] = None,
    replications: Annotated[
        int | None, typer.Option("--replications", help="How often each is played; 10 by default.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Worker processes; as many as processors by default.")
    ] = None,
    check: Annotated[
        str | None, typer.Option("--check", help="sample (one visit in a hundred, the default) or all.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the result; out/compare by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """Compare two scenarios, or two result folders: paired differences with their intervals, targets side by side."""
    with errors_told(_WHO, as_json, lang):
        check_usage(0.01 if scale is None else scale, days, check or "sample", lang)
        check_replications(1 if replications is None else replications, workers)
        folder = out or Path("out") / "compare"
        given = (both, set_a, set_b, scale, days, seed, replications, workers, check)
        if _is_result(a) or (b is not None and _is_result(b)):
            found, sides = _folders(a, b, any(each is not None for each in given), folder, lang)
        else:
            settings = [(*(both or []), *own) for own in (set_a or [], set_b or [])]
            scenarios = _scenarios((a, b or a), settings, days)
            options = [
                Options(
                    scale=0.01 if scale is None else scale,
                    seed=scenarios[0].seed if seed is None else seed,
                    check_all=check == "all",
                    lang=lang,
                    overrides=each,
                    replications=10 if replications is None else replications,
                    workers=workers or processors(),
                )
                for each in settings
            ]
            found, sides = _played(scenarios, options, folder, quiet=as_json)
        _tell(found, sides, folder, as_json, lang)
    if found["stand"] or not found["clean"]:
        raise typer.Exit(FINDINGS)


Compared = tuple[Mapping[str, Any], Sequence[Side]]


def _is_result(name: str) -> bool:
    return Path(name).is_dir()


def _folders(a: str, b: str | None, given: bool, folder: Path, lang: str) -> Compared:
    """Compare two result folders; raises UsageError where one is a scenario, or where options are for playing."""
    if b is None or not (_is_result(a) and _is_result(b)):
        raise UsageError(
            "一个结果文件夹只能与另一个结果文件夹比较；请给出两个文件夹，或两个情景。",
            "a result folder is compared with another; give two folders, or two scenarios.",
        )
    if given:
        raise UsageError(
            "比较结果文件夹时不运行情景，只接受 --out、--json 和 --lang；请去掉其他选项。",
            "folders are compared as they are, only --out, --json and --lang apply; leave the other options out.",
        )
    sides = [read_side(name, Path(name)) for name in (a, b)]
    hold_comparable(*sides)
    with filled_whole(folder) as made:
        return _written(sides, made, lang), sides


def _scenarios(names: tuple[str, str], settings: Sequence[tuple[str, ...]], days: int | None) -> Sequence[Scenario]:
    """Read both scenarios; raises UsageError where nothing would differ, or where they cannot be compared."""
    if names[0] == names[1] and settings[0] == settings[1]:
        raise UsageError(
            "两边完全相同，没有可比较的；请给出另一个情景，或用 --set-b KEY=VALUE 改变一边的一个数值。",
            "both sides are the same; name another scenario, or change one figure on one side with --set-b KEY=VALUE.",
        )
    loaded = [load_scenario(name, overrides=own) for name, own in zip(names, settings, strict=True)]
    found = [each if days is None else each.shortened(days) for each in loaded]
    hold_comparable(*(_as_summary(each) for each in found))
    return found


def _as_summary(scenario: Scenario) -> Side:
    """Return what is known of a side before it is played, to be held against the other."""
    summary = {
        "scenario": {"notice": scenario.notice},
        "window": {"from": scenario.start.isoformat(), "to": scenario.end.isoformat()},
        "scale": 1,
    }
    return Side(scenario.id, summary, {}, (), (), scenario)


def _played(scenarios: Sequence[Scenario], options: Sequence[Options], folder: Path, *, quiet: bool) -> Compared:
    """Play both scenarios together and leave their results in ``a`` and ``b`` beside the comparison."""
    total = sum(days_of(each) for each in scenarios) * options[0].replications
    what = " / ".join(dict.fromkeys(each.id for each in scenarios))
    with (
        filled_whole(folder) as made,
        filled_whole(folder / "a") as first,
        filled_whole(folder / "b") as second,
        progress_shown(_WHO, what, total, quiet=quiet) as advance,
    ):
        studies = [Study(*each) for each in zip(scenarios, options, (first, second), strict=True)]
        fill(studies, options[0].workers, advance)
        names = _names(scenarios, options)
        sides = [read_side(name, each.folder, each.scenario) for name, each in zip(names, studies, strict=True)]
        return _written(sides, made, options[0].lang), sides


def _names(scenarios: Sequence[Scenario], options: Sequence[Options]) -> Sequence[str]:
    """Return what to call the sides: their scenarios, and with the same twice what is set on one side only."""
    if scenarios[0].id != scenarios[1].id:
        return [each.id for each in scenarios]
    mine, other = (list(one.overrides) for one in options)
    own = [[each for each in mine if each not in other], [each for each in other if each not in mine]]
    return [" ".join([each.id, *settings]) for each, settings in zip(scenarios, own, strict=True)]


def _written(sides: Sequence[Side], made: Path, lang: str) -> Mapping[str, Any]:
    found = compare(*sides)
    (made / "compare.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    (made / "compare.html").write_text(build_page(found, *sides, lang=lang), encoding="utf-8")
    return found


# -- on the console ---------------------------------------------------------------------------------------------------

_SHOWN = {(name, "") for name in ("rate", "advanced", "wait_median", "cleared", "duties_kept")}
_SHOWN |= {("money", "fund_pay_sumamt")}
_HEADS = {
    "zh": ("结果", "甲", "乙", "差异", "95%区间", "成立"),
    "en": ("figure", "A", "B", "difference", "95 %", "stands"),
}


def _tell(found: Mapping[str, Any], sides: Sequence[Side], folder: Path, as_json: bool, lang: str) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    say, console = Say(lang), Console()
    for each in ("a", "b"):
        console.print(f"{say(f'compare.side_{each}')}  {found[each]['name']}", soft_wrap=True, markup=False)
    for change in found["inputs"]["changes"]:
        line = f"{change['key']}: {change['a']} → {change['b']}"
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    console.print(_table(say, found))
    targets = sides[0].summary["targets"]
    goal = next((target for target in targets if target["measure"] in RATES), None)
    for line in lead(say, found, goal):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    said = {"zh": "比较页", "en": "page"}[lang]
    console.print(f"{said}: {folder / 'compare.html'}", soft_wrap=True, markup=False)


def _table(say: Say, found: Mapping[str, Any]) -> Table:
    table = Table()
    for place, head in enumerate(_HEADS[say.lang]):
        table.add_column(head, justify="right" if place else "left")
    for row in found["figures"]:
        if (row["figure"], row["part"]) in _SHOWN:
            unit = row["unit"]
            told = [number(say, row[side], unit) for side in ("a", "b")]
            told += [number(say, row["difference"], unit, signed=True), interval(say, row, unit, signed=True)]
            table.add_row(named(say, row["figure"], row["part"], {}, {}), *told, "✓" if row["stands"] else "–")
    return table
