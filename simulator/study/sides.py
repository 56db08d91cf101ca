"""The two sides of a comparison, as result folders hold them, and whether they can be compared at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import polars as pl

from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.outputs.console import UsageError
from simulator.study import observed, reaching
from simulator.study.frames import Frames
from simulator.study.observed import Seen
from simulator.study.reaching import Reached
from simulator.study.summary import FORMAT


class Side(NamedTuple):
    """One of two results: what its folder holds, and its scenario where that can be read as it was (else None)."""

    name: str
    summary: Mapping[str, Any]
    provenance: Mapping[str, Any]
    seen: Sequence[Seen]
    reached: Sequence[Reached]
    scenario: Scenario | None

    @property
    def replications(self) -> int:
        """Return how many replications it has."""
        return int(self.provenance.get("replications", 1))

    @property
    def clean(self) -> bool:
        """Tell whether no replication found anything wrong with itself."""
        if "experiment" in self.summary:
            checks = self.summary["experiment"]["checks"]
            return not checks["broken"] and not checks["findings"]
        checks = self.summary["checks"]
        return not checks["findings"] and not any(each["broken"] for each in checks["invariants"].values())


def read_side(name: str, folder: Path, scenario: Scenario | None = None) -> Side:
    """Return a result folder as a side; raises UsageError for one that holds no whole result of this version.

    Without a ``scenario`` the one it names is read again; where it cannot be, or its files have changed since, the side
    has none.
    """
    try:
        summary, provenance = (
            orjson.loads((folder / f"{part}.json").read_bytes()) for part in ("summary", "provenance")
        )
        if summary["format"] != FORMAT:
            raise _no_result(name)
        rules = scenario or _again(provenance)
        several = provenance.get("replications", 1) > 1
        tables = _stored(folder) if several else _first(summary, rules, Frames(folder))
        return Side(name, summary, provenance, *tables, rules)
    except (OSError, ValueError, LookupError, TypeError, pl.exceptions.PolarsError) as problem:
        if isinstance(problem, UsageError):
            raise
        raise _no_result(name) from None


def _no_result(name: str) -> UsageError:
    return UsageError(
        f"{name} 不是完整的运行结果；请给出 yidi simulate 留下的文件夹，或情景的名称。",
        f"{name} is no whole result of a run; give a folder that yidi simulate left, or the name of a scenario.",
    )


def _again(provenance: Mapping[str, Any]) -> Scenario | None:
    try:
        scenario = load_scenario(str(provenance["scenario"]), overrides=[str(each) for each in provenance["overrides"]])
    except InputError:
        return None
    return scenario if dict(scenario.digests) == provenance["inputs"] else None


def _stored(folder: Path) -> tuple[Sequence[Seen], Sequence[Reached]]:
    seen = pl.read_parquet(folder / "replications.parquet").select(list(observed.SCHEMA)).rows()
    reached = pl.read_parquet(folder / "targets.parquet").select(list(reaching.SCHEMA)).rows()
    return [Seen(*row) for row in seen], [Reached(*row) for row in reached]


def _first(
    summary: Mapping[str, Any], scenario: Scenario | None, frames: Frames
) -> tuple[Sequence[Seen], Sequence[Reached]]:
    """Return the figures of a single replication, and its targets, by city where its scenario is known."""
    seen = observed.observed(0, summary, frames)
    if scenario is None:
        told = [Reached(0, row["id"], reaching.TOGETHER, row["kept"], None, None) for row in summary["targets"]]
        return seen, told
    return seen, reaching.reached(0, _as_run(scenario, summary), summary, frames)


def _as_run(scenario: Scenario, summary: Mapping[str, Any]) -> Scenario:
    """Return a scenario ended on the day on which the run did."""
    return scenario.until(dt.date.fromisoformat(summary["window"]["to"]))


def hold_comparable(a: Side, b: Side) -> None:
    """Raise UsageError for two results that say nothing about one another: another notice, window or scale."""
    for zh, en, of in _ALIKE:
        one, other = of(a.summary), of(b.summary)
        if one != other:
            raise UsageError(
                f"两个结果的{zh}不同（{one} 与 {other}），不能比较；请用相同的{zh}重新运行。",
                f"the two have another {en} ({one}, {other}) and cannot be compared; run them with the same.",
            )


def _window(summary: Mapping[str, Any]) -> str:
    return " – ".join(summary["window"][end] for end in ("from", "to"))


_ALIKE: Sequence[tuple[str, str, Any]] = (
    ("文件", "notice", lambda summary: summary["scenario"]["notice"]),
    ("窗口", "window", _window),
    ("规模", "scale", lambda summary: summary["scale"]),
)


def pairable(a: Side, b: Side) -> bool:
    """Tell whether the replications of two results belong together one by one: the same chance, by the same seed."""
    return bool(a.summary["seed"] == b.summary["seed"])
