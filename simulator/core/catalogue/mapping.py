"""How institutions' own items map to the provincial catalogue (目录对照): 3301 uploads, 3302 cancels.

A fee line names the institution's own code and the library's. From the day the policy pack demands it on, the two must
be mapped (JS-3.2d); whoever uses the library's code itself needs no mapping.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.catalogue.items import Item, before
from simulator.core.catalogue.transition import mapping_required
from simulator.core.platform.message import Block, Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn

if TYPE_CHECKING:
    from simulator.core.visits.home import Home

DETAILS = ("aprvno", "dosform", "exct_cont", "item_cont", "prcunt", "spec", "pacspec", "memo")


class Mapping(NamedTuple):
    """An own item of an institution or area (``owner``) stands for a library item on ``begin`` to ``end``, inclusive.

    ``details`` are the fields of 3301 that are only kept and shown; ``updated`` is the day of the last change.
    """

    owner: str
    own_code: str
    own_zh: str
    list_type: str
    code: str
    begin: dt.date
    end: dt.date
    details: tuple[tuple[str, str], ...]
    made: dt.date
    updated: dt.date

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether the mapping is in force on ``day``."""
        return self.begin <= day <= self.end


class Mapped(NamedTuple):
    """Fact: mappings were added."""

    mappings: tuple[Mapping, ...]


class Unmapped(NamedTuple):
    """Fact: a mapping was cancelled on the day ``updated``; ``last`` is the last day it still holds."""

    mapping: Mapping
    last: dt.date
    updated: dt.date


class Mappings(Office):
    """The desk of a city that keeps mappings."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._mappings: dict[tuple[str, str], tuple[Mapping, ...]] = {}  # owner, own code
        self.answers = {"3301": self._upload, "3302": self._cancel}
        self.folds = {Mapped: self._fold_mapped, Unmapped: self._fold_unmapped}

    def item_of(self, row: Block, hospital: str, today: dt.date) -> Item | str:
        """Return the library item of a fee line, with the cap of the hospital's level, or the name of the refusal.

        The library is that of the day of the fee (JS-3.2a); whether a mapping is demanded goes by ``today``. Only the
        hospital's own city knows its mappings, so only that city asks for them.
        """
        code, day = row["med_list_codg"], dt.date.fromisoformat(row["fee_ocur_time"][:10])
        known = self._home.registry.institutions.get(hospital)
        item = self._home.catalogue.find(code, day, "" if known is None else known.level)
        if item is None:
            return self._home.catalogue.problem(code, day)
        own = row.get("medins_list_codg") or code
        if own == code or known is None or self._home.registry.city_of(known.area) != self._home.code:
            return item
        mapped = any(each.code == code and each.holds_on(day) for each in self.of(hospital, own))
        demanded = not mapped and mapping_required(self._home.pack, today, self._home.code)
        return "own_item_unmapped" if demanded else item

    def of(self, owner: str, own_code: str) -> tuple[Mapping, ...]:
        """Return the mappings of one own item, in the order they were made."""
        return self._mappings.get((owner, own_code), ())

    def all(self) -> list[Mapping]:
        """Return every mapping, in the order their own items came."""
        return [each for mappings in self._mappings.values() for each in mappings]

    def _upload(self, turn: Turn, asked: Message) -> Message:
        """Take mappings in, all or none; the review is what is checked here."""
        made: list[Mapping] = []
        for row in asked.rows("data"):
            mapping = _mapping(row, asked.party, turn.now.date())
            problem = self._problem(mapping)
            if problem:
                return turn.refuse(asked, problem, mapping.own_code, mapping.code)
            for other in (*self.of(asked.party, mapping.own_code), *made):
                if _clash(mapping, other):
                    return turn.refuse(asked, "mapping_overlaps", mapping.own_code, other.code)
            made.append(mapping)
        turn.record(Mapped(tuple(made)))
        return turn.ok(asked)

    def _problem(self, mapping: Mapping) -> str:
        """Return why an item may not be mapped to: it is not valid on the first day, or of another list."""
        item = self._home.catalogue.find(mapping.code, mapping.begin)
        if item is None:
            return self._home.catalogue.problem(mapping.code, mapping.begin)
        return "" if item.list_type == mapping.list_type else "item_unmapped"

    def _cancel(self, turn: Turn, asked: Message) -> Message:
        """End a mapping with the day before: what was charged until then stays mapped."""
        data, today = asked.block("data"), turn.now.date()
        own, code = data["fixmedins_hilist_id"], data["med_list_codg"]
        for mapping in self.of(asked.party, own):
            if (mapping.code, mapping.list_type) == (code, data["list_type"]) and mapping.end >= today:
                turn.record(Unmapped(mapping, before(max(today, mapping.begin)), today))
                return turn.ok(asked)
        return turn.refuse(asked, "unknown_mapping", own, code)

    def _fold_mapped(self, fact: Mapped) -> None:
        for mapping in fact.mappings:
            key = (mapping.owner, mapping.own_code)
            self._mappings[key] = (*self._mappings.get(key, ()), mapping)

    def _fold_unmapped(self, fact: Unmapped) -> None:
        key = (fact.mapping.owner, fact.mapping.own_code)
        ended = fact.mapping._replace(end=fact.last, updated=fact.updated)
        self._mappings[key] = tuple(ended if each == fact.mapping else each for each in self._mappings[key])


def _mapping(row: Block, owner: str, today: dt.date) -> Mapping:
    details: list[Any] = [(name, row[name]) for name in DETAILS if row.get(name)]
    return Mapping(
        owner,
        row["fixmedins_hilist_id"],
        row["fixmedins_hilist_name"],
        row["list_type"],
        row["med_list_codg"],
        dt.date.fromisoformat(row["begndate"]),
        dt.date.fromisoformat(row["enddate"]),
        tuple(details),
        today,
        today,
    )


def _clash(one: Mapping, other: Mapping) -> bool:
    """Tell whether two mappings are of the same own item on a day of both."""
    return one.own_code == other.own_code and one.begin <= other.end and other.begin <= one.end
