"""Where a person stands on a day in an area: filed, an emergency, late, or without a filing, in each pack."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.filing.actions import CancelFiling, CheckFilings, ClearInvalid, File
from simulator.core.filing.facts import Filed, Left
from simulator.core.filing.filing import Filing
from simulator.core.filing.office import Standing

D = dt.date
WORKER = "32039900000001"
NANJING, LISHUI, SUZHOU, CHANGCHUN = "320199", "320124", "320599", "220199"
FILED = Standing("long_term_work")


def filing(target: str, begin: dt.date, end: dt.date | None = None, filing_type: str = "long_term_work") -> Filed:
    return Filed(Filing(WORKER, filing_type, "320399", target, begin, end))


def refused(area: str, admitted: str, found: str) -> Standing:
    return Standing("", "not_filed", found=(area, admitted, found))


# -- place and day ----------------------------------------------------------------------------------------------------


def test_inside_ones_own_city_no_filing_is_needed(bureau: Any) -> None:
    b = bureau("jiangsu-2016", D(2016, 10, 10))
    assert b.standing("320399", D(2016, 10, 10)) == Standing("")
    assert b.standing("320381", D(2016, 10, 10)) == Standing("")  # another county of the city


def test_a_filing_to_the_city_covers_its_counties_and_one_to_an_area_that_area(bureau: Any) -> None:
    b = bureau("jiangsu-2016", D(2016, 10, 10))
    b.play.insured.fold(filing("320100", D(2016, 10, 1)))
    assert [b.standing(area, D(2016, 10, 10)) for area in (NANJING, LISHUI)] == [FILED, FILED]
    said = "320100(2016-10-01~)"
    assert b.standing(SUZHOU, D(2016, 10, 10)) == refused(SUZHOU, "2016-10-10", said)
    b = bureau("jiangsu-2016", D(2016, 10, 10))
    b.play.insured.fold(filing(LISHUI, D(2016, 10, 1), D(2016, 12, 31)))
    assert b.standing(LISHUI, D(2016, 10, 10)) == FILED
    assert b.standing(NANJING, D(2016, 10, 10)) == refused(NANJING, "2016-10-10", "320124(2016-10-01~2016-12-31)")


def test_a_filing_to_a_province_covers_all_of_it(bureau: Any) -> None:
    b = bureau()
    b.play.insured.fold(filing("220000", D(2023, 3, 1)))
    assert b.standing(CHANGCHUN, D(2023, 3, 1)) == FILED
    assert b.standing(NANJING, D(2023, 3, 1)).pending


def test_a_referral_to_a_hospital_covers_that_hospital(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 6, 3))
    b.play.insured.fold(filing("H32019900001", D(2019, 6, 3), D(2019, 12, 2), "referral"))
    assert b.standing(NANJING, D(2019, 6, 3), hospital="H32019900001") == Standing("referral")
    assert b.standing(NANJING, D(2019, 6, 3), hospital="H32019900002").refusal == "not_filed"
    assert b.standing(NANJING, D(2019, 6, 3)).refusal == "not_filed"


def test_the_day_of_admission_decides_also_when_the_filing_runs_out_during_the_stay(bureau: Any) -> None:
    b = bureau("jiangsu-2016", D(2016, 10, 10))
    b.play.insured.fold(filing("320100", D(2016, 10, 1), D(2016, 10, 15)))
    assert b.standing(NANJING, D(2016, 10, 15), on=D(2016, 10, 30)) == FILED
    assert b.standing(NANJING, D(2016, 10, 16), on=D(2016, 10, 30)).refusal == "not_filed"
    assert b.standing(NANJING, D(2016, 9, 30)).refusal == "not_filed"


def test_a_long_term_filing_goes_before_a_referral_to_the_same_city(bureau: Any) -> None:
    b = bureau("jiangsu-2016", D(2016, 10, 10))
    b.play.insured.fold(filing("320100", D(2016, 10, 1), D(2017, 3, 31), "referral"))
    assert b.standing(NANJING, D(2016, 10, 10)) == Standing("referral")
    b.play.insured.fold(filing("320100", D(2016, 10, 1)))
    assert b.standing(NANJING, D(2016, 10, 10)) == FILED


# -- without a filing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pack", "day"), [("jiangsu-2016", D(2016, 10, 10)), ("jilin-2019", D(2019, 9, 2))])
def test_in_2016_and_2019_an_unfiled_stay_is_refused_emergency_or_not(bureau: Any, pack: str, day: dt.date) -> None:
    b = bureau(pack, day)
    expected = refused(NANJING, day.isoformat(), "-")
    assert b.standing(NANJING, day) == expected
    assert b.standing(NANJING, day, emergency=True) == expected
    assert b.standing(NANJING, day, on=day + dt.timedelta(days=9)) == expected


def test_in_2023_an_unfiled_stay_is_pending_until_it_is_settled_with_a_reduction(bureau: Any) -> None:
    b = bureau()
    day = D(2023, 3, 1)
    assert b.standing(NANJING, day) == Standing("", pending=True)
    assert b.standing(NANJING, day, on=D(2023, 3, 9)) == Standing("unfiled")
    assert b.standing(NANJING, day, on=day, settling=True) == Standing("unfiled")  # home on the day it began
    assert b.standing(NANJING, day, on=D(2023, 3, 2), settling=False) == Standing("", pending=True)


def test_where_late_filing_is_allowed_but_no_reduction_known_settlement_is_refused(bureau: Any) -> None:
    b = bureau(unfiled="manual")
    assert b.standing(NANJING, D(2023, 3, 1)).pending
    assert b.standing(NANJING, D(2023, 3, 1), on=D(2023, 3, 9)) == refused(NANJING, "2023-03-01", "-")


def test_an_emergency_counts_as_filed_in_2023_and_before_a_referral_which_takes_something_off(bureau: Any) -> None:
    b = bureau()
    day = D(2023, 3, 1)
    assert b.standing(NANJING, day, emergency=True) == Standing("emergency")
    b.play.insured.fold(filing("320100", day, D(2023, 8, 31), "referral"))
    assert b.standing(NANJING, day) == Standing("referral")
    assert b.standing(NANJING, day, emergency=True) == Standing("emergency")
    b.play.insured.fold(filing("320100", day))
    assert b.standing(NANJING, day, emergency=True) == FILED


def test_outpatient_care_is_not_pending_and_a_pack_may_exempt_it(bureau: Any) -> None:
    day = D(2023, 3, 1)
    assert bureau().standing(NANJING, day, care="outpatient") == Standing("unfiled")
    exempt = bureau(care=("inpatient",))
    assert exempt.standing(NANJING, day, care="outpatient") == Standing("not_needed")
    assert exempt.standing(NANJING, day).pending


# -- late filing (P75-25) ---------------------------------------------------------------------------------------------


def test_a_filing_made_before_discharge_counts_for_the_stay_in_2023(bureau: Any) -> None:
    b = bureau()
    b.on(D(2023, 3, 6)).made(File(WORKER, "long_term_work", "320100"))
    admitted = D(2023, 3, 1)
    assert b.standing(NANJING, admitted, on=D(2023, 3, 6)) == FILED
    assert b.standing(NANJING, admitted, on=D(2023, 3, 5)) == Standing("unfiled")  # discharged the day before
    assert b.standing(SUZHOU, admitted, on=D(2023, 3, 6)) == Standing("unfiled")
    assert b.standing(NANJING, admitted, on=D(2023, 3, 6), care="outpatient") == Standing("unfiled")


def test_before_2023_a_filing_made_after_admission_does_not_count(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 9, 2))
    b.made(File(WORKER, "long_term_work", "320100"))  # a Monday: from Tuesday
    assert b.standing(NANJING, D(2019, 9, 2), on=D(2019, 9, 20)).refusal == "not_filed"
    assert b.standing(NANJING, D(2019, 9, 3), on=D(2019, 9, 20)) == FILED


# -- ended and invalid (P75-13, JL-6.4b) ------------------------------------------------------------------------------


def test_a_filing_cancelled_during_a_stay_still_settles_it(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 9, 2))
    made = b.made(File(WORKER, "long_term_work", "320100"))
    b.on(D(2019, 9, 10)).act(CancelFiling(made.sn))
    assert b.standing(NANJING, D(2019, 9, 10), on=D(2019, 9, 20)) == FILED
    expected = refused(NANJING, "2019-09-11", "320100(2019-09-03~2019-09-10)")
    assert b.standing(NANJING, D(2019, 9, 11), on=D(2019, 9, 20)) == expected


def test_nothing_is_settled_on_a_filing_already_found_invalid(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 9, 2))
    b.made(File(WORKER, "long_term_work", "320100"))
    b.play.insured.fold(Left(WORKER, D(2019, 9, 20), "returned"))
    stay = {"on": D(2019, 10, 9)}
    assert b.standing(NANJING, D(2019, 9, 25), **stay) == FILED  # nobody has looked yet
    b.on(D(2019, 10, 8)).act(CheckFilings(D(2019, 10, 8)))
    assert b.standing(NANJING, D(2019, 9, 25), **stay).refusal == "not_filed"
    assert b.standing(NANJING, D(2019, 9, 19), **stay) == FILED  # admitted while it was valid
    b.act(ClearInvalid(D(2019, 10, 8)))
    assert b.standing(NANJING, D(2019, 9, 25), **stay).refusal == "not_filed"
    assert b.standing(NANJING, D(2019, 9, 19), **stay) == FILED


# -- on the way -------------------------------------------------------------------------------------------------------


def admission(bureau: Any, code: str, day: dt.date) -> Standing:
    standing: Standing = bureau.nodes[code].filings.admission(WORKER, day, NANJING, "320399", on=day)
    return standing


def test_the_province_refuses_only_where_nothing_could_help(bureau: Any) -> None:
    b = bureau("jiangsu-2016", D(2016, 10, 10))
    assert admission(b, "320000", D(2016, 10, 10)).refusal == "not_filed"
    b.nodes["320000"].fold(filing("320100", D(2016, 10, 1)))
    assert admission(b, "320000", D(2016, 10, 10)) == FILED
    assert admission(bureau(), "320000", D(2023, 3, 1)) == Standing("", pending=True)
    only_emergency = bureau(late=False, unfiled="manual")
    assert admission(only_emergency, "320000", D(2023, 3, 1)) == Standing("", pending=True)
    nothing = bureau(late=False, unfiled="manual", emergency=False)
    assert admission(nothing, "320000", D(2023, 3, 1)).refusal == "not_filed"


def test_an_unfiled_admission_is_refused_at_the_province_with_what_was_found(bureau: Any, ward: Any) -> None:
    b = bureau("jiangsu-2016", D(2016, 10, 10))
    desk, worker = b.play.net.desks["H32019900001"], b.play.net.people["worker"]
    desk.sign_no = b.play.ask(desk.sign_in(b.play.now)).block("signinoutb")["sign_no"]
    refusal = b.play.ask(desk.admit(b.play.tick(), worker, b.play.now, ward))
    assert refusal.infcode == -122
    assert not [end for _, end, message in b.play.relay.hops if message.infno == "2401" and end == "320300"]
    for code in ("320300", "320000"):
        b.nodes[code].fold(filing("320100", D(2016, 10, 1)))
    assert b.play.ask(desk.admit(b.play.tick(), worker, b.play.now, ward)).succeeded
