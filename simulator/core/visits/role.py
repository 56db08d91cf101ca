"""What the treatment and the insured role of a city share: a visit's life cycle, its bills, the rows booked, reversal.

Reversal (冲正, 2601): what happened is undone, what has not happened is barred for good.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import NamedTuple

from simulator.core.benefit.bill import Line, totals_of
from simulator.core.benefit.rules import INPATIENT, OUTPATIENT
from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.books import Leg, posting
from simulator.core.platform.message import Block, Key, Message
from simulator.core.platform.node import Voided
from simulator.core.platform.turn import Turn
from simulator.core.visits.care import CARE_OF, KIND_OF_CARE, TRAUMA
from simulator.core.visits.extension import NO_THIRD_PARTY, THIRD_PARTY_LIABLE, flags_of
from simulator.core.visits.facts import Billed, LinesAdded, LinesCancelled, Moved, Settled
from simulator.core.visits.home import Home, original_key
from simulator.core.visits.lifecycle import (
    ADMITTED,
    CANCELS,
    KIND_OF,
    OPENS,
    PART,
    REVERSIBLE,
    SETTLES,
    next_state,
    reversal_of,
)
from simulator.core.visits.lines import Batch
from simulator.core.visits.requests import bill_problem, data_of, day_of, day_problem, invoices_of
from simulator.core.visits.rows import began
from simulator.core.visits.visits import Bill, Visit, VisitBook

_UNDOES_OPENING = frozenset({"2202", "2404"})


class Due(NamedTuple):
    """A bill to be worked out: the visit, the lines it is about, and what of the visit it is."""

    visit: Visit
    lines: tuple[Line, ...]
    billed: Billed


class Role(ABC):
    """One of a city's two roles; ``name`` marks its facts."""

    name: str

    def __init__(self, city: Home) -> None:
        self.city = city
        self.visits = VisitBook()
        self.corrected: Callable[[str], bool]  # whether a dispute has changed a settlement's amount: the city says

    # -- the visit ----------------------------------------------------------------------------------------------

    def allowed(
        self, turn: Turn, asked: Message, visit: Visit | None, data: Block, *, event: str = ""
    ) -> Visit | Message:
        """Return the visit, or refuse: it is unknown, another person's, busy, or its state does not allow this.

        One at another institution is unknown: only that one goes on with it, or learns that it is there (P75-24).
        """
        if visit is None or visit.hospital != asked.party:
            return turn.refuse(asked, "unknown_visit", data["mdtrt_id"])
        if visit.psn_no != data["psn_no"]:
            return turn.refuse(asked, "other_person")
        if visit.open_step not in {None, asked.key} or self._reversing(visit):
            return turn.refuse(asked, "busy")
        if self.next_state(visit, event or asked.infno) is None:
            return turn.refuse(asked, "not_allowed_now", visit.state, asked.infno)
        if asked.infno in _UNDOES_OPENING and visit.lines:
            return turn.refuse(asked, "lines_left")
        return visit

    def _reversing(self, visit: Visit) -> bool:
        """Tell whether a reversal of one of the visit's steps is under way and has not taken effect."""
        return any(not self.city.is_void(original) for original in visit.reversals.values())

    def next_state(self, visit: Visit, event: str) -> str | None:
        """Return the state after an event, None where the visit's life cycle does not allow it."""
        return next_state(self.city.tables[visit.kind], visit.state, event)

    def move(self, turn: Turn, visit: Visit, event: str, *, ended: dt.date | None = None) -> None:
        """Move a visit along its table; the event has been found allowed."""
        state = self.next_state(visit, event)
        assert state is not None
        known = None if state == ADMITTED else ended or visit.ended  # undoing the discharge forgets its day
        turn.record(Moved(self.name, visit.mdtrt_id, state, known))

    def care_problem(self, turn: Turn, asked: Message, med_type: str) -> Message | None:
        """Refuse a kind of care that this transaction is not for, or that is not open to this person."""
        care = CARE_OF.get(med_type, "")
        if KIND_OF_CARE.get(care) != KIND_OF[asked.infno]:
            return turn.refuse(asked, "wrong_med_type", med_type)
        return None if self.city.care_open(asked, care, turn.now.date()) else turn.refuse(asked, "care_not_open", care)

    def injury_problem(self, turn: Turn, asked: Message, med_type: str) -> Message | None:
        """Refuse an injury that another has to answer for.

        Where the pack demands the flags (P75-38), an injury away from home needs both, of which the second must be the
        pledge that no third party is liable. Where one is, the fund does not pay and nothing is settled directly.
        """
        flags = flags_of(data_of(asked))
        if flags.third_party == THIRD_PARTY_LIABLE:
            return turn.refuse(asked, "third_party_liable")
        injured = flags.trauma or med_type in TRAUMA
        pledged = flags.trauma and flags.third_party == NO_THIRD_PARTY
        if not injured or pledged or not self.city.visiting(asked):
            return None
        demanded = self.city.flag("process.trauma_flags", turn.now.date())
        return turn.refuse(asked, "trauma_flags_missing") if demanded else None

    def description_problem(self, turn: Turn, asked: Message, visit: Visit) -> Message | None:
        """Refuse what a 2203 says of a visit: another kind of care than before, one not open, another's liability."""
        med_type = data_of(asked)["med_type"]
        if visit.med_type not in {"", med_type}:
            return turn.refuse(asked, "wrong_med_type", med_type)
        return self.care_problem(turn, asked, med_type) or self.injury_problem(turn, asked, med_type)

    def opening_day_problem(self, turn: Turn, asked: Message) -> Message | None:
        """Refuse a visit that begins on a day still to come."""
        return day_problem(turn, asked, day_of(data_of(asked)["begntime"]))

    def discharge_problem(self, turn: Turn, asked: Message, visit: Visit) -> Message | None:
        """Refuse a 2402 for a day before the stay began, before a settled part of it ended, or still to come."""
        if asked.infno != "2402":
            return None
        return day_problem(turn, asked, began(visit), day_of(data_of(asked)["endtime"]))

    # -- fee lines ----------------------------------------------------------------------------------------------

    def keep_lines(self, turn: Turn, visit: Visit, batches: Iterable[Batch], *, with_rows: bool) -> None:
        """Add priced lines to the visit."""
        for lines, batch, disease, rows in batches:
            days = () if with_rows else tuple(row["fee_ocur_time"][:10] for row in rows)
            turn.record(LinesAdded(self.name, visit.mdtrt_id, lines, batch, disease, rows if with_rows else (), days))

    def drop_lines(self, turn: Turn, visit: Visit, sns: tuple[str, ...]) -> None:
        """Cancel lines of the visit."""
        turn.record(LinesCancelled(self.name, visit.mdtrt_id, sns))

    def knows_classes(self, visit: Visit) -> bool:
        """Tell whether this role classifies the lines of a visit itself."""
        return True

    # -- bill ---------------------------------------------------------------------------------------------------

    def due(self, turn: Turn, asked: Message, visit: Visit | None) -> Due | Message:
        """Return what a bill is about, or refuse one that is not the sum of its lines or not of this visit.

        A part of a stay (中途结算) is what has come in since the part before, and so is the rest on discharge.
        """
        data = data_of(asked)
        part, batch = data.get("mid_setl_flag") == "1", str(data.get("chrg_bchno", ""))
        found = self.allowed(turn, asked, visit, data, event=asked.infno + PART * part)
        if isinstance(found, Message):
            return found
        problem = self._bill_of_another(turn, asked, found)
        if problem is None and part and not self.city.flag("process.part_settlement", turn.now.date()):
            problem = turn.refuse(asked, "part_not_open")
        lines = found.open_lines(batch)
        if problem is None and found.kind == OUTPATIENT and not lines:
            problem = turn.refuse(asked, "unknown_batch", batch)
        problem = problem or bill_problem(turn, asked, lines)
        later = found.kind == INPATIENT and bool(found.bills)
        billed = Billed(tuple(line.sn for line in lines), batch, part, later, invoices=invoices_of(asked))
        return problem or Due(found, lines, billed)

    def _bill_of_another(self, turn: Turn, asked: Message, visit: Visit) -> Message | None:
        """Refuse a bill under another insurance or of another kind of care than the visit's, or another's liability."""
        data = data_of(asked)
        if data["insutype"] != visit.insutype:
            return turn.refuse(asked, "wrong_insutype", data["insutype"])
        med_type = data.get("med_type", visit.med_type)
        if CARE_OF.get(med_type) != CARE_OF.get(visit.med_type):
            return turn.refuse(asked, "wrong_med_type", med_type)
        liable = flags_of(data).third_party == THIRD_PARTY_LIABLE
        return turn.refuse(asked, "third_party_liable") if liable else None

    def cancellable(self, turn: Turn, asked: Message, visit: Visit | None) -> tuple[Visit, Bill] | Message:
        """Return the visit and its settlement that is to be cancelled, or refuse; of parts only the last can be."""
        data = data_of(asked)
        number = data.get("setl_id", "")
        bill = visit.bills.get(number) if visit is not None else None
        event = asked.infno + PART * (bill is not None and bill.billed.part)
        found = self.allowed(turn, asked, visit, data, event=event)
        if isinstance(found, Message):
            return found
        if bill is None:
            return turn.refuse(asked, "unknown_settlement", number)
        last = _is_last(found, bill) and not self.corrected(number)
        return (found, bill) if last else turn.refuse(asked, "later_steps")

    # -- rows ---------------------------------------------------------------------------------------------------

    def append(
        self, turn: Turn, visit: Visit, row: Settlement, active: Settlement | None, billed: Billed | None = None
    ) -> None:
        """Append a settlement row and book it; ``active`` is what is in force afterwards of what it is about.

        Without ``billed`` it is about all lines that are not settled.
        """
        if billed is None:
            billed = Billed(tuple(line.sn for line in visit.open_lines()))
        turn.record(Settled(self.name, visit.mdtrt_id, row, active, billed=billed))
        turn.post(posting(self.city.code, row.at, row.setl_id, self.legs(row)))

    def cancel(self, turn: Turn, visit: Visit, bill: Bill, at: dt.datetime, *, setl_id: str = "") -> Settlement:
        """Append the row that cancels a settlement, dated ``at``; return it.

        The row enters the day and month of ``at``, however long ago the settlement was and whether cleared or not
        (P75-45). ``setl_id`` is its number where the city of insurance has given one.
        """
        row = bill.row.cancelled(setl_id or f"{bill.row.setl_id}R{visit.mirrors + 1}", at)
        self.append(turn, visit, row, None, bill.billed)
        return row

    def close(self, turn: Turn, asked: Message, visit: Visit, bill: Bill) -> None:
        """Bar the message that made a settlement which has just been cancelled, and move the visit."""
        turn.record(Voided(asked.key._replace(msgid=bill.row.settled_by), True))
        self.move(turn, visit, asked.infno + PART * bill.billed.part)

    @abstractmethod
    def legs(self, row: Settlement) -> tuple[Leg, ...]:
        """Return how this role books a settlement row."""

    # -- reversal -----------------------------------------------------------------------------------------------

    def reversal_problem(self, turn: Turn, asked: Message) -> Message | None:
        """Refuse a 2601 whose original may not be reversed, is another kind or person, or has later steps on it."""
        oinfno = asked.block("data")["oinfno"]
        key = original_key(asked)
        original = self.city.known_request(key)
        if oinfno not in REVERSIBLE or key == asked.key or (original is not None and original.infno != oinfno):
            return turn.refuse(asked, "not_reversible", oinfno)
        if original is None:
            return turn.refuse(asked, "not_reversible", oinfno) if self.visits.put_away(key) else None
        if original.insured_area != asked.insured_area:
            return turn.refuse(asked, "other_person")  # another city would answer for a person it does not know
        if not self.city.succeeded(key) or self.city.is_void(key):
            return None
        return self._undo_problem(turn, asked, original)

    def _undo_problem(self, turn: Turn, asked: Message, original: Message) -> Message | None:
        """Refuse to undo what succeeded; passing: another step of the visit is open, and its outcome decides."""
        if data_of(original)["psn_no"] != asked.block("data")["psn_no"]:
            return turn.refuse(asked, "other_person")
        visit = self.visit_of(original)
        if visit is None or not self.undoable(original, visit):
            return turn.refuse(asked, "later_steps")
        return turn.refuse(asked, "busy") if visit.open_step is not None else None

    def undoable(self, original: Message, visit: Visit) -> bool:
        """Tell whether nothing later stands on a transaction that succeeded."""
        bill = self.bill_of(original, visit)
        event = reversal_of(original.infno, part=bill is not None and bill.billed.part)
        if self.next_state(visit, event) is None:
            return False
        if original.infno in SETTLES:
            return bill is not None and _is_last(visit, bill) and not self.corrected(bill.row.setl_id)
        if original.infno in CANCELS:
            return bill is not None and self._fits_again(visit, bill)
        return not visit.lines

    def _fits_again(self, visit: Visit, bill: Bill) -> bool:
        """Tell whether a cancelled settlement still fits its visit: the same lines, not settled since, and discharge.

        A part may return while more lines have come in, unless they refund some of its own. A visit put away has no
        lines left to compare: nothing may have come in since.
        """
        row, billed = bill.row, bill.billed
        if visit.ended not in {None, row.end} and not billed.part:
            return False
        if visit.put_away:
            return not visit.lines
        others = {line.sn: line for line in visit.open_lines(billed.batch)}
        mine = [others.pop(sn) for sn in billed.sns if sn in others]
        if len(mine) < len(billed.sns) or (others and not billed.part):
            return False
        if any(line.refund_of in billed.sns for line in others.values()):
            return False
        same = not self.knows_classes(visit) or (*totals_of(mine),) == row.shares[1:5]
        return same and sum(line.amount for line in mine) == row.shares.medfee_sumamt

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
            self._undo(turn, original, visit, at)
        if void:
            turn.record(Voided(key, True))

    def _undo(self, turn: Turn, original: Message, visit: Visit, at: dt.datetime) -> None:
        """Undo one reversible transaction; ``at`` is the insured city's time."""
        bill = self.bill_of(original, visit)
        if bill is not None and original.infno in SETTLES:
            self.cancel(turn, visit, bill, at)
        elif bill is not None:
            number = bill.row.setl_id
            again = bill.row._replace(setl_id=f"{number}R{visit.mirrors + 1}", init_setl_id=number, at=at)
            self.append(turn, visit, again, bill.row, bill.billed)
            turn.record(Voided(Key(original.party, bill.row.settled_by), False))
        self.move(turn, visit, reversal_of(original.infno, part=bill is not None and bill.billed.part))

    def bill_of(self, original: Message, visit: Visit) -> Bill | None:
        """Return the settlement that a reversible transaction made or cancelled; None where it did neither."""
        if original.infno in SETTLES:
            return visit.settled_by(original.msgid)
        return visit.cancelled_bill(data_of(original)["setl_id"]) if original.infno in CANCELS else None

    def visit_of(self, original: Message) -> Visit | None:
        """Return the visit a reversible transaction belongs to."""
        if original.infno in OPENS:
            return self.visits.admitted_by(original.key)
        return self.visits.find(data_of(original)["mdtrt_id"])


def _is_last(visit: Visit, bill: Bill) -> bool:
    """Tell whether nothing settled later stands on a settlement: of a stay's parts only the last can be undone."""
    return visit.kind != INPATIENT or next(reversed(visit.bills.values())) == bill
