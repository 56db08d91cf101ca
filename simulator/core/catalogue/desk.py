"""The catalogue desk of a city: downloads for its institutions, and what the province announces and changes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.catalogue.changes import Changed, ChangeLog, Entry, amended, change_of, entries_of
from simulator.core.catalogue.forms import CATALOGUE_FILES, text_of
from simulator.core.platform.files import CENTRE, Files
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn

if TYPE_CHECKING:
    from simulator.core.visits.home import Home


class Noticed(NamedTuple):
    """Fact: the province announced a version of the library, in force from ``begin`` on."""

    version: str
    announced: dt.date
    begin: dt.date


class CatalogueDesk(Office):
    """What a city answers about the library, and its log of changes."""

    def __init__(self, home: Home, files: Files) -> None:
        self._home = home
        self._files = files
        self.log = ChangeLog()
        self.held = ""  # the newest version that was announced here
        self.answers = {
            **dict.fromkeys(CATALOGUE_FILES, self._download),
            "D101": self._announced,
            "D103": self._changed,
        }
        self.folds = {Noticed: self._fold_noticed, Changed: self._fold_changed}

    def _download(self, turn: Turn, asked: Message) -> Message:
        """1301 to 1308: keep what is newer than the version held as a file, and name it."""
        today, held = turn.now.date(), asked.block("data")["ver"]
        catalogue = self._home.catalogue
        text, count = text_of(catalogue, asked.infno, held, today)
        name = f"{asked.infno}_{today:%Y%m%d}.txt.zip"
        about = f"{asked.infno}/{held}/{len(self.log.entries)}"
        kept = self._files.keep_text(turn, text, CENTRE, name, about)
        fields: dict[str, Any] = {
            "file_qury_no": kept.file_no,
            "filename": kept.name,
            "dld_end_time": kept.until.date().isoformat(),
            "data_cnt": count,
        }
        return turn.ok(asked, **fields)

    def _announced(self, turn: Turn, asked: Message) -> Message:
        """D101: take note of a version; answer with the one used until now."""
        data = asked.block("data")
        last = self.held or self._in_use(turn.now.date())
        days = (dt.date.fromisoformat(data[name]) for name in ("annc_date", "begndate"))
        turn.record(Noticed(data["ver"], *days))
        return turn.ok(asked, result={"ver": data["ver"], "last_ver": last})

    def _changed(self, turn: Turn, asked: Message) -> Message:
        """D103: take an approved change over."""
        change = change_of(asked)
        turn.record(Changed(change, turn.now.date()))
        return turn.ok(asked, result={"list_aprv_id": change.approval, "ver": change.version})

    def _in_use(self, day: dt.date) -> str:
        version = self._home.catalogue.in_force(day)
        return "" if version is None else version.label

    def _fold_noticed(self, fact: Noticed) -> None:
        self.held = fact.version
        known = next((each for each in self._home.catalogue.history if each.label == fact.version), None)
        approval, authority = ("", "") if known is None else (known.approval, known.authority)
        self.log.add(Entry(approval, authority, fact.announced, f"版本{fact.version}"))

    def _fold_changed(self, fact: Changed) -> None:
        self._home.catalogue = amended(self._home.catalogue, fact.change, fact.on)
        self.log.add(*entries_of(fact.change))
