"""Reads what callers of the control API say; what is wrong is refused in one sentence."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request

import schemas
from simulator.core.filing.types import ASKED, CHANNEL_CODES, REASON_CODES, TYPE_CODES, WINDOW
from simulator.sandbox.days import ALL, PLAYED
from simulator.sandbox.wrong import Wrong

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_STEPS = ("days", "hours", "minutes", "seconds")
_LAST = 10**15 - 1
_FARTHEST = dt.timedelta(days=366 * 10)


class Filing(NamedTuple):
    """What a body wants filed, as the action of the place of insurance has it."""

    psn_no: str
    filing_type: str
    target: str
    begin: dt.date | None
    end: dt.date | None
    channel: str
    commitment: bool
    proofs: int


async def body(request: Request) -> Mapping[str, Any]:
    """Return the JSON object of a request, empty where it has no body."""
    text = await request.body()
    return parsed(text) if text.strip() else {}


def parsed(text: bytes) -> Mapping[str, Any]:
    """Return the JSON object of a text; raises Wrong."""
    try:
        found = schemas.parse(text)
    except schemas.BadText as problem:
        raise Wrong(problem.zh, problem.en) from None
    if not isinstance(found, dict):
        raise Wrong("须为JSON对象", "this is no JSON object")
    return found


def when(said: Mapping[str, Any], now: dt.datetime) -> dt.datetime:
    """Return the time a body asks for: ``now`` (a time), or steps from the present one."""
    if "now" in said:
        try:
            found = dt.datetime.fromisoformat(said["now"])
        except (TypeError, ValueError):
            raise Wrong("now须为时间，如2024-05-06T09:00", "now is a time like 2024-05-06T09:00") from None
        if found.tzinfo is not None:
            raise Wrong("now按北京时间，不带时区", "now is Beijing time, without a zone")
        return found
    steps = {name: said.get(name, 0) for name in _STEPS}
    if not (said and set(said) <= set(_STEPS)) or any(type(each) is not int or each < 0 for each in steps.values()):
        raise Wrong("须给出now，或days、hours、minutes、seconds", "give now, or days, hours, minutes, seconds")
    try:
        step = dt.timedelta(**steps)
    except OverflowError:
        step = dt.timedelta.max
    if step > _FARTHEST:
        raise Wrong("一次至多推进十年", "at most ten years at a time")
    return now + step


def day(said: Any, today: dt.date) -> dt.date:
    """Return a day, today by default."""
    return today if said is None else _date(said, "day")


def month(said: Any, today: dt.date) -> str:
    """Return a month (``yyyy-MM``), by default the one before."""
    if said is None:
        return f"{today.replace(day=1) - dt.timedelta(days=1):%Y-%m}"
    if not isinstance(said, str) or not _MONTH.fullmatch(said):
        raise Wrong("month须为yyyy-MM", "month is like 2024-05")
    return said


def statements(said: Mapping[str, Any]) -> tuple[str, bool]:
    """Return whose statements are made, and whether what differs is corrected."""
    hospitals, correct = said.get("hospitals", ALL), said.get("correct", True)
    if hospitals not in (ALL, PLAYED) or not isinstance(correct, bool):
        raise Wrong("hospitals须为all或played，correct须为true或false", "hospitals is all or played, correct a boolean")
    return hospitals, correct


def filing(said: Mapping[str, Any]) -> Filing:
    """Return what a body wants filed."""
    unknown = sorted(said.keys() - {"psn_no", "type", "target", "begin", "end", "channel", "commitment", "proofs"})
    if unknown:
        raise Wrong(f"没有字段{unknown[0]}", f"there is no field {unknown[0]}")
    psn_no, target = said.get("psn_no"), said.get("target")
    if not isinstance(psn_no, str) or not isinstance(target, str):
        raise Wrong("须给出psn_no和target", "psn_no and target are needed")
    kind, channel = said.get("type", ""), said.get("channel", WINDOW)
    if kind not in TYPE_CODES or channel not in CHANNEL_CODES:
        known = ", ".join((*TYPE_CODES, *CHANNEL_CODES))
        raise Wrong(f"type或channel不在{known}之内", f"type and channel are out of {known}")
    commitment, proofs = said.get("commitment", False), said.get("proofs", 0)
    if not isinstance(commitment, bool) or type(proofs) is not int or not 0 <= proofs < 100:
        raise Wrong("commitment须为true或false，proofs须为0至99", "commitment is a boolean, proofs 0 to 99")
    begin, end = (None if said.get(name) is None else _date(said[name], name) for name in ("begin", "end"))
    return Filing(psn_no, kind, target, begin, end, channel, commitment, proofs)


def ending(said: Mapping[str, Any]) -> tuple[str, dt.date | None]:
    """Return why and from when a filing is to end."""
    reason = said.get("reason", ASKED)
    if not isinstance(reason, str) or reason not in REASON_CODES:
        raise Wrong(f"reason须为{'、'.join(REASON_CODES)}之一", f"reason is one of {', '.join(REASON_CODES)}")
    return reason, None if said.get("on") is None else _date(said["on"], "on")


def page(request: Request, usual: int, most: int) -> tuple[int, int]:
    """Return where a page begins and how long it is."""
    return _number(request, "from", 0, 10**9), max(min(_number(request, "limit", usual, most), most), 1)


def span(request: Request) -> tuple[int, int]:
    """Return the first and last entry that are wanted."""
    return _number(request, "from", 1, _LAST), _number(request, "to", _LAST, _LAST)


def _number(request: Request, name: str, usual: int, most: int) -> int:
    said = request.query_params.get(name, str(usual))
    if not (said.isascii() and said.isdigit() and len(said) <= 15 and int(said) <= most):
        raise Wrong(f"{name}须为0至{most}的整数", f"{name} is a whole number from 0 to {most}")
    return int(said)


def _date(said: Any, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(said)
    except (TypeError, ValueError):
        raise Wrong(f"{name}须为yyyy-MM-dd", f"{name} is a date like 2024-05-06") from None
