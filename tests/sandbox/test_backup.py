"""The commands of the how-to on operating, as they stand there: copy while it runs, restore, verify, settle on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.sandbox.clock import machine
from tests.core.conftest import WARD
from tests.sandbox.databases import BINARIES
from tests.sandbox.databases import Server as Postgres
from tests.sandbox.serving import ROOT, WIRE, Caller, Server, invented, serving

PAGES = ("docs/how-to/operate.md", "docs/how-to/operate.zh-CN.md")


def commands(page: str) -> list[list[str]]:
    """The command lines of a page, by block."""
    return [block.splitlines() for block in re.findall(r"```sh\n(.*?)\n```", (ROOT / page).read_text(), re.DOTALL)]


def run(lines: list[str], **values: str) -> str:
    """Run command lines as a reader would, with the command `yidi` of this environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(BINARIES), os.environ["PATH"]])
    line = "\n".join(["set -e", *lines])
    done = subprocess.run(
        ["bash", "-c", line], env={**os.environ, **values, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def settled(server: Server, number: int) -> None:
    """Settle a stay."""
    person = invented(number).psn_no
    answer = server.send("POST", "/stays", json.dumps({"person": person}).encode(), control=True)
    assert answer.json["state"] == "settled"


def test_both_pages_give_the_same_commands() -> None:
    assert commands(PAGES[0]) == commands(PAGES[1])
    assert len(commands(PAGES[0])) == 3


def test_a_copy_taken_while_it_runs_is_whole_and_is_settled_on(tmp_path: Path) -> None:
    if shutil.which("sqlite3") is None:
        pytest.skip("there is no sqlite3")
    copy, restore, _ = commands(PAGES[0])
    running, again = tmp_path / "running", tmp_path / "again"
    running.mkdir()
    again.mkdir()
    names = {"DB": str(running / "yidi.db"), "BACKUP": str(tmp_path / "b.db"), "RESTORED": str(again / "yidi.db")}
    with serving(running) as server:
        caller = Caller(server)
        caller.sign_in()
        asked = caller.desk.admit(machine(), invented(2), machine(), WARD)
        reply = caller.post("2401", WIRE.encode(asked)).body
        settled(server, 1)
        run(copy, **names)
        settled(server, 3)  # what comes after the copy is not in it
        entries = server.figures()["yidi_journal_sequence"]
    run(restore, **names)
    with serving(again) as server:
        assert server.figures()["yidi_journal_sequence"] < entries
        other = Caller(server)
        assert other.post("2401", WIRE.encode(asked)).body == reply  # the same bytes under the same msgid
        settled(server, 3)


def test_a_dump_of_postgresql_is_restored(tmp_path: Path, postgres: Postgres) -> None:
    *_, dump = commands(PAGES[0])
    first, second = postgres.database(), postgres.database()
    with serving(tmp_path, "--db", first) as server:
        settled(server, 1)
        run(dump, PG=first, PG_RESTORED=second, DUMP=str(tmp_path / "yidi.dump"))
        entries = server.figures()["yidi_journal_sequence"]
    with serving(tmp_path, "--db", second) as server:
        assert server.figures()["yidi_journal_sequence"] == entries
        settled(server, 3)
