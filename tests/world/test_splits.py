"""The monthly split: all pages are fetched, then all rows confirmed; nothing is lost where no answer comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from simulator.core.network.hospital import Desk
from simulator.core.platform.message import Message
from simulator.core.values.areas import Institution
from simulator.inputs.scenarios import load_scenario
from simulator.world.splits import TRIES, Splits

DESK = Desk(Institution("H32010000001", "示例医院", "320199", "tertiary", None), "320100")
WAIT = "wait"
NOW = dt.datetime(2023, 2, 3, 9)


def splits(pack: str = "jiangsu-2023") -> Any:
    return Splits(
        SimpleNamespace(  # type: ignore[arg-type]  # only what a split looks at
            scenario=load_scenario(pack),
            counters={"H32010000001": SimpleNamespace(ask=lambda packet, asked: asked)},
            clock=SimpleNamespace(now=lambda: NOW, env=SimpleNamespace(timeout=lambda _: WAIT)),
        )
    )


def row(number: int) -> dict[str, Any]:
    fields = ("certno", "mdtrt_id", "mdtrt_setl_time", "medfee_sumamt", "optins_pay_sumamt")
    return {**dict.fromkeys(fields, "x"), "setl_sn": str(number)}


def played(answer: Callable[[Message], Any]) -> list[Message]:
    """Return the requests of a split, each answered by ``answer``."""
    going, sent = splits().play(DESK, None, "2023-01"), list[Message]()
    said: Any = None
    while True:
        try:
            event = going.send(said)
        except StopIteration:
            return sent
        said = None
        if event != WAIT:
            sent.append(event)
            said = answer(event)


def city(rows: int) -> Callable[[Message], Any]:
    def answer(asked: Message) -> Any:
        first = asked.block("data").get("startrow", 1) - 1
        page = [row(number) for number in range(first, min(first + 100, rows))]
        return SimpleNamespace(succeeded=True, rows=lambda _: page)

    return answer


@pytest.mark.parametrize(
    ("rows", "fetched", "confirmed"),
    [(0, [1], []), (1, [1], [1]), (99, [1], [99]), (100, [1, 101], [100]), (250, [1, 101, 201], [100, 100, 50])],
)
def test_every_page_is_fetched_before_any_row_is_confirmed(rows: int, fetched: list[int], confirmed: list[int]) -> None:
    sent = played(city(rows))
    assert [message.infno for message in sent] == ["3260"] * len(fetched) + ["3261"] * len(confirmed)
    assert [message.block("data")["startrow"] for message in sent[: len(fetched)]] == fetched
    assert [len(message.rows("detail")) for message in sent[len(fetched) :]] == confirmed
    listed = [each["setl_sn"] for message in sent[len(fetched) :] for each in message.rows("detail")]
    assert listed == [str(number) for number in range(rows)]
    assert {each["cnfm_flag"] for message in sent[len(fetched) :] for each in message.rows("detail")} <= {"1"}


def test_what_was_confirmed_before_is_left_alone() -> None:
    sent = played(lambda asked: SimpleNamespace(succeeded=False, rows=lambda _: [row(1)]))
    assert [message.infno for message in sent] == ["3260"]


def test_a_request_without_an_answer_is_sent_again_under_its_number_and_given_up_at_last() -> None:
    sent = played(lambda asked: None)
    assert len(sent) == TRIES
    assert len({message.msgid for message in sent}) == 1


def test_an_institution_splits_once_a_morning_and_only_where_the_pack_claims_what_is_confirmed() -> None:
    asked = splits()
    assert [asked.due(DESK, "2023-01", morning) for morning in (1, 1, 2)] == [True, False, True]
    assert not splits("jiangsu-2016").due(DESK, "2016-10", 1)
