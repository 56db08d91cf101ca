"""Who pays what of a bill."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import REFERRAL, Circumstance, YearSoFar, rules_for
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


def test_the_worked_example_comes_out_to_the_fen(pack: Any) -> None:
    shares = split(pack, RETIRED, EXAMPLE, balance=300_000)
    assert shares == Shares(
        medfee_sumamt=1_854_575,
        fulamt_ownpay_amt=98_000,
        overlmt_selfpay=83_500,
        preselfpay_amt=87_508,
        inscp_scp_amt=1_585_567,
        act_pay_dedc=90_000,
        hifp_pay=1_346_010,
        pool_prop_selfpay=9_000,
        cvlserv_pay=0,
        hifes_pay=0,
        hifmi_pay=0,
        hifob_pay=0,
        maf_pay=0,
        oth_pay=0,
        fund_pay_sumamt=1_346_010,
        psn_part_amt=508_565,
        acct_pay=300_000,
        psn_cash_pay=208_565,
        hosp_part_amt=0,
        acct_mulaid_pay=0,
    )
    assert shares.cleared == 1_646_010


def test_the_mirror_row_negates_amounts_and_keeps_the_rate(pack: Any) -> None:
    shares = split(pack, RETIRED, EXAMPLE, balance=300_000)
    mirror = shares.negated()
    assert mirror.pool_prop_selfpay == 9_000
    assert mirror.negated() == shares
    assert mirror.cleared == -shares.cleared


@pytest.mark.parametrize(
    ("where", "rate"),
    [
        (RETIRED, 9_000),
        (WORKER, 8_600),
        (WORKER._replace(level="primary"), 9_300),
        (WORKER._replace(filing_type=REFERRAL), 7_600),
        (RETIRED._replace(filing_type=REFERRAL), 8_000),
        (RESIDENT, 5_800),
    ],
)
def test_the_funds_rate_follows_level_retirement_and_referral(pack: Any, where: Circumstance, rate: int) -> None:
    shares = split(pack, where, scope(1_100_000))
    assert shares.pool_prop_selfpay == rate
    assert shares.hifp_pay == (1_100_000 - shares.act_pay_dedc) * rate // 10_000


def test_a_rate_never_leaves_nothing_to_all(make_pack: Any) -> None:
    pack = make_pack(benefit__employee__retired_bonus=2_000, benefit__employee__referral_cut=9_000)
    assert split(pack, RETIRED, scope(190_000)).hifp_pay == 100_000
    assert split(pack, WORKER._replace(filing_type=REFERRAL), scope(190_000)).hifp_pay == 0


@pytest.mark.parametrize(("stays", "deductible"), [(0, 90_000), (1, 45_000), (2, 0), (7, 0)])
def test_the_deductible_falls_with_the_stays_of_the_year(pack: Any, stays: int, deductible: int) -> None:
    assert split(pack, RETIRED, EXAMPLE, YearSoFar(stays)).act_pay_dedc == deductible


def test_the_parts_of_a_stay_share_its_deductible(pack: Any) -> None:
    # 500.00 of 900.00 were taken by an earlier part; a third part has none left.
    assert split(pack, RETIRED, scope(100_000), earlier=scope(50_000)).act_pay_dedc == 40_000
    assert split(pack, RETIRED, scope(30_000), earlier=scope(50_000)).act_pay_dedc == 30_000
    assert split(pack, RETIRED, scope(100_000), earlier=scope(150_000)).act_pay_dedc == 0


def test_the_whole_stay_decides_the_tier_of_each_part(make_pack: Any) -> None:
    pack = make_pack(benefit__employee__tiers__tertiary=(Tier(0, 100_000, 8_000), Tier(100_000, None, 9_000)))
    # 4,800.00 less 900.00: 80 % of 1,000.00 and 90 % of 2,900.00. Of the first half 1,500.00 are above the deductible.
    assert split(pack, WORKER, scope(480_000)).hifp_pay == 80_000 + 261_000
    assert split(pack, WORKER, scope(240_000)).hifp_pay == 80_000 + 45_000
    second = split(pack, WORKER, scope(240_000), earlier=scope(240_000))
    assert (second.hifp_pay, second.pool_prop_selfpay) == (216_000, 9_000)


def test_the_parts_of_a_stay_share_what_the_year_leaves_under_its_cap(pack: Any) -> None:
    year = YearSoFar(0, 24_900_000)  # 1,000.00 are left; the first part takes 900.00 of it
    assert split(pack, RETIRED, scope(190_000), year).hifp_pay == 90_000
    assert split(pack, RETIRED, scope(190_000), year, earlier=scope(190_000)).hifp_pay == 10_000


def test_what_a_fund_gave_an_earlier_part_stays_with_it(make_pack: Any) -> None:
    pack = make_pack(
        benefit__resident__critical_illness__counts_first_pay=True, benefit__resident__medical_aid__ratio=7_000
    )
    poor, year = RESIDENT._replace(identities=("poor",)), YearSoFar(burden=1_527_800)
    first, second = scope(1_000_000), ClassTotals(0, 0, 1_000_000, 10_000)
    # 10,000.00 less 900.00 at 58 % leave 4,722.00, the burden stands at 20,000.00; medical aid gives 70 %.
    assert split(pack, poor, first, year).maf_pay == 330_540
    # 42.00 are left of the second part's 100.00, with 10,000.00 first self-pay 10,042.00 of burden, of it 60 %: more
    # than is left in scope of the whole stay, where medical aid would find nothing.
    later = split(pack, poor, second, year, earlier=first)
    assert (later.hifp_pay, later.hifmi_pay, later.maf_pay) == (5_800, 602_520, 0)
    assert split(pack, poor, first.plus(second), year).maf_pay == 0
    assert shares_add_up(later)


def test_a_bill_below_the_deductible_is_the_persons(pack: Any) -> None:
    shares = split(pack, RETIRED, scope(50_000))
    assert (shares.act_pay_dedc, shares.hifp_pay, shares.psn_cash_pay) == (50_000, 0, 50_000)
    assert shares.pool_prop_selfpay == 0


def test_tiers_are_rounded_one_by_one(make_pack: Any) -> None:
    tiers = (Tier(0, 1_005, 5_000), Tier(1_005, 2_010, 5_000), Tier(2_010, None, 9_000))
    pack = make_pack(benefit__employee__tiers__tertiary=tiers, benefit__employee__repeat_factors=(0,))
    assert split(pack, WORKER, scope(2_010)).hifp_pay == 503 + 503  # 502.5 twice, each half-up
    assert split(pack, WORKER, scope(2_010)).pool_prop_selfpay == 5_000
    assert split(pack, WORKER, scope(2_110)).hifp_pay == 503 + 503 + 90


def test_the_cap_of_the_year_counts_what_was_paid_before(pack: Any) -> None:
    assert split(pack, RETIRED, EXAMPLE, YearSoFar(0, 24_000_000)).hifp_pay == 1_000_000
    assert split(pack, RETIRED, EXAMPLE, YearSoFar(0, 25_000_000)).hifp_pay == 0
    assert split(pack, RETIRED, EXAMPLE, YearSoFar(0, 26_000_000)).hifp_pay == 0


def test_second_insurance_pays_the_slice_of_the_years_burden_tier_by_tier(pack: Any) -> None:
    # Burden of this stay: 70,900 - 70,000 x 0.58 = 30,300.00; of it 10,300.00 above 20,000.
    assert split(pack, RESIDENT, scope(7_090_000)).hifmi_pay == 618_000
    # The same after 35,000.00 earlier in the year: 5,000 x 60 % + 20,000 x 65 % + 5,300 x 70 %.
    assert (
        split(pack, RESIDENT, scope(7_090_000), YearSoFar(0, 0, 3_500_000)).hifmi_pay == 300_000 + 1_300_000 + 371_000
    )


def test_a_scheme_without_second_insurance_pays_none(pack: Any) -> None:
    assert split(pack, WORKER, scope(90_000_000)).hifmi_pay == 0


def test_first_pay_counts_as_burden_where_the_pack_says_so(make_pack: Any) -> None:
    totals = ClassTotals(0, 0, 100_000, 7_090_000)
    counted = make_pack(benefit__resident__critical_illness__counts_first_pay=True)
    assert split(make_pack(), RESIDENT, totals).hifmi_pay == 618_000
    assert split(counted, RESIDENT, totals).hifmi_pay == 678_000


@pytest.mark.parametrize(
    ("balance", "use", "account"),
    [(300_000, True, 300_000), (999_999_999, True, 508_565), (300_000, False, 0), (0, True, 0)],
)
def test_the_account_pays_what_it_holds_when_it_is_to_be_used(pack: Any, balance: int, use: bool, account: int) -> None:
    assert split(pack, RETIRED, EXAMPLE, balance=balance, use_account=use).acct_pay == account


def test_a_scheme_without_accounts_uses_none(pack: Any) -> None:
    assert split(pack, RESIDENT, EXAMPLE, balance=300_000).acct_pay == 0


def test_an_overdrawn_account_pays_nothing(pack: Any) -> None:
    assert split(pack, RETIRED, EXAMPLE, balance=-5).acct_pay == 0
