"""``load.json`` and what is made of it: its published form, masked messages, the page, JUnit."""

from __future__ import annotations

import dataclasses
import json
import re
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hdrh.histogram import HdrHistogram
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

from simulator.outputs.texts import LANGS, Say
from simulator.traffic.document import document, dumps, provenance_of, shown
from simulator.traffic.figures import band_us, figures_of, times
from simulator.traffic.junit import junit
from simulator.traffic.limits import judge_limits, read_profile
from simulator.traffic.measuring import Measured
from simulator.traffic.plots import plots
from simulator.traffic.report import SECTIONS, build_report
from simulator.traffic.verdict import decide
from tests.traffic.made import MS, counts_of, measured, money, second, seen, steady
from tests.traffic.test_verdict import FOUND, WRONG, late

BODY = b'{"infno":"2304","input":{"data":{"psn_no":"32010012345678901234","certno":"990101198001011234"}}}'
HELD = {"rate": 10.0, "repeat": 1, "state": "held", "requests": 60.0, "completed": 60.0, "p50": 5000, "p99": 9000}
SLOW = {**HELD, "rate": 20.0, "state": "broken", "p99": 3_000_000, "why": {"zh": "慢", "en": "slow"}}
STEPS = [{**HELD, "why": None}, SLOW]
CLIMBED = {"held": 10.0, "requests": 60.0, "spread": 0.0, "repeats": [10.0], "by_generator": False, "steps": STEPS}


def made(run: Measured | None = None, **told: Any) -> dict[str, Any]:
    run, profile = run or steady(), read_profile("national")
    figures = figures_of(run)
    limits = judge_limits(profile, figures, told.get("money"))
    verdict = decide(figures, limits, findings=told.get("findings", ()), money=told.get("money"))
    asked = {"scenario": "s", "settings": [], "rate": 10.0, "seconds": 20.0, "compress": 1.0, "scale": 1.0}
    asked |= {"arrivals": "poisson", "day": "2017-02-03", "city": "", "side": ""}
    asked |= {"workers": 1, "connections": 4, "wait_seconds": 60.0}
    target = {"name": {"zh": "江苏省", "en": "Jiangsu"}, "url": "http://127.0.0.1:1", "role": "province"}
    target |= {"code": "320000", "pack": "jiangsu-2016"}
    rests = provenance_of(schedule="a" * 64, scenario="s", inputs={"x.toml": "b" * 64}, seed=1, take=1, profile=profile)
    return document(
        figures, verdict, limits, asked=asked, target=target, provenance=rests, profile=profile, sampled=9, **told
    )


def validator() -> Any:
    text = (files("schemas") / "files" / "load.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))


WHOLE = {
    "money": WRONG,
    "findings": [FOUND._replace(request=BODY, reply=BODY)],
    "examples": [
        seen("unknown", "timed-out", BODY),
        seen("malformed", "status: 500", BODY, b"<html>990101198001011234"),
    ],
    "capacity": CLIMBED,
}


@pytest.mark.parametrize("told", [{}, {"money": money()}, WHOLE], ids=["bare", "money", "whole"])
def test_the_document_is_of_its_published_form(told: dict[str, Any]) -> None:
    text = dumps(made(**told))
    assert [error.message for error in validator().iter_errors(json.loads(text))] == []


def test_the_published_form_refuses_what_is_not_said_in_it() -> None:
    for changed in ({"speed": 1}, {"seconds": "2"}, {"format": "yidi/load/2"}):
        assert not validator().is_valid(made() | changed)


def test_times_are_those_of_the_histogram_that_stands_beside_them() -> None:
    told = times(counts_of(*range(1 * MS, 1001 * MS, MS)))
    theirs = HdrHistogram.decode(told["hdr"].encode())
    assert (told["count"], told["p99"]) == (1000, theirs.get_value_at_percentile(99))
    assert (told["p99_9"], told["max"]) == (theirs.get_value_at_percentile(99.9), theirs.get_max_value())
    assert abs(told["mean"] - 500_500) < 500
    assert abs(told["deviation"] - 288_675) < 500
    assert [value for _, value in told["curve"]] == sorted(value for _, value in told["curve"])
    assert told["curve"][-1] == [99.9, told["max"]]


def test_bands_hold_every_time_of_a_second() -> None:
    run = measured([second(0, 0, 1, 900, 5 * MS, 59_000 * MS)])
    (row,) = figures_of(run)["line"]
    assert sum(count for _, count in row["bands"]) == row["count"] == 5
    low, high = band_us(row["bands"][-1][0])
    assert low <= 59_000 * MS <= high


def test_nobody_is_told_of_by_name_or_number() -> None:
    text = dumps(made(**WHOLE)).decode() + build_report(made(**WHOLE), lang="zh")
    assert "990101198001011234" not in text
    assert "32010012345678901234" not in text
    assert "990*************34" in text
    assert shown(b"not json 990101198001011234 at all") == "not json 990*************34 at all"


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_says_the_verdict_first_and_has_every_section_in_both_languages(lang: str) -> None:
    page = build_report(made(**WHOLE), lang=lang)
    assert len(page) < 5_000_000
    assert page.index("资金对不上") < page.index('id="zh-limit"')
    for each in LANGS:
        for section in SECTIONS:
            assert f'id="{each}-{section}"' in page
    assert "http://" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL).replace("http://127.0.0.1:1", "")
    assert build_report(made(**WHOLE), lang=lang) == page


def test_void_percentiles_are_struck_out() -> None:
    assert "voided" in build_report(made(late(steady())), lang="en").partition('id="en-lat"')[2]
    assert 'class="scroll stack voided"' not in build_report(made(), lang="en")


def test_a_run_of_nothing_has_a_page_too() -> None:
    page = build_report(made(measured([])), lang="en")
    assert 'data-chart="' not in page


def test_charts_stay_small_however_long_a_run_is() -> None:
    run = measured([second(number, *[5 * MS + number * 40] * 3) for number in range(3000)])
    for each in LANGS:
        charts = plots(Say(each), made(run))
        assert charts.keys() == {"curve", "line", "flight", "heat"}
        assert len(json.dumps(charts)) < 400_000
    assert "climb" in plots(Say("en"), made(capacity=CLIMBED))


def test_junit_has_a_case_for_every_limit_with_its_basis() -> None:
    text = junit(made(dataclasses.replace(steady(ms=3500)), money=WRONG, findings=[FOUND]))
    (suite,) = Xml.fromstring(text)
    cases = {case.get("name"): case for case in suite}
    assert suite.get("failures") == "4"
    assert cases["money"].find("failure") is not None
    assert cases["trial-p99"].find("skipped") is not None
    (clause,) = cases["money"].iter("property")
    assert (clause.get("name"), clause.get("value")) == ("clause", "P75-41")
    assert cases["generator keeps up"].find("error") is None
