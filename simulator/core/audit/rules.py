"""Claim rules as values: a rule is data, its kind is code, and many rules share one kind.

The rules themselves stand in ``scenarios/audit/rules.toml``; figures that a notice could change are dated parameters of
the policy pack, named there and looked up for the day of the settlement (JL-6.2b: a rule set with a version).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from simulator.core.audit.case import Charge, Restriction
from simulator.core.audit.view import View
from simulator.core.values.parameters import PolicyPack

POLICY, MANAGEMENT, MEDICAL = "policy", "management", "medical"  # 政策类, 管理类, 医疗类
RESTRICTED, OTHERS = "restricted", "others"  # what a kind of rule needs of a case
DEDUCT, FLAG, STOP = "deduct", "flag", "stop"
BEFORE, DURING, AFTER = "before", "during", "after"  # 事前, 事中, 事后
VISIT, ITEM = "visit", "item"  # vola_bhvr_type 1, 2


class Rule(NamedTuple):
    """One claim rule.

    ``severity`` is 1 (clear), 2 (highly suspicious) or 3 (slightly suspicious). ``effect`` says whether a confirmed
    finding leads to a deduction, is only flagged, or also stops the person's settlements (P75-24). ``cross`` rules look
    at bills of visitors only. ``zh_says`` and ``en_says`` are filled with the evidence. ``figures`` maps an option to
    the parameter of the policy pack that gives it.
    """

    id: str
    version: str
    kind: str
    category: str
    severity: int
    effect: str
    concerns: str
    stages: frozenset[str]
    cross: bool
    zh: str
    en: str
    zh_says: str
    en_says: str
    basis: str
    options: Mapping[str, Any]
    figures: Mapping[str, str]
    evidence: tuple[str, ...]


class Library(NamedTuple):
    """What an audit works by: a version of the rule set, restrictions by item code, usual bills by disease (fen)."""

    version: str
    rules: tuple[Rule, ...]
    restrictions: Mapping[str, Restriction]
    norms: Mapping[str, int]


class Questioned(NamedTuple):
    """What a finding questions: a line, or (``sn`` empty) the visit as a whole; fen, and how much of it is in scope."""

    sn: str
    code: str
    amount: int
    in_scope: int


class Hit(NamedTuple):
    """One place where a rule applies, with the values that led to it, as texts by name."""

    rows: tuple[Questioned, ...]
    evidence: Mapping[str, str]


class Active(NamedTuple):
    """A rule in force: its options and, from the policy pack, its figures together."""

    rule: Rule
    options: Mapping[str, Any]


class Finding(NamedTuple):
    """What a rule found in a bill: what it questions and why; ``name`` is the rule's in Chinese.

    ``evidence`` holds, for each place, the names and values that led to it; ``zh`` and ``en`` say it in a sentence.
    """

    rule_id: str
    rule_version: str
    name: str
    category: str
    severity: int
    effect: str
    concerns: str
    setl_id: str
    mdtrt_id: str
    psn_no: str
    rows: tuple[Questioned, ...]
    evidence: tuple[tuple[tuple[str, str], ...], ...]
    zh: str
    en: str

    @property
    def amount(self) -> int:
        """Return the amount questioned, in fen."""
        return sum(row.amount for row in self.rows)


Apply = Callable[[View, Mapping[str, Any]], Iterator[Hit]]


class Kind(NamedTuple):
    """A kind of rule: its code, the options and figures it reads, and the evidence each of its hits gives.

    An option takes one of some texts, or any value of a type: text, whole number, or tuple of texts. ``needs`` names
    what a case must have for the kind to find anything: lines of restricted items, other visits, or (empty) nothing.
    """

    apply: Apply
    options: Mapping[str, type | tuple[str, ...]]
    figures: frozenset[str]
    evidence: frozenset[str]
    needs: str = ""


def in_force(library: Library, pack: PolicyPack, day: dt.date, city: str) -> tuple[Active, ...]:
    """Return the rules in force in a city on a day; a rule whose figure the pack does not have is not applied.

    Raises NotInForce for a figure the pack has, but not on this day.
    """
    found = (_active(rule, pack, day, city) for rule in library.rules)
    return tuple(active for active in found if active is not None)


def _active(rule: Rule, pack: PolicyPack, day: dt.date, city: str) -> Active | None:
    if not rule.figures:
        return Active(rule, rule.options)
    records = {option: pack.find(name, day, city) for option, name in rule.figures.items()}
    if None in records.values():
        return None
    return Active(rule, {**rule.options, **{option: record.value for option, record in records.items() if record}})


def whole(charge: Charge) -> Questioned:
    """Question a whole line."""
    return Questioned(charge.sn, charge.code, charge.amount, charge.in_scope)


def whole_bill(view: View) -> tuple[Questioned, ...]:
    """Question the whole bill."""
    bill = view.case.bill
    return (Questioned("", "", bill.amount, bill.in_scope),)


def nothing(*, amount: int = 0) -> tuple[Questioned, ...]:
    """Question the visit as such: an amount is shown, none of it is to be deducted."""
    return (Questioned("", "", amount, 0),)


def codes_of(charges: Iterable[Charge]) -> str:
    """Return the distinct item codes of lines, sorted, as one text."""
    return "、".join(sorted({charge.code for charge in charges}))
