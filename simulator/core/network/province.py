"""The provincial platform: it checks registry, connection and its filing copy, routes, logs, and changes nothing."""

from __future__ import annotations

import datetime as dt

from simulator.core.network.router import Router
from simulator.core.platform.message import Message
from simulator.core.platform.node import Turn
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
    ) -> None:
        wait = pack.at("process.wait_seconds.province", today).value
        inward = pack.find("process.wait_seconds.province_inward", today)
        super().__init__(code, registry=registry, pack=pack, calendar=calendar, wait_seconds=int(wait))  # type: ignore[arg-type]  # unit "count" is an int
        self.ministry = ministry
        self._inward = self._wait if inward is None else dt.timedelta(seconds=int(inward.value))  # type: ignore[arg-type]

    def next_hop(self, area: str) -> str:
        """Return the city an area belongs to, or the ministry where it is of another province; empty for nowhere."""
        city = self.registry.city_of(area)
        if city is not None and self.registry.province_of(area) in {"", self.code}:
            return city
        return self.ministry

    def wait_for(self, asked: Message) -> dt.timedelta:
        """Wait less for what the ministry sends in: time-outs shrink inward over the longer way."""
        inward = self.registry.province_of(asked.treatment_area) not in {"", self.code}
        return self._inward if inward else self._wait

    def problem(self, turn: Turn, asked: Message) -> Message | None:
        """Refuse as any router does, and an admission that no filing of its copy covers."""
        found = super().problem(turn, asked)
        if found is None and asked.infno == "2401" and not self._filed(asked):
            return turn.refuse(asked, "not_filed")
        return found

    def _filed(self, asked: Message) -> bool:
        info = asked.block("mdtrtinfo")
        admitted = dt.date.fromisoformat(info["begntime"][:10])
        standing = self.filings.standing(info["psn_no"], admitted, asked.treatment_area, asked.insured_area)
        return not standing.refusal
