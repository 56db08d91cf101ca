"""A claim on paper gives what direct settlement would have given, to the fen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.core.claims.claim import NOT_FILED, BillLine
from simulator.core.visits.visits import Settled

DAY = dt.date(2016, 10, 10)
ITEMS = ("drug-a", "drug-b", "treatment-a", "material-b", "material-c", "bed-a", "herb-b")
HOSPITALS = ("H32019900001", "H32019900002", "H32019900003")
LINES = st.tuples(st.sampled_from(ITEMS), st.integers(1, 20_000_000_000), st.integers(1, 300_000))
BILLS = st.lists(st.lists(LINES, min_size=1, max_size=4), min_size=1, max_size=3)
SHARED = [HealthCheck.function_scoped_fixture]


def reimbursed(paper: Any, claim_id: str, **changes: Any) -> Any:
    """The settlement row of a paid claim."""
    paper.paid(paper.dossier(claim_id, begin=DAY, end=DAY, **changes))
    rows = [fact.row for _, fact in paper.play.relay.facts if isinstance(fact, Settled) and fact.role == "insured"]
    return rows[-1]


@given(bills=BILLS, who=st.sampled_from(["retired", "worker", "resident"]))
@settings(max_examples=25, deadline=None, suppress_health_check=SHARED)
def test_direct_and_by_hand_are_equal_for_any_bills_of_a_year(
    make_play: Any, paper_of: Any, bills: list[Any], who: str
) -> None:
    direct, by_hand = make_play(), paper_of(make_play())
    for number, (bill, hospital) in enumerate(zip(bills, HOSPITALS, strict=False)):
        stay = direct.stay(who, hospital)
        stay.admit()
        stay.upload_bill(bill)
        stay.discharge()
        if not stay.bill:
            continue
        assert stay.settle(use_account=False).succeeded
        settled = direct.insured.insured.visits.find(stay.mdtrt_id).settlement
        lines = tuple(BillLine(*line, DAY) for line in bill)
        psn_no = direct.net.people[who].psn_no
        row = reimbursed(by_hand, f"SG{number}", psn_no=psn_no, hospital=hospital, bill=lines)
        assert row.shares == settled.shares
        assert row.inputs == settled.inputs


def test_a_claim_is_reckoned_in_the_year_and_by_the_rules_of_the_day_the_care_ended(paper: Any) -> None:
    first = reimbursed(paper, "SG1")
    paper.play.now = dt.datetime(2016, 12, 1, 9)
    second = reimbursed(paper, "SG2", hospital="H32019900002")
    assert (first.inputs.where.day, second.inputs.where.day) == (DAY, DAY)
    assert (second.at.date(), second.inputs.year.stays, second.shares.act_pay_dedc) == (dt.date(2016, 12, 1), 1, 30_000)


@pytest.mark.parametrize(("cut", "rate", "basic"), [(None, 8_600, 1_286_188), (2_000, 6_600, 987_074)])
def test_an_unfiled_stay_is_cut_where_the_pack_cuts_it(
    make_play: Any, paper_of: Any, cut: int | None, rate: int, basic: int
) -> None:
    """(15,855.67 - 900.00) x 86 % = 12,861.876; x 66 % = 9,870.742."""
    changes = {} if cut is None else {"benefit__employee__unfiled_cut": cut}
    paper = paper_of(make_play(**changes))
    row = reimbursed(paper, "SG1", psn_no="P5", reason=NOT_FILED)
    assert (row.inputs.where.filing_type, row.shares.pool_prop_selfpay) == ("unfiled", rate)
    assert row.shares.hifp_pay == basic
