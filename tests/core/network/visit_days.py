"""Random stays, here and in the other city: admission, lines, discharge, settlement, and all that undoes them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from simulator.core.benefit.bill import classify
from simulator.core.platform.transactions import REVERSIBLE
from simulator.core.visits.lifecycle import ADMITTED, DISCHARGED, SETTLED

from .cases import HOSPITALS, PEOPLE, TREATED_IN, WARD, Case, Stay, bills, some
from .wire_days import Wires

_ANYTHING = ("2301", "2302", "2402", "2303", "2304", "2305", "2404", "2405", "5203")


class Visits(Wires):
    """The hospitals' systems, as far as they deal with stays and with undoing."""

    def visit(self, case: Case) -> Any:
        """A case as the city that treats has it."""
        return self.nodes[case.city].treatment.visits.find(case.mdtrt_id)

    def known(self, kind: type[Case] = Case) -> list[Any]:
        """The cases of a kind that have a visit there."""
        return [case for case in self.cases if isinstance(case, kind) and self.visit(case) is not None]

    def of_kind(self, kind: type[Case]) -> int:
        return sum(isinstance(case, kind) for case in self.cases)

    def begin(self, case: Case) -> None:
        self.cases.append(case)
        self.send(case, case.opening)

    def lines(self, case: Case, rows: Any) -> list[tuple[Any, Any]]:
        """Fee lines of (item, quantity), each with its time."""
        made = []
        for code, quantity in rows:
            case.serial += 1
            item = self.play.net.catalogue.items[code]
            made.append((classify(str(case.serial), item, item.price, quantity), self.play.now))
        return made

    def upload(self, stay: Stay, rows: Any, change: dict[str, Any] | None = None) -> None:
        lines = self.lines(stay, rows)
        asked = stay.desk.upload(self.play.tick(), stay.person, stay.mdtrt_id, lines, WARD)
        if change:
            first, *rest = asked.rows("feedetail")
            rows = (MappingProxyType({**first, **change}), *rest)
            asked = asked._replace(blocks=MappingProxyType({"feedetail": rows}))
        self.send(stay, asked)

    # -- stays ------------------------------------------------------------------------------------------------------

    @initialize(steps=st.tuples(*[st.integers(0, 5)] * len(PEOPLE)), rows=bills)
    def stays_at_every_stage(self, steps: tuple[int, ...], rows: Any) -> None:
        """Begin with a stay of each person, calmly brought from admission up to a cancelled settlement."""
        for who, count in zip(PEOPLE, steps, strict=True):
            stay = self.admit(who, HOSPITALS[0], calm=True)
            for _ in range(count):
                self.advance(stay, rows)
                self.calm(True)

    @rule(pick=some, where=st.sampled_from(tuple(TREATED_IN)), calm=st.booleans())
    @precondition(lambda self: self.of_kind(Stay) < 8)
    def somebody_comes(self, pick: int, where: str, calm: bool) -> None:
        self.admit(self.people[pick % len(self.people)], where, calm=calm)

    def admit(self, who: str, where: str, *, calm: bool) -> Stay:
        desk, person = self.play.net.desks[where], self.play.net.people[who]
        now = self.play.tick()
        stay = Stay(desk, person, desk.admit(now, person, now, WARD))
        self.begin(stay)
        self.calm(calm)
        return stay

    @rule(pick=some, rows=bills, use_account=st.booleans(), calm=st.booleans())
    @precondition(lambda self: self.known())
    def next_step(self, pick: int, rows: Any, use_account: bool, calm: bool) -> None:
        """What would come next: lines, discharge, settlement, and then its cancellation."""
        cases = self.known()
        self.advance(cases[pick % len(cases)], rows, pick=pick, use_account=use_account)
        self.calm(calm)

    def advance(self, case: Case, rows: Any, *, pick: int = 1, use_account: bool = True) -> None:
        """Take the next step of a stay; every fifth bill is tried first."""
        visit, now = self.visit(case), self.play.tick()
        desk, person, number = case.desk, case.person, case.mdtrt_id
        if visit.state == ADMITTED and not visit.lines:
            self.upload(case, rows)
        elif visit.state == ADMITTED:
            self.send(case, desk.discharge(now, person, number, now, WARD))
        elif visit.state == DISCHARGED:
            infno, bill = "2304" if pick % 5 else "2303", visit.totals().bill
            self.send(case, desk.settle(now, infno, person, number, bill, use_account=use_account))
        elif visit.state == SETTLED:
            self.cancel(case)

    def cancel(self, case: Case, pick: int = 0) -> None:
        """Cancel a settlement: one that is in force, or the last that is known."""
        visit = self.visit(case)
        in_force = list(visit.bills) if visit is not None else []
        number = in_force[pick % len(in_force)] if in_force else case.setl_id or "unknown"
        asked = case.desk.about_visit(self.play.tick(), case.cancels, case.person, case.mdtrt_id, setl_id=number)
        self.send(case, asked)

    @rule(pick=some, infno=st.sampled_from(_ANYTHING), calm=st.booleans())
    @precondition(lambda self: self.known(Stay))
    def any_step(self, pick: int, infno: str, calm: bool) -> None:
        """Anything at any time, allowed or not."""
        stay = self.known(Stay)[pick % len(self.known(Stay))]
        now, desk, person, number = self.play.tick(), stay.desk, stay.person, stay.mdtrt_id
        if infno == "2301":
            self.upload(stay, [("drug-b", 10_000)], change={"det_item_fee_sumamt": pick})
        elif infno == "2302":
            self.send(stay, desk.cancel_lines(now, person, number, ["0000" if pick % 3 else str(pick % 9)]))
        elif infno == "2402":
            self.send(stay, desk.discharge(now, person, number, now, WARD))
        elif infno in {"2303", "2304"}:
            bill = self.visit(stay).totals().bill + pick % 2
            self.send(stay, desk.settle(now, infno, person, number, bill, use_account=True))
        else:
            self.send(stay, desk.about_visit(now, infno, person, number, setl_id=stay.setl_id or "unknown"))
        self.calm(calm)

    @rule(pick=some, quantity=st.integers(1, 400_000), calm=st.booleans())
    @precondition(lambda self: any(self.visit(stay).lines for stay in self.known(Stay)))
    def refund(self, pick: int, quantity: int, calm: bool) -> None:
        stays = [stay for stay in self.known(Stay) if self.visit(stay).lines]
        stay = stays[pick % len(stays)]
        lines = list(self.visit(stay).lines.values())
        line = lines[pick % len(lines)]
        self.upload(stay, [(line.item.code, -quantity)], change={"init_feedetl_sn": line.sn})
        self.calm(calm)

    # -- undoing, of every kind of visit ----------------------------------------------------------------------------

    @rule(pick=some, wrong=st.sampled_from(("", "", "", "", "omsgid", "oinfno", "psn_no", "area")), calm=st.booleans())
    @precondition(lambda self: any(message.infno in REVERSIBLE for message in self.sent))
    def reverse(self, pick: int, wrong: str, calm: bool) -> None:
        originals = [message for message in self.sent if message.infno in REVERSIBLE]
        original = originals[-1 - pick % min(len(originals), 6)]
        case = self.about[original.key]
        asked = case.desk.reverse(self.play.tick(), case.person, original)
        if wrong == "area":
            asked = asked.with_head(insuplc_admdvs="320382")
        elif wrong:
            asked = asked.with_fields("data", {wrong: "2301" if wrong == "oinfno" else "other"})
        self.send(case, asked)
        self.calm(calm)

    @rule(
        pick=some,
        how=st.sampled_from(("cancels", "settles", "cancels settles", "settles settles", "opens")),
        order=some,
    )
    @precondition(lambda self: any(case.settles in case.last for case in self.cases))
    def undo(self, pick: int, how: str, order: int) -> None:
        """Reverse the latest cancellation or settlement of a visit; cancel it and reverse it at once."""
        cases = [case for case in self.cases if case.settles in case.last]
        case = cases[pick % len(cases)]
        numbers = {"cancels": case.cancels, "settles": case.settles, "opens": case.opening.infno}
        for infno in (numbers[each] for each in how.split()):
            if infno == case.cancels and (" " in how or infno not in case.last):
                self.cancel(case, pick)
            else:
                self.send(case, case.desk.reverse(self.play.tick(), case.person, case.last[infno]))
        if order % 3:
            self.deliver_everything_in_some_order(order)

    @rule(pick=some, rows=bills, hops=st.integers(0, 5), reverses=st.booleans(), lost=st.booleans())
    @precondition(lambda self: self.known())
    def next_step_in_trouble(self, pick: int, rows: Any, hops: int, reverses: bool, lost: bool) -> None:
        """The next step, or a reversal of the last one, is lost or held up on its way, and the deadlines pass."""
        case = self.known()[pick % len(self.known())]
        others = len(self.wire.flying)
        original = case.last.get(case.cancels) or case.last.get(case.settles)
        if reverses and original is not None:
            self.send(case, case.desk.reverse(self.play.tick(), case.person, original))
        else:
            self.advance(case, rows)
        self.trouble(others, hops, lost=lost)
