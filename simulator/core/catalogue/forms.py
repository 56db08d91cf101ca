"""The catalogue as files: the text that each of 1301 to 1308 gives, in the columns of the national interface.

A column is known by its number; what the library does not know stays empty. Only what became known since the version
already held is in a file, entries that a newer version ended among them, so that holding the files of all versions is
holding the library (JS-3.2a). Newer is what was announced later, whatever the day it is in force from: an approved
change (JS-3.2e) may come between two versions, or under the label of one that is held.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.catalogue.items import (
    CLASS_A,
    CLASS_B,
    CLASS_C,
    CONSUMABLES,
    DRUGS,
    HERBS,
    PREPARATIONS,
    SERVICES,
    Catalogue,
    Item,
    Limits,
    Version,
)
from simulator.core.platform.files import tabbed

CATALOGUE_FILES = ("1301", "1302", "1303", "1305", "1306", "1307", "1308")
LIST_OF = {"1301": DRUGS, "1302": HERBS, "1303": PREPARATIONS, "1305": SERVICES, "1306": CONSUMABLES}
DIAGNOSES, OPERATIONS = "1307", "1308"
_CLASS = {CLASS_A: "甲", CLASS_B: "乙", CLASS_C: "丙"}
_DAY = dt.timedelta(days=1)
_QUANTITY = 10_000


class Known(NamedTuple):
    """An entry as it is known on a day: since which version, and what last touched it (its end, where it is known).

    ``item`` has no end where the version that ends it is not announced yet.
    """

    item: Item
    came_with: Version
    touched_by: Version

    @property
    def rid(self) -> str:
        """Return the unique record number (唯一记录号): one for each entry of a code."""
        return f"{self.item.code}{self.item.valid_from:%Y%m%d}"


class _Form(NamedTuple):
    """The number of columns of a file, and what stands in those that are filled."""

    columns: int
    cells: Mapping[int, str]


FORMS: Mapping[str, _Form] = {
    "1301": _Form(
        97,
        {1: "code", 4: "name", 8: "name", 24: "patent", 37: "begin", 38: "end", 49: "unit", 57: "limits", 58: "limited"}
        | {79: "valid", 80: "rid", 81: "made", 82: "updated", 83: "version", 84: "version", 92: "class", 96: "begin"}
        | {97: "end"},
    ),
    "1302": _Form(
        33,
        {1: "code", 2: "name", 12: "begin", 13: "end", 14: "valid", 15: "rid", 16: "made", 17: "updated"}
        | {18: "version", 19: "version", 26: "class", 32: "begin", 33: "end"},
    ),
    "1303": _Form(
        83,
        {1: "code", 2: "name", 36: "unit", 51: "limits", 53: "name", 65: "valid", 66: "begin", 67: "end", 68: "rid"}
        | {69: "made", 70: "updated", 71: "version", 72: "version"},
    ),
    "1305": _Form(
        19,
        {1: "code", 2: "unit", 3: "unit", 7: "valid", 9: "charge_type", 10: "name", 12: "begin", 13: "end", 14: "rid"}
        | {15: "version", 16: "version", 19: "begin"},
    ),
    "1306": _Form(
        71,
        {1: "code", 2: "name", 16: "unit", 34: "limited", 35: "limits", 47: "begin", 48: "end", 68: "valid", 69: "rid"}
        | {70: "version", 71: "version"},
    ),
    DIAGNOSES: _Form(
        24,
        {1: "rid", 7: "category", 11: "code", 12: "name", 19: "valid", 20: "rid", 21: "made", 22: "made"}
        | {23: "version", 24: "version"},
    ),
    OPERATIONS: _Form(
        24,
        {1: "rid", 5: "category", 11: "code", 12: "name", 19: "valid", 20: "rid", 21: "made", 22: "made"}
        | {23: "version", 24: "version"},
    ),
}


def known_on(catalogue: Catalogue, day: dt.date) -> list[Known]:
    """Return every entry that a version announced by ``day`` brought, in the order of the library."""
    history = catalogue.history
    by_start = {version.in_force: version for version in history}
    known = []
    for entry in catalogue.all_entries():
        came_with = next((version for version in reversed(history) if version.in_force <= entry.valid_from), history[0])
        if came_with.announced > day:
            continue
        ended_by = by_start.get(entry.valid_to + _DAY) if entry.valid_to is not None else None
        if ended_by is not None and ended_by.announced > day:
            known.append(Known(entry._replace(valid_to=None), came_with, came_with))
        else:
            known.append(Known(entry, came_with, ended_by or came_with))
    return known


def text_of(catalogue: Catalogue, infno: str, held: str, day: dt.date) -> tuple[str, int]:
    """Return the file that one of 1301 to 1308 gives on ``day``, and its number of records.

    ``held`` is the newest version the asker has; a label the library does not know stands for none at all. What came
    on the day of that version is told again: it may have come after the asker asked.
    """
    same = (version for version in catalogue.history if version.label == held)
    base = min(same, key=lambda version: version.announced, default=None)
    if infno in LIST_OF:
        wanted = (known for known in known_on(catalogue, day) if known.item.list_type == LIST_OF[infno])
        cells = [_cells(known, day) for known in wanted if _news(known.touched_by, base)]
    else:
        cells = _terms(catalogue, infno) if base is None else []
    form = FORMS[infno]
    records = [[row.get(form.cells.get(number, "")) for number in range(1, form.columns + 1)] for row in cells]
    return tabbed(records), len(records)


def _news(version: Version, base: Version | None) -> bool:
    """Tell whether who holds the version ``base`` (None: none) may not have heard of another."""
    return base is None or (version != base and version.announced >= base.announced)


def limits_text(limits: Limits) -> str:
    """Return the restrictions of an item as the list words them, empty for none."""
    said = [
        {"1": "限男性", "2": "限女性"}.get(limits.sex),
        f"限{limits.age_from}岁及以上" if limits.age_from is not None else None,
        f"限{limits.age_to}岁及以下" if limits.age_to is not None else None,
        f"每日限{limits.per_day // _QUANTITY}" if limits.per_day is not None else None,
        f"每次住院限{limits.per_stay // _QUANTITY}" if limits.per_stay is not None else None,
        f"限诊断{'、'.join(limits.diagnoses)}" if limits.diagnoses else None,
        "限二线用药" if limits.second_line else None,
    ]
    return "；".join(filter(None, said))


def _cells(known: Known, day: dt.date) -> dict[str, str]:
    item = known.item
    limits = limits_text(item.limits)
    return {
        "code": item.code,
        "name": item.zh,
        "patent": "1" if item.code.startswith("Z") else "0",
        "unit": item.unit,
        "charge_type": item.charge_type,
        "class": _CLASS[item.level],
        "limits": limits,
        "limited": "1" if limits else "0",
        "begin": item.valid_from.isoformat(),
        "end": item.valid_to.isoformat() if item.valid_to else "",
        "valid": valid_flag(item, day),
        "rid": known.rid,
        "made": known.came_with.announced.isoformat(),
        "updated": known.touched_by.announced.isoformat(),
        "version": known.touched_by.label,
    }


def valid_flag(item: Item, day: dt.date) -> str:
    """Return ``vali_flag``: an entry is invalid once its end is past."""
    return "0" if item.valid_to is not None and item.valid_to < day else "1"


def _terms(catalogue: Catalogue, infno: str) -> list[dict[str, str]]:
    """Return the rows of the diagnoses or operations; they came with the first version and have no end."""
    first = next(iter(catalogue.history), None)
    if first is None:
        return []
    shared = {"valid": "1", "made": first.announced.isoformat(), "version": first.label}
    return [
        {**shared, "code": term.code, "name": term.zh, "category": term.code.partition(".")[0], "rid": term.code}
        for term in (catalogue.diagnoses if infno == DIAGNOSES else catalogue.operations)
    ]
