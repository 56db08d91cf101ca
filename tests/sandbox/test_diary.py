"""A visit that was played, or half played, is found after a restart as it was, and can be gone on with."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
from typer.testing import CliRunner

from simulator.core.platform.message import Key
from simulator.sandbox.journal import PLAYED, Reader
from simulator.sandbox.journal_commands import app
from tests.sandbox.apart import Process
from tests.sandbox.control_client import START, Client, ground
from tests.sandbox.test_faults import NANJING, PROVINCE, XUZHOU
from tests.sandbox.test_held import ENDS, session, until_noted


async def all_of(client: Client) -> list[Any]:
    listed = (await client.get("/stays")).json["stays"]
    return [(await client.get(f"/stays/{each['stay']}")).json for each in listed]


@ENDS
def test_visits_are_found_as_they_were_and_new_ones_are_numbered_on(tmp_path: Path, end: str) -> None:
    async def before(client: Client) -> Any:
        await client.did("/stays", {})
        await client.did("/stays", {"person": 2, "care": "outpatient", "hospital": "320500"})
        await client.did("/stays", {"insured": "320100", "hospital": "320100", "care": "pharmacy"})
        await client.did("/stays/S2", {"until": "cancelled"})
        await client.did("/stays/S1", {"do": "reverse"})
        await client.did("/stays", {"person": 10, "until": "2301"})
        return await all_of(client), (await client.get("/stays/S1?format=text")).text

    async def after(client: Client) -> Any:
        assert (await client.get("/")).json["stays"] == 4
        assert (await client.get("/stays?limit=1")).json["stays"][0]["stay"] == "S4"
        found = await all_of(client), (await client.get("/stays/S1?format=text")).text
        assert (await client.did("/stays", {"person": 7}))["stay"] == "S5"
        assert (await client.get("/stays/S6")).status == 400
        return found

    then, now = session(tmp_path, end, before), session(tmp_path, end, after)
    assert [each["state"] for each in then[0]] == ["charged", "settled", "cancelled", "reversed"]
    assert now == then


@ENDS
def test_a_half_played_visit_is_gone_on_with(place: str, end: str) -> None:
    async def before(client: Client) -> None:
        await client.did("/stays", {"until": "2301"})

    async def on(client: Client) -> Any:
        return await client.did("/stays/S1", {"do": "next"})

    async def to_the_end(client: Client) -> Any:
        return await client.did("/stays/S1", {"until": "settled"})

    async def undone(client: Client) -> Any:
        told = await client.did("/stays/S1", {"do": "reverse"})
        day = await client.did("/reconciliation", {})
        return told["state"], day["level"]

    session(place, end, before)
    assert session(place, end, on)["state"] == "discharged"
    told = session(place, end, to_the_end)
    assert (told["state"], told["amounts"]["hifp_pay"]) == ("settled", "7015.27")
    assert [each["infno"] for each in told["steps"]].count("9001") == 3  # each process signs in anew
    assert session(place, end, undone) == ("reversed", True)


@ENDS
def test_what_was_asked_last_has_an_unknown_outcome_until_it_is_asked_again(tmp_path: Path, end: str) -> None:
    async def before(client: Client) -> Any:
        await client.did("/faults", {"do": "delay", "ms": 20_000, "from": XUZHOU, "to": PROVINCE, "infno": "2304"})
        playing = asyncio.create_task(client.did("/stays", {}))
        note = await until_noted(client)
        playing.cancel()
        return note

    async def after(client: Client) -> Any:
        found = (await client.get("/stays/S1")).json
        await client.did("/clock", {"seconds": 21})
        return found, await client.did("/stays/S1", {"do": "again"})

    note = session(tmp_path, end, before)
    found, told = session(tmp_path, end, after)
    assert (found["state"], found["refused"]["infno"]) == ("unknown", "2304")
    last = found["steps"][-1]
    assert (last["request"]["msgid"], last["status"], last["reply"]) == (note["msgid"], 0, None)
    assert (told["state"], told["amounts"]["hifp_pay"]) == ("settled", "7015.27")


def test_a_request_has_its_note_before_it_on_disk(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        visit = await client.did("/stays", {})
        store = client.sandbox.store
        notes = store.about(Key(PLAYED, "S1"), PROVINCE)
        asked = {what[2].key: entry.seq for entry in notes if (what := Reader(store).what(entry))[1] == "asked"}
        assert len(asked) == len([each for each in visit["steps"] if each["infno"] != "9001"])
        for key, seq in asked.items():
            assert store.about(key, NANJING)[0].seq > seq
        rows = [row for row in (await client.get("/history")).rows if row["kind"] == "play"]
        assert {row["stay"] for row in rows} == {"S1"}
        assert [row["about"]["infno"] for row in rows if row["step"] == "told"][-1] == "2304"
        assert "request" not in rows[-1]

    session(tmp_path, "stopped", story)


def test_notes_are_told_apart_in_the_outline_of_a_journal(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        await client.did("/faults", {"do": "duplicate", "ms": 1, "from": XUZHOU, "infno": "2401", "count": 1})
        await client.did("/stays", {"until": "2401"})
        await client.did("/clock", {"seconds": 1})

    session(tmp_path, "stopped", story)
    line = ["tail", "--once", "--lines", "40", "--db", str(tmp_path / "yidi.db"), "--json"]
    rows = [orjson.loads(row) for row in CliRunner().invoke(app, line).stdout.splitlines()]
    assert [row["what"] for row in rows if row["kind"] == "fault"] == ["duplicate 2401 reply", "let_on 2401 reply"]
    played = [(row["what"], row["msgid"]) for row in rows if row["kind"] == "play"]
    steps = ("begun", "signed", "asked 1101", "told 1101", "asked 2401", "told 2401")
    assert played == [(step, "S1") for step in steps]


def test_a_reset_forgets_the_visits_and_counts_anew(tmp_path: Path) -> None:
    async def story(client: Client) -> Any:
        await client.did("/stays", {"until": "1101"})
        await client.post("/reset?sure=yes")
        assert (await client.get("/stays")).json == {"stays": []}
        return (await client.did("/stays", {"until": "1101"}))["stay"]

    assert session(tmp_path, "stopped", story) == "S1"


def test_a_hospital_that_is_a_process_finds_its_visits_too(tmp_path: Path) -> None:
    province = Process(tmp_path / "province.db")
    hospital = Process(
        tmp_path / "hospital.db", "--role", "hospital", "--admdvs", "320100", "--upstream", province.ready["url"]
    )
    try:
        whole = hospital.do("/stays", {"days": 0})
        half = hospital.do("/stays", {"person": 2, "until": "2402", "days": 0})
        hospital.kill()
        hospital.start()
        assert hospital.do("/stays/S1") == whole
        assert hospital.do("/stays/S2") == half
        assert [each["state"] for each in hospital.do("/stays")["stays"]] == ["discharged", "settled"]
        assert hospital.do("/stays/S2", {"until": "settled"})["state"] == "settled"
        assert hospital.do("/stays/S1", {"do": "reverse"})["state"] == "reversed"
        assert len(hospital.do("/reconciliation", {})["books"]) == 1
    finally:
        assert (hospital.end(), province.end()) == (0, 0)


def test_a_large_bill_goes_on_with_the_batch_that_did_not_arrive(tmp_path: Path) -> None:
    some = next(each for each in ground().catalogue.items.values() if each.holds_on(START.date()) and each.price)
    many = [{"code": some.code}] * 250

    async def before(client: Client) -> Any:
        rule = {"name": "r", "do": "refuse", "infno": "2301", "refusal": "busy", "count": 1, "from": "320100"}
        one = await client.did("/stays", {"until": "2401", "lines": many})
        assert one["state"] == "admitted", one
        await client.did("/faults", rule)
        return await client.did("/stays/S1", {"do": "next"})

    async def after(client: Client) -> Any:
        return await client.did("/stays/S1", {"do": "again"}), await client.did("/stays/S1", {"until": "settled"})

    told = session(tmp_path, "killed", before)
    assert told["state"] == "unknown", told
    again, told = session(tmp_path, "killed", after)
    assert again["state"] == "charged"
    uploads = [each["request"] for each in told["steps"] if each["infno"] == "2301" and each["reply"]["infcode"] == 0]
    assert [len(each["input"]["feedetail"]) for each in uploads] == [100, 100, 50]
    assert told["state"] == "settled"
