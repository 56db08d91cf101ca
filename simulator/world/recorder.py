"""What a run leaves behind: tables that are turned into columns and written out part by part as the run goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

_CHUNK, _TURNED = 65_536, 512
_TIME = pl.Datetime("ms")
_DAY = pl.Date()
_TEXT = pl.String()
_FEN = pl.Int64()

_NUMBER = pl.Int32()

SCHEMAS: Mapping[str, Mapping[str, pl.DataType]] = {
    "events": {
        "run": pl.Int32(),
        "seq": pl.Int64(),
        "visit": _TEXT,
        "msgid": _TEXT,
        "infno": _TEXT,
        "leg": _TEXT,
        "direction": _TEXT,
        "from": _TEXT,
        "to": _TEXT,
        "sent_at": _TIME,
        "received_at": _TIME,
        "queue_ms": pl.Int32(),
        "infcode": pl.Int32(),
        "bytes": pl.Int32(),
        "digest": _TEXT,
    },
    "messages": {
        "run": pl.Int32(),
        "seq": pl.Int64(),
        "visit": _TEXT,
        "msgid": _TEXT,
        "infno": _TEXT,
        "direction": _TEXT,
        "from": _TEXT,
        "to": _TEXT,
        "sent_at": _TIME,
        "body": _TEXT,
    },
    "stays": {
        "run": pl.Int32(),
        "visit": _TEXT,
        "scheme": _TEXT,
        "psn_type": _TEXT,
        "insured_area": _TEXT,
        "insured_city": _TEXT,
        "treatment_area": _TEXT,
        "treatment_city": _TEXT,
        "cross_province": pl.Boolean(),
        "hospital": _TEXT,
        "level": _TEXT,
        "admitted_at": _TIME,
        "discharged_at": _TIME,
        "outcome": _TEXT,
        "reason": _TEXT,
        "bill": _FEN,
        "fund": _FEN,
        "account": _FEN,
        "advanced": _FEN,
        "paid_at": _TIME,
        "setl_id": _TEXT,
        "kind": _TEXT,
        "age": pl.Int32(),
    },
    "ledger": {
        "run": pl.Int32(),
        "org": _TEXT,
        "at": _TIME,
        "ref": _TEXT,
        "account": _TEXT,
        "counterparty": _TEXT,
        "area": _TEXT,
        "amount": _FEN,
    },
    "reconciliation": {
        "run": pl.Int32(),
        "day": _DAY,
        "treatment_city": _TEXT,
        "insured_city": _TEXT,
        "rows": pl.Int64(),
        "medfee": _FEN,
        "fund": _FEN,
        "account": _FEN,
        "level": pl.Boolean(),
    },
    "clearing": {
        "run": pl.Int32(),
        "month": _TEXT,
        "treatment_city": _TEXT,
        "insured_city": _TEXT,
        "insutype": _TEXT,
        "rows": pl.Int64(),
        "cleared": _FEN,
    },
    "duties": {
        "run": pl.Int32(),
        "duty": _TEXT,
        "clause": _TEXT,
        "also": _TEXT,
        "owner": _TEXT,
        "city": _TEXT,
        "subject": _TEXT,
        "period": _TEXT,
        "since": _DAY,
        "due": _DAY,
        "provisional": pl.Boolean(),
        "done": _DAY,
        "kept": pl.Boolean(),
        "binding": pl.Boolean(),
        "escalated": _DAY,
    },
    "claims": {
        "run": pl.Int32(),
        "visit": _TEXT,
        "psn_no": _TEXT,
        "psn_name": _TEXT,
        "handed_in": _DAY,
        "workdays": pl.Int32(),
    },
    "reports": {
        "run": pl.Int32(),
        "month": _TEXT,
        "city": _TEXT,
        "received": _DAY,
        "discharges": pl.Int64(),
        "direct": pl.Int64(),
    },
    "circulars": {
        "run": pl.Int32(),
        "month": _TEXT,
        "day": _DAY,
        "place": pl.Int32(),
        "city": _TEXT,
        "reported": pl.Boolean(),
        "discharges": pl.Int64(),
        "direct": pl.Int64(),
    },
    "filings": {
        "run": pl.Int32(),
        "filing": _TEXT,
        "psn_no": _TEXT,
        "kind": _TEXT,
        "area": _TEXT,
        "city": _TEXT,
        "type": _TEXT,
        "target": _TEXT,
        "channel": _TEXT,
        "asked": _TIME,
        "done": _TIME,
        "refusal": _TEXT,
        "steps": _NUMBER,
        "minutes": _NUMBER,
        "waited": _NUMBER,
        "trips": _NUMBER,
        "document_requests": _NUMBER,
        "error": pl.Boolean(),
        "effect_minutes": _NUMBER,
        "in_time": pl.Boolean(),
    },
    "enquiries": {
        "run": pl.Int32(),
        "enquiry": _TEXT,
        "psn_no": _TEXT,
        "area": _TEXT,
        "city": _TEXT,
        "about": _TEXT,
        "asked": _TIME,
        "answered": _TIME,
        "minutes": _NUMBER,
        "waited": _NUMBER,
        "passed_on": _NUMBER,
    },
    "tickets": {
        "run": pl.Int32(),
        "ticket": _TEXT,
        "kind": _TEXT,
        "reason": _TEXT,
        "owner": _TEXT,
        "treatment_city": _TEXT,
        "setl_id": _TEXT,
        "amount": _FEN,
        "opened": _DAY,
        "due": _DAY,
        "answered": _DAY,
        "closed": _DAY,
        "outcome": _TEXT,
        "corrected": _FEN,
    },
    "library": {
        "run": pl.Int32(),
        "day": _DAY,
        "city": _TEXT,
        "records": _NUMBER,
        "stale": _NUMBER,
        "oldest_days": _NUMBER,
    },
    "aid_recipients": {
        "run": pl.Int32(),
        "area": _TEXT,
        "psn_no": _TEXT,
        "name": _TEXT,
        "kind": _TEXT,
        "flagged_on": _DAY,
    },
    "filing_service": {
        "run": pl.Int32(),
        "area": _TEXT,
        "measure": _TEXT,
        "channel": _TEXT,
        "done_on": _DAY,
        "owner": _TEXT,
    },
    "staff": {
        "run": pl.Int32(),
        "city": _TEXT,
        "staff": pl.Float64(),
        "busy_minutes": pl.Int64(),
        "open_minutes": pl.Int64(),
        "awareness": pl.Float64(),
    },
}


class Table:
    """One table: append rows; parts go to disk as columns, in order."""

    def __init__(self, name: str, columns: Mapping[str, pl.DataType], folder: Path) -> None:
        self.name = name
        self.rows = 0
        self._columns = columns
        self._folder = folder
        self._buffer: list[tuple[Any, ...]] = []
        self._parts: list[Path] = []

    def add(self, *row: Any) -> None:
        """Append one row; values in the order of the columns."""
        self._buffer.append(row)
        self.rows += 1
        if len(self._buffer) >= _CHUNK:
            self._spill()

    def finish(self, path: Path) -> None:
        """Write the whole table to one Parquet file, under a temporary name first."""
        self._spill()
        temporary = path.with_suffix(".part")
        pl.scan_parquet(self._parts).sink_parquet(temporary, compression="zstd", maintain_order=True)
        temporary.replace(path)
        for part in self._parts:
            part.unlink()

    def _spill(self) -> None:
        if not self._buffer and self._parts:
            return
        # Turned into columns here, a chunk at a time: polars is fast only from columns. So few rows are turned at once
        # that they stay at hand: turning all of them costs five times as much.
        values: list[list[Any]] = [[] for _ in self._columns]
        for first in range(0, len(self._buffer), _TURNED):
            block = self._buffer[first : first + _TURNED]
            for column, cells in zip(values, zip(*block, strict=True), strict=True):
                column.extend(cells)
        frame = pl.DataFrame(
            {
                name: pl.Series(name, column, dtype=kind, strict=True)
                for (name, kind), column in zip(self._columns.items(), values, strict=True)
            }
        )
        part = self._folder / f"{self.name}-{len(self._parts):06d}.parquet"
        frame.write_parquet(part, compression="lz4")
        self._parts.append(part)
        self._buffer.clear()


class Recorder:
    """All tables of a run; ``extra`` adds tables whose columns depend on the core's values."""

    def __init__(self, folder: Path, extra: Mapping[str, Mapping[str, pl.DataType]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.tables = {name: Table(name, columns, folder) for name, columns in {**SCHEMAS, **extra}.items()}

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def finish(self, folder: Path) -> Sequence[str]:
        """Write every table into a folder; return their names."""
        for table in self.tables.values():
            table.finish(folder / f"{table.name}.parquet")
        return tuple(self.tables)
