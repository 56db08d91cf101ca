"""The diary holds each step's day beside the day it was due; the situations hold it to the three packs."""

from __future__ import annotations

from typing import Any

from simulator.core.clearing import actions as do

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
FIRST = "H32019900001"


def steps(bench: Any, area: str, number: str) -> dict[str, tuple[str, str, bool]]:
    table = bench.city(area).diary.timetable(number)
    return {kept.due.step: (str(kept.due.day), str(kept.done), kept.late) for kept in table}


def test_every_step_of_a_sheet_is_noted_where_it_is_kept(bench: Any) -> None:
    bench.settle(FIRST, "320399", 600)
    bench.endow(10_000, XUZHOU)
    bench.on("2023-10-23").pay_institutions("2023-09")
    bench.act(NANJING, do.ApplyClearing("2023-09"))
    bench.on("2023-10-30").act(PROVINCE, do.MakeSheet("2023-09"))
    number = bench.number("2023-09")
    for city in bench.registry.cities:
        bench.on("2023-11-02").confirm(city, number)
    bench.on("2023-11-06").seal(XUZHOU, number)
    document = bench.hand(XUZHOU, number)
    (order,) = bench.on("2023-11-14").transfer(XUZHOU, document)
    bench.on("2023-11-15").arrive(XUZHOU, order)
    assert steps(bench, XUZHOU, number) == {
        "upload": ("2023-10-20", "None", False),  # it had nothing to apply for
        "confirm": ("2023-11-13", "2023-11-02", False),
        "seal": ("2023-10-31", "2023-11-06", True),
        "transfer": ("2023-11-13", "2023-11-14", True),
        "in_place": ("2023-11-29", "2023-11-14", False),
    }
    assert steps(bench, NANJING, number)["upload"] == ("2023-10-20", "2023-10-23", True)
    assert steps(bench, PROVINCE, number)["sheet"] == ("2023-10-28", "2023-10-30", True)
    assert bench.province.diary.days[number]["receipt_voucher"].isoformat() == "2023-11-15"


def test_orders_and_answers_of_others_are_not_ones_own(bench: Any) -> None:
    bench.settle(FIRST, "320399", 600)
    bench.endow(10_000, XUZHOU)
    bench.on("2023-10-09").month("2023-09")
    number = bench.number("2023-09")
    assert set(bench.city(NANJING).diary.days[number]) == {"sheet", "upload", "confirm", "receive", "receipt_voucher"}
    assert "confirm" not in bench.province.diary.days[number]


def test_a_paper_is_sealed_on_the_day_of_the_last_seal_and_not_before(bench: Any) -> None:
    bench.settle(FIRST, "320399", 600)
    number = bench.on("2023-10-09").sheet("2023-09")
    bench.confirm(XUZHOU, number)
    bench.on("2023-10-10").act(XUZHOU, do.Seal(number, "经办机构"))
    assert steps(bench, XUZHOU, number)["seal"][1] == "None"
    bench.on("2023-10-12").act(XUZHOU, do.Seal(number, "行政部门"))
    assert steps(bench, XUZHOU, number)["seal"][1] == "2023-10-12"
