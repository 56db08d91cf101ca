"""The figures of a load test that a scenario may leave out: what is usual, each with its basis."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

from schemas.requirements import load_requirements
from simulator.inputs.packs import Citable, read_assumptions
from simulator.inputs.scenarios import Scenario, figures_of
from simulator.inputs.toml import Document, check, find, read_toml

GROUP = "traffic"


@cache
def usual() -> Document:
    """Return the file of usual figures."""
    document = read_toml(find(GROUP, "usual"))
    check(document.data, GROUP, document.name)
    return document


def with_traffic(scenario: Scenario) -> Scenario:
    """Return a scenario with all figures of traffic: its own, and the usual ones where it says nothing."""
    document = usual()
    assumptions = read_assumptions(document.data)
    citable = Citable(load_requirements().rows, assumptions)
    found = {
        key: each for key, each in figures_of(document.data, document.name, citable) if key not in scenario.figures
    }
    if not found:
        return scenario
    cited = {each.basis.assumption for each in found.values()}
    more: dict[str, Any] = {key: each for key, each in assumptions.items() if key in cited}
    return dataclasses.replace(
        scenario,
        figures={**scenario.figures, **found},
        assumptions={**more, **scenario.assumptions},
        digests={**scenario.digests, document.name: document.digest},
    )
