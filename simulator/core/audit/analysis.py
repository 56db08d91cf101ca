"""Analysis for hospitals before (3101) and during (3102) care, by the same rules as the review of bills (JL-6.2b).

It warns and never refuses care: the doctor decides, and says with 3103 what was done about each warning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from simulator.core.audit.case import (
    INPATIENT,
    OUTPATIENT,
    PHARMACY,
    TESTS,
    UNIT,
    Bill,
    Case,
    Charge,
    Episode,
    Patient,
    Visit,
)
from simulator.core.audit.dossiers import FindEntry
from simulator.core.audit.facts import Handled, Warned
from simulator.core.audit.rulebook import Rulebook
from simulator.core.audit.rules import BEFORE, DURING, Finding, Questioned
from simulator.core.audit.words import CONCERNS, ITEM_CODE, evidence_text
from simulator.core.platform.message import Block, Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import LEVEL_CODES, Registry

_KINDS = {"1": OUTPATIENT, "2": INPATIENT, "3": PHARMACY}  # med_mdtrt_type
_MICRO_PER_FEN = 10_000
_CNT = 100  # cnt has two decimals here
_MAIN = "1"
_YES = "1"
_STAGES = {"3101": BEFORE, "3102": DURING}


class Analysis(Office):
    """The analysis of one city; ``warnings`` are those given, by number, ``handled`` what was done about them."""

    def __init__(self, code: str, registry: Registry, rulebook: Rulebook, entry: FindEntry) -> None:
        self._code = code
        self.registry = registry
        self._rulebook = rulebook
        self._entry = entry
        self.warnings: dict[str, Warned] = {}
        self.handled: dict[str, Handled] = {}
        self.answers = {"3101": self._analyse, "3102": self._analyse, "3103": self._told}
        self.folds = {Warned: self._fold_warned, Handled: self._fold_handled}

    def drop_before(self, day: str) -> None:
        """Forget warnings of days that are done with."""
        for number in [each for each, known in self.warnings.items() if known.at.date().isoformat() < day]:
            del self.warnings[number]
            self.handled.pop(number, None)

    def _analyse(self, turn: Turn, asked: Message) -> Message:
        """3101, 3102: review the visit of each patient with the rules of the stage; ``rule_ids`` name some of them."""
        if self._rulebook.library is None:
            return turn.refuse(asked, "no_rules")
        data = asked.block("data")
        stage, wanted = _STAGES[asked.infno], frozenset(data.get("rule_ids") or ())
        rules = tuple(each for each in self._rulebook.on(turn.now.date()) if not wanted or each.rule.id in wanted)
        results = []
        for patient in data["patient_dtos"]:
            case = self._case(turn, patient)
            for finding in self._rulebook.review(case, stage, rules):
                number = f"JR{self._code}{turn.now:%Y%m%d}{len(self.warnings) + 1:08d}"
                turn.record(Warned(number, asked.party, stage, finding, turn.now))
                results.append(self._result(number, finding))
        return turn.ok(asked, result=results)

    def _told(self, turn: Turn, asked: Message) -> Message:
        """3103: what was done about warnings; the numbers must be those given, or nothing of it is noted."""
        rows = asked.block("data")["warns"]
        for row in rows:
            known = self.warnings.get(row["warn_rslt_id"])
            if known is None or known.hospital != asked.party:
                return turn.refuse(asked, "unknown_warning", row["warn_rslt_id"])
        for row in rows:
            turn.record(Handled(row["warn_rslt_id"], row["dspo_way"], row.get("dspo_way_rea") or "", turn.now))
        return turn.ok(asked)

    def _result(self, number: str, finding: Finding) -> dict[str, Any]:
        rows = [_detail(f"{number}{index:04d}", finding, row) for index, row in enumerate(finding.rows, start=1)]
        return {
            "jr_id": number,
            "rule_id": finding.rule_id,
            "rule_name": finding.name,
            "vola_cont": finding.zh,
            "patn_id": finding.psn_no,
            "mdtrt_id": finding.mdtrt_id,
            "judge_result_detail_dtos": tuple(rows),
            "vola_amt": finding.amount,
            "vola_amt_stas": "1",
            "sev_deg": str(finding.severity),
            "vola_evid": evidence_text(finding),
            "vola_bhvr_type": CONCERNS.get(finding.concerns, ITEM_CODE),
        }

    # -- reading the request ------------------------------------------------------------------------------------

    def _case(self, turn: Turn, patient: Block) -> Case:
        """Return the case of a patient's current visit; the other visits of the request are what else is known."""
        visits = patient["fsi_encounter_dtos"]
        current = next((each for each in visits if each["mdtrt_id"] == patient["curr_mdtrt_id"]), visits[0])
        visit = self._visit(current)
        charges = tuple(self._charges(current, visit.level))
        bill = Bill(
            visit.mdtrt_id,
            turn.now,
            current["insutype"],
            self.registry.city_of(patient["poolarea"]) or patient["poolarea"],
            current["medfee_sumamt"],
            current.get("hifp_payamt") or 0,
            sum(charge.in_scope for charge in charges),
            0,
        )
        person = Patient(patient["patn_id"], patient["gend"], dt.date.fromisoformat(patient["brdy"]))
        others = tuple(self._episode(each) for each in visits if each is not current)
        return Case(bill, visit, person, charges, others=others)

    def _visit(self, row: Block) -> Visit:
        diagnoses = sorted(
            row["fsi_diagnose_dtos"], key=lambda each: (each["maindise_flag"] != _MAIN, int(each["dias_srt_no"]))
        )
        known = self.registry.institutions.get(row["medins_id"])
        return Visit(
            row["mdtrt_id"],
            _KINDS.get(row["med_mdtrt_type"], OUTPATIENT),
            row["medins_id"],
            self.registry.city_of(row["medins_admdvs"]) or "",
            known.level if known is not None else _LEVELS.get(row["medins_lv"][:1], ""),
            dt.datetime.fromisoformat(row["adm_date"]),
            dt.datetime.fromisoformat(row["dscg_date"]),
            tuple(dict.fromkeys(each["dise_codg"] for each in diagnoses)),
            row["med_type"],
        )

    def _charges(self, row: Block, level: str) -> Iterator[Charge]:
        for order in row["fsi_order_dtos"]:
            at = dt.datetime.fromisoformat(order["drord_begn_date"])
            extra = order.get("extend_order_map") or {}
            covered = order["sumamt"] - order["ownpay_amt"]
            yield Charge(
                sn=order["rx_id"],
                code=order["hilist_code"],
                kind=order["chrg_type"],
                price=order["pric"] * _MICRO_PER_FEN,
                quantity=order["cnt"] * (UNIT // _CNT),
                amount=order["sumamt"],
                covered=covered,
                in_scope=covered - order["selfpay_amt"],
                at=at,
                entry=self._entry(order["hilist_code"], at.date(), level),
                days=_hundredths(extra.get("o_prdDays") or ""),
                approved=extra.get("o_firstItemFlag") == _YES,
            )

    def _episode(self, row: Block) -> Episode:
        visit = self._visit(row)
        charges = tuple(self._charges(row, visit.level))
        return Episode(
            visit,
            visit.mdtrt_id,
            visit.end,
            0,
            0,
            frozenset(charge.code for charge in charges),
            tuple((charge.code, charge.day) for charge in charges if charge.kind in TESTS),
        )

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_warned(self, fact: Warned) -> None:
        self.warnings[fact.warning] = fact

    def _fold_handled(self, fact: Handled) -> None:
        self.handled[fact.warning] = fact


_LEVELS = {code: level for level, code in LEVEL_CODES.items()}


def _hundredths(days: str) -> int:
    """Return a course given as text of whole days in hundredths of a day; 0 for any other text."""
    return int(days) * 100 if days.isascii() and days.isdigit() else 0


def _detail(number: str, finding: Finding, row: Questioned) -> dict[str, Any]:
    detail = {
        "jrd_id": number,
        "patn_id": finding.psn_no,
        "mdtrt_id": finding.mdtrt_id,
        "vola_item_type": "1",
        "vola_amt": row.amount,
    }
    return {**detail, "rx_id": row.sn} if row.sn else detail
