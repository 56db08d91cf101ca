"""Replications of a scenario, one after another or on worker processes: the same results on any number of them.

A replication is named by its number, and chance by seed and replication, so that who plays it and when says nothing.
Each writes its tables into a folder of its own as it goes; they are joined in order when all are done.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from simulator.inputs.calibrations import Calibration
from simulator.inputs.certifications import Certification
from simulator.inputs.scenarios import Scenario
from simulator.study import observed, reaching
from simulator.study.frames import Frames
from simulator.study.observed import Seen
from simulator.study.reaching import Reached
from simulator.study.summary import summarise
from simulator.world.model import World

Progress = Callable[[int], None]
"""Is told how many days are done, those of all replications together."""

_LOOK_EVERY_SECONDS = 0.2


class WorkerDied(RuntimeError):
    """A worker process ended before what it played was done: killed, or out of memory."""


class Job(NamedTuple):
    """One replication to play, and the folder its tables go to."""

    scenario: Scenario
    scale: float
    seed: int
    check_all: bool
    replication: int
    folder: Path
    calibration: Calibration | None = None
    certification: Certification | None = None


class Played(NamedTuple):
    """What a replication came to; its tables lie in the folder of its job."""

    summary: Mapping[str, Any]
    clean: bool
    seen: Sequence[Seen]
    reached: Sequence[Reached]


def play_all(jobs: Sequence[Job], workers: int, progress: Progress | None = None) -> Sequence[Played]:
    """Return what each job came to, in their order; raises WorkerDied, and whatever ends a replication.

    With one worker they are played in this process. However it ends, no worker is left.
    """
    if min(workers, len(jobs)) == 1:
        return _one_by_one(jobs, progress)
    context = multiprocessing.get_context("spawn")
    days = context.RawArray("i", len(jobs))
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(workers, len(jobs)), context, initializer=_begin_worker, initargs=(days,))
    try:
        futures = [pool.submit(_play_in_worker, job, place) for place, job in enumerate(jobs)]
        return _gathered(futures, lambda: progress(sum(days)) if progress else None)
    except BrokenProcessPool:
        raise WorkerDied from None
    finally:
        # Where all is done they are idle; where it is not, nobody waits for what they still do.
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        pool.shutdown(cancel_futures=True)


def _one_by_one(jobs: Sequence[Job], progress: Progress | None) -> Sequence[Played]:
    played: list[Played] = []
    before = 0
    for job in jobs:
        played.append(play(job, None if progress is None else _after(before, progress)))
        before += (job.scenario.end - job.scenario.start).days + 1
    return played


def _after(before: int, progress: Progress) -> Progress:
    return lambda day: progress(before + day)


def _gathered(futures: Sequence[Future[Played]], look: Callable[[], None]) -> Sequence[Played]:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, _LOOK_EVERY_SECONDS, FIRST_EXCEPTION)
        for each in done:
            each.result()  # what ended a replication ends them all, at once
        look()
    return [each.result() for each in futures]


def play(job: Job, progress: Progress | None = None) -> Played:
    """Play one replication and leave its tables in its folder."""
    world = World(
        job.scenario,
        scale=job.scale,
        seed=job.seed,
        folder=job.folder / "parts",
        replication=job.replication,
        check_all=job.check_all,
        calibration=job.calibration,
        certification=job.certification,
    )
    world.run(progress)
    world.recorder.finish(job.folder)
    frames = Frames(job.folder, job.replication)
    summary = summarise(job.scenario, job.scale, job.seed, world, frames)
    seen = observed.observed(job.replication, summary, frames)
    reached = reaching.reached(job.replication, job.scenario, summary, frames)
    clean = world.auditor.clean
    del world
    gc.collect()  # a world is full of cycles, and the next one needs the room
    return Played(summary, clean, seen, reached)


def join(folders: Sequence[Path], folder: Path) -> None:
    """Write the tables of all replications as one each, in their order; the parts are gone afterwards."""
    for name in sorted(path.name for path in folders[0].glob("*.parquet")):
        parts = [each / name for each in folders]
        pl.scan_parquet(parts).sink_parquet(folder / name, compression="zstd", maintain_order=True)
        for part in parts:
            part.unlink()


def write_tables(played: Sequence[Played], folder: Path) -> None:
    """Write the tables ``replications`` (figures) and ``targets`` of an experiment."""
    rows: Mapping[str, tuple[Sequence[Any], Mapping[str, Any]]] = {
        "replications": ([row for each in played for row in each.seen], observed.SCHEMA),
        "targets": ([row for each in played for row in each.reached], reaching.SCHEMA),
    }
    for name, (table, schema) in rows.items():
        frame = pl.DataFrame(table, schema=dict(schema), orient="row")
        frame.write_parquet(folder / f"{name}.parquet", compression="zstd")


# -- in a worker ------------------------------------------------------------------------------------------------------

_worker: dict[str, Any] = {}


def _begin_worker(days: Any) -> None:
    """Leave Ctrl-C to who started us, and end when that one does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker["days"] = days
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _play_in_worker(job: Job, place: int) -> Played:
    return play(job, lambda day: _worker["days"].__setitem__(place, day))
