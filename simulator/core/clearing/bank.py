"""The bank's own book of an organisation's account: the mirror that ledgers are held against (账款相符, JL-4.2j)."""

from __future__ import annotations

from simulator.core.clearing.papers import Voucher


class Account:
    """One bank account: its vouchers in order, and what is on it in fen."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.balance = 0
        self.vouchers: dict[str, Voucher] = {}  # by order: on one account an order is paid or received

    def book(self, voucher: Voucher) -> None:
        """Book a voucher: a receipt adds, a transfer takes away."""
        self.vouchers[voucher.dfr_id] = voucher
        self.balance += voucher.signed
