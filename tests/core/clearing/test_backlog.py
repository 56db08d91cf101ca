"""What a diligent staff does next, platform by platform, brings a month to its last voucher."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.core.clearing import actions as do
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.backlog import at_a_member, at_finance, payments
from simulator.core.clearing.parties import finance_of
from simulator.core.platform.books import CLEARING, PAYABLE, POOLED, RECEIVABLE

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
CITIES = (NANJING, XUZHOU, "320500")
MONTH = "2023-09"


def backlog(bench: Any) -> Iterator[tuple[str, Any]]:
    for code in CITIES:
        yield from at_a_member(code, bench.city(code).member, bench.city(code).agency)
    for number, issue in bench.province.house.issues.items():
        if bench.province.house.final(issue):
            yield from payments(PROVINCE, bench.province.agency, number)
    for code in (*CITIES, PROVINCE):
        yield from at_finance(finance_of(code), bench.treasury(code), bench.nodes[code].clearing.agency)


def rounds(bench: Any) -> list[list[tuple[str, Any]]]:
    """Do what there is to do, again and again until nothing is left; return what was done each time."""
    done: list[list[tuple[str, Any]]] = []
    while jobs := list(backlog(bench)):
        done.append([job for job in jobs if not bench.act(*job)])
        assert len(done) < 30, jobs
    return done


def begun(bench: Any) -> Any:
    bench.settle("H32019900001", "320399", 100_000, 5_000, 20_000)
    bench.settle("H32039900001", "320599", 40_000)
    bench.endow(1_000_000, *CITIES)
    bench.on("2023-10-09").pay_institutions(MONTH)
    for city in CITIES:
        bench.act(city, do.ApplyClearing(MONTH))
    assert not bench.act(PROVINCE, do.MakeSheet(MONTH))
    return bench


def test_a_backlog_worked_off_leaves_nothing_owed(bench: Any) -> None:
    done = rounds(begun(bench))
    assert done[0] == [
        (city, do.Stamp("QSD320000202309", department)) for city in CITIES for department in ("1", "2", "3", "4")
    ]
    assert done[1] == [(city, do.Confirm("QSD320000202309")) for city in CITIES]
    for code in (*CITIES, PROVINCE):
        books = bench.nodes[code].books
        left = {key: fen for key, fen in books.balances().items() if fen and key[0] in {PAYABLE, RECEIVABLE, CLEARING}}
        assert not left, code
    # 徐州 owes 南京 105,000 and is owed 40,000 by 苏州
    assert [bench.treasury(code).account.balance for code in CITIES] == [1_105_000, 935_000, 960_000]
    assert {bench.city(code).member.case("QSD320000202309").state for code in CITIES} == {life.CLOSED}


def test_two_provinces_do_not_wait_for_each_other(make_bench: Any) -> None:
    """Each has a city that treated people of the other: what it sends out does not wait for what is to come in."""
    bench = make_bench(country=True)
    bench.settle("H32019900001", "220199", 300)
    bench.settle("H22019900001", "320399", 1_000)
    bench.endow(10_000, NANJING, XUZHOU, "220100")
    bench.on("2023-10-09").apply(MONTH)
    areas = (NANJING, XUZHOU, "220100", PROVINCE, "220000")
    for code in areas[3:]:
        bench.act(code, do.ApplyClearing(MONTH))
    bench.act("100000", do.MakeSheet(MONTH))
    for _ in range(30):
        for code in areas:
            desks = bench.city(code)
            jobs = [*at_a_member(code, desks.member, desks.agency)]
            jobs += at_finance(finance_of(code), bench.treasury(code), desks.agency)
            for job in jobs:
                bench.act(*job)
    assert [bench.treasury(code).account.balance for code in areas] == [10_300, 9_000, 10_700, 0, 0]


def test_what_is_done_already_is_not_there_again(bench: Any) -> None:
    begun(bench)
    number = "QSD320000202309"
    bench.act(XUZHOU, do.Stamp(number, "2"))
    member, agency = bench.city(XUZHOU).member, bench.city(XUZHOU).agency
    assert [job.department for _, job in at_a_member(XUZHOU, member, agency)] == ["1", "3", "4"]
    for department in ("1", "3", "4"):
        bench.act(XUZHOU, do.Stamp(number, department))
    bench.act(XUZHOU, do.Confirm(number))
    first = next(at_a_member(XUZHOU, member, agency))[1]
    bench.act(XUZHOU, first)
    assert isinstance(first, do.Seal)
    assert first not in [job for _, job in at_a_member(XUZHOU, member, agency)]
    assert bench.nodes[PROVINCE].books.total(POOLED) == 0
