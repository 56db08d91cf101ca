"""Payment orders (拨付单, P103) as values, and how they are worded.

An order pays one payee: an institution (local and cross-region bills on one sheet, JL-4.3b), the finance of a treatment
place, or the finance of the level above. Its lines go by pooling area, insurance and clearing type, each split by fund
(P75-06). A message holds 100 lines and 100 fund rows: a longer order goes out in parts under one document number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from simulator.core.clearing.months import compact, expanded
from simulator.core.platform.message import Message
from simulator.core.values.areas import Registry

ROWS = 100  # of a list in a message

TO_TREATMENT_FINANCE, TO_INSTITUTION, UPWARD = "1", "2", "3"  # dfr_obj
BY_SHEET, BY_QUOTA, BY_CALL, BY_APPLICATIONS, BY_FLOAT = "1", "2", "3", "4", "6"  # dfr_souc
NOTICES = {TO_TREATMENT_FINANCE: "1", TO_INSTITUTION: "3", UPWARD: "4"}  # dfr_notc_type
PREPAID_NOTICE = "2"
NO_CLEARING_TYPE = "99"  # clr_type 其他: a payment on balance is of no single type


class Line(NamedTuple):
    """What an order pays for one pooling area, insurance and clearing type, split by ``fund_pay_type``, in fen."""

    area: str
    city: str
    insutype: str
    clr_type: str
    remote: bool
    funds: tuple[tuple[str, int], ...]

    @property
    def amount(self) -> int:
        """Return the fen of the line."""
        return sum(amount for _, amount in self.funds)


class Order(NamedTuple):
    """A payment: ``source`` (``dfr_souc``) and ``source_no`` are the sheet it rests on, ``payer`` and ``payee`` areas.

    ``document`` is the submission to finance; an institution is the payee by its own code.
    """

    dfr_id: str
    document: str
    source: str
    source_no: str
    month: str
    payee_kind: str
    payee: str
    payee_name: str
    account: str
    payer: str
    on: dt.date
    lines: tuple[Line, ...]

    @property
    def amount(self) -> int:
        """Return the fen of the order."""
        return sum(line.amount for line in self.lines)

    @property
    def prepaid(self) -> bool:
        """Tell whether the order moves prepaid money."""
        return self.source in {BY_QUOTA, BY_CALL}

    def blocks(self) -> dict[str, Any]:
        """Return the blocks of P103; the order has no more lines than fit."""
        notice = PREPAID_NOTICE if self.prepaid else NOTICES[self.payee_kind]
        data = {
            "dfr_id": self.dfr_id,
            "docno": self.document,
            "dfr_souc": self.source,
            "souc_sn": self.source_no,
            "cashym": compact(self.month),
            "dfr_notc_type": notice,
            "dfr_obj": self.payee_kind,
            "dfr_obj_code": self.payee,
            "dfr_obj_name": self.payee_name,
            "dfr_sumamt": self.amount,
            "bankacct": self.account,
            "acctname": self.payee_name,
            "fin_optins": self.payer,
            "dfr_date": self.on.isoformat(),
            "totalrow": len(self.lines),
        }
        lines: list[dict[str, Any]] = []
        funds: list[dict[str, Any]] = []
        for number, line in enumerate(self.lines, 1):
            line_id = f"{self.dfr_id[-24:]}{number:04d}"
            lines.append(_line_block(line, number, line_id))
            for kind, amount in line.funds:
                fund = {"fund_sbit_seq": f"{self.dfr_id[-24:]}{len(funds) + 1:06d}", "dfr_detl_id": line_id}
                funds.append({**fund, "fund_pay_type": kind, "fund_payamt": amount})
        return {"data": data, "dfrdetl": lines, "fundsbit": funds}


def _line_block(line: Line, number: int, line_id: str) -> dict[str, Any]:
    return {
        "seqno": number,
        "dfr_detl_id": line_id,
        "insu_admdvs": line.area,
        "clr_optins": line.city,
        "insutype": line.insutype,
        "clr_type": line.clr_type,
        "out_flag": "1" if line.remote else "0",
        "dfr_amt": line.amount,
    }


def parts(order: Order) -> Iterator[Order]:
    """Yield an order in parts that fit a message each; one that fits keeps its number."""
    chunks: list[list[Line]] = [[]]
    funds = 0
    for line in order.lines:
        if len(chunks[-1]) == ROWS or funds + len(line.funds) > ROWS:
            chunks.append([])
            funds = 0
        chunks[-1].append(line)
        funds += len(line.funds)
    for number, chunk in enumerate(chunks, 1):
        dfr_id = order.dfr_id if len(chunks) == 1 else f"{order.dfr_id}P{number:02d}"
        yield order._replace(dfr_id=dfr_id, lines=tuple(chunk))


def order_in(asked: Message) -> Order:
    """Return the order of a P103."""
    data = asked.block("data")
    funds: dict[str, list[tuple[str, int]]] = {}
    for row in asked.rows("fundsbit"):
        funds.setdefault(row["dfr_detl_id"], []).append((row["fund_pay_type"], row["fund_payamt"]))
    return Order(
        data["dfr_id"],
        data["docno"],
        data["dfr_souc"],
        data["souc_sn"],
        expanded(data["cashym"]),
        data["dfr_obj"],
        data["dfr_obj_code"],
        data["dfr_obj_name"],
        data["bankacct"],
        data["fin_optins"],
        dt.date.fromisoformat(data["dfr_date"]),
        tuple(
            Line(
                row["insu_admdvs"],
                row["clr_optins"],
                row["insutype"],
                row["clr_type"],
                row["out_flag"] == "1",
                tuple(funds.get(row["dfr_detl_id"], ())),
            )
            for row in asked.rows("dfrdetl")
        ),
    )


def lines_of(amounts: Mapping[tuple[str, str, str, str, bool], Iterable[tuple[str, int]]]) -> tuple[Line, ...]:
    """Return the lines of what is due by area, city, insurance, clearing type and whether it is cross-region.

    Funds that give nothing are left out, and so are lines without any.
    """
    lines = []
    for key, split in sorted(amounts.items()):
        funds: dict[str, int] = {}
        for kind, amount in split:
            funds[kind] = funds.get(kind, 0) + amount
        kept = tuple((kind, amount) for kind, amount in funds.items() if amount)
        if kept:
            lines.append(Line(*key, kept))
    return tuple(lines)


def fiscal_account(area: str) -> str:
    """Return the number of the special fiscal account (财政专户) of an area: invented, as all accounts are."""
    return f"9999{area}0000000001"


def agency_account(area: str) -> str:
    """Return the number of the agency's expenditure account (支出户)."""
    return f"9999{area}0000000002"


def institution_account(code: str) -> str:
    """Return the account number of an institution."""
    return f"9999{code[1:]}00003"


def fiscal_name(registry: Registry, area: str) -> str:
    """Return the holder of a special fiscal account; a province, which the registry does not name, by its code."""
    return f"{registry.cities.get(area, (area, area))[0]}财政专户"


def in_parts(rows: Iterable[Any], size: int = ROWS) -> tuple[tuple[Any, ...], ...]:
    """Return rows in pages of at most ``size``."""
    whole = tuple(rows)
    return tuple(whole[start : start + size] for start in range(0, len(whole), size))
