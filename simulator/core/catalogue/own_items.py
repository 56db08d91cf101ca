"""Items that a city's institutions and areas keep beside the library, and the report of them to the province (D102).

Taking stock lists what is not in the library; mapping takes it away again (JS-3.2d). An area may not open an item of
its own without approval (JS-3.2f): the city can be told to do so all the same, and its items then show as violations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.catalogue.changes import Changed, ChangeLog
from simulator.core.catalogue.items import CLASS_C, Item
from simulator.core.catalogue.mapping import Mapped, Mapping, Mappings
from simulator.core.catalogue.transition import Violation, approval_needed
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn

if TYPE_CHECKING:
    from simulator.core.network.city import City

PAGE = 100  # rows in one D102


class OwnItem(NamedTuple):
    """An item of an institution or an area (``owner``), there since ``opened_on`` and of class ``level``.

    ``approval`` is the approval id of a local addition, empty where it has none.
    """

    owner: str
    code: str
    zh: str
    list_type: str
    level: str
    opened_on: dt.date
    approval: str = ""


class ListOwnItems(NamedTuple):
    """Action: take stock of own items that are not in the library (清理)."""

    items: tuple[OwnItem, ...]


class OpenLocalItem(NamedTuple):
    """Action: an area opens an item of its own and charges it (开口子)."""

    area: str
    item: Item
    approval: str = ""


class MapOwnItem(NamedTuple):
    """Action: the city maps a listed own item to a library item, from today on."""

    owner: str
    code: str
    listed: str


class ReportMapping(NamedTuple):
    """Action: report to the province how the own items of every area map, page by page (D102)."""


class Listed(NamedTuple):
    """Fact: own items were listed; ``opened`` is the entry of one that its city charges, None where it does not."""

    items: tuple[OwnItem, ...]
    opened: Item | None = None


class ReportAnswered(NamedTuple):
    """Fact: the province answered a page of the report; ``refused`` are row numbers with the reason."""

    area: str
    day: str
    page: int
    refused: tuple[tuple[int, str], ...]


class OwnItems(Office):
    """The desk of a city that keeps and reports own items."""

    def __init__(self, city: City, mappings: Mappings, log: ChangeLog) -> None:
        self._city = city
        self._mappings = mappings
        self._log = log
        self._items: dict[tuple[str, str], OwnItem] = {}  # owner, code
        self._opened: set[str] = set()
        self.answered: dict[tuple[str, int], ReportAnswered] = {}  # area, page: of the latest report
        self.hears = {"D102": self._hear}
        self.does = declining(
            {
                ListOwnItems: self._list,
                OpenLocalItem: self._open,
                MapOwnItem: self._map,
                ReportMapping: self._report,
            }
        )
        self.folds = {Listed: self._fold_listed, Changed: self._fold_changed, ReportAnswered: self._fold_answered}

    def unmapped(self, area: str, day: dt.date) -> list[OwnItem]:
        """Return the own items of a pooling area that stand for no library item on ``day``."""
        return [own for own in self._items.values() if self._area(own.owner) == area and not self._listed(own, day)]

    def violations(self, day: dt.date) -> list[Violation]:
        """Return the own items that need an approval and have none the log knows (JS-3.2f)."""
        return [
            Violation(own.owner, own.code, own.zh, own.opened_on, own.approval)
            for own in self._items.values()
            if not self._listed(own, day)
            and own.approval not in self._log.approvals
            and approval_needed(self._city.pack, own.opened_on, day, self._city.code)
        ]

    # -- actions ------------------------------------------------------------------------------------------------

    def _list(self, turn: Turn, action: ListOwnItems) -> None:
        for own in action.items:
            self._ours(own.owner)
        turn.record(Listed(action.items))

    def _open(self, turn: Turn, action: OpenLocalItem) -> None:
        self._ours(action.area)
        item = action.item
        own = OwnItem(action.area, item.code, item.zh, item.list_type, item.level, item.valid_from, action.approval)
        turn.record(Listed((own,), item))

    def _map(self, turn: Turn, action: MapOwnItem) -> None:
        own, today = self._items.get((action.owner, action.code)), turn.now.date()
        if own is None:
            raise Refused("unknown_mapping", action.code, action.listed)
        mapping = Mapping(
            own.owner, own.code, own.zh, own.list_type, action.listed, today, dt.date.max, (), today, today
        )
        turn.record(Mapped((mapping,)))

    def _ours(self, owner: str) -> None:
        """Raise Refused for an institution or area of another city."""
        if self._city.registry.city_of(self._area(owner)) != self._city.code:
            raise Refused("not_for_this_platform", owner)

    # -- the report ---------------------------------------------------------------------------------------------

    def _report(self, turn: Turn, action: ReportMapping) -> None:
        """Send one report for each area that has items of its own; an area without has nothing to report."""
        day = turn.now.date()
        catalogue = self._city.catalogue
        version = catalogue.in_force(day)
        by_area: dict[str, list[dict[str, Any]]] = {}
        for area, row in self._rows(day):
            by_area.setdefault(area, []).append(row)
        for area, rows in sorted(by_area.items()):
            rows.sort(key=lambda row: (row["list_type"], row["hilist_code"]))
            pages = [rows[first : first + PAGE] for first in range(0, len(rows), PAGE)]
            for number, page in enumerate(pages, start=1):
                data = {
                    "admdvs": area,
                    "ver": catalogue.version if version is None else version.label,
                    "stt_date": day.isoformat(),
                    "unmap_cnt": sum(row["map_flag"] == "0" for row in rows),
                    "page_num": number,
                    "pages": len(pages),
                    "totalrow": len(page),
                    "data_cnt": len(rows),
                }
                listed = [{"seqno": seqno, **row} for seqno, row in enumerate(page, start=1)]
                turn.ask(self._city.province, "D102", {"data": data, "mapinfo": listed})

    def _rows(self, day: dt.date) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield area and row of every own item, and of every mapping of an item that nobody listed."""
        for own in self._items.values():
            yield self._area(own.owner), self._row(own, self._listed(own, day), day)
        for mapping in self._mappings.all():
            if (mapping.owner, mapping.own_code) not in self._items and mapping.holds_on(day):
                own = OwnItem(*mapping[:4], "", mapping.begin)
                yield self._area(own.owner), self._row(own, mapping.code, day)

    def _row(self, own: OwnItem, code: str, day: dt.date) -> dict[str, Any]:
        item = self._city.catalogue.find(code, day) if code else None
        return {
            "list_type": own.list_type,
            "hilist_code": own.code,
            "hilist_name": own.zh,
            "med_list_codg": code,
            "chrgitm_lv": item.level if item else own.level or CLASS_C,
            "map_flag": "1" if code else "0",
            "list_aprv_id": own.approval,
            "begndate": own.opened_on.isoformat(),
            "enddate": "",
        }

    def _hear(self, turn: Turn, asked: Message, reply: Message) -> None:
        data = asked.block("data")
        refused = tuple((row["seqno"], row["err_msg"]) for row in reply.rows("faillist"))
        if not reply.succeeded:
            refused = ((0, reply.head["err_msg"]),)
        turn.record(ReportAnswered(data["admdvs"], data["stt_date"], data["page_num"], refused))

    # -- where an item stands -----------------------------------------------------------------------------------

    def _area(self, owner: str) -> str:
        known = self._city.registry.institutions.get(owner)
        return owner if known is None else known.area

    def _listed(self, own: OwnItem, day: dt.date) -> str:
        """Return the library code an own item stands for on ``day``, empty for none.

        It is a mapping's, or the item's own code once the library has taken it in.
        """
        for mapping in self._mappings.of(own.owner, own.code):
            if mapping.holds_on(day):
                return mapping.code
        taken_in = own.code not in self._opened and self._city.catalogue.find(own.code, day) is not None
        return own.code if taken_in else ""

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_listed(self, fact: Listed) -> None:
        self._items |= {(own.owner, own.code): own for own in fact.items}
        if fact.opened is not None:
            self._opened.add(fact.opened.code)
            self._city.catalogue = self._city.catalogue.with_entries(fact.opened.code, (fact.opened,))

    def _fold_changed(self, fact: Changed) -> None:
        self._opened -= {row.code for row in fact.change.rows}

    def _fold_answered(self, fact: ReportAnswered) -> None:
        self.answered[fact.area, fact.page] = fact
