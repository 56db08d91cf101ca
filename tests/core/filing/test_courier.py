"""Telling others of filings: to whom, in which order, how late, and what is known to have arrived."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.filing.actions import CancelFiling, ChangeFiling, File, ResendFiling
from simulator.core.filing.book import Upload
from simulator.core.filing.facts import Filed, FilingSent
from simulator.core.filing.filing import Filing

D, T = dt.date, dt.datetime
WORKER = "32039900000001"
WORK = File(WORKER, "long_term_work", "320100", proofs=1)


def copies(b: Any, sn: str, *codes: str) -> list[tuple[int, str, bool] | None]:
    """Version, place and validity of the copies that platforms have."""
    found = [b.nodes[code].filings.book.latest(sn) for code in codes]
    return [None if each is None else (each.version, each.target, each.valid) for each in found]


def test_a_filing_goes_over_the_province_to_the_city_it_is_for_and_both_keep_a_copy(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    assert b.sent("F101") == [("F101", "320300", "320000"), ("F101", "320000", "320100")]
    assert copies(b, made.sn, "320000", "320100", "320500") == [(1, "320100", True), (1, "320100", True), None]
    assert b.desk.book.upload(made.sn) == Upload(1, frozenset(), 1, {"320100": 1})
    assert b.desk.book.upload(made.sn).state == "accepted"
    copy = b.nodes["320100"].filings.book.latest(made.sn)
    assert copy == made._replace(effective_at=None, updated_at=copy.updated_at)
    assert b.nodes["320100"].filings.book.people[WORKER] == b.play.net.people["worker"]._replace(balance=0)


def test_a_filing_to_an_area_is_told_to_its_city(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK._replace(target="320124"))
    assert [end for _, _, end in b.sent("F101")] == ["320000", "320100"]
    assert copies(b, made.sn, "320100") == [(1, "320124", True)]


def test_a_filing_to_another_province_passes_the_ministry(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK._replace(target="220100"))
    assert [end for _, _, end in b.sent("F101")] == ["320000", "100000", "220000", "220100"]
    assert copies(b, made.sn, "320000", "220000", "220100") == [(1, "220100", True)] * 3
    (asked,) = [m for _, end, m in b.play.relay.hops if (m.infno, end) == ("F101", "220100")]
    assert asked.block("data")["out_onln_way"] == "2"


@pytest.mark.parametrize(
    ("target", "hops", "way"), [("220000", ["320000", "100000", "220000"], "2"), ("320000", ["320000"], "1")]
)
def test_a_filing_to_a_province_is_answered_by_its_platform(
    bureau: Any, target: str, hops: list[str], way: str
) -> None:
    b = bureau()
    made = b.made(WORK._replace(target=target))
    assert [end for _, _, end in b.sent("F101")] == hops
    assert copies(b, made.sn, target) == [(1, target, True)]
    asked = [m for _, end, m in b.play.relay.hops if end == target and not m.is_reply][-1]
    assert asked.block("data")["out_onln_way"] == way


def test_a_change_is_told_to_the_city_before_and_the_city_now_and_an_end_to_both(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    b.made(ChangeFiling(made.sn, "long_term_work", "320500", proofs=1))
    assert [end for _, start, end in b.sent("F102") if start == "320000"] == ["320100", "320500"]
    assert copies(b, made.sn, "320000", "320100", "320500") == [(2, "320500", True)] * 3
    b.act(CancelFiling(made.sn))
    assert [end for _, start, end in b.sent("F103") if start == "320000"] == ["320100", "320500"]
    assert copies(b, made.sn, "320000", "320100", "320500") == [(3, "320500", False)] * 3
    assert b.desk.book.upload(made.sn) == Upload(3, frozenset(), 3, {"320100": 3, "320500": 3})


def test_a_change_inside_the_city_it_is_for_is_told_once(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    b.made(ChangeFiling(made.sn, "long_term_work", "320124", proofs=1))
    assert [end for _, _, end in b.sent("F102")] == ["320000", "320100"]
    assert copies(b, made.sn, "320000", "320100") == [(2, "320124", True)] * 2


def test_copies_cover_what_the_filing_covered_before_its_change_and_after(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 9, 2))
    made = b.made(WORK)
    b.on(D(2019, 9, 20)).made(ChangeFiling(made.sn, "long_term_work", "320500"))
    for code in ("320000", "320100", "320500"):
        filings = b.nodes[code].filings
        there = [
            filings.standing(WORKER, day, area, "320399").filing_type
            for area in ("320199", "320599")
            for day in (D(2019, 9, 20), D(2019, 9, 21))
            if code != {"320199": "320100", "320599": "320500"}[area]
        ]
        assert (
            there
            == {
                "320000": ["long_term_work", "", "", "long_term_work"],
                "320100": ["", "long_term_work"],
                "320500": ["", ""],  # the city that learned of it late knows nothing of the time before
            }[code]
        )


# -- one after the other ----------------------------------------------------------------------------------------------


class Flight:
    """徐州's desk with its messages in flight."""

    def __init__(self, b: Any, make_wire: Any) -> None:
        self.b, self.wire = b, make_wire(b.nodes)

    def act(self, action: Any) -> None:
        self.wire.perform("320300", self.b.play.insured.act(self.b.play.tick(), action))

    def deliver(self) -> None:
        self.wire.deliver_all(self.b.play.tick())

    @property
    def flying(self) -> list[str]:
        return [each.message.infno for each in self.wire.flying]

    @property
    def sn(self) -> str:
        (sn,) = {each.sn for each in self.b.desk.book.of(WORKER)}
        return str(sn)

    @property
    def upload(self) -> Upload:
        found: Upload = self.b.desk.book.upload(self.sn)
        return found


def test_later_versions_wait_until_the_earlier_one_is_answered(bureau: Any, make_wire: Any) -> None:
    b = bureau()
    flight = Flight(b, make_wire)
    flight.act(WORK)
    flight.act(ChangeFiling(flight.sn, "long_term_work", "320500", proofs=1, on=D(2023, 4, 1)))
    flight.act(CancelFiling(flight.sn, on=D(2023, 5, 1)))
    assert (flight.flying, flight.upload.state, flight.upload.accepted) == (["F101"], "sent", 0)
    flight.deliver()
    assert flight.flying == []
    assert (flight.upload.state, flight.upload.accepted) == ("accepted", 3)
    assert copies(b, flight.sn, "320000", "320100", "320500") == [(3, "320500", False)] * 3
    versions = b.nodes["320000"].filings.book.versions(flight.sn)
    assert [(each.target, each.first_day, each.ended) for each in versions] == [
        ("320100", D(2023, 3, 1), D(2023, 4, 1)),
        ("320500", D(2023, 4, 1), D(2023, 5, 1)),
        ("320500", D(2023, 4, 1), D(2023, 5, 1)),
    ]


def test_a_lost_upload_is_sent_again_until_it_is_answered(bureau: Any, make_wire: Any) -> None:
    b = bureau()
    flight = Flight(b, make_wire)
    flight.act(WORK)
    flight.wire.lose()
    flight.act(CancelFiling(flight.sn))
    assert flight.flying == []
    b.play.tick(60)
    assert flight.wire.ring(b.play.now) == 1
    flight.deliver()
    assert copies(b, flight.sn, "320000", "320100") == [(2, "320100", False)] * 2


def test_what_nobody_knows_needs_no_ending(bureau: Any) -> None:
    b = bureau()
    told = Filing(WORKER, "long_term_work", "320399", "320100", D(2023, 3, 1), None, sn="BA7")
    b.play.insured.fold(Filed(told))
    assert b.desk.book.upload("BA7").state == "not_sent"
    b.act(CancelFiling("BA7"))
    assert b.sent("F101", "F103") == []


def test_a_filing_told_as_a_fact_is_uploaded_whole_when_it_changes(bureau: Any) -> None:
    b = bureau()
    b.play.insured.fold(Filed(Filing(WORKER, "long_term_work", "320399", "320100", D(2023, 3, 1), None, sn="BA7")))
    b.made(ChangeFiling("BA7", "long_term_work", "320500"))
    assert [end for _, _, end in b.sent("F101")] == ["320000", "320500"]
    assert b.desk.book.upload("BA7") == Upload(2, frozenset(), 2, {"320500": 1})  # each copy counts for itself
    b.made(ChangeFiling("BA7", "long_term_work", "320124"))
    assert [end for _, start, end in b.sent("F102") if start == "320000"] == ["320500", "320100"]
    assert copies(b, "BA7", "320500", "320100", "320000") == [(2, "320124", True)] * 3


def test_a_refused_upload_is_kept_as_refused_until_it_is_sent_again(bureau: Any) -> None:
    b = bureau()
    stranger = Filing("X", "long_term_work", "320199", "320300", D(2023, 3, 1), None, sn="BA32030020230301000001")
    b.nodes["320100"].fold(Filed(stranger))  # the number is taken there
    made = b.made(WORK)
    assert b.desk.book.upload(made.sn) == Upload(0, frozenset(), 0, {}, -166)
    assert b.desk.book.upload(made.sn).state == "refused"
    assert copies(b, made.sn, "320000") == [None]
    b.act(ResendFiling(made.sn))
    assert len(b.sent("F101")) == 4
    b.made(ChangeFiling(made.sn, "long_term_work", "320500", proofs=1))
    assert b.desk.book.upload(made.sn).state == "accepted"
    assert copies(b, made.sn, "320000", "320500") == [(1, "320500", True)] * 2
    assert b.declined(ResendFiling(made.sn)) == ("unknown_filing", (made.sn,))
    assert b.declined(ResendFiling("BA0")) == ("unknown_filing", ("BA0",))


def test_when_one_of_two_cities_refuses_the_version_is_not_accepted(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    stranger = Filing("X", "long_term_work", "320199", "320300", D(2023, 3, 1), None, sn=made.sn)
    b.nodes["320500"].fold(Filed(stranger))
    b.made(ChangeFiling(made.sn, "long_term_work", "320500", proofs=1))
    assert b.desk.book.upload(made.sn) == Upload(1, frozenset(), 1, {"320100": 2}, -124)


# -- how late (P75-09) ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "approved", "late"),
    [
        ("window", T(2023, 3, 6, 8, 0), False),
        ("window", T(2023, 3, 3, 17, 0), True),
        ("web", T(2023, 3, 3, 17, 0), False),
        ("web", T(2023, 3, 2, 17, 0), True),
    ],
)
def test_a_late_upload_is_marked_and_not_refused(bureau: Any, channel: str, approved: dt.datetime, late: bool) -> None:
    b = bureau(day=D(2023, 3, 6))  # a Monday
    facts = b.act(WORK._replace(channel=channel, approved_at=approved))
    (sent,) = [fact for fact in facts if isinstance(fact, FilingSent)]
    assert (sent.to, sent.late) == (("320100",), late)
    upload = b.desk.book.upload(sent.sn)
    assert (upload.late, upload.state) == (late, "accepted")


def test_a_pack_without_a_time_to_upload_finds_nothing_late(bureau: Any) -> None:
    b = bureau("jilin-2019", D(2019, 9, 2))
    made = b.made(WORK._replace(approved_at=T(2019, 8, 1, 9, 0)))
    assert not b.desk.book.upload(made.sn).late
