"""What a run comes to: one verdict, its few causes, and an exit code.

The verdict is the first of these that holds, in this order; causes of all that hold are told.

========== ==== =====================================================================
void          4 the generator itself fell behind: nothing is said of the target
money         1 the target's totals are not what was settled: the percentiles are void
findings      1 replies of the sample are not what the interface or the core says
saturated     1 the target fell behind what was offered
limits        1 a limit of the profile is broken
good          0 every limit that could be judged is held
========== ==== =====================================================================

Two more say that there was no whole run: ``unreachable`` (3, nobody ever answered) before all, and ``interrupted``
(130), which is told of any run that somebody stopped; what was seen of it is judged all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.traffic.findings import ALTERED, EXTRA, LOST
from simulator.traffic.limits import BROKEN, Figures, Judged

GOOD, LIMITS, SATURATED, FINDINGS, MONEY, VOID = "good", "limits", "saturated", "findings", "money", "void"
UNREACHABLE, INTERRUPTED = "unreachable", "interrupted"
ORDER = (INTERRUPTED, UNREACHABLE, VOID, MONEY, FINDINGS, SATURATED, LIMITS, GOOD)
"""The verdicts, the first that holds counts."""

EXIT: Mapping[str, int] = {
    INTERRUPTED: 130,
    UNREACHABLE: 3,
    VOID: 4,
    MONEY: 1,
    FINDINGS: 1,
    SATURATED: 1,
    LIMITS: 1,
    GOOD: 0,
}
WORDS: Mapping[str, tuple[str, str]] = {
    INTERRUPTED: ("已中断", "interrupted"),
    UNREACHABLE: ("被测平台无法到达", "target unreachable"),
    VOID: ("无效：发压端自身未跟上", "void: the generator itself fell behind"),
    MONEY: ("资金对不上", "the money does not agree"),
    FINDINGS: ("抽查答复有误", "replies of the sample are wrong"),
    SATURATED: ("被测平台饱和", "saturated"),
    LIMITS: ("超出限值", "limits are broken"),
    GOOD: ("达标", "good"),
}
_MOST_CAUSES = 12


class Cause(NamedTuple):
    """One reason of a verdict: which verdict it speaks for, the sentence, what it rests on, and how often."""

    verdict: str
    zh: str
    en: str
    clause: str = ""
    assumption: str = ""
    times: int = 1


class Verdict(NamedTuple):
    """The verdict of a run with its causes, the weightiest first."""

    name: str
    causes: tuple[Cause, ...]

    @property
    def exit(self) -> int:
        """Return the exit code."""
        return EXIT[self.name]


def decide(
    figures: Figures,
    limits: Sequence[Judged],
    *,
    findings: Sequence[Any] = (),
    money: Mapping[str, Any] | None = None,
    interrupted: bool = False,
) -> Verdict:
    """Return the verdict on figures of ``load.json``, judged limits, findings of the sample and compared totals."""
    of_money = list(_of_money(money))
    found = [
        *_of_the_whole(figures, interrupted),
        *of_money,
        *_of_findings(findings),
        *_broken(limits, bool(of_money)),
    ]
    causes = sorted(found, key=lambda cause: ORDER.index(cause.verdict))
    return Verdict(causes[0].verdict if causes else GOOD, tuple(causes[:_MOST_CAUSES]))


def _of_the_whole(figures: Figures, interrupted: bool) -> Iterator[Cause]:
    counts = figures["counts"]
    if interrupted:
        at = int(figures["seconds"])
        yield Cause(INTERRUPTED, f"在第{at}秒被停止，以下为此前所见", f"stopped at second {at}; seen until then")
    answered = sum(counts[each] for each in ("ok", "refused", "malformed"))
    if counts["offered"] and not answered and not interrupted:
        yield Cause(
            UNREACHABLE,
            f"{counts['offered']:,}条请求无一得到答复",
            f"none of {counts['offered']:,} requests was answered",
        )
    if figures["void"]:
        yield Cause(VOID, figures["void"]["zh"], figures["void"]["en"])
    if figures["saturated"]:
        yield Cause(SATURATED, figures["saturated"]["zh"], figures["saturated"]["en"])


def _of_money(money: Mapping[str, Any] | None) -> Iterator[Cause]:
    """Yield what is wrong with the totals, one settlement after another; where they agree, nothing.

    Of a target that stopped answering only what it did say counts: what nobody could ask it is a limit that is broken.
    """
    if money is None or money["agrees"]:
        return
    for each in money["found"]:
        if money["stopped"] is None or each["kind"] in {LOST, EXTRA, ALTERED}:
            yield Cause(MONEY, each["zh"], each["en"], clause="P75-41")


def _of_findings(findings: Sequence[Any]) -> Iterator[Cause]:
    """Findings of one kind at one place of a transaction are one cause."""
    counted = Counter((each.kind, each.infno, each.pointer) for each in findings)
    first = {(each.kind, each.infno, each.pointer): each for each in reversed(findings)}
    for key, count in counted.most_common():
        each = first[key]
        where = f"{each.infno} {each.pointer}".strip()
        yield Cause(FINDINGS, f"{where}：{each.zh}", f"{where}: {each.en}", times=count)


def _broken(limits: Sequence[Judged], money_told: bool) -> Iterator[Cause]:
    for each in limits:
        if each.state == BROKEN and not (each.limit.measure == "money" and money_told):
            yield Cause(
                LIMITS,
                f"{each.limit.zh}：{each.zh}",
                f"{each.limit.en}: {each.en}",
                each.limit.basis.clause,
                each.limit.basis.assumption,
            )
