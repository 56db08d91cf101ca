"""The filing desk that every platform has: the filings it knows, where a person stands, and copies of what is uploaded.

A city of insurance decides about filings (``desk.py``) and uploads them. The platform they are for answers F101 to F103
and keeps a copy (JS-3.1d); the province keeps one of what passes through it, and answers F104 from it (JS-3.3a).
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.filing import words
from simulator.core.filing.book import FilingBook
from simulator.core.filing.declarations import CHRONIC, DeclarationBook
from simulator.core.filing.facts import Filed, FilingChanged
from simulator.core.filing.filing import Filing
from simulator.core.filing.rules import MANUAL, Rules, rules_on
from simulator.core.filing.types import EMERGENCY, NOT_NEEDED, UNFILED
from simulator.core.platform.message import Block, Message
from simulator.core.platform.office import Folds, Office
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import Registry
from simulator.core.values.parameters import PolicyPack, Spans

INPATIENT = "inpatient"
PAGE = 100  # rows of F104 at most


class Standing(NamedTuple):
    """Where a visit stands with its filing: its type, empty where none is needed, or why it may not be settled.

    ``refusal`` is the name of a refusal, empty where direct settlement may go on, and ``found`` what it is filled
    with. ``pending`` tells that there is no filing, but that one may still be made before discharge (P75-25).
    """

    filing_type: str
    refusal: str = ""
    pending: bool = False
    found: tuple[str, ...] = ()


class Filings(Office):
    """The filings one platform knows."""

    def __init__(self, registry: Registry, pack: PolicyPack) -> None:
        self.registry = registry
        self.pack = pack
        self.book = FilingBook()
        self.declared = DeclarationBook()
        self._spans = Spans(pack)
        self._rules: dict[tuple[str, dt.date], Rules] = {}
        self.answers = {"F101": self._uploaded, "F102": self._changed, "F103": self._ended, "F104": self._queried}
        self.notes = {"F101": self._note_upload, "F102": self._note_change, "F103": self._note_end}
        self.folds: Folds = {**self.book.folds, **self.declared.folds}

    def rules(self, city: str, day: dt.date) -> Rules:
        """Return the rules of filing of a city of insurance on a day, looked up once while no figure changes."""
        span = self._spans.start(day)
        known = self._rules.get((city, span))
        if known is None:
            known = self._rules[city, span] = rules_on(self.pack, day, city)
        return known

    # -- where a person stands ----------------------------------------------------------------------------------------

    def standing(
        self,
        psn_no: str,
        admitted: dt.date,
        treatment_area: str,
        insured_area: str,
        *,
        on: dt.date | None = None,
        care: str = INPATIENT,
        emergency: bool = False,
        hospital: str = "",
        settling: bool | None = None,
    ) -> Standing:
        """Tell how a person admitted on a day in an area stands on the day ``on`` (default: that day).

        Inside one city no filing is needed. The day of admission decides (P75-13). A long-term filing comes first, as
        it takes nothing off (P75-17); then an emergency where the pack counts it as filed (P75-08, P75-19); then a
        temporary filing. A filing made after admission, up to the day of discharge, counts for a stay where the pack
        allows that (P75-25); of a stay that has ended, ``on`` is that day. Until then the standing is ``pending``, and
        at settlement (``settling``; by default once ``on`` is after the day of admission) it is what the pack says of
        stays without one: refused for manual reimbursement, or settled as ``unfiled`` (P75-18). ``hospital`` matters
        only to a referral that names one.
        """
        city, home = self.registry.city_of(treatment_area), self.registry.city_of(insured_area)
        if city == home:
            return Standing("")
        on = admitted if on is None else on
        rules = self.rules(home or insured_area, on)
        if care not in rules.care:
            return Standing(NOT_NEEDED)
        places = {treatment_area, city or "", self.registry.province_of(treatment_area), hospital} - {""}
        late = rules.late and care == INPATIENT
        filing = self.book.covering(psn_no, admitted, places)
        if filing is None and late:
            filing = self.book.covering(psn_no, on, places)
        if emergency and rules.emergency and not (filing is not None and filing.long_term):
            return Standing(EMERGENCY)
        if filing is not None:
            return Standing(filing.filing_type)
        if late and not (on > admitted if settling is None else settling):
            return Standing("", pending=True)
        return self._without(psn_no, admitted, treatment_area, rules)

    def _without(self, psn_no: str, admitted: dt.date, treatment_area: str, rules: Rules) -> Standing:
        """Return the standing of who has no filing that covers; a refusal says which there are."""
        if rules.unfiled != MANUAL:
            return Standing(UNFILED)
        said = (f"{each.target}({each.first_day}~{each.last_day or ''})" for each in self.book.of(psn_no))
        filed = "、".join(dict.fromkeys(said)) or "-"
        return Standing("", "not_filed", found=(treatment_area, admitted.isoformat(), filed))

    def admission(
        self, psn_no: str, admitted: dt.date, treatment_area: str, insured_area: str, *, on: dt.date, hospital: str = ""
    ) -> Standing:
        """Tell whether a platform on the way lets an admission pass: it is refused only where nothing could help."""
        areas = treatment_area, insured_area
        standing = self.standing(psn_no, admitted, *areas, on=on, hospital=hospital, settling=False)
        home = self.registry.city_of(insured_area) or insured_area
        return Standing("", pending=True) if standing.refusal and self.rules(home, on).emergency else standing

    def chronic(self, psn_no: str, disease: str, day: dt.date) -> bool:
        """Tell whether a person's chronic disease (门慢门特病种, by its code) is filed on a day."""
        return any(each.code == disease for each in self.declared.in_force(psn_no, CHRONIC, day))

    # -- F101 to F103: a copy of what is uploaded ---------------------------------------------------------------------

    def _uploaded(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        if self.registry.city_of(data["insu_admdvs"]) != data["insuplc_admdvs"]:
            return turn.refuse(asked, "unknown_area", data["insu_admdvs"])
        if words.platform_of(self.registry, data["rloc_admdvs"]) != turn.node.code:
            return turn.refuse(asked, "not_for_this_platform", data["rloc_admdvs"])
        if self.book.latest(data["trt_dcla_detl_sn"]) is not None:
            return turn.refuse(asked, "filing_repeated", data["trt_dcla_detl_sn"])
        return turn.ok(asked, result=_result(self._copy(turn, data), out_fil_upld_stas="1"))

    def _changed(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        known = self.book.latest(data["trt_dcla_detl_sn"])
        here = words.platform_of(self.registry, data["rloc_admdvs"]) == turn.node.code
        if not (here if known is None else self._may_tell(known, data)):
            return turn.refuse(asked, "unknown_filing", data["trt_dcla_detl_sn"])
        if known is not None and str(known.version) != data["ver_no"]:
            return turn.refuse(asked, "filing_version", data["ver_no"], known.version)
        return turn.ok(asked, result=_result(self._copy_change(turn, known, data), out_fil_upld_stas="1"))

    def _ended(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        known = self.book.latest(data["trt_dcla_detl_sn"])
        if known is None or not self._may_tell(known, data):
            return turn.refuse(asked, "unknown_filing", data["trt_dcla_detl_sn"])
        return turn.ok(asked, result=_result(self._copy_end(turn, known, data), vali_flag="0"))

    def _may_tell(self, known: Filing, data: Block) -> bool:
        """Tell whether a filing stands, is about the same person, and is the sender's to change."""
        sender = self.registry.city_of(known.insured_area)
        return known.valid and (known.psn_no, sender) == (data["psn_no"], data["insuplc_admdvs"])

    def _note_upload(self, turn: Turn, asked: Message, reply: Message) -> None:
        data = asked.block("data")
        if self.book.latest(data["trt_dcla_detl_sn"]) is None:
            self._copy(turn, data)

    def _note_change(self, turn: Turn, asked: Message, reply: Message) -> None:
        data = asked.block("data")
        known = self.book.latest(data["trt_dcla_detl_sn"])
        if known is None or str(known.version) == data["ver_no"]:  # it passes once for each city it is told
            self._copy_change(turn, known, data)

    def _note_end(self, turn: Turn, asked: Message, reply: Message) -> None:
        data = asked.block("data")
        known = self.book.latest(data["trt_dcla_detl_sn"])
        if known is not None and known.valid:
            self._copy_end(turn, known, data)

    def _copy(self, turn: Turn, data: Block) -> Filing:
        filing = words.filing_in(data, turn.now)
        turn.record(Filed(filing, words.person_in(data)))
        return filing

    def _copy_change(self, turn: Turn, known: Filing | None, data: Block) -> Filing:
        filing = words.changed_by(known, data, turn.now)
        turn.record(FilingChanged(filing))
        return filing

    def _copy_end(self, turn: Turn, known: Filing, data: Block) -> Filing:
        turn.record(end := words.end_in(data, known, turn.now))
        return known._replace(version=end.version)

    # -- F104: what is known here -------------------------------------------------------------------------------------

    def _queried(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        found = sorted(filter(lambda filing: self._is_asked(filing, data), self.book.current()), key=_by_update)
        size = min(data["page_size"], PAGE) or PAGE
        number = max(data["page_num"], 1)
        page = found[(number - 1) * size : number * size]
        rows = [
            words.copy_row(self.registry, filing, self.book.people[filing.psn_no], seqno)
            for seqno, filing in enumerate(page, 1)
        ]
        pages = -(-len(found) // size)
        head = {"page_num": number, "pages": pages, "totalrow": len(rows), "data_cnt": len(found)}
        return turn.ok(asked, data=head, filinfo=rows)

    def _is_asked(self, filing: Filing, data: Block) -> bool:
        """Tell whether a filing is one of those a query wants; who was told of without a name cannot be listed."""
        person = self.book.people.get(filing.psn_no)
        if person is None or self.registry.city_of(filing.insured_area) != data["insuplc_admdvs"]:
            return False
        wanted = {
            "trt_dcla_detl_sn": filing.sn,
            "psn_no": filing.psn_no,
            "certno": person.certno,
        }
        if any(data.get(field) not in {None, "", value} for field, value in wanted.items()):
            return False
        place = data.get("rloc_admdvs") or ""
        if place and place not in {filing.target, words.platform_of(self.registry, filing.target)}:
            return False
        if data.get("updt_time"):
            return words.updated_at(filing) >= dt.datetime.fromisoformat(data["updt_time"])
        day = dt.date.fromisoformat(data["query_date"])
        return filing.in_force(day)


def _by_update(filing: Filing) -> tuple[dt.datetime, str]:
    return words.updated_at(filing), filing.sn


def _result(filing: Filing, **state: str) -> dict[str, str]:
    return {"trt_dcla_detl_sn": filing.sn, **state, "ver_no": str(filing.version)}
