"""Correct variants of the reference hospital: unusual and right, so that no case may fail them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from conformance.mutants import texts, variants
from conformance.mutants.mutant import VARIANT, Mutant, Patch
from simulator.core.platform.message import Message
from simulator.sandbox.parties import HOSPITAL

_LINK, _PLAYED, _DO = (
    "simulator.sandbox.links",
    "simulator.sandbox.playing:Visit",
    "simulator.sandbox.control_do:DoCalls",
)
_PAUSE = 0.3  # seconds


def _spelt(change: Callable[[bytes], bytes]) -> Any:
    def make(old: Any) -> Any:
        async def attempt(self: Any, message: Message, body: bytes) -> Any:
            return await old(self, message, change(body))

        return attempt

    return make


def _slower(old: Any) -> Any:
    async def attempt(self: Any, message: Message, body: bytes) -> Any:
        await asyncio.sleep(_PAUSE)
        return await old(self, message, body)

    return attempt


def _asking_before(old: Any) -> Any:
    async def step(self: Any, infno: str) -> bool:
        if infno in {"2304", "2207", "2102"}:
            await self._say(self._work["1101"]())
        done: bool = await old(self, infno)
        return done

    return step


def _once(old: Any) -> Any:
    async def tries(seconds: float) -> AsyncIterator[int]:
        yield 0

    return tries


def _without_patience(old: Any) -> Any:
    def wished(self: Any, said: Mapping[str, Any], until: str) -> dict[str, Any]:
        return {**old(self, said, until), "patience": 0}

    return wished


def _outcome_alone(old: Any) -> Any:
    async def ended(self: Any, visit: Any, until: str) -> dict[str, Any]:
        return {"outcome": (await old(self, visit, until))["outcome"]}

    return ended


VARIANTS = tuple(
    Mutant(f"hospital-{name}", VARIANT, zh, en, patches, (), HOSPITAL)
    for name, zh, en, patches in (
        (
            "fields-reversed",
            "医院请求的字段次序相反。",
            "The fields of a hospital's requests come in reverse order.",
            (
                Patch(
                    f"{_LINK}:Link._attempt", _spelt(lambda body: texts.written(variants._reversed(texts.parsed(body))))
                ),
            ),
        ),
        (
            "shortest-numbers",
            "医院请求中的金额不写末尾的零。",
            "A hospital's requests write amounts without zeros at their end.",
            (
                Patch(
                    f"{_LINK}:Link._attempt",
                    _spelt(lambda body: texts.written(texts.changed(texts.parsed(body), variants._shortest))),
                ),
            ),
        ),
        (
            "slower",
            "医院每次上送前停顿0.3秒。",
            "A hospital pauses for 0.3 s before each call.",
            (Patch(f"{_LINK}:Link._attempt", _slower),),
        ),
        (
            "asks-who-it-is-again",
            "医院结算前再查一次人员信息。",
            "A hospital asks who the person is once more before it settles.",
            (Patch(f"{_PLAYED}._step", _asking_before),),
        ),
        (
            "reverses-at-once",
            "医院没有得到答复时不重发，直接冲正。",
            "A hospital reverses what had no answer at once, and does not ask again.",
            (Patch(f"{_LINK}:_tries", _once), Patch(f"{_DO}._wished", _without_patience)),
        ),
        (
            "tells-the-outcome-alone",
            "医院的钩子只答复办成与否。",
            "A hospital's hook tells nothing but the outcome.",
            (Patch(f"{_DO}._ended", _outcome_alone),),
        ),
    )
)
