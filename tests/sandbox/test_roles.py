"""What one process plays, who may call it, and what its journal is bound to."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from pathlib import Path
from typing import Any

import certifi
import pytest

import schemas
from simulator.core.network.city import City
from simulator.core.network.hospital import Desk
from simulator.core.network.hospital_system import HospitalSystem
from simulator.core.network.province import Province
from simulator.core.platform.message import Key, request
from simulator.inputs.errors import InputError
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.wire import Wire
from simulator.outputs.console import UsageError
from simulator.sandbox.clock import Clock
from simulator.sandbox.journal import Unfit
from simulator.sandbox.parties import CITY, HOSPITAL, Directory, province_party, told_party
from simulator.sandbox.peers import Wanted, placed
from simulator.sandbox.people import find_person
from simulator.sandbox.population import psn_no_of
from simulator.sandbox.roles import EVERYTHING, Role, Waits, chosen, read_waits, role_of
from simulator.sandbox.sandbox import Sandbox
from tests.sandbox.control_client import START, Client, ground, play

NATIONAL = ground().network.national
TODAY = START.date()
FIRST = "H32019900001"  # the first hospital of 南京


def around(*, rows: str = "", folder: Path | None = None, **wanted: Any) -> Any:
    """Who is around a process, with a file of parties where there are ``rows``."""
    if rows:
        assert folder is not None
        (folder / "parties.toml").write_text(rows, encoding="utf-8")
        wanted["parties"] = str(folder / "parties.toml")
    return placed(Wanted(**wanted), ground(), "1", TODAY)


# -- roles --------------------------------------------------------------------------------------------------------


def test_a_province_plays_everything_but_the_cities_that_are_elsewhere() -> None:
    whole = EVERYTHING.nodes(ground(), TODAY)
    nodes = Role(away=("320300",)).nodes(ground(), TODAY)
    assert whole.keys() - nodes.keys() == {"320300", "C32030000001"}
    assert isinstance(nodes["320000"], Province)


def test_a_province_whose_ministry_is_elsewhere_plays_nothing_beyond_it() -> None:
    found = around(cities=("320300=http://a:1",), upstream="http://m:1")
    whole = EVERYTHING.nodes(ground(), TODAY)
    gone = {"320300", "C32030000001", "100000", "C10000000001", "990000", "C99000000001", "990100", "C99010000001"}
    assert whole.keys() - found.role.nodes(ground(), TODAY).keys() == gone
    assert [(peer.code, peer.url) for peer in found.peers] == [("320300", "http://a:1"), ("100000", "http://m:1")]
    callers = {(each.role, each.code) for each in found.parties if each.role != HOSPITAL}
    assert ("province", "100000") in callers
    assert ("city", "990100") not in callers
    assert not any(each.code.startswith("H99") for each in found.parties)


def test_the_ministry_speaks_for_other_provinces_alone() -> None:
    found = around(upstream="http://m:1")
    directory = Directory(found.parties, NATIONAL, found.role.below(ground().network))
    ministry = next(each for each in found.parties if each.code == "100000")
    assert directory.platform_of(ministry) == "320000"

    def asked(treatment: str, insured: str) -> Any:
        head = {"mdtrtarea_admvs": treatment, "insuplc_admdvs": insured}
        return request("1101", Key(FIRST, "m"), head, {})

    assert directory.oversteps(ministry, asked("990199", "320399")) == ""
    assert directory.oversteps(ministry, asked("320199", "320399")) == "320199"


def test_a_file_may_say_where_the_ministry_is(tmp_path: Path) -> None:
    rows = '[[party]]\nrole="province"\ncode="100000"\nurl="http://m:1"\nkey_id="ministry"'
    found = around(rows=rows, folder=tmp_path)
    assert [(peer.code, peer.url) for peer in found.peers] == [("100000", "http://m:1")]
    assert next(each for each in found.parties if each.code == "100000").key_id == "ministry"


def test_a_city_plays_itself_and_its_finance() -> None:
    nodes = Role(CITY, "320300").nodes(ground(), TODAY)
    assert set(nodes) == {"320300", "C32030000001"}
    assert isinstance(nodes["320300"], City)


def test_a_hospital_plays_itself() -> None:
    (node,) = Role(HOSPITAL, FIRST).nodes(ground(), TODAY).values()
    assert isinstance(node, HospitalSystem)
    assert node.city == "320100"


def test_waits_stand_instead_of_those_of_the_pack() -> None:
    waits = Waits(3, 2, 1)
    nodes = Role(waits=waits).nodes(ground(), TODAY)
    seconds = {code: nodes[code]._wait.total_seconds() for code in ("320100", "C32010000001", "320000", "100000")}
    assert seconds == {"320100": 2, "C32010000001": 2, "320000": 1, "100000": 1}
    (hospital,) = Role(HOSPITAL, FIRST, waits=waits).nodes(ground(), TODAY).values()
    assert hospital._wait.total_seconds() == 3


@pytest.mark.parametrize(
    "role",
    [
        EVERYTHING,
        Role(away=("320100", "320300")),
        Role(away=("100000", "320300", "990000", "990100")),
        Role(CITY, "320300", waits=Waits(1.2, 1, 0.8)),
        Role(HOSPITAL, FIRST),
    ],
)
def test_a_role_is_read_back_as_it_was_said(role: Role) -> None:
    assert role_of(role.said()) == role


def test_a_journal_that_says_no_role_is_of_a_process_that_played_everything() -> None:
    assert role_of({}) == EVERYTHING


def test_options_choose_a_role() -> None:
    def choose(name: str, admdvs: str = "", fixmedins: str = "") -> Role:
        return chosen(name, NATIONAL, TODAY, admdvs=admdvs, fixmedins=fixmedins)

    assert choose("province") == EVERYTHING
    assert choose("city", "320300") == Role(CITY, "320300")
    assert choose("hospital", "320100").code == choose("hospital", "320199").code == FIRST
    assert choose("hospital", fixmedins="H32039900001").code == "H32039900001"
    for wrong in (
        ("ministry",),
        ("city",),
        ("city", "320199"),
        ("city", "320300", FIRST),
        ("province", "320000"),
        ("hospital",),
        ("hospital", "999999"),
        ("hospital", "", "H0"),
    ):
        with pytest.raises(UsageError):
            choose(*wrong)


@pytest.mark.parametrize("text", ["60", "60,50", "60,50,50", "a,b,c", "40,50,60", "60,50,0", "60,50,nan", "9999,2,1"])
def test_waits_must_shrink_inward(text: str) -> None:
    with pytest.raises(UsageError):
        read_waits(text)


def test_waits_are_seconds() -> None:
    assert read_waits("") is None
    assert read_waits("1.2,1,0.8") == Waits(1.2, 1.0, 0.8)


# -- who is around ------------------------------------------------------------------------------------------------


def test_without_a_file_everybody_knows_everybody_by_the_seed() -> None:
    province = around(cities=("320300=http://a:1",))
    city = around(role="city", admdvs="320300", upstream="http://b:2")
    hospital = around(role="hospital", admdvs="320300", upstream="http://c:3")
    assert city.own in province.parties
    assert province.own in city.parties
    assert hospital.own in city.parties
    assert hospital.own not in province.parties  # it calls its city, not the province
    assert [(peer.code, peer.url, peer.sign) for peer in province.peers] == [("320300", "http://a:1", province.own)]
    assert [(peer.code, peer.url) for peer in city.peers] == [("320000", "http://b:2")]
    assert [(peer.code, peer.url) for peer in hospital.peers] == [("320300", "http://c:3")]
    assert hospital.parties == ()
    assert province.role.away == ("320300",)


def test_what_is_told_when_ready_is_what_the_others_need() -> None:
    told = around(role="city", admdvs="320300", upstream="http://b:2").told()
    assert told["role"] == "city"
    assert told["own"]["key_id"] == "C320300"
    assert told["calls"] == [{"code": "320000", "url": "http://b:2"}]


_FILE = """
[[party]]
role = "province"
code = "320000"
url = "http://p:1"

[[party]]
role = "city"
code = "320300"
url = "https://c:2/base"
ca = "CERTIFICATES"
scheme = "api-hmac"
key_id = "xuzhou"
secret_env = "XUZHOU"
sign = { scheme = "x-tif", key_id = "given-to-us", secret = "their secret" }
""".replace("CERTIFICATES", certifi.where())


def test_one_file_serves_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUZHOU", "out of the environment")
    province = around(rows=_FILE, folder=tmp_path)
    (peer,) = province.peers
    assert (peer.code, peer.url, peer.ca) == ("320300", "https://c:2/base", certifi.where())
    assert (peer.sign.key_id, peer.sign.secret) == ("given-to-us", "their secret")
    caller = next(each for each in province.parties if each.code == "320300")
    assert (caller.scheme, caller.key_id, caller.secret) == ("api-hmac", "xuzhou", "out of the environment")
    city = around(rows=_FILE, folder=tmp_path, role="city", admdvs="320300")
    assert [(each.url, each.sign) for each in city.peers] == [("http://p:1", caller)]
    assert (
        around(rows=_FILE, folder=tmp_path, role="city", admdvs="320300", upstream="http://q").peers[0].url
        == "http://q"
    )


def test_certificates_that_cannot_be_read_are_refused_before_anything_is_opened(tmp_path: Path) -> None:
    rows = f'[[party]]\nrole="city"\ncode="320300"\nurl="https://c"\nca="{tmp_path}/none.pem"'
    with pytest.raises(UsageError, match=r"none\.pem"):
        around(rows=rows, folder=tmp_path)


def test_a_system_may_be_called_without_a_signature(tmp_path: Path) -> None:
    rows = '[[party]]\nrole="city"\ncode="320300"\nurl="http://c"\nsign={scheme="none"}'
    (peer,) = around(rows=rows, folder=tmp_path).peers
    assert (peer.sign.scheme, peer.sign.secret) == ("none", "")


def test_a_city_without_an_address_only_calls() -> None:
    found = around(cities=("320300",))
    links = found.links(ground(), Clock(START), "strict", None)
    assert type(links["320300"]).__name__ == "NotSent"


@pytest.mark.parametrize(
    "wanted",
    [
        {"role": "city", "admdvs": "320300"},
        {"role": "city", "admdvs": "320300", "upstream": "ftp://a"},
        {"role": "city", "admdvs": "320300", "upstream": "http://"},
        {"role": "city", "admdvs": "320300", "upstream": "http://a?b"},
        {"role": "city", "admdvs": "320300", "upstream": "http://a:b"},
        {"role": "city", "admdvs": "320300", "upstream": "http://a", "cities": ("320100=http://b",)},
        {"upstream": "ftp://a"},
        {"cities": ("999999=http://a",)},
        {"cities": ("320300=nowhere",)},
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(wanted: Any) -> None:
    with pytest.raises(UsageError):
        around(**wanted)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("party = 1", "party"),
        ('[[party]]\nrole="ministry"\ncode="320300"', "role"),
        ('[[party]]\nrole="city"\ncode="320300"\nport=1', "port"),
        ('[[party]]\nrole="city"\ncode="320300"\n[[party]]\nrole="city"\ncode="320300"', "repeats 320300"),
        ('[[party]]\nrole="city"\ncode="320300"\nsecret_env="NOT_THERE_AT_ALL"', "NOT_THERE_AT_ALL"),
        ('[[party]]\nrole="city"\ncode="320300"\nsecret="a"\nsecret_env="B"', "party[1]"),
    ],
)
def test_a_file_of_parties_that_is_wrong_is_refused_where_it_is_wrong(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(InputError) as found:
        around(rows=rows, folder=tmp_path)
    assert said in str(found.value)


def test_a_row_about_nobody_is_refused_and_a_key_that_two_would_share(tmp_path: Path) -> None:
    def refused(rows: str) -> UsageError:
        with pytest.raises(UsageError) as found:
            around(rows=rows, folder=tmp_path)
        return found.value

    for role, code, zh in (
        ("hospital", "H99999900001", "医院"),
        ("city", "329900", "地市"),
        ("province", "330099", "省"),
    ):
        wrong = refused(f'[[party]]\nrole="{role}"\ncode="{code}"')
        assert f"{role} {code}, which is not there" in str(wrong)
        assert f"{zh}{code}不存在" in wrong.zh
    twice = refused(f'[[party]]\nrole="city"\ncode="320300"\nkey_id="{FIRST}"\nsecret="s"')
    assert str(twice) == f"{FIRST} and 320300 both have key_id {FIRST}: give each its own in --parties."
    assert FIRST in twice.zh


def test_a_file_of_keys_alone_puts_nobody_elsewhere(tmp_path: Path) -> None:
    """Gateway keys and addresses stand in the same file, and neither needs the other."""
    rows = f"""
[[party]]
role = "hospital"
code = "{FIRST}"
key_id = "our-hospital"
secret = "its secret"

[[party]]
role = "city"
code = "320300"
scheme = "api-hmac"
key_id = "xuzhou"
secret = "another"
"""
    found = around(rows=rows, folder=tmp_path)
    assert (found.role, found.peers) == (EVERYTHING, ())
    keys = {each.code: (each.scheme, each.key_id, each.secret) for each in found.parties}
    assert keys[FIRST] == ("x-tif", "our-hospital", "its secret")
    assert keys["320300"] == ("api-hmac", "xuzhou", "another")
    assert keys["320100"][1] == "C320100"  # who is not in it keeps the key of the seed
    told = {each.code: told_party(each)["secret"] for each in found.parties}
    assert (told[FIRST], told["320300"]) == ("", "")  # whoever gave it knows it
    assert told["320100"] == keys["320100"][2]
    assert FIRST not in {each.key_id for each in found.parties}


# -- what a caller may say ----------------------------------------------------------------------------------------


def test_a_province_calls_the_city_and_may_not_speak_for_its_hospitals() -> None:
    party = province_party("320000", "江苏省", "1")
    directory = Directory([party], NATIONAL, "320300")
    assert directory.platform_of(party) == "320300"

    def said(area: str, infno: str = "1101") -> str:
        head = {"mdtrtarea_admvs": area, "insuplc_admdvs": "320399", "sender_admdvs": "320300"}
        return directory.oversteps(party, request(infno, Key("H1", "1"), head, {}))

    assert said("320199") == ""
    assert said("320399") == "320399"
    assert said("320399", "R103") == ""


def test_a_city_that_is_played_too_gets_its_answer_all_the_same(tmp_path: Path) -> None:
    async def story(client: Client) -> Any:
        party = client.sandbox.directory.find("C320300")
        assert party is not None
        desk = Desk(NATIONAL.institutions["H32039900001"], "320300")
        person = find_person(client.sandbox.engine.host.nodes, psn_no_of("320199", 1))
        assert person is not None
        asked = desk.person_info(START, person[1]).with_head(sender_admdvs="320300")
        headers = SCHEMES[party.scheme].headers(party.key_id, party.secret, "1101", time.time(), "0" * 32)
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        return await client.call("/1101", Wire(schemas.load()).encode(asked), sent)

    told = play(tmp_path, story)
    assert told.json["infcode"] == 0


# -- a journal ----------------------------------------------------------------------------------------------------


def make(db: Path, role: Role) -> Sandbox:
    return Sandbox(ground(), db, clock=Clock(dt.datetime(2024, 5, 6, 9)), failed=print, role=role)


@pytest.mark.parametrize(
    "other", [EVERYTHING, Role(CITY, "320300"), Role(CITY, "320100", waits=Waits(3, 2, 1)), Role(HOSPITAL, FIRST)]
)
def test_a_journal_is_bound_to_its_role(tmp_path: Path, other: Role) -> None:
    db = tmp_path / "yidi.db"

    async def whole() -> None:
        made = make(db, Role(CITY, "320100"))
        await made.start()
        assert set(made.engine.host.nodes) == {"320100", "C32010000001"}
        await made.stop()
        with pytest.raises(Unfit, match=r"the journal was made with (role city 320100|waits)"):
            make(db, other)

    asyncio.run(whole())
