"""Judges exchanges in the order in which they ended, from outside: without the books of either side."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import schemas
from conformance.proxy.exchange import CALLER_GONE, OUR_FAULT, WHYS, Exchange
from conformance.proxy.findings import CALLER, NOTE, SCHEMA, STATUS, SUM, UNANSWERED, UPSTREAM, WRONG, Finding, finding
from conformance.proxy.numbers import Numbers, is_repeat
from conformance.proxy.reading import Read, Said
from conformance.proxy.visits import Visits
from schemas.checking import examine
from schemas.values import Direction
from simulator.core.visits.lifecycle import Tables

TOO_LONG, NO_MESSAGE, FILE, ENCODED = "too long", "no message", "file", "encoded"
BEHIND, FAULT, UNWRITTEN = "behind", "fault", "unwritten"
"""Why an exchange, or a side of it, was not judged."""
_OF_AMOUNTS = frozenset({"sum", "product", "rows", "totals"})
"""Kinds of named rules of the interface that are about amounts inside one message (P75-A9, P75-06)."""
_FAILED = 500  # HTTP statuses from here on say that the other side failed
_TURNED_AWAY = 300


class Times(NamedTuple):
    """Response times of a transaction in seconds, none of them averaged."""

    calls: int
    p50: float
    p95: float
    p99: float
    most: float


class Judge:
    """Judges exchanges; ``not_judged`` counts what was not, by reason."""

    def __init__(self, registry: schemas.Registry, tables: Tables) -> None:
        self._registry = registry
        self._sums = frozenset(rule.id for rule in registry.rules if rule.kind in _OF_AMOUNTS)
        self._numbers = Numbers()
        self._visits = Visits(tables, self._numbers)
        self._sure = True
        self._times: dict[str, Counter[int]] = {}
        self.not_judged: Counter[str] = Counter()
        self.judged = 0

    @property
    def from_middle(self) -> int:
        """Return how many visits were not seen from their beginning."""
        return self._visits.from_middle

    @property
    def forgotten(self) -> int:
        """Return how much was forgotten to keep within bounds."""
        return self._numbers.forgotten + self._visits.forgotten

    @property
    def times(self) -> Mapping[str, Times]:
        """Return the response times by transaction."""
        return {infno: _times(counted) for infno, counted in sorted(self._times.items())}

    def miss(self, why: str) -> None:
        """Note an exchange that is not judged: whatever follows from it is not known any more."""
        self.not_judged[why] += 1
        self._sure = False
        self._visits.gap()

    def judge(self, exchange: Exchange, read: Read) -> list[Finding]:
        """Return what is wrong with an exchange, given what went before."""
        if not read.infno:
            self.not_judged[NO_MESSAGE] += 1
            return []
        if not exchange.held or "encoded" in {read.asked.kind, read.told.kind}:
            self.miss(ENCODED if exchange.held else TOO_LONG)
            return []
        if exchange.why == OUR_FAULT:
            self.miss(FAULT)
            return []
        self.judged += 1
        found = [*self._asked(read), *self._told(exchange, read)]
        if exchange.status == 0 or exchange.why:
            self._visits.unknown(read)
            return [*found, _unanswered(exchange, read.infno)]
        self._times.setdefault(read.infno, Counter())[round(1000 * exchange.seconds)] += 1
        if not read.asked.message or (read.infcode is None and read.told.kind == "unreadable"):
            self._lose_sight(read)
            return found
        return [*found, *self._business(exchange, read)]

    def _lose_sight(self, read: Read) -> None:
        """Note an exchange that cannot be read, unless it was refused and has changed nothing."""
        self._visits.unknown(read)
        if not read.asked.message and read.infcode in {0, None} and read.status < _TURNED_AWAY:
            self._sure = False
            self._visits.gap()

    def _asked(self, read: Read) -> Iterator[Finding]:
        infno = read.infno if read.infno in self._registry.transactions else None
        if read.asked.kind == "empty":
            return
        yield from self._content(infno, "request", read.asked, CALLER, read.infno)

    def _told(self, exchange: Exchange, read: Read) -> Iterator[Finding]:
        if exchange.status >= _FAILED:
            yield finding(STATUS, UPSTREAM, read.infno, "", "HTTP 200", f"HTTP {exchange.status}")
        if read.told.kind == "file":
            self.not_judged[FILE] += 1
            return
        if exchange.why or not 0 < exchange.status < _TURNED_AWAY or read.infno not in self._registry.transactions:
            return
        yield from self._content(read.infno, "response", read.told, UPSTREAM, read.infno)

    def _content(self, infno: str | None, way: Direction, said: Said, side: str, shown: str) -> Iterator[Finding]:
        """Yield what is wrong with a message in itself: with its form, and with amounts that do not add up."""
        for each in examine(self._registry, said.content, infno=infno, direction=way).findings:
            yield Finding(
                SUM if each.keyword in self._sums else SCHEMA,
                side,
                WRONG,
                shown,
                each.pointer,
                f"{each.expected.zh} / {each.expected.en}",
                f"{each.received.zh} / {each.received.en}",
                each.zh,
                each.en,
            )

    def _business(self, exchange: Exchange, read: Read) -> Iterator[Finding]:
        repeat = is_repeat(self._numbers.known.get(read.key))
        yield from self._numbers.judge(read)
        if not read.succeeded or repeat:
            return
        if read.infno == "2601":
            target, found = self._numbers.undo(read, sure=self._sure)
            yield from found
            yield from self._visits.undone(target) if target else ()
            return
        yield from self._visits.judge(read, exchange.at.date())


def _unanswered(exchange: Exchange, infno: str) -> Finding:
    zh, en = WHYS[exchange.why]
    side = CALLER if exchange.why == CALLER_GONE else UPSTREAM
    found = finding(UNANSWERED, side, infno, level=NOTE)
    return found._replace(zh=f"{found.zh}：{zh}", en=f"{found.en}: {en}", received=f"{zh} / {en}")


def _times(counted: Counter[int]) -> Times:
    """Return the figures of exactly counted milliseconds."""
    values, reached, total = sorted(counted), [], 0
    for value in values:
        total += counted[value]
        reached.append(total)

    def at(share: int) -> float:
        return values[bisect.bisect_left(reached, -(-total * share // 100))] / 1000

    return Times(total, at(50), at(95), at(99), values[-1] / 1000)
