"""What reports quote of a city's filings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.filing import measures
from simulator.core.filing.actions import CancelFiling, CheckFilings, File
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.filing.measures import Channels

D = dt.date
WORKER, RESIDENT = "32039900000001", "32038100000002"
PLEDGE_DAYS = (D(2023, 2, 28), D(2023, 3, 1), D(2025, 3, 1), D(2025, 3, 2))
WORK = File(WORKER, "long_term_work", "320100", proofs=1)


def told(b: Any, *filings: Filing) -> None:
    for filing in filings:
        b.play.insured.fold(Filed(filing))


def test_the_channels_of_an_area_are_judged_from_the_end_of_2019(bureau: Any) -> None:
    filings = bureau("jilin-2019", D(2019, 9, 2)).desk
    assert measures.channels_offered(filings, "320381", D(2019, 12, 30)).offered == ("window", "hospital_end")
    assert measures.channels_offered(filings, "320381", D(2019, 11, 29)) == Channels(("window",), (), True)
    assert measures.channels_offered(filings, "320381", D(2019, 12, 31)) == Channels(
        ("window", "phone", "web", "app", "hospital_end"), ("phone", "web", "app"), True
    )
    poor = bureau("jilin-2019", D(2019, 9, 2), channels__offered=("window",)).desk
    assert not measures.channels_offered(poor, "320381", D(2019, 12, 31)).enough


def test_trips_are_judged_by_the_day_the_filing_was_made(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 12, 31))
    before = b.made(WORK._replace(trips=1))
    b.on(D(2020, 1, 2))
    after = b.made(WORK._replace(trips=1, target="320500"))
    assert [measures.trips_ok(b.desk, each) for each in (before, after)] == [True, False]


def test_referrals_filed_at_the_hospital_are_counted_by_area(bureau: Any) -> None:
    b = bureau()
    here = Filing(WORKER, "referral", "320399", "320100", D(2023, 3, 1), D(2023, 8, 31), channel="hospital_end")
    told(b, here, here._replace(target="320500", channel="window"), here._replace(insured_area="320381"))
    told(b, here._replace(filing_type="long_term_work", end=None))
    assert measures.at_hospital_end(b.desk, "320399") == (1, 2)
    assert measures.at_hospital_end(b.desk, "320381") == (1, 1)


def test_filings_not_checked_for_six_months_are_found(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 3, 1))
    made = b.made(WORK)
    b.act(File("32019900000003", "long_term_work", "320300"), at="320100")
    assert measures.unchecked(b.desk, "320300", D(2019, 9, 1)) == ()
    assert measures.unchecked(b.desk, "320300", D(2019, 9, 2)) == (made,)
    b.act(CheckFilings(D(2019, 9, 2)))
    assert measures.unchecked(b.desk, "320300", D(2020, 3, 2)) == ()
    (found,) = measures.unchecked(b.desk, "320300", D(2020, 3, 3))
    assert found.checked_on == D(2019, 9, 2)
    assert measures.unchecked(bureau().desk, "320300", D(2023, 3, 1)) == ()  # no interval in that pack


def test_what_others_have_not_accepted_is_found(bureau: Any) -> None:
    b = bureau()
    b.made(WORK)
    assert measures.untold(b.desk, "320300") == ()
    fact = Filing(RESIDENT, "long_term_work", "320381", "320100", D(2023, 3, 1), None, sn="BA7", proofs=1)
    inside = fact._replace(sn="BA8", target="320399")
    told(b, fact, inside)
    assert measures.untold(b.desk, "320300") == (fact,)
    stranger = Filing("X", "long_term_work", "320199", "320300", D(2023, 3, 1), None, sn="BA32030020230301000004")
    b.nodes["320100"].fold(Filed(stranger))
    refused = b.made(File(RESIDENT, "long_term_residence", "320124", proofs=1))
    assert measures.untold(b.desk, "320300") == (fact, refused)


def test_a_version_that_others_have_not_heard_of_is_found(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    (known,) = b.desk.book.of(WORKER)
    told(b, known._replace(version=2))
    assert measures.untold(b.desk, "320300") == (made._replace(version=2),)


def test_a_record_is_stale_after_thirty_days_without_update_or_check(bureau: Any) -> None:
    b = bureau("jiangsu-2016", D(2016, 10, 10))
    made = b.made(WORK)
    days = [measures.days_since_update(made, day) for day in (D(2016, 10, 10), D(2016, 11, 9), D(2016, 11, 10))]
    assert days == [0, 30, 31]
    assert measures.stale(b.desk, "320300", D(2016, 11, 9)) == ()
    assert measures.stale(b.desk, "320300", D(2016, 11, 10)) == (made,)
    b.on(D(2016, 11, 1)).act(CheckFilings(D(2016, 11, 1)))
    assert measures.stale(b.desk, "320300", D(2016, 12, 1)) == ()
    assert len(measures.stale(b.desk, "320300", D(2016, 12, 2))) == 1
    assert measures.stale(b.desk, "320300", D(2016, 10, 1)) == ()  # not in force yet
    assert measures.stale(bureau().desk, "320300", D(2023, 3, 1)) == ()  # no such figure in that pack


def test_the_pledge_of_a_commitment_filing_is_kept_for_two_years_whatever_becomes_of_it(bureau: Any) -> None:
    b = bureau("jiangsu-2023", D(2023, 3, 1))
    pledged = b.made(File(WORKER, "long_term_work", "320100", commitment=True))
    b.made(File(RESIDENT, "long_term_residence", "320100", proofs=1))  # with proof: no pledge
    b.on(D(2023, 10, 9)).act(CancelFiling(pledged.sn))
    rules = b.desk.rules("320300", D(2023, 3, 1))
    assert rules.pledge_kept_until(pledged) == D(2025, 3, 1)
    kept = [[each.sn for each in measures.pledges_to_keep(b.desk, "320300", day)] for day in PLEDGE_DAYS]
    assert kept == [[], [pledged.sn], [pledged.sn], []]
    assert measures.pledges_to_keep(b.desk, "320100", D(2024, 1, 1)) == ()
    assert bureau("jilin-2019", D(2019, 9, 2)).desk.rules("320300", D(2019, 9, 2)).pledge_kept_until(pledged) is None
