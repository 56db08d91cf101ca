"""The certificate: what a run has shown of a system under test, signed, with every file of its bundle.

It is JSON in one canonical form: keys sorted, no space. Its body follows from ``results.json`` alone, so that whoever
verifies it makes the body again and compares.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conformance.paper import NAME as PAPER
from conformance.paper import build_paper
from conformance.results import NAME as RESULTS
from conformance.results import read_results
from conformance.run import EVIDENCE
from conformance.sections import BUREAU, NATIONAL, counts_of, of_section, tag, verdict_of, why_not_judged
from conformance.signing import new_key, public_text, sign
from conformance.verdicts import NOT_APPLICABLE, NOT_JUDGED, PASS, WAIVED, WARN
from schemas import write_whole
from schemas.requirements import load_requirements
from schemas.values import Name
from simulator.inputs.subjects import DATA_HOOKS, HOOKS
from simulator.sandbox.parties import HOSPITAL

FORMAT = "yidi/certificate/1"
NAME = "certificate.json"
DAYS = 90
_COPIED = ("yidi", "subject", "hooks", "profile", "pack", "schema", "suites", "seed", "begun", "evidence", "waivers")
_GOOD = {PASS, WARN, NOT_APPLICABLE, WAIVED}
_ELSEWHERE = {"zh": "仅由局间报文一节的用例核验。", "en": "Only cases of the section of bureau messages verify it."}
_NOT_RUN = {"zh": "核验本条的用例未执行。", "en": "No case that verifies it was run."}


class NoCertificate(Exception):
    """A run that gets no certificate, and why, in a sentence in each language."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return a document in the one form in which it is signed."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def issue(
    folder: Path, known: Sequence[str], *, key: Ed25519PrivateKey | None = None, days: int = DAYS, lang: str = "en"
) -> Mapping[str, Any]:
    """Sign what stands in a folder of results and write its certificate; raises NoCertificate and InputError.

    ``known`` are all cases of the suites; without ``key`` one is made for this certificate alone. The page to print is
    made first, with ``lang`` shown first in it, as it stands among the files.
    """
    results = read_results(folder / RESULTS)
    expect_good(results, known)
    ours = key or new_key()
    begins = dt.datetime.fromisoformat(results["ended"]).date()
    certificate = {
        **body_of(results),
        "validity": {"from": begins.isoformat(), "to": (begins + dt.timedelta(days=days)).isoformat()},
        "issuer": {"key": public_text(ours), "self_issued": key is None},
    }
    write_whole(folder / PAPER, build_paper(certificate, lang=lang).encode())
    certificate["files"] = {name: digest_of(folder / name) for name in files_in(folder)}
    signed = {**certificate, "signature": sign(ours, canonical(certificate))}
    write_whole(folder / NAME, canonical(signed))
    return signed


def expect_good(results: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise NoCertificate for a run that proves too little."""
    ours = [row for row in results["cases"] if not row["own"]]
    bad = next((row for row in results["cases"] if row["verdict"] not in _GOOD), None)
    if results["verdict"] != PASS or bad is not None:
        zh, en = (
            f"{bad['verdict']} {tag(bad, each)}{bad['id']}" if bad else results["verdict"] for each in ("zh", "en")
        )
        raise NoCertificate(f"未通过：{zh}", f"the run has not passed: {en}")
    left_out = len(set(known) - {row["id"] for row in ours})
    if left_out or not ours:
        raise NoCertificate(
            f"{len(known)}个用例中有{left_out}个未执行", f"{left_out} of {len(known)} cases were not run"
        )
    score = kill_score(results["suites"])
    if score is None:
        raise NoCertificate("这些用例的检出率尚未发布", "no kill score of exactly these suites has been released")
    if not perfect(score):
        killed, mutants = score["killed"], score["mutants"]
        raise NoCertificate(
            f"这些用例的检出率不足100%（{killed}/{mutants}）", f"these suites kill {killed} of {mutants} mutants only"
        )


SCORES: Traversable = resources.files("conformance").joinpath("kill_score.json")
"""The released scores: ``{"format": "yidi/kill-score/1", "scores": {hash of suites: {killed, mutants, green, …}}}``."""


def kill_score(suites: str) -> dict[str, int] | None:
    """Return the released score of suites by their hash, None where none was released."""
    try:
        scores: Mapping[str, dict[str, int]] = json.loads(SCORES.read_text(encoding="utf-8"))["scores"]
    except FileNotFoundError:
        return None
    return scores.get(suites)


def perfect(score: Mapping[str, int]) -> bool:
    """Tell whether every mutant was killed, of some, and every correct variant passed."""
    return 0 < score["mutants"] == score["killed"] and score["green"] == score["variants"]


# -- the body ---------------------------------------------------------------------------------------------------------


def body_of(results: Mapping[str, Any]) -> dict[str, Any]:
    """Return what follows from results alone: counts and clauses of national transactions, and the other section."""
    ours = [row for row in results["cases"] if not row["own"]]
    bureau = bureau_section(ours, results["profile"])
    clauses = clause_table(of_section(ours, NATIONAL), elsewhere=of_section(ours, BUREAU))
    return {
        "format": FORMAT,
        **{key: results[key] for key in _COPIED},
        "counts": counts_of(ours, NATIONAL),
        "clauses": clauses,
        "bureau": bureau,
        "kill_score": kill_score(results["suites"]),
        "does_not_prove": _limits(results, ours, clauses, bureau),
    }


def bureau_section(ours: Sequence[Mapping[str, Any]], profile: str) -> dict[str, Any]:
    """Return the section of the messages this project proposes: verdict, counts, and the rows its cases verify.

    Where none of its cases applied the verdict is ``not_judged``, and ``reason`` says why, in both languages.
    """
    verdict, cases = verdict_of(ours, BUREAU), of_section(ours, BUREAU)
    named = {row for case in cases for row in case["verifies"]}
    judged = verdict != NOT_JUDGED
    return {
        "verdict": verdict,
        "reason": None if judged else why_not_judged(profile),
        "counts": counts_of(ours, BUREAU),
        "clauses": [row for row in clause_table(cases) if row["id"] in named],
    }


def clause_table(
    cases: Sequence[Mapping[str, Any]], elsewhere: Collection[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Return every requirement row: the cases that verified it, by verdict, or why it was not tested.

    ``elsewhere`` are cases of another section: what they alone verify is said to stand there.
    """
    there = {row for case in elsewhere for row in case["verifies"]}
    by_row: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for case in cases:
        for row in case["verifies"]:
            by_row[row][case["verdict"]].append(case["id"])
    table = []
    for row in load_requirements().rows.values():
        found = {verdict: sorted(ids) for verdict, ids in sorted(by_row[row.id].items())}
        tested = any(verdict != NOT_APPLICABLE for verdict in found)
        reason = None if tested else _reason(row.links.reason, applies=not found, elsewhere=row.id in there)
        table.append({"id": row.id, "strength": row.strength, "tested": tested, "cases": found, "reason": reason})
    return table


def _reason(said: Name | None, *, applies: bool, elsewhere: bool) -> dict[str, str]:
    """Return why a row was not tested: its cases did not apply, none was run, or none can be there, and why."""
    if not applies:
        return {"zh": "其用例均不适用。", "en": "All its cases are not applicable."}
    if elsewhere:
        return dict(_ELSEWHERE)
    return _NOT_RUN if said is None else {"zh": said.zh, "en": said.en}


def _limits(
    results: Mapping[str, Any],
    cases: Sequence[Mapping[str, Any]],
    clauses: Sequence[Mapping[str, Any]],
    bureau: Mapping[str, Any],
) -> list[dict[str, str]]:
    """Return what the certificate does not prove."""
    untested = [row["id"] for row in clauses if not row["tested"]]
    needless = DATA_HOOKS if results["subject"]["role"] == HOSPITAL else ()
    missing = [name for name in HOOKS if name not in {*results["hooks"], *needless}]
    judged = bureau["verdict"] != NOT_JUDGED
    applied = cases if judged else of_section(cases, NATIONAL)
    left_out = [case["id"] for case in applied if case["verdict"] == NOT_APPLICABLE]
    limits = [
        {
            "zh": f"{len(clauses)}条要求中{len(untested)}条未核验，逐条列于条款表。",
            "en": f"{len(untested)} of {len(clauses)} requirement rows were not tested; the clause table names each.",
        },
        {
            "zh": "每个用例只用少数虚构人员和票据，结论不及于全部金额与人群。",
            "en": "Each case plays a few invented people and bills: it says nothing of all amounts and all people.",
        },
        {
            "zh": "容量、长期运行及同时发生的多重故障未检验。",
            "en": "Load, long running and several faults at once were not tested.",
        },
    ]
    if not judged:
        zh, en = bureau["reason"]["zh"], bureau["reason"]["en"]
        limits.append({"zh": f"局间报文未判定：{zh}", "en": f"Messages between bureaus were not judged. {en}"})
    if missing:
        names = ", ".join(missing)
        limits.append({"zh": f"未提供操作接口：{names}。", "en": f"Hooks not offered: {names}."})
    if "restart" in missing:
        zh, en = "未检验结算中途断电重启。", "Being killed and restarted in the middle of a settlement was not tested."
        limits.append({"zh": zh, "en": en})
    if "set_clock" in missing:
        zh, en = (
            "未检验跨日、跨年、2月29日等日期边界。",
            "Midnight, year end and 29 February were not tested.",
        )
        limits.append({"zh": zh, "en": en})
    if left_out:
        names = ", ".join(left_out)
        limits.append({"zh": f"不适用的用例：{names}。", "en": f"Cases not applicable: {names}."})
    return limits


# -- files ------------------------------------------------------------------------------------------------------------


def files_in(folder: Path) -> list[str]:
    """Return the names of all files of a bundle but the certificate and hidden ones, from its folder, sorted."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        path.as_posix() for path in found if str(path) != NAME and not any(p.startswith(".") for p in path.parts)
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


NEEDED = (RESULTS, EVIDENCE)
"""Files without which there is no bundle."""
