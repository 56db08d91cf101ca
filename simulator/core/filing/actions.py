"""What the staff of a city of insurance can be told to do about filings."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.filing.filing import Referral
from simulator.core.filing.types import ASKED, WINDOW


class File(NamedTuple):
    """Action: make a filing (备案).

    ``begin`` is by default the day it becomes effective, ``end`` what the pack says. ``proofs`` counts papers handed
    in, ``trips`` what the person had to come for; ``applied_at`` and ``approved_at`` are by default now.
    """

    psn_no: str
    filing_type: str
    target: str
    begin: dt.date | None = None
    end: dt.date | None = None
    channel: str = WINDOW
    commitment: bool = False
    proofs: int = 0
    trips: int = 0
    applied_at: dt.datetime | None = None
    approved_at: dt.datetime | None = None
    referral: Referral | None = None


class ChangeFiling(NamedTuple):
    """Action: give a filing a new version from ``on`` (default tomorrow) on; the fields are its whole new state.

    A ``referral`` keeps the one it has unless another is given; a filing of another type becomes one only with it.
    """

    sn: str
    filing_type: str
    target: str
    end: dt.date | None = None
    channel: str = WINDOW
    commitment: bool = False
    proofs: int = 0
    on: dt.date | None = None
    reason: str = "本人申请"
    referral: Referral | None = None


class CancelFiling(NamedTuple):
    """Action: end a filing, for a reason of ``fil_canc_rea``; no admission from ``on`` may use it.

    By default that is tomorrow where the person asked for it, so that it never reaches back, and else today. A death
    ends a filing on the day after it at the earliest: care begun on the day of death stays covered (P75-13). Without
    ``on`` that is the day after the death the city knows of, and tomorrow where it knows of none.
    """

    sn: str
    on: dt.date | None = None
    reason: str = ASKED


class CheckFilings(NamedTuple):
    """Action: look for filings that have become invalid by ``on`` (定期核查, JL-6.4a)."""

    on: dt.date


class ClearInvalid(NamedTuple):
    """Action: end the filings that a check found invalid, and tell those who have copies (清理, JL-6.4b)."""

    on: dt.date


class ResendFiling(NamedTuple):
    """Action: tell others again of a filing that one of them has refused."""

    sn: str


class QueryCopies(NamedTuple):
    """Action: ask the province for its copies of a city's filings (F104).

    ``insured_city`` is the city of insurance, ``place`` where the filings are for (empty: anywhere), ``since`` asks for
    those touched since then rather than for those in force today. The city of insurance compares what comes with what
    it has itself (JS-3.3a); another city learns filings it did not know.
    """

    insured_city: str
    place: str = ""
    psn_no: str = ""
    since: dt.datetime | None = None


class Review(NamedTuple):
    """Action: approve a declaration of an institution, or turn it down."""

    sn: str
    approved: bool
