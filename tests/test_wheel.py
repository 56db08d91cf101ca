"""A wheel installed into an empty environment works where other packages have our folders' names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.projects import Project

ROOT = Path(__file__).parent.parent
OURS = ("schemas", "simulator", "scenarios", "conformance")
NAMESAKES = ("schemas", "conformance", "tests", "scenarios", "simulator")


def succeed(*command: str | Path, cwd: Path) -> str:
    """Run a command without anything of this process's Python settings; return what it printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_", "VIRTUAL"))}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built offline."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    succeed(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q", "-w", folder, ROOT, cwd=folder)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it; its programs' folder.

    The libraries are those of this environment, by one line in a .pth file: the .pth files beside them are then not
    read, so that a project installed for editing is not seen.
    """
    folder = tmp_path_factory.mktemp("environment")
    succeed(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    succeed(*pip, "install", "--no-deps", "--no-index", "-q", wheel, cwd=folder)
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return folder / "bin"


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A folder whose packages are named as ours and break when they are imported."""
    for name in NAMESAKES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('raise ImportError("the integrator\'s own package")\n')
    return tmp_path


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    made = {"__pycache__", ".part"}
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in OURS
        for path in (ROOT / package).rglob("*")
        if path.is_file() and made.isdisjoint(path.parts)
    }
    assert names == sources | {"yidi.py", "yidi_pytest.py"}


def test_the_wheel_holds_the_data_and_no_test(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for path in (
        "schemas/v1/messages/2304.request.json",
        "schemas/pages/templates/transaction.md",
        "schemas/v1/examples/2304.request.json",
        "schemas/files/summary.schema.json",
        "schemas/py.typed",
        "scenarios/jiangsu-2016.toml",
        "scenarios/networks/jiangsu.toml",
        "scenarios/catalogues/jiangsu-2016.toml",
        "scenarios/policies/jiangsu-2016/benefit/employee.toml",
        "simulator/outputs/templates/report.html",
    ):
        assert path in names
    assert not [name for name in names if name.startswith(("tests/", "docs/", "benchmarks/"))]


def test_the_wheel_declares_the_command_and_the_licence(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    by_name = {name.rpartition("/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
    assert "yidi = yidi:main" in archive.read(by_name["entry_points.txt"]).decode()
    assert "LICENSE" in by_name


def test_the_installed_wheel_simulates_beside_packages_of_our_names(environment: Path, crowded: Path) -> None:
    arguments = ("simulate", "jiangsu-2016", "--scale", "0.001", "--days", "20", "--json", "--out", "results")
    summary = json.loads(succeed(environment / "yidi", *arguments, cwd=crowded))
    assert summary["rate"]["discharges"] > 0
    assert json.loads((crowded / "results" / "summary.json").read_bytes()) == summary
    assert (crowded / "results" / "report.html").stat().st_size > 1000


def test_the_installed_command_uses_the_wheels_modules(environment: Path, crowded: Path) -> None:
    code = (
        "import yidi, schemas, simulator.study.run, scenarios\n"
        "print(*(module.__file__ for module in (yidi, schemas, simulator, scenarios)), sep='\\n')"
    )
    places = succeed(environment / "python", "-I", "-c", code, cwd=crowded).split()
    assert len(places) == 4
    assert all(Path(place).is_relative_to(environment.parent) for place in places)


def test_the_installed_command_checks_messages_and_says_its_version(environment: Path, crowded: Path) -> None:
    assert succeed(environment / "yidi", "--version", cwd=crowded).startswith("yidi ")
    example = ROOT / "schemas" / "v1" / "examples" / "2304.request.json"
    assert "good" in succeed(environment / "yidi", "schema", "check", example, cwd=crowded)


def test_the_installed_fixture_works_beside_packages_of_our_names(environment: Path, project: Project) -> None:
    project.write(
        "tests/test_it.py",
        """
import schemas, simulator, yidi_pytest

def test_it(province):
    assert province.stay()["state"] == "settled"
    assert schemas.WHOSE and simulator.WHOSE
    print("plugin", yidi_pytest.__file__)
""",
    )
    done = project.pytest("-s", python=environment / "python")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert f"plugin {environment.parent}" in done.stdout
