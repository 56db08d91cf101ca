"""Two cities, two hospitals and the province as five processes, over a network that does what networks do."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.core.values.areas import Registry
from simulator.sandbox.clock import machine
from simulator.sandbox.parties import secret_of
from tests.sandbox.apart import Process, eventually, told_by
from tests.sandbox.chaos import Chaos, Odds
from tests.sandbox.control_client import ground

NANJING, XUZHOU = "320100", "320300"
_WAITS = ("--waits", "1.2,1.0,0.8")
_FILED = (1, 2, 3, 7, 8, 9)  # kinds of people who are settled directly
_OVER = {"settled", "cancelled", "reversed"}


class Land:
    """The five processes, each behind a port of the network."""

    def __init__(self, folder: Path, seed: int, odds: Odds) -> None:
        self.chaos = Chaos(seed, odds, lambda key_id: secret_of("1", key_id))
        self._chance = random.Random(seed)
        self._ports = {code: self.chaos.port() for code in ("320000", NANJING, XUZHOU)}
        urls = {code: f"http://127.0.0.1:{port}" for code, port in self._ports.items()}
        away = [each for code in (NANJING, XUZHOU) for each in ("--city", f"{code}={urls[code]}")]
        self.province = Process(folder / "province.db", *_WAITS, *away)
        self.cities, self.hospitals = {}, {}
        for code in (NANJING, XUZHOU):
            role = ("--admdvs", code, *_WAITS)
            self.cities[code] = Process(folder / f"{code}.db", "--role", "city", "--upstream", urls["320000"], *role)
            self.hospitals[code] = Process(
                folder / f"hospital-{code}.db", "--role", "hospital", "--upstream", urls[code], *role
            )
        self.all = [self.province, *self.cities.values(), *self.hospitals.values()]
        self.join()

    def join(self) -> None:
        """Let every port lead to its process."""
        for code, port in self._ports.items():
            self.chaos.lead(port, (self.cities.get(code) or self.province).port)

    def crash(self, process: Process) -> None:
        """Kill a process at once, and start it again over its journal."""
        process.kill()
        process.start()
        self.join()

    def play(self, stays: int, workers: int) -> list[tuple[str, str]]:
        """Have each hospital play half of the stays, some of them undone; return (hospital's city, number of each)."""
        played: list[tuple[str, str]] = []
        threads = []
        for code in (NANJING, XUZHOU):
            people = _people(ground().network.national, NANJING if code == XUZHOU else XUZHOU)
            self._chance.shuffle(people)
            for worker in range(workers):
                own, number = people[worker::workers], len(range(worker, stays // 2, workers))
                seed = self._chance.random()
                threads.append(threading.Thread(target=self._work, args=(code, own, number, seed, played)))
        for thread in threads:
            thread.start()
        self.threads = threads
        return played

    def _work(self, code: str, people: list[str], number: int, seed: float, played: list[tuple[str, str]]) -> None:
        hospital, chance = self.hospitals[code], random.Random(seed)
        for which in range(number):
            wish = {"person": people[which % len(people)], "days": 0, "patience": 20, "account": which % 2 == 0}
            told = hospital.do("/stays", wish)
            at = f"/stays/{told['stay']}"
            if told["state"] == "settled" and chance.random() < 0.3:
                hospital.do(at, {"until": "cancelled"} if chance.random() < 0.5 else {"do": "reverse"})
            played.append((code, told["stay"]))

    def finish(self, played: list[tuple[str, str]]) -> list[str]:
        """Ask again what is unknown, and play on what stopped; return the states of all stays."""
        states = []
        for code, number in played:
            hospital, at = self.hospitals[code], f"/stays/{number}"
            told = hospital.do(at)
            while told["state"] not in _OVER:
                assert told["state"] != "refused", told["refused"]
                told = hospital.do(at, {"do": "again"})
                if told["state"] not in _OVER | {"unknown"}:
                    told = hospital.do(at, {"until": "settled"})
            states.append(told["state"])
        return states

    def reconcile(self) -> Any:
        """Let hospitals, cities and the province reconcile today, until the province finds everything level."""
        day = machine().date().isoformat()
        for hospital in self.hospitals.values():
            stated = hospital.do("/reconciliation", {"day": day})["hospitals"]
            assert stated, "a hospital has nothing to state"
            assert all(each["level"] for each in stated), [each["reason"] for each in stated]
        for city in self.cities.values():
            assert not city.do("/reconciliation", {"day": day, "hospitals": "played"})["declined"]

        def level() -> bool:
            pairs = self.province.do(f"/reconciliation?day={day}")["pairs"]
            both = {(pair["treatment"], pair["insured"]) for pair in pairs} >= {(NANJING, XUZHOU), (XUZHOU, NANJING)}
            return both and all(pair["result"] in {"level", "corrected"} for pair in pairs)

        eventually(level)
        return self.province.do(f"/reconciliation?day={day}")

    def end(self) -> None:
        for process in self.all:
            process.kill()
        self.chaos.end()


def _people(registry: Registry, city: str) -> list[str]:
    areas = [code for code, area in registry.areas.items() if area.city == city]
    return [f"{area}{kind:012d}" for kind in _FILED for area in areas]


@pytest.fixture
def land(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Land]:
    made = Land(tmp_path, *request.param)
    yield made
    made.end()


def settles(land: Land, stays: int, crashes: int, workers: int) -> None:
    played = land.play(stays, workers)
    for number in range(crashes):
        eventually(lambda: len(played) > stays * (number + 1) // (crashes + 1), 600)  # noqa: B023  # called at once
        land.crash((*land.cities.values(), land.province)[number % 3])
    for thread in land.threads:
        thread.join()
    land.chaos.heal()
    assert len(played) == stays
    states = land.finish(played)
    assert set(states) <= _OVER
    found = land.reconcile()
    assert found["level"], found
    assert [process.end() for process in land.all] == [0] * len(land.all)
    province, nanjing, xuzhou = (told_by(process.db) for process in land.all[:3])
    hospitals = [told_by(process.db) for process in land.all[3:]]
    treatment = {**nanjing.treatment, **xuzhou.treatment}
    assert len(treatment) == states.count("settled")
    assert all(left.rows == 1 for left in treatment.values())
    assert treatment == {**nanjing.insured, **xuzhou.insured} == province.passed
    assert treatment == {**hospitals[0].passed, **hospitals[1].passed}
    happened = land.chaos.happened
    assert all(happened[what] for what in ("drop_request", "drop_reply", "duplicate", "delay", "reorder")), happened


@pytest.mark.parametrize("land", [(5, Odds())], indirect=True)
def test_twenty_four_stays_agree_after_a_bad_network_and_a_killed_city(land: Land) -> None:
    settles(land, 24, crashes=1, workers=4)


@pytest.mark.slow
@pytest.mark.parametrize("land", [(1000, Odds())], indirect=True)
def test_a_thousand_stays_agree_after_a_bad_network_and_six_kills(land: Land) -> None:
    settles(land, 1000, crashes=6, workers=6)
