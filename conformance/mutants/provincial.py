"""What wrong provinces do to a message: on its way on, where they check it, and on its way back."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from conformance.mutants import state
from conformance.mutants.mutant import Patch
from simulator.core.platform.effects import Reply
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.turn import Turn
from simulator.core.visits.requests import data_of

ROUTER, PROVINCE = "simulator.core.network.router:Router", "simulator.core.network.province:Province"


# -- on the way on ---------------------------------------------------------------------------------------------------


def _without_department(message: Message) -> Message:
    if message.infno != "2401":
        return message
    kept = {name: value for name, value in message.block("mdtrtinfo").items() if name != "adm_dept_name"}
    return message._replace(blocks=MappingProxyType({**message.blocks, "mdtrtinfo": MappingProxyType(kept)}))


def _swapped(message: Message) -> Message:
    if message.infno != "2401":
        return message
    info = message.block("mdtrtinfo")
    return message.with_fields("mdtrtinfo", {"ipt_no": info["adm_bed"], "adm_bed": info["ipt_no"]})


def _last_line_lost(message: Message) -> Message:
    rows = message.rows("feedetail")
    few = len(rows) <= 1
    return message if few else message._replace(blocks=MappingProxyType({**message.blocks, "feedetail": rows[:-1]}))


def _normalised(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFKC", value)
    if isinstance(value, tuple):
        return tuple(map(_normalised, value))
    return (
        MappingProxyType({name: _normalised(each) for name, each in value.items()})
        if hasattr(value, "items")
        else value
    )


def _half_width(message: Message) -> Message:
    return message._replace(blocks=_normalised(message.blocks))


def _neighbour(old: Any) -> Any:
    def next_hop(self: Any, area: str) -> str:
        towns = [code for code in self.registry.cities if self.registry.province_of(code) == self.code]
        to: str = old(self, area)
        return towns[(towns.index(to) + 1) % len(towns)] if to in towns else to

    return next_hop


def _all_to_the_ministry(old: Any) -> Any:
    return lambda self, area: self.ministry if self.registry.city_of(area) else old(self, area)


def _first_city_for_others(old: Any) -> Any:
    def next_hop(self: Any, area: str) -> str:
        to: str = old(self, area)
        return next(iter(self.registry.cities)) if to == self.ministry else to

    return next_hop


# -- what is checked -------------------------------------------------------------------------------------------------


def _unchecked(old: Any) -> Any:
    return lambda self, turn, asked: None


def _others_let_through(old: Any) -> Any:
    def problem(self: Any, turn: Turn, asked: Message) -> Message | None:
        found: Message | None = old(self, turn, asked)
        refused = found is not None and found.infcode == REFUSALS["not_for_this_platform"].code
        return None if refused else found

    return problem


def _filing_demanded(old: Any) -> Any:
    def problem(self: Any, turn: Turn, asked: Message) -> Message | None:
        found: Message | None = old(self, turn, asked)
        if found is not None or asked.infno != "2401":
            return found
        filed = self.filings.book.of(asked.block("mdtrtinfo")["psn_no"])
        return None if filed else turn.refuse(asked, "not_filed", asked.treatment_area, turn.now.date(), "-")

    return problem


def _answered_from_memory(old: Any) -> Any:
    """Answer a query as the same person's was answered before: a cache that nothing empties."""
    told: dict[tuple[str, str], Message] = {}

    def complete(self: Any, turn: Turn, asked: Message, prepared: Any, reply: Message) -> Message:
        if asked.infno in _QUERIES and reply.succeeded:
            told[asked.infno, _person(asked)] = reply
        return old(self, turn, asked, prepared, reply)  # type: ignore[no-any-return]

    def decide(self: Any, turn: Turn, asked: Message) -> bool:
        known = told.get((asked.infno, _person(asked))) if asked.infno in _QUERIES else None
        if known is not None:
            self.answer(turn, asked, known._replace(key=asked.key))
        return known is not None

    complete.decide = decide  # type: ignore[attr-defined]
    return complete


_QUERIES = frozenset({"5201", "5206"})


def _person(asked: Message) -> str:
    return str(data_of(asked).get("psn_no", ""))


def _decides_first(old: Any) -> Any:
    def decide(self: Any, turn: Turn, asked: Message) -> None:
        before = getattr(type(self).complete, "decide", None)
        if before is None or not before(self, turn, asked):
            old(self, turn, asked)

    return decide


# -- on the way back -------------------------------------------------------------------------------------------------


def _completing(change: Callable[[Message], Message]) -> Patch:
    """Return a patch of what comes back from beyond."""

    def make(old: Any) -> Any:
        def complete(self: Any, turn: Turn, asked: Message, prepared: Any, reply: Message) -> Message:
            return change(old(self, turn, asked, prepared, reply))

        return complete

    return Patch(f"{ROUTER}.complete", make)


def _fen_less(reply: Message) -> Message:
    info = reply.blocks.get("setlinfo")
    if info is None or isinstance(info, tuple) or "fund_pay_sumamt" not in info:
        return reply
    return reply.with_fields("setlinfo", {"fund_pay_sumamt": info["fund_pay_sumamt"] - 1})


def _success(reply: Message) -> Message:
    return reply if reply.succeeded else reply._replace(infcode=0)


def _reworded(reply: Message) -> Message:
    return reply if reply.succeeded else reply.with_head(err_msg="参保地拒绝")


def _one_code(reply: Message) -> Message:
    return reply if reply.succeeded else reply._replace(infcode=-1)


def _numbered_anew(reply: Message) -> Message:
    info = reply.blocks.get("setlinfo")
    if info is None or isinstance(info, tuple) or not info.get("setl_id"):
        return reply
    return reply.with_fields("setlinfo", {"setl_id": f"P{info['setl_id']}"})


def _late_lost(old: Any) -> Any:
    """Refuse for good what was given up once: the answer that came meanwhile is thrown away."""
    return state._waking(state._as_final).make(old)


def _told_as_late(old: Any) -> Any:
    return lambda self, asked, why: old(self, asked, why)._replace(infcode=REFUSALS["outcome_unknown"].code)


def _final_refusal(old: Any) -> Any:
    return lambda self, asked, why: old(self, asked, why)._replace(infcode=REFUSALS["not_for_this_platform"].code)


def _no_tombstone(old: Any) -> Any:
    def take(self: Node, turn: Turn, asked: Message) -> None:
        known = self._exchanges.get(asked.key)
        if asked.key in self._void and known is not None and known.reply is not None:
            turn.effects.append(Reply(known.reply))
            return
        old(self, turn, asked)

    return take


def _whoever_treats(old: Any) -> Any:
    def speaker(self: Any, asked: Message) -> Any:
        city = self._registry.city_of(asked.treatment_area)
        return next((each for each in self.parties.values() if each.code == city), old(self, asked))

    return speaker


def patched(place: str, make: Callable[[Any], Any]) -> tuple[Patch]:
    """Return the one patch of a place."""
    return (Patch(place, make),)
