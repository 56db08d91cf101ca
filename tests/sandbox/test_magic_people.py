"""Each magic person gets exactly what the page says, through the front."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from simulator.sandbox.kinds import KINDS
from simulator.sandbox.population import kind_of, number_of, person_of, psn_no_of
from tests.sandbox.control_client import START, Client, ground, play

PAGE = Path("docs/reference/magic-people.md")
FUNDS = ("cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay")
REFUSED = {4: -122, 5: -122, 6: -122, 12: -122, 14: -122, 21: -122, 22: -251, 23: -252, 20: -136}


def table(after: str) -> list[list[str]]:
    """The rows of the page's table under a heading."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {after}\n")[1].split("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def outcome(visit: Any) -> list[str]:
    """What became of a visit, as the page words it."""
    last, amounts = visit["steps"][-1], visit["amounts"]
    ends = f"`{last['infno']}` {last['reply']['infcode']}"
    if visit["state"] != "settled":
        return [ends, "", "", "", ""]
    others = ", ".join(f"`{fund}` {amounts[fund]}" for fund in FUNDS if amounts[fund] != "0.00")
    return [ends, amounts["hifp_pay"], others, amounts["acct_pay"], amounts["psn_cash_pay"]]


def test_each_person_gets_what_the_page_says(tmp_path: Path) -> None:
    rows = table("What each of them gets")
    assert [int(row[0]) for row in rows] == [kind.number for kind in KINDS]

    async def story(client: Client) -> None:
        for number, name, purpose, *expected in rows:
            kind = kind_of(int(number))
            assert kind is not None
            assert re.fullmatch(name.replace("…", ".*"), kind.name)
            assert purpose == f"{kind.zh}<br>{kind.en}"
            visit = await client.did("/stays", {"person": kind.number})
            assert outcome(visit) == expected, kind
            assert all(step["reply"]["infcode"] == 0 for step in visit["steps"][:-1]), kind

    play(tmp_path, story)


def test_people_treated_otherwise_get_what_the_page_says(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        for wish, *expected in table("Treated otherwise"):
            assert outcome(await client.did("/stays", orjson.loads(wish.strip("`")))) == expected, wish

    play(tmp_path, story)


@pytest.mark.parametrize(("pack", "year"), [("jiangsu-2016", 2016), ("jilin-2019", 2019)])
def test_where_no_filing_means_paper_they_are_refused(tmp_path: Path, pack: str, year: int) -> None:
    async def story(client: Client) -> None:
        for number, infcode in REFUSED.items():
            visit = await client.did("/stays", {"person": number})
            assert (visit["state"], visit["refused"]["infcode"]) == ("refused", infcode), number

    play(tmp_path, story, start=dt.datetime(year, 11, 15, 9), pack=pack)


def test_a_locked_filing_stays(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        (filing,) = (await client.get(f"/filings?psn_no={psn_no_of('320399', 13)}")).json["filings"]
        told = await client.post(f"/filings/{filing['sn']}/cancel")
        assert (told.status, told.json["name"]) == (400, "filing_locked")
        assert told.json["en"] == "a commitment filing is locked until 2024-10-06"
        await client.did("/clock", {"now": "2024-10-06T09:00"})
        ended = await client.did(f"/filings/{filing['sn']}/cancel")
        assert (ended["valid"], ended["end"]) == (False, "2024-10-06")

    play(tmp_path, story)


def test_the_dead_have_no_filing_and_the_one_who_moved_is_the_same_person(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        dead = (await client.get(f"/people/{psn_no_of('320399', 22)}")).json
        assert dead["left"] == {"on": "2024-04-16", "reason": "died"}
        assert not dead["filings"][-1]["valid"]
        gone = (await client.get(f"/people/{psn_no_of('320399', 23)}")).json
        here = (await client.get(f"/people/{psn_no_of('320321', 24)}")).json
        assert gone["certno"] == here["certno"]
        assert gone["left"]["reason"] == "moved"

    play(tmp_path, story)


def test_numbers_and_cards_of_all_areas_are_different() -> None:
    network = ground().network
    people = [
        person_of(network, area, index, kind, START.date())
        for index, area in enumerate(network.national.areas)
        for kind in KINDS
    ]
    assert len({person.psn_no for person in people}) == len(people)
    moved = sum(kind.number == 24 for kind in KINDS) * len(network.national.areas)
    assert len({person.certno for person in people}) == len(people) - moved
    assert all(number_of(person.psn_no) in range(1, 35) for person in people)
    assert number_of("320399000000000099") == number_of("somebody") == 0
    assert max(len(kind.name) for kind in KINDS) == 50
