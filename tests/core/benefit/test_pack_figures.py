"""Settlements worked out by hand under the packs of 2019 and 2023: funds, crossings, filing types, cities."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.receipt import receipt
from simulator.core.benefit.rules import Circumstance, NoSuchCare, YearSoFar, rules_for
from simulator.core.benefit.settlement import Inputs
from simulator.core.benefit.shares import Shares, shares_add_up
from simulator.core.benefit.stack import compute
from simulator.inputs.packs import load_pack

JILIN, JIANGSU, EARLIER = load_pack("jilin-2019"), load_pack("jiangsu-2023"), load_pack("jiangsu-2016")
SIPING = Circumstance("220300", "310", "11", "tertiary", "long_term_work", dt.date(2019, 9, 2))
POOR = SIPING._replace(insutype="390", psn_type="15", identities=("poor",))
XUZHOU = Circumstance("320300", "310", "11", "tertiary", "long_term_work", dt.date(2023, 3, 1))
NEW = YearSoFar()


def split(pack: object, where: Circumstance, in_scope: int, year: YearSoFar = NEW, **accounts: int) -> Shares:
    """The shares of a bill all in scope, given in yuan; amounts of the year and the accounts in fen."""
    rules = rules_for(pack, where)  # type: ignore[arg-type]
    own, family = accounts.get("balance", 0), accounts.get("family", 0)
    shares, _ = compute(ClassTotals(0, 0, 0, in_scope * 100), rules, year, own, use_account=True, family=family)
    assert shares_add_up(shares)
    return shares


# -- Jilin 2019 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stays", "yuan"), [(0, 800), (1, 700), (6, 200), (7, 100), (20, 100)])
def test_in_jilin_each_further_stay_has_a_hundred_yuan_less_deductible(stays: int, yuan: int) -> None:
    assert split(JILIN, SIPING, 10_000, YearSoFar(stays=stays)).act_pay_dedc == yuan * 100


def test_in_jilin_large_amount_takes_over_above_the_cap() -> None:
    # 300,800 less 800 is 300,000; 85 % pass the cap of 150,000 after 176,470.59; 90 % of 123,529.41 are 111,176.47.
    shares = split(JILIN, SIPING, 300_800)
    assert (shares.hifp_pay, shares.hifob_pay, shares.fund_pay_sumamt) == (15_000_000, 11_117_647, 26_117_647)
    # 350,000 are the most it pays in a year.
    assert split(JILIN, SIPING, 900_000).hifob_pay == 35_000_000


def test_in_jilin_the_poor_have_critical_illness_from_half_the_threshold_and_medical_aid_up_to_its_cap() -> None:
    # 60,800: 60 % of 60,000 are 36,000; burden 24,800. Poor: 65 % of 18,800 are 12,220; left 12,580, aid 70 % 8,806.
    shares = split(JILIN, POOR, 60_800)
    assert (shares.hifp_pay, shares.hifmi_pay, shares.maf_pay) == (3_600_000, 1_222_000, 880_600)
    others = split(JILIN, POOR._replace(identities=()), 60_800)
    assert (others.hifmi_pay, others.maf_pay) == (768_000, 0)  # 60 % of 12,800
    assert split(JILIN, POOR, 60_800, YearSoFar(aid_paid=2_500_000)).maf_pay == 500_000
    # Burden 40,000 to 64,800 of the year crosses 50,000: 65 % of 10,000 and 70 % of 14,800.
    assert split(JILIN, POOR, 60_800, YearSoFar(burden=4_000_000)).hifmi_pay == 650_000 + 1_036_000


@pytest.mark.parametrize(
    ("filing_type", "basic"),
    [("long_term_work", 850_000), ("referral", 750_000), ("unfiled", 650_000), ("", 850_000)],
)
def test_in_jilin_filing_decides_the_ratio(filing_type: str, basic: int) -> None:
    assert split(JILIN, SIPING._replace(filing_type=filing_type), 10_800).hifp_pay == basic


def test_in_jilin_changchun_has_figures_of_its_own() -> None:
    changchun = split(JILIN, SIPING._replace(city="220100", psn_type="12"), 10_700)
    assert (changchun.act_pay_dedc, changchun.hifp_pay) == (70_000, 900_000)  # 88 % and 2 points for the retired
    elsewhere = split(JILIN, SIPING._replace(psn_type="12"), 10_800)
    assert (elsewhere.act_pay_dedc, elsewhere.hifp_pay) == (80_000, 880_000)


def test_in_jilin_outpatients_pay_from_the_account_only_and_residents_have_no_such_care() -> None:
    for where in (SIPING._replace(care="outpatient"), SIPING._replace(care="pharmacy", level="")):
        shares = split(JILIN, where, 300, balance=20_000)
        assert (shares.fund_pay_sumamt, shares.acct_pay, shares.psn_cash_pay) == (0, 20_000, 10_000)
    for where in (POOR._replace(care="outpatient"), SIPING._replace(care="chronic", disease="M03900")):
        with pytest.raises(NoSuchCare):
            rules_for(JILIN, where)


# -- Jiangsu 2023 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filing_type", "basic"),
    [
        ("long_term_work", 870_000),  # P75-17: as at home
        ("emergency", 870_000),  # P75-19: nothing less
        ("referral", 820_000),  # P75-18: at most 5 points less
        ("other_temporary", 670_000),  # P75-18: at most 20 points less
        ("unfiled", 670_000),
    ],
)
def test_in_jiangsu_2023_filing_decides_the_ratio(filing_type: str, basic: int) -> None:
    assert split(JIANGSU, XUZHOU._replace(filing_type=filing_type), 10_800).hifp_pay == basic


@pytest.mark.parametrize(
    ("city", "deductible", "basic"),
    [
        ("320100", 100_000, 862_400),  # 1,000, then 88 % of 9,800
        ("320200", 95_000, 866_800),
        ("320300", 80_000, 870_000),
        ("320500", 80_000, 900_000),
        ("321300", 80_000, 870_000),
    ],
)
def test_policy_is_keyed_by_city(city: str, deductible: int, basic: int) -> None:
    """JS-3.3d, JS-3.3e: a city has one policy; the rules know no county."""
    shares = split(JIANGSU, XUZHOU._replace(city=city), 10_800)
    assert (shares.act_pay_dedc, shares.hifp_pay) == (deductible, basic)


@pytest.mark.parametrize(
    ("city", "stays"), [("320300", (800, 400, 0)), ("320200", (950, 475, 237.5)), ("320500", (800, 400, 200))]
)
def test_later_stays_differ_by_city(city: str, stays: tuple[float, ...]) -> None:
    where = XUZHOU._replace(city=city)
    found = [split(JIANGSU, where, 10_000, YearSoFar(stays=number)).act_pay_dedc for number in range(3)]
    assert found == [int(yuan * 100) for yuan in stays]


def test_retired_persons_get_more_by_level() -> None:
    retired = XUZHOU._replace(psn_type="12")
    assert split(JIANGSU, retired, 10_800).pool_prop_selfpay == 9_100
    assert split(JIANGSU, retired._replace(level="primary"), 10_200).pool_prop_selfpay == 9_800
    assert split(JIANGSU, retired._replace(city="320100"), 11_000).pool_prop_selfpay == 9_300


def test_a_civil_servant_in_jiangsu_2023() -> None:
    # 10,800: basic 8,700; left 2,100; the supplement pays half.
    shares = split(JIANGSU, XUZHOU._replace(identities=("civil_servant",)), 10_800)
    assert (shares.hifp_pay, shares.cvlserv_pay, shares.psn_part_amt) == (870_000, 105_000, 105_000)


def test_an_outpatient_year_in_jiangsu_2023() -> None:
    where = XUZHOU._replace(care="outpatient")
    first = split(JIANGSU, where, 1_000, balance=10_000, family=20_000)
    # 600 deductible, 60 % of 400; of the 760 left 100 from the own account and 200 from the family's.
    assert (first.act_pay_dedc, first.hifp_pay) == (60_000, 24_000)
    assert (first.acct_pay, first.acct_mulaid_pay, first.psn_cash_pay) == (30_000, 20_000, 46_000)
    year = NEW.after(1, where, first, 0)
    shop = split(JIANGSU, where._replace(care="pharmacy", level=""), 100, year)
    assert (shop.act_pay_dedc, shop.hifp_pay) == (0, 6_000)


def test_chronic_care_of_a_poor_resident_in_jiangsu_2023() -> None:
    where = XUZHOU._replace(insutype="390", psn_type="15", care="chronic", disease="M07800", identities=("poor",))
    # Dialysis for 20,000: 60 % are 12,000; burden 8,000, of which 500 above 7,500 at 65 %: 325; left 7,675, aid 70 %.
    shares = split(JIANGSU, where, 20_000)
    assert (shares.act_pay_dedc, shares.hifp_pay, shares.hifmi_pay, shares.maf_pay) == (0, 1_200_000, 32_500, 537_250)
    year = YearSoFar(chronic_paid=(("M07800", 9_500_000),))
    assert split(JIANGSU, where, 20_000, year).hifp_pay == 500_000  # 100,000 a year


# -- every pack ------------------------------------------------------------------------------------------------------


def test_the_pack_of_2016_gains_funds_for_identities_only() -> None:
    worker = XUZHOU._replace(day=dt.date(2016, 10, 10))
    # 10,900: 86 % of 10,000; left 2,300.
    assert split(EARLIER, worker, 10_900).fund_pay_sumamt == 860_000
    assert split(EARLIER, worker._replace(identities=("civil_servant",)), 10_900).cvlserv_pay == 115_000
    poor = worker._replace(insutype="390", psn_type="15", identities=("poor",))
    # 5,900: 58 % of 5,000; left 3,000, aid 70 %.
    assert (split(EARLIER, poor, 5_900).hifp_pay, split(EARLIER, poor, 5_900).maf_pay) == (290_000, 210_000)


@pytest.mark.parametrize(
    ("pack", "where"), [(JILIN, SIPING), (JILIN, POOR), (JIANGSU, XUZHOU), (JIANGSU, XUZHOU._replace(insutype="390"))]
)
def test_every_figure_used_names_its_basis(pack: object, where: Circumstance) -> None:
    everybody = where._replace(
        psn_type="12", filing_type="referral", identities=("civil_servant", "enterprise", "poor")
    )
    paper = receipt(pack, Inputs(everybody, ClassTotals(0, 0, 0, 9_000_000), NEW, 0, False, 0))  # type: ignore[arg-type]
    assert len(paper.rules.records()) >= 10
    assert all(record.basis.assumption in pack.assumptions for record in paper.rules.records())  # type: ignore[attr-defined]
