"""What has happened to a bill since a day was reported: no comparison so far says anything of it."""

from __future__ import annotations

from simulator.core.platform.node import Forwarded, Node
from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.facts import TotalsReceived
from simulator.core.reconciliation.rows import INSURED_SIDE
from simulator.core.values.stamps import written
from simulator.core.visits.home import bill_of


class Lately:
    """When a platform last passed bills on, and when the last reports of a day were made: its own, or those it gets.

    Times are those of the interface (``yyyy-MM-dd HH:mm:ss``).
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._passed: dict[str, str] = {}  # by the visit a bill is of, or the request that settled a purchase
        self._reported: dict[tuple[str, str], str] = {}  # by day and city

    def since(self, mismatch: Mismatch, city: str) -> bool:
        """Tell whether a bill was settled, cancelled or reversed after a city's report, so that it is out of date."""
        reported = self._reported.get((mismatch.day, city))
        passed = max(self._passed.get(name, "") for name in (mismatch.mdtrt_id, mismatch.msgid))
        return reported is not None and passed > reported

    def drop_before(self, day: str) -> None:
        """Forget what passed, and what was reported of days, before ``day`` (ISO text)."""
        self._passed = {name: at for name, at in self._passed.items() if at >= day}
        self._reported = {key: at for key, at in self._reported.items() if key[0] >= day}

    def fold_forwarded(self, fact: Forwarded) -> None:
        """Apply :class:`Forwarded`: a bill passed, or the platform made a report of a day (R101)."""
        asked = fact.request
        if asked.infno == "R101" and asked.key.party == self._node.party and not fact.tries:
            self._reported[asked.block("data")["stmt_begndate"], self._node.code] = asked.head["inf_time"]
        name = bill_of(self._node, asked)
        if name:
            self._passed[name] = written(fact.until - self._node.wait_for(asked))

    def fold_totals(self, fact: TotalsReceived) -> None:
        """Apply :class:`TotalsReceived`: a city of insurance reported a day."""
        if fact.side == INSURED_SIDE and fact.begin == fact.end:
            self._reported[fact.begin, fact.city] = fact.sent
