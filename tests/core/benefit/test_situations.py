"""Ten settlements worked out by hand, driven through the real platforms by messages, compared to the fen.

``tests/situations/*.toml`` read as a jurist would write them: who, where, when, the bill, what happened earlier in the
year, each expected figure with its arithmetic, and on what it rests.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.benefit.bill import ClassTotals, classify
from simulator.core.benefit.receipt import receipt
from simulator.core.benefit.rules import Circumstance, YearSoFar
from simulator.core.benefit.settlement import DIRECT, Inputs, Settlement
from simulator.core.benefit.shares import Shares, shares_add_up
from simulator.core.catalogue.items import Catalogue, Item
from simulator.core.clearing.sheet import balance_sheet
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.core.visits.visits import Settled
from simulator.inputs.packs import load_pack

from ..situations import PLACES, held, rested_on

PROVINCE = "320000"
HOSPITALS = {"tertiary": "H32019900001", "secondary": "H32019900002", "primary": "H32019900003"}
CLASSES = {"甲": "01", "乙": "02", "丙": "03"}
FILES = sorted((Path(__file__).parents[2] / "situations").glob("*.toml"))


def scaled(text: str, units: int) -> int:
    """Yuan text in integer units of 1/units, exactly."""
    number = Decimal(text) * units
    assert number == int(number), text
    return int(number)


def fen(text: str) -> int:
    return scaled(text, 100)


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def cases() -> list[Any]:
    """One case for each file and each pooling area it names."""
    return [
        pytest.param(read(path), area, id=f"{path.stem}-{area}")
        for path in FILES
        for area in read(path)["person"]["areas"]
    ]


def catalogue_of(case: dict[str, Any]) -> Catalogue:
    """The items of the bill, one for each line."""
    items = {}
    for number, line in enumerate(case["lines"], 1):
        cap = scaled(line["cap"], 10**6) if "cap" in line else None
        share = scaled(line.get("first_share", "0"), 10**4)
        price = scaled(line["price"], 10**6)
        day = dt.date(2016, 1, 1)
        items[str(number)] = Item(str(number), "", CLASSES[line["class"]], "09", price, cap, share, day, None)
    return Catalogue("situation", items)


class Played:
    """A situation played to its settlement."""

    def __init__(self, make_play_with: Any, case: dict[str, Any], area: str) -> None:
        self.case, self.area = case, area
        who, stay = case["person"], case["stay"]
        (insured,), (treatment,), (level,) = (case["where"][kind] for kind in ("insured", "treatment", "level"))
        self.home, self.host = PLACES[insured].city, PLACES[treatment].city
        self.play = make_play_with(load_pack(case["pack"]), catalogue_of(case))
        person = Person(
            "S1",
            "CERT-S1",
            "某某",
            "2",
            dt.date(1960, 1, 1),
            who["insutype"],
            who["psn_type"],
            area,
            fen(who["account"]),
        )
        filing = Filing("S1", who["filing"], area, self.host, dt.date(2016, 1, 1), None)
        self.tell(self.home, Enrolled(person))
        self.tell(self.home, Filed(filing))
        self.tell(PROVINCE, Filed(filing))
        self.play.net.people["situation"] = person
        self.earlier()
        self.stay = self.play.stay("situation", HOSPITALS[level])
        self.at(stay["admitted"])
        assert self.stay.admit().succeeded
        self.upload()
        self.at(stay["settled"])
        assert self.stay.discharge().succeeded
        before = self.stay.presettle(use_account=stay["use_account"])
        self.reply = self.stay.settle(use_account=stay["use_account"])
        assert self.reply.succeeded, self.reply.head["err_msg"]
        assert before.block("setlinfo")["psn_cash_pay"] == self.info["psn_cash_pay"]

    def tell(self, code: str, fact: Any) -> None:
        self.play.net.nodes[code].fold(fact)

    def at(self, day: dt.date) -> None:
        self.play.now = dt.datetime.combine(day, dt.time(10, 0))

    def earlier(self) -> None:
        """Fold what happened earlier in the year in as facts: settled stays with what they added."""
        known = self.case["earlier"]
        basic, burden = fen(known["basic_paid"]), fen(known["burden"])
        nothing = Shares(*(0 for _ in Shares._fields))
        for number in range(known["stays"]):
            row = settled_before(self.home, self.area, number)
            first = number == 0
            row = row._replace(
                shares=nothing._replace(hifp_pay=basic if first else 0),
                inputs=row.inputs._replace(burden=burden if first else 0),
            )
            self.tell(self.home, Settled("insured", "", row, row))
        assert self.play.insured.insured.year_of("S1", 2016) == YearSoFar(known["stays"], basic, burden)

    def upload(self) -> None:
        items = self.play.net.catalogue.items
        lines = [
            classify(str(i), items[str(i)], items[str(i)].price, scaled(line["quantity"], 10**4))
            for i, line in enumerate(self.case["lines"], 1)
        ]
        assert self.stay.upload(lines).succeeded

    @property
    def info(self) -> Any:
        return self.reply.block("setlinfo")

    @property
    def row(self) -> Any:
        return self.play.insured.insured.visits.find(self.stay.mdtrt_id).settlement


def settled_before(city: str, area: str, number: int) -> Any:
    """A settlement of an earlier stay that adds nothing yet."""
    day = dt.date(2016, 3, 1)
    where = Circumstance(city, "310", "11", "tertiary", "", day)
    inputs = Inputs(where, ClassTotals(0, 0, 0, 0), YearSoFar(), 0, False, 0)
    return Settlement(
        setl_id=f"earlier{number}",
        init_setl_id="",
        refund=False,
        kind=DIRECT,
        mdtrt_id=f"earlier{number}",
        psn_no="S1",
        insutype="310",
        hospital="H32039900001",
        treatment_area=area,
        insured_area=area,
        treatment_city=city,
        insured_city=city,
        begin=day,
        end=day,
        at=dt.datetime(2016, 3, 1),
        settled_by="",
        shares=Shares(*(0 for _ in Shares._fields)),
        inputs=inputs,
    )


def expected(case: dict[str, Any]) -> dict[str, int]:
    """The expected figures in fen, the ratio in basis points."""
    return {
        field: fen(figure["yuan"]) if "yuan" in figure else scaled(figure["ratio"], 10**4)
        for field, figure in case["expected"].items()
    }


@pytest.mark.parametrize(("case", "area"), cases())
def test_a_situation_settles_as_worked_out_by_hand(make_play_with: Any, case: dict[str, Any], area: str) -> None:
    played = Played(make_play_with, case, area)
    figures = expected(case)
    found = {field: played.info[field] for field in (*Shares._fields, "balc")}
    found["cleared"] = played.row.shares.cleared
    assert found == {field: figures.get(field, 0) for field in found}
    assert set(figures) <= set(found)


@pytest.mark.parametrize(("case", "area"), cases())
def test_all_identities_hold_and_both_cities_keep_the_same_row(
    make_play_with: Any, case: dict[str, Any], area: str
) -> None:
    played = Played(make_play_with, case, area)
    play, row = played.play, played.row
    copy = play.treatment.treatment.visits.find(played.stay.mdtrt_id).settlement
    assert shares_add_up(row.shares)
    assert inv.lines_sum_to_bill(row.inputs.totals, row.shares)
    assert inv.filed_where_needed(row)
    assert inv.settled_once([row])
    assert copy.shares == row.shares
    assert inv.books_mirror(
        play.insured.books.balance("payable", played.host), play.treatment.books.balance("receivable", played.home)
    )
    month = f"{row.at:%Y-%m}"
    assert inv.sheet_is_zero(balance_sheet(month, play.province.monthly.under(month), play.net.registry.cities))
    day = row.at.date().isoformat()
    sides = (play.treatment.daily["treatment"], play.province.daily, play.insured.daily["insured"])
    assert inv.three_sides_agree([side.group((day, played.host, played.home)) for side in sides])
    assert all(inv.posting_balances(entry) for entry in play.relay.postings)


@pytest.mark.parametrize(("case", "area"), cases())
def test_the_receipt_is_computed_again_from_the_row(make_play_with: Any, case: dict[str, Any], area: str) -> None:
    played = Played(make_play_with, case, area)
    paper = receipt(played.play.net.pack, played.row.inputs)
    assert paper.shares == played.row.shares
    figures, steps = expected(case), {step.key: step for step in paper.steps}
    assert steps["bill"].amount == 0
    assert steps["deductible"].amount == figures["act_pay_dedc"]
    assert steps["fund"].amount == figures["fund_pay_sumamt"]
    assert steps["account"].amount == figures["acct_pay"]
    assert steps["cash"].amount == figures["psn_cash_pay"]
    assert all(record.basis.clause or record.basis.assumption for record in paper.rules.records())
    assert rested_on(played.play.net.pack, [played.row]) <= set(case["basis"])


@pytest.mark.parametrize(("case", "area"), cases())
def test_undoing_it_restores_the_year_and_the_account(make_play_with: Any, case: dict[str, Any], area: str) -> None:
    played = Played(make_play_with, case, area)
    assert played.stay.about("2305").succeeded
    known, insured = case["earlier"], played.play.insured.insured
    assert insured.year_of("S1", 2016) == YearSoFar(known["stays"], fen(known["basic_paid"]), fen(known["burden"]))
    assert insured.balance_of("S1") == fen(case["person"]["account"])


def test_two_counties_of_one_city_differ_in_the_area_of_the_books_only(make_play_with: Any) -> None:
    (path,) = (path for path in FILES if path.stem == "two_counties")
    both = [Played(make_play_with, read(path), area) for area in ("320381", "320382")]
    assert both[0].row.shares == both[1].row.shares
    assert [set(one.play.insured.books.balances()) for one in both] == [
        {("benefit_expense", area), ("payable", both[0].host)} for area in ("320381", "320382")
    ]


def test_there_are_ten_and_each_says_who_where_when_what_bill_and_why(registry: Any) -> None:
    assert len(FILES) == 10
    for path in FILES:
        case = read(path)
        held(case)
        (insured,) = case["where"]["insured"]
        assert {registry.city_of(area) for area in case["person"]["areas"]} == {PLACES[insured].city}, path.name
        assert {"insutype", "psn_type", "filing"} <= set(case["person"])
        assert case["stay"]["admitted"] <= case["stay"]["settled"]
        assert case["lines"]
        assert all(figure["basis"] for figure in case["expected"].values()), path.name
