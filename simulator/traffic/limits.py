"""What a target is held to under load: limits as data, each with its figure and its basis, and how a run keeps them.

A limit is *held*, *broken* or *open*: a run that was too short, offered no spike or never sent the transaction says
nothing about it. Figures are those of ``load.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from schemas.requirements import load_requirements
from simulator.core.values.parameters import Assumption, Basis
from simulator.inputs.errors import InputError
from simulator.inputs.packs import Citable, read_assumptions
from simulator.inputs.toml import check, find, fixed, read_toml, unique

HELD, BROKEN, OPEN = "held", "broken", "open"
LATENCY, FAILURES, MONEY, SUSTAINED, SPIKE = "latency", "failures", "money", "sustained", "spike"

_MICROSECONDS = 6  # decimal places of a second
_NEAR = 0.8  # of the factor: arrivals are by chance, and a spike that is meant is seldom offered to the dot
_NORMAL = 2  # times the p99 before a spike is normal again
_QUIET_US = 50_000  # nor is anybody kept waiting by what stays below this
_CALM_SECONDS = 3  # in a row, so that one quick second is not taken for the end of it

Figures = Mapping[str, Any]


class Limit(NamedTuple):
    """One limit: what is measured, the most it may be, and what that rests on.

    Times are microseconds, ``most_share`` is a share of what was due; of money the most is always nothing. Which of
    them count is told by ``measure``.
    """

    id: str
    zh: str
    en: str
    measure: str
    basis: Basis
    infno: str = ""
    percentile: int = 0
    most_us: int = 0
    outcomes: tuple[str, ...] = ()
    most_share: Decimal = Decimal(0)
    seconds: int = 0
    factor: float = 0.0
    back_seconds: int = 0


class Profile(NamedTuple):
    """Limits that belong together, with the assumptions they rest on and the SHA-256 of their file."""

    id: str
    zh: str
    en: str
    limits: tuple[Limit, ...]
    assumptions: Mapping[str, Assumption]
    digest: str


class Judged(NamedTuple):
    """What a run says of a limit, in both languages."""

    limit: Limit
    state: str
    zh: str
    en: str


def read_profile(name_or_path: str | Path) -> Profile:
    """Read limits by built-in name or path; raises InputError for whatever is unknown, missing or without a basis."""
    document = read_toml(find("profile", name_or_path))
    name, data = document.name, document.data
    check(data, "load_profile", name)
    unique(data["limit"], "id", name, "limit")
    assumptions = read_assumptions({"assumptions": data.get("assumptions", {})})
    citable = Citable(load_requirements().rows, assumptions)
    limits = tuple(_limit(row, name, f"limit[{number}]", citable) for number, row in enumerate(data["limit"], 1))
    return Profile(data["id"], data["zh"], data["en"], limits, assumptions, document.digest)


def _limit(row: Mapping[str, Any], name: str, key: str, citable: Citable) -> Limit:
    plain = "infno", "percentile", "most_share", "seconds", "back_seconds"
    given = {each: row[each] for each in plain if each in row}
    for each in row.keys() - {"id", "zh", "en", "measure", "clause", "assumption"} - _MEANT[row["measure"]]:
        raise InputError(name, f"{key}.{each}", f'means nothing of the measure "{row["measure"]}"', "remove it")
    return Limit(
        row["id"],
        row["zh"],
        row["en"],
        row["measure"],
        citable.basis(row, name, key),
        **given,
        outcomes=tuple(row.get("outcomes", ())),
        most_us=fixed(row.get("most_seconds", 0), _MICROSECONDS, name, f"{key}.most_seconds"),
        factor=float(row.get("factor", 0)),
    )


def judge_limits(profile: Profile, figures: Figures, money: Figures | None) -> tuple[Judged, ...]:
    """Hold what was measured, and the totals where they were compared, to every limit."""
    return tuple(
        _of_money(limit, money) if limit.measure == MONEY else _JUDGES[limit.measure](limit, figures)
        for limit in profile.limits
    )


def seconds_of(microseconds: float) -> str:
    """Return a time for a sentence: seconds from one on, else milliseconds with three figures."""
    if microseconds >= 1_000_000:
        return f"{microseconds / 1_000_000:.3f} s".replace(".000 s", " s")
    return f"{microseconds / 1000:.3g} ms"


# -- the measures -----------------------------------------------------------------------------------------------------


def _latency(limit: Limit, figures: Figures) -> Judged:
    row = next((row for row in figures["by_infno"] if row["infno"] == limit.infno), None)
    if row is None or not row["latency"]["count"]:
        return Judged(limit, OPEN, f"没有一条{limit.infno}得到答复", f"no {limit.infno} was answered")
    return _against(limit, row["latency"][f"p{limit.percentile}"])


def _against(limit: Limit, value: int) -> Judged:
    state = HELD if value <= limit.most_us else BROKEN
    sign, most = "≤" if state == HELD else ">", seconds_of(limit.most_us)
    said = f"{seconds_of(value)} {sign} {most}"
    return Judged(limit, state, said, said)


def _failures(limit: Limit, figures: Figures) -> Judged:
    counts = figures["counts"]
    failed, due = sum(counts[each] for each in limit.outcomes), counts["offered"]
    if not due:
        return Judged(limit, OPEN, "没有请求", "no request was due")
    state = HELD if failed <= limit.most_share * due else BROKEN
    share, sign = f"{100 * failed / due:.3g}%", "≤" if state == HELD else ">"
    most = f"{100 * limit.most_share:f}".rstrip("0").rstrip(".") + "%"
    return Judged(
        limit,
        state,
        f"{due:,}条中{failed:,}条，即{share} {sign} {most}",
        f"{failed:,} of {due:,}: {share} {sign} {most}",
    )


def _of_money(limit: Limit, money: Figures | None) -> Judged:
    """Every fen has to agree; totals that the target would not be asked about are none that agree."""
    if money is None:
        return Judged(limit, OPEN, "未对账", "the totals were not compared")
    if money["stopped"] is not None:
        return Judged(limit, BROKEN, money["stopped"]["zh"], money["stopped"]["en"])
    if money["agrees"]:
        return Judged(limit, HELD, "分文不差", "equal to the fen")
    differ, found = sum(not row["level"] for row in money["rows"]), len(money["found"])
    return Judged(limit, BROKEN, f"{differ}项总额不平，{found}处不符", f"{differ} totals differ, {found} found wrong")


def _sustained(limit: Limit, figures: Figures) -> Judged:
    """Every minute of the run has to hold; a shorter run says nothing, unless a minute of it is broken already."""
    minutes = [each for each in figures["minutes"] if each["count"]]
    broken = [each for each in minutes if each[f"p{limit.percentile}"] > limit.most_us]
    if broken:
        worst = max(broken, key=lambda each: each[f"p{limit.percentile}"])
        value, most = seconds_of(worst[f"p{limit.percentile}"]), seconds_of(limit.most_us)
        return Judged(
            limit,
            BROKEN,
            f"{len(minutes)}个一分钟中{len(broken)}个超限，最差p{limit.percentile} {value} > {most}",
            f"{len(broken)} of {len(minutes)} minutes, p{limit.percentile} up to {value} > {most}",
        )
    lasted = int(figures["seconds"])
    if lasted < limit.seconds:
        return Judged(
            limit, OPEN, f"只运行{lasted}秒，需{limit.seconds}秒", f"ran for {lasted} s; it takes {limit.seconds} s"
        )
    return Judged(limit, HELD, f"{len(minutes)}个一分钟全部达标", f"all {len(minutes)} minutes held")


def _spike(limit: Limit, figures: Figures) -> Judged:
    line = figures["line"]
    spans = list(_spikes([row["offered"] for row in line], limit))
    if not spans:
        return Judged(
            limit,
            OPEN,
            f"没有持续{limit.seconds}秒的{limit.factor:g}倍突增",
            f"no spike of {limit.factor:g} times for {limit.seconds} s was offered",
        )
    begin, end = spans[0]
    before = [row["p99"] for row in line[:begin] if row["count"]]
    if not before:
        return Judged(limit, OPEN, "突增之前没有答复可比", "nothing was answered before the spike to compare with")
    normal = max(int(_NORMAL * median(before)), _QUIET_US)
    back = _calm_after(line, end, normal)
    if back is not None and back - end <= limit.back_seconds:
        return Judged(limit, HELD, f"{back - end}秒后恢复", f"normal again after {back - end} s")
    if back is None and len(line) - end < limit.back_seconds:
        return Judged(limit, OPEN, "突增后运行时间不足", "the run ended too soon after the spike")
    after = "未恢复" if back is None else f"{back - end}秒后才恢复"
    later = "not back to normal" if back is None else f"normal again only after {back - end} s"
    return Judged(limit, BROKEN, f"{after}，限{limit.back_seconds}秒", f"{later}, of at most {limit.back_seconds} s")


def _spikes(offered: Sequence[int], limit: Limit) -> Iterator[tuple[int, int]]:
    """Yield where at least ``factor`` times the usual is offered for long enough: first second, and first after it."""
    if not offered:
        return
    least = limit.factor * _NEAR * median(offered)
    begin = None
    for second, count in enumerate([*offered, -1]):
        if count >= least and least:
            begin = second if begin is None else begin
        elif begin is not None:
            if second - begin >= limit.seconds * _NEAR:
                yield begin, second
            begin = None


def _calm_after(line: Sequence[Figures], end: int, normal: int) -> int | None:
    """Return the first second from ``end`` on that begins a calm stretch, None where there is none."""
    for second in range(end, len(line) - _CALM_SECONDS + 1):
        stretch = line[second : second + _CALM_SECONDS]
        if all(row["count"] and row["p99"] <= normal for row in stretch):
            return second
    return None


_JUDGES: Mapping[str, Callable[[Limit, Figures], Judged]] = {
    LATENCY: _latency,
    FAILURES: _failures,
    SUSTAINED: _sustained,
    SPIKE: _spike,
}
_MEANT: Mapping[str, frozenset[str]] = {
    LATENCY: frozenset({"infno", "percentile", "most_seconds"}),
    FAILURES: frozenset({"outcomes", "most_share"}),
    MONEY: frozenset(),
    SUSTAINED: frozenset({"seconds", "percentile", "most_seconds"}),
    SPIKE: frozenset({"factor", "seconds", "back_seconds"}),
}
