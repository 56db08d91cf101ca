"""Histories: made from the seed alone, found wrong, shrunk to a handful of messages, and the same from evidence."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.client import CaseClient
from conformance.evidence import checked
from conformance.histories import HistoryDiffers, search, told
from conformance.setting import AWAY, HERE
from conformance.standing import Standing, again
from conformance.wire import Recorded
from simulator.inputs.errors import InputError
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import Subject

PACK, DAY = "jiangsu-2023", dt.date(2026, 11, 23)
SUBJECT = Subject("dry", "city", "320300", "http://dry.invalid", PACK)
GROUND = ground_of(PACK)
NAME = "test_histories.py::test_dry"


class Dry:
    """A bench around a platform in this process, which can be broken."""

    def __init__(self, folder: Path, seed: str = "1") -> None:
        self.file, self.seed = folder / f"evidence-{seed}.ndjson", seed
        self.standing = Standing(SUBJECT, GROUND, seed, self.file, dry=DAY)
        self.city: Any = self.standing.wire._city  # type: ignore[attr-defined]
        self.standing.bench.begin(NAME, 0, 7)
        self.case = CaseClient(self.standing.bench, NAME, 0)

    def refuses_repeats(self) -> None:
        """Break it: a message that comes again is refused."""
        seen, right = set(), self.city.answer

        def answer(now: Any, headers: Any, body: bytes) -> Any:
            asked = json.loads(body)
            status, told, why = right(now, headers, body)
            if (asked["msgid"], asked["infno"]) in seen and asked["infno"] == "2304":
                reply = json.loads(told) | {"infcode": -161, "err_msg": "用过的报文ID"}
                reply.pop("output", None)
                told = json.dumps(reply).encode()
            seen.add((asked["msgid"], asked["infno"]))
            return status, told, why

        self.city.answer = answer

    def recorded(self) -> CaseClient:
        lines = defaultdict(list)
        for line in checked(self.file.read_bytes(), str(self.file)):
            lines[line.case, line.attempt].append(line)
        bench = again(SUBJECT, GROUND, self.seed, Recorded(lines, str(self.file)))
        bench.begin(NAME, 0, 7)
        return CaseClient(bench, NAME, 0)


@pytest.fixture
def dry(tmp_path: Path) -> Iterator[Dry]:
    made = Dry(tmp_path)
    yield made
    made.standing.close()


VISITS = ({"where": HERE}, {"where": HERE, "care": "outpatient"}, {"where": HERE, "like": 1})


@pytest.mark.parametrize("visits", [VISITS, [{"where": AWAY}] * 3], ids=["here", "away"])
def test_a_right_city_passes(dry: Dry, visits: Any) -> None:
    assert search(dry.case, visits, 4) is None
    with pytest.raises(InputError, match="has no further line"):  # evidence that ends early is no finding
        search(dry.recorded(), visits, 5)


def test_what_is_wrong_is_found_and_shrunk_and_the_same_from_evidence(
    dry: Dry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.histories._SHRINKS", 10)
    dry.refuses_repeats()
    found = search(dry.case, VISITS, 10)
    assert found is not None
    sent = [each.sent for each in found.done]
    assert sent[-1] == "2304"
    assert len(sent) <= 6, sent
    assert (found.done[-1].expected, found.done[-1].received) == (0, -161)
    assert found.done[-1].wrong[0].place == "/infcode"
    lines = list(told(found.done))
    assert [line.endswith("expected 0, received -161  ←") for line in lines] == [False] * (len(lines) - 1) + [True]
    assert str(HistoryDiffers(found)).splitlines()[: len(lines)] == lines
    assert search(dry.recorded(), VISITS, 10) == found


MADE = """
import sys
import hypothesis
for name in sys.argv[1:]:
    __import__(name)
from hypothesis import HealthCheck, Phase, given, seed, settings
from conformance.histories import _HISTORY
@seed(11)
@settings(max_examples=8, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
@given(_HISTORY)
def made(moves):
    print(*((each.what, each.visit, each.back) for each in moves))
made()
"""


def test_what_is_loaded_makes_no_difference() -> None:
    outputs = {
        subprocess.run([sys.executable, "-c", MADE, *more], check=True, capture_output=True, text=True).stdout
        for more in ((), ("simulator.world.model", "conformance.mutants.registry"))
    }
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == 8
