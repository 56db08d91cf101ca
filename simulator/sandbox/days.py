"""A day's reconciliation (日对账) as the control API has it done: hospitals first, then cities, then provinces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from simulator.core.reconciliation.facts import Correct, ReconcileDay
from simulator.core.reconciliation.totals import Totals
from simulator.core.values.money import yuan
from simulator.core.visits.care import CLEARING_TYPE
from simulator.sandbox.counters import Counters
from simulator.sandbox.staff import Staff
from simulator.sandbox.wrong import Wrong

ALL, PLAYED = "all", "played"
_CARE_OF = {clr_type: care for care, clr_type in CLEARING_TYPE.items()}


class Days:
    """The reconciliation of days.

    ``books_whole`` tells that hospitals played here have been since the journal began, so that their books are whole.
    """

    def __init__(
        self, staff: Staff, counters: Counters, now: Callable[[], dt.datetime], books_whole: Callable[[], bool]
    ) -> None:
        self._staff, self._counters, self._now, self._books_whole = staff, counters, now, books_whole

    async def reconcile(self, day: dt.date, *, hospitals: str = ALL, correct: bool = True) -> dict[str, Any]:
        """Reconcile a day three ways: hospitals first, then every city, then the provinces; return how it stands.

        With ``correct`` everybody then sets right what is theirs to set right.
        """
        if day > self._now().date():
            raise Wrong(f"{day}尚未到", f"{day} has not come yet")
        statements = await self._state(day, hospitals)
        declined = await self._staff.each(
            [(code, ReconcileDay(day)) for code in (*self._staff.cities(), *self._staff.provinces())]
        )
        corrected: list[dict[str, Any]] = []
        if correct:
            jobs = [(code, Correct(each)) for code, each in self._mismatches(day.isoformat())]
            left = await self._staff.each(jobs)
            corrected = [each for each in left if each["name"] != "cannot_correct"]  # the other side's to correct
        return {"day": day.isoformat(), "hospitals": statements, "declined": declined + corrected, **self.day(day)}

    def day(self, day: dt.date) -> dict[str, Any]:
        """Return how a day stands between the cities, as the provinces have found it."""
        pairs = [
            {
                "province": code,
                "treatment": pair[0],
                "insured": pair[1],
                "result": standing.result,
                "mismatches": [_mismatch(each) for each in standing.mismatches],
            }
            for code, node in self._staff.provinces().items()
            for _, pair, standing in node.reconciliation.results.under(day.isoformat())
        ]
        return {"level": all(each["result"] in {"level", "corrected"} for each in pairs), "pairs": pairs}

    async def _state(self, day: dt.date, hospitals: str) -> list[dict[str, Any]]:
        """Let the hospitals with settlements state their totals of a day (3201)."""
        told: list[dict[str, Any]] = []
        for city in self._staff.cities().values():
            behind = set(city.statements.behind(day.isoformat()))
            held = dict(city.statements.by_hospital.under(day.isoformat()))
            for (hospital, insutype, clr_type), totals in sorted(held.items()):
                if hospital in behind and (hospitals == ALL or hospital in self._counters.made()):
                    about = {"hospital": hospital, "insutype": insutype, "clr_type": clr_type}
                    told.append(about | await self._statement(day, hospital, (insutype, clr_type), totals))
        return told

    async def _statement(self, day: dt.date, code: str, about: tuple[str, str], totals: Totals) -> dict[str, Any]:
        """Send a 3201 by the hospital's own books, or where those are not here or not whole, by the city's."""
        own = self._books_whole() and code in self._counters.made()
        counter = self._counters.at(code)
        await counter.signed_in()
        asked = counter.desk.statement(self._now(), day, about[0], _CARE_OF[about[1]])
        if not own:
            sums = {"medfee_sumamt": totals.medfee, "fund_pay_sumamt": totals.fund, "acct_pay": totals.account}
            asked = asked.with_fields("data", {**sums, "fixmedins_setl_cnt": totals.rows})
        exchange, reply = await counter.say(asked)
        info = reply.block("stmtinfo") if reply is not None and reply.succeeded else {}
        return {
            "books": "hospital" if own else "city",
            "level": info.get("stmt_rslt") == "0",
            "infcode": exchange.infcode,
            "reason": info.get("stmt_rslt_dscr") or (exchange.reply or {}).get("err_msg", ""),
        }

    def _mismatches(self, day: str) -> Iterator[tuple[str, Any]]:
        desks: dict[str, Any] = {**self._staff.cities(), **self._staff.provinces()}
        for code, node in desks.items():
            yield from ((code, each) for each in node.reconciliation.results.mismatches() if each.day == day)


def _mismatch(each: Any) -> dict[str, Any]:
    return {
        "setl_id": each.setl_id,
        "refund": each.refund,
        "treatment": yuan(each.treatment),
        "insured": yuan(each.insured),
        "platform": yuan(each.platform),
    }
