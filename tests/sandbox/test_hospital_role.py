"""The hospital as a process: nothing leaves before it is kept, and nothing it asked is forgotten."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from simulator.core.network.hospital_system import HospitalSystem
from simulator.core.platform.message import Message, reply_to
from simulator.core.platform.node import Forwarded
from simulator.core.reconciliation.totals import Totals
from simulator.sandbox.app import business_app
from simulator.sandbox.clock import Clock, machine
from simulator.sandbox.journal import Reader, Store
from simulator.sandbox.links import NotSent
from simulator.sandbox.parties import HOSPITAL
from simulator.sandbox.roles import Role, Waits
from simulator.sandbox.sandbox import Sandbox, configuration
from simulator.sandbox.snapshot import Frames
from tests.sandbox.control_client import Client, asgi, ground

CODE, CITY = "H32019900001", "320100"
QUICK = Waits(0.3, 0.2, 0.1)


class City:
    """A city elsewhere: says nothing, or signs in whoever asks; it looks up what is on disk when it is asked."""

    def __init__(self, answers: bool) -> None:
        self.answers, self.heard, self.kept = answers, list[Message](), list[bool]()
        self.store: Store | None = None

    async def ask(self, at: str, message: Message) -> Message | None:
        self.heard.append(message)
        assert self.store is not None
        entries = self.store.about(message.key, CODE)
        facts = [fact for entry in entries for fact in Reader(self.store).facts(entry)]
        self.kept.append(any(isinstance(fact, Forwarded) and fact.request == message for fact in facts))
        if not self.answers:
            return None
        head = {"inf_refmsgid": "1", "refmsg_time": "2", "respond_time": "20240506090000000", "err_msg": ""}
        return reply_to(message, head, {"signinoutb": {"sign_no": "S1", "sign_time": "2024-05-06 09:00:00"}})

    async def close(self) -> None:
        pass


def run(folder: Path, city: Any, story: Callable[[Sandbox, Client], Awaitable[Any]], waits: Waits | None = None) -> Any:
    async def whole() -> Any:
        role = Role(HOSPITAL, CODE, waits=waits)
        sandbox = Sandbox(
            ground(), folder / "yidi.db", clock=Clock(machine()), failed=print, role=role, elsewhere={CITY: city}
        )
        if isinstance(city, City):
            city.store = sandbox.store
        await sandbox.start()
        try:
            return await story(sandbox, Client(sandbox))
        finally:
            await sandbox.stop()

    return asyncio.run(whole())


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


async def stay(sandbox: Sandbox, client: Client) -> Any:
    return await client.did("/stays", {"person": 1, "until": "1101"})


def test_what_it_sends_is_on_disk_before_it_leaves(tmp_path: Path) -> None:
    city = City(answers=True)
    run(tmp_path, city, stay)
    assert [each.infno for each in city.heard[:2]] == ["9001", "1101"]
    assert all(city.kept)


def test_silence_is_an_unknown_outcome_and_a_closed_door_is_not(tmp_path: Path) -> None:
    told = run(tmp_path / "a", _made(tmp_path / "a", City(answers=False)), stay, QUICK)
    assert (told["state"], told["refused"]["infcode"]) == ("unknown", -191)
    told = run(tmp_path / "b", _made(tmp_path / "b", NotSent(CITY, Clock(machine()))), stay)
    assert (told["state"], told["refused"]["infcode"]) == ("unknown", -192)


def _made(folder: Path, city: Any) -> Any:
    folder.mkdir()
    return city


def test_what_has_no_answer_is_asked_again_after_a_restart_and_its_answer_kept(tmp_path: Path) -> None:
    silent, speaking = City(answers=False), City(answers=True)
    run(tmp_path, silent, stay, QUICK)

    async def later(sandbox: Sandbox, client: Client) -> Any:
        system: Any = sandbox.engine.host.nodes[CODE]
        await until(lambda: not system.waiting())
        return system.desk.sign_no, system.desk.signed_on

    before = machine().date()
    assert run(tmp_path, speaking, later, QUICK) in {("S1", before), ("S1", machine().date())}
    assert speaking.heard[0].key == silent.heard[0].key
    assert {each.infno for each in speaking.heard} == {"9001", "1101"}

    async def nothing(sandbox: Sandbox, client: Client) -> None:
        await asyncio.sleep(0)

    third = City(answers=True)
    run(tmp_path, third, nothing, QUICK)
    assert not third.heard  # everything has its answer


def test_it_is_patient_when_it_is_told_to_be(tmp_path: Path) -> None:
    city = City(answers=False)

    async def story(sandbox: Sandbox, client: Client) -> Any:
        playing = asyncio.create_task(client.did("/stays", {"person": 1, "until": "1101", "patience": 60}))
        await until(lambda: len(city.heard) > 2)
        city.answers = True
        return await playing

    told = run(tmp_path, city, story, QUICK)
    assert [each["infno"] for each in told["steps"]][-1] == "1101"
    assert told["state"] == "identified"
    keys = {each.key for each in city.heard if each.infno == "9001"}
    assert len(keys) >= 1


def test_its_control_port_speaks_of_one_hospital(tmp_path: Path) -> None:
    async def story(sandbox: Sandbox, client: Client) -> Any:
        elsewhere = await client.post("/stays", {"hospital": "320300"})
        unknown = await client.post("/stays", {"person": "N1"})
        bad = await client.post("/stays", {"person": {"psn_no": "N1"}})
        tomorrow = (machine() + dt.timedelta(days=1)).date().isoformat()
        early = await client.post("/reconciliation", {"day": tomorrow})
        day = await client.did("/reconciliation", {})
        pages = [
            (await asgi(business_app(sandbox), "GET", path)).status for path in ("/", "/parties", "/money", "/health")
        ]
        return [each.status for each in (elsewhere, unknown, bad, early)], day, pages

    statuses, day, pages = run(tmp_path, City(answers=True), story)
    assert statuses == [400, 400, 400, 400]
    assert (day["hospitals"], day["books"]) == ([], [])
    assert pages == [200, 200, 200, 200]


def test_a_person_may_be_one_of_another_system(tmp_path: Path) -> None:
    city = City(answers=True)
    person = {
        "psn_no": "9" * 20,
        "certno": "C77",
        "name": "外来者",
        "gender": "1",
        "born": "1980-01-02",
        "insutype": "310",
        "psn_type": "11",
        "insured_area": "320399",
    }

    async def story(sandbox: Sandbox, client: Client) -> Any:
        return await client.did("/stays", {"person": person, "until": "1101"})

    assert run(tmp_path, city, story)["psn_no"] == person["psn_no"]
    assert city.heard[1].block("data")["mdtrt_cert_no"] == "C77"


def test_its_books_are_in_a_snapshot(tmp_path: Path) -> None:
    role, day = Role(HOSPITAL, CODE), dt.date(2024, 5, 6)
    before, after = (role.nodes(ground(), day) for _ in range(2))
    system, other = before[CODE], after[CODE]
    assert isinstance(system, HospitalSystem)
    assert isinstance(other, HospitalSystem)
    system.desk.by_day.add((day.isoformat(), "310", "21"), Totals(1, 300, 200, 100))
    system.desk.sign_no = "S1"
    Frames(after, configuration(ground())).load(Frames(before, configuration(ground())).dump(()))
    assert other.desk.by_day.under() == system.desk.by_day.under()
    assert other.desk.sign_no == "S1"
    assert other.desk.institution == ground().network.national.institutions[CODE]
