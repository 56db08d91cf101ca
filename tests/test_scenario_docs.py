"""Each built-in scenario has a page that says what is sourced and what assumed, and its tables are the files'."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from simulator.inputs.institutions import CLINIC, HOSPITAL, PHARMACY
from simulator.inputs.scenarios import list_scenarios, load_scenario

from .scenario_tables import BEGIN, END, LANGS, made, page_of

PAGES = [(name, lang) for name in list_scenarios() for lang in LANGS]


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_the_tables_of_a_page_are_those_of_the_files(name: str, lang: str) -> None:
    text = page_of(name, lang).read_text(encoding="utf-8")
    between = text.partition(BEGIN)[2].partition(END)[0].strip("\n")
    assert between == made(name, lang), "run python -m tests.scenario_tables"


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_a_page_counts_the_figures_that_no_official_text_gives(name: str, lang: str) -> None:
    """In its prose, so that a reader of the first lines is told."""
    scenario = load_scenario(name)
    prose = page_of(name, lang).read_text(encoding="utf-8").partition(BEGIN)[0]
    records = [
        record.basis.is_assumption
        for parameter in scenario.pack.parameters.values()
        for series in parameter.records.values()
        for record in series
    ]
    figures = [figure.basis.is_assumption for figure in scenario.figures.values()]
    wanted = [len(figures), sum(figures), len(records), sum(records)]
    line = next(each for each in prose.splitlines() if each.startswith(("Assumed: ", "假设：")))
    assert [int(number) for number in re.findall(r"[0-9]+", line)] == wanted


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_a_page_names_the_window_and_how_to_run_it(name: str, lang: str) -> None:
    text, scenario = page_of(name, lang).read_text(encoding="utf-8"), load_scenario(name)
    assert f"{scenario.start.isoformat()} → {scenario.end.isoformat()}" in text
    assert f".venv/bin/yidi simulate {name} " in text
    assert scenario.notice in text


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_of_jilin_counts_the_institutions_of_the_file(lang: str) -> None:
    text, network = page_of("jilin-2019", lang).read_text(encoding="utf-8"), load_scenario("jilin-2019").network
    kinds = Counter(each.kind for each in network.institutions.values())
    words = {
        "en": "stands for {} real ones: {} with beds, {} clinics and {} pharmacies",
        "zh": "代表{}家真实机构：有住院的{}家、门诊{}家、药店{}家",
    }[lang]
    assert words.format(network.one_in, kinds[HOSPITAL], kinds[CLINIC], kinds[PHARMACY]) in text
