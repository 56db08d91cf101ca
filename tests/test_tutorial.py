"""The tutorials are true: what stands in them after a command is what the command prints."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["first-message.md", "first-message.zh-CN.md"]
SESSION = re.compile("```console\n(.*?)```", re.DOTALL)
MINE = re.compile("```json\n(.*?)```", re.DOTALL)


@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv, which the tutorial uses, is not installed")
@pytest.mark.parametrize("page", PAGES)
def test_every_command_prints_what_the_tutorial_says(page: str, tmp_path: Path) -> None:
    text = (ROOT / "docs/tutorial" / page).read_text(encoding="utf-8")
    mine = MINE.search(text)
    assert mine
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.json").write_text(mine[1], encoding="utf-8")
    (tmp_path / "schemas").symlink_to(ROOT / "schemas")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    command = f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "yidi.py"}" "$@"\n'
    (tmp_path / ".venv/bin/yidi").write_text(command, encoding="utf-8")
    (tmp_path / ".venv/bin/yidi").chmod(0o755)
    sessions = SESSION.findall(text)
    assert len(sessions) > 5
    for session in sessions:
        for step in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
            line, _, expected = step.partition("\n")
            assert printed(line, tmp_path) == expected, line


def printed(line: str, folder: Path) -> str:
    """What a command line prints in a folder, errors included."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.stdout.decode()
