"""Closed exchanges, visits and log rows: kept at hand for a while, and found again in the journal when they are asked
for.

What a platform has done with is let go of from memory; a table that is asked for it folds the facts of it, and of
nothing else, back from the entries that are about it. That changes no decision: a platform cannot tell whether what it
looks up was at hand. So neither memory nor the time to restart grows with what is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from simulator.core.network.city import City
from simulator.core.network.router import Passed, Router
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Answered, Node, answered_exchange
from simulator.core.visits import lifecycle
from simulator.core.visits.facts import (
    INSURED,
    Bound,
    Described,
    Diagnosed,
    LinesAdded,
    LinesCancelled,
    Moved,
    Opened,
    Settled,
)
from simulator.core.visits.role import Role
from simulator.core.visits.visits import Visit, VisitBook
from simulator.sandbox.journal import Damaged, Entry, Reader, Store, checked
from simulator.sandbox.sieve import Sieve

AT_HAND = 2000  # of each table
_UNDER_WAY = frozenset({lifecycle.ADMITTED, lifecycle.DISCHARGED, lifecycle.BILLED, lifecycle.REGISTERED})
_FOLDS: Mapping[type, Callable[[VisitBook, Any], None]] = {
    Opened: VisitBook.fold_opened,
    Bound: VisitBook.fold_bound,
    Described: VisitBook.fold_described,
    Diagnosed: VisitBook.fold_diagnosed,
    Moved: VisitBook.fold_moved,
    LinesAdded: VisitBook.fold_lines_added,
    LinesCancelled: VisitBook.fold_lines_cancelled,
    Settled: VisitBook.fold_settled,
}
_QUERY_BY_PERSON = "5201"


class Paged(dict[Any, Any]):
    """A table of a platform of which ``closed`` values may be let go; ``find`` brings one back, or None."""

    def __init__(
        self, content: Mapping[Any, Any], find: Callable[[Any], Any], closed: Callable[[Any, Any], bool]
    ) -> None:
        super().__init__(content)
        self._find = find
        self._closed = closed
        self._marked: tuple[Any, ...] = ()
        self.let_go_of: Callable[[Any, Any], None] = _nothing

    def __missing__(self, key: Any) -> Any:
        found = self._found(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        """Tell whether there is a value, at hand or not."""
        return self.get(key) is not None

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a value, at hand or not."""
        value = super().get(key)
        if value is None:
            value = self._found(key)
        return default if value is None else value

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Return a value, at hand or not; put one there where there is none."""
        known = self.get(key)
        if known is None:
            known = self[key] = default
        return known

    def _found(self, key: Any) -> Any:
        """Return a value that was let go of, at hand again; None where there is none."""
        found = self._find(key)
        if found is not None:
            self[key] = found
        return found

    def pop(self, key: Any, *default: Any) -> Any:
        """Take a value out, at hand or not."""
        self.get(key)
        return super().pop(key, *default)

    def mark(self, at_hand: int) -> None:
        """Choose what to let go of: the oldest closed values above a number."""
        excess = max(len(self) - at_hand, 0)
        self._marked = tuple(key for key, value in islice(self.items(), 2 * excess) if self._closed(key, value))[
            :excess
        ]

    def let_go(self) -> None:
        """Let go of what was chosen, where it is still closed."""
        for key in self._marked:
            value = super().get(key)
            if value is not None and self._closed(key, value):
                self.let_go_of(key, super().pop(key))
        self._marked = ()

    def closed(self) -> Iterator[tuple[Any, Any]]:
        """Yield what is closed and at hand."""
        return ((key, value) for key, value in self.items() if self._closed(key, value))

    def at_hand_alone(self) -> Iterator[tuple[Any, Any]]:
        """Yield what no journal gives back: the values that are not closed."""
        return ((key, value) for key, value in self.items() if not self._closed(key, value))


class Archive:
    """The tables of platforms that are paged from a journal; ``seq`` is the entry up to which they stand.

    ``damaged`` is told, before Damaged is raised, of an entry that is not what was written. ``let_go`` is what
    :meth:`let_go_of_all` has returned for the state that the platforms were given.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        store: Store,
        seq: Callable[[], int],
        damaged: Callable[[Damaged], None],
        *,
        let_go: tuple[tuple[bytes, ...], int] = ((), 0),
        at_hand: int = AT_HAND,
    ) -> None:
        self._store = store
        self._reader = Reader(store)
        self._seq = seq
        self._damaged = damaged
        self._at_hand = at_hand
        self._marked_at = 0
        self._sieve = Sieve(*let_go)
        self._tables: list[Paged] = []
        for node in nodes.values():
            self._attach(node)

    def before(self, node: Node, asked: Message) -> None:
        """Bring back what a request looks for by going through a table: the visits of a person."""
        if asked.infno != _QUERY_BY_PERSON or asked.is_reply or not isinstance(node, City):
            return
        book = node.insured.visits
        for entry in self._until_now(self._store.of(asked.block("data")["psn_no"], node.code)):
            for fact in self._reader.facts(entry):
                if isinstance(fact, Opened) and fact.role == INSURED:
                    book.find(self._number(node, fact.visit_id))

    def trim(self, kept: int) -> None:
        """Let go of what was chosen the time before, if it is on disk (``kept``), and choose again."""
        if kept < self._marked_at:
            return
        for table in self._tables:
            table.let_go()
            table.mark(self._at_hand)
        self._marked_at = self._seq()

    def let_go_of_all(self) -> tuple[tuple[bytes, ...], int]:
        """Return what tells of everything that a snapshot leaves out, whether it is at hand or not.

        Only for a process that ends with it: what is at hand is not all found by both its names afterwards.
        """
        for table in self._tables:
            for key, value in table.closed():
                table.let_go_of(key, value)
        return self._sieve.state()

    # -- tables -------------------------------------------------------------------------------------------------

    def _attach(self, node: Node) -> None:
        exchanges = self._page(node, "_exchanges", "", lambda key: self._exchange(node, key), _is_answered)
        self._tables.append(exchanges)
        if isinstance(node, Router):
            self._tables.append(self._page(node, "_passed", node.code, lambda key: self._passed(node, key), _always))
        if isinstance(node, City):
            for role in (node.treatment, node.insured):
                self._attach_visits(node, role)

    def _attach_visits(self, node: City, role: Role) -> None:
        book, place = role.visits, f"{node.code}{role.name}"

        def closed(key: Any, visit: Visit) -> bool:
            unbound = book.unbound(visit.psn_no, visit.hospital, visit.kind)
            return unbound is not visit and _is_closed(visit)

        admissions = self._page(book, "_by_admission", place, lambda key: self._admitted(node, role, key), closed)

        def find(visit_id: str) -> Visit | None:
            visit = self._visit(node, role, visit_id)
            if visit is not None:
                admissions[visit.admission] = visit
            return visit

        visits = self._page(book, "_visits", place, find, closed)
        sift = visits.let_go_of

        def let_go_of(visit_id: str, visit: Visit) -> None:
            sift(visit_id, visit)
            admissions.let_go_of(visit.admission, dict.pop(admissions, visit.admission, None))

        visits.let_go_of = let_go_of  # one visit, found by either
        self._tables.append(visits)

    def _page(
        self, owner: Any, name: str, at: str, find: Callable[[Any], Any], closed: Callable[[Any, Any], bool]
    ) -> Paged:
        place = f"{at}{name} "

        def found(key: Any) -> Any:
            return find(key) if place + _text(key) in self._sieve else None

        def let_go_of(key: Any, value: Any) -> None:
            self._sieve.add(place + _text(key))

        table = Paged(getattr(owner, name), found, closed)
        table.let_go_of = let_go_of
        setattr(owner, name, table)
        return table

    # -- found again --------------------------------------------------------------------------------------------

    def _exchange(self, node: Node, key: Key) -> Any:
        for entry in reversed(self._until_now(self._store.about(key, node.code))):
            for fact in self._reader.facts(entry):
                if isinstance(fact, Answered) and fact.request.key == key:
                    return answered_exchange(fact)
        return None

    def _passed(self, node: Node, key: Key) -> Passed | None:
        kept = (*self._store.about(key, node.code), *self._store.of(key.msgid, node.code))
        entries = {entry.seq: entry for entry in self._until_now(kept)}
        facts = (fact for seq in sorted(entries, reverse=True) for fact in reversed(self._reader.facts(entries[seq])))
        return next((fact for fact in facts if isinstance(fact, Passed) and fact.key == key), None)

    def _admitted(self, node: City, role: Role, key: Key) -> Visit | None:
        for entry in self._until_now(self._store.about(key, node.code)):
            for fact in self._reader.facts(entry):
                if isinstance(fact, Opened) and fact.role == role.name and fact.admission == key:
                    return role.visits.find(self._number(node, fact.visit_id))
        return None

    def _number(self, node: Node, visit_id: str) -> str:
        """Return the number by which a visit is known now, which it may have got after it was opened."""
        facts = self._facts_of(node, visit_id)
        return next((f.mdtrt_id for f in facts if isinstance(f, Bound) and f.visit_id == visit_id), visit_id)

    def _visit(self, node: City, role: Role, visit_id: str) -> Visit | None:
        if not visit_id or (role.name == INSURED and self._number(node, visit_id) != visit_id):
            return None
        names, facts = {visit_id}, self._facts_of(node, visit_id)
        bound = [fact for fact in facts if isinstance(fact, Bound) and fact.mdtrt_id == visit_id]
        if bound and role.name == INSURED:
            names.add(bound[0].visit_id)
            facts = self._facts_of(node, visit_id, bound[0].visit_id)
        book = VisitBook()
        for fact in facts:
            ours = role.name == (INSURED if isinstance(fact, Bound) else getattr(fact, "role", ""))
            fold = _FOLDS.get(type(fact))
            if fold is not None and ours and fact.visit_id in names and (isinstance(fact, Opened) or any(book)):
                fold(book, fact)
        return book.find(visit_id)

    def _facts_of(self, node: Node, *subjects: str) -> list[Any]:
        entries = {entry.seq: entry for each in subjects for entry in self._until_now(self._store.of(each, node.code))}
        return [fact for seq in sorted(entries) for fact in self._reader.facts(entries[seq])]

    def _until_now(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Return what stands in the journal up to now, each entry checked: nobody has since the last start."""
        return tuple(self._checked(entry) for entry in entries if entry.seq <= self._seq())

    def _checked(self, entry: Entry) -> Entry:
        before = entry.seq - 1
        try:
            return next(checked((entry,), before, self._store.digest(before)))
        except Damaged as problem:
            self._damaged(problem)
            raise


def _is_answered(key: Any, exchange: Any) -> bool:
    return exchange.reply is not None and not exchange.waiting


def _text(key: str | Key) -> str:
    return key if isinstance(key, str) else f"{key[1]} {key[0]}"  # the name of a tuple would take long to write


def _nothing(key: Any, value: Any) -> None:
    return None


def _always(key: Any, value: Any) -> bool:
    return True


def _is_closed(visit: Visit) -> bool:
    return visit.state not in _UNDER_WAY and visit.open_step is None and not visit.reversals
