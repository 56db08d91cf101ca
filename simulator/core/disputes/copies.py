"""The province's copy of the disputes between its cities: what is open, and what a month takes up (P75-57)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.disputes.ticket import Ruling, changes
from simulator.core.disputes.wording import month_of, rulings_of
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn


class QuestionCopied(NamedTuple):
    """Fact: a C104 passed: these settlements of a month (six digits) are in dispute."""

    ticket_id: str
    month: str
    setl_ids: tuple[str, ...]


class AnswerCopied(NamedTuple):
    """Fact: a C105 passed under ``msgid``; ``month`` takes up its corrections."""

    ticket_id: str
    month: str
    treatment_city: str
    insured_city: str
    rulings: tuple[Ruling, ...]
    msgid: str = ""


class DisputeCopies(Office):
    """What the province knows of disputes: every question and answer passes through it."""

    def __init__(self) -> None:
        self._open: dict[str, QuestionCopied] = {}
        self._booked: dict[str, tuple[tuple[str, int], ...]] = {}
        self._latest: dict[str, str] = {}
        self._adjusted: dict[str, dict[tuple[str, str, str], int]] = {}
        self.notes = {"C104": self._note_question, "C105": self._note_answer}
        self.folds = {QuestionCopied: self._fold_question, AnswerCopied: self._fold_answer}

    def disputed(self, month: str) -> frozenset[str]:
        """Return the settlements of a month that are in dispute and not answered yet."""
        return frozenset(setl_id for each in self._open.values() if each.month == month for setl_id in each.setl_ids)

    def adjustments(self, month: str) -> Mapping[tuple[str, str], int]:
        """Return what a clearing month takes up, in fen, by treatment and insured city."""
        sums: dict[tuple[str, str], int] = {}
        for (treatment, insured, _), amount in self._adjusted.get(month, {}).items():
            sums[treatment, insured] = sums.get((treatment, insured), 0) + amount
        return sums

    def added(self, month: str) -> Mapping[tuple[str, str], int]:
        """Return how much more than its settlements may be claimed in a clearing month, by pair: what they were raised
        by, whatever others were lowered by (those may not be claimed at all)."""
        sums: dict[tuple[str, str], int] = {}
        for (treatment, insured, _), amount in self._adjusted.get(month, {}).items():
            sums[treatment, insured] = sums.get((treatment, insured), 0) + max(amount, 0)
        return sums

    def corrections(self, month: str) -> Mapping[str, int]:
        """Return the same by settlement."""
        return {setl_id: amount for (*_, setl_id), amount in self._adjusted.get(month, {}).items()}

    def _note_question(self, turn: Turn, asked: Message, reply: Message) -> None:
        data = asked.block("data")
        numbers = tuple(row["setl_id"] for row in asked.rows("dsptlist"))
        turn.record(QuestionCopied(data["dspt_id"], data["setlym"], numbers))

    def _note_answer(self, turn: Turn, asked: Message, reply: Message) -> None:
        data = asked.block("data")
        month, pair = month_of(asked), (data["mdtrtarea_admvs"], data["insuplc_admdvs"])
        turn.record(AnswerCopied(data["dspt_id"], month, *pair, rulings_of(asked), asked.msgid))

    def _fold_question(self, fact: QuestionCopied) -> None:
        self._open[fact.ticket_id] = fact

    def _fold_answer(self, fact: AnswerCopied) -> None:
        self._open.pop(fact.ticket_id, None)
        if fact.msgid < self._latest.get(fact.ticket_id, ""):
            return  # an answer that passed late: a later one has taken its place
        self._latest[fact.ticket_id] = fact.msgid
        months = self._adjusted.setdefault(fact.month, {})
        for setl_id, amount in changes(self._booked.get(fact.ticket_id, ()), fact.rulings).items():
            if amount:
                key = (fact.treatment_city, fact.insured_city, setl_id)
                months[key] = months.get(key, 0) + amount
        self._booked[fact.ticket_id] = tuple((each.setl_id, each.adjust) for each in fact.rulings)
