"""What the insured city keeps of another city's audit: findings told (A101), deductions offset (A102, P75-50).

The place of treatment audits; the insured city checks that a deduction is about its own bill and no more than its funds
paid for it. Nothing is booked here: the clearing sheet lowers what is owed by the deductions it lists.
"""

from __future__ import annotations

from collections.abc import Mapping

from simulator.core.audit.facts import Offset, Told
from simulator.core.benefit.settlement import DIRECT, Settlement
from simulator.core.platform.message import Block, Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.money import yuan
from simulator.core.visits.visits import INSURED, Settled


class Offsets(Office):
    """Findings and deductions other cities told one city of, by their numbers."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.told: dict[str, Told] = {}
        self.offsets: dict[str, Offset] = {}
        self._paid: dict[str, int] = {}  # what the funds paid of each bill from elsewhere, fen
        self._back: dict[str, int] = {}  # what of it was deducted, fen
        self.answers = {"A101": self._tell, "A102": self._offset}
        self.folds = {Settled: self._fold_settled, Told: self._fold_told, Offset: self._fold_offset}

    def offset(self, month: str) -> Mapping[tuple[str, str], int]:
        """Return the deductions of a month (``yyyymm``) in fen, by treatment city and insurance type."""
        sums: dict[tuple[str, str], int] = {}
        for each in self.offsets.values():
            if each.month == month:
                for _, insutype, fen in each.rows:
                    key = (each.treatment_city, insutype)
                    sums[key] = sums.get(key, 0) + fen
        return sums

    def deducted_from(self, setl_id: str) -> int:
        """Return what was deducted from a bill, in fen."""
        return self._back.get(setl_id, 0)

    def _tell(self, turn: Turn, asked: Message) -> Message:
        """A101: a finding about bills of this city's people."""
        data, rows = asked.block("data"), asked.rows("findlist")
        stranger = self._stranger(rows)
        if stranger:
            return turn.refuse(asked, "unknown_settlement", stranger)
        found = tuple((row["setl_id"], row["vola_amt"]) for row in rows)
        turn.record(Told(data["chk_find_id"], data["chk_admdvs"], data["rule_id"], found, turn.now))
        return turn.ok(asked, result={"chk_find_id": data["chk_find_id"]})

    def _offset(self, turn: Turn, asked: Message) -> Message:
        """A102: a deduction from a bill; negative amounts give back what was deducted before."""
        data, rows = asked.block("data"), asked.rows("dedlist")
        stranger = self._stranger(rows)
        if stranger:
            return turn.refuse(asked, "unknown_settlement", stranger)
        if data["chk_find_id"] not in self.told:
            return turn.refuse(asked, "unknown_finding", data["chk_find_id"])
        if data["ded_no"] in self.offsets:
            return turn.refuse(asked, "deduction_repeated", data["ded_no"])
        wanted: dict[str, int] = {}
        for row in rows:
            wanted[row["setl_id"]] = wanted.get(row["setl_id"], 0) + row["ded_amt"]
        for setl_id, fen in wanted.items():
            left = self._paid[setl_id] - self.deducted_from(setl_id)
            if not fen <= left or self.deducted_from(setl_id) + fen < 0:
                return turn.refuse(asked, "deduction_too_large", yuan(fen), yuan(left))
        listed = tuple((row["setl_id"], row["insutype"], row["ded_amt"]) for row in rows)
        turn.record(Offset(data["ded_no"], data["chk_find_id"], data["chk_admdvs"], data["setlym"], listed, turn.now))
        return turn.ok(asked, result={"ded_no": data["ded_no"]})

    def _stranger(self, rows: tuple[Block, ...]) -> str:
        """Return the first bill that is none of this city's people; empty where all are."""
        return next((str(row["setl_id"]) for row in rows if row["setl_id"] not in self._paid), "")

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_settled(self, fact: Settled) -> None:
        row: Settlement = fact.row
        if fact.role == INSURED and row.kind == DIRECT and row.treatment_city != self._code and not row.refund:
            self._paid[row.setl_id] = row.shares.fund_pay_sumamt

    def _fold_told(self, fact: Told) -> None:
        self.told[fact.find_id] = fact

    def _fold_offset(self, fact: Offset) -> None:
        self.offsets[fact.ded_no] = fact
        for setl_id, _, fen in fact.rows:
            self._back[setl_id] = self._back.get(setl_id, 0) + fen
