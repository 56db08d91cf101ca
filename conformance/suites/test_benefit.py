"""Who pays what: every shape of person, level of hospital and size of bill, right to the fen."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)
INSURED = (AWAY, HOME)  # where the system under test works out who pays what
LEVELS = ("tertiary", "secondary", "primary")
SHAPES = ("worker", "retired", "resident", "child", "poor", "civil_servant", "enterprise", "no_account", "one_fen")
EVERYBODY = [(AWAY, level, shape) for level in LEVELS for shape in SHAPES]
EVERYBODY += [(HOME, LEVELS[n % 3], shape) for n, shape in enumerate(SHAPES)]
EVERYBODY += [(HERE, level, "retired") for level in LEVELS]
EDGES = (-1, 0, 1)  # fen from the deductible


def yuan(fen: int) -> str:
    """Return fen as yuan, as a row of a bill wants it."""
    return f"{fen // 100}.{fen % 100:02d}"


def settled_at(visit: VisitClient, fen: int) -> dict[str, int]:
    """Settle a visit of one line of class A; return its amounts in fen."""
    assert visit.charge({"item": "a", "price": yuan(fen)}) == fen
    amounts: dict[str, int] = visit.settled().output["setlinfo"]
    return amounts


@core
@verifies(
    "P75-06",
    "P75-A9",
    zh="各类人员在各级医院的账单按待遇一站结清，金额两项恒等式成立。",
    en="Whoever it is and whatever the hospital's level, one bill is settled at one stop, and both identities hold.",
)
@pytest.mark.parametrize(("where", "level", "shape"), EVERYBODY)
def test_shares_of_every_person_at_every_level(case: CaseClient, where: str, level: str, shape: str) -> None:
    info = case.visit(where, shape, level=level, yuan=21_000).settled().output["setlinfo"]
    assert info["medfee_sumamt"] == info["fund_pay_sumamt"] + info["psn_part_amt"] + info["hosp_part_amt"]
    assert info["psn_part_amt"] == info["acct_pay"] + info["psn_cash_pay"]


@core
@verifies(
    "P75-A9",
    zh="在起付线上下一分、一元处，统筹支付分毫不差。",
    en="A fen or a yuan below, at and above the deductible the fund pays exactly what it must.",
)
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("shape", ("worker", "resident"))
@pytest.mark.parametrize("where", PLACES)
def test_around_the_deductible(case: CaseClient, where: str, shape: str, edge: int) -> None:
    visit = case.visit(where, shape)
    line = visit.figures()["deductibles"][0]
    info = settled_at(visit, line + edge)
    assert info["act_pay_dedc"] == min(line, line + edge)
    if edge <= 0:
        assert info["hifp_pay"] == 0


@verifies(
    "P75-06",
    zh="超过封顶线的部分由大额补助或大病保险按规定分担。",
    en="What lies above the yearly cap is shared by large-amount help and critical-illness insurance.",
)
@pytest.mark.parametrize("shape", ("worker", "retired", "resident", "poor", "civil_servant"))
@pytest.mark.parametrize("where", INSURED)
def test_above_the_cap(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    cap = visit.figures()["cap"]
    info = settled_at(visit, 2 * cap + 12_345)
    assert info["hifp_pay"] == cap


@verifies(
    "P75-06",
    zh="封顶线在一年内合并计算：先前各次支付占用额度。",
    en="The cap is one for the year: what earlier stays were paid has used it up.",
)
@pytest.mark.parametrize("where", PLACES)
def test_the_cap_is_used_up_by_earlier_stays(case: CaseClient, where: str) -> None:
    first = case.visit(where)
    cap = first.figures()["cap"]
    paid = settled_at(first, cap * 9 // 10)["hifp_pay"]
    second = case.visit(where, like=first.number)
    assert settled_at(second, cap)["hifp_pay"] == cap - paid


@core
@verifies(
    "P75-06",
    zh="同一年第二、第三次住院的起付线按规定降低。",
    en="The second and third stay of a year have their lower deductibles.",
)
@pytest.mark.parametrize("shape", ("worker", "resident"))
@pytest.mark.parametrize("where", PLACES)
def test_later_stays_of_a_year_have_lower_deductibles(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    steps = visit.figures()["deductibles"]
    for stay in range(3):
        visit = visit if stay == 0 else case.visit(where, like=visit.number, days_ago=3 - stay)
        assert settled_at(visit, 300_007)["act_pay_dedc"] == steps[min(stay, len(steps) - 1)]


@verifies(
    "P75-06",
    zh="一次住院结算撤销后，下一次仍按第一次住院的起付线。",
    en="Where a stay's settlement was cancelled, the next stay counts as the first.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_cancelled_stay_does_not_count(case: CaseClient, where: str) -> None:
    first = case.visit(where)
    steps = first.figures()["deductibles"]
    settled_at(first, 500_000)
    first.succeeds(first.cancels)
    second = case.visit(where, like=first.number)
    assert settled_at(second, 500_000)["act_pay_dedc"] == steps[0]


@verifies(
    "P75-06",
    zh="居民大病保险按年度累计的合规个人负担分段支付。",
    en="Critical-illness insurance pays by tiers of what the year has burdened a resident with.",
)
@pytest.mark.parametrize("shape", ("resident", "poor"))
@pytest.mark.parametrize("where", PLACES)
def test_critical_illness_grows_over_the_year(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    parts = []
    for stay in range(3):
        visit = visit if stay == 0 else case.visit(where, like=visit.number)
        parts.append(settled_at(visit, 3_500_033)["hifmi_pay"])
    assert parts[2] > 0


@verifies(
    "JL-3.2a",
    zh="重点救助对象按身份标识享受医疗救助，其他人没有。",
    en="The registered poor are known by their mark and get medical aid; others do not.",
)
@pytest.mark.parametrize("where", PLACES)
def test_medical_aid_is_for_the_poor_alone(case: CaseClient, where: str) -> None:
    poor = case.visit(where, "poor").settled().output["setlinfo"]
    other = case.visit(where, "resident").settled().output["setlinfo"]
    assert poor["maf_pay"] > 0
    assert other["maf_pay"] == 0


@verifies(
    "P75-06",
    zh="个人账户按使用标志和余额支付，一分也算。",
    en="The personal account pays where it may be used, as far as it goes, down to a fen.",
)
@pytest.mark.parametrize("use_account", (True, False))
@pytest.mark.parametrize("shape", ("worker", "one_fen", "no_account"))
@pytest.mark.parametrize("where", INSURED)
def test_the_account_pays_what_it_may(case: CaseClient, where: str, shape: str, *, use_account: bool) -> None:
    visit = case.visit(where, shape, use_account=use_account)
    info = visit.settled().output["setlinfo"]
    balance = {"worker": 300_000, "one_fen": 1, "no_account": 0}[shape]
    assert info["acct_pay"] == (min(balance, info["psn_part_amt"]) if use_account else 0)
    assert info["balc"] == balance - info["acct_pay"]


@verifies(
    "P75-06",
    zh="预结算与结算金额一致，且预结算不留痕迹。",
    en="A trial says what the settlement then says, and leaves nothing behind.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient", "pharmacy"))
@pytest.mark.parametrize("where", PLACES)
def test_a_trial_says_what_is_settled(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    visit.before(visit.settles)
    trial = visit.plan[-2]
    first = visit.succeeds(trial).output["setlinfo"]
    second = visit.succeeds(trial).output["setlinfo"]
    final = visit.succeeds(visit.settles).output["setlinfo"]
    for name in ("medfee_sumamt", "fund_pay_sumamt", "hifp_pay", "acct_pay", "psn_cash_pay", "act_pay_dedc"):
        assert first[name] == second[name] == final[name]


@verifies(
    "P75-06",
    zh="结算单列明各项基金，合计等于基金支付总额。",
    en="The settlement lists each fund that pays, and they sum to the fund total.",
)
@pytest.mark.parametrize("shape", ("poor", "civil_servant", "enterprise"))
@pytest.mark.parametrize("where", PLACES)
def test_every_fund_is_listed(case: CaseClient, where: str, shape: str) -> None:
    output = case.visit(where, shape, yuan=90_000).settled().output
    assert sum(row["fund_payamt"] for row in output["setldetail"]) == output["setlinfo"]["fund_pay_sumamt"]


@verifies(
    "JS-3.3d",
    "JS-3.3e",
    zh="同一设区市各统筹区的参保人同病同价同待遇。",
    en="People of every area of one city have the same benefit for the same bill.",
)
@pytest.mark.parametrize("where", (AWAY, HOME))
def test_areas_of_one_city_have_one_benefit(case: CaseClient, where: str) -> None:
    shares = set()
    for area in range(3):
        info = case.visit(where, area=area, yuan=9_000).settled().output["setlinfo"]
        shares.add((info["act_pay_dedc"], info["hifp_pay"], info["fund_pay_sumamt"], info["psn_part_amt"]))
    assert len(shares) == 1


@verifies(
    "P75-17",
    zh="长期异地备案人员的支付比例与在参保地就医相同。",
    en="Who lives away for long is paid at the ratio of care at home.",
)
@pytest.mark.parametrize("shape", ("worker", "retired", "resident"))
def test_long_term_care_away_is_paid_as_at_home(case: CaseClient, shape: str) -> None:
    away = settled_at(case.visit(AWAY, shape), 1_500_000)
    home = settled_at(case.visit(HOME, shape), 1_500_000)
    for name in ("act_pay_dedc", "hifp_pay", "fund_pay_sumamt"):
        assert away[name] == home[name]


@verifies(
    "P75-18",
    "P75-19",
    zh="转诊降幅不超过5个百分点，未备案和其他临时外出不超过20个，急诊不降。",
    en="A referral costs at most 5 points, care unfiled or otherwise temporary at most 20, an emergency nothing.",
)
@pytest.mark.parametrize(
    ("shape", "points"),
    (("referred", 5), ("other_temporary", 20), ("unfiled", 20), ("emergency_filed", 0)),
)
def test_the_ratio_is_cut_within_bounds(case: CaseClient, shape: str, points: int) -> None:
    full = settled_at(case.visit(AWAY, "worker"), 2_000_000)
    cut = settled_at(case.visit(AWAY, shape), 2_000_000)
    base = full["inscp_scp_amt"] - full["act_pay_dedc"]
    assert 0 <= full["hifp_pay"] - cut["hifp_pay"] <= base * points // 100 + 1
