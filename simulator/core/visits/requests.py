"""What the requests about a visit say, wherever each kind of request says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import pairwise

from simulator.core.benefit.bill import TOTAL_FIELDS, ClassTotals, Line
from simulator.core.platform.message import Block, Message
from simulator.core.platform.turn import Turn
from simulator.core.values.money import yuan
from simulator.core.visits.extension import flags_of, totals_in
from simulator.core.visits.facts import Opened
from simulator.core.visits.lifecycle import KIND_OF

_BLOCK_OF = {
    "2101": "druginfo",
    "2102": "druginfo",
    "2203": "mdtrtinfo",
    "2204": "feedetail",
    "2301": "feedetail",
    "2401": "mdtrtinfo",
    "2402": "dscginfo",
}
TOTALS_IN_EXTENSION = frozenset({"2101", "2102", "2206"})  # these have no fields for the class totals


def block_of(asked: Message) -> str:
    """Return the name of the block that says which person and visit a request is about."""
    return _BLOCK_OF.get(asked.infno, "data")


def data_of(asked: Message) -> Block:
    """Return the block, or the first row of it, that says which person and visit a request is about."""
    return asked.rows(block_of(asked))[0]


def day_of(time: str) -> dt.date:
    """Return the day of a time as the messages write it."""
    return dt.date.fromisoformat(time[:10])


def opened(role: str, visit_id: str, asked: Message, insured_area: str) -> Opened:
    """Return the fact that a 2102, 2201 or 2401 opens a visit, without what only the city of insurance knows."""
    info = data_of(asked)
    return Opened(
        role=role,
        visit_id=visit_id,
        admission=asked.key,
        psn_no=info["psn_no"],
        insutype=info["insutype"],
        hospital=asked.party,
        treatment_area=asked.treatment_area,
        insured_area=insured_area,
        admitted=day_of(info["begntime"]),
        filing_type="",
        kind=KIND_OF[asked.infno],
        med_type=info.get("med_type", ""),
        flags=flags_of(info),
        disease=info.get("dise_codg", ""),
    )


def stated_totals(asked: Message) -> ClassTotals | None:
    """Return the class totals that a bill states, in its own fields or in its extension; None where it has none."""
    data = data_of(asked)
    if asked.infno in TOTALS_IN_EXTENSION:
        return totals_in(data.get("exp_content", ""))
    found = [data.get(field) for field in TOTAL_FIELDS]
    return ClassTotals(*(each for each in found if each is not None)) if None not in found else None


def invoices_of(asked: Message) -> tuple[str, ...]:
    """Return the numbers of the invoices of a bill (``invono``, one text for all), none where it tells none."""
    return tuple(filter(None, str(data_of(asked).get("invono") or "").split(",")))


def day_problem(turn: Turn, asked: Message, *days: dt.date) -> Message | None:
    """Refuse days that do not follow on each other, or the last of which is still to come."""
    in_order = all(before <= after for before, after in pairwise((*days, turn.now.date())))
    return None if in_order else turn.refuse(asked, "wrong_day", days[-1])


def bill_problem(turn: Turn, asked: Message, lines: Iterable[Line]) -> Message | None:
    """Refuse a bill that is not the sum of its lines."""
    said, bill = data_of(asked)["medfee_sumamt"], sum(line.amount for line in lines)
    return None if said == bill else turn.refuse(asked, "bill_differs", yuan(said), yuan(bill))
