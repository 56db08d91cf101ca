"""`yidi journal` says what a journal is worth, in words and in JSON, and leaves with the right code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from simulator.sandbox.clock import Clock
from simulator.sandbox.journal_commands import app
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.sqlite import SqliteStore
from tests.sandbox.control_client import START, ground

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of a sandbox that was started and stopped: its people, and nothing else."""
    path = tmp_path_factory.mktemp("begun") / "yidi.db"

    async def session() -> None:
        sandbox = Sandbox(ground(), path, clock=Clock(START), failed=_never)
        await sandbox.start()
        await sandbox.stop()

    asyncio.run(session())
    return path


@pytest.fixture
def journal(begun: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    copy = tmp_path / "yidi.db"
    copy.write_bytes(begun.read_bytes())
    return copy


@pytest.fixture
def run() -> Run:
    """Run a command line; return its exit code, output and errors."""

    def ran(*line: object) -> Any:
        return CliRunner().invoke(app, [str(part) for part in line])

    return ran


def test_a_whole_journal_is_said_to_be(journal: Path, run: Run) -> None:
    said = run("verify", "--db", journal)
    assert (said.exit_code, "the journal is whole" in said.stdout) == (0, True)
    assert run("verify", "--db", journal, "--lang", "zh").stdout.startswith("日志完好：")
    told = orjson.loads(run("verify", "--db", journal, "--json").stdout)
    assert told["good"]
    assert told["entries"] > 0
    assert told["recomputed"] == 0


def test_recomputing_needs_the_rules_the_journal_was_made_with(journal: Path, run: Run) -> None:
    said = run("verify", "--db", journal, "--recompute", "--json")
    told = orjson.loads(said.stdout)
    assert (said.exit_code, told["recomputed"]) == (0, told["entries"])
    other = run("verify", "--db", journal, "--recompute", "--pack", "jilin-2019")
    assert (other.exit_code, "made with pack jiangsu-2023, not jilin-2019" in other.stderr) == (2, True)


def test_a_damaged_journal_is_named_by_its_entry(journal: Path, run: Run) -> None:
    _spoil(journal, "UPDATE entries SET sender = 'X' WHERE seq = 7")
    said = run("verify", "--db", journal)
    assert (said.exit_code, "entry 7 of the journal does not match its digest" in said.stderr) == (1, True)
    assert "日志第7条与其摘要不符" in run("verify", "--db", journal, "--lang", "zh").stderr
    assert orjson.loads(run("verify", "--db", journal, "--json").stdout)["error"]["exit_code"] == 1


def test_what_is_no_journal_is_said(tmp_path: Path, run: Run) -> None:
    missing = run("verify", "--db", tmp_path / "none.db")
    assert (missing.exit_code, "there is no file" in missing.stderr) == (2, True)
    (tmp_path / "text.db").write_text("a text, and not a database " * 100, encoding="utf-8")
    text = run("tail", "--once", "--db", tmp_path / "text.db")
    assert (text.exit_code, "file is not a database" in text.stderr) == (1, True)
    assert run("export", "--lang", "fr", "--db", tmp_path / "text.db").exit_code == 2
    nowhere = run("verify", "--db", "postgresql://postgres:secret@127.0.0.1:1/yidi")
    assert (nowhere.exit_code, "secret" in nowhere.stderr) == (2, False)
    assert "postgresql://postgres@127.0.0.1:1/yidi cannot be reached" in nowhere.stderr


def test_a_journal_no_server_has_begun_cannot_be_recomputed(tmp_path: Path, run: Run) -> None:
    SqliteStore(tmp_path / "new.db").close()
    said = run("verify", "--recompute", "--db", tmp_path / "new.db")
    assert (said.exit_code, "no server has begun it" in said.stderr) == (2, True)


def test_everything_is_exported(journal: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "journal.ndjson"
    assert run("export", "--db", journal, "--out", out).exit_code == 0
    rows = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    store = SqliteStore(journal, read_only=True)
    entries = list(store.entries())
    store.close()
    assert [(row["seq"], row["digest"]) for row in rows] == [(each.seq, each.digest.hex()) for each in entries]
    assert [row["effects"] for row in rows] == [orjson.loads(each.effects) for each in entries]
    later = run("export", "--db", journal, "--after", len(rows) - 1)
    assert orjson.loads(later.stdout_bytes) == rows[-1]
    wrong = run("export", "--db", journal, "--out", tmp_path)
    assert (wrong.exit_code, "cannot write" in wrong.stderr) == (2, True)


def test_the_tail_tells_nothing_of_a_person(journal: Path, run: Run) -> None:
    said = run("tail", "--db", journal, "--once", "--lines", 10**6)
    assert said.exit_code == 0
    assert "王建国" not in said.stdout
    assert "facts" in said.stdout
    rows = [
        orjson.loads(line)
        for line in run("tail", "--db", journal, "--once", "--lines", 3, "--json").stdout.splitlines()
    ]
    assert len(rows) == 3
    assert set(rows[0]) == {"seq", "now", "node", "kind", "sender", "what", "msgid", "infcode"}


def test_the_tail_follows_until_it_is_interrupted(journal: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 1:
            raise KeyboardInterrupt

    monkeypatch.setattr("simulator.sandbox.journal_commands.time.sleep", sleep)
    said = run("tail", "--db", journal, "--lines", 1)
    assert (said.exit_code, len(said.stdout.splitlines()), len(slept)) == (130, 1, 2)


def _never(problem: Exception) -> None:
    raise AssertionError(problem)


def _spoil(path: Path, change: str) -> None:
    store = SqliteStore(path)
    run: Any = store._writer
    run.execute(change)
    store.close()
