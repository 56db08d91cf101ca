"""`yidi serve` in a process of its own, for tests of what only a real server shows: sockets, logs, memory."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import itertools
import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import schemas
from simulator.core.network.hospital import Desk
from simulator.core.platform.message import Message
from simulator.core.values.people import Person
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.wire import Wire
from simulator.sandbox.clock import machine
from simulator.sandbox.parties import HOSPITAL, Party, hospital_party
from simulator.sandbox.population import KINDS, person_of
from tests.core.conftest import WARD
from tests.sandbox.control_client import ground

ROOT = Path(__file__).parents[2]
WIRE = Wire(schemas.load())
_PAGE = 4096
_SERIALS = itertools.count(1000, 100)


class Reply(NamedTuple):
    """What a call was answered with."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """A server with its log in a file; ``seconds`` is how long a caller of these helpers waits."""

    def __init__(self, folder: Path, *options: str, seconds: float = 30) -> None:
        self.folder, self.log, self._seconds = folder, folder / "yidi.log", seconds
        line = [sys.executable, "yidi.py", "serve", "--json", "--port", "0", "--db", str(folder / "yidi.db")]
        with (folder / "yidi.err").open("ab") as errors:
            self.process = subprocess.Popen(
                [*line, "--log", str(self.log), *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said.endswith("}\n"), (said, (folder / "yidi.err").read_text())
        self.ready: dict[str, Any] = json.loads(said)
        self.at = urlsplit(self.ready["url"]).netloc
        self.control_at = urlsplit(self.ready["control_url"]).netloc

    def get(self, path: str, *, control: bool = False, headers: Mapping[str, str] = {}) -> Reply:
        """Ask for a page."""
        return self.send("GET", path, b"", headers, control=control)

    def send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str] = {}, *, control: bool = False
    ) -> Reply:
        """Make a request on a connection of its own."""
        line = http.client.HTTPConnection(self.control_at if control else self.at, timeout=self._seconds)
        with contextlib.closing(line):
            line.request(method, path, body, dict(headers))
            answer = line.getresponse()
            return Reply(answer.status, answer.read())

    def count(self, **wanted: Any) -> int:
        """Return how many lines of the log have these values by now."""
        return len(self._fitting(wanted))

    def lines(self, more_than: int = 0, **wanted: Any) -> list[dict[str, Any]]:
        """Return the lines of the log that have these values, as soon as there are more than so many."""
        until = time.monotonic() + self._seconds
        while len(found := self._fitting(wanted)) <= more_than:  # the log has a thread of its own; nobody waits for it
            assert time.monotonic() < until, (wanted, self.log.read_text()[-2000:])
            time.sleep(0.01)
        return found

    def _fitting(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines(True) if line.endswith("\n")]
        return [line for line in lines if wanted.items() <= line.items()]

    def figures(self) -> dict[str, float]:
        """Return what Prometheus would read."""
        rows = (line.rsplit(" ", 1) for line in self.get("/metrics").body.decode().splitlines() if line[0] != "#")
        return {name: float(value) for name, value in rows}

    def resident(self) -> int:
        """Return how many bytes of memory the process has."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE

    def end(self) -> int:
        """Tell the server to end; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[Server]:
    """Serve, and end cleanly."""
    server = Server(folder, *options)
    try:
        yield server
    finally:
        assert server.end() == 0


class Caller:
    """A hospital at the wire, and a person to treat: what it says is signed unless a test says otherwise."""

    def __init__(self, server: Server, index: int = 0) -> None:
        self.server, places = server, ground().network
        known = places.national
        one = [each for each in known.institutions.values() if known.city_of(each.area) == "320100"][index]
        self.party: Party = hospital_party(one.code, one.zh, one.area, "1")
        assert self.party.role == HOSPITAL
        self.desk = Desk(one, "320100")
        self.desk._serial = next(_SERIALS)  # several callers of one hospital number their messages apart
        self.line: http.client.HTTPConnection | None = None

    def headers(self, infno: str, *, secret: str = "", at: float | None = None, nonce: str = "") -> dict[str, str]:
        """Return the headers that sign a call."""
        now = time.time() if at is None else at
        secret = secret or self.party.secret
        return SCHEMES["x-tif"].headers(self.party.key_id, secret, infno, now, nonce or secrets.token_hex(16))

    def post(self, infno: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Send a body."""
        return self.server.send("POST", f"/{infno}", body, self.headers(infno) if headers is None else headers)

    def say(self, message: Message) -> Message:
        """Send a message; return the reply."""
        reply = self.post(message.infno, WIRE.encode(message))
        assert reply.status == 200, reply
        return WIRE.decode_reply(message, schemas.parse(reply.body))  # type: ignore[arg-type]

    def sign_in(self) -> None:
        """Sign in for the day."""
        self.desk.sign_no = str(self.say(self.desk.sign_in(machine())).block("signinoutb")["sign_no"])

    def admit(self, person: Person) -> str:
        """Admit somebody; return the visit."""
        now = machine()
        return str(self.say(self.desk.admit(now, person, now, WARD)).block("result")["mdtrt_id"])


def invented(number: int = 1, city: str = "320300", area: int = 0) -> Person:
    """Return a person of the invented population from a pooling area of a city."""
    network = ground().network
    codes = list(network.national.areas)
    code = [each.code for each in network.national.areas.values() if each.city == city][area]
    kind = next(kind for kind in KINDS if kind.number == number)
    return person_of(network, code, codes.index(code), kind, dt.datetime.now(dt.UTC).date())
