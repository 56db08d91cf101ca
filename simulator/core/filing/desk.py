"""The filing desk of a city of insurance (参保地备案经办): it decides about filings and has them told to others.

Staff file, change, cancel, check and clear; hospitals file referrals with 2501, withdraw them with 2502 and ask with
5304. An action against the rules does nothing but leave a ``Declined`` fact.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.filing import words
from simulator.core.filing.actions import CancelFiling, ChangeFiling, CheckFilings, ClearInvalid, File
from simulator.core.filing.book import FilingBook
from simulator.core.filing.courier import Courier
from simulator.core.filing.facts import Filed, FilingChanged, FilingEnded, FilingsChecked
from simulator.core.filing.filing import Filing
from simulator.core.filing.office import Filings
from simulator.core.filing.rules import Problem, Rules
from simulator.core.filing.types import (
    AREA,
    ASKED,
    CITY,
    DIED,
    FOUND_INVALID,
    HOSPITAL,
    HOSPITAL_END,
    PROVINCE,
    REASON_CODES,
    REFERRAL,
    RETURNED,
)
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.people import Person

_DAY = dt.timedelta(days=1)


class FilingDesk(Office):
    """The filing desk of the city ``code``, whose people's filings stand in ``filings``."""

    def __init__(self, filings: Filings, code: str, calendar: WorkCalendar, courier: Courier) -> None:
        self._filings = filings
        self._code = code
        self._calendar = calendar
        self._courier = courier
        self.areas = frozenset({code, *(area.code for area in filings.registry.areas.values() if area.city == code)})
        self.answers = {"2501": self._refer, "2502": self._unrefer, "5304": self._referrals}
        self.does = {
            File: self._file,
            ChangeFiling: self._change,
            CancelFiling: self._cancel,
            CheckFilings: self._check,
            ClearInvalid: self._clear,
        }

    @property
    def _book(self) -> FilingBook:
        return self._filings.book

    @property
    def _registry(self) -> Registry:
        return self._filings.registry

    def person(self, psn_no: str) -> Person | None:
        """Return a person insured here, None for one who is unknown, has died or moved the insurance elsewhere."""
        person, left = self._book.people.get(psn_no), self._book.left.get(psn_no)
        gone = left is not None and left.reason != RETURNED
        return None if gone or person is None or person.insured_area not in self.areas else person

    # -- filing -------------------------------------------------------------------------------------------------------

    def _file(self, turn: Turn, action: File) -> None:
        made = self._made(turn.now, action)
        if isinstance(made, Filing):
            self._keep(turn, made)
        else:
            turn.decline(action, *made)

    def _keep(self, turn: Turn, filing: Filing) -> None:
        turn.record(Filed(filing, self._book.people[filing.psn_no]))
        self._courier.tell(turn, filing.sn)

    def _made(self, now: dt.datetime, asked: File, *, inside: bool = False) -> Filing | Problem:
        """Return the filing an application makes, or why it is refused; ``inside``: to a place in this city."""
        person = self.person(asked.psn_no)
        if person is None:
            return ("unknown_person",)
        now = now.replace(microsecond=0)
        rules = self._rules(now)
        approved = asked.approved_at or now
        applied = asked.applied_at or approved
        if not applied <= approved <= now:
            return "filing_validity", applied, approved
        effective = rules.effective(approved, asked.channel, self._calendar)
        begin = max(asked.begin or effective.date(), effective.date())
        filing = Filing(
            person.psn_no,
            asked.filing_type,
            person.insured_area,
            asked.target,
            begin,
            rules.last_day(asked.filing_type, begin, asked.end),
            sn=f"BA{self._code}{now:%Y%m%d}{len(self._book) + 1:06d}",
            channel=asked.channel,
            commitment=asked.commitment,
            proofs=asked.proofs,
            trips=asked.trips,
            filed_at=applied,
            approved_at=approved,
            effective_at=effective,
            updated_at=now,
            referral=asked.referral,
        )
        return self._problem(filing, rules, inside=inside) or filing

    def _rules(self, now: dt.datetime) -> Rules:
        return self._filings.rules(self._code, now.date())

    def _problem(self, new: Filing, rules: Rules, *, inside: bool = False) -> Problem | None:
        """Return what is wrong with a filing, or with a new version of one, before it is kept."""
        if new.filing_type == REFERRAL and new.referral is None:
            return "filing_referral", "trafout_fixmedins_code"
        known = self._book.of(new.psn_no)
        others = [each for each in known if each.sn != new.sn and each.overlaps(new.first_day, new.end)]
        for each in others:
            if (each.filing_type, each.target) == (new.filing_type, new.target):
                return "filing_repeated", each.sn
        return (
            rules.type_problem(new.filing_type)
            or rules.channel_problem(new.filing_type, new.channel)
            or (None if inside else self._target_problem(new, rules))
            or rules.validity_problem(new.filing_type, new.first_day, new.end)
            or rules.proof_problem(new, () if inside else filter(self._away, others))
        )

    def _away(self, filing: Filing) -> bool:
        """Tell whether a filing is for another city; a referral within one's own is no place away from home."""
        return words.platform_of(self._registry, filing.target) != self._code

    def _target_problem(self, new: Filing, rules: Rules) -> Problem | None:
        """Refuse a target that is unknown, in one's own city, or of a kind the pack does not allow (JL-3.1a)."""
        kind = kind_of(self._registry, new.target)
        allowed = kind in rules.targets and (kind != HOSPITAL or new.filing_type == REFERRAL)
        if allowed and self._away(new):
            return None
        return "filing_target", new.target

    # -- changing and ending ------------------------------------------------------------------------------------------

    def _change(self, turn: Turn, action: ChangeFiling) -> None:
        """Give a filing a new version, which never reaches back: whoever is admitted today is under the old one."""
        now = turn.now.replace(microsecond=0)
        known = self._open(turn, action.sn, locks=True)
        if not isinstance(known, Filing):
            turn.decline(action, *known)
            return
        rules = self._rules(now)
        on = action.on or now.date() + _DAY
        new = known._replace(
            filing_type=action.filing_type,
            target=action.target,
            end=rules.last_day(action.filing_type, max(on, known.begin), action.end),
            channel=action.channel,
            commitment=action.commitment,
            proofs=action.proofs,
            approved_at=now,
            updated_at=now,
            version=known.version + 1,
            since=on,
            reason=action.reason,
            referral=(action.referral or known.referral) if action.filing_type == REFERRAL else None,
        )
        backdated: Problem | None = ("filing_validity", on, new.end or "") if on <= now.date() else None
        problem = backdated or self._problem(new, rules)
        if problem is not None:
            turn.decline(action, *problem)
            return
        turn.record(FilingChanged(new))
        self._courier.tell(turn, new.sn)

    def _cancel(self, turn: Turn, action: CancelFiling) -> None:
        """End a filing; the person's own wish is locked like a change, and counts from tomorrow at the earliest.

        Raises KeyError for a reason that is none.
        """
        asked = REASON_CODES[action.reason] == REASON_CODES[ASKED]
        today = turn.now.date()
        on = action.on or (today + _DAY if asked else today)
        if action.reason == DIED:
            on = self._after_death(action, today)
        known = self._open(turn, action.sn, locks=asked)
        if not isinstance(known, Filing):
            turn.decline(action, *known)
        elif asked and on <= today:
            turn.decline(action, "filing_validity", known.begin, on)
        else:
            self._end(turn, known, on, action.reason, today if action.reason == FOUND_INVALID else None)

    def _after_death(self, action: CancelFiling, today: dt.date) -> dt.date:
        """Return the first day on which a filing of somebody who died does not count (P75-13)."""
        known = self._book.latest(action.sn)
        left = None if known is None else self._book.left.get(known.psn_no)
        if left is None or left.reason != DIED:
            return action.on or today + _DAY
        return max(action.on or left.ends, left.ends)

    def _open(self, turn: Turn, sn: str, *, locks: bool) -> Filing | Problem:
        """Return a filing of this city's that stands and is not locked, or why it may not be touched (P75-10c)."""
        known, today = self._book.latest(sn), turn.now.date()
        if known is None or known.insured_area not in self.areas or not known.valid:
            return "unknown_filing", sn
        if known.end is not None and known.end < today:
            return "unknown_filing", sn
        until = self._rules(turn.now).locked_until(known) if locks else None
        return known if until is None or today >= until else ("filing_locked", until)

    def _end(self, turn: Turn, known: Filing, on: dt.date, reason: str, checked: dt.date | None = None) -> None:
        at = turn.now.replace(microsecond=0)
        turn.record(FilingEnded(known.psn_no, known.sn, known.version + 1, on, reason, at, checked))
        self._courier.tell(turn, known.sn)

    def _check(self, turn: Turn, action: CheckFilings) -> None:
        turn.record(FilingsChecked(action.on, self.areas, self._book.invalid(action.on, self.areas)))

    def _clear(self, turn: Turn, action: ClearInvalid) -> None:
        for found in tuple(self._book.found.values()):
            known = self._book.latest(found.sn)
            assert known is not None
            self._end(turn, known, found.since, words.reason_of(found), known.checked_on or action.on)

    # -- at the hospital's end ----------------------------------------------------------------------------------------

    def _refer(self, turn: Turn, asked: Message) -> Message:
        """2501: a referral filed wholly at the hospital (JL-3.1b); one within the city is kept, and nobody told."""
        data = asked.block("refmedin")
        target = data["mdtrtarea_admdvs"]
        if self._registry.city_of(target) is None:
            return turn.refuse(asked, "filing_target", target)
        way = words.referral_type(self._registry, self._code, target)
        if data["refl_type"] != way:
            return turn.refuse(asked, "filing_referral", f"refl_type {data['refl_type']}")
        referral = words.referral_in(asked)
        begin, end = words.date(data, "begndate") or referral.day, words.date(data, "enddate")
        asks = File(data["psn_no"], REFERRAL, target, begin, end, HOSPITAL_END, referral=referral)
        made = self._made(turn.now, asks, inside=way == words.WITHIN_CITY)
        if not isinstance(made, Filing):
            return turn.refuse(asked, *made)
        self._keep(turn, made)
        return turn.ok(asked, result={"trt_dcla_detl_sn": made.sn})

    def _unrefer(self, turn: Turn, asked: Message) -> Message:
        """2502: the patient is not referred after all."""
        data = asked.block("data")
        sn = data["trt_dcla_detl_sn"]
        known = self._open(turn, sn, locks=False)
        if (
            not isinstance(known, Filing)
            or known.channel != HOSPITAL_END
            or data.get("psn_no")
            not in {
                None,
                "",
                known.psn_no,
            }
        ):
            return turn.refuse(asked, "unknown_filing", sn)
        self._end(turn, known, turn.now.date(), ASKED)
        return turn.ok(asked, result={"trt_dcla_detl_sn": sn})

    def _referrals(self, turn: Turn, asked: Message) -> Message:
        """5304: a person's referrals that stand, approved in a span of time."""
        data = asked.block("data")
        person = self._book.people.get(data["psn_no"])
        if person is None:
            return turn.refuse(asked, "unknown_person")
        first = dt.datetime.fromisoformat(data["begntime"])
        last = dt.datetime.fromisoformat(data["endtime"]) if data.get("endtime") else dt.datetime.max
        rows: list[dict[str, Any]] = [
            words.referral_row(self._registry, each, person)
            for each in self._book.of(person.psn_no)
            if each.filing_type == REFERRAL and each.valid and first <= words.updated_at(each) <= last
        ]
        return turn.ok(asked, refmedin=rows)


def kind_of(registry: Registry, target: str) -> str:
    """Return what a target is: an area, a city, a province, a hospital; empty for a code that is not registered."""
    if target in registry.cities:
        return CITY
    if target in registry.areas:
        return AREA
    if target in registry.institutions:
        return HOSPITAL
    return PROVINCE if target in registry.provinces.values() else ""
