"""Who is admitted and how: filing, late filing, emergency, injury, insurance, kind of care, and where."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.platform.refusals import REFUSALS
from simulator.core.visits.extension import Flags
from simulator.core.visits.insured import Enrolled

from .playing import WARD, Clinic, Pharmacy

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
INJURED, PLEDGED = '{"TRUM_FLAG": "1", "REL_TTP_FLAG": "1"}', '{"TRUM_FLAG": "1", "REL_TTP_FLAG": "0"}'
EMERGENCY = '{"IPT_TYPE": "2"}'


def code(name: str) -> int:
    return REFUSALS[name].code


def admission(play: Any, who: str = "worker", *, hospital: str = "H32019900001", **options: Any) -> Any:
    desk = play.net.desks[hospital]
    return desk.admit(play.tick(), play.net.people[who], play.now, WARD, **options)


def at_city(play: Any, message: Any) -> Any:
    """Hand a message to the city of insurance past the checks on the way, under a number of its own."""
    fresh = message._replace(key=message.key._replace(msgid=f"{message.msgid[:-1]}X"))
    return play.relay.ask(play.now, XUZHOU, fresh.with_head(sender_admdvs=NANJING))


def kept(play: Any, asked: Any) -> list[Any]:
    """The visit that an admission opened, at both cities."""
    roles = (play.treatment.treatment, play.insured.insured)
    return [role.visits.admitted_by(asked.key) for role in roles]


# -- injuries ---------------------------------------------------------------------------------------------------


def test_an_injury_needs_both_flags_away_from_home(town: Any) -> None:
    for asked in (
        admission(town, med_type="22"),
        admission(town, extension='{"TRUM_FLAG": "1"}'),
        admission(town, med_type="22", extension='{"REL_TTP_FLAG": "0"}'),
    ):
        assert town.ask(asked).infcode == at_city(town, asked).infcode == code("trauma_flags_missing")
    asked = admission(town, med_type="22", extension=PLEDGED)
    assert town.ask(asked).succeeded
    assert [visit.flags for visit in kept(town, asked)] == [Flags(trauma=True, third_party="0")] * 2
    assert [visit.med_type for visit in kept(town, asked)] == ["22", "22"]


def test_an_injury_at_home_needs_no_pledge(town: Any) -> None:
    assert town.ask(admission(town, "local", med_type="22")).succeeded


@pytest.mark.parametrize("said", ["9", "否", "true", ""])
def test_the_pledge_is_a_code_and_no_other_text(town: Any, said: str) -> None:
    extension = json.dumps({"TRUM_FLAG": "1", "REL_TTP_FLAG": said}, ensure_ascii=False)
    asked = admission(town, med_type="22", extension=extension)
    assert town.ask(asked).infcode == at_city(town, asked).infcode == code("trauma_flags_missing")


def test_the_flags_of_an_injury_are_demanded_where_the_pack_says_so(play: Any) -> None:
    assert play.ask(admission(play, med_type="22")).succeeded
    assert play.ask(admission(play, med_type="22", extension=INJURED)).infcode == code("third_party_liable")


@pytest.mark.parametrize("who", ["worker", "local"])
def test_a_third_partys_liability_excludes_direct_settlement(town: Any, who: str) -> None:
    asked = admission(town, who, med_type="22", extension=INJURED)
    assert town.ask(asked).infcode == code("third_party_liable")
    if who == "worker":
        assert at_city(town, asked).infcode == code("third_party_liable")


def test_a_liability_that_comes_out_later_stops_an_outpatient_settlement(town: Any) -> None:
    visit = Clinic(town)
    visit.register()
    assert visit.describe("11", extension=INJURED).infcode == code("third_party_liable")
    assert visit.describe("11", extension=PLEDGED).succeeded
    assert visit.upload().succeeded
    asked = visit.bill_request().with_fields("data", {"exp_content": INJURED})
    assert town.ask(asked).infcode == code("third_party_liable")
    asked = visit.bill_request().with_fields("data", {"exp_content": PLEDGED})
    assert town.ask(asked).succeeded


# -- where and when ----------------------------------------------------------------------------------------------


def test_an_institution_that_is_not_open_to_visitors_treats_its_own_city(town: Any) -> None:
    assert town.stay("local", "H32019900004").settled().setl_id
    assert Pharmacy(town, "local", "H32019900004").buy().succeeded
    assert town.stay("worker", "H32019900004").admit().infcode == code("institution_not_open")


def test_a_stay_does_not_begin_on_a_day_to_come(town: Any) -> None:
    tomorrow = town.now + dt.timedelta(days=1)
    assert town.stay("worker").admit(tomorrow).infcode == code("wrong_day")
    asked = admission(town)
    asked = asked.with_fields("mdtrtinfo", {"begntime": f"{tomorrow:%Y-%m-%d %H:%M:%S}"})
    assert at_city(town, asked).infcode == code("wrong_day")
    assert town.stay("worker").admit(town.now.replace(hour=23)).succeeded  # days are what counts
    assert town.stay("worker", "H32019900002").admit(town.now - dt.timedelta(days=9)).succeeded


@pytest.mark.parametrize("infno", ["2102", "2201"])
def test_nor_does_other_care(town: Any, infno: str) -> None:
    visit, block = (Clinic(town), "data") if infno == "2201" else (Pharmacy(town), "druginfo")
    begins = {"begntime": f"{town.now + dt.timedelta(days=1):%Y-%m-%d %H:%M:%S}"}
    now = town.now
    asked = visit.desk.register(now, visit.person, now, WARD) if infno == "2201" else visit.request()
    later = asked.with_fields(block, begins)
    assert town.ask(later).infcode == at_city(town, later).infcode == code("wrong_day")


@pytest.mark.parametrize("days", [-1, 1])
def test_a_stay_ends_between_its_beginning_and_today(town: Any, days: int) -> None:
    stay = town.stay("worker")
    assert stay.admit().succeeded
    assert stay.discharge(town.now + dt.timedelta(days=days)).infcode == code("wrong_day")
    assert at_city(town, stay.sent["2402"]).infcode == code("wrong_day")
    assert stay.discharge(town.now).succeeded


def test_a_stay_does_not_end_before_a_part_of_it_that_was_settled(town: Any) -> None:
    stay = town.stay("worker")
    assert stay.admit().succeeded
    assert stay.upload_bill().succeeded
    town.tick(10 * 86_400)
    part = stay.desk.settle(town.tick(), "2304", stay.person, stay.mdtrt_id, stay.bill, use_account=False, part=True)
    assert town.ask(part).succeeded
    assert stay.discharge(town.now - dt.timedelta(days=1)).infcode == code("wrong_day")
    assert stay.discharge(town.now).succeeded


# -- filing -----------------------------------------------------------------------------------------------------


def file(play: Any, who: str = "unfiled", kind: str = "long_term_work") -> None:
    person = play.net.people[who]
    filed = Filed(Filing(person.psn_no, kind, person.insured_area, NANJING, play.now.date(), None))
    for code_ in (XUZHOU, PROVINCE):
        play.net.nodes[code_].fold(filed)


def ready(play: Any, who: str = "unfiled") -> Any:
    """A stay admitted, charged and ended on the next day."""
    stay = play.stay(who)
    assert stay.admit().succeeded
    assert stay.upload_bill().succeeded
    play.tick(86_400)
    assert stay.discharge().succeeded
    return stay


def filing_type(play: Any, stay: Any) -> str:
    return str(play.insured.insured.visits.find(stay.mdtrt_id).settlement.inputs.where.filing_type)


def test_a_stay_may_be_filed_before_it_is_settled(make_town: Any) -> None:
    play = make_town(filing__late=True)
    stay = ready(play)
    assert stay.presettle().infcode == stay.settle().infcode == code("not_filed")
    file(play)
    assert stay.presettle().succeeded
    assert stay.settle().succeeded
    assert filing_type(play, stay) == "long_term_work"


def test_without_late_filing_the_admission_is_refused(make_town: Any) -> None:
    play = make_town()
    assert play.stay("unfiled").admit().infcode == code("not_filed")


def test_a_stay_that_stays_unfiled_is_settled_with_less_where_the_pack_says_so(make_town: Any) -> None:
    play = make_town(filing__late=True, filing__unfiled="reduced", benefit__employee__unfiled_cut=2_000)
    stay = ready(play)
    assert stay.settle().block("setlinfo")["pool_prop_selfpay"] == 8_600 - 2_000
    assert filing_type(play, stay) == "unfiled"


def test_a_filing_that_ends_during_the_stay_still_counts(make_town: Any) -> None:
    play = make_town(filing__late=True)
    person = play.net.people["unfiled"]
    today = play.now.date()
    filed = Filed(Filing(person.psn_no, "referral", person.insured_area, NANJING, today, today))
    for code_ in (XUZHOU, PROVINCE):
        play.net.nodes[code_].fold(filed)
    stay = ready(play)
    assert play.now.date() > today
    assert stay.settle().succeeded
    assert filing_type(play, stay) == "referral"


def test_an_emergency_counts_as_filed(make_town: Any) -> None:
    play = make_town(filing__emergency=True)
    asked = admission(play, "unfiled", extension=EMERGENCY)
    reply = play.ask(asked)
    assert reply.succeeded
    assert [visit.flags.emergency for visit in kept(play, asked)] == [True, True]
    assert kept(play, asked)[1].filing_type == "emergency"
    assert play.ask(admission(play, "unfiled")).infcode != 0
    visit = Clinic(play, "unfiled")
    visit.register()
    assert visit.describe("13", extension='{"OTP_ER_REFL_FLAG": "1"}').succeeded


# -- insurance and rules ----------------------------------------------------------------------------------------


def enrol(play: Any, insutype: str, who: str = "worker") -> Any:
    """Enrol a person under another insurance; return the person."""
    person = play.net.people[who]._replace(insutype=insutype)
    play.net.people[who] = person
    home = NANJING if who == "local" else XUZHOU
    play.net.nodes[home].fold(Enrolled(person))
    return person


@pytest.mark.parametrize("who", ["worker", "local"])
def test_ncms_is_settled_on_its_own_track_away_from_home_and_at_home(town: Any, who: str) -> None:
    enrol(town, "380", who)
    assert town.ask(admission(town, who)).infcode == code("ncms_track")


@pytest.mark.parametrize("who", ["worker", "local"])
def test_other_insurances_are_not_settled_directly(town: Any, who: str) -> None:
    enrol(town, "340", who)
    reply = town.ask(admission(town, who))
    assert reply.infcode == code("scheme_not_supported")
    assert "340" in reply.head["err_msg"]


def test_a_day_without_rules_is_a_refusal(make_town: Any) -> None:
    play = make_town()
    play.now = dt.datetime(2015, 12, 31, 9, 0)
    reply = at_city(play, admission(play))
    assert reply.infcode == code("rules_not_in_force")
    assert "process.open_care" in reply.head["err_msg"]


# -- kind of care and place -------------------------------------------------------------------------------------


@pytest.mark.parametrize("med_type", ["11", "41", "9999"])
def test_only_inpatient_care_is_admitted(town: Any, med_type: str) -> None:
    asked = admission(town, med_type=med_type)
    assert town.ask(asked).infcode == at_city(town, asked).infcode == code("wrong_med_type")


def test_inpatient_care_may_be_closed_too(make_town: Any) -> None:
    play = make_town(process__open_care=("outpatient",))
    asked = admission(play)
    assert play.ask(asked).infcode == at_city(play, asked).infcode == code("care_not_open")


def test_an_institution_names_its_own_area(town: Any) -> None:
    for area in ("320100", "320399"):
        asked = admission(town).with_head(mdtrtarea_admvs=area)
        assert town.ask(asked, to=NANJING).infcode == code("other_area")


def test_a_city_of_insurance_listens_to_the_province_only(town: Any) -> None:
    asked = admission(town)
    assert town.relay.ask(town.now, XUZHOU, asked).infcode == code("not_for_this_platform")
    strange = asked.with_head(sender_admdvs=NANJING, insuplc_admdvs="320199")
    fresh = strange._replace(key=strange.key._replace(msgid="other"))
    assert town.relay.ask(town.now, XUZHOU, fresh).infcode == code("not_for_this_platform")


def test_2001_knows_kinds_of_care(make_town: Any) -> None:
    play = make_town(process__open_care=("inpatient",))
    desk, person = play.desk, play.net.people["worker"]
    rights = []
    for med_type in ("21", "11", "9999"):
        reply = play.ask(desk.eligibility(play.tick(), person, play.now, med_type))
        rights.append(reply.rows("trtinfo")[0]["trt_enjymnt_flag"])
    assert rights == ["1", "0", "0"]
