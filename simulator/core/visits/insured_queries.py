"""What the city of insurance answers about visits and settlements: 5201, 5202, 5203, 5206 and 5303."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.core.platform.message import Message
from simulator.core.platform.turn import Turn
from simulator.core.values.people import Person
from simulator.core.visits import answers
from simulator.core.visits.requests import day_of

if TYPE_CHECKING:
    from simulator.core.visits.insured import Insured


class Queries:
    """What the insured role is asked."""

    def __init__(self, role: Insured) -> None:
        self._role = role

    def visits(self, turn: Turn, asked: Message) -> Message:
        """5201: a person's visits of one kind that began in a span of time and have ended."""
        data = asked.block("data")
        person = self._role.person(data["psn_no"])
        if person is None:
            return turn.refuse(asked, "unknown_person")
        begin, end, wanted = day_of(data["begntime"]), day_of(data["endtime"]), data.get("mdtrt_id") or ""
        found = [
            visit
            for visit in self._role.visits
            if visit.psn_no == person.psn_no
            and visit.med_type == data["med_type"]
            and begin <= visit.admitted <= end
            and wanted in {"", visit.mdtrt_id}
            and answers.last_day(visit) is not None
        ]
        found.sort(key=lambda visit: (visit.admitted, visit.mdtrt_id))  # in whatever order a host has them at hand
        today = turn.now.date()
        return turn.ok(asked, mdtrtinfo=[answers.visit_row(visit, person, today) for visit in found])

    def diagnoses(self, turn: Turn, asked: Message) -> Message:
        """5202: the diagnoses of a visit, of admission before those of discharge."""
        data = asked.block("data")
        visit = self._role.visits.find(data["mdtrt_id"])
        if visit is None or visit.psn_no != data["psn_no"]:
            return turn.refuse(asked, "unknown_visit", data["mdtrt_id"])
        return turn.ok(asked, diseinfo=answers.diagnosis_rows(visit))

    def settlement(self, turn: Turn, asked: Message) -> Message:
        """5203: a settlement in force."""
        data = asked.block("data")
        visit = self._role.visits.find(data["mdtrt_id"])
        bill = visit.bills.get(data["setl_id"]) if visit is not None else None
        if bill is None or bill.row.psn_no != data["psn_no"]:
            return turn.refuse(asked, "unknown_settlement", data["setl_id"])
        row = bill.row
        person, hospital = self._known(row.psn_no), self._role.city.registry.institutions[row.hospital]
        abroad = self._role.city.across_provinces(asked)
        info = answers.queried_info(
            row, person, self._role.balance_of(row.psn_no), hospital.zh, across_provinces=abroad
        )
        return turn.ok(asked, setlinfo=info, setldetail=answers.fund_rows(row))

    def accumulators(self, turn: Turn, asked: Message) -> Message:
        """5206: what a person has used up in a year."""
        data = asked.block("data")
        person = self._role.person(data["psn_no"])
        if person is None:
            return turn.refuse(asked, "unknown_person")
        month = data.get("cum_ym") or f"{turn.now:%Y%m}"
        year = self._role.year_of(person.psn_no, int(month[:4]))
        return turn.ok(asked, cuminfo=answers.accumulator_rows(person, year, month))

    def in_hospital(self, turn: Turn, asked: Message) -> Message:
        """5303: who of this city lies in the institution that asks, admitted in a span of time."""
        data = asked.block("data")
        begin, end, wanted = day_of(data["begntime"]), day_of(data["endtime"]), data.get("psn_no") or ""
        found = [
            visit
            for visit in self._role.visits
            if visit.hospital == asked.party
            and answers.in_hospital(visit)
            and begin <= visit.admitted <= end
            and wanted in {"", visit.psn_no}
        ]
        today = turn.now.date()
        return turn.ok(
            asked, data=[answers.in_hospital_row(visit, self._known(visit.psn_no), today) for visit in found]
        )

    def _known(self, psn_no: str) -> Person:
        person = self._role.person(psn_no)
        assert person is not None
        return person
