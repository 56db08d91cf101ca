"""What a test of a suite holds: a case, its visits, and steps that must be as the model says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from conformance.case import AWAY, Step
from conformance.stage import Wrong

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Nonconformant(AssertionError):
    """The system under test did not do what it must; ``wrong`` says what, in the order in which it was seen."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        self.wrong = wrong
        super().__init__("\n".join(map(_line, wrong)))


class Instrument(Exception):
    """The bench itself is at fault: a case asks for what the model does not do either."""


class CaseClient:
    """A case on the bench, as one test sees it."""

    def __init__(self, bench: Any, name: str, attempt: int) -> None:
        self._bench, self._name, self._attempt = bench, name, attempt

    def do(self, verb: str, *what: Any, **more: Any) -> Any:
        """Have the bench do something with this case."""
        return self._bench.do(self._name, self._attempt, verb, *what, **more)

    def visit(self, where: str = AWAY, shape: str = "worker", **wish: Any) -> VisitClient:
        """Begin a visit of a new person."""
        return VisitClient(self, self.do("visit", where, shape, **wish))

    def break_upwards(self, infno: str, what: str, seconds: float = 0.0) -> None:
        """Let something happen to the next call that the system under test makes upwards."""
        self.do("break_upwards", infno, what, seconds)


class VisitClient:
    """A visit of a case; every step is held against the model, and stops the test where it differs."""

    def __init__(self, case: CaseClient, number: int) -> None:
        self._case, self._number = case, number
        self.plan: tuple[str, ...] = case.do("plan", number)
        self.cancels: str = case.do("cancels", number)

    @property
    def settles(self) -> str:
        """Return the transaction that settles it."""
        return self.plan[-1]

    def until(self, infno: str) -> Step:
        """Play the plan up to a step, which must succeed like those before it; return that step."""
        for each in self.plan[: self.plan.index(infno) + 1]:
            step = self.succeeds(each)
        return step

    def before(self, infno: str) -> None:
        """Play the plan up to the step before one."""
        self.until(self.plan[self.plan.index(infno) - 1])

    def settled(self) -> Step:
        """Play the whole plan; return the settlement."""
        return self.until(self.settles)

    def succeeds(self, infno: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Send a step that must succeed."""
        return _as_expected(judged(self.send(infno, changed)), succeeds=True)

    def refused(self, infno: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Send a step that must be refused."""
        return _as_expected(judged(self.send(infno, changed)), succeeds=False)

    def send(self, infno: str, changed: Mapping[str, Any] = _NOTHING, fault: str = "") -> Step:
        """Send a step, whatever comes of it."""
        step: Step = self._case.do("say", self._number, infno, dict(changed), fault)
        return step

    def again(self, changed: Mapping[str, Any] = _NOTHING, fault: str = "") -> Step:
        """Send the last request again, as the model takes it."""
        return judged(self._case.do("again", self._number, dict(changed), fault))

    def reverse(self) -> Step:
        """Reverse the last request (2601), as the model takes it."""
        return judged(self._case.do("reverse", self._number))


def judged(step: Step) -> Step:
    """Return a step that was as the model says; raises Nonconformant."""
    if step.wrong:
        raise Nonconformant(step.wrong)
    return step


def _as_expected(step: Step, *, succeeds: bool) -> Step:
    if (step.infcode == 0) is not succeeds:
        raise Instrument(f"{step.infno} {step.msgid}: {step.infcode} {step.err_msg}")
    return step


def _line(wrong: Wrong) -> str:
    where = f"{wrong.infno}{wrong.place}"
    said = wrong.en or f"expected {wrong.expected or 'nothing'}, received {wrong.received or 'nothing'}"
    return f"{wrong.kind}: {where}: {said} (evidence line {wrong.line})"
