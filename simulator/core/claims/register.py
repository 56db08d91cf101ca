"""The province's index of paper claims over all cities: the same care is claimed once (P75-45).

A person is known by ``certno``: insured in two cities in one year, they have two numbers and one bill.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.claims.double import Care, PaidFor
from simulator.core.claims.wording import INPATIENT_TYPES, PAID_OUT, read_invoices
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn


class Registered(NamedTuple):
    """Fact: a city registered a paper claim (M101)."""

    care: Care


class Unregistered(NamedTuple):
    """Fact: a registered claim was not paid (M102)."""

    number: str


class ClaimRegister(Office):
    """The register of one province: it answers M101 with ``dup_flag``, and keeps what M102 says was paid."""

    def __init__(self) -> None:
        self._care = PaidFor()
        self.answers = {"M101": self._register, "M102": self._close}
        self.folds = {
            Registered: lambda fact: self._care.put(fact.care),
            Unregistered: lambda fact: self._care.drop(fact.number),
        }

    def _register(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        care = Care(
            number=_number(asked),
            person=data["certno"],
            hospital=data["fixmedins_code"] or data["fixmedins_name"],
            begin=dt.date.fromisoformat(data["begndate"]),
            end=dt.date.fromisoformat(data["enddate"]),
            inpatient=data["med_type"] in INPATIENT_TYPES,
            invoices=read_invoices(data["invono"]),
        )
        known = bool(self._care.find(care))
        turn.record(Registered(care))
        return turn.ok(asked, result={"manl_reim_no": data["manl_reim_no"], "dup_flag": "1" if known else "0"})

    def _close(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        if data["manl_reim_rslt"] != PAID_OUT:
            turn.record(Unregistered(_number(asked)))
        return turn.ok(asked, result={"manl_reim_no": data["manl_reim_no"]})


def _number(asked: Message) -> str:
    """Return the number of a claim over all cities."""
    data = asked.block("data")
    return f"{data['insuplc_admdvs']}/{data['manl_reim_no']}"
