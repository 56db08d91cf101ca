"""What is lost, cut or late beyond a platform, or on the way back to who asked: shapes of every platform."""

from __future__ import annotations

from conformance.client import CaseClient, VisitClient, judged
from conformance.setting import Step
from conformance.suites.shapes.again import must_succeed, refused_again, undone

MANY = 12
"""How often in a row something happens: beyond what a system tries again of its own accord."""
FAULTS = (("request_lost", 1), ("request_lost", MANY), ("reply_lost", 1), ("reply_lost", MANY), ("cut", MANY))
NAMES = [f"{what}-{'once' if times == 1 else 'on'}" for what, times in FAULTS]
STEPS = (("inpatient", "2401"), ("inpatient", "2304"), ("outpatient", "2207"), ("pharmacy", "2102"))


def break_it(case: CaseClient, infno: str, what: str, times: int, seconds: float = 0.0) -> None:
    """Let something happen to the next calls upwards."""
    for _ in range(times):
        case.break_upwards(infno, what, seconds)


def asked_again(case: CaseClient, visit: VisitClient, infno: str) -> None:
    """Send a step whose outcome may be unknown, and once more when the way is clear."""
    judged(visit.send(infno))
    case.do("mend")
    must_succeed(case, visit.again())


def left_open(case: CaseClient, visit: VisitClient, infno: str, what: str) -> Step:
    """Send a step of which nothing is heard however often it is tried; the way is clear afterwards."""
    break_it(case, infno, what, MANY)
    step = judged(visit.send(infno))
    case.do("mend")
    return step


def broken_beyond(case: CaseClient, visit: VisitClient, infno: str, what: str, times: int) -> None:
    """Break the way beyond at a step; asked again it must be right, and so must all that follows."""
    visit.before(infno)
    break_it(case, infno, what, times)
    asked_again(case, visit, infno)
    _rest(visit, infno, "5206")


def too_late(case: CaseClient, visit: VisitClient, infno: str, seconds: float) -> None:
    """Let the answer from beyond come after so many seconds; asked again it must be what has happened."""
    visit.before(infno)
    break_it(case, infno, "slow", 1, seconds)
    asked_again(case, visit, infno)
    visit.succeeds("5206")


def own_reply_lost(case: CaseClient, visit: VisitClient, infno: str, *queries: str) -> None:
    """Lose the platform's own reply to a step; asked again it must succeed, and so must the rest and queries."""
    visit.before(infno)
    visit.send(infno, fault="reply_lost")
    must_succeed(case, visit.again())
    _rest(visit, infno, *queries)


def reversed_while_open(case: CaseClient, visit: VisitClient, infno: str, what: str) -> None:
    """Reverse a step of unknown outcome; it must be refused when it comes late, and be taken under another number."""
    visit.before(infno)
    left_open(case, visit, infno, what)
    undone(case, visit)
    refused_again(case, visit, infno)
    visit.succeeds(infno)
    visit.succeeds("5206")


def reversal_open(case: CaseClient, visit: VisitClient, what: str) -> None:
    """Leave the outcome of a reversal open; asked again it must be reversed, and the visit be settled anew."""
    visit.settled()
    settles, msgid = visit.last
    break_it(case, "2601", what, MANY)
    visit.reverse_that(settles, msgid)
    case.do("mend")
    must_succeed(case, visit.again())
    visit.succeeds("5206")
    visit.succeeds(settles)


def _rest(visit: VisitClient, infno: str, *queries: str) -> None:
    """Play what follows a step, and queries."""
    for rest in (*visit.plan[visit.plan.index(infno) + 1 :], *queries):
        visit.succeeds(rest)
