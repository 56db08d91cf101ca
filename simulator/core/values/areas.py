"""The dated registry: pooling areas, the city each belongs to, and the institutions in them.

A code is looked up here and never read from its digits: 长白山 or 省直 belong to no city that digits could tell.
Policy is keyed by city, money by pooling area, clearing by city.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

TERTIARY, SECONDARY, PRIMARY = "tertiary", "secondary", "primary"
LEVELS = (TERTIARY, SECONDARY, PRIMARY)
LEVEL_CODES = {TERTIARY: "3", SECONDARY: "2", PRIMARY: "1"}  # dedc_hosp_lv


class Area(NamedTuple):
    """A pooling area (统筹区) and the day from which it is connected to the provincial platform."""

    code: str
    zh: str
    en: str
    city: str
    connected_on: dt.date | None


class Institution(NamedTuple):
    """A designated hospital; ``opened_on`` is the day it opened for cross-region inpatient settlement.

    One that is open takes visitors of other provinces from ``across_from`` on (JL-2.2): with the others where nothing
    is said, never (``date.max``) where it has opened inside the province only. ``agreed_on`` is the day from which its
    service agreement has the clause on cross-region care (协议管理, JL-6.2a).
    Who owns it is not known, so that nothing here can treat institutions differently by that (JL-6.1b).
    """

    code: str
    zh: str
    area: str
    level: str
    opened_on: dt.date | None
    agreed_on: dt.date | None = None
    across_from: dt.date = dt.date.min


class Registry(NamedTuple):
    """Areas by code, cities by code (name zh, en), institutions by code, and the province of each city by its code.

    A city that ``provinces`` does not name belongs to the one province there is.
    """

    cities: Mapping[str, tuple[str, str]]
    areas: Mapping[str, Area]
    institutions: Mapping[str, Institution]
    provinces: Mapping[str, str] = MappingProxyType({})

    def city_of(self, area: str) -> str | None:
        """Return the city that a pooling area belongs to, or None for a code that is not registered.

        A city's own code stands for its city-level pooling area; its counties roll up to it (JS-3.1e).
        """
        known = self.areas.get(area)
        if known is not None:
            return known.city
        return area if area in self.cities else None

    def province_of(self, area: str) -> str:
        """Return the code of the province an area belongs to, empty where the registry names none."""
        return self.provinces.get(self.city_of(area) or "", "")

    def cross_province(self, one: str, other: str) -> bool:
        """Tell whether two areas belong to different provinces (跨省)."""
        return self.province_of(one) != self.province_of(other)

    def connected(self, area: str, day: dt.date) -> bool:
        """Tell whether a registered area is connected to the provincial platform on ``day``."""
        known = self.areas.get(area)
        return known is not None and known.connected_on is not None and known.connected_on <= day

    def open_for_visitors(self, institution: str, day: dt.date, *, across: bool = False) -> bool:
        """Tell whether a registered institution settles cross-region stays on ``day`` (JL-2.5c).

        ``across`` asks for visitors of another province (JL-2.2).
        """
        known = self.institutions.get(institution)
        if known is None or known.opened_on is None or (across and known.across_from > day):
            return False
        return known.opened_on <= day

    def without_clause(self, day: dt.date) -> tuple[str, ...]:
        """Return the institutions that take visitors on ``day`` and whose agreement has no clause for it (JL-6.2a)."""
        return tuple(
            each.code
            for each in self.institutions.values()
            if self.open_for_visitors(each.code, day) and (each.agreed_on is None or each.agreed_on > day)
        )
