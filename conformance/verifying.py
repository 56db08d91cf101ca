"""Verifies a certificate: first its form, hashes and signature, then all its evidence, judged again offline.

Whatever is missing, edited, expired or empty is refused, with one sentence; nothing in a bundle is believed before the
signature over it holds.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from conformance import SUITES
from conformance.certificate import (
    FORMAT,
    NAME,
    NEEDED,
    NoCertificate,
    body_of,
    canonical,
    digest_of,
    expect_good,
    files_in,
)
from conformance.evidence import checked
from conformance.head import schema_digest, suites_digest
from conformance.results import NAME as RESULTS
from conformance.results import read_results
from conformance.run import EVIDENCE
from conformance.signing import is_signed
from simulator.inputs.errors import InputError

REFUSED, NO_CERTIFICATE = 1, 2
_LARGE = 4 << 20  # bytes of evidence that two processes judge sooner than one
_KEYS = frozenset({"validity", "issuer", "files", "signature"})
_RUN = ("subject", "hooks", "seed", "profile", "pack", "schema", "suites", "begun", "evidence", "sections")
"""What the evidence says of its run: results that say otherwise are of another."""
_SAME = ("verdict", "label", "section", "verifies", "should", "core", "zh", "en", "own", "waiver")
_ATTEMPT = ("attempt", "verdict", "wrong", "lines", "callback")


class Refused(Exception):
    """A certificate that does not hold, and why, in a sentence in each language; ``code`` is the exit code."""

    def __init__(self, zh: str, en: str, code: int = REFUSED) -> None:
        super().__init__(en)
        self.zh, self.en, self.code = zh, en, code


class Verified(NamedTuple):
    """A certificate that holds; ``issuer`` is empty where the key is nobody's that is trusted."""

    certificate: Mapping[str, Any]
    issuer: str


def verify(
    path: Path,
    today: dt.date,
    trust: Mapping[str, str] | None = None,
    *,
    judge: Callable[[Path], Mapping[str, Any]] | None = None,
) -> Verified:
    """Verify a certificate (a file, or its folder); raises Refused.

    With ``trust``, issuers by key, one signed by another key is refused. ``judge`` judges evidence again.
    """
    file = path / NAME if path.is_dir() else path
    certificate = checked_form(file)
    expect_valid(certificate, today)
    results = checked_bundle(certificate, file.parent)
    expect_follows(certificate, results, file.parent)
    issuer = _issuer(certificate, trust)
    compare(results, (judge or judged_again)(file.parent / EVIDENCE))
    return Verified(certificate, issuer)


def checked_form(file: Path) -> Mapping[str, Any]:
    """Return a certificate that is canonical and signed; raises Refused."""
    try:
        content = file.read_bytes()
        certificate = orjson.loads(content)
    except OSError as problem:
        raise Refused("无法读取证书", f"{file} cannot be read ({problem.strerror})", NO_CERTIFICATE) from None
    except orjson.JSONDecodeError:
        raise Refused("不是证书：不是JSON", f"{file} is no certificate: it is no JSON", NO_CERTIFICATE) from None
    if not isinstance(certificate, dict) or certificate.get("format") != FORMAT or not certificate.keys() >= _KEYS:
        raise Refused("不是证书", f"{file} is no certificate of format {FORMAT}", NO_CERTIFICATE)
    if canonical(certificate) != content:
        raise Refused("证书不是规范形式", "the certificate is not in canonical form")
    signed = {name: value for name, value in certificate.items() if name != "signature"}
    issuer = certificate["issuer"]
    key = issuer.get("key") if isinstance(issuer, dict) else None
    if not is_signed(key, canonical(signed), certificate["signature"]):
        raise Refused("签名与证书不符", "the signature is not of this certificate")
    return certificate


def expect_valid(certificate: Mapping[str, Any], today: dt.date) -> None:
    """Raise Refused outside the days on which a certificate holds."""
    validity = certificate["validity"]
    first, last = dt.date.fromisoformat(validity["from"]), dt.date.fromisoformat(validity["to"])
    if today < first:
        raise Refused(f"证书自{first}起有效", f"the certificate holds from {first}")
    if today > last:
        raise Refused(f"证书已于{last}过期", f"the certificate has expired on {last}")


def checked_bundle(certificate: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """Return the results of a bundle whose files are all those of the certificate; raises Refused."""
    files: Mapping[str, str] = certificate["files"]
    there = set(files_in(folder))
    for name in sorted(there ^ files.keys()):
        if name in files:
            raise Refused(f"缺少文件{name}", f"{name} is missing")
        raise Refused(f"文件{name}不在证书之列", f"{name} is not in the certificate")
    for name in NEEDED:
        if name not in files:
            raise Refused(f"证书未列{name}", f"the certificate does not name {name}")
    for name, digest in files.items():
        if digest_of(folder / name) != digest:
            raise Refused(f"文件{name}已被改动", f"{name} was changed")
    try:
        return read_results(folder / RESULTS)
    except InputError as problem:
        raise Refused(f"{RESULTS}无法读取", str(problem)) from None


def expect_follows(certificate: Mapping[str, Any], results: Mapping[str, Any], folder: Path) -> None:
    """Raise Refused where a certificate says what its results do not, or evidence is not the one they name."""
    if results["suites"] != suites_digest(results["subject"]["role"]) or results["schema"] != schema_digest():
        made = results["yidi"]
        raise Refused(f"用例或规范不是本机的，请用yidi {made}", f"it was made with other suites: use yidi {made}")
    try:
        expect_good(results, [row["id"] for row in results["cases"]])
    except NoCertificate as problem:
        raise Refused(problem.zh, problem.en) from None
    body = body_of(results)
    wrong = next((key for key, value in body.items() if orjson.loads(orjson.dumps(value)) != certificate.get(key)), "")
    if wrong or certificate.keys() != body.keys() | _KEYS:
        raise Refused("证书与结果不一致", f"the certificate does not follow from its results: {wrong or 'its keys'}")
    try:
        lines = list(checked((folder / EVIDENCE).read_bytes(), EVIDENCE))
    except InputError as problem:
        raise Refused("证据链已被改动", str(problem)) from None
    if not lines or results["evidence"] != {"lines": len(lines), "root": lines[-1].digest}:
        raise Refused("证据不是结果所指的", "the evidence is not the one that the results name")


def _issuer(certificate: Mapping[str, Any], trust: Mapping[str, str] | None) -> str:
    if trust is None:
        return ""
    issuer = trust.get(certificate["issuer"]["key"], "")
    if not issuer:
        raise Refused("签发者不在信任之列（自签）", "it is signed by a key that is not trusted: self-issued")
    return issuer


# -- judged again -----------------------------------------------------------------------------------------------------


def judged_again(evidence: Path, *arguments: str, suites: Path = SUITES) -> Mapping[str, Any]:
    """Judge evidence again, calling nobody; return the results. Raises Refused."""
    with tempfile.TemporaryDirectory(prefix="yidi-") as folder:
        results = Path(folder) / RESULTS
        line = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null"]
        line += ["--rootdir", str(SUITES), "--yidi", "offline", "--yidi-offline", str(evidence.resolve())]
        workers = ["-n", "2"] if evidence.stat().st_size > _LARGE else []
        line += ["--yidi-results", str(results), *workers, *arguments, str(suites)]
        done = subprocess.run(line, check=False, capture_output=True, text=True, cwd=folder)
        if not results.exists():
            said = next(iter((done.stderr or done.stdout).strip().splitlines()[-1:]), "")
            raise Refused("证据无法重新判定", f"the evidence cannot be judged again: {said}")
        return read_results(results)


def compare(results: Mapping[str, Any], again: Mapping[str, Any]) -> None:
    """Raise Refused where evidence judged again comes to anything else."""
    then = {row["id"]: _judged(row) for row in results["cases"] if not row["own"]}
    now = {row["id"]: _judged(row) for row in again["cases"]}
    for name in sorted(then.keys() ^ now.keys()):
        raise Refused(f"用例{name}不在其中", f"{name} is {'not a case of the suites' if name in then else 'missing'}")
    for name, judged in then.items():
        if judged != now[name]:
            raise Refused(f"重新判定{name}，结论不同", f"{name} comes to something else when it is judged again")
    other = next((name for name in _RUN if results.get(name) != again[name]), "")
    if other:
        raise Refused(f"结果与证据不一致：{other}", f"the results do not say what the evidence says: {other}")


def _judged(row: Mapping[str, Any]) -> str:
    """Return what must come out the same: all but wording and seconds."""
    attempts = [{key: each[key] for key in _ATTEMPT} for each in row["attempts"]]
    reference = None if row["reference"] is None else {key: row["reference"][key] for key in _ATTEMPT}
    return json.dumps([{key: row[key] for key in _SAME}, attempts, reference], sort_keys=True)
