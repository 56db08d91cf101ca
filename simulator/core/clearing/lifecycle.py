"""The lives of clearing as tables: (state, event) → state. Nothing else changes a state.

A *case* is a city's share in the clearing of a month; a *document* is a sheet on its way through finance; an *order* is
a payment as its receiver sees it. A case ends when its documents and orders have: then nothing of the month is owed.
"""

from __future__ import annotations

from collections.abc import Mapping

COLLECTED = "collected"  # 已归集待申报
APPLIED = "applied"  # 已申报
ON_SHEET = "on the sheet"  # 已列入清算单
DISPUTED = "disputed"  # 有异议
CONFIRMED = "confirmed"  # 已确认
SEALED = "sealed"  # 签章齐全
CLOSED = "closed"  # 已结清

WITH_FINANCE = "with finance"  # 已提交财政
CHECKED = "checked"  # 审核无误
RETURNED = "returned"  # 退回更正
TRANSFERRED = "transferred"  # 已划拨
REPORTED = "voucher back"  # 凭证已反馈

ANNOUNCED = "announced"  # 收到拨付单，款未到
RECEIVED = "received"  # 已收款

APPLY, TAKE, DISPUTE, CONFIRM, LAPSE, SEAL, SETTLE = "apply", "sheet", "dispute", "confirm", "lapse", "seal", "settle"
HAND, ACCEPT, RETURN, TRANSFER, VOUCHER, RECEIVE = "hand", "accept", "return", "transfer", "voucher", "receive"

CASE: Mapping[tuple[str, str], str] = {
    (COLLECTED, APPLY): APPLIED,
    (APPLIED, APPLY): APPLIED,
    (ON_SHEET, APPLY): ON_SHEET,
    (DISPUTED, APPLY): DISPUTED,
    (COLLECTED, TAKE): ON_SHEET,
    (APPLIED, TAKE): ON_SHEET,
    (ON_SHEET, TAKE): ON_SHEET,
    (DISPUTED, TAKE): ON_SHEET,
    (ON_SHEET, DISPUTE): DISPUTED,
    (ON_SHEET, CONFIRM): CONFIRMED,
    (DISPUTED, CONFIRM): CONFIRMED,
    (ON_SHEET, LAPSE): CONFIRMED,
    (DISPUTED, LAPSE): CONFIRMED,  # no correction came in time
    (CONFIRMED, SEAL): SEALED,
    (CONFIRMED, SETTLE): CLOSED,
    (SEALED, SETTLE): CLOSED,
}
DOCUMENT: Mapping[tuple[str, str], str] = {
    (WITH_FINANCE, ACCEPT): CHECKED,
    (WITH_FINANCE, RETURN): RETURNED,
    (CHECKED, TRANSFER): TRANSFERRED,
    (TRANSFERRED, VOUCHER): REPORTED,
}
ORDER: Mapping[tuple[str, str], str] = {
    (ANNOUNCED, RECEIVE): RECEIVED,
    (RECEIVED, VOUCHER): REPORTED,
}
