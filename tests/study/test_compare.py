"""Two results side by side: pairs on common random numbers, what differs in the inputs, what cannot be compared."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from typer.testing import CliRunner

import yidi
from simulator.inputs.scenarios import load_scenario
from simulator.study.changes import changes
from simulator.study.comparison import compare
from simulator.study.intervals import paired, unpaired
from simulator.study.observed import Seen
from simulator.study.reaching import Reached
from simulator.study.sides import Side, read_side
from tests.study.test_run import validator

NUMBER = 4
SMALL = ("--days", "16", "--scale", "0.0005")


class Done(NamedTuple):
    """What the command left and said."""

    folder: Path
    code: int
    found: Mapping[str, Any]


def invoke(*line: str) -> Any:
    return CliRunner().invoke(yidi.app, ["compare", *line])


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Two figures changed on one side: everybody is filed, and platforms are slower; one on both sides."""
    folder = tmp_path_factory.mktemp("changed")
    line = ["jiangsu-2016", "--set", "refusal.cash_share=0", "--set-b", "refusal.unmapped_start=0.5"]
    line += ["--set-b", "platform.latency_ms=400", *SMALL, "--replications", str(NUMBER), "--workers", "1"]
    done = invoke(*line, "--out", str(folder), "--json")
    return Done(folder, done.exit_code, json.loads(done.stdout))


def row(found: Mapping[str, Any], figure: str, part: str = "") -> Mapping[str, Any]:
    return next(each for each in found["figures"] if (each["figure"], each["part"]) == (figure, part))


def test_it_is_as_its_published_form_says(changed: Done) -> None:
    assert [error.message for error in validator("compare").iter_errors(changed.found)] == []
    assert json.loads((changed.folder / "compare.json").read_bytes()) == changed.found
    assert {path.name for path in changed.folder.iterdir()} == {"compare.json", "compare.html", "a", "b"}
    assert (changed.folder / "a" / "report.html").exists()


@pytest.mark.parametrize(
    "change",
    [{"paired": None}, {"stand": -1}, {"format": "yidi/compare/2"}, {"figures": [{}]}, {"a": {}}, {"made_at": "today"}],
)
def test_a_wrong_comparison_is_refused_by_its_form(changed: Done, change: dict[str, Any]) -> None:
    assert not validator("compare").is_valid({**changed.found, **change})


def test_what_differs_in_the_inputs_is_told_with_its_basis(changed: Done) -> None:
    told = {each["key"]: each for each in changed.found["inputs"]["changes"]}
    assert told.keys() == {"refusal.unmapped_start", "platform.latency_ms"}
    slow = told["platform.latency_ms"]
    assert (slow["a"], slow["b"], slow["basis_a"], slow["basis_b"]) == ("20", "400", "A-PLATFORM", "A-USER")
    assert changed.found["inputs"]["known"]
    assert changed.found["inputs"]["files"] == []


def test_differences_are_those_of_the_tables_pair_by_pair(changed: Done) -> None:
    """The rate of each replication counted again from the stays of both folders."""

    def rates(side: str) -> Sequence[float]:
        stays = pl.read_parquet(changed.folder / side / "stays.parquet")
        stays = stays.filter(pl.col("discharged_at").is_not_null() & (pl.col("scheme") != "ncms"))
        return [
            float((rows["outcome"] == "direct").mean())  # type: ignore[arg-type]
            for _, rows in stays.filter(~pl.col("cross_province")).group_by("run", maintain_order=True)
        ]

    expected, told = paired(rates("a"), rates("b")), row(changed.found, "rate")
    assert told["observations"] == NUMBER
    assert told["difference"] == round(expected.mean, 6) < 0
    assert (told["low"], told["high"]) == (round(expected.low or 0, 6), round(expected.high or 0, 6))


def test_common_random_numbers_leave_what_a_change_does_not_touch_exactly_alike(changed: Done) -> None:
    same = row(changed.found, "discharges")
    assert (same["difference"], same["low"], same["high"], same["stands"]) == (0, 0, 0, False)
    duties = row(changed.found, "duties_kept")
    assert duties["difference"] == duties["low"] == duties["high"] == 0


def test_a_change_that_is_sure_stands_and_is_a_finding(changed: Done) -> None:
    slower = row(changed.found, "latency_p50", "2401")
    assert slower["low"] > 0
    assert slower["stands"]
    assert changed.found["stand"] >= 1
    assert changed.code == 1


def test_the_folders_say_the_same_as_the_scenarios(changed: Done, tmp_path: Path) -> None:
    done = invoke(str(changed.folder / "a"), str(changed.folder / "b"), "--out", str(tmp_path), "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    for part in ("figures", "targets", "inputs", "paired", "stand"):
        assert found[part] == changed.found[part], part


def test_a_folder_and_itself_do_not_differ(changed: Done, tmp_path: Path) -> None:
    folder = str(changed.folder / "a")
    done = invoke(folder, folder, "--out", str(tmp_path), "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["stand"], found["inputs"]["changes"]) == (0, [])
    assert {each["difference"] for each in found["figures"]} == {0}
    assert {(each["only_a"], each["only_b"]) for each in found["targets"]} == {(0, 0)}


def test_the_page_is_whole_and_small_and_asks_nobody(changed: Done) -> None:
    page = (changed.folder / "compare.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 5_000_000
    for text in ("What differs in the inputs", "输入有何不同", "refusal.unmapped_start", "A-USER", "共同随机数"):
        assert text in page
    assert "default-src 'none'" in page
    assert "src=" not in page.split("<script")[0]


def test_both_languages_are_told_on_the_console(changed: Done, tmp_path: Path) -> None:
    line = [str(changed.folder / side) for side in ("a", "b")]
    for lang, words in (("en", "Differences are taken pair by pair"), ("zh", "差异逐次配对计算")):
        assert words in invoke(*line, "--out", str(tmp_path), "--lang", lang).stdout


# --- what cannot be compared, or only apart


def edited(folder: Path, target: Path, **changes: Any) -> Path:
    """A copy of a result folder with other members in its summary."""
    shutil.copytree(folder, target)
    path = target / "summary.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changes}))
    return target


@pytest.mark.parametrize(
    ("changes_", "word"),
    [
        ({"window": {"from": "2016-05-24", "to": "2016-06-15"}}, "window"),
        ({"scenario": {"id": "x", "zh": "x", "en": "x", "notice": "other"}}, "notice"),
        ({"scale": 0.5}, "scale"),
    ],
)
def test_another_notice_window_or_scale_is_refused(
    changed: Done, tmp_path: Path, changes_: dict[str, Any], word: str
) -> None:
    other = edited(changed.folder / "b", tmp_path / "other", **changes_)
    done = invoke(str(changed.folder / "a"), str(other), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert f"another {word}" in done.stderr
    assert not (tmp_path / "out").exists()


def test_another_seed_is_compared_unpaired_and_said(changed: Done, tmp_path: Path) -> None:
    other = edited(changed.folder / "b", tmp_path / "other", seed=2)
    done = invoke(str(changed.folder / "a"), str(other), "--out", str(tmp_path / "out"))
    assert "other seeds, so that nothing can be paired" in done.stdout.replace("\n", " ")
    found = json.loads((tmp_path / "out" / "compare.json").read_bytes())
    assert found["paired"] is False
    assert {each["only_a"] for each in found["targets"]} == {None}
    assert [error.message for error in validator("compare").iter_errors(found)] == []
    assert row(found, "rate")["difference"] == pytest.approx(row(changed.found, "rate")["difference"], abs=2e-6)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (["jiangsu-2016"], "both sides are the same"),
        (["jiangsu-2016", "jiangsu-2016"], "both sides are the same"),
        (["jiangsu-2016", "--set-b", "filing.rate=1"], "filing.rate"),
        (["jiangsu-2016", "--set-b", "end=2016-12-30"], "another window"),
        (["jiangsu-2016", "."], "a result folder is compared with another"),
        ([".", "."], "no whole result"),
        ([".", ".", "--days", "3"], "compared as they are"),
        (["jiangsu-2016", "--set-b", "filing.rate_end=0.8", "--replications", "0"], "--replications 0"),
        (["jiangsu-2016", "--set-b", "filing.rate_end=0.8", "--scale", "2"], "--scale 2"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    line: list[str], word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = invoke(*line)
    assert done.exit_code == 2
    assert word in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# --- hand-made sides


SUMMARY = {
    "scenario": {"id": "s", "zh": "s", "en": "s", "notice": "n"},
    "window": {"from": "2016-05-24", "to": "2016-12-31"},
    "scale": 1,
    "seed": 1,
    "targets": [{"id": "t", "by": "2016-12-31", "measure": "rate"}],
    "checks": {"findings": 0, "invariants": {}},
}


def made(waits: Sequence[int], met: Sequence[bool], **changes_: Any) -> Side:
    provenance = {"replications": len(waits), "overrides": [], "yidi": "1", "inputs": {}}
    seen = [Seen(run, "wait_median", "", wait) for run, wait in enumerate(waits)]
    reached = [Reached(run, "t", "", each, None, None) for run, each in enumerate(met)]
    return Side("s", {**SUMMARY, **changes_}, provenance, seen, reached, None)


def test_pairs_worked_out_by_hand() -> None:
    """Waits 10, 20, 30 and 11, 22, 33: differences 1, 2, 3 of mean 2, error 1/sqrt(3), t(2) = 4.3027: −0.48 to 4.48."""
    found = compare(made([10, 20, 30], [True, False, True]), made([11, 22, 33, 99], [True, True, True, True]))
    (wait,), (chance,) = found["figures"], found["targets"]
    assert (found["paired"], found["replications"]) == (True, 3)
    assert (wait["a"], wait["b"], wait["difference"], wait["sd"]) == (20, 22, 2, 1)
    assert (wait["low"], wait["high"]) == (-0.48, 4.48)
    assert (chance["a"]["met"], chance["b"]["met"], chance["b"]["observations"]) == (2, 3, 3)
    assert (chance["only_a"], chance["only_b"]) == (0, 1)


def test_other_seeds_use_all_replications_of_both() -> None:
    found = compare(made([1, 2, 3], [True] * 3), made([2, 3, 7, 8], [True] * 4, seed=9))
    expected = unpaired([1, 2, 3], [2, 3, 7, 8])
    assert found["figures"][0]["difference"] == expected.mean == 3
    assert found["figures"][0]["low"] == round(expected.low or 0, 2)


def test_one_replication_gives_no_interval_and_no_judgement() -> None:
    found = compare(made([10], [True]), made([90], [False]))
    assert {found["figures"][0][name] for name in ("sd", "low", "high", "p")} == {None}
    assert (found["figures"][0]["difference"], found["stand"]) == (80, 0)
    assert found["targets"][0]["a"]["low"] is None


def test_a_single_replication_is_read_from_its_summary(tmp_path: Path) -> None:
    line = ["simulate", "jiangsu-2016", "--days", "8", "--scale", "0.0003", "--out", str(tmp_path / "a")]
    assert CliRunner().invoke(yidi.app, line).exit_code == 0
    side = read_side("a", tmp_path / "a")
    assert (side.replications, side.clean) == (1, True)
    assert {each.city for each in side.reached} > {"", "every", "320100"}
    assert side.scenario is not None


# --- what differs in the inputs


def test_every_kind_of_input_is_seen_to_differ() -> None:
    before = load_scenario("jiangsu-2016")
    factors = "{ " + ", ".join(f"{city} = 1" for city in before.network.registry.cities) + " }"
    after = load_scenario("jiangsu-2016", overrides=[f"filing.city_factor={factors}", "duty.training.late=1"])
    target = dataclasses.replace(before.targets[1], value=6000)
    after = dataclasses.replace(after, targets=(before.targets[0], target))
    told = {(each.kind, each.key): (each.a, each.b) for each in changes(before, after)}
    assert told["figure", "filing.city_factor.320300"] == ("0.9", "1")
    assert ("figure", "filing.city_factor.320600") not in told  # 1.00 before
    assert told["target", "settlement-rate"] == (">= 50% 2016-12-31", ">= 60% 2016-12-31")
    assert told["target", "ministry-link"][1] is None
    assert any(kind == "duty" and key.endswith(".late") for kind, key in told)
    assert changes(before, before) == []
