"""Where each row of the notices is simulated and where it is checked: in duties, processes, checks of tables, suites.

What is said here is collected from code and data themselves: a duty cites its rows, a check is entered under its
row, a process and a suite stand in the links of the row. A row with neither has a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.requirements import Requirement, load_requirements
from simulator.inputs.administration import cited, load_administration
from simulator.inputs.packs import load_pack
from simulator.inputs.scenarios import list_scenarios, load_scenario
from simulator.inputs.toml import built_in
from simulator.study.every_check import CHECKS

DUTY, STEP, TARGET, CHECK = "duty", "step", "target", "check"


class Covered(NamedTuple):
    """A row with the names of what simulates it and of what checks it on data; ``suites`` check it on messages."""

    row: Requirement
    simulated: Sequence[str]
    checked: Sequence[str]
    suites: Sequence[str]

    def told(self) -> Mapping[str, Any]:
        """Return it as the command tells it."""
        row = self.row
        return {
            "row": row.id,
            "document": row.document,
            "clause": row.clause,
            "kind": "".join(row.kind),
            "strength": row.strength,
            "zh": row.text.zh,
            "en": row.text.en,
            "simulated": list(self.simulated),
            "checked": list(self.checked),
            "suites": list(self.suites),
            "reason": None if row.links.reason is None else {"zh": row.links.reason.zh, "en": row.links.reason.en},
        }


def coverage_of(rows: Sequence[Requirement]) -> Sequence[Covered]:
    """Return what covers each of some rows."""
    duties = _by_row((*_duties(), *_steps()))
    targets = _by_row(_targets())
    found = []
    for row in rows:
        owed, asked = duties.get(row.id, ()), targets.get(row.id, ())
        check = CHECKS.get(row.id)
        named = [f"{CHECK} {check.__module__}.{check.__name__}"] if check else []
        simulated = (*row.links.simulated, *owed, *asked)
        found.append(Covered(row, simulated, (*named, *owed, *asked), row.links.checked))
    return found


def notices() -> Sequence[Requirement]:
    """Return the rows of the two notices."""
    return load_requirements().notices


def _duties() -> Iterator[tuple[str, str]]:
    for name in built_in("administration"):
        for row, duty in cited(load_administration(name)):
            yield row, f"{DUTY} {name}/{duty}"


def _steps() -> Iterator[tuple[str, str]]:
    """Yield the rows that set a day to a step of clearing: what offices do of it stands among their duties."""
    for name in built_in("pack"):
        for parameter in load_pack(name).parameters.values():
            if parameter.name.startswith("clearing."):
                cited_rows = {record.basis.clause for series in parameter.records.values() for record in series}
                yield from ((row, f"{STEP} {name}/{parameter.name}") for row in sorted(cited_rows - {""}))


def _targets() -> Iterator[tuple[str, str]]:
    for name in list_scenarios():
        for target in load_scenario(name).targets:
            yield target.clause, f"{TARGET} {name}/{target.id}"


def _by_row(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for row, name in pairs:
        found.setdefault(row, []).append(name)
    return found
