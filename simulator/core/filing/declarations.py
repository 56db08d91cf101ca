"""What institutions declare for a person besides referrals: chronic diseases, chosen institutions, accidents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any, NamedTuple

from simulator.core.platform.message import Block

CHRONIC, CHOSEN, ACCIDENT = "chronic", "chosen", "accident"


class Declaration(NamedTuple):
    """A declaration in force from ``begin`` to ``end``, both inclusive (None: open).

    ``code`` and ``name`` are those of the disease or the institution, empty for an accident. ``business`` and
    ``order`` (业务申请类型, 定点排序号) belong to a chosen institution. ``approved`` is None until reviewed; one that
    does not count ``at_once`` holds only when approved. ``told`` is what the institution sent.
    """

    sn: str
    kind: str
    psn_no: str
    insutype: str
    code: str
    name: str
    begin: dt.date
    end: dt.date | None = None
    business: str = ""
    order: str = ""
    approved: bool | None = None
    at_once: bool = True
    told: Block = MappingProxyType({})

    def in_force(self, day: dt.date) -> bool:
        """Tell whether the declaration holds on a day: it counts already and has not been turned down."""
        counts = self.at_once if self.approved is None else self.approved
        return counts and self.begin <= day and (self.end is None or day <= self.end)


class Declared(NamedTuple):
    """Fact: something was declared for a person."""

    declaration: Declaration


class Reviewed(NamedTuple):
    """Fact: the bureau has approved a declaration, or turned it down."""

    sn: str
    approved: bool


class DeclarationWithdrawn(NamedTuple):
    """Fact: a declaration was withdrawn before its review, and counts as never made."""

    sn: str


class DeclarationBook:
    """The declarations one city knows; ``folds`` are the facts that change them."""

    def __init__(self) -> None:
        self._declarations: dict[str, Declaration] = {}
        self._numbers: dict[str, tuple[str, ...]] = {}
        self._made = 0
        self.folds: dict[type, Callable[[Any], None]] = {
            Declared: self._fold_declared,
            Reviewed: self._fold_reviewed,
            DeclarationWithdrawn: self._fold_withdrawn,
        }

    def __len__(self) -> int:
        """Return how many declarations were ever made."""
        return self._made

    def find(self, sn: str) -> Declaration | None:
        """Return a declaration by its number."""
        return self._declarations.get(sn)

    def of(self, psn_no: str, kind: str) -> Iterator[Declaration]:
        """Yield a person's declarations of one kind, in the order they were made."""
        known = (self._declarations[sn] for sn in self._numbers.get(psn_no, ()))
        return (each for each in known if each.kind == kind)

    def in_force(self, psn_no: str, kind: str, day: dt.date) -> Iterator[Declaration]:
        """Yield a person's declarations of one kind that hold on a day."""
        return (each for each in self.of(psn_no, kind) if each.in_force(day))

    def _fold_declared(self, fact: Declared) -> None:
        new = fact.declaration
        self._made += 1
        self._declarations[new.sn] = new
        self._numbers[new.psn_no] = (*self._numbers.get(new.psn_no, ()), new.sn)

    def _fold_reviewed(self, fact: Reviewed) -> None:
        self._declarations[fact.sn] = self._declarations[fact.sn]._replace(approved=fact.approved)

    def _fold_withdrawn(self, fact: DeclarationWithdrawn) -> None:
        old = self._declarations.pop(fact.sn)
        self._numbers[old.psn_no] = tuple(sn for sn in self._numbers[old.psn_no] if sn != fact.sn)
