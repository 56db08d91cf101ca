"""`yidi proxy` as it is run: on a link with people on it, killed, before the reference city, and called wrongly."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from typer.testing import CliRunner, Result

import schemas
from conformance import SUITES
from conformance.evidence import checked
from conformance.proxy import commands
from conformance.proxy.fields import PERSONAL
from conformance.proxy.rejudging import judge_again
from conformance.proxy.results import FINDINGS, LOG, PAGE, About
from conformance.proxy.rewriting import _walk
from simulator.core.visits.lifecycle import transitions
from simulator.sandbox.server import tls_context
from tests.conformance.conftest import Town
from tests.sandbox.certificates import issued
from yidi import app

ROOT = Path(__file__).parents[2]
EXAMPLES = Path(schemas.__file__).parent / "v1" / "examples"
PEOPLE = {"990000196203140019": "320102196203140012", "试例𠮷": "欧阳𠮷", '"00000000000"': '"13905161234"'}
"""Invented people of the examples, and people as they might be."""
STORY = ("9001", "1101", "2401", "2301", "2402", "2303", "2304", "2305")
SECRET = {"X-TIF-Signature": "5ec4e7" * 8, "Content-Type": "application/json"}
SECONDS = 20
SAME = ("exchanges", "judged", "not_judged", "counts", "times", "reached", "visits_not_seen_from_the_beginning")
"""What comes out of a log as it did on the link."""


def text(name: str) -> bytes:
    """Return an example with people who might be."""
    said = (EXAMPLES / f"{name}.json").read_text(encoding="utf-8")
    for invented, real in PEOPLE.items():
        said = said.replace(invented, real)
    return said.encode()


class Upstream(BaseHTTPRequestHandler):
    """Answers every call with its example; 9102 with bytes that are no text."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:  # named by the library
        self.rfile.read(int(self.headers["content-length"]))
        infno = self.path.rpartition("/")[2]
        reply = bytes(range(256)) + "欧阳𠮷".encode() if infno == "9102" else text(f"{infno}.response")
        kind = "application/octet-stream" if infno == "9102" else "application/json"
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *arguments: Any) -> None:  # named by the library
        """Say nothing."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/fsi/api"
    server.shutdown()
    server.server_close()


class Proxy:
    """A proxy in a process of its own."""

    def __init__(self, to: str, out: Path, *more: str) -> None:
        line = [
            sys.executable,
            str(ROOT / "yidi.py"),
            "proxy",
            "--listen",
            "127.0.0.1:0",
            "--to",
            to,
            "--out",
            str(out),
        ]
        self.process = subprocess.Popen([*line, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        found = re.match(r"https?://[0-9.:]+", said)
        assert found, said + self.process.stderr.read()
        self.url = found[0]

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Stop it; return its exit code and what it said."""
        self.process.send_signal(how)
        said, _ = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, said


def say(url: str, infno: str, body: bytes | None = None) -> requests.Response:
    """Call through a proxy."""
    return requests.post(f"{url}/{infno}", body or text(f"{infno}.request"), headers=SECRET, timeout=SECONDS)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command in this process: it is told to stop when something has been done at its address."""

    def watched(do: Callable[[str], object], *line: str) -> Result:
        problems: list[BaseException] = []

        def ready(about: About, *_: Any, **__: Any) -> None:
            threading.Thread(target=then_stop, args=(f"http://{about.listen}",)).start()

        def then_stop(url: str) -> None:
            try:
                do(url)
            except BaseException as problem:
                problems.append(problem)
            os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr(commands, "_ready", ready)
        told = CliRunner().invoke(app, ["proxy", "--listen", "127.0.0.1:0", *line])
        assert not problems, problems
        return told

    return watched


@contextlib.contextmanager
def running(to: str, out: Path, *more: str) -> Iterator[Proxy]:
    proxy = Proxy(to, out, *more)
    try:
        yield proxy
    finally:
        if proxy.process.poll() is None:
            proxy.process.kill()
        proxy.process.communicate()


def personal_values() -> set[str]:
    """Return every personal value of the story that is long enough to be told from others."""
    found = {each.strip('"') for each in PEOPLE.values()}
    for infno in STORY:
        for way in ("request", "response"):
            for token, field in _walk(text(f"{infno}.{way}").decode()):
                if token[0] == '"' and PERSONAL.get(field or "") in {"identity", "name", "phone", "number"}:
                    found.add(json.loads(token))
    return {each for each in found if len(each) > 5 or not each.isascii()}


def test_a_link_is_watched_and_nobody_on_it_can_be_told(
    upstream: str, tmp_path: Path, watch: Callable[..., Result]
) -> None:
    out = tmp_path / "watched"

    def do(url: str) -> None:
        for infno in STORY:
            assert say(url, infno).content == text(f"{infno}.response")
        assert say(url, "9102").content == bytes(range(256)) + "欧阳𠮷".encode()
        say(url, "2304", "{欧阳𠮷 13905161234".encode())
        until((out / PAGE).exists)  # as it is written meanwhile

    told = watch(do, "--to", upstream, "--out", str(out), "--report-every", "3", "--pack", "jiangsu-2023")
    results = json.loads((out / FINDINGS).read_bytes())
    said = told.stdout + told.stderr
    assert told.exit_code == 1 and "10 exchanges, 10 judged: 1 findings" in said
    assert [(each["code"], each["line"]) for each in results["findings"]] == [("schema", 10)]
    lines = list(checked((out / LOG).read_bytes(), LOG))
    assert [line.case for line in lines] == [*STORY, "9102", "2304"]
    assert results["log"]["root"] == lines[-1].digest
    assert lines[8].said["reply"]["withheld"] == "file" and lines[9].said["request"]["withheld"] == "unreadable"
    _nobody_is_told(out, said)
    numbers = {match for line in lines for match in re.findall(r'certno": "([^"]+)"', str(line.said["request"]))}
    assert len(numbers) == 1 and numbers.pop()[:2] == "99"
    again = CliRunner().invoke(app, ["proxy", "--judge", str(out / LOG), "--pack", "jiangsu-2023", "--json"])
    rejudged = json.loads(again.stdout)
    assert again.exit_code == 1
    assert {name: rejudged[name] for name in SAME} == {name: results[name] for name in SAME}
    key = tmp_path / "watched.key"
    assert str(key) in said and key.stat().st_mode & 0o777 == 0o600 and not list(out.glob("*.key"))


def _nobody_is_told(out: Path, said: str) -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in out.iterdir()} | {"console": said}
    assert set(written) == {LOG, FINDINGS, PAGE, "console"}
    for name, content in written.items():
        plain = content.encode().decode("unicode_escape", "replace")
        for value in personal_values() | {SECRET["X-TIF-Signature"]}:
            assert value not in content, (name, value)
            assert not value.isascii() or value not in plain, (name, value)
    assert not re.search(r'(?:src|href)="(?!#)', written[PAGE])


def until(true: Any) -> None:
    """Wait until something is so."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_killed_it_leaves_a_whole_chain_and_the_next_one_keeps_it(
    upstream: str, tmp_path: Path, watch: Callable[..., Result]
) -> None:
    out, key = tmp_path / "watched", tmp_path / "key"
    key.write_text("ab" * 32, encoding="ascii")
    with running(upstream, out, "--key-file", str(key)) as proxy:
        for infno in STORY:
            say(proxy.url, infno)
        until(lambda: (out / LOG).read_bytes().count(b"\n") >= 3)
        children = Path(f"/proc/{proxy.process.pid}/task/{proxy.process.pid}/children").read_text("ascii").split()
        for child in map(int, children):
            os.kill(child, signal.SIGKILL)
        proxy.end(signal.SIGKILL)
    content = (out / LOG).read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    assert len(list(checked(whole, LOG))) == whole.count(b"\n") >= 3
    answers: list[int] = []
    told = watch(
        lambda url: answers.append(say(url, "1101").status_code),
        *("--to", "http://127.0.0.1:9", "--out", str(out), "--json", "--key-file", str(key)),
    )
    assert (told.exit_code, json.loads(told.stdout)["reached"], answers) == (3, False, [502])
    assert (out / "exchanges-1.ndjson").read_bytes() == content
    assert len(list(checked((out / LOG).read_bytes(), LOG))) == 1
    assert not (tmp_path / "watched.key").exists()


def test_tls_is_spoken_on_both_sides(tmp_path: Path, watch: Callable[..., Result]) -> None:
    ours = issued(tmp_path / "certificates")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.socket = tls_context(ours.certificate, ours.key).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    to = f"https://localhost:{server.server_address[1]}/fsi/api"

    def do(url: str) -> None:
        secure = url.replace("http://127.0.0.1", "https://localhost")
        told = requests.post(f"{secure}/1101", text("1101.request"), timeout=SECONDS, verify=str(ours.authority))
        assert told.content == text("1101.response")

    both = ("--cert", str(ours.certificate), "--cert-key", str(ours.key), "--to", to)
    told = watch(do, *both, "--ca", str(ours.authority), "--out", str(tmp_path / "trusting"))
    assert (told.exit_code, json.loads((tmp_path / "trusting" / FINDINGS).read_bytes())["judged"]) == (0, 1)
    server.shutdown()
    server.server_close()


def _through(town: Town, folder: Path, **more: Any) -> tuple[int, list[tuple[str, str, str]]]:
    """Run cases against the reference city with a proxy between; return exit code and findings."""
    written = town.file.read_text(encoding="utf-8")
    url = re.search(r'\nurl = "(.*?)"', written)
    assert url
    with running(url[1], folder / "watched", "--pack", "jiangsu-2023") as proxy:
        file = folder / "conformance.toml"
        control = re.sub(r'(url|from_above) = "' + re.escape(url[1]), rf'\1 = "{proxy.url}', written)
        file.write_text(control, encoding="utf-8")
        code = Town(file).run(folder / "cert", **more)
        proxy.end()
    results = json.loads((folder / "watched" / FINDINGS).read_bytes())
    again = judge_again(folder / "watched" / LOG, "strict", "", transitions(discharge_first=True))
    assert {name: again[name] for name in SAME} == {name: results[name] for name in SAME}
    assert results["judged"] == results["exchanges"] >= 10
    return code, [(each["code"], each["side"], each["level"]) for each in results["findings"]]


def test_the_reference_city_is_certified_through_it_without_a_finding(town: Town, tmp_path: Path) -> None:
    assert _through(town, tmp_path, chosen=("-k", "is_settled and (away or home) and inpatient")) == (0, [])


@pytest.mark.slow
def test_the_short_selection_is_green_through_it_and_finds_only_what_its_cases_provoke(
    town: Town, tmp_path: Path
) -> None:
    code, found = _through(town, tmp_path, chosen=("-m", "smoke"), suites=SUITES)
    assert code == 0
    assert {(side, level) for _, side, level in found} == {("caller", "wrong"), ("caller", "note")}
    assert {name for name, _, _ in found} == {"msgid-reused", "sum", "reversal-unseen"}


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (["--to", "city.example"], "--to"),
        (["--judge", "missing.ndjson"], "missing.ndjson"),
        (["--to", "http://user:secret@city.example"], "--to"),
        (["--to", "http://city.example", "--listen", "8095"], "--listen"),
        (["--to", "http://city.example", "--listen", "192.0.2.1:80"], "192.0.2.1:80"),
        (["--to", "http://city.example", "--profile", "loose"], "loose"),
        (["--to", "http://city.example", "--pack", "nowhere"], "nowhere"),
        (["--to", "http://city.example", "--key-file", "missing.key"], "missing.key"),
        (["--to", "http://city.example", "--cert", "missing.pem"], "--cert"),
        (["--to", "http://city.example", "--ca", "missing.pem"], "--ca"),
        (["--to", "http://city.example", "--lang", "fr"], "fr"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence_and_nothing_is_written(
    line: list[str], word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ready = [*line, *([] if "--listen" in line else ["--listen", "127.0.0.1:0"])]
    told = CliRunner().invoke(app, ["proxy", *ready])
    assert told.exit_code == 2 and word in told.stderr and told.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*.ndjson")) and not list(tmp_path.rglob("*.key"))
