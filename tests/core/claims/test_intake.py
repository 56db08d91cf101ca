"""What a claim is taken in as, and what of a dossier the city does not take on trust."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.bill import ClassTotals
from simulator.core.catalogue.items import Catalogue, Item
from simulator.core.claims.case import AddPapers, CheckClaim, DecideClaim, PayClaim, Reimburse, ReverseClaim
from simulator.core.claims.claim import EMERGENCY_ELSEWHERE, BillLine, Claim
from simulator.core.claims.lifecycle import COMPLETE, PAID
from simulator.core.filing.actions import CancelFiling
from simulator.core.filing.declarations import CHRONIC, Declaration, Declared
from simulator.core.filing.facts import Left
from simulator.core.values.parameters import Tier
from simulator.core.visits.visits import Settled

HOSPITAL = "H32019900001"
DAYS = dt.date(2016, 10, 1), dt.date(2016, 10, 9)
UNCLEAR_BILL = ("case_unclear", "SG1", "bill")
TOTALS = ClassTotals(98_000, 83_500, 87_508, 1_585_567)
PAPERS = ("identity", "receipt", "itemised_bill", "discharge_summary", "emergency_proof")
ELSEWHERE = {"hospital": "某县中医院", "reason": EMERGENCY_ELSEWHERE, "level": "secondary", "psn_no": "P5"}


@pytest.fixture
def strict(make_play: Any, paper_of: Any) -> Any:
    """A counter of a pack that pays emergencies outside designated hospitals, and cuts what is not filed."""
    return paper_of(
        make_play(
            claims__papers__emergency=("emergency_proof",),
            filing__emergency=True,
            benefit__employee__unfiled_cut=2_000,
        )
    )


@pytest.fixture
def abroad(paper: Any) -> Any:
    """A counter of 徐州 with 南京 in another province."""
    city = paper.play.insured
    city.registry = city.registry._replace(provinces={"320100": "330000", "320300": "320000"})
    return paper


# -- whose care it is ------------------------------------------------------------------------------------------------


GONE = pytest.mark.parametrize(("reason", "name"), [("died", "person_died"), ("moved", "cover_moved")])


@GONE
def test_care_after_a_death_or_a_move_is_nobodys_here(paper: Any, reason: str, name: str) -> None:
    paper.tell("320300", Left("P1", dt.date(2016, 10, 5), reason))
    *lines, last = paper.dossier().bill
    assert paper.open(paper.dossier(bill=(*lines, last._replace(day=dt.date(2016, 10, 6))))) == (name, "2016-10-05")


@GONE
def test_of_a_bill_without_lines_the_last_day_counts(abroad: Any, reason: str, name: str) -> None:
    abroad.tell("320300", Left("P1", dt.date(2016, 10, 5), reason))
    assert abroad.open(abroad.dossier(bill=TOTALS)) == (name, "2016-10-05")


def test_care_before_a_death_is_paid(paper: Any) -> None:
    paper.tell("320300", Left("P1", dt.date(2016, 10, 5), "died"))
    assert paper.open().claim_id == "SG1"  # its lines are of the first day, however long the bed was kept


# -- the bill (JS-3.2a, P75-15) ---------------------------------------------------------------------------------------


def test_across_provinces_the_class_totals_of_the_treatment_places_catalogue_are_taken(abroad: Any) -> None:
    assert abroad.open(abroad.dossier(bill=TOTALS)).totals == TOTALS


def test_across_provinces_no_line_is_priced_by_this_citys_catalogue(abroad: Any) -> None:
    assert abroad.open() == UNCLEAR_BILL


def test_in_the_province_no_class_totals_are_taken_as_they_are_stated(paper: Any) -> None:
    assert paper.open(paper.dossier(bill=TOTALS)) == UNCLEAR_BILL


@pytest.mark.parametrize("totals", [(-1, 0, 0, 2), (0, -1, 0, 2), (0, 0, -1, 2), (2, 0, 0, -1), (0, 0, 0, 0)])
def test_no_class_of_a_bill_is_below_nothing(abroad: Any, totals: tuple[int, int, int, int]) -> None:
    assert abroad.open(abroad.dossier(bill=ClassTotals(*totals))) == UNCLEAR_BILL
    if any(totals):
        claim = Claim("C1", "P1", HOSPITAL, "tertiary", "320199", "", *DAYS, ClassTotals(*totals))
        assert abroad.act(Reimburse(claim)) == ("case_unclear", "C1", "bill")


@pytest.mark.parametrize(("day", "fits"), [(30, False), (1, True), (9, True), (10, False)])
def test_a_line_lies_within_the_days_of_the_care(paper: Any, day: int, fits: bool) -> None:
    when = dt.date(2016, 9 if day == 30 else 10, day)
    came = paper.open(paper.dossier(bill=(BillLine("drug-a", 12_500_000, 10_000, when),)))
    assert came.totals == ClassTotals(0, 0, 0, 1_250) if fits else came == UNCLEAR_BILL


# -- the place, the disease, the insurance ----------------------------------------------------------------------------


@pytest.mark.parametrize("area", ["320399", "320381", "320100", ""])
def test_a_registered_hospital_lies_where_it_is_registered(paper: Any, area: str) -> None:
    assert paper.open(paper.dossier(treatment_area=area)) == ("case_unclear", "SG1", "treatment_area")


@pytest.mark.parametrize(("filed_on", "state"), [(1, COMPLETE), (2, "")])
def test_chronic_care_is_paid_by_hand_for_a_disease_filed_when_it_began(
    make_play: Any, paper_of: Any, filed_on: int, state: str
) -> None:
    chronic = {"tiers": (Tier(0, None, 7000),), "cap__m03900": 200_000}
    paper = paper_of(make_play(**{f"benefit__employee__chronic__{name}": value for name, value in chronic.items()}))
    filed = Declaration("BD1", CHRONIC, "P1", "310", "M03900", "高血压", dt.date(2016, 10, filed_on))
    paper.tell("320300", Declared(filed))
    asks = paper.dossier(care="chronic", disease="M03900")
    came = paper.open(asks, (*PAPERS[:3], "prescription"))
    assert (came.state if state else came) == (state or ("no_chronic_filing", "M03900"))


@pytest.mark.parametrize(("insutype", "found"), [("380", ("ncms_track",)), ("340", ("scheme_not_supported", "340"))])
def test_other_insurances_are_not_reimbursed_here(paper: Any, insutype: str, found: tuple[str, ...]) -> None:
    paper.enrol(paper.play.net.people["retired"]._replace(insutype=insutype))
    assert paper.open() == found
    claim = Claim("C1", "P1", HOSPITAL, "tertiary", "320199", "", *DAYS, TOTALS)
    assert paper.act(Reimburse(claim)) == found
    assert paper.balances() == {}


# -- the rest of a stay settled in part (P75-44) ----------------------------------------------------------------------


ONE = (("treatment-a", 1_200_000_000, 20_000),)  # 2,400.00


class InPart:
    """A stay of a worker, admitted on 10 October, of which 2,400.00 were settled on the 12th."""

    def __init__(self, paper: Any) -> None:
        self.paper, self.play = paper, paper.play
        person = self.play.net.people["worker"]._replace(certno=self.play.net.people["retired"].certno)
        paper.enrol(person)
        self.stay = self.play.stay("worker")
        self.stay.admit()
        self.settle(part=True)

    def settle(self, *, part: bool) -> Any:
        self.play.now += dt.timedelta(days=2)
        self.stay.upload_bill(ONE)
        if not part:
            self.stay.discharge()
        asked = self.stay.desk.settle(
            self.play.tick(), "2304", self.stay.person, self.stay.mdtrt_id, 240_000, use_account=False, part=part
        )
        return self.play.ask(asked)

    def rest(self, **changes: Any) -> Any:
        """The dossier of what came from the 12th to the 14th."""
        days = {"begin": dt.date(2016, 10, 12), "end": dt.date(2016, 10, 14)}
        line = BillLine("treatment-a", 1_200_000_000, 20_000, dt.date(2016, 10, 13))
        return self.paper.dossier(**{"psn_no": "P2", "bill": (line,), **days, **changes})

    def paid(self, dossier: Any) -> Any:
        """The claim's settlement row."""
        self.play.now = max(self.play.now, dt.datetime(2016, 10, 20, 9))
        self.paper.paid(dossier)
        return [fact.row for _, fact in self.play.relay.facts if isinstance(fact, Settled)][-1]

    @property
    def year(self) -> Any:
        return self.play.insured.insured.year_of("P2", 2016)


@pytest.fixture
def in_part(make_play: Any, paper_of: Any) -> Any:
    return lambda **changed: InPart(paper_of(make_play(process__part_settlement=True, **changed)))


def test_the_rest_of_a_stay_settled_in_part_gets_by_hand_what_it_would_have_got_directly(in_part: Any) -> None:
    told, twin = in_part(), in_part()
    row, direct = told.paid(told.rest()), twin.settle(part=False).block("setlinfo")
    assert (row.shares.act_pay_dedc, row.shares.hifp_pay) == (0, direct["hifp_pay"]) == (0, 206_400)  # 86 % of 2,400.00
    assert told.year == twin.year
    assert told.year.stays == 1


def test_a_claim_for_the_rest_that_is_reversed_leaves_the_stay_counted(in_part: Any) -> None:
    told = in_part()
    before = told.year
    told.paid(told.rest())
    told.paper.act(ReverseClaim("SG1", "查有误"))
    assert told.year == before
    assert before.stays == 1


def test_the_rest_of_a_stay_goes_by_the_filing_of_its_admission(in_part: Any) -> None:
    told = in_part(benefit__employee__unfiled_cut=2_000)
    (filing,) = told.play.insured.filings.book.of("P2")
    told.play.act(CancelFiling(filing.sn, dt.date(2016, 10, 12), "mistake"))
    assert told.paid(told.rest()).inputs.where.filing_type == "long_term_work"


@pytest.mark.parametrize(
    "changes",
    [
        {"hospital": "H32019900002"},
        {"care": "outpatient"},
        {"end": dt.date(2016, 10, 15)},  # after the discharge: another stay
        {"psn_no": "P1"},
    ],
)
def test_other_care_is_no_rest_of_the_stay(in_part: Any, changes: dict[str, Any]) -> None:
    clinic = {"tiers": (Tier(0, None, 6000),)}
    told = in_part(**{f"benefit__employee__outpatient__{name}": value for name, value in clinic.items()})
    told.play.now += dt.timedelta(days=2)
    assert told.stay.discharge().succeeded
    papers = (*PAPERS[:3], "prescription") if "care" in changes else PAPERS[:4]
    told.play.now = dt.datetime(2016, 10, 20, 9)
    told.paper.open(told.rest(**changes), papers)
    told.paper.act(CheckClaim("SG1"))
    told.paper.act(DecideClaim("SG1"))
    row = [fact.row for _, fact in told.play.relay.facts if isinstance(fact, Settled)][-1]
    assert (row.kind, row.inputs.earlier.bill) == ("manual", 0)


def test_a_stay_settled_whole_has_no_rest(in_part: Any) -> None:
    told = in_part()
    assert told.settle(part=False).succeeded
    begin, end = dt.date(2016, 10, 14), dt.date(2016, 10, 16)
    line = BillLine("treatment-a", 1_200_000_000, 20_000, end)
    row = told.paid(told.rest(begin=begin, end=end, bill=(line,)))
    assert (row.inputs.earlier.bill, row.inputs.year.stays) == (0, 1)


def test_a_cap_of_the_hospitals_level_counts_on_paper_too(make_play_with: Any, paper_of: Any, pack: Any) -> None:
    caps = (("tertiary", 90_000_000),)
    item = Item("bed-a", "床位", "01", "09", 60_000_000, 45_000_000, 0, dt.date(2016, 1, 1), None, level_caps=caps)
    paper = paper_of(make_play_with(pack, Catalogue("1", {"bed-a": item})))
    lines = tuple(line for line in paper.dossier().bill if line.code == "bed-a")
    secondary = paper.dossier("SG2", bill=lines, hospital="H32019900002")
    assert paper.open(paper.dossier(bill=lines)).totals == ClassTotals(0, 0, 0, 54_000)
    assert paper.open(secondary).totals == ClassTotals(0, 13_500, 0, 40_500)


def test_an_emergency_outside_designated_hospitals_is_paid_without_reduction(strict: Any, wrong_messages: Any) -> None:
    case = strict.open(strict.dossier(**ELSEWHERE), PAPERS[:4])
    assert case.told == ("emergency_proof",)
    person = strict.play.net.people["unfiled"]._replace(certno=strict.play.net.people["retired"].certno)
    strict.enrol(person)
    for action in (AddPapers("SG1", PAPERS[4:]), CheckClaim("SG1"), DecideClaim("SG1"), PayClaim("SG1")):
        case = strict.act(action)
    assert case.state == PAID
    row = next(fact.row for _, fact in strict.play.relay.facts if isinstance(fact, Settled))
    assert (row.hospital, row.inputs.where.filing_type) == ("某县中医院", "emergency")
    assert row.shares.hifp_pay == 1_373_010  # (15,855.67 - 600.00) x 90 % at a secondary hospital, no cut
    registered = next(hop[2].block("data") for hop in strict.play.relay.hops if hop[2].infno == "M101")
    assert (registered["fixmedins_code"], registered["fixmedins_name"]) == ("", "某县中医院")
    assert (registered["manl_reim_rea"], registered["mdtrtarea_admvs"]) == ("9", "320100")
    assert wrong_messages(strict.play.relay.hops) == []


def test_an_emergency_elsewhere_must_say_how_the_hospital_counts(strict: Any) -> None:
    assert strict.open(strict.dossier(**{**ELSEWHERE, "level": ""})) == ("case_unclear", "SG1", "level")


def test_a_place_without_a_city_stands_for_itself(strict: Any) -> None:
    strict.open(strict.dossier(**{**ELSEWHERE, "treatment_area": "659001"}), PAPERS)
    registered = next(hop[2] for hop in strict.play.relay.hops if hop[2].infno == "M101")
    assert registered.block("data")["mdtrtarea_admvs"] == registered.head["mdtrtarea_admvs"] == "659001"
