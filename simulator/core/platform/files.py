"""Files between an institution and its city: uploaded with 9101, fetched with 9102, known by their number."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.platform.message import Block
from simulator.core.platform.node import Node, Turn
from simulator.core.platform.office import Office

KEPT_FOR = dt.timedelta(days=7)


class FileKept(NamedTuple):
    """Fact: a file of rows is kept under its number, to be read by 3202 or fetched by 9102."""

    file_no: str
    rows: tuple[Block, ...]


class Files(Office):
    """The files of one platform."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._kept: dict[str, tuple[Block, ...]] = {}
        self.folds = {FileKept: self._fold_kept}

    def rows(self, file_no: str) -> tuple[Block, ...] | None:
        """Return the rows of a file, None for a number that is not known."""
        return self._kept.get(file_no)

    def keep(self, turn: Turn, rows: tuple[Block, ...]) -> str:
        """Keep rows as a file; return its number."""
        file_no = f"F{self._node.code}{turn.now:%Y%m%d}{self._node.next_serial():010d}"
        turn.record(FileKept(file_no, rows))
        return file_no

    def _fold_kept(self, fact: FileKept) -> None:
        self._kept[fact.file_no] = fact.rows
