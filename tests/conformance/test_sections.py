"""What this project proposes is judged by itself: it is in no count and no clause of the national transactions."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance import SUITES
from conformance.certificate import NoCertificate, body_of, expect_good, issue
from conformance.ci import notes, summary
from conformance.commands import run_suites
from conformance.commands import summary as console
from conformance.diffing import compared
from conformance.paper import NAME as PAPER
from conformance.report import PAGE, build_report, causes_of, write_report
from conformance.run import told
from conformance.sections import BUREAU, NATIONAL, verdict_of
from conformance.verdicts import FAIL, NOT_APPLICABLE, NOT_JUDGED, PASS
from conformance.verifying import Refused, compare, expect_follows, judged_again
from simulator.inputs.platforms import ground_of
from tests.conformance.conftest import Town, results_in
from tests.conformance.test_certificate import PERFECT, release

CHOSEN = "(test_visits and is_settled and home and inpatient) or (test_bureau and (without_approval or no_question))"
_WRONG = {"kind": "differs", "infno": "A102", "place": "/infcode", "expected": "0", "received": "-1", "line": 0}


@pytest.fixture(scope="module")
def both(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of a national case and some of the other section, with the profile ``bureau``."""
    folder = tmp_path_factory.mktemp("bureau")
    file = folder / "conformance.toml"
    file.write_text(town.file.read_text(encoding="utf-8").replace('"national"', '"bureau"'), encoding="utf-8")
    assert run_suites(str(file), folder / "evidence.ndjson", "", "-k", CHOSEN, quiet=True, suites=SUITES) == 0
    file.unlink()
    return folder


@pytest.fixture
def results(both: Path) -> dict[str, Any]:
    found: dict[str, Any] = results_in(both)
    return found


def reddened(results: dict[str, Any], section: str) -> dict[str, Any]:
    """Return results in which the first case of a section is red."""
    results = copy.deepcopy(results)
    row = next(each for each in results["cases"] if each["section"] == section)
    row |= {"verdict": FAIL, "label": "system under test", "why": {"zh": "不符合。", "en": "Not conformant."}}
    row["attempts"][0]["wrong"] = [{**_WRONG, "zh": "", "en": ""}]
    rows = [each for each in results["cases"] if not each["own"]]
    sections = {name: verdict_of(rows, name) for name in (NATIONAL, BUREAU)}
    return {**results, "verdict": FAIL, "exit": 1, "sections": sections}


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page))


def test_the_sections_of_a_certificate_do_not_mix(results: dict[str, Any]) -> None:
    body = body_of(results)
    assert results["sections"] == {NATIONAL: PASS, BUREAU: PASS}
    assert (body["counts"][PASS], body["bureau"]["counts"][PASS], body["bureau"]["verdict"]) == (1, 3, PASS)
    assert [row["id"] for row in body["bureau"]["clauses"]] == ["JS-3.1g", "JS-3.2e"]
    assert all(row["tested"] for row in body["bureau"]["clauses"])
    named = {name for row in body["clauses"] for names in row["cases"].values() for name in names}
    assert not [name for name in named if "test_bureau" in name]
    (alone,) = (row for row in body["clauses"] if row["id"] == "JS-3.2e")
    assert (alone["tested"], alone["reason"]["zh"]) == (False, "仅由局间报文一节的用例核验。")
    assert not [each for each in body["does_not_prove"] if "between bureaus" in each["en"]]


def test_a_national_certificate_says_that_the_other_section_was_not_judged(results: dict[str, Any]) -> None:
    for row in results["cases"]:
        row["verdict"] = NOT_APPLICABLE if row["section"] == BUREAU else row["verdict"]
    body = body_of({**results, "profile": NATIONAL})
    assert (body["bureau"]["verdict"], body["bureau"]["reason"]["zh"]) == (NOT_JUDGED, "规范集不是bureau。")
    assert (body["counts"][PASS], body["counts"][NOT_APPLICABLE]) == (1, 0)
    limits = [each["en"] for each in body["does_not_prove"]]
    assert "Messages between bureaus were not judged. The profile is not bureau." in limits
    assert not [each for each in limits if "test_bureau" in each]
    assert body_of(results)["bureau"]["reason"]["en"] == "No case of it applies."


def test_a_red_case_is_named_with_its_section(results: dict[str, Any]) -> None:
    red = reddened(results, BUREAU)
    with pytest.raises(NoCertificate, match=r"fail \[messages this project proposes\] test_bureau") as none:
        expect_good(red, [])
    assert "［本项目拟议的局间报文］test_bureau" in none.value.zh
    said = "\n".join([*told(red["cases"]), *notes(red), *summary(red), *console(red, none.value, Path(), "en")])
    assert said.count("[messages this project proposes]") == 5
    assert "messages this project proposes — fail: pass 2, fail 1" in said
    assert "— fail: pass 1\n" in said
    assert [each.section for each in compared(results, red).cases] == [BUREAU]
    assert [each.name for each in compared(results, red).head] == ["verdict", "sections.bureau"]


def test_causes_of_one_section_are_none_of_the_other(results: dict[str, Any]) -> None:
    red = reddened(reddened(results, BUREAU), NATIONAL)
    assert {tuple(row["section"] for row in cause.cases) for cause in causes_of(red["cases"])} == {
        (NATIONAL,),
        (BUREAU,),
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_has_the_section_apart(results: dict[str, Any], lang: str) -> None:
    ground = ground_of(results["pack"]["name"])
    page = build_report(reddened(results, BUREAU), [], ground, lang=lang)
    _, _, bureau = page.partition(f'id="{lang}-bureau"')
    cases, _, _ = page.partition(f'id="{lang}-bureau"')
    listed = text_of(cases.rpartition(f'id="{lang}-cases"')[2])
    assert "test_bureau" not in listed
    assert "test_visits.py" in listed
    shown = text_of(bureau.partition("</section>")[0])
    assert shown.count("test_bureau.py") == 3
    assert "JS-3.2e" in shown
    assert ("Not conformant" if lang == "en" else "不符合") in shown
    parts = (
        ("National transactions: ", "Messages between bureaus: ") if lang == "en" else ("国家接口交易：", "局间报文：")
    )
    assert all(part in text_of(page) for part in parts)
    for row in results["cases"]:
        row["verdict"] = NOT_APPLICABLE if row["section"] == BUREAU else PASS
    national = text_of(build_report({**results, "verdict": PASS}, [], ground, lang=lang))
    assert ("Not judged." if lang == "en" else "未判定。") in national


def test_a_bundle_of_both_is_certified_and_verified(
    both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(tmp_path, monkeypatch, PERFECT)
    write_report(both, lang="en")
    results = results_in(both)
    issued = issue(both, [row["id"] for row in results["cases"]])
    assert issued["bureau"]["verdict"] == PASS
    paper = text_of((both / PAPER).read_text(encoding="utf-8"))
    assert "Messages between bureaus, which this project proposes" in paper
    assert "本项目拟议的局间报文" in paper
    assert (both / PAGE).exists()
    expect_follows(issued, results, both)
    mixed = {**issued, "bureau": {**issued["bureau"], "counts": {**issued["bureau"]["counts"], PASS: 9}}}
    with pytest.raises(Refused, match="bureau"):
        expect_follows(mixed, results, both)
    again = judged_again(both / "evidence.ndjson", "-k", CHOSEN)
    compare(results, again)
    for alter in (_as_national, _in_the_other_section, _with_another_verdict):
        with pytest.raises(Refused):
            compare(alter(json.loads(json.dumps(results))), again)


def _as_national(results: dict[str, Any]) -> Mapping[str, Any]:
    return results | {"profile": NATIONAL}


def _in_the_other_section(results: dict[str, Any]) -> Mapping[str, Any]:
    results["cases"][0]["section"] = NATIONAL
    return results


def _with_another_verdict(results: dict[str, Any]) -> Mapping[str, Any]:
    return results | {"sections": {NATIONAL: PASS, BUREAU: NOT_JUDGED}}
