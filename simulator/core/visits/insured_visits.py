"""Visits at the city of insurance: admission, registration, what they are about, fee lines, discharge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.core.benefit.rules import CHRONIC, OUTPATIENT
from simulator.core.platform.message import Message
from simulator.core.platform.turn import Turn
from simulator.core.visits import answers, lines
from simulator.core.visits.care import CARE_OF
from simulator.core.visits.extension import flags_of
from simulator.core.visits.facts import Described, Diagnosed, Opened
from simulator.core.visits.lifecycle import BORN
from simulator.core.visits.requests import data_of, day_of, opened

if TYPE_CHECKING:
    from simulator.core.visits.insured import Insured

ADMISSION, DISCHARGE = "1", "2"  # inout_diag_type


class Visits:
    """What the insured role does about visits."""

    def __init__(self, role: Insured) -> None:
        self._role = role

    # -- opening ------------------------------------------------------------------------------------------------

    def admit(self, turn: Turn, asked: Message) -> Message:
        """2401: away from home with a filing, an emergency, or the prospect of a filing before discharge (P75-25)."""
        role = self._role
        person = role.entitled(turn, asked)
        if isinstance(person, Message):
            return person
        fact = opened(role.name, asked.msgid, asked, person.insured_area)
        problem = (
            role.opening_day_problem(turn, asked)
            or role.care_problem(turn, asked, fact.med_type)
            or role.injury_problem(turn, asked, fact.med_type)
        )
        if problem is not None:
            return problem
        role.covered(turn, person, fact.hospital, CARE_OF[fact.med_type])
        standing = role.standing(turn, asked, fact, med_type=fact.med_type, flags=fact.flags)
        if standing.refusal:
            return turn.refuse(asked, standing.refusal, *standing.found)
        return self._open(turn, asked, fact._replace(filing_type=standing.filing_type, pending=standing.pending))

    def register(self, turn: Turn, asked: Message) -> Message:
        """2201: what the visit is about, and so its filing, is looked at when it is described (2203)."""
        role = self._role
        person = role.entitled(turn, asked)
        if isinstance(person, Message):
            return person
        problem = role.opening_day_problem(turn, asked)
        if problem is not None:
            return problem
        today = turn.now.date()
        if not any(role.city.care_open(asked, care, today) for care in (OUTPATIENT, CHRONIC)):
            return turn.refuse(asked, "care_not_open", OUTPATIENT)
        return self._open(turn, asked, opened(role.name, asked.msgid, asked, person.insured_area))

    def _open(self, turn: Turn, asked: Message, fact: Opened) -> Message:
        """Open the visit; until a message bears the number that the treatment city gives, the admission names it."""
        role = self._role
        earlier = role.visits.unbound(fact.psn_no, fact.hospital, fact.kind)
        if earlier is not None and earlier.state == BORN[fact.kind]:
            return turn.refuse(asked, "busy")  # no message could tell the two apart
        turn.record(fact)
        if asked.infno == "2401":
            turn.record(Diagnosed(role.name, fact.visit_id, ADMISSION, asked.rows("diseinfo")))
        return turn.ok(asked, **answers.opened_blocks(asked, fact.visit_id))

    def describe(self, turn: Turn, asked: Message) -> Message:
        """2203: the kind of care and the disease; the filing this kind of care needs, the disease if a chronic one."""
        role, info = self._role, data_of(asked)
        visit = role.allowed(turn, asked, role.visit(turn, asked), info)
        if isinstance(visit, Message):
            return visit
        med_type, disease = info["med_type"], info["dise_codg"]
        problem = role.description_problem(turn, asked, visit)
        problem = problem or role.chronic_problem(turn, asked, visit, med_type, disease)
        if problem is not None:
            return problem
        person, flags = role.person(visit.psn_no), flags_of(info)
        assert person is not None
        role.covered(turn, person, visit.hospital, CARE_OF[med_type], disease)
        standing = role.standing(turn, asked, visit, med_type=med_type, flags=flags)
        if standing.refusal:
            return turn.refuse(asked, standing.refusal, *standing.found)
        said = (med_type, disease, flags, standing.filing_type, standing.pending)
        turn.record(Described(role.name, visit.mdtrt_id, *said))
        turn.record(Diagnosed(role.name, visit.mdtrt_id, ADMISSION, asked.rows("diseinfo")))
        role.move(turn, visit, asked.infno)
        return turn.ok(asked)

    # -- fee lines ----------------------------------------------------------------------------------------------

    def add_lines(self, turn: Turn, asked: Message) -> Message:
        """2204 and 2301."""
        role = self._role
        visit = role.allowed(turn, asked, role.visit(turn, asked), data_of(asked))
        if isinstance(visit, Message):
            return visit
        days = (row["fee_ocur_time"][:10] for row in asked.rows("feedetail"))
        problem = role.cover_problem(turn, asked, visit.psn_no, days)
        if problem is not None:
            return problem
        classified = role.knows_classes(visit)
        batches = lines.uploaded(role.city, turn, asked, visit, amounts_only=not classified)
        if isinstance(batches, Message):
            return batches
        role.keep_lines(turn, visit, batches, with_rows=False)
        if not classified:
            return turn.ok(asked, result=())  # the treatment city has classified them (P75-15)
        return turn.ok(asked, result=[lines.line_result(line) for batch in batches for line in batch.lines])

    def drop_lines(self, turn: Turn, asked: Message) -> Message:
        """2205 and 2302."""
        role = self._role
        visit = role.allowed(turn, asked, role.visit(turn, asked), data_of(asked))
        if isinstance(visit, Message):
            return visit
        sns = lines.cancelled(turn, asked, visit)
        if isinstance(sns, Message):
            return sns
        role.drop_lines(turn, visit, sns)
        return turn.ok(asked)

    # -- discharge, and the undoing of opening and discharge ------------------------------------------------------

    def step(self, turn: Turn, asked: Message) -> Message:
        """2202, 2402, 2404 and 2405."""
        role, data = self._role, data_of(asked)
        visit = role.allowed(turn, asked, role.visit(turn, asked), data)
        if isinstance(visit, Message):
            return visit
        problem = role.discharge_problem(turn, asked, visit)
        if problem is not None:
            return problem
        ended = None
        if asked.infno == "2402":
            ended = day_of(data["endtime"])
            turn.record(Diagnosed(role.name, visit.mdtrt_id, DISCHARGE, asked.rows("diseinfo")))
        role.move(turn, visit, asked.infno, ended=ended)
        return turn.ok(asked)
