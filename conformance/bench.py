"""The bench: one long-lived process that plays every party around the system under test, for all workers of a run.

It owns the listener, the cases with their stages, and the evidence. Workers ask for a case and have it do things; what
comes back is plain values. The same bench stands on evidence instead of the network when a run is judged again.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import orjson

import schemas
from conformance.case import Case
from conformance.disturbing import Disturbing
from conformance.evidence import FROM, Line, as_bytes, as_text
from conformance.setting import Setting
from conformance.stage import Fault, Wrong
from conformance.upstream import moment
from conformance.wire import SET_CLOCK, Live, Recorded, Told, Wire
from schemas.profiles import relaxed
from schemas.values import Finding, Name
from simulator.core.platform.message import Message, reply_to
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.stamps import digits
from simulator.inputs.errors import InputError
from simulator.inputs.hooks import HookFailed
from simulator.inputs.packed_files import NotPacked, from_form
from simulator.inputs.wire import Wire as Encoding
from simulator.sandbox.gate import UNKNOWN, Denied, Gate

_VERBS = frozenset(
    {
        "visit",
        "plan",
        "cancels",
        "say",
        "again",
        "reverse",
        "break_upwards",
        "wrong",
        "afresh",
        "echo",
        "mend",
        "chance",
    }
)
_SCENES = frozenset({"answer_seconds", "charge", "figures", "about", "day", "file", "declare", "direct"})
_ROUGH = frozenset(
    {"word", "raw", "deliver", "twice", "repeat", "word_reversal", "reverse_that"}
    | {"last", "facts", "passed", "told", "nonces", "quiet"}
)
_DISTURBING = frozenset({"set_clock", "advance", "turn_day", "next_day", "own_month", "restart"})
_OFFICES = frozenset(
    {"state", "stated", "copied", "own_item", "item_code", "is_code", "versions", "houses", "other_cities", "refer"}
    | {"profile", "tell", "word_told"}
)
_TURNED_AWAY, _NO_MESSAGE = 401, 400
_FORM, _UPLOAD, _FILE = "multipart/", "9101", "/input/fsUploadIn/in"


class Read(NamedTuple):
    """A call as it was read: the message, or what is wrong with it; ``infno`` where that is the file it brings."""

    asked: Message | None
    found: tuple[Finding, ...]
    infno: str = ""


class Ended(NamedTuple):
    """An attempt that is over: its lines in the evidence, first and last, and what no step of it has shown.

    ``late`` was wrong outside every step, ``uncalled`` should have been passed on upwards and was not, ``calls`` is how
    often the system under test called at all.
    """

    lines: tuple[int, int]
    late: tuple[Wrong, ...]
    uncalled: tuple[str, ...]
    calls: int


class Bench:
    """Cases by name and attempt on one setting; ``gate`` checks who calls us, ``called`` tells whom, by the path."""

    def __init__(self, setting: Setting, wire: Wire, gate: Gate, called: Callable[[str], str]) -> None:
        self._setting, self._wire, self._gate, self._called = setting, wire, gate, called
        self._cases: dict[tuple[str, int], Case] = {}
        self._first: dict[tuple[str, int], int] = {}
        self._ending = threading.Lock()  # what is called while a case ends belongs to it or not, and never half
        self._encoding = Encoding(setting.registry)
        self._adrift = ""  # why the clock of the system under test is not what it was
        self._clock_unknown = False
        self._clock = threading.Lock()
        if isinstance(wire, Recorded):
            wire.listener = self._heard_again

    def begin(self, name: str, attempt: int, number: int, step: int = 0) -> None:
        """Set up an attempt at a case under a number of its own; ``step`` says what it is made for.

        Raises HookFailed where an earlier case has left the system's clock at another time than its own.
        """
        if isinstance(self._wire, Live):
            self._expect_own_time()
        self._first[name, attempt] = self._wire.begin(name, attempt, {"number": number, "step": step})
        self._cases[name, attempt] = Disturbing(name, attempt, number, setting=self._setting, wire=self._wire)

    def do(self, name: str, attempt: int, verb: str, *what: Any, **more: Any) -> Any:
        """Have a case do something; raises KeyError for what a case cannot do."""
        if verb not in _VERBS | _SCENES | _ROUGH | _OFFICES | _DISTURBING:
            raise KeyError(verb)
        case = self._cases[name, attempt]
        told = getattr(case, verb)(*what, **more)
        case.show(told)
        return told

    def end(self, name: str, attempt: int, verdict: str = "") -> Ended:
        """Let go of an attempt, noting what its test came to; raises HookFailed where its clock cannot be set back."""
        self._put_back(name, attempt)
        with self._ending:
            last = self._wire.end(name, attempt, {"verdict": verdict})
            case = self._cases.pop((name, attempt), None)
        lines = self._first.pop((name, attempt), last), last
        if self._adrift:
            raise HookFailed(self._adrift)
        if case is None:
            return Ended(lines, (), (), 0)
        return Ended(lines, case.late(), tuple(case.stage.uncalled), case.stage.calls)

    def abandon(self, name: str, attempt: int) -> None:
        """Let go of an attempt that nobody will end; it is not in the evidence as one that was made."""
        self._put_back(name, attempt)
        with self._ending:
            self._cases.pop((name, attempt), None)

    def doubt_clock(self) -> None:
        """Have the clock set back before the first case: a run that was cut off may have left it at another time."""
        self._clock_unknown = True

    def _expect_own_time(self) -> None:
        with self._clock:
            if self._clock_unknown:
                self._clock_unknown = False
                try:
                    self._wire.hook("", 0, SET_CLOCK, {"now": None})
                except HookFailed as failed:
                    self._adrift = str(failed)
        if self._adrift:
            raise HookFailed(self._adrift)

    def _put_back(self, name: str, attempt: int) -> None:
        case = self._cases.get((name, attempt))
        try:
            if isinstance(case, Disturbing):
                case.put_back()
        except HookFailed as failed:
            self._adrift = str(failed)

    # -- calls of the system under test ---------------------------------------------------------------------------

    def heard(self, path: str, headers: Mapping[str, str], body: bytes) -> Told:
        """Answer a call of the system under test."""
        assert isinstance(self._wire, Live)
        party = self._gate.check(headers, time.time())
        asked, found, infno = self._read(headers, body)
        case = self._case_of(asked, body)
        now = self._wire.clock().replace(microsecond=0)
        exchange: dict[str, Any] = {"path": path, "headers": dict(headers), "body": as_text(body), "fault": ""}
        if isinstance(party, Denied):
            told = Told(_TURNED_AWAY, _refusal(_TURNED_AWAY, party.message))
        elif infno and self._called(path):
            told = Told(200, _unreadable(now, self._called(path), found))
        elif asked is None or case is None or not self._called(path):
            told = Told(_NO_MESSAGE, _refusal(_NO_MESSAGE, "报文不合规范或不属于任何用例"))
        else:
            told = self._answer(case, now, asked, path, case.stage.fault_for(asked.infno))
        exchange |= {"fault": told.fault, "status": told.status, "reply": as_text(told.body)}
        with self._ending:
            if case is None or (case.name, case.attempt) not in self._cases:
                self._wire.heard("", 0, now, exchange)
            else:
                line = self._wire.heard(case.name, case.attempt, now, exchange)
                self._judge(case, Read(asked, found, infno), party, line, path)
        return told

    def _heard_again(self, name: str, attempt: int, line: Line) -> None:
        """Take in a call from evidence: the answer must be the one that was given."""
        if line.kind != FROM:
            return
        case, body = self._cases[name, attempt], as_bytes(line.said["body"])
        asked, found, infno = self._read(line.said["headers"], body)
        fault, path = line.said["fault"], line.said["path"]
        refused = line.said["status"] in {_TURNED_AWAY, _NO_MESSAGE} and fault != "denied"
        if asked is not None and not refused:
            case.stage.fault_for(asked.infno)
            told = self._answer(case, moment(line.now), asked, path, Fault(asked.infno, fault))
            if told.status and told.body != as_bytes(line.said["reply"]):
                raise InputError("evidence", f"line {line.number}", "is not what the bench answers", "restore the file")
        turned_away = refused and line.said["status"] == _TURNED_AWAY
        party = Denied("", orjson.loads(line.said["reply"])["message"]) if turned_away else None
        self._judge(case, Read(asked, found, infno), party, line.number, path)

    def _answer(self, case: Case, now: dt.datetime, asked: Message, path: str, fault: Fault | None) -> Told:
        """Answer a call; judged again, what happens to it is what its line says: faults may be lifted meanwhile."""
        if case.stage.of_its_own(asked):
            return Told(200, self._encoding.encode(_not_taken(now, asked, self._called(path))))
        what = fault.what if fault is not None else ""
        seconds = fault.seconds if fault is not None else 0.0
        if what == "request_lost":
            return Told(0, b"", what, seconds)
        if what == "denied":
            return Told(_TURNED_AWAY, _refusal(_TURNED_AWAY, UNKNOWN), what)
        if what == "slow":
            case.stage.expect_late(asked.key)
        reply = case.stage.answer(now, self._called(path), asked, heard=what not in {"reply_lost", "cut"})
        if reply is None or what == "reply_lost":
            return Told(0, b"", what or "no answer", seconds)
        return Told(200, self._encoding.encode(reply), what, seconds)

    def _judge(self, case: Case, read: Read, party: Any, line: int, path: str) -> None:
        asked, found, infno = read
        case.stage.calls += 1
        case.stage.called.set()
        if isinstance(party, Denied):
            case.stage.judge_denied(asked.infno if asked is not None else "", party.message, line)
        elif asked is None:
            case.stage.judge_malformed(infno, found, line)
        else:
            case.stage.judge_asked(asked, line, self._called(path))

    def _read(self, headers: Mapping[str, str], body: bytes) -> Read:
        """Read a call, also one that brings its file as a part of a form."""
        registry, kind = self._setting.registry, headers.get("content-type", "")
        try:
            body = from_form(kind, body) if kind.lower().startswith(_FORM) else body
            found = registry.check_text(None, "request", body)
            if found:
                return Read(None, found)
            sent = relaxed(schemas.parse(body), registry.profile)
            assert isinstance(sent, dict)
            return Read(self._encoding.decode_request(sent), ())
        except NotPacked as problem:
            return Read(None, (_no_file(problem),), _UPLOAD)

    def _case_of(self, asked: Message | None, body: bytes) -> Case | None:
        """Return whose a call is: of the case that has sent this message, or whose person it is about."""
        cases = list(self._cases.values())
        if asked is not None:
            for case in cases:
                if case.has_sent(asked.key):
                    return case
        return next((case for case in cases if case.is_about(body)), None)


def _not_taken(now: dt.datetime, asked: Message, above: str) -> Message:
    """Return the refusal of what a system tells of its own accord: no platform here hears of it, whenever it comes."""
    refusal, stamp = REFUSALS["unknown_transaction"], digits(now)
    head = {"inf_refmsgid": f"{above}{stamp[:14]}{0:010d}", "refmsg_time": stamp, "respond_time": stamp}
    head["err_msg"] = refusal.zh.format(asked.infno)
    return reply_to(asked, head, {}, infcode=refusal.code)


def _unreadable(now: dt.datetime, above: str, found: Iterable[Finding]) -> bytes:
    """Return the refusal of a file that cannot be read, as a platform words it."""
    refusal, stamp = REFUSALS["malformed"], digits(now)
    head = {"inf_refmsgid": f"{above}{stamp[:14]}{0:010d}", "refmsg_time": stamp, "respond_time": stamp}
    said = "；".join(each.zh for each in found)
    return orjson.dumps({"infcode": refusal.code, **head, "err_msg": refusal.zh.format(said)})


def _no_file(problem: NotPacked) -> Finding:
    """Return what is wrong with an upload whose file is none."""
    nothing = Name("", "")
    return Finding(
        _FILE,
        "file",
        f"上传的文件不可读：{problem.zh}",
        f"the file that was uploaded cannot be read: {problem}",
        expected=Name("ZIP内一个UTF-8文本", "one UTF-8 text in a ZIP"),
        received=Name(problem.zh, str(problem)),
        basis=nothing,
        cure=nothing,
    )


def _refusal(code: int, message: str) -> bytes:
    return f'{{"code":{code},"message":"{message}"}}'.encode()
