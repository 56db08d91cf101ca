"""The rules of filing of the three packs, around the dates and figures on which they turn."""

from __future__ import annotations

import datetime as dt
import functools

import pytest

from simulator.core.filing.filing import Filing, Referral
from simulator.core.filing.rules import Rules, rules_on
from simulator.core.values.parameters import NotInForce
from simulator.inputs.packs import load_pack
from simulator.inputs.workdays import work_calendar

D, T = dt.date, dt.datetime
XUZHOU = "320300"
CALENDAR = work_calendar()
WORK = Filing("P1", "long_term_work", "320399", "320100", D(2023, 3, 1), None)


built_in = functools.cache(load_pack)


def rules(pack: str, day: dt.date) -> Rules:
    return rules_on(built_in(pack), day, XUZHOU)


IN_2016, IN_2019, IN_2023 = (
    rules("jiangsu-2016", D(2016, 10, 10)),
    rules("jilin-2019", D(2019, 9, 2)),
    rules("jiangsu-2023", D(2023, 3, 1)),
)


# -- types (P75-07) and what happens without a filing (P75-18) --------------------------------------------------------


@pytest.mark.parametrize("pack", [IN_2016, IN_2019])
@pytest.mark.parametrize(
    ("filing_type", "known"),
    [
        ("retired_resettlement", True),
        ("long_term_residence", True),
        ("long_term_work", True),
        ("referral", True),
        ("emergency", False),
        ("other_temporary", False),
        ("holiday", False),
    ],
)
def test_2016_and_2019_have_four_types_and_2023_six(pack: Rules, filing_type: str, known: bool) -> None:
    problem = pack.type_problem(filing_type)
    found = "retired_resettlement、long_term_residence、long_term_work、referral"
    assert problem == (None if known else ("filing_type", filing_type, found))
    assert (IN_2023.type_problem(filing_type) is None) is (filing_type != "holiday")


def test_a_stay_without_a_filing_is_for_manual_reimbursement_until_2023_takes_something_off() -> None:
    assert [each.unfiled for each in (IN_2016, IN_2019, IN_2023)] == ["manual", "manual", "reduced"]
    assert [each.late for each in (IN_2016, IN_2019, IN_2023)] == [False, False, True]
    assert [each.emergency for each in (IN_2016, IN_2019, IN_2023)] == [False, False, True]


def test_a_pack_that_lacks_a_needed_figure_is_not_in_force() -> None:
    pack = load_pack("jiangsu-2023")
    without = pack._replace(parameters={k: v for k, v in pack.parameters.items() if k != "filing.validity.months"})
    with pytest.raises(NotInForce, match=r"filing\.validity\.months"):
        rules_on(without, D(2023, 3, 1), XUZHOU)


# -- targets (JL-3.1a) ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "hospital"), [(D(2019, 6, 30), True), (D(2019, 7, 1), False)])
def test_a_hospital_may_be_named_until_the_end_of_june_2019(day: dt.date, hospital: bool) -> None:
    assert ("hospital" in rules("jilin-2019", day).targets) is hospital
    assert {"area", "city"} <= set(rules("jilin-2019", day).targets)


def test_a_province_may_be_named_in_2023_only() -> None:
    assert ["province" in each.targets for each in (IN_2016, IN_2019, IN_2023)] == [False, False, True]
    assert ["hospital" in each.targets for each in (IN_2016, IN_2023)] == [True, False]


# -- channels (JL-3.1b to JL-3.1e) ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "possible"), [(D(2019, 11, 29), False), (D(2019, 11, 30), True)])
def test_referrals_are_filed_at_the_hospital_from_the_end_of_november_2019(day: dt.date, possible: bool) -> None:
    problem = rules("jilin-2019", day).channel_problem("referral", "hospital_end")
    assert problem == (None if possible else ("filing_channel", "hospital_end", "window"))


def test_at_the_hospital_only_referrals_are_filed() -> None:
    assert IN_2023.channel_problem("referral", "hospital_end") is None
    found = "window、phone、web、app、hospital_end"
    assert IN_2023.channel_problem("long_term_work", "hospital_end") == ("filing_channel", "hospital_end", found)
    assert IN_2016.channel_problem("long_term_work", "app") == ("filing_channel", "app", "window、phone")


@pytest.mark.parametrize(("day", "least"), [(D(2019, 12, 30), 0), (D(2019, 12, 31), 1)])
def test_one_of_phone_web_and_app_is_due_at_the_end_of_2019(day: dt.date, least: int) -> None:
    then = rules("jilin-2019", day)
    assert then.convenient_least == least
    assert then.channels_ok()
    assert then._replace(offered=("window", "hospital_end")).channels_ok() is (least == 0)
    assert then._replace(offered=("window", "phone")).channels_ok()
    assert IN_2016.channels_ok()  # no such duty


@pytest.mark.parametrize(("day", "free"), [(D(2019, 12, 31), False), (D(2020, 1, 1), True)])
@pytest.mark.parametrize(("filing_type", "asked"), [("long_term_work", True), ("emergency", True), ("referral", False)])
def test_long_term_and_emergency_filings_cost_no_trip_after_2019(
    day: dt.date, free: bool, filing_type: str, asked: bool
) -> None:
    then = rules("jilin-2019", day)
    assert then.trips_ok(WORK._replace(filing_type=filing_type, trips=1)) is not (free and asked)
    assert then.trips_ok(WORK._replace(filing_type=filing_type))


# -- effect (JL-3.1c) and upload (P75-09) -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approved", "effective"),
    [
        (T(2019, 9, 26, 16, 0), T(2019, 9, 27)),  # Thursday: Friday
        (T(2019, 9, 27, 16, 0), T(2019, 9, 29)),  # Friday: Sunday, worked for the holiday
        (T(2019, 9, 30, 9, 0), T(2019, 10, 8)),  # the day before the October holiday
    ],
)
def test_a_filing_takes_effect_on_the_working_day_after_its_approval(
    approved: dt.datetime, effective: dt.datetime
) -> None:
    assert IN_2019.effective(approved, "window", CALENDAR) == effective
    assert IN_2019.effective(approved, "hospital_end", CALENDAR) == effective


def test_where_the_area_opted_in_what_the_hospital_files_takes_effect_at_once() -> None:
    approved = T(2019, 12, 2, 10, 30)
    opted = IN_2019._replace(at_once=True)
    assert opted.effective(approved, "hospital_end", CALENDAR) == approved
    assert opted.effective(approved, "window", CALENDAR) == T(2019, 12, 3)
    assert IN_2023.effective(approved, "window", CALENDAR) == approved


@pytest.mark.parametrize(
    ("city", "day", "at_once"),
    [("220100", D(2019, 11, 29), False), ("220100", D(2019, 11, 30), True), ("220200", D(2019, 11, 30), False)],
)
def test_changchun_has_opted_in_since_hospitals_file(city: str, day: dt.date, at_once: bool) -> None:
    assert rules_on(built_in("jilin-2019"), day, city).at_once is at_once


@pytest.mark.parametrize(
    ("channel", "approved", "due"),
    [
        ("window", D(2023, 3, 3), D(2023, 3, 3)),
        ("web", D(2023, 3, 3), D(2023, 3, 6)),  # Friday: Monday
        ("app", D(2023, 9, 28), D(2023, 10, 7)),  # before the holiday: the Saturday worked for it
        ("hospital_end", D(2023, 3, 1), D(2023, 3, 2)),
    ],
)
def test_a_window_filing_is_uploaded_the_same_day_and_an_online_one_in_a_working_day(
    channel: str, approved: dt.date, due: dt.date
) -> None:
    found = IN_2023.upload_due(channel, approved, CALENDAR)
    assert found is not None
    assert (found.day, found.provisional) == (due, False)
    assert IN_2019.upload_due(channel, approved, CALENDAR) is None


# -- validity (P75-10a, P75-10b) --------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [IN_2016, IN_2019, IN_2023])
def test_a_long_term_filing_has_no_end(pack: Rules) -> None:
    begin = D(2023, 3, 1)
    assert pack.last_day("long_term_work", begin, None) is None
    assert pack.validity_problem("long_term_work", begin, None) is None
    refused = ("filing_validity", begin, D(2024, 2, 29))
    assert pack.validity_problem("long_term_work", begin, D(2024, 2, 29)) == refused


def test_where_a_long_term_filing_may_end_it_may_not_end_before_it_begins() -> None:
    loose = IN_2023._replace(open_end=False)
    assert loose.validity_problem("long_term_work", D(2023, 3, 1), D(2023, 3, 1)) is None
    assert loose.validity_problem("long_term_work", D(2023, 3, 1), D(2023, 2, 28)) is not None


@pytest.mark.parametrize(
    ("end", "in_2019", "in_2023"),
    [
        (D(2023, 2, 28), False, False),
        (D(2023, 3, 1), True, False),
        (D(2023, 8, 31), True, False),
        (D(2023, 9, 1), True, True),
        (D(2023, 9, 2), False, True),
    ],
)
def test_six_months_are_the_most_of_a_referral_before_and_the_least_of_2023(
    end: dt.date, in_2019: bool, in_2023: bool
) -> None:
    for pack, right in ((IN_2016, in_2019), (IN_2019, in_2019), (IN_2023, in_2023)):
        problem = pack.validity_problem("referral", D(2023, 3, 1), end)
        assert problem == (None if right else ("filing_validity", D(2023, 3, 1), end))


def test_a_temporary_filing_without_an_end_gets_six_months() -> None:
    for pack in (IN_2016, IN_2019, IN_2023):
        assert pack.last_day("referral", D(2023, 3, 9), None) == D(2023, 9, 9)
    assert IN_2023.last_day("referral", D(2023, 3, 9), D(2023, 12, 31)) == D(2023, 12, 31)


# -- commitment and several places (P75-10c, P75-11) ------------------------------------------------------------------


def test_a_commitment_filing_is_locked_for_six_months_from_the_day_it_was_filed() -> None:
    promised = WORK._replace(commitment=True, filed_at=T(2023, 3, 1, 23, 0))
    assert IN_2023.locked_until(promised) == D(2023, 9, 1)
    assert IN_2023.locked_until(promised._replace(filed_at=T(2023, 8, 31, 9, 0))) == D(2024, 2, 29)
    assert IN_2023.locked_until(promised._replace(since=D(2023, 10, 1))) == D(2024, 4, 1)
    assert IN_2023.locked_until(WORK) is None
    assert IN_2019.locked_until(promised) is None


def test_earlier_packs_know_no_commitment() -> None:
    promised = WORK._replace(commitment=True)
    assert IN_2016.proof_problem(promised, ()) == ("filing_proof", "320100")
    assert IN_2019.proof_problem(promised, ()) == ("filing_proof", "320100")
    assert IN_2019.proof_problem(WORK, (WORK._replace(target="320500"),)) is None


@pytest.mark.parametrize(
    ("commitment", "proofs", "right"), [(True, 0, False), (True, 2, False), (False, 0, False), (False, 1, True)]
)
def test_several_places_need_real_proof_and_no_commitment(commitment: bool, proofs: int, right: bool) -> None:
    one, other = WORK._replace(commitment=commitment, proofs=proofs), WORK._replace(target="320500", proofs=1)
    for new, known in ((one, other), (other, one)):  # whichever comes first
        problem = IN_2023.proof_problem(new, (known, known._replace(target=new.target, proofs=0)))
        assert problem == (None if right else ("filing_proof", f"{new.target}、{known.target}"))
    assert IN_2023.proof_problem(one, (one,)) is None  # one place
    referral = one._replace(referral=Referral("H32039900001", "医院", D(2023, 3, 1)))
    assert (IN_2023.proof_problem(referral, (other,)) is None) is not commitment  # a hospital stands behind it


def test_a_city_may_have_rules_of_its_own() -> None:
    pack = load_pack("jiangsu-2023")
    months = pack.parameters["filing.validity.months"]
    (record,) = months.records["*"]
    own = months._replace(records={**months.records, XUZHOU: (record._replace(value=12),)})
    changed = pack._replace(parameters={**pack.parameters, months.name: own})
    assert rules_on(changed, D(2023, 3, 1), XUZHOU).months == 12
    assert rules_on(changed, D(2023, 3, 1), "320100").months == 6
