"""Reads what `yidi certify` found about a system, for a simulation in which institutions have to pass its test.

The chance to pass is the share of judged cases that passed; the time is that of the whole run, from begin to end.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from simulator.inputs.errors import InputError
from simulator.inputs.toml import Source, read_bytes

FORMAT = "yidi/results/1"
_PASSED = frozenset({"pass", "waived", "warn"})
_JUDGED = _PASSED | {"fail"}
_NAME = "results.json"


class Certification(NamedTuple):
    """A certification run: ``name`` and SHA-256 of its file, judged cases, those that passed, and how long it took."""

    name: str
    digest: str
    passed: int
    judged: int
    took: dt.timedelta

    @property
    def chance(self) -> float:
        """Return the chance in (0, 1] that an institution with such a system passes the test."""
        return self.passed / self.judged


def read_certification(path: str | Path) -> Certification:
    """Read ``results.json`` of a certification, or of the folder that has one.

    Raises InputError for what is no such file, is not about a hospital, or has no case that passed: nobody could ever
    be opened by it.
    """
    place = Path(path)
    place = place / _NAME if place.is_dir() else place
    name = str(place)
    content = read_bytes(Source(place, name))
    try:
        found: Any = json.loads(content)
    except ValueError:
        raise InputError(name, "", "is no JSON", "name results.json of yidi certify") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(name, "format", f"is not {FORMAT}", "name results.json of yidi certify")
    try:
        role, verdicts = found["subject"]["role"], [case["verdict"] for case in found["cases"]]
        took = dt.datetime.fromisoformat(found["ended"]) - dt.datetime.fromisoformat(found["begun"])
    except (KeyError, TypeError, ValueError):
        cure = "take the file as yidi certify wrote it"
        raise InputError(name, "", "lacks subject, cases, begun or ended", cure) from None
    if role != "hospital":
        raise InputError(name, "subject.role", f"is {role}, not hospital", "certify with --role hospital")
    passed, judged = (sum(each in among for each in verdicts) for among in (_PASSED, _JUDGED))
    if not passed:
        raise InputError(name, "cases", "has none that passed", "certify the system until some do")
    return Certification(name, hashlib.sha256(content).hexdigest(), passed, judged, took)
