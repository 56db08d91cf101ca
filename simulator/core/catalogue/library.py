"""The library desk of a province: it announces versions, hands approved changes down, and watches the transition.

Every change carries an approval id and stands in the log (JS-3.2e). The monthly reports of the areas give a curve of
unmapped items each (JS-3.2d) and show what was opened without approval (JS-3.2f).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.catalogue.changes import Change, Changed, ChangeLog, Entry, amended, blocks_of, entries_of
from simulator.core.catalogue.forms import LIST_OF, known_on, text_of
from simulator.core.catalogue.items import Version
from simulator.core.catalogue.transition import Point, Violation, approval_needed, mapping_required
from simulator.core.platform.files import CENTRE, Files
from simulator.core.platform.message import Block, Message
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import REFUSALS, Refused
from simulator.core.platform.turn import Turn

if TYPE_CHECKING:
    from simulator.core.network.province import Province

ROWS = 100  # in one D103


class AnnounceVersion(NamedTuple):
    """Action: announce a version of the library to all cities (D101)."""

    version: str


class ApproveChange(NamedTuple):
    """Action: put an approved change into the library and hand it down to all cities (D103)."""

    change: Change


class Announced(NamedTuple):
    """Fact: a version was announced on ``day``."""

    version: str
    day: dt.date


class Acknowledged(NamedTuple):
    """Fact: a city took over a version or a change; ``last`` is the version it used until then."""

    city: str
    version: str
    approval: str
    last: str


class Reported(NamedTuple):
    """Fact: a page of an area's mapping report came; ``openings`` are its rows without an approval they needed."""

    area: str
    day: dt.date
    page: int
    pages: int
    unmapped: int
    items: int
    openings: tuple[Violation, ...]


class Library(Office):
    """The provincial library's office."""

    def __init__(self, province: Province, files: Files) -> None:
        self._province = province
        self._files = files
        self.log = ChangeLog()
        self.acknowledged: list[Acknowledged] = []
        self._reports: dict[str, dict[dt.date, dict[int, Reported]]] = {}
        self.answers = {"D102": self._report}
        self.hears = {"D101": self._acknowledge, "D103": self._acknowledge}
        self.does = declining({AnnounceVersion: self._announce, ApproveChange: self._approve})
        self.folds = {
            Announced: self._fold_announced,
            Changed: self._fold_changed,
            Acknowledged: self._fold_acknowledged,
            Reported: self._fold_reported,
        }

    def curve(self, area: str) -> list[Point]:
        """Return the unmapped items of an area by day of report; a report that lacks a page does not count yet."""
        days = sorted(self._reports.get(area, {}).items())
        return [
            Point(day, page.unmapped, page.items)
            for day, pages in days
            for page in (next(iter(pages.values())),)
            if len(pages) == page.pages
        ]

    def violations(self) -> list[Violation]:
        """Return what the latest report of every area shows as opened without approval (JS-3.2f)."""
        return [
            opening
            for _, reports in sorted(self._reports.items())
            for _, page in sorted(reports[max(reports)].items())
            for opening in page.openings
        ]

    # -- down to the cities -------------------------------------------------------------------------------------

    def _announce(self, turn: Turn, action: AnnounceVersion) -> None:
        history = self._province.catalogue.history
        number = next((n for n, version in enumerate(history) if version.label == action.version), None)
        if number is None:
            raise Refused("unknown_version", action.version)
        version = history[number]
        turn.record(Announced(version.label, turn.now.date()))
        listed = list(self._files_of(turn, version))
        data = {
            "ver": version.label,
            "last_ver": history[number - 1].label if number else "",
            "annc_date": version.announced.isoformat(),
            "begndate": version.in_force.isoformat(),
            "totalrow": len(listed),
        }
        for city in self._cities():
            turn.ask(city, "D101", {"data": data, "listinfo": listed})

    def _files_of(self, turn: Turn, version: Version) -> Iterator[dict[str, Any]]:
        """Yield the row of each list that has items, with the file of the whole list as the version has it."""
        catalogue, day = self._province.catalogue, max(turn.now.date(), version.announced)
        kinds = {known.item.list_type for known in known_on(catalogue, day)}
        for number, (infno, kind) in enumerate(((i, k) for i, k in LIST_OF.items() if k in kinds), start=1):
            text, count = text_of(catalogue, infno, "", day)
            name = f"{version.label}_{kind}.txt.zip"
            kept = self._files.keep_text(turn, text, CENTRE, name, f"{infno}/{version.label}/{len(self.log.entries)}")
            yield {
                "seqno": number,
                "list_type": kind,
                "data_cnt": count,
                "file_qury_no": kept.file_no,
                "filename": kept.name,
                "dld_end_time": kept.until.date().isoformat(),
            }

    def _approve(self, turn: Turn, action: ApproveChange) -> None:
        change = action.change
        if not change.approval or not change.rows:
            raise Refused("approval_missing", change.version)
        turn.record(Changed(change, turn.now.date()))
        for city in self._cities():
            for first in range(0, len(change.rows), ROWS):
                turn.ask(city, "D103", blocks_of(change, change.rows[first : first + ROWS]))

    def _cities(self) -> list[str]:
        registry = self._province.registry
        return [city for city in registry.cities if registry.province_of(city) in {"", self._province.code}]

    def _acknowledge(self, turn: Turn, asked: Message, reply: Message) -> None:
        if reply.succeeded:
            result = reply.block("result")
            approval, last = result.get("list_aprv_id", ""), result.get("last_ver", "")
            turn.record(Acknowledged(asked.recipient, result["ver"], approval, last))

    # -- up from the cities -------------------------------------------------------------------------------------

    def _report(self, turn: Turn, asked: Message) -> Message:
        """D102: keep the state of the mapping; refuse the rows that cannot stand."""
        data, rows, today = asked.block("data"), asked.rows("mapinfo"), turn.now.date()
        area, day = data["admdvs"], dt.date.fromisoformat(data["stt_date"])
        city = self._province.registry.city_of(area)
        if city is None:
            return turn.refuse(asked, "unknown_area", area)
        openings = tuple(_opening(row, area) for row in rows if self._is_opening(row, today, city))
        turn.record(Reported(area, day, data["page_num"], data["pages"], data["unmap_cnt"], data["data_cnt"], openings))
        reasons = {row["seqno"]: self._reason(row, day, today, city) for row in rows}
        failed = [{"seqno": seqno, "err_msg": reason} for seqno, reason in reasons.items() if reason]
        return turn.ok(asked, result={"admdvs": area, "totalrow": len(rows) - len(failed)}, faillist=failed)

    def _reason(self, row: Block, day: dt.date, today: dt.date, city: str) -> str:
        """Return why a row cannot stand, in Chinese; empty where it can."""
        if row["map_flag"] == "1":
            problem = self._province.catalogue.problem(row["med_list_codg"], day)
            return REFUSALS[problem].zh.format(row["hilist_code"], row["med_list_codg"]) if problem else ""
        if self._is_opening(row, today, city):
            return "该条目为本地自行增加，且无批准编号"
        demanded = not self._approved(row) and mapping_required(self._province.pack, today, city)
        return "该条目未对照，且无批准编号" if demanded else ""

    def _is_opening(self, row: Block, today: dt.date, city: str) -> bool:
        if row["map_flag"] == "1" or self._approved(row):
            return False
        return approval_needed(self._province.pack, dt.date.fromisoformat(row["begndate"]), today, city)

    def _approved(self, row: Block) -> bool:
        return row.get("list_aprv_id") in self.log.approvals

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_announced(self, fact: Announced) -> None:
        version = next(each for each in self._province.catalogue.history if each.label == fact.version)
        self.log.add(Entry(version.approval, version.authority, fact.day, f"版本{version.label}"))

    def _fold_changed(self, fact: Changed) -> None:
        self._province.catalogue = amended(self._province.catalogue, fact.change, fact.on)
        self.log.add(*entries_of(fact.change))

    def _fold_acknowledged(self, fact: Acknowledged) -> None:
        self.acknowledged.append(fact)

    def _fold_reported(self, fact: Reported) -> None:
        self._reports.setdefault(fact.area, {}).setdefault(fact.day, {})[fact.page] = fact


def _opening(row: Block, area: str) -> Violation:
    opened_on = dt.date.fromisoformat(row["begndate"])
    return Violation(area, row["hilist_code"], row["hilist_name"], opened_on, row.get("list_aprv_id") or "")
