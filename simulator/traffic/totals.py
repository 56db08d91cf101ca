"""After a run: what the hospitals were told against what the target holds, by hospital and day, to the fen.

Think of a cashier at closing time: first the slips nobody is sure of, then the totals of each drawer, and where a
drawer is off, slip by slip until the very one is found. The target is asked as hospitals ask it: totals with 3201, and
rows with 3202 where the totals differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import schemas
from simulator.core.benefit.shares import Shares
from simulator.core.platform.files import RESULT, STATEMENT, parsed, tabbed
from simulator.core.platform.message import Message
from simulator.core.reconciliation.totals import NOTHING, Tally, Totals, sum_of
from simulator.core.values.money import yuan
from simulator.core.visits.care import CLEARING_TYPE
from simulator.inputs.wire import Wire
from simulator.traffic.asking import Asking, Unanswered
from simulator.traffic.findings import ALTERED, EXTRA, LOST, SCHEMA, TOTALS, Finding
from simulator.traffic.judging import ROWS, read_reply, request_of, shares_of
from simulator.traffic.measuring import Measured
from simulator.traffic.preparing import Prepared
from simulator.traffic.recording import Kept
from simulator.traffic.resolving import KEEPS, OPEN, REVERSED, Resolved, doubts, resolve
from simulator.traffic.wording import CANCELS

__all__ = ["KEEPS", "Reconciled", "Row", "Side", "reconcile"]

_LEVEL = "0"
_CANCELS = frozenset(CANCELS.values())
_NOBODYS: Mapping[str, Any] = {
    **dict.fromkeys(("setl_id", "mdtrt_id", "psn_no"), "0"),
    **dict.fromkeys(("medfee_sumamt", "fund_pay_sumamt", "acct_pay"), 0),
    "refd_setl_flag": "0",
}
"""A row of nobody, stated where a hospital was told of nothing: a file has at least one."""


class Row(NamedTuple):
    """A settlement, or the row that cancels it, as a hospital was told it; in fen, below nothing in a refund."""

    visit: int
    infno: str
    hospital: str
    day: str
    insutype: str
    clr_type: str
    setl_id: str
    mdtrt_id: str
    psn_no: str
    shares: Shares

    @property
    def refund(self) -> bool:
        """Whether it cancels a settlement."""
        return self.infno in _CANCELS

    @property
    def totals(self) -> Totals:
        """Return what the row adds to its day."""
        shares = self.shares
        return Totals(-1 if self.refund else 1, shares.medfee_sumamt, shares.fund_pay_sumamt, shares.acct_pay)

    @property
    def stated(self) -> dict[str, Any]:
        """Return the row as a hospital states it in 3202."""
        amounts = {name: getattr(self.shares, name) for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")}
        numbers = {"setl_id": self.setl_id, "mdtrt_id": self.mdtrt_id, "psn_no": self.psn_no}
        return {**numbers, **amounts, "refd_setl_flag": "1" if self.refund else "0"}


class Side(NamedTuple):
    """A day of a hospital, an insurance type and a clearing type: our totals, and what the target says of them."""

    hospital: str
    day: str
    insutype: str
    clr_type: str
    ours: Totals
    level: bool
    said: str


class Reconciled(NamedTuple):
    """How a run was reconciled.

    ``resolved`` are the settlements whose outcome had to be found out first; ``others`` counts rows of the same days
    that the target holds of people who are not of this take. ``stopped`` (zh, en) says why it could not be ended.
    """

    sides: tuple[Side, ...]
    findings: tuple[Finding, ...]
    resolved: tuple[Resolved, ...] = ()
    others: int = 0
    stopped: tuple[str, str] | None = None

    @property
    def agrees(self) -> bool:
        """Whether every fen is where it should be."""
        return not self.findings and self.stopped is None

    @property
    def ours(self) -> Totals:
        """Return what hospitals were told in all."""
        return sum_of(side.ours for side in self.sides)


def reconcile(prepared: Prepared, measured: Measured) -> Reconciled:
    """Hold what hospitals were told against what the target holds; the target is asked, and changed by no question.

    But for settlements of unknown outcome: what cannot be known otherwise is reversed (2601). A city that was loaded
    from above is asked nothing: 3201 is between a hospital and the city that treats, and no national message asks the
    city that insures.
    """
    if prepared.is_from_above:
        return Reconciled((), ())
    findings: list[Finding] = []
    resolved: list[Resolved] = []
    sides: list[Side] = []
    others, settled = 0, list(measured.settled)
    with Asking(prepared.address, prepared.parties, seconds=prepared.target.seconds) as asking:
        try:
            for each, kept in resolve(prepared, asking, doubts(prepared, measured)):
                resolved.append(each)
                settled += [kept] if kept is not None else []
                if each.how == OPEN:
                    doubt = each.doubt
                    findings.append(
                        Finding(
                            TOTALS, doubt.infno, doubt.visit, "", "known", "unknown", each.zh, each.en, doubt.request
                        )
                    )
            rows = list(_rows(prepared, settled, findings))
            undone = frozenset(each.doubt.visit for each in resolved if each.how == REVERSED)
            for hospital, mine in sorted(_by_hospital(prepared, rows).items()):
                closing = _Closing(prepared, asking, hospital, mine, undone)
                sides += closing.totals()
                findings += closing.findings
                others += closing.others
        except Unanswered as problem:
            zh, en = f"对账未能完成：{problem.zh}", f"it could not be reconciled: {problem.en}"
            return Reconciled(tuple(sides), tuple(findings), tuple(resolved), others, (zh, en))
    return Reconciled(tuple(sides), tuple(findings), tuple(resolved), others)


def _rows(prepared: Prepared, settled: Iterable[Kept], findings: list[Finding]) -> Iterator[Row]:
    """Yield what hospitals were told; a reply that cannot be read is a finding."""
    wire = Wire(schemas.load())
    for kept in settled:
        visit = prepared.schedule.visits[kept.visit]
        asked = request_of(prepared, kept.visit, kept.step)
        row = row_of(read_reply(wire, asked, kept.reply))
        if row is None:
            zh = f"就诊{kept.visit}的{asked.infno}应答读不出结算编号、时间或金额"
            en = f"visit {kept.visit}: the reply to {asked.infno} has no settlement that can be read"
            findings.append(
                Finding(SCHEMA, asked.infno, kept.visit, f"/output/{ROWS}", "", "", zh, en, b"", kept.reply)
            )
            continue
        setl_id, mdtrt_id, day, shares = row
        yield Row(
            kept.visit,
            asked.infno,
            visit.hospital,
            day,
            visit.insutype,
            CLEARING_TYPE[visit.care],
            setl_id,
            mdtrt_id,
            prepared.traveller(kept.visit).person.psn_no,
            shares,
        )


def row_of(reply: Message | None) -> tuple[str, str, str, Shares] | None:
    """Return number, visit, day and amounts of the settlement a reply tells of, None where it tells of none."""
    shares = shares_of(reply)
    if reply is None or shares is None:
        return None
    info = reply.rows(ROWS)[0]
    try:
        day = dt.datetime.fromisoformat(str(info["setl_time"])).date().isoformat()
        return str(info["setl_id"]), str(info["mdtrt_id"]), day, shares
    except (KeyError, ValueError):
        return None


def _by_hospital(prepared: Prepared, rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """Return the rows by hospital, with none for one that was called and told of nothing."""
    found: dict[str, list[Row]] = {code: [] for code in prepared.wording.desks}
    for row in rows:
        found[row.hospital].append(row)
    return found


class _Closing:
    """The closing of one hospital: its statements, and where they are off, its rows."""

    def __init__(
        self, prepared: Prepared, asking: Asking, hospital: str, rows: Sequence[Row], undone: frozenset[int]
    ) -> None:
        self._prepared, self._asking, self._hospital, self._mine = prepared, asking, hospital, rows
        self._undone = undone  # visits of which a settlement was reversed, told to nobody and taken back
        self._desk = prepared.wording.desks[hospital]
        self._now = prepared.take.begin
        self._signed = _signed(prepared, hospital)
        self.findings: list[Finding] = []
        self.others = 0

    def totals(self) -> Iterator[Side]:
        """Yield a side for every day, insurance type and clearing type; rows that differ become findings."""
        self._desk.by_day = Tally()
        for row in self._mine:
            self._desk.by_day.add((row.day, row.insutype, row.clr_type), row.totals)
        off: dict[tuple[str, str], list[Side]] = {}
        for day, insutype, care in self._accounts():
            side = self._side(day, insutype, care)
            yield side
            # A later take has the bills of the one before, so that totals may agree by them: its rows are compared too.
            if not side.level or (self._prepared.take.number > 1 and side.ours != NOTHING):
                off.setdefault((day, side.clr_type), []).append(side)
        for (day, clr_type), sides in off.items():
            self._compare(day, clr_type, sides)

    def _accounts(self) -> list[tuple[str, str, str]]:
        """Return what a statement is asked of: also where nothing was told, as the target may hold something."""
        visits = (each for each in self._prepared.schedule.visits if each.hospital == self._hospital)
        kinds = {(visit.insutype, visit.care) for visit in visits}
        days = {row.day for row in self._mine} or {self._prepared.take.day.isoformat()}
        return sorted((day, *kind) for day in days for kind in kinds)

    def _side(self, day: str, insutype: str, care: str) -> Side:
        asked = self._desk.statement(self._now, dt.date.fromisoformat(day), insutype, care)
        ours = self._desk.by_day.group((day, insutype, CLEARING_TYPE[care]))
        reply = self._asked(asked)
        if reply.succeeded:
            info = reply.block("stmtinfo")
            level, said = str(info.get("stmt_rslt", "")) == _LEVEL, str(info.get("stmt_rslt_dscr") or "")
        else:
            level, said = False, str(reply.head.get("err_msg", ""))
            self._off(day, f"3201被拒绝：{said}", f"3201 was refused: {said}", ours)
        return Side(self._hospital, day, insutype, CLEARING_TYPE[care], ours, level, said)

    def _asked(self, message: Message) -> Message:
        return self._asking.ask(self._with_sign(message)).reply

    def _with_sign(self, message: Message) -> Message:
        return message._replace(head={**message.head, "sign_no": self._signed})

    def _compare(self, day: str, clr_type: str, sides: Sequence[Side]) -> None:
        """Have the rows of a day compared (9101, 3202, 9102), and name those that differ."""
        rows = [row for row in self._mine if (row.day, row.clr_type) == (day, clr_type)]
        results = self._results(day, clr_type, rows)
        if results is None:
            return
        mine = {visit.number for visit in self._prepared.schedule.visits if visit.hospital == self._hospital}
        people = {self._prepared.traveller(number).person.psn_no: number for number in mine}
        named = [each for each in results if each["psn_no"] in people]
        self.others += len(results) - len(named)
        rest = self._without_undone(named, people)
        self.findings += [self._named(each, people[each["psn_no"]], rows) for each in rest]
        if not results:
            for side in (each for each in sides if not each.level):
                self._off(
                    day, f"3201不平而3202没有差异：{side.said}", f"3201 differs, 3202 does not: {side.said}", side.ours
                )

    def _without_undone(self, named: Sequence[Mapping[str, Any]], people: Mapping[str, int]) -> list[Mapping[str, Any]]:
        """Leave out what a reversal has left at the target: a settlement and the row that takes it back."""
        sums: dict[str, int] = {}
        for each in named:
            if people[each["psn_no"]] in self._undone and not each["setl_id"]:
                sums[each["psn_no"]] = sums.get(each["psn_no"], 0) + each["medfee_sumamt"]
        level = {psn_no for psn_no, amount in sums.items() if amount == 0}
        return [each for each in named if each["setl_id"] or each["psn_no"] not in level]

    def _results(self, day: str, clr_type: str, rows: Sequence[Row]) -> tuple[Mapping[str, Any], ...] | None:
        """Return the rows that 3202 says differ; None where it would not say, which is a finding."""
        desk, on = self._desk, dt.date.fromisoformat(day)
        stated = [row.stated for row in rows] or [dict(_NOBODYS)]
        text = tabbed([row[column] for column in STATEMENT] for row in stated)
        sent = self._asked(desk.upload_file(self._now, text))
        number = str(sent.blocks.get("file_qury_no", "")) if sent.succeeded else ""
        compared = self._asked(desk.statement_rows(self._now, (on, on), number, stated, clr_type)) if number else sent
        if not compared.succeeded:
            said = str(compared.head.get("err_msg", ""))
            self._off(day, f"明细对账被拒绝：{said}", f"3202 was refused: {said}", NOTHING)
            return None
        asked = desk.fetch_file(self._now, str(compared.block("fileinfo")["file_qury_no"]))
        came = self._asking.fetch(self._with_sign(asked))
        results = parsed(came, RESULT) if came else ()
        if results is None:
            self._off(day, "3202的结果文件不合格式", "the result of 3202 is not of its form", NOTHING)
            return None
        return tuple(each for each in results if each["setl_id"] != _NOBODYS["setl_id"])

    def _named(self, result: Mapping[str, Any], visit: int, rows: Sequence[Row]) -> Finding:
        """Say what is wrong with one settlement."""
        flag = result["refd_setl_flag"]
        told = next(
            (row for row in rows if (row.setl_id, row.stated["refd_setl_flag"]) == (result["setl_id"], flag)), None
        )
        amounts = _amounts(result)
        what_zh, what_en = ("撤销", "cancellation") if flag == "1" else ("结算", "settlement")
        infno = told.infno if told is not None else ""
        at = f"{self._hospital} 就诊{visit}的{what_zh}", f"{self._hospital}, visit {visit}: the {what_en}"
        if told is None:
            zh, en = (
                f"{at[0]}未告知医院，中心端却有：{amounts}元",
                f"{at[1]} was told to nobody, but the target holds {amounts} yuan",
            )
            return Finding(EXTRA, infno, visit, "3202", "", amounts, zh, en)
        where = f"{what_zh}编号{told.setl_id}", f"number {told.setl_id}"
        if result["msgid"]:
            zh = f"{at[0]}（{where[0]}）：医院得知{amounts}元，中心端金额不同"
            en = f"{at[1]} ({where[1]}) was told as {amounts} yuan, and the target holds other amounts"
            return Finding(ALTERED, infno, visit, "3202", amounts, "other amounts", zh, en)
        zh = f"{at[0]}（{where[0]}，{amounts}元）已答成功，中心端却没有"
        en = f"{at[1]} ({where[1]}, {amounts} yuan) was answered with success, but the target does not hold it"
        return Finding(LOST, infno, visit, "3202", amounts, "", zh, en)

    def _off(self, day: str, zh: str, en: str, ours: Totals) -> None:
        amounts = f"{ours.rows}/{yuan(ours.medfee)}"
        zh, en = f"{self._hospital} {day}：{zh}", f"{self._hospital} on {day}: {en}"
        self.findings.append(Finding(TOTALS, "3201", -1, "", amounts, "", zh, en))


def _signed(prepared: Prepared, hospital: str) -> str:
    numbers = zip(prepared.schedule.visits, prepared.scripts, strict=True)
    return next(script.known["sign_no"].decode() for visit, script in numbers if visit.hospital == hospital)


def _amounts(result: Mapping[str, Any]) -> str:
    return "/".join(yuan(result[name]) for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay"))
