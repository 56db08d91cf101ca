"""What a claim is taken in as: priced by the catalogue, or by class totals; in a hospital that is not designated."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.bill import ClassTotals
from simulator.core.catalogue.items import Catalogue, Item
from simulator.core.claims.case import AddPapers, CheckClaim, DecideClaim, PayClaim
from simulator.core.claims.claim import EMERGENCY_ELSEWHERE
from simulator.core.claims.lifecycle import PAID
from simulator.core.visits.visits import Settled

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


def test_class_totals_of_another_catalogue_are_taken_as_they_are(paper: Any) -> None:
    assert paper.open(paper.dossier(bill=TOTALS)).totals == TOTALS


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
