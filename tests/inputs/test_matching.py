"""What counts as the same: numbers are paired, times and wording are a system's own, money is exact."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

import schemas
from simulator.core.platform.message import Key, Message, reply_to, request
from simulator.inputs.matching import Difference, Numbers, changes, differences

REGISTRY = schemas.load()
ASKED = request("2304", Key("H1", "m1"), {"mdtrtarea_admvs": "320399"}, {"data": {}})
ROW = {
    "setl_id": "A1",
    "mdtrt_id": "S1",
    "medfee_sumamt": 10_000,
    "fund_pay_sumamt": 7_000,
    "setl_time": "2026-01-01 08:00:00",
}
FUNDS = ({"fund_pay_type": "310100", "fund_payamt": 6_000}, {"fund_pay_type": "330100", "fund_payamt": 1_000})


def told(row: Mapping[str, Any], funds: Any = FUNDS) -> Message:
    return reply_to(ASKED, {"err_msg": ""}, {"setlinfo": row, "setldetail": funds})


def found(received: Message, expected: Message | None = None, numbers: Numbers | None = None) -> tuple[Difference, ...]:
    return differences(REGISTRY, numbers or Numbers(), expected or told(ROW), received)


def test_the_same_is_the_same() -> None:
    assert found(told(ROW)) == ()


def test_a_fen_is_a_difference() -> None:
    (difference,) = found(told({**ROW, "fund_pay_sumamt": 7_001}))
    assert difference == Difference(("output", "setlinfo", "fund_pay_sumamt"), 7_000, 7_001)


def test_an_amount_left_out_is_nothing() -> None:
    nothing = told({**ROW, "acct_pay": 0})
    assert found(told(ROW), nothing) == ()
    assert len(found(told(ROW), told({**ROW, "acct_pay": 1}))) == 1
    assert len(found(told({**ROW, "acct_pay": 1}))) == 1  # and money nobody expects is seen


def test_numbers_are_paired_one_for_one() -> None:
    numbers = Numbers()
    assert found(told({**ROW, "setl_id": "X9", "mdtrt_id": "V9"}), numbers=numbers) == ()
    assert found(told({**ROW, "setl_id": "X9", "mdtrt_id": "V9"}), numbers=numbers) == ()
    (difference,) = found(told({**ROW, "setl_id": "X8", "mdtrt_id": "V9"}), numbers=numbers)
    assert difference.path[-1] == "setl_id"
    assert not numbers.pair("A2", "X9")  # what is one number there is not two here


def test_messages_of_the_system_are_read_in_the_numbers_of_the_model() -> None:
    numbers = Numbers()
    numbers.pair("A1", "X9")
    theirs = told({**ROW, "setl_id": "X9"})
    assert numbers.for_model(theirs).block("setlinfo")["setl_id"] == "A1"
    assert numbers.for_model(told(ROW)).blocks == told(ROW).blocks, "what is paired with nothing stays"


def test_rows_are_known_by_what_names_them() -> None:
    assert found(told(ROW, tuple(reversed(FUNDS)))) == ()
    (difference,) = found(told(ROW, (FUNDS[0], {**FUNDS[1], "fund_payamt": 999})))
    assert difference.path[-1] == "fund_payamt"
    (difference,) = found(told(ROW, FUNDS[:1]))
    assert (difference.expected, difference.received) == ("2 rows", "1 rows")


def test_times_of_the_same_day_are_the_systems_own() -> None:
    assert found(told({**ROW, "setl_time": "2026-01-01 09:59:59"})) == ()
    assert len(found(told({**ROW, "setl_time": "2026-01-02 08:00:00"}))) == 1


def test_success_and_refusal_differ_and_two_refusals_do_not() -> None:
    refused = ASKED._replace(infcode=-131, blocks={})
    (difference,) = found(refused)
    assert difference == Difference(("infcode",), 0, -131)
    assert found(refused._replace(infcode=-1), refused) == ()


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"head": {"dev_no": "1"}}, ("dev_no",)),
        ({"block": {"medfee_sumamt": 1}}, ("input", "data", "medfee_sumamt")),
        ({"block": {"psn_setlway": "02"}}, ("input", "data", "psn_setlway")),
        ({"block": {"added": "1"}}, ("input", "data", "added")),
    ],
)
def test_what_is_passed_on_is_not_changed(changed: Mapping[str, Mapping[str, Any]], place: tuple[str, ...]) -> None:
    data = {"medfee_sumamt": 10_000, "psn_setlway": "01", "mdtrt_id": "S1"}
    asked = request("2304", Key("H1", "m1"), {"mdtrtarea_admvs": "320399"}, {"data": data})
    passed = asked.with_head(**changed.get("head", {})).with_fields("data", changed.get("block", {}))
    assert [each.path for each in changes(REGISTRY, Numbers(), asked, passed)] == [place]


def test_who_passed_it_on_may_be_added() -> None:
    asked = request("2304", Key("H1", "m1"), {"mdtrtarea_admvs": "320399", "inf_time": "a"}, {"data": {"psn_no": "P"}})
    passed = asked.with_head(sender_admdvs="320300", recer_admvs="320100", inf_time="b")
    assert changes(REGISTRY, Numbers(), asked, passed) == ()


def test_figures_are_compared_by_value() -> None:
    expected = told({**ROW, "medfee_sumamt": Decimal(10_000)})
    assert found(told(ROW), expected) == ()


def test_a_remark_is_ones_own_and_not_changed_on_the_way() -> None:
    assert found(told({**ROW, "memo": "甲"}), told({**ROW, "memo": "乙"})) == ()
    asked = request("2304", Key("H1", "m1"), {"mdtrtarea_admvs": "320399"}, {"data": {"memo": "甲"}})
    assert len(changes(REGISTRY, Numbers(), asked, asked.with_fields("data", {"memo": "乙"}))) == 1
