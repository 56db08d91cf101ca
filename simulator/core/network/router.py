"""What routing platforms do alike: check areas and connection, pass on, log what passed, and change nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from simulator.core.filing.office import Filings
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Forwarded, Node, Voided
from simulator.core.platform.transactions import FORWARDED
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.rows import Row
from simulator.core.reconciliation.totals import Tally, Totals
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import NotInForce, PolicyPack
from simulator.core.visits.home import bill_of, original_key
from simulator.core.visits.lifecycle import CANCELS, SETTLES
from simulator.core.visits.requests import data_of
from simulator.core.visits.treatment import replied_at


class Passed(NamedTuple):
    """Fact: a settlement row (or, with negative totals, its cancelling) passed through, under the request's ``key``.

    A ``correction`` sets the log right after a reconciliation; nothing passed.
    """

    key: Key
    row: Row
    correction: bool = False


class Router(Node):
    """A platform between cities; they are known by the registry."""

    def __init__(
        self, code: str, *, registry: Registry, pack: PolicyPack, calendar: WorkCalendar, wait_seconds: int
    ) -> None:
        super().__init__(code, wait_seconds=wait_seconds)
        self.registry = registry
        self.pack = pack
        self.calendar = calendar
        self.filings = Filings(registry, pack)
        self.daily = Tally()  # day, treatment city, insured city
        self.monthly = Tally()  # month, treatment city, insured city, insutype
        self._passed: dict[Key, Passed] = {}
        self._mirrors: dict[str, int] = {}  # how many rows of a visit took another back
        self.install(self.filings)
        self.follow({Passed: self._fold_passed})

    def decide(self, turn: Turn, asked: Message) -> None:
        """Check and route a request."""
        if asked.is_bureau:
            self.bureau(turn, asked)
            return
        try:
            problem = self.problem(turn, asked)
        except NotInForce as missing:
            problem = turn.refuse(asked, "rules_not_in_force", missing.name)
        if problem is not None:
            self.answer(turn, asked, problem)
            return
        self.forward(turn, asked, self.next_hop(asked.insured_area), asked)

    def problem(self, turn: Turn, asked: Message) -> Message | None:
        """Return the refusal of a request that may not pass, or None."""
        if asked.infno not in FORWARDED:
            return turn.refuse(asked, "unknown_transaction", asked.infno)
        today = turn.now.date()
        for area in (asked.treatment_area, asked.insured_area):
            if self.registry.city_of(area) is None:
                return turn.refuse(asked, "unknown_area", area)
            if not self.registry.connected(area, today):
                return turn.refuse(asked, "area_not_connected", area)
        return None

    def complete(self, turn: Turn, asked: Message, prepared: Any, reply: Message) -> Message:
        """Log what passed; the reply itself goes on unchanged."""
        self.note(turn, asked, reply)
        if reply.succeeded:
            if asked.infno in SETTLES:
                self._log_settlement(turn, asked, reply)
            elif asked.infno in CANCELS:
                self._log_cancellation(turn, asked, reply)
            elif asked.infno == "2601":
                self._log_reversal(turn, asked, reply)
        return reply

    def in_force(self, key: Key) -> bool:
        """Tell whether the settlement asked for under a key has passed here and is not cancelled."""
        return key in self._passed and not self.is_void(key)

    def unanswered(self) -> dict[str, list[Forwarded]]:
        """Return what may have changed a bill and has no answer yet, by bill.

        It was passed on, and may have been carried out beyond.
        """
        found: dict[str, list[Forwarded]] = {}
        for key in self._exchanges:
            open_ = self.forwarded(key)
            if open_ is not None and not self.is_void(key):
                found.setdefault(bill_of(self, open_.request), []).append(open_)
        found.pop("", None)
        return found

    def retire(self, keys: Any) -> None:
        """Forget the exchanges of closed visits and what passed under their keys, but for the settlements in force.

        Those may still be cancelled, however late (P75-45).
        """
        keys = tuple(dict.fromkeys(keys))  # a host may name a key twice
        gone = [key for key in keys if key in self._passed and (self._passed[key].row.refund or self.is_void(key))]
        super().retire(keys)
        for key in gone:
            self._mirrors.pop(self._passed.pop(key).row.mdtrt_id, None)

    def forget_before(self, day: str) -> None:
        """Forget what passed before ``day`` (ISO text): it is not cancelled any more."""
        for key in [key for key, passed in self._passed.items() if passed.row.day < day]:
            self._mirrors.pop(self._passed.pop(key).row.mdtrt_id, None)

    def drop_before(self, day: str) -> None:
        """Forget the days before ``day`` (ISO text) that are done with; the host has kept them."""
        super().drop_before(day)
        self.daily.drop_before(day)

    # -- the log ------------------------------------------------------------------------------------------------

    def _log_settlement(self, turn: Turn, asked: Message, reply: Message) -> None:
        info, data = reply.block("setlinfo"), data_of(asked)
        row = Row(
            setl_id=info["setl_id"],
            refund=False,
            init_setl_id="",
            mdtrt_id=info["mdtrt_id"],
            psn_no=data["psn_no"],
            msgid=asked.msgid,
            at=dt.datetime.fromisoformat(info["setl_time"]),
            treatment_city=self.registry.city_of(asked.treatment_area) or "",
            insured_city=self.registry.city_of(asked.insured_area) or "",
            insutype=data["insutype"],
            clr_type=info["clr_type"],
            totals=Totals(1, info["medfee_sumamt"], info["fund_pay_sumamt"], info["acct_pay"]),
        )
        turn.record(Passed(asked.key, row))

    def _log_cancellation(self, turn: Turn, asked: Message, reply: Message) -> None:
        info = reply.rows("setlinfo")[0]
        original = asked.key._replace(msgid=info["medins_setl_id"])
        at = dt.datetime.fromisoformat(info["setl_time"])
        self._log_mirror(turn, original, asked.key, at, info["setl_id"])
        turn.record(Voided(original, True))

    def _log_reversal(self, turn: Turn, asked: Message, reply: Message) -> None:
        key = original_key(asked)
        if self.is_void(key):
            return
        original = self.known_request(key)
        self._log_mirror(turn, key, asked.key, replied_at(reply))
        turn.record(Voided(key, True))
        if original is not None and original.infno in CANCELS and self.succeeded(key):
            turn.record(Voided(self._cancelled_by(key), False))

    def _log_mirror(self, turn: Turn, original: Key, by: Key, at: dt.datetime, setl_id: str = "") -> None:
        """Log the row that takes one back, under the number the cities give it: of the settlement, and how many."""
        passed = self._passed.get(original)
        if passed is not None:
            settled = passed.row.init_setl_id or passed.row.setl_id
            number = setl_id or f"{settled}R{self._mirrors.get(passed.row.mdtrt_id, 0) + 1}"
            turn.record(Passed(by, passed.row.mirrored(number, at)._replace(init_setl_id=settled)))

    def _cancelled_by(self, key: Key) -> Key:
        reply = self.reply_under(key)
        assert reply is not None
        return key._replace(msgid=reply.rows("setlinfo")[0]["medins_setl_id"])

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_passed(self, fact: Passed) -> None:
        self._passed[fact.key] = fact
        row = fact.row
        if row.init_setl_id and not fact.correction:
            self._mirrors[row.mdtrt_id] = self._mirrors.get(row.mdtrt_id, 0) + 1
        self.daily.add((row.day, *row.pair), row.totals)
        self.monthly.add((row.day[:7], *row.pair, row.insutype), row.totals)
