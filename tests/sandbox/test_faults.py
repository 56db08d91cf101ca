"""Faults by rule: each does what it says, is counted, stands in the journal, and comes from the seed alone."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from simulator.core.platform.message import Key, Message, reply_to, request
from simulator.sandbox.fault_rules import Rule, read_rule
from simulator.sandbox.faults import Faults, Passing
from simulator.sandbox.roles import all_nodes
from simulator.sandbox.verifying import recompute
from simulator.sandbox.wrong import Wrong
from tests.sandbox.control_client import Client, Told, play

NANJING, XUZHOU, PROVINCE, HOSPITAL = "320100", "320300", "320000", "H32019900001"
NOW = dt.datetime(2024, 5, 6, 9)


def asked(number: int = 1, infno: str = "2304", psn_no: str = "P1") -> Message:
    head = {"mdtrtarea_admvs": "320199", "insuplc_admdvs": "320399"}
    return request(infno, Key("H1", f"M{number}"), head, {"data": {"psn_no": psn_no, "medfee_sumamt": 100}})


def told(to: Message, **blocks: Any) -> Message:
    return reply_to(to, {}, blocks or {"setlinfo": {"fund_pay_sumamt": 70}})


def leg(faults: Faults, message: Message, at: str = NANJING, to: str = PROVINCE, *, outer: bool = False) -> Any:
    fate = faults.fate(NOW, at, to, message, outer=outer)
    return None if fate is None else fate.passing


def with_rules(*rules: Rule, seed: str = "1") -> Faults:
    faults = Faults(seed)
    for rule in rules:
        faults.add(rule)
    return faults


# -- which messages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        (Rule("r", "drop_request"), True),
        (Rule("r", "drop_request", sender=NANJING, receiver=PROVINCE, infno="2304", person="P1"), True),
        (Rule("r", "drop_request", sender=PROVINCE), False),
        (Rule("r", "drop_request", receiver=XUZHOU), False),
        (Rule("r", "drop_request", infno="2303"), False),
        (Rule("r", "drop_request", person="P2"), False),
        (Rule("r", "drop_reply", message="reply"), False),
        (Rule("r", "slow_body", pace=10), False),
    ],
)
def test_a_rule_takes_the_messages_it_names(rule: Rule, hit: bool) -> None:
    faults = with_rules(rule)
    assert (leg(faults, asked()) == ()) is hit
    (counted,) = faults.rules()
    assert (counted.matched, counted.done) == (int(hit), int(hit))


def test_a_reply_is_about_whoever_its_request_was_about() -> None:
    faults = with_rules(Rule("r", "drop_reply", person="P1", message="reply"))
    mine, other = asked(1), asked(2, psn_no="P2")
    for each in (mine, other):
        assert leg(faults, each) is None
    assert leg(faults, told(other)) is None
    assert leg(faults, told(mine)) == ()


def test_a_rule_acts_as_often_as_it_may_and_the_first_rule_decides() -> None:
    faults = with_rules(Rule("once", "drop_request", most=1), Rule("then", "delay", ms=(5, 5)))
    assert leg(faults, asked(1)) == ()
    assert leg(faults, asked(2)) == (Passing(5, NANJING, PROVINCE, asked(2)),)
    assert [(each.rule.name, each.done) for each in faults.rules()] == [("once", 1), ("then", 1)]


def test_chance_comes_from_the_seed_and_the_name_alone() -> None:
    def hits(seed: str, name: str = "r") -> list[bool]:
        faults = with_rules(Rule(name, "drop_request", ppm=300_000), seed=seed)
        return [leg(faults, asked(number)) == () for number in range(1000)]

    assert hits("1") == hits("1")
    assert hits("1") != hits("2")
    assert hits("1") != hits("1", "other")
    assert 250 < sum(hits("1")) < 350


# -- what happens -------------------------------------------------------------------------------------------------


def test_what_happens_to_a_message() -> None:
    ask = asked()
    answer = told(ask)
    there = Passing(0, NANJING, PROVINCE, ask)
    assert leg(with_rules(Rule("r", "duplicate", ms=(3, 3))), ask) == (there, there._replace(after=3))
    delays = with_rules(Rule("r", "delay", ms=(10, 20)))
    drawn = {leg(delays, asked(number))[0].after for number in range(100)}
    assert drawn == set(range(10, 21))
    (refused,) = leg(with_rules(Rule("r", "refuse", refusal="busy")), ask)
    assert (refused.at, refused.to, refused.message.infcode) == (PROVINCE, NANJING, -135)
    assert refused.message.key == ask.key
    (slow,) = leg(with_rules(Rule("r", "slow_body", pace=7)), answer, PROVINCE, HOSPITAL, outer=True)
    assert slow.pace == 7
    (lost,) = leg(with_rules(Rule("r", "drop_reply")), answer, NANJING, HOSPITAL, outer=True)
    assert lost.lost
    assert leg(with_rules(Rule("r", "duplicate")), answer, NANJING, HOSPITAL, outer=True) is None


def test_an_amount_is_off_by_a_fen_where_there_is_one() -> None:
    faults = with_rules(Rule("r", "wrong_amount", message="reply", field="fund_pay_sumamt", fen=-1))
    ask = asked()
    (passing,) = leg(faults, told(ask))
    assert passing.message.block("setlinfo")["fund_pay_sumamt"] == 69
    (passing,) = leg(faults, told(ask, rows=[{"a": 1}, {"fund_pay_sumamt": 5}]))
    assert [dict(row) for row in passing.message.rows("rows")] == [{"a": 1}, {"fund_pay_sumamt": 4}]
    assert leg(faults, told(ask, rows=[{"a": 1}])) is None
    assert leg(faults, reply_to(ask, {}, {}, infcode=-135)) is None


def test_a_message_held_back_follows_the_next_or_its_time() -> None:
    faults = with_rules(Rule("r", "reorder", ms=(0, 500), most=1))
    (held,) = leg(faults, asked(1))
    assert (held.after, held.held) == (500, True)
    assert leg(faults, asked(9), XUZHOU) is None  # another leg
    following = leg(faults, asked(2))
    assert [each.message.msgid for each in following] == ["M2", "M1"]
    assert not faults.let_go(held)
    faults = with_rules(Rule("r", "reorder", ms=(0, 500)))
    (held,) = leg(faults, asked(1))
    assert faults.let_go(held)
    (held,) = leg(faults, asked(1))
    assert [each.message.msgid for each in faults.remove("r")] == ["M1"]
    assert not faults


# -- rules from JSON ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ([], "a rule is a JSON object"),
        ({"do": "delay", "often": 1}, "a rule has no field often"),
        ({"do": "explode"}, "do is one of delay, duplicate"),
        ({"do": "delay"}, "delay needs ms"),
        ({"do": "delay", "ms": [9, 1]}, "ms is milliseconds"),
        ({"do": "delay", "ms": "soon"}, "ms is milliseconds"),
        ({"do": "refuse", "refusal": "no"}, "refusal no is not in the table"),
        ({"do": "wrong_amount"}, "wrong_amount needs the field"),
        ({"do": "slow_body"}, "slow_body needs bytes_per_second"),
        ({"do": "drop_reply", "message": "request"}, "message of drop_reply is reply"),
        ({"do": "drop_reply", "share": 2}, "share is a number above 0"),
        ({"do": "drop_reply", "share": True}, "share is a number above 0"),
        ({"do": "drop_reply", "count": 0}, "count is a whole number from 1"),
        ({"do": "drop_reply", "from": 1}, "from is a text"),
    ],
)
def test_a_wrong_rule_is_refused_in_a_sentence(body: Any, says: str) -> None:
    with pytest.raises(Wrong, match=says):
        read_rule(body, 1)


def test_a_rule_reads_back_as_it_was_said() -> None:
    said = {"name": "a", "do": "wrong_amount", "from": "320300", "field": "acct_pay", "fen": -1, "count": 2}
    assert read_rule(said, 1).as_json() == {**said, "message": "reply"}
    assert read_rule({"do": "delay", "ms": 5}, 7).as_json() == {"name": "delay-7", "do": "delay", "ms": [5, 5]}


# -- on the platforms ---------------------------------------------------------------------------------------------


async def stay_under(client: Client, rule: dict[str, Any], **wish: Any) -> Any:
    await client.did("/faults", {"name": "r", **rule})
    return await client.did("/stays", wish)


async def noted(client: Client) -> list[Any]:
    return [row for row in (await client.get("/history")).rows if row["kind"] == "fault"]


def test_without_rules_nothing_is_noted(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        await client.did("/stays", {})
        assert await noted(client) == []

    play(tmp_path, story)


def test_a_wrong_amount_from_the_city_of_insurance_is_caught_at_the_city_of_treatment(tmp_path: Path) -> None:
    rule = {"do": "wrong_amount", "from": XUZHOU, "to": PROVINCE, "infno": "2304", "field": "fund_pay_sumamt"}

    async def story(client: Client) -> None:
        visit = await stay_under(client, rule)
        assert visit["refused"]["infcode"] == -153
        ((note),) = await noted(client)
        assert (note["rule"], note["did"], note["from"], note["to"]) == ("r", "wrong_amount", XUZHOU, PROVINCE)
        assert note["reply"]["output"]["setlinfo"]["fund_pay_sumamt"] == 7015.27  # as it was
        (listed,) = (await client.get("/faults")).json["faults"]
        assert (listed["matched"], listed["done"]) == (1, 1)

    play(tmp_path, story)


def test_what_the_hospital_is_told_wrongly_shows_in_its_statement(tmp_path: Path) -> None:
    rule = {"do": "wrong_amount", "to": HOSPITAL, "infno": "2304", "field": "acct_pay"}

    async def story(client: Client) -> None:
        visit = await stay_under(client, rule)
        assert visit["amounts"]["acct_pay"] == "2917.45"
        assert "out of balance by 1 fen" in visit["doubt"]
        day = await client.did("/reconciliation", {"correct": False})
        assert [each["level"] for each in day["hospitals"]] == [False]
        assert {each["name"] for each in day["declined"]} == {"not_level_yet"}

    play(tmp_path, story)


def test_a_refusal_stands_in_for_the_platform(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        visit = await stay_under(client, {"do": "refuse", "to": XUZHOU, "infno": "2401", "refusal": "unknown_person"})
        assert (visit["refused"]["infno"], visit["refused"]["infcode"]) == ("2401", -121)
        await client.delete("/faults/r")
        assert (await client.did("/stays/S1", {"until": "settled"}))["state"] == "settled"

    play(tmp_path, story)


def test_the_door_may_be_shut_to_one_hospital(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        rule = {"do": "refuse", "from": HOSPITAL, "refusal": "upstream_down", "infno": "2301"}
        visit = await stay_under(client, rule, hospital=HOSPITAL)
        assert (visit["state"], visit["refused"]["infcode"]) == ("unknown", -192)
        assert (await client.did("/stays", {"hospital": "H32019900002", "person": 2}))["state"] == "settled"

    play(tmp_path, story)


@pytest.mark.parametrize("do", ["drop_request", "drop_reply"])
def test_what_is_dropped_between_platforms_is_an_unknown_outcome_and_can_be_asked_again(
    tmp_path: Path, do: str
) -> None:
    legs = {"drop_request": (PROVINCE, XUZHOU), "drop_reply": (XUZHOU, PROVINCE)}

    async def story(client: Client) -> None:
        at, to = legs[do]
        rule = {"do": do, "from": at, "to": to, "infno": "2304", "count": 1}
        await client.did("/faults", rule)
        playing = asyncio.create_task(client.did("/stays", {}))
        while not await noted(client):
            await asyncio.sleep(0)
        await client.did("/clock", {"minutes": 2})
        visit = await playing
        assert (visit["state"], visit["refused"]["infcode"]) == ("unknown", -191)
        visit = await client.did("/stays/S1", {"do": "again"})
        assert (visit["state"], visit["amounts"]["hifp_pay"]) == ("settled", "7015.27")
        assert visit["steps"][-1]["request"]["msgid"] == visit["steps"][-2]["request"]["msgid"]

    play(tmp_path, story)


@pytest.mark.parametrize("rule", [{"do": "drop_reply", "to": HOSPITAL}, {"do": "drop_request", "from": HOSPITAL}])
def test_an_outer_caller_can_wait_in_vain(tmp_path: Path, rule: dict[str, Any]) -> None:
    async def story(client: Client) -> None:
        visit = await stay_under(client, {**rule, "infno": "2304", "count": 1})
        assert (visit["state"], visit["steps"][-1]["reply"]) == ("unknown", None)
        visit = await client.did("/stays/S1", {"do": "reverse"})
        assert visit["state"] == "reversed"
        assert (await client.did("/stays/S1", {"until": "settled"}))["state"] == "settled"

    play(tmp_path, story)


def test_duplicates_change_nothing(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        visit = await stay_under(client, {"do": "duplicate"})
        assert (visit["state"], visit["amounts"]["hifp_pay"]) == ("settled", "7015.27")
        assert len(await noted(client)) > 20
        day = await client.did("/reconciliation")
        assert day["level"]
        assert len(day["pairs"]) == 1

    play(tmp_path, story)


def test_a_delay_runs_by_the_clock_of_the_sandbox(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        await client.did("/faults", {"do": "delay", "ms": 20_000, "from": XUZHOU, "infno": "2304"})
        playing = asyncio.create_task(client.did("/stays", {}))
        while not await noted(client):
            await asyncio.sleep(0)
        await client.did("/clock", {"seconds": 21})
        assert (await playing)["state"] == "settled"
        messages = [row for row in (await client.get("/history")).rows if row.get("infno") == "2304" and "from" in row]
        at = [dt.datetime.fromisoformat(row["at"]) for row in messages if row["from"] == XUZHOU]
        assert at[1] - at[0] >= dt.timedelta(seconds=20)  # noted, and then taken in

    play(tmp_path, story)


def test_a_message_held_back_goes_on_when_its_rule_goes(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        await client.did("/faults", {"name": "r", "do": "reorder", "ms": 30_000, "from": XUZHOU, "infno": "2401"})
        playing = asyncio.create_task(client.did("/stays", {}))
        while not await noted(client):
            await asyncio.sleep(0)
        assert (await client.delete("/faults")).json == {"let_on": 1}
        assert (await playing)["state"] == "settled"

    play(tmp_path, story)


def test_a_slow_body_comes_in_pieces(tmp_path: Path) -> None:
    async def story(client: Client) -> Told:
        visit = await stay_under(client, {"do": "slow_body", "bytes_per_second": 4_000, "infno": "1101"}, until="1101")
        assert visit["state"] == "identified"
        counter = client.sandbox.directory.parties[HOSPITAL]
        from simulator.core.network.hospital import Desk
        from simulator.inputs.gateways import SCHEMES

        desk = Desk(client.sandbox.ground.network.national.institutions[HOSPITAL], NANJING)
        desk._serial = 5000
        desk.sign_no = visit["steps"][1]["request"]["sign_no"]
        person = client.sandbox.engine.host.nodes[XUZHOU].insured.person("320399000000000001")  # type: ignore[attr-defined]
        body = client.sandbox.front._wire.encode(desk.person_info(client.sandbox.clock.now(), person))
        import time

        signed = SCHEMES["x-tif"].headers(HOSPITAL, counter.secret, "1101", time.time(), "n" * 32)
        headers = [(name.encode(), value.encode()) for name, value in signed.items()]
        begun = time.monotonic()
        answer = await client.call("/1101", body, headers)
        assert time.monotonic() - begun > len(answer.text) / 4_000 * 0.9
        return answer

    answer = play(tmp_path, story)
    assert answer.json["infcode"] == 0
    assert answer.headers["content-length"] == str(len(answer.text))


def test_the_same_seed_gives_the_same_faults_on_the_platforms(tmp_path: Path) -> None:
    async def story(client: Client) -> list[Any]:
        await client.did("/faults", {"name": "r", "do": "duplicate", "share": 0.5})
        for person in (1, 2, 3):
            await client.did("/stays", {"person": person})
        return [(row["from"], row["to"], row["infno"]) for row in await noted(client)]

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = play(tmp_path / "a", story), play(tmp_path / "b", story)
    assert one == other
    assert one


def test_a_journal_with_faults_is_read_back(tmp_path: Path) -> None:
    async def first(client: Client) -> int:
        await stay_under(client, {"do": "duplicate"})
        return client.sandbox.engine.host.seq

    async def second(client: Client) -> None:
        sandbox = client.sandbox
        assert sandbox.engine.host.seq == kept
        nodes = all_nodes(sandbox.ground, NOW.date())
        assert recompute(sandbox.store, nodes, lambda seq: None) == kept  # what a fault did decides nothing
        person = (await client.get("/people/320399000000000001")).json
        assert person["balance"] == "82.56"
        assert (await client.get("/faults")).json["faults"] == []

    kept = play(tmp_path, first)
    play(tmp_path, second)


def test_names_of_rules_are_used_once(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        await client.did("/faults", {"name": "r", "do": "duplicate"})
        told = await client.post("/faults", {"name": "r", "do": "duplicate"})
        assert (told.status, told.json["en"]) == (400, "there is a rule r already")
        told = await client.delete("/faults/other")
        assert (told.status, told.json["en"]) == (400, "there is no rule other")

    play(tmp_path, story)


def test_a_lost_settlement_is_found_by_the_reconciliation_and_put_right(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        await client.did("/stays", {"person": 2})
        await client.did("/faults", {"do": "drop_reply", "from": XUZHOU, "infno": "2304"})
        playing = asyncio.create_task(client.did("/stays", {}))
        while not await noted(client):
            await asyncio.sleep(0)
        await client.did("/clock", {"minutes": 2})
        assert (await playing)["state"] == "unknown"
        await client.delete("/faults")
        day = await client.did("/reconciliation", {"correct": False})
        assert not day["level"]
        ((pair,)) = day["pairs"]
        (found,) = pair["mismatches"]
        # what 徐州 has paid for and 南京 does not know of: 7,015.27 of the fund and 2,917.44 of the account
        assert (found["treatment"], found["insured"]) == ("0.00", "9932.71")
        day = await client.did("/reconciliation")  # 南京 asks again and learns of it
        assert day["declined"] == []
        day = await client.did("/reconciliation")  # now the hospital is the one who does not know
        assert [each["level"] for each in day["hospitals"]] == [False]
        assert [each["name"] for each in day["declined"]] == ["not_level_yet"]
        assert (await client.did("/stays/S2", {"do": "again"}))["state"] == "settled"
        day = await client.did("/reconciliation")
        assert [(pair["result"], pair["mismatches"]) for pair in day["pairs"]] == [("corrected", [])]
        assert day["level"]

    play(tmp_path, story)
