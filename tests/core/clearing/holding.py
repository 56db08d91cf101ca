"""What must hold while a clearing is played: after each step, at rest, and at the end."""

from __future__ import annotations

from collections import Counter
from typing import Any

from simulator.core import invariants as inv
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.facts import (
    InstitutionApplied,
    InstitutionOffset,
    InstitutionPaid,
    Listed,
    OrderReceived,
    OrderSent,
    SheetMade,
)
from simulator.core.clearing.finance import ENDOWMENT
from simulator.core.clearing.parties import finance_of
from simulator.core.platform.books import BANK, CLEARING, FISCAL, PAYABLE, POOLED, PREPAID, RECEIVABLE

from .conftest import HOSPITALS
from .player import KINDS, MONEY, Player
from .steps import INSURED_LACKS


class Holding:
    """Watches a player; each of its checks is cheap, as it looks only at what is new."""

    def __init__(self, player: Player) -> None:
        self.player, self.bench = player, player.bench
        self._read = 0
        self._covers: dict[tuple[str, str], tuple[str, ...]] = {}  # an institution's application → its rows
        self._paid: Counter[tuple[str, str]] = Counter()
        self._listed: Counter[tuple[str, str]] = Counter()
        self._orders: Counter[str] = Counter()
        self._way = 0  # fen that were sent and have not arrived
        self._watched: dict[type, Any] = {
            InstitutionApplied: self._applied_for,
            InstitutionPaid: self._institution_paid,
            InstitutionOffset: self._institution_paid,
            Listed: self._fact_listed,
            SheetMade: self._sheet_made,
            OrderSent: self._order_sent,
            OrderReceived: self._order_received,
        }

    # -- after each step ----------------------------------------------------------------------------------------

    def after_a_step(self) -> None:
        facts = self.player.wire.facts
        new, self._read = facts[self._read :], len(facts)
        for code, fact in new:
            if type(fact) in self._watched:
                self._watched[type(fact)](code, fact)
        for area in {code[1:7] if code.startswith("C") else code for code, _ in new} & set(self.player.areas):
            self._mirrored(area)
        if new:
            held = sum(self.bench.treasury(area).account.balance for area in self.player.areas)
            assert held + self._way == MONEY * len(self.player.areas), "money is lost, or made"

    def _applied_for(self, code: str, fact: InstitutionApplied) -> None:
        self._covers[code, fact.event] = fact.setl_ids

    def _institution_paid(self, code: str, fact: InstitutionPaid | InstitutionOffset) -> None:
        rows = self.bench.city(code).rows
        for event in fact.events:
            for setl_id in self._covers[code, event]:
                self._paid[code, setl_id] += rows.find(setl_id) is not None
                assert self._paid[code, setl_id] <= 1, f"{setl_id} is paid twice"

    def _fact_listed(self, code: str, fact: Listed) -> None:
        if code in self.player.cities:
            for each in (*fact.items, *fact.changes):
                self._listed[code, each] += 1
                assert self._listed[code, each] == 1, f"{each} is cleared twice"

    def _sheet_made(self, code: str, fact: SheetMade) -> None:
        assert inv.lines_are_zero(fact.sheet.lines), "the positions of a sheet do not sum to nothing"

    def _order_sent(self, code: str, fact: OrderSent) -> None:
        assert not self._orders[fact.order.dfr_id], f"{fact.order.dfr_id} is paid twice"
        self._orders[fact.order.dfr_id] += 1
        self._way += fact.order.amount

    def _order_received(self, code: str, fact: OrderReceived) -> None:
        if fact.voucher.dfr_id != ENDOWMENT:
            assert self._orders[fact.voucher.dfr_id] == 1, f"{fact.voucher.dfr_id} is received twice, or was not sent"
            self._orders[fact.voucher.dfr_id] += 1
            self._way -= fact.voucher.amount

    def _mirrored(self, area: str) -> None:
        """The agency's ledger is the finance department's and the bank's, but for what has not been reported."""
        treasury = self.bench.treasury(area)
        ledger = self.bench.nodes[finance_of(area)].books.balance(BANK, treasury.account.number)
        sides = self.bench.balance(area, FISCAL, finance_of(area)), ledger, treasury.account.balance
        booked = self.bench.city(area).agency.vouchers.keys() | {ENDOWMENT}
        unbooked = sum(each.signed for number, each in treasury.account.vouchers.items() if number not in booked)
        assert inv.ledgers_agree(*sides, unbooked), (area, sides)
        assert inv.never_negative([treasury.account.balance])
        if area in self.player.provinces:
            desks = self.bench.city(area)
            for member in desks.house.members:
                free = (desks.prepaid.free(kind, member).values() for kind in KINDS)
                assert inv.never_negative([desks.pool.balance(member), *(fen for each in free for fen in each)]), member

    # -- at rest ------------------------------------------------------------------------------------------------

    def at_rest(self) -> None:
        """Every sheet is paid, nothing is on its way, and nobody owes through the province.

        A sheet may wait for answers until its day; what the insured city does not have, it does not confirm.
        """
        player, bench = self.player, self.bench
        waits = any(
            answer != life.CONFIRMED and bench.now.date() <= max(issue.until[member], issue.sheet.confirm_by)
            for house in player.houses
            for issue in bench.city(house).house.issues.values()
            for member, answer in issue.answers.items()
        )
        if waits or any(known.wrong == INSURED_LACKS for known in player.bills.values()):
            return
        assert self._way == 0
        for area in player.areas:
            for number, case in bench.city(area).member.cases.items():
                assert case.state == life.CLOSED, (area, number, case.state)
            books = bench.nodes[area].books
            assert bench.treasury(area).unreported() == 0
            assert books.total(CLEARING) == books.total(POOLED) == 0, (area, books.balances())
        for city in player.cities:
            above = bench.registry.province_of(city) or player.provinces[0]
            sides = bench.balance(city, PREPAID, above), -bench.balance(above, PREPAID, city)
            assert sides[0] == sides[1], (city, sides)
        uneven = {(known.row.treatment_city, known.row.insured_city) for known in player.bills.values() if known.wrong}
        for one in player.cities:
            for other in set(player.cities) - {one}:
                sides = bench.balance(one, PAYABLE, other), bench.balance(other, RECEIVABLE, one)
                assert (other, one) in uneven or inv.books_mirror(*sides), (one, other, sides)

    # -- at the end ---------------------------------------------------------------------------------------------

    def at_the_end(self) -> None:
        """Every piece was cleared once, or is too late and shown as such; every institution has its money."""
        for city in self.player.cities:
            rows = self.bench.city(city).rows
            for piece in (*rows.items(), *rows.changes.values()):
                assert piece.listed == bool(piece.claim), piece
            self._whole(city, rows)
            for hospital, area in HOSPITALS.items():
                if self.bench.registry.city_of(area) == city:
                    rest = sum(line.amount for line in rows.rest.get(hospital, ()))
                    assert -self.bench.balance(city, PAYABLE, hospital) == rest <= 0, hospital
            for other in set(self.player.cities) - {city}:
                assert self.bench.balance(city, RECEIVABLE, other) == self._open(rows, other), (city, other)

    def _whole(self, city: str, rows: Any) -> None:
        """What is open of a bill is too late, or nothing is left of the bill: it stands on no sheet at all."""
        families: dict[str, list[Any]] = {}
        for item in rows.items():
            families.setdefault(item.root, []).append(item)
        for root, family in families.items():
            changes = [each for each in rows.changes.values() if each.item is not None and each.item.root == root]
            claimed = sum(each.cleared for each in family if each.listed)
            claimed += sum(each.sums.claimed for each in changes if each.listed)
            late = any(each.aside for each in (*family, *changes))
            assert all(each.paid_on for each in family), f"{root} is not paid"
            if not family[0].remote:
                continue
            assert late or (claimed >= 0 and sum(each.cleared for each in family if not each.listed) == 0), root
            open_ = [number for number, each in rows.changes.items() if each in changes and not each.listed]
            assert late or not open_ or not claimed, (root, open_)

    def _open(self, rows: Any, other: str) -> int:
        pieces = [(item.row.insured_city, item.cleared, item.listed) for item in rows.items()]
        pieces += [(each.place.insured, each.sums.cleared, each.listed) for each in rows.changes.values()]
        return sum(fen for insured, fen, listed in pieces if insured == other and not listed)
