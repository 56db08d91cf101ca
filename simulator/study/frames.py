"""The tables of a result folder."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import polars as pl


class Frames:
    """The tables of one replication in a result folder, by default the first, read when asked for."""

    def __init__(self, folder: Path, run: int = 0) -> None:
        self._folder, self._run = folder, run

    def scan(self, name: str) -> pl.LazyFrame:
        """Return the rows of the replication in a table, without reading them."""
        return pl.scan_parquet(self._folder / f"{name}.parquet").filter(pl.col("run") == self._run)

    @cached_property
    def stays(self) -> pl.DataFrame:
        """Return the stays inside the province that ended within the window, with the month of discharge.

        Those of basic insurance only: NCMS has its own track.
        """
        return self._ended(~pl.col("cross_province"))

    @cached_property
    def cross_province(self) -> pl.DataFrame:
        """Return the same of stays over the ministry, both ways."""
        return self._ended(pl.col("cross_province"))

    def _ended(self, which: pl.Expr) -> pl.DataFrame:
        return (
            self.scan("stays")
            .filter(pl.col("discharged_at").is_not_null() & (pl.col("scheme") != "ncms") & which)
            .with_columns(
                month=pl.col("discharged_at").dt.strftime("%Y-%m"),
                direct=pl.col("outcome") == "direct",
                paid=(pl.col("outcome") == "manual") & pl.col("paid_at").is_not_null(),
                waiting=(pl.col("outcome") == "manual") & pl.col("paid_at").is_null(),
            )
            .collect()
        )
