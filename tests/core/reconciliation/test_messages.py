"""Pages, and messages that say what was put into them."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.core.platform.message import Key, request
from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.messages import (
    Page,
    Result,
    Run,
    Span,
    paged,
    read_groups,
    read_result,
    read_rows,
    reason_for,
    result_blocks,
    rows_blocks,
    totals_blocks,
)
from simulator.core.reconciliation.rows import Figures, Group, Row
from simulator.core.reconciliation.totals import Totals

PAIR = ("320100", "320300")
DAY = Span("2016-10-10", "2016-10-10")
RUN = Run("DZ320100201610102001", DAY, "320100", "2")
AT = dt.datetime(2016, 10, 10, 22, 30)


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, [0]), (1, [1]), (99, [99]), (100, [100]), (101, [100, 1]), (200, [100, 100])]
)
def test_pages_have_at_most_a_hundred_rows_and_there_is_always_one(count: int, sizes: list[int]) -> None:
    pages = paged(range(count))
    assert [len(part) for _, part in pages] == sizes
    assert [page for page, _ in pages] == [Page(number, len(sizes), count) for number in range(1, len(sizes) + 1)]
    assert [each for _, part in pages for each in part] == list(range(count))


def test_totals_come_back_as_they_were_sent() -> None:
    groups = (
        (
            Group(*PAIR, "320399", "310", "21"),
            Figures(2, 900, hifp_pay=500, hifdm_pay=7, fund_pay_sumamt=507, acct_pay=3),
        ),
        (Group(*PAIR, "320381", "390", "11"), Figures(-1, -100, hifp_pay=-60, fund_pay_sumamt=-60, psn_cash_pay=-40)),
    )
    blocks = totals_blocks(RUN, Page(1, 1, 2), groups)
    assert read_groups(request("R101", Key("C32010000000", "M"), {}, blocks)) == groups
    assert (blocks["data"]["setl_totlnum"], blocks["data"]["clr_sumamt"]) == (1, 450)
    assert blocks["data"]["medfee_sumamt"] == 800


def test_rows_come_back_as_they_were_sent() -> None:
    rows = (
        Row("A1", False, "", "S1", "P1", "M1", AT, *PAIR, "310", "21", Totals(1, 900, 500, 3)),
        Row("A1R1", True, "A1", "S1", "P1", "M1", AT, *PAIR, "310", "21", Totals(-1, -900, -500, -3)),
    )
    blocks = rows_blocks(RUN, PAIR, Page(1, 1, 2), rows)
    assert read_rows(request("R102", Key("C32010000000", "M"), {}, blocks)) == rows


def test_a_result_comes_back_as_it_was_sent() -> None:
    sides = {"1": Totals(1, 900, 500, 3), "2": Totals(), "3": Totals(1, 900, 500, 3)}
    found = Mismatch(DAY.begin, *PAIR, "A1", True, "S1", "M1", "5", 0, -503, -503, "3")
    result = Result("DZ1", DAY.begin, PAIR, AT, False, reason_for(sides), sides, (found,), 101)
    assert read_result(request("R103", Key("C32000000000", "M"), {}, result_blocks(result))) == result
    assert result.reason == "参保地1笔、清算额5.03元；就医地0笔、清算额0.00元；平台1笔、清算额5.03元"
