"""The bench around a hospital: it is asked by the hook ``do``, and calls our listener as its city.

A hospital has one window for everybody: it signs in and states a day as a whole. So cases have it one after another,
whatever the number of workers, and what is heard belongs to the case that has it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from conformance.bench import Bench, Ended
from conformance.case import Case
from conformance.evidence import Line
from conformance.hospital import faults
from conformance.hospital.case import HospitalCase
from conformance.hospital.chart import OF_NOBODY
from conformance.setting import Setting
from conformance.stage import Fault
from conformance.wire import Live, Told, Wire
from simulator.core.platform.message import Message
from simulator.core.values.stamps import digits
from simulator.sandbox.gate import Gate

_VERBS = frozenset(
    {"give", "plan_of", "cancels_of", "sign_in", "play", "cancel", "reconcile", "let_refuse"}
    | {"sign_out_behind", "standing", "grown", "break_upwards", "mend", "wrong", "wait", "kill", "part", "charge_more"}
    | {"set_clock", "advance", "turn_day", "next_day", "restart", "day"}
)
_PATIENCE = 1800.0  # seconds that a case waits for the hospital


class HospitalBench(Bench):
    """Cases by name and attempt, one at a time; see :class:`Bench`."""

    def __init__(self, setting: Setting, wire: Wire, gate: Gate, called: Callable[[str], str]) -> None:
        super().__init__(setting, wire, gate, called)
        self._free = threading.Semaphore()
        self._order = threading.RLock()  # what is heard is answered, noted and judged before anything else is

    def begin(self, name: str, attempt: int, number: int, step: int = 0) -> None:
        """Set up an attempt at a case when the hospital is free; raises TimeoutError and HookFailed."""
        if not self._free.acquire(timeout=_PATIENCE):
            raise TimeoutError("another case has had the hospital for half an hour")
        try:
            if isinstance(self._wire, Live):
                self._expect_own_time()
            self._first[name, attempt] = self._wire.begin(name, attempt, {"number": number, "step": step})
            self._cases[name, attempt] = HospitalCase(
                name, attempt, number, setting=self._setting, wire=self._wire, order=self._order
            )
        except BaseException:
            self._cases.pop((name, attempt), None)
            self._free.release()
            raise

    def do(self, name: str, attempt: int, verb: str, *what: Any, **more: Any) -> Any:
        """Have a case do something; raises KeyError for what a case cannot do."""
        if verb not in _VERBS:
            raise KeyError(verb)
        case = self._cases[name, attempt]
        told = getattr(case, verb)(*what, **more)
        case.show(told)
        return told

    def end(self, name: str, attempt: int, verdict: str = "") -> Ended:
        """Let go of an attempt, and of the hospital."""
        with self._letting_go(name, attempt):
            self._put_back(name, attempt)  # while it may still call
            with self._order:
                return super().end(name, attempt, verdict)

    def abandon(self, name: str, attempt: int) -> None:
        """Let go of an attempt that nobody will end, and of the hospital."""
        with self._letting_go(name, attempt):
            self._put_back(name, attempt)
            with self._order:
                super().abandon(name, attempt)

    @contextlib.contextmanager
    def _letting_go(self, name: str, attempt: int) -> Iterator[None]:
        held = (name, attempt) in self._cases
        try:
            yield
        finally:
            if held:
                self._cases.pop((name, attempt), None)
                self._free.release()

    def heard(self, path: str, headers: Mapping[str, str], body: bytes) -> Told:
        """Answer a call of the hospital."""
        with self._order:
            return super().heard(path, headers, body)

    def _heard_again(self, name: str, attempt: int, line: Line) -> None:
        with self._order:
            super()._heard_again(name, attempt, line)

    def _answer(self, case: Case, now: dt.datetime, asked: Message, path: str, fault: Fault | None) -> Told:
        """Answer a call by the city of the case, with what happens to it on its way."""
        assert isinstance(case, HospitalCase)
        what, seconds = (fault.what, fault.seconds) if fault is not None else ("", 0.0)
        if what in faults.NOT_TAKEN:
            case.stage.lose(asked)
            return Told(faults.UNAVAILABLE if what == faults.DOWN else 0, b"", what, seconds)
        stamp = digits(now)
        answer = (lambda asked: faults.refusal(asked, self._setting.above, stamp)) if what == faults.REFUSED else None
        reply = case.stage.take(now, asked, heard=what in faults.HEARD, answer=answer)
        if reply is None or what == faults.REPLY_LOST:
            return Told(0, b"", what or "no answer", seconds)
        return Told(200, _altered(self._encoding.encode(faults.spoilt(what, reply)), what), what, seconds)

    def _case_of(self, asked: Message | None, body: bytes) -> Case | None:
        """Return the case that has the hospital, unless the call is about somebody of an earlier one."""
        case = next(iter(self._cases.values()), None)
        if case is None or asked is None or asked.infno in OF_NOBODY or case.is_about(body):
            return case
        assert isinstance(case, HospitalCase)
        return case if case.stage.duties.chart_of(asked) is not None else None


def _altered(body: bytes, what: str) -> bytes:
    if what == faults.PAGE:
        return faults.PAGE_TEXT
    if what != faults.HOLLOW:
        return body
    return orjson.dumps({name: value for name, value in orjson.loads(body).items() if name != "output"})
