"""The twin gives the bytes of the server, and waits for nothing but time."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from typing import Any, NamedTuple

import pytest
import requests

import schemas
from simulator.core.network.hospital import Desk, Ward
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.wire import Wire
from simulator.sandbox.app import business_app
from simulator.sandbox.clock import Clock
from simulator.sandbox.memory import MemoryStore
from simulator.sandbox.parties import Party
from simulator.sandbox.population import KINDS, person_of
from simulator.sandbox.sandbox import READY_MADE, Sandbox
from simulator.sandbox.server import listen, server_for
from simulator.sandbox.twin import Twin
from tests.sandbox.control_client import START, ground

STILL = dt.datetime(2024, 5, 6, 9)


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


def sandbox(read: Callable[[], dt.datetime] | None = None) -> Sandbox:
    """A sandbox in memory, its time standing still where ``read`` does."""
    clock = Clock(START, read) if read else Clock(START)
    return Sandbox(ground(), MemoryStore(), clock=clock, failed=lambda problem: pytest.fail(str(problem)))


class Piped:
    """A twin on a thread, at the other end of a pipe."""

    def __init__(self, made: Sandbox) -> None:
        self.sandbox = made
        theirs_in, self._asked = Pipe(duplex=False)
        self._told, theirs_out = Pipe(duplex=False)
        self._twin = Twin(made, theirs_in, theirs_out)
        self.fresh: list[bool] = []
        self.problem = ""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.ready = self.heard()[0]

    def _run(self) -> None:
        try:
            self.fresh.append(asyncio.run(self._twin.serve()))
        except RuntimeError as problem:
            self.problem = str(problem)

    def ask(
        self, method: str, target: str, body: bytes = b"", headers: Any = (), *, port: str = "business", **more: Any
    ) -> Answer:
        sent = [*dict(headers).items(), ("content-length", str(len(body)))]
        self.say({"port": port, "method": method, "target": target, "headers": sent, "patience": None, **more}, body)
        said, text = self.heard()
        return Answer(said["status"], dict(said["headers"]), text)

    def say(self, about: dict[str, Any], body: bytes = b"") -> None:
        self._asked.send_bytes(json.dumps({"id": 1, **about}).encode() + b"\n" + body)

    def heard(self) -> tuple[Any, bytes]:
        assert self._told.poll(30)
        head, _, body = self._told.recv_bytes().partition(b"\n")
        return json.loads(head), body

    def end(self) -> None:
        self._asked.close()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def twin() -> Iterator[Piped]:
    piped = Piped(sandbox())
    yield piped
    piped.end()


@pytest.fixture
def still() -> Iterator[Piped]:
    """A twin whose time stands still."""
    piped = Piped(sandbox(lambda: STILL))
    yield piped
    piped.end()


@pytest.fixture
def served() -> Iterator[str]:
    """The address of a server of the same sandbox, whose time stands still."""
    bound, stop, loops = listen("127.0.0.1", 0), asyncio.Event(), []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        made = sandbox(lambda: STILL)
        await made.start()
        server = server_for(business_app(made), made.limits, made.closed)
        running = asyncio.create_task(server.serve(sockets=[bound]))
        await stop.wait()
        server.should_exit = True
        await running
        await made.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    host, port = bound.getsockname()[:2]
    yield f"http://{host}:{port}"
    loops[0].call_soon_threadsafe(stop.set)
    thread.join(10)


def signed(party: Party, infno: str) -> dict[str, str]:
    return SCHEMES[party.scheme].headers(party.key_id, party.secret, infno, time.time(), secrets.token_hex(16))


class Hospital:
    """A hospital's requests, as bytes with their signatures."""

    def __init__(self, made: Sandbox) -> None:
        self.party = made.ready_made(READY_MADE)[0]
        self.desk = Desk(ground().network.national.institutions[self.party.code], "320100")
        area = "320399"
        areas = list(ground().network.national.areas)
        self.person = person_of(ground().network, area, areas.index(area), KINDS[1], START.date())

    def request(self, message: Any) -> tuple[str, bytes, dict[str, str]]:
        return f"/{message.infno}", WIRE.encode(message), signed(self.party, message.infno)

    def stay(self) -> Iterator[tuple[str, bytes, dict[str, str]]]:
        """Yield the beginning of a stay; the reply to the first gives the number of the sign-in."""
        yield self.request(self.desk.sign_in(STILL))
        yield self.request(self.desk.person_info(STILL, self.person))
        yield self.request(self.desk.admit(STILL, self.person, STILL, WARD))
        yield self.request(self.desk.person_info(STILL, self.person._replace(name="张三")))


WIRE = Wire(schemas.load())
WARD = Ward("D1", "内科", "DR1", "李医生", "12", "I10.x00", "高血压")


def test_a_request_gets_the_bytes_it_gets_over_http(still: Piped, served: str) -> None:
    hospital, session = Hospital(still.sandbox), requests.Session()
    outcomes = []

    def alike(method: str, target: str, body: bytes, headers: Any) -> Answer:
        here = still.ask(method, target, body, headers)
        there = session.request(method, served + target, data=body, headers=headers, timeout=20)
        assert here.body == there.content, target
        assert here.status == there.status_code
        assert here.headers == {name.lower(): value for name, value in there.headers.items()}
        return here

    for target, body, headers in hospital.stay():
        reply = json.loads(alike("POST", target, body, headers).body)
        outcomes.append(reply["infcode"])
        if target == "/9001":
            hospital.desk.sign_no = reply["output"]["signinoutb"]["sign_no"]
    assert outcomes == [0, 0, 0, -121]
    service = "/base/fsi/api/rsfComIfsService/callService"
    wrong = dict(signed(hospital.party, "1101"), **{"x-tif-signature": "0" * 64})
    for target, body, headers in (
        (service, b'{"infno":', signed(hospital.party, "")),
        (service, '{"infno": "1101", "x": "\U00020bb7"}'.encode("gb18030"), signed(hospital.party, "")),
        ("/1101", b"{}", wrong),
        ("/1101", b"{}", {}),
        ("/1101", b"x" * (3 << 20), signed(hospital.party, "1101")),
    ):
        alike("POST", target, body, headers)
    for target in ("/healthz", "/readyz", "/docs/2304?lang=zh", "/nowhere", "/visits/S1"):
        alike("GET", target, b"", {})
    alike("HEAD", "/healthz", b"", {})


def test_where_only_time_brings_the_reply_the_clock_goes_ahead(twin: Piped) -> None:
    slow = {"do": "delay", "to": "320300", "ms": 20_000}
    assert twin.ask("POST", "/faults", json.dumps(slow).encode(), port="control").status == 200
    hospital, begun = Hospital(twin.sandbox), time.monotonic()
    target, body, headers = next(hospital.stay())
    hospital.desk.sign_no = json.loads(twin.ask("POST", target, body, headers).body)["output"]["signinoutb"]["sign_no"]
    target, body, headers = hospital.request(hospital.desk.person_info(START, hospital.person))
    reply = twin.ask("POST", target, body, headers, patience=30)
    assert json.loads(reply.body)["infcode"] == 0
    assert dt.timedelta(seconds=20) <= twin.sandbox.clock.now() - START < dt.timedelta(seconds=25)
    assert time.monotonic() - begun < 5


def test_a_caller_whose_patience_is_over_hears_nothing_and_has_waited(twin: Piped) -> None:
    hospital = Hospital(twin.sandbox)
    for rule in ({"do": "delay", "infno": "9001", "ms": 60_000}, {"do": "drop_reply", "infno": "9001"}):
        assert twin.ask("POST", "/faults", json.dumps(rule).encode(), port="control").status == 200
        before = twin.sandbox.clock.now()
        target, body, headers = hospital.request(hospital.desk.sign_in(before))
        assert twin.ask("POST", target, body, headers, patience=5) == Answer(0, {}, b"")
        assert dt.timedelta(seconds=5) <= twin.sandbox.clock.now() - before < dt.timedelta(seconds=10)
        twin.ask("DELETE", "/faults", port="control")


def test_a_caller_who_never_gives_up_is_told_so_and_time_stands(twin: Piped) -> None:
    twin.ask("POST", "/faults", b'{"do": "drop_reply", "infno": "9001"}', port="control")
    target, body, headers = next(Hospital(twin.sandbox).stay())
    assert twin.ask("POST", target, body, headers).status == 0
    assert twin.sandbox.clock.now() - START < dt.timedelta(seconds=5)


def test_a_body_that_a_fault_slows_does_not_make_the_clock_run(twin: Piped) -> None:
    twin.ask("POST", "/faults", b'{"do": "slow_body", "bytes_per_second": 2000}', port="control")
    target, body, headers = next(Hospital(twin.sandbox).stay())
    begun = time.monotonic()
    assert json.loads(twin.ask("POST", target, body, headers).body)["infcode"] == 0
    assert time.monotonic() - begun > 0.05
    assert twin.sandbox.clock.now() - START < dt.timedelta(seconds=5)


def test_a_stay_of_many_calls_and_a_reset_go_through(twin: Piped) -> None:
    settled = json.loads(twin.ask("POST", "/stays", b"{}", port="control").body)
    assert settled["state"] == "settled"
    assert twin.sandbox.clock.now() - START < dt.timedelta(seconds=5)
    assert twin.ask("POST", "/reset?sure=yes", port="control").status == 200
    assert json.loads(twin.ask("GET", "/stays", port="control").body)["stays"] == []
    assert json.loads(twin.ask("POST", "/stays", b"{}", port="control").body)["setl_id"] == settled["setl_id"]


def test_the_parties_are_told_with_their_keys(twin: Piped) -> None:
    assert [(each["role"], each["admdvs"]) for each in twin.ready["parties"]] == [
        ("hospital", "320199"),
        ("city", "320300"),
    ]
    assert all(len(each["secret"]) == 40 for each in twin.ready["parties"])


def test_it_ends_with_its_pipe_or_for_a_fresh_one() -> None:
    ended, again = Piped(sandbox()), Piped(sandbox())
    ended.end()
    again.say({"fresh": True})
    again.end()
    assert (ended.fresh, again.fresh) == ([False], [True])


def test_a_fault_of_the_sandbox_is_told_as_a_server_tells_it(twin: Piped, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(twin.sandbox.directory, "platform_of", broken)
    answer = twin.ask("POST", *next(Hospital(twin.sandbox).stay()))
    assert (answer.status, answer.body) == (500, b"Internal Server Error")


def test_what_cannot_go_on_ends_the_province(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise RuntimeError("no way ahead")

    piped = Piped(sandbox())
    piped.ask("POST", "/faults", b'{"do": "delay", "ms": 60000}', port="control")
    monkeypatch.setattr(piped._twin, "_run_ahead", broken)
    target, body, headers = next(Hospital(piped.sandbox).stay())
    about = {"port": "business", "method": "POST", "target": target, "headers": [*headers.items()], "patience": 1}
    piped.say(about, body)
    piped._thread.join(10)
    piped.end()
    assert (piped.problem, piped.fresh) == ("no way ahead", [])
