"""The auditor: runs the named invariants on everything that happens, and checks the bodies of chosen visits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import schemas
from simulator.core import invariants
from simulator.core.benefit.settlement import DIRECT, Settlement
from simulator.core.benefit.shares import IDENTITIES
from simulator.core.clearing.sheet import Sheet
from simulator.core.platform.books import Posting
from simulator.core.platform.message import Message
from simulator.core.reconciliation.compare import Difference

_TIERS = {"hospital": 0, "city": 1, "province": 2, "ministry": 3}
_KEPT = 20  # broken cases kept word for word


class Auditor:
    """Counts what was checked and what was broken, by the name of the invariant."""

    def __init__(self, registry: schemas.Registry) -> None:
        self._registry = registry
        self.checked = {check.__name__: 0 for check in invariants.INVARIANTS}
        self.broken = dict.fromkeys(self.checked, 0)
        self.messages = 0
        self.findings = 0
        self.cases: list[str] = []
        self._in_force: dict[str, list[Settlement]] = {}

    @property
    def clean(self) -> bool:
        """Tell whether nothing was broken and no finding made."""
        return not self.findings and not any(self.broken.values())

    def settlement(self, row: Settlement) -> None:
        """Check a settlement row of the city of insurance."""
        shares = row.shares
        for check in IDENTITIES:
            self._count(check.__name__, check(shares), row.setl_id)
        assert row.inputs is not None
        totals = row.inputs.totals
        self._count(
            "lines_sum_to_bill",
            invariants.lines_sum_to_bill(totals, shares if row.sign > 0 else shares.negated()),
            row.setl_id,
        )
        if row.kind == DIRECT:
            self._count("filed_where_needed", invariants.filed_where_needed(row), row.setl_id)
            rows = self._in_force.setdefault(row.mdtrt_id, [])
            rows.append(row)
            self._count("settled_once", invariants.settled_once(rows), row.setl_id)

    def forget(self, mdtrt_id: str) -> None:
        """Forget a closed visit."""
        self._in_force.pop(mdtrt_id, None)

    def posting(self, entry: Posting) -> None:
        """Check a posting."""
        self._count("posting_balances", invariants.posting_balances(entry), f"{entry.org} {entry.ref}")

    def leg(self, start: str, end: str) -> None:
        """Check that a leg joins neighbouring tiers."""
        self._count("no_tier_skipped", invariants.no_tier_skipped([(start, end)], _TIERS), f"{start}-{end}")

    def day(self, pairs: int, differences: Iterable[Difference]) -> None:
        """Count the pairs of cities compared on a day, and those whose three sides differ."""
        found = list(differences)
        self.checked["three_sides_agree"] += pairs - len(found)
        for difference in found:
            sides = (difference.treatment, difference.province, difference.insured)
            where = f"{difference.day} {difference.treatment_city}-{difference.insured_city}"
            self._count("three_sides_agree", invariants.three_sides_agree(sides), where)

    def check(self, invariant: Callable[..., bool], where: str, *values: Any) -> None:
        """Check an invariant of a list the auditor does not keep itself."""
        self._count(invariant.__name__, invariant(*values), where)

    def sheet(self, sheet: Sheet) -> None:
        """Check a month's balance sheet."""
        self._count("sheet_is_zero", invariants.sheet_is_zero(sheet), sheet.month)

    def mirror(self, payer: str, payee: str, payable: int, receivable: int) -> None:
        """Check that a payable mirrors the other side's receivable."""
        self._count("books_mirror", invariants.books_mirror(payable, receivable), f"{payer}-{payee}")

    def check_body(self, message: Message, text: bytes) -> None:
        """Check the whole text of a message against its published schema and rules."""
        self.messages += 1
        direction: schemas.Direction = "request" if message.infcode is None else "response"
        for finding in self._registry.check_text(message.infno, direction, text):
            self.findings += 1
            self._keep(f"{message.infno} {message.msgid} {finding.pointer}: {finding.en}")

    def summary(self) -> Mapping[str, Any]:
        """Return the counts for the summary."""
        return {
            "invariants": {name: {"checked": self.checked[name], "broken": self.broken[name]} for name in self.checked},
            "messages_checked": self.messages,
            "findings": self.findings,
            "cases": list(self.cases),
        }

    def _count(self, name: str, holds: bool, where: str) -> None:
        self.checked[name] += 1
        if not holds:
            self.broken[name] += 1
            self._keep(f"{name}: {where}")

    def _keep(self, case: str) -> None:
        if len(self.cases) < _KEPT:
            self.cases.append(case)
