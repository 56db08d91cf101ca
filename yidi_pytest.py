"""The pytest fixture ``province``: the sandbox province inside a test run, for clients built on `requests`.

    def test_a_person_is_found(province):
        client = Client(province.url, province.hospital)
        assert client.call("1101", …)["infcode"] == 0

``province.url`` is answered by the library `responses`; the province itself runs in a process of its own, so that none
of our packages is imported here and none of theirs there. Every test gets a fresh one. The settings ``yidi_pack``,
``yidi_clock`` and ``yidi_profile`` of pytest are the options of ``yidi serve`` without ``yidi_``.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import pytest

if TYPE_CHECKING:
    import requests
    import responses

URL, CONTROL_URL = "http://province.test", "http://control.province.test"  # of the domain that never exists
_PORTS = {urlsplit(URL).netloc: "business", urlsplit(CONTROL_URL).netloc: "control"}
_OURS = re.compile(rf"({re.escape(URL)}|{re.escape(CONTROL_URL)})(?=[/?#]|$)")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_SETTINGS = {
    "yidi_pack": "policy pack of the fixture `province`, by name or path (jiangsu-2023)",
    "yidi_clock": "where its clock begins in every test, 2024-05-06 or 2024-05-06T09:00 (the machine's time)",
    "yidi_profile": "strict or lenient (strict)",
}
_AREA = "320399"  # 徐州市区, where the magic people are that no area is named for
_SAID = 2000  # characters of what a process that ended has said

# Our packages come from where this file is installed, whatever of the same name stands in the project or on its path.
_CHILD = """
import json, sys, sysconfig
from multiprocessing.connection import Connection

sys.path[:0] = sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), sys.argv[1]
from simulator.sandbox.twin import Settings, main
asked, told = Connection(int(sys.argv[2]), writable=False), Connection(int(sys.argv[3]), readable=False)
sys.exit(main(asked, told, Settings(**json.loads(sys.argv[4]))))
"""


class Impossible(Exception):
    """What the control API would not do: one sentence in each language, and the name of the refusal where it is one."""

    def __init__(self, zh: str, en: str, name: str = "") -> None:
        super().__init__(en)
        self.zh, self.en, self.name = zh, en, name


class Ended(Exception):
    """The process of the province has ended, or cannot begin."""


class Reply(NamedTuple):
    """A reply of HTTP: ``status`` 0 where none came before the caller's patience was over."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Province:
    """A fresh province: addresses for the client under test, its parties, and what a test may do to it.

    The methods are the calls of the control API (`docs/reference/control-api.md`) with its fields as keywords, and
    ``from_`` for ``from``. Each returns its JSON, or raises :class:`Impossible`.
    """

    url, control_url = URL, CONTROL_URL

    def __init__(self, child: _Child) -> None:
        self._child, self._round = child, child.round
        self.parties: list[dict[str, str]] = child.parties
        self.hospital, self.city = self.parties

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API; ``body`` is text, or what becomes JSON. Returns its JSON, a list for lines of JSON."""
        text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        length = {"content-length": str(len(text))}
        reply = self._ask("control", method, path, headers=length, body=text, patience=None)
        if "ndjson" in reply.headers.get("content-type", ""):
            return [json.loads(line) for line in reply.body.splitlines()]
        said = json.loads(reply.body)
        if reply.status != 200:
            raise Impossible(said["zh"], said["en"], said.get("name", ""))
        return said

    def person(self, who: int | str = 1, area: str = _AREA) -> Any:
        """Return a person whole: by ``psn_no``, or a magic person of an area by number."""
        psn_no = f"{area}{who:012d}" if isinstance(who, int) else who
        return self.control("GET", f"/people/{quote(psn_no)}")

    def load_people(self, *people: Mapping[str, Any]) -> Any:
        """Enrol people: all of them, or none."""
        return self.control("POST", "/people", "\n".join(json.dumps(each) for each in people).encode())

    def file(self, **filing: Any) -> Any:
        """Have the place of insurance make a filing."""
        return self.control("POST", "/filings", _named(filing))

    def stay(self, **visit: Any) -> Any:
        """Play a visit of a person at a hospital; without anything it is the default stay."""
        return self.control("POST", "/stays", _named(visit))

    @property
    def now(self) -> dt.datetime:
        """Return the time of the province."""
        return dt.datetime.fromisoformat(self.control("GET", "/clock")["now"])

    def advance(self, **to: Any) -> dt.datetime:
        """Set the clock forward, by ``days``, ``hours``, ``minutes`` and ``seconds`` or to ``now``; return the time."""
        return dt.datetime.fromisoformat(self.control("POST", "/clock", to)["now"])

    def reconcile(self, **day: Any) -> Any:
        """Have a day reconciled, today's by default."""
        return self.control("POST", "/reconciliation", _named(day))

    def clear(self, **month: Any) -> Any:
        """Have a month cleared, the last one by default."""
        return self.control("POST", "/clearing", _named(month))

    def fault(self, do: str, **rule: Any) -> Any:
        """Inject a fault: the rule holds until :meth:`heal` or the end of the test."""
        return self.control("POST", "/faults", {"do": do, **_named(rule)})

    def heal(self, name: str = "") -> Any:
        """Take a fault back, or all of them; what they held back goes on."""
        return self.control("DELETE", f"/faults/{quote(name)}" if name else "/faults")

    def history(self, first: int = 1) -> Any:
        """Return what was said from an entry of the journal on, as messages."""
        return self.control("GET", f"/history?{urlencode({'from': first})}")

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        """Answer a request of the library `requests`, as `responses` wants it."""
        import requests  # noqa: PLC0415  # late: nobody has to have it who does not ask for the fixture

        assert request.url is not None
        address = urlsplit(request.url)
        target = f"{address.path or '/'}{'?' if address.query else ''}{address.query}"
        patience = _patience(getattr(request, "req_kwargs", {}).get("timeout"))
        headers = dict(request.headers or {})
        method, body = str(request.method), _bytes(request.body)
        reply = self._ask(_PORTS[address.netloc], method, target, headers=headers, body=body, patience=patience)
        if not reply.status:
            waited = f"{patience:g} seconds" if patience else "for ever, as the call names no timeout"
            raise requests.ReadTimeout(f"no reply from {URL}: a client would have waited {waited}", request=request)
        return reply.status, dict(reply.headers), reply.body

    def _ask(
        self, port: str, method: str, target: str, *, headers: Mapping[str, Any], body: bytes, patience: float | None
    ) -> Reply:
        pairs = [(_text(name), _text(value)) for name, value in headers.items()]
        about = {"port": port, "method": method, "target": target, "headers": pairs, "patience": patience}
        return self._child.ask(self._round, about, body)


@pytest.fixture
def province(_yidi: _Child) -> Iterator[Province]:
    """Return a fresh sandbox province: ``url``, ``parties``, ``hospital``, ``city`` and what a test may do to it."""
    mounted = _mounting()
    try:
        _yidi.ready()
        made = Province(_yidi)
        with mounted:
            for method in _METHODS:
                mounted.add_callback(method, _OURS, made.answer, content_type=None)
            mounted.add_passthru(re.compile(rf"(?!{_OURS.pattern})"))
            yield made
    except Ended as ended:
        pytest.fail(str(ended), pytrace=False)
    finally:
        _yidi.fresh()


@pytest.fixture(scope="session")
def _yidi(pytestconfig: pytest.Config) -> Iterator[_Child]:
    _mounting()  # to say at once what is missing
    given = {name.removeprefix("yidi_"): str(pytestconfig.getini(name)) for name in _SETTINGS}
    child = _Child({name: value for name, value in given.items() if value})
    yield child
    child.end()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings."""
    for name, words in _SETTINGS.items():
        parser.addini(name, words, default="")
    group = parser.getgroup("yidi", "certify a system under test")
    group.addoption("--yidi", metavar="CONFORMANCE.TOML", default="", help="run conformance suites against a system")
    group.addoption("--yidi-seed", metavar="TEXT", default="", help="what the invented people are made from (new)")
    group.addoption("--yidi-evidence", metavar="FILE", default="", help="where to keep the evidence")
    group.addoption("--yidi-resume", action="store_true", help="go on with the evidence of a run that was stopped")
    group.addoption("--yidi-waivers", metavar="FILE", default="", help="breaches that somebody answers for")
    group.addoption("--yidi-no-attribution", action="store_true", help="do not try a red case on the reference system")
    group.addoption("--yidi-offline", metavar="FILE", default="", help="judge evidence again and call nobody")
    group.addoption("--yidi-results", metavar="FILE", default="", help="with --yidi-offline: where the results go")
    group.addoption("--yidi-dry", metavar="DATE", default="", help="call nobody: our own platform, on a day")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Bring the conformance suites in where they are asked for, and say so where our names mean something else."""
    if not config.getoption("--yidi"):
        return
    ours = Path(__file__).resolve().parent
    for name in ("schemas", "simulator", "conformance"):
        found = importlib.util.find_spec(name)
        place = Path(found.origin).resolve() if found is not None and found.origin else None
        if place is None or not place.is_relative_to(ours):
            raise pytest.UsageError(
                f"--yidi needs the package {name} of yidi, and here that name is {place or 'nothing'}: "
                "run it from another folder, as python -P -m pytest, or by yidi certify"
            )
    config.pluginmanager.import_plugin("conformance.plugin")


class _Child:
    """The process the provinces are in; calls may come from any thread."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        from multiprocessing import Pipe  # noqa: PLC0415  # late: most test runs do not need it

        self.round = 0
        self.parties: list[dict[str, str]] = []
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._waiting: dict[int, Future[Reply]] = {}
        self._prepared: Future[None] = Future()
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # until the process has ended
        theirs_in, self._asked = Pipe(duplex=False)
        self._told, theirs_out = Pipe(duplex=False)
        ends = theirs_in.fileno(), theirs_out.fileno()
        place = str(Path(__file__).resolve().parent)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD, place, *map(str, ends), json.dumps(settings)],
            pass_fds=ends,
            stdin=subprocess.DEVNULL,
            stdout=self._stderr,
            stderr=self._stderr,
            start_new_session=True,  # Ctrl-C is the test run's: the province ends when its pipe is closed
        )
        theirs_in.close()
        theirs_out.close()
        threading.Thread(target=self._listen, name="yidi", daemon=True).start()

    def ready(self) -> None:
        """Wait until a fresh province stands; raises Ended."""
        self._prepared.result()

    def fresh(self) -> None:
        """Let go of the province; the next one is made meanwhile."""
        with self._lock:
            if self._prepared.done() and self._prepared.exception() is None:
                self._prepared = Future()
                self.round += 1
                self._let_down(Ended("the test that asked is over"))
                with contextlib.suppress(OSError):  # it has ended: whoever asks next is told
                    self._asked.send_bytes(b'{"fresh": true}\n')

    def ask(self, of_round: int, about: Mapping[str, Any], body: bytes) -> Reply:
        """Send a request and return its reply; raises Ended."""
        answer: Future[Reply] = Future()
        with self._lock:
            if of_round != self.round:
                raise Ended("the test whose province this was is over")
            if self._prepared.exception() is not None:
                self._prepared.result()
            number = next(self._numbers)
            self._waiting[number] = answer
            with contextlib.suppress(OSError):  # it has ended: the thread that listens says so
                self._asked.send_bytes(json.dumps({"id": number, **about}).encode() + b"\n" + body)
        return answer.result()

    def end(self) -> None:
        """Let the process end."""
        self._asked.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stderr.close()

    def _listen(self) -> None:
        problem = ""
        while True:
            try:
                head, _, body = self._told.recv_bytes().partition(b"\n")
            except (EOFError, OSError):
                break
            said = json.loads(head)
            if "problem" in said:
                problem = f"there is no province: {said['problem']}"
            elif "ready" in said:
                self.parties = said["parties"]
                self._prepared.set_result(None)
            else:
                with self._lock:
                    answer = self._waiting.pop(said["id"], None)
                if answer is not None:
                    answer.set_result(Reply(said["status"], dict(said["headers"]), body))
        self._told.close()
        self._process.wait()
        ended = Ended(problem or f"the process of the province has ended ({self._process.returncode}): {self._said()}")
        with self._lock:
            if self._prepared.done():
                self._prepared = Future()
            self._prepared.set_exception(ended)
            self._let_down(ended)

    def _let_down(self, problem: Ended) -> None:
        for answer in self._waiting.values():
            answer.set_exception(problem)
        self._waiting.clear()

    def _said(self) -> str:
        if self._stderr.closed:
            return ""
        self._stderr.seek(0)
        return self._stderr.read().decode("utf-8", "replace")[-_SAID:].strip()


def _mounting() -> responses.RequestsMock:
    try:
        import requests  # noqa: PLC0415
        import responses  # noqa: PLC0415
    except ImportError:
        pytest.fail("the fixture `province` needs the library responses: pip install 'yidi[pytest]'", pytrace=False)
    sends: Any = requests.adapters.HTTPAdapter.send  # what is not ours goes where it went before
    return responses.RequestsMock(assert_all_requests_are_fired=False, real_adapter_send=sends)


def _patience(timeout: Any) -> float | None:
    """Return how many seconds a timeout of `requests` leaves for the reply, None for as many as there are."""
    if isinstance(timeout, tuple):
        timeout = timeout[1]
    timeout = getattr(timeout, "read_timeout", timeout)
    return float(timeout) if isinstance(timeout, int | float) else None


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else b"".join(map(_bytes, body))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _named(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name.rstrip("_"): value for name, value in given.items()}
