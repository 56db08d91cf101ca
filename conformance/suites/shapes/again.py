"""The same message again, another body under its number, and what was taken back: shapes of every platform."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from conformance.client import CaseClient, VisitClient
from conformance.setting import Step

CARE = ("inpatient", "outpatient", "pharmacy")
CHANGED: Mapping[str, Mapping[str, Any]] = {
    "2401": {"mdtrtinfo/adm_bed": "99"},
    "2301": {"feedetail/bilg_dr_name": "示例乙"},
    "2402": {"dscginfo/dscg_bed": "99"},
    "2303": {"data/psn_setlway": "02"},
    "2304": {"data/medfee_sumamt": 1},
    "2201": {"data/dept_name": "外科"},
    "2203": {"mdtrtinfo/dise_name": "另一病种"},
    "2204": {"feedetail/bilg_dr_name": "示例乙"},
    "2206": {"data/psn_setlway": "02"},
    "2207": {"data/medfee_sumamt": 1},
    "2101": {"druginfo/medfee_sumamt": 1},
    "2102": {"druginfo/medfee_sumamt": 1},
}
"""Another body for each step, as the interface allows it."""
TWICE = (
    ("inpatient", ("2401", "2301", "2402", "2304")),
    ("outpatient", ("2201", "2204", "2207")),
    ("pharmacy", ("2102",)),
)
"""The steps of each kind of care that come twice at the same moment."""
_SAME: Mapping[str, Any] = MappingProxyType({})


def must_succeed(case: CaseClient, step: Step) -> None:
    """Hold a step, which may have come out either way, to its success."""
    case.expect(step.infno, "/infcode", 0, step.infcode, step.line)


def must_be_refused(case: CaseClient, step: Step) -> None:
    """Hold a step, which may have come out either way, to a refusal that came."""
    case.expect(step.infno, "/infcode", True, step.infcode not in {0, None}, step.line)


def refused_again(case: CaseClient, visit: VisitClient, infno: str, changed: Mapping[str, Any] = _SAME) -> Step:
    """Bring a request once more, changed or as it was, which must be refused now."""
    late = visit.repeat(infno, changed)
    must_be_refused(case, late)
    return late


def other_bodies(case: CaseClient, visit: VisitClient) -> None:
    """Play a visit, and bring after each step another body under its number, and the first body again."""
    for infno in visit.plan:
        visit.succeeds(infno)
        if infno in CHANGED:
            refused_again(case, visit, infno, CHANGED[infno])
            visit.repeat(infno)


def twice_at_once(visit: VisitClient, steps: Collection[str], *queries: str) -> None:
    """Play a visit with steps that come twice at the same moment, ask what came of it, and cancel it."""
    for infno in visit.plan:
        if infno in steps:
            visit.twice(infno)
        else:
            visit.succeeds(infno)
    for infno in (*queries, visit.cancels, "5206"):
        visit.succeeds(infno)


def cancelled(case: CaseClient, visit: VisitClient) -> Step:
    """Settle, cancel, and bring the settlement again, which must be refused; return the refusal."""
    visit.settled()
    visit.succeeds(visit.cancels)
    return refused_again(case, visit, visit.settles)


def before(visit: VisitClient, infno: str) -> None:
    """Play all that comes before a step."""
    if infno == visit.cancels:
        visit.settled()
    else:
        visit.before(infno)


def undone(case: CaseClient, visit: VisitClient) -> None:
    """Reverse the last request with success."""
    must_succeed(case, visit.reverse())


def undone_for_good(case: CaseClient, visit: VisitClient, infno: str) -> None:
    """Reverse a step that was taken; it must be refused when it comes again."""
    before(visit, infno)
    visit.succeeds(infno)
    undone(case, visit)
    refused_again(case, visit, infno)
    visit.succeeds("5206")


def barred(case: CaseClient, visit: VisitClient, infno: str) -> None:
    """Reverse a step that has not come; it must be refused when it comes, and be taken under another number."""
    before(visit, infno)
    visit.word(infno)
    number = visit.last[1]
    undone(case, visit)
    visit.word(infno, {"head/msgid": number})
    refused_again(case, visit, infno)
    visit.succeeds(infno)
    visit.succeeds("5206")
