"""A bench for reconciliation: the small network, days that are reconciled, and sides that lose or change a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pytest

import schemas
from simulator.core.network.router import Passed
from simulator.core.platform.turn import Declined, Turn
from simulator.core.reconciliation.facts import CloseMonth, Correct, ReconcileDay
from simulator.core.reconciliation.rows import request_of, row_of
from simulator.core.visits.visits import INSURED, TREATMENT, Opened
from simulator.inputs.wire import Wire

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
PAIR = (NANJING, XUZHOU)
SIDE_OF = {NANJING: "2", XUZHOU: "1", PROVINCE: "3"}


class Bench:
    """Cities and province with a clock; ``close_day`` is an evening of reconciliation."""

    def __init__(self, play: Any) -> None:
        self.play = play
        self.cities = {NANJING: play.treatment, XUZHOU: play.insured}
        self.nodes = {**self.cities, PROVINCE: play.province}
        self.checked = 0
        self._wire = Wire(schemas.load())
        self._schemas = schemas.load()

    @property
    def day(self) -> dt.date:
        found: dt.date = self.play.now.date()
        return found

    def at(self, day: str, hour: int = 9) -> Bench:
        """Set the clock."""
        self.play.now = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour))
        return self

    def act(self, code: str, action: Any) -> str:
        """Let a platform act; return the name of the refusal where it declined."""
        self.play.relay.act(self.play.now, code, action)
        self.play.tick()
        last = self.facts(Declined)
        return last[-1].name if last and last[-1].action is action else ""

    def facts(self, kind: type, code: str = "") -> list[Any]:
        """The facts of a kind, of one platform or of all."""
        return [fact for at, fact in self.play.relay.facts if isinstance(fact, kind) and (not code or at == code)]

    def report(self, day: dt.date | None = None, *codes: str) -> None:
        """Let the cities report a day."""
        for code in codes or (XUZHOU, NANJING):
            assert self.act(code, ReconcileDay(day or self.day)) == ""

    def correct(self, code: str) -> list[str]:
        """Let a platform correct all it can; return the refusals."""
        mismatches = self.nodes[code].reconciliation.results.mismatches()
        return [self.act(code, Correct(mismatch)) for mismatch in mismatches]

    def close(self, month: str = "2016-10") -> tuple[str, ...]:
        """Let everyone close a month."""
        return tuple(self.act(code, CloseMonth(month)) for code in (XUZHOU, NANJING, PROVINCE))

    def result(self, day: str, pair: tuple[str, str] = PAIR) -> tuple[str, ...]:
        """How insured city, treatment city and province say that a pair stands; empty for one never compared."""
        found = (self.nodes[code].reconciliation.results.of(day, pair) for code in (XUZHOU, NANJING, PROVINCE))
        return tuple(standing.result if standing else "" for standing in found)

    def kinds(self) -> list[tuple[str, str, str]]:
        """Kind, way and number of what is open, after checking that all three say the same."""
        told = [self.nodes[code].reconciliation.results.mismatches() for code in (XUZHOU, NANJING, PROVINCE)]
        assert told[0] == told[1] == told[2]
        return [(mismatch.kind, mismatch.way, mismatch.setl_id) for mismatch in told[0]]

    def level_books(self) -> bool:
        """Tell whether the two cities' books mirror each other."""
        owed = self.play.insured.books.balance("payable", NANJING)
        due = self.play.treatment.books.balance("receivable", XUZHOU)
        return bool(owed == -due)

    def check_messages(self) -> int:
        """Check every bureau message so far against its schema; return how many there were."""
        for _, _, message in self.play.relay.hops[self.checked :]:
            if message.is_bureau or message.infno.startswith("32") or message.infno.startswith("91"):
                direction: Any = "response" if message.is_reply else "request"
                text = self._wire.encode(message)
                findings = list(self._schemas.check_text(message.infno, direction, text))
                assert not findings, (message.infno, direction, [finding.en for finding in findings])
        self.checked = len(self.play.relay.hops)
        return sum(message.is_bureau for _, _, message in self.play.relay.hops)

    def sent(self, infno: str) -> list[Any]:
        """The requests of a kind so far, each as its maker sent it."""
        hops = self.play.relay.hops
        return [message for _, _, message in hops if message.infno == infno and not message.is_reply]

    # -- sides that lose or change a row ------------------------------------------------------------------------

    @contextmanager
    def deaf(self, *codes: str, infno: str = "2304") -> Iterator[None]:
        """These sides answer and pass on as always, and forget to book or to log."""
        treatment, insured, province = self.play.treatment.treatment, self.play.insured.insured, self.play.province
        logs = {"2304": "_log_settlement", "2305": "_log_cancellation", "2601": "_log_reversal"}
        with ExitStack() as stack:
            if NANJING in codes:
                lost = {infno: lambda turn, asked, step, reply: reply}
                stack.enter_context(patch.dict(treatment._complete, lost))
            if XUZHOU in codes:
                for name in ("append", "move"):
                    stack.enter_context(patch.object(insured, name, lambda *given, **named: None))
            if PROVINCE in codes:
                stack.enter_context(patch.object(province, logs[infno], lambda turn, asked, reply: None))
            yield

    def lose(self, *codes: str, who: str = "retired") -> Any:
        """Play a stay whose settlement these sides forget to book; return it."""
        stay = self.play.stay(who)
        for step in (stay.admit, stay.upload_bill, stay.discharge):
            assert step().succeeded
        with self.deaf(*codes):
            assert stay.settle().succeeded
        return stay

    def row(self, code: str, setl_id: str) -> Any:
        """The row of a number as a city has it."""
        side, day = SIDE_OF[code], self.day.isoformat()
        return next(row for row in self.nodes[code].reconciliation.rows(side, day) if row.setl_id == setl_id)

    def row_of_day(self, code: str, day: str) -> Any:
        """The first row a city has of a day."""
        return self.nodes[code].reconciliation.rows(SIDE_OF[code], day)[0]

    def append(self, code: str, row: Any, active: Any = None) -> None:
        """Book a row on one side alone; on the province's, log it."""
        node = self.nodes[code]
        turn = Turn(node, self.play.now)
        if code == PROVINCE:
            turn.record(Passed(request_of(row.settled_by), row_of(row)))
        else:
            role = node.treatment if code == NANJING else node.insured
            role.append(turn, role.visits.find(row.mdtrt_id), row, active)
        self.play.relay._perform(self.play.now, code, tuple(turn.effects))

    def spoil(self, code: str, right: Any, wrong: Any) -> None:
        """Put a wrong row in the place of the right one, on one side, as if it had been booked so."""
        mirror = right._replace(shares=right.shares.negated(), refund=not right.refund)
        if code == NANJING:
            mirror, wrong = mirror._replace(inputs=None), wrong._replace(inputs=None)
        node, day = self.nodes[code], self.day.isoformat()
        if code == PROVINCE:
            self.append(code, mirror)
            self.append(code, wrong)
            rows = node.reconciliation._log._rows[day][PAIR]
        else:
            visit = (node.treatment if code == NANJING else node.insured).visits.find(right.mdtrt_id)
            active = wrong if visit.settlement is not None else None
            cancelled, mirrors = list(visit.taken_back), visit.mirrors
            self.append(code, mirror, active)
            self.append(code, wrong, active)
            visit.taken_back, visit.mirrors = cancelled, mirrors
            rows = (node.reconciliation._insured_rows if code == XUZHOU else node.statements.rows_by_day)[day]
        _as_if_booked_so(rows, right)
        if code == NANJING:
            _as_if_booked_so(node.split._rows[day[:7]], right)

    def plant(
        self, template: Any, number: int, *, on: tuple[str, ...] = (XUZHOU, NANJING, PROVINCE), **changes: Any
    ) -> Any:
        """Copy a settlement under a new number, with a visit of its own, on these sides."""
        row = template._replace(
            setl_id=f"A320399{self.day:%y%m%d}9{number:06d}",
            mdtrt_id=f"S320199{self.day:%y%m%d}9{number:06d}",
            settled_by=f"{template.hospital}20161010080000{number:04d}",
            **changes,
        )
        admission = request_of(f"{template.hospital}20161010070000{number:04d}")
        for code in on:
            copy = row if code == XUZHOU else row._replace(inputs=None)
            if code != PROVINCE:
                role = TREATMENT if code == NANJING else INSURED
                places = (row.hospital, row.treatment_area, row.insured_area)
                fact = Opened(role, row.mdtrt_id, admission, row.psn_no, row.insutype, *places, row.begin, "x")
                self.nodes[code].fold(fact)
                self.play.relay.facts.append((code, fact))
            self.append(code, copy, copy)
        return row


def _as_if_booked_so(rows: list[Any], right: Any) -> None:
    """Leave the last row in the place of the right one, and nothing of the one before it."""
    last = rows.pop()
    rows.pop()
    rows[[row.setl_id for row in rows].index(right.setl_id)] = last


@pytest.fixture
def bench(play: Any) -> Bench:
    return Bench(play)


@pytest.fixture
def make_bench(make_play: Any) -> Callable[..., Bench]:
    """A bench with figures of the pack changed."""
    return lambda **changed: Bench(make_play(**changed))
