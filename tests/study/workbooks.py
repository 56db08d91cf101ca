"""Reads workbooks back without the library that wrote them: cells, formulas, page set-up, and what formulas come to."""

from __future__ import annotations

import re
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RANGE = re.compile(r"([A-Z]+)(\d+):\1(\d+)")
_RATIO = re.compile(r'IF\((\w+)=0,"–",(\w+)/(\w+)\)')
_CELL = re.compile(r"\b[A-Z]+\d+\b")


class Tab:
    """One sheet: ``cells`` by place (``C7``) as text or the decimal that is written, ``formulas``, and its XML."""

    def __init__(self, name: str, root: ElementTree.Element, strings: list[str], codes: list[str]) -> None:
        self.name = name
        self.root = root
        self.cells: dict[str, str | Decimal] = {}
        self.formulas: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        for cell in root.iter(f"{MAIN}c"):
            place, value = cell.attrib["r"], cell.findtext(f"{MAIN}v")
            formula = cell.findtext(f"{MAIN}f")
            self.codes[place] = codes[int(cell.get("s", "0"))]
            if formula is not None:
                self.formulas[place] = formula
            if value is not None:
                kind = cell.get("t")
                self.cells[place] = strings[int(value)] if kind == "s" else value if kind == "str" else Decimal(value)

    def row(self, number: int) -> dict[str, str | Decimal]:
        """Return the cells of a row by column letter."""
        found = ((re.fullmatch(r"([A-Z]+)(\d+)", place), value) for place, value in self.cells.items())
        return {match[1]: value for match, value in found if match and int(match[2]) == number}

    def texts(self) -> list[str]:
        """Return all texts, from top to bottom."""
        return [value for value in self.cells.values() if isinstance(value, str)]

    def find(self, text: str) -> int:
        """Return the last row whose first cell is a text."""
        (*_, found) = (place for place, value in self.cells.items() if value == text and place.startswith("A"))
        return int(found[1:])

    def part(self, name: str) -> ElementTree.Element:
        """Return an element of the sheet's XML by its name."""
        found = self.root.find(f".//{MAIN}{name}")
        assert found is not None, name
        return found

    def comes_to(self, place: str) -> str | Decimal:
        """Return what the formula of a cell comes to from the values of the others."""

        def value(name: str) -> Fraction:
            found = self.cells.get(name, Decimal(0))
            return Fraction(found) if isinstance(found, Decimal) else Fraction(0)

        def rounded(number: Fraction, places: int) -> Fraction:
            exact = Decimal(number.numerator) / Decimal(number.denominator)
            return Fraction(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))

        text = self.formulas[place]
        text = _RATIO.sub(r'(\2/\3 if \1 else "–")', text)
        text = _RANGE.sub(
            lambda each: ",".join(f"{each[1]}{number}" for number in range(int(each[2]), int(each[3]) + 1)), text
        )
        text = _CELL.sub(lambda each: f"value('{each[0]}')", text)
        known: dict[str, Any] = {
            "value": value,
            "ROUND": rounded,
            "SUM": lambda *each: sum(each, Fraction(0)),
            "MAX": lambda *each: max(Fraction(one) for one in each),
        }
        result = eval(text, {"__builtins__": {}}, known)  # a formula that this project wrote
        return result if isinstance(result, str) else Decimal(result.numerator) / Decimal(result.denominator)


def read(path: Path) -> tuple[list[Tab], dict[str, str]]:
    """Return the sheets of a workbook, in order, and its defined names by ``name/sheet number``."""
    with zipfile.ZipFile(path) as book:

        def xml(name: str) -> ElementTree.Element:
            return ElementTree.fromstring(book.read(name))

        strings = ["".join(item.itertext()) for item in xml("xl/sharedStrings.xml")]
        styles = xml("xl/styles.xml")
        known = {each.attrib["numFmtId"]: each.attrib["formatCode"] for each in styles.iter(f"{MAIN}numFmt")}
        known |= {"0": "", "1": "0", "3": "#,##0", "4": "#,##0.00", "10": "0.00%", "49": "@"}  # built in
        formats = styles.find(f"{MAIN}cellXfs")
        assert formats is not None
        codes = [known[each.attrib["numFmtId"]] for each in formats]
        targets = {each.attrib["Id"]: each.attrib["Target"] for each in xml("xl/_rels/workbook.xml.rels")}
        workbook = xml("xl/workbook.xml")
        tabs = [
            Tab(each.attrib["name"], xml(f"xl/{targets[each.attrib[RELATION]]}"), strings, codes)
            for each in workbook.iter(f"{MAIN}sheet")
        ]
        names = {
            f"{each.attrib['name']}/{each.attrib['localSheetId']}": each.text or ""
            for each in workbook.iter(f"{MAIN}definedName")
        }
        return tabs, names
