"""How cities word a dispute: C104 (the insured city asks), C105 (the treatment city answers)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.disputes.lifecycle import NEW
from simulator.core.disputes.ticket import (
    AMOUNT,
    BENEFIT,
    BILL_CHECK,
    CHARGES,
    CORRECTED,
    DOUBT,
    ELSE,
    EXPLAINED,
    LARGE_BILL,
    NO_SETTLEMENT,
    OTHER,
    REIMBURSED,
    TWICE,
    Doubt,
    Ruling,
    Ticket,
)
from simulator.core.platform.message import Message
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import DueDay
from simulator.core.values.stamps import written

OFFICER = "经办机构"

_REASONS = {
    NO_SETTLEMENT: "1",
    AMOUNT: "2",
    BENEFIT: "3",
    TWICE: "4",
    CHARGES: "5",
    LARGE_BILL: "6",
    DOUBT: "7",
    ELSE: "9",
}
_OUTCOMES = {EXPLAINED: "1", CORRECTED: "2", REIMBURSED: "3"}
_REASON_OF = {code: reason for reason, code in _REASONS.items()}
_OUTCOME_OF = {code: each for each, code in _OUTCOMES.items()}


def question(ticket: Ticket, now: dt.datetime) -> dict[str, Any]:
    """Return the blocks of C104."""
    rows = [
        {
            "seqno": number,
            "setl_id": doubt.setl_id,
            "mdtrt_id": doubt.mdtrt_id,
            "psn_no": doubt.psn_no,
            "fixmedins_code": doubt.hospital,
            "setl_time": written(doubt.settled),
            "medfee_sumamt": doubt.bill,
            "clr_sumamt": doubt.cleared,
            "dspt_amt": doubt.amount,
        }
        for number, doubt in enumerate(ticket.doubts, 1)
    ]
    data = {
        "dspt_id": ticket.ticket_id,
        "clr_sht_no": ticket.sheet,
        "setlym": ticket.month,
        "mdtrtarea_admvs": ticket.treatment_city,
        "insuplc_admdvs": ticket.owner,
        "dspt_rea": _REASONS[ticket.reason],
        "dspt_dscr": ticket.words,
        "dspt_sumamt": ticket.amount,
        "rpl_ddln_date": ticket.due.day.isoformat(),
        "coner_name": OFFICER,
        "opt_time": written(now),
        "totalrow": len(rows),
    }
    return {"data": data, "dsptlist": rows}


def asked_ticket(asked: Message, registry: Registry, due: DueDay, now: dt.datetime) -> Ticket:
    """Return the ticket that a C104 opens at the treatment city; its hospitals are registered."""
    data = asked.block("data")
    doubts = tuple(
        Doubt(
            setl_id=row["setl_id"],
            mdtrt_id=row["mdtrt_id"],
            psn_no=row["psn_no"],
            hospital=row["fixmedins_code"],
            area=registry.institutions[row["fixmedins_code"]].area,
            settled=dt.datetime.fromisoformat(row["setl_time"]),
            bill=row["medfee_sumamt"],
            cleared=row["clr_sumamt"],
            amount=row["dspt_amt"],
        )
        for row in asked.rows("dsptlist")
    )
    reason = _REASON_OF[data["dspt_rea"]]
    return Ticket(
        ticket_id=data["dspt_id"],
        kind=BILL_CHECK if reason == LARGE_BILL else OTHER,
        reason=reason,
        owner=data["insuplc_admdvs"],
        treatment_city=data["mdtrtarea_admvs"],
        words=data["dspt_dscr"],
        sheet=data.get("clr_sht_no", ""),
        month=data["setlym"],
        doubts=doubts,
        state=NEW,
        opened=now,
        due=due,
    )


def reply_of(ticket: Ticket, now: dt.datetime) -> dict[str, Any]:
    """Return the blocks of C105."""
    rows = [
        {
            "seqno": number,
            "setl_id": ruling.setl_id,
            "dspt_rslt": _OUTCOMES[ruling.outcome],
            "adj_amt": ruling.adjust,
            "refd_setl_id": ruling.refd_setl_id,
        }
        for number, ruling in enumerate(ticket.rulings, 1)
    ]
    data = {
        "dspt_id": ticket.ticket_id,
        "mdtrtarea_admvs": ticket.treatment_city,
        "insuplc_admdvs": ticket.owner,
        "dspt_rslt": _OUTCOMES[ticket.outcome],
        "rslt_dscr": ticket.answer,
        "adj_sumamt": sum(ruling.adjust for ruling in ticket.rulings),
        "adj_setlym": ticket.adjust_month,
        "opt_time": written(now),
        "totalrow": len(rows),
    }
    return {"data": data, "rsltlist": rows}


def rulings_of(asked: Message) -> tuple[Ruling, ...]:
    """Return the rulings of a C105."""
    return tuple(
        Ruling(row["setl_id"], _OUTCOME_OF[row["dspt_rslt"]], row["adj_amt"], row.get("refd_setl_id", ""))
        for row in asked.rows("rsltlist")
    )


def outcome_of(asked: Message) -> str:
    """Return the outcome of a C105."""
    return _OUTCOME_OF[asked.block("data")["dspt_rslt"]]


def month_of(asked: Message) -> str:
    """Return the clearing month, six digits, that takes up the corrections of a C105; empty where there is none."""
    return str(asked.block("data").get("adj_setlym", ""))
