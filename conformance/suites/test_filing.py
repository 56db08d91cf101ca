"""Filings: whose care away from home is settled, at which ratio, and what stands in for a filing."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE)
CARE = ("inpatient", "outpatient", "pharmacy")
FILED = ("worker", "retired", "referred", "emergency_filed", "other_temporary", "unfiled", "resident_referred")
KINDS = [(AWAY, "inpatient", shape) for shape in FILED]
KINDS += [(AWAY, care, shape) for care in ("outpatient", "pharmacy") for shape in ("referred", "unfiled")]
KINDS += [(HERE, care, "unfiled") for care in CARE]
TOLD = [(AWAY, shape) for shape in ("worker", "unfiled", "elsewhere", "to_come", "ncms")]
TOLD += [(HERE, "worker"), (HERE, "ncms"), (HOME, "unfiled"), (HOME, "ncms")]
EMERGENCY = '{"IPT_TYPE":"2"}'
INJURY = {
    "no flags": ('{"TRUM_FLAG":"1"}', False),
    "a third party": ('{"TRUM_FLAG":"1","REL_TTP_FLAG":"1"}', False),
    "pledged": ('{"TRUM_FLAG":"1","REL_TTP_FLAG":"0"}', True),
    "no injury": ('{"TRUM_FLAG":"0","REL_TTP_FLAG":"0"}', True),
}


def paid(visit: VisitClient, fen: int = 2_000_000) -> int:
    """Settle one line of class A; return what the basic fund paid."""
    visit.charge({"item": "a", "price": f"{fen // 100}.{fen % 100:02d}"})
    amount: int = visit.settled().output["setlinfo"]["hifp_pay"]
    return amount


@core
@verifies(
    "P75-07",
    "P75-18",
    zh="长期、转诊、急诊、其他临时备案和未备案各按其规定办理。",
    en="Long-term, referred, emergency, other temporary and unfiled care each go by their own rule.",
)
@pytest.mark.parametrize(("where", "care", "shape"), KINDS)
def test_every_kind_of_filing(case: CaseClient, where: str, shape: str, care: str) -> None:
    case.visit(where, shape, care=care, yuan=9_000).tried()


@core
@verifies(
    "P75-13",
    "P75-10a",
    zh="备案以入院日是否有效为准：首日、末日有效，已过期和尚未生效无效。",
    en="A filing counts on the day of admission: its first and last day do, before and after it does not.",
)
@pytest.mark.parametrize("shape", ("first_day", "last_day", "expired", "to_come", "long_ago"))
@pytest.mark.parametrize("days_ago", (0, 3))
def test_the_days_of_a_filing(case: CaseClient, days_ago: int, shape: str) -> None:
    case.visit(AWAY, shape, days_ago=days_ago).tried()


@verifies(
    "P75-13",
    zh="备案有效期内入院的，出院结算时备案已过期仍按备案结算。",
    en="Who was admitted while the filing was valid is settled by it after it has run out.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_filing_that_runs_out_during_the_stay(case: CaseClient, where: str) -> None:
    within, after = case.visit(where, "expired", days_ago=11), case.visit(where, "expired", days_ago=9)
    assert paid(within) > paid(after)


@core
@verifies(
    "P75-25",
    zh="入院后、出院前补办备案的，按备案直接结算。",
    en="A filing made after admission and before discharge is settled by.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_filing_made_before_discharge(case: CaseClient, where: str) -> None:
    late, never = case.visit(where, "unfiled"), case.visit(where, "unfiled")
    late.until("2401")
    late.file("referral", 0, 180)
    late.charge({"item": "a", "price": "20000"})
    late.succeeds("2301")
    assert late.settled_from("2402").output["setlinfo"]["hifp_pay"] > paid(never)


@verifies(
    "P75-25",
    zh="出院后才备案的，不按备案结算。",
    en="A filing made after the day of discharge is not settled by.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_filing_made_after_discharge(case: CaseClient, where: str) -> None:
    late, never = case.visit(where, "unfiled"), case.visit(where, "unfiled")
    late.until("2401")
    late.charge({"item": "a", "price": "20000"})
    late.succeeds("2301")
    late.succeeds("2402", {"dscginfo/endtime": f"{case.day(-1)} 10:00:00"})
    late.file("referral", 0, 180)
    assert late.settled_from("2303").output["setlinfo"]["hifp_pay"] == paid(never)


@core
@verifies(
    "P75-08",
    "P75-19",
    zh="急诊视同已备案，不降低支付比例。",
    en="An emergency counts as filed, and costs no ratio.",
)
@pytest.mark.parametrize("shape", ("unfiled", "referred", "resident_unfiled"))
@pytest.mark.parametrize("where", PLACES)
def test_an_emergency_counts_as_filed(case: CaseClient, where: str, shape: str) -> None:
    filed = "resident" if shape == "resident_unfiled" else "worker"
    assert paid(case.visit(where, shape, extension=EMERGENCY)) == paid(case.visit(where, filed))


@verifies(
    "JL-3.1a",
    zh="备案到统筹区的，区内各医院均可就医；备案到别处的不算。",
    en="Who is filed to a pooling area may go to any of its hospitals, who is filed elsewhere to none.",
)
@pytest.mark.parametrize("shape", ("area_only", "city_only", "elsewhere"))
@pytest.mark.parametrize("where", PLACES)
def test_what_a_filing_is_for(case: CaseClient, where: str, shape: str) -> None:
    first = case.visit(where, shape)
    first.tried()
    case.visit(where, like=first.number, at="another").tried()


@verifies(
    "P75-18",
    "JL-3.1a",
    zh="备案地不是就医地的，与未备案同。",
    en="A filing for another place is as good as none.",
)
def test_a_filing_for_another_place(case: CaseClient) -> None:
    assert paid(case.visit(AWAY, "elsewhere")) == paid(case.visit(AWAY, "unfiled")) < paid(case.visit(AWAY, "worker"))


@core
@verifies(
    "JS-3.3e",
    zh="在参保地就医不需要备案，有无备案结果相同。",
    en="Care at home needs no filing, and none changes it.",
)
@pytest.mark.parametrize("shape", ("unfiled", "expired", "referred"))
def test_care_at_home_needs_no_filing(case: CaseClient, shape: str) -> None:
    assert paid(case.visit(HOME, shape)) == paid(case.visit(HOME, "worker"))


@core
@verifies(
    "P75-38",
    zh="异地外伤须有外伤标志和无第三方责任承诺，涉及第三方的不予直接结算。",
    en="An injury away from home needs its flag and the pledge that no third party is liable.",
)
@pytest.mark.parametrize("flags", INJURY)
@pytest.mark.parametrize("where", PLACES)
def test_injuries_need_their_flags(case: CaseClient, where: str, flags: str) -> None:
    extension, admitted = INJURY[flags]
    visit = case.visit(where, extension=extension)
    visit.until("1101")
    if admitted:
        visit.settled_from("2401")
    else:
        visit.rejects("2401")


@verifies(
    "P75-38",
    zh="外伤住院（22）未填两个标志的被拒绝，门诊就诊信息同样要求。",
    en="A stay for an injury without its flags is refused, and so is an outpatient visit.",
)
@pytest.mark.parametrize("where", PLACES)
def test_injuries_by_kind_of_care(case: CaseClient, where: str) -> None:
    stay, visit = case.visit(where), case.visit(where, care="outpatient", extension=INJURY["a third party"][0])
    stay.until("1101")
    stay.rejects("2401", {"mdtrtinfo/med_type": "22"})
    visit.until("2201")
    visit.rejects("2203")


@core
@verifies(
    "JL-2.5c",
    zh="未开通异地住院的机构不能结算外地人员，本地人员不受影响。",
    en="An institution that is not open for visitors settles none, and its own people all the same.",
)
@pytest.mark.parametrize("care", CARE)
def test_a_hospital_that_is_not_open_for_visitors(case: CaseClient, care: str) -> None:
    visitor = case.visit(HERE, care=care, at="closed")
    visitor.until("1101")
    visitor.rejects(visitor.plan[2])
    case.visit(HOME, care=care, at="closed").settled()


@verifies(
    "JL-2.1a",
    zh="已开通的机构对本地和外地人员同时结算。",
    en="An institution that is open settles local people and visitors alike.",
)
@pytest.mark.parametrize("care", CARE)
def test_a_hospital_that_is_open(case: CaseClient, care: str) -> None:
    case.visit(HERE, care=care).settled()
    case.visit(HOME, care=care).settled()


@verifies(
    "JL-7.3",
    zh="新农合人员不走基本医保直接结算。",
    en="Who is in NCMS is not settled on the track of basic insurance.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", (AWAY, HERE, HOME))
def test_ncms_is_not_settled_here(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, "ncms", care=care)
    visit.until("1101")
    visit.rejects(visit.plan[2])


@verifies(
    "JS-3.4f",
    should=True,
    zh="因身份、待遇、状态被拒的，均说明代码和中文原因，且各不相同。",
    en="What is refused for identity, entitlement or state has a code and a reason in Chinese, and no two the same.",
)
@pytest.mark.parametrize("where", (AWAY, HERE, HOME))
def test_refusals_say_why(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    told = [
        visit.rejects("2401", {"mdtrtinfo/psn_no": "00000000000000000000", "diseinfo/psn_no": "00000000000000000000"}),
        visit.rejects("2401", {"mdtrtinfo/insutype": "390"}),
        visit.rejects("2401", {"mdtrtinfo/begntime": f"{case.day(3)} 08:00:00"}),
    ]
    visit.until("2401")
    told.append(visit.rejects("2304"))
    assert all(any("一" <= each <= "鿿" for each in step.err_msg) for step in told)
    assert len({step.err_msg for step in told}) == len(told)


@verifies(
    "P75-18",
    zh="待遇资格查询说明当日能否直接结算。",
    en="A query of entitlement tells whether care of a kind and day is paid for.",
)
@pytest.mark.parametrize(("where", "shape"), TOLD)
def test_entitlement_is_told(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    visit.until("1101")
    visit.succeeds("2001")
