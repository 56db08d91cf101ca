"""Beside the traffic: what cannot be judged or written is counted and noted, and nothing stops for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import schemas
from conformance.evidence import Chain, checked
from conformance.proxy import recorder as module
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
from tests.conformance.test_proxy_judge import SETTLED

REGISTRY = schemas.load()
ABOUT = About("127.0.0.1:8095", "http://city.example", "strict", "", "2026-03-12T10:00:00")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Recorder]]:
    made: list[Recorder] = []

    def recorder(**more: Any) -> Recorder:
        pseudonyms = Pseudonyms(bytes(32))
        judge = Judge(REGISTRY, transitions(discharge_first=True))
        rewriter = Rewriter(pseudonyms, REGISTRY)
        made.append(Recorder(tmp_path / "log", judge, rewriter, pseudonyms, registry=REGISTRY, **more))
        return made[-1]

    yield recorder
    for each in made:
        if not each.chain._file.closed:
            each.close()


def kinds(tmp_path: Path) -> list[str]:
    return [line.kind for line in checked((tmp_path / "log").read_bytes(), "log")]


def test_where_judging_cannot_keep_up_exchanges_are_counted_and_the_log_says_where(
    make: Callable[..., Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, judge = threading.Event(), Judge.judge
    monkeypatch.setattr(Judge, "judge", lambda *what: held.wait(10) and judge(*what))
    monkeypatch.setattr(module, "_MOST_WAITING", 2)
    recorder = make()
    for _ in range(20):
        recorder.offer(SETTLED.exchange())
    held.set()
    recorder.close()
    missed = recorder.judge.not_judged[BEHIND]
    assert recorder.seen == 20 and 16 <= missed <= 18 and recorder.judge.judged == 20 - missed
    assert kinds(tmp_path).count(MISSED) == missed
    assert recorder.judge.from_middle >= 1


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
    recorder.offer(SETTLED.exchange())
    recorder.offer(SETTLED.exchange())
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
        recorder.offer(step.exchange())
    recorder.close()
    assert recorder.judge.judged == 3 and recorder.judge.not_judged[UNWRITTEN] == 2
    assert [each.line for each in recorder.findings] == [0, 0]
    assert kinds(tmp_path) == [EXCHANGE]
    results = results_of(ABOUT, recorder, ended="2026-03-12T11:00:00", reached=True)
    assert "No space left" in page_of(results, lang="en")


def test_the_longest_bodies_are_not_in_the_log_and_said_to_be_missing(
    make: Callable[..., Recorder], tmp_path: Path
) -> None:
    recorder = make()
    recorder.offer(SETTLED._replace(long=True).exchange())
    recorder.offer(Exchange(SETTLED.exchange().at, 0.1, "GET", "/x?name=王", Copy(b"", 0, ""), 200, Copy(b"", 0, "")))
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
        write_results(out, results_of(ABOUT, recorder, ended="2026-03-12T11:00:00", reached=True), "zh")

    recorder = make(after=(2, report))
    wrong = SETTLED._replace(told=(("9579.5,", "9579.51,"),))
    recorder.offer(wrong.exchange())
    recorder.offer(wrong.exchange())
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
