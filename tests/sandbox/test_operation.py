"""What operators rely on: figures, readiness, logs, an end in good order, TLS, and options that are refused."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from openapi_spec_validator import validate

from simulator.core.platform.message import Key, Message
from simulator.sandbox.clock import machine
from simulator.sandbox.front import Answer
from simulator.sandbox.logs import File, Log, open_log
from simulator.sandbox.metrics import Metrics
from tests.sandbox.certificates import Issued, issued
from tests.sandbox.serving import ROOT, WIRE, Caller, invented, serving


def test_figures_tell_of_calls_and_of_the_journal_and_of_nobody(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        caller = Caller(server)
        before = server.figures()
        assert (before["yidi_ready"], before["yidi_parties_signed_in"], before["yidi_queue_depth"]) == (1, 0, 0)
        caller.sign_in()
        caller.admit(invented())
        caller.post("1101", b"{")
        caller.post("8888", b"{", {})
        after = server.figures()
        assert after['yidi_calls_total{infno="9001",result="accepted"}'] == 1
        assert after['yidi_calls_total{infno="2401",result="accepted"}'] == 1
        assert after['yidi_calls_total{infno="1101",result="refused"}'] == 1
        assert after['yidi_calls_total{infno="none",result="missing"}'] == 1
        assert after['yidi_refusals_total{code="-105",name="malformed"}'] == 1
        assert after['yidi_call_seconds_count{infno="2401"}'] == 1
        assert after['yidi_call_seconds_bucket{infno="2401",le="+Inf"}'] == 1
        assert after["yidi_parties_signed_in"] == 1
        assert after["yidi_journal_sequence"] > before["yidi_journal_sequence"]
        assert after["yidi_commit_entries_sum"] == after["yidi_journal_sequence"]
        assert after["process_resident_memory_bytes"] > 1 << 20
        assert not [name for name in after if invented().psn_no in name]
        assert server.get("/readyz").body == b"ready\n"
        assert server.get("/healthz").body == b"ok\n"


def test_a_label_is_never_what_a_caller_made_up() -> None:
    metrics = Metrics({})
    for number in range(50):
        metrics.call(Answer(200, b"", "", "", f"-{100 + number}"), 0.5)
    text = metrics.text().decode()
    assert set(re.findall(r'yidi_calls_total\{infno="([^"]*)"', text)) == {"none"}
    assert 'yidi_call_seconds_sum{infno="none"} 25.0' in text


def test_the_document_is_served_with_the_address_it_was_asked_at(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        document = server.get("/openapi.json").json
        assert document["servers"][0]["url"] == server.ready["url"]
        assert "/2304" in document["paths"]
        validate(document)
        named = server.get("/openapi.json", headers={"Host": 'x"}]'}).json  # an address cannot break out of its text
        assert "paths" in named


def test_calls_under_way_are_answered_before_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        caller = Caller(server)
        caller.sign_in()
        rule = {"do": "delay", "ms": [2000, 2000], "infno": "1101", "count": 1}
        made = server.send("POST", "/faults", json.dumps(rule).encode(), control=True)
        assert made.status == 200, made.body
        message = caller.desk.person_info(machine(), invented())
        answers: list[Any] = []
        call = threading.Thread(target=lambda: answers.append(caller.post("1101", WIRE.encode(message))))
        call.start()
        while server.figures()["yidi_queue_depth"] < 1:
            time.sleep(0.01)
        idle = socket.create_connection(urlsplit(server.ready["url"]).netloc.split(":"))  # says nothing, delays nothing
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        call.join(20)
        assert server.process.wait(20) == 0
        assert time.monotonic() - begun < 10
        idle.close()
        assert (answers[0].status, answers[0].json["infcode"]) == (200, 0)
        assert [line["event"] for line in server.lines(event="stopped")] == ["stopped"]


def test_a_caller_who_never_ends_does_not_keep_the_process(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        caller = Caller(server)
        line = socket.create_connection((urlsplit(server.ready["url"]).hostname, urlsplit(server.ready["url"]).port))
        head = "".join(f"{name}: {value}\r\n" for name, value in caller.headers("1101").items())
        line.sendall(f"POST /1101 HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n{head}\r\n12".encode())
        server.get("/healthz")
        begun = time.monotonic()
        assert server.end() == 0
        assert time.monotonic() - begun < 12
        line.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """A certificate for localhost of this test's own making."""
    return issued(tmp_path_factory.mktemp("tls"))


def test_the_business_port_speaks_tls(tmp_path: Path, certificate: Issued) -> None:
    cert, key, authority = certificate
    with serving(tmp_path, "--tls-cert", str(cert), "--tls-key", str(key)) as server:
        assert server.ready["url"].startswith("https://127.0.0.1:")
        assert server.ready["console_url"].startswith("https://")
        assert server.ready["control_url"].startswith("http://127.0.0.1:")
        port = urlsplit(server.ready["url"]).port
        caller = Caller(server)
        message = caller.desk.sign_in(machine())
        line = http.client.HTTPSConnection("localhost", port, context=ssl.create_default_context(cafile=str(authority)))
        line.request("POST", "/9001", WIRE.encode(message), caller.headers("9001"))
        answer = line.getresponse()
        assert (answer.status, json.loads(answer.read())["infcode"]) == (200, 0)
        line.close()
        old = ssl.create_default_context(cafile=str(authority))
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        old.minimum_version = ssl.TLSVersion.TLSv1_2
        with (
            socket.create_connection(("localhost", port)) as plain,
            old.wrap_socket(plain, server_hostname="localhost"),
        ):
            pass
        plain = socket.create_connection(("localhost", port))
        strangers = ssl.create_default_context()
        wrapped = strangers.wrap_socket(plain, server_hostname="localhost", do_handshake_on_connect=False)
        with wrapped, pytest.raises(ssl.SSLCertVerificationError):
            wrapped.do_handshake()


def refused(folder: Path, *options: str) -> str:
    """Serve with options that do not fit; return the one sentence that is said of them."""
    done = subprocess.run(
        [sys.executable, "yidi.py", "serve", "--port", "0", "--db", str(folder / "x.db"), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_options_that_do_not_go_together_are_refused_in_one_sentence(tmp_path: Path) -> None:
    assert "loopback only" in refused(tmp_path, "--unsigned", "--host", "0.0.0.0")
    assert "go together" in refused(tmp_path, "--tls-cert", "a.pem")
    assert "there is no file" in refused(tmp_path, "--tls-cert", "a.pem", "--tls-key", "b.pem")
    (tmp_path / "c.pem").write_text("no certificate")
    file = str(tmp_path / "c.pem")
    assert "no certificate in PEM" in refused(tmp_path, "--tls-cert", file, "--tls-key", file)
    assert "cannot be written" in refused(tmp_path, "--log", str(tmp_path))


def test_unsigned_calls_count_as_whoever_they_say_they_are_where_that_is_allowed(tmp_path: Path) -> None:
    with serving(tmp_path, "--unsigned") as server:
        caller = Caller(server)

        def unsigned(message: Message, **headers: str) -> Any:
            return server.send("POST", f"/{message.infno}", WIRE.encode(message), headers)

        assert unsigned(caller.desk.sign_in(machine())).json["infcode"] == 0
        assert caller.say(caller.desk.sign_in(machine())).succeeded  # signed ones too
        nobody = caller.desk.sign_in(machine())
        nobody = nobody._replace(key=Key("H00000000009", f"H00000000009{nobody.msgid[12:]}"))
        assert unsigned(nobody).json["infcode"] == -106
        claimed = {**caller.headers("9001"), "x-tif-signature": "0" * 64}
        assert server.send("POST", "/9001", WIRE.encode(caller.desk.sign_in(machine())), claimed).status == 401
        strange = server.send("POST", "/9001", b"{}", {"Host": "evil.example"})
        assert strange.status == 403  # a page of another site, through the browser of whoever runs this


def test_a_log_that_nobody_reads_keeps_nobody_waiting() -> None:
    reading = threading.Event()
    taken: list[bytes] = []

    def sink(text: bytes) -> None:
        reading.wait(30)
        taken.append(text)

    log = Log(sink, now=lambda: 0.0)
    begun = time.monotonic()
    for number in range(25_000):
        log.say("call", number=number)
    assert time.monotonic() - begun < 10
    assert log.dropped > 10_000
    reading.set()
    log.say("last")
    log.close()
    rows = [json.loads(line) for line in b"".join(taken).splitlines()]
    assert rows[0] == {"time": "1970-01-01T00:00:00.000+00:00", "level": "info", "event": "call", "number": 0}
    assert sum(row.get("lines", 0) for row in rows if row["event"] == "lines left out") == log.dropped
    log.say("after the end")
    assert json.loads(b"".join(taken).splitlines()[-1])["event"] != "after the end"


def test_a_log_that_was_moved_away_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.sandbox.logs._REOPEN_SECONDS", 0)
    path = tmp_path / "yidi.log"
    write = File(path)
    write(b"1\n")
    path.rename(tmp_path / "yidi.log.1")
    write(b"2\n")
    assert ((tmp_path / "yidi.log.1").read_bytes(), path.read_bytes()) == (b"1\n", b"2\n")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_log_to_nowhere_says_nothing() -> None:
    log = open_log("none")
    log.say("anything")
    log.call(Answer(200, b""), 0.1)
    log.close()
    assert log.dropped == 0


def test_what_libraries_complain_of_is_logged_without_its_words(tmp_path: Path) -> None:
    script = (
        "import logging, sys; from simulator.sandbox.logs import open_log, listen_to_libraries\n"
        "log = open_log('-'); listen_to_libraries(log)\n"
        "try: {}['110101199001011234']\n"
        "except KeyError: logging.getLogger('uvicorn.error').error('Exception in ASGI application\\n', exc_info=True)\n"
        "logging.getLogger('asyncio').error('Task exception\\nfuture: 110101199001011234')\n"
        "log.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(row["event"], row["source"], row["text"]) for row in rows] == [
        ("fault", "uvicorn.error", "Exception in ASGI application"),
        ("fault", "asyncio", "Task exception"),
    ]
    assert rows[0]["exception"] == "KeyError"
    assert "110101199001011234" not in done.stderr
