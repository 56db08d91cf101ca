"""The filing desk of a city of insurance: what staff and hospitals may do, to the day, and what is declined."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.filing.actions import CancelFiling, ChangeFiling, CheckFilings, ClearInvalid, File
from simulator.core.filing.facts import Filed, FilingEnded, FilingsChecked, Found, Left
from simulator.core.filing.filing import Filing
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled

D, T = dt.date, dt.datetime
WORKER, RESIDENT, VISITOR = "32039900000001", "32038100000002", "32019900000003"
WORK = File(WORKER, "long_term_work", "320100")


# -- filing -----------------------------------------------------------------------------------------------------------


def test_a_filing_keeps_who_where_and_how_it_was_made(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 12, 31))
    asks = File(RESIDENT, "long_term_residence", "320124", channel="web", proofs=2, trips=1)
    made = b.made(asks._replace(applied_at=T(2019, 12, 30, 20, 0)))
    assert made == Filing(
        RESIDENT,
        "long_term_residence",
        "320381",
        "320124",
        D(2020, 1, 2),  # the working day after New Year
        None,
        sn="BA32030020191231000001",
        channel="web",
        proofs=2,
        trips=1,
        filed_at=T(2019, 12, 30, 20, 0),
        approved_at=T(2019, 12, 31, 9, 0),
        effective_at=T(2020, 1, 2),
        updated_at=T(2019, 12, 31, 9, 0),
    )


def test_a_filing_begins_when_it_takes_effect_or_later_as_asked(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 9, 2))
    assert b.made(WORK._replace(begin=D(2019, 9, 1))).begin == D(2019, 9, 3)
    assert b.made(WORK._replace(target="320500", begin=D(2019, 10, 1))).begin == D(2019, 10, 1)


@pytest.mark.parametrize(
    ("asks", "name", "found"),
    [
        (WORK._replace(psn_no="nobody"), "unknown_person", ()),
        (WORK._replace(psn_no=VISITOR), "unknown_person", ()),
        (WORK._replace(filing_type="holiday"), "filing_type", ("holiday",)),
        (WORK._replace(channel="hospital_end"), "filing_channel", ("hospital_end",)),
        (WORK._replace(target="320300"), "filing_target", ("320300",)),  # the city itself
        (WORK._replace(target="320381"), "filing_target", ("320381",)),  # another of its areas
        (WORK._replace(target="999999"), "filing_target", ("999999",)),
        (WORK._replace(target="H32019900001"), "filing_target", ("H32019900001",)),
        (WORK._replace(end=D(2024, 2, 29)), "filing_validity", ("2023-03-01", "2024-02-29")),
        (WORK._replace(filing_type="other_temporary", end=D(2023, 8, 31)), "filing_validity", ("2023-03-01",)),
        (WORK._replace(filing_type="referral"), "filing_referral", ("trafout_fixmedins_code",)),
        (WORK._replace(approved_at=T(2023, 3, 1, 9, 1)), "filing_validity", ("2023-03-01 09:01:00",)),
        (WORK._replace(applied_at=T(2023, 3, 1, 9, 1)), "filing_validity", ("2023-03-01 09:01:00",)),
    ],
)
def test_what_is_against_the_rules_is_declined_and_does_nothing(
    bureau: Any, asks: File, name: str, found: tuple[str, ...]
) -> None:
    declined, what = bureau().declined(asks)
    assert (declined, what[: len(found)]) == (name, found)


def test_a_temporary_filing_of_2023_holds_six_months_at_least(bureau: Any) -> None:
    b = bureau()
    asks = File(WORKER, "other_temporary", "320100", end=D(2023, 9, 1), proofs=1)
    assert b.made(asks).end == D(2023, 9, 1)
    assert b.made(asks._replace(target="320500", end=None)).end == D(2023, 9, 1)


def test_a_filing_is_made_only_once_at_a_time(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    assert b.declined(WORK) == ("filing_repeated", (made.sn,))
    assert b.made(WORK._replace(filing_type="other_temporary")).valid
    b.act(CancelFiling(made.sn))
    assert b.declined(WORK) == ("filing_repeated", (made.sn,))  # it still holds today
    assert b.made(WORK._replace(begin=D(2023, 3, 2))).sn == "BA32030020230301000003"


@pytest.mark.parametrize(("day", "allowed"), [(D(2019, 6, 30), True), (D(2019, 7, 1), False)])
def test_a_referral_may_name_a_hospital_until_the_end_of_june_2019(
    bureau: Any, referred: Any, day: dt.date, allowed: bool
) -> None:
    b = bureau("jilin-2019", day)
    asks = File(WORKER, "referral", "H32019900001", referral=referred)
    if allowed:
        made = b.made(asks)
        assert made.target == "H32019900001"
        assert b.nodes["320100"].filings.book.latest(made.sn).target == "320199"  # a filing message names an area
        assert b.declined(WORK._replace(target="H32019900001")) == ("filing_target", ("H32019900001",))
    else:
        assert b.declined(asks) == ("filing_target", ("H32019900001",))
    assert b.made(asks._replace(target="320199")).target == "320199"


def test_several_places_all_need_proof_whichever_is_filed_first(bureau: Any) -> None:
    promised, bare, proven = WORK._replace(commitment=True), WORK, WORK._replace(proofs=1)
    for first in (promised, bare, proven):
        for second in (promised, bare, proven):
            b = bureau()
            b.made(first)
            asks = second._replace(target="320500")
            if first.proofs and second.proofs:
                assert b.made(asks).proofs == 1
            else:
                assert b.declined(asks) == ("filing_proof", ("320500、320100",))


def test_a_transfer_inside_the_city_is_no_second_place(bureau: Any) -> None:
    b = signed_in(bureau())
    assert b.ask("2501", refmedin={**REFERRAL, "mdtrtarea_admdvs": "320381", "refl_type": "1"}).succeeded
    assert b.made(WORK._replace(commitment=True)).commitment
    b = signed_in(bureau())
    b.made(WORK._replace(commitment=True))
    assert b.ask("2501", refmedin={**REFERRAL, "mdtrtarea_admdvs": "320381", "refl_type": "1"}).succeeded
    assert b.ask("2501", refmedin={**REFERRAL, "mdtrtarea_admdvs": "320599"}).infcode == -129


def test_a_place_given_up_before_the_new_one_begins_is_not_a_second(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    b.act(CancelFiling(made.sn, on=D(2023, 4, 1)))
    asks = WORK._replace(target="320500", commitment=True)
    assert b.declined(asks._replace(begin=D(2023, 3, 31)))[0] == "filing_proof"
    assert b.made(asks._replace(begin=D(2023, 4, 1))).commitment


def test_who_has_died_or_moved_the_insurance_files_nothing_and_who_returned_may_again(bureau: Any) -> None:
    for reason in ("died", "moved"):
        b = bureau()
        b.play.insured.fold(Left(WORKER, D(2023, 2, 1), reason))
        assert b.declined(WORK) == ("unknown_person", ())
        b.play.insured.fold(Enrolled(b.play.net.people["worker"]))
        assert b.made(WORK).valid
    b = bureau()
    b.play.insured.fold(Left(WORKER, D(2023, 2, 1), "returned"))
    assert b.made(WORK).valid
    assert b.act(CheckFilings(D(2023, 9, 1)))[0].invalid == ()  # the return was before this filing


# -- changing and cancelling ------------------------------------------------------------------------------------------


def test_a_change_counts_from_its_day_and_the_version_before_until_then(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    b.on(D(2023, 4, 1))
    changed = b.made(ChangeFiling(made.sn, "long_term_residence", "320500", on=D(2023, 5, 1), reason="迁居"))
    assert (changed.version, changed.begin, changed.since) == (2, D(2023, 3, 1), D(2023, 5, 1))
    assert b.standing("320199", D(2023, 4, 30)).filing_type == "long_term_work"
    assert b.standing("320199", D(2023, 5, 1)).pending
    assert b.standing("320599", D(2023, 4, 30)).pending
    assert b.standing("320599", D(2023, 5, 1)).filing_type == "long_term_residence"


@pytest.mark.parametrize(("day", "locked"), [(D(2023, 8, 31), True), (D(2023, 9, 1), False)])
def test_a_commitment_filing_is_locked_to_the_day(bureau: Any, day: dt.date, locked: bool) -> None:
    b = bureau()
    made = b.made(WORK._replace(commitment=True))
    b.on(day)
    change, cancel = ChangeFiling(made.sn, "long_term_work", "320500"), CancelFiling(made.sn)
    if locked:
        assert b.declined(change) == ("filing_locked", ("2023-09-01",))
        assert b.declined(cancel) == ("filing_locked", ("2023-09-01",))
        assert b.declined(WORK._replace(target="320500", proofs=1))[0] == "filing_proof"  # it is one by commitment
        assert b.act(CancelFiling(made.sn, reason="mistake"))[0].reason == "mistake"  # nor is a mistake locked
    else:
        assert b.made(change).target == "320500"
        assert not b.desk.book.versions(made.sn)[0].valid


def test_a_filing_by_proof_is_not_locked(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK._replace(proofs=1))
    assert b.made(ChangeFiling(made.sn, "long_term_work", "320500")).version == 2


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"on": D(2023, 3, 1)}, "filing_validity"),
        ({"end": D(2023, 12, 31)}, "filing_validity"),
        ({"filing_type": "holiday"}, "filing_type"),
        ({"channel": "fax"}, "filing_channel"),
        ({"target": "320300"}, "filing_target"),
        ({"target": "220100", "commitment": True}, "filing_proof"),
        ({"target": "320500"}, "filing_repeated"),
        ({"sn": "BA0"}, "unknown_filing"),
    ],
)
def test_a_change_obeys_the_rules_of_a_filing(bureau: Any, changes: dict[str, Any], name: str) -> None:
    b = bureau()
    made = b.made(WORK._replace(proofs=1))
    b.made(WORK._replace(target="320500", proofs=1))
    change = ChangeFiling(made.sn, "long_term_work", "320100", proofs=1)
    assert b.declined(change._replace(**changes))[0] == name


def test_a_filing_becomes_a_referral_only_with_one_and_stays_it_without_another(bureau: Any, referred: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    to_referral = ChangeFiling(made.sn, "referral", "320100")
    assert b.declined(to_referral) == ("filing_referral", ("trafout_fixmedins_code",))
    changed = b.made(to_referral._replace(referral=referred))
    assert (changed.referral, changed.end) == (referred, D(2023, 9, 2))
    b.on(D(2023, 3, 10))
    longer = b.made(to_referral._replace(end=D(2023, 12, 31)))
    assert (longer.referral, longer.end) == (referred, D(2023, 12, 31))
    b.on(D(2023, 3, 20))
    assert b.made(ChangeFiling(made.sn, "long_term_work", "320100")).referral is None


def test_a_change_to_a_temporary_type_ends_six_months_after_the_change(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    b.on(D(2023, 4, 9))
    assert b.made(ChangeFiling(made.sn, "other_temporary", "320100")).end == D(2023, 10, 10)  # from 10 April


def test_a_filing_that_is_over_cancelled_or_anothers_is_not_changed(bureau: Any) -> None:
    b = bureau()
    cancelled, over = (b.made(File(who, "other_temporary", "320100")) for who in (WORKER, RESIDENT))
    b.on(D(2023, 9, 1))  # the last day of both
    assert b.act(CancelFiling(cancelled.sn))[0].on == D(2023, 9, 2)
    assert b.declined(CancelFiling(cancelled.sn)) == ("unknown_filing", (cancelled.sn,))
    b.on(D(2023, 9, 2))
    assert b.declined(CancelFiling(over.sn)) == ("unknown_filing", (over.sn,))
    assert b.declined(ChangeFiling(over.sn, "other_temporary", "320100")) == ("unknown_filing", (over.sn,))
    theirs = Filed(Filing(VISITOR, "long_term_work", "320199", "320300", D(2023, 3, 1), None, sn="BA9"))
    b.play.insured.fold(theirs)
    assert b.declined(CancelFiling("BA9")) == ("unknown_filing", ("BA9",))


def test_a_person_cancels_from_tomorrow_on_and_a_mistake_may_be_undone_from_the_first_day(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    b.on(D(2023, 3, 10))
    assert b.declined(CancelFiling(made.sn, on=D(2023, 3, 10))) == ("filing_validity", ("2023-03-01", "2023-03-10"))
    (ended, *_) = b.act(CancelFiling(made.sn, on=D(2023, 3, 1), reason="mistake"))
    assert ended == FilingEnded(WORKER, made.sn, 2, D(2023, 3, 1), "mistake", T(2023, 3, 10, 9, 0))
    assert b.standing("320199", D(2023, 3, 1)).pending
    with pytest.raises(KeyError, match="weather"):
        b.act(CancelFiling(made.sn, reason="weather"))


def test_a_filing_that_the_staff_find_invalid_bears_the_day_it_was_found(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    b.act(CancelFiling(made.sn, reason="found_invalid"))
    assert b.desk.book.latest(made.sn).checked_on == D(2023, 3, 1)


# -- checking and clearing (JL-6.4a, JL-6.4b) -------------------------------------------------------------------------


def test_a_check_finds_the_filings_of_who_died_moved_or_returned(bureau: Any) -> None:
    b = bureau()
    died, stays = b.made(WORK), b.made(WORK._replace(psn_no=RESIDENT))
    b.play.insured.fold(Left(WORKER, D(2023, 5, 2), "died"))
    b.on(D(2023, 5, 1))
    assert b.act(CheckFilings(D(2023, 5, 1)))[0].invalid == ()
    b.on(D(2023, 9, 1))
    areas = frozenset({"320300", "320381", "320399"})
    assert b.act(CheckFilings(D(2023, 9, 1))) == [
        FilingsChecked(D(2023, 9, 1), areas, (Found(WORKER, died.sn, D(2023, 5, 3), "died"),))
    ]  # of the day after the death: care begun on its day is covered (P75-13)
    book = b.desk.book
    assert [book.latest(each.sn).valid for each in (died, stays)] == [False, True]
    assert [book.latest(each.sn).checked_on for each in (died, stays)] == [D(2023, 9, 1), D(2023, 9, 1)]
    assert b.sent("F103") == []  # found, not cleared
    assert b.act(CheckFilings(D(2023, 9, 2)))[0].invalid == ()  # found once
    (ended, *_) = b.on(D(2023, 9, 4)).act(ClearInvalid(D(2023, 9, 4)))
    assert ended == FilingEnded(WORKER, died.sn, 2, D(2023, 5, 3), "died", T(2023, 9, 4, 9, 0), D(2023, 9, 1))
    assert b.act(ClearInvalid(D(2023, 9, 5))) == []
    copy = b.nodes["320000"].filings.book.latest(died.sn)
    assert (copy.ended, copy.reason, copy.checked_on) == (D(2023, 5, 3), "died", D(2023, 9, 1))


@pytest.mark.parametrize("reason", ["moved", "returned"])
def test_who_moved_or_returned_has_no_filing_from_that_day_on(bureau: Any, reason: str) -> None:
    b = bureau()
    made = b.made(WORK)
    b.play.insured.fold(Left(WORKER, D(2023, 5, 2), reason))
    assert b.act(CheckFilings(D(2023, 5, 2)))[0].invalid == (Found(WORKER, made.sn, D(2023, 5, 2), reason),)


@pytest.mark.parametrize(
    ("died", "on", "ends"),
    [
        (None, None, D(2023, 5, 3)),  # nothing is known: tomorrow
        (None, D(2023, 4, 30), D(2023, 4, 30)),
        (D(2023, 5, 1), None, D(2023, 5, 2)),
        (D(2023, 5, 1), D(2023, 5, 1), D(2023, 5, 2)),
        (D(2023, 5, 1), D(2023, 6, 1), D(2023, 6, 1)),
    ],
)
def test_a_death_ends_a_filing_on_the_day_after_it(
    bureau: Any, died: dt.date | None, on: dt.date | None, ends: dt.date
) -> None:
    b = bureau()
    made = b.made(WORK)
    if died is not None:
        b.play.insured.fold(Left(WORKER, died, "died"))
    b.on(D(2023, 5, 2))
    (ended, *_) = b.act(CancelFiling(made.sn, on=on, reason="died"))
    assert ended.on == ends
    assert b.declined(CancelFiling("BA0", reason="died")) == ("unknown_filing", ("BA0",))


def test_who_is_enrolled_in_another_area_of_the_city_has_to_file_again(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    moved: Person = b.play.net.people["worker"]._replace(insured_area="320381")
    b.play.insured.fold(Enrolled(moved))
    (checked,) = b.act(CheckFilings(D(2023, 9, 1)))
    assert checked.invalid == (Found(WORKER, made.sn, D(2023, 9, 1), "moved"),)


def test_a_check_leaves_the_copies_of_other_cities_filings_alone(bureau: Any) -> None:
    b = bureau()
    b.act(File(VISITOR, "long_term_work", "320300"), at="320100")
    b.play.insured.fold(Left(VISITOR, D(2023, 3, 2), "died"))
    assert b.act(CheckFilings(D(2023, 9, 1)))[0].invalid == ()
    (copy,) = b.desk.book.of(VISITOR)
    assert (copy.valid, copy.checked_on) == (True, None)


# -- at the hospital's end (JL-3.1b) ----------------------------------------------------------------------------------


REFERRAL = {
    "psn_no": WORKER,
    "insutype": "310",
    "diag_code": "J18.900",
    "diag_name": "肺炎",
    "reflin_medins_no": "H32019900001",
    "reflin_medins_name": "H32019900001医院",
    "mdtrtarea_admdvs": "320199",
    "hosp_agre_refl_flag": "1",
    "refl_type": "2",
    "refl_date": "2023-03-01",
    "refl_rea": "需行支气管镜检查",
    "refl_opnn": "同意转院",
}


def signed_in(b: Any, *hospitals: str) -> Any:
    for code in hospitals or ("H32039900001",):
        desk = b.play.net.desks[code]
        desk.sign_no = b.play.ask(desk.sign_in(b.play.now)).block("signinoutb")["sign_no"]
    return b


def test_a_referral_is_filed_wholly_at_the_hospital_and_told_at_once(bureau: Any) -> None:
    b = signed_in(bureau())
    reply = b.ask("2501", refmedin=REFERRAL)
    sn = reply.block("result")["trt_dcla_detl_sn"]
    made = b.desk.book.latest(sn)
    assert (made.channel, made.target) == ("hospital_end", "320199")
    assert (made.begin, made.end) == (D(2023, 3, 1), D(2023, 9, 1))
    assert made.effective_at == made.filed_at
    assert made.referral.from_hospital == "H32039900001"
    assert b.sent("F101") == [("F101", "320300", "320000"), ("F101", "320000", "320100")]
    assert b.standing("320199", D(2023, 3, 1)).filing_type == "referral"
    found = b.ask("5304", data={"psn_no": WORKER, "begntime": "2023-03-01 00:00:00", "endtime": "2023-03-01 23:59:59"})
    (row,) = found.rows("refmedin")
    assert (row["reflin_medins_no"], row["refl_rea"], row["out_flag"]) == ("H32019900001", "需行支气管镜检查", "1")
    assert b.ask("2502", data={"trt_dcla_detl_sn": sn, "psn_no": WORKER, "memo": "不转"}).succeeded
    assert b.ask("5304", data={"psn_no": WORKER, "begntime": "2023-03-01 00:00:00"}).rows("refmedin") == ()
    assert [infno for infno, _, _ in b.sent("F103")] == ["F103", "F103"]
    assert b.ask("2502", data={"trt_dcla_detl_sn": sn}).infcode == -124


def test_a_hospital_elsewhere_files_a_referral_further_on(bureau: Any) -> None:
    b = signed_in(bureau(), "H32019900001")
    further = {**REFERRAL, "mdtrtarea_admdvs": "220199", "refl_type": "3", "reflin_medins_no": "H22019900001"}
    reply = b.ask(
        "2501", hospital="H32019900001", refmedin={**further, "begndate": "2023-04-01", "enddate": "2023-12-31"}
    )
    made = b.desk.book.latest(reply.block("result")["trt_dcla_detl_sn"])
    assert (made.target, made.begin, made.end) == ("220199", D(2023, 4, 1), D(2023, 12, 31))
    assert [end for _, _, end in b.sent("F101")] == ["320000", "100000", "220000", "220100"]


def test_a_transfer_inside_the_city_is_kept_and_told_to_nobody(bureau: Any) -> None:
    b = signed_in(bureau())
    reply = b.ask("2501", refmedin={**REFERRAL, "mdtrtarea_admdvs": "320381", "refl_type": "1"})
    assert reply.succeeded
    assert b.sent("F101") == []
    (row,) = b.ask("5304", data={"psn_no": WORKER, "begntime": "2023-03-01 00:00:00"}).rows("refmedin")
    assert row["out_flag"] == "0"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"psn_no": "nobody"}, -121),
        ({"mdtrtarea_admdvs": "999999"}, -126),
        ({"refl_type": "1"}, -169),
        ({"refl_type": "3"}, -169),
        ({"enddate": "2023-08-31"}, -127),
    ],
)
def test_a_referral_that_does_not_fit_is_refused(bureau: Any, changes: dict[str, str], code: int) -> None:
    b = signed_in(bureau())
    assert b.ask("2501", refmedin={**REFERRAL, "begndate": "2023-03-01", **changes}).infcode == code
    assert b.desk.book.of(WORKER) == ()


@pytest.mark.parametrize(("day", "code"), [(D(2019, 11, 29), -165), (D(2019, 11, 30), 0)])
def test_hospitals_file_from_the_end_of_november_2019(bureau: Any, day: dt.date, code: int) -> None:
    b = signed_in(bureau("jilin-2019", day))
    assert b.ask("2501", refmedin={**REFERRAL, "refl_date": day.isoformat()}).infcode == code


def test_in_an_area_that_has_not_opted_in_the_hospitals_filing_waits_like_any_other(bureau: Any) -> None:
    for opted, begin in ((False, D(2019, 12, 3)), (True, D(2019, 12, 2))):
        b = signed_in(bureau("jilin-2019", D(2019, 12, 2), channels__at_once=opted))
        reply = b.ask("2501", refmedin={**REFERRAL, "refl_date": "2019-12-02"})
        made = b.desk.book.latest(reply.block("result")["trt_dcla_detl_sn"])
        assert made.begin == begin
        assert (made.effective_at == made.filed_at) is opted


def test_a_hospital_withdraws_and_asks_for_referrals_only_of_people_insured_here(bureau: Any, referred: Any) -> None:
    b = signed_in(bureau())
    by_window = b.made(File(WORKER, "referral", "320100", referral=referred))
    for data in ({"trt_dcla_detl_sn": "BA0"}, {"trt_dcla_detl_sn": by_window.sn, "psn_no": WORKER}):
        assert b.ask("2502", data=data).infcode == -124
    sn = b.ask("2501", refmedin={**REFERRAL, "mdtrtarea_admdvs": "320599"}).block("result")["trt_dcla_detl_sn"]
    assert b.ask("2502", data={"trt_dcla_detl_sn": sn, "psn_no": RESIDENT}).infcode == -124
    assert b.ask("5304", data={"psn_no": "nobody", "begntime": "2023-03-01 00:00:00"}).infcode == -121
    late = b.ask("5304", data={"psn_no": WORKER, "begntime": "2023-03-02 00:00:00", "endtime": ""})
    assert late.rows("refmedin") == ()
    rows = b.ask("5304", data={"psn_no": WORKER, "begntime": "2023-03-01 00:00:00"}).rows("refmedin")
    assert [row["reflin_medins_name"] for row in rows] == ["南京", "H32019900001医院"]


# -- replay -----------------------------------------------------------------------------------------------------------


def test_the_recorded_facts_give_the_same_state_again(bureau: Any, picture_of: Any) -> None:
    b = signed_in(bureau())
    made = b.made(WORK._replace(proofs=1))
    b.ask("2501", refmedin={**REFERRAL, "mdtrtarea_admdvs": "320599"})
    b.declined(WORK)
    b.made(ChangeFiling(made.sn, "long_term_residence", "220000", proofs=1))
    b.play.insured.fold(gone := Left(WORKER, D(2023, 3, 1), "died"))
    b.play.relay.facts.append(("320300", gone))
    b.act(CheckFilings(D(2023, 3, 1)))
    b.act(ClearInvalid(D(2023, 3, 1)))
    assert b.replayed(picture_of) == b.known(picture_of)
    assert b.known(picture_of)["320300"]["book"]["left"]
