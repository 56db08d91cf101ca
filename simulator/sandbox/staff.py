"""The staff of the platforms of this process: they act as they are told, and say why where they decline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from simulator.core.network.city import City
from simulator.core.network.ministry import Ministry
from simulator.core.network.province import Province
from simulator.core.platform.effects import Effect, Record
from simulator.core.platform.node import Node
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.turn import Declined
from simulator.sandbox.engine import Engine
from simulator.sandbox.wrong import Wrong

NOTHING_DUE = "nothing_due"


class Staff:
    """The staff of the platforms behind the engine there is now."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine

    async def act(self, at: str, action: Any) -> tuple[Effect, ...]:
        """Let the staff of a platform act; raises Wrong with the reason where they decline."""
        (effects,) = await self._engine().act_all([(at, action)])
        declined = declined_in(effects)
        if declined is not None:
            zh, en = reason(declined)
            raise Wrong(zh, en, name=declined.name)
        return effects

    async def each(self, jobs: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
        """Let staff act one after another; return what was declined, but for want of anything to do."""
        jobs = list(jobs)
        told = []
        for (code, action), effects in zip(jobs, await self._engine().act_all(jobs), strict=True):
            declined = declined_in(effects)
            if declined is not None and declined.name != NOTHING_DUE:
                zh, en = reason(declined)
                told.append({"at": code, "action": type(action).__name__, "name": declined.name, "zh": zh, "en": en})
        return told

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Return the platforms and finance departments by code."""
        return self._engine().host.nodes

    def cities(self) -> dict[str, City]:
        """Return the cities by code."""
        return {code: node for code, node in self.nodes.items() if isinstance(node, City)}

    def provinces(self) -> dict[str, Province]:
        """Return the provinces by code."""
        return {code: node for code, node in self.nodes.items() if isinstance(node, Province)}

    def ministries(self) -> dict[str, Ministry]:
        """Return the ministry, where there is one by code."""
        return {code: node for code, node in self.nodes.items() if isinstance(node, Ministry)}


def declined_in(effects: Iterable[Effect]) -> Declined | None:
    """Return why an action was declined, None where it was not."""
    facts = (effect.fact for effect in effects if isinstance(effect, Record))
    return next((fact for fact in facts if isinstance(fact, Declined)), None)


def reason(declined: Declined) -> tuple[str, str]:
    """Return why an action was declined in words, zh and en."""
    refusal = REFUSALS[declined.name]
    found = (*declined.found, *["-"] * 3)
    return refusal.zh.format(*found), refusal.en.format(*found)
