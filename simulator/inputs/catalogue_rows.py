"""Catalogue rows as text: a large library stands in a CSV beside its TOML head, one entry of a code a line.

Reading and writing are one another's inverse, so that a file is the same after both. Every wrong cell is refused with
its line and column.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from simulator.core.catalogue.items import CLASS_A, CLASS_B, CLASS_C, UNLIMITED, Item, Limits, Term
from simulator.core.values.areas import PRIMARY, SECONDARY
from simulator.inputs.errors import InputError

COLUMNS = (
    *("code", "zh", "list_type", "level", "charge_type", "unit", "price", "cap", "cap_secondary", "cap_primary"),
    *("first_share", "sex", "age_from", "age_to", "per_day", "per_stay", "diagnoses", "second_line", "from", "to"),
)
TERM_COLUMNS = ("kind", "code", "zh")
DIAGNOSIS, OPERATION = "diagnosis", "operation"
_PRICE_PLACES, _RATE_PLACES, _QUANTITY_PLACES = 6, 4, 4


def read_items(text: str, name: str) -> Iterator[tuple[Item, str]]:
    """Yield the entries of a CSV with the place each stands at; raises InputError for the first wrong cell."""
    for cells, place in _rows(text, name, COLUMNS):
        row = {column: _read(read, cells[column], name, place, column) for column, read in _CELLS.items()}
        if (row["level"] == CLASS_B) != (row["first_share"] is not None):
            problem = "is missing in a class-B item" if row["level"] == CLASS_B else "stands in an item not of class B"
            raise InputError(name, f"{place}, first_share", problem, "correct the share or the class")
        yield _item(row), place


def read_terms(text: str, name: str) -> dict[str, tuple[Term, ...]]:
    """Return diagnoses and operations of a CSV by kind; raises InputError."""
    terms: dict[str, list[Term]] = {DIAGNOSIS: [], OPERATION: []}
    for row, place in _rows(text, name, TERM_COLUMNS):
        if row["kind"] not in terms:
            raise InputError(name, f"{place}, kind", f'is "{row["kind"]}"', f'write "{DIAGNOSIS}" or "{OPERATION}"')
        terms[row["kind"]].append(Term(row["code"], row["zh"]))
    return {kind: tuple(found) for kind, found in terms.items()}


def write_items(entries: Iterable[Item]) -> str:
    """Return the CSV of entries."""
    return _written(COLUMNS, map(_values, entries))


def write_terms(terms: Mapping[str, Iterable[Term]]) -> str:
    """Return the CSV of diagnoses and operations by kind."""
    return _written(TERM_COLUMNS, ((kind, *term) for kind, found in terms.items() for term in found))


def _written(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _rows(text: str, name: str, columns: tuple[str, ...]) -> Iterator[tuple[dict[str, str], str]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        for cells in reader:
            place = f"line {reader.line_num}"
            if reader.line_num == 1:
                if tuple(cells) != columns:
                    raise InputError(name, place, "is not the line of column names", f"write {','.join(columns)}")
            elif len(cells) != len(columns):
                raise InputError(name, place, f"has {len(cells)} cells", f"give {len(columns)}")
            else:
                yield dict(zip(columns, cells, strict=True)), place
    except csv.Error as problem:
        raise InputError(name, f"line {reader.line_num}", f"is not CSV ({problem})", "correct the line") from None


# -- cells ------------------------------------------------------------------------------------------------------------


def scaled(text: str, places: int) -> int:
    """Return a written number as an integer of 10^-``places``; raises ValueError for what is none, or too precise."""
    found = re.fullmatch(r"([0-9]{1,8})(?:\.([0-9]{1,6}))?", text, re.ASCII)
    if found is None or len(found[2] or "") > places:
        raise ValueError(f"not a number with at most {places} decimals")
    return int(found[1] + (found[2] or "").ljust(places, "0"))


def _above_zero(text: str) -> int:
    value = scaled(text, _PRICE_PLACES)
    if not value:
        raise ValueError("not above 0")
    return value


@lru_cache(maxsize=1024)
def _date(text: str) -> dt.date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII) is None:
        raise ValueError("no date such as 2016-01-01")
    return dt.date.fromisoformat(text)


def _code(text: str) -> str:
    if re.fullmatch(r"[0-9A-Z]{10,30}", text, re.ASCII) is None:
        raise ValueError("no code of 10 to 30 capital letters and digits")
    return text


def _text(text: str) -> str:
    if not text.strip() or len(text) > 100:
        raise ValueError("not 1 to 100 characters")
    return text


def _one_of(*known: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in known:
            raise ValueError(f"not one of {', '.join(known)}")
        return text

    return check


def _optional(read: Callable[[str], Any], absent: Any = None) -> Callable[[str], Any]:
    return lambda text: read(text) if text else absent


_CELLS: Mapping[str, Callable[[str], Any]] = {
    "code": _code,
    "zh": _text,
    "list_type": _one_of("101", "102", "103", "201", "301"),
    "level": _one_of(CLASS_A, CLASS_B, CLASS_C),
    "charge_type": _one_of(*(f"{number:02d}" for number in range(1, 15))),
    "unit": str,
    "price": _above_zero,
    "cap": _optional(_above_zero),
    "cap_secondary": _optional(_above_zero),
    "cap_primary": _optional(_above_zero),
    "first_share": _optional(lambda text: scaled(text, _RATE_PLACES)),
    "sex": _optional(_one_of("1", "2"), ""),
    "age_from": _optional(lambda text: scaled(text, 0)),
    "age_to": _optional(lambda text: scaled(text, 0)),
    "per_day": _optional(lambda text: scaled(text, _QUANTITY_PLACES)),
    "per_stay": _optional(lambda text: scaled(text, _QUANTITY_PLACES)),
    "diagnoses": lambda text: tuple(text.split()),
    "second_line": lambda text: _one_of("1")(text) == "1" if text else False,
    "from": _date,
    "to": _optional(_date),
}


def _read(read: Callable[[str], Any], text: str, name: str, place: str, column: str) -> Any:
    try:
        return read(text)
    except ValueError as problem:
        raise InputError(name, f"{place}, {column}", f'is "{text}", {problem}', "correct the cell") from None


# -- an entry ---------------------------------------------------------------------------------------------------------


def _item(row: Mapping[str, Any]) -> Item:
    limits = Limits(*(row[column] for column in COLUMNS[11:18]))
    caps = ((SECONDARY, row["cap_secondary"]), (PRIMARY, row["cap_primary"]))
    return Item(
        code=row["code"],
        zh=row["zh"],
        level=row["level"],
        charge_type=row["charge_type"],
        price=row["price"],
        cap=row["cap"],
        first_share=row["first_share"] or 0,
        valid_from=row["from"],
        valid_to=row["to"],
        list_type=row["list_type"],
        unit=row["unit"],
        level_caps=tuple((level, cap) for level, cap in caps if cap is not None),
        limits=UNLIMITED if limits == UNLIMITED else limits,
    )


def _values(item: Item) -> list[str]:
    caps, limits = dict(item.level_caps), item.limits
    return [
        item.code,
        item.zh,
        item.list_type,
        item.level,
        item.charge_type,
        item.unit,
        _number(item.price, _PRICE_PLACES),
        *(_number(cap, _PRICE_PLACES) for cap in (item.cap, caps.get(SECONDARY), caps.get(PRIMARY))),
        _number(item.first_share, _RATE_PLACES) if item.level == CLASS_B else "",
        limits.sex,
        *("" if age is None else str(age) for age in (limits.age_from, limits.age_to)),
        *(_number(most, _QUANTITY_PLACES) for most in (limits.per_day, limits.per_stay)),
        " ".join(limits.diagnoses),
        "1" if limits.second_line else "",
        item.valid_from.isoformat(),
        "" if item.valid_to is None else item.valid_to.isoformat(),
    ]


def _number(value: int | None, places: int) -> str:
    """Return a scaled integer as it is written: no more decimals than it needs, nothing for None."""
    if value is None:
        return ""
    whole, rest = divmod(value, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".") if rest else str(whole)
