"""What is printed on a console: the table by city, the targets, and what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import orjson
import typer
from rich.table import Table

from simulator.core.values.money import yuan

_COLUMNS = {
    "zh": ("参保市", "出院", "直接结算", "手工报销", "尚未支付", "联网结算率"),
    "en": ("insured city", "discharges", "direct", "manual", "not yet paid", "settlement rate"),
}
_TITLE = {"zh": "跨市住院联网结算率，出院日 {0} 至 {1}", "en": "Cross-city inpatient settlement, discharged {0} to {1}"}
_PER_CENT = {"zh": "%", "en": " %"}
_ALL = {"zh": "全省", "en": "province"}
_VERDICT = {
    "zh": {"kept": "达到", "missed": "未达到", "open": "未到期", "uncounted": "无可统计"},
    "en": {
        "kept": "kept",
        "missed": "missed",
        "open": "not yet due",
        "uncounted": "nothing to count",
    },
}


class UsageError(ValueError):
    """What a user asked that cannot be done, said in one sentence in each language."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def known_language(lang: str) -> None:
    """Raise UsageError for a language other than zh and en."""
    if lang not in {"zh", "en"}:
        raise UsageError(f"--lang {lang} 无效；应为 zh 或 en。", f"--lang {lang} is not known; use zh or en.")


def speak_utf8() -> None:
    """Let both standard streams speak UTF-8 whatever the locale says; a sign they cannot write is replaced."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def fail(who: str, zh: str, en: str, code: int, *, as_json: bool, lang: str) -> NoReturn:
    """Say one sentence on standard error, with ``as_json`` one document on standard output, and leave with ``code``."""
    if as_json:
        error = {"error": {"zh": zh, "en": en, "exit_code": code}}
        sys.stdout.write(orjson.dumps(error, option=orjson.OPT_INDENT_2).decode() + "\n")
    typer.echo(f"{who}: {zh if lang == 'zh' else en}", err=True)
    raise typer.Exit(code) from None


def city_table(summary: Mapping[str, Any], lang: str) -> Table:
    """Return the settlement rate by city of insurance, with the window it was counted in, and beside the target's."""
    window = summary["window"]
    line = next((target["value"] for target in summary["targets"] if target["measure"] == "rate"), None)
    table = Table(title=_TITLE[lang].format(window["from"], window["to"]))
    wanted = () if line is None else (f"{100 * line:g}{_PER_CENT[lang]}",)
    for number, column in enumerate((*_COLUMNS[lang], *wanted)):
        table.add_column(column, justify="right" if number else "left")
    for row in summary["by_city"]:
        table.add_row(*_cells(row[lang], row, line))
    table.add_section()
    table.add_row(*_cells(_ALL[lang], summary["rate"], line))
    return table


def _reached(target: Mapping[str, Any]) -> str:
    return target["reached_on"] or _share(target["reached"])


def target_lines(summary: Mapping[str, Any], lang: str) -> Sequence[str]:
    """Return a line for each target, the money patients had to advance, and what was checked."""
    lines = [
        f"{target['clause']}  {target[lang]}  {_reached(target)}  {_VERDICT[lang][target['verdict']]}"
        for target in summary["targets"]
    ]
    advanced, checks = summary["advanced"], summary["checks"]
    broken = sum(each["broken"] for each in checks["invariants"].values())
    checked = sum(each["checked"] for each in checks["invariants"].values())
    if lang == "zh":
        lines += [
            f"患者垫付 {yuan(advanced['bill'])} 元，{advanced['stays']} 人次，"
            f"报销等待中位数 {advanced['days_median']} 天",
            f"不变量检查 {checked} 次，违反 {broken} 次；"
            f"报文校验 {checks['messages_checked']} 条，问题 {checks['findings']} 个",
        ]
    else:
        lines += [
            f"patients advanced {yuan(advanced['bill'])} yuan in {advanced['stays']} stays,"
            f" median wait {advanced['days_median']} days",
            f"{checked} invariant checks, {broken} broken;"
            f" {checks['messages_checked']} messages checked, {checks['findings']} findings",
        ]
    return lines


def _cells(name: str, row: Mapping[str, Any], line: float | None) -> Sequence[str]:
    rate = row["rate"]
    marks = () if line is None else ("" if rate is None else "✓" if rate >= line else "✗",)
    return (
        name,
        *(str(row[field]) for field in ("discharges", "direct", "manual", "not_yet_paid")),
        _share(rate),
        *marks,
    )


def _share(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.2%}"
