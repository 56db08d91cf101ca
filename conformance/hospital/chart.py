"""What the bench knows of one visit that the hospital under test was given: what it has said, and what it was told.

Only what reached the hospital counts as told. What its city holds stands in the city's own books.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from conformance.visit import CANCELS, PLANS, Wish
from simulator.core.platform.message import Message

SIGN_IN, SIGN_OUT, REVERSAL, STATEMENT = "9001", "9002", "2601", "3201"
OF_NOBODY = frozenset({SIGN_IN, SIGN_OUT, STATEMENT, "3202", "9101", "9102", "3301", "3302"})
"""Transactions that are about no person."""
SETTLES = frozenset({"2304", "2207", "2102"})
BILLS = SETTLES | {"2303", "2206", "2101"}
UPLOADS: Mapping[str, str] = {"2301": "feedetail", "2204": "feedetail", "2101": "drugdetail", "2102": "drugdetail"}
"""Transactions that bring fee lines, and the block they stand in."""
OF_PARTS = frozenset({"2303", "2304"})
_OPENS: Mapping[str, str] = {"2401": "result", "2201": "data"}
_TAKES_BACK: Mapping[str, str] = {
    **{cancels: PLANS[care][-1] for care, cancels in CANCELS.items()},
    "2302": "2301",
    "2205": "2204",
    "2404": "2401",
    "2405": "2402",
    "2202": "2201",
}
"""What no longer stands once a transaction has succeeded."""


class _Known(NamedTuple):
    """What a hospital knows of a visit at one moment."""

    steps: frozenset[str] = frozenset()
    lines: Mapping[str, Mapping[str, Any]] = {}
    settled: Mapping[str, Mapping[str, Any]] = {}
    parts: frozenset[str] = frozenset()


class Chart:
    """A visit by the hospital's knowledge; ``name`` is what the hook and the bench call it.

    ``refused`` is the step that was refused last and not done since, ``open`` the request whose outcome it does not
    know, None where there is none. ``parts_asked`` is in how many parts it was to settle the stay so far, ``parting``
    whether it is asked for one now.
    """

    def __init__(self, name: str, wish: Wish) -> None:
        self.name, self.wish = name, wish
        self.mdtrt_id = self.refused = ""
        self.open: Message | None = None
        self.parts_asked, self.parting = 0, False
        self._known = _Known()
        self._before: dict[str, _Known] = {}  # what was known before a request succeeded, by its msgid

    @property
    def plan(self) -> tuple[str, ...]:
        """Return the transactions of this care in their order, sign-in first."""
        return PLANS[self.wish.care]

    @property
    def cancels(self) -> str:
        """Return the transaction that cancels its settlement."""
        return CANCELS[self.wish.care]

    @property
    def steps(self) -> frozenset[str]:
        """Return the steps that the hospital was told have succeeded and that stand."""
        return self._known.steps

    @property
    def lines(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the fee lines that it was told are known, by number."""
        return self._known.lines

    @property
    def settled(self) -> Mapping[str, Mapping[str, Any]]:
        """Return ``setlinfo`` of the settlements it was told of and that stand, by ``setl_id``."""
        return self._known.settled

    @property
    def parts(self) -> frozenset[str]:
        """Return the numbers of those that were settled in part, of the settlements that it was told of."""
        return self._known.parts

    @property
    def bill(self) -> int:
        """Return what all fee lines that the hospital was given come to, each rounded to the fen, less the parts."""
        settled = sum(int(self.settled[number]["medfee_sumamt"]) for number in self.parts)
        return sum(line.amount for line in self.wish.lines) - settled

    def is_about(self, asked: Message) -> bool:
        """Tell whether a request names this visit or its person."""
        person = self.wish.person
        mine = {person.psn_no, person.certno} | ({self.mdtrt_id} if self.mdtrt_id else set())
        return any(value in mine for _, _, value in fields_of(asked) if isinstance(value, str))

    def unheard(self, asked: Message) -> None:
        """Note that the hospital had no answer to a request, or none that is one."""
        if asked.infno in _CHANGES and self.open is None:
            self.open = asked

    def told(self, asked: Message, reply: Message) -> None:
        """Take in what the hospital was told."""
        closes = asked.infno == REVERSAL and self.open is not None and asked.block("data")["omsgid"] == self.open.msgid
        if closes or (self.open is not None and self.open.key == asked.key):
            self.open = None
        if not reply.succeeded:
            self.refused = asked.infno
            return
        self.refused = ""
        if asked.infno == REVERSAL:
            self._known = self._before.get(asked.block("data")["omsgid"], self._known)
            return
        self._before.setdefault(asked.msgid, self._known)
        self._known = self._after(asked, reply)

    def _after(self, asked: Message, reply: Message) -> _Known:
        infno, (steps, lines, settled, parts) = asked.infno, self._known
        steps = (steps | {step_of(asked)}) - {_TAKES_BACK.get(infno, "")}
        if infno in _OPENS:
            self.mdtrt_id = str(reply.block(_OPENS[infno])["mdtrt_id"])
        elif infno in {"2301", "2204"}:
            lines = {**lines, **{str(row["feedetl_sn"]): row for row in asked.rows("feedetail")}}
        elif infno in {"2302", "2205"}:
            lines = {}
        elif infno in SETTLES:
            info = reply.rows("setlinfo")[0]
            self.mdtrt_id = str(info["mdtrt_id"])
            settled = {**settled, str(info["setl_id"]): info}
            parts |= {str(info["setl_id"])} if is_part(asked) else set()
        elif infno == self.cancels:
            gone = asked.block("data")["setl_id"]
            settled = {number: info for number, info in settled.items() if number != gone}
        return _Known(steps, lines, settled, parts)


_CHANGES = frozenset({*_OPENS, "2301", "2203", "2204", "2402", REVERSAL, *SETTLES, *_TAKES_BACK})
"""What may have been carried out though no answer came: it is asked again, or reversed, before anything else."""


def is_part(asked: Message) -> bool:
    """Tell whether a request is about a part of a stay that goes on (中途结算)."""
    return asked.infno in OF_PARTS and asked.block("data").get("mid_setl_flag") == "1"


def step_of(asked: Message) -> str:
    """Return which step a request is: its transaction, with a ``+`` for a part."""
    return asked.infno + "+" * is_part(asked)


def fields_of(asked: Message) -> Iterator[tuple[str, str, Any]]:
    """Yield place, name and value of every field of a request's blocks, those of rows with the row's number."""
    for block in asked.blocks:
        several = isinstance(asked.blocks[block], tuple)
        for number, row in enumerate(asked.rows(block) if isinstance(asked.blocks[block], (tuple, Mapping)) else ()):
            place = f"/input/{block}/{number}" if several else f"/input/{block}"
            yield from ((f"{place}/{name}", name, value) for name, value in row.items())
