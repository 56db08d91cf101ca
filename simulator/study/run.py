"""One run of a scenario, and the result folder it leaves."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from simulator.inputs.calibrations import Calibration
from simulator.inputs.certifications import Certification
from simulator.inputs.scenarios import Scenario
from simulator.outputs.files import filled_whole, folder_digest
from simulator.study.experiment import experiment
from simulator.study.frames import Frames
from simulator.study.replications import Job, Played, join, play_all, write_tables
from simulator.study.report import build_report

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

    ``replications`` of the seed are played on ``workers`` processes, which say nothing in the results.
    A ``calibration`` stands in place of the figures ``platform.*``, a ``certification`` in place of those of the test
    that institutions have to pass.
    """

    scale: float
    seed: int
    check_all: bool = False
    lang: str = "en"
    overrides: tuple[str, ...] = ()
    calibration: Calibration | None = None
    replications: int = 1
    workers: int = 1
    certification: Certification | None = None


class Result(NamedTuple):
    """What a run left: its summary, the folder, and whether no replication found anything wrong with itself."""

    summary: Mapping[str, Any]
    folder: Path
    clean: bool


class Study(NamedTuple):
    """A scenario to play, how, and the folder that is to hold the results."""

    scenario: Scenario
    options: Options
    folder: Path


def simulate(
    scenario: Scenario, options: Options, folder: Path, progress: Callable[[int], None] | None = None
) -> Result:
    """Run a scenario and leave tables, summary, provenance and report in ``folder``.

    Raises OSError, and WorkerDied where a worker process ends before its work; nothing is left then. Of several
    replications the tables hold all; the summary and the page tell the first in detail, and what all come to.
    """
    with filled_whole(folder) as made:
        (result,) = fill([Study(scenario, options, made)], options.workers, progress)
    return result._replace(folder=folder)


def fill(studies: Sequence[Study], workers: int, progress: Callable[[int], None] | None = None) -> Sequence[Result]:
    """Play all replications of all studies together, and fill the folder of each; raises as :func:`simulate`."""
    jobs = [job for study in studies for job in _jobs(study)]
    played = iter(play_all(jobs, workers, progress))
    return [_told(study, [next(played) for _ in range(study.options.replications)]) for study in studies]


def _jobs(study: Study) -> Sequence[Job]:
    scenario, options, folder = study
    several = options.replications > 1
    return [
        Job(
            scenario,
            options.scale,
            options.seed,
            options.check_all,
            number,
            folder / "runs" / f"{number:06d}" if several else folder,
            options.calibration,
            options.certification,
        )
        for number in range(options.replications)
    ]


def _told(study: Study, played: Sequence[Played]) -> Result:
    """Write what the replications of a study came to."""
    scenario, options, folder = study
    summary = played[0].summary
    if len(played) > 1:
        join([job.folder for job in _jobs(study)], folder)
        write_tables(played, folder)
        seen, reached = ([row for each in played for row in getattr(each, name)] for name in ("seen", "reached"))
        every = experiment(seen, reached, [each.summary for each in played])
        summary = {**summary, "experiment": every}
    (folder / "summary.json").write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2))
    provenance = _provenance(scenario, options)
    (folder / "provenance.json").write_bytes(orjson.dumps(provenance, option=orjson.OPT_INDENT_2))
    page = build_report(scenario, summary, provenance, Frames(folder), lang=options.lang)
    (folder / "report.html").write_text(page, encoding="utf-8")
    return Result(summary, folder, all(each.clean for each in played))


def _provenance(scenario: Scenario, options: Options) -> Mapping[str, Any]:
    """Return what the results rest on: hashes of every input, versions, seed; no time, so that it can be compared."""
    calibration, certification = options.calibration, options.certification
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
        **({"replications": options.replications} if options.replications > 1 else {}),
        **({} if certification is None else {"certification": {certification.name: certification.digest}}),
    }
