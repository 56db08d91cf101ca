"""A bench for clearing: three cities, a province, their finance departments, and settlements given as facts.

``settle`` puts a settled bill into the books of all sides as they would have it; everything after that is played by
messages and actions on the real platforms. ``country`` adds a ministry and another province.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from simulator.core.audit.facts import Deducted, Deduction, Found
from simulator.core.audit.rules import Finding
from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import Circumstance, YearSoFar
from simulator.core.benefit.settlement import DIRECT, Inputs, Settlement
from simulator.core.benefit.shares import Shares
from simulator.core.clearing import actions as do
from simulator.core.clearing.finance import Finance
from simulator.core.clearing.months import first_day, last_day
from simulator.core.clearing.parties import finance_of
from simulator.core.network.city import City
from simulator.core.network.hospital import Desk
from simulator.core.network.ministry import Ministry
from simulator.core.network.province import Province
from simulator.core.network.relay import Relay
from simulator.core.network.router import Passed
from simulator.core.platform.books import deducted_legs, insured_legs, posting, treatment_legs
from simulator.core.platform.message import Key, Message
from simulator.core.platform.turn import Declined
from simulator.core.reconciliation.rows import clearing_type, row_of
from simulator.core.reconciliation.totals import Totals
from simulator.core.values.areas import TERTIARY, Area, Institution, Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.core.visits.visits import INSURED, TREATMENT, Opened, Settled
from simulator.inputs.workdays import work_calendar

NANJING, XUZHOU, SUZHOU, PROVINCE = "320100", "320300", "320500", "320000"
CHANGCHUN, JILIN, MINISTRY = "220100", "220000", "100000"
PLATFORM = "platform"  # the side between two cities
START = dt.date(2012, 1, 1)
AREAS = {"320199": NANJING, "320399": XUZHOU, "320381": XUZHOU, "320599": SUZHOU, "220199": CHANGCHUN}
NAMES = {NANJING: ("南京市", "Nanjing"), XUZHOU: ("徐州市", "Xuzhou"), SUZHOU: ("苏州市", "Suzhou")}
HOSPITALS = {
    "H32019900001": "320199",
    "H32019900002": "320199",
    "H32039900001": "320399",
    "H32059900001": "320599",
    "H22019900001": "220199",
}
RULES = {
    "clearing.rules.seals": ("经办机构", "行政部门"),
    "clearing.rules.max_delay_months": 2,
    "clearing.rules.year_close_month": 3,
    "clearing.in_province.upload_day": 20,
    "clearing.in_province.sheet_day": 28,
    "clearing.in_province.confirm_workdays": 10,
    "clearing.in_province.pay_workdays": 10,
    "clearing.in_province.seal_day": 31,
    "clearing.cross_province.confirm_workdays": 10,
    "clearing.cross_province.seal_to_hand_workdays": 3,
    "clearing.cross_province.transfer_workdays": 7,
    "clearing.cross_province.voucher_workdays": 5,
    "clearing.prepaid.in_province.share": 2000,
    "clearing.prepaid.in_province.pay_workdays": 10,
    "clearing.prepaid.cross_province.months": 2,
    "clearing.prepaid.cross_province.province_pay_day": 31,
    "clearing.prepaid.call.hand_workdays": 5,
    "clearing.prepaid.call.transfer_workdays": 5,
    "clearing.prepaid.in_province.red_line": 9000,
    "clearing.prepaid.in_province.yellow_line": 7000,
    "clearing.prepaid.cross_province.red_line": 9000,
    "clearing.prepaid.cross_province.yellow_line": 7000,
    "clearing.prepaid.rounding": "half_up",
}


def shares_of(fund: int, account: int, cash: int, **funds: int) -> Shares:
    """A bill's shares: the basic fund pays what the named funds do not."""
    basic = fund - sum(funds.values())
    medfee = fund + account + cash
    empty = dict.fromkeys(Shares._fields, 0)
    return Shares(
        **empty
        | {
            "medfee_sumamt": medfee,
            "inscp_scp_amt": medfee,
            "hifp_pay": basic,
            "fund_pay_sumamt": fund,
            "acct_pay": account,
            "psn_cash_pay": cash,
            "psn_part_amt": account + cash,
        }
        | funds
    )


class Bench:
    """The platforms and a clock. Amounts are fen, days ISO text."""

    def __init__(
        self, pack: PolicyPack, catalogue: Any, calendar: WorkCalendar, today: dt.date, *, country: bool = False
    ) -> None:
        self.pack, self.country, self._today = pack, country, today
        areas = {code: city for code, city in AREAS.items() if country or city != CHANGCHUN}
        cities = {city: NAMES.get(city, (city, city)) for city in sorted(set(areas.values()))}
        provinces = {city: JILIN if city == CHANGCHUN else PROVINCE for city in cities} if country else {}
        self.registry = Registry(
            cities,
            {code: Area(code, code, code, city, START) for code, city in areas.items()},
            {
                code: Institution(code, f"{code}医院", area, TERTIARY, START)
                for code, area in HOSPITALS.items()
                if area in areas
            },
            provinces,
        )
        self._catalogue, self._calendar = catalogue, calendar
        self.now = dt.datetime.combine(today, dt.time(9))
        self.nodes = self.fresh()
        self.relay = Relay(self.nodes)
        self.desks: dict[str, Desk] = {}
        self._serial = 0

    def fresh(self) -> dict[str, Any]:
        """The platforms as they start."""
        common = {"registry": self.registry, "pack": self.pack, "calendar": self._calendar, "today": self._today}
        nodes: dict[str, Any] = {}
        for city in self.registry.cities:
            province = self.registry.province_of(city) or PROVINCE
            nodes[city] = City(city, catalogue=self._catalogue, province=province, **common)
        for code in sorted(set(self.registry.provinces.values())) or [PROVINCE]:
            nodes[code] = Province(code, ministry=MINISTRY if self.country else "", **common)
        if self.country:
            nodes[MINISTRY] = Ministry(MINISTRY, **common)
        for area in [code for code in nodes if code != MINISTRY]:
            del common["calendar"]
            nodes[finance_of(area)] = Finance(area, platform=area, **common)
            common["calendar"] = self._calendar
        return nodes

    # -- the clock and the platforms ----------------------------------------------------------------------------

    def on(self, day: str, hour: int = 9) -> Bench:
        """Set the clock."""
        self.now = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour))
        return self

    def tick(self) -> dt.datetime:
        self.now += dt.timedelta(seconds=7)
        return self.now

    def act(self, code: str, action: Any) -> str:
        """Let a platform act; return the name of the refusal where it declined, and what was found."""
        before = len(self.relay.facts)
        self.relay.act(self.tick(), code, action)
        for _, fact in self.relay.facts[before:]:
            if isinstance(fact, Declined) and fact.action is action:
                return " ".join((fact.name, *fact.found))
        return ""

    def finance(self, area: str, action: Any) -> str:
        """Let a finance department act."""
        return self.act(finance_of(area), action)

    def treasury(self, area: str) -> Any:
        return self.nodes[finance_of(area)].treasury

    def city(self, code: str) -> Any:
        return self.nodes[code].clearing

    @property
    def province(self) -> Any:
        return self.nodes[PROVINCE].clearing

    def balance(self, org: str, account: str, other: str) -> int:
        found: int = self.nodes[org].books.balance(account, other)
        return found

    def facts(self, kind: type, code: str = "") -> list[Any]:
        return [fact for at, fact in self.relay.facts if isinstance(fact, kind) and (not code or at == code)]

    def requests(self, infno: str) -> list[Message]:
        hops = self.relay.hops
        found = {m.key: m for *_, m in hops if m.infno == infno and not m.is_reply}
        return list(found.values())

    def replies(self, infno: str) -> list[Message]:
        found = {m.key: m for *_, m in self.relay.hops if m.infno == infno and m.is_reply}
        return list(found.values())

    def again(self, asked: Message, to: str, block: str = "data", **fields: Any) -> Message:
        """Send a request once more under another ``msgid``, with fields changed; return the reply."""
        self._serial += 1
        fresh = asked._replace(key=Key(asked.party, f"{asked.msgid[:-4]}{9000 + self._serial:04d}"))
        if isinstance(asked.blocks[block], tuple):
            rows = tuple(MappingProxyType({**row, **fields}) for row in asked.blocks[block])
            fresh = fresh._replace(blocks=MappingProxyType({**asked.blocks, block: rows}))
        else:
            fresh = fresh.with_fields(block, fields)
        reply = self.relay.ask(self.tick(), to, fresh)
        assert reply is not None
        return reply

    # -- settlements --------------------------------------------------------------------------------------------

    def settle(
        self,
        hospital: str,
        area: str,
        fund: int,
        account: int = 0,
        cash: int = 0,
        *,
        insutype: str = "310",
        at: str = "2023-09-15",
        ended: str = "",
        cancels: Settlement | None = None,
        funds: Mapping[str, int] | None = None,
        med_type: str = "21",
        lacking: frozenset[str] = frozenset(),
    ) -> Settlement:
        """Put a settled bill into the books of all sides but those lacking it; return its row."""
        self._serial += 1
        number = self._serial
        when = dt.datetime.fromisoformat(f"{at} 10:00:00")
        treating = self.registry.institutions[hospital].area
        insured, treatment = self.registry.city_of(area) or "", self.registry.city_of(treating) or ""
        row = Settlement(
            setl_id=f"A{area}{number:07d}",
            init_setl_id="",
            refund=False,
            kind=DIRECT,
            mdtrt_id=f"S{number}",
            psn_no=f"P{number}",
            insutype=insutype,
            hospital=hospital,
            treatment_area=treating,
            insured_area=area,
            treatment_city=treatment,
            insured_city=insured,
            begin=when.date() - dt.timedelta(days=9),
            end=dt.date.fromisoformat(ended) if ended else when.date(),
            at=when,
            settled_by=f"{hospital}20230915100000{number:04d}",
            shares=shares_of(fund, account, cash, **(funds or {})),
            inputs=None,
            med_type=med_type,
        )
        person = Person(row.psn_no, f"C{number}", f"参保人{number}", "1", START, insutype, "11", area, account)
        self._fold(insured, Enrolled(person))
        return self._put(row, lacking)

    def cancel(self, row: Settlement, at: str) -> Settlement:
        """Cancel a settlement: the negated row, of its own day."""
        return self._put(row.cancelled(f"{row.setl_id}R", dt.datetime.fromisoformat(f"{at} 10:00:00")))

    def deduct(self, row: Settlement, amount: int, number: str) -> None:
        """An audit's deduction that is final: its facts, and its entry in the treatment city's books."""
        city = row.treatment_city
        finding = Finding(**dict.fromkeys(Finding._fields, "") | {"setl_id": row.setl_id})
        self._fold(city, Found(number, finding, self.now, self.now.date()))
        about = (row.hospital, row.insured_area, row.insured_city, row.insutype, f"{row.at:%Y%m}")
        deduction = Deduction(number, number, row.setl_id, *about, (), (("310100", amount),), "重复收费")
        self._fold(city, Deducted(deduction, self.now))
        other = "" if row.insured_city == city else row.insured_city
        self.post(posting(city, self.now, number, deducted_legs(row.hospital, row.insured_area, other, amount)))

    def _put(self, row: Settlement, lacking: frozenset[str] = frozenset()) -> Settlement:
        for role in (TREATMENT, INSURED):
            if role not in lacking:
                self.hold(role, row)
        if PLATFORM not in lacking:
            self.log(row)
        self.desk(row.hospital).settled(row.at.date(), row.insutype, row.shares, row.at, row.setl_id)
        return row

    def hold(self, role: str, row: Settlement, *, correction: bool = False, active: Settlement | None = None) -> None:
        """Put a row into the books of the city of a role; ``active`` is the settlement in force then, if another."""
        city = row.treatment_city if role == TREATMENT else row.insured_city
        if not (row.init_setl_id or correction):
            opened = (row.mdtrt_id, self._key(row), row.psn_no, row.insutype, row.hospital, row.treatment_area)
            self._fold(city, Opened(role, *opened, row.insured_area, row.begin, ""))
        if active is None and not row.refund:
            active = row
        own, held = (each if each is None or role != INSURED else self._computed(each) for each in (row, active))
        self._fold(city, Settled(role, row.mdtrt_id, own, held, correction))
        cleared = row.shares.cleared
        legs: Any = treatment_legs(row.insured_city, row.hospital, row.treatment_area, cleared)
        if role == INSURED:
            legs = insured_legs(row.treatment_city, row.insured_area, row.shares.fund_pay_sumamt, row.shares.acct_pay)
        self._post(city, row, legs)

    def _computed(self, row: Settlement) -> Settlement:
        where = Circumstance(row.insured_city, row.insutype, "11", TERTIARY, "long_term_work", row.at.date())
        totals = ClassTotals(0, 0, 0, row.shares.medfee_sumamt)
        return row._replace(inputs=Inputs(where, totals, YearSoFar(), row.shares.acct_pay, True, 0))

    def log(self, row: Settlement, *, correction: bool = False) -> None:
        """Put a row into the logs of the platforms between the two cities."""
        for code in self.between(row):
            self._fold(code, Passed(self._key(row), row_of(row), correction))

    def _key(self, row: Settlement) -> Key:
        return Key(row.hospital, row.settled_by + ("R" if row.init_setl_id else ""))

    def between(self, row: Settlement) -> list[str]:
        """The platforms between the two cities of a row, none where both are one."""
        if row.treatment_city == row.insured_city:
            return []
        one = self.registry.province_of(row.treatment_city) or PROVINCE
        other = self.registry.province_of(row.insured_city) or PROVINCE
        return [one] if one == other else [one, MINISTRY, other]

    def _fold(self, code: str, fact: Any) -> None:
        self.nodes[code].fold(fact)
        self.relay.facts.append((code, fact))

    def fold(self, code: str, fact: Any) -> None:
        """Give a platform a fact of another office."""
        self._fold(code, fact)

    def _post(self, org: str, row: Settlement, legs: Any) -> None:
        self.post(posting(org, row.at, row.setl_id, legs))

    def post(self, entry: Any) -> None:
        """Book an entry of another office."""
        self.nodes[entry.org].books.post(entry)
        self.relay.postings.append(entry)

    def desk(self, code: str) -> Desk:
        """A hospital's desk, signed in."""
        if code not in self.desks:
            institution = self.registry.institutions[code]
            desk = self.desks[code] = Desk(institution, self.registry.city_of(institution.area) or "")
            reply = self.relay.ask(self.now, desk.city, desk.sign_in(self.now))
            assert reply is not None
            desk.sign_no = reply.block("signinoutb")["sign_no"]
        return self.desks[code]

    # -- the steps of a month -----------------------------------------------------------------------------------

    def apply_3203(self, hospital: str, month: str, clr_type: str = "21", **changes: Any) -> Message:
        """Let a hospital apply for what the city has of it and no application covers."""
        desk = self.desk(hospital)
        items = self.city(desk.city).rows.not_applied(hospital, month, clr_type)
        sums = Totals()
        for item in items:
            shares = item.row.shares
            sums = sums.add(Totals(item.row.sign, shares.medfee_sumamt, shares.fund_pay_sumamt, shares.acct_pay))
        asked = desk.apply_clearing(self.tick(), first_day(month), last_day(month), clr_type, sums)
        reply = self.relay.ask(self.now, desk.city, asked.with_fields("data", changes))
        assert reply is not None
        return reply

    def withdraw_3204(self, hospital: str, event: str) -> Message:
        desk = self.desk(hospital)
        reply = self.relay.ask(self.now, desk.city, desk.withdraw_application(self.tick(), event))
        assert reply is not None
        return reply

    def pay_institutions(self, month: str) -> None:
        """Let every hospital apply for a month, and pay them all."""
        for hospital in self.registry.institutions:
            city = self.registry.city_of(self.registry.institutions[hospital].area) or ""
            types = {
                clearing_type(item.row)
                for item in self.city(city).rows.items(month)
                if item.row.hospital == hospital and not item.application
            }
            for kind in sorted(types):
                assert self.apply_3203(hospital, month, kind).succeeded
        for city in self.registry.cities:
            self.act(city, do.PayInstitutions(month))

    def apply(self, month: str) -> None:
        """Pay institutions first, then let every city that has something apply for clearing."""
        self.pay_institutions(month)
        for city in self.registry.cities:
            self.act(city, do.ApplyClearing(month))

    def number(self, month: str, code: str = PROVINCE) -> str:
        return f"QSD{code}{month.replace('-', '')}"

    def sheet(self, month: str) -> str:
        """Up to the sheet; return its number."""
        self.apply(month)
        assert not self.act(PROVINCE, do.MakeSheet(month))
        return self.number(month)

    def confirm(self, city: str, number: str) -> str:
        """All four departments, and the confirmation."""
        for department in "1234":
            self.act(city, do.Stamp(number, department))
        return self.act(city, do.Confirm(number))

    def stands(self, month: str) -> str:
        """Up to the sheet that everybody has confirmed; return its number."""
        number = self.sheet(month)
        for city in self.registry.cities:
            assert not self.confirm(city, number)
        return number

    def seal(self, code: str, number: str) -> None:
        seals = self.pack.at("clearing.rules.seals", self.now.date()).value
        for organisation in seals:  # type: ignore[union-attr]
            assert not self.act(code, do.Seal(number, organisation)), number

    def hand(self, code: str, number: str, *payees: str) -> str:
        """Hand a sealed paper to finance; return the document's number."""
        problem = self.act(code, do.HandToFinance(number, payees))
        assert not problem, problem
        return list(self.city(code).agency.documents)[-1]

    def transfer(self, code: str, document: str) -> list[str]:
        """Check and pay a document by its annex; return the orders."""
        known = set(self.treasury(code).orders)
        assert not self.finance(code, do.CheckSheet(document))
        problem = self.finance(code, do.Transfer(document, self.city(code).agency.annex(document)))
        assert not problem, problem
        return [each for each in self.treasury(code).orders if each not in known]

    def arrive(self, code: str, order: str) -> None:
        """The money of an order arrives, and both sides get their vouchers."""
        sent = self.treasury(code).orders[order]
        assert not self.finance(sent.payee, do.Receive(order, sent.amount))
        assert not self.finance(sent.payee, do.ReturnVoucher(order))
        assert not self.finance(code, do.ReturnVoucher(order))

    def pay(self, code: str, number: str, *payees: str) -> None:
        """The whole chain of a sealed paper."""
        for order in self.transfer(code, self.hand(code, number, *payees)):
            self.arrive(code, order)

    def endow(self, amount: int, *areas: str) -> None:
        """Put the fund's money on the special fiscal accounts."""
        for area in areas or [code for code in self.nodes if not code.startswith("C") and code != MINISTRY]:
            assert not self.act(area, do.Endow(amount))
            assert not self.finance(area, do.Endow(amount))

    def pay_upward(self, number: str) -> None:
        """Every city that owes by a sheet pays and reports it."""
        for city in self.registry.cities:
            agency = self.city(city).agency
            if self.city(city).member.paper(number) is not None and agency.debts(number):
                self.seal(city, number)
                self.pay(city, number)
                assert not self.act(city, do.Collect(number))

    def month(self, month: str) -> str:
        """A whole month, from the institutions' money to the last voucher; return the sheet's number."""
        number = self.stands(month)
        self.pay_upward(number)
        if self.province.agency.debts(number):
            self.seal(PROVINCE, number)
            self.pay(PROVINCE, number)
        return number


@pytest.fixture
def make_bench(make_pack: Any, catalogue: Any) -> Any:
    """Make a bench on the example pack with the clearing rules; changes by parameter name, None leaves one out."""

    def make(changes: Mapping[str, Any] | None = None, *, country: bool = False) -> Bench:
        figures = {name: value for name, value in (RULES | dict(changes or {})).items() if value is not None}
        waits = {"process.wait_seconds.ministry": 35} if country else {}
        pack = make_pack(**{name.replace(".", "__"): value for name, value in (figures | waits).items()})
        return Bench(pack, catalogue, work_calendar(), dt.date(2023, 10, 1), country=country)

    return make


@pytest.fixture
def bench(make_bench: Any) -> Bench:
    found: Bench = make_bench()
    return found


@pytest.fixture
def make_bench_with(catalogue: Any) -> Any:
    """Make a bench on a policy pack."""
    return lambda pack, today, country=False: Bench(pack, catalogue, work_calendar(), today, country=country)
