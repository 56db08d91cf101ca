"""A history that went wrong, done once more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from conformance.replaying import lines, replay_command
from conformance.scripts import Done, Row, Script, keep, read
from conformance.stage import Wrong
from simulator.inputs.errors import InputError

if TYPE_CHECKING:
    from tests.conformance.conftest import Town

WRONG = Wrong("differs", "2304", "/infcode", "0", "-161", 12)
ROWS = (
    Row(1, "say", "9001"),
    Row(1, "say", "2401"),
    Row(1, "say", "2402"),
    Row(1, "break", "2304", fault="request_lost"),
    Row(1, "say", "2304", fault="reply_lost"),
    Row(1, "mend"),
    Row(1, "again"),
    Row(1, "echo", back=1),
    Row(1, "reverse"),
)
SCRIPT = Script(({"where": "here", "yuan": 5000},), ROWS)
DONE = (*(Done(row, row.infno, 0, 0) for row in ROWS[:-1]), Done(ROWS[-1], "2601", 0, -161, (WRONG,)))
ABOUT = {"case": "test_x.py::test_y", "seed": "1"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "replay-x.json"
    keep(path, SCRIPT, DONE, ABOUT)
    return path


def run(*line: str) -> Any:
    app = typer.Typer()
    app.command()(replay_command)
    return CliRunner().invoke(app, list(line))


def test_what_is_kept_is_read(file: Path) -> None:
    script, done, about = read(file)
    assert (script, done) == (SCRIPT, DONE)
    assert ABOUT.items() <= about.items()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "is not yidi/replay/1"),
        ('{"format": "other"}', "is not yidi/replay/1"),
        ('{"format": "yidi/replay/1", "visits": [], "steps": [{"visit": 1, "do": "say"}]}', "step 1: is no step"),
        (
            '{"format": "yidi/replay/1", "visits": [], "steps": '
            '[{"visit": 1, "do": "eval", "sent": "", "expected": 0, "received": 0}]}',
            "does 'eval'",
        ),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, said: str, words: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(said, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read(path)
    assert run(str(path), "--demo").exit_code == 2


def test_a_target_must_be_named(file: Path) -> None:
    assert run(str(file)).exit_code == 2
    assert run(str(file), "--demo", "-c", "x.toml").exit_code == 2
    assert run(str(file), "-c", "not-there.toml").exit_code == 2


def test_it_is_told_whether_it_is_still_wrong() -> None:
    assert list(lines(ABOUT, DONE, DONE))[-1] == "仍不一致 · still wrong"
    assert "otherwise" in list(lines(ABOUT, DONE[:3], DONE))[-1]
    assert list(lines(ABOUT, DONE, DONE[:4]))[-1] == "已一致 · as it must be"


def test_the_reference_is_right(file: Path, town: Town, tmp_path: Path) -> None:
    told = run(str(file), "-c", str(town.file), "--out", str(tmp_path / "out"))
    assert told.exit_code == 0, told.output
    assert "2304 (reply_lost): " in told.output
    assert (tmp_path / "out" / "evidence.ndjson").exists()
    said = json.loads(run(str(file), "-c", str(town.file), "--json").stdout)
    assert said["wrong"] is False
    assert [each["sent"] for each in said["steps"]][-3:] == ["2304", "2304", "2601"]
