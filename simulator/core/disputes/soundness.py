"""What a dispute and its answer must be: settlements of one kind, corrections no larger than what they correct."""

from __future__ import annotations

import re
from collections.abc import Callable

from simulator.core.benefit.settlement import DIRECT
from simulator.core.disputes.ticket import CORRECTED, OUTCOMES, Doubt, InDoubt, Ticket, changes
from simulator.core.platform.refusals import Refused
from simulator.core.values.money import yuan

MOST_ROWS = 100  # of one message
_MONTH = re.compile("[0-9]{4}(0[1-9]|1[0-2])")


def doubts_of(ticket_id: str, city: str, given: tuple[InDoubt, ...]) -> tuple[Doubt, ...]:
    """Return the settlements in doubt as the insured city sees them.

    Raises Refused when they are too many, not this city's, not direct, of several treatment cities or months, or when
    more is in doubt than the bill.
    """
    rows = [each.row for each in given]
    if len(rows) > MOST_ROWS or len({(row.treatment_city, f"{row.at:%Y%m}") for row in rows}) > 1:
        raise Refused("case_unclear", ticket_id, "settlements")
    for row, amount in given:
        if row.insured_city != city or row.kind != DIRECT or row.refund:
            raise Refused("case_unclear", ticket_id, row.setl_id)
        if not 0 <= amount <= row.shares.medfee_sumamt:
            raise Refused("case_unclear", ticket_id, "amount")
    return tuple(
        Doubt(
            row.setl_id,
            row.mdtrt_id,
            row.psn_no,
            row.hospital,
            row.insured_area,
            row.at,
            row.shares.medfee_sumamt,
            row.shares.cleared,
            amount,
        )
        for row, amount in given
    )


def sound(ticket: Ticket, answer: Ticket, elsewhere: Callable[[str], int]) -> None:
    """Check an answer against its ticket; raises Refused where it does not fit.

    ``elsewhere`` tells what other tickets have already added to a settlement, in fen.

    Each settlement has one ruling, and the outcome is that of one of them. A correction is an amount, or the number of
    the cancelling row, which carries the amounts itself; what is cleared in the end, with the corrections of all
    tickets, lies between nothing and the bill. What changes the books names the clearing month that takes it up
    (P75-45).
    """
    rulings = answer.rulings
    if [each.setl_id for each in rulings] != [doubt.setl_id for doubt in ticket.doubts]:
        raise Refused("case_unclear", ticket.ticket_id, "rulings")
    outcomes = {each.outcome for each in rulings} or set(OUTCOMES)
    if answer.outcome not in outcomes or not outcomes <= set(OUTCOMES):
        raise Refused("case_unclear", ticket.ticket_id, "outcome")
    changed = any(changes(ticket.booked, rulings).values())
    if not _MONTH.fullmatch(answer.adjust_month) and (changed or answer.adjust_month):
        raise Refused("case_unclear", ticket.ticket_id, "month")
    for ruling, doubt in zip(rulings, ticket.doubts, strict=True):
        corrects = bool(ruling.adjust) + bool(ruling.refd_setl_id)
        if corrects != (ruling.outcome == CORRECTED):
            raise Refused("case_unclear", ticket.ticket_id, ruling.setl_id)
        if not 0 <= doubt.cleared + elsewhere(ruling.setl_id) + ruling.adjust <= doubt.bill:
            raise Refused("adjustment_too_large", ruling.setl_id, yuan(ruling.adjust))
