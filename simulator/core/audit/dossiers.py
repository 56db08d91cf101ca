"""What the messages of a visit told the audit: person, diagnoses, lines with their times, discharge, bills.

The place of treatment sees every message of a visit, and the audit reads them as they are answered; it asks no other
desk for what a hospital said. Nothing is kept before a rule set was adopted.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.core.audit.case import DIED, INPATIENT, OUTPATIENT, PHARMACY, Charge, Entry, Patient, Visit
from simulator.core.platform.message import Block, Key, Message
from simulator.core.values.areas import Registry

_ALL = "0000"  # 2302, 2205: every line of the visit
_PART = "1"  # mid_setl_flag
_APPROVED = "1"  # hosp_appr_flag
_YES = "1"

FindEntry = Callable[[str, dt.date, str], Entry | None]
"""What the catalogue says of a code, on a day, at a hospital level; None for a code it does not have."""


class Dossier:
    """The papers of one visit; ``bills`` holds, by ``setl_id``, the numbers of the lines that were billed.

    ``funds`` are (fund, fen) of each bill in the order of its reply, ``parts`` the bills that were part settlements.
    """

    __slots__ = ("batches", "bills", "charges", "funds", "opened_by", "parts", "psn_no", "visit")

    def __init__(self, opened_by: Key, psn_no: str, visit: Visit) -> None:
        self.opened_by = opened_by
        self.psn_no = psn_no
        self.visit = visit
        self.charges: dict[str, Charge] = {}
        self.batches: dict[str, str] = {}
        self.bills: dict[str, tuple[str, ...]] = {}
        self.funds: dict[str, tuple[tuple[str, int], ...]] = {}
        self.parts: list[str] = []

    def billed(self, setl_id: str) -> tuple[Charge, ...]:
        """Return the lines of a bill: those settled under this number, or all that no other bill has."""
        sns = self.bills.get(setl_id)
        return tuple(self.charges[sn] for sn in (self._open() if sns is None else sns))

    def bill(self, setl_id: str) -> None:
        """Put every line that no bill has yet on this one."""
        self.bills.setdefault(setl_id, self._open())

    def _open(self) -> tuple[str, ...]:
        taken = {sn for sns in self.bills.values() for sn in sns}
        return tuple(sn for sn in self.charges if sn not in taken)


class Dossiers:
    """The visits at one treatment city as the messages tell them, by visit and by person."""

    def __init__(self, registry: Registry, entry: FindEntry) -> None:
        self.registry = registry
        self._entry = entry
        self._visits: dict[str, Dossier] = {}
        self._of_person: dict[str, dict[str, None]] = {}
        self._people: dict[str, Patient] = {}
        self._opened_by: dict[Key, str] = {}
        self.reads: Mapping[str, Callable[[Message, Message], None]] = {
            "1101": self._person,
            "2102": self._sold,
            "2201": self._registered,
            "2203": self._diagnosed,
            "2204": self._charged,
            "2205": self._cancelled,
            "2207": self._settled,
            "2301": self._charged,
            "2302": self._cancelled,
            "2304": self._settled,
            "2401": self._admitted,
            "2402": self._discharged,
            "2404": self._withdrawn,
            "2405": self._readmitted,
            "2601": self._reversed,
        }

    def take(self, asked: Message, reply: Message) -> None:
        """Read a request of a hospital that was answered with success."""
        read = self.reads.get(asked.infno)
        if read is not None:
            read(asked, reply)

    def find(self, mdtrt_id: str) -> Dossier | None:
        """Return the papers of a visit."""
        return self._visits.get(mdtrt_id)

    def patient(self, psn_no: str) -> Patient:
        """Return what is known of a person."""
        return self._people.get(psn_no) or Patient(psn_no)

    def going_on(self, psn_no: str) -> Iterator[Visit]:
        """Yield the stays of a person that have begun and not ended."""
        for each in self._of_person.get(psn_no, ()):
            visit = self._visits[each].visit
            if visit.kind == INPATIENT and visit.end is None:
                yield visit

    def forget(self, mdtrt_id: str) -> None:
        """Forget a visit that is done with."""
        dossier = self._visits.pop(mdtrt_id, None)
        if dossier is not None:
            del self._of_person[dossier.psn_no][mdtrt_id]
            del self._opened_by[dossier.opened_by]

    # -- the person, and how a visit begins and ends -------------------------------------------------------------

    def _person(self, asked: Message, reply: Message) -> None:
        self._known(reply.block("baseinfo"))

    def _known(self, info: Block) -> None:
        """Learn sex and birth of a person, where a reply tells them."""
        before = self.patient(info["psn_no"])
        born = dt.date.fromisoformat(info["brdy"]) if info.get("brdy") else before.born
        if born == before.born and before.gender == (info.get("gend") or before.gender):
            return
        self._people[before.psn_no] = before._replace(gender=info.get("gend") or before.gender, born=born)

    def _open(self, asked: Message, mdtrt_id: str, kind: str, info: Block, diagnoses: tuple[str, ...]) -> Dossier:
        hospital = self.registry.institutions[asked.party]
        visit = Visit(
            mdtrt_id,
            kind,
            asked.party,
            self.registry.city_of(hospital.area) or "",
            hospital.level,
            dt.datetime.fromisoformat(info["begntime"]),
            None if kind == INPATIENT else dt.datetime.fromisoformat(info["begntime"]),
            diagnoses,
            info.get("med_type") or "",
        )
        dossier = self._visits[mdtrt_id] = Dossier(asked.key, info["psn_no"], _flagged(visit, info))
        self._opened_by[asked.key] = mdtrt_id
        self._of_person.setdefault(dossier.psn_no, {})[mdtrt_id] = None
        return dossier

    def _admitted(self, asked: Message, reply: Message) -> None:
        info = asked.block("mdtrtinfo")
        diagnoses = _diagnoses(asked) or (info["dscg_maindiag_code"],)
        self._open(asked, reply.block("result")["mdtrt_id"], INPATIENT, info, diagnoses)

    def _registered(self, asked: Message, reply: Message) -> None:
        self._open(asked, reply.block("data")["mdtrt_id"], OUTPATIENT, asked.block("data"), ())

    def _diagnosed(self, asked: Message, reply: Message) -> None:
        info = asked.block("mdtrtinfo")
        dossier = self._visits.get(info["mdtrt_id"])
        if dossier is not None:
            visit = dossier.visit._replace(diagnoses=_diagnoses(asked), med_type=info["med_type"])
            dossier.visit = _flagged(visit, info)

    def _discharged(self, asked: Message, reply: Message) -> None:
        info = asked.block("dscginfo")
        dossier = self._visits.get(info["mdtrt_id"])
        if dossier is None:
            return
        end = dt.datetime.fromisoformat(info["endtime"])
        visit = dossier.visit._replace(
            end=end, way=info["dscg_way"], diagnoses=_diagnoses(asked) or dossier.visit.diagnoses
        )
        dossier.visit = _flagged(visit, info)
        if info["dscg_way"] == DIED:
            died = dt.date.fromisoformat(info["die_date"]) if info.get("die_date") else end.date()
            self._people[dossier.psn_no] = self.patient(dossier.psn_no)._replace(died=died)

    def _readmitted(self, asked: Message, reply: Message) -> None:
        dossier = self._visits.get(asked.block("data")["mdtrt_id"])
        if dossier is not None:
            if dossier.visit.way == DIED:
                self._people[dossier.psn_no] = self.patient(dossier.psn_no)._replace(died=None)
            dossier.visit = dossier.visit._replace(end=None, way="")

    def _withdrawn(self, asked: Message, reply: Message) -> None:
        self.forget(asked.block("data")["mdtrt_id"])

    def _reversed(self, asked: Message, reply: Message) -> None:
        """Forget a visit whose beginning was reversed (2601); the reversal of a bill comes as a settlement row."""
        mdtrt_id = self._opened_by.get(Key(asked.party, asked.block("data")["omsgid"]))
        if mdtrt_id is not None:
            self.forget(mdtrt_id)

    # -- lines and bills -----------------------------------------------------------------------------------------

    def _charged(self, asked: Message, reply: Message) -> None:
        rows = asked.rows("feedetail")
        dossier = self._visits.get(rows[0]["mdtrt_id"])
        if dossier is not None:
            self._add(dossier, rows, reply.rows("result"))

    def _sold(self, asked: Message, reply: Message) -> None:
        """Read a purchase at a pharmacy (2102), which is visit, lines and bill in one message."""
        info = reply.block("setlinfo")
        dossier = self._open(asked, info["mdtrt_id"], PHARMACY, asked.block("druginfo"), ())
        self._add(dossier, asked.rows("drugdetail"), reply.rows("detlcutinfo"))
        self._settled(asked, reply)

    def _add(self, dossier: Dossier, rows: tuple[Block, ...], priced: tuple[Block, ...]) -> None:
        results = {str(row.get("feedetl_sn")): row for row in priced}
        for row in rows:
            sn = str(row["feedetl_sn"])
            at = dt.datetime.fromisoformat(row["fee_ocur_time"])
            entry = self._entry(row["med_list_codg"], at.date(), dossier.visit.level)
            dossier.charges[sn] = _charge(sn, at, row, results[sn], entry)
            dossier.batches[sn] = row.get("chrg_bchno") or ""

    def _cancelled(self, asked: Message, reply: Message) -> None:
        """Take lines out: by number (2302) or by batch of an outpatient visit (2205)."""
        for row in asked.rows("data"):
            dossier = self._visits.get(row["mdtrt_id"])
            if dossier is not None:
                wanted = str(row.get("feedetl_sn") or row.get("chrg_bchno"))
                for sn in tuple(dossier.charges):
                    if wanted in {_ALL, sn, dossier.batches[sn]}:
                        del dossier.charges[sn], dossier.batches[sn]

    def _settled(self, asked: Message, reply: Message) -> None:
        info = reply.block("setlinfo")
        dossier = self._visits.get(info["mdtrt_id"])
        if dossier is None:
            return
        self._known(info)
        dossier.bill(info["setl_id"])
        dossier.funds[info["setl_id"]] = tuple(
            (row["fund_pay_type"], row["fund_payamt"]) for row in reply.rows("setldetail")
        )
        request: Mapping[str, Any] = asked.block("data") if asked.infno != "2102" else {}
        if request.get("mid_setl_flag") == _PART:
            dossier.parts.append(info["setl_id"])
        dossier.visit = _flagged(dossier.visit, request)


def _charge(sn: str, at: dt.datetime, row: Block, priced: Block, entry: Entry | None) -> Charge:
    amount = row["det_item_fee_sumamt"]
    return Charge(
        sn,
        row["med_list_codg"],
        priced["med_chrgitm_type"],
        row["pric"],
        row["cnt"],
        amount,
        amount - (priced.get("fulamt_ownpay_amt") or 0) - (priced.get("overlmt_amt") or 0),
        priced.get("inscp_scp_amt") or 0,
        at,
        entry,
        row.get("init_feedetl_sn") or "",
        row.get("prd_days") or 0,
        row.get("dscg_tkdrug_flag") == _YES,
        row.get("hosp_appr_flag") == _APPROVED,
    )


def _diagnoses(asked: Message) -> tuple[str, ...]:
    """Return the diagnosis codes of a message, the main one first."""
    rows = sorted(asked.rows("diseinfo"), key=lambda row: (row.get("maindiag_flag") != _YES, row["diag_srt_no"]))
    return tuple(dict.fromkeys(row["diag_code"] for row in rows))


def _flagged(visit: Visit, info: Block) -> Visit:
    """Return a visit with the two flags of an injury, where the extension (``exp_content``) gives them (P75-38)."""
    text = info.get("exp_content")
    if not text:
        return visit
    try:
        extension = json.loads(text)
    except (ValueError, RecursionError):
        return visit
    if not isinstance(extension, dict):
        return visit
    injury, third_party = (extension.get(key) for key in ("TRUM_FLAG", "REL_TTP_FLAG"))
    return visit._replace(
        injury=str(injury) if injury is not None else visit.injury,
        third_party=str(third_party) if third_party is not None else visit.third_party,
    )
