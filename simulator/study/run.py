"""One run of a scenario, and the result folder it leaves."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import orjson

from simulator.inputs.calibrations import Calibration
from simulator.inputs.scenarios import Scenario
from simulator.outputs.files import filled_whole, folder_digest
from simulator.study.frames import Frames
from simulator.study.report import build_report
from simulator.study.summary import summarise
from simulator.world.model import World

_DEPENDENCIES = (
    "altair",
    "chinesecalendar",
    "faker",
    "jinja2",
    "jsonschema",
    "jsonschema-rs",
    "orjson",
    "polars",
    "simpy",
    "vl-convert-python",
)


@dataclass(frozen=True)
class Options:
    """How a scenario is run: ``scale`` in (0, 1], ``seed``, whether all bodies are checked, first language.

    A ``calibration`` stands in place of the figures ``platform.*``.
    """

    scale: float
    seed: int
    check_all: bool = False
    lang: str = "en"
    overrides: tuple[str, ...] = ()
    calibration: Calibration | None = None


@dataclass(frozen=True)
class Result:
    """What a run left: its summary and the folder."""

    summary: Mapping[str, Any]
    folder: Path
    clean: bool


def simulate(
    scenario: Scenario, options: Options, folder: Path, progress: Callable[[int], None] | None = None
) -> Result:
    """Run a scenario and leave tables, summary, provenance and report in ``folder``; raises OSError."""
    with filled_whole(folder) as made:
        world = World(
            scenario,
            scale=options.scale,
            seed=options.seed,
            folder=made / "parts",
            check_all=options.check_all,
            calibration=options.calibration,
        )
        world.run(progress)
        world.recorder.finish(made)
        summary = summarise(scenario, options.scale, options.seed, world, Frames(made))
        (made / "summary.json").write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2))
        provenance = _provenance(scenario, options)
        (made / "provenance.json").write_bytes(orjson.dumps(provenance, option=orjson.OPT_INDENT_2))
        page = build_report(scenario, summary, provenance, Frames(made), lang=options.lang)
        (made / "report.html").write_text(page, encoding="utf-8")
    return Result(summary, folder, world.auditor.clean)


def _provenance(scenario: Scenario, options: Options) -> Mapping[str, Any]:
    """Return what the results rest on: hashes of every input, versions, seed; no time, so that it can be compared."""
    calibration = options.calibration
    return {
        "yidi": metadata.version("yidi"),
        "python": platform.python_version(),
        "dependencies": {name: metadata.version(name) for name in _DEPENDENCIES},
        "scenario": scenario.id,
        "inputs": dict(sorted(scenario.digests.items())),
        "schemas": {"v1": folder_digest(resources.files("schemas").joinpath("v1"))},
        "seed": options.seed,
        "scale": options.scale,
        "check": "all" if options.check_all else "sample",
        "overrides": list(options.overrides),
        **({} if calibration is None else {"calibration": {calibration.name: calibration.digest}}),
    }
