"""One call of a platform: what it collects while it decides, and whether it came to its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.platform.books import Posting
from simulator.core.platform.effects import Effect, Post, Record
from simulator.core.platform.message import Block, Message, reply_to
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.stamps import digits

if TYPE_CHECKING:
    from simulator.core.platform.node import Node


class Declined(NamedTuple):
    """Fact: an action was against the rules and nothing of it was done; refusal ``name``, filled with ``found``."""

    action: Any
    name: str
    found: tuple[str, ...] = ()


class HalfDone(Exception):
    """A platform failed after it had taken facts in: what it knows is ahead of what its host was told to keep."""


class Turn:
    """One call of a platform: collects effects; facts take effect at once."""

    __slots__ = ("_stamp", "effects", "node", "now")

    def __init__(self, node: Node, now: dt.datetime) -> None:
        self.node = node
        self.now = now
        self.effects: list[Effect] = []
        self._stamp = ""

    @property
    def stamp(self) -> str:
        """Return the time as the 17 digits of ``respond_time``."""
        if not self._stamp:
            self._stamp = digits(self.now)
        return self._stamp

    def record(self, fact: Any) -> None:
        """Let a fact take effect and ask the host to keep it."""
        self.effects.append(Record(fact))
        self.node.fold(fact)

    def post(self, entry: Posting) -> None:
        """Book a posting and ask the host to write it."""
        self.effects.append(Post(entry))
        self.node.books.post(entry)

    def ok(self, asked: Message, **blocks: Block | Sequence[Block]) -> Message:
        """Make a successful reply."""
        return reply_to(asked, self._head(), blocks)

    def refuse(self, asked: Message, name: str, *found: object) -> Message:
        """Make a refusal by its name in the table, filled with what was found."""
        refusal = REFUSALS[name]
        head = self._head()
        head["err_msg"] = refusal.zh.format(*found)[:200]
        return reply_to(asked, head, {}, infcode=refusal.code)

    def decline(self, action: Any, name: str, *found: object) -> None:
        """Record that an action is against the rules, by the name of a refusal and what was found; it does nothing.

        Raises KeyError for a name that is not in the table.
        """
        self.record(Declined(action, REFUSALS[name].name, tuple(map(str, found))))

    def ask(
        self,
        to: str,
        infno: str,
        blocks: Mapping[str, Block | Sequence[Block]],
        *,
        treatment: str = "",
        insured: str = "",
    ) -> Message:
        """Ask another platform of one's own accord; ``to`` is the area it stands for (``recer_admvs``).

        ``treatment`` and ``insured`` name the pair of areas it is about, where it is about one. Returns the request;
        its answer comes to the office that hears it.
        """
        return self.node.originate(self, to, infno, blocks, treatment=treatment or self.node.code, insured=insured)

    def _head(self) -> dict[str, str]:
        stamp = self.stamp
        serial = self.node.next_serial()
        return {
            "inf_refmsgid": f"{self.node.code}{stamp[:14]}{serial:010d}",
            "refmsg_time": stamp,
            "respond_time": stamp,
            "err_msg": "",
        }


def carried(turn: Turn, take: Callable[[Turn, Any], Any], what: Any) -> tuple[Effect, ...]:
    """Let ``take`` deal with something in a turn; return what came of it. Raises HalfDone, and what ``take`` raises."""
    try:
        take(turn, what)
    except Exception as fault:
        if turn.effects:
            raise HalfDone(f"{turn.node.code} failed half-way") from fault
        raise
    return tuple(turn.effects)
