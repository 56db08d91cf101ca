"""The report page: one offline file, both languages, nothing personal, nothing executed, the same bytes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html.parser
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from simulator.core.values.parameters import Basis, Parameter, Record, Tier
from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.outputs.receipts import Footing, Used, worded_basis, worded_value
from simulator.outputs.texts import Say
from simulator.study.figures import _kaplan_meier_median, figures, months_between
from simulator.study.frames import Frames
from simulator.study.receipts import chosen
from simulator.study.report import SECTIONS, build_report
from simulator.study.run import Options, simulate

MOST_BYTES = 5_000_000
DAYS = 40
CHARTS = {"coverage", "rate_grid", "rate_bars", "reasons", "reason_months", "days", "advanced", "flow", "balance"}


class Left(NamedTuple):
    """What a run left, and the page it wrote."""

    scenario: Scenario
    folder: Path
    summary: Mapping[str, Any]
    provenance: Mapping[str, Any]

    @property
    def page(self) -> str:
        return (self.folder / "report.html").read_text(encoding="utf-8")

    def build(self, **changes: Any) -> str:
        """Build the page again, with other words in scenario or summary."""
        given = {"scenario": self.scenario, "summary": self.summary, "lang": "en", **changes}
        return build_report(
            given["scenario"], given["summary"], self.provenance, Frames(self.folder), lang=given["lang"]
        )


def ran(folder: Path, scale: float, days: int) -> Left:
    scenario = load_scenario("jiangsu-2016")
    scenario = scenario.shortened(days)
    simulate(scenario, Options(scale=scale, seed=1, check_all=True), folder)
    read = [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("summary", "provenance")]
    return Left(scenario, folder, *read)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Left:
    return ran(tmp_path_factory.mktemp("tiny"), 0.001, DAYS)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Left:
    return ran(tmp_path_factory.mktemp("empty"), 1e-9, 2)


class Page(html.parser.HTMLParser):
    """Reads a page into its elements, its scripts and the text of each view."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._inside = ""
        self._view = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")
        self._view = dict(attrs).get("data-view") or self._view

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._view and data.strip():
            self.texts.setdefault(self._view, []).append(data.strip())

    def attributes(self, name: str) -> list[str]:
        return [value for _, attrs in self.tags for key, value in attrs.items() if key == name and value]

    def words(self, lang: str) -> str:
        return "\n".join(self.texts[lang])

    @property
    def data(self) -> Any:
        return json.loads(self.scripts[0])


def test_the_page_asks_nobody_for_anything(tiny: Left) -> None:
    page = Page(tiny.page)
    assert not [tag for tag, _ in page.tags if tag in {"link", "img", "iframe", "object", "embed", "base", "form"}]
    assert not page.attributes("src")
    assert all(address.startswith("#") for address in page.attributes("href"))
    assert "default-src 'none'" in page.attributes("content")[0]
    styles = re.findall(r"<style>(.*?)</style>", tiny.page, re.DOTALL)
    assert styles
    assert not any(mark in style for style in styles for mark in ("url(", "@import", "://"))


def test_the_library_stands_in_it_once_and_the_page_is_small(tiny: Left) -> None:
    assert tiny.page.count("window.vegaEmbed=") == 1
    assert len(tiny.page.encode()) < MOST_BYTES


def test_the_page_does_not_grow_with_the_run(tiny: Left, empty: Left) -> None:
    assert len(tiny.page) - len(empty.page) < 200_000


def test_both_languages_have_every_section_and_chart(tiny: Left) -> None:
    page = Page(tiny.page)
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {f"{lang}-{name}" for lang in ("zh", "en") for name in SECTIONS} <= set(ids)
    assert set(page.data["charts"]["zh"]) == set(page.data["charts"]["en"]) == CHARTS | {"latency"}
    assert sorted(page.attributes("data-chart")) == sorted([*CHARTS, "latency"] * 2)
    assert set(page.attributes("data-view")) == set(page.attributes("data-show")) == {"zh", "en"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_language_asked_for_is_shown_first(tiny: Left, lang: str) -> None:
    page = Page(tiny.build(lang=lang))
    views = [attrs for tag, attrs in page.tags if attrs.get("data-view")]
    assert [attrs["data-view"] for attrs in views if "hidden" not in attrs] == [lang]
    assert page.tags[0][1]["lang"] == {"zh": "zh-CN", "en": "en"}[lang]


def test_the_first_paragraphs_answer(tiny: Left) -> None:
    page, rate = Page(tiny.page), tiny.summary["rate"]
    english, chinese = page.words("en"), page.words("zh")
    assert f"of {rate['discharges']} discharges" in english
    assert f"{rate['rate']:.2%}" in english
    assert "did not reach the 50% line" in english
    assert "全省联网结算率未达到50%的目标" in chinese
    assert "before the date of the target, 31 October 2016" in english
    assert "直接结算 ÷（直接结算 ＋ 手工报销 ＋ 尚未支付）" in chinese


def test_targets_say_in_words_what_became_of_them(tiny: Left) -> None:
    english = Page(tiny.page).words("en")
    assert english.count("not yet due") == 4  # the window ends before every date
    assert all(target["clause"] in english for target in tiny.summary["targets"])


def test_a_window_that_reaches_the_dates_keeps_or_misses(tiny: Left) -> None:
    targets = [dict(target, by="2016-06-30", verdict="missed") for target in tiny.summary["targets"]]
    targets[0] |= {"kept": True, "verdict": "kept"}
    english = Page(tiny.build(summary={**tiny.summary, "targets": targets})).words("en")
    assert "All 55 pooling areas were connected" in english
    assert english.count("missed") == 3


def test_a_scenario_without_a_rate_to_reach(tiny: Left) -> None:
    english = Page(tiny.build(summary={**tiny.summary, "targets": []})).words("en")
    assert "a settlement rate of" in english
    assert "50% line" not in english


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ((0.6, 0.7), "every month from May 2016 on"),
        ((0.4, 0.7), "every month from June 2016 on"),
        ((0.7, 0.4), "some months reached it"),
        ((0.1, 0.4), "no month reached it"),
    ],
)
def test_months_are_told_against_the_line(tiny: Left, rates: Sequence[float], said: str) -> None:
    months = [dict(row, rate=rate) for row, rate in zip(tiny.summary["by_month"], rates, strict=False)]
    assert said in Page(tiny.build(summary={**tiny.summary, "by_month": months})).words("en")


def test_an_empty_result_has_a_page(empty: Left) -> None:
    page = Page(empty.page)
    assert "No cross-city stay of basic insurance ended in the window" in page.words("en")
    assert "窗口内没有直接结算，因此没有收据。" in page.words("zh")
    assert set(page.data["charts"]["en"]) == {"coverage"}
    assert "None" not in page.words("en")


def test_the_same_inputs_give_the_same_bytes(tiny: Left, tmp_path: Path) -> None:
    script = (
        "import dataclasses, json, sys, datetime as dt; from pathlib import Path\n"
        "from simulator.inputs.scenarios import load_scenario\n"
        "from simulator.study.report import build_report\n"
        "from simulator.study.frames import Frames\n"
        "folder = Path(sys.argv[1]); scenario = load_scenario('jiangsu-2016')\n"
        f"scenario = scenario.shortened({DAYS})\n"
        "read = [json.loads((folder / f'{name}.json').read_text()) for name in ('summary', 'provenance')]\n"
        "Path(sys.argv[2]).write_text(build_report(scenario, *read, Frames(folder), lang='en'), encoding='utf-8')\n"
    )
    other = tmp_path / "other.html"
    surroundings = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York", "LC_ALL": "C.UTF-8"}
    subprocess.run([sys.executable, "-c", script, tiny.folder, other], check=True, env=surroundings)
    assert other.read_text(encoding="utf-8") == tiny.build() == tiny.page


def test_hostile_words_are_shown_and_not_executed(tiny: Left) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    named = {**tiny.summary, "scenario": {**tiny.summary["scenario"], "zh": evil, "en": evil, "notice": evil}}
    registry = tiny.scenario.network.registry
    cities = dict.fromkeys(registry.cities, (evil, evil))
    network = dataclasses.replace(tiny.scenario.network, registry=registry._replace(cities=cities))
    assumptions = {key: each._replace(zh=evil, en=evil) for key, each in tiny.scenario.assumptions.items()}
    scenario = dataclasses.replace(tiny.scenario, network=network, assumptions=assumptions, settings=(evil,))
    page = Page(tiny.build(scenario=scenario, summary=named))
    assert len(page.scripts) == 3
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert not page.attributes("onerror")
    assert "alert(1)" not in page.scripts[1] + page.scripts[2]
    assert evil in page.data["titles"]["en"]


def test_nobody_is_named(tiny: Left) -> None:
    """All visits of this run are kept whole: every name stands in its messages, every number there or in the table."""
    bodies = pl.read_parquet(tiny.folder / "messages.parquet")["body"].to_list()
    fields = "psn_no|certno|psn_name|mdtrt_cert_no|tel|brdy|opter_name|bilg_dr_name|atddr_name"
    found = {value for body in bodies for value in re.findall(rf'"(?:{fields})":"([^"]+)"', body)}
    found |= set(pl.read_parquet(tiny.folder / "settlements.parquet")["psn_no"].to_list())
    page = tiny.page
    assert len(found) > 100
    assert [value for value in found if value in page] == []


def test_broken_cases_are_told_without_numbers(tiny: Left) -> None:
    number = str(pl.read_parquet(tiny.folder / "settlements.parquet")["psn_no"][0])
    checks = {**tiny.summary["checks"], "findings": 1, "cases": [f"1101 H1 /certno: {number} is not known"]}
    english = Page(tiny.build(summary={**tiny.summary, "checks": checks})).words("en")
    assert "Something is wrong" in english
    assert number not in english
    assert f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}" in english


def test_an_unknown_reason_is_shown_by_its_code(tiny: Left) -> None:
    reasons = [*tiny.summary["reasons"], {"reason": "brand_new", "stays": 1, "bill": 100}]
    assert "brand new" in Page(tiny.build(summary={**tiny.summary, "reasons": reasons})).words("zh")


def test_the_receipt_agrees_and_has_its_lines(tiny: Left) -> None:
    shown = chosen(Frames(tiny.folder), tiny.scenario)
    assert shown[0].agrees
    assert shown[0].lines
    assert sum(line.amount for line in shown[0].lines) == shown[0].row["medfee_sumamt"]
    page = Page(tiny.page).words("en")
    assert shown[0].row["setl_id"] in page
    assert "assumption A-" in page
    assert Say("en").yuan(shown[0].row["fund_pay_sumamt"]) in page


def test_a_receipt_that_differs_is_said_to(tiny: Left, tmp_path: Path) -> None:
    for file in tiny.folder.glob("*.parquet"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    table = pl.read_parquet(tmp_path / "settlements.parquet")
    table.with_columns(hifp_pay=pl.col("hifp_pay") + 1).write_parquet(tmp_path / "settlements.parquet")
    page = build_report(tiny.scenario, tiny.summary, tiny.provenance, Frames(tmp_path), lang="en")
    assert "differs from the table" in page


def used(rule: str, unit: str, value: Any) -> Used:
    record = Record(value, dt.date(2016, 1, 1), None, Basis(assumption="A-X"))
    return Used(rule, Parameter("p", unit, "参数", "parameter", {"*": (record,)}), record)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (used("deductible", "yuan", 90_000), "900.00 yuan"),
        (used("bonus", "ratio", 400), "4 percentage points"),
        (used("other", "ratio", 400), "4%"),
        (used("repeat_factors", "ratios", (10_000, 5_000, 0)), "100%, 50%, 0%"),
        (
            used("tiers", "tiers", (Tier(0, 100_000, 6000), Tier(100_000, None, 7000))),
            "60% from 0.00 to 1,000.00 yuan, 70% above 1,000.00 yuan",
        ),
        (used("account_use", "flag", False), "no"),
        (used("unfiled", "text", "manual"), "manual"),
        (used("wait", "count", 60), "60"),
    ],
)
def test_values_are_worded_after_their_unit(given: Used, said: str) -> None:
    assert worded_value(Say("en"), given) == said


def test_a_clause_is_quoted(tiny: Left) -> None:
    said = worded_basis(Say("en"), Basis(clause="JS-2.4"), Footing("", tiny.scenario.assumptions))
    assert said.startswith("clause JS-2.4: Each city shall reach")


def test_the_figures_add_up_to_the_summary(tiny: Left) -> None:
    found = figures(Frames(tiny.folder), tiny.scenario.start, tiny.scenario.end)
    advanced, rate = tiny.summary["advanced"], tiny.summary["rate"]
    assert sum(found.reasons_by_month.values()) == advanced["stays"]
    assert sum(found.advanced_by_month.values()) == advanced["bill"]
    assert sum(paid for _, paid, _ in found.waits.bins) == rate["manual"]
    assert sum(waiting for _, _, waiting in found.waits.bins) == rate["not_yet_paid"]
    assert sum(cell.discharges for cell in found.cells if not cell.city) == rate["discharges"]
    assert sum(found.flow.values()) == sum(
        line["collects"] for sheet in tiny.summary["clearing"] for line in sheet["lines"]
    )
    assert sum(queue.hops for queue in found.queues) < tiny.summary["messages"]["hops"]


def test_months_of_a_window() -> None:
    assert months_between(dt.date(2016, 11, 30), dt.date(2017, 1, 1)) == ["2016-11", "2016-12", "2017-01"]


@pytest.mark.parametrize(
    ("by_day", "median"),
    [
        ([(10, 1, 0), (20, 1, 0), (30, 1, 0), (40, 1, 0)], 20),
        ([(5, 0, 2), (10, 1, 0), (20, 1, 0)], 10),
        ([(10, 1, 0), (15, 0, 3)], None),
        ([], None),
    ],
)
def test_the_median_counts_those_still_waiting(by_day: Sequence[tuple[int, int, int]], median: int | None) -> None:
    assert _kaplan_meier_median(by_day) == median
