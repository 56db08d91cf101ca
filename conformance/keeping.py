"""Where a history that went wrong is kept: one file beside the evidence, to be played again by ``yidi replay``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.histories import Found
from conformance.scripts import keep


def keep_beside(request: pytest.FixtureRequest, found: Found) -> Path | None:
    """Write a history beside the evidence of the run; return where, None in a run that keeps none."""
    option = request.config.getoption
    evidence = option("yidi_evidence", "")
    if not evidence or option("yidi_offline", None):
        return None
    name = re.sub(r"[^A-Za-z0-9_]+", "-", request.node.name).strip("-")
    path = Path(evidence).parent / f"replay-{name}.json"
    keep(path, found.script, found.done, {"case": request.node.nodeid, "seed": str(option("yidi_seed"))})
    return path
