"""The hook ``do`` of a hospital: what its staff is asked to do, as ``docs/reference/hooks.md`` words it.

A request without an answer is asked again under its ``msgid``; where that brings none either it is reversed (2601).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulator.sandbox import readings as read
from simulator.sandbox.counters import Counter
from simulator.sandbox.playing import CANCELS, PART, REFUSED, REVERSAL, REVERSED, SIGN_IN, UNKNOWN, Visit, is_known
from simulator.sandbox.stays import Stays, amounts, problem
from simulator.sandbox.telling import told
from simulator.sandbox.wrong import Wrong

_DONE, _ADMITTED = "done", "2401"
_STOPPED = frozenset({REFUSED, UNKNOWN, REVERSED})
_REVERSIBLE = frozenset({"2401", "2304", "2305", "2207", "2208", "2102", "2103", REVERSAL})
_LONGEST = 1.5  # times as long as it waits for an answer, a request without one is sent again
_FIELDS = frozenset({"do", "visit", "until", "person", "care", "began", "account", "disease", "lines"})


class DoCalls:
    """What a bench may have a hospital do; ``visits`` and ``days`` are those of the control API."""

    def __init__(
        self,
        visits: Callable[[], Stays],
        reconcile: Callable[[dt.date], Any],
        counter: Callable[[], Counter | None],
        now: Callable[[], dt.datetime],
        waits: Callable[[], float],
    ) -> None:
        self._visits, self._reconcile, self._counter, self._now, self._waits = visits, reconcile, counter, now, waits
        self._does: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "sign_in": self._sign_in,
            "visit": self._visit,
            "part": self._part,
            "cancel": self._cancel,
            "reconcile": self._day,
        }

    async def do(self, request: Request) -> Response:
        """``do``: have something done, and tell how it ended."""
        said = await read.body(request)
        if self._counter() is None:
            raise Wrong("本进程不是医院", "this process does not play a hospital")
        unknown = sorted(said.keys() - _FIELDS - {"day"})
        what = said.get("do")
        if unknown or not isinstance(what, str) or what not in self._does:
            known = "、".join(self._does)
            raise Wrong(
                f"没有字段{unknown[0]}" if unknown else f"do须为{known}之一",
                f"there is no field {unknown[0]}" if unknown else f"do is one of {', '.join(self._does)}",
            )
        return told(await self._does[what](said))

    async def _sign_in(self, said: Mapping[str, Any]) -> dict[str, Any]:
        counter = self._counter()
        assert counter is not None
        exchange, reply = await counter.say(counter.desk.sign_in(self._now()))
        known = is_known(exchange, reply)
        outcome = UNKNOWN if not known else _DONE if reply is not None and reply.succeeded else REFUSED
        return {"outcome": outcome, "infno": SIGN_IN, "err_msg": (exchange.reply or {}).get("err_msg", "")}

    async def _day(self, said: Mapping[str, Any]) -> dict[str, Any]:
        today = self._now().date()
        found = await self._reconcile(read.day(said.get("day"), today))
        codes = {each["infcode"] for each in found["hospitals"]}
        outcome = UNKNOWN if None in codes else REFUSED if codes - {0} else _DONE
        return {"outcome": outcome, "level": all(each["level"] for each in found["hospitals"])}

    # -- visits -------------------------------------------------------------------------------------------------------

    async def _visit(self, said: Mapping[str, Any]) -> dict[str, Any]:
        name, until = _text(said, "visit"), _text(said, "until")
        visit = self._visits().named(name)
        if visit is None:
            return await self._ended(await self._visits().start(self._wished(said, until), name), until)
        return await self._on(visit, until, _rows(said))

    async def _part(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Settle in part what has arisen of a stay that goes on."""
        name = _text(said, "visit")
        visit = self._visits().named(name)
        if visit is None:
            visit = await self._visits().start(self._wished(said, _ADMITTED), name)
        return await self._on(visit, PART, _rows(said))

    async def _cancel(self, said: Mapping[str, Any]) -> dict[str, Any]:
        visit = self._known(_text(said, "visit"))
        return await self._on(visit, CANCELS[visit.wish.care])

    def _known(self, name: str) -> Visit:
        visit = self._visits().named(name)
        if visit is None:
            raise Wrong(f"没有就诊{name}", f"there is no visit {name}")
        return visit

    async def _on(self, visit: Visit, until: str, rows: list[Any] | None = None) -> dict[str, Any]:
        await self._cleared_up(visit)
        if rows is not None and visit.state != UNKNOWN:
            self._visits().charge(visit, rows, part=until == PART)
        if visit.state != UNKNOWN and not visit.has_behind(until):
            await self._visits().go_on(visit, {"until": until})
        return await self._ended(visit, until)

    async def _ended(self, visit: Visit, until: str) -> dict[str, Any]:
        await self._cleared_up(visit)
        if visit.state not in _STOPPED and not visit.has_behind(until):  # what had no answer has succeeded after all
            await self._visits().go_on(visit, {"until": until})
            await self._cleared_up(visit)
        outcome = _DONE if visit.has_behind(until) else visit.state
        said = problem(visit).get("refused", {})
        last = visit.last
        return {
            "outcome": outcome if outcome in {_DONE, *_STOPPED} else UNKNOWN,
            "infno": last.infno if last is not None else "",
            "err_msg": said.get("err_msg", ""),
            "mdtrt_id": visit.mdtrt_id,
            "setl_id": visit.setl_id,
            **amounts(visit),
        }

    async def _cleared_up(self, visit: Visit) -> None:
        """Reverse what has no answer though it was sent again, or send it again where it cannot be reversed."""
        if visit.state == UNKNOWN and visit.last is not None:
            await self._visits().go_on(visit, {"do": "reverse" if visit.last.infno in _REVERSIBLE else "again"})

    def _wished(self, said: Mapping[str, Any], until: str) -> dict[str, Any]:
        """Return the body that :meth:`Stays.start` takes."""
        patience = math.ceil(_LONGEST * self._waits())
        wished = {"person": said.get("person"), "care": said.get("care"), "lines": _rows(said), "until": until}
        wished |= {name: said[name] for name in ("account", "disease") if said.get(name) not in {None, ""}}
        return {**wished, "days": self._days(said), "patience": patience}

    def _days(self, said: Mapping[str, Any]) -> int:
        """Return how many days ago a visit began."""
        try:
            began = dt.datetime.fromisoformat(_text(said, "began"))
        except ValueError:
            raise Wrong("began须为时间，如2024-05-06T09:00", "began is a time like 2024-05-06T09:00") from None
        return (self._now().date() - began.date()).days


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise Wrong(f"缺少{name}", f"{name} is missing")
    return value


def _rows(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = said.get("lines")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, Mapping) for row in rows):
        raise Wrong("lines须为非空列表", "lines is a list of objects, and not empty")
    return [{name: row[name] for name in ("code", "price", "quantity") if name in row} for row in rows]
