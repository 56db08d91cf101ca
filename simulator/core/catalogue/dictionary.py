"""The code tables of the interface, as an institution asks for them (1901, 字典表查询)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn

CodeTables = Mapping[str, Mapping[str, str]]
"""The Chinese label of each code, in order, by table; the host has read them."""

NO_CODES: CodeTables = MappingProxyType({})
_VERSION = 1  # of the tables: they change with the version of the interface only
_VALID = "1"


class Dictionary(Office):
    """The desk that answers 1901; a table is asked for by its name, in whatever case."""

    def __init__(self, tables: CodeTables) -> None:
        self._tables = {name.lower(): rows for name, rows in tables.items()}
        self.answers = {"1901": self._answer}

    def _answer(self, turn: Turn, asked: Message) -> Message:
        """Return a table, or of one whose codes have parents the codes under one of them."""
        data = asked.block("data")
        table = self._tables.get(data["type"].lower())
        if table is None:
            return turn.refuse(asked, "unknown_table", data["type"])
        parent = data.get("parent_value") or data.get("parentValue") or ""
        rows = [row for row in _rows(data["type"], table) if parent in {"", row["parentValue"]}]
        return turn.ok(asked, list=rows)


def _rows(name: str, table: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for number, (code, label) in enumerate(table.items(), 1):
        yield {
            "type": name,
            "label": label,
            "value": code,
            "parentValue": _parent(code, table),
            "sort": number,
            "valiFlag": _VALID,
            "version": _VERSION,
        }


def _parent(code: str, codes: Iterable[str]) -> str:
    """Return the code that stands over a code: the longest other one that it begins with, empty for none."""
    return max((each for each in codes if each != code and code.startswith(each)), key=len, default="")
