"""A file that was fetched (9102) against the model's: rows that differ, wherever in the file they stand.

A result of 3202 may list other people of the institution, of whom the model knows nothing: only rows about the people
of a case are held against it. Of a file of the catalogue, records are known by their code and the day they begin.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.catalogue.forms import CATALOGUE_FILES, FORMS
from simulator.core.platform.files import RESULT, FileKept, parsed
from simulator.core.platform.message import Block, Message
from simulator.core.visits.home import Home
from simulator.inputs.matching import Difference, Numbers
from simulator.inputs.packed_files import NotPacked, unpacked

FETCH = "9102"
BLOCK = "file"
"""The block in which a test gets the rows of a fetched file: those of a result, else its lines."""
_OWN = frozenset({"memo"})
_OWN_CELLS = frozenset({"rid", "made", "updated", "unit"})
"""Of a record, what an agency numbers, dates and words for itself."""
_PLACE = ("output", BLOCK)


class Fetched(NamedTuple):
    """A file as it came: its rows, which are about people of the case, or its lines; and where it is not right."""

    rows: tuple[Any, ...]
    wrong: tuple[Difference, ...]


def is_file(asked: Message, body: bytes) -> bool:
    """Tell whether an answer to a 9102 is a file and no message."""
    return asked.infno == FETCH and not body.lstrip().startswith(b"{")


def kept_by(model: Home, asked: Message, now: dt.datetime) -> FileKept | None:
    """Return the file that the model gives for a 9102 in its numbers, None where it gives none."""
    return model.files.fetched(asked, now)


def fetched(body: bytes, kept: FileKept | None, numbers: Numbers, people: Collection[str]) -> Fetched:
    """Read a file that came, and hold it against the model's, where that has one; an answer in other bytes is wrong."""
    try:
        text = unpacked(body)
    except NotPacked as problem:
        return Fetched((), (Difference(_PLACE, "one UTF-8 text in a ZIP", str(problem)),))
    if kept is None:  # it refuses
        return Fetched((), ())
    infno = kept.about.partition("/")[0]
    if infno in CATALOGUE_FILES:
        return Fetched(tuple(text.splitlines()), tuple(_records(infno, kept.text, text)))
    if kept.rows or not kept.text:
        return _result(kept.rows, text, numbers, people)
    same = numbers.text_for_model(text) == kept.text
    wrong = () if same else (Difference(_PLACE, "the file as it was uploaded", "another text"),)
    return Fetched(tuple(text.splitlines()), wrong)


# -- the result of a comparison ---------------------------------------------------------------------------------------


def _result(expected: Sequence[Block], text: str, numbers: Numbers, people: Collection[str]) -> Fetched:
    found = parsed(text, RESULT) if text else ()
    if found is None:
        columns = f"rows of {len(RESULT)} columns, amounts in yuan"
        return Fetched((), (Difference(_PLACE, columns, text.partition("\n")[0]),))
    mine = tuple(row for row in found if row["psn_no"] in people)
    as_model = [numbers.row_for_model(row) for row in mine]
    wanted = [row for row in expected if row["psn_no"] in people]
    return Fetched(mine, tuple(_unlike(wanted, as_model)))


def _unlike(expected: Sequence[Block], found: Sequence[Block]) -> Iterator[Difference]:
    """Yield what differs between two lists of result rows, whatever their order."""
    sides = _by_name(expected), _by_name(found)
    for name in sorted(sides[0].keys() | sides[1].keys()):
        wanted, came = (side.get(name, []) for side in sides)
        if len(wanted) != len(came):
            yield Difference((*_PLACE, "-".join(name)), f"{len(wanted)} rows", f"{len(came)} rows")
            continue
        for left, right in zip(wanted, came, strict=True):
            for field in RESULT:
                if field not in _OWN and (left.get(field) or "") != (right.get(field) or ""):
                    yield Difference((*_PLACE, "-".join(name), field), left.get(field), right.get(field))


def _by_name(rows: Sequence[Block]) -> Mapping[tuple[str, ...], list[Block]]:
    """Return rows by what they are known by: whose, settlement or cancellation, under which numbers."""
    found: dict[tuple[str, ...], list[Block]] = defaultdict(list)
    for row in rows:
        found[row["psn_no"], row["refd_setl_flag"], row["msgid"] or row["setl_id"]].append(row)
    return found


# -- the catalogue ----------------------------------------------------------------------------------------------------


def _records(infno: str, expected: str, text: str) -> Iterator[Difference]:
    wanted, came = (_entries(infno, each) for each in (expected, text))
    for name in wanted.keys() - came.keys():
        yield Difference((*_PLACE, "-".join(name)), "a record", "none")
    for name in came.keys() - wanted.keys():
        yield Difference((*_PLACE, "-".join(name)), "none", "a record")
    for name in wanted.keys() & came.keys():
        for field, value in wanted[name].items():
            if came[name].get(field) != value:
                yield Difference((*_PLACE, "-".join(name), field), value, came[name].get(field))


def _entries(infno: str, text: str) -> dict[tuple[str, str], dict[str, str]]:
    """Return the records of a text by code and first day, as far as the columns say something of the item."""
    columns = {number - 1: name for number, name in FORMS[infno].cells.items() if name not in _OWN_CELLS}
    found: dict[tuple[str, str], dict[str, str]] = {}
    for line in text.splitlines():
        cells = line.split("\t")
        row = {name: cells[number] if number < len(cells) else "" for number, name in columns.items()}
        found[row.get("code", ""), row.get("begin", "")] = row
    return found
