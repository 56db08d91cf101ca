"""The way to the system under test, live or from evidence: the same calls, the same lines."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import requests

from conformance.evidence import FROM, HOOK, MARK, TO, Chain, Line, as_bytes, as_text
from simulator.inputs.errors import InputError
from simulator.inputs.gateways import SCHEMES
from simulator.sandbox.parties import Party


class Told(NamedTuple):
    """What the system under test is told: HTTP status (0: nothing), body, and what happens to it on its way."""

    status: int
    body: bytes
    fault: str = ""
    seconds: float = 0.0


class Answer(NamedTuple):
    """How a call ended: HTTP status (0: none came), body, why none came, seconds, and the line it stands in."""

    status: int
    body: bytes
    why: str
    seconds: float
    line: int


class Call(NamedTuple):
    """A call of the system under test: by whom, to which transaction's address, and the bytes.

    ``headers`` stand instead of a party's signature where they are given; ``fault`` is what happens to the call.
    """

    party: Party
    infno: str
    body: bytes
    url: str
    headers: Mapping[str, str] | None = None
    fault: str = ""
    seconds: float = 60.0


class Wire(Protocol):
    """Calls the system under test for a case."""

    def now(self, case: str, attempt: int) -> dt.datetime:
        """Return the time at which a case goes on."""

    def call(self, case: str, attempt: int, now: dt.datetime, call: Call) -> Answer:
        """Call, and wait for the answer."""

    def hook(self, case: str, attempt: int, name: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have a hook done; return what it told."""


class Live:
    """The network; every exchange is in the chain before anybody may look at it."""

    def __init__(
        self,
        chain: Chain,
        hooks: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]],
        *,
        verify: bool | str = True,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._chain, self._hooks, self._verify, self.clock = chain, hooks, verify, clock
        self._local = threading.local()

    def now(self, case: str, attempt: int) -> dt.datetime:
        """Return the time of the system under test, and note it: what is made at it is made so again."""
        now = self.clock().replace(microsecond=0)
        self._chain.add(case, attempt, MARK, now.isoformat(), {})
        return now

    def call(self, case: str, attempt: int, now: dt.datetime, call: Call) -> Answer:
        """Call over HTTP."""
        begun = time.monotonic()
        headers = dict(signed(call.party, call.infno) if call.headers is None else call.headers)
        headers.setdefault("content-type", "application/json;charset=utf-8")
        status, body, why = self._sent(call, headers)
        seconds = round(time.monotonic() - begun, 4)
        said = {
            "party": call.party.key_id,
            "url": call.url,
            "headers": headers,
            "body": as_text(call.body),
            "fault": call.fault,
            "status": status,
            "reply": as_text(body),
            "why": why,
            "seconds": seconds,
        }
        line = self._chain.add(case, attempt, TO, now.isoformat(), said)
        return Answer(status, body, why, seconds, line.number)

    def _sent(self, call: Call, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        session = self._session()
        lost = call.fault == "reply_lost"
        try:
            reply = session.post(
                call.url, call.body, headers=dict(headers), timeout=(5, call.seconds), verify=self._verify, stream=lost
            )
            if lost:  # it was answered, and the answer is thrown away
                reply.close()
                return 0, b"", "the reply was thrown away on purpose"
        except requests.ConnectionError as problem:
            return 0, b"", f"no connection: {_root(problem)}"
        except requests.Timeout:
            return 0, b"", f"no answer in {call.seconds:g} s"
        except requests.RequestException as problem:
            return 0, b"", f"broken answer: {_root(problem)}"
        return reply.status_code, reply.content, ""

    def hook(self, case: str, attempt: int, name: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have a hook done."""
        told = dict(self._hooks[name](said))
        self._chain.add(
            case, attempt, HOOK, self.clock().isoformat(), {"name": name, "asked": dict(said), "told": told}
        )
        return told

    def heard(self, case: str, attempt: int, now: dt.datetime, exchange: Mapping[str, Any]) -> int:
        """Note a call that the system under test made; return the line it stands in."""
        return self._chain.add(case, attempt, FROM, now.isoformat(), exchange).number

    def _session(self) -> requests.Session:
        known: requests.Session | None = getattr(self._local, "session", None)
        if known is None:
            known = self._local.session = requests.Session()
            known.trust_env = False
        return known


class Recorded:
    """Evidence in the place of the network; ``listener`` is told what the system under test had said meanwhile.

    Raises InputError where a call is asked for that was not made, or not so.
    """

    def __init__(self, lines: Mapping[tuple[str, int], list[Line]], name: str) -> None:
        self._lines = {whose: list(each) for whose, each in lines.items()}
        self._name = name
        self.listener: Callable[[str, int, Line], None] = lambda case, attempt, line: None

    def now(self, case: str, attempt: int) -> dt.datetime:
        """Return the next noted time."""
        return dt.datetime.fromisoformat(self._next(case, attempt, MARK).now)

    def call(self, case: str, attempt: int, now: dt.datetime, call: Call) -> Answer:
        """Return the recorded answer."""
        line = self._next(case, attempt, TO)
        said = line.said
        if as_bytes(said["body"]) != call.body or said["party"] != call.party.key_id:
            raise InputError(
                self._name, f"line {line.number}", "is not the call that this case makes", "use the yidi of the run"
            )
        return Answer(said["status"], as_bytes(said["reply"]), said["why"], said["seconds"], line.number)

    def hook(self, case: str, attempt: int, name: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the hook told."""
        line = self._next(case, attempt, HOOK)
        told: Mapping[str, Any] = line.said["told"]
        return told

    def _next(self, case: str, attempt: int, kind: str) -> Line:
        lines = self._lines.get((case, attempt), [])
        while lines:
            line = lines.pop(0)
            if line.kind == kind:
                return line
            self.listener(case, attempt, line)
        raise InputError(self._name, case, f"has no further line of kind {kind}", "restore the file")


def signed(party: Party, infno: str) -> Mapping[str, str]:
    """Return the headers that sign a call."""
    if party.scheme == "none":
        return {}
    return SCHEMES[party.scheme].headers(party.key_id, party.secret, infno, time.time(), secrets.token_hex(16))


def _root(problem: BaseException) -> str:
    while problem.__cause__ or problem.__context__:
        problem = problem.__cause__ or problem.__context__ or problem
    return str(problem)[:200] or type(problem).__name__
