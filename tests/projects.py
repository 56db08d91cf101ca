"""A project of an integrator's own, whose packages are named as ours and say so when they are used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

NAMESAKES = ("schemas", "conformance", "tests", "scenarios", "simulator")


class Project:
    """A folder with packages of our names; its tests run as `python -m pytest` there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in NAMESAKES:
            self.write(f"{name}/__init__.py", f'WHOSE = "the integrator\'s {name}"\n')

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def pytest(
        self, *arguments: str, python: str | Path = sys.executable, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the project's tests with a Python, warnings being errors, the project's folder first on the path."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**kept, "PYTHONPATH": str(self.folder), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
