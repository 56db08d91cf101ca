"""The filings one platform knows: those of its own people, and its copies of what others uploaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from simulator.core.filing.facts import (
    CopyCompared,
    Filed,
    FilingAnswered,
    FilingChanged,
    FilingEnded,
    FilingsChecked,
    FilingSent,
    Found,
    Left,
)
from simulator.core.filing.filing import Filing, covering
from simulator.core.filing.types import MOVED, RETURNED
from simulator.core.values.people import Person

NOT_SENT, SENT, ACCEPTED, REFUSED = "not_sent", "sent", "accepted", "refused"


class Upload(NamedTuple):
    """How far a filing has been told: the version sent last, who has not answered yet, and the version all accepted.

    ``known_by`` are the platforms that have a copy, with its version; ``refusal`` is the ``infcode`` of one that
    refused what was sent last, and ``late`` tells that a version was sent after the day it was due (P75-09).
    """

    sent: int = 0
    waiting: frozenset[str] = frozenset()
    accepted: int = 0
    known_by: Mapping[str, int] = MappingProxyType({})
    refusal: int = 0
    late: bool = False

    @property
    def state(self) -> str:
        """Return ``not_sent``, ``sent``, ``refused`` or ``accepted``, for the version sent last."""
        if self.waiting:
            return SENT
        if self.refusal:
            return REFUSED
        return ACCEPTED if self.accepted else NOT_SENT


class FilingBook:
    """Filings by number, every version of them, oldest first; ``folds`` are the facts that change them."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.left: dict[str, Left] = {}
        self.found: dict[str, Found] = {}  # found invalid in a check, and not cleared yet
        self.differing: dict[str, None] = {}  # the province's copy says otherwise
        self._filings: dict[str, tuple[Filing, ...]] = {}
        self._numbers: dict[str, tuple[str, ...]] = {}
        self._uploads: dict[str, Upload] = {}
        self.folds: dict[type, Callable[[Any], None]] = {
            Filed: self._fold_filed,
            FilingChanged: self._fold_changed,
            FilingEnded: self._fold_ended,
            FilingsChecked: self._fold_checked,
            FilingSent: self._fold_sent,
            FilingAnswered: self._fold_answered,
            CopyCompared: self._fold_compared,
            Left: self._fold_left,
        }

    # -- looking up ---------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """Return how many filings are known."""
        return len(self._filings)

    def of(self, psn_no: str) -> tuple[Filing, ...]:
        """Return every version of a person's filings."""
        return tuple(each for sn in self._numbers.get(psn_no, ()) for each in self._filings[sn])

    def latest(self, sn: str) -> Filing | None:
        """Return the last version of a filing by its number."""
        versions = self._filings.get(sn)
        return versions[-1] if versions else None

    def versions(self, sn: str) -> tuple[Filing, ...]:
        """Return every version of a filing by its number, none where it is not known."""
        return self._filings.get(sn, ())

    def current(self) -> Iterator[Filing]:
        """Yield the last version of every filing."""
        return (versions[-1] for versions in self._filings.values())

    def covering(self, psn_no: str, admitted: dt.date, places: Collection[str]) -> Filing | None:
        """Return the filing that covers a person's admission, or None."""
        return covering(self.of(psn_no), admitted, places)

    def upload(self, sn: str) -> Upload:
        """Return how far a filing has been told."""
        return self._uploads.get(sn, Upload())

    def know(self, person: Person) -> None:
        """Learn who a person is; who is insured here again has not left."""
        self.people[person.psn_no] = person
        self.left.pop(person.psn_no, None)

    def gone(self, psn_no: str, day: str) -> Left | None:
        """Return why a person's care of a day (ISO text) is not paid for here: died before it, or insured elsewhere.

        Care of the day of death is (the same day a filing counts to), care of the day of the move is not. Who has only
        returned to the place of insurance is insured as before.
        """
        left = self.left.get(psn_no)
        return left if left is not None and left.reason != RETURNED and left.ends.isoformat() <= day else None

    def invalid(self, day: dt.date, areas: Collection[str]) -> tuple[Found, ...]:
        """Return the valid filings of people of ``areas`` who died, moved or returned by ``day`` (JL-6.4a)."""
        found = (self._problem(each, day) for each in self.current() if each.valid and each.insured_area in areas)
        return tuple(each for each in found if each is not None)

    def _problem(self, filing: Filing, day: dt.date) -> Found | None:
        left = self.left.get(filing.psn_no)
        if left is not None and left.on <= day and not (left.reason == RETURNED and filing.begin > left.on):
            return Found(filing.psn_no, filing.sn, left.ends, left.reason)
        person = self.people.get(filing.psn_no)
        if person is not None and person.insured_area != filing.insured_area:
            return Found(filing.psn_no, filing.sn, day, MOVED)  # another pooling area's fund pays now
        return None

    # -- folds --------------------------------------------------------------------------------------------------------

    def _fold_filed(self, fact: Filed) -> None:
        filing = fact.filing.numbered()
        if filing.sn not in self._filings:
            self._numbers[filing.psn_no] = (*self._numbers.get(filing.psn_no, ()), filing.sn)
        self._filings[filing.sn] = (filing,)
        if fact.person is not None:
            self.people[filing.psn_no] = fact.person

    def _fold_changed(self, fact: FilingChanged) -> None:
        new = fact.filing
        if new.sn not in self._filings:
            self._numbers[new.psn_no] = (*self._numbers.get(new.psn_no, ()), new.sn)
        self._filings[new.sn] = (*_cut(self._filings.get(new.sn, ()), new.first_day), new)

    def _fold_ended(self, fact: FilingEnded) -> None:
        versions = _cut(self._filings[fact.sn], fact.on)
        last = versions[-1]
        closing = last._replace(
            version=fact.version,
            reason=fact.reason,
            checked_on=fact.checked_on or last.checked_on,
            approved_at=fact.at,
            updated_at=fact.at,
            closing=True,
        )
        self._filings[fact.sn] = (*versions, closing)
        self.found.pop(fact.sn, None)

    def _fold_checked(self, fact: FilingsChecked) -> None:
        for sn, (*before, last) in self._filings.items():
            if last.valid and last.insured_area in fact.areas:
                self._filings[sn] = (*before, last._replace(checked_on=fact.on))
        for found in fact.invalid:
            self.found[found.sn] = found
            self._filings[found.sn] = _cut(self._filings[found.sn], found.since)

    def _fold_sent(self, fact: FilingSent) -> None:
        upload = self.upload(fact.sn)
        self._uploads[fact.sn] = upload._replace(
            sent=fact.version, waiting=frozenset(fact.to), refusal=0, late=upload.late or fact.late
        )

    def _fold_answered(self, fact: FilingAnswered) -> None:
        upload = self.upload(fact.sn)
        waiting = upload.waiting - {fact.by}
        refusal = fact.refusal or upload.refusal
        accepted = upload.accepted if waiting or refusal else upload.sent
        self._uploads[fact.sn] = upload._replace(
            sent=upload.sent if waiting else accepted,  # what was refused may be sent again
            waiting=waiting,
            accepted=accepted,
            known_by=upload.known_by if fact.refusal else {**upload.known_by, fact.by: fact.version},
            refusal=refusal,
        )

    def _fold_compared(self, fact: CopyCompared) -> None:
        self.differing |= dict.fromkeys(fact.differing)
        for sn in fact.agreeing:
            self.differing.pop(sn, None)

    def _fold_left(self, fact: Left) -> None:
        self.left[fact.psn_no] = fact


def _cut(versions: Iterable[Filing], on: dt.date) -> tuple[Filing, ...]:
    """Return the versions with no admission from a day on."""
    return tuple(each._replace(ended=on if each.ended is None else min(each.ended, on)) for each in versions)
