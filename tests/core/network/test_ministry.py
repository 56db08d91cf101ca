"""Two provinces and the ministry between them: the same platforms, one tier more."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.catalogue.items import Catalogue
from simulator.core.clearing.sheet import balance_sheet
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import LONG_TERM_WORK
from simulator.core.network.city import City
from simulator.core.network.hospital import Desk
from simulator.core.network.ministry import Ministry
from simulator.core.network.province import Province
from simulator.core.platform.message import Key, request
from simulator.core.values.areas import TERTIARY, Area, Institution, Registry
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled

NANJING, XUZHOU, CHANGCHUN = "320100", "320300", "220100"
JIANGSU, JILIN, MINISTRY = "320000", "220000", "100000"
START = dt.date(2016, 1, 1)
TIERS = {NANJING: 1, XUZHOU: 1, CHANGCHUN: 1, JIANGSU: 2, JILIN: 2, MINISTRY: 3}


def registry() -> Registry:
    areas = {"320199": NANJING, "320399": XUZHOU, "220199": CHANGCHUN}
    hospitals = {"H32019900001": "320199", "H22019900001": "220199"}
    return Registry(
        {NANJING: ("南京", "Nanjing"), XUZHOU: ("徐州", "Xuzhou"), CHANGCHUN: ("长春", "Changchun")},
        {code: Area(code, code, code, city, START) for code, city in areas.items()},
        {code: Institution(code, f"{code}医院", area, TERTIARY, START) for code, area in hospitals.items()},
        {NANJING: JIANGSU, XUZHOU: JIANGSU, CHANGCHUN: JILIN},
    )


@pytest.fixture
def make_country(kit: Any) -> Any:
    """Make a play of two provinces: a person insured in 徐州 and one in 长春, filed where the test says."""

    def make(filed_for: str = CHANGCHUN, library: Catalogue | None = None) -> Any:
        waits = {"process__wait_seconds__ministry": 35, "process__wait_seconds__province_inward": 30}
        pack, known = kit.pack(**waits), registry()
        common = {"registry": known, "pack": pack, "calendar": kit.calendar, "today": START}
        libraries = {JIANGSU: library or kit.catalogue(), JILIN: kit.catalogue()}
        nodes: dict[str, Any] = {
            code: City(code, catalogue=libraries[province], province=province, **common)
            for code, province in known.provinces.items()
        }
        nodes |= {code: Province(code, ministry=MINISTRY, **common) for code in (JIANGSU, JILIN)}
        nodes[MINISTRY] = Ministry(MINISTRY, **common)
        people = {
            "from_xuzhou": Person("P1", "CERT1", "甲", "1", START, "310", "11", "320399", 10_000),
            "from_changchun": Person("P2", "CERT2", "乙", "2", START, "310", "11", "220199", 0),
        }
        facts: list[tuple[str, Any]] = []
        for person, target in zip(people.values(), (filed_for, NANJING), strict=True):
            home = known.city_of(person.insured_area) or ""
            filed = Filed(Filing(person.psn_no, LONG_TERM_WORK, person.insured_area, target, START, None))
            facts.append((home, Enrolled(person)))
            facts += [(code, filed) for code in (home, JIANGSU, JILIN)]
        for code, fact in facts:
            nodes[code].fold(fact)
        desks = {code: Desk(each, known.city_of(each.area) or "") for code, each in known.institutions.items()}
        return kit.Play(kit.Network(nodes, desks, people, libraries[JILIN], known, pack), facts)

    return make


def test_a_stay_in_another_province_settles_over_the_ministry(make_country: Any) -> None:
    play = make_country()
    stay = play.stay("from_xuzhou", "H22019900001").settled()
    hops = [(start, end) for start, end, message in play.relay.hops if message.key == stay.sent["2304"].key]
    assert hops[:5] == [
        ("H22019900001", CHANGCHUN),
        (CHANGCHUN, JILIN),
        (JILIN, MINISTRY),
        (MINISTRY, JIANGSU),
        (JIANGSU, XUZHOU),
    ]
    assert inv.no_tier_skipped(hops, {**TIERS, "H22019900001": 0})


def test_all_five_platforms_hold_the_same_day_and_month(make_country: Any) -> None:
    play = make_country()
    play.stay("from_xuzhou", "H22019900001").settled()
    play.stay("from_changchun", "H32019900001").settled()
    nodes = play.net.nodes
    day = play.now.date().isoformat()
    for treatment, insured in ((CHANGCHUN, XUZHOU), (NANJING, CHANGCHUN)):
        sides = [nodes[treatment].daily["treatment"], nodes[insured].daily["insured"]]
        sides += [nodes[code].daily for code in (JIANGSU, JILIN, MINISTRY)]
        assert inv.three_sides_agree([side.group((day, treatment, insured)) for side in sides])
        assert sides[0].group((day, treatment, insured)).rows == 1
        payable = nodes[insured].books.balance("payable", treatment)
        assert payable < 0
        assert inv.books_mirror(payable, nodes[treatment].books.balance("receivable", insured))
    sheet = balance_sheet(day[:7], nodes[MINISTRY].monthly.under(day[:7]), registry().cities)
    assert inv.sheet_is_zero(sheet)


def test_in_province_stays_never_reach_the_ministry(make_country: Any) -> None:
    play = make_country(filed_for=NANJING)
    play.stay("from_xuzhou", "H32019900001").settled()
    assert all(MINISTRY not in (start, end) for start, end, _ in play.relay.hops)


def test_what_is_between_other_provinces_does_not_go_back_to_the_ministry(make_country: Any) -> None:
    play = make_country()
    head = {"mdtrtarea_admvs": "220199", "insuplc_admdvs": "220199"}
    asked = request("1101", Key("H22019900001", "m1"), head, {"data": {}})
    before = len(play.relay.hops)
    told = play.relay.ask(play.now, JIANGSU, asked, by=MINISTRY)
    assert told.infcode == -103
    assert [hop[:2] for hop in play.relay.hops[before:]] == [
        (MINISTRY, JIANGSU),
        (JIANGSU, MINISTRY),
    ]  # asked, and refused


def test_a_cancellation_over_the_ministry_leaves_nothing(make_country: Any) -> None:
    play = make_country()
    stay = play.stay("from_xuzhou", "H22019900001").settled()
    assert stay.about("2305").succeeded
    nodes, month = play.net.nodes, f"{play.now:%Y-%m}"
    for code in (JIANGSU, JILIN, MINISTRY):
        assert nodes[code].monthly.under(month) == {}
    assert not any(nodes[XUZHOU].books.balances().values())
    assert not any(nodes[CHANGCHUN].books.balances().values())


def test_a_place_nobody_knows_is_refused_on_the_way(make_country: Any) -> None:
    play = make_country()
    asked = play.desk.person_info(play.tick(), play.net.people["from_xuzhou"])
    lost = asked.with_head(insuplc_admdvs="999999")
    assert play.relay.ask(play.now, MINISTRY, lost).infcode == -101


def test_a_bureau_message_to_a_place_nobody_knows_is_refused(make_country: Any) -> None:
    play = make_country()
    head = {"msgid": "X1", "sign_no": "", "mdtrtarea_admvs": JIANGSU, "recer_admvs": "999999"}
    reply = play.relay.ask(play.now, MINISTRY, request("B101", Key("P32000000000", "X1"), head, {"data": {}}))
    assert reply.infcode == -101
    assert "999999" in reply.head["err_msg"]


def test_time_outs_shrink_inward_along_the_longer_way(make_country: Any) -> None:
    play = make_country()
    nodes = play.net.nodes
    desk = play.net.desks["H22019900001"]
    asked = desk.person_info(play.tick(), play.net.people["from_xuzhou"])
    waits = [nodes[code].wait_for(asked).total_seconds() for code in (CHANGCHUN, JILIN, MINISTRY, JIANGSU)]
    assert waits == [50, 40, 35, 30]


@pytest.mark.parametrize("start", [CHANGCHUN, XUZHOU, JIANGSU])
def test_time_outs_shrink_inward_whichever_way_a_bureau_message_goes(make_country: Any, start: str) -> None:
    nodes = make_country().net.nodes
    way = {CHANGCHUN: (CHANGCHUN, JILIN, MINISTRY, JIANGSU), XUZHOU: (XUZHOU, JIANGSU, MINISTRY, JILIN)}
    head = {"mdtrtarea_admvs": CHANGCHUN, "insuplc_admdvs": XUZHOU, "sender_admdvs": start, "recer_admvs": XUZHOU}
    asked = request("C104", Key(f"C{start}00000", "X1"), head, {"data": {}})
    waits = [nodes[code].wait_for(asked).total_seconds() for code in way.get(start, (JIANGSU, MINISTRY, JILIN))]
    assert waits == [50, 40, 35, 30][-len(waits) :]
