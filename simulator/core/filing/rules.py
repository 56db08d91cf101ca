"""The rules of filing in force in a city on a day, read from the policy pack, and what they say of an application.

Each check returns the name of a refusal with what was found, or None. Nothing here changes anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from simulator.core.filing.filing import Filing, months_later
from simulator.core.filing.types import CONVENIENT, EMERGENCY, HOSPITAL_END, LONG_TERM, REFERRAL, WINDOW
from simulator.core.values.calendar import DueDay, WorkCalendar
from simulator.core.values.parameters import PolicyPack

Problem = tuple[str, *tuple[object, ...]]
"""The name of a refusal, followed by what was found."""

MANUAL, REDUCED = "manual", "reduced"  # filing.unfiled
LEAST, MOST = "least", "most"  # filing.validity.bound


class Rules(NamedTuple):
    """The rules of one city on one day; None where the pack has no such rule.

    ``types``, ``targets``, ``care`` and ``offered`` are what may be filed, where to, for which kinds of care a filing
    is needed, and by which channels. ``months`` is the validity of a temporary filing and ``bound`` whether that is
    the ``least`` or the ``most``; ``lock_months`` how long a commitment filing is locked, ``pledge_months`` how long
    its pledge is kept. ``unfiled`` is ``manual`` or ``reduced``. With ``review_first`` a declared chronic disease
    counts only when approved. Working days: ``effect_workdays`` until a filing may be used, ``upload_workdays`` until
    it must have been uploaded, by window and online.
    """

    types: tuple[str, ...]
    targets: tuple[str, ...]
    care: tuple[str, ...]
    unfiled: str
    late: bool
    emergency: bool
    review_first: bool
    months: int
    bound: str
    open_end: bool
    lock_months: int | None
    pledge_months: int | None
    proof_for_several: bool
    check_months: int | None
    stale_days: int | None
    offered: tuple[str, ...]
    at_once: bool
    effect_workdays: int
    upload_workdays: tuple[int | None, int | None]
    convenient_least: int
    zero_trip: bool

    # -- of an application --------------------------------------------------------------------------------------------

    def type_problem(self, filing_type: str) -> Problem | None:
        """Refuse a type that the pack does not know: 2016 and 2019 have four, 2023 six (P75-07)."""
        return None if filing_type in self.types else ("filing_type", filing_type, "、".join(self.types))

    def channel_problem(self, filing_type: str, channel: str) -> Problem | None:
        """Refuse a channel that the city does not offer; at the hospital's end only referrals are filed (JL-3.1b)."""
        if channel in self.offered and (channel != HOSPITAL_END or filing_type == REFERRAL):
            return None
        return "filing_channel", channel, "、".join(self.offered)

    def effective(self, approved: dt.datetime, channel: str, calendar: WorkCalendar) -> dt.datetime:
        """Return from when a filing may be used: at once at the hospital's end where the area opted in (JL-3.1c)."""
        if not self.effect_workdays or (channel == HOSPITAL_END and self.at_once):
            return approved
        return dt.datetime.combine(calendar.add_workdays(approved.date(), self.effect_workdays).day, dt.time.min)

    def last_day(self, filing_type: str, begin: dt.date, end: dt.date | None) -> dt.date | None:
        """Return the last day of a validity: as applied for, else none (long-term) or after the pack's months."""
        if end is not None or filing_type in LONG_TERM:
            return end
        return months_later(begin, self.months)

    def validity_problem(self, filing_type: str, begin: dt.date, end: dt.date | None) -> Problem | None:
        """Refuse an end to a long-term filing (P75-10a), and a temporary one too short (P75-10b) or too long.

        Six months from 4 May end on 4 November: 3 November is too short where they are the least, the 5th too long
        where they are the most.
        """
        if end is None:
            return None
        if filing_type in LONG_TERM:
            wrong = self.open_end or end < begin
        else:
            usual = months_later(begin, self.months)
            wrong = end < usual if self.bound == LEAST else not begin <= end <= usual
        return ("filing_validity", begin, end) if wrong else None

    def proof_problem(self, new: Filing, others: Iterable[Filing]) -> Problem | None:
        """Refuse a commitment the pack does not know, and several places without real proof (P75-11).

        Who is to have several places at once needs real proof for each, whichever was filed first: a new filing is
        refused beside one that was made by commitment, as a commitment is beside one with proof.
        """
        if new.commitment and self.lock_months is None:
            return "filing_proof", new.target
        elsewhere = [each for each in others if each.target != new.target]
        if not self.proof_for_several or not elsewhere or all(each.proven for each in (new, *elsewhere)):
            return None
        return "filing_proof", "、".join((new.target, *sorted({each.target for each in elsewhere})))

    # -- of a filing that stands --------------------------------------------------------------------------------------

    def locked_until(self, filing: Filing) -> dt.date | None:
        """Return the first day on which a commitment filing may be changed or cancelled, None where it is not locked.

        Six months from the day it was filed, or changed last (P75-10c): filed on 1 March, it may be changed on
        1 September.
        """
        if not filing.commitment or self.lock_months is None:
            return None
        return months_later(filing.since or filing.made_on, self.lock_months)

    def pledge_kept_until(self, filing: Filing) -> dt.date | None:
        """Return the last day on which the pledge of a commitment filing must still be on file (P75-A1: two years).

        None where there is no pledge, or the pack has no such rule. It is given with the application: what becomes of
        the filing, be it changed, cancelled or found invalid, does not shorten its time.
        """
        if not filing.commitment or self.pledge_months is None:
            return None
        return months_later(filing.made_on, self.pledge_months)

    def upload_due(self, channel: str, approved: dt.date, calendar: WorkCalendar) -> DueDay | None:
        """Return by when an approved filing must be uploaded: window the same day, online a working day (P75-09)."""
        window, online = self.upload_workdays
        days = window if channel == WINDOW else online
        return None if days is None else calendar.add_workdays(approved, days)

    def trips_ok(self, filing: Filing) -> bool:
        """Tell whether a long-term or emergency filing cost no trip, where the pack demands that (JL-3.1e)."""
        asked = filing.long_term or filing.filing_type == EMERGENCY
        return not (self.zero_trip and asked and filing.trips)

    def channels_ok(self) -> bool:
        """Tell whether the city offers enough of phone, web and app (JL-3.1d)."""
        return len(CONVENIENT.intersection(self.offered)) >= self.convenient_least


def rules_on(pack: PolicyPack, day: dt.date, city: str) -> Rules:
    """Return the rules of filing of a city of insurance; raises NotInForce where the pack lacks what must be there."""
    read = _Reader(pack, day, city)
    offered = read.texts("channels.offered")
    return Rules(
        types=read.texts("types"),
        targets=read.texts("targets"),
        care=read.texts("care"),
        unfiled=read.text("unfiled"),
        late=read.flag("late"),
        emergency=read.flag("emergency"),
        review_first=read.flag("review_first"),
        months=read.number("validity.months"),
        bound=read.text("validity.bound"),
        open_end=read.flag("validity.open_end"),
        lock_months=read.maybe("validity.lock_months"),
        pledge_months=read.maybe("validity.pledge_months"),
        proof_for_several=read.flag("validity.proof_for_several"),
        check_months=read.maybe("validity.check_months"),
        stale_days=read.maybe("validity.stale_days"),
        offered=(*offered, HOSPITAL_END) if read.flag("channels.hospital_end") else offered,
        at_once=read.flag("channels.at_once"),
        effect_workdays=read.number("channels.effect_workdays"),
        upload_workdays=(read.maybe("channels.upload_window"), read.maybe("channels.upload_online")),
        convenient_least=read.maybe("channels.convenient_least") or 0,
        zero_trip=read.flag("channels.zero_trip"),
    )


class _Reader(NamedTuple):
    """Reads figures of the part as what they are; a pack may leave out those that are optional."""

    pack: PolicyPack
    day: dt.date
    city: str

    def flag(self, name: str) -> bool:
        record = self.pack.find(f"filing.{name}", self.day, self.city)
        return record is not None and record.value is True

    def number(self, name: str) -> int:
        return int(self.pack.at(f"filing.{name}", self.day, self.city).value)  # type: ignore[arg-type]  # a count

    def maybe(self, name: str) -> int | None:
        return None if self.pack.find(f"filing.{name}", self.day, self.city) is None else self.number(name)

    def text(self, name: str) -> str:
        return str(self.pack.at(f"filing.{name}", self.day, self.city).value)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.pack.at(f"filing.{name}", self.day, self.city).value
        return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
