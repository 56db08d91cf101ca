"""The blocks of A101 and S301 where they are out of the ordinary: many lines, long evidence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.audit.rules import Finding, Questioned
from simulator.core.audit.words import evidence_text, finding_blocks, part_id

DAY = dt.date(2016, 10, 10)


def finding(count: int, *evidence: tuple[tuple[str, str], ...]) -> Finding:
    rows = tuple(Questioned(str(number), "drug-a", 100, 90) for number in range(1, count + 1))
    return Finding("r", "1", "规则", "policy", 1, "deduct", "item", "S1", "V1", "P1", rows, evidence, "中", "en")


@pytest.mark.parametrize(("lines", "parts"), [(1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
def test_a_message_has_a_hundred_lines_at_most(play: Any, lines: int, parts: list[int]) -> None:
    stay = play.stay().settled()
    row = play.treatment.treatment.visits.find(stay.mdtrt_id).settlement
    blocks = list(finding_blocks("F1", finding(lines), row, version="1", hospital="医院", day=DAY))
    assert [len(each["findlist"]) for each in blocks] == parts
    assert [each["data"]["totalrow"] for each in blocks] == parts
    assert sum(each["data"]["vola_sumamt"] for each in blocks) == 100 * lines
    assert [each["data"]["chk_find_id"] for each in blocks] == [part_id("F1", n) for n in range(1, len(parts) + 1)]
    assert [each["findlist"][0]["seqno"] for each in blocks] == [1] * len(parts)


def test_parts_after_the_first_have_numbers_of_their_own() -> None:
    assert [part_id("F1", part) for part in (1, 2, 3)] == ["F1", "F1-2", "F1-3"]


def test_evidence_is_cut_to_the_field() -> None:
    assert evidence_text(finding(1, (("code", "a"), ("n", "2")), (("code", "b"),))) == "code=a，n=2；code=b"
    long = evidence_text(finding(1, *((("code", "x" * 30),) for _ in range(20))))
    assert (len(long), long[-1]) == (500, "…")
