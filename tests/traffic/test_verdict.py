"""The verdict: the first that holds of a written order, with its causes in both languages."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from simulator.traffic import verdict as verdicts
from simulator.traffic.figures import figures_of
from simulator.traffic.findings import Finding
from simulator.traffic.limits import judge_limits, read_profile
from simulator.traffic.measuring import Measured
from simulator.traffic.verdict import EXIT, ORDER, WORDS, Verdict, decide
from tests.traffic.made import MS, counts_of, measured, money, second, steady

FOUND = Finding("differs", "2304", 3, "/output/setlinfo/fund_pay_sumamt", "100.23", "100.24", "差一分", "off by a fen")
WRONG = money(agrees=False, found=[{"kind": "lost", "visit": 3, "zh": "丢了一笔", "en": "one was lost"}])


def decided(run: Measured, **told: Any) -> Verdict:
    figures = figures_of(run)
    return decide(figures, judge_limits(read_profile("national"), figures, told.get("money")), **told)


def saturated() -> Measured:
    return measured([second(number, 5 * MS, offered=100, in_flight=99 * (number + 1)) for number in range(20)])


def late(run: Measured) -> Measured:
    return measured(run.line, lag_counts=counts_of(*[9 * MS] * 100))


@pytest.mark.parametrize(
    ("run", "told", "name", "code"),
    [
        (steady(), {"money": money()}, "good", 0),
        (steady(ms=3500), {}, "limits", 1),
        (saturated(), {}, "saturated", 1),
        (saturated(), {"findings": [FOUND]}, "findings", 1),
        (saturated(), {"findings": [FOUND], "money": WRONG}, "money", 1),
        (late(saturated()), {"findings": [FOUND], "money": WRONG}, "void", 4),
        (late(saturated()), {"interrupted": True}, "interrupted", 130),
    ],
)
def test_the_first_that_holds_is_the_verdict(run: Measured, told: dict[str, Any], name: str, code: int) -> None:
    found = decided(run, **told)
    assert (found.name, found.exit) == (name, code)
    places = [ORDER.index(cause.verdict) for cause in found.causes]
    assert places == sorted(places)
    assert all(cause.zh and cause.en for cause in found.causes)


def test_nobody_answers_is_no_verdict_on_speed() -> None:
    silent = measured([second(0, offered=5), second(1, offered=5)], ends=Counter({("2304", "unsent", 0): 10}))
    assert decided(silent).exit == 3


def test_a_cause_names_its_basis_and_counts_what_is_alike() -> None:
    assert [cause.assumption for cause in decided(steady(ms=3500)).causes] == ["A-COUNTER-WAIT", "A-SUSTAINED"]
    assert [cause.clause for cause in decided(steady(), money=WRONG).causes] == ["P75-41"]
    assert [cause.times for cause in decided(steady(), findings=[FOUND] * 7).causes] == [7]


def test_totals_that_could_not_be_asked_for_break_the_limit_only() -> None:
    stopped = money(agrees=False, stopped={"zh": "对账未能完成", "en": "it could not be reconciled"}, rows=[])
    found = decided(steady(), money=stopped)
    assert (found.name, [cause.clause for cause in found.causes]) == ("limits", ["P75-41"])


def test_what_a_dead_target_could_not_be_asked_is_no_money_that_differs() -> None:
    stopped = {"zh": "对账未能完成", "en": "it could not be reconciled"}
    unasked = {"kind": "totals", "visit": 3, "zh": "2601未得到应答", "en": "2601 was not answered"}
    assert decided(steady(), money=money(agrees=False, stopped=stopped, found=[unasked])).name == "limits"
    lost = money(agrees=False, stopped=stopped, found=[unasked, *WRONG["found"]])
    assert decided(steady(), money=lost).name == "money"


def test_the_order_that_is_written_down_is_the_order_that_is_kept() -> None:
    written = re.findall(r"^(\w+) +(\d) [a-z]", verdicts.__doc__ or "", re.MULTILINE)
    assert [name for name, _ in written] == list(ORDER[2:])
    assert {name: int(code) for name, code in written} == {name: EXIT[name] for name in ORDER[2:]}
    assert WORDS.keys() == EXIT.keys() == set(ORDER)
