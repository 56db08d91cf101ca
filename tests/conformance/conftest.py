"""One reference city for all tests that need a system on the network, and one bundle of a small run against it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import SUITES
from conformance.commands import demo_city, run_suites

SUITE = SUITES / "test_visits.py"
CHOSEN = ("-k", "is_settled and (away or home) and not outpatient")
"""Four cases: a stay and a purchase, each treated elsewhere and at home."""


def pytest_configure(config: pytest.Config) -> None:
    """Know the marks of the suites, which are read here without being run by the plugin."""
    for mark in ("verifies", "core", "alone", "bureau"):
        config.addinivalue_line("markers", f"{mark}: see conformance/clauses.py")


class Town:
    """A reference city that is up, and runs of a few cases against it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def run(
        self, folder: Path, *more: str, chosen: tuple[str, ...] = CHOSEN, seed: str = "", suites: Path = SUITE
    ) -> int:
        """Run cases and leave evidence and results in a folder; return pytest's exit code."""
        folder.mkdir(parents=True, exist_ok=True)
        return run_suites(str(self.file), folder / "evidence.ndjson", seed, *more, *chosen, quiet=True, suites=suites)


def results_in(folder: Path) -> Any:
    """Return the results in a folder."""
    return json.loads((folder / "results.json").read_bytes())


def verdicts_in(folder: Path) -> dict[str, tuple[str, str]]:
    """Return verdict and label of every case."""
    return {row["id"]: (row["verdict"], row["label"]) for row in results_in(folder)["cases"]}


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    with demo_city() as file:
        yield Town(file)


@pytest.fixture(scope="session")
def _bundle(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    assert town.run(folder) == 0
    shutil.rmtree(folder / ".pytest_cache")
    return folder


@pytest.fixture
def bundle(_bundle: Path, tmp_path: Path) -> Path:
    """Return a folder with evidence and results of a run that passed."""
    return Path(shutil.copytree(_bundle, tmp_path / "cert"))
