"""Correct variants of a province: another way of writing, other words and codes of its own, asking once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.mutants import variants
from conformance.mutants.mutant import VARIANT, Mutant, Patch
from conformance.mutants.provincial import patched
from conformance.mutants.texts import parsed, written
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.turn import Turn
from simulator.sandbox.parties import PROVINCE

_ALIKE = frozenset(
    [
        "fields-reversed",
        "empties-left-out",
        "shortest-numbers",
        "trailing-zeros",
        "spaced-json",
        "escaped-text",
        "chunked",
        "closing",
        "other-headers",
        "no-charset",
        "slower",
    ]
)


def _other_order(old: Any) -> Any:
    return lambda self, message: written(variants._reversed(parsed(old(self, message))))


def _own_refusals(change: Callable[[Message], Message]) -> tuple[Patch]:
    def make(old: Any) -> Any:
        def refuse(self: Turn, asked: Message, name: str, *found: Any) -> Message:
            reply: Message = old(self, asked, name, *found)
            return reply if REFUSALS[name].passing else change(reply)

        return refuse

    return (Patch("simulator.core.platform.turn:Turn.refuse", make),)


def _asks_once_more(old: Any) -> Any:
    """Pass a message on again that comes again, under its msgid: whoever answers does it once."""

    def take(self: Node, turn: Turn, asked: Message) -> None:
        known = self._exchanges.get(asked.key)
        again = known is not None and known.reply is not None and known.request.blocks == asked.blocks
        if again and known.request.infno == asked.infno and asked.key not in self._void:  # type: ignore[union-attr]
            del self._exchanges[asked.key]
        old(self, turn, asked)

    return take


VARIANTS = (
    *(
        each._replace(
            name=f"province-{each.name}", zh=f"省平台：{each.zh}", en=f"Of a province: {each.en}", role=PROVINCE
        )
        for each in variants.VARIANTS
        if each.name in _ALIKE
    ),
    *(
        Mutant(f"province-{name}", VARIANT, zh, en, patches, role=PROVINCE)
        for name, zh, en, patches in (
            (
                "other-order",
                "省平台转发和答复时字段次序都与原来不同。",
                "A province writes fields in another order, in what it passes on as well.",
                patched("simulator.inputs.wire:Wire.encode", _other_order),
            ),
            (
                "own-codes",
                "省平台自己的终局拒绝一律用代码-1。",
                "A province gives its own refusals for good the code -1.",
                _own_refusals(lambda reply: reply._replace(infcode=-1)),
            ),
            (
                "own-words",
                "省平台自己的拒绝另行措辞。",
                "A province words its own refusals otherwise.",
                _own_refusals(lambda reply: reply.with_head(err_msg="省平台不予受理")),
            ),
            (
                "asks-once-more",
                "再来的报文，省平台以原msgid再转一次。",
                "A province passes on again, under its msgid, what comes again.",
                patched("simulator.core.platform.node:Node._take_request", _asks_once_more),
            ),
        )
    ),
)
