"""The review of one bill: every rule in force over one case (JL-6.2c: findings carry rule id and evidence)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from simulator.core.audit.case import Case, Restriction
from simulator.core.audit.kinds import KINDS
from simulator.core.audit.rules import OTHERS, RESTRICTED, Active, Finding, Hit, Questioned, Rule
from simulator.core.audit.view import View

_LONGEST = 500  # characters of vola_cont and vola_evid


def review(
    case: Case,
    rules: Iterable[Active],
    restrictions: Mapping[str, Restriction],
    norms: Mapping[str, int],
    *,
    stage: str,
) -> tuple[Finding, ...]:
    """Return what the rules of a stage find in a case, one finding a rule, in the order of the rules.

    The order of the lines makes no difference. The same bill, rules and figures always give the same findings.
    """
    view = View(case, restrictions, norms)
    there = {"": True, RESTRICTED: bool(view.restricted), OTHERS: bool(case.others)}
    crosses = case.crosses
    findings = []
    for rule, options in rules:
        kind = KINDS[rule.kind]
        if there[kind.needs] and stage in rule.stages and (crosses or not rule.cross):
            hits = tuple(kind.apply(view, options))
            if hits:
                findings.append(_finding(rule, case, hits))
    return tuple(findings)


def _finding(rule: Rule, case: Case, hits: Sequence[Hit]) -> Finding:
    """Join the places of one rule; a line that two of them name is questioned once, with the larger amount."""
    rows: dict[str, Questioned] = {}
    for hit in hits:
        for row in hit.rows:
            known = rows.get(row.sn)
            rows[row.sn] = row if known is None or row.amount > known.amount else known
    return Finding(
        rule.id,
        rule.version,
        rule.zh,
        rule.category,
        rule.severity,
        rule.effect,
        rule.concerns,
        case.bill.setl_id,
        case.visit.mdtrt_id,
        case.patient.psn_no,
        tuple(sorted(rows.values(), key=lambda row: (len(row.sn), row.sn))),
        tuple(sorted(tuple(sorted(hit.evidence.items())) for hit in hits)),
        _said(rule.zh_says, hits, "；"),
        _said(rule.en_says, hits, "; "),
    )


def _said(template: str, hits: Sequence[Hit], between: str) -> str:
    """Return one sentence for each place, as many as fit."""
    text = between.join(sorted({template.format_map(hit.evidence) for hit in hits}))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
