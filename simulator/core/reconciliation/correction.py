"""How a city sets right its own side of a mismatch (P75-41: find the cause, reverse the problem data).

A correction is an ordinary settlement row, booked as every other, beside a fact that names the mismatch. It rests on
what the city itself knows: the request and the answer of the settlement, the visit, the person. An outcome that is
still unknown is asked for again under the same ``msgid``. What a city cannot prove by itself is left to people.

An answer lost before midnight and a reversal (2601) after it leave a row and the one that takes it back on two days, of
which the treatment city has neither. Whoever holds both takes both back, each on its own day, so that both days come
to the same on every side.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from simulator.core.benefit.bill import TOTAL_FIELDS, ClassTotals, totals_of
from simulator.core.benefit.settlement import Inputs, Settlement
from simulator.core.benefit.shares import Shares
from simulator.core.platform.books import posting
from simulator.core.platform.message import Block, Message
from simulator.core.platform.node import Voided
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.compare import Mismatch, duty, lacking, taking_back
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.rows import SIDES, request_of, row_of
from simulator.core.visits.care import CARE_OF
from simulator.core.visits.facts import NOTHING_BILLED, Billed, Settled
from simulator.core.visits.home import Home, cancellation_reversed
from simulator.core.visits.insured import Insured
from simulator.core.visits.lifecycle import KIND_OF, PART, SETTLES, reversal_of
from simulator.core.visits.requests import stated_totals
from simulator.core.visits.role import Due, Role
from simulator.core.visits.rows import Mark, settlement_row
from simulator.core.visits.treatment_bills import checked_shares
from simulator.core.visits.visits import Bill, Visit

STRUCK, ENTERED, REVERSED, REPLACED, ASKED = "struck", "entered", "reversed", "replaced", "asked"
_END_OF_DAY = dt.time(23, 59, 59)
_NOT_OURS, _LATER_STEPS, _NO_PROOF = "不属于本方差异", "其后已有业务", "本方记录不足以证明"
UNDONE = "该撤销已被冲正"


class Held(NamedTuple):
    """What a side has of a mismatch: its rows of the number, and the row that takes them back, where it has one."""

    rows: Sequence[Settlement]
    taken_back_by: Settlement | None = None

    @property
    def other_day(self) -> str:
        """Return the day of the row that takes them back, empty where there is none."""
        return "" if self.taken_back_by is None else self.taken_back_by.at.date().isoformat()


class _Work(NamedTuple):
    """What one correction works on; a new row that belongs to a time that is ``late`` is dated now."""

    turn: Turn
    mismatch: Mismatch
    role: Role
    visit: Visit
    serial: int
    late: Callable[[dt.datetime], bool]

    def at(self, day: dt.datetime) -> dt.datetime:
        """Return the time of a new row: the one it belongs to, or now."""
        return self.turn.now.replace(microsecond=0) if self.late(day) else day


class Corrector:
    """The corrections of one city; its roles by ``stmt_side``."""

    def __init__(self, city: Home, roles: Mapping[str, Role]) -> None:
        self._city = city
        self._roles = roles

    def correct(
        self,
        turn: Turn,
        mismatch: Mismatch,
        side: str,
        held: Held,
        *,
        serial: int,
        late: Callable[[dt.datetime], bool],
    ) -> str:
        """Set this side right; ``late`` tells of which times new rows are dated now.

        ``serial`` numbers the row that takes another back. Returns how it was done. Raises Refused, with nothing done,
        where the row is not this side's to correct or where the city has no proof of its own of what is right.
        """
        lacks, rows = lacking(mismatch), held.rows
        visit = self._roles[side].visits.find(mismatch.mdtrt_id)
        if visit is None:
            raise _refused(mismatch, "就诊已归档或不存在")
        work = _Work(turn, mismatch, self._roles[side], visit, serial, late)
        if held.taken_back_by is not None:
            self._strike_both(work, side, held.taken_back_by, rows)
            return STRUCK
        if lacks and (side not in duty(mismatch) or bool(rows) == (side in lacks)):
            raise _refused(mismatch, _NOT_OURS)
        strikes: tuple[str, ...] = ()
        if not lacks:
            how, strikes = REPLACED, self._replace(work, rows)
        elif side not in lacks:
            how, strikes = STRUCK, self._strike(work, rows)
        elif self._ask_again(work):
            how = ASKED
        else:
            how = self._reverse(work) if mismatch.refund else self._enter(work)
        turn.record(Corrected(mismatch, side, how, strikes))
        return how

    def _ask_again(self, work: _Work) -> bool:
        """Ask again, under their own ``msgid``, for the outcomes of the visit's steps that are unknown here."""
        keys = [key for key in (work.visit.open_step, *work.visit.reversals) if key is not None]
        waiting = [found for found in map(self._city.forwarded, keys) if found is not None]
        for found in waiting:
            self._city.forward(work.turn, found.request, found.to, found.outgoing, found.prepared)
        return bool(waiting)

    # -- taking back --------------------------------------------------------------------------------------------

    def _strike(self, work: _Work, held: Sequence[Settlement]) -> tuple[str, ...]:
        """Take back rows that this side alone has, as a reversal (2601) would where the settlement is in force."""
        visit, bill = work.visit, work.visit.bills.get(work.mismatch.setl_id)
        if any(each.row.setl_id == work.mismatch.setl_id for each in visit.taken_back):
            raise _refused(work.mismatch, _LATER_STEPS)  # it was cancelled here since
        if any(row.init_setl_id for row in held):
            raise _refused(work.mismatch, _NO_PROOF)  # it restored a settlement: alone, this would make money
        event = self._undoing(work, bill)
        billed = NOTHING_BILLED if bill is None else bill.billed
        strikes = tuple(self._take_back(work, row, None, billed) for row in held)
        if bill is not None:
            work.role.move(work.turn, visit, event)
            work.turn.record(Voided(request_of(bill.row.settled_by), True))
        return strikes

    def _strike_both(self, work: _Work, side: str, back: Settlement, rows: Sequence[Settlement]) -> None:
        """Take back a row and the one that takes it back, as two corrections, each with the month of its own row.

        The settlement stays as it is: in force where it was restored, and cancelled where it was reversed.
        """
        mismatch = work.mismatch
        about = back.init_setl_id
        bills = {bill.row.setl_id: bill.billed for bill in (*work.visit.taken_back, *work.visit.bills.values())}
        billed = bills.get(about, NOTHING_BILLED)
        for each, found in ((mismatch, rows), (taking_back(mismatch, row_of(back)), (back,))):
            strikes = tuple(self._take_back(work, row, None, billed) for row in found)
            work.turn.record(Corrected(each, side, STRUCK, strikes))

    def _reverse(self, work: _Work) -> str:
        """Cancel the settlement in force, as the others have: with their number, the mirror of what is booked here.

        A cancellation that was reversed before its outcome was known here is not carried out: the others hold the row
        that restores the settlement too, or will.
        """
        bill = work.visit.settled_by(work.mismatch.msgid)
        if bill is None or bill.row.shares.negated().cleared != _agreed(work.mismatch):
            raise _refused(work.mismatch, _NO_PROOF)
        if cancellation_reversed(self._city, bill.row.mdtrt_id, bill.row.setl_id):
            raise _refused(work.mismatch, UNDONE)
        event = self._undoing(work, bill)
        at = work.at(dt.datetime.combine(dt.date.fromisoformat(work.mismatch.day), _END_OF_DAY))
        work.role.cancel(work.turn, work.visit, bill, at, setl_id=work.mismatch.setl_id)
        work.role.move(work.turn, work.visit, event)
        work.turn.record(Voided(request_of(bill.row.settled_by), True))
        return REVERSED

    def _undoing(self, work: _Work, bill: Bill | None) -> str:
        """Return the event that takes a settlement out of force; raises Refused where later steps stand on it."""
        if bill is None:
            return ""
        visit = work.visit
        settles = next(infno for infno in SETTLES if KIND_OF[infno] == visit.kind)
        event = reversal_of(settles, part=bill.billed.part)
        last = bool(bill.billed.batch) or bill.row == visit.settlement
        if not last or visit.open_step is not None or work.role.next_state(visit, event) is None:
            raise _refused(work.mismatch, _LATER_STEPS)
        return event

    def _take_back(self, work: _Work, row: Settlement, active: Settlement | None, billed: Billed) -> str:
        mirror = row.cancelled(f"{row.setl_id}C{work.serial}", work.at(row.at))
        self._append(work, mirror, active, billed)
        return mirror.setl_id

    def _append(self, work: _Work, row: Settlement, active: Settlement | None, billed: Billed) -> None:
        """Append a row that is no step of the visit."""
        work.turn.record(Settled(work.role.name, work.visit.mdtrt_id, row, active, True, billed))
        work.turn.post(posting(self._city.code, row.at, row.setl_id, work.role.legs(row)))

    # -- putting in ---------------------------------------------------------------------------------------------

    def _enter(self, work: _Work) -> str:
        """Book a settlement that the others have, from this city's own record of its request and answer."""
        key = request_of(work.mismatch.msgid)
        original = self._city.known_request(key)
        info = None if self._city.is_void(key) else self._answered(work, original)
        if original is None or info is None:
            raise _refused(work.mismatch, _NO_PROOF)
        due = work.role.due(work.turn, original, work.visit)
        if isinstance(due, Message):
            raise _refused(work.mismatch, _LATER_STEPS)
        row = self._proven(work, original, info, due)
        if row is None or row.shares.cleared != _agreed(work.mismatch):
            raise _refused(work.mismatch, _NO_PROOF)
        placed = row._replace(at=work.at(row.at))
        work.role.append(work.turn, work.visit, placed, placed, due.billed)
        work.role.move(work.turn, work.visit, original.infno + PART * due.billed.part)
        return ENTERED

    def _replace(self, work: _Work, held: Sequence[Settlement]) -> tuple[str, ...]:
        """Take back what this side has under a number and book what its own record proves instead."""
        visit, mismatch = work.visit, work.mismatch
        settled = held[0].init_setl_id if held and mismatch.refund else mismatch.setl_id
        bill = {each.row.setl_id: each for each in (*visit.taken_back, *visit.bills.values())}.get(settled)
        right = self._right(work, held[0], bill) if held else None
        if bill is None or right is None:
            raise _refused(work.mismatch, _NO_PROOF)
        if [(row.shares, row.insutype) for row in held] == [(right.shares, right.insutype)]:
            raise _refused(work.mismatch, _NOT_OURS)
        in_force = bill.row if settled in visit.bills else None
        if in_force is None and not mismatch.refund:
            raise _refused(mismatch, _LATER_STEPS)  # its cancellation is wrong too: alone, either would make money
        strikes = tuple(self._take_back(work, row, in_force, bill.billed) for row in held)
        placed = right._replace(at=work.at(right.at))
        self._append(work, placed, in_force if mismatch.refund or in_force is None else placed, bill.billed)
        return strikes

    def _right(self, work: _Work, held: Settlement, bill: Bill | None) -> Settlement | None:
        """Return the row this side should hold: the mirror of the settlement cancelled, or what was answered."""
        if work.mismatch.refund:
            return None if bill is None else bill.row.cancelled(work.mismatch.setl_id, held.at)
        info = self._answered(work, self._city.known_request(request_of(work.mismatch.msgid)))
        shares = None if info is None else _shares(info)
        if info is None or shares is None:
            return None
        return held._replace(shares=shares, insutype=info.get("insutype", held.insutype))

    def _proven(self, work: _Work, original: Message, info: Block, due: Due) -> Settlement | None:
        """Return the row this city's own record leads to.

        The city of insurance must compute the same again, and not have paid for the care by hand (P75-45).
        """
        totals = totals_of(due.lines) if work.role.knows_classes(work.visit) else stated_totals(original)
        shares = None if totals is None else checked_shares(info, totals)
        if totals is None or shares is None:
            return None
        mark = Mark(info["setl_id"], dt.datetime.fromisoformat(info["setl_time"]), original.msgid, due.billed)
        row = settlement_row(self._city.registry, work.visit, mark, shares)
        if not isinstance(work.role, Insured):
            return row
        inputs = self._computed(work.role, work.visit, original, totals, row)
        if inputs is None or work.role.paid_by_hand(row._replace(inputs=inputs), due.billed):
            return None
        return row._replace(inputs=inputs)

    def _computed(
        self, role: Insured, visit: Visit, original: Message, totals: ClassTotals, row: Settlement
    ) -> Inputs | None:
        """Compute a settlement again as things stand; None where it comes out otherwise, or is one of several parts."""
        person = role.person(visit.psn_no)
        assert person is not None
        if visit.bills or row.begin.year < row.end.year:
            return None
        level = self._city.registry.institutions[visit.hospital].level
        where = role.circumstance(person, level, visit.filing_type, row.at.date())
        where = where._replace(care=CARE_OF[visit.med_type], disease=visit.disease)
        use = original.block("data").get("acct_used_flag") == "1"
        shares, inputs = role.computed(person, where, totals, use_account=use)
        return inputs if shares == row.shares else None

    def _answered(self, work: _Work, original: Message | None) -> Block | None:
        """Return what was answered to the request of a settlement, None where no answer names it."""
        reply = None if original is None else self._city.reply_under(original.key)
        if original is None or reply is None or not reply.succeeded or original.infno not in SETTLES:
            return None
        info = reply.block("setlinfo")
        return info if info["setl_id"] == work.mismatch.setl_id else None


def _shares(info: Block) -> Shares | None:
    """Return the shares of a settlement that was answered, None where they do not add up."""
    return checked_shares(info, ClassTotals(*(info.get(field, 0) for field in TOTAL_FIELDS)))


def _agreed(mismatch: Mismatch) -> int | None:
    """Return the cleared fen on which the sides that hold the row agree, None where they do not."""
    lacks = lacking(mismatch)
    amounts = {mismatch.held(side) for side in SIDES if side not in lacks}
    return amounts.pop() if len(amounts) == 1 else None


def _refused(mismatch: Mismatch, reason: str) -> Refused:
    return Refused("cannot_correct", mismatch.setl_id, reason)
