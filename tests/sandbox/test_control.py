"""The control API: whatever a test may do to a sandbox, and the one sentence it gets where it may not."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import orjson
import pytest

from simulator.core.platform.books import CLEARING, PAYABLE, RECEIVABLE
from simulator.core.platform.message import Key, request
from simulator.core.platform.turn import Declined
from simulator.sandbox.app import control_app
from simulator.sandbox.clock import Clock
from simulator.sandbox.engine import Ending, Torn
from simulator.sandbox.sandbox import Sandbox
from tests.sandbox.control_client import START, Client, asgi, ground, play

FIRST = "320399000000000001"
NEWCOMER = {
    "psn_no": "N1",
    "certno": "C1",
    "name": "新来者",
    "gender": "1",
    "born": "1980-01-02",
    "insutype": "310",
    "psn_type": "11",
    "insured_area": "320399",
    "balance": "12.34",
    "identities": ["civil_servant"],
}


async def refused(client: Client, path: str, body: Any = None, *, method: str = "post") -> str:
    """What a call that must be refused is told, in English; the Chinese is there too."""
    told = await (client.post(path, body) if method == "post" else getattr(client, method)(path))
    assert told.status == 400, (path, body, told.text)
    assert told.json["zh"]
    assert told.json["zh"] != told.json["en"]
    sentence: str = told.json["en"]
    return sentence


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        told = await client.get("/nowhere")
        assert (told.status, told.json["en"]) == (404, "there is no address /nowhere")
        told = await client.delete("/clock")
        assert (told.status, told.json["en"]) == (405, "/clock does not take DELETE")

    play(tmp_path, story)


def test_a_page_of_another_site_cannot_make_a_browser_ask(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        app = control_app(client.sandbox)
        for origin, status in (("https://evil.example", 400), ("http://127.0.0.1:8080", 200), ("null", 400)):
            headers = [(b"origin", origin.encode())]
            assert (await asgi(app, "POST", "/clock", b'{"seconds": 1}', headers)).status == status, origin

    play(tmp_path, story)


# -- the clock ----------------------------------------------------------------------------------------------------


def test_the_clock_goes_forward_only(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/clock")).json["now"].startswith("2024-05-06 09:00")
        assert (await client.did("/clock", {"now": "2024-05-07T08:00"}))["now"] == "2024-05-07 08:00:00"
        assert (await client.did("/clock", {"days": 1, "hours": 2, "seconds": 3}))["now"] == "2024-05-08 10:00:03"
        assert await refused(client, "/clock", {"now": "2024-05-08T10:00:00"}) == "the clock only goes forward"
        for wrong in ({}, {"now": "tomorrow"}, {"now": "2025-01-01T00:00:00+08:00"}, {"days": -1}, {"weeks": 1}):
            await refused(client, "/clock", wrong)
        assert await refused(client, "/clock", {"days": 10**12}) == "at most ten years at a time"

    play(tmp_path, story)


# -- people and filings -------------------------------------------------------------------------------------------


def test_people_are_listed_masked_and_shown_whole(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        listed = (await client.get("/people?area=320399&limit=2&from=1")).json
        assert listed["count"] == 34
        assert [each["name"] for each in listed["people"]] == ["李**", "张*"]
        assert listed["people"][0]["certno"].count("*") == 13
        whole = (await client.get(f"/people/{FIRST}")).json
        assert (whole["name"], whole["balance"], whole["year"]["stays"]) == ("王建国", "3000.00", 0)
        assert whole["filings"][0]["target"] == "320000"
        assert await refused(client, "/people/nobody", method="get") == "there is no person nobody"

    play(tmp_path, story)


def test_people_are_loaded_all_or_none(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        second = {**NEWCOMER, "psn_no": "N2", "certno": "C2", "balance": 0}
        lines = b"\n".join(map(orjson.dumps, (NEWCOMER, second)))
        assert await client.did("/people", lines) == {"enrolled": 2}
        assert (await client.get("/people/N1")).json["balance"] == "12.34"
        filing = {"psn_no": "N1", "type": "long_term_work", "target": "320100"}
        assert (await client.did("/filings", filing))["begin"] == "2024-05-06"
        visit = await client.did("/stays", {"person": "N1", "days": 0})
        # (8863.53 - 800) * 0.87 = 7015.27, and half of the 1848.26 left
        assert (visit["amounts"]["hifp_pay"], visit["amounts"]["cvlserv_pay"]) == ("7015.27", "924.13")
        assert visit["amounts"]["acct_pay"] == "12.34"

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"certno": "C1"}, "line 2: certno belongs to somebody else"),
        ({"born": "1980-13-01"}, "line 2: born is a date like 2024-05-06"),
        ({"balance": "1.234"}, "line 2: balance is no number with the decimals allowed"),
        ({"balance": -1}, "line 2: balance is not below 0"),
        ({"balance": "NaN"}, "line 2: balance is no number with the decimals allowed"),
        ({"insured_area": "999999"}, "line 2: no platform here for 999999"),
        ({"name": "长" * 51}, "line 2: name is a text of at most 50 characters"),
        ({"name": ""}, "line 2: name is missing"),
        ({"phone": "1"}, "line 2: there is no field phone"),
        ({"identities": ["king"]}, "line 2: identities are out of civil_servant, enterprise, poor"),
        ({"certno": "990000198001020013"}, "line 2: the check digit of certno is wrong"),
    ],
)
def test_a_wrong_line_loads_nobody(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    async def story(client: Client) -> None:
        lines = [NEWCOMER, {**NEWCOMER, "psn_no": "N2", "certno": "C2", **changes}]
        assert await refused(client, "/people", b"\n".join(map(orjson.dumps, lines))) == says
        await refused(client, "/people/N1", method="get")

    play(tmp_path, story)


def test_filings_are_made_and_ended_by_the_rules(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        person = "320399000000000004"
        filing = {"psn_no": person, "type": "long_term_work", "target": "320100", "proofs": 1}
        made = await client.did("/filings", filing)
        assert (made["begin"], made["end"], made["valid"]) == ("2024-05-06", None, True)
        assert (await refused(client, "/filings", filing)).endswith("says this already")
        ended = await client.did(f"/filings/{made['sn']}/cancel", {"reason": "asked"})
        assert (ended["valid"], ended["end"]) == (False, "2024-05-06")
        rows = (await client.get(f"/filings?psn_no={person}")).json["filings"]
        assert [row["version"] for row in rows] == [1, 2]
        assert await refused(client, "/filings/BA0/cancel") == "there is no filing BA0"
        for wrong in (
            {},
            {**filing, "type": "holiday"},
            {**filing, "begin": "soon"},
            {**filing, "proofs": -1},
            {**filing, "psn_no": "nobody"},
            {**filing, "target": "320300"},
            {**filing, "colour": "red"},
        ):
            await refused(client, "/filings", wrong)
        await refused(client, f"/filings/{made['sn']}/cancel", {"reason": "bored"})

    play(tmp_path, story)


# -- what the sandbox stands on -----------------------------------------------------------------------------------


def test_it_tells_what_it_stands_on(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        rules = (await client.get("/rules")).json
        assert (rules["pack"], rules["network"], rules["start"]) == ("jiangsu-2023", "jiangsu", "2024-05-06")
        assert len(rules["pack_sha256"]) == len(rules["catalogue_sha256"]) == 64
        listed = (await client.get("/institutions?area=320100")).json["institutions"]
        assert listed[0]["code"] == "H32019900001"
        assert all(each["city"] == "320100" and each["open_for_visitors"] for each in listed)
        parties = (await client.get("/parties")).json["parties"]
        assert not any("secret" in party for party in parties)
        assert next(p for p in parties if p["code"] == "H32019900001")["signed_in"] == 0
        await client.did("/stays", {"until": "1101"})
        parties = (await client.get("/parties")).json["parties"]
        assert next(p for p in parties if p["code"] == "H32019900001")["signed_in"] == 1
        seen = (await client.get("/")).json
        assert (seen["problem"], seen["stays"], seen["faults"]) == (None, 1, 0)
        assert "320300" in seen["platforms"]

    play(tmp_path, story)


# -- visits -------------------------------------------------------------------------------------------------------


def test_without_a_body_a_stay_is_told_in_a_few_lines(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        told = await client.post("/stays")
        assert told.headers["content-type"].startswith("text/plain")
        text = told.text.decode()
        assert text.startswith(f"王** {FIRST} · 南京市示例第一医院 · inpatient\n")
        assert "王建国" not in text
        assert "  = 统筹基金 basic fund 7015.27\n  + 个人账户 account 2917.44\n" in text
        assert text.endswith("curl -s http://sandbox/stays/S1\n")
        whole = (await client.get("/stays/S1")).json
        assert [step["infno"] for step in whole["steps"]] == [*("9001", "1101", "2401", "2301", "2402", "2303", "2304")]
        settled = whole["steps"][-1]
        assert settled["reply"]["output"]["setlinfo"]["setl_id"] == whole["setl_id"]
        assert settled["request"]["input"]["data"]["medfee_sumamt"] == 9932.71
        assert (await client.get("/stays")).json["stays"] == [
            {"stay": "S1", "state": "settled", "setl_id": whole["setl_id"]}
        ]

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("care", "steps", "cancel"),
    [
        ("inpatient", ["1101", "2401", "2301", "2402", "2303", "2304"], "2305"),
        ("outpatient", ["1101", "2201", "2203", "2204", "2206", "2207"], "2208"),
        ("pharmacy", ["1101", "2101", "2102"], "2103"),
    ],
)
def test_a_visit_is_played_step_by_step_and_cancelled(tmp_path: Path, care: str, steps: list[str], cancel: str) -> None:
    async def story(client: Client) -> None:
        visit = await client.did("/stays", {"care": care, "person": 10, "until": "1101"})
        assert visit["state"] == "identified"
        for infno in steps[1:]:
            visit = await client.did("/stays/S1", {"do": "next"})
            assert (visit["steps"][-1]["infno"], visit["steps"][-1]["reply"]["infcode"]) == (infno, 0)
        assert visit["state"] == "settled"
        assert visit["amounts"]["acct_pay"] == "100.00"
        assert await refused(client, "/stays/S1", {"do": "next"}) == "the visit is over: nothing is left to do"
        assert await refused(client, "/stays/S1", {"until": "settled"}) == "settled is behind already"
        visit = await client.did("/stays/S1", {"until": "cancelled"})
        assert (visit["state"], visit["steps"][-1]["infno"]) == ("cancelled", cancel)
        assert visit["amounts"]["acct_pay"] == "-100.00"
        assert (await client.get("/people/320399000000000010")).json["balance"] == "100.00"
        await refused(client, "/stays/S1", {"until": "cancelled"})
        day = await client.did("/reconciliation")
        assert day["level"]
        assert all(each["level"] for each in day["hospitals"])

    play(tmp_path, story)


def test_a_visit_can_be_reversed_and_a_request_sent_again(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        visit = await client.did("/stays", {})
        again = await client.did("/stays/S1", {"do": "again"})
        assert again["steps"][-1]["reply"] == visit["steps"][-1]["reply"]
        reversed_ = await client.did("/stays/S1", {"do": "reverse"})
        assert (reversed_["state"], reversed_["steps"][-1]["infno"]) == ("reversed", "2601")
        assert (await client.did("/stays/S1", {"until": "settled"}))["state"] == "settled"

    play(tmp_path, story)


def test_bills_of_ones_own(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        code = "XA02BCA001A057010734725"  # class A, list price 12.50
        lines = [{"code": code, "price": "100.00", "quantity": 20}, {"code": code}]
        visit = await client.did("/stays", {"lines": lines, "account": False})
        # 2012.50 all in scope: (2012.50 - 800) * 0.87
        assert visit["class_totals"]["in_scope"] == "2012.50"
        assert (visit["amounts"]["hifp_pay"], visit["amounts"]["psn_cash_pay"]) == ("1054.88", "957.62")
        near = await client.did("/stays", {"bill": 500, "person": 2})
        assert 400 < float(near["amounts"]["medfee_sumamt"]) <= 500

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"who": 1}, "there is no field who"),
        ({"person": 99}, "person is a psn_no, or 1 to 34"),
        ({"person": True}, "person is a psn_no, or 1 to 34"),
        ({"person": "nobody"}, "there is no person nobody"),
        ({"insured": "1"}, "there is no pooling area 1"),
        ({"hospital": "H1"}, "there is no institution H1"),
        ({"care": "spa"}, "care is one of inpatient, outpatient, chronic, pharmacy"),
        ({"until": "2207"}, "until is one of 1101, 2401"),
        ({"days": 366}, "days is a whole number from 0 to 365"),
        ({"bill": "0"}, "bill is above 0"),
        ({"bill": "1.001"}, "bill is no number with the decimals allowed"),
        ({"lines": [{"price": 1}]}, "line 1 needs a code"),
        ({"lines": [{"code": "X", "price": 0}]}, "line 1: price and quantity are above 0"),
        ({"account": "yes"}, "account is true or false"),
        (b"[]", "this is no JSON object"),
        (b"{", "line 1, column 2: the text ends too early"),
        (b'{"person": 1, "person": 2}', "the same object already has this key"),
    ],
)
def test_a_visit_that_cannot_be_played_sends_nothing(tmp_path: Path, body: Any, says: str) -> None:
    async def story(client: Client) -> None:
        before = client.sandbox.engine.host.seq
        assert says in await refused(client, "/stays", body)
        assert client.sandbox.engine.host.seq == before
        assert (await client.get("/stays")).json["stays"] == []
        assert await refused(client, "/stays/S1", method="get") == "there is no stay S1"

    play(tmp_path, story)


def test_a_visit_is_told_what_to_do_in_one_word(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        await client.did("/stays", {"until": "1101"})
        for wrong in ({}, {"do": "dance"}, {"do": "next", "until": "settled"}, {"until": "1101"}):
            await refused(client, "/stays/S1", wrong)

    play(tmp_path, story)


# -- a day and a month --------------------------------------------------------------------------------------------


def test_a_day_is_reconciled_three_ways(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        for wish in ({}, {"person": 3, "hospital": "990100"}, {"person": 1, "hospital": "320300"}):
            assert (await client.did("/stays", wish))["state"] == "settled"
        day = await client.did("/reconciliation", {"day": "2024-05-06"})
        assert {(each["hospital"][:3], each["level"], each["books"]) for each in day["hospitals"]} == {
            ("H32", True, "hospital"),
            ("H99", True, "hospital"),
        }
        assert (day["level"], day["declined"]) == (True, [])
        assert {(pair["province"], pair["treatment"], pair["insured"]) for pair in day["pairs"]} == {
            ("320000", "320100", "320300"),
            ("320000", "990100", "320300"),
            ("990000", "990100", "320300"),
        }
        assert (await client.get("/reconciliation?day=2024-05-06")).json["pairs"] == day["pairs"]
        assert await refused(client, "/reconciliation", {"day": "2024-05-07"}) == "2024-05-07 has not come yet"
        await refused(client, "/reconciliation", {"day": "soon"})
        await refused(client, "/reconciliation", {"hospitals": "some"})

    play(tmp_path, story)


def test_hospitals_with_systems_of_their_own_state_their_own_totals(tmp_path: Path) -> None:
    async def first(client: Client) -> None:
        await client.did("/stays", {})

    async def second(client: Client) -> None:
        left = await client.did("/reconciliation", {"hospitals": "played"})
        assert left["hospitals"] == []
        assert [each["name"] for each in left["declined"]] == ["not_level_yet"]
        day = await client.did("/reconciliation")
        assert [(each["books"], each["level"]) for each in day["hospitals"]] == [("city", True)]
        assert day["level"]

    play(tmp_path, first)
    play(tmp_path, second)  # another process: its hospitals have no books of what was before


def test_a_month_is_cleared_to_the_last_voucher(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        fund = 0
        for wish in ({}, {"person": 2}, {"person": 3}, {"person": 9, "hospital": "990100"}):
            visit = await client.did("/stays", wish)
            fund += round(100 * (float(visit["amounts"]["fund_pay_sumamt"]) + float(visit["amounts"]["acct_pay"])))
        assert (await refused(client, "/clearing", {"month": "2024-05"})).startswith("2024-05 is not over")
        await client.did("/clock", {"now": "2024-06-05T09:00"})
        done = await client.did("/clearing", {"month": "2024-05"})
        assert (done["closed"], done["declined"]) == (True, [])
        assert {each["infcode"] for each in done["applied"]} == {0}
        houses = {each["house"]: each for each in done["sheets"] if each["number"] == f"QSD{each['house']}202405"}
        assert set(houses) == {"320000", "100000"}
        assert all(sheet["final"] for sheet in houses.values())
        members = [each for sheet in houses.values() for each in sheet["members"]]
        assert sum(round(100 * float(each["gets"])) for each in members) == fund
        for node in client.sandbox.engine.host.nodes.values():
            accounts = {PAYABLE, RECEIVABLE, CLEARING}
            left = {key: fen for key, fen in node.books.balances().items() if fen and key[0] in accounts}
            assert not left, (node.code, left)
        assert (await client.did("/clearing"))["actions"] == 0
        assert (await client.get("/clearing?month=2024-05")).json["sheets"] == done["sheets"]
        await refused(client, "/clearing", {"month": "May"})

    play(tmp_path, story)


# -- history, reset, end ------------------------------------------------------------------------------------------


def test_the_history_tells_who_said_what_when(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        visit = await client.did("/stays", {})
        rows = (await client.get("/history")).rows
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        settling = [row for row in rows if row.get("infno") == "2304"]
        ways = [(row["from"], row["to"], "reply" in row) for row in settling]
        hospital = "H32019900001"
        assert ways == [
            (hospital, "320100", False),
            ("320100", "320000", False),
            ("320000", "320300", False),
            ("320300", "320000", True),
            ("320000", "320100", True),
        ]
        assert settling[0]["request"] == visit["steps"][-1]["request"]
        part = (await client.get(f"/history?from={rows[-2]['seq']}&to={rows[-2]['seq']}")).rows
        assert part == [rows[-2]]
        await refused(client, "/history?from=x", method="get")

    play(tmp_path, story)


def test_a_reset_begins_anew(tmp_path: Path) -> None:
    async def story(client: Client) -> int:
        begun = client.sandbox.engine.host.seq
        await client.did("/stays", {})
        await client.did("/faults", {"do": "duplicate"})
        assert await refused(client, "/reset") == "this forgets everything: add ?sure=yes"
        await client.did("/clock", {"days": 1})
        assert (await client.did("/reset?sure=yes"))["entries"] == begun
        assert (await client.get("/stays")).json["stays"] == []
        assert (await client.get("/faults")).json["faults"] == []
        assert (await client.get("/rules")).json["start"] == "2024-05-07"
        assert (await client.get(f"/people/{FIRST}")).json["balance"] == "3000.00"
        visit = await client.did("/stays", {})
        assert (visit["state"], visit["amounts"]["hifp_pay"]) == ("settled", "7015.27")
        assert (await client.did("/reconciliation"))["level"]
        return client.sandbox.engine.host.seq

    async def after(client: Client) -> None:
        assert client.sandbox.engine.host.seq == kept
        assert (await client.get(f"/people/{FIRST}")).json["balance"] == "82.56"

    kept = play(tmp_path, story)
    play(tmp_path, after)


def test_it_can_be_told_to_end(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        told: list[str] = []
        client.sandbox.shut_down = lambda: told.append("stop")
        assert await client.did("/shutdown") == {"stopping": True}
        assert told == ["stop"]

    play(tmp_path, story)


def test_a_sandbox_restarted_at_an_earlier_time_uses_no_message_number_twice(tmp_path: Path) -> None:
    async def story(client: Client) -> Any:
        return await client.did("/stays", {"person": 2})

    for _ in range(2):
        assert play(tmp_path, story, start=dt.datetime(2024, 5, 6, 9))["state"] == "settled"


def test_a_platform_that_fails_half_way_ends_the_process_and_lets_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on disk then is what was acknowledged: a new start finds it whole."""
    failures: list[Exception] = []

    async def whole() -> None:
        sandbox = Sandbox(ground(), tmp_path / "yidi.db", clock=Clock(START), failed=failures.append)
        await sandbox.start()
        client, city = Client(sandbox), sandbox.engine.host.nodes["320100"]

        def fail(turn: Any, asked: Any) -> None:
            turn.record(Declined(asked, "busy"))
            raise RuntimeError("a fault of ours")

        kept = sandbox.store.last().seq  # type: ignore[union-attr]
        monkeypatch.setattr(city, "decide", fail)
        try:
            assert b'"infcode":0' not in (await client.post("/stays", {"person": 1})).text
            assert sandbox.engine.broken and sandbox.problem and sandbox.problem.en.startswith("ends")
            with pytest.raises(Ending):
                await sandbox.engine.ask("320100", "H32019900001", request("1101", Key("H32019900001", "1"), {}, {}))
        finally:
            await sandbox.stop()
        assert [type(each) for each in failures] == [Torn]
        again = Sandbox(ground(), tmp_path / "yidi.db", clock=Clock(START), failed=failures.append)
        assert {entry.kind for entry in again.store.entries(kept)} == {"play"}  # it was about to be played: no more
        again.store.close()

    asyncio.run(whole())
