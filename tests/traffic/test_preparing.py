"""Preparations: bodies by the interface, cut at their holes, the same for the same take and others for another."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import schemas
from simulator.inputs.errors import InputError
from simulator.inputs.hooks import HookFailed
from simulator.inputs.scenarios import load_scenario
from simulator.traffic.asking import Unanswered
from simulator.traffic.calls import Script
from simulator.traffic.compiling import compile_schedule
from simulator.traffic.judging import judge
from simulator.traffic.player import play
from simulator.traffic.preparing import Prepared, prepare
from simulator.traffic.resolving import KEEPS
from simulator.traffic.schedule import Schedule
from simulator.traffic.target import Target, at_url, of_file
from simulator.traffic.totals import reconcile
from tests.traffic.serving import today

MIXED = """
extends = "jiangsu-2016"
id = "mixed"
zh = "混合"
en = "all kinds of care"
start = 2024-05-06
end = 2024-06-30
target = []
pack = "jiangsu-2023"
catalogue = "jiangsu-2023"

[traffic]
cancelled_share = { value = 0.3, unit = "share", assumption = "A-MIX", zh = "撤销", en = "cancelled" }

[traffic.care_mix]
value = { inpatient = 0.25, outpatient = 0.25, chronic = 0.25, pharmacy = 0.25 }
unit = "mix"
assumption = "A-MIX"
zh = "构成"
en = "mix"

[people]
rare_name_share = { value = 0.3, unit = "share", assumption = "A-MIX", zh = "生僻字", en = "rare characters" }

[assumptions.A-MIX]
zh = "试验。"
en = "A trial."
source = "this test"
confidence = "D"
"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Schedule:
    path = tmp_path_factory.mktemp("scenario") / "mixed.toml"
    path.write_text(MIXED, encoding="utf-8")
    return compile_schedule(load_scenario(path), rate=40, seconds=1, compress=1000)


@pytest.fixture(scope="module")
def prepared(province: Target, mixed: Schedule) -> Prepared:
    return prepare(mixed, province, day=today())


def bodies(scripts: tuple[Script, ...]) -> list[tuple[tuple[bytes, ...], tuple[str, ...]]]:
    return [(call.parts, call.holes) for script in scripts for call in script.calls]


def test_every_body_is_as_the_interface_says(prepared: Prepared) -> None:
    registry = schemas.load()
    known = {"mdtrt_id": b"M1", "setl_id": b"S1"}
    for script in prepared.scripts:
        for call in script.calls:
            found = registry.check_text(call.infno, "request", call.body(known | script.known))
            assert not found, found[0].en
    assert any(ord(each) > 0xFFFF for script in prepared.scripts for each in script.calls[0].parts[1].decode())


def test_every_kind_of_care_is_played_judged_and_reconciled(prepared: Prepared) -> None:
    infnos = {call.infno for script in prepared.scripts for call in script.calls}
    assert infnos == {
        *("1101", "2401", "2301", "2402", "2303", "2304", "2305"),
        *("2201", "2203", "2204", "2206", "2207", "2208", "2101", "2102", "2103"),
    }
    measured = play(
        prepared.scripts,
        prepared.address,
        prepared.parties,
        seconds=1,
        connections=16,
        wait_seconds=10,
        keeps=KEEPS,
    )
    assert measured.visits_finished == len(prepared.scripts), measured.ends
    assert judge(prepared, measured.samples) == []
    found = reconcile(prepared, measured)
    assert found.agrees, found.findings
    assert {side.clr_type for side in found.sides} == {"21", "11", "14", "41"}


def test_a_take_is_the_same_to_the_byte_and_another_has_others(
    province: Target, mixed: Schedule, prepared: Prepared
) -> None:
    again = prepare(mixed, province, day=prepared.take.day)
    assert bodies(again.scripts) == bodies(prepared.scripts)
    other = prepare(mixed, province, day=prepared.take.day, take=2)
    ours, theirs = ({body for body, _ in bodies(each.scripts)} for each in (prepared, other))
    assert not ours & theirs
    numbers = [
        {prepared.traveller(n).person.psn_no for n in range(20)},
        {other.traveller(n).person.psn_no for n in range(20)},
    ]
    assert not numbers[0] & numbers[1]


def test_a_schedule_that_does_not_fit_the_target_is_refused(mixed: Schedule) -> None:
    city = at_url("http://127.0.0.1:1")._replace(role="city", code="320300")
    with pytest.raises(InputError, match="outside 320300"):
        prepare(mixed, city)
    older = at_url("http://127.0.0.1:1", pack="jiangsu-2016")
    with pytest.raises(InputError, match="does not open"):
        prepare(mixed, older, day=dt.date(2017, 2, 3))
    with pytest.raises(InputError, match="not in force"):
        prepare(mixed, at_url("http://127.0.0.1:1"), day=dt.date(2017, 2, 3))
    knowing_nobody = at_url("http://127.0.0.1:1")._replace(by_hand=False)
    with pytest.raises(InputError, match="load_people"):
        prepare(mixed, knowing_nobody)
    with pytest.raises(Unanswered):
        prepare(mixed, at_url("http://127.0.0.1:1"))


def test_a_hook_that_fails_is_the_environments_fault(mixed: Schedule, province: Target) -> None:
    def fails(said: object) -> dict[str, object]:
        raise HookFailed("hook load_people: no")

    with pytest.raises(HookFailed):
        prepare(mixed, province._replace(hooks={**province.hooks, "load_people": fails}))


def test_a_target_by_its_configuration(tmp_path: Path) -> None:
    file = tmp_path / "conformance.toml"
    text = """
subject = { name = "city", role = "ROLE", code = "CODE" }
target = { url = "http://127.0.0.1:8080/a", seconds = 4 }
keys = { seed = "7", parties = "parties.toml" }
rules = { pack = "jiangsu-2023" }
hooks = { load_people = "http://127.0.0.1:8081/p", load_filings = ["./filings"] }
"""
    (tmp_path / "parties.toml").write_text(
        '[[party]]\nrole = "hospital"\ncode = "H32039900001"\nscheme = "api-hmac"\nkey_id = "K"\nsecret = "S"\n'
    )
    file.write_text(text.replace("ROLE", "city").replace("CODE", "320300"))
    found = of_file(str(file))
    assert (found.city, found.above, found.address.path("2304"), found.seconds) == ("320300", "320000", "/a/2304", 4)
    assert found.credentials("H32039900001") == ("api-hmac", "K", "S")
    derived = found.credentials("H32039900002")
    assert (derived.scheme, derived.key_id, len(derived.secret)) == ("x-tif", "H32039900002", 40)
    assert set(found.hooks) == {"load_people", "load_filings"}
    for role, code, said in (("hospital", "H32039900001", "called by nobody"), ("city", "320301", "no city")):
        file.write_text(text.replace("ROLE", role).replace("CODE", code))
        with pytest.raises(InputError, match=said):
            of_file(str(file))
