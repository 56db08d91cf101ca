"""The hook ``do`` of a hospital: what its staff is asked to do, and how it says that it ended."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulator.core.network.relay import Relay
from simulator.core.platform.message import Message
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.inputs.people import check_digit
from simulator.sandbox import control_do
from simulator.sandbox.clock import Clock, machine
from simulator.sandbox.roles import all_nodes
from simulator.sandbox.sandbox import Sandbox
from tests.sandbox.control_client import Client, ground
from tests.sandbox.test_hospital_role import CITY, QUICK, run

MANY = 1_000
_CARD = "99010119900101001"
PERSON = Person(
    psn_no="320199000000000001",
    certno=_CARD + check_digit(_CARD),
    name="示例甲",
    gender="1",
    born=dt.date(1990, 1, 1),
    insutype="310",
    psn_type="11",
    insured_area="320199",
    balance=300_000,
)


class RealCity:
    """The hospital's city and all behind it; of the transactions in ``lost`` so many answers do not come back."""

    def __init__(self) -> None:
        nodes = all_nodes(ground(), machine().date())
        nodes[CITY].fold(Enrolled(PERSON))
        self._relay = Relay(nodes)
        self.lost, self.heard = Counter[str](), list[Message]()

    async def ask(self, at: str, message: Message) -> Message | None:
        self.heard.append(message)
        reply = self._relay.ask(machine(), CITY, message)
        if self.lost[message.infno] > 0:
            self.lost[message.infno] -= 1
            return None
        return reply

    async def close(self) -> None:
        pass


def wanted(until: str, **more: Any) -> dict[str, Any]:
    person = {**PERSON._asdict(), "born": "1990-01-01", "balance": "3000.00", "identities": []}
    items = ground().catalogue_of(CITY).items
    code = next(code for code, item in sorted(items.items()) if item.level == "01" and item.cap is None)
    lines = [{"code": code, "price": "20.005", "quantity": "3"}]
    said = {"do": "visit", "visit": "V1", "until": until, "person": person, "care": "inpatient", "lines": lines}
    return said | {"began": machine().isoformat(timespec="seconds"), "account": True, "disease": ""} | more


def do(folder: Path, city: RealCity, *said: dict[str, Any]) -> list[Any]:
    """Ask for one thing after another; what is lost is lost for the first of them."""

    async def story(sandbox: Sandbox, client: Client) -> Any:
        told = []
        for each in said:
            told.append((await client.post("/hooks/do", each)).json)
            city.lost.clear()
        return told

    told: list[Any] = run(folder, city, story, QUICK)
    return told


def test_a_visit_goes_as_far_as_it_is_asked_to(tmp_path: Path) -> None:
    city = RealCity()
    admitted, settled, again, gone = do(
        tmp_path, city, wanted("2401"), wanted("2304"), wanted("2304"), {"do": "cancel", "visit": "V1"}
    )
    assert (admitted["outcome"], admitted["infno"], bool(admitted["mdtrt_id"])) == ("done", "2401", True)
    assert (settled["outcome"], settled["infno"], settled["medfee_sumamt"]) == ("done", "2304", "60.02")
    assert again == settled
    assert (gone["outcome"], gone["infno"]) == ("done", "2305")
    asked = [each.infno for each in city.heard]
    assert asked == ["9001", "1101", "2401", "2301", "2402", "2303", "2304", "2305"]


def test_what_has_no_answer_is_asked_again_and_then_reversed(tmp_path: Path) -> None:
    city = RealCity()
    city.lost["2304"] = MANY
    reversed_, settled = do(tmp_path, city, wanted("2304"), wanted("2304"))
    settlements = [each for each in city.heard if each.infno == "2304"]
    (reversal,) = (each for each in city.heard if each.infno == "2601")
    assert reversed_["outcome"] == "reversed"
    assert reversal.block("data")["omsgid"] == settlements[0].msgid
    assert [each.key == settlements[0].key for each in settlements[:-1]] == [True] * (len(settlements) - 1)
    assert settlements[-1].key != settlements[0].key
    assert settled["outcome"] == "done"


def test_what_cannot_be_reversed_is_asked_again_next_time(tmp_path: Path) -> None:
    city = RealCity()
    city.lost["2301"] = MANY
    unknown, settled = do(tmp_path, city, wanted("2304"), wanted("2304"))
    assert (unknown["outcome"], settled["outcome"]) == ("unknown", "done")
    assert len({each.key for each in city.heard if each.infno == "2301"}) == 1


def test_a_visit_goes_on_when_the_answer_comes_at_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_do, "_LONGEST", 0)  # it is not patient: what has no answer is cleared up at once
    city = RealCity()
    city.lost["2301"] = 1
    (settled,) = do(tmp_path, city, wanted("2304"))
    assert (settled["outcome"], settled["infno"]) == ("done", "2304")
    assert len({each.key for each in city.heard if each.infno == "2301"}) == 1


def test_a_day_is_stated_and_the_window_signs_in_whenever_it_is_asked(tmp_path: Path) -> None:
    city = RealCity()
    day = machine().date().isoformat()
    told = do(tmp_path, city, {"do": "sign_in"}, wanted("2304"), {"do": "sign_in"}, {"do": "reconcile", "day": day})
    assert [each["outcome"] for each in told] == ["done"] * 4
    assert told[-1]["level"] is True
    assert [each.infno for each in city.heard].count("9001") == 2
    city.lost["9001"] = 1
    (silent,) = do(tmp_path, city, {"do": "sign_in"})
    assert silent["outcome"] == "unknown"


def test_a_refusal_is_told(tmp_path: Path) -> None:
    stranger = {**wanted("2401")["person"], "insured_area": "320399", "psn_no": "320399000000000009"}
    (told,) = do(tmp_path, RealCity(), wanted("2401", person=stranger))
    assert (told["outcome"], told["infno"], bool(told["err_msg"])) == ("refused", "1101", True)


@pytest.mark.parametrize(
    ("said", "en"),
    [
        ({"do": "sing"}, "do is one of sign_in, visit, part, cancel, reconcile"),
        ({}, "do is one of sign_in, visit, part, cancel, reconcile"),
        ({"do": "cancel", "visit": "V9"}, "there is no visit V9"),
        ({"do": "cancel"}, "visit is missing"),
        ({"do": "visit", "visit": "V1", "until": "2304", "bill": "1"}, "there is no field bill"),
        (wanted("2304", began="noon"), "began is a time like 2024-05-06T09:00"),
        (wanted("2304", lines=[]), "lines is a list of objects, and not empty"),
        (wanted("2304", care="magic"), "care is one of inpatient, outpatient, chronic, pharmacy"),
        (wanted("2207"), "until is one of"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(tmp_path: Path, said: dict[str, Any], en: str) -> None:
    city = RealCity()
    (told,) = do(tmp_path, city, said)
    assert told["en"].startswith(en)
    assert not city.heard


def test_only_a_hospital_has_such_staff(tmp_path: Path) -> None:
    async def whole() -> Any:
        sandbox = Sandbox(ground(), tmp_path / "yidi.db", clock=Clock(machine()), failed=print)
        await sandbox.start()
        try:
            return (await Client(sandbox).post("/hooks/do", {"do": "sign_in"})).json
        finally:
            await sandbox.stop()

    assert asyncio.run(whole())["en"] == "this process does not play a hospital"


def test_a_visit_is_known_by_its_name_to_the_process_after(tmp_path: Path) -> None:
    city = RealCity()
    do(tmp_path, city, wanted("2401"))
    settled, gone = do(tmp_path, city, wanted("2304"), {"do": "cancel", "visit": "V1"})
    assert (settled["outcome"], gone["outcome"]) == ("done", "done")
    assert Counter(each.infno for each in city.heard)["2401"] == 1


def test_what_had_no_answer_when_it_was_killed_is_reversed_by_the_process_after(tmp_path: Path) -> None:
    city = RealCity()
    city.lost["2304"] = MANY

    async def killed(sandbox: Sandbox, client: Client) -> None:
        task = asyncio.create_task(client.post("/hooks/do", wanted("2304")))
        while not any(each.infno == "2304" for each in city.heard):
            await asyncio.sleep(0.01)
        task.cancel()

    run(tmp_path, city, killed, QUICK)
    city.lost.clear()
    (settled,) = do(tmp_path, city, wanted("2304"))
    (first, *rest) = [each for each in city.heard if each.infno == "2304"]
    reversals = [each.block("data")["omsgid"] for each in city.heard if each.infno == "2601"]
    assert settled["outcome"] == "done"
    assert reversals == [first.msgid] or {each.key for each in rest} == {first.key}


def more(*prices: str) -> list[dict[str, str]]:
    (line,) = wanted("2304")["lines"]
    return [line, *({**line, "price": price} for price in prices)]


def part(**said: Any) -> dict[str, Any]:
    return {name: value for name, value in wanted("", do="part", **said).items() if name != "until"}


def bills(city: RealCity) -> list[tuple[str, int]]:
    data = [each.block("data") for each in city.heard if each.infno == "2304"]
    return [(each["mid_setl_flag"], each["medfee_sumamt"]) for each in data]


def test_a_stay_is_settled_in_parts_over_processes(tmp_path: Path) -> None:
    city = RealCity()
    first, again = do(tmp_path, city, part(), part())
    assert (first["outcome"], first["medfee_sumamt"], again) == ("done", "60.02", first)
    second, settled, beyond = do(
        tmp_path,
        city,
        part(lines=more("1.005")),
        wanted("2304", lines=more("1.005", "2.00")),
        part(lines=more("1.005", "2.00", "3.00")),
    )
    assert [second["outcome"], settled["outcome"]] == ["done", "done"]
    assert bills(city) == [("1", 6002), ("1", 302), ("0", 600)]
    assert "after the discharge" in beyond["en"]
    assert Counter(each.infno for each in city.heard)["2401"] == 1


def test_a_part_without_an_answer_is_reversed_and_settled_next_time(tmp_path: Path) -> None:
    city = RealCity()
    city.lost["2304"] = MANY
    reversed_, settled = do(tmp_path, city, part(), part())
    assert (reversed_["outcome"], settled["outcome"]) == ("reversed", "done")
    assert {flag for flag, _ in bills(city)} == {"1"}
