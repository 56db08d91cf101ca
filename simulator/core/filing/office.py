"""The filing desk of a platform: the filings it knows, and where a person stands with them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.platform.office import Office
from simulator.core.values.areas import Registry
from simulator.core.values.people import Filing, covering


class Filed(NamedTuple):
    """Fact: a filing was made."""

    filing: Filing


class Standing(NamedTuple):
    """Where a visit stands with its filing: its type, empty where none is needed, or why it may not be settled.

    ``refusal`` is the name of a refusal, empty where direct settlement may go on.
    """

    filing_type: str
    refusal: str = ""


class Filings(Office):
    """The filings one platform knows."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._filings: dict[str, tuple[Filing, ...]] = {}
        self.folds = {Filed: self._fold_filed}

    def standing(self, psn_no: str, admitted: dt.date, treatment_area: str, insured_area: str) -> Standing:
        """Tell how a person admitted on this day in this area stands; inside one city no filing is needed."""
        city = self._registry.city_of(treatment_area)
        if city == self._registry.city_of(insured_area):
            return Standing("")
        filing = covering(self._filings.get(psn_no, ()), admitted, treatment_area, city or "")
        return Standing("", "not_filed") if filing is None else Standing(filing.filing_type)

    def _fold_filed(self, fact: Filed) -> None:
        psn_no = fact.filing.psn_no
        self._filings[psn_no] = (*self._filings.get(psn_no, ()), fact.filing)
