"""One run of a scenario, and the result folder it leaves."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from simulator.inputs.scenarios import Scenario
from simulator.outputs.files import filled_whole
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
    """How a scenario is run: ``scale`` in (0, 1], ``seed``, whether all bodies are checked, first language."""

    scale: float
    seed: int
    check_all: bool = False
    lang: str = "en"
    overrides: tuple[str, ...] = ()


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
    }


def folder_digest(folder: Traversable) -> str:
    """Return the SHA-256 over the names and contents of the JSON files below a folder, sorted."""
    digest = hashlib.sha256()
    for name, file in sorted(_json_files(folder, ""), key=itemgetter(0)):
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _json_files(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _json_files(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(".json"):
            yield above + entry.name, entry
