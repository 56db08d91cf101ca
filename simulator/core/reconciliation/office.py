"""The desk that reconciles a treatment city with its institutions: 3201 (totals) and 3202 (rows)."""

from __future__ import annotations

from types import MappingProxyType

from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.files import KEPT_FOR, Files
from simulator.core.platform.message import Message
from simulator.core.platform.node import Turn
from simulator.core.platform.office import Office
from simulator.core.reconciliation.statement import detail_differences, total_difference
from simulator.core.reconciliation.totals import Tally, totals_of_row
from simulator.core.values.stamps import written
from simulator.core.visits.visits import TREATMENT, Settled


class Statements(Office):
    """What the treatment city holds of each institution, by day, and how it compares with what they send."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.rows_by_day: dict[str, list[Settlement]] = {}
        self.by_hospital = Tally()  # day, hospital, insutype
        self.answers = {"3201": self._total, "3202": self._detail}
        self.folds = {Settled: self._fold_settled}

    def drop_before(self, day: str) -> None:
        """Forget the rows of days before ``day``; the host has kept them."""
        for old in [old for old in self.rows_by_day if old < day]:
            del self.rows_by_day[old]
        self.by_hospital.drop_before(day)

    def _total(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        rslt, text = total_difference(data, self.by_hospital, asked.party)
        return turn.ok(asked, stmtinfo={"setl_optins": data["setl_optins"], "stmt_rslt": rslt, "stmt_rslt_dscr": text})

    def _detail(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        sent = self._files.rows(data["file_qury_no"])
        if sent is None:
            return turn.refuse(asked, "unknown_file", data["file_qury_no"])
        held = [
            row
            for day, rows in sorted(self.rows_by_day.items())
            if data["stmt_begndate"] <= day <= data["stmt_enddate"]
            for row in rows
            if row.hospital == asked.party
        ]
        file_no = self._files.keep(turn, tuple(MappingProxyType(row) for row in detail_differences(sent, held)))
        end = written(turn.now + KEPT_FOR)
        return turn.ok(asked, fileinfo={"file_qury_no": file_no, "filename": "result.txt", "dld_endtime": end})

    def _fold_settled(self, fact: Settled) -> None:
        if fact.role != TREATMENT:
            return
        row = fact.row
        day = row.at.date().isoformat()
        self.rows_by_day.setdefault(day, []).append(row)
        self.by_hospital.add((day, row.hospital, row.insutype), totals_of_row(row))
