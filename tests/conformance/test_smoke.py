"""The short selection names cases that there are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conformance import SUITES, suites_of
from conformance.smoke import SMOKE, SMOKE_OF_HOSPITALS, SMOKE_OF_PROVINCES


@pytest.mark.parametrize(
    ("role", "chosen"), [("city", SMOKE), ("hospital", SMOKE_OF_HOSPITALS), ("province", SMOKE_OF_PROVINCES)]
)
def test_every_case_of_it_is_in_the_suites(role: str, chosen: frozenset[str]) -> None:
    line = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    line += ["--rootdir", str(SUITES), "--yidi", "not-read.toml", "--collect-only", "-m", "smoke", str(suites_of(role))]
    said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    assert {row for row in said.splitlines() if "::" in row} == chosen
