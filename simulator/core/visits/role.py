"""What the treatment and the insured role of a city share: lines, life cycle, reversal."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from typing import Any

from simulator.core.benefit.bill import Line, classify, first_share
from simulator.core.benefit.settlement import Settlement
from simulator.core.invariants import lines_sum_to_bill
from simulator.core.platform.books import Leg, posting
from simulator.core.platform.message import Block, Key, Message
from simulator.core.platform.node import Turn, Voided
from simulator.core.platform.transactions import REVERSIBLE
from simulator.core.values.money import line_amount, yuan
from simulator.core.visits.home import Home, original_key
from simulator.core.visits.lifecycle import ADMITTED, next_state
from simulator.core.visits.visits import LinesAdded, LinesCancelled, Moved, Settled, Visit, VisitBook

ALL_LINES = "0000"  # 2302: every line of the visit


class Role(ABC):
    """One of a city's two roles; ``name`` marks its facts."""

    name: str

    def __init__(self, city: Home) -> None:
        self.city = city
        self.visits = VisitBook()

    # -- the visit ----------------------------------------------------------------------------------------------

    def allowed(self, turn: Turn, asked: Message, visit: Visit | None, data: Block) -> Visit | Message:
        """Return the visit, or refuse: it is unknown, another person's, busy, or its state does not allow this."""
        if visit is None:
            return turn.refuse(asked, "unknown_visit", data["mdtrt_id"])
        if visit.psn_no != data["psn_no"]:
            return turn.refuse(asked, "other_person")
        if visit.open_step not in {None, asked.key} or self._reversing(visit):
            return turn.refuse(asked, "busy")
        if next_state(self.city.table, visit.state, asked.infno) is None:
            return turn.refuse(asked, "not_allowed_now", visit.state, asked.infno)
        if asked.infno == "2404" and visit.lines:
            return turn.refuse(asked, "lines_left")
        return visit

    def _reversing(self, visit: Visit) -> bool:
        """Tell whether a reversal of one of the visit's steps is under way and has not taken effect."""
        return any(not self.city.is_void(original) for original in visit.reversals.values())

    def billed(self, turn: Turn, asked: Message, visit: Visit | None, data: Block) -> Visit | Message:
        """Return the visit as :meth:`allowed` does, or refuse a bill that is not the sum of its lines."""
        found = self.allowed(turn, asked, visit, data)
        if isinstance(found, Message):
            return found
        bill = found.totals().bill
        if data["medfee_sumamt"] != bill:
            return turn.refuse(asked, "bill_differs", yuan(data["medfee_sumamt"]), yuan(bill))
        return found

    def move(self, turn: Turn, visit: Visit, event: str, *, ended: dt.date | None = None) -> None:
        """Move a visit along the table; the event has been found allowed."""
        state = next_state(self.city.table, visit.state, event)
        assert state is not None
        known = None if state == ADMITTED else ended or visit.ended  # undoing the discharge forgets its day
        turn.record(Moved(self.name, visit.mdtrt_id, state, known))

    # -- fee lines ----------------------------------------------------------------------------------------------

    def price(self, turn: Turn, asked: Message, visit: Visit) -> tuple[Line, ...] | Message:
        """Check and classify the lines of a 2301; return them, or the refusal that names the first wrong one."""
        priced: dict[str, Line] = {}
        for row in asked.rows("feedetail"):
            found = self._stray(turn, asked, visit, row) or self._price_one(turn, asked, visit, row, priced)
            if isinstance(found, Message):
                return found
            priced[found.sn] = found
        return tuple(priced.values())

    def _stray(self, turn: Turn, asked: Message, visit: Visit, row: Block) -> Message | None:
        """Refuse a row that names another visit or person than the first row of its batch."""
        if row["mdtrt_id"] != visit.mdtrt_id:
            return turn.refuse(asked, "unknown_visit", row["mdtrt_id"])
        return turn.refuse(asked, "other_person") if row["psn_no"] != visit.psn_no else None

    def _price_one(
        self, turn: Turn, asked: Message, visit: Visit, row: Block, priced: dict[str, Line]
    ) -> Line | Message:
        sn = str(row["feedetl_sn"])
        if sn in visit.lines or sn in priced:
            return turn.refuse(asked, "line_repeated", sn)
        if row["det_item_fee_sumamt"] != line_amount(row["pric"], row["cnt"]):
            return turn.refuse(asked, "line_amount", sn)
        code = row["med_list_codg"]
        item = self.city.mappings.item_of(row, visit.hospital, turn.now.date())
        if isinstance(item, str):
            return turn.refuse(asked, item, sn, code)
        line = classify(sn, item, row["pric"], row["cnt"], refund_of=row.get("init_feedetl_sn") or "")
        if line.quantity < 0 and not _refundable(line, visit.lines | priced):
            return turn.refuse(asked, "refund_too_large", sn)
        return line

    def cancelled_lines(self, turn: Turn, asked: Message, visit: Visit) -> tuple[str, ...] | Message:
        """Return the line numbers a 2302 cancels, or the refusal that names the first one it cannot.

        A line that was refunded goes together with its refunds, or the bill could fall below nothing.
        """
        sns: dict[str, None] = {}
        for row in asked.rows("data"):
            sn = str(row["feedetl_sn"])
            stray = self._stray(turn, asked, visit, row)
            if stray is not None:
                return stray
            if sn == ALL_LINES:
                sns.update(dict.fromkeys(visit.lines))
            elif sn in visit.lines:
                sns[sn] = None
            else:
                return turn.refuse(asked, "unknown_line", sn)
        for line in visit.lines.values():
            if line.refund_of in sns and line.sn not in sns:
                return turn.refuse(asked, "refund_too_large", line.sn)
        return tuple(sns)

    def keep_lines(self, turn: Turn, visit: Visit, lines: tuple[Line, ...]) -> None:
        """Add priced lines to the visit."""
        turn.record(LinesAdded(self.name, visit.mdtrt_id, lines))

    def drop_lines(self, turn: Turn, visit: Visit, sns: tuple[str, ...]) -> None:
        """Cancel lines of the visit."""
        turn.record(LinesCancelled(self.name, visit.mdtrt_id, sns))

    # -- reversal -----------------------------------------------------------------------------------------------

    def reversal_problem(self, turn: Turn, asked: Message) -> Message | None:
        """Refuse a 2601 whose original may not be reversed, is another kind or person, or has later steps on it."""
        oinfno = asked.block("data")["oinfno"]
        key = original_key(asked)
        original = self.city.known_request(key)
        if oinfno not in REVERSIBLE or key == asked.key or (original is not None and original.infno != oinfno):
            return turn.refuse(asked, "not_reversible", oinfno)
        if original is None:
            return None
        if original.insured_area != asked.insured_area:
            return turn.refuse(asked, "other_person")  # another city would answer for a person it does not know
        if not self.city.succeeded(key) or self.city.is_void(key):
            return None
        return self._undo_problem(turn, asked, original)

    def _undo_problem(self, turn: Turn, asked: Message, original: Message) -> Message | None:
        """Refuse to undo what succeeded; passing: another step of the visit is open, and its outcome decides."""
        if person_of(original) != asked.block("data")["psn_no"]:
            return turn.refuse(asked, "other_person")
        visit = self.visit_of(original)
        if visit is None or not self.undoable(original, visit):
            return turn.refuse(asked, "later_steps")
        if visit.open_step is not None:
            return turn.refuse(asked, "busy")
        return None

    def undoable(self, original: Message, visit: Visit) -> bool:
        """Tell whether nothing later stands on a transaction that succeeded."""
        if next_state(self.city.table, visit.state, f"2601/{original.infno}") is None:
            return False
        if original.infno == "2401":
            return not visit.lines
        if original.infno == "2305":
            return bool(_unchanged(visit) == original.block("data")["setl_id"])
        return True

    def reverse(self, turn: Turn, asked: Message, at: dt.datetime, *, void: bool) -> None:
        """Undo what happened under the original's key, and void the key; what has not happened is barred for good.

        In-city both roles undo, and only the last one voids (``void``). A second reversal does nothing.
        """
        key = original_key(asked)
        if self.city.is_void(key):
            return
        original = self.city.known_request(key)
        if original is not None and self.city.succeeded(key):
            visit = self.visit_of(original)
            assert visit is not None
            self.undo(turn, original, visit, at)
        if void:
            turn.record(Voided(key, True))

    def undo(self, turn: Turn, original: Message, visit: Visit, at: dt.datetime) -> None:
        """Undo one reversible transaction; ``at`` is the insured city's time."""
        if original.infno != "2401":
            self.append_mirror(turn, visit, at)
        self.move(turn, visit, f"2601/{original.infno}")
        if original.infno == "2305":
            assert visit.settlement is not None
            turn.record(Voided(Key(original.party, visit.settlement.settled_by), False))

    def append_mirror(self, turn: Turn, visit: Visit, at: dt.datetime, *, setl_id: str = "") -> Settlement:
        """Append the row that cancels the settlement in force, or that puts the cancelled one in force again.

        ``setl_id`` is its number where the city of insurance has given one.
        """
        serial = visit.mirrors + 1
        if visit.settlement is not None:
            row = visit.settlement.cancelled(setl_id or f"{visit.settlement.setl_id}R{serial}", at)
            self.append(turn, visit, row, None)
        else:
            again = visit.cancelled
            assert again is not None
            row = again._replace(setl_id=f"{again.setl_id}R{serial}", init_setl_id=again.setl_id, at=at)
            self.append(turn, visit, row, again)
        return row

    def append(self, turn: Turn, visit: Visit, row: Settlement, active: Settlement | None) -> None:
        """Append a settlement row; ``active`` is the one in force afterwards."""
        turn.record(Settled(self.name, visit.mdtrt_id, row, active))
        turn.post(posting(self.city.code, row.at, row.setl_id, self.legs(row)))

    @abstractmethod
    def legs(self, row: Settlement) -> tuple[Leg, ...]:
        """Return how this role books a settlement row."""

    def visit_of(self, original: Message) -> Visit | None:
        """Return the visit a reversible transaction belongs to."""
        if original.infno == "2401":
            return self.visits.admitted_by(original.key)
        return self.visits.find(original.block("data")["mdtrt_id"])


def _unchanged(visit: Visit) -> str:
    """Return the ``setl_id`` last cancelled; empty, as it cannot return, when bill or day of discharge have changed."""
    row = visit.cancelled
    if row is None or visit.ended not in {None, row.end} or not lines_sum_to_bill(visit.totals(), row.shares):
        return ""
    return row.setl_id


def person_of(asked: Message) -> str:
    """Return the ``psn_no`` a 2401, 2304 or 2305 is about."""
    return str(asked.block("mdtrtinfo" if asked.infno == "2401" else "data")["psn_no"])


def line_result(line: Line) -> dict[str, Any]:
    """Return a line as the ``result`` row of 2301; a price cap of 0 means that the item has none."""
    return {
        "feedetl_sn": line.sn,
        "det_item_fee_sumamt": line.amount,
        "cnt": line.quantity,
        "pric": line.price,
        "pric_uplmt_amt": line.item.cap or 0,
        "selfpay_prop": first_share(line),
        "fulamt_ownpay_amt": line.own_expense,
        "overlmt_amt": line.over_limit,
        "preselfpay_amt": line.first_pay,
        "inscp_scp_amt": line.in_scope,
        "chrgitm_lv": line.item.level,
        "med_chrgitm_type": line.item.charge_type,
        "lmt_used_flag": "0",
    }


def _refundable(refund: Line, lines: dict[str, Line]) -> bool:
    """Tell whether a refund line mirrors an earlier one at its price and no more than is left of it."""
    original = lines.get(refund.refund_of)
    if original is None or original.item.code != refund.item.code or original.price != refund.price:
        return False
    returned = sum(line.quantity for line in lines.values() if line.refund_of == refund.refund_of)
    return original.quantity + returned + refund.quantity >= 0
