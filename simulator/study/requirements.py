"""`yidi requirements`: every row of the notices, where it is simulated and checked, and how a run stands with it.

Exit codes: 0 good, 1 a row with neither code nor reason, or a row a run has broken, 2 usage.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from schemas.requirements import Requirement, load_requirements
from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import load_scenario
from simulator.outputs.console import UsageError, fail, known_language
from simulator.study.coverage import Covered, coverage_of, notices
from simulator.study.obligations import BROKEN, notice_of

FINDINGS, USAGE = 1, 2
_WORDS = {
    "zh": {
        "columns": ("条目", "类型", "要求", "模拟", "数据检查", "用例", "本次运行"),
        "count": "{0}条：模拟{1}，按数据检查{2}，按报文检查{3}，说明理由{4}",
        "kept": "做到",
        "broken": "未做到",
        "warned": "提示",
        "open": "未到期",
        "not_seen": "未出现",
    },
    "en": {
        "columns": ("row", "kind", "what", "simulated", "on data", "suites", "this run"),
        "count": "{0} rows: {1} simulated, {2} checked on data, {3} on messages, {4} with a reason",
        "kept": "kept",
        "broken": "broken",
        "warned": "warned",
        "open": "open",
        "not_seen": "not seen",
    },
}


def requirements_command(
    *,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="Only the rows of the notice that a scenario is about.")
    ] = None,
    result: Annotated[
        Path | None, typer.Option("--result", help="A result folder: how that run stands with each row.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """List the obligations of the two notices: where each is simulated and checked, or why not."""
    try:
        known_language(lang)
        standings = _standings(result) if result is not None else {}
        found = coverage_of(_rows(scenario, standings))
    except UsageError as error:
        fail("yidi requirements", error.zh, error.en, USAGE, as_json=as_json, lang=lang)
    except InputError as error:
        fail("yidi requirements", str(error), str(error), USAGE, as_json=as_json, lang=lang)
    told = [{**each.told(), "standing": standings.get(each.row.id)} for each in found]
    if as_json:
        document = {"counts": counts(found), "rows": told}
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(found, standings, lang)
    broken = any(each["verdict"] == BROKEN for each in standings.values())
    if broken or any(not is_covered(each) for each in found):
        raise typer.Exit(FINDINGS)


def is_covered(each: Covered) -> bool:
    """Tell whether a row has code, or a reason why it has none."""
    return bool(each.simulated or each.checked or each.suites or each.row.links.reason)


def counts(found: Sequence[Covered]) -> Mapping[str, int]:
    """Return how many rows there are, and how many are simulated, checked on data, on messages, and have a reason."""
    return {
        "rows": len(found),
        "simulated": sum(bool(each.simulated) for each in found),
        "checked": sum(bool(each.checked) for each in found),
        "suites": sum(bool(each.suites) for each in found),
        "with_reason": sum(each.row.links.reason is not None for each in found),
    }


def _rows(scenario: str | None, standings: Mapping[str, Any]) -> Sequence[Requirement]:
    rows = load_requirements().rows
    if scenario is not None:
        document = notice_of(load_scenario(scenario))
        return [row for row in rows.values() if row.document == document]
    return [rows[row] for row in standings] if standings else notices()


def _standings(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        known = orjson.loads((folder / "summary.json").read_bytes())["obligations"]
        return {each["row"]: each for each in known}
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{folder} 不是完整的运行结果；请给出 yidi simulate 留下的文件夹。",
            f"{folder} is no whole result of a run; give a folder that yidi simulate left.",
        ) from None


def _print(found: Sequence[Covered], standings: Mapping[str, Mapping[str, Any]], lang: str) -> None:
    words = _WORDS[lang]
    columns = words["columns"] if standings else words["columns"][:-1]
    table = Table(*columns)
    for each in found:
        table.add_row(*_cells(each, standings, words, lang))
    Console().print(table)
    typer.echo(str(words["count"]).format(*counts(found).values()))


def _cells(
    each: Covered, standings: Mapping[str, Mapping[str, Any]], words: Mapping[str, Any], lang: str
) -> Iterator[str]:
    yield each.row.id
    yield "".join(each.row.kind)
    yield each.row.text.zh if lang == "zh" else each.row.text.en
    for names in (each.simulated, each.checked, each.suites):
        yield str(len(names)) if names else "-"
    if standings:
        standing = standings.get(each.row.id)
        yield f"{words[standing['verdict']]} {standing['kept']}/{standing['cases']}" if standing else ""
