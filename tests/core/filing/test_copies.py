"""Asking the province for its copies: a city of insurance compares, another city learns."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.filing import office
from simulator.core.filing.actions import CancelFiling, File, QueryCopies
from simulator.core.filing.facts import CopyCompared, Filed, FilingEnded
from simulator.core.filing.filing import Filing

D, T = dt.date, dt.datetime
WORKER, RESIDENT = "32039900000001", "32038100000002"
WORK = File(WORKER, "long_term_work", "320100", proofs=1)


def test_copies_that_agree_are_found_to(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    assert CopyCompared((), (made.sn,)) in b.act(QueryCopies("320300"))
    assert b.desk.book.differing == {}


def test_copies_that_say_otherwise_are_found_and_forgotten_once_they_agree(bureau: Any) -> None:
    b = bureau()
    made, other = b.made(WORK), b.made(WORK._replace(psn_no=RESIDENT))
    province = b.nodes["320000"]
    province.fold(FilingEnded(WORKER, made.sn, 2, D(2023, 3, 1), "mistake", T(2023, 3, 1, 9, 0)))
    stranger = Filing(RESIDENT, "long_term_work", "320381", "320500", D(2023, 3, 1), None, sn="BA8")
    province.fold(Filed(stranger, b.play.net.people["resident"]))
    assert CopyCompared(("BA8", made.sn), (other.sn,)) in b.act(QueryCopies("320300", since=T(2023, 1, 1)))
    assert list(b.desk.book.differing) == ["BA8", made.sn]
    b.act(CancelFiling(made.sn))
    b.act(QueryCopies("320300", psn_no=WORKER, since=T(2023, 1, 1)))
    assert list(b.desk.book.differing) == ["BA8"]


def test_a_city_learns_the_filings_to_it_that_it_did_not_know(bureau: Any) -> None:
    b = bureau()
    told = b.made(WORK._replace(target="320000"))
    ended = b.made(WORK._replace(psn_no=RESIDENT))
    b.act(CancelFiling(ended.sn))
    b.forgets("320100")
    facts = b.act(QueryCopies("320300", since=T(2023, 1, 1)), at="320100")
    assert [fact.filing.sn for fact in facts if isinstance(fact, Filed)] == [told.sn]
    assert b.nodes["320100"].filings.book.people[WORKER].name == "试例甲"
    again = b.act(QueryCopies("320300", place="320000"), at="320100")
    assert not [fact for fact in again if isinstance(fact, Filed)]


def test_the_pages_are_asked_for_one_after_the_other(bureau: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    b = bureau()
    for target in ("320100", "320500", "220100"):
        b.made(WORK._replace(target=target))
    monkeypatch.setattr(office, "PAGE", 2)
    facts = b.act(QueryCopies("320300"))
    assert [len(fact.agreeing) for fact in facts if isinstance(fact, CopyCompared)] == [2, 1]
    assert len(b.sent("F104")) == 2


def test_an_empty_answer_and_a_refused_one_change_nothing(bureau: Any) -> None:
    b = bureau()
    before = b.desk.book.differing
    assert not [fact for fact in b.act(QueryCopies("320300")) if isinstance(fact, CopyCompared)]
    del b.nodes["320000"].answers["F104"]
    b.made(WORK)
    assert not [fact for fact in b.act(QueryCopies("320300")) if isinstance(fact, CopyCompared)]
    assert b.desk.book.differing == before
