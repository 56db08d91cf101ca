"""A certificate is issued on a whole run that passed, says what it proves and what not, and only then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from conformance import certificate as certificates
from conformance.certificate import NAME, NoCertificate, body_of, canonical, clause_table, issue
from conformance.head import suites_digest
from conformance.mutants import table
from conformance.results import read_results
from conformance.signing import is_signed, public_text, read_key
from conformance.verdicts import FAIL, INSTRUMENT, NOT_APPLICABLE, SKIPPED, WAIVED, WARN
from simulator.inputs.errors import InputError
from tests.conformance.conftest import results_in

PERFECT = {"killed": 60, "mutants": 60, "green": 10, "variants": 10}


@pytest.fixture(autouse=True)
def _released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release(tmp_path, monkeypatch, PERFECT)


def release(folder: Path, monkeypatch: pytest.MonkeyPatch, score: dict[str, int]) -> None:
    """Release a kill score of the suites as they stand."""
    file = folder / "kill_score.json"
    file.write_text(json.dumps({"format": "yidi/kill-score/1", "scores": {suites_digest(): score}}))
    monkeypatch.setattr(certificates, "SCORES", file)


def known(folder: Path) -> list[str]:
    """Return the cases that were run, as all there are."""
    return [row["id"] for row in results_in(folder)["cases"]]


def changed(folder: Path, **said: Any) -> None:
    """Let the first case of the results say something else."""
    results = results_in(folder)
    results["cases"][0] |= said
    (folder / "results.json").write_text(json.dumps(results))


def test_the_hash_of_the_suites_is_the_one_that_mutants_are_scored_by() -> None:
    assert suites_digest() == table.suites_digest()


def test_a_certificate_is_canonical_and_signed(bundle: Path) -> None:
    issued = issue(bundle, known(bundle))
    content = (bundle / "certificate.json").read_bytes()
    assert content == canonical(issued) and b"\n" not in content
    signed = {name: value for name, value in issued.items() if name != "signature"}
    assert is_signed(issued["issuer"]["key"], canonical(signed), issued["signature"])
    assert issued["issuer"]["self_issued"]


def test_a_certificate_says_what_was_run_and_with_what(bundle: Path) -> None:
    (bundle / "report.html").write_text("<html>")
    (bundle / "pictures").mkdir()
    (bundle / "pictures" / "a.svg").write_text("<svg>")
    results, issued = results_in(bundle), issue(bundle, known(bundle), days=30)
    assert issued["subject"] == {"name": "yidi reference", "build": "reference", "role": "city", "code": "320300"}
    for name in ("seed", "profile", "pack", "schema", "suites", "evidence", "waivers"):
        assert issued[name] == results[name]
    assert issued["counts"]["pass"] == 4
    assert issued["kill_score"] == PERFECT
    assert issued["files"].keys() >= {"evidence.ndjson", "pictures/a.svg", "report.html", "results.json"}
    assert NAME not in issued["files"]
    assert issued["validity"]["from"] == results["ended"][:10]
    assert issued["validity"]["to"] > issued["validity"]["from"]


def test_the_clause_table_has_every_row_and_why_one_was_not_tested() -> None:
    cases = [
        {"id": "a", "verdict": "pass", "verifies": ["P75-44", "P75-45"]},
        {"id": "b", "verdict": NOT_APPLICABLE, "verifies": ["JS-3.1d"]},
    ]
    rows = {row["id"]: row for row in clause_table(cases)}
    assert len(rows) == 171
    assert rows["P75-44"] == {
        "id": "P75-44",
        "strength": rows["P75-44"]["strength"],
        "tested": True,
        "cases": {"pass": ["a"]},
        "reason": None,
    }
    assert not rows["JS-3.1d"]["tested"]
    assert rows["JS-3.1d"]["reason"]["zh"] == "其用例均不适用。"
    assert all(row["reason"] or row["tested"] for row in rows.values())
    assert rows["P75-41"]["reason"]["en"] == "No case that verifies it was run."
    assert rows["JS-5.1"]["reason"]["zh"] == "省级的职责，须由省平台的认证核验。"


def test_what_was_not_offered_and_not_tested_is_said(bundle: Path) -> None:
    changed(bundle, verdict=NOT_APPLICABLE)
    limits = " ".join(each["en"] for each in body_of(read_results(bundle / "results.json"))["does_not_prove"])
    assert "of 171 requirement rows were not tested" in limits
    assert "Hooks not offered: do" in limits
    assert f"Cases not applicable: {known(bundle)[0]}" in limits


@pytest.mark.parametrize("verdict", [FAIL, SKIPPED, INSTRUMENT])
def test_nothing_is_issued_on_a_case_that_proves_nothing(bundle: Path, verdict: str) -> None:
    changed(bundle, verdict=verdict)
    with pytest.raises(NoCertificate, match=verdict):
        issue(bundle, known(bundle))
    assert not (bundle / "certificate.json").exists()


@pytest.mark.parametrize("verdict", [WARN, WAIVED])
def test_a_warning_or_a_waiver_is_certified_as_such(bundle: Path, verdict: str) -> None:
    changed(bundle, verdict=verdict)
    assert issue(bundle, known(bundle))["counts"][verdict] == 1


def test_nothing_is_issued_where_cases_were_left_out(bundle: Path) -> None:
    with pytest.raises(NoCertificate, match="1 of 5 cases were not run"):
        issue(bundle, [*known(bundle), "test_visits.py::test_another"])


def test_a_suite_of_somebody_elses_never_counts(bundle: Path) -> None:
    names = known(bundle)
    changed(bundle, own=True)
    with pytest.raises(NoCertificate, match="1 of 4 cases were not run"):
        issue(bundle, names)
    assert issue(bundle, names[1:])["counts"]["pass"] == 3


def test_nothing_is_issued_without_a_perfect_kill_score(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(tmp_path, monkeypatch, PERFECT | {"killed": 59})
    with pytest.raises(NoCertificate, match="kill 59 of 60 mutants only"):
        issue(bundle, known(bundle))
    release(tmp_path, monkeypatch, PERFECT | {"green": 9})
    with pytest.raises(NoCertificate):
        issue(bundle, known(bundle))
    monkeypatch.setattr(certificates, "SCORES", tmp_path / "none.json")
    with pytest.raises(NoCertificate, match="no kill score of exactly these suites"):
        issue(bundle, known(bundle))


def test_a_key_of_ones_own_signs(bundle: Path, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    file = tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    issued = issue(bundle, known(bundle), key=read_key(file))
    assert issued["issuer"] == {"key": public_text(key), "self_issued": False}


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    with pytest.raises(InputError, match="is no private key"):
        read_key(file)
