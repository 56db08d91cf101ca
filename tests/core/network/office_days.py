"""What the offices do while visits go on: people, filings, claims on paper, reconciliation, clearing and payments.

The staff of every platform and finance department act at any moment, sensibly or not; their messages share the wire
with the hospitals'. When a month is cleared, every office works until nothing is left to do.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from simulator.core import invariants as inv
from simulator.core.claims.case import (
    CheckClaim,
    CollectRefund,
    DecideClaim,
    OpenClaim,
    PayClaim,
    Reimburse,
    ReverseClaim,
    WithdrawClaim,
)
from simulator.core.claims.claim import NO_CARD, BillLine, Claim, Dossier
from simulator.core.clearing.actions import ApplyClearing, Confirm, Endow, MakeSheet, PayInstitutions
from simulator.core.clearing.finance import Finance
from simulator.core.clearing.months import first_day, last_day, later
from simulator.core.clearing.orders import agency_account, fiscal_account
from simulator.core.clearing.parties import finance_of
from simulator.core.filing.actions import CancelFiling, ChangeFiling, CheckFilings, ClearInvalid, File
from simulator.core.filing.facts import Left
from simulator.core.filing.types import LONG_TERM_RESIDENCE, LONG_TERM_WORK
from simulator.core.platform.node import Declined
from simulator.core.reconciliation.facts import CloseMonth, Correct, ReconcileDay
from simulator.core.reconciliation.results import days_of
from simulator.core.reconciliation.rows import clearing_type
from simulator.core.reconciliation.totals import sum_of, totals_of_row
from simulator.core.visits.insured import Enrolled

from .clearing_work import work_left
from .visit_days import HOSPITALS, NANJING, PROVINCE, XUZHOU, Visits, some

PLATFORMS = (NANJING, XUZHOU, PROVINCE)
ENDOWMENT = 10**12
PAPERS = ("identity", "receipt", "itemised_bill", "discharge_summary")
LAST_MONTH = "2016-12"  # the catalogue ends with the year
FIGURES = {  # what clearing needs beside the example pack
    "clearing__rules__seals": ("经办机构", "行政部门"),
    "clearing__rules__max_delay_months": 2,
    "clearing__in_province__sheet_day": 21,
    "clearing__in_province__confirm_day": 25,
}


class Offices(Visits):
    """The whole network: hospitals, platforms, finance departments and everyone insured."""

    def __init__(self, play: Any, wire: Any, picture: Any) -> None:
        super().__init__(play, wire, picture)
        pack, registry = play.net.pack, play.net.registry
        for code in PLATFORMS:
            desk = Finance(code, registry=registry, pack=pack, platform=code, today=play.now.date())
            self.nodes[finance_of(code)] = desk
            for at in (code, finance_of(code)):
                wire.perform(at, self.nodes[at].act(play.now, Endow(ENDOWMENT)))
        self.first_day = play.now.date()
        self.people.append("unfiled")
        self.cleared: set[str] = set()

    def act(self, at: str, action: Any) -> None:
        self.wire.act(self.play.tick(), at, action)

    @property
    def xuzhou(self) -> Any:
        return self.nodes[XUZHOU]

    @property
    def last_month(self) -> str:
        return later(f"{self.play.now:%Y-%m}", -1)

    # -- people and their filings -----------------------------------------------------------------------------------

    @rule(number=st.integers(1, 3), resident=st.booleans())
    def somebody_is_enrolled(self, number: int, resident: bool) -> None:
        """A newcomer, or one known by that number who is entered again."""
        name = f"newcomer {number}"
        kind = "resident" if resident else "worker"
        fresh = self.play.net.people[kind]._replace(psn_no=f"P10{number}", certno=f"CERT10{number}")
        person = self.play.net.people.setdefault(name, fresh)
        if name not in self.people:
            self.people.append(name)
            self.wire.know(XUZHOU, Enrolled(person))

    @rule(number=st.integers(1, 3), reason=st.sampled_from(("moved", "died", "returned")))
    def somebody_leaves(self, number: int, reason: str) -> None:
        if f"newcomer {number}" in self.people:
            self.wire.know(XUZHOU, Left(f"P10{number}", self.play.now.date(), reason))

    @rule(
        pick=some,
        kind=st.sampled_from((LONG_TERM_WORK, LONG_TERM_RESIDENCE)),
        place=st.sampled_from((NANJING, "320199", PROVINCE, XUZHOU)),
        calm=st.booleans(),
    )
    def file(self, pick: int, kind: str, place: str, calm: bool) -> None:
        person = self.play.net.people[self.people[pick % len(self.people)]]
        self.act(XUZHOU, File(person.psn_no, kind, place))
        self.calm(calm)

    def filings(self) -> list[Any]:
        """The filings made at the window, as 徐州 has them now."""
        return [each for each in self.xuzhou.filings.book.current() if each.sn.startswith("BA")]

    @rule(pick=some, change=st.booleans(), place=st.sampled_from((NANJING, "320199")), calm=st.booleans())
    @precondition(lambda self: self.filings())
    def change_or_cancel_a_filing(self, pick: int, change: bool, place: str, calm: bool) -> None:
        known = self.filings()[pick % len(self.filings())]
        kind = (LONG_TERM_WORK, LONG_TERM_RESIDENCE)[pick % 2]
        self.act(XUZHOU, ChangeFiling(known.sn, kind, place) if change else CancelFiling(known.sn))
        self.calm(calm)

    @rule(clear=st.booleans())
    @precondition(lambda self: self.filings())
    def check_filings(self, clear: bool) -> None:
        today = self.play.now.date()
        self.act(XUZHOU, ClearInvalid(today) if clear else CheckFilings(today))

    def copies_agree(self) -> None:
        """Whoever was told of a filing has it as the city of insurance has it."""
        book = self.xuzhou.filings.book
        for mine in self.filings():
            upload = book.upload(mine.sn)
            assert not upload.waiting, mine.sn
            assert not upload.refusal, (mine.sn, upload.refusal)
            if mine.sn in book.found:
                continue  # found invalid and not cleared yet: told when it is
            for code in {PROVINCE, *upload.known_by}:
                theirs = self.nodes[code].filings.book.latest(mine.sn)
                assert theirs is not None, (code, mine.sn)
                assert _said(theirs) == _said(mine), code

    # -- claims on paper --------------------------------------------------------------------------------------------

    @rule(pick=some, where=st.sampled_from(HOSPITALS), days=st.integers(0, 3), at_once=st.booleans())
    def claim(self, pick: int, where: str, days: int, at_once: bool) -> None:
        """Hand in the papers of a stay that ended a few days ago, or today."""
        names = [name for name in self.people if name != "local"]
        person = self.play.net.people[names[pick % len(names)]]
        end = self.play.now.date() - dt.timedelta(days=days)
        begin, number = end - dt.timedelta(days=pick % 3), f"SG{len(self.xuzhou.claims.cases) + 1}"
        bill = (BillLine("drug-a", 12_500_000, 4_000_000, end),)
        if at_once:
            visit = next((self.visit(stay) for stay in self.known() if stay.person is person), None)
            totals = visit.totals() if visit is not None and visit.lines else None
            if totals is not None:
                level = self.play.net.registry.institutions[where].level
                care = ("320199", LONG_TERM_WORK, begin, end)
                self.act(XUZHOU, Reimburse(Claim(f"X{pick % 9}", person.psn_no, where, level, *care, totals)))
            return
        papers = PAPERS if pick % 4 else PAPERS[:2]
        dossier = Dossier(number, person.psn_no, where, "320199", begin, end, (f"INV{pick % 9}",), bill, NO_CARD)
        self.act(XUZHOU, OpenClaim(dossier, papers))

    @rule(pick=some, step=st.sampled_from(("check", "decide", "pay", "pay", "withdraw", "reverse", "collect")))
    @precondition(lambda self: self.xuzhou.claims.cases)
    def work_on_a_claim(self, pick: int, step: str) -> None:
        cases = sorted(self.xuzhou.claims.cases)
        number = cases[pick % len(cases)]
        actions = {
            "check": (CheckClaim(number),),
            "decide": (CheckClaim(number), DecideClaim(number)),
            "pay": (CheckClaim(number), DecideClaim(number), PayClaim(number)),
            "withdraw": (WithdrawClaim(number),),
            "reverse": (ReverseClaim(number, "重复"),),
            "collect": (CollectRefund(number, pick % 10_000),),
        }
        self.calm(pick % 2 == 0)
        for action in actions[step]:
            self.act(XUZHOU, action)

    # -- reconciliation ---------------------------------------------------------------------------------------------

    @rule(at=st.sampled_from(PLATFORMS), back=st.integers(0, 2), calm=st.booleans())
    def reconcile(self, at: str, back: int, calm: bool) -> None:
        """Report or compare a day while messages are still on their way."""
        day = max(self.play.now.date() - dt.timedelta(days=back), self.first_day)
        self.act(at, ReconcileDay(day))
        self.calm(calm)

    @rule(pick=some, at=st.sampled_from(PLATFORMS), calm=st.booleans())
    @precondition(lambda self: any(self.nodes[code].reconciliation.results.mismatches() for code in PLATFORMS))
    def correct(self, pick: int, at: str, calm: bool) -> None:
        found = self.nodes[at].reconciliation.results.mismatches()
        if found:
            self.act(at, Correct(found[pick % len(found)]))
            self.calm(calm)

    @rule(at=st.sampled_from(PLATFORMS))
    @precondition(lambda self: self.last_month >= "2016-10")
    def close_a_month(self, at: str) -> None:
        self.act(at, CloseMonth(self.last_month))

    @rule(pick=some)
    def evening(self, pick: int) -> None:
        """At rest both cities report what they have not; then every day compared so far stands level."""
        self.come_to_rest(pick)
        compared = (self.nodes[code].reconciliation.results.under("") for code in PLATFORMS)
        for day in sorted({day for found in compared for day, _, _ in found}):
            self.report(day)
        for code in (XUZHOU, NANJING, PROVINCE):
            self.act(code, ReconcileDay(self.play.now.date()))
            self.quiet()
        for code in PLATFORMS:
            for day, pair, standing in self.nodes[code].reconciliation.results.under(""):
                assert standing.good, (code, day, pair, standing)

    # -- clearing and payments --------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 25))
    @precondition(lambda self: f"{self.play.now:%Y-%m}" < LAST_MONTH)
    def next_month(self, days: int) -> None:
        """Come to rest, and go on in the month after."""
        self.come_to_rest(days)
        first = first_day(later(f"{self.play.now:%Y-%m}", 1))
        self.play.now = dt.datetime.combine(first + dt.timedelta(days=days), dt.time(9))

    @rule(pick=some, withdraw=st.booleans())
    @precondition(lambda self: self.last_month >= "2016-10")
    def hospital_applies(self, pick: int, withdraw: bool) -> None:
        """A hospital applies for its money of the last month, or takes an application back."""
        waiting = sorted(self.nodes[NANJING].clearing.rows.waiting)
        if withdraw and waiting:
            event = waiting[pick % len(waiting)]
            desk = self.play.net.desks[HOSPITALS[pick % 2]]
            self.wire.send(desk.institution.code, NANJING, desk.withdraw_application(self.play.tick(), event))
        else:
            self.apply_for_money(HOSPITALS[pick % 2], self.last_month)

    def apply_for_money(self, hospital: str, month: str) -> None:
        desk, rows = self.play.net.desks[hospital], self.nodes[NANJING].clearing.rows
        by_type: dict[str, list[Any]] = {}
        for item in rows.items(month):
            if item.row.hospital == hospital and not item.application:
                by_type.setdefault(clearing_type(item.row), []).append(totals_of_row(item.row))
        for clr_type, totals in sorted(by_type.items()):
            span = first_day(month), last_day(month)
            asked = desk.apply_clearing(self.play.tick(), *span, clr_type, sum_of(totals))
            self.wire.send(hospital, NANJING, asked)

    @rule(pick=some, calm=st.booleans())
    @precondition(lambda self: self.last_month >= "2016-10")
    def office_work(self, pick: int, calm: bool) -> None:
        """Somebody does one of the things there are to do about the last month."""
        work = list(work_left(self.nodes, self.last_month))
        if work:
            self.act(*work[pick % len(work)])
            self.calm(calm)

    @rule(pick=some)
    @precondition(lambda self: self.last_month >= "2016-10")
    def out_of_turn(self, pick: int) -> None:
        """Somebody does what may not be its time: applies, pays, makes or refuses a sheet, does a thing again."""
        sheet = f"QSD{PROVINCE}{self.last_month.replace('-', '')}"
        city = (NANJING, XUZHOU)[pick % 2]
        actions = (
            (city, ApplyClearing(self.last_month)),
            (PROVINCE, MakeSheet(self.last_month)),
            (city, Confirm(sheet)),
            (city, Confirm(sheet, "金额有疑问")),
            (NANJING, PayInstitutions(self.last_month)),
        )
        self.act(*actions[pick // 2 % len(actions)])

    @rule(pick=some)
    @precondition(lambda self: self.last_month >= "2016-10" and self.last_month not in self.cleared)
    def clear_the_month(self, pick: int) -> None:
        """Everybody works on the last month until nothing is left; then its money has been paid to the fen."""
        month = self.last_month
        self.evening(pick)
        for day in days_of(month):
            if dt.date.fromisoformat(day) >= self.first_day:
                self.report(day)
        for code in (XUZHOU, NANJING, PROVINCE):
            self.act(code, CloseMonth(month))
            self.quiet()
        for hospital in HOSPITALS:
            self.apply_for_money(hospital, month)
        self.quiet()
        for _ in range(40):
            work = list(work_left(self.nodes, month))
            if not self.all_done(work):
                break
        self.month_is_settled(month)
        self.cleared.add(month)

    def report(self, day: str) -> None:
        """Let the cities report a day that they have not reported, or whose report did not come in."""
        for code in (XUZHOU, NANJING):
            if not self.nodes[code].reconciliation._answered(day):
                self.act(code, ReconcileDay(dt.date.fromisoformat(day)))
        self.quiet()

    def all_done(self, work: list[tuple[str, Any]]) -> bool:
        """Do all of it; tell whether any of it came to anything."""
        before = sum(not isinstance(fact, Declined) for _, fact in self.wire.facts)
        for at, action in work:
            self.act(at, action)
            self.quiet()
        return sum(not isinstance(fact, Declined) for _, fact in self.wire.facts) > before

    def month_is_settled(self, month: str) -> None:
        assert all(self.nodes[code].reconciliation.month_closed(month) for code in PLATFORMS), month
        sheet = f"QSD{PROVINCE}{month.replace('-', '')}"
        issue = self.nodes[PROVINCE].clearing.house.issues.get(sheet)
        if issue is None:
            assert not self.nodes[PROVINCE].clearing.applications.of(month)
            return
        assert inv.sheet_is_zero(issue.sheet)
        assert set(issue.answers.values()) == {"confirmed"}
        agency = self.nodes[PROVINCE].clearing.agency
        pooled = sum(source.expects(sheet) for source in agency._of(sheet))
        assert agency.received(sheet) == pooled
        assert not pooled or sheet in agency._closed  # where nothing is owed, the members close it by themselves
        for code in (NANJING, XUZHOU):
            assert self.nodes[code].clearing.member.case(sheet).state == "closed"

    # -- what must hold ---------------------------------------------------------------------------------------------

    def quiet(self) -> None:
        """Let also what platforms ask of their own accord be asked again until it is answered."""
        super().quiet()
        while self.wire.flying or self.wire.alarms:
            self.wire.deliver_all(self.play.tick(1))
            if self.wire.alarms:
                self.play.now = max(self.play.now, min(alarm[0] for alarm in self.wire.alarms)) + dt.timedelta(
                    seconds=1
                )
                self.wire.ring(self.play.now)
        self.hear()

    def agree(self) -> None:
        super().agree()
        self.copies_agree()
        self.money_is_where_the_books_say()
        province = self.nodes[PROVINCE]
        for code in (NANJING, XUZHOU):
            mine = {each: self.nodes[code].books.balance(each, PROVINCE) for each in ("clearing", "pooled", "prepaid")}
            theirs = {each: province.books.balance(each, code) for each in mine}
            assert all(inv.books_mirror(mine[each], theirs[each]) for each in mine), (code, mine, theirs)

    def look(self) -> None:
        super().look()
        self.money_is_where_the_books_say()

    def money_is_where_the_books_say(self) -> None:
        """Bank = ledger at every finance and agency; no pooled or prepaid money is below nothing."""
        for code in PLATFORMS:
            finance = self.nodes[finance_of(code)]
            account = finance.treasury.account
            assert account.balance == finance.books.balance("bank", fiscal_account(code)) >= 0
            assert sum(voucher.signed for voucher in account.vouchers.values()) == account.balance
        for member in (NANJING, XUZHOU):
            for kind in ("pooled", "prepaid"):
                assert -self.nodes[PROVINCE].books.balance(kind, member) >= 0, (kind, member)
        bank = self.nodes[NANJING].clearing.institutions.bank
        assert bank.balance == self.nodes[NANJING].books.balance("bank", agency_account(NANJING))


def _said(filing: Any) -> tuple[Any, ...]:
    """What a filing says that others are told."""
    return (
        filing.psn_no,
        filing.filing_type,
        filing.target,
        filing.begin,
        filing.end,
        filing.ended,
        filing.version,
        filing.valid,
    )
