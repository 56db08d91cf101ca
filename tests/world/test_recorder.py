"""Tables: every row once, in order, whatever their number."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from simulator.world import recorder
from simulator.world.recorder import SCHEMAS, Recorder, Table

COLUMNS = {"number": pl.Int64(), "text": pl.String()}


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 35])
def test_rows_come_back_in_order_over_any_number_of_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(recorder, "_CHUNK", 10)
    table = Table("t", COLUMNS, tmp_path)
    for number in range(rows):
        table.add(number, None if number % 3 else "𠮷")
    assert table.rows == rows
    table.finish(tmp_path / "t.parquet")
    frame = pl.read_parquet(tmp_path / "t.parquet")
    assert frame.schema == pl.Schema(COLUMNS)
    assert frame["number"].to_list() == list(range(rows))
    assert frame["text"].to_list() == [None if number % 3 else "𠮷" for number in range(rows)]
    assert [each.name for each in tmp_path.iterdir()] == ["t.parquet"]


def test_a_value_of_another_kind_is_refused(tmp_path: Path) -> None:
    table = Table("t", COLUMNS, tmp_path)
    table.add("one", "two")
    with pytest.raises((TypeError, pl.exceptions.PolarsError)):
        table.finish(tmp_path / "t.parquet")


def test_a_row_that_is_too_short_is_refused(tmp_path: Path) -> None:
    table = Table("t", COLUMNS, tmp_path)
    table.add(1, "a")
    with pytest.raises(ValueError, match=r"."):
        table.add(2)
        table.finish(tmp_path / "t.parquet")


def test_a_recorder_writes_every_table_and_the_extra_ones(tmp_path: Path) -> None:
    made = Recorder(tmp_path / "parts", {"more": COLUMNS})
    made["more"].add(1, "a")
    folder = tmp_path / "out"
    folder.mkdir()
    assert set(made.finish(folder)) == {*SCHEMAS, "more"}
    assert {each.name for each in folder.iterdir()} == {f"{name}.parquet" for name in (*SCHEMAS, "more")}
    assert pl.read_parquet(folder / "more.parquet").rows() == [(1, "a")]
    assert pl.read_parquet(folder / "events.parquet").schema == pl.Schema(SCHEMAS["events"])
