"""A clearing house: it makes the sheet of a month, sends it to the members, and hears what they say to it.

A province is the house of its cities. The ministry is that of the provinces, for care across them; its sheet goes on to
the cities as a notice, with the pairs that concern each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.actions import CloseAnswers, MakeSheet
from simulator.core.clearing.applications import Adjusted, Applications, Standings
from simulator.core.clearing.deadlines import CONFIRM, SHEET, TRANSFER, Deadlines
from simulator.core.clearing.facts import Judged, Pooled, SheetMade
from simulator.core.clearing.logged import Logged
from simulator.core.clearing.member import DEPARTMENTS, answer_by, nothing_to_settle
from simulator.core.clearing.months import compact, last_day
from simulator.core.clearing.orders import in_parts
from simulator.core.clearing.papers import (
    CROSS_PROVINCE_SHEET,
    TABLES,
    Pair,
    PaperSheet,
    balances,
    base_of,
    due,
    lines_of_pairs,
    pairs_of,
)
from simulator.core.network.router import Router
from simulator.core.platform.books import charge_legs, posting
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.money import yuan


class Issue:
    """A sheet as its house keeps it: what it says, each member's answer, and what each has pooled, by insurance.

    ``sent`` is the number of the version a member has, ``until`` the last day before silence confirms it.
    """

    __slots__ = ("answers", "collected", "sent", "sheet", "until")

    def __init__(self, sheet: PaperSheet) -> None:
        self.sheet = sheet
        self.answers: dict[str, str] = {}
        self.sent: dict[str, str] = {}
        self.until: dict[str, dt.date] = {}
        self.collected: dict[tuple[str, str], int] = {}

    def stands(self, member: str, on: dt.date) -> bool:
        """Tell whether the sheet stands for a member: it has confirmed it, or the time for an answer is over."""
        return self.answers.get(member) == life.CONFIRMED or on > self.until.get(member, on)


class House(Office):
    """The sheets of one house; ``kind`` is what it makes itself, and ``books`` whether payments run through it."""

    def __init__(self, node: Router, kind: str, members: Iterable[str], adjusted: Adjusted, *, books: bool) -> None:
        self._node = node
        self._kind = kind
        self._books = books
        self.members = tuple(members)
        self._deadlines = Deadlines(node.pack, node.calendar, node.code)
        self.issues: dict[str, Issue] = {}  # by the number of the first sheet
        self.settle: Callable[[Turn, str], None] = nothing_to_settle
        self.applications = Applications(
            registry=node.registry,
            pack=node.pack,
            logged=Logged(),
            adjusted=adjusted,
            standings=Standings(self.member_of, self._inside, self._closed_to),
        )
        self.settled: Callable[[str, str], bool] = lambda month, member: False
        self.under_way: Callable[[str, PaperSheet], bool] = lambda member, sheet: False
        self.answers = {"C103": self._hear}
        self.does = declining({MakeSheet: self._make, CloseAnswers: self._close})
        self.folds = {SheetMade: self._fold_made, Judged: self._fold_judged, Pooled: self._fold_pooled}

    def member_of(self, city: str) -> str:
        """Return whose line a city stands on: its own, or its province's where that is the member."""
        return city if city in self.members else self._node.registry.province_of(city)

    def issue(self, number: str) -> Issue:
        """Return a sheet by its number; raises Refused for one that is not known."""
        found = self.issues.get(base_of(number))
        if found is None:
            raise Refused("unknown_document", number)
        return found

    def due_of(self, issue: Issue, member: str) -> dict[str, tuple[int, int]]:
        """Return what a member has to pay by a sheet and what is to come to it, by insurance."""
        return self.dues(issue).get(member, {})

    def dues(self, issue: Issue) -> dict[str, dict[str, tuple[int, int]]]:
        """Return what each member has to pay by a sheet and what is to come to it, by insurance, in one go."""
        collects: dict[str, dict[str, int]] = {}
        pays: dict[str, dict[str, int]] = {}
        insutypes: set[str] = set()
        for pair in issue.sheet.pairs:
            claimed = pair.sums.claimed
            for side, city in ((collects, pair.treatment), (pays, pair.insured)):
                sums = side.setdefault(self.member_of(city), {})
                sums[pair.insutype] = sums.get(pair.insutype, 0) + claimed
            insutypes.add(pair.insutype)
        nothing: dict[str, int] = {}
        return {
            member: {
                insutype: due(
                    issue.sheet.kind,
                    collects.get(member, nothing).get(insutype, 0),
                    pays.get(member, nothing).get(insutype, 0),
                )
                for insutype in sorted(insutypes)
            }
            for member in self.members
        }

    def missing(self, issue: Issue, member: str) -> dict[str, int]:
        """Return what a member still has to pool for a sheet, by insurance."""
        return self._left(issue, member, self.due_of(issue, member))

    def all_missing(self, issue: Issue) -> dict[str, dict[str, int]]:
        """Return what each member still has to pool for a sheet, by insurance."""
        return {member: self._left(issue, member, dues) for member, dues in self.dues(issue).items()}

    def _left(self, issue: Issue, member: str, found: Mapping[str, tuple[int, int]]) -> dict[str, int]:
        dues = found.items()
        left = ((insutype, out - issue.collected.get((member, insutype), 0)) for insutype, (out, _) in dues)
        return {insutype: amount for insutype, amount in left if amount > 0}

    def final(self, issue: Issue) -> bool:
        """Tell whether every member has confirmed a sheet, or counts as having done so."""
        return all(answer == life.CONFIRMED for answer in issue.answers.values())

    # -- making -------------------------------------------------------------------------------------------------

    def _make(self, turn: Turn, action: MakeSheet) -> None:
        """Make the sheet of a month that is over, or correct it where members dispute or have not answered.

        A correction may change only what nobody affected has confirmed: what is found later goes into a later month.
        """
        month, today = action.month, turn.now.date()
        if today <= last_day(month):
            raise Refused("month_not_open", month)
        pairs = pairs_of(
            (event, row) for event, row in self.applications.of(month) if self._inside(row.treatment, row.insured)
        )
        base = f"QSD{self._node.code}{compact(month)}"
        known = self.issues.get(base)
        number = base if known is None else known.sheet.corrected()
        if known is not None:
            pairs, bound = self._correctable(known, pairs, today)
            if pairs == known.sheet.pairs and bound:
                raise Refused("document_not_now", base, f"{bound} {life.CONFIRMED}", "C102")
            if pairs == known.sheet.pairs:
                raise Refused("nothing_due", base)
        sheet = PaperSheet(
            number,
            self._kind,
            month,
            today,
            self._by(CONFIRM, month, today),
            self._by(TRANSFER, month, today),
            lines_of_pairs(pairs, self.member_of, self.members),
            pairs,
        )
        self.send(turn, sheet)

    def _correctable(self, known: Issue, pairs: Iterable[Pair], on: dt.date) -> tuple[tuple[Pair, ...], str]:
        """Return the pairs of a correction, and a member that keeps some of them as they were."""
        after, bound = {pair[:3]: pair for pair in pairs}, ""
        before = {pair[:3]: pair for pair in known.sheet.pairs}
        for key in {*before, *after}:
            sides = (self.member_of(key[0]), self.member_of(key[1]))
            firm = [member for member in sides if known.stands(member, on)]
            if firm and before.get(key) != after.get(key):
                bound = max(bound, firm[0])
                after.pop(key, None)
                after |= {key: before[key]} if key in before else {}
        return tuple(sorted(after.values(), key=lambda pair: pair[:4])), bound

    def _inside(self, treatment: str, insured: str) -> bool:
        """Tell whether a pair of cities is cleared by the sheets that this house makes itself."""
        return self._node.registry.cross_province(treatment, insured) == (self._kind == CROSS_PROVINCE_SHEET)

    def _closed_to(self, member: str, month: str, own: bool, on: dt.date) -> str:  # of a callable
        """Return the state in which a member may not apply for a month any more, empty where it may."""
        issues = [
            each
            for each in self.issues.values()
            if each.sheet.month == month and (each.sheet.kind == self._kind) == own and member in each.answers
        ]
        ledger = self.applications.in_force if own else self.applications.onward
        known = ledger.get((month, member))
        listed = (known is not None and known.closed) or (not own and self.settled(month, member))
        return life.CONFIRMED if listed or any(each.stands(member, on) for each in issues) else ""

    def _by(self, step: str, month: str, on: dt.date) -> dt.date:
        """Return the last day of a step after a sheet of this day: one past, or set by no figure, is the day itself."""
        found = self._deadlines.due(TABLES[self._kind], step, month, {SHEET: on})
        return max(found.day, on) if found is not None else on

    def _affected(self, before: Iterable[Pair], after: Iterable[Pair]) -> tuple[str, ...]:
        changed = set(before) ^ set(after)
        cities = {city for pair in changed for city in (pair.treatment, pair.insured)}
        return tuple(member for member in self.members if any(self.member_of(city) == member for city in cities))

    def send(self, turn: Turn, sheet: PaperSheet) -> None:
        """Send a sheet to the members: the first whole to all, a correction to those it changes, book what is new.

        A sheet that comes in parts from above is sent on part by part.
        """
        known = self.issues.get(sheet.base)
        before = known.sheet.pairs if known is not None else ()
        corrected = known is not None and sheet.revision > known.sheet.revision
        more = known is not None and not corrected
        pairs = (*before, *(pair for pair in sheet.pairs if pair not in before)) if more else sheet.pairs
        changed = self._affected(before, pairs)
        own = sheet.kind == self._kind
        members = self.members if own and known is None else changed
        turn.record(SheetMade(sheet._replace(pairs=pairs), members))
        self._book(turn, sheet.number, before, pairs)
        for member in members:
            mine = sheet.concerning(lambda city, member=member: self.member_of(city) == member)  # type: ignore[misc]
            for part in in_parts(mine.pairs) or ((),):
                turn.ask(member, "C102", mine._replace(pairs=part).blocks(member))

    def _book(self, turn: Turn, number: str, before: Iterable[Pair], after: Iterable[Pair]) -> None:
        """Book what payers owe through the house to payees; what a correction took away is taken back."""
        if not self._books:
            return
        changes = [(pair, 1) for pair in after if pair not in before] + [
            (pair, -1) for pair in before if pair not in after
        ]
        legs = [
            leg
            for pair, sign in changes
            for leg in charge_legs(
                self.member_of(pair.insured), self.member_of(pair.treatment), sign * pair.sums.claimed
            )
        ]
        if legs:
            turn.post(posting(self._node.code, turn.now, number, legs))

    # -- answers ------------------------------------------------------------------------------------------------

    def _hear(self, turn: Turn, asked: Message) -> Message:
        """C103: a member's answer, with a time of each of the four departments (JS-4.3) and its own difference."""
        data = asked.block("data")
        known = self.issues.get(base_of(data["clr_sht_no"]))
        member = data["admdvs"]
        if known is None or member not in known.answers:
            return turn.refuse(asked, "unknown_document", data["clr_sht_no"])
        answer = life.CONFIRM if data["cnfm_flag"] == "1" else life.DISPUTE
        if (known.answers[member], answer) not in life.CASE:
            return turn.refuse(asked, "document_not_now", data["clr_sht_no"], known.answers[member], "C103")
        if data["clr_sht_no"] != known.sent[member] or self.under_way(member, known.sheet):
            return turn.refuse(asked, "document_not_now", data["clr_sht_no"], life.APPLIED, "C103")
        stamped = {row["dept_type"] for row in asked.rows("deptlist")}
        missing = [name for code, name in DEPARTMENTS.items() if code not in stamped]
        if missing:
            return turn.refuse(asked, "incomplete", data["clr_sht_no"], "、".join(missing))
        found = balances(known.sheet.pairs, lambda city: self.member_of(city) == member)
        difference = sum(collects - pays for collects, pays in found.values())
        if data["diff_amt"] != difference:
            return turn.refuse(asked, "amount_differs", member, yuan(data["diff_amt"]), yuan(difference))
        turn.record(Judged(known.sheet.base, member, answer, turn.now.date(), data.get("nocnfm_rea", "")))
        self.settle(turn, known.sheet.base)
        state = "50" if answer == life.CONFIRM else "30"
        return turn.ok(asked, result={"clr_sht_no": data["clr_sht_no"], "clr_stas": state})

    def _close(self, turn: Turn, action: CloseAnswers) -> None:
        """Count members as confirming that have not answered by their day (P75-57).

        A dispute that no correction has met in the time for an answer is counted so too.
        """
        known, today = self.issue(action.number), turn.now.date()
        open_ = [each for each, answer in known.answers.items() if (answer, life.LAPSE) in life.CASE]
        over = [each for each in open_ if today > known.until[each]]
        if today <= known.sheet.confirm_by or (open_ and not over):
            raise Refused("document_not_now", action.number, life.ON_SHEET, life.LAPSE)
        for member in over:
            turn.record(Judged(known.sheet.base, member, life.LAPSE, today))
        self.settle(turn, known.sheet.base)

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_made(self, fact: SheetMade) -> None:
        known = self.issues.setdefault(fact.sheet.base, Issue(fact.sheet))
        known.sheet = fact.sheet
        known.answers |= dict.fromkeys(fact.members, life.ON_SHEET)
        known.sent |= dict.fromkeys(fact.members, fact.sheet.number)
        known.until |= dict.fromkeys(fact.members, fact.sheet.confirm_by)

    def _fold_judged(self, fact: Judged) -> None:
        known = self.issues.get(fact.number)
        if known is not None and fact.member in known.answers:
            state = known.answers[fact.member] = life.CASE[known.answers[fact.member], fact.answer]
            if state == life.CONFIRMED:
                self.applications.close(fact.member, known.sheet, own=known.sheet.kind == self._kind)
            else:
                known.until[fact.member] = answer_by(self._deadlines, known.sheet, fact.on)

    def _fold_pooled(self, fact: Pooled) -> None:
        known = self.issues.get(base_of(fact.source_no))
        if known is not None:
            for _, insutype, amount in fact.rows:
                key = (fact.member, insutype)
                known.collected[key] = known.collected.get(key, 0) + amount
