"""Claims on paper and disputes worked out by hand, driven through the real platforms and packs, to the day and the fen.

``tests/situations/claims/*.toml`` read as a jurist would write them: who, where, when, the bill, and step by step what
happens, with every date and amount it leads to and why.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulator.core.benefit.rules import INPATIENT, Circumstance, YearSoFar
from simulator.core.benefit.settlement import DIRECT, Inputs, Settlement
from simulator.core.benefit.shares import Shares
from simulator.core.catalogue.items import Catalogue, Item
from simulator.core.claims import case as acts
from simulator.core.claims.claim import BillLine, Dossier
from simulator.core.disputes import ticket as dispute
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.network.city import City
from simulator.core.network.hospital import Desk
from simulator.core.network.province import Province
from simulator.core.network.relay import Relay
from simulator.core.platform.turn import Declined
from simulator.core.values.areas import LEVELS, Area, Institution, Registry
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.core.visits.visits import Settled
from simulator.inputs.packs import load_pack
from simulator.inputs.people import identity_number
from simulator.inputs.workdays import work_calendar

from ..situations import PLACES, Place, held, rested_on

FILES = sorted((Path(__file__).parents[2] / "situations" / "claims").glob("*.toml"))
START = dt.date(2016, 1, 1)
CLASSES = {"甲": "01", "乙": "02", "丙": "03"}
PAPERS = {
    "inpatient": ("identity", "receipt", "itemised_bill", "discharge_summary"),
    "outpatient": ("identity", "receipt", "itemised_bill", "prescription"),
}
STEPS = {
    "add": lambda step: acts.AddPapers(step["claim"], tuple(step["papers"])),
    "check": lambda step: acts.CheckClaim(step["claim"]),
    "decide": lambda step: acts.DecideClaim(step["claim"]),
    "pay": lambda step: acts.PayClaim(step["claim"]),
    "refuse": lambda step: acts.RefuseClaim(step["claim"], step["words"]),
    "withdraw": lambda step: acts.WithdrawClaim(step["claim"]),
    "reverse": lambda step: acts.ReverseClaim(step["claim"], step["words"]),
    "collect": lambda step: acts.CollectRefund(step["claim"], fen(step["yuan"])),
    "object": lambda step: dispute.ObjectToAnswer("T1", step["words"]),
    "confirm": lambda step: dispute.CloseTicket("T1"),
    "review": lambda step: dispute.ReviewTickets(),
}


def scaled(text: str, units: int) -> int:
    """A decimal text in integer units of 1/units, exactly."""
    number = Decimal(text) * units
    assert number == int(number), text
    return int(number)


def fen(text: str) -> int:
    return scaled(text, 100)


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def hospital(at: Place, level: str) -> str:
    """The code of a city's hospital of a level."""
    return f"H{at.area}0000{1 + LEVELS.index(level)}"


def registry_of(home: Place, host: Place) -> Registry:
    """Two cities with a hospital of each level in the treatment city."""
    areas = [(home.area, home.city), (host.area, host.city)]
    codes = {hospital(host, level): level for level in LEVELS}
    return Registry(
        {city: (city, city) for _, city in areas},
        {area: Area(area, area, area, city, START) for area, city in areas},
        {c: Institution(c, f"{c}医院", host.area, level, START) for c, level in codes.items()},
    )


def catalogue_of(case: dict[str, Any]) -> Catalogue:
    """The items of the bill, one for each line."""
    items = {}
    for number, line in enumerate(case["lines"], 1):
        cap = scaled(line["cap"], 10**6) if "cap" in line else None
        share = scaled(line.get("first_share", "0"), 10**4)
        price = scaled(line["price"], 10**6)
        items[str(number)] = Item(str(number), "", CLASSES[line["class"]], "09", price, cap, share, START, None)
    return Catalogue("situation", items)


class Told:
    """A situation being told: the network, its clock, and what each step does."""

    def __init__(self, kit: Any, case: dict[str, Any]) -> None:
        (insured,), (treatment,), (self.level,) = (case["where"][kind] for kind in ("insured", "treatment", "level"))
        self.case, self.home, self.host = case, PLACES[insured], PLACES[treatment]
        registry, catalogue = registry_of(self.home, self.host), catalogue_of(case)
        given: dict[str, Any] = {
            "registry": registry,
            "pack": load_pack(case["pack"]),
            "calendar": work_calendar(),
            "today": case["care"]["end"],
        }
        nodes: dict[str, Any] = {
            code: City(code, catalogue=catalogue, province=self.home.province, **given) for code in registry.cities
        }
        nodes[self.home.province] = Province(self.home.province, **given)
        desks = {code: Desk(known, self.host.city) for code, known in registry.institutions.items()}
        who = case["person"]
        certno = identity_number("9900", 1, dt.date(1960, 3, 1), "2")
        area = self.home.area
        person = Person("S1", certno, "某某", "2", dt.date(1960, 3, 1), who["insutype"], who["psn_type"], area, 0)
        self.play = object.__new__(kit.Play)
        self.play.net = kit.Network(nodes, desks, {"S1": person}, catalogue, registry, given["pack"])
        self.play.relay = Relay(nodes)
        self.stay: Any = None
        self.tell(self.home.city, Enrolled(person))
        if "filing" in who:
            filed = Filed(Filing("S1", who["filing"], area, self.host.city, dt.date(START.year, 1, 1), None))
            for code in (self.home.city, self.home.province):
                self.tell(code, filed)
        self.earlier(case.get("earlier", {}))

    def tell(self, code: str, fact: Any) -> None:
        self.play.net.nodes[code].fold(fact)

    def earlier(self, known: dict[str, str]) -> None:
        """Fold in what was settled earlier in the year, at another hospital."""
        if not known:
            return
        day = dt.date(self.case["care"]["end"].year, 1, 5)
        where = Circumstance(self.home.city, self.case["person"]["insutype"], "", "tertiary", "", day)
        amounts = Shares(*(0 for _ in Shares._fields))._replace(hifp_pay=fen(known["basic_paid"]))
        inputs = Inputs(where, None, YearSoFar(), 0, False, fen(known["burden"]))  # type: ignore[arg-type]
        area, city = self.home.area, self.home.city
        row = Settlement(
            setl_id="E1",
            init_setl_id="",
            refund=False,
            kind=DIRECT,
            mdtrt_id="E1",
            psn_no="S1",
            insutype=where.insutype,
            hospital="H0",
            treatment_area=area,
            insured_area=area,
            treatment_city=city,
            insured_city=city,
            begin=day,
            end=day,
            at=dt.datetime.combine(day, dt.time()),
            settled_by="",
            shares=amounts,
            inputs=inputs,
        )
        self.tell(city, Settled("insured", "", row, row))

    @property
    def insured(self) -> Any:
        return self.play.net.nodes[self.home.city]

    @property
    def treatment(self) -> Any:
        return self.play.net.nodes[self.host.city]

    @property
    def rows(self) -> list[Settlement]:
        """The insured city's settlement rows, in order."""
        facts = (fact for code, fact in self.play.relay.facts if code == self.home.city)
        return [fact.row for fact in facts if isinstance(fact, Settled) and fact.role == "insured"]

    # -- steps --------------------------------------------------------------------------------------------------

    def run(self) -> None:
        for number, step in enumerate(self.case["step"], 1):
            self.play.now = dt.datetime.combine(step["day"], dt.time(10, 0))
            found = self.carry_out(step)
            gives = step.get("gives", {})
            assert {name: found[name] for name in gives} == gives, f"step {number}: {step['does']}"

    def carry_out(self, step: dict[str, Any]) -> dict[str, Any]:
        step.setdefault("claim", "SG1")
        does = step["does"]
        told = getattr(self, f"do_{does}", None)
        if told is not None:
            return told(step) or {}
        return self.act(STEPS[does](step), step)

    def act(self, action: Any, step: dict[str, Any], at: str = "") -> dict[str, Any]:
        """Carry an action out; return what case or ticket it left, or how it was declined."""
        facts = self.play.act(action, at=at or self.home.city)
        declined = [fact.name for fact in facts if isinstance(fact, Declined)]
        if declined:
            return {"declined": declined[0]}
        return self.claim(step["claim"]) | self.ticket()

    def claim(self, claim_id: str) -> dict[str, Any]:
        found = self.insured.claims.cases.get(claim_id)
        if found is None:
            return {}
        stands = {
            "state": found.state,
            "refusal": found.refusal,
            "missing": list(found.told),
            "notices": found.notices,
        }
        if found.service is None:
            return stands
        due = found.service.due
        return stands | {"kind": found.service.kind, "due": due.day, "provisional": due.provisional}

    def ticket(self) -> dict[str, Any]:
        found = self.insured.disputes.tickets.get("T1")
        if found is None:
            return {}
        theirs = self.treatment.disputes.tickets.get("T1", found)
        days = {"ticket_due": found.due, "confirm_by": found.confirm_by, "silent_by": found.silent_by}
        return {
            "ticket": found.state,
            "theirs": theirs.state,
            "owner": found.owner,
            "outcome": found.outcome,
            "silent": found.silent,
            "reported": found.reported,
            **{name: due.day for name, due in days.items() if due is not None},
        }

    def do_open(self, step: dict[str, Any]) -> dict[str, Any]:
        return self.act(self.opening(step), step)

    def opening(self, step: dict[str, Any], ticket: str = "") -> acts.OpenClaim:
        care = {**self.case["care"], **step}
        named = care.get("hospital", "")
        lines = tuple(
            BillLine(str(n), scaled(line["price"], 10**6), scaled(line["quantity"], 10**4), care["begin"])
            for n, line in enumerate(self.case["lines"], 1)
        )
        kind = care["kind"]
        dossier = Dossier(
            claim_id=step["claim"],
            psn_no="S1",
            hospital=named or hospital(self.host, self.level),
            treatment_area=self.host.area,
            begin=care["begin"],
            end=care["end"],
            invoices=tuple(care["invoices"]),
            bill=lines,
            reason=care["reason"],
            care=kind,
            level=self.level if named else "",
            special=care.get("special", False),
            dispute=ticket,
        )
        return acts.OpenClaim(dossier, tuple(step.get("papers", PAPERS[kind])))

    def do_settle(self, step: dict[str, Any]) -> None:
        """The stay is settled directly after all: admitted on its first day, discharged and settled on this one."""
        self.stay = self.direct()

    def direct(self) -> Any:
        care, day = self.case["care"], self.play.now
        desk = self.play.net.desks[hospital(self.host, self.level)]
        desk.sign_no = self.play.ask(desk.sign_in(day)).block("signinoutb")["sign_no"]
        stay = self.play.stay("S1", desk.institution.code)
        self.play.now = dt.datetime.combine(care["begin"], dt.time(10, 0))
        bill = [
            (str(n), scaled(line["price"], 10**6), scaled(line["quantity"], 10**4))
            for n, line in enumerate(self.case["lines"], 1)
        ]
        replies = [stay.admit(), stay.upload_bill(bill)]
        self.play.now = day
        replies += [stay.discharge(), stay.settle(use_account=False)]
        assert all(reply.succeeded for reply in replies), [reply.head["err_msg"] for reply in replies]
        return stay

    def do_cancel(self, step: dict[str, Any]) -> None:
        assert self.stay.about("2305").succeeded

    def do_doubt(self, step: dict[str, Any]) -> dict[str, Any]:
        doubts = (dispute.InDoubt(self.rows[-1], fen(step["yuan"])),) if "yuan" in step else ()
        return self.act(dispute.OpenTicket("T1", step["kind"], step["words"], doubts), step)

    def do_check_bill(self, step: dict[str, Any]) -> dict[str, Any]:
        return self.act(dispute.AskBillCheck("T1", step["words"], (self.rows[-1],)), step)

    def do_answer(self, step: dict[str, Any]) -> dict[str, Any]:
        outcome, setl_id = step["outcome"], self.insured.disputes.tickets["T1"].doubts[0].setl_id
        rulings = (dispute.Ruling(setl_id, outcome, fen(step.get("yuan", "0"))),)
        action = dispute.AnswerTicket("T1", outcome, step["words"], rulings, step.get("month", ""))
        return self.act(action, step, at=self.host.city)

    def do_claim_it(self, step: dict[str, Any]) -> dict[str, Any]:
        """Confirm that the doubt is reimbursed by hand, and bring the claim."""
        return self.act(dispute.CloseTicket("T1", self.opening(step, ticket="T1")), step)

    def do_review(self, step: dict[str, Any]) -> dict[str, Any]:
        self.play.act(dispute.ReviewTickets(), at=self.host.city)
        return self.act(dispute.ReviewTickets(), step)

    def do_report(self, step: dict[str, Any]) -> dict[str, Any]:
        """How many claims of the year up to this day were ended, and in time."""
        return self.insured.claims.service(dt.date(step["day"].year, 1, 1), step["day"])._asdict()

    def do_books(self, step: dict[str, Any]) -> dict[str, Any]:
        """What the books say, in yuan."""
        insured, treatment, area = self.insured.books, self.treatment.books, self.home.area
        accounts = {
            "expense": insured.balance("benefit_expense", area),
            "bank": insured.balance("bank", area),
            "owed_to_person": -insured.balance("payable", "S1"),
            "owed_by_person": insured.balance("receivable", "S1"),
            "owed_to_treatment": -insured.balance("payable", self.host.city),
            "owed_by_insured": treatment.balance("receivable", self.home.city),
        }
        return {name: f"{Decimal(amount) / 100:.2f}" for name, amount in accounts.items()} | self.clearing(step)

    def clearing(self, step: dict[str, Any]) -> dict[str, Any]:
        """What a clearing month takes up: the same at the province and in both cities."""
        pair, month = (self.host.city, self.home.city), step.get("month", "")
        sides = [node.disputes.adjustments(month).get(pair, 0) for node in self.play.net.nodes.values()]
        assert len(set(sides)) == 1
        return {"taken_up": f"{Decimal(sides[0]) / 100:.2f}"}


def expected(case: dict[str, Any]) -> dict[str, int]:
    """The expected figures in fen, the ratio in basis points."""
    return {
        field: fen(figure["yuan"]) if "yuan" in figure else scaled(figure["ratio"], 10**4)
        for field, figure in case.get("expected", {}).items()
    }


def named(*, direct: bool = False) -> Any:
    """The cases, or those alone that could have been settled directly and have an expected bill."""
    cases = [(path.stem, read(path)) for path in FILES]
    return [pytest.param(case, id=name) for name, case in cases if not direct or could_be_direct(case)]


def could_be_direct(case: dict[str, Any]) -> bool:
    filed = "filing" in case["person"]
    return "expected" in case and filed and case["care"]["kind"] == INPATIENT and "hospital" not in case["care"]


@pytest.mark.parametrize("case", named())
def test_a_situation_goes_as_worked_out_by_hand(kit: Any, wrong_messages: Any, case: dict[str, Any]) -> None:
    told = Told(kit, case)
    told.run()
    figures = expected(case)
    if figures:
        paid = [row for row in told.rows if row.kind == "manual"][-1]
        found = paid.shares._asdict()
        assert {field: found[field] for field in figures} == figures
    assert wrong_messages(told.play.relay.hops) == []
    assert rested_on(told.play.net.pack, told.rows) <= set(case["basis"])


@pytest.mark.parametrize("case", named(direct=True))
def test_by_hand_gives_what_direct_settlement_would_have_given(kit: Any, case: dict[str, Any]) -> None:
    """Where direct settlement was possible at all: a filed stay in a hospital that is registered."""
    told, twin = Told(kit, case), Told(kit, case)
    told.run()
    twin.play.now = dt.datetime.combine(case["care"]["end"], dt.time(10, 0))
    twin.direct()
    by_hand = [row for row in told.rows if row.kind == "manual"][-1]
    assert by_hand.shares == twin.rows[-1].shares
    assert by_hand.inputs == twin.rows[-1].inputs


def test_there_are_enough_of_each_pack_and_each_says_who_where_when_what_bill_and_why() -> None:
    cases = [read(path) for path in FILES]
    assert len(cases) >= 20
    assert {case["pack"] for case in cases} == {"jiangsu-2016", "jilin-2019", "jiangsu-2023"}
    for case in cases:
        held(case)
        assert {"insutype", "psn_type"} <= set(case["person"])
        assert case["care"]["begin"] <= case["care"]["end"]
        assert case["lines"]
        assert "expected" in case or any(step.get("gives") for step in case["step"])
        assert all(figure["basis"] for figure in case.get("expected", {}).values())
