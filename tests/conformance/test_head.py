"""The head of a run: the hash of a role's suites is over everything that says what its cases are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import SUITES
from conformance.head import SHAPES, suite_files, suites_digest
from simulator.sandbox.roles import ROLES

PACKAGE = "conformance.suites"


def imported(file: Path) -> Iterator[str]:
    """Return the files of the suites that one of them imports, by their paths from the suites on."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            place = "/".join((node.module or "").split(".")[2:])
            names = [f"{place}/{each.name}.py".removeprefix("/") for each in node.names]
            yield from [name for name in names if (SUITES / name).exists()] or [f"{place}.py"]
        elif isinstance(node, ast.Import):
            yield from ("/".join(each.name.split(".")[2:]) + ".py" for each in node.names if PACKAGE in each.name)


@pytest.mark.parametrize("role", ROLES)
def test_what_a_suite_imports_from_suites_is_in_the_hash(role: str) -> None:
    files = suite_files(role)
    assert any(name.rpartition("/")[2].startswith("test_") for name in files)
    needed = {each for name in files for each in imported(SUITES / name)}
    assert needed <= files.keys()
    if role != "hospital":
        assert any(name.startswith(f"{SHAPES}/") for name in needed)


def test_a_shape_is_no_suite_and_every_file_is_of_some_role() -> None:
    found = {path.relative_to(SUITES).as_posix() for path in SUITES.rglob("*.py")}
    assert found == {name for role in ROLES for name in suite_files(role)}
    assert not [name for name in found if name.startswith(f"{SHAPES}/test_")]


def test_another_shape_is_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {role: suites_digest(role) for role in ROLES}
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + (b"#" if path.parent.name == SHAPES else b""))
    assert all(suites_digest(role) != before[role] for role in ROLES)
