"""The short selection names cases that there are."""

from __future__ import annotations

import subprocess
import sys

from conformance import SUITES
from conformance.smoke import SMOKE


def test_every_case_of_it_is_in_the_suites() -> None:
    line = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    line += ["--rootdir", str(SUITES), "--yidi", "not-read.toml", "--collect-only", "-m", "smoke", str(SUITES)]
    said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    assert {row for row in said.splitlines() if "::" in row} == SMOKE
