"""The rule set a city has adopted, with the figures of its policy pack on the day of a settlement (JL-6.2b)."""

from __future__ import annotations

import datetime as dt

from simulator.core.audit.case import Case
from simulator.core.audit.facts import Adopt, Adopted
from simulator.core.audit.review import review
from simulator.core.audit.rules import STOP, Active, Finding, Library, in_force
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.parameters import PolicyPack


class Rulebook(Office):
    """The library in use, None until one is adopted."""

    def __init__(self, code: str, pack: PolicyPack) -> None:
        self._code = code
        self._pack = pack
        self.library: Library | None = None
        self._rules: dict[dt.date, tuple[tuple[Active, ...], tuple[Active, ...]]] = {}  # all, and those that stop
        self.does = {Adopt: self._adopt}
        self.folds = {Adopted: self._fold_adopted}

    @property
    def version(self) -> str:
        """Return the version of the rule set; empty where none is adopted."""
        return "" if self.library is None else self.library.version

    def on(self, day: dt.date) -> tuple[Active, ...]:
        """Return the rules in force on a day; none where no library is adopted."""
        return self._of(day)[0]

    def stopping(self, day: dt.date) -> tuple[Active, ...]:
        """Return those of them that stop a person's settlements (P75-24)."""
        return self._of(day)[1]

    def _of(self, day: dt.date) -> tuple[tuple[Active, ...], tuple[Active, ...]]:
        if self.library is None:
            return (), ()
        known = self._rules.get(day)
        if known is None:
            rules = in_force(self.library, self._pack, day, self._code)
            known = self._rules[day] = rules, tuple(each for each in rules if each.rule.effect == STOP)
        return known

    def review(self, case: Case, stage: str, only: tuple[Active, ...] | None = None) -> tuple[Finding, ...]:
        """Return what the rules in force on the day of a case's bill find at a stage, or ``only`` some of them.

        A library must have been adopted.
        """
        assert self.library is not None
        rules = self.on(case.bill.settled_at.date()) if only is None else only
        return review(case, rules, self.library.restrictions, self.library.norms, stage=stage)

    def drop_before(self, day: str) -> None:
        """Forget the figures of days that are done with."""
        self._rules = {known: rules for known, rules in self._rules.items() if known.isoformat() >= day}

    def _adopt(self, turn: Turn, action: Adopt) -> None:
        turn.record(Adopted(action.library))

    def _fold_adopted(self, fact: Adopted) -> None:
        self.library = fact.library
        self._rules = {}
