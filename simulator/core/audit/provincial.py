"""What the province keeps of audits between its cities: findings and deductions that passed and were taken in.

With the treatment city's own sums and those of the insured city it is the third side of every deduction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.core.audit.facts import DeductionPassed, FindingPassed
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn


class AuditLog(Office):
    """Findings and deductions that passed through the province."""

    def __init__(self) -> None:
        self.findings: dict[str, FindingPassed] = {}
        self._deducted: dict[str, dict[tuple[str, str, str], int]] = {}
        self.notes = {"A101": self._note_finding, "A102": self._note_deduction}
        self.folds: Mapping[type, Callable[..., None]] = {
            FindingPassed: self._fold_finding,
            DeductionPassed: self._fold_deduction,
        }

    def deducted(self, month: str) -> Mapping[tuple[str, str, str], int]:
        """Return the deductions of a month (``yyyymm``) in fen, by treatment city, insured city and insurance type."""
        return dict(self._deducted.get(month, {}))

    def _note_finding(self, turn: Turn, asked: Message, reply: Message) -> None:
        data = asked.block("data")
        turn.record(
            FindingPassed(
                data["chk_find_id"],
                data["chk_admdvs"],
                data["insuplc_admdvs"],
                data["rule_id"],
                int(data["sev_deg"]),
                data["vola_sumamt"],
            )
        )

    def _note_deduction(self, turn: Turn, asked: Message, reply: Message) -> None:
        data = asked.block("data")
        for insutype in sorted({row["insutype"] for row in asked.rows("dedlist")}):
            amount = sum(row["ded_amt"] for row in asked.rows("dedlist") if row["insutype"] == insutype)
            pair = (data["chk_admdvs"], data["insuplc_admdvs"])
            turn.record(DeductionPassed(data["ded_no"], *pair, data["setlym"], insutype, amount))

    def _fold_finding(self, fact: FindingPassed) -> None:
        self.findings[fact.find_id] = fact

    def _fold_deduction(self, fact: DeductionPassed) -> None:
        month = self._deducted.setdefault(fact.month, {})
        key = (fact.treatment_city, fact.insured_city, fact.insutype)
        month[key] = month.get(key, 0) + fact.amount
