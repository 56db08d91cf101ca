"""`yidi explain`: any settlement of a result folder, step by step, computed again from the inputs kept of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import polars as pl
import typer
from rich.cells import cell_len

from simulator.core.benefit.settlement import MANUAL
from simulator.core.values.parameters import Basis
from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.outputs.console import UsageError, fail, known_language
from simulator.outputs.texts import LANGS, Say
from simulator.study.frames import Frames
from simulator.study.receipts import Shown, recomputed, worded

FINDINGS, USAGE = 1, 2
_STEP_CELLS, _AMOUNT_CELLS = 66, 14


def explain_command(
    folder: Annotated[Path, typer.Argument(help="A result folder of yidi simulate.")],
    setl_id: Annotated[str, typer.Argument(help="The settlement, as it stands in settlements.parquet.")],
    *,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="The scenario of the run, where it is a file of your own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """Explain one settlement: each step with the amounts before and after, its parameter, validity and basis."""
    try:
        known_language(lang)
        rules, shown = explained(folder, setl_id, scenario)
    except UsageError as error:
        fail("yidi explain", error.zh, error.en, USAGE, as_json=as_json, lang=lang)
    except InputError as error:
        fail("yidi explain", str(error), str(error), USAGE, as_json=as_json, lang=lang)
    if as_json:
        sys.stdout.write(orjson.dumps(document(rules, shown), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        for line in lines(Say(lang), rules, shown):
            typer.echo(line)
    if not shown.agrees:
        raise typer.Exit(FINDINGS)


def explained(folder: Path, setl_id: str, scenario: str | None = None) -> tuple[Scenario, Shown]:
    """Return a settlement of a result folder, computed again, with the scenario it rests on.

    Raises UsageError for a folder that holds no whole run, a settlement it does not have, and a scenario that is not
    the one of the run; InputError for a scenario that cannot be read.
    """
    run = _provenance(folder)
    rules = load_scenario(scenario or run.scenario, overrides=run.overrides)
    changed = sorted(name for name, digest in run.inputs.items() if rules.digests.get(name) != digest)
    if changed:
        raise UsageError(
            f"{'、'.join(changed)} 与运行时不同；请重新运行，或用 --scenario 指明当时的情景。",
            f"{', '.join(changed)} not as in the run; run it again, or name the run's scenario with --scenario.",
        )
    try:
        rows = Frames(folder).scan("settlements").filter(pl.col("setl_id") == setl_id).collect()
        if not rows.is_empty():
            return rules, recomputed(rows.row(0, named=True), Frames(folder), rules)
    except (OSError, pl.exceptions.PolarsError):
        raise _no_whole_run(folder) from None
    raise UsageError(
        f"{folder} 中没有结算 {setl_id}；编号见 settlements.parquet 的 setl_id 列。",
        f"{folder} has no settlement {setl_id}; the column setl_id of settlements.parquet lists them.",
    )


class _Run(NamedTuple):
    scenario: str
    overrides: list[str]
    inputs: Mapping[str, str]


def _provenance(folder: Path) -> _Run:
    try:
        known = orjson.loads((folder / "provenance.json").read_bytes())
        return _Run(str(known["scenario"]), list(known["overrides"]), dict(known["inputs"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise _no_whole_run(folder) from None


def _no_whole_run(folder: Path) -> UsageError:
    return UsageError(
        f"{folder} 不是完整的运行结果；请给出 yidi simulate 留下的文件夹。",
        f"{folder} is no whole result of a run; give a folder that yidi simulate left.",
    )


def lines(say: Say, scenario: Scenario, shown: Shown) -> Iterator[str]:
    """Yield the receipt as lines for people; the person is masked."""
    words = worded(say, scenario, shown)
    colon, bracketed = ("：", "（{}）") if say.lang == "zh" else (": ", " ({})")
    words = {**words, "settlement": words["setl_id"], "hospital": words["hospital"] + bracketed.format(words["level"])}
    for key in ("settlement", "person", "hospital", "way", "stay", "filing"):
        if words[key]:
            yield f"{say('receipt.' + key)}{colon}{words[key]}"
    if shown.row["kind"] == MANUAL:
        yield say("receipt.by_hand")
    if shown.row["refund"]:
        yield say("receipt.mirror", shown.row["init_setl_id"])
    yield ""
    yield _columns(say("receipt.steps"), *(say(f"receipt.{key}") for key in ("before", "amount", "after")))
    for step in words["steps"]:
        yield _columns(step["name"], step["before"], step["amount"], step["after"])
        for part in filter(None, (step["rate"], step["catalogue"])):
            yield f"    {part}"
        for used in step["used"]:
            yield f"    {used['name']}{colon}{used['value']}"
            yield f"        {used['valid']}"
            yield f"        {used['basis']}"
    yield ""
    yield say("receipt.note") if shown.agrees else say("receipt.differs")


def _columns(name: str, *amounts: str) -> str:
    padding = (" " * max(_AMOUNT_CELLS - cell_len(amount), 1) + amount for amount in amounts)
    return name + " " * max(_STEP_CELLS - cell_len(name), 1) + "".join(padding)


def document(scenario: Scenario, shown: Shown) -> Mapping[str, Any]:
    """Return the receipt as data: amounts in fen, names and bases in both languages, the person masked."""
    says = {lang: Say(lang) for lang in LANGS}
    words = {lang: worded(say, scenario, shown) for lang, say in says.items()}
    steps = [
        {
            "key": step.key,
            "before": step.before,
            "amount": step.amount,
            "after": step.after,
            "rate_basis_points": step.rate,
            **{lang: words[lang]["steps"][number] for lang in LANGS},
            "records": [
                {
                    "parameter": used.parameter.name,
                    "valid_from": used.record.valid_from,
                    "valid_to": used.record.valid_to,
                    "clause": used.record.basis.clause or None,
                    "assumption": used.record.basis.assumption or None,
                    "confidence": _confidence(scenario, used.record.basis),
                }
                for used in shown.used(step)
            ],
        }
        for number, step in enumerate(shown.receipt.steps)
    ]
    return {
        "setl_id": shown.row["setl_id"],
        "takes_back": shown.row["init_setl_id"] or None,
        "person": {lang: words[lang]["person"] for lang in LANGS},
        "agrees": shown.agrees,
        "shares": {name: shown.row[name] for name in shown.receipt.shares._fields},
        "steps": steps,
    }


def _confidence(scenario: Scenario, basis: Basis) -> str | None:
    return scenario.assumptions[basis.assumption].confidence if basis.is_assumption else None
