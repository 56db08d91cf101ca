"""What else is known of a person when a bill is reviewed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.audit.case import TESTS, Charge, Entry, Visit
from simulator.core.audit.dossiers import Dossier
from simulator.core.audit.history import History, episode_of, kind_of
from simulator.core.benefit.settlement import DIRECT, Settlement
from simulator.core.benefit.shares import Shares
from simulator.core.platform.message import Key, Message, reply_to, request
from simulator.core.visits.care import CARE_OF, KIND_OF_CARE

NO_SHARES = Shares(*(0 for _ in Shares._fields))
NANJING, HEAD = "320100", {"mdtrtarea_admvs": "320199", "insuplc_admdvs": "320399"}


def bill(setl_id: str, visit: str, day: int, *, city: str = NANJING, hospital: str = "H32019900001") -> Settlement:
    end = dt.date(2016, 9, day)
    shares = NO_SHARES._replace(medfee_sumamt=1000, inscp_scp_amt=900, act_pay_dedc=500)
    areas = ("320199", "320399", city, "320300")
    at = dt.datetime(2016, 9, day, 12, 0)
    return Settlement(
        setl_id, "", False, DIRECT, visit, "P1", "310", hospital, *areas, end - dt.timedelta(days=3), end, at, "m",
        shares, None,
    )  # fmt: skip


@pytest.fixture
def history(registry: Any) -> History:
    return History(NANJING, registry, lambda code, day, level: Entry("01", None, day, None), lambda row: None)


def admit(history: History, visit: str, *, area: str = "320199") -> None:
    info = {"psn_no": "P1", "begntime": "2016-09-01 09:00:00", "dscg_maindiag_code": "I10"}
    head = {**HEAD, "mdtrtarea_admvs": area}
    asked = request("2401", Key("H32019900001", visit), head, {"mdtrtinfo": info, "diseinfo": []})
    take(history, asked, result={"mdtrt_id": visit})


def take(history: History, asked: Message, **replied: Any) -> None:
    history.take(asked, reply_to(asked, {}, replied))


def test_others_are_earlier_bills_and_stays_going_on(history: History) -> None:
    now = bill("S2", "V2", 20)
    for row in (bill("S1", "V1", 10), now, bill("S3", "V3", 25), bill("S4", "V2", 15)):
        history.settle(row)
    for visit in ("V2", "V9"):
        admit(history, visit)
    seen = [(each.visit.mdtrt_id, each.setl_id) for each in history.case(now).others]
    assert seen == [("V1", "S1"), ("V9", "")]  # not the later one, nor another part of the same visit


def test_visits_of_other_cities_are_not_read(history: History) -> None:
    admit(history, "V1", area="320399")
    assert history.dossiers.find("V1") is None


def test_a_visit_at_a_hospital_of_nowhere_near_has_no_level(history: History) -> None:
    history.settle(bill("S1", "V1", 10, city="320500", hospital="H9"))
    here = bill("S2", "V2", 20)
    history.settle(here)
    (other,) = history.case(here).others
    assert (other.visit.level, other.visit.city, other.visit.hospital) == ("", "320500", "H9")
    assert (other.deductible, other.in_scope, other.codes) == (500, 900, frozenset())


def test_a_cancelled_bill_is_no_other(history: History) -> None:
    here = bill("S2", "V2", 20)
    for row in (bill("S1", "V1", 10), bill("S0", "V0", 9, city="320500"), here):
        history.settle(row)
    history.cancel("S1")
    history.cancel("S0")
    history.cancel("never heard of")
    assert history.case(here).others == ()


def test_a_bill_in_force_again_keeps_its_lines_and_funds_where_its_messages_were_seen(history: History) -> None:
    history.settle(bill("S1", "V1", 10)._replace(setl_id="S1R2", init_setl_id="S1"))
    assert history.funds(history.bills["S1R2"]) == ()
    admit(history, "V2")
    history.settle(bill("S2R2", "V2", 12)._replace(init_setl_id="S2"))
    dossier = history.dossiers.find("V2")
    assert isinstance(dossier, Dossier)
    assert dossier.bills == {"S2R2": ()}


def test_what_is_forgotten_stays_as_an_episode_for_a_year(history: History) -> None:
    for row in (bill("S1", "V1", 10), bill("S2", "V2", 12, city="320500")):
        history.settle(row)
        history.forget(row.setl_id, dt.date(2016, 10, int(row.setl_id[1:])))
    assert (history.bills, history.elsewhere) == ({}, {})
    later = bill("S3", "V3", 20)

    def remembered(today: dt.date) -> list[str]:
        history.forget_episodes(today)
        return [each.setl_id for each in history.case(later).others]

    assert remembered(dt.date(2017, 10, 2)) == ["S1", "S2"]
    assert remembered(dt.date(2017, 10, 3)) == ["S2"]
    assert remembered(dt.date(2017, 10, 4)) == []
    assert (history._past, history._kept) == ({}, [])


def test_the_papers_of_a_visit_stay_while_a_part_of_it_is_open(history: History) -> None:
    admit(history, "V1")
    for row in (bill("S1", "V1", 10), bill("S2", "V1", 12)):
        history.settle(row)
    history.forget("S1", dt.date(2016, 10, 1))
    assert history.dossiers.find("V1") is not None
    history.forget("S2", dt.date(2016, 10, 1))
    assert history.dossiers.find("V1") is None


def test_an_episode_has_the_tests_that_were_made_and_not_given_back() -> None:
    at = dt.datetime(2016, 9, 9, 9, 0)
    kind = min(TESTS)

    def charge(sn: str, code: str, **changes: Any) -> Charge:
        return Charge(sn, code, kind, 1, 10_000, 1, 1, 1, at, None)._replace(**changes)

    charges = (
        charge("1", "ct"), charge("2", "mri"), charge("3", "mri", quantity=-10_000, refund_of="2"),
        charge("4", "drug", kind="09"),
    )  # fmt: skip
    visit = Visit("V1", "inpatient", "H", NANJING, "tertiary", at, at)
    episode = episode_of(bill("S1", "V1", 10), visit, charges)
    assert episode.tests == (("ct", at.date()),)
    assert episode.codes == {"ct", "mri", "drug"}


def test_the_kind_of_care_is_the_one_its_visit_is_settled_as() -> None:
    assert all(kind_of(code) == KIND_OF_CARE[care] for code, care in CARE_OF.items())
    assert [kind_of(code) for code in ("2102", "52", "71", "51", "14", "41", "9904", "no code")] == [
        "inpatient", "inpatient", "inpatient", "outpatient", "outpatient", "pharmacy", "pharmacy", "outpatient",
    ]  # fmt: skip


def test_a_bill_whose_messages_were_not_seen_has_the_kind_of_its_row(history: History) -> None:
    row = bill("S1", "V1", 10)._replace(med_type="11")
    assert (history.case(row).visit.kind, history.case(row).visit.med_type) == ("outpatient", "11")
