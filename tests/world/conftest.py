"""Runs of the built-in scenario at a small scale, each made once, and their tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.world.model import World

ALL_DAYS = 202  # 2016-05-24 to 2016-12-11: the ministry connects on the day after (test_beyond.py)


class Run:
    """A world that has been lived to its end, and the tables it left."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"{name}.parquet")


def live(scenario: Scenario, folder: Path, *, scale: float, seed: int = 1, check_all: bool = False) -> Run:
    """Run a scenario and write its tables."""
    world = World(scenario, scale=scale, seed=seed, folder=folder / "parts", check_all=check_all)
    world.run()
    world.recorder.finish(folder)
    return Run(world, folder)


def scenario_of(*settings: str, days: int = ALL_DAYS) -> Scenario:
    """The built-in scenario with settings, its first days."""
    scenario = load_scenario("jiangsu-2016", overrides=("money.idle=0", *settings))  # desks do what is due on its day
    return scenario.shortened(days)


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return scenario_of()


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, scenario: Scenario) -> Run:
    """All days, every visit's messages kept and checked."""
    return live(scenario, tmp_path_factory.mktemp("whole"), scale=0.001, check_all=True)


@pytest.fixture(scope="session")
def stalled(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All days; one request in twenty stalls at a platform for longer than anybody waits."""
    scenario = scenario_of("platform.stall_share=0.05")
    return live(scenario, tmp_path_factory.mktemp("stalled"), scale=0.001, check_all=True)


@pytest.fixture(scope="session")
def december_scenario() -> Scenario:
    return load_scenario("jiangsu-2016", overrides=["start=2016-12-08"])


@pytest.fixture(scope="session")
def december(tmp_path_factory: pytest.TempPathFactory, december_scenario: Scenario) -> Run:
    """The days around the one on which the ministry connects."""
    return live(december_scenario, tmp_path_factory.mktemp("december"), scale=0.003, check_all=True)


@pytest.fixture
def run_of(tmp_path: Path) -> Callable[..., Run]:
    """Make a run of its own: settings, and ``days``, ``scale``, ``seed``."""

    def make(*settings: str, days: int = 30, scale: float = 0.001, seed: int = 1, name: str = "run") -> Run:
        return live(scenario_of(*settings, days=days), tmp_path / name, scale=scale, seed=seed)

    return make


@pytest.fixture(params=["whole", "stalled"])
def either(request: pytest.FixtureRequest) -> Run:
    """The run where nearly everything is answered in time, and the one where much is not."""
    found: Run = request.getfixturevalue(request.param)
    return found
