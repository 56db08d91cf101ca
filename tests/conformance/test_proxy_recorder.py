"""Beside the traffic: what cannot be judged or written is counted and noted, and nothing stops for it."""

from __future__ import annotations

import io
import json
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import schemas
from conformance.evidence import Chain, checked
from conformance.proxy import beside
from conformance.proxy.beside import Beside, Judging, JudgingDied, Pump, judge_all
from conformance.proxy.exchange import Copy, Exchange
from conformance.proxy.judge import BEHIND, FAULT, TOO_LONG, UNWRITTEN, Judge
from conformance.proxy.keys import key_for
from conformance.proxy.pseudonyms import Pseudonyms
from conformance.proxy.recorder import EXCHANGE, MISSED, Recorder
from conformance.proxy.report import page_of
from conformance.proxy.results import About, results_of, write_results
from conformance.proxy.rewriting import Rewriter
from conformance.proxy.seen import Seen
from simulator.core.visits.lifecycle import transitions
from simulator.inputs.errors import InputError
from tests.conformance.test_proxy_judge import ADMITTED, LEFT, SETTLED

REGISTRY = schemas.load()
ABOUT = About("127.0.0.1:8095", "http://city.example", "strict", "", "2026-03-12T10:00:00")


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Recorder]:
    def recorder(**more: Any) -> Recorder:
        judge = Judge(REGISTRY, transitions(discharge_first=True))
        rewriter = Rewriter(Pseudonyms(bytes(32)), REGISTRY)
        return Recorder(tmp_path / "log", judge, rewriter, registry=REGISTRY, **more)

    return recorder


def kinds(tmp_path: Path) -> list[str]:
    return [line.kind for line in checked((tmp_path / "log").read_bytes(), "log")]


def test_where_judging_cannot_keep_up_exchanges_are_left_out_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_MOST_WAITING", 2)
    may, got = threading.Event(), []

    def slow(exchange: Exchange | None) -> None:
        may.wait(10)
        got.append(exchange)

    pump = Pump(slow)
    for _ in range(20):
        pump.offer(SETTLED.exchange())
    may.set()
    pump.close()
    assert len(got) == 20 and 16 <= got.count(None) <= 18 and got[0] is not None and got[-1] is None


def test_an_exchange_that_was_left_out_is_counted_and_noted_and_what_follows_from_it_is_not_judged(
    make: Callable[..., Recorder], tmp_path: Path
) -> None:
    recorder = make()
    for step in (ADMITTED, None, LEFT, SETTLED):
        recorder.take(step.exchange() if step else None)
    recorder.close()
    assert (recorder.seen, recorder.judge.not_judged[BEHIND], recorder.findings) == (4, 1, [])
    assert kinds(tmp_path) == [EXCHANGE, MISSED, EXCHANGE, EXCHANGE]


def test_what_comes_through_the_pipe_is_judged_to_its_end_even_in_the_middle_of_an_exchange(tmp_path: Path) -> None:
    tables = transitions(discharge_first=True)
    judging = Judging(ABOUT, tables, bytes(32), tmp_path)
    frames = [pickle.dumps(each) for each in (judging, ADMITTED.exchange(), None, SETTLED.exchange())]
    results = judge_all(io.BytesIO(b"".join(frames)[:-100]))
    assert (results["exchanges"], results["judged"], results["reached"]) == (2, 1, True)
    assert json.loads((tmp_path / "findings.json").read_bytes()) == results


def test_a_judging_process_that_dies_is_told_once_and_takes_nothing_with_it(tmp_path: Path) -> None:
    died: list[bool] = []
    judging = Judging(ABOUT, transitions(discharge_first=True), bytes(32), tmp_path / "nowhere")
    process = Beside(judging, lambda: died.append(True))
    process._process.wait(20)
    for _ in range(3):
        process.offer(SETTLED.exchange())
    with pytest.raises(JudgingDied, match="1"):
        process.results()
    assert died == [True]


def test_a_fault_in_judging_is_noted_and_the_next_exchange_is_judged(
    make: Callable[..., Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, calls = Judge.judge, iter([True])

    def failing(*what: Any) -> Any:
        if next(calls, False):
            raise ZeroDivisionError
        return judge(*what)

    monkeypatch.setattr(Judge, "judge", failing)
    recorder = make()
    recorder.take(SETTLED.exchange())
    recorder.take(SETTLED.exchange())
    recorder.close()
    assert (recorder.judge.not_judged[FAULT], recorder.judge.judged) == (1, 1)
    assert kinds(tmp_path) == [EXCHANGE, MISSED, EXCHANGE]


def test_a_full_disk_ends_the_log_and_not_the_judging(
    make: Callable[..., Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Chain.add

    def full(chain: Chain, *what: Any, **more: Any) -> Any:
        if chain.count:
            raise OSError(28, "No space left on device")
        return add(chain, *what, **more)

    monkeypatch.setattr(Chain, "add", full)
    recorder = make()
    wrong = SETTLED._replace(told=(("9579.5,", "9579.51,"),))
    for step in (SETTLED, wrong, SETTLED):
        recorder.take(step.exchange())
    recorder.close()
    assert recorder.judge.judged == 3 and recorder.judge.not_judged[UNWRITTEN] == 2
    assert [each.line for each in recorder.findings] == [0, 0]
    assert kinds(tmp_path) == [EXCHANGE]
    results = results_of(ABOUT, recorder, recorder.log, ended="2026-03-12T11:00:00")
    assert "No space left" in page_of(results, lang="en")


def test_the_longest_bodies_are_not_in_the_log_and_said_to_be_missing(
    make: Callable[..., Recorder], tmp_path: Path
) -> None:
    recorder = make()
    recorder.take(SETTLED._replace(long=True).exchange())
    recorder.take(Exchange(SETTLED.exchange().at, 0.1, "GET", "/x?name=王", Copy(b"", 0, ""), 200, Copy(b"", 0, "")))
    recorder.close()
    line, page = checked((tmp_path / "log").read_bytes(), "log")
    assert line.said["request"] == {"withheld": "too long", "bytes": len(SETTLED.exchange().asked.content or b"")}
    assert page.said["path"] == "/x?…"
    assert recorder.judge.not_judged[TOO_LONG] == 1


def test_results_are_written_meanwhile_and_whole_in_both_languages(
    make: Callable[..., Recorder], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def report() -> None:
        write_results(out, results_of(ABOUT, recorder, recorder.log, ended="2026-03-12T11:00:00"), "zh")

    recorder = make(after=(2, report))
    wrong = SETTLED._replace(told=(("9579.5,", "9579.51,"),))
    recorder.take(wrong.exchange())
    recorder.take(wrong.exchange())
    recorder.close()
    results = json.loads((out / "findings.json").read_bytes())
    assert results["exchanges"] == 2 and results["wrong"] == 2 and results["counts"][0]["code"] == "sum"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "发现问题" in page and "Something is wrong" in page and "报文内的金额对不上" in page
    assert page.index('data-view="zh"') < page.index('data-view="en" lang="en" hidden')


def test_keys_are_made_once_and_refused_where_they_are_none(tmp_path: Path) -> None:
    out = tmp_path / "out" / "proxy"
    out.parent.mkdir()
    key, path = key_for(out, None)
    assert path == tmp_path / "out" / "proxy.key" and path.stat().st_mode & 0o777 == 0o600
    assert key_for(out, None)[0] == key and len(key) == 32
    (tmp_path / "short").write_text("abcd", encoding="ascii")
    for name in ("short", "missing"):
        with pytest.raises(InputError, match=name):
            key_for(out, tmp_path / name)


def test_memory_is_bounded_and_says_what_it_gave_up() -> None:
    seen: Seen[int, str] = Seen(2)
    for number in range(5):
        seen.put(number, "x")
    assert (seen.get(2), seen.get(3), seen.forgotten) == (None, "x", 3)
    assert seen.take(3) == "x" and seen.get(3) is None
