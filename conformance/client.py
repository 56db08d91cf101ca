"""What a test of a suite holds: a case, its visits, and steps that must be as the model says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from conformance.files import BLOCK as FILE
from conformance.rough import Heard, accepted
from conformance.setting import AWAY, HERE, HOME, Step
from conformance.stage import DIFFERS, Wrong
from simulator.core.platform.refusals import REFUSALS

_UNKNOWN = REFUSALS["outcome_unknown"].code
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

    def __init__(self, bench: Any, name: str, attempt: int, *, alone: bool = False) -> None:
        self._bench, self._name, self._attempt, self._alone = bench, name, attempt, alone

    def do(self, verb: str, *what: Any, **more: Any) -> Any:
        """Have the bench do something with this case."""
        return self._bench.do(self._name, self._attempt, verb, *what, **more)

    def visit(self, where: str = AWAY, shape: str = "worker", **wish: Any) -> VisitClient:
        """Begin a visit of a new person."""
        return VisitClient(self, self.do("visit", where, shape, **wish), where)

    def day(self, days: int) -> str:
        """Return the day so many days from today, as messages write it."""
        day: str = self.do("day", days)
        return day

    def break_upwards(self, infno: str, what: str, seconds: float = 0.0) -> None:
        """Let something happen to the next call that the system under test makes upwards."""
        self.do("break_upwards", infno, what, seconds)

    def set_clock(self, day: str, time: str = "09:00:00") -> None:
        """Set the clock of the system under test to a time of a day, not past, and go on from it."""
        self.disturb("set_clock", f"{day}T{time}")

    def advance(self, *, days: int = 0, hours: int = 0) -> None:
        """Set the clock of the system under test forward."""
        self.disturb("advance", days, hours)

    def turn_day(self) -> None:
        """Let the clock of the system under test pass midnight by itself."""
        self.disturb("turn_day")

    def next_day(self, name: str) -> dt.date:
        """Return the next ``leap_day``, ``year_end`` or ``october`` (the first); raises NotApplicable without rules."""
        day: str = self.do("next_day", name)
        if not day:
            raise NotApplicable(f"the policy pack is not in force around the next {name.replace('_', ' ')}")
        return dt.date.fromisoformat(day)

    def own_month(self) -> dt.date:
        """Return the first day of a month to come that no other case is in; raises NotApplicable without rules."""
        day: str = self.do("own_month")
        if not day:
            raise NotApplicable("the policy pack is not in force a few months from now")
        return dt.date.fromisoformat(day)

    def restart(self) -> None:
        """Have the system under test killed and started again."""
        self.disturb("restart")

    def disturb(self, verb: str, *what: Any) -> Any:
        """Have the bench do what others would feel, which only a case that is alone may; raises Instrument."""
        if not self._alone:
            raise Instrument(f"{self._name} is not marked alone, and others would feel it")
        return self.do(verb, *what)

    def passed(self) -> tuple[tuple[str, str], ...]:
        """Return transaction and ``msgid`` of every request that the system under test made upwards."""
        made: tuple[tuple[str, str], ...] = self.do("passed")
        return made

    def told(self) -> tuple[tuple[str, int | None, str, Mapping[str, Any]], ...]:
        """Return transaction, ``infcode``, ``err_msg`` and blocks of each answer it got from above."""
        told: tuple[tuple[str, int | None, str, Mapping[str, Any]], ...] = self.do("told")
        return told

    def needs(self, profile: str) -> None:
        """Stop a case that says nothing of a system judged by another profile; raises NotApplicable."""
        if self.do("profile") != profile:
            raise NotApplicable(f"the profile is not {profile}")

    @staticmethod
    def expect(infno: str, place: str, expected: Any, received: Any, line: int = 0) -> None:
        """Hold what came against what must come; raises Nonconformant."""
        if expected != received:
            raise Nonconformant((Wrong(DIFFERS, infno, place, str(expected), str(received), line),))


class NotApplicable(Exception):
    """A case that says nothing about this system; the text says why."""


class VisitClient:
    """A visit of a case; every step is held against the model, and stops the test where it differs."""

    def __init__(self, case: CaseClient, number: int, where: str) -> None:
        self._case, self._number, self._where = case, number, where
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

    def settled_from(self, infno: str) -> Step:
        """Play the plan from a step on; return the settlement."""
        for each in self.plan[self.plan.index(infno) :]:
            step = self.succeeds(each)
        return step

    def tried(self) -> Step:
        """Play the plan as far as the model goes with it; return the last step, refused or not."""
        for each in self.plan:
            step = judged(self.send(each))
            if step.infcode:
                break
        return step

    def rejects(self, infno: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Send a step that the system under test must refuse, past any city before it, which would hold it back."""
        verb = "say" if self._where in {HERE, HOME} else "direct"
        step = judged(self._case.do(verb, self._number, infno, dict(changed)))
        if not step.line:
            raise Instrument(f"{step.infno} {step.msgid}: never reached the system under test")
        return _as_expected(step, succeeds=False)

    def charge(self, *rows: Mapping[str, Any]) -> int:
        """Give it other fee lines for those not uploaded yet, see :mod:`conformance.bills`; return their sum in fen."""
        total: int = self._case.do("charge", self._number, [dict(row) for row in rows])
        return total

    def figures(self) -> Mapping[str, Any]:
        """Return what its bill is settled by: ``deductibles`` of the stays of a year and ``cap``, in fen."""
        known: Mapping[str, Any] = self._case.do("figures", self._number)
        return known

    def about(self) -> Mapping[str, str]:
        """Return by what it and its person are known, by the names of the fields that say so."""
        known: Mapping[str, str] = self._case.do("about", self._number)
        return known

    def file(self, filing_type: str, first: int, last: int | None = None) -> None:
        """File care of its person, from day to day counted from today."""
        self._case.do("file", self._number, filing_type, first, last)

    def stated(self) -> list[dict[str, Any]]:
        """Return what was settled and cancelled of it as rows of a statement, amounts in fen."""
        rows: list[dict[str, Any]] = self._case.do("stated", self._number)
        return rows

    def upload(self, rows: Sequence[Mapping[str, Any]], text: str = "") -> Step:
        """Upload rows of a statement, or a text instead of them (9101)."""
        self._case.do("state", self._number, [dict(row) for row in rows], text)
        return self.succeeds("9101")

    def compared(
        self, rows: Sequence[Mapping[str, Any]], changed: Mapping[str, Any] = _NOTHING
    ) -> list[dict[str, Any]]:
        """Have rows compared (9101, 3202, with ``changed`` fields) and fetch what is not alike, about its people."""
        self.upload(rows)
        self.succeeds("3202", changed)
        return self.fetched()

    def fetched(self) -> list[Any]:
        """Fetch the file that was named last (9102); return its rows, amounts in fen, or its lines."""
        rows: list[Any] = self.succeeds("9102").output[FILE]
        return rows

    def told(self, infno: str, blocks: Mapping[str, Any], *, good: bool = True, by: str = "") -> Step:
        """Have the other city, or the platform of an area, tell the city under test something, which it takes or not.

        Rows of the blocks are lists; see :meth:`Offices.tell`.
        """
        step = judged(self._case.do("tell", self._number, infno, blocks, by=by))
        return _as_expected(step, succeeds=good)

    def never_told(self, infno: str, blocks: Mapping[str, Any], what: str, *, by: str) -> None:
        """Have the platform of an area tell what is against the interface, which must be refused."""
        body: bytes = self._case.do("word_told", self._number, infno, blocks, by=by)
        self.turned_away(body, infno, what, by="above")

    def refer(self, to: VisitClient) -> None:
        """Let its person be referred to the hospital of another visit by the next 2501."""
        self._case.do("refer", self._number, to.number)

    def declare(self, disease: str) -> None:
        """File a chronic disease of its person."""
        self._case.do("declare", self._number, disease)

    @property
    def number(self) -> int:
        """Return its number in the case, for another visit of the same person (``like``)."""
        return self._number

    def again(self, changed: Mapping[str, Any] = _NOTHING, fault: str = "") -> Step:
        """Send the last request again, as the model takes it."""
        return judged(self._case.do("again", self._number, dict(changed), fault))

    def reverse(self) -> Step:
        """Reverse the last request (2601), as the model takes it."""
        return judged(self._case.do("reverse", self._number))

    def do_query(self, infno: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Send a query that may be answered or refused, as the model does either."""
        return judged(self.send(infno, changed))

    def reverse_that(self, infno: str, msgid: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Reverse (2601) any message of the institution, sent or not, as the model takes it."""
        return judged(self._case.do("reverse_that", self._number, infno, msgid, dict(changed)))

    def repeat(self, infno: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Bring a request before the system under test once more, past everybody else, as the model takes it."""
        return judged(self._case.do("repeat", self._number, infno, dict(changed)))

    def word_reversal(self, infno: str, msgid: str) -> bytes:
        """Word the reversal (2601) of any message and send nothing."""
        body: bytes = self._case.do("word_reversal", self._number, infno, msgid)
        return body

    def twice(self, infno: str) -> Step:
        """Send a step twice at the same moment, as the model takes it once; it must succeed."""
        return _as_expected(judged(self._case.do("twice", self._number, infno)), succeeds=True)

    def word(self, infno: str, changed: Mapping[str, Any] = _NOTHING) -> bytes:
        """Word a step and send nothing: the bytes as they would go to the system under test."""
        body: bytes = self._case.do("word", self._number, infno, dict(changed))
        return body

    def raw(self, body: bytes, infno: str, **how: str) -> Heard:
        """Send bytes; ``by``, ``sign`` and ``content_type`` say who signs them and how, see :class:`Rough`."""
        heard: Heard = self._case.do("raw", self._number, body, infno, **how)
        if heard.wrong:
            raise Nonconformant(heard.wrong)
        return heard

    def delivered(self, body: bytes) -> Step:
        """Send the request that was worded last in these bytes, as the model takes it; it must succeed."""
        return _as_expected(judged(self._case.do("deliver", self._number, body)), succeeds=True)

    def turned_away(self, body: bytes, infno: str, what: str, **how: str) -> Heard:
        """Send bytes that must be refused, in whatever way; ``what`` says what they are."""
        heard = self.raw(body, infno, **how)
        if heard.accepted:
            raise Nonconformant((accepted(heard, what),))
        return heard

    @property
    def facts(self) -> Mapping[str, str]:
        """Return what the visit is known by, see :meth:`Rough.facts`."""
        known: Mapping[str, str] = self._case.do("facts", self._number)
        return known

    @property
    def last(self) -> tuple[str, str]:
        """Return transaction and ``msgid`` of the last request."""
        infno, msgid = self._case.do("last", self._number)
        return infno, msgid


def judged(step: Step) -> Step:
    """Return a step that was as the model says; raises Nonconformant."""
    if step.wrong:
        raise Nonconformant(step.wrong)
    return step


def _as_expected(step: Step, *, succeeds: bool) -> Step:
    if succeeds and step.infcode and step.expected == _UNKNOWN:  # the model waits in vain: nothing was passed on
        raise Nonconformant((Wrong(DIFFERS, step.infno, "/infcode", "0", str(step.infcode), step.line),))
    if (step.infcode == 0) is not succeeds:
        raise Instrument(f"{step.infno} {step.msgid}: {step.infcode} {step.err_msg}")
    return step


def _line(wrong: Wrong) -> str:
    where = f"{wrong.infno}{wrong.place}"
    said = wrong.en or f"expected {wrong.expected or 'nothing'}, received {wrong.received or 'nothing'}"
    return f"{wrong.kind}: {where}: {said} (evidence line {wrong.line})"
