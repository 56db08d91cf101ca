"""Cases that set the clock or kill: the time they go on at, that it is set back, and the same again from evidence."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance import SUITES
from conformance.bench import Bench
from conformance.client import CaseClient, Instrument
from conformance.evidence import HOOK, MARK, Line, checked
from conformance.resuming import TARGET, Benches, Past
from conformance.setting import HERE, HOME
from conformance.stage import Fault
from conformance.standing import Standing, again
from conformance.wire import LOST, RESTART, SET_CLOCK, Recorded
from simulator.inputs.hooks import HookFailed, NotOffered
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import Subject

SUBJECT = Subject("dry", "city", "320300", "http://dry.invalid", "jiangsu-2023")
DAY = dt.date(2026, 11, 23)
NAME = "case"
Hook = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Dry:
    """A bench around a platform of this process at noon of a day, with a case on it."""

    def __init__(self, folder: Path) -> None:
        self.evidence, self.ground = folder / "evidence.ndjson", ground_of(SUBJECT.pack)
        self.standing = Standing(SUBJECT, self.ground, "1", self.evidence, dry=DAY)
        self.bench: Bench = self.standing.bench
        self.begin()

    def begin(self, name: str = NAME) -> None:
        self.bench.begin(name, 0, 7)
        self.case = CaseClient(self.bench, name, 0, alone=True)

    @property
    def hooks(self) -> dict[str, Hook]:
        found: dict[str, Hook] = self.standing.wire._hooks  # type: ignore[assignment]
        return found

    def lines(self, kind: str) -> list[Line]:
        return [line for line in checked(self.evidence.read_bytes(), "") if line.kind == kind]

    def on_evidence(self) -> tuple[Bench, CaseClient]:
        """Return a bench on what was written, with the same case on it."""
        past = Past(checked(self.evidence.read_bytes(), ""))
        bench = again(SUBJECT, self.ground, "1", Recorded(past.lines, "evidence"))
        bench.begin(NAME, 0, 7)
        return bench, CaseClient(bench, NAME, 0, alone=True)


@pytest.fixture
def dry(tmp_path: Path) -> Iterator[Dry]:
    made = Dry(tmp_path)
    yield made
    made.standing.close()


def over_midnight(case: CaseClient) -> list[Any]:
    """Settle over midnight and be killed twice; return everything that was seen."""
    case.set_clock(case.day(1), "23:50:00")
    visit = case.visit(HOME)
    seen = [visit.until("2402"), case.day(0)]
    case.turn_day()
    case.restart()
    seen += [case.day(0), visit.send("2304", fault="killed"), visit.again()]
    case.advance(days=2, hours=1)
    return [*seen, case.day(0), visit.reverse(), visit.succeeds("5206")]


def test_a_case_goes_on_at_the_time_it_has_set(dry: Dry) -> None:
    assert dry.case.day(0) == "2026-11-23"
    seen = over_midnight(dry.case)
    assert [each for each in seen if isinstance(each, str)] == ["2026-11-24", "2026-11-25", "2026-11-27"]
    times = [dt.datetime.fromisoformat(line.now) for line in dry.lines(MARK)]
    assert times == sorted(times)
    asked = [(line.said["name"], line.said["asked"].get("now")) for line in dry.lines(HOOK)]
    clock = [when for name, when in asked if name == SET_CLOCK]
    assert clock[:2] == ["2026-11-24T23:50:00", "2026-11-24T23:59:59"]
    assert clock[2] == "2026-11-25T00:00:00", "it is set again after a restart"
    assert len([name for name, _ in asked if name == RESTART]) == 2


def test_the_clock_is_set_back_whatever_the_case_came_to(dry: Dry) -> None:
    dry.case.set_clock(dry.case.day(40))
    dry.bench.end(NAME, 0, "fail")
    assert dry.lines(HOOK)[-1].said["asked"] == {"now": None}
    assert dry.standing.wire.clock() == dt.datetime(2026, 11, 23, 12)


def test_what_has_not_set_the_clock_does_not_set_it_back(dry: Dry) -> None:
    dry.case.restart()
    dry.bench.end(NAME, 0, "pass")
    assert [line.said["name"] for line in dry.lines(HOOK)] == [RESTART]


def test_it_is_the_same_again_from_evidence(dry: Dry) -> None:
    seen = over_midnight(dry.case)
    ended = dry.bench.end(NAME, 0, "pass")
    bench, case = dry.on_evidence()
    assert over_midnight(case) == seen
    assert bench.end(NAME, 0, "pass") == ended


def test_a_killed_call_has_no_answer_and_was_made_all_the_same(dry: Dry) -> None:
    visit = dry.case.visit(HERE)
    visit.before("2304")
    dry.case.break_upwards("2304", "slow", 0.0)
    killed = visit.send("2304", fault="killed")
    assert (killed.infcode, killed.wrong) == (None, ())
    assert visit.again().infcode == 0
    stage = dry.bench._cases[NAME, 0].stage
    assert next(each.answer.why for each in stage.exchanges if each.asked.msgid == killed.msgid) == LOST
    assert stage.faults == list[Fault]()


@pytest.mark.parametrize("name", [SET_CLOCK, RESTART])
def test_what_is_not_offered_is_not_done(dry: Dry, name: str) -> None:
    visit = dry.case.visit(HOME)
    visit.before("2304")
    del dry.hooks[name]
    with pytest.raises(NotOffered):
        dry.case.set_clock(dry.case.day(1)) if name == SET_CLOCK else visit.send("2304", fault="killed")
    dry.bench.end(NAME, 0, "not_applicable")
    assert dry.lines(HOOK)[-1].said["offered"] is False


def test_a_clock_that_is_not_set_back_stops_the_run(dry: Dry) -> None:
    def only_forward(said: Mapping[str, Any]) -> Mapping[str, Any]:
        if said["now"] is None:
            raise HookFailed("hook set_clock: no way back")
        return {}

    dry.hooks[SET_CLOCK] = only_forward
    dry.case.set_clock(dry.case.day(1))
    with pytest.raises(HookFailed, match="no way back"):
        dry.bench.end(NAME, 0, "pass")
    with pytest.raises(HookFailed, match="no way back"):
        dry.bench.begin("next", 0, 8)
    bench, case = dry.on_evidence()
    case.set_clock(case.day(1))
    with pytest.raises(HookFailed, match="no way back"):
        bench.end(NAME, 0, "pass")


def test_a_case_goes_forward_only(dry: Dry) -> None:
    with pytest.raises(ValueError, match="is before"):
        dry.case.set_clock(dry.case.day(0), "11:59:59")


def test_only_a_case_that_is_alone_may_disturb(dry: Dry) -> None:
    other = CaseClient(dry.bench, NAME, 0)
    for disturb in (other.restart, other.turn_day):
        with pytest.raises(Instrument, match="not marked alone"):
            disturb()


def test_what_a_dead_worker_has_begun_is_let_go_of(dry: Dry) -> None:
    benches = Benches(Past(), again=lambda of: dry.bench, live=lambda: dry.bench)
    name, attempt = benches.begin("of the dead", TARGET, 1, alone=True, worker="gw0")
    benches.do(name, attempt, "set_clock", "2027-01-01T09:00:00")
    benches.left("gw0")
    assert dry.lines(HOOK)[-1].said["asked"] == {"now": None}
    benches.begin("of another", TARGET, 2, worker="gw1")
    assert dry.bench.end("of another", 0).calls == 0


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        (dt.date(2026, 11, 23), ("2028-02-29", "2026-12-31", "2027-10-01")),
        (dt.date(2028, 2, 28), ("2032-02-29", "2028-12-31", "2028-10-01")),
        (dt.date(2026, 12, 30), ("2028-02-29", "2027-12-31", "2027-10-01")),
        (dt.date(2097, 1, 1), ("2104-02-29", "2097-12-31", "2097-10-01")),
    ],
)
def test_the_next_edges_of_the_calendar(dry: Dry, day: dt.date, wanted: tuple[str, ...]) -> None:
    dry.bench._cases[NAME, 0].today = day
    found = [str(dry.case.next_day(name)) for name in ("leap_day", "year_end", "october")]
    assert tuple(found) == wanted


@pytest.mark.parametrize("day", ["2027-12-31", "2028-02-28"])
def test_the_suites_hold_on_any_day(tmp_path: Path, day: str) -> None:
    file = tmp_path / "conformance.toml"
    file.write_text(
        '[subject]\nname = "dry"\nrole = "city"\ncode = "320300"\n[target]\nurl = "http://dry.invalid"\n'
        '[upstream]\nhost = "127.0.0.1"\nport = 9443\n[rules]\npack = "jiangsu-2023"\n',
        encoding="utf-8",
    )
    line = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    line += ["--rootdir", str(SUITES), "--yidi", str(file), "--yidi-seed", "1", "--yidi-dry", day]
    line += ["-k", "home and (leap or year) or totals", str(SUITES / "test_clock.py")]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
