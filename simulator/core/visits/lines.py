"""Fee lines: checked and classified on the way in, and cancelled, alike in both roles.

Across provinces the city of insurance does not know the treatment place's catalogue (P75-15): it keeps the amounts of
the lines and leaves their classes to the treatment city.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.benefit.bill import Line, classify, first_share, refund
from simulator.core.catalogue.items import CLASS_C, Item
from simulator.core.platform.message import Block, Message
from simulator.core.platform.turn import Turn
from simulator.core.values.money import line_amount
from simulator.core.visits.home import Home
from simulator.core.visits.visits import Visit

ALL_LINES = ALL_BATCHES = "0000"  # 2302: every line of the visit; 2205: every batch; in both what is not settled yet


class Batch(NamedTuple):
    """Priced lines, the charge batch and the disease they belong to (both empty in hospital), and the rows as sent."""

    lines: tuple[Line, ...]
    batch: str
    disease: str
    rows: tuple[Block, ...]


def uploaded(
    city: Home, turn: Turn, asked: Message, visit: Visit, *, amounts_only: bool
) -> tuple[Batch, ...] | Message:
    """Check and classify the lines of a 2301 or 2204; return them by batch, or the refusal of the first wrong one."""
    rows = asked.rows("feedetail")
    for row in rows:
        stray = _stray(turn, asked, visit, row)
        if stray is not None:
            return stray
    lines = priced(city, turn, asked, rows, visit, amounts_only=amounts_only)
    return lines if isinstance(lines, Message) else _batched(turn, asked, visit, rows, lines)


def priced(
    city: Home,
    turn: Turn,
    asked: Message,
    rows: Sequence[Block],
    visit: Visit | None,
    *,
    amounts_only: bool,
) -> tuple[Line, ...] | Message:
    """Check and classify lines; return them, or the refusal that names the first wrong one.

    A line that names another refunds it, and has a quantity below nothing; so has no other line.
    """
    known = {} if visit is None else dict(visit.lines)
    batches = {} if visit is None else dict(visit.batches)
    settled = frozenset() if visit is None else visit.settled_lines()
    found: list[Line] = []
    for row in rows:
        sn = str(row["feedetl_sn"])
        if sn in known:
            return turn.refuse(asked, "line_repeated", sn)
        if row["pric"] < 0 or row["det_item_fee_sumamt"] != line_amount(row["pric"], row["cnt"]):
            return turn.refuse(asked, "line_amount", sn)
        of = str(row.get("init_feedetl_sn") or "")
        if of in settled:
            return turn.refuse(asked, "line_settled", of)
        line: Line | Message | None
        if of or row["cnt"] < 0:
            line = _refund(sn, row, of, known, batches) or turn.refuse(asked, "refund_too_large", sn)
        else:
            line = _amount_only(sn, row) if amounts_only else _classified(city, turn, asked, row)
        if isinstance(line, Message):
            return line
        known[sn] = line._replace(own_expense=0, over_limit=0, first_pay=0, in_scope=0) if amounts_only else line
        batches[sn] = _batch_of(row)
        found.append(known[sn])
    return tuple(found)


def cancelled(turn: Turn, asked: Message, visit: Visit) -> tuple[str, ...] | Message:
    """Return the numbers of the lines that a 2302 or 2205 cancels, or the refusal of the first that it cannot.

    What is settled stays. A refunded line goes together with its refunds, and a refund with the later ones of the same
    line, which took the classes on from where it left them; or a class could fall below nothing.
    """
    chosen = _by_batch(turn, asked, visit) if asked.infno == "2205" else _by_number(turn, asked, visit)
    if isinstance(chosen, Message):
        return chosen
    touched = set()
    for line in visit.lines.values():  # in the order they came
        if line.sn in chosen:
            touched.add(line.refund_of or line.sn)
        elif line.refund_of in touched:
            return turn.refuse(asked, "refund_too_large", line.sn)
    return tuple(chosen)


def line_result(line: Line) -> dict[str, Any]:
    """Return a line as the ``result`` row of 2301 and 2204; a price cap of 0 means that the item has none."""
    return {
        "feedetl_sn": line.sn,
        "det_item_fee_sumamt": line.amount,
        "cnt": line.quantity,
        "pric": line.price,
        "pric_uplmt_amt": line.item.cap or 0,
        "selfpay_prop": first_share(line),
        "fulamt_ownpay_amt": line.own_expense,
        "overlmt_amt": line.over_limit,
        "preselfpay_amt": line.first_pay,
        "inscp_scp_amt": line.in_scope,
        "chrgitm_lv": line.item.level,
        "med_chrgitm_type": line.item.charge_type,
        "lmt_used_flag": "0",
    }


def purchase_result(line: Line) -> dict[str, Any]:
    """Return a line as the ``detlcutinfo`` row of 2101 and 2102."""
    return {field: value for field, value in line_result(line).items() if field != "lmt_used_flag"}


def unclassified_result(line: Line) -> dict[str, Any]:
    """Return a line as a ``detlcutinfo`` row of a city that does not know its catalogue; its codes mean nothing."""
    return {
        "feedetl_sn": line.sn,
        "det_item_fee_sumamt": line.amount,
        "cnt": line.quantity,
        "pric": line.price,
        "pric_uplmt_amt": 0,
        "chrgitm_lv": CLASS_C,
        "med_chrgitm_type": "14",  # 其他费
        "memo": "跨省：按就医地目录分类",
    }


def _stray(turn: Turn, asked: Message, visit: Visit, row: Block) -> Message | None:
    """Refuse a row that names another visit or person than the first row of its message."""
    if row["mdtrt_id"] != visit.mdtrt_id:
        return turn.refuse(asked, "unknown_visit", row["mdtrt_id"])
    return turn.refuse(asked, "other_person") if row["psn_no"] != visit.psn_no else None


def _classified(city: Home, turn: Turn, asked: Message, row: Block) -> Line | Message:
    sn = str(row["feedetl_sn"])
    item = city.mappings.item_of(row, asked.party, turn.now.date())
    if isinstance(item, str):
        return turn.refuse(asked, item, sn, row["med_list_codg"])
    return classify(sn, item, row["pric"], row["cnt"])


def _amount_only(sn: str, row: Block) -> Line:
    """Return a line of another province's catalogue: what it costs, and nothing of its classes."""
    day = dt.date.fromisoformat(row["fee_ocur_time"][:10])
    item = Item(row["med_list_codg"], "", "", "", row["pric"], None, 0, day, day)
    return Line(sn, item, row["pric"], row["cnt"], row["det_item_fee_sumamt"], 0, 0, 0, 0)


def _refund(sn: str, row: Block, of: str, lines: Mapping[str, Line], batches: Mapping[str, str]) -> Line | None:
    """Return the line that refunds some of an earlier one of its charge batch, at its price; None where it cannot be.

    It is of the entry that classified that line: the catalogue of the day of the fee counts (JS-3.2a), not that of the
    day of the refund, on which the item may have left the list.
    """
    line = lines.get(of)
    if line is None or (line.item.code, line.price) != (row["med_list_codg"], row["pric"]):
        return None
    if row["cnt"] >= 0 or batches.get(of, "") != _batch_of(row):
        return None
    return refund(sn, line, [each for each in lines.values() if each.refund_of == of], row["cnt"])


def _batch_of(row: Block) -> str:
    """Return the charge batch of a line of outpatient care; empty in hospital and for a purchase."""
    return str(row.get("chrg_bchno", ""))


def _batched(
    turn: Turn, asked: Message, visit: Visit, rows: Sequence[Block], lines: Sequence[Line]
) -> tuple[Batch, ...] | Message:
    """Return lines by charge batch; refuse more of a settled batch, and a batch of several diseases."""
    settled = {bill.billed.batch for bill in visit.bills.values() if bill.billed.batch}
    groups: dict[str, list[tuple[Block, Line]]] = {}
    for row, line in zip(rows, lines, strict=True):
        groups.setdefault(_batch_of(row), []).append((row, line))
    found = []
    for batch, members in groups.items():
        diseases = {str(row.get("dise_codg") or visit.disease) for row, _ in members}
        if batch and visit.open_lines(batch):
            diseases.add(visit.diseases[batch])
        if batch in settled:
            return turn.refuse(asked, "line_settled", batch)
        if len(diseases) > 1:
            return turn.refuse(asked, "batch_mixed", batch)
        found.append(Batch(tuple(line for _, line in members), batch, diseases.pop(), tuple(row for row, _ in members)))
    return tuple(found)


def _by_number(turn: Turn, asked: Message, visit: Visit) -> dict[str, None] | Message:
    """Return the numbers that the rows of a 2302 name, in order."""
    settled = visit.settled_lines()
    chosen: dict[str, None] = {}
    for row in asked.rows("data"):
        sn = str(row.get("feedetl_sn", ""))
        stray = _stray(turn, asked, visit, row)
        if stray is not None:
            return stray
        if sn == ALL_LINES:
            chosen.update(dict.fromkeys(sn for sn in visit.lines if sn not in settled))
        elif sn in settled:
            return turn.refuse(asked, "line_settled", sn)
        elif sn in visit.lines:
            chosen[sn] = None
        else:
            return turn.refuse(asked, "unknown_line", sn)
    return chosen


def _by_batch(turn: Turn, asked: Message, visit: Visit) -> dict[str, None] | Message:
    """Return the numbers of the lines of the batch that a 2205 names."""
    batch, settled = asked.block("data")["chrg_bchno"], visit.settled_lines()
    if batch == ALL_BATCHES:
        return dict.fromkeys(sn for sn in visit.lines if sn not in settled)
    chosen = [line.sn for line in visit.open_lines(batch)]
    return dict.fromkeys(chosen) if chosen else turn.refuse(asked, "unknown_batch", batch)
