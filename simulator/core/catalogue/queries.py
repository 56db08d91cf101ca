"""The queries of the catalogue, page by page: 1312 (items), 1316 (codes), 1317 (mappings), 1318 (caps), 1319 (shares).

Only rows changed since ``updt_time`` are returned. Of the other fields of the request each that is filled in and that a
row has must agree: a name is searched for inside, ``query_date`` asks what is valid then, ``begndate`` and ``enddate``
bound the validity, an area stands for its city. The library keeps no mnemonics, so ``pinyin`` and ``wubi`` choose none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simulator.core.catalogue.forms import Known, known_on, limits_text, valid_flag
from simulator.core.catalogue.items import CLASS_B, HERBS
from simulator.core.catalogue.mapping import Mappings
from simulator.core.platform.message import Block, Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import LEVEL_CODES
from simulator.core.values.money import half_up

if TYPE_CHECKING:
    from simulator.core.visits.home import Home

LARGEST_PAGE = 100
_MICRO_PER_YUAN = 1_000_000
_PERSON_TYPES = ("310", "390")  # selfpay_prop_psn_type: employees, residents; the library makes no difference
_FIRST_SHARE = "10"  # selfpay_prop_type: 目录先自付比例
_SELF_PAY = "1"  # overlmt_dspo_way: no public table; the part above the cap is paid by the person
_NAMES = frozenset({"hilist_name", "medins_list_name"})
_NOT_COMPARED = frozenset({"query_date", "updt_time", "begndate", "enddate", "insu_admdvs"}) | _NAMES

Row = Mapping[str, Any]


class Queries(Office):
    """The desk of a city that answers queries."""

    def __init__(self, home: Home, mappings: Mappings) -> None:
        self._home = home
        self._mappings = mappings
        self.answers = {
            "1312": lambda turn, asked: self._answer(turn, asked, self._rows(turn, _items)),
            "1316": lambda turn, asked: self._answer(turn, asked, self._rows(turn, _codes)),
            "1317": lambda turn, asked: self._answer(turn, asked, self._own(turn, asked)),
            "1318": lambda turn, asked: self._answer(turn, asked, self._rows(turn, _caps)),
            "1319": lambda turn, asked: self._answer(turn, asked, self._rows(turn, _shares)),
        }

    def _answer(self, turn: Turn, asked: Message, rows: Iterable[Row]) -> Message:
        data = asked.block("data")
        number, size = data["page_num"], data["page_size"]
        if number < 1 or not 1 <= size <= LARGEST_PAGE:
            return turn.refuse(asked, "page_wrong", LARGEST_PAGE)
        found = [row for row in rows if self._wanted(row, data)]
        pages = -(-len(found) // size)
        first = (number - 1) * size
        page = found[first : first + size]
        fields: dict[str, Any] = {
            "data": page,
            "firstPage": number == 1,
            "lastPage": number >= pages,
            "size": len(page),
            "startRow": first + 1,
            "pageSize": size,
            "pageNum": number,
            "recordCounts": len(found),
            "pages": pages,
        }
        return turn.ok(asked, **fields)

    def _wanted(self, row: Row, data: Block) -> bool:
        if row["updt_time"] < data["updt_time"]:
            return False
        begin, end = row["begndate"], row["enddate"] or "9999-12-31"
        day, area = data.get("query_date"), data.get("insu_admdvs")
        if day and not begin <= day <= end:
            return False
        if begin < (data.get("begndate") or "") or end > (data.get("enddate") or "9999-12-31"):
            return False
        if area and self._home.registry.city_of(area) != self._home.code:
            return False
        if any(data.get(name) and data[name] not in row.get(name, data[name]) for name in _NAMES):
            return False
        return all(row[name] == value for name, value in data.items() if value and name in row.keys() - _NOT_COMPARED)

    def _rows(self, turn: Turn, made: Any) -> Iterator[Row]:
        """Yield the rows that ``made`` makes of every entry known today."""
        today = turn.now.date()
        for known in known_on(self._home.catalogue, today):
            item = known.item
            shared = {
                "hilist_code": item.code,
                "insu_admdvs": self._home.code,
                "begndate": item.valid_from.isoformat(),
                "enddate": item.valid_to.isoformat() if item.valid_to else "",
                "vali_flag": valid_flag(item, today),
                "rid": known.rid,
                "updt_time": known.touched_by.announced.isoformat(),
                "crte_time": known.came_with.announced.isoformat(),
            }
            yield from ({**shared, **row} for row in made(known))

    def _own(self, turn: Turn, asked: Message) -> Iterator[Row]:
        """Yield the mappings of the institution that asks, and of no other."""
        today = turn.now.date()
        for number, mapping in enumerate(self._mappings.all(), start=1):
            if mapping.owner == asked.party:
                yield {
                    "fixmedins_code": mapping.owner,
                    "medins_list_codg": mapping.own_code,
                    "medins_list_name": mapping.own_zh,
                    "insu_admdvs": self._home.code,
                    "list_type": mapping.list_type,
                    "med_list_codg": mapping.code,
                    "begndate": mapping.begin.isoformat(),
                    "enddate": mapping.end.isoformat(),
                    **dict(mapping.details),
                    "vali_flag": "0" if mapping.end < today else "1",
                    "rid": f"{self._home.code}{number:010d}",
                    "updt_time": mapping.updated.isoformat(),
                    "crte_time": mapping.made.isoformat(),
                }


def _items(known: Known) -> Iterator[Row]:
    item = known.item
    limits = limits_text(item.limits)
    yield {
        "hilist_name": item.zh,
        "med_chrgitm_type": item.charge_type,
        "chrgitm_lv": item.level,
        "lmt_used_flag": "1" if limits else "0",
        "list_type": item.list_type,
        "med_use_flag": "1",
        "matn_used_flag": "0",
        "hilist_use_type": "1",
        "lmt_cpnd_type": "1" if item.list_type == HERBS else "9",
        "memo": limits,
    }


def _codes(known: Known) -> Iterator[Row]:
    """The library's code is the national one, so that both codes are the same."""
    yield {"med_list_codg": known.item.code, "list_type": known.item.list_type}


def _caps(known: Known) -> Iterator[Row]:
    """One row for each hospital level; the field has whole yuan, so a cap with fen is rounded here."""
    for level, code in LEVEL_CODES.items():
        cap = known.item.at(level).cap
        if cap is not None:
            amount = half_up(cap, _MICRO_PER_YUAN)
            row = {"hilist_lmtpric_type": code, "overlmt_dspo_way": _SELF_PAY, "hilist_pric_uplmt_amt": amount}
            yield {**row, "rid": f"{known.rid}{code}"}


def _shares(known: Known) -> Iterator[Row]:
    if known.item.level == CLASS_B:
        for kind in _PERSON_TYPES:
            row = {"selfpay_prop_psn_type": kind, "selfpay_prop_type": _FIRST_SHARE}
            yield {**row, "selfpay_prop": known.item.first_share, "rid": f"{known.rid}{kind}"}
