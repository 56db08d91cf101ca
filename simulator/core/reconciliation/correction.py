"""How a city sets right its own side of a mismatch (P75-41: find the cause, reverse the problem data).

A correction is an ordinary settlement row, booked as every other, beside a fact that names the mismatch. It rests on
what the city itself knows: the request and the answer of the settlement, the visit, the person. An outcome that is
still unknown is asked for again under the same ``msgid``. What a city cannot prove by itself is left to people.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.core.benefit.settlement import DIRECT, Inputs, Settlement
from simulator.core.benefit.shares import Shares
from simulator.core.platform.books import posting
from simulator.core.platform.message import Block, Message
from simulator.core.platform.node import Turn, Voided
from simulator.core.platform.refusals import Refused
from simulator.core.reconciliation.compare import Mismatch, duty, lacking
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.rows import SETTLING, SIDES, request_of
from simulator.core.visits.home import Home
from simulator.core.visits.insured import Insured
from simulator.core.visits.lifecycle import next_state
from simulator.core.visits.role import Role
from simulator.core.visits.visits import Settled, Visit

STRUCK, ENTERED, REVERSED, REPLACED, ASKED = "struck", "entered", "reversed", "replaced", "asked"
_END_OF_DAY = dt.time(23, 59, 59)
_NOT_OURS, _LATER_STEPS, _NO_PROOF = "不属于本方差异", "其后已有业务", "本方记录不足以证明"


class _Work(NamedTuple):
    """What one correction works on; ``late`` dates new rows now."""

    turn: Turn
    mismatch: Mismatch
    role: Role
    visit: Visit
    serial: int
    late: bool

    def at(self, day: dt.datetime) -> dt.datetime:
        """Return the time of a new row: the one it belongs to, or now."""
        return self.turn.now.replace(microsecond=0) if self.late else day


class Corrector:
    """The corrections of one city; its roles by ``stmt_side``."""

    def __init__(self, city: Home, roles: Mapping[str, Role]) -> None:
        self._city = city
        self._roles = roles

    def correct(
        self, turn: Turn, mismatch: Mismatch, side: str, held: Sequence[Settlement], *, serial: int, late: bool
    ) -> str:
        """Set this side right; ``held`` are its rows of the number in question, ``late`` dates new ones now.

        ``serial`` numbers the row that takes another back. Returns how it was done. Raises Refused, with nothing done,
        where the row is not this side's to correct or where the city has no proof of its own of what is right.
        """
        lacks = lacking(mismatch)
        visit = self._roles[side].visits.find(mismatch.mdtrt_id)
        if visit is None:
            raise _refused(mismatch, "就诊已归档或不存在")
        if lacks and (side not in duty(mismatch) or bool(held) == (side in lacks)):
            raise _refused(mismatch, _NOT_OURS)
        work = _Work(turn, mismatch, self._roles[side], visit, serial, late)
        strikes: tuple[str, ...] = ()
        if not lacks:
            how, strikes = REPLACED, self._replace(work, held)
        elif side not in lacks:
            how, strikes = STRUCK, self._strike(work, held)
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
        visit = work.visit
        in_force = [row for row in held if visit.settlement is not None and row.setl_id == visit.settlement.setl_id]
        original = self._city.known_request(request_of(work.mismatch.msgid))
        if in_force and (original is None or visit.open_step is not None or not work.role.undoable(original, visit)):
            raise _refused(work.mismatch, _LATER_STEPS)
        strikes = tuple(self._take_back(work, row, None if in_force else visit.settlement) for row in held)
        if in_force and original is not None:
            work.role.move(work.turn, visit, f"2601/{original.infno}")
            work.turn.record(Voided(original.key, True))
        return strikes

    def _take_back(self, work: _Work, row: Settlement, active: Settlement | None) -> str:
        mirror = row.cancelled(f"{row.setl_id}C{work.serial}", work.at(row.at))
        self._append(work, mirror, active)
        return mirror.setl_id

    def _append(self, work: _Work, row: Settlement, active: Settlement | None) -> None:
        """Append a row that is no step of the visit."""
        work.turn.record(Settled(work.role.name, work.visit.mdtrt_id, row, active, correction=True))
        work.turn.post(posting(self._city.code, row.at, row.setl_id, work.role.legs(row)))

    def _reverse(self, work: _Work) -> str:
        """Cancel the settlement in force, as the others have: with their number, the mirror of what is booked here."""
        row = work.visit.settlement
        original = None if row is None else self._city.known_request(request_of(row.settled_by))
        if row is None or original is None or row.shares.negated().cleared != _agreed(work.mismatch):
            raise _refused(work.mismatch, _NO_PROOF)
        event = f"2601/{original.infno}"
        if next_state(self._city.table, work.visit.state, event) is None:
            raise _refused(work.mismatch, _LATER_STEPS)
        at = work.at(dt.datetime.combine(dt.date.fromisoformat(work.mismatch.day), _END_OF_DAY))
        work.role.append_mirror(work.turn, work.visit, at, setl_id=work.mismatch.setl_id)
        work.role.move(work.turn, work.visit, event)
        work.turn.record(Voided(original.key, True))
        return REVERSED

    # -- putting in ---------------------------------------------------------------------------------------------

    def _enter(self, work: _Work) -> str:
        """Book a settlement that the others have, from this city's own record of its request and answer."""
        visit, key = work.visit, request_of(work.mismatch.msgid)
        original = self._city.known_request(key)
        row = None if original is None or self._city.is_void(key) else self._proven(work, original)
        if original is None or row is None or row.shares.cleared != _agreed(work.mismatch):
            raise _refused(work.mismatch, _NO_PROOF)
        if visit.settlement is not None or next_state(self._city.table, visit.state, original.infno) is None:
            raise _refused(work.mismatch, _LATER_STEPS)
        placed = row._replace(at=work.at(row.at))
        work.role.append(work.turn, visit, placed, placed)
        work.role.move(work.turn, visit, original.infno)
        return ENTERED

    def _replace(self, work: _Work, held: Sequence[Settlement]) -> tuple[str, ...]:
        """Take back what this side has under a number and book what its own record proves instead."""
        visit = work.visit
        right = self._right(work, held) if held else None
        if right is None:
            raise _refused(work.mismatch, _NO_PROOF)
        if [(row.shares, row.insutype) for row in held] == [(right.shares, right.insutype)]:
            raise _refused(work.mismatch, _NOT_OURS)
        strikes = tuple(self._take_back(work, row, visit.settlement) for row in held)
        in_force = visit.settlement is not None and visit.settlement.setl_id == right.setl_id
        placed = right._replace(at=work.at(right.at))
        self._append(work, placed, placed if in_force else visit.settlement)
        return strikes

    def _right(self, work: _Work, held: Sequence[Settlement]) -> Settlement | None:
        """Return the row this side should hold: the mirror of the settlement cancelled, or what was answered."""
        cancelled = work.visit.cancelled
        if not work.mismatch.refund:
            original = self._city.known_request(request_of(work.mismatch.msgid))
            answered = None if original is None else self._answered(work, original)
            return None if answered is None else answered._replace(inputs=held[0].inputs)
        if cancelled is None or held[0].init_setl_id != cancelled.setl_id:
            return None
        return cancelled.cancelled(work.mismatch.setl_id, held[0].at)

    def _proven(self, work: _Work, original: Message) -> Settlement | None:
        """Return the row this city's own record leads to; the city of insurance must compute the same again."""
        row = self._answered(work, original)
        if row is None or not isinstance(work.role, Insured):
            return row
        inputs = self._computed(work.role, work.visit, original, row)
        return None if inputs is None else row._replace(inputs=inputs)

    def _computed(self, role: Insured, visit: Visit, original: Message, row: Settlement) -> Inputs | None:
        person = role.person(visit.psn_no)
        assert person is not None
        level = self._city.registry.institutions[visit.hospital].level
        where = role.circumstance(person, level, visit.filing_type, row.at.date())
        use = original.block("data").get("acct_used_flag") == "1"
        shares, inputs = role.computed(person, where, visit.totals(), use_account=use)
        return inputs if shares == row.shares else None

    def _answered(self, work: _Work, original: Message) -> Settlement | None:
        """Return the row that the recorded answer to a request led to, None where none names the settlement."""
        reply = self._city.reply_under(original.key)
        if reply is None or not reply.succeeded or original.infno not in SETTLING:
            return None
        info = reply.block("setlinfo")
        return self._row(work.visit, original, info) if info["setl_id"] == work.mismatch.setl_id else None

    def _row(self, visit: Visit, asked: Message, info: Block) -> Settlement:
        at = dt.datetime.fromisoformat(str(info["setl_time"]))
        city_of = self._city.registry.city_of
        return Settlement(
            setl_id=str(info["setl_id"]),
            init_setl_id="",
            refund=False,
            kind=DIRECT,
            mdtrt_id=visit.mdtrt_id,
            psn_no=visit.psn_no,
            insutype=str(info["insutype"]),
            hospital=visit.hospital,
            treatment_area=visit.treatment_area,
            insured_area=visit.insured_area,
            treatment_city=city_of(visit.treatment_area) or "",
            insured_city=city_of(visit.insured_area) or "",
            begin=visit.admitted,
            end=visit.ended or at.date(),
            at=at,
            settled_by=asked.msgid,
            shares=Shares(*(info[field] for field in Shares._fields)),
            inputs=None,
        )


def _agreed(mismatch: Mismatch) -> int | None:
    """Return the cleared fen on which the sides that hold the row agree, None where they do not."""
    lacks = lacking(mismatch)
    amounts = {mismatch.held(side) for side in SIDES if side not in lacks}
    return amounts.pop() if len(amounts) == 1 else None


def _refused(mismatch: Mismatch, reason: str) -> Refused:
    return Refused("cannot_correct", mismatch.setl_id, reason)
