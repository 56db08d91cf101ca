"""The monthly split of visitors' settlements (异地清分): 3260 extracts, 3261 confirms, 3262 takes a confirmation back.

An institution fetches its visitors' settlements of a month that is closed to reconciliation, 100 rows at a time, checks
them against its own, and confirms or declines each. A declined row is left out of this clearing. Once a row is
confirmed nothing is extracted again; once the clearing of the month is applied for, nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.message import Block, Message
from simulator.core.platform.node import Answered
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.messages import PAGE
from simulator.core.reconciliation.results import keep_from, month_of
from simulator.core.reconciliation.rows import TREATMENT_SIDE, Pair, between_cities, clearing_type, in_effect
from simulator.core.reconciliation.totals import NOTHING, Totals, totals_of_row
from simulator.core.values.stamps import written
from simulator.core.visits.facts import TREATMENT, Settled
from simulator.core.visits.lifecycle import SETTLES

OPEN, CONFIRMED, DECLINED, ROLLED_BACK = "open", "confirmed", "declined", "rolled_back"
EVERY_CONFIRMATION = "0"  # otransid: all of the month
_COMPARED = ("certno", "mdtrt_id", "mdtrt_setl_time", "medfee_sumamt", "optins_pay_sumamt")


class SplitConfirmed(NamedTuple):
    """Fact: rows of an institution's month were confirmed or declined under one number (``inf_refmsgid`` of 3261)."""

    number: str
    hospital: str
    month: str
    rows: tuple[tuple[str, bool], ...]


class SplitRolledBack(NamedTuple):
    """Fact: confirmations of an institution's month were taken back."""

    hospital: str
    month: str
    numbers: tuple[str, ...]


class Split(Office):
    """The split desk of a treatment city.

    ``closed`` tells whether a month is closed to reconciliation, ``applied`` whether its clearing is applied for.
    """

    def __init__(self, closed: Callable[[str], bool], applied: Callable[[str], bool] = lambda month: False) -> None:
        self._closed = closed
        self._applied = applied
        self._rows: dict[str, list[Settlement]] = {}  # visitors' settlements, by month
        self._strikes: set[str] = set()
        self._certificates: dict[str, str] = {}  # psn_no → certno
        self._states: dict[str, dict[str, str]] = {}  # by setl_id and month: a row set right late has its number in two
        self._confirmations: dict[str, SplitConfirmed] = {}
        self._taken_back: set[str] = set()
        self.answers = {"3260": self._extract, "3261": self._confirm, "3262": self._roll_back}
        self.folds = {
            Settled: self._fold_settled,
            Answered: self._fold_answered,
            Corrected: self._fold_corrected,
            SplitConfirmed: self._fold_confirmed,
            SplitRolledBack: self._fold_rolled_back,
        }

    def state(self, setl_id: str, month: str = "") -> str:
        """Return where the row of a settlement in a month stands: open, confirmed, declined or rolled back.

        Without a month it is the last one that was said anything of.
        """
        states = self._states.get(setl_id, {})
        return states.get(month or max(states, default=""), OPEN)

    def confirmed_rows(self, month: str) -> tuple[Settlement, ...]:
        """Return the settlements of a month (``yyyy-MM``) that their institutions confirmed."""
        return tuple(row for row in self._in_effect(month) if self.state(row.setl_id, month) == CONFIRMED)

    def confirmed_totals(self, month: str) -> Mapping[tuple[Pair, str, str], Totals]:
        """Return the totals of the confirmed rows by pair of cities, insurance and clearing type."""
        sums: dict[tuple[Pair, str, str], Totals] = {}
        for row in self.confirmed_rows(month):
            key = (row.treatment_city, row.insured_city), row.insutype, clearing_type(row)
            sums[key] = sums.get(key, NOTHING).add(totals_of_row(row))
        return sums

    def drop_before(self, day: str) -> None:
        """Forget the months that no clearing can wait for any more (P75-49); the host has kept them."""
        last = month_of(keep_from(keep_from(day)))
        self._rows = {month: rows for month, rows in self._rows.items() if month >= last}
        kept = {
            setl_id: {month: state for month, state in states.items() if month >= last}
            for setl_id, states in self._states.items()
        }
        self._states = {setl_id: states for setl_id, states in kept.items() if states}
        self._confirmations = {key: fact for key, fact in self._confirmations.items() if fact.month >= last}
        people = {row.psn_no for rows in self._rows.values() for row in rows}
        self._certificates = {psn_no: certno for psn_no, certno in self._certificates.items() if psn_no in people}

    # -- the messages -------------------------------------------------------------------------------------------

    def _extract(self, turn: Turn, asked: Message) -> Message:
        """3260: return at most 100 rows from ``startrow`` on; fewer end the list."""
        data, month = asked.block("data"), _month_in(asked)
        if not self._closed(month):
            return turn.refuse(asked, "not_level_yet", month, "月对账未结束")
        if any(fact.hospital == asked.party and fact.month == month for fact in self._confirmations.values()):
            return turn.refuse(asked, "split_confirmed", month)
        listed = list(self._listed(asked.party, month))
        first = data["startrow"] - 1
        page = listed[first : first + PAGE]
        return turn.ok(asked, data=[{"seqno": first + place, **row} for place, row in enumerate(page, 1)])

    def _confirm(self, turn: Turn, asked: Message) -> Message:
        """3261: confirm or decline each row, all of them or none; a row is as extracted, and not confirmed before."""
        month = _month_in(asked)
        if not self._closed(month):
            return turn.refuse(asked, "not_level_yet", month, "月对账未结束")
        if self._applied(month):
            return turn.refuse(asked, "clearing_applied", month)
        listed = {row["setl_sn"]: row for row in self._listed(asked.party, month)}
        for row in asked.rows("detail"):
            known = listed.pop(row["setl_sn"], None)  # each once
            if known is None or any(row[field] != known[field] for field in _COMPARED):
                return turn.refuse(asked, "split_row_differs", row["setl_sn"])
            if self.state(row["setl_sn"], month) == CONFIRMED:
                return turn.refuse(asked, "split_row_differs", row["setl_sn"])
        reply = turn.ok(asked)
        rows = tuple((row["setl_sn"], row["cnfm_flag"] == "1") for row in asked.rows("detail"))
        turn.record(SplitConfirmed(str(reply.head["inf_refmsgid"]), asked.party, month, rows))
        return reply

    def _roll_back(self, turn: Turn, asked: Message) -> Message:
        """3262: take back one confirmation, named by the answer to its 3261, or every one of the month."""
        number, month = asked.block("data")["otransid"], _month_in(asked)
        if self._applied(month):
            return turn.refuse(asked, "clearing_applied", month)
        mine = [
            fact.number
            for fact in self._confirmations.values()
            if fact.hospital == asked.party and fact.month == month and number in {EVERY_CONFIRMATION, fact.number}
        ]
        if not mine and number != EVERY_CONFIRMATION and number not in self._taken_back:
            return turn.refuse(asked, "unknown_confirmation", number)
        turn.record(SplitRolledBack(asked.party, month, tuple(mine)))
        return turn.ok(asked)

    def _listed(self, hospital: str, month: str) -> Iterator[dict[str, Any]]:
        """Yield an institution's rows of a month as 3260 lists them, by time and number."""
        rows = [row for row in self._in_effect(month) if row.hospital == hospital]
        for row in sorted(rows, key=lambda row: (row.at, row.setl_id)):
            yield {
                "mdtrtarea": row.treatment_city,
                "medins_no": row.hospital,
                "certno": self._certificates.get(row.psn_no, row.psn_no),
                "mdtrt_id": row.mdtrt_id,
                "mdtrt_setl_time": written(row.at),
                "setl_sn": row.setl_id,
                "fulamt_advpay_flag": "0",
                "medfee_sumamt": row.shares.medfee_sumamt,
                "optins_pay_sumamt": row.shares.cleared,
            }

    def _in_effect(self, month: str) -> tuple[Settlement, ...]:
        return in_effect(self._rows.get(month, []), totals_of_row, self._strikes)

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_settled(self, fact: Settled) -> None:
        if fact.role == TREATMENT and between_cities(fact.row):
            self._rows.setdefault(month_of(fact.row.at.date().isoformat()), []).append(fact.row)

    def _fold_answered(self, fact: Answered) -> None:
        """Keep the number of a visitor's certificate, which only the settlement's messages bear."""
        info = _settled_info(fact)
        if info is not None and info.get("certno"):
            self._certificates[info["psn_no"]] = info["certno"]

    def _fold_corrected(self, fact: Corrected) -> None:
        if fact.side == TREATMENT_SIDE:
            self._strikes.update(fact.strikes)

    def _fold_confirmed(self, fact: SplitConfirmed) -> None:
        self._confirmations[fact.number] = fact
        for setl_id, flag in fact.rows:
            self._states.setdefault(setl_id, {})[fact.month] = CONFIRMED if flag else DECLINED

    def _fold_rolled_back(self, fact: SplitRolledBack) -> None:
        for number in fact.numbers:
            rows = self._confirmations.pop(number).rows
            for setl_id, _ in rows:
                self._states[setl_id][fact.month] = self._said_otherwise(setl_id, fact.month)
            self._taken_back.add(number)

    def _said_otherwise(self, setl_id: str, month: str) -> str:
        """Return what the latest confirmation still in force says of a row of a month."""
        for fact in reversed(self._confirmations.values()):
            for each, flag in fact.rows:
                if (each, fact.month) == (setl_id, month):
                    return CONFIRMED if flag else DECLINED
        return ROLLED_BACK


def _month_in(asked: Message) -> str:
    data = asked.block("data")
    return f"{data['trt_year']}-{data['trt_month']}"


def _settled_info(fact: Answered) -> Block | None:
    if fact.request.infno not in SETTLES or not fact.reply.succeeded:
        return None
    return fact.reply.block("setlinfo")
