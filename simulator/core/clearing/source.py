"""What an agency needs to know of a paper to pay by it, whatever office made the paper."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from simulator.core.clearing.papers import TABLES, Debt, PaperSheet, Share


class Paper(NamedTuple):
    """A paper by its kind (``clr_sht_type``), month, table of deadlines, and the day by which it says to pay."""

    sheet_type: str
    month: str
    table: str
    pay_by: dt.date


class Source(ABC):
    """An office whose papers are paid through finance; a paper it does not know is not its own."""

    @abstractmethod
    def paper(self, number: str) -> Paper | None:
        """Return what a paper is, None for one that is not known here."""

    @abstractmethod
    def owes(self, number: str) -> tuple[Debt, ...]:
        """Return what is to be paid by the paper."""

    @abstractmethod
    def expects(self, number: str) -> int:
        """Return the fen that are to come in by the paper."""

    @abstractmethod
    def unready(self, number: str) -> str:
        """Return the state that keeps the paper from being sealed and paid; empty where nothing does."""

    def may_hand(self, number: str, debts: Sequence[Debt]) -> None:  # noqa: B027  # most papers have no such rule
        """Raise Refused where the paper cannot be handed to finance yet."""

    @abstractmethod
    def annex(self, number: str, debts: Sequence[Debt]) -> tuple[Share, ...]:
        """Return the debts by pooling area and fund."""


def paper_of(sheet: PaperSheet) -> Paper:
    """Return what a clearing sheet is as a paper to be paid."""
    return Paper(sheet.kind, sheet.month, TABLES[sheet.kind], sheet.pay_by)
