"""What the platforms' staff does every night: the day before is audited, reconciled three ways and put right; in the
first nights of a month the month before is closed.

Cities report at half past midnight, when nothing of the day is under way any more. The provinces look after whoever has
not reported once the hour by which totals are due has passed. A ministry has no reconciliation of its own: what passed
it, both provinces hold too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.core.audit.desk import restrictions_of
from simulator.core.audit.facts import Adopt, Found, ReviewDay, Reviewed
from simulator.core.audit.rules import Library, Rule
from simulator.core.invariants import copy_is_whole, nothing_unmatched
from simulator.core.platform.turn import Declined
from simulator.core.reconciliation.facts import (
    GOOD,
    CaseReported,
    CloseMonth,
    Correct,
    DayCompared,
    MonthClosed,
    ReconcileDay,
    RunMissed,
)
from simulator.core.reconciliation.results import month_due, month_of
from simulator.core.reconciliation.rows import Row
from simulator.core.reconciliation.totals import NOTHING, Totals
from simulator.core.values.money import half_up
from simulator.inputs.audit_rules import load_rules
from simulator.world.setting import Setting

_MINUTE = dt.timedelta(minutes=1)


def _standing(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows but those of settlements that come to nothing together."""
    if not any(row.refund for row in rows):
        return rows
    sums: dict[str, Totals] = {}
    for row in rows:
        sums[row.settled] = sums.get(row.settled, NOTHING).add(row.totals)
    return [row for row in rows if sums[row.settled] != NOTHING]


class Findings(NamedTuple):
    """What one rule found: how often, and the fen in question."""

    number: int = 0
    amount: int = 0


class Audited:
    """The audit of a run: bills reviewed, the time from settlement to review, findings by rule."""

    def __init__(self) -> None:
        self.rules: Mapping[str, Rule] = {}
        self.version = ""
        self.findings: dict[str, Findings] = {}
        self._lags: dict[bool, dict[int, int]] = {
            True: {},
            False: {},
        }  # visitors' bills or local ones → minutes → bills

    def bills(self, *, cross: bool) -> int:
        """Return how many visitors' or local bills their place of treatment has reviewed."""
        return sum(self._lags[cross].values())

    def median_minutes(self, *, cross: bool) -> int | None:
        """Return the median time from settlement to review in whole minutes, None without bills (JL-6.2e)."""
        left = half_up(self.bills(cross=cross), 2)
        for minutes, bills in sorted(self._lags[cross].items()):
            left -= bills
            if left <= 0:
                return minutes
        return None

    def reviewed(self, code: str, fact: Reviewed) -> None:
        """Count a bill that its place of treatment reviewed; the place of insurance only looks for impostors."""
        if fact.own:
            lags, minutes = self._lags[fact.cross], (fact.at - fact.settled_at) // _MINUTE
            lags[minutes] = lags.get(minutes, 0) + 1

    def found(self, code: str, fact: Found) -> None:
        """Count a finding."""
        before = self.findings.get(fact.finding.rule_id, Findings())
        self.findings[fact.finding.rule_id] = Findings(before.number + 1, before.amount + fact.finding.amount)


class Nights:
    """The night's work of all cities and provinces; ``counts`` are what it came to.

    ``level`` and ``not_level`` count a province's comparisons of a pair of cities and day by what they found,
    ``corrected`` those found not level that were put right since.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._mail = setting.mail
        self.audited = Audited()
        self.counts = dict.fromkeys(("level", "not_level", "corrected", "missed", "special_cases"), 0)
        self.closed: dict[str, dict[str, dt.date]] = {}  # month → who closed it when
        self._off: dict[tuple[str, str, tuple[str, str]], DayCompared] = {}  # found not level, and not level since
        self._behind: list[str] = []  # whose hospitals were not level in time, so that it could not report
        self._open: dict[str, list[str]] = {}  # month → who has still to close it, cities first
        self._just_closed: list[str] = []
        follow = self._mail.follow
        follow(Declined, self._declined)
        follow(DayCompared, self._compared)
        follow(RunMissed, lambda code, fact: self._count("missed"))
        follow(CaseReported, self._reported)
        follow(MonthClosed, self._month_closed)
        follow(Reviewed, self.audited.reviewed)
        follow(Found, self.audited.found)

    def adopt(self) -> None:
        """Let every city adopt the rules of the audit, before anybody is treated (JL-6.2b)."""
        version, rules = load_rules()
        self.audited.version, self.audited.rules = version, {rule.id: rule for rule in rules}
        for code in self._setting.cities:
            # What a bill of a disease usually costs is known to nobody here: no rule speaks on what it cannot know.
            restrictions = restrictions_of(self._setting.scenario.catalogue_of(code))
            self._mail.act(code, Adopt(Library(version, rules, restrictions, {})))

    def audit(self, day: dt.date) -> None:
        """Review all bills settled up to a day, visitors' and local ones alike (JL-6.2d, JL-6.2e)."""
        for code in self._setting.cities:
            self._mail.act(code, ReviewDay(day))

    def report(self, day: dt.date) -> None:
        """Let the cities that are connected report a day's totals (JL-4.1a); each pair is compared with the second."""
        self._behind.clear()
        for code in self._connected(day):
            self._mail.act(code, ReconcileDay(day))

    def follow_up(self, day: dt.date) -> None:
        """Let the provinces note who is missing, everybody put right what is wrong, and months be closed."""
        for code in (*self._behind, *self._setting.provinces):
            self._mail.act(code, ReconcileDay(day))
        for (code, _, _), found in list(self._off.items()):
            for mismatch in found.mismatches:
                self._mail.act(code, Correct(mismatch))
        for month in list(self._open):
            self._close(month)
        if (day + dt.timedelta(days=1)).day == 1:
            cities = self._connected(day)
            self._open[month_of(day.isoformat())] = [*cities, *sorted({self._province(code) for code in cities})]

    def just_closed(self) -> Sequence[str]:
        """Return the months that everybody has closed since this was asked last."""
        found, self._just_closed = self._just_closed, []
        return found

    def left_open(self) -> int:
        """Return how many comparisons of the provinces stand not level."""
        return sum(code in self._setting.provinces for code, _, _ in self._off)

    def closed_on(self, month: str) -> dt.date | None:
        """Return the day on which everybody had closed a month, None while somebody has not."""
        days = self.closed.get(month)
        return max(days.values()) if days and month not in self._open else None

    def due(self, month: str) -> dt.date:
        """Return the day by which a month is to be closed (P75-41)."""
        return month_due(self._setting.scenario.pack, month, self._setting.province.code)

    def check_copies(self, day: dt.date) -> None:
        """Hold each city's rows of a day against the province's copy (JS-3.3a).

        A settlement taken back the same day is left out: where its answer never came, the province never knew of it.
        """
        text, provinces = day.isoformat(), self._setting.provinces
        for code in self._connected(day):
            held = self._setting.cities[code].reconciliation.copied_upward(text)
            copy = provinces[self._province(code)].reconciliation.copy_of(code, text)
            self._setting.auditor.check(copy_is_whole, f"{code} {text}", _standing(held), _standing(copy))

    def _close(self, month: str) -> None:
        """Close a month wherever it is still open; whoever is not level is asked again the next night."""
        for code in self._open[month]:
            self._mail.act(code, CloseMonth(month))
        self._open[month] = [code for code in self._open[month] if code not in self.closed.get(month, {})]
        if not self._open[month]:
            del self._open[month]
            self._just_closed.append(month)
            self._check(month)

    def _check(self, month: str) -> None:
        """Nothing may be left of a closed month that the sides do not hold alike (JL-4.1a)."""
        for code in sorted(self.closed[month]):
            node = self._setting.cities.get(code) or self._setting.provinces[code]
            left = [
                found for _, _, standing in node.reconciliation.results.under(month) for found in standing.mismatches
            ]
            self._setting.auditor.check(nothing_unmatched, f"{code} {month}", left)

    def _connected(self, day: dt.date) -> list[str]:
        """Return the cities with an area that is connected on a day, in the order of the registry."""
        registry = self._setting.scenario.network.national
        connected = {area.city for area in registry.areas.values() if registry.connected(area.code, day)}
        return [code for code in self._setting.cities if code in connected]

    def _province(self, city: str) -> str:
        return self._setting.cities[city].province

    # -- what is heard ------------------------------------------------------------------------------------------

    def _count(self, name: str) -> None:
        self.counts[name] += 1

    def _declined(self, code: str, fact: Declined) -> None:
        if isinstance(fact.action, ReconcileDay) and code in self._setting.cities and code not in self._behind:
            self._behind.append(code)

    def _reported(self, code: str, fact: CaseReported) -> None:
        if fact.city == code and not fact.done:
            self._count("special_cases")

    def _compared(self, code: str, fact: DayCompared) -> None:
        place, good = (code, fact.day, fact.pair), fact.result in GOOD
        known = self._off.pop(place, None)
        if not good:
            self._off[place] = fact
        if code in self._setting.provinces and (known is None or good):
            self._count("corrected" if known is not None else "level" if good else "not_level")

    def _month_closed(self, code: str, fact: MonthClosed) -> None:
        if fact.city == code:  # a province also notes the months of its cities
            self.closed.setdefault(fact.month, {})[code] = fact.on
