"""Judges replies: their schema, what a fresh network of the core would have answered, and whether amounts add up.

Sampled visits are judged whole. Every person comes once, so that a visit is judged without the others, in any order.
Of all other settlements the identities between amounts are checked, which needs the reply alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import orjson

import schemas
from simulator.core.benefit.shares import IDENTITIES, Shares
from simulator.core.platform.message import Key, Message, request
from simulator.core.platform.refusals import BY_CODE
from simulator.inputs.matching import Difference, Numbers, differences
from simulator.inputs.wire import Wire, number
from simulator.traffic.findings import AMOUNTS, DIFFERS, SCHEMA, Finding
from simulator.traffic.oracle import Oracle, moment
from simulator.traffic.preparing import Prepared
from simulator.traffic.recording import Kept
from simulator.traffic.seen import OK, REFUSED, Seen

_IDENTITIES_ZH = {
    "bill_adds_up": "医疗费总额不等于基金支付、个人负担与医院负担之和",
    "funds_add_up": "基金支付总额不等于各项基金之和",
    "person_adds_up": "个人负担不等于账户支付与现金支付之和",
    "classes_add_up": "医疗费总额不等于四类费用之和",
    "family_within_account": "共济账户支付超出账户支付",
    "cleared_both_ways": "清算额两种算法不一致",
    "no_part_below_nothing": "有一项金额为负",
    "paid_within_bill": "基金与账户支付超过医疗费总额",
}
_IDENTITIES_EN = {
    "bill_adds_up": "medfee_sumamt is not fund_pay_sumamt + psn_part_amt + hosp_part_amt",
    "funds_add_up": "fund_pay_sumamt is not the sum of the funds' parts",
    "person_adds_up": "psn_part_amt is not acct_pay + psn_cash_pay",
    "classes_add_up": "medfee_sumamt is not the sum of the four class totals",
    "family_within_account": "acct_mulaid_pay is more than acct_pay",
    "cleared_both_ways": "fund_pay_sumamt + acct_pay is not medfee_sumamt - psn_cash_pay - hosp_part_amt",
    "no_part_below_nothing": "a part is below nothing",
    "paid_within_bill": "funds and account pay more than the bill",
}
ROWS = "setlinfo"


def judge(prepared: Prepared, samples: Iterable[Seen]) -> list[Finding]:
    """Return what is wrong with the replies of sampled visits, visit by visit in the order of their steps."""
    judge_ = _Judge(prepared)
    ordered = sorted(samples, key=lambda seen: (seen.visit, seen.step))
    found: list[Finding] = []
    for visit, steps in groupby(ordered, key=lambda seen: seen.visit):
        found += judge_.visit(visit, list(steps))
    return found


def check_amounts(prepared: Prepared, settled: Iterable[Kept]) -> list[Finding]:
    """Return where the amounts of settlements, or of the rows that cancel them, do not add up."""
    wire, found = Wire(schemas.load()), []
    for kept in settled:
        call = prepared.scripts[kept.visit].calls[kept.step]
        shares = shares_of(read_reply(wire, request_of(prepared, kept.visit, kept.step), kept.reply))
        if shares is not None:
            found += [_unsound(call.infno, kept, shares, each.__name__) for each in IDENTITIES if not each(shares)]
    return found


def request_of(prepared: Prepared, visit: int, step: int) -> Message:
    """Return a request of a visit as far as its reply is read by it: the transaction and the party."""
    call = prepared.scripts[visit].calls[step]
    return request(call.infno, Key(call.party, ""), {}, {})


def read_reply(wire: Wire, asked: Message, body: bytes) -> Message | None:
    """Return the reply that a body is; None for one that is none, which the schema check says more of."""
    try:
        parsed = schemas.parse(body)
        return wire.decode_reply(asked, parsed) if isinstance(parsed, dict) else None
    except (ValueError, KeyError, TypeError, AttributeError, schemas.BadText):
        return None


def shares_of(reply: Message | None) -> Shares | None:
    """Return the amounts of a settlement's reply in fen, None where it has none."""
    rows = reply.rows(ROWS) if reply is not None and ROWS in reply.blocks else ()
    if not rows or not all(isinstance(rows[0].get(field) or 0, int) for field in Shares._fields):
        return None
    return Shares(*(int(rows[0].get(field) or 0) for field in Shares._fields))


class _Judge:
    """Judges visits one after another by one network of the core."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._registry = schemas.load()
        self._oracle = Oracle(prepared.target.ground, prepared.take.day)
        self._wire = self._oracle.wire

    def visit(self, visit: int, steps: Sequence[Seen]) -> Iterator[Finding]:
        """Yield what is wrong with a visit; with the first reply that cannot be read, or differs, its judging ends."""
        self._oracle.know(self._prepared.traveller(visit))
        numbers = Numbers()
        for seen in steps:
            if seen.outcome not in {OK, REFUSED}:
                return
            found = list(self._step(seen, numbers))
            yield from found
            if found:
                return

    def _step(self, seen: Seen, numbers: Numbers) -> Iterator[Finding]:
        wrong = self._registry.check_text(seen.infno, "response", seen.reply)
        yield from (_of_schema(seen, each) for each in wrong)
        body = schemas.parse(seen.request)
        assert isinstance(body, dict)
        asked = self._wire.decode_request(body)
        reply = read_reply(self._wire, asked, seen.reply)
        if reply is None:
            if not wrong:
                yield _differs(seen, "", "a reply that can be read", "none")
            return
        refusal = BY_CODE.get(reply.infcode or 0)
        if refusal is not None and refusal.passing:
            return  # it had no time: that is counted, and says nothing about money
        due = dt.datetime.fromisoformat(str(asked.head["inf_time"]))
        expected = self._expected(moment(reply, due), numbers.for_model(asked))
        if expected is None:
            return
        for each in differences(self._registry, numbers, expected, reply):
            yield self._different(seen, each, expected)

    def _expected(self, now: dt.datetime, asked: Message) -> Message | None:
        """Return what a fresh network answers: a hospital, or the platform above where that is who was played."""
        target = self._prepared.target
        if self._prepared.is_from_above:
            return self._oracle.relayed(now, target.code, asked, target.above)
        return self._oracle.ask(now, asked)

    def _different(self, seen: Seen, found: Difference, expected: Message) -> Finding:
        pointer = "/" + "/".join(map(str, found.path))
        name = str(found.path[-1])
        layout: Any = self._registry.body(seen.infno, "response")
        for part in found.path[1:-1]:
            layout = layout.blocks.get(part, layout) if isinstance(part, str) and layout is not None else layout
        field = layout.fields.get(name) if layout is not None else None
        decimals = field.decimals if field is not None else None
        left, right = (_worded(each, decimals) for each in (found.expected, found.received))
        if found.path == ("infcode",) and not expected.succeeded:
            left = f"{left} ({expected.head.get('err_msg', '')})"
        return _differs(seen, pointer, left, right)


def _worded(value: Any, decimals: int | None) -> str:
    if isinstance(value, int) and decimals:
        return orjson.dumps(number(value, decimals)).decode()
    return "" if value is None else str(value)


def _differs(seen: Seen, pointer: str, expected: str, got: str) -> Finding:
    zh = f"就诊{seen.visit}的{seen.infno}应答{pointer}为{got or '空'}，应为{expected or '空'}"
    there, wanted = got or "nothing", expected or "nothing"
    en = f"visit {seen.visit}: the reply to {seen.infno} has {there} at {pointer}, not {wanted}"
    return Finding(DIFFERS, seen.infno, seen.visit, pointer, expected, got, zh, en, seen.request, seen.reply)


def _of_schema(seen: Seen, found: Any) -> Finding:
    zh = f"就诊{seen.visit}的{seen.infno}应答不合规：{found.pointer} {found.zh}"
    en = f"visit {seen.visit}: the reply to {seen.infno} is against its schema at {found.pointer}: {found.en}"
    expected, got = str(found.expected), str(found.received)
    return Finding(SCHEMA, seen.infno, seen.visit, found.pointer, expected, got, zh, en, seen.request, seen.reply)


def _unsound(infno: str, kept: Kept, shares: Shares, identity: str) -> Finding:
    zh = f"就诊{kept.visit}的{infno}应答：{_IDENTITIES_ZH[identity]}"
    en = f"visit {kept.visit}: the reply to {infno}: {_IDENTITIES_EN[identity]}"
    got = ", ".join(f"{name} {_worded(part, 2)}" for name, part in shares._asdict().items() if part)
    return Finding(AMOUNTS, infno, kept.visit, f"/output/{ROWS}", identity, got, zh, en, b"", kept.reply)
