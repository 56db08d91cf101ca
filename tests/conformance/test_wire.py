"""The wire and its evidence: a run judged again from its lines gives the same, and from other lines none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from conformance.bench import Bench
from conformance.evidence import FROM, TO, Chain, Line, checked
from conformance.standing import Standing, again
from conformance.wire import Recorded, mis_signed, signed
from simulator.inputs.errors import InputError
from simulator.inputs.gateways import API_HMAC, SCHEMES, X_TIF
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import Subject
from simulator.sandbox.parties import hospital_party

SUBJECT = Subject("city", "city", "320300", "http://city.invalid", "jiangsu-2023")
DAY = dt.date(2025, 3, 12)
CASE = "test_x.py::test_y"
GROUND = ground_of("jiangsu-2023")


def played(bench: Bench) -> list[Any]:
    """Play what a test may ask of a bench; return all that it gets to see, times left out."""
    bench.begin(CASE, 0, 1)
    seen: list[Any] = []

    def do(verb: str, *what: Any, **more: Any) -> Any:
        told = bench.do(CASE, 0, verb, *what, **more)
        seen.append(told)
        return told

    do("visit", "here")
    for infno in ("9001", "1101"):
        do("say", 1, infno)
    body = do("word", 1, "2401")
    do("raw", 1, body[:50], "2401")
    do("raw", 1, body, "2401", sign="none")
    do("raw", 1, body, "2401", by="stranger")
    do("raw", 1, "徐州".encode("gb18030"), "2401")
    do("twice", 1, "2401")
    do("deliver", 1, do("word", 1, "2001").replace(b'":', b'" : '))
    do("say", 1, "2301")
    do("break_upwards", "2402", "reply_lost")
    do("say", 1, "2402")
    do("mend")
    do("again", 1)
    do("say", 1, "2304", {}, "reply_lost")
    do("again", 1)
    do("reverse", 1)
    do("repeat", 1, "2304")
    do("visit", "away", "rare_name", care="pharmacy")
    for infno in ("9001", "1101", "2102", "5206"):
        do("say", 2, infno)
    for verb in ("passed", "told", "wrong"):
        do(verb)
    seen.append(bench.end(CASE, 0))
    return seen


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], list[Line]]:
    """Return what a run has shown, and its lines."""
    file = tmp_path_factory.mktemp("run") / "evidence.ndjson"
    standing = Standing(SUBJECT, GROUND, "7", file, dry=DAY)
    seen = played(standing.bench)
    standing.close()
    return seen, list(checked(file.read_bytes(), "evidence.ndjson"))


def judged_again(lines: list[Line]) -> list[Any]:
    """Return what the same run shows when it stands on lines."""
    of_case: dict[tuple[str, int], list[Line]] = {}
    for line in lines:
        of_case.setdefault((line.case, line.attempt), []).append(line)
    return played(again(SUBJECT, GROUND, "7", Recorded(of_case, "evidence.ndjson")))


def test_a_run_judged_again_shows_the_same(run: tuple[list[Any], list[Line]]) -> None:
    seen, lines = run
    assert judged_again(lines) == seen
    assert any(line.kind == FROM for line in lines)
    assert not any(step.wrong for step in seen if hasattr(step, "infcode") and hasattr(step, "expected"))


def _changed(lines: list[Line], number: int, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> list[Line]:
    return [line._replace(said=change(line.said)) if line.number == number else line for line in lines]


def test_another_reply_is_another_finding(run: tuple[list[Any], list[Line]]) -> None:
    """The chain is not at stake here: whoever can make a chain anew still does not make a wrong reply right."""
    seen, lines = run
    line = next(line for line in lines if line.kind == TO and "/1101" in line.said["url"])
    wrong = _changed(
        lines, line.number, lambda said: {**said, "reply": said["reply"].replace('"gend":"1"', '"gend":"2"')}
    )
    found = [each for each in judged_again(wrong)[-2] if each.infno == "1101"]
    assert [each.place for each in found] == ["/output/baseinfo/gend"]
    assert seen[-2] == ()


@pytest.mark.parametrize(("name", "value"), [("body", "{}"), ("party", "X"), ("fault", "cut"), ("sign", "stale")])
def test_another_call_is_named_by_its_line(run: tuple[list[Any], list[Line]], name: str, value: str) -> None:
    line = next(line for line in run[1] if line.kind == TO)
    with pytest.raises(InputError, match=rf"line {line.number}\b"):
        judged_again(_changed(run[1], line.number, lambda said: {**said, name: value}))


def test_another_answer_to_a_call_upwards_is_named_by_its_line(run: tuple[list[Any], list[Line]]) -> None:
    line = next(line for line in run[1] if line.kind == FROM and line.said["status"] == 200)
    with pytest.raises(InputError, match=rf"line {line.number}\b"):
        judged_again(_changed(run[1], line.number, lambda said: {**said, "reply": said["reply"].replace("0", "1")}))


@pytest.mark.parametrize("kind", ["mark", "to", "hook", "begin", "end"])
def test_a_line_left_out_is_missed(run: tuple[list[Any], list[Line]], kind: str) -> None:
    gone = next(line for line in run[1] if line.kind == kind)
    with pytest.raises((InputError, KeyError)):
        judged_again([line for line in run[1] if line is not gone])


def test_every_exchange_is_on_disk_before_it_is_judged(tmp_path: Path) -> None:
    file = tmp_path / "evidence.ndjson"
    chain = Chain(file)
    line = chain.add(CASE, 0, TO, "2026-01-01T08:00:00", {})
    assert orjson.loads(file.read_bytes())["digest"] == line.digest
    chain.close()


@pytest.mark.parametrize("scheme", [X_TIF, API_HMAC])
@pytest.mark.parametrize("how", ["none", "broken", "stale", "ahead", "replayed"])
def test_a_signature_is_wrong_in_the_way_that_is_meant(scheme: str, how: str) -> None:
    party = hospital_party("H32019900001", "医院", "320199", "1", scheme)
    last = signed(party, "2401")
    headers = {name.lower(): value for name, value in mis_signed(how, party, "2401", last).items()}
    read = SCHEMES[scheme].read(headers)
    if how == "none":
        assert read is None
        return
    good = SCHEMES[scheme].read({name.lower(): value for name, value in last.items()})
    assert read is not None
    assert good is not None
    assert SCHEMES[scheme].matches(read, party.secret) is (how != "broken")
    assert SCHEMES[scheme].in_time(read, good.at) is (how not in {"stale", "ahead"})
    assert (read == good) is (how == "replayed")


def test_a_fault_is_what_its_line_says(run: tuple[list[Any], list[Line]]) -> None:
    """A call may come in just before faults are lifted; judged again it is heard after that, and ends as it did."""
    line = next(line for line in run[1] if line.kind == FROM and line.said["fault"] == "reply_lost")
    at = run[1].index(line)
    twice = [*run[1][: at + 1], line, *run[1][at + 1 :]]
    *steps, passed, _, wrong, _ = judged_again(twice)
    assert steps == run[0][:-4]
    assert len(passed) == len(run[0][-4]) + 1  # heard once more, and lost again as its line says
    assert wrong == run[0][-2]
