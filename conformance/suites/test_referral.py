"""Referrals filed wholly at the hospital's end (2501, 2502, 5304): in force at once, for as long as they stand."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HOME
from conformance.suites.test_filing import paid

HALF_A_YEAR, LESS = 190, 170


def referred(case: CaseClient, where: str = HOME, shape: str = "unfiled") -> tuple[VisitClient, VisitClient]:
    """Return a visit whose hospital refers its person, and one of that person at the hospital meant; nothing filed."""
    here = case.visit(where, shape)
    to = case.visit(AWAY, like=here.number, days_ago=0, at="another")
    here.until("9001")
    here.refer(to)
    return here, to


@core
@verifies(
    "JL-3.1b",
    "JS-3.1c",
    "JS-3.4e",
    zh="转诊备案在医院端一次办成：报送后即可查询，并按转诊待遇结算。",
    en="A referral is filed at the hospital with one message: it is told at once, and care elsewhere is settled by it.",
)
@pytest.mark.parametrize("where", (HOME, AWAY))
def test_a_referral_is_filed_at_the_hospital(case: CaseClient, where: str) -> None:
    here, to = referred(case, where)
    without = case.visit(AWAY, "unfiled", days_ago=0)
    before = here.succeeds("5304").output.get("refmedin", [])
    here.succeeds("2501")
    after = here.succeeds("5304")
    case.expect("5304", "/output/refmedin", len(before) + 1, len(after.output["refmedin"]), after.line)
    case.expect("2304", "/output/setlinfo/hifp_pay", True, paid(to) > paid(without))


@verifies(
    "JL-3.1c",
    should=True,
    zh="医院端转诊备案即时生效：当日入院即按转诊待遇。",
    en="A referral counts at once: who is admitted the same day is settled by it.",
)
def test_a_referral_counts_at_once(case: CaseClient) -> None:
    here, to = referred(case)
    without = case.visit(AWAY, "unfiled", days_ago=0)
    here.succeeds("2501")
    case.expect("2304", "/output/setlinfo/hifp_pay", True, paid(to) > paid(without))


@verifies(
    "P75-10b",
    should=True,
    zh="转诊等临时备案的有效期不少于六个月：未填的按六个月，填得过短的不予受理。",
    en="A referral holds for six months at least: so long where nothing is said, and shorter is refused.",
)
def test_a_referral_holds_for_half_a_year(case: CaseClient) -> None:
    here, _ = referred(case)
    here.refused("2501", {"refmedin/enddate": case.day(LESS)})
    here.succeeds("2501")
    (row,) = here.succeeds("5304").output["refmedin"]
    case.expect("5304", "/output/refmedin/0/enddate", True, row["enddate"] >= case.day(LESS))
    other, _ = referred(case)
    other.succeeds("2501", {"refmedin/enddate": case.day(HALF_A_YEAR)})


@core
@verifies(
    "JL-6.4b",
    "JS-3.4e",
    zh="撤销的转诊备案即刻无效：不再列出，不再按其结算，也不能再次撤销。",
    en="A referral that is withdrawn is void at once: nothing lists it, nothing is settled by it.",
)
def test_a_referral_that_is_withdrawn(case: CaseClient) -> None:
    here, to = referred(case)
    without = case.visit(AWAY, "unfiled", days_ago=0)
    here.succeeds("2501")
    here.succeeds("2502")
    left = here.succeeds("5304")
    case.expect("5304", "/output/refmedin", [], left.output.get("refmedin", []), left.line)
    here.refused("2502")
    case.expect("2304", "/output/setlinfo/hifp_pay", paid(without), paid(to))


@core
@verifies(
    "JL-3.1a",
    "JS-3.2b",
    zh="转诊备案须备到已登记的统筹区，类型与去向相符，不得重复。",
    en="A referral names an area that there is, goes where its type says, and is made once.",
)
def test_a_referral_that_cannot_be(case: CaseClient) -> None:
    here, _ = referred(case)
    here.refused("2501", {"refmedin/mdtrtarea_admdvs": "999999"})
    here.refused("2501", {"refmedin/refl_type": "1"})
    here.refused("2501", {"refmedin/refl_type": "3"})
    here.refused("2501", {"refmedin/psn_no": "NOBODY"})
    here.succeeds("2501")
    here.refused("2501")
    here.refused("2502", {"data/trt_dcla_detl_sn": "BA0"})


@verifies(
    "P75-24",
    zh="他人的转诊备案不能以另一人的名义撤销。",
    en="A referral is not withdrawn in the name of somebody else.",
)
def test_a_referral_of_another_person(case: CaseClient) -> None:
    here, to = referred(case)
    stranger = case.visit(HOME, "retired")
    here.succeeds("2501")
    here.refused("2502", {"data/psn_no": stranger.facts["psn_no"]})
    assert paid(to) > paid(case.visit(AWAY, "unfiled", days_ago=0))
