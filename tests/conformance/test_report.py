"""The report says what was wrong with both sides, masks people, and holds everything it needs."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import orjson
import pytest

from conformance.certificate import body_of
from conformance.ci import notes, summary, tell
from conformance.evidence import HOOK, TO, Line, checked
from conformance.paper import build_paper
from conformance.receipting import settlements
from conformance.report import causes_of, write_report
from conformance.transcripts import curl, transcript
from simulator.inputs.platforms import ground_of

CASE = "test_visits.py::test_a_visit_is_settled[away-inpatient]"


def lines_of(folder: Path, case: str = CASE) -> list[Line]:
    return [line for line in checked((folder / "evidence.ndjson").read_bytes(), "") if line.case == case]


def wrong_at(line: int, place: str = "/output/setlinfo/hifp_pay") -> dict[str, Any]:
    return {
        "kind": "differs",
        "infno": "2304",
        "place": place,
        "expected": "854714",
        "received": "854713",
        "line": line,
        "zh": "",
        "en": "",
    }


@pytest.fixture
def red(bundle: Path) -> Path:
    """Return a folder of a run in which one case is red by a fen."""
    results = json.loads((bundle / "results.json").read_bytes())
    row = next(row for row in results["cases"] if row["id"] == CASE)
    settled = [line for line in lines_of(bundle) if line.kind == TO and '"infno":"2304"' in str(line.said["body"])]
    row |= {"verdict": "fail", "label": "system under test", "why": {"zh": "不符。", "en": "Not conformant."}}
    row["attempts"][0] |= {"verdict": "fail", "wrong": [wrong_at(settled[-1].number)]}
    results |= {"verdict": "fail", "exit": 1}
    (bundle / "results.json").write_bytes(orjson.dumps(results))
    return bundle


@pytest.fixture
def page(red: Path) -> str:
    return write_report(red, lang="en").read_text(encoding="utf-8")


def test_the_first_screen_says_verdict_and_causes(page: str) -> None:
    head = unescape(page[page.index('data-view="en"') :])
    assert "Not conformant" in head
    assert "Cases that are not as they must be: 1 of 4. Causes: 1." in head
    assert "2304 /output/setlinfo/hifp_pay: differs from what it must be: expected 8547.14, received 8547.13" in head


def test_both_sides_clause_receipt_and_commands_are_there(page: str, red: Path) -> None:
    text = unescape(re.sub(r"<[^>]+>", " ", page))
    assert "8547.14" in text
    assert "8547.13" in text
    assert "How the amounts come about" in text
    assert "应得金额的计算" in text
    for clause in next(row for row in json.loads((red / "results.json").read_bytes())["cases"] if row["id"] == CASE)[
        "verifies"
    ]:
        assert clause in text
    assert "x-tif-signature" in text


def test_nobody_can_be_known_by_it(page: str, red: Path) -> None:
    people = [
        row
        for line in checked((red / "evidence.ndjson").read_bytes(), "")
        if line.kind == HOOK
        for row in line.said["asked"].get("people", ())
    ]
    assert people
    for person in people:
        assert person["name"] not in page
        assert person["certno"] not in page
        assert person["psn_no"] not in page


def test_it_needs_nothing_but_itself(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["'](?!#)""", page)
    assert len(page) < 5_000_000


def test_the_same_run_gives_the_same_page(page: str, red: Path) -> None:
    assert write_report(red, lang="en").read_text(encoding="utf-8") == page


def test_what_comes_from_outside_cannot_leave_its_place(red: Path) -> None:
    results = json.loads((red / "results.json").read_bytes())
    results["subject"]["name"] = "</title><script>alert(1)</script>"
    row = next(row for row in results["cases"] if row["id"] == CASE)
    row["attempts"][0]["wrong"][0] |= {"received": "<img src=x onerror=alert(1)>"}
    (red / "results.json").write_bytes(orjson.dumps(results))
    page = write_report(red, lang="zh").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img" not in page


def test_the_receipt_follows_from_the_evidence(bundle: Path) -> None:
    lines = lines_of(bundle)
    (row,) = settlements(lines, ground_of("jiangsu-2023"), "320300")
    told = json.loads([line for line in lines if line.kind == TO][-1].said["reply"])["output"]["setlinfo"]
    assert row.shares.fund_pay_sumamt == round(100 * told["fund_pay_sumamt"])
    until = next(number for number, line in enumerate(lines) if '"infno":"2304"' in str(line.said.get("body")))
    (trial,) = settlements(lines[:until], ground_of("jiangsu-2023"), "320300")
    assert trial.shares == row.shares  # what a trial would come to
    assert settlements([], ground_of("jiangsu-2023"), "320300") == []


def test_what_it_asked_upwards_stands_after_the_call_it_belongs_to(bundle: Path) -> None:
    home = "test_visits.py::test_a_visit_is_settled[home-inpatient]"
    said = transcript(lines_of(bundle, home), {0}, {"psn_name"})
    assert next(each.infno for each in said if each.kind == TO) == "9001"
    assert all(each.result == "0" for each in said if each.kind == TO)


def test_the_command_takes_the_body_out_of_the_evidence(bundle: Path) -> None:
    line = next(line for line in lines_of(bundle) if line.kind == TO)
    take = next(part for part in curl(line).splitlines() if part.startswith("sed")).removesuffix(" |")
    done = subprocess.run(take, shell=True, cwd=bundle, capture_output=True, check=True)
    assert done.stdout.decode() == line.said["body"]


def row(case: str, place: str, verdict: str = "fail") -> dict[str, Any]:
    told = {"attempt": 0, "verdict": verdict, "wrong": [wrong_at(1, place)], "message": "", "lines": [1, 2]}
    words = {"zh": "甲", "en": f"what {case.partition('[')[0]} says"}
    return {"id": case, "verdict": verdict, "label": "system under test", "why": words, "attempts": [told], **words}


def test_cases_with_the_same_finding_have_one_cause() -> None:
    rows = [row(f"a.py::test_{number}", f"/output/rows/{number}/hifp_pay") for number in range(3)]
    (cause,) = causes_of(rows)
    assert len(cause.cases) == 3
    assert "hifp_pay" in cause.en


def test_cases_of_one_test_have_one_cause_whatever_they_found() -> None:
    rows = [
        row("a.py::test_it[x]", "/output/a"),
        row("a.py::test_it[y]", "/output/b"),
        row("a.py::test_ok", "", "pass"),
    ]
    (cause,) = causes_of(rows)
    assert (cause.en, len(cause.cases)) == ("what a.py::test_it says", 2)


def test_a_step_is_told_of_in_summary_and_annotations(red: Path, tmp_path: Path) -> None:
    results = json.loads((red / "results.json").read_bytes())
    file = tmp_path / "summary.md"
    (note,) = tell(results, {"GITHUB_STEP_SUMMARY": str(file), "GITHUB_ACTIONS": "true"})
    assert note == f"::error title=JS-3.1d {CASE.replace(':', '%3A')}::Not conformant."
    text = file.read_text(encoding="utf-8")
    assert "yidi reference reference: fail" in text
    assert f"| system under test | {CASE} |" in text
    assert list(tell(results, {})) == []


def test_an_annotation_stays_on_its_line() -> None:
    bad = row("a.py::test_it", "/x")
    bad |= {"verifies": [], "why": {"zh": "", "en": "100 %\nsecond"}}
    assert list(notes({"cases": [bad]})) == ["::error title=a.py%3A%3Atest_it::100 %25%0Asecond"]
    whole = {"cases": [], "subject": {"name": "a|b", "build": ""}, "verdict": "inconclusive", "seed": "1"}
    told = "\n".join(summary({**whole, "pack": {"name": "p"}, "evidence": {"root": "00"}}))
    assert "a\\|b" in told
    assert "no case was run" in told


def test_the_paper_says_what_the_certificate_says(bundle: Path) -> None:
    results = json.loads((bundle / "results.json").read_bytes())
    body = body_of(results) | {
        "validity": {"from": "2026-11-23", "to": "2027-02-21"},
        "issuer": {"key": "ed25519:abc", "self_issued": True},
    }
    text = unescape(build_paper(body, lang="zh"))
    for part in ("符合性证书", "Certificate of conformance", results["evidence"]["root"], "2027-02-21", "（自签）"):
        assert part in text
    for limit in body["does_not_prove"]:
        assert limit["zh"] in text
