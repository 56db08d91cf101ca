"""Mutants in the application for a month's money (3203, 3204): which rows it is of, and what it is held against."""

from __future__ import annotations

from typing import Any

from conformance.mutants.mutant import RULES, STATE, Mutant, Patch
from simulator.core.platform.message import Message
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.rows import clearing_type

_NOT_APPLIED = "simulator.core.clearing.rows:Rows.not_applied"
_TOTALS = "simulator.core.clearing.institutions:_totals"
_WITHDRAW = "simulator.core.clearing.institutions:Institutions._withdraw"


def _without_refunds(old: Any) -> Any:
    return lambda self, *about: tuple(item for item in old(self, *about) if not item.row.refund)


def _of_the_city_alone(old: Any) -> Any:
    return lambda self, *about: tuple(item for item in old(self, *about) if item.row.insured_city == self._city)


def _of_every_month(old: Any) -> Any:
    def not_applied(self: Any, hospital: str, month: str, clr_type: str) -> Any:
        held = [item for (_, house), items in self._by_hospital.items() if house == hospital for item in items]
        return tuple(item for item in held if not item.application and clearing_type(item.row) == clr_type)

    return not_applied


def _applied_for_before(old: Any) -> Any:
    def not_applied(self: Any, hospital: str, month: str, clr_type: str) -> Any:
        held = self._by_hospital.get((month, hospital), ())
        return tuple(item for item in held if clearing_type(item.row) == clr_type)

    return not_applied


def _bill_alone(old: Any) -> Any:
    return lambda held: {name: fen for name, fen in old(held).items() if name in {"psntime", "medfee_sumamt"}}


def _uncounted(old: Any) -> Any:
    return lambda held: {name: fen for name, fen in old(held).items() if name != "psntime"}


def _said_only(old: Any) -> Any:
    def withdraw(self: Any, turn: Turn, asked: Message) -> Message:
        known = asked.block("data")["clr_appy_evt_id"] in self._rows.waiting
        return turn.ok(asked) if known else old(self, turn, asked)

    return withdraw


_FEN, _ONCE = ("*applied_for_to_the_fen*",), ("*applied_for_once*",)
MUTANTS = tuple(
    Mutant(name, kind, zh, en, (Patch(place, make),), expected)
    for name, kind, zh, en, place, make, expected in (
        (
            "application-without-refunds",
            RULES,
            "清算申请的合计不减去撤销的结算。",
            "What was cancelled is not taken off what is applied for.",
            _NOT_APPLIED,
            _without_refunds,
            _FEN,
        ),
        (
            "application-without-visitors",
            RULES,
            "清算申请的合计漏掉外市参保人的结算。",
            "Rows of people insured in other cities are left out of what is applied for.",
            _NOT_APPLIED,
            _of_the_city_alone,
            ("*applied_for_to_the_fen*here*",),
        ),
        (
            "application-of-every-month",
            RULES,
            "清算申请的合计混入他月的结算。",
            "Rows of other months are counted in what is applied for.",
            _NOT_APPLIED,
            _of_every_month,
            _FEN,
        ),
        (
            "application-by-the-bill-alone",
            RULES,
            "清算申请只核对总额，不核对基金和个人账户。",
            "What is applied for is held against the bill alone, not against fund and account.",
            _TOTALS,
            _bill_alone,
            _FEN,
        ),
        (
            "application-uncounted",
            RULES,
            "清算申请不核对人次。",
            "How many rows an application is of is not compared.",
            _TOTALS,
            _uncounted,
            _FEN,
        ),
        (
            "applied-for-twice",
            STATE,
            "同一月的费用可申请两次清算。",
            "The money of a month can be applied for twice.",
            _NOT_APPLIED,
            _applied_for_before,
            _ONCE,
        ),
        (
            "application-withdrawn-stays",
            STATE,
            "撤销清算申请答复成功而未撤销。",
            "An application is withdrawn with success, and stands.",
            _WITHDRAW,
            _said_only,
            _ONCE,
        ),
    )
)
