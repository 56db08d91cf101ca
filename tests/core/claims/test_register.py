"""The province's register of claims."""

from __future__ import annotations

from typing import Any

from simulator.core.claims.case import AddPapers, CheckClaim, OpenClaim, ReverseClaim, WithdrawClaim

NANJING = "320100"
PAPERS = ("identity", "receipt", "itemised_bill", "discharge_summary")


def in_the_other_city(paper: Any, claim_id: str, **changes: Any) -> str:
    """Open a claim of the same person, insured in 南京 under another number; return the province's verdict."""
    paper.enrol(paper.play.net.people["retired"]._replace(psn_no="N1", insured_area="320199"), NANJING)
    dossier = paper.dossier(claim_id, psn_no="N1", **changes)
    paper.play.act(OpenClaim(dossier, PAPERS), at=NANJING)
    verdict: str = paper.play.treatment.claims.cases[claim_id].verdict
    return verdict


def test_one_bill_in_two_cities_is_found_by_the_person(paper: Any) -> None:
    paper.open()
    assert in_the_other_city(paper, "SG2", invoices=("OTHER",)) == "1"


def test_one_number_in_two_cities_is_two_claims(paper: Any) -> None:
    paper.open()
    assert in_the_other_city(paper, "SG1") == "1"
    assert paper.office.cases["SG1"].verdict == "0"


def test_a_claim_that_was_paid_stays_registered_and_one_that_was_reversed_does_not(paper: Any) -> None:
    paper.paid()
    assert in_the_other_city(paper, "SG2") == "1"
    paper.play.act(CheckClaim("SG2"), at=NANJING)  # refused there, and told to the province
    paper.act(ReverseClaim("SG1", "查有误"))
    assert in_the_other_city(paper, "SG3") == "0"


def test_every_message_of_claims_is_complete_by_its_schema(paper: Any, wrong_messages: Any) -> None:
    paper.open(papers=("identity",))
    paper.act(AddPapers("SG1", PAPERS))
    paper.act(WithdrawClaim("SG1"))
    paper.paid(paper.dossier("SG2", special=True, emergency=True, dispute="T1"))
    paper.act(ReverseClaim("SG2", "票据系伪造"))
    assert in_the_other_city(paper, "SG3") == "0"
    hops = paper.play.relay.hops
    assert {hop[2].infno for hop in hops} >= {"M101", "M102", "S301"}
    assert wrong_messages(hops) == []
