"""A visit of a case, as its hospital words it: each request made of what the answers before it told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import NamedTuple

from simulator.core.benefit.bill import Line, totals_of
from simulator.core.benefit.rules import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from simulator.core.network.hospital import NO_DISEASE, Desk, Disease, Ward
from simulator.core.platform.message import Message
from simulator.core.values.people import Person

PLANS: Mapping[str, tuple[str, ...]] = {
    INPATIENT: ("9001", "1101", "2401", "2301", "2402", "2303", "2304"),
    OUTPATIENT: ("9001", "1101", "2201", "2203", "2204", "2206", "2207"),
    CHRONIC: ("9001", "1101", "2201", "2203", "2204", "2206", "2207"),
    PHARMACY: ("9001", "1101", "2101", "2102"),
}
CANCELS: Mapping[str, str] = {INPATIENT: "2305", OUTPATIENT: "2208", CHRONIC: "2208", PHARMACY: "2103"}
MED_TYPES: Mapping[str, str] = {INPATIENT: "21", OUTPATIENT: "11", CHRONIC: "14", PHARMACY: "41"}
WARD = Ward("A03", "内科", "D32000000001", "示例甲", "01", "I10.x00x002", "高血压病")
_BATCH = "B1"


class Wish(NamedTuple):
    """What visit it is: whose, what care, the bill, when it began, and how it is settled."""

    person: Person
    care: str
    lines: tuple[Line, ...]
    began: dt.datetime
    disease: Disease = NO_DISEASE
    use_account: bool = True
    extension: str = ""


class Visit:
    """Words the requests of a visit; ``hear`` takes in what the answers tell."""

    def __init__(self, wish: Wish, desk: Desk) -> None:
        self.wish, self.desk = wish, desk
        self.mdtrt_id = self.setl_id = ""
        self.last: Message | None = None
        self._registration: Message | None = None

    @property
    def bill(self) -> int:
        """Return the whole bill in fen."""
        return sum(line.amount for line in self.wish.lines)

    def word(self, now: dt.datetime, infno: str) -> Message:
        """Return the request of a step; raises KeyError for one this has no words for."""
        self.last = self._words(now)[infno]()
        if infno == "2201":
            self._registration = self.last
        return self.last

    def _registered(self) -> Message:
        assert self._registration is not None
        return self._registration

    def hear(self, asked: Message, reply: Message) -> None:
        """Take in a successful answer."""
        if asked.infno == "9001":
            self.desk.sign_no = str(reply.block("signinoutb")["sign_no"])
        elif asked.infno in {"2401", "2201"}:
            self.mdtrt_id = str(reply.block("result" if asked.infno == "2401" else "data")["mdtrt_id"])
        elif asked.infno in {"2304", "2207", "2102"}:
            info = reply.rows("setlinfo")[0]
            self.mdtrt_id, self.setl_id = str(info["mdtrt_id"]), str(info["setl_id"])

    def _words(self, now: dt.datetime) -> Mapping[str, Callable[[], Message]]:
        desk, wish, person = self.desk, self.wish, self.wish.person
        dated = [(line, wish.began) for line in wish.lines]
        med_type, account = MED_TYPES[wish.care], wish.use_account

        def batch(infno: str) -> Message:
            sums = totals_of(wish.lines)
            return desk.settle_batch(
                now, infno, person, self.mdtrt_id, sums, batch=_BATCH, med_type=med_type, use_account=account
            )

        def purchase(infno: str) -> Message:
            return desk.purchase(now, infno, person, dated, med_type=med_type, use_account=account)

        def stay(infno: str) -> Message:
            return desk.settle(now, infno, person, self.mdtrt_id, self.bill, use_account=account)

        def about(infno: str) -> Message:
            return desk.about_visit(now, infno, person, self.mdtrt_id, setl_id=self.setl_id)

        def described() -> Message:
            return desk.describe(
                now, person, self.mdtrt_id, WARD, med_type=med_type, disease=wish.disease, extension=wish.extension
            )

        return {
            "9001": lambda: desk.sign_in(now),
            "1101": lambda: desk.person_info(now, person),
            "2001": lambda: desk.eligibility(now, person, wish.began, med_type),
            "2401": lambda: desk.admit(now, person, wish.began, WARD, extension=wish.extension),
            "2301": lambda: desk.upload(now, person, self.mdtrt_id, dated, WARD),
            "2302": lambda: desk.cancel_lines(now, person, self.mdtrt_id, ("0000",)),
            "2402": lambda: desk.discharge(now, person, self.mdtrt_id, now, WARD),
            "2303": lambda: stay("2303"),
            "2304": lambda: stay("2304"),
            "2201": lambda: desk.register(now, person, wish.began, WARD),
            "2202": lambda: desk.unregister(now, person, self.mdtrt_id, self._registered()),
            "2205": lambda: desk.cancel_batch(now, person, self.mdtrt_id, _BATCH),
            "2203": described,
            "2204": lambda: desk.upload_batch(
                now, person, self.mdtrt_id, dated, WARD, batch=_BATCH, disease=wish.disease
            ),
            "2206": lambda: batch("2206"),
            "2207": lambda: batch("2207"),
            "2101": lambda: purchase("2101"),
            "2102": lambda: purchase("2102"),
            "5201": lambda: desk.visits_between(now, person, (now.date(), now.date()), med_type=med_type),
            "5206": lambda: desk.accumulators(now, person),
            **{infno: lambda infno=infno: about(infno) for infno in _ABOUT},  # type: ignore[misc]
        }


_ABOUT = ("2404", "2405", "2103", "2208", "2305", "5202", "5203", "5204")
