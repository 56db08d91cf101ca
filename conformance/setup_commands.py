"""The commands before and after a run: ``yidi init``, ``yidi doctor``, ``yidi data export``, ``yidi diff``.

Exit codes: 0 good, 1 findings, 2 usage or configuration, 3 the target cannot be reached.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from conformance.commands import demo_city, expect_demo
from conformance.diffing import Differences, compared, run_at
from conformance.doctor import FAIL, NAMES, OK, OPEN, WARN, Check, examined
from conformance.export import DryRunFailed, exported, written
from conformance.initial import initial
from conformance.reference import DEMOS, NoReference
from conformance.sections import tag
from conformance.verdicts import WORDS
from simulator.inputs.errors import InputError
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import read_subject
from simulator.outputs.console import UsageError, fail, known_language
from simulator.outputs.files import write_whole
from simulator.sandbox.clock import machine
from simulator.sandbox.parties import CITY

_USAGE, _FAULT = 2, 4
_CONFIG = Path("conformance.toml")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Lang = Annotated[str, typer.Option("--lang", help="zh or en.")]


def init_command(
    *,
    out: Annotated[Path, typer.Option("--out", help="The file to write.")] = _CONFIG,
    role: Annotated[str, typer.Option("--role", help="city, hospital or province.")] = "city",
    code: Annotated[str, typer.Option("--code", help="Area of the city or province, or number of the hospital.")] = "",
    url: Annotated[str, typer.Option("--url", help="Where it is called from below.")] = "http://127.0.0.1:8080",
    pack: Annotated[str, typer.Option("--pack", help="The policy pack it claims to run.")] = "jiangsu-2023",
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Write a configuration of a system under test, with a comment on every key; ask nothing."""
    try:
        known_language(lang)
        if out.exists() and not force:
            raise UsageError(f"{out} 已存在；以 --force 覆盖，或另选 --out。", f"{out} is there already; add --force.")
        code = code or DEMOS.get(role, DEMOS[CITY])
        text = initial(str(out), role=role, code=code, url=url, pack=pack, lang=lang)
        _expect_readable(text, pack)
        write_whole(out, text.encode())
    except UsageError as error:
        fail("yidi init", error.zh, error.en, _USAGE, as_json=as_json, lang=lang)
    except InputError as error:
        fail("yidi init", str(error), str(error), _USAGE, as_json=as_json, lang=lang)
    except OSError as error:
        zh = f"{out} 无法写入（{error.strerror}）。"
        fail("yidi init", zh, f"{out} cannot be written ({error.strerror}).", _USAGE, as_json=as_json, lang=lang)
    said = {"zh": f"已写入 {out}；下一步：yidi doctor -c {out}", "en": f"wrote {out}; next: yidi doctor -c {out}"}
    typer.echo(f'{{"file": "{out}"}}' if as_json else said[lang])


def _expect_readable(text: str, pack: str) -> None:
    """Refuse options that the file could not hold; raises InputError as reading the file would."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "conformance.toml"
        file.write_text(text, encoding="utf-8")
        try:
            read_subject(file)
        except InputError as error:
            option = "--" + error.key.rpartition(".")[2]
            raise InputError(option, "", error.problem, error.cure) from None
    if "/" not in pack:
        ground_of(pack)


def doctor_command(
    *,
    config: Annotated[Path, typer.Option("-c", "--config", help="The system under test.")] = _CONFIG,
    demo: Annotated[bool, typer.Option("--demo", help="Examine the bundled reference.")] = False,
    role: Annotated[str, typer.Option("--role", help="With --demo: which reference: city, province, hospital.")] = CITY,
    as_json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Say whether configuration, network, clock, keys, hooks and callback are right, before anything is judged."""
    try:
        known_language(lang)
        expect_demo(role, demo=demo)
    except UsageError as error:
        fail("yidi doctor", error.zh, error.en, _USAGE, as_json=as_json, lang=lang)
    try:
        with demo_city(role=role) if demo else contextlib.nullcontext(config) as file:
            found = examined(file)
    except NoReference as error:
        fail("yidi doctor", f"参考系统无法启动：{error}", str(error), _FAULT, as_json=as_json, lang=lang)
    if as_json:
        checks = [check._asdict() for check in found.checks]
        typer.echo(orjson.dumps({"exit": found.code, "checks": checks}, option=orjson.OPT_INDENT_2).decode())
    else:
        for check in found.checks:
            _say_check(check, lang)
    raise typer.Exit(found.code)


_MARK = {OK: "✓", WARN: "!", FAIL: "✗", OPEN: "–"}
_CHECK_ZH = dict(zip(NAMES, ("配置", "监听", "网络", "密钥", "时钟", "政策包", "钩子", "回调"), strict=True))


def _say_check(check: Check, lang: str) -> None:
    chinese = lang == "zh"
    name = f"{_CHECK_ZH[check.name]:\u3000<4}" if chinese else f"{check.name:<14}"
    typer.echo(f"{_MARK[check.status]} {name}{check.zh if chinese else check.en}")
    if check.cure_en:
        typer.echo(f"  → {check.cure_zh if chinese else check.cure_en}")


data_app = typer.Typer(help="The invented people of a run.", no_args_is_help=True)


@data_app.callback()
def _data() -> None:
    """Data of a run, for a city that loads them by hand."""


@data_app.command("export")
def data_export_command(
    arguments: Annotated[list[str] | None, typer.Argument(help="for pytest, as the run will be given them: -k …")] = (
        None
    ),
    *,
    config: Annotated[Path, typer.Option("-c", "--config", help="The system under test.")] = _CONFIG,
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.")] = Path("out/data"),
    seed: Annotated[str, typer.Option("--seed", help="The seed the run will have.")] = "1",
    date: Annotated[str, typer.Option("--date", help="The day the run will be on, 2026-12-01; today without.")] = "",
    as_json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Write the people, filings and institutions of a run that will be: NDJSON, and one Excel file."""
    try:
        known_language(lang)
        subject = read_subject(config)
        found = exported(subject, ground_of(subject.pack), seed, _day(date), *(arguments or ()))
        names = written(found, out)
    except UsageError as error:
        fail("yidi data export", error.zh, error.en, _USAGE, as_json=as_json, lang=lang)
    except InputError as error:
        fail("yidi data export", str(error), str(error), _USAGE, as_json=as_json, lang=lang)
    except DryRunFailed as error:
        zh = f"用例无法空跑（{error}）。"
        fail("yidi data export", zh, f"the suites cannot be run dry ({error}).", _FAULT, as_json=as_json, lang=lang)
    counts = {kind: len(rows) for kind, rows in found._asdict().items()}
    if as_json:
        typer.echo(orjson.dumps({"folder": str(out), "files": names, **counts}).decode())
        return
    zh = f"{counts['people']}人，{counts['filings']}条备案，{counts['institutions']}家机构：{out}"
    en = f"{counts['people']} people, {counts['filings']} filings, {counts['institutions']} institutions: {out}"
    typer.echo(zh if lang == "zh" else en)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if text else machine().date()
    except ValueError:
        zh, en = f"--date {text} 不是日期；如 2026-12-01。", f"--date {text} is no day; write 2026-12-01."
        raise UsageError(zh, en) from None


def diff_command(
    before: Annotated[Path, typer.Argument(help="A folder of yidi certify, or its results.json.")],
    after: Annotated[Path, typer.Argument(help="Another one.")],
    *,
    as_json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Compare two runs: what they ran with, and which cases came to something else, and why. Exit 1 on differences."""
    try:
        known_language(lang)
        found = compared(run_at(before), run_at(after))
    except UsageError as error:
        fail("yidi diff", error.zh, error.en, _USAGE, as_json=as_json, lang=lang)
    except InputError as error:
        fail("yidi diff", str(error), str(error), _USAGE, as_json=as_json, lang=lang)
    if as_json:
        typer.echo(orjson.dumps(found.told(), option=orjson.OPT_INDENT_2).decode())
    else:
        for line in _compared(found, lang):
            typer.echo(line)
    raise typer.Exit(1 if any(found) else 0)


def _compared(found: Differences, lang: str) -> Iterator[str]:
    """Yield the differences as lines for people."""
    chinese = lang == "zh"
    if not any(found):
        yield "两次运行相同。" if chinese else "The two runs are the same."
    for head in found.head:
        yield f"{head.name}: {head.before or '–'} → {head.after or '–'}"
    for case in found.cases:
        sides = (WORDS[each][0 if chinese else 1] if each else "–" for each in (case.before, case.after))
        yield f"{' → '.join(sides)}  {tag(case._asdict(), lang)}{case.id}"
        if case.en:
            yield f"    {case.zh if chinese else case.en}"
