"""The ministry's platform (部级平台): it routes between provinces, logs what passed, and changes nothing."""

from __future__ import annotations

import datetime as dt

from simulator.core.clearing.desks import ministry_desks
from simulator.core.disputes.copies import DisputeCopies
from simulator.core.network.router import Router
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack


class Ministry(Router):
    """The platform between provinces; the registry says which province a city belongs to."""

    def __init__(
        self, code: str, *, registry: Registry, pack: PolicyPack, calendar: WorkCalendar, today: dt.date
    ) -> None:
        wait = pack.at("process.wait_seconds.ministry", today).value
        super().__init__(code, registry=registry, pack=pack, calendar=calendar, wait_seconds=int(wait))  # type: ignore[arg-type]  # unit "count" is an int
        self.disputes = DisputeCopies()
        self.install(self.disputes)
        self.clearing = ministry_desks(self, self.disputes.added)

    def next_hop(self, area: str) -> str:
        """Return the province an area belongs to, a province for itself; empty for nowhere."""
        return self.registry.province_of(area) or (area if area in self.registry.provinces.values() else "")
