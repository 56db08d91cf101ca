"""Settlement rows: append-only, one row per settling and one negated row per cancelling.

The row at the insured city keeps every input of the computation, so that its receipt can be recomputed at any time.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.benefit.bill import NO_TOTALS, ClassTotals
from simulator.core.benefit.rules import Circumstance, YearSoFar
from simulator.core.benefit.shares import Shares

DIRECT, MANUAL = "direct", "manual"  # 联网结算, 手工报销


class Inputs(NamedTuple):
    """What a computation started from: circumstance, class totals, the year so far and the account balances (fen).

    ``burden`` is what the bill adds to the year's burden, ``family`` what the family's accounts could give,
    ``earlier`` the class totals of earlier parts of the same stay, without which ``year`` then is, ``family_of`` whose
    account it is. ``frozen`` and ``family_frozen`` are what a frozen account (账户冻结) holds and could not give: it is
    not in ``balance`` and ``family``.
    """

    where: Circumstance
    totals: ClassTotals
    year: YearSoFar
    balance: int
    use_account: bool
    burden: int
    family: int = 0
    earlier: ClassTotals = NO_TOTALS
    family_of: str = ""
    frozen: int = 0
    family_frozen: int = 0


class Settlement(NamedTuple):
    """One settlement row. ``settled_by`` is the ``msgid`` of the settling request (``medins_setl_id``).

    ``refund`` rows (``refd_setl_flag`` = 1) carry negative amounts and the ``setl_id`` they cancel in ``init_setl_id``.
    ``inputs`` is None in the treatment city's copy, which computes nothing.
    ``batch`` is the charge batch of outpatient care, or the number of a part of a stay; empty for a whole visit.
    """

    setl_id: str
    init_setl_id: str
    refund: bool
    kind: str
    mdtrt_id: str
    psn_no: str
    insutype: str
    hospital: str
    treatment_area: str
    insured_area: str
    treatment_city: str
    insured_city: str
    begin: dt.date
    end: dt.date
    at: dt.datetime
    settled_by: str
    shares: Shares
    inputs: Inputs | None
    med_type: str = "21"
    batch: str = ""

    @property
    def sign(self) -> int:
        """Return +1 for a settling row and -1 for a cancelling one: what it adds to a count."""
        return -1 if self.refund else 1

    def cancelled(self, setl_id: str, at: dt.datetime) -> Settlement:
        """Return the mirror row that cancels this one; the mirror of a cancelling row settles again."""
        return self._replace(
            setl_id=setl_id, init_setl_id=self.setl_id, refund=not self.refund, at=at, shares=self.shares.negated()
        )
