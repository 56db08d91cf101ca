"""Bills at the treatment city: trial, settlement and cancellation of stays, outpatient visits and purchases."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.benefit.bill import TOTAL_FIELDS, ClassTotals, totals_of
from simulator.core.benefit.settlement import Settlement
from simulator.core.benefit.shares import Shares, shares_add_up
from simulator.core.platform.message import Block, Message, freeze
from simulator.core.platform.turn import Turn
from simulator.core.visits.extension import with_totals
from simulator.core.visits.facts import NOTHING_BILLED, Billed, LinesAdded
from simulator.core.visits.lifecycle import PART
from simulator.core.visits.lines import Batch, priced, purchase_result
from simulator.core.visits.requests import TOTALS_IN_EXTENSION, bill_problem, block_of, data_of, opened, stated_totals
from simulator.core.visits.rows import Mark, settlement_row
from simulator.core.visits.visits import Visit

if TYPE_CHECKING:
    from simulator.core.visits.treatment import Treatment


class Step(NamedTuple):
    """What the treatment role worked out before it passed a message on."""

    visit_id: str
    value: Any = None


Prepared = Message | tuple[Message, Step]


class Bills:
    """What the treatment role does about bills."""

    def __init__(self, role: Treatment) -> None:
        self._role = role

    # -- before passing on --------------------------------------------------------------------------------------

    def prepare_bill(self, turn: Turn, asked: Message) -> Prepared:
        """2206, 2207, 2303 and 2304: the bill is the sum of its lines; the class totals go along."""
        due = self._role.due(turn, asked, self._role.visits.find(asked.block("data")["mdtrt_id"]))
        if isinstance(due, Message):
            return due
        return self._with_totals(turn, asked, totals_of(due.lines), Step(due.visit.mdtrt_id, due.billed))

    def prepare_purchase(self, turn: Turn, asked: Message) -> Prepared:
        """2101 and 2102, which bring their lines with them."""
        rows = asked.rows("drugdetail")
        problem = self._role.opening_problem(turn, asked)
        if problem is not None:
            return problem
        lines = priced(self._role.city, turn, asked, rows, None, amounts_only=False)
        if isinstance(lines, Message):
            return lines
        problem = bill_problem(turn, asked, lines)
        return problem or self._with_totals(turn, asked, totals_of(lines), Step("", Batch(lines, "", "", rows)))

    def prepare_cancellation(self, turn: Turn, asked: Message) -> Prepared:
        """2103, 2208 and 2305."""
        found = self._role.cancellable(turn, asked, self._role.visits.find(asked.block("data")["mdtrt_id"]))
        if isinstance(found, Message):
            return found
        visit, bill = found
        return asked, Step(visit.mdtrt_id, bill.row.setl_id)

    def _with_totals(self, turn: Turn, asked: Message, totals: ClassTotals, step: Step) -> Prepared:
        """Put the class totals into a message; refuse one that states others."""
        stated = stated_totals(asked)
        if stated is not None and stated != totals:
            return turn.refuse(asked, "class_totals_differ")
        if asked.infno not in TOTALS_IN_EXTENSION:
            return asked.with_fields("data", dict(zip(TOTAL_FIELDS, totals, strict=True))), step
        if stated is not None:
            return asked, step
        text = with_totals(data_of(asked).get("exp_content", ""), totals)
        return asked.with_fields(block_of(asked), {"exp_content": text}), step

    # -- with the answer ----------------------------------------------------------------------------------------

    def complete_settlement(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        """2207 and 2304: check the amounts and book them."""
        visit = self._role.visit_at(step)
        billed: Billed = step.value
        totals = totals_of(visit.lines[sn] for sn in billed.sns)
        shares = checked_shares(reply.block("setlinfo"), totals)
        if shares is None:
            return turn.refuse(asked, "shares_do_not_add_up")
        row = self._row(visit, asked, reply.block("setlinfo"), shares, billed)
        self._role.append(turn, visit, row, row, billed)
        self._role.move(turn, visit, asked.infno + PART * billed.part)
        return reply

    def complete_trial_purchase(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        """2101: the answer with the lines as they were classified here."""
        rows = [purchase_result(line) for line in step.value.lines]
        return reply._replace(blocks=freeze({**reply.blocks, "detlcutinfo": rows}))

    def complete_purchase(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        """2102: the visit is born with its lines and its settlement, under the number the city of insurance gave it."""
        info, batch = reply.block("setlinfo"), step.value
        shares = checked_shares(info, totals_of(batch.lines))
        number = info["mdtrt_id"]
        if shares is None or self._role.visits.find(number) is not None:
            return turn.refuse(asked, "shares_do_not_add_up")
        purchase = opened(self._role.name, number, asked, asked.insured_area)
        turn.record(purchase)
        turn.record(LinesAdded(self._role.name, number, batch.lines, rows=batch.rows))
        visit = self._role.visit_at(Step(number))
        row = self._row(visit, asked, info, shares, NOTHING_BILLED)
        self._role.append(turn, visit, row, row)
        return self.complete_trial_purchase(turn, asked, step, reply)

    def complete_cancellation(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        """2103, 2208 and 2305."""
        visit = self._role.visit_at(step)
        info = reply.rows("setlinfo")[0]
        at = dt.datetime.fromisoformat(info["setl_time"])
        bill = visit.bills[step.value]
        self._role.cancel(turn, visit, bill, at, setl_id=info["setl_id"])
        self._role.close(turn, asked, visit, bill)
        return reply

    def _row(self, visit: Visit, asked: Message, info: Block, shares: Shares, billed: Billed) -> Settlement:
        at = dt.datetime.fromisoformat(info["setl_time"])
        return settlement_row(self._role.city.registry, visit, Mark(info["setl_id"], at, asked.msgid, billed), shares)


def checked_shares(info: Block, totals: ClassTotals) -> Shares | None:
    """Return the shares of a settlement that was answered; None where they do not add up or are of another bill.

    Amounts that the message may leave out are nothing, the person's part is what account and cash come to.
    """
    person = info["acct_pay"] + info["psn_cash_pay"]
    shares = Shares(*(info.get(field, person if field == "psn_part_amt" else 0) for field in Shares._fields))
    return shares if shares_add_up(shares) and shares[:5] == (totals.bill, *totals) else None


def replied_at(reply: Message) -> dt.datetime:
    """Return the time of a reply (``respond_time``, 17 digits)."""
    text = str(reply.head["respond_time"])
    return dt.datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(microsecond=int(text[14:]) * 1000)
