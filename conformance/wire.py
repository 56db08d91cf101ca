"""The way to the system under test, live or from evidence: the same calls, the same lines."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import orjson
import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from conformance.evidence import BEGIN, END, FROM, HOOK, MARK, TO, Chain, Line, as_bytes, as_text
from simulator.inputs.errors import InputError
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.hooks import HookFailed, NotOffered
from simulator.sandbox.parties import Party

JSON = "application/json;charset=utf-8"
LOST = "the reply was thrown away on purpose"
SET_CLOCK, RESTART = "set_clock", "restart"
_UNDER_WAY = 0.002  # seconds after which a call is sure to be under way, and may be over
_BEYOND = 120  # seconds beyond a scheme's window


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

    ``headers`` stand instead of a party's signature where they are given; ``fault`` is what happens to the call, and
    ``sign`` what is wrong with its signature (see :func:`mis_signed`).
    """

    party: Party
    infno: str
    body: bytes
    url: str
    headers: Mapping[str, str] | None = None
    fault: str = ""
    seconds: float = 60.0
    sign: str = ""
    content_type: str = JSON


class Moment(NamedTuple):
    """A time at which a case goes on, and the line it is noted in: no other moment of a run has the same."""

    now: dt.datetime
    line: int


UNREACHABLE = "no connection"
"""What the reason of a missing answer begins with where nobody was there to call."""


class Wire(Protocol):
    """Calls the system under test for a case."""

    def begin(self, case: str, attempt: int, said: Mapping[str, Any]) -> int:
        """Note that an attempt at a case begins; return the line."""

    def end(self, case: str, attempt: int, said: Mapping[str, Any]) -> int:
        """Note that it ended, and take in what the system under test has said since its last call; return the line."""

    def now(self, case: str, attempt: int) -> Moment:
        """Return the time at which a case goes on."""

    def call(self, case: str, attempt: int, now: dt.datetime, call: Call) -> Answer:
        """Call, and wait for the answer."""

    def killed(
        self, case: str, attempt: int, now: dt.datetime, call: Call, called: threading.Event | None = None
    ) -> Answer:
        """Call, have the system killed and started again meanwhile, and throw the answer away.

        With ``called`` it is killed when it has called upwards itself, which sets the event.
        """

    def hook_killed(self, case: str, attempt: int, name: str, said: Mapping[str, Any], called: threading.Event) -> None:
        """Have a hook done, have the system killed and started again once the event is set, and let go of the hook."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""

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
        self._chain, self._hooks, self._verify, self._clock = chain, hooks, verify, clock
        self._ahead = dt.timedelta()  # by how much the clock of the system under test is set
        self._local = threading.local()
        self._signed: dict[tuple[str, int], Mapping[str, str]] = {}  # the headers of the last call of a case

    def clock(self) -> dt.datetime:
        """Return the time of the system under test: its own, or the one it was set to and what has passed since."""
        return self._clock() + self._ahead

    def begin(self, case: str, attempt: int, said: Mapping[str, Any]) -> int:
        """Note that an attempt at a case begins."""
        return self._chain.add(case, attempt, BEGIN, self.clock().isoformat(), said).number

    def end(self, case: str, attempt: int, said: Mapping[str, Any]) -> int:
        """Note that it ended."""
        return self._chain.add(case, attempt, END, self.clock().isoformat(), said).number

    def now(self, case: str, attempt: int) -> Moment:
        """Return the time of the system under test, and note it: what is made at it is made so again."""
        now = self.clock().replace(microsecond=0)
        return Moment(now, self._chain.add(case, attempt, MARK, now.isoformat(), {}).number)

    def call(self, case: str, attempt: int, now: dt.datetime, call: Call) -> Answer:
        """Call over HTTP."""
        return self._noted(case, attempt, now, call, self._exchanged((case, attempt), call))

    def killed(
        self, case: str, attempt: int, now: dt.datetime, call: Call, called: threading.Event | None = None
    ) -> Answer:
        """Call over HTTP, and have the system killed and started again before the answer, or about then."""
        if RESTART not in self._hooks:
            self.hook(case, attempt, RESTART, {})  # which says so
        with ThreadPoolExecutor(1) as threads:
            under_way = threads.submit(self._exchanged, (case, attempt), call)
            if called is None:
                self.wait(_UNDER_WAY)
            else:
                called.wait(call.seconds)
            self.hook(case, attempt, RESTART, {})
            exchanged = under_way.result()
        return self._noted(case, attempt, now, call, exchanged | {"status": 0, "reply": "", "why": LOST})

    def hook_killed(self, case: str, attempt: int, name: str, said: Mapping[str, Any], called: threading.Event) -> None:
        """Have a hook done, and the system killed meanwhile; raises NotOffered and HookFailed where it is not."""
        for needed in (name, RESTART):
            if needed not in self._hooks:
                self.hook(case, attempt, needed, said if needed == name else {})  # which says so
        with ThreadPoolExecutor(1) as threads:
            under_way = threads.submit(self._hooks[name], said)
            under_way.add_done_callback(lambda done: called.set())  # there is nothing left to wait for
            called.wait()
            self.hook(case, attempt, RESTART, {})
            under_way.exception()  # that it broke off is what was meant
        noted = {"name": name, "asked": dict(said), "told": {}, "offered": True, "failed": ""}
        self._chain.add(case, attempt, HOOK, self.clock().isoformat(), noted)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def _exchanged(self, whose: tuple[str, int], call: Call) -> dict[str, Any]:
        begun = time.monotonic()
        headers = dict(self._headers(whose, call) if call.headers is None else call.headers)
        headers.setdefault("content-type", call.content_type)
        status, body, why = self._sent(call, headers)
        seconds = round(time.monotonic() - begun, 4)
        return {"headers": headers, "status": status, "reply": as_text(body), "why": why, "seconds": seconds}

    def _noted(self, case: str, attempt: int, now: dt.datetime, call: Call, exchanged: Mapping[str, Any]) -> Answer:
        asked = {"party": call.party.key_id, "url": call.url, "body": as_text(call.body)}
        said = {**asked, "fault": call.fault, "sign": call.sign, **exchanged}
        line = self._chain.add(case, attempt, TO, now.isoformat(), said)
        return Answer(said["status"], as_bytes(said["reply"]), said["why"], said["seconds"], line.number)

    def _headers(self, whose: tuple[str, int], call: Call) -> Mapping[str, str]:
        if call.sign:
            return mis_signed(call.sign, call.party, call.infno, self._signed.get(whose, {}))
        self._signed[whose] = headers = signed(call.party, call.infno)
        return headers

    def _sent(self, call: Call, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        session = self._session()
        lost = call.fault == "reply_lost"
        try:
            reply = session.post(
                call.url, call.body, headers=dict(headers), timeout=(5, call.seconds), verify=self._verify, stream=lost
            )
            if lost:  # it was answered, and the answer is thrown away
                reply.close()
                return 0, b"", LOST
        except requests.ConnectionError as problem:
            return 0, b"", f"{UNREACHABLE if _nobody_there(problem) else 'broken answer'}: {_root(problem)}"
        except requests.Timeout:
            return 0, b"", f"no answer in {call.seconds:g} s"
        except requests.RequestException as problem:
            return 0, b"", f"broken answer: {_root(problem)}"
        return reply.status_code, reply.content, ""

    def hook(self, case: str, attempt: int, name: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have a hook done; raises NotOffered and HookFailed, which are noted too."""
        noted: dict[str, Any] = {"name": name, "asked": dict(said), "told": {}, "offered": True, "failed": ""}
        try:
            if name not in self._hooks:
                noted["offered"] = False
                raise NotOffered(name)
            noted["told"] = dict(self._hooks[name](said))
            if name == SET_CLOCK:
                self._ahead = dt.datetime.fromisoformat(said["now"]) - self._clock() if said["now"] else dt.timedelta()
        except HookFailed as failed:
            noted["failed"] = str(failed)
            raise
        finally:
            self._chain.add(case, attempt, HOOK, self.clock().isoformat(), noted)
        told: Mapping[str, Any] = noted["told"]
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
        self._lock = threading.RLock()  # two calls may be made at once

    def begin(self, case: str, attempt: int, said: Mapping[str, Any]) -> int:
        """Find where an attempt begins; raises InputError where another is meant."""
        line = self._next(case, attempt, BEGIN)
        if line.said != said:
            raise InputError(self._name, f"line {line.number}", "is not how the case begins", "use the yidi of the run")
        return line.number

    def end(self, case: str, attempt: int, said: Mapping[str, Any]) -> int:
        """Tell what was said up to the end; raises InputError where the case has left out a call that was made."""
        line = self._next(case, attempt, END)
        if line.said != said:
            raise InputError(self._name, f"line {line.number}", "is not how the case ends", "use the yidi of the run")
        return line.number

    def now(self, case: str, attempt: int) -> Moment:
        """Return the next noted time."""
        line = self._next(case, attempt, MARK)
        return Moment(dt.datetime.fromisoformat(line.now), line.number)

    def call(self, case: str, attempt: int, now: dt.datetime, call: Call) -> Answer:
        """Return the recorded answer."""
        with self._lock:
            line = self._next(case, attempt, TO)
        said = line.said
        same = as_bytes(said["body"]) == call.body and said["party"] == call.party.key_id
        if not same or said.get("sign", "") != call.sign or said["fault"] != call.fault:
            raise InputError(
                self._name, f"line {line.number}", "is not the call that this case makes", "use the yidi of the run"
            )
        return Answer(said["status"], as_bytes(said["reply"]), said["why"], said["seconds"], line.number)

    def killed(
        self, case: str, attempt: int, now: dt.datetime, call: Call, called: threading.Event | None = None
    ) -> Answer:
        """Return that there was no answer, after what the hook told."""
        self.hook(case, attempt, RESTART, {})
        return self.call(case, attempt, now, call)

    def hook_killed(self, case: str, attempt: int, name: str, said: Mapping[str, Any], called: threading.Event) -> None:
        """Take in that the system was killed, and that the hook has told nothing."""
        self.hook(case, attempt, RESTART, {})
        self.hook(case, attempt, name, said)

    def wait(self, seconds: float) -> None:
        """Do nothing: the next noted time is later."""

    def hook(self, case: str, attempt: int, name: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the hook told."""
        line = self._next(case, attempt, HOOK)
        noted = line.said
        if noted["name"] != name or _plain(noted["asked"]) != _plain(said):
            raise InputError(self._name, f"line {line.number}", "is not what this case asks", "use the yidi of the run")
        if not noted["offered"]:
            raise NotOffered(name)
        if noted["failed"]:
            raise HookFailed(noted["failed"])
        told: Mapping[str, Any] = noted["told"]
        return told

    def _next(self, case: str, attempt: int, kind: str) -> Line:
        lines = self._lines.get((case, attempt), [])
        while lines:
            line = lines.pop(0)
            if line.kind == kind:
                return line
            if line.kind != FROM:
                raise InputError(
                    self._name, f"line {line.number}", "is not what this case does next", "use the yidi of the run"
                )
            self.listener(case, attempt, line)
        raise InputError(self._name, case, f"has no further line of kind {kind}", "restore the file")


def signed(party: Party, infno: str) -> Mapping[str, str]:
    """Return the headers that sign a call."""
    if party.scheme == "none":
        return {}
    return SCHEMES[party.scheme].headers(party.key_id, party.secret, infno, time.time(), secrets.token_hex(16))


def mis_signed(how: str, party: Party, infno: str, last: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers that a gateway must turn away; ``last`` are those of the call before.

    ``none``: no signature. ``stale`` and ``ahead``: of a time outside the window. ``replayed``: those of the call
    before. ``broken``: a signature with one character changed.
    """
    if how == "none" or party.scheme == "none":
        return {}
    if how == "replayed":
        return {name: value for name, value in last.items() if name != "content-type"}
    scheme = SCHEMES[party.scheme]
    late = {"stale": -1, "ahead": 1}.get(how, 0) * (scheme.window + _BEYOND)
    headers = scheme.headers(party.key_id, party.secret, infno, time.time() + late, secrets.token_hex(16))
    if how != "broken":
        return headers
    name = next(each for each in headers if each.endswith("signature"))
    first = "1" if headers[name][0] == "0" else "0"
    return {**headers, name: first + headers[name][1:]}


def _plain(said: Any) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def _nobody_there(problem: requests.ConnectionError) -> bool:
    """Tell whether no connection came about, as against one that broke."""
    inner = problem.args[0] if problem.args else None
    return isinstance(getattr(inner, "reason", inner), NewConnectionError | ConnectTimeoutError)


def _root(problem: BaseException) -> str:
    while problem.__cause__ or problem.__context__:
        problem = problem.__cause__ or problem.__context__ or problem
    return str(problem)[:200] or type(problem).__name__
