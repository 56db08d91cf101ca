"""Fixtures of all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of an integrator's own."""
    return Project(tmp_path)
