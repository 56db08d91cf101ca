"""The stage around a hospital: its city and everybody behind are the core's own platforms, and answer what it asks.

What it asks is held to its duties. Its statement of a day (3201) is of all that it has done that day, so what it stated
before a case began is taken off before the case's city, which knows of nothing else, gets to see it.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import schemas
from conformance.hospital.chart import STATEMENT
from conformance.hospital.duties import SENT, Duties, Turn
from conformance.stage import Stage, Wrong
from conformance.wire import Answer
from simulator.core.network.city import City
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.reconciliation.totals import NOTHING, Totals, sum_of, totals_of_row
from simulator.core.values.areas import Institution
from simulator.core.visits.treatment import SignedIn

_FIGURES = ("fixmedins_setl_cnt", "medfee_sumamt", "fund_pay_sumamt", "acct_pay")
BEFORE, AFTER = "before", "after"
Group = tuple[str, ...]
"""What one 3201 is about: the day, insurance and clearing type."""


class Call(NamedTuple):
    """A request of the hospital as a case tells of it; ``infcode`` None: nothing reached the hospital."""

    infno: str
    msgid: str
    infcode: int | None


class HospitalStage(Stage):
    """``nodes`` are all platforms and the hospital's own, which takes no part; ``calls_made`` is what it asked."""

    def __init__(
        self,
        nodes: Mapping[str, Node],
        hospital: Institution,
        city: str,
        registry: schemas.Registry,
        call: Callable[[dt.datetime, str, Message], Answer],
    ) -> None:
        super().__init__(nodes, hospital.code, registry, call)
        self.hospital, self.city_code = hospital, city
        self.duties = Duties(hospital)
        self.calls_made: list[Call] = []
        self.stating = ""
        self.stated: dict[Group, Totals] = {}  # before the case
        self.grown: dict[Group, Totals] = {}  # since then, as the hospital states the day it was asked for
        self.awaited, self.reached = "", threading.Event()  # a transaction, and that the hospital has asked for it
        self._turn: Turn | None = None

    @property
    def city(self) -> City:
        """Return the hospital's city."""
        city = self.nodes[self.city_code]
        assert isinstance(city, City)
        return city

    def standing(self, psn_no: str) -> tuple[int, Totals]:
        """Return how many settlements of a person stand in the city's books, and what they come to."""
        rows = [row for rows in self.city.statements.rows_by_day.values() for row in rows if row.psn_no == psn_no]
        return sum(row.sign for row in rows), sum_of(map(totals_of_row, rows))

    def held(self, day: str) -> dict[Group, Totals]:
        """Return what the city's books say of a day (ISO text) of the hospital."""
        of_day = self.city.statements.by_hospital.under(day).items()
        return {(day, *about): totals for (code, *about), totals in of_day if code == self.subject}

    def begin_stating(self, stating: str) -> None:
        """Take statements from now on as those before or after what the case has done; empty: as they are."""
        self.stating = stating
        if stating:
            self.grown.clear()

    def sign_out(self) -> None:
        """Let the city forget that the hospital has signed in."""
        for sign_no, code in list(self.city.treatment._signed_in.items()):
            if code == self.subject:
                self.city.fold(SignedIn(code, sign_no, False))

    # -- what the hospital asks ---------------------------------------------------------------------------------------

    def take(
        self, now: dt.datetime, asked: Message, *, heard: bool, answer: Callable[[Message], Message] | None = None
    ) -> Message | None:
        """Answer a request by the city, or by ``answer`` in its place; ``heard``: the reply reaches the hospital."""
        chart = self.duties.chart_of(asked)
        standing = self.standing(chart.wish.person.psn_no)[0] if chart is not None else 0
        if answer is not None:
            reply: Message | None = answer(asked)
        else:
            reply = self.ask(now, self.city_code, self._since(asked), by=self.subject)
        self._turn = Turn(asked, reply, heard, standing, staged=answer is not None)
        return reply

    def lose(self, asked: Message) -> None:
        """Let a request get lost before the city has it."""
        chart = self.duties.chart_of(asked)
        standing = self.standing(chart.wish.person.psn_no)[0] if chart is not None else 0
        self._turn = Turn(asked, None, False, standing)

    def judge_asked(self, asked: Message, line: int, to: str) -> None:
        """Hold a request to the hospital's duties."""
        turn, self._turn = self._turn, None
        assert turn is not None
        infcode = turn.reply.infcode if turn.reply is not None and turn.heard else None
        self.calls_made.append(Call(asked.infno, asked.msgid, infcode))
        self.passed.append(asked)
        if asked.infno == self.awaited:
            self.reached.set()
        self.wrong += self.duties.judge(turn, line)
        if asked.infno == STATEMENT and self.stating == AFTER:
            self.wrong += self._misstated(asked, line)

    def _since(self, asked: Message) -> Message:
        """Return a statement as it would be, had the hospital done nothing before the case; any other as it is."""
        if asked.infno != STATEMENT or not self.stating:
            return asked
        data = asked.block("data")
        key = _group(data)
        said = Totals(*(int(data[name]) for name in _FIGURES))
        if self.stating == BEFORE:
            self.stated[key] = said
        grown = self.grown[key] = said.add(self.stated.get(key, NOTHING).negated())
        return asked.with_fields("data", dict(zip(_FIGURES, grown, strict=True)))

    def _misstated(self, asked: Message, line: int) -> list[Wrong]:
        data = asked.block("data")
        key = _group(data)
        right = self.held(key[0]).get(key, NOTHING).add(self.stated.get(key, NOTHING))
        return [
            Wrong(SENT, STATEMENT, f"/input/data/{name}", str(expected), str(data[name]), line)
            for name, expected in zip(_FIGURES, right, strict=True)
            if data[name] != expected
        ]

    def unstated(self, day: str) -> list[Group]:
        """Return what the city holds of a day and the hospital has not stated."""
        return sorted(key for key in self.held(day) if key not in self.grown)


def _group(data: Mapping[str, Any]) -> Group:
    return str(data["stmt_begndate"]), str(data["insutype"]), str(data["clr_type"])


def plain(totals: Totals) -> dict[str, Any]:
    """Return totals by the names of the fields that state them, in fen."""
    return dict(zip(_FIGURES, totals, strict=True))
