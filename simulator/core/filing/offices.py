"""The offices a city has for filings, besides the register that every platform has."""

from __future__ import annotations

from simulator.core.filing.copies import CopyDesk
from simulator.core.filing.courier import Courier
from simulator.core.filing.desk import FilingDesk
from simulator.core.filing.office import Filings
from simulator.core.filing.service import DeclarationDesk
from simulator.core.platform.office import Office
from simulator.core.values.calendar import WorkCalendar


def filing_offices(filings: Filings, code: str, calendar: WorkCalendar, province: str) -> tuple[Office, ...]:
    """Return the offices of the city ``code`` over its register: filing, uploads, declarations, copies."""
    courier = Courier(filings, code, calendar)
    desk = FilingDesk(filings, code, calendar, courier)
    return desk, courier, DeclarationDesk(filings, code, desk), CopyDesk(filings, code, province)
