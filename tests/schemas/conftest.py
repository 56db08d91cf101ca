"""The registry and its examples, read once."""

from __future__ import annotations

from importlib.resources import files

import pytest

import schemas


@pytest.fixture(scope="session")
def registry() -> schemas.Registry:
    return schemas.load("v1")


@pytest.fixture(scope="session")
def examples() -> dict[tuple[str, str], str]:
    """Text of every example by transaction and direction."""
    folder = files("schemas") / "v1" / "examples"
    found = {}
    for entry in folder.iterdir():
        if entry.name.endswith(".json"):
            infno, direction, _ = entry.name.split(".")
            found[infno, direction] = entry.read_text(encoding="utf-8")
    return found
