"""The pytest plugin: collects suites, gives each case its bench, and notes what became of it.

The bench stands in the process that runs pytest; with xdist that is the controller, and its workers are clients.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.client import CaseClient
from conformance.service import Served, reached
from conformance.standing import Standing
from schemas.requirements import load_requirements
from simulator.inputs.errors import InputError
from simulator.inputs.subjects import read_subject
from simulator.outputs.console import UsageError
from simulator.sandbox.sandbox import ground_of

_MARKS = (
    "verifies(*rows, zh, en, should=False): the requirement rows a case verifies",
    "core: every system must be able to run this case",
)
_ATTEMPTS = 4  # at one case in one run, at most
_BENCH = pytest.StashKey[Any]()
_STANDING = pytest.StashKey[Standing]()
_NUMBERS = pytest.StashKey[dict[str, int]]()


def pytest_configure(config: pytest.Config) -> None:
    """Stand the bench up, or reach the one of the controller."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[_BENCH] = reached(*json.loads(worker["yidi_bench"]))
        return
    if config.getoption("collectonly", False) or config.getoption("yidi_offline", None):
        return
    try:
        subject = read_subject(config.getoption("yidi"))
        standing = Standing(subject, ground_of(subject.pack), config.getoption("yidi_seed"), _evidence(config))
    except (InputError, UsageError) as problem:
        raise pytest.UsageError(str(problem)) from None
    config.stash[_STANDING], config.stash[_BENCH] = standing, standing.bench
    config.add_cleanup(standing.close)


def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist where the bench is."""
    served = _served(node.config)
    node.workerinput["yidi_bench"] = json.dumps([served.address, served.key])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hold every case to rows that there are; number the cases."""
    known = load_requirements().rows
    for item in items:
        mark = item.get_closest_marker("verifies")
        if mark is not None:
            unknown = [row for row in mark.args if row not in known]
            if unknown:
                raise pytest.UsageError(f"{item.nodeid}: there is no requirement row {unknown[0]}")
    config.stash[_NUMBERS] = {item.nodeid: index for index, item in enumerate(sorted(items, key=lambda i: i.nodeid))}


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Iterator[CaseClient]:
    """Return the case of a test on the bench."""
    config, name, attempt = request.config, request.node.nodeid, 0
    bench, number = config.stash[_BENCH], config.stash[_NUMBERS][name]
    bench.begin(name, attempt, number * _ATTEMPTS + attempt)
    yield CaseClient(bench, name, attempt)
    bench.end(name, attempt)


def _evidence(config: pytest.Config) -> Path:
    wanted = config.getoption("yidi_evidence")
    if wanted:
        return Path(wanted)
    return Path(tempfile.mkdtemp(prefix="yidi-")) / "evidence.ndjson"


_SERVED = pytest.StashKey[Served]()


def _served(config: pytest.Config) -> Served:
    """Return the bench as workers reach it; it is served from a thread from the first one on."""
    if _SERVED not in config.stash:
        served = Served(config.stash[_BENCH], Path(tempfile.mkdtemp(prefix="yidi-")))
        threading.Thread(target=served.serve, name="bench", daemon=True).start()
        config.stash[_SERVED] = served
    return config.stash[_SERVED]
