"""Mutants that take messages wrongly: duplicates, unknown outcomes, reversals and cancellations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from conformance.mutants.mutant import STATE, Mutant, Patch, nothing
from simulator.core.platform.effects import Record, Reply
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Answered, Node
from simulator.core.platform.turn import Turn
from simulator.core.visits.home import original_key
from simulator.core.visits.lifecycle import SETTLES, next_state, reversal_of
from simulator.core.visits.requests import data_of

_NODE, _CITY = "simulator.core.platform.node:Node", "simulator.core.network.city:City"
_ROLE = "simulator.core.visits.role:Role"
_INSURED, _TREATMENT = "simulator.core.visits.insured:Insured", "simulator.core.visits.treatment:Treatment"
_HOME, _LINES = "simulator.core.visits.home:Home", "simulator.core.visits.lines"
_STATEMENT = "simulator.core.reconciliation.statement"


# -- the same message again ------------------------------------------------------------------------------------------


def _asked_again(change: Callable[[Any, Turn, Message, Any], bool]) -> Patch:
    """Return a patch of how requests are taken in: ``change`` gets what is known, and tells whether that was all."""

    def make(old: Any) -> Any:
        def take(self: Any, turn: Turn, asked: Message) -> None:
            known = self._exchanges.get(asked.key)
            if known is None or not change(self, turn, asked, known):
                old(self, turn, asked)

        return take

    return Patch(f"{_NODE}._take_request", make)


def _settle_again(self: Any, turn: Turn, asked: Message, known: Any) -> bool:
    if asked.infno not in SETTLES or known.reply is None or not known.reply.succeeded or self.is_void(asked.key):
        return False
    for role in (self.treatment, self.insured):
        for visit in list(role.visits):
            if visit.settled_by(asked.msgid) is not None:
                visit.bills.clear()
                visit.state = next_state(self.tables[visit.kind], visit.state, reversal_of(asked.infno)) or visit.state
    del self._exchanges[asked.key]
    return False


def _refuse_again(self: Any, turn: Turn, asked: Message, known: Any) -> bool:
    if known.reply is None or not known.reply.succeeded:
        return False
    turn.effects.append(Reply(turn.refuse(asked, "msgid_reused", asked.msgid)))
    return True


def _decide_other_body(self: Any, turn: Turn, asked: Message, known: Any) -> bool:
    if known.request.blocks != asked.blocks:
        del self._exchanges[asked.key]
    return False


# -- unknown outcomes ------------------------------------------------------------------------------------------------


def _another_msgid(old: Any) -> Any:
    asked_before: set[Key] = set()

    async def ask(self: Any, at: str, message: Message) -> Message | None:
        key = message.key
        if key in asked_before:
            message = message._replace(key=key._replace(msgid=key.msgid[:-4] + f"{9999 - int(key.msgid[-4:]):04d}"))
        asked_before.add(key)
        reply: Message | None = await old(self, at, message)
        return reply if reply is None else reply._replace(key=key)

    return ask


def _waking(change: Callable[[Any, dt.datetime, Message], list[Any]]) -> Patch:
    """Return a patch of giving up: ``change`` gets the refusal that is told, and returns the effects instead."""

    def make(old: Any) -> Any:
        def wake(self: Any, now: dt.datetime, about: Key) -> tuple[Any, ...]:
            found: list[Any] = []
            for effect in old(self, now, about):
                found += change(self, now, effect.message) if isinstance(effect, Reply) else [effect]
            return tuple(found)

        return wake

    return Patch(f"{_NODE}.wake", make)


def _as_success(self: Node, now: dt.datetime, refusal: Message) -> list[Any]:
    asked = self.known_request(refusal.key)
    assert asked is not None
    return [Reply(Turn(self, now).ok(asked))]


def _as_final(self: Node, now: dt.datetime, refusal: Message) -> list[Any]:
    asked = self.known_request(refusal.key)
    assert asked is not None
    fact = Answered(asked, refusal)
    self.fold(fact)
    return [Record(fact), Reply(refusal)]


def _passing_kept(old: Any) -> Any:
    def answer(self: Any, turn: Turn, asked: Message, reply: Message) -> None:
        turn.record(Answered(asked, reply))
        turn.effects.append(Reply(reply))

    return answer


# -- reversal and cancellation ---------------------------------------------------------------------------------------


def _no_tombstone(old: Any) -> Any:
    def reverse(self: Any, turn: Turn, asked: Message, at: dt.datetime, *, void: bool) -> None:
        if self.city.known_request(original_key(asked)) is not None:
            old(self, turn, asked, at, void=void)

    return reverse


def _reversal_not_void(old: Any) -> Any:
    def reverse(self: Any, turn: Turn, asked: Message, at: dt.datetime, *, void: bool) -> None:
        key = original_key(asked)
        if self.city.is_void(key):
            return
        old(self, turn, asked, at, void=void and self.city.known_request(key) is None)

    return reverse


def _second_refused(old: Any) -> Any:
    return lambda self, turn, asked: turn.refuse(asked, "not_reversible", data_of(asked)["oinfno"])


def _cancelled_again(old: Any) -> Any:
    def cancel(self: Any, turn: Turn, asked: Message) -> Message:
        visit = self._role.visit(turn, asked)
        number = data_of(asked).get("setl_id", "")
        bill = None if visit is None else visit.cancelled_bill(number)
        if visit is None or bill is None:
            answer: Message = old(self, turn, asked)
            return answer
        row = self._role.cancel(turn, visit, bill, turn.now.replace(microsecond=0))
        reply: Message = self._answer(turn, asked, row)
        return reply

    return cancel


def _close_not_void(old: Any) -> Any:
    def close(self: Any, turn: Turn, asked: Message, visit: Any, bill: Any) -> None:
        self.move(turn, visit, asked.infno + "+" * bill.billed.part)

    return close


MUTANTS = tuple(
    Mutant(name, STATE, zh, en, patches, expected)
    for name, zh, en, patches, expected in (
        (
            "double-settle",
            "同一msgid重发时再结算一次。",
            "A settlement sent again under its msgid is settled a second time.",
            (_asked_again(_settle_again),),
            ("*made_twice*",),
        ),
        (
            "duplicate-refused",
            "同一报文重发得到错误，而非原答复。",
            "The same message again gets an error instead of the first reply.",
            (_asked_again(_refuse_again),),
            ("*made_twice*",),
        ),
        (
            "reply-for-other-body",
            "msgid相同、内容不同时仍给原答复。",
            "A used msgid with another body gets the first reply from the cache.",
            (Patch("simulator.core.platform.node:_same", lambda old: lambda one, other: True),),
            ("*another_body*",),
        ),
        (
            "other-body-accepted",
            "用过的msgid配另一内容仍被受理。",
            "A used msgid with another body is carried out.",
            (_asked_again(_decide_other_body),),
            ("*another_body*",),
        ),
        (
            "asked-again-under-new-msgid",
            "结果未知后再问上级时另编msgid。",
            "After an unknown outcome the platform above is asked again under a new msgid.",
            (Patch("simulator.sandbox.links:Link.ask", _another_msgid),),
            ("*break_above*reply_lost-on*",),
        ),
        (
            "time-out-as-success",
            "等待超时按成功答复。",
            "A time-out is answered as a success.",
            (_waking(_as_success),),
            ("*break_above*",),
        ),
        (
            "time-out-as-final",
            "等待超时记为最终失败，重发也不再询问。",
            "A time-out is kept as the final failure: asking again changes nothing.",
            (_waking(_as_final),),
            ("*break_above*",),
        ),
        (
            "passing-refusal-kept",
            "临时性拒绝（如上级不可达）被记为最终答复。",
            "A passing refusal, such as nobody there above, is kept as the final answer.",
            (Patch(f"{_NODE}.answer", _passing_kept), Patch("simulator.core.platform.node:_PASSING", lambda old: ())),
            ("*had_to_wait*",),
        ),
        (
            "reversal-of-nothing",
            "冲正答复成功，但什么也没撤销。",
            "A reversal is answered with success and nothing is undone.",
            (Patch(f"{_ROLE}.reverse", nothing),),
            ("*what_happened_is_undone*",),
        ),
        (
            "no-tombstone",
            "冲正先到时未留记号，原交易随后仍被受理。",
            "A reversal that comes first leaves no mark, and the original is carried out after it.",
            (Patch(f"{_ROLE}.reverse", _no_tombstone),),
            ("*has_not_happened_is_barred*",),
        ),
        (
            "second-reversal-refused",
            "重复冲正被拒绝。",
            "A second reversal of the same message is refused.",
            (Patch(f"{_HOME}.reversed_again", _second_refused),),
            ("*second_reversal*",),
        ),
        (
            "old-success-after-reversal",
            "冲正后原msgid仍答复当时的成功。",
            "After a reversal the old msgid is answered with the old success.",
            (Patch(f"{_ROLE}.reverse", _reversal_not_void),),
            ("*what_happened_is_undone*2304*",),
        ),
        (
            "old-success-after-cancellation",
            "撤销结算后原msgid仍答复当时的成功。",
            "After a cancellation the old msgid is answered with the old success.",
            (Patch(f"{_ROLE}.close", _close_not_void),),
            ("*cancelled_settlement_sent_again*",),
        ),
        (
            "cancelled-twice",
            "已撤销的结算可再次撤销。",
            "A settlement that is cancelled already can be cancelled again.",
            (Patch("simulator.core.visits.insured_bills:Bills.cancel", _cancelled_again),),
            (
                "*steps_out_of_order*cancelled*",
                "*test_life_cycle*",
            ),
        ),
    )
)
