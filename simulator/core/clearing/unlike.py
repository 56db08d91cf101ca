"""The bills a treatment city alone holds higher than the platform between the cities has logged them (P75-41).

A claim of one would be refused, and all that is claimed with it: its visit waits until this side is set right. Where
the city of insurance holds it alike, it is the log that has to be.
"""

from __future__ import annotations

from simulator.core.platform.office import Office
from simulator.core.reconciliation.facts import Corrected, DayCompared
from simulator.core.reconciliation.rows import TREATMENT_SIDE, Pair


class Unlike(Office):
    """What the comparisons of a treatment city's days have found."""

    def __init__(self, city: str) -> None:
        self._city = city
        self._days: dict[tuple[str, Pair], tuple[str, dict[str, int]]] = {}  # the run, and fen too many by visit
        self.folds = {DayCompared: self._fold_compared, Corrected: self._fold_corrected}

    def visits(self, month: str) -> frozenset[str]:
        """Return the visits of a month (``2016-10``) with a row that is held higher here."""
        found = (visits for (day, _), (_, visits) in self._days.items() if day.startswith(month))
        return frozenset(visit for visits in found for visit, more in visits.items() if more > 0)

    def drop_before(self, day: str) -> None:
        """Forget the days on which nothing is held higher here."""
        self._days = {key: found for key, found in self._days.items() if key[0] >= day or found[1]}

    def _fold_compared(self, fact: DayCompared) -> None:
        if fact.pair[0] != self._city:
            return
        number, visits = self._days.get((fact.day, fact.pair), ("", {}))
        if number != fact.number:
            visits = {}
        for each in fact.mismatches:
            alone = each.treatment - each.platform if each.treatment != each.insured else 0
            visits[each.mdtrt_id] = visits.get(each.mdtrt_id, 0) + alone
        self._days[fact.day, fact.pair] = (fact.number, visits)

    def _fold_corrected(self, fact: Corrected) -> None:
        _, visits = self._days.get((fact.mismatch.day, fact.mismatch.pair), ("", {}))
        if fact.side == TREATMENT_SIDE and fact.how != "asked":
            visits.pop(fact.mismatch.mdtrt_id, None)
