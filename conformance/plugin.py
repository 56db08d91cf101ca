"""The pytest plugin: collects suites, gives each case its bench, and writes down what became of it.

The bench stands in the process that runs pytest; with xdist that is the controller, and its workers are clients.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance import SUITES, smoke, suites_of
from conformance.hospital.fixture import hospital
from conformance.protocol import (
    BENCH,
    NUMBERS,
    PLAIN,
    WAIVERS,
    case,
    id_of,
    pytest_runtest_makereport,
    pytest_runtest_protocol,
)
from conformance.run import Run
from conformance.service import Served, reached
from conformance.waivers import waivers_again
from schemas.requirements import load_requirements
from simulator.inputs.errors import InputError
from simulator.outputs.console import UsageError
from simulator.sandbox.parties import CITY
from simulator.sandbox.roles import ROLES

__all__ = ["case", "hospital", "pytest_runtest_makereport", "pytest_runtest_protocol"]

_MARKS = (
    "verifies(*rows, zh, en, should=False): the requirement rows a case verifies",
    "core: every system must be able to run this case",
    "bureau: about messages that this project proposes, judged with the profile bureau alone",
    "alone: no other case is on the bench meanwhile",
    "smoke: belongs to the short selection",
)
_ROLE = pytest.StashKey[str]()
_RUN = pytest.StashKey[Run]()
_SERVED = pytest.StashKey[Served]()


def pytest_configure(config: pytest.Config) -> None:
    """Stand the bench up, or reach the one of the controller."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)
    config.stash[PLAIN] = _speak_plainly(config)
    config.stash[_ROLE] = next((role for role in ROLES if str(suites_of(role)) in config.args), CITY)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [str(SUITES)]
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        told = json.loads(worker["yidi_bench"])
        offline = config.getoption("yidi_offline")  # evidence is read by each worker, and judged there
        config.stash[BENCH] = Run.of(config).benches if offline else reached(told["address"], told["key"])
        config.stash[WAIVERS], config.stash[_ROLE] = waivers_again(told["waivers"]), told["role"]
        return
    if config.getoption("collectonly", False):
        return
    try:
        run = Run.of(config)
    except (InputError, UsageError) as problem:
        raise pytest.UsageError(str(problem)) from None
    except OSError as problem:
        raise pytest.UsageError(f"the bench cannot listen: {problem}") from None
    config.option.yidi_seed, config.stash[_ROLE] = run.head["seed"], run.head["subject"]["role"]
    config.stash[_RUN], config.stash[BENCH], config.stash[WAIVERS] = run, run.benches, run.waivers
    config.pluginmanager.register(run, "yidi-run")
    config.add_cleanup(run.stop)


def _speak_plainly(config: pytest.Config) -> bool:
    """Let a red case be one line, unless tracebacks are asked for."""
    plain: bool = config.option.tbstyle == "auto" and config.option.verbose <= 0
    if plain:
        config.option.tbstyle = "no"
        if config.option.reportchars == "fE":
            config.option.reportchars = "N"
    return plain


def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist where the bench is."""
    config: pytest.Config = node.config
    if _SERVED not in config.stash:  # from the first worker on, from a thread
        served = Served(config.stash[BENCH], Path(tempfile.mkdtemp(prefix="yidi-")))
        threading.Thread(target=served.serve, name="bench", daemon=True).start()
        config.stash[_SERVED] = served
    served = config.stash[_SERVED]
    waivers = [each.told() for each in config.stash[WAIVERS]]
    told = {"address": served.address, "key": served.key, "waivers": waivers, "role": config.stash[_ROLE]}
    node.workerinput["yidi_bench"] = json.dumps(told)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the suites of other roles."""
    if not collection_path.is_relative_to(SUITES) or collection_path == SUITES:
        return None
    place = collection_path if collection_path.is_dir() else collection_path.parent
    return None if place == suites_of(config.stash[_ROLE]) else True


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the cases of the short selection."""
    smoke.mark(item)


@pytest.hookimpl(tryfirst=True)  # before anything is deselected: a case has the same number in every selection
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hold every case to rows that there are; number the cases."""
    known = load_requirements().rows
    for item in items:
        mark = item.get_closest_marker("verifies")
        unknown = [row for row in mark.args if row not in known] if mark is not None else []
        if unknown:
            raise pytest.UsageError(f"{item.nodeid}: there is no requirement row {unknown[0]}")
        item.user_properties += [("clause", row) for row in (mark.args if mark is not None else ())]  # for JUnit
    numbers: Mapping[str, int] = {name: number for number, name in enumerate(sorted(map(id_of, items)))}
    config.stash[NUMBERS] = numbers
    if _RUN in config.stash:
        config.stash[_RUN].known.update(numbers)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the controller which cases there are."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        numbers = session.config.stash.get(NUMBERS, {})
        output["yidi_known"] = sorted(numbers)
