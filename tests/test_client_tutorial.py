"""The tutorial on testing a client is true: its files, in a project with packages of our names, pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.projects import Project

ROOT = Path(__file__).parents[1]
PAGES = ["test-your-client.md", "test-your-client.zh-CN.md"]
FILE = re.compile(r"`(\w+\.py)`[:：]\n\n```python\n(.*?)```", re.DOTALL)


def files_of(page: str) -> dict[str, str]:
    return dict(FILE.findall((ROOT / "docs/tutorial" / page).read_text(encoding="utf-8")))


def test_the_client_is_ten_lines() -> None:
    client = files_of(PAGES[0])["client.py"]
    lines = [line for line in client.splitlines() if line.strip() and "import" not in line]
    assert len(lines) <= 10


def test_both_languages_have_the_same_code() -> None:
    assert files_of(PAGES[0]) == files_of(PAGES[1])


def test_the_tests_of_the_tutorial_pass(project: Project) -> None:
    files = files_of(PAGES[0])
    assert len(files) == 5
    for name, text in files.items():
        project.write(name, text)
    tests = sum(text.count("\ndef test_") + text.startswith("def test_") for text in files.values())
    done = project.pytest()
    assert f"{tests} passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_the_settings_are_those_of_the_plugin(page: str) -> None:
    import yidi_pytest

    text = (ROOT / "docs/tutorial" / page).read_text(encoding="utf-8")
    assert re.findall(r"^\| `(yidi_\w+)`", text, re.MULTILINE) == list(yidi_pytest._SETTINGS)
