"""The funds above the basic one, the accounts, care other than stays, and bills of every kind, generated."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import Circumstance, YearSoFar, rules_for
from simulator.core.benefit.shares import Shares, shares_add_up
from simulator.core.benefit.stack import compute
from simulator.core.values.parameters import Tier

DAY = dt.date(2016, 10, 10)
RETIRED = Circumstance("320300", "310", "12", "tertiary", "retired_resettlement", DAY)
WORKER = RETIRED._replace(psn_type="11", filing_type="long_term_work")
RESIDENT = RETIRED._replace(insutype="390", psn_type="14")
NEW_YEAR = YearSoFar()
EXAMPLE = ClassTotals(98_000, 83_500, 87_508, 1_585_567)


def scope(amount: int) -> ClassTotals:
    return ClassTotals(0, 0, 0, amount)


def split(pack: Any, where: Circumstance, totals: ClassTotals, year: YearSoFar = NEW_YEAR, **more: Any) -> Shares:
    options = {"balance": 0, "use_account": True, "family": 0} | more
    balance = options.pop("balance")
    return compute(totals, rules_for(pack, where), year, balance, **options)[0]


# -- funds above the basic one --------------------------------------------------------------------------------------


LARGE = {"benefit__employee__large_amount__ratio": 9_000, "benefit__employee__large_amount__cap": 30_000_000}


def test_large_amount_pays_its_ratio_of_what_lies_above_the_basic_cap(make_pack: Any) -> None:
    # In scope 400,000; base 399,100. 86 % would be 343,226; the cap of 250,000 pays for 250,000 / 0.86 = 290,697.67.
    # Above it lie 108,402.33, of which 90 % are 97,562.10.
    shares = split(make_pack(**LARGE), WORKER, scope(40_000_000))
    assert (shares.hifp_pay, shares.hifob_pay) == (25_000_000, 9_756_210)
    assert shares.fund_pay_sumamt == 34_756_210
    assert split(make_pack(**LARGE), WORKER, scope(29_000_000)).hifob_pay == 0


def test_large_amount_takes_the_whole_base_once_the_basic_cap_is_used_up_and_stops_at_its_own(make_pack: Any) -> None:
    pack = make_pack(**LARGE)
    used_up = YearSoFar(basic_paid=25_000_000)
    assert split(pack, WORKER, scope(10_090_000), used_up).hifob_pay == 9_000_000  # 90 % of 100,000
    assert split(pack, WORKER, scope(40_000_000), used_up).hifob_pay == 30_000_000  # 90 % would be 359,190
    almost = used_up._replace(large_paid=29_000_000)
    assert split(pack, WORKER, scope(10_090_000), almost).hifob_pay == 1_000_000
    assert split(pack, WORKER, scope(10_090_000), almost._replace(large_paid=30_000_000)).hifob_pay == 0


def test_the_cap_may_be_reached_in_any_tier(make_pack: Any) -> None:
    tiers = (Tier(0, 1_000_000, 8_000), Tier(1_000_000, None, 9_000))
    pack = make_pack(**LARGE, benefit__employee__tiers__tertiary=tiers, benefit__employee__repeat_factors=(0,))
    # 8,000 for the first 10,000 and 9,000 for the next: a room of 17,000 pays for 20,000 of 30,000.
    assert split(pack, WORKER, scope(3_000_000), YearSoFar(basic_paid=23_300_000)).hifob_pay == 900_000
    # A room of 4,000 pays for 5,000 of the first tier.
    assert split(pack, WORKER, scope(3_000_000), YearSoFar(basic_paid=24_600_000)).hifob_pay == 2_250_000
    assert split(pack, WORKER, scope(3_000_000)).hifob_pay == 0


def test_large_amount_counts_as_no_burden(make_pack: Any) -> None:
    rules = rules_for(make_pack(**LARGE), WORKER)
    _, burden = compute(scope(40_000_000), rules, NEW_YEAR, 0, use_account=False)
    assert burden == 40_000_000 - 25_000_000 - 9_756_210


def test_the_poor_reach_critical_illness_earlier_and_get_more_of_it(make_pack: Any) -> None:
    tiers = (Tier(1_000_000, 2_000_000, 6_500), Tier(2_000_000, None, 7_000))
    pack = make_pack(benefit__resident__critical_illness__poor_tiers=tiers)
    # Burden 30,300: 10,000 at 65 %, 10,300 at 70 %; others get 60 % of the 10,300 above 20,000.
    assert split(pack, RESIDENT._replace(identities=("poor",)), scope(7_090_000)).hifmi_pay == 650_000 + 721_000
    assert split(pack, RESIDENT, scope(7_090_000)).hifmi_pay == 618_000


SUPPLEMENTS = {"benefit__employee__civil_servant": 5_000, "benefit__employee__enterprise": 2_000}


@pytest.mark.parametrize(
    ("identities", "civil", "enterprise"),
    [
        ((), 0, 0),
        (("civil_servant",), 115_700, 0),  # in scope 11,000 less 86 % of 10,100 leaves 2,314
        (("enterprise",), 0, 46_280),
        (("civil_servant", "enterprise"), 115_700, 23_140),  # the second takes of what the first has left
    ],
)
def test_supplements_pay_their_ratio_of_what_is_left_in_scope(
    make_pack: Any, identities: tuple[str, ...], civil: int, enterprise: int
) -> None:
    shares = split(make_pack(**SUPPLEMENTS), WORKER._replace(identities=identities), scope(1_100_000))
    assert (shares.cvlserv_pay, shares.hifes_pay) == (civil, enterprise)
    assert shares_add_up(shares)


AID = {"benefit__resident__medical_aid__ratio": 7_000, "benefit__resident__medical_aid__cap": 500_000}


@pytest.mark.parametrize(
    ("amount", "paid_before", "aid"),
    [
        (590_000, 0, 210_000),  # 5,900: deductible 900, 58 % of 5,000; left 900 + 2,100 = 3,000, 70 %
        (590_000, 400_000, 100_000),
        (590_000, 500_000, 0),
        (590_000, 600_000, 0),
        (7_090_000, 0, 500_000),  # 30,300 less critical illness 6,180: 70 % of 24,120 would be 16,884
    ],
)
def test_medical_aid_pays_last_and_up_to_its_yearly_cap(
    make_pack: Any, amount: int, paid_before: int, aid: int
) -> None:
    poor = RESIDENT._replace(identities=("poor",))
    assert split(make_pack(**AID), poor, scope(amount), YearSoFar(aid_paid=paid_before)).maf_pay == aid
    assert split(make_pack(**AID), RESIDENT, scope(amount)).maf_pay == 0


def test_medical_aid_without_a_cap_has_none(make_pack: Any) -> None:
    pack = make_pack(benefit__resident__medical_aid__ratio=7_000)
    assert split(pack, RESIDENT._replace(identities=("poor",)), scope(7_090_000)).maf_pay == 1_688_400


EVERY = {
    **{name.replace("employee", "resident"): value for name, value in (LARGE | SUPPLEMENTS).items()},
    **AID,
    "benefit__resident__cap": 2_000_000,
    "benefit__resident__over_limit_by_hospital": 4_000,
    "benefit__resident__account_use": True,
    "benefit__resident__account_family": True,
}
EVERYBODY = RESIDENT._replace(identities=("civil_servant", "enterprise", "poor"))


def test_each_fund_takes_from_what_the_one_before_it_left(make_pack: Any) -> None:
    """70,900 in scope, base 70,000: 58 % would be 40,600, but the cap of 20,000 is reached at 34,482.76."""
    pack = make_pack(**EVERY)
    shares = split(pack, EVERYBODY, ClassTotals(10_000, 20_000, 30_000, 7_090_000), balance=5_000, family=7_000)
    assert shares.hifp_pay == 2_000_000
    assert shares.hifob_pay == 3_196_552  # 90 % of 35,517.24
    assert shares.hifmi_pay == 0  # a burden of 18,934.48 is below 20,000
    assert shares.cvlserv_pay == 946_724  # 50 % of 18,934.48
    assert shares.hifes_pay == 189_345  # 20 % of 9,467.24
    assert shares.maf_pay == 500_000  # 70 % of 7,573.79 is 5,301.65, above the cap
    assert shares.fund_pay_sumamt == 2_000_000 + 3_196_552 + 946_724 + 189_345 + 500_000
    assert shares.hosp_part_amt == 8_000  # 40 % of what is over the limit
    assert shares.psn_part_amt == 7_150_000 - shares.fund_pay_sumamt - 8_000
    assert (shares.acct_pay, shares.acct_mulaid_pay) == (12_000, 7_000)
    assert shares_add_up(shares)


def test_no_fund_pays_what_critical_illness_paid_of_the_first_pay(make_pack: Any) -> None:
    pack = make_pack(**EVERY, benefit__resident__critical_illness__counts_first_pay=True)
    totals, year = ClassTotals(0, 0, 9_000_000, 100_000), YearSoFar(stays=2, burden=6_000_000)
    shares = split(pack, EVERYBODY, totals, year)
    assert shares.hifmi_pay == 6_329_400  # 70 % of 42 + 90,000 yuan, more than the bill has left in scope
    assert (shares.cvlserv_pay, shares.hifes_pay, shares.maf_pay) == (0, 0, 0)


# -- accounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("balance", "family", "own", "shared"),
    [
        (100_000, 150_000, 100_000, 150_000),
        (100_000, 999_999, 100_000, 408_565),
        (600_000, 150_000, 508_565, 0),
        (0, 150_000, 0, 150_000),
        (-5, -5, 0, 0),
    ],
)
def test_the_familys_accounts_pay_after_ones_own(
    make_pack: Any, balance: int, family: int, own: int, shared: int
) -> None:
    pack = make_pack(benefit__employee__account_family=True)
    shares = split(pack, RETIRED, EXAMPLE, balance=balance, family=family)
    assert (shares.acct_pay, shares.acct_mulaid_pay) == (own + shared, shared)
    assert shares.psn_cash_pay == 508_565 - own - shared
    assert split(pack, RETIRED, EXAMPLE, balance=balance, family=family, use_account=False).acct_pay == 0


def test_family_money_needs_a_rule_and_no_account_of_ones_own(make_pack: Any) -> None:
    assert split(make_pack(), RETIRED, EXAMPLE, family=100_000).acct_mulaid_pay == 0
    pack = make_pack(benefit__resident__account_family=True)
    shares = split(pack, RESIDENT, EXAMPLE, balance=100_000, family=50_000)
    assert (shares.acct_pay, shares.acct_mulaid_pay) == (50_000, 50_000)


# -- other care ------------------------------------------------------------------------------------------------------


OUTSIDE = {
    "benefit__employee__outpatient__tiers__tertiary": (Tier(0, None, 6_000),),
    "benefit__employee__outpatient__deductible": 60_000,
    "benefit__employee__outpatient__cap": 80_000,
    "benefit__employee__pharmacy__tiers": (Tier(0, None, 5_000),),
    "benefit__employee__chronic__tiers": (Tier(0, None, 8_000),),
    "benefit__employee__chronic__cap__m01600": 100_000,
    "benefit__employee__chronic__cap__m03900": 50_000,
}
CLINIC = WORKER._replace(care="outpatient")
SHOP = WORKER._replace(care="pharmacy", level="")
SUGAR, PRESSURE = (WORKER._replace(care="chronic", disease=code) for code in ("M01600", "M03900"))


def test_a_year_of_outpatient_care_uses_up_one_deductible_and_one_cap(make_pack: Any) -> None:
    pack, year = make_pack(**OUTSIDE), NEW_YEAR
    steps = [  # where, in scope, deductible, fund
        (CLINIC, 40_000, 40_000, 0),
        (SHOP, 30_000, 20_000, 5_000),  # 200.00 of the deductible are left; half of 100.00
        (CLINIC, 100_000, 0, 60_000),
        (CLINIC, 100_000, 0, 15_000),  # 800.00 less 650.00
        (SHOP, 10_000, 0, 0),
    ]
    for where, amount, deductible, fund in steps:
        rules = rules_for(pack, where)
        shares, burden = compute(scope(amount), rules, year, 0, use_account=False)
        assert (shares.act_pay_dedc, shares.hifp_pay, burden) == (deductible, fund, 0)
        year = year.after(1, where, shares, burden)
    assert year == YearSoFar(outpatient_deductible=60_000, outpatient_paid=80_000)
    assert split(pack, WORKER, scope(100_000), year).act_pay_dedc == 90_000  # a stay has its own


def test_each_chronic_disease_has_its_own_cap_and_no_deductible(make_pack: Any) -> None:
    pack = make_pack(**OUTSIDE)
    year = YearSoFar(chronic_paid=(("M01600", 95_000), ("M03900", 50_000)))
    assert split(pack, SUGAR, scope(10_000)).hifp_pay == 8_000
    assert split(pack, SUGAR, scope(10_000), year).hifp_pay == 5_000
    assert split(pack, PRESSURE, scope(10_000), year).hifp_pay == 0
    assert split(pack, PRESSURE, scope(10_000), year).act_pay_dedc == 0


def test_chronic_care_adds_to_the_burden_where_the_pack_says_so(make_pack: Any) -> None:
    more = {
        "benefit__resident__chronic__tiers": (Tier(0, None, 6_000),),
        "benefit__resident__chronic__cap__m07800": 10_000_000,
    }
    where = RESIDENT._replace(care="chronic", disease="M07800")
    year = YearSoFar(burden=1_900_000)
    counted = rules_for(make_pack(**more, benefit__resident__chronic__critical_illness=True), where)
    shares, burden = compute(scope(500_000), counted, year, 0, use_account=False)
    assert (shares.hifp_pay, burden, shares.hifmi_pay) == (300_000, 200_000, 60_000)  # 60 % of 1,000.00 above 20,000
    alone = rules_for(make_pack(**more), where)
    shares, burden = compute(scope(500_000), alone, year, 0, use_account=False)
    assert (shares.hifp_pay, burden, shares.hifmi_pay) == (300_000, 0, 0)


def test_care_without_a_cap_is_paid_without_end(make_pack: Any) -> None:
    pack = make_pack(benefit__employee__pharmacy__tiers=(Tier(0, None, 0),))
    shares = split(pack, SHOP, scope(10_000), balance=4_000)  # paid from the account only
    assert (shares.hifp_pay, shares.acct_pay, shares.psn_cash_pay) == (0, 4_000, 6_000)


# -- generated -------------------------------------------------------------------------------------------------------


amounts = st.integers(0, 40_000_000)
years = st.builds(
    YearSoFar,
    st.integers(0, 4),
    *[amounts] * 7,
    st.dictionaries(st.sampled_from(["M01600", "M03900"]), amounts).map(lambda paid: tuple(sorted(paid.items()))),
)
bills = st.builds(ClassTotals, amounts, amounts, amounts, amounts)
LASTING = (RETIRED, WORKER, RESIDENT, RESIDENT._replace(level="primary"), EVERYBODY)


@given(bills, years, st.integers(0, 1_000_000), st.sampled_from(LASTING))
def test_every_bill_adds_up_and_every_part_is_at_least_nothing(
    lasting_pack: Any, totals: ClassTotals, year: YearSoFar, balance: int, where: Circumstance
) -> None:
    shares = split(lasting_pack, where, totals, year, balance=balance)
    assert shares_add_up(shares)
    assert min(shares) >= 0
    assert shares.acct_pay <= balance
    assert year.basic_paid + shares.hifp_pay <= max(25_000_000, year.basic_paid)


@given(bills, years, st.tuples(st.integers(0, 1_000_000), st.integers(0, 1_000_000)), st.booleans())
def test_with_every_fund_at_once_every_bill_adds_up_and_every_cap_holds(
    make_lasting: Any, totals: ClassTotals, year: YearSoFar, accounts: tuple[int, int], counts: bool
) -> None:
    balance, family = accounts
    pack = make_lasting(benefit__resident__critical_illness__counts_first_pay=counts, **EVERY)
    shares = split(pack, EVERYBODY, totals, year, balance=balance, family=family)
    assert shares_add_up(shares)
    assert min(shares) >= 0
    assert year.basic_paid + shares.hifp_pay <= max(2_000_000, year.basic_paid)
    assert year.large_paid + shares.hifob_pay <= max(30_000_000, year.large_paid)
    assert year.aid_paid + shares.maf_pay <= max(500_000, year.aid_paid)
    assert shares.fund_pay_sumamt <= totals.in_scope + totals.first_pay
    assert shares.acct_pay - shares.acct_mulaid_pay <= balance
    assert shares.acct_mulaid_pay <= family


@given(bills, years, st.sampled_from([CLINIC, SHOP, SUGAR, PRESSURE]))
def test_bills_of_other_care_add_up_and_keep_to_their_caps(
    make_lasting: Any, totals: ClassTotals, year: YearSoFar, where: Circumstance
) -> None:
    shares = split(make_lasting(**OUTSIDE), where, totals, year, balance=500)
    after = year.after(1, where, shares, 0)
    assert shares_add_up(shares)
    assert min(shares) >= 0
    assert after.outpatient_paid <= max(80_000, year.outpatient_paid)
    assert after.outpatient_deductible <= max(60_000, year.outpatient_deductible)
    caps = {"M01600": 100_000, "M03900": 50_000}
    before = dict(year.chronic_paid)
    assert all(paid <= max(caps[code], before.get(code, 0)) for code, paid in after.chronic_paid)
    assert (after.stays, after.basic_paid) == (year.stays, year.basic_paid)
