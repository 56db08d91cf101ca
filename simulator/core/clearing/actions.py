"""What staff can be told to do in clearing; what a rule does not allow now is declined, and nothing of it done.

Months are ISO text (``2016-10``), amounts fen. A *number* is a paper's: of a clearing sheet, a prepaid quota or a call.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.core.clearing.papers import CROSS_PROVINCE_SHEET, IN_PROVINCE_SHEET, Share


class PayInstitutions(NamedTuple):
    """Treatment city: pay the institutions (or some) that applied for a month, local and remote in one order."""

    month: str
    hospitals: tuple[str, ...] = ()


class Exclude(NamedTuple):
    """Treatment city: keep settlements in dispute out of clearing until they are released."""

    setl_ids: tuple[str, ...]


class Release(NamedTuple):
    """Treatment city: let settlements that were kept out be claimed again."""

    setl_ids: tuple[str, ...]


class ApplyClearing(NamedTuple):
    """City or province: apply for the clearing of a month; again while its sheet is open, to correct it."""

    month: str


class MakeSheet(NamedTuple):
    """Province or ministry: make the sheet of a month of what was applied for, or correct one in dispute."""

    month: str


class Stamp(NamedTuple):
    """Member: a department has dealt with a sheet, now (JS-4.3): 1 administration, 2 agency, 3 IT, 4 finance."""

    number: str
    department: str
    officer: str = "经办人"


class Confirm(NamedTuple):
    """Member: confirm a sheet with its four departments' times; with a reason, refuse to confirm it."""

    number: str
    reason: str = ""


class Lapse(NamedTuple):
    """Member: its own sheet, not answered in time, counts as confirmed (P75-57)."""

    number: str


class CloseAnswers(NamedTuple):
    """Province or ministry: members that have not answered a sheet in time count as confirming it (P75-57)."""

    number: str


class Seal(NamedTuple):
    """Agency: an organisation seals a paper; the last seal's day is the day of sealing (签章之日)."""

    number: str
    organisation: str


class HandToFinance(NamedTuple):
    """Agency: hand a fully sealed paper to its finance (P101); ``payees`` limits it to some of those to be paid."""

    number: str
    payees: tuple[str, ...] = ()


class CheckSheet(NamedTuple):
    """Finance: accept a document, or return it for correction with a reason (P102)."""

    document: str
    reason: str = ""


class Transfer(NamedTuple):
    """Finance: pay an accepted document (P103); ``annex`` is its split by pooling area and fund."""

    document: str
    annex: tuple[Share, ...] = ()


class Receive(NamedTuple):
    """Finance: the bank credits an order's money; it must be what the order says (JL-4.2e)."""

    dfr_id: str
    amount: int


class ReturnVoucher(NamedTuple):
    """Finance: return the bank's voucher of a transfer or a receipt to its agency (P104)."""

    dfr_id: str


class Collect(NamedTuple):
    """City agency: report the money of a paper that its finance has transferred upward (P204)."""

    number: str


class Cover(NamedTuple):
    """Province: cover a late payer's share of a sheet by its prepaid money, until it pays."""

    number: str
    member: str


class Endow(NamedTuple):
    """Agency and finance: the fund's money on the special fiscal account when the books are opened."""

    amount: int


class SettleYear(NamedTuple):
    """Province: settle the prepaid money of a year; what is left reduces the next quota (P75-32)."""

    year: int
    kind: str = IN_PROVINCE_SHEET


class IssueQuota(NamedTuple):
    """Province: set the prepaid quotas of a year by the year before (P201)."""

    year: int
    kind: str = IN_PROVINCE_SHEET


class Watch(NamedTuple):
    """Province: look at how much of the prepaid money is used, and warn (P202)."""


class CallPrepaid(NamedTuple):
    """Province: call a member whose prepaid money is used to the red line for more (P203), in fen.

    The emergency rise is the rule of cross-province money (P75-31); a pack may have a red line for the other too.
    """

    member: str
    rise: int
    kind: str = CROSS_PROVINCE_SHEET
