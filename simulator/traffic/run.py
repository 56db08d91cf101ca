"""A load run from its schedule to its result folder: prepared, played, judged, reconciled, written whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from simulator.outputs.files import filled_whole, write_whole
from simulator.traffic import document, junit, report
from simulator.traffic.away import prepare_away
from simulator.traffic.counts import Counts, bucket
from simulator.traffic.document import provenance_of
from simulator.traffic.figures import figures_of, times
from simulator.traffic.findings import Finding
from simulator.traffic.hlog import write_hlog
from simulator.traffic.judging import check_amounts, judge
from simulator.traffic.limits import Figures, Judged, Profile, judge_limits
from simulator.traffic.measuring import Measured, Progress
from simulator.traffic.player import Stop, play
from simulator.traffic.preparing import Prepared, prepare
from simulator.traffic.province import Heard, listening, mirror, own_times
from simulator.traffic.resolving import KEEPS
from simulator.traffic.schedule import AWAY, Schedule, write_schedule
from simulator.traffic.target import Target
from simulator.traffic.totals import Reconciled, reconcile
from simulator.traffic.verdict import Verdict, decide

SCHEDULE, HLOG = "schedule.ndjson.gz", "load.hlog"

_MOST_FOUND = 200  # settlements whose money is wrong


class How(NamedTuple):
    """How a schedule is played: processes, connections in all, how long an answer is waited for, and the take.

    ``day`` is the day that messages bear, None for the schedule's own. With ``delay_ms`` the province behind a city is
    played, and answers after so long.
    """

    workers: int = 1
    connections: int = 256
    wait_seconds: float = 60.0
    take: int = 1
    day: dt.date | None = None
    delay_ms: float | None = None


class Ran(NamedTuple):
    """A run that is over: what was prepared and measured, its figures, what the sample found, and the totals.

    ``money`` is None where the target was not asked; ``sampled`` the number of visits that were judged.
    """

    prepared: Prepared
    measured: Measured
    figures: Figures
    findings: tuple[Finding, ...]
    sampled: int
    money: Mapping[str, Any] | None

    def judged(self, profile: Profile) -> tuple[tuple[Judged, ...], Verdict]:
        """Return how the run keeps the limits of a profile, and the verdict."""
        limits = judge_limits(profile, self.figures, self.money)
        stopped = self.measured.stopped
        return limits, decide(self.figures, limits, findings=self.findings, money=self.money, interrupted=stopped)


def run(
    schedule: Schedule,
    target: Target,
    how: How,
    *,
    told: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
) -> Ran:
    """Play a schedule and find out all there is to know of it.

    Totals are not asked for after a run that was stopped, nor of a target that never answered. Raises InputError,
    HookFailed and Unanswered where it cannot begin.
    """
    if how.delay_ms is None:
        return examined(*_played(schedule, target, how, told, stop))
    with listening(schedule, target, take=how.take, day=how.day, delay_ms=how.delay_ms) as above:
        prepared, measured = _played(schedule, target, how, told, stop)
        ran = examined(prepared, measured)
        heard = above.heard()
    findings = (*ran.findings, *mirror(prepared, measured, heard))
    return ran._replace(findings=findings, figures={**ran.figures, "behind": _behind(prepared, measured, heard)})


def _played(
    schedule: Schedule, target: Target, how: How, told: Callable[[Progress], None] | None, stop: Stop | None
) -> tuple[Prepared, Measured]:
    ready = prepare_away if schedule.head.side == AWAY else prepare
    prepared = ready(schedule, target, take=how.take, day=how.day)
    measured = play(
        prepared.scripts,
        prepared.address,
        prepared.parties,
        seconds=schedule.head.seconds,
        connections=how.connections,
        wait_seconds=how.wait_seconds,
        workers=how.workers,
        told=told,
        stop=stop,
        keeps=KEEPS,
    )
    return prepared, measured


def _behind(prepared: Prepared, measured: Measured, heard: Heard) -> dict[str, Any]:
    """Return the city's own time apart from the time it waited for the province, of the calls it passed on."""
    found = own_times(prepared, measured, heard)
    return {
        "own": times(_counted(each.own_us for each in found)),
        "waited": times(_counted(each.waited_us for each in found)),
        "unread": heard.unread,
    }


def _counted(times_us: Iterable[int]) -> Counts:
    made: Counts = {}
    for each in times_us:
        made[bucket(each)] = made.get(bucket(each), 0) + 1
    return made


def examined(prepared: Prepared, measured: Measured) -> Ran:
    """Judge the samples of a run that was played, and have its totals compared."""
    findings = (*judge(prepared, measured.samples), *check_amounts(prepared, measured.settled))
    sampled = len({seen.visit for seen in measured.samples})
    answered = any(outcome in {"ok", "refused", "malformed"} for _, outcome, _ in measured.ends)
    money = _money(reconcile(prepared, measured)) if answered and not measured.stopped else None
    return Ran(prepared, measured, figures_of(measured), findings, sampled, money)


def told_of(ran: Ran, profile: Profile, how: How, *, capacity: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the document of a run."""
    prepared, head = ran.prepared, ran.prepared.schedule.head
    limits, verdict = ran.judged(profile)
    asked = {
        "scenario": head.scenario,
        "settings": list(head.settings),
        "rate": head.rate,
        "seconds": head.seconds,
        "compress": head.compress,
        "scale": head.scale,
        "arrivals": head.arrivals,
        "day": head.day,
        "city": head.city,
        "side": head.side,
        "workers": how.workers,
        "connections": how.connections,
        "wait_seconds": how.wait_seconds,
    }
    provenance = provenance_of(
        schedule=prepared.schedule.digest,
        scenario=head.scenario,
        inputs=head.digests,
        seed=head.seed,
        take=how.take,
        profile=profile,
    )
    return document.document(
        ran.figures,
        verdict,
        limits,
        asked=asked,
        target=_target(prepared.target),
        provenance=provenance,
        profile=profile,
        money=ran.money,
        findings=ran.findings,
        sampled=ran.sampled,
        examples=ran.measured.examples,
        capacity=capacity,
    )


def leave(folder: Path, made: Figures, ran: Ran, *, lang: str, also: Path | None = None) -> None:
    """Fill the result folder whole, and write JUnit to another place too where one is named; raises OSError."""
    text = junit.junit(made)
    with filled_whole(folder) as filled:
        (filled / document.NAME).write_bytes(document.dumps(made))
        (filled / report.NAME).write_text(report.build_report(made, lang=lang), encoding="utf-8")
        (filled / junit.NAME).write_bytes(text)
        write_hlog(ran.measured, filled / HLOG)
        write_schedule(ran.prepared.schedule, filled / SCHEDULE)
    if also is not None:
        write_whole(also, text)


def _target(target: Target) -> dict[str, Any]:
    network = target.ground.network
    code = target.code or network.province.code
    city = network.national.cities.get(code)
    name = {"zh": city[0], "en": city[1]} if city else {"zh": network.province.zh, "en": network.province.en}
    return {"name": name, "url": target.address.url, "role": target.role, "code": code, "pack": target.ground.pack.id}


def _money(reconciled: Reconciled) -> dict[str, Any]:
    """Return the totals as the document has them; amounts in fen."""
    whole = reconciled.ours
    stopped = reconciled.stopped
    return {
        "agrees": reconciled.agrees,
        "stopped": None if stopped is None else {"zh": stopped[0], "en": stopped[1]},
        "sum": {"count": whole.rows, "medfee": whole.medfee, "fund": whole.fund, "account": whole.account},
        "others": reconciled.others,
        "rows": [
            {
                "hospital": side.hospital,
                "day": side.day,
                "insutype": side.insutype,
                "clr_type": side.clr_type,
                "count": side.ours.rows,
                "medfee": side.ours.medfee,
                "fund": side.ours.fund,
                "account": side.ours.account,
                "level": side.level,
                "said": document.masked_words(side.said),
            }
            for side in reconciled.sides
        ],
        "found": [
            {
                "kind": each.kind,
                "visit": each.visit,
                "zh": document.masked_words(each.zh),
                "en": document.masked_words(each.en),
            }
            for each in reconciled.findings[:_MOST_FOUND]
        ],
        "resolved": [
            {"how": each.how, "zh": document.masked_words(each.zh), "en": document.masked_words(each.en)}
            for each in reconciled.resolved
        ],
    }
