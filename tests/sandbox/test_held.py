"""What a fault keeps back is lost by no restart, comes exactly once, and keeps nothing open for ever."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from simulator.core.platform.message import Key, Message, reply_to, request
from simulator.sandbox.clock import Clock
from simulator.sandbox.held import LET_ON, KeptBack, Note
from simulator.sandbox.journal import FAULT, Reader
from simulator.sandbox.roles import all_nodes
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.stores import open_store
from simulator.sandbox.verifying import recompute, verify
from tests.sandbox.apart import Process
from tests.sandbox.control_client import START, Client, ground
from tests.sandbox.test_faults import NANJING, NOW, PROVINCE, XUZHOU, asked, noted
from tests.sandbox.test_hospital_role import CITY, QUICK, City, run, until

ENDS = pytest.mark.parametrize("end", ["stopped", "killed"])
FILING = {"psn_no": "320399000000000004", "type": "long_term_work", "target": "320100"}


def session(place: Path | str, end: str, story: Callable[[Client], Awaitable[Any]]) -> Any:
    """Serve from a journal for as long as a story lasts; end in good order, or as if killed: with what is on disk."""

    async def whole() -> Any:
        failures: list[Any] = []
        db = place / "yidi.db" if isinstance(place, Path) else place
        sandbox = Sandbox(ground(), db, clock=Clock(START), failed=failures.append)
        await sandbox.start()
        try:
            return await story(Client(sandbox))
        finally:
            if end == "stopped":
                await sandbox.stop()
            else:
                await asyncio.to_thread(sandbox.engine._committer.finish)  # type: ignore[union-attr]
                sandbox.store.close()
            assert not failures

    return asyncio.run(whole())


async def until_noted(client: Client) -> Any:
    async with asyncio.timeout(20):
        while not (notes := await noted(client)):
            await asyncio.sleep(0)
    return notes[0]


async def kept_back(client: Client) -> int:
    told = (await client.get("/faults")).json
    assert told["faults"] == []  # the rules are of the process before
    return int(told["kept_back"])


def waiting(client: Client) -> list[Any]:
    return [each for node in client.sandbox.engine.host.nodes.values() for each in node.waiting()]


@ENDS
def test_a_settlement_whose_reply_is_on_its_way_comes_to_its_end_after_a_restart(place: str, end: str) -> None:
    async def before(client: Client) -> Any:
        await client.did("/faults", {"do": "delay", "ms": 20_000, "from": XUZHOU, "infno": "2304"})
        playing = asyncio.create_task(client.did("/stays", {}))
        note = await until_noted(client)
        playing.cancel()
        return note

    note = session(place, end, before)
    assert (note["did"], note["ms"], note["from"], note["to"]) == ("delay", 20_000, XUZHOU, PROVINCE)

    async def after(client: Client) -> Any:
        assert await kept_back(client) == 1
        key = Key(note["msgid"][:12], note["msgid"])
        assert client.sandbox.engine.host.nodes[NANJING].reply_under(key) is None
        await client.did("/clock", {"seconds": 21})
        reply = client.sandbox.engine.host.nodes[NANJING].reply_under(key)
        assert reply is not None
        assert reply.rows("setlinfo")[0]["hifp_pay"] == 701527
        assert await kept_back(client) == 0
        assert waiting(client) == []
        return await noted(client)

    notes = session(place, end, after)
    assert [each["did"] for each in notes] == ["delay", LET_ON]
    late = dt.datetime.fromisoformat(notes[1]["at"]) - dt.datetime.fromisoformat(notes[0]["at"])
    assert late >= dt.timedelta(seconds=20)

    async def later(client: Client) -> Any:
        assert await kept_back(client) == 0
        await client.did("/clock", {"days": 1})
        return await noted(client)

    assert session(place, end, later) == notes


@ENDS
def test_what_was_due_while_nobody_served_goes_on_at_the_start(tmp_path: Path, end: str) -> None:
    async def before(client: Client) -> None:
        await client.did("/faults", {"do": "delay", "ms": 30, "from": XUZHOU, "infno": "F101"})
        await client.did("/filings", FILING)

    async def after(client: Client) -> Any:
        await client.did("/clock", {"seconds": 1})
        assert waiting(client) == []
        return [each["did"] for each in await noted(client)]

    session(tmp_path, end, before)
    assert session(tmp_path, end, after) == ["delay", LET_ON]


@ENDS
@pytest.mark.parametrize(
    "do", [{"do": "delay", "ms": 3_600_000}, {"do": "reorder", "ms": 3_600_000}, {"do": "drop_request"}]
)
def test_the_sender_asks_again_whatever_has_become_of_its_request(tmp_path: Path, end: str, do: dict[str, Any]) -> None:
    async def before(client: Client) -> Any:
        await client.did("/faults", {**do, "from": XUZHOU, "infno": "F101"})
        await client.did("/filings", FILING)
        return await until_noted(client)

    note = session(tmp_path, end, before)
    holds = do["do"] != "drop_request"

    async def after(client: Client) -> Any:
        assert await kept_back(client) == holds
        assert [each.request.msgid for each in waiting(client)] == [note["msgid"]]
        await client.did("/clock", {"minutes": 2})  # the sender has waited long enough, and sends it again
        assert waiting(client) == []
        listed = (await client.get(f"/filings?psn_no={FILING['psn_no']}")).json["filings"]
        await client.did("/clock", {"hours": 1})  # and then comes what was kept back
        assert await kept_back(client) == 0
        assert (await client.get(f"/filings?psn_no={FILING['psn_no']}")).json["filings"] == listed
        rows = (await client.get("/history")).rows
        came = [
            row
            for row in rows
            if row.get("msgid") == note["msgid"] and (row["kind"], row["to"]) == ("handle", PROVINCE)
        ]
        return sum("request" in row for row in came), [each["did"] for each in await noted(client)]

    came, did = session(tmp_path, end, after)
    assert (came, did) == (1 + holds, [do["do"], *[LET_ON] * holds])


def test_a_process_that_is_killed_lets_every_duplicate_go_on_once(tmp_path: Path) -> None:
    place = tmp_path / "yidi.db"
    process = Process(place)
    try:
        process.do("/faults", {"do": "duplicate", "ms": 600_000})
        assert process.do("/stays", {})["state"] == "settled"
        held = process.do("/faults")["kept_back"]
        assert held > 20
        process.kill()
        process.start()
        assert process.do("/faults") == {"faults": [], "kept_back": held}
        process.do("/clock", {"minutes": 11})
        assert process.do("/faults")["kept_back"] == 0
        assert process.do("/stays", {"person": 2})["state"] == "settled"
        assert process.do("/reconciliation", {})["level"]
    finally:
        assert process.end() == 0
    with closing(open_store(str(place), read_only=True)) as store:
        verify(store, lambda seq: None)
        recompute(store, all_nodes(ground(), dt.date.fromisoformat(store.meta()["start"])), lambda seq: None)
        reader = Reader(store)
        did = [reader.what(entry)[0] for entry in store.entries() if entry.kind == FAULT]
    assert (did.count("duplicate"), did.count(LET_ON)) == (held, held)


def test_what_was_overtaken_has_gone_on(tmp_path: Path) -> None:
    async def before(client: Client) -> Any:
        await client.did("/faults", {"do": "reorder", "ms": 3_600_000, "from": XUZHOU, "infno": "2401", "count": 1})
        first = asyncio.create_task(client.did("/stays", {}))
        await until_noted(client)
        assert (await client.did("/stays", {"person": 2, "hospital": "320500"}))["state"] == "settled"
        assert (await first)["state"] == "settled"
        return [(each["did"], each["rule"]) for each in await noted(client)]

    async def after(client: Client) -> int:
        return await kept_back(client)

    assert session(tmp_path, "killed", before) == [(each, "reorder-1") for each in ("reorder", "overtake", LET_ON)]
    assert session(tmp_path, "stopped", after) == 0


def test_what_was_on_its_way_to_a_platform_elsewhere_reaches_it_after_a_restart(tmp_path: Path) -> None:
    async def before(sandbox: Sandbox, client: Client) -> Any:
        await client.did("/faults", {"do": "delay", "ms": 3_600_000, "to": CITY, "infno": "9001"})
        return await client.did("/stays", {"person": 1, "until": "1101"})

    first, then = City(answers=False), City(answers=True)
    run(tmp_path, first, before, QUICK)
    assert {each.infno for each in first.heard} == {"1101"}  # nobody signed in: that was kept back

    async def after(sandbox: Sandbox, client: Client) -> int:
        held = await kept_back(client)
        await until(lambda: not waiting(client))  # what has no answer was asked again
        heard = len(then.heard)
        await client.did("/clock", {"hours": 1})
        await until(lambda: len(then.heard) == heard + 1)
        assert then.heard[-1].key in {each.key for each in then.heard[:heard]}
        assert await kept_back(client) == 0
        assert waiting(client) == []
        return held

    assert run(tmp_path, then, after, QUICK) == 1


# -- what notes fold to -------------------------------------------------------------------------------------------


def note(do: str, message: Message, ms: int = 0, *, after: int = 0, rule: str = "r") -> Note:
    return Note(NOW + dt.timedelta(seconds=after), rule, do, NANJING, PROVINCE, message, ms)


def test_notes_fold_to_what_is_on_its_way() -> None:
    held, first, second = KeptBack(), asked(1), asked(2)
    held.fold(note("delay", first, 9_000))
    held.fold(note("reorder", second, 1_000, after=1))
    held.fold(note("drop_request", asked(3)))
    held.fold(Note(NOW, "old", "delay", NANJING, PROVINCE, asked(4)))  # of a journal that did not say for how long
    assert [each.message.msgid for each in held.due()] == ["M2", "M1"]
    held.fold(note(LET_ON, asked(2)))  # the same message, read back
    held.fold(note(LET_ON, asked(2)))
    held.fold(note(LET_ON, reply_to(first, {}, {})))  # another message under its key
    assert [each.message for each in held.due()] == [first]
    assert [each.message for each in KeptBack(held.due()).due()] == [first]


def test_a_message_that_is_kept_back_twice_goes_on_twice() -> None:
    held = KeptBack()
    held.fold(note("delay", asked(1), 9_000))
    held.fold(note("delay", asked(1), 5_000, rule="s"))
    assert (len(held), [each.rule for each in held.due()]) == (2, ["s", "r"])
    held.fold(note(LET_ON, asked(1)))
    held.fold(note(LET_ON, request("2304", Key("H1", "M1"), {}, {})))
    assert len(held) == 1
    held.fold(note(LET_ON, asked(1)))
    assert not held.due()
