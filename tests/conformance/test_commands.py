"""`yidi certify` says in few lines what came of a run, and in one what it cannot do."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import yidi
from conformance import commands
from conformance.certificate import NoCertificate
from conformance.commands import summary
from tests.conformance.conftest import Town, results_in

RUN = CliRunner()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ([], "name the system under test"),
        (["--demo", "-c", "conformance.toml"], "name the system under test"),
        (["-c", "nowhere.toml"], "nowhere.toml: there is no such file"),
        (["--mutant", "double-settle", "-c", "nowhere.toml"], "--mutant goes with --demo"),
        (["--demo", "--key", "nowhere.pem"], "nowhere.pem: cannot be read"),
        (["--demo", "--resume", "--out", "/proc/nowhere"], "has no evidence.ndjson to go on with"),
        (["--demo", "--out", "/proc/nowhere"], "/proc/nowhere: cannot be written"),
        (["--demo", "--lang", "fr"], "--lang fr"),
    ],
)
def test_a_line_that_cannot_be_followed_is_refused_in_a_sentence(line: list[str], words: str) -> None:
    told = RUN.invoke(yidi.app, ["certify", *line])
    assert told.exit_code == 2
    assert words in told.output
    assert len(told.output.strip().splitlines()) == 1


@pytest.mark.parametrize(("lang", "words"), [("en", "no answer"), ("zh", "未通过")])
def test_what_is_behind_red_cases_is_told_once_for_all(town: Town, bundle: Path, lang: str, words: str) -> None:
    results = results_in(bundle)
    for row in results["cases"]:
        row |= {"verdict": "fail", "why": {"zh": "未通过。", "en": "no answer."}}
    lines = list(summary(results | {"verdict": "fail"}, NoCertificate("有红", "red"), bundle, lang))
    assert lines[1].strip().startswith("4 × ")
    assert words in lines[1]
    assert len(lines) == 4


STOPPED = {"en": "interrupted before any case", "zh": "已中断，尚未执行任何用例"}


@pytest.mark.parametrize("lang", STOPPED)
@pytest.mark.parametrize("end", ["kill -INT $$", "exit 2"])
def test_stopped_before_the_first_case_it_says_so(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, end: str
) -> None:
    monkeypatch.setattr(commands, "_pytest", lambda: ("sh", "-c", end))
    told = RUN.invoke(yidi.app, ["certify", "-c", str(town.file), "--out", str(tmp_path / "out"), "--lang", lang])
    assert told.exit_code == 130
    assert STOPPED[lang] in told.output
    assert len(told.output.strip().splitlines()) == 1


def test_stopped_before_there_is_a_child_it_is_told(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(subprocess.Popen[bytes]):
        def __init__(self, *about: Any, **more: Any) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            super().__init__(*about, **more)

    monkeypatch.setattr(commands.subprocess, "Popen", Late)
    monkeypatch.setattr(commands, "_pytest", lambda: ("sh", "-c", "sleep 30"))
    assert commands.run_suites(str(town.file), tmp_path / "evidence.ndjson", "") == -signal.SIGINT
