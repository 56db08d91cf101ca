"""Clearing worked out by hand, driven through the real platforms by messages and actions, compared to day and fen.

``tests/situations/clearing/*.toml`` read as a jurist would write them: which bills, who did what on which day, when
each step was due and why, what stands on the sheet and in the books. Figures come from the built-in packs, working days
from the published calendar.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.clearing import actions as do
from simulator.core.clearing.papers import CROSS_PROVINCE_SHEET, IN_PROVINCE_SHEET
from simulator.core.clearing.parties import finance_of
from simulator.core.platform.books import BANK, FISCAL, POOLED, PREPAID
from simulator.core.reconciliation.facts import MonthClosed
from simulator.core.reconciliation.split import SplitConfirmed
from simulator.inputs.packs import load_pack

from ..situations import NAMES, held

FILES = sorted((Path(__file__).parents[2] / "situations" / "clearing").glob("*.toml"))
AREAS = {"南京": "320100", "徐州": "320300", "苏州": "320500", "江苏": "320000"}
AREAS |= {"长春": "220100", "吉林": "220000", "部": "100000"}
POOLS = {"南京": "320199", "徐州": "320399", "新沂": "320381", "苏州": "320599", "长春": "220199"}
HOSPITALS = {
    "南京": "H32019900001",
    "南京二院": "H32019900002",
    "徐州": "H32039900001",
    "苏州": "H32059900001",
    "长春": "H22019900001",
}
INSURANCES = {"职工": "310", "居民": "390", "新农合": "380"}
DEPARTMENTS = {"行政": "1", "经办机构": "2", "信息中心": "3", "规划财务": "4"}


def fen(text: str) -> int:
    number = Decimal(text) * 100
    assert number == int(number), text
    return int(number)


class Court:
    """One situation and the bench it is played on."""

    def __init__(self, make_bench_with: Any, case: dict[str, Any]) -> None:
        self.case = case
        self.bench = make_bench_with(load_pack(case["pack"]), case["opens"], case.get("country", False))
        self.rows: dict[str, Any] = {}
        self.does: dict[str, Callable[..., str]] = {
            "pays institutions": self.pays_institutions,
            "applies": lambda who, month, **_: self.bench.act(who, do.ApplyClearing(month)),
            "makes sheet": lambda who, month, **_: self.bench.act(who, do.MakeSheet(month)),
            "stamps": self.stamps,
            "confirms": self.confirms,
            "lapses": lambda who, paper, **_: self.bench.act(who, do.Lapse(paper)),
            "closes answers": lambda who, paper, **_: self.bench.act(who, do.CloseAnswers(paper)),
            "seals": self.seals,
            "hands to finance": self.hands,
            "finance checks": self.checks,
            "finance transfers": self.transfers,
            "finance receives": self.receives,
            "finance returns vouchers": self.returns_vouchers,
            "collects": lambda who, paper, **_: self.bench.act(who, do.Collect(paper)),
            "covers": lambda who, paper, member, **_: self.bench.act(who, do.Cover(paper, AREAS[member])),
            "settles year": lambda who, year, **_: self.bench.act(who, do.SettleYear(year)),
            "issues quotas": self.issues,
            "watches": lambda who, **_: self.bench.act(who, do.Watch()),
            "calls": lambda who, member, yuan, **_: self.bench.act(who, do.CallPrepaid(AREAS[member], fen(yuan))),
            "excludes": lambda who, bill, **_: self.bench.act(who, do.Exclude((self.rows[bill].setl_id,))),
            "releases": lambda who, bill, **_: self.bench.act(who, do.Release((self.rows[bill].setl_id,))),
            "deducts": self.deducts,
        }

    def number(self, paper: str) -> str:
        """``2023-09``, ``跨省 2023-09``, ``预付金 徐州 2024``, ``跨省预付金 徐州 2024`` or ``调增 徐州``."""
        parts = paper.split()
        if len(parts) == 1:
            return str(self.bench.number(paper))
        if parts[0] == "跨省":
            return str(self.bench.number(parts[1], AREAS["部"]))
        if parts[0] == "调增":
            return next(each for each in self.bench.city(AREAS[parts[1]]).prepayer.quotas if each.startswith("TZ"))
        return f"YF{AREAS[parts[1]]}{parts[2]}{'K' if parts[0].startswith('跨省') else ''}"

    def play(self) -> None:
        """Settle the bills, then take the steps day by day; a step is refused where the case says so, only there."""
        for bill in self.case["bills"]:
            self.settle(bill)
        self.bench.endow(fen(self.case.get("funds", "1000000.00")), *self.paying())
        for step in self.case["steps"]:
            self.bench.on(step["on"].isoformat())
            paper = self.number(step["paper"]) if "paper" in step else ""
            done = self.does[step["does"]](**{**step, "who": AREAS[step["who"]], "paper": paper})
            assert done.split()[:1] == ([step["refused"]] if "refused" in step else []), (step, done)

    def paying(self) -> list[str]:
        return [code for code in self.bench.nodes if code in self.bench.registry.cities]

    def settle(self, bill: dict[str, Any]) -> None:
        row = self.bench.settle(
            HOSPITALS[bill["at"]],
            POOLS[bill["insured"]],
            fen(bill["fund"]),
            fen(bill.get("account", "0")),
            fen(bill.get("cash", "0")),
            insutype=INSURANCES[bill.get("insurance", "职工")],
            at=bill["settled"].isoformat(),
        )
        self.rows[bill.get("id", row.setl_id)] = row
        if "cancelled" in bill:
            self.bench.cancel(row, bill["cancelled"].isoformat())

    # -- steps --------------------------------------------------------------------------------------------------

    def pays_institutions(self, who: str, month: str, **_: Any) -> str:
        """Close the month to reconciliation, let institutions confirm and apply, and pay them."""
        rows = [item.row for item in self.bench.city(who).rows.items(month) if not item.application]
        on = self.bench.now.date()
        self.bench.fold(who, MonthClosed(who, month, on))
        for hospital in sorted({row.hospital for row in rows}):
            mine = tuple((row.setl_id, True) for row in rows if row.hospital == hospital)
            self.bench.fold(who, SplitConfirmed(f"{hospital}{month}{on}", hospital, month, mine))
            assert self.bench.apply_3203(hospital, month).succeeded
        return str(self.bench.act(who, do.PayInstitutions(month)))

    def stamps(self, who: str, paper: str, departments: list[str], **_: Any) -> str:
        return "".join(self.bench.act(who, do.Stamp(paper, DEPARTMENTS[each])) for each in departments)

    def confirms(self, who: str, paper: str, departments: Any = DEPARTMENTS, reason: str = "", **_: Any) -> str:
        stamped = self.bench.city(who).member.case(paper).stamps
        for each in departments:
            if DEPARTMENTS[each] not in stamped:
                assert not self.bench.act(who, do.Stamp(paper, DEPARTMENTS[each]))
        return str(self.bench.act(who, do.Confirm(paper, reason)))

    def seals(self, who: str, paper: str, by: str = "", **_: Any) -> str:
        needed = self.bench.city(who).agency.seals_needed(paper)
        return "".join(self.bench.act(who, do.Seal(paper, each)) for each in needed if by in each)

    def hands(self, who: str, paper: str, to: str = "", **_: Any) -> str:
        return str(self.bench.act(who, do.HandToFinance(paper, (AREAS[to],) if to else ())))

    def documents(self, who: str, state: str) -> list[str]:
        return [number for number, each in self.bench.treasury(who).states.items() if each == state]

    def checks(self, who: str, reason: str = "", **_: Any) -> str:
        return "".join(
            self.bench.finance(who, do.CheckSheet(each, reason)) for each in self.documents(who, "with finance")
        )

    def transfers(self, who: str, **_: Any) -> str:
        agency = self.bench.city(who).agency
        found = self.documents(who, "checked") or self.documents(who, "with finance")
        return "".join(self.bench.finance(who, do.Transfer(each, agency.annex(each))) for each in found)

    def receives(self, who: str, yuan: str = "", **_: Any) -> str:
        treasury = self.bench.treasury(who)
        announced = [each for each, state in treasury.coming.items() if state == "announced"]
        amounts = {each: fen(yuan) if yuan else treasury.orders[each].amount for each in announced}
        return "".join(self.bench.finance(who, do.Receive(each, amount)) for each, amount in amounts.items())

    def returns_vouchers(self, who: str, **_: Any) -> str:
        treasury = self.bench.treasury(who)
        found = [each for each in treasury.account.vouchers if each not in treasury.reported]
        return "".join(self.bench.finance(who, do.ReturnVoucher(each)) for each in found)

    def issues(self, who: str, year: int, cross: bool = False, **_: Any) -> str:
        kind = CROSS_PROVINCE_SHEET if cross else IN_PROVINCE_SHEET
        return str(self.bench.act(who, do.IssueQuota(year, kind)))

    def deducts(self, bill: str, yuan: str, **_: Any) -> str:
        self.bench.deduct(self.rows[bill], fen(yuan), f"KK{bill}")
        return ""

    # -- what is expected ---------------------------------------------------------------------------------------

    def due(self, who: str, paper: str, step: str) -> Any:
        kept = {each.due.step: each for each in self.bench.city(AREAS[who]).diary.timetable(self.number(paper))}
        return kept[step]

    def org(self, name: str) -> str:
        return finance_of(AREAS[name.removesuffix("财政")]) if name.endswith("财政") else AREAS[name]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_situation(make_bench_with: Any, wrong_messages: Any, path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    court = Court(make_bench_with, case)
    court.play()
    bench = court.bench
    for row in case.get("due", ()):
        kept = court.due(row["who"], row["paper"], row["step"])
        basis = kept.due.basis.clause or kept.due.basis.assumption
        assert (kept.due.day, basis) == (row["day"], row["basis"]), row
        assert kept.due.provisional == row.get("provisional", False), row
        assert kept.done == row.get("done"), row
        assert kept.late == row.get("late", False), row
    for row in case.get("sheet", ()):
        line = sheet_line(court, row)
        assert (line.collects, line.pays) == (fen(row["collects"]), fen(row["pays"])), row
    for row in case.get("books", ()):
        other = court.org(row["with"]) if "with" in row else ""
        books = bench.nodes[court.org(row["org"])].books
        balance = books.balance(row["account"], other) if other else books.total(row["account"])
        assert balance == fen(row["yuan"]), (row, balance)
    orders = {(o.payer, o.payee, o.on, o.amount) for t in treasuries(court) for o in t.orders.values()}
    for row in case.get("paid", ()):
        assert (AREAS[row["from"]], AREAS[row["to"]], row["on"], fen(row["yuan"])) in orders, (row, orders)
    for row in case.get("messages", ()):
        sent = [each for each in bench.requests(row["infno"]) if each.recipient == AREAS[row["to"]]]
        assert [str(each.block("data")[row["field"]]) for each in sent] == row["values"], row
    for row in case.get("states", ()):
        assert bench.city(AREAS[row["who"]]).member.case(court.number(row["paper"])).state == row["state"], row
    assert wrong_messages(bench.relay.hops) == []
    always_holds(court)


def sheet_line(court: Court, row: dict[str, Any]) -> Any:
    member = AREAS[row["city"]]
    house = court.bench.city(AREAS[row.get("of", "江苏")]).house
    lines = house.issue(court.number(row["paper"])).sheet.lines
    return next(each for each in lines if (each.city, each.insutype) == (member, INSURANCES[row["insurance"]]))


def treasuries(court: Court) -> list[Any]:
    return [node.treasury for code, node in court.bench.nodes.items() if code.startswith("C")]


def always_holds(court: Court) -> None:
    """What holds in every situation, at its end: sheets of zero, ledgers that agree with the bank, no money below 0."""
    bench = court.bench
    for code, node in bench.nodes.items():
        if not code.startswith("C"):
            continue
        treasury, agency = node.treasury, bench.nodes[node.code]
        fiscal = agency.books.balance(FISCAL, code)
        ledger = node.books.balance(BANK, treasury.account.number)
        assert inv.ledgers_agree(fiscal, ledger, treasury.account.balance, treasury.unreported())
        assert treasury.account.balance >= 0
    for code in ("320000", "220000"):
        if code in bench.nodes:
            books = bench.nodes[code].books
            for city in bench.registry.cities:
                assert inv.never_negative([-books.balance(POOLED, city), -books.balance(PREPAID, city)])
            for issue in bench.city(code).house.issues.values():
                assert inv.lines_are_zero(issue.sheet.lines)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_situation_says_who_where_when_what_bill_and_why(make_bench_with: Any, path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    registry = make_bench_with(held(case), case["opens"], case.get("country", False)).registry
    at = [registry.institutions[HOSPITALS[bill["at"]]] for bill in case["bills"]]
    where = {
        "insured": [NAMES[registry.city_of(POOLS[bill["insured"]])] for bill in case["bills"]],
        "treatment": [NAMES[registry.city_of(hospital.area)] for hospital in at],
        "level": [hospital.level for hospital in at],
    }
    assert case["where"] == {kind: list(dict.fromkeys(names)) for kind, names in where.items()}
    assert all({"settled", "fund"} <= set(bill) for bill in case["bills"])
    assert case["steps"] and any(kind in case for kind in ("due", "sheet", "books", "paid", "messages", "states"))
    assert {row["basis"] for row in case.get("due", ())} <= set(case["basis"])


def test_there_are_at_least_fourteen_and_ten_of_them_are_about_days_off_in_all_three_packs() -> None:
    cases = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES]
    assert len(cases) >= 14
    assert len([case for case in cases if case.get("days_off")]) >= 10
    assert {case["pack"] for case in cases if case.get("days_off")} == {"jiangsu-2016", "jilin-2019", "jiangsu-2023"}
