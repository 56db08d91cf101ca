"""The provincial platform: it checks registry, connection and filing copy, routes, logs (JS-3.1b), changes nothing."""

from __future__ import annotations

import datetime as dt

from simulator.core.audit.provincial import AuditLog
from simulator.core.catalogue.items import EMPTY, Catalogue
from simulator.core.catalogue.library import Library
from simulator.core.claims.register import ClaimRegister
from simulator.core.clearing.desks import province_desks
from simulator.core.clearing.parties import finance_of, for_finance
from simulator.core.disputes.copies import DisputeCopies
from simulator.core.network.router import Router
from simulator.core.platform.files import Files
from simulator.core.platform.message import Message
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.province import ThreeWay
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack


class Province(Router):
    """The platform of a province; ``ministry`` is the way to cities of other provinces, empty where there is none."""

    def __init__(
        self,
        code: str,
        *,
        registry: Registry,
        pack: PolicyPack,
        calendar: WorkCalendar,
        today: dt.date,
        ministry: str = "",
        catalogue: Catalogue = EMPTY,
    ) -> None:
        wait = pack.at("process.wait_seconds.province", today).value
        inward = pack.find("process.wait_seconds.province_inward", today)
        super().__init__(code, registry=registry, pack=pack, calendar=calendar, wait_seconds=int(wait))  # type: ignore[arg-type]  # unit "count" is an int
        self.ministry = ministry
        self.reconciliation = ThreeWay(self)
        self.install(self.reconciliation)
        self.claims = ClaimRegister()
        self.catalogue = catalogue
        self.files = Files(self)
        self.library = Library(self, self.files)
        self.disputes = DisputeCopies()
        self.install(self.claims, self.disputes, self.files, self.library)
        self.audits = AuditLog()
        self.install(self.audits)
        self.clearing = province_desks(self, ministry, self.disputes.added)
        self._inward = self._wait if inward is None else dt.timedelta(seconds=int(inward.value))  # type: ignore[arg-type]

    def next_hop(self, area: str) -> str:
        """Return the city an area belongs to, or the ministry where it is of another province; empty for nowhere."""
        if area == self.code:
            return finance_of(area)
        city = self.registry.city_of(area)
        return city if city is not None and self._is_mine(area) else self.ministry

    def _is_mine(self, area: str) -> bool:
        return self.registry.province_of(area) in {"", self.code}

    def meant_here(self, asked: Message) -> bool:
        """Tell whether a bureau message is answered here and not by the province's finance."""
        return super().meant_here(asked) and not for_finance(asked)

    def wait_for(self, asked: Message) -> dt.timedelta:
        """Wait less for what the ministry sends in: time-outs shrink inward over the longer way, in both directions.

        A request names the platform it set out from (``sender_admdvs``).
        """
        sender = str(asked.head.get("sender_admdvs") or asked.treatment_area)
        from_province = self.registry.province_of(sender) or sender
        beyond = {self.ministry, *self.registry.provinces.values()} - {"", self.code}
        return self._inward if from_province in beyond else self._wait

    def set_wait(self, wait: dt.timedelta) -> None:
        """Wait so long for answers from now on, and no longer for what the ministry sends in."""
        super().set_wait(wait)
        self._inward = min(self._inward, wait)

    def problem(self, turn: Turn, asked: Message) -> Message | None:
        """Refuse as any router does, what is between other provinces, and an admission that lacks a filing by its copy.

        What neither begins nor ends here would only go back to the ministry it came from.
        """
        found = super().problem(turn, asked)
        if found is None and not self._is_mine(asked.treatment_area) and not self._is_mine(asked.insured_area):
            return turn.refuse(asked, "not_for_this_platform", asked.insured_area)
        return self._unfiled(turn, asked) if found is None and asked.infno == "2401" else found

    def _unfiled(self, turn: Turn, asked: Message) -> Message | None:
        info = asked.block("mdtrtinfo")
        admitted = dt.date.fromisoformat(info["begntime"][:10])
        areas = asked.treatment_area, asked.insured_area
        standing = self.filings.admission(info["psn_no"], admitted, *areas, on=turn.now.date(), hospital=asked.party)
        return turn.refuse(asked, standing.refusal, *standing.found) if standing.refusal else None
