"""What goes on to the next platform, once and unchanged, and what does not: shapes of every platform."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from conformance.client import CaseClient, VisitClient
from conformance.setting import Step

QUERIES = ("1101", "2001", "5201", "5202", "5203", "5206", "5303")
_SIGN_IN = "9001"
OPTIONAL: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("2401", {"head/dev_no": "自助机-07", "head/dev_safe_info": "a b\u3000c"}),
    ("2401", {"mdtrtinfo/tel": "13800000000", "mdtrtinfo/adm_dept_name": "急诊科；“观察”后收治"}),
    ("2401", {"mdtrtinfo/coner_name": "𠮷田·木", "mdtrtinfo/adm_diag_dscr": "高血压病　3级（极高危）"}),
    ("2402", {"dscginfo/dscg_bed": "01", "head/opter_name": "经办员甲"}),
)
"""Fields that may be there, and that nobody on the way has a use for."""
REFUSED: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("1101", {"data/psn_name": "无此人"}),
    ("2001", {"data/psn_no": "NOBODY"}),
    ("2401", {"mdtrtinfo/psn_no": "NOBODY", "diseinfo/psn_no": "NOBODY"}),
)
"""What only the city of insurance can refuse."""
TEXTS = ("𩽾𩾌中毒", "高血压病　3级（极高危）", "“≥140/90mmHg”；①②③", "é·ñ·ß·й·ア")
"""Texts in which something is easily lost."""
_SAME: Mapping[str, Any] = MappingProxyType({})


def each_once(case: CaseClient, visit: VisitClient) -> None:
    """Play, cancel, settle and reverse: each step goes on once, in order, but for the sign-in with a city."""
    sent = []
    for infno in (*visit.plan, visit.cancels, visit.settles):
        step = visit.succeeds(infno)
        if infno != _SIGN_IN:
            sent.append((infno, step.msgid))
    reversal = visit.reverse()
    sent.append(("2601", reversal.msgid))
    case.expect("", "/forwarded", sent, list(case.passed()), reversal.line)


def once(case: CaseClient, visit: VisitClient, infno: str) -> None:
    """Send a step that must succeed and go on exactly once."""
    before = case.passed()
    step = visit.succeeds(infno)
    case.expect(infno, "/forwarded", [(infno, step.msgid)], list(case.passed()[len(before) :]), step.line)


def not_passed_on(case: CaseClient, step: Step) -> None:
    """Hold that a step was not passed on."""
    case.expect(step.infno, "/forwarded", False, (step.infno, step.msgid) in case.passed(), step.line)


def rejected_here(case: CaseClient, visit: VisitClient, infno: str, changed: Mapping[str, Any] = _SAME) -> None:
    """Send a step that must be rejected, with nothing passed on."""
    before = case.passed()
    step = visit.rejects(infno, changed)
    case.expect(infno, "/forwarded", list(before), list(case.passed()), step.line)


def turned_away_here(case: CaseClient, visit: VisitClient, body: bytes, infno: str, what: str, **how: str) -> None:
    """Send bytes that must be refused, with nothing passed on, see :meth:`VisitClient.turned_away`."""
    before = case.passed()
    heard = visit.turned_away(body, infno, what, **how)
    case.expect(infno, "/forwarded", list(before), list(case.passed()), heard.line)


def optional_fields(visit: VisitClient, infno: str, changed: Mapping[str, str]) -> None:
    """Send a step with more fields than it needs, which go on as they are."""
    visit.before(infno)
    visit.succeeds(infno, changed)
    visit.succeeds("5201")


def texts(visit: VisitClient, text: str) -> None:
    """Admit somebody under a diagnosis and in a ward of this text."""
    visit.until("1101")
    visit.succeeds("2401", {"mdtrtinfo/adm_diag_dscr": text, "mdtrtinfo/adm_dept_name": text})
    visit.succeeds("5201")


def refusal_comes_back(case: CaseClient, visit: VisitClient, infno: str, changed: Mapping[str, str]) -> None:
    """Send what is refused beyond: its code and reason come back as they were."""
    step = visit.refused(infno, changed)
    asked, infcode, err_msg, _ = case.told()[-1]
    case.expect(infno, "", asked, infno)
    case.expect(infno, "/infcode", infcode, step.infcode, step.line)
    case.expect(infno, "/err_msg", err_msg, step.err_msg, step.line)
