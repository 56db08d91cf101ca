"""How the province sets its own log right where a mismatch names it: it only logs, so nothing is owed by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from simulator.core.network.router import Passed, Router
from simulator.core.platform.message import Key
from simulator.core.platform.node import Voided
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.compare import Mismatch, duty, lacking, may_be_pair, taking_back, total_of
from simulator.core.reconciliation.correction import ENTERED, REPLACED, STRUCK, UNDONE
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.log import Intake, Log
from simulator.core.reconciliation.rows import CITY_SIDES, PLATFORM_SIDE, Row, request_of, taken_back_by
from simulator.core.visits.home import cancellation_reversed


class LogCorrector:
    """The corrections of one province, from the rows the cities sent."""

    def __init__(self, province: Router, log: Log, intake: Intake) -> None:
        self._province = province
        self._party = province.party
        self._log = log
        self._intake = intake

    def correct(self, turn: Turn, mismatch: Mismatch, *, late: Callable[[str], bool]) -> tuple[str, ...]:
        """Set the log right and return the days it changed; new rows of a day that is ``late`` are dated now.

        Raises Refused where it is not the log that is wrong.
        """
        mine = [row for row in self._log.rows(mismatch.day, mismatch.pair) if row.key == mismatch.key]
        back = self._taken_back_by(mine, mismatch)
        if back is not None:
            for each, row in ((mismatch, mine[0]), (taking_back(mismatch, back), back)):
                strikes = self._strike(turn, [row], self._dated(turn, row.day, late))
                turn.record(Corrected(each, PLATFORM_SIDE, STRUCK, strikes))
            return mismatch.day, back.day
        lacks = PLATFORM_SIDE in lacking(mismatch)
        if lacking(mismatch) and (PLATFORM_SIDE not in duty(mismatch) or bool(mine) == lacks):
            raise _refused(mismatch, "不属于本方差异")
        at = self._dated(turn, mismatch.day, late)
        how, strikes = ENTERED, tuple[str, ...]()
        if lacks:
            self._enter(turn, self._theirs(mismatch)[0], at, mismatch)
        elif lacking(mismatch):
            how, strikes = STRUCK, self._strike(turn, mine, at)
            turn.record(Voided(request_of(mismatch.msgid), True))
        else:
            right = self._theirs(mismatch)
            if _told(right) == _told(mine):
                raise _refused(mismatch, "不属于本方差异")
            how, strikes = REPLACED, self._strike(turn, mine, at)
            for row in right:
                turn.record(Passed(self._key_of(row), _dated(row, at), correction=True))
        turn.record(Corrected(mismatch, PLATFORM_SIDE, how, strikes))
        return (mismatch.day,)

    def _taken_back_by(self, mine: list[Row], mismatch: Mismatch) -> Row | None:
        """Return the row of whatever day that takes back the log's only one of a number; None where nothing may."""
        if len(mine) != 1 or not may_be_pair(mismatch):
            return None
        return taken_back_by(mine[0], self._log.all_of(mismatch.pair), lambda row: row.totals)

    def _dated(self, turn: Turn, day: str, late: Callable[[str], bool]) -> dt.datetime | None:
        """Return the time that new rows of a day get, None for their own."""
        return turn.now.replace(microsecond=0) if late(day) else None

    def _theirs(self, mismatch: Mismatch) -> list[Row]:
        """Return the rows of the number that the cities hold; raises Refused where those that hold it disagree."""
        held = []
        for side in CITY_SIDES:
            listing = self._intake.listing(mismatch.day, mismatch.pair, side)
            rows = [row for row in listing.rows if row.key == mismatch.key] if listing is not None else []
            if rows:
                held.append(rows)
        if not held or any(_told(rows) != _told(held[0]) for rows in held):
            raise _refused(mismatch, "两地不一致，需人工核查")
        return held[0]

    def _enter(self, turn: Turn, row: Row, at: dt.datetime | None, mismatch: Mismatch) -> None:
        """Log what passed and was lost.

        A cancelling row voids the settlement here too, which must be in force; one that restores it ends that.
        """
        settled = request_of(mismatch.msgid)
        if mismatch.refund and not self._province.in_force(settled):
            raise _refused(mismatch, "平台无相应有效结算")
        if mismatch.refund and cancellation_reversed(self._province, row.mdtrt_id, row.init_setl_id):
            raise _refused(mismatch, UNDONE)
        turn.record(Passed(self._key_of(row), _dated(row, at)))
        if row.init_setl_id:
            turn.record(Voided(settled, mismatch.refund))

    def _strike(self, turn: Turn, mine: list[Row], at: dt.datetime | None) -> tuple[str, ...]:
        number = f"C{len(self._log.strikes) + 1}"
        strikes = [row.mirrored(f"{row.setl_id}{number}", at or row.at) for row in mine]
        for strike in strikes:
            turn.record(Passed(Key(self._party, strike.setl_id), strike, correction=True))
        return tuple(strike.setl_id for strike in strikes)

    def _key_of(self, row: Row) -> Key:
        """Return the key a row is kept under: of the settling request; a cancelling row has none that is known."""
        return Key(self._party, row.setl_id) if row.refund else request_of(row.msgid)


def _dated(row: Row, at: dt.datetime | None) -> Row:
    return row if at is None else row._replace(at=at)


def _told(rows: list[Row]) -> tuple[object, ...]:
    """Return what sides must agree on of the rows of one number."""
    return total_of(rows), rows[0].insutype, rows[0].clr_type


def _refused(mismatch: Mismatch, reason: str) -> Refused:
    return Refused("cannot_correct", mismatch.setl_id, reason)
