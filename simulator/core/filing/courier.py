"""Telling others of filings (JS-3.1c): F101 to F103 from the city of insurance, one after the other for each filing.

A filing is told to the platform of the place it is for, and whatever follows to every platform that has a copy. While
an answer is awaited the next version waits, so that nobody hears of the end of a filing before its beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.core.filing import words
from simulator.core.filing.actions import ResendFiling
from simulator.core.filing.facts import FilingAnswered, FilingSent
from simulator.core.filing.filing import Filing
from simulator.core.filing.office import Filings
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.calendar import WorkCalendar


class Courier(Office):
    """The uploads (备案上传) of the city ``code``."""

    def __init__(self, filings: Filings, code: str, calendar: WorkCalendar) -> None:
        self._filings = filings
        self._code = code
        self._calendar = calendar
        self.hears = {"F101": self._answered, "F102": self._answered, "F103": self._answered}
        self.does = {ResendFiling: self._resend}

    def tell(self, turn: Turn, sn: str) -> None:
        """Tell others what they have not heard of a filing, unless an answer is awaited; of in-city ones, nobody."""
        book = self._filings.book
        upload, versions = book.upload(sn), book.versions(sn)
        latest = versions[-1]
        unheard = [each for each in versions if each.version > upload.sent]
        if upload.waiting or not unheard or self._platform(latest) == self._code:
            return
        if not upload.known_by:
            if not latest.closing:
                self._send(turn, "F101", latest, {self._platform(latest): 0})
        elif unheard[0].closing:
            self._send(turn, "F103", unheard[0], upload.known_by)
        else:
            new = {self._platform(unheard[0]): max(upload.known_by.values())}
            self._send(turn, "F102", unheard[0], {**new, **upload.known_by})

    def _send(self, turn: Turn, infno: str, filing: Filing, copies: Mapping[str, int]) -> None:
        """Send a version to platforms, given with the versions of their copies; those that have one come first."""
        book, registry = self._filings.book, self._filings.registry
        due = None
        if infno != "F103" and filing.approved_at is not None:
            rules = self._filings.rules(self._code, filing.approved_at.date())
            due = rules.upload_due(filing.channel, filing.approved_at.date(), self._calendar)
        late = due is not None and turn.now.date() > due.day
        turn.record(FilingSent(filing.sn, filing.version, tuple(copies), turn.now, late))
        for to in sorted(copies, key=lambda each: (each not in book.upload(filing.sn).known_by, each)):
            data: dict[str, Any]
            if infno == "F101":
                data = words.upload(registry, filing, book.people[filing.psn_no])
            elif infno == "F102":
                data = words.change(registry, filing, copies[to])
            else:
                data = words.ending(registry, filing)
            turn.ask(to, infno, {"data": data}, treatment=self._platform(filing), insured=self._code)

    def _platform(self, filing: Filing) -> str:
        return words.platform_of(self._filings.registry, filing.target)

    def _answered(self, turn: Turn, asked: Message, reply: Message) -> None:
        sn = asked.block("data")["trt_dcla_detl_sn"]
        version = int(reply.block("result")["ver_no"]) if reply.succeeded else 0
        turn.record(FilingAnswered(sn, asked.recipient, reply.infcode or 0, version))
        if not self._filings.book.upload(sn).refusal:
            self.tell(turn, sn)

    def _resend(self, turn: Turn, action: ResendFiling) -> None:
        if self._filings.book.upload(action.sn).refusal:
            self.tell(turn, action.sn)
        else:
            turn.decline(action, "unknown_filing", action.sn)
