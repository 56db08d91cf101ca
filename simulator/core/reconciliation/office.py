"""The desk that reconciles a treatment city with its institutions: 3201 (totals) and 3202 (rows).

Hospitals come first (P75-41): what they and their city hold alike is then compared between cities.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.files import KEPT_FOR, Files
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.rows import clearing_type
from simulator.core.reconciliation.statement import LEVEL, detail_differences, total_difference
from simulator.core.reconciliation.totals import Tally, totals_of_row
from simulator.core.values.stamps import written
from simulator.core.visits.facts import TREATMENT, Settled

Account = tuple[str, str, str, str]
"""Day, hospital, insurance type, clearing type: what a 3201 is about, day by day."""


class StatementCompared(NamedTuple):
    """Fact: a hospital's totals of a span of days were compared with the city's (3201)."""

    hospital: str
    begin: str
    end: str
    insutype: str
    clr_type: str
    level: bool


class Statements(Office):
    """What the treatment city holds of each institution, by day, and how it compares with what they send."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.rows_by_day: dict[str, list[Settlement]] = {}
        self.by_hospital = Tally()  # day, hospital, insutype, clr_type
        self._level: set[Account] = set()
        self.answers = {"3201": self._total, "3202": self._detail}
        self.folds = {Settled: self._fold_settled, StatementCompared: self._fold_compared}

    def behind(self, day: str) -> tuple[str, ...]:
        """Return the hospitals with settlements on a day that no 3201 has found level since."""
        accounts = {(day, *account) for account in self.by_hospital.under(day)}
        return tuple(sorted({account[1] for account in accounts - self._level}))

    def drop(self, done_with: Callable[[str], bool]) -> None:
        """Forget the days that are done with; the host has kept them."""
        self.rows_by_day = {day: rows for day, rows in self.rows_by_day.items() if not done_with(day)}
        self.by_hospital.drop(done_with)
        self._level = {account for account in self._level if not done_with(account[0])}

    def _total(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        rslt, text = total_difference(data, self.by_hospital, asked.party)
        about = data["stmt_begndate"], data["stmt_enddate"], data["insutype"], data["clr_type"]
        turn.record(StatementCompared(asked.party, *about, rslt == LEVEL))
        return turn.ok(asked, stmtinfo={"setl_optins": data["setl_optins"], "stmt_rslt": rslt, "stmt_rslt_dscr": text})

    def _detail(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        file_no = data["file_qury_no"]
        sent = self._files.rows(file_no, asked.party, turn.now)
        if sent is None:
            return turn.refuse(asked, self._files.problem(file_no, asked.party, turn.now), file_no)
        held = [
            row
            for day, rows in sorted(self.rows_by_day.items())
            if data["stmt_begndate"] <= day <= data["stmt_enddate"]
            for row in rows
            if row.hospital == asked.party and data.get("clr_type") in {None, "", clearing_type(row)}
        ]
        results = tuple(MappingProxyType(row) for row in detail_differences(sent, held))
        kept = self._files.keep(turn, results, asked.party)
        end = written(turn.now + KEPT_FOR)
        return turn.ok(asked, fileinfo={"file_qury_no": kept, "filename": "result.txt", "dld_endtime": end})

    def _fold_settled(self, fact: Settled) -> None:
        if fact.role != TREATMENT:
            return
        row = fact.row
        day = row.at.date().isoformat()
        account = day, row.hospital, row.insutype, clearing_type(row)
        self.rows_by_day.setdefault(day, []).append(row)
        self.by_hospital.add(account, totals_of_row(row))
        self._level.discard(account)

    def _fold_compared(self, fact: StatementCompared) -> None:
        days = self.by_hospital.days(fact.begin, fact.end)
        accounts = {(day, fact.hospital, fact.insutype, fact.clr_type) for day in days}
        self._level = self._level | accounts if fact.level else self._level - accounts
