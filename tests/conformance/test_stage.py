"""A stage around a city that does one thing wrong: it is seen, where it is, and nothing else is."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from conformance.bench import Bench
from conformance.rough import Heard, accepted, heard_of
from conformance.stage import ACCEPTED, DIFFERS, FORWARDED, NO_ANSWER, NOT_FORWARDED, STATUS
from conformance.standing import Standing
from conformance.wire import Answer, Call
from schemas import load
from simulator.core.platform.message import Key, request
from simulator.core.platform.refusals import REFUSALS
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import Subject

SUBJECT = Subject("city", "city", "320300", "http://city.invalid", "jiangsu-2023")
CASE = "test_x.py::test_y"
GROUND = ground_of("jiangsu-2023")


class Scene:
    """A bench with a city of our own at it; ``meddle`` changes its answers on their way."""

    def __init__(self, folder: Path) -> None:
        self.standing = Standing(SUBJECT, GROUND, "3", folder / "evidence.ndjson", dry=dt.date(2025, 3, 12))
        self.bench: Bench = self.standing.bench
        self.bench.begin(CASE, 0, 1)
        self._call = self.standing.wire.call
        self.standing.wire.call = self._meddled  # type: ignore[method-assign]
        self.meddle: Callable[[Call, Answer], Answer] = lambda call, answer: answer

    def _meddled(self, case: str, attempt: int, now: dt.datetime, call: Call) -> Answer:
        return self.meddle(call, self._call(case, attempt, now, call))

    def do(self, verb: str, *what: Any, **more: Any) -> Any:
        return self.bench.do(CASE, 0, verb, *what, **more)

    def until(self, *infnos: str, where: str = "here") -> Any:
        self.do("visit", where)
        for infno in infnos:
            step = self.do("say", 1, infno)
        return step


@pytest.fixture
def scene(tmp_path: Path) -> Any:
    made = Scene(tmp_path)
    yield made
    made.standing.close()


def replaced(old: bytes, new: bytes) -> Callable[[Call, Answer], Answer]:
    def meddle(call: Call, answer: Answer) -> Answer:
        return answer._replace(body=answer.body.replace(old, new))

    return meddle


@pytest.mark.parametrize("where", ["here", "away", "home"])
def test_a_right_city_has_nothing_wrong(scene: Scene, where: str) -> None:
    steps = ("9001", "1101", "2401", "2301", "2402", "2303", "2304")
    step = scene.until(*steps, where=where)
    assert (step.infcode, scene.do("wrong")) == (0, ())


def test_a_field_that_differs_is_named(scene: Scene) -> None:
    scene.meddle = replaced(b'"psn_name":"', b'"psn_name":"x')
    (wrong,) = scene.until("9001", "1101").wrong
    assert (wrong.kind, wrong.place, wrong.received) == (DIFFERS, "/output/baseinfo/psn_name", f"x{wrong.expected}")


def test_a_status_that_is_none_of_the_interface(scene: Scene) -> None:
    scene.meddle = lambda call, answer: answer._replace(status=500)
    (wrong,) = scene.until("9001").wrong
    assert (wrong.kind, wrong.received) == (STATUS, "HTTP 500")


def test_no_answer(scene: Scene) -> None:
    scene.meddle = lambda call, answer: answer._replace(status=0, why="broken answer: x")
    (wrong,) = scene.until("9001").wrong
    assert (wrong.kind, wrong.received) == (NO_ANSWER, "broken answer: x")


def test_a_reply_thrown_away_on_purpose_is_not_the_citys_fault(scene: Scene) -> None:
    scene.until("9001")
    step = scene.do("say", 1, "1101", {}, "reply_lost")
    assert (step.infcode, step.wrong) == (None, ())
    again = scene.do("again", 1)
    assert (again.infcode, again.wrong) == (0, ())


def test_what_should_have_gone_up_and_did_not(scene: Scene) -> None:
    """A city that answers a visitor's query by itself."""
    reply = scene.until("9001", "1101")
    assert scene.do("passed") == (("1101", reply.msgid),)
    told: list[Answer] = []

    def at_home(call: Call, answer: Answer) -> Answer:
        told.append(answer)
        return answer

    scene.meddle = at_home
    scene.do("say", 1, "1101")
    silent = told[0]
    scene._call = lambda case, attempt, now, call: silent
    step = scene.do("say", 1, "1101")
    assert [each.kind for each in step.wrong] == [NOT_FORWARDED, DIFFERS]  # the model waits in vain


def test_what_goes_up_changed_is_named(scene: Scene) -> None:
    scene.until("9001", "1101")
    stage = scene.bench._cases[CASE, 0].stage
    judge = stage.judge_asked
    stage.judge_asked = lambda asked, line, to: judge(  # type: ignore[method-assign]
        asked._replace(head=MappingProxyType({**asked.head, "opter": "op99"})), line, to
    )
    (wrong,) = scene.do("say", 1, "2401").wrong
    assert (wrong.kind, wrong.place, wrong.expected, wrong.received) == (FORWARDED, "/opter", "op01", "op99")


def test_a_late_answer_may_be_given_up_once(scene: Scene) -> None:
    scene.until("9001", "1101")
    scene.do("break_upwards", "2401", "slow", 0.0)
    first = scene.do("say", 1, "2401")
    assert first.wrong == ()
    assert scene.do("again", 1).wrong == ()


def test_two_at_once_answered_differently(scene: Scene) -> None:
    scene.until("9001")
    told: list[int] = []

    def second(call: Call, answer: Answer) -> Answer:
        told.append(answer.line)
        later = len(told) > 1
        return answer._replace(body=answer.body.replace(b'"psn_name":"', b'"psn_name":"x')) if later else answer

    scene.meddle = second
    step = scene.do("twice", 1, "1101")
    assert [each.kind for each in step.wrong] == [DIFFERS]


@pytest.mark.parametrize(
    ("answer", "kinds", "taken"),
    [
        (Answer(0, b"", "no answer in 10 s", 10.0, 1), [NO_ANSWER], False),
        (Answer(502, b"", "", 0.1, 1), [STATUS], False),
        (Answer(400, b"{}", "", 0.1, 1), [], False),
        (Answer(200, b'{"infcode":0}', "", 0.1, 1), ["schema"], True),
        (Answer(200, b"PK\x03\x04", "", 0.1, 1), [], True),
    ],
)
def test_what_raw_bytes_were_answered(answer: Answer, kinds: list[str], taken: bool) -> None:
    heard = heard_of(load(), "9102", answer)
    assert [each.kind for each in heard.wrong] == kinds
    assert heard.accepted is taken


def test_what_is_taken_in_and_should_not_be() -> None:
    heard = Heard("2401", 200, 0, "", b"", (), 7, 0.1)
    wrong = accepted(heard, "an unsigned call")
    assert (wrong.kind, wrong.line, wrong.expected) == (ACCEPTED, 7, "a refusal of an unsigned call")


def test_what_a_city_tells_of_its_own_accord_is_refused_and_not_judged(scene: Scene) -> None:
    scene.do("visit", "here")
    scene.do("say", 1, "9001")
    case = scene.bench._cases[CASE, 0]
    stage, now = case.stage, dt.datetime(2025, 3, 12, 12)
    party = stage.model.party
    blocks = {"data": {"page_num": 1, "page_size": 1, "query_date": "2025-03-12", "updt_time": ""}}
    head = {"sender_admdvs": "320300", "recer_admvs": "320000", "mdtrtarea_admvs": "320300", "insuplc_admdvs": ""}
    asked = request("F104", Key(party, f"{party}202503121200000001"), head, blocks)
    told = scene.bench._answer(case, now, asked, "/F104", None)
    assert told.status == 200
    assert json.loads(told.body)["infcode"] == REFUSALS["unknown_transaction"].code
    assert told == scene.bench._answer(case, now, asked, "/F104", None)
    stage.judge_asked(asked, 7, "320000")
    assert scene.do("wrong") == ()
