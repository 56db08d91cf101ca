"""The page of parameters is the project's: every name, unit and need, which packs have it, and who reads it."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from simulator.inputs.packs import load_pack
from simulator.inputs.units import OPTIONAL, UNITS

ROOT = Path(__file__).parents[1]
PACKS = {"JS2016": "jiangsu-2016", "JL2019": "jilin-2019", "JS2023": "jiangsu-2023"}
HELD = {mark: load_pack(name).parameters for mark, name in PACKS.items()}


class Row(NamedTuple):
    """A row of the page, as it is written."""

    parameter: str
    unit: str
    meaning: str
    packs: str
    needed: str
    reader: str

    @property
    def names(self) -> list[str]:
        """The parameters a row stands for: ``a.{b,c}`` is ``a.b`` and ``a.c``."""
        parts = re.split(r"\{([^}]*)\}", self.parameter)
        choices = [part.split(",") if place % 2 else [part] for place, part in enumerate(parts)]
        return ["".join(chosen) for chosen in product(*choices)]


def rows() -> list[Row]:
    text = (ROOT / "docs/reference/policy-packs.md").read_text(encoding="utf-8")
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| `[a-z]+\.", line)]
    return [Row(*(cell.strip("` ") for cell in line)) for line in cells]


def test_the_page_names_every_parameter_once_and_no_other() -> None:
    assert sorted(name for row in rows() for name in row.names) == sorted(UNITS)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.parameter)
def test_a_row_says_what_the_code_says(row: Row) -> None:
    assert {UNITS[name] for name in row.names} == {row.unit}
    assert {"" if name in OPTIONAL else "yes" for name in row.names} == {row.needed}
    having = [mark for mark, held in HELD.items() if any(name in held for name in row.names)]
    assert row.packs == (", ".join(having) or "none")
    zh, en = row.meaning.split("<br>")
    assert re.search(r"[\u4e00-\u9fff]", zh)
    assert re.search(r"[a-z]", en)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.parameter)
def test_the_file_that_reads_a_parameter_names_it(row: Row) -> None:
    """One of its last two words: the first may be made of a hospital level, the second of a disease."""
    text = (ROOT / row.reader).read_text(encoding="utf-8")
    assert all(any(word in text for word in name.split(".")[-2:]) for name in row.names)


@pytest.mark.parametrize("page", ["money-rules.md", "money-rules.zh-CN.md"])
def test_the_explanation_says_how_much_of_each_pack_is_official_text(page: str) -> None:
    text = (ROOT / "docs/explanation" / page).read_text(encoding="utf-8")
    for mark, name in PACKS.items():
        series = [each for parameter in HELD[mark].values() for each in parameter.records.values()]
        assumed = [record.basis.is_assumption for records in series for record in records]
        assert f"\n{name} {sum(assumed)} assumption {len(assumed) - sum(assumed)} clause\n" in text, name
