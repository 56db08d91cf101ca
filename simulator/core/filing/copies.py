"""Asking the province for its copies (F104): a city compares them with its own filings, or learns those it lacks."""

from __future__ import annotations

from typing import Any

from simulator.core.filing import words
from simulator.core.filing.actions import QueryCopies
from simulator.core.filing.facts import CopyCompared, Filed
from simulator.core.filing.office import PAGE, Filings
from simulator.core.platform.message import Block, Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.stamps import written


class CopyDesk(Office):
    """The queries of the city ``code`` at its ``province``."""

    def __init__(self, filings: Filings, code: str, province: str) -> None:
        self._filings = filings
        self._code = code
        self._province = province
        self.hears = {"F104": self._heard}
        self.does = {QueryCopies: self._query}

    def _query(self, turn: Turn, action: QueryCopies) -> None:
        data = {
            "trt_dcla_detl_sn": "",
            "psn_no": action.psn_no,
            "certno": "",
            "insuplc_admdvs": action.insured_city,
            "rloc_admdvs": action.place,
            "query_date": turn.now.date().isoformat(),
            "updt_time": "" if action.since is None else written(action.since),
            "page_num": 1,
            "page_size": PAGE,
        }
        self._ask(turn, data)

    def _ask(self, turn: Turn, data: dict[str, Any]) -> None:
        insured = data["insuplc_admdvs"]
        place = self._filings.registry.city_of(data["rloc_admdvs"]) or data["rloc_admdvs"] or self._code
        turn.ask(self._province, "F104", {"data": data}, treatment=place, insured=insured)

    def _heard(self, turn: Turn, asked: Message, reply: Message) -> None:
        if not reply.succeeded:
            return
        data = asked.block("data")
        rows = reply.rows("filinfo")
        if data["insuplc_admdvs"] == self._code:
            self._compare(turn, rows)
        else:
            self._learn(turn, rows)
        head = reply.block("data")
        if head["page_num"] < head["pages"]:
            self._ask(turn, {**data, "page_num": head["page_num"] + 1})

    def _compare(self, turn: Turn, rows: tuple[Block, ...]) -> None:
        """Find the copies that say otherwise than this city's filings (JS-3.3a)."""
        differing: list[str] = []
        agreeing: list[str] = []
        for row in rows:
            known = self._filings.book.latest(row["trt_dcla_detl_sn"])
            mine = known is not None and words.validity(self._filings.registry, known) == words.validity_in(row)
            (agreeing if mine else differing).append(row["trt_dcla_detl_sn"])
        if rows:
            turn.record(CopyCompared(tuple(differing), tuple(agreeing)))

    def _learn(self, turn: Turn, rows: tuple[Block, ...]) -> None:
        for row in rows:
            if self._filings.book.latest(row["trt_dcla_detl_sn"]) is None and row["vali_flag"] == "1":
                turn.record(Filed(words.filing_in(row, turn.now), words.person_in(row)))
