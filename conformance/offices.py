"""What an institution's offices do beside its wards: statements and their files, own items, referrals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.bills import found
from conformance.case import _plain
from conformance.rough import Rough
from simulator.core.network.router import Passed

Rows = Sequence[Mapping[str, Any]]


class Offices(Rough):
    """A case with the verbs of statements, registry and referrals."""

    def state(self, number: int, rows: Rows, text: str = "") -> None:
        """Let rows, or a text instead of them, be what the institution of a visit uploads next (9101)."""
        visit = self._visits[number]
        visit.stated, visit.text = tuple(rows), text

    def stated(self, number: int) -> list[dict[str, Any]]:
        """Return what was settled and cancelled of a visit as rows of a statement, amounts in fen."""
        rows: list[dict[str, Any]] = _plain(tuple(self._visits[number].rows))
        return rows

    def copied(self, number: int) -> list[dict[str, Any]]:
        """Return the rows of a visit's person that have passed the province, in the form of :meth:`stated`."""
        psn_no, province = self._visits[number].wish.person.psn_no, self._setting.ground.network.province.code
        passed = [fact.row for at, fact in self.stage.facts if at == province and isinstance(fact, Passed)]
        return [
            {
                "setl_id": row.setl_id,
                "mdtrt_id": row.mdtrt_id,
                "psn_no": row.psn_no,
                "medfee_sumamt": row.totals.medfee,
                "fund_pay_sumamt": row.totals.fund,
                "acct_pay": row.totals.account,
                "refd_setl_flag": "1" if row.refund else "0",
            }
            for row in passed
            if row.psn_no == psn_no
        ]

    def own_item(self, number: int) -> str:
        """Return a code for an item of the institution's own that no other case uses."""
        return f"ZB{self._visits[number].wish.person.psn_no[-12:]}"

    def item_code(self, kind: str, number: int) -> str:
        """Return the code of the item of a kind that a visit would charge; see :mod:`conformance.bills`."""
        return found(self._when(self._visits[number]), kind).code

    def versions(self) -> list[str]:
        """Return the labels of the library's versions that are announced, the oldest first."""
        catalogue = self._setting.ground.catalogue_of(self._setting.subject)
        return [each.label for each in catalogue.history if each.announced <= self.today]

    def refer(self, number: int, to: int) -> None:
        """Let the person of a visit be referred to the hospital of another visit from now on (2501)."""
        self._visits[number].referred_to = self._visits[to].desk.institution

    def houses(self, level: str = "", *, visitors: bool = True) -> list[str]:
        """Return the institutions of the city under test that are open for visitors, or not; of a level, or all."""
        registry = self._setting.ground.network.national
        return [
            each.code
            for each in registry.institutions.values()
            if registry.city_of(each.area) == self._setting.subject
            and level in {"", each.level}
            and registry.open_for_visitors(each.code, self.today) is visitors
        ]

    def other_cities(self) -> int:
        """Return how many other cities the province has."""
        network = self._setting.ground.network
        return sum(network.is_own(code) for code in network.national.cities) - 1
