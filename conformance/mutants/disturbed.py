"""Mutants that go wrong when time passes, or when they are killed and started again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from conformance.mutants.mutant import STATE, Mutant, Patch
from simulator.core.network.city import City
from simulator.core.platform.message import Message
from simulator.core.platform.node import Answered
from simulator.core.platform.turn import Turn
from simulator.core.visits.home import original_key
from simulator.sandbox.clock import machine

_BILLS, _ROLE = "simulator.core.visits.insured_bills:Bills", "simulator.core.visits.role:Role"
_NODE, _INSURED = "simulator.core.platform.node:Node", "simulator.core.visits.insured:Insured"
_COVERING = "simulator.core.filing.book:FilingBook.covering"
_DAY, _NEARLY_AN_HOUR = dt.timedelta(days=1), dt.timedelta(minutes=55)
_STAMP = slice(12, 20)  # of a msgid: the day it was made on


# -- a new start ------------------------------------------------------------------------------------------------------


def _restored(forget: Callable[[City], None]) -> Patch:
    """Return a patch of how a process starts from its journal: ``forget`` gets each city as it was."""

    def make(old: Any) -> Any:
        def restore(self: Any) -> int:
            folded: int = old(self)
            for node in self.host.nodes.values():
                if isinstance(node, City):
                    forget(node)
            return folded

        return restore

    return Patch("simulator.sandbox.engine:Engine.restore", make)


def _give_up(city: City) -> None:
    """Take what was under way for refused, for good."""
    for open_ in city.waiting():
        refusal = Turn(city, open_.until).refuse(open_.request, "outcome_unknown", open_.to)
        city.fold(Answered(open_.request, refusal))


# -- time -------------------------------------------------------------------------------------------------------------


def _reckoned(when: Callable[[dt.datetime], dt.datetime]) -> Patch:
    """Return a patch of when a settlement was made: ``when`` gets the time of the city's clock."""

    def make(old: Any) -> Any:
        return lambda self, turn, asked, claim: old(self, Turn(turn.node, when(turn.now)), asked, claim)

    return Patch(f"{_BILLS}._row", make)


def _forget_soon(old: Any) -> Any:
    def take(self: Any, turn: Turn, asked: Message) -> None:
        known = self._exchanges.get(asked.key)
        if known is not None and turn.now - dt.datetime.fromisoformat(asked.head["inf_time"]) > _NEARLY_AN_HOUR:
            del self._exchanges[asked.key]
        old(self, turn, asked)

    return take


def _day_longer(old: Any) -> Any:
    return lambda self, psn_no, admitted, places: (
        old(self, psn_no, admitted, places) or old(self, psn_no, admitted - _DAY, places)
    )


def _no_leap_day(old: Any) -> Any:
    def covering(self: Any, psn_no: str, admitted: dt.date, places: Any) -> Any:
        return None if (admitted.month, admitted.day) == (2, 29) else old(self, psn_no, admitted, places)

    return covering


def _one_year(old: Any) -> Any:
    return lambda self, psn_no, year: old(self, psn_no, min((y for p, y in self._years if p == psn_no), default=year))


def _undone_today_only(old: Any) -> Any:
    def reverse(self: Any, turn: Turn, asked: Message, at: dt.datetime, *, void: bool) -> None:
        if original_key(asked).msgid[_STAMP] == f"{turn.now:%Y%m%d}":
            old(self, turn, asked, at, void=void)

    return reverse


def _cancelled_today_only(old: Any) -> Any:
    def cancellable(self: Any, turn: Turn, asked: Message, visit: Any) -> Any:
        found = old(self, turn, asked, visit)
        if isinstance(found, Message) or found[1].row.at.date() == turn.now.date():
            return found
        return turn.refuse(asked, "later_steps")

    return cancellable


MUTANTS = tuple(
    Mutant(name, STATE, zh, en, patches, expected)
    for name, zh, en, patches, expected in (
        (
            "messages-forgotten-at-restart",
            "重启后忘记已答复的报文，重发的再办一次。",
            "A restart forgets what was answered: what comes again is done again.",
            (_restored(lambda city: city._exchanges.clear()),),
            ("*what_was_answered_is_remembered*",),
        ),
        (
            "year-forgotten-at-restart",
            "重启后年度累计从零开始。",
            "A restart forgets what the year has used up.",
            (_restored(lambda city: city.insured._years.clear()),),
            ("*used_up_is_remembered*",),
        ),
        (
            "sign-ins-forgotten-at-restart",
            "重启后医院的签到失效。",
            "A restart forgets who has signed in.",
            (_restored(lambda city: city.treatment._signed_in.clear()),),
            ("*restart_between_every_two_steps*",),
        ),
        (
            "barred-forgotten-at-restart",
            "重启后忘记冲正所留的禁止，迟到的原报文被受理。",
            "A restart forgets what a reversal has barred: the original is carried out when it arrives.",
            (_restored(lambda city: city._void.clear()),),
            ("*what_was_barred_stays_barred*",),
        ),
        (
            "given-up-at-restart",
            "重启后把尚待上级答复的业务当作终局失败。",
            "A restart takes what waited for the platform above for refused, for good.",
            (_restored(_give_up),),
            ("*killed_while_the_platform_above*",),
        ),
        (
            "date-of-the-machine",
            "结算日期取自机器而非业务时钟。",
            "A settlement is dated by the machine and not by the clock of the business.",
            (_reckoned(lambda now: machine()),),
            ("*totals_belong_to_the_day*",),
        ),
        (
            "midnight-an-hour-late",
            "午夜后一小时内的结算计入前一日。",
            "What is settled in the first hour of a day counts to the day before.",
            (_reckoned(lambda now: now - dt.timedelta(hours=1)),),
            ("*totals_belong_to_the_day*",),
        ),
        (
            "messages-forgotten-in-an-hour",
            "一小时后忘记已答复的报文。",
            "What was answered is forgotten in an hour.",
            (Patch(f"{_NODE}._take_request", _forget_soon),),
            ("*duplicates_an_hour*",),
        ),
        (
            "filing-a-day-long",
            "备案过期次日仍可用。",
            "A filing counts on the day after its last.",
            (Patch(_COVERING, _day_longer),),
            ("*day_after_a_filing*",),
        ),
        (
            "filing-not-on-the-leap-day",
            "2月29日入院查不到备案。",
            "No filing is found for an admission on 29 February.",
            (Patch(_COVERING, _no_leap_day),),
            ("*filing_at_the_leap_day*",),
        ),
        (
            "year-never-ends",
            "年度累计跨年不清零。",
            "Accumulators go on from one year to the next.",
            (Patch(f"{_INSURED}.year_of", _one_year),),
            ("*year_begins_anew*",),
        ),
        (
            "reversal-today-only",
            "次日的冲正答复成功，但什么也没撤销。",
            "A reversal on the day after is answered with success and undoes nothing.",
            (Patch(f"{_ROLE}.reverse", _undone_today_only),),
            ("*late_reversal*",),
        ),
        (
            "cancellation-today-only",
            "只能撤销当日的结算。",
            "Only what was settled today can be cancelled.",
            (Patch(f"{_ROLE}.cancellable", _cancelled_today_only),),
            ("*cancelled_after_midnight*",),
        ),
    )
)
