"""The small city that is kept as an example: written without us, and it passes the short selection."""

from __future__ import annotations

import ast
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.reference import free_port

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "small_city"
OURS = {"conformance", "schemas", "simulator", "yidi", "yidi_pytest", "scenarios"}


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    port, above = free_port(), free_port()
    line = [sys.executable, str(FOLDER / "small_city.py")]
    keys = subprocess.run([*line, "--parties"], check=True, capture_output=True, text=True).stdout
    (tmp_path / "parties.toml").write_text(keys, encoding="utf-8")
    said = (FOLDER / "conformance.toml").read_text(encoding="utf-8")
    file = tmp_path / "conformance.toml"
    file.write_text(said.replace("8081", str(port)).replace("8090", str(above)), encoding="utf-8")
    catalogue = ROOT / "scenarios" / "catalogues" / "jiangsu-2023.csv"
    line += ["--port", str(port), "--upstream", f"http://127.0.0.1:{above}", "--wait", "1"]
    city = subprocess.Popen([*line, "--catalogue", str(catalogue)], stderr=subprocess.DEVNULL)
    try:
        reached(port)
        yield file
    finally:
        city.terminate()
        city.wait(10)


def reached(port: int) -> None:
    for _ in range(100):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the small city does not listen")


def test_nothing_of_ours_is_imported() -> None:
    found = set()
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    own = {file.stem for file in FOLDER.glob("*.py")}
    assert not found & OURS
    assert found - own - sys.stdlib_module_names == {"requests"}


def test_it_passes_the_short_selection(config: Path, tmp_path: Path) -> None:
    line = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    line += ["--rootdir", "conformance/suites", "--yidi", str(config), "--yidi-seed", "small"]
    line += ["--yidi-evidence", str(tmp_path / "evidence.ndjson"), "-m", "smoke", "conformance/suites"]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
