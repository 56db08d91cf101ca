"""What an operator is told goes wrong stands there in Chinese and in English: what, where, and what to do."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from simulator.sandbox.clock import Clock
from simulator.sandbox.configuration import described, expect
from simulator.sandbox.engine import Torn
from simulator.sandbox.journal import CannotWrite, Damaged, Unfit, cannot_write, other_format
from simulator.sandbox.roles import EVERYTHING
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.stores import open_store
from simulator.sandbox.wrong import InBoth, Wrong, said_of
from tests.sandbox.control_client import START, Client, ground
from tests.sandbox.serving import ROOT

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def told(*options: str, command: str = "serve") -> tuple[str, str]:
    """Run a command that cannot begin; return what it says in Chinese and English."""
    line = [sys.executable, "yidi.py", *command.split(), "--json", "--lang", "zh", *options]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["exit_code"]) == (2, 2), done.stderr
    assert done.stderr == f"yidi {command}: {error['zh']}\n"
    return error["zh"], error["en"]


@contextmanager
def in_use(place: str) -> Iterator[None]:
    with closing(open_store(place)):
        yield


@contextmanager
def of_a_format_to_come(place: str) -> Iterator[None]:
    with closing(open_store(place)) as store:
        store.set_meta({"format": "99"})
    yield


@contextmanager
def of_a_whole_province(place: str) -> Iterator[None]:
    with closing(open_store(place)) as store:
        store.set_meta(described(ground(), START.date()))
    yield


@pytest.mark.parametrize(
    ("before", "options", "zh", "en"),
    [
        (in_use, (), "另一进程正在使用{0}：请先停止它", "another process serves from {0}: stop it first"),
        (of_a_format_to_come, (), "{0}无法读取：其格式为99", "cannot be read from {0}: it is of format 99"),
        (
            of_a_whole_province,
            ("--role", "city", "--admdvs", "320300", "--upstream", "http://127.0.0.1:1"),
            "日志建立时的角色为province，不是city 320300：请选用它",
            "the journal was made with role province, not city 320300: choose it",
        ),
    ],
)
def test_a_journal_that_will_not_do(tmp_path: Path, before: Any, options: Any, zh: str, en: str) -> None:
    place = str(tmp_path / "yidi.db")
    with before(place):
        said = told("--port", "0", "--db", place, *options)
    assert said[0].removeprefix("日志").startswith(zh.removeprefix("日志").format(place))
    assert en.format(place) in said[1]
    assert all("--db" in each for each in said)


@pytest.mark.parametrize("command", ["serve", "journal verify"])
@pytest.mark.parametrize("place", ["{0}/no/such/folder/yidi.db", "postgresql://someone:secret@127.0.0.1:1/yidi"])
def test_a_place_that_cannot_be_had(tmp_path: Path, command: str, place: str) -> None:
    place = place.format(tmp_path)
    zh, en = told("--db", place, *(["--port", "0"] if command == "serve" else []), command=command)
    where = place.replace(":secret", "").rpartition("/")[0]
    assert where in zh
    assert where in en
    assert "secret" not in zh + en
    assert _CHINESE.search(zh)
    assert not _CHINESE.search(en)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as bound:
        port = str(bound.getsockname()[1])
        zh, en = told("--port", port, "--db", str(tmp_path / "yidi.db"))
    assert zh.startswith(f"127.0.0.1:{port} 无法监听：")
    assert en.startswith(f"127.0.0.1:{port} cannot be listened on: ")
    assert "换一个端口" in zh
    assert "choose another port" in en


def test_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    zh, en = told("--tls-cert", "a.pem", "--tls-key", "b.pem", "--db", str(tmp_path / "yidi.db"))
    assert zh.startswith("没有文件 a.pem：请用 --tls-cert 指明证书")
    assert en.startswith("there is no file a.pem: name a certificate with --tls-cert")


@pytest.mark.parametrize("name", ["pack", "network", "catalogue", "pack_sha256", "role", "waits"])
def test_whatever_a_journal_was_made_with_is_named(name: str) -> None:
    wanted = described(ground(), START.date(), EVERYTHING)
    with pytest.raises(Unfit) as found:
        expect(wanted | {name: "other"}, wanted)
    assert "other" in found.value.zh
    assert "other" in found.value.en
    assert name.removesuffix("_sha256") in found.value.en
    assert found.value.zh.endswith("另选 --db")


@pytest.mark.parametrize(
    "problem",
    [
        cannot_write("/a/yidi.db", "disk full"),
        other_format("/a/yidi.db", "1"),
        Damaged(7, "is missing", "缺失"),
        Torn("平台320100办理2304中途出错", "platform 320100 failed half-way through 2304"),
        Wrong("没有就诊S9", "there is no stay S9"),
    ],
)
def test_every_problem_has_both(problem: Exception) -> None:
    zh, en = said_of(problem)
    assert _CHINESE.search(zh)
    assert not _CHINESE.search(en)
    assert str(problem).endswith(en)


def test_a_problem_of_the_machine_is_said_as_it_is() -> None:
    assert said_of(OSError("no more")) == ("no more", "no more")
    assert said_of(CannotWrite(28, "no space")) == ("no space", "no space")
    assert str(InBoth("无", "nothing")) == "nothing"


def test_why_no_calls_are_taken_is_told_in_both(tmp_path: Path) -> None:
    async def whole() -> Any:
        ended: list[Exception] = []
        sandbox = Sandbox(ground(), tmp_path / "yidi.db", clock=Clock(START), failed=ended.append)
        await sandbox.start()
        client = Client(sandbox)
        sandbox.front.pause()
        begins = (await client.get("/")).json["problem"]
        sandbox.front.serve(sandbox.engine)
        sandbox.engine._cannot_read(Damaged(3, "is missing", "缺失"))
        ends = (await client.get("/")).json["problem"]
        await sandbox.stop()
        return begins, ends, said_of(ended[0])

    begins, ends, problem = asyncio.run(whole())
    assert begins == {"zh": "正在重新开始", "en": "begins anew"}
    assert _CHINESE.search(ends["zh"])
    assert ends["en"].startswith("ends")
    assert problem == ("日志第3条缺失", "entry 3 of the journal is missing")
