"""The desk of the city of insurance for what institutions declare: 2503 to 2507, and the queries 5301 and 5302.

2503 files a chronic disease (门慢门特备案), 2505 a chosen institution (定点备案), 2507 an accident (意外伤害备案). 2504
and 2506 withdraw what the bureau has not reviewed yet. An accident is kept as it was told and opens nothing: what an
injury needs is said at the admission, by the two flags with the pledge (P75-38), and no row asks for a filing of it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.filing.actions import Review
from simulator.core.filing.declarations import (
    ACCIDENT,
    CHOSEN,
    CHRONIC,
    Declaration,
    DeclarationWithdrawn,
    Declared,
    Reviewed,
)
from simulator.core.filing.desk import FilingDesk
from simulator.core.filing.office import Filings
from simulator.core.platform.message import Block, Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.people import Person


class DeclarationDesk(Office):
    """What is declared for the people insured in the city ``code``."""

    def __init__(self, filings: Filings, code: str, desk: FilingDesk) -> None:
        self._filings = filings
        self._desk = desk
        self._code = code
        self.answers = {
            "2503": self._file_disease,
            "2504": self._withdraw,
            "2505": self._choose,
            "2506": self._withdraw,
            "2507": self._file_accident,
            "5301": self._diseases,
            "5302": self._institutions,
        }
        self.does = {Review: self._review}

    # -- declaring ----------------------------------------------------------------------------------------------------

    def _file_disease(self, turn: Turn, asked: Message) -> Message:
        person = self._person(turn, asked)
        if isinstance(person, Message):
            return person
        data = asked.block("data")
        same = (each for each in self._filings.declared.of(data["psn_no"], CHRONIC) if each.approved is not False)
        for each in same:
            if each.code == data["opsp_dise_code"] and _meet(each, data):
                return turn.refuse(asked, "filing_repeated", each.sn)
        review = self._filings.rules(self._code, turn.now.date()).review_first
        code, name = data["opsp_dise_code"], data["opsp_dise_name"]
        return self._declare(turn, asked, person, CHRONIC, code=code, name=name, at_once=not review)

    def _choose(self, turn: Turn, asked: Message) -> Message:
        """2505: what was chosen before under the same type of application and order number gives way."""
        person = self._person(turn, asked)
        if isinstance(person, Message):
            return person
        data = asked.block("data")
        return self._declare(
            turn,
            asked,
            person,
            CHOSEN,
            code=data["fixmedins_code"],
            name=data["fixmedins_name"],
            business=data["biz_appy_type"],
            order=data["fix_srt_no"],
        )

    def _file_accident(self, turn: Turn, asked: Message) -> Message:
        person = self._person(turn, asked)
        return person if isinstance(person, Message) else self._declare(turn, asked, person, ACCIDENT, code="", name="")

    def _person(self, turn: Turn, asked: Message) -> Person | Message:
        """Return the person insured here that a declaration is about, or the refusal."""
        data = asked.block("data")
        person = self._desk.person(data["psn_no"])
        if person is None:
            return turn.refuse(asked, "unknown_person")
        insutype = data.get("insutype") or person.insutype
        return person if insutype == person.insutype else turn.refuse(asked, "wrong_insutype", insutype)

    def _declare(self, turn: Turn, asked: Message, person: Person, kind: str, **fields: Any) -> Message:
        data = asked.block("data")
        sn = f"BD{self._code}{turn.now:%Y%m%d}{len(self._filings.declared) + 1:06d}"
        begin, end = dt.date.fromisoformat(data["begndate"]), _end(data)
        made = Declaration(sn, kind, person.psn_no, person.insutype, begin=begin, end=end, told=data, **fields)
        turn.record(Declared(made))
        return turn.ok(asked, result={"trt_dcla_detl_sn": sn})

    # -- withdrawing and reviewing ------------------------------------------------------------------------------------

    def _withdraw(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        kind = CHRONIC if asked.infno == "2504" else CHOSEN
        known = self._filings.declared.find(data["trt_dcla_detl_sn"])
        if known is None or (known.kind, known.psn_no) != (kind, data["psn_no"]):
            return turn.refuse(asked, "unknown_filing", data["trt_dcla_detl_sn"])
        if known.approved is not None:
            return turn.refuse(asked, "filing_reviewed", known.sn)
        turn.record(DeclarationWithdrawn(known.sn))
        return turn.ok(asked)

    def _review(self, turn: Turn, action: Review) -> None:
        known = self._filings.declared.find(action.sn)
        if known is None:
            turn.decline(action, "unknown_filing", action.sn)
        elif known.approved is not None:
            turn.decline(action, "filing_reviewed", action.sn)
        else:
            turn.record(Reviewed(action.sn, action.approved))

    # -- asking -------------------------------------------------------------------------------------------------------

    def _diseases(self, turn: Turn, asked: Message) -> Message:
        psn_no = asked.block("data")["psn_no"]
        if self._desk.person(psn_no) is None:
            return turn.refuse(asked, "unknown_person")
        held = self._filings.declared.in_force(psn_no, CHRONIC, turn.now.date())
        rows = [{"opsp_dise_code": each.code, "opsp_dise_name": each.name, **_validity(each)} for each in held]
        return turn.ok(asked, feedetail=rows)

    def _institutions(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        if self._desk.person(data["psn_no"]) is None:
            return turn.refuse(asked, "unknown_person")
        held = self._filings.declared.in_force(data["psn_no"], CHOSEN, turn.now.date())
        chosen = {each.order: each for each in held if each.business == data["biz_appy_type"]}
        rows = [
            {
                "psn_no": each.psn_no,
                "insutype": each.insutype,
                "fix_srt_no": each.order,
                "fixmedins_code": each.code,
                "fixmedins_name": each.name,
                **_validity(each),
                "memo": each.told.get("memo") or "",
            }
            for _, each in sorted(chosen.items())
        ]
        return turn.ok(asked, psnfixmedin=rows)


def _meet(each: Declaration, data: Block) -> bool:
    """Tell whether a declaration and a new one share a day."""
    begin, end = dt.date.fromisoformat(data["begndate"]), _end(data)
    return (end is None or each.begin <= end) and (each.end is None or begin <= each.end)


def _end(data: Block) -> dt.date | None:
    return dt.date.fromisoformat(data["enddate"]) if data.get("enddate") else None


def _validity(each: Declaration) -> dict[str, str]:
    return {"begndate": each.begin.isoformat(), "enddate": "" if each.end is None else each.end.isoformat()}
