"""The register: every version of every filing, and how far each has been told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.filing.book import FilingBook, Upload
from simulator.core.filing.facts import (
    Filed,
    FilingAnswered,
    FilingChanged,
    FilingEnded,
    FilingsChecked,
    FilingSent,
    Found,
)
from simulator.core.filing.filing import Filing

D, T = dt.date, dt.datetime
WORK = Filing("P1", "long_term_work", "320399", "320100", D(2023, 3, 1), None, sn="BA1")


def book(*facts: Any) -> FilingBook:
    made = FilingBook()
    for fact in facts:
        made.folds[type(fact)](fact)
    return made


def test_what_is_told_twice_is_known_once() -> None:
    told = WORK._replace(sn="")
    known = book(Filed(told), Filed(told), Filed(told._replace(target="320500")))
    assert len(known) == 2
    assert [each.target for each in known.of("P1")] == ["320100", "320500"]
    assert known.of("P2") == ()
    assert (known.latest("BA9"), known.versions("BA9")) == (None, ())


def test_a_check_after_a_change_cuts_every_version_from_the_day_of_the_reason() -> None:
    changed = WORK._replace(target="320500", version=2, since=D(2023, 5, 1))
    checked = FilingsChecked(D(2023, 9, 1), frozenset({"320399"}), (Found("P1", "BA1", D(2023, 4, 1), "returned"),))
    known = book(Filed(WORK), FilingChanged(changed), checked)
    assert [each.ended for each in known.versions("BA1")] == [D(2023, 4, 1), D(2023, 4, 1)]
    assert known.covering("P1", D(2023, 3, 31), {"320100"}) is not None
    assert known.covering("P1", D(2023, 4, 1), {"320100"}) is None
    assert known.covering("P1", D(2023, 5, 1), {"320500"}) is None
    assert list(known.found) == ["BA1"]
    ended = FilingEnded("P1", "BA1", 3, D(2023, 4, 1), "found_invalid", T(2023, 9, 2, 9, 0), D(2023, 9, 1))
    known.folds[FilingEnded](ended)
    assert known.found == {}
    latest = known.latest("BA1")
    assert latest is not None
    assert (latest.version, latest.closing, latest.checked_on) == (3, True, D(2023, 9, 1))


def test_the_person_may_be_told_with_the_filing_or_stay_unknown(people: Any) -> None:
    assert book(Filed(WORK)).people == {}
    assert book(Filed(WORK, people["worker"])).people == {"P1": people["worker"]}


@pytest.mark.parametrize(
    ("answers", "state", "upload"),
    [
        ([], "sent", Upload(1, frozenset({"A", "B"}))),
        ([("A", 0)], "sent", Upload(1, frozenset({"B"}), 0, {"A": 1})),
        ([("A", 0), ("B", 0)], "accepted", Upload(1, frozenset(), 1, {"A": 1, "B": 1})),
        ([("A", 0), ("B", -103)], "refused", Upload(0, frozenset(), 0, {"A": 1}, -103)),
        ([("A", -103), ("B", 0)], "refused", Upload(0, frozenset(), 0, {"B": 1}, -103)),
    ],
)
def test_a_version_is_accepted_when_all_it_was_sent_to_have_accepted_it(
    answers: list[tuple[str, int]], state: str, upload: Upload
) -> None:
    known = book(Filed(WORK), FilingSent("BA1", 1, ("A", "B"), T(2023, 3, 1, 9, 0)))
    for by, refusal in answers:
        known.folds[FilingAnswered](FilingAnswered("BA1", by, refusal, 0 if refusal else 1))
    assert known.upload("BA1") == upload
    assert known.upload("BA1").state == state


def test_lateness_stays_on_record() -> None:
    known = book(
        Filed(WORK),
        FilingSent("BA1", 1, ("A",), T(2023, 3, 9, 9, 0), late=True),
        FilingAnswered("BA1", "A", 0, 1),
        FilingSent("BA1", 2, ("A",), T(2023, 5, 9, 9, 0)),
    )
    assert known.upload("BA1").late
    assert known.upload("BA1").state == "sent"
