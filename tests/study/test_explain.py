"""Any settlement of a run can be explained, to the fen, in both languages."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import yidi
from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.receipt import receipt
from simulator.core.benefit.rules import Circumstance, YearSoFar
from simulator.core.benefit.settlement import Inputs
from simulator.inputs.packs import load_pack
from simulator.inputs.scenarios import load_scenario
from simulator.outputs.console import UsageError
from simulator.outputs.texts import Say
from simulator.study.explain import document, explained, lines
from simulator.study.frames import Frames
from simulator.study.receipts import Shown, recomputed
from simulator.study.run import Options, simulate

RUN = CliRunner()
SETTINGS = ("filing.rate_end=0.9",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenario = load_scenario("jiangsu-2016", overrides=SETTINGS).shortened(90)
    place = tmp_path_factory.mktemp("run")
    return simulate(scenario, Options(0.001, 1, overrides=SETTINGS), place).folder


def settlements(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "settlements.parquet")


def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_every_settlement_is_what_its_receipt_says(folder: Path) -> None:
    scenario = load_scenario("jiangsu-2016", overrides=SETTINGS)
    rows = settlements(folder).to_dicts()
    assert {row["kind"] for row in rows} == {"direct", "manual"}
    for row in rows:
        shown = recomputed(row, Frames(folder), scenario)
        assert shown.agrees, row["setl_id"]
        assert not shown.lines or sum(line.amount for line in shown.lines) == row["medfee_sumamt"]


def test_a_receipt_names_step_amounts_parameter_validity_basis_and_confidence(folder: Path) -> None:
    row = settlements(folder).filter((pl.col("kind") == "direct") & (pl.col("act_pay_dedc") > 0)).row(0, named=True)
    english = RUN.invoke(yidi.app, ["explain", str(folder), row["setl_id"]])
    assert english.exit_code == 0
    deductible = f"{row['act_pay_dedc'] // 100:,}.{row['act_pay_dedc'] % 100:02d}"
    (line,) = [line for line in english.stdout.splitlines() if line.startswith("less the deductible")]
    assert line.split()[-2] == deductible
    assert "in force 2016-01-01 to 2017-12-31" in english.stdout
    assert "(confidence " in english.stdout
    assert row["psn_no"] not in english.stdout
    chinese = RUN.invoke(yidi.app, ["explain", str(folder), row["setl_id"], "--lang", "zh"]).stdout
    assert "减：起付标准" in chinese
    assert chinese.startswith(f"结算编号：{row['setl_id']}\n")
    assert deductible in chinese
    assert "可信度" in chinese


def test_a_claim_paid_by_hand_says_so_and_a_direct_settlement_does_not(folder: Path) -> None:
    for kind, said in (("direct", 0), ("manual", 1)):
        row = settlements(folder).filter(pl.col("kind") == kind).row(0, named=True)
        for lang, words in (("en", "Reimbursed by hand"), ("zh", "手工报销：病人先付清")):
            told = RUN.invoke(yidi.app, ["explain", str(folder), row["setl_id"], "--lang", lang])
            assert told.stdout.count(words) == said


def test_the_receipt_as_json_has_fen_and_both_languages(folder: Path) -> None:
    row = settlements(folder).filter(pl.col("kind") == "direct").row(0, named=True)
    told = RUN.invoke(yidi.app, ["explain", str(folder), row["setl_id"], "--json"])
    receipt = json.loads(told.stdout)
    assert receipt["agrees"]
    assert receipt["shares"]["psn_cash_pay"] == row["psn_cash_pay"]
    steps = {step["key"]: step for step in receipt["steps"]}
    assert steps["cash"]["amount"] == row["psn_cash_pay"]
    assert steps["fund"]["amount"] == row["fund_pay_sumamt"]
    (tiers, *_) = steps["basic"]["records"]
    assert tiers["parameter"].startswith("benefit.")
    assert (tiers["clause"] is None) != (tiers["assumption"] is None)
    assert row["psn_no"] not in told.stdout


STAY = Circumstance("320300", "390", "15", "tertiary", "other_temporary", dt.date(2023, 5, 4), identities=("poor",))
CHRONIC = STAY._replace(care="chronic", disease="M07800")
WORKER = STAY._replace(insutype="310", psn_type="11", identities=("civil_servant", "enterprise"))
NEW_STEPS = {
    "large": ("大额医疗费用补助支付", "large amount pays"),
    "civil": ("公务员医疗补助支付", "the civil servants' supplement pays"),
    "enterprise": ("企业补充医疗保险支付", "the enterprise supplement pays"),
    "second": ("大病保险支付", "critical-illness insurance pays"),
    "aid": ("医疗救助支付", "medical aid pays"),
    "family": ("家庭共济账户支付", "from the family's accounts"),
}


@pytest.mark.parametrize(
    ("where", "steps", "care"),
    [
        (STAY, ("second", "aid", "family"), ("本年已结算1次住院", "1 stays settled earlier")),
        (
            CHRONIC,
            ("second", "aid", "family"),
            ("门诊慢特病 M07800，2023-05-04结算", "disease M07800, settled on 2023-05-04"),
        ),
        (WORKER, ("large", "civil", "enterprise", "family"), ("本年已结算1次住院", "1 stays settled earlier")),
    ],
    ids=["stay", "chronic", "worker"],
)
def test_the_steps_of_the_funds_that_apply_are_shown_and_no_others(where: Any, steps: Any, care: Any) -> None:
    pack = load_pack("jiangsu-2023")
    scenario = dataclasses.replace(load_scenario("jiangsu-2016"), pack=pack, assumptions=pack.assumptions)
    inputs = Inputs(where, ClassTotals(0, 500, 0, 60_000_000), YearSoFar(stays=1), 0, True, 0, 7_000)
    paper = receipt(pack, inputs)
    head = dict.fromkeys(("psn_no", "setl_id", "hospital", "insured_area", "treatment_city", "init_setl_id"), "X")
    row = {**head, "kind": "direct", "refund": False, "begin": where.day, "end": where.day, **paper.shares._asdict()}
    shown = Shown(row, inputs, paper, (), True)
    for number, lang in enumerate(("zh", "en")):
        said = "\n".join(lines(Say(lang), scenario, shown))
        assert [key for key, words in NEW_STEPS.items() if words[number] in said] == [
            key for key in NEW_STEPS if key in steps
        ]
        assert care[number] in said
    told = document(scenario, shown)
    records = {step["key"]: step["records"] for step in told["steps"]}
    for key in steps:
        assert records[key][0]["parameter"].startswith("benefit.")
        assert records[key][0]["valid_from"] == dt.date(2023, 1, 1)
        assert records[key][0]["confidence"] in {"C", "D", "R"}


def test_a_row_that_takes_one_back_is_explained_by_the_original(folder: Path, tmp_path: Path) -> None:
    place = copy(folder, tmp_path)
    row = settlements(place).filter(pl.col("kind") == "direct").row(0, named=True)
    first = explained(place, row["setl_id"])[1].receipt.shares
    mirror = {**row, **first.negated()._asdict(), "refund": True, "setl_id": "MIRROR", "init_setl_id": row["setl_id"]}
    pl.concat([settlements(place), pl.DataFrame([mirror], schema=settlements(place).schema)]).write_parquet(
        place / "settlements.parquet"
    )
    told = RUN.invoke(yidi.app, ["explain", str(place), "MIRROR"])
    assert told.exit_code == 0
    assert f"takes settlement {row['setl_id']} back" in told.stdout


def test_a_row_that_was_changed_is_a_finding(folder: Path, tmp_path: Path) -> None:
    place = copy(folder, tmp_path)
    row = settlements(place).row(0, named=True)
    spoilt = settlements(place).with_columns(psn_cash_pay=pl.col("psn_cash_pay") + 1)
    spoilt.write_parquet(place / "settlements.parquet")
    told = RUN.invoke(yidi.app, ["explain", str(place), row["setl_id"]])
    assert (told.exit_code, "differs from the table" in told.stdout) == (1, True)


def test_what_cannot_be_explained_is_one_sentence_and_exit_code_2(folder: Path, tmp_path: Path) -> None:
    for arguments, hint in (
        ([str(folder), "NOBODY"], "has no settlement NOBODY"),
        ([str(tmp_path), "X"], "is no whole result of a run"),
        ([str(folder), "X", "--lang", "fr"], "zh or en"),
        ([str(folder), "X", "--scenario", "nowhere"], "nowhere"),
    ):
        told = RUN.invoke(yidi.app, ["explain", *arguments])
        assert (told.exit_code, told.stdout, told.stderr.count("\n")) == (2, "", 1), arguments
        assert hint in told.stderr


def test_a_scenario_that_changed_since_the_run_is_refused(folder: Path, tmp_path: Path) -> None:
    place = copy(folder, tmp_path)
    provenance = json.loads((place / "provenance.json").read_text("utf-8"))
    name = next(iter(provenance["inputs"]))
    provenance["inputs"][name] = "0" * 64
    (place / "provenance.json").write_text(json.dumps(provenance), encoding="utf-8")
    with pytest.raises(UsageError, match=f"{name} not as in the run"):
        explained(place, settlements(place)["setl_id"][0])


@pytest.mark.parametrize("broken", ["provenance.json", "settlements.parquet", "stays.parquet"])
@pytest.mark.parametrize("how", ["gone", "half", "other"])
def test_a_folder_that_is_not_whole_is_one_sentence(folder: Path, tmp_path: Path, broken: str, how: str) -> None:
    place = copy(folder, tmp_path)
    setl_id = settlements(place)["setl_id"][0]
    file = place / broken
    content = file.read_bytes()
    file.unlink()
    if how != "gone":
        file.write_bytes(content[: len(content) // 2] if how == "half" else b"[]")
    told = RUN.invoke(yidi.app, ["explain", str(place), setl_id])
    assert (told.exit_code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert "is no whole result of a run" in told.stderr
