"""Clearing, payments and prepaid money at random; when a month is cleared, every office works until all is done."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from simulator.core import invariants as inv
from simulator.core.clearing.actions import (
    ApplyClearing,
    CallPrepaid,
    Confirm,
    Cover,
    Endow,
    Exclude,
    IssueQuota,
    MakeSheet,
    PayInstitutions,
    Release,
    SettleYear,
    Watch,
)
from simulator.core.clearing.finance import Finance
from simulator.core.clearing.months import first_day, last_day, later
from simulator.core.clearing.orders import agency_account, fiscal_account
from simulator.core.clearing.papers import IN_PROVINCE_SHEET
from simulator.core.clearing.parties import finance_of
from simulator.core.platform.turn import Declined
from simulator.core.reconciliation.facts import CloseMonth
from simulator.core.reconciliation.results import days_of
from simulator.core.reconciliation.rows import clearing_type
from simulator.core.reconciliation.totals import Totals, sum_of, totals_of_row
from simulator.core.values.parameters import Tier

from ..visits.playing import EVERY_KIND
from .cases import CITIES, NANJING, PLATFORMS, PROVINCE, TREATED_IN, XUZHOU, some
from .clearing_work import work_left
from .office_days import Offices

ENDOWMENT = 10**12
OUTFLOW = 3_000_000
LAST_MONTH = "2016-12"  # the catalogue ends with the year
FIGURES = {  # what clearing and other care than stays need beside the example pack
    "clearing__rules__seals": ("经办机构", "行政部门"),
    "clearing__rules__max_delay_months": 2,
    "clearing__in_province__sheet_day": 21,
    "clearing__in_province__confirm_day": 25,
    "clearing__prepaid__in_province__share": 10_000,
    "clearing__prepaid__in_province__pay_workdays": 10,
    "clearing__prepaid__in_province__red_line": 9_000,
    "clearing__prepaid__in_province__yellow_line": 7_000,
    **{name: figure for name, figure in EVERY_KIND.items() if name != "process__part_settlement"},
    "benefit__resident__outpatient__deductible": 5_000,
    "benefit__resident__outpatient__tiers": (Tier(0, None, 5000),),
    "benefit__resident__outpatient__cap": 60_000,
}


class Network(Offices):
    """The whole network: hospitals, platforms, finance departments and everyone insured."""

    def __init__(self, play: Any, wire: Any, picture: Any) -> None:
        super().__init__(play, wire, picture)
        pack, registry = play.net.pack, play.net.registry
        for code in PLATFORMS:
            desk = Finance(code, registry=registry, pack=pack, platform=code, today=play.now.date())
            self.nodes[finance_of(code)] = desk
            for at in (code, finance_of(code)):
                wire.perform(at, self.nodes[at].act(play.now, Endow(ENDOWMENT)))
        for insured, treatment, insutype in ((XUZHOU, NANJING, "310"), (NANJING, XUZHOU, "390")):  # of last year
            self.nodes[PROVINCE].monthly.add(("2015-06", treatment, insured, insutype), Totals(1, OUTFLOW, OUTFLOW, 0))
        self.cleared: set[str] = set()

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
        hospital, city = list(TREATED_IN.items())[pick % len(TREATED_IN)]
        waiting = sorted(self.nodes[city].clearing.rows.waiting)
        if withdraw and waiting:
            asked = self.play.net.desks[hospital].withdraw_application(self.play.tick(), waiting[pick % len(waiting)])
            self.wire.send(hospital, city, asked)
        else:
            self.apply_for_money(hospital, self.last_month)

    def apply_for_money(self, hospital: str, month: str) -> None:
        desk, city = self.play.net.desks[hospital], TREATED_IN[hospital]
        by_type: dict[str, list[Any]] = {}
        for item in self.nodes[city].clearing.rows.items(month):
            if item.row.hospital == hospital and not item.application:
                by_type.setdefault(clearing_type(item.row), []).append(totals_of_row(item.row))
        for clr_type, totals in sorted(by_type.items()):
            span = first_day(month), last_day(month)
            asked = desk.apply_clearing(self.play.tick(), *span, clr_type, sum_of(totals))
            self.wire.send(hospital, city, asked)

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
        city = CITIES[pick % 2]
        actions = (
            (city, ApplyClearing(self.last_month)),
            (PROVINCE, MakeSheet(self.last_month)),
            (city, Confirm(sheet)),
            (city, Confirm(sheet, "金额有疑问")),
            (city, PayInstitutions(self.last_month)),
        )
        self.act(*actions[pick // 2 % len(actions)])

    # -- disputes and prepaid money ---------------------------------------------------------------------------------

    @rule(pick=some, release=st.booleans())
    @precondition(lambda self: self.ledger.cleared)
    def dispute(self, pick: int, release: bool) -> None:
        """A city keeps a settlement out of clearing, or lets one that is kept out be claimed again."""
        city = CITIES[pick % 3 // 2]  # 南京 twice as often
        known = [item for item in self.nodes[city].clearing.rows.items() if item.held == release]
        if known:
            chosen = (known[pick % len(known)].row.setl_id,)
            self.act(city, Release(chosen) if release else Exclude(chosen))

    @rule(pick=some, calm=st.booleans())
    def prepaid_money(self, pick: int, calm: bool) -> None:
        """The province sets quotas, settles a year of them, watches, calls for more, and covers a late payer."""
        member = CITIES[pick % 2]
        actions = (
            IssueQuota(2016),
            IssueQuota(2017),  # not before 2016 is over
            SettleYear(2015 + pick % 2),
            Watch(),
            CallPrepaid(member, 1 + pick, IN_PROVINCE_SHEET),
            Cover(f"QSD{PROVINCE}{self.last_month.replace('-', '')}", member),
        )
        self.act(PROVINCE, actions[pick // 2 % len(actions)])
        self.calm(calm)

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
        for hospital in TREATED_IN:
            self.apply_for_money(hospital, month)
        self.quiet()
        for _ in range(40):
            work = list(work_left(self.nodes, month))
            if not self.all_done(work):
                break
        self.month_is_settled(month)
        self.quotas_are_paid()
        self.cleared.add(month)

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
        assert sheet in agency._closed
        for code in CITIES:
            assert self.nodes[code].clearing.member.case(sheet).state == "closed"

    def quotas_are_paid(self) -> None:
        """What the prepaid papers ask for is in, and what they give back is out."""
        prepaid = self.nodes[PROVINCE].clearing.prepaid
        for number, quota in prepaid.quotas.items():
            assert not prepaid.due(number), number
            member = self.nodes[quota.fact.member].clearing.agency
            assert not member.debts(number)
            assert member.received(number) == sum(debt.amount for debt in prepaid.owes(number))

    # -- what must hold ---------------------------------------------------------------------------------------------

    def agree(self) -> None:
        super().agree()
        self.money_is_where_the_books_say()
        province = self.nodes[PROVINCE]
        for code in CITIES:
            mine = {each: self.nodes[code].books.balance(each, PROVINCE) for each in ("clearing", "pooled", "prepaid")}
            theirs = {each: province.books.balance(each, code) for each in mine}
            assert all(inv.books_mirror(mine[each], theirs[each]) for each in mine), (code, mine, theirs)
            held = sum(amount for key, amount in province.clearing.prepaid.money.items() if key[1] == code)
            assert held == -theirs["prepaid"]
            assert inv.never_negative(province.clearing.prepaid.free("1", code).values())

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
        for member in CITIES:
            for kind in ("pooled", "prepaid"):
                assert -self.nodes[PROVINCE].books.balance(kind, member) >= 0, (kind, member)
        for city in CITIES:
            bank = self.nodes[city].clearing.institutions.bank
            assert bank.balance == self.nodes[city].books.balance("bank", agency_account(city))
