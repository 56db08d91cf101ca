"""A visit of a case, as its hospital words it: each request made of what the answers before it told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from conformance.people import CARD, OLD_CARD
from conformance.words import apart
from simulator.core.benefit.bill import Line, totals_of
from simulator.core.benefit.rules import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from simulator.core.catalogue.forms import CATALOGUE_FILES
from simulator.core.network.hospital import BATCH, NO_DISEASE, Desk, Disease, Ward
from simulator.core.platform.files import STATEMENT
from simulator.core.platform.message import Block, Key, Message, freeze
from simulator.core.reconciliation.statement import statement_text
from simulator.core.values.areas import Institution
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
_BATCH, _ALL = "B1", "0000"


class Wish(NamedTuple):
    """What visit it is: whose, what care, the bill, when it began, and how it is settled."""

    person: Person
    care: str
    lines: tuple[Line, ...]
    began: dt.datetime
    disease: Disease = NO_DISEASE
    use_account: bool = True
    extension: str = ""
    certificate: str = CARD


class Visit:
    """Words the requests of a visit; ``hear`` takes in what the answers tell.

    ``uploaded`` are the numbers of the lines that are known where they were sent to, ``settled`` those of each
    settlement in force. What is uploaded next are the lines that are not there yet; a bill is of those there.
    """

    def __init__(self, wish: Wish, desk: Desk) -> None:
        self.wish, self.desk = wish, desk
        self.mdtrt_id = self.setl_id = ""
        self.last: Message | None = None
        self.keys: set[Key] = set()  # of all that was asked for this visit
        self.uploaded: dict[str, None] = {}
        self.settled: dict[str, frozenset[str]] = {}
        self._before: dict[str, dict[str, frozenset[str]]] = {}  # what was settled before a message, by its msgid
        self._registration: Message | None = None
        self.rows: list[Block] = []  # of what was settled and cancelled, as a statement has them
        self.stated: tuple[Block, ...] = ()  # those that are stated next
        self.text = ""  # what is uploaded instead
        self.file_no = self.result_no = "F"
        self.result_name, self.of_centre = "result.txt", False
        self.filing_no = ""
        self.referred_to: Institution | None = None

    @property
    def med_type(self) -> str:
        """Return the kind of care as messages say it."""
        return MED_TYPES[self.wish.care]

    @property
    def file_text(self) -> str:
        """Return what is uploaded next: the rows that are stated, or a text that was given instead."""
        return self.text or statement_text(self.stated)

    @property
    def due(self) -> tuple[Line, ...]:
        """Return the lines that the next bill is of: those uploaded and not settled; of a purchase all."""
        done = frozenset[str]().union(*self.settled.values())
        if self.wish.care == PHARMACY:
            return self.wish.lines
        return tuple(line for line in self.wish.lines if line.sn in self.uploaded and line.sn not in done)

    @property
    def next_lines(self) -> tuple[Line, ...]:
        """Return the lines to upload next, 100 at most; all over again where nothing is left."""
        left = tuple(line for line in self.wish.lines if line.sn not in self.uploaded)
        return (left or self.wish.lines)[:BATCH]

    def word(self, now: dt.datetime, infno: str) -> Message:
        """Return the request of a step; raises KeyError for one this has no words for."""
        self.last = _certified(self._words(now)[infno](), self.wish.certificate)
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
            lines = frozenset(line.sn for line in self.due)
            self.mdtrt_id, self.setl_id = str(info["mdtrt_id"]), str(info["setl_id"])
            self._settle(asked, {self.setl_id: lines, **self.settled})
            self._state(info, "0")
        elif asked.infno in {"2103", "2208", "2305"}:
            self._state(reply.rows("setlinfo")[0], "1")
            gone = asked.block("data")["setl_id"]
            self._settle(asked, {number: lines for number, lines in self.settled.items() if number != gone})
        elif asked.infno == "2601":
            self.settled = self._before.get(asked.block("data")["omsgid"], self.settled)
        elif not self._hear_papers(asked, reply):
            self._hear_lines(asked)

    def _hear_papers(self, asked: Message, reply: Message) -> bool:
        """Take in the number of a file or a filing; tell whether that was it."""
        told: Mapping[str, Any] = reply.blocks
        if asked.infno == "9101":
            self.file_no = self.result_no = str(told["file_qury_no"])
            self.result_name, self.of_centre = str(told["filename"]), False
        elif asked.infno == "3202":
            file = reply.block("fileinfo")
            self.result_no, self.result_name, self.of_centre = str(file["file_qury_no"]), str(file["filename"]), False
        elif asked.infno in CATALOGUE_FILES:
            self.result_no, self.result_name, self.of_centre = str(told["file_qury_no"]), str(told["filename"]), True
        elif asked.infno == "2501":
            self.filing_no = str(reply.block("result")["trt_dcla_detl_sn"])
        else:
            return False
        return True

    def _state(self, info: Block, refund: str) -> None:
        """Note the row of a statement that a settlement or a cancellation makes, once."""
        known = {"mdtrt_id": self.mdtrt_id, "psn_no": self.wish.person.psn_no, "refd_setl_flag": refund}
        row = {name: known[name] if name in known else info.get(name, 0) for name in STATEMENT}
        if row not in self.rows:
            self.rows.append(row)

    def _settle(self, asked: Message, settled: dict[str, frozenset[str]]) -> None:
        self._before.setdefault(asked.msgid, self.settled)
        self.settled = settled

    def _hear_lines(self, asked: Message) -> None:
        """Take in that lines are known, or no more."""
        if asked.infno in {"2301", "2204"}:
            self.uploaded.update((str(row["feedetl_sn"]), None) for row in asked.rows("feedetail"))
        elif asked.infno in {"2302", "2205"}:
            named = {str(row.get("feedetl_sn", _ALL)) for row in asked.rows("data")}
            gone = [line.sn for line in self.due if _ALL in named or line.sn in named]
            self.uploaded = {sn: None for sn in self.uploaded if sn not in gone}

    def _words(self, now: dt.datetime) -> Mapping[str, Callable[[], Message]]:
        desk, wish, person = self.desk, self.wish, self.wish.person
        dated = [(line, wish.began) for line in wish.lines]
        lines = [(line, wish.began) for line in self.next_lines]
        med_type, account = MED_TYPES[wish.care], wish.use_account

        def batch(infno: str) -> Message:
            sums = totals_of(self.due)
            return desk.settle_batch(
                now, infno, person, self.mdtrt_id, sums, batch=_BATCH, med_type=med_type, use_account=account
            )

        def purchase(infno: str) -> Message:
            return desk.purchase(now, infno, person, dated, med_type=med_type, use_account=account)

        def stay(infno: str) -> Message:
            bill = sum(line.amount for line in self.due)
            return desk.settle(now, infno, person, self.mdtrt_id, bill, use_account=account)

        def about(infno: str) -> Message:
            setl_id = self.setl_id if infno in _ABOUT_SETTLEMENT else ""
            return desk.about_visit(now, infno, person, self.mdtrt_id, setl_id=setl_id)

        def described() -> Message:
            return desk.describe(
                now, person, self.mdtrt_id, WARD, med_type=med_type, disease=wish.disease, extension=wish.extension
            )

        return {
            "9001": lambda: desk.sign_in(now),
            "1101": lambda: desk.person_info(now, person),
            "2001": lambda: desk.eligibility(now, person, wish.began, med_type),
            "2401": lambda: desk.admit(now, person, wish.began, WARD, extension=wish.extension),
            "2301": lambda: _refunding(desk.upload(now, person, self.mdtrt_id, lines, WARD), wish.lines),
            "2302": lambda: desk.cancel_lines(now, person, self.mdtrt_id, (_ALL,)),
            "2402": lambda: desk.discharge(now, person, self.mdtrt_id, now, WARD),
            "2303": lambda: stay("2303"),
            "2304": lambda: stay("2304"),
            "2201": lambda: desk.register(now, person, wish.began, WARD),
            "2202": lambda: desk.unregister(now, person, self.mdtrt_id, self._registered()),
            "2205": lambda: desk.cancel_batch(now, person, self.mdtrt_id, _BATCH),
            "2203": described,
            "2204": lambda: _refunding(
                desk.upload_batch(now, person, self.mdtrt_id, lines, WARD, batch=_BATCH, disease=wish.disease),
                wish.lines,
            ),
            "2206": lambda: batch("2206"),
            "2207": lambda: batch("2207"),
            "2101": lambda: purchase("2101"),
            "2102": lambda: purchase("2102"),
            **apart(self, now, WARD),
            **{infno: lambda infno=infno: about(infno) for infno in _ABOUT},  # type: ignore[misc]
        }


def _refunding(upload: Message, lines: tuple[Line, ...]) -> Message:
    """Return an upload in which refunds name the lines they refund (``init_feedetl_sn``)."""
    refunds = {int(line.sn): line.refund_of for line in lines if line.refund_of}
    if not refunds:
        return upload
    rows = [
        {**row, "init_feedetl_sn": refunds[row["feedetl_sn"]]} if row["feedetl_sn"] in refunds else row
        for row in upload.rows("feedetail")
    ]
    return upload._replace(blocks=freeze({"feedetail": rows}))


def _certified(asked: Message, certificate: str) -> Message:
    """Return a request in which the person is known by a certificate of another kind than the identity card."""
    if certificate in {CARD, OLD_CARD}:
        return asked
    for name, block in asked.blocks.items():
        if not isinstance(block, tuple):
            kinds = {each: certificate for each in ("psn_cert_type", "cert_type") if each in block}
            kinds |= {"mdtrt_cert_type": "01"} if "mdtrt_cert_type" in block else {}
            asked = asked.with_fields(name, kinds)
    return asked


_ABOUT_SETTLEMENT = ("2103", "2208", "2305", "5203", "5204")
_ABOUT = ("2404", "2405", "5202", *_ABOUT_SETTLEMENT)
