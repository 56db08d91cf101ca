"""What a city's filings show: the functions that reports quote, each for the row that asks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from simulator.core.filing import words
from simulator.core.filing.book import ACCEPTED
from simulator.core.filing.filing import Filing, months_later
from simulator.core.filing.office import Filings
from simulator.core.filing.types import CONVENIENT, HOSPITAL_END, REFERRAL


class Channels(NamedTuple):
    """The channels by which people can file, and whether enough of phone, web and app are among them (JL-3.1d)."""

    offered: tuple[str, ...]
    convenient: tuple[str, ...]
    enough: bool


def channels_offered(filings: Filings, area: str, day: dt.date) -> Channels:
    """Return the channels of the city an area belongs to, on a day."""
    rules = filings.rules(filings.registry.city_of(area) or area, day)
    convenient = tuple(each for each in rules.offered if each in CONVENIENT)
    return Channels(rules.offered, convenient, rules.channels_ok())


def trips_ok(filings: Filings, filing: Filing) -> bool:
    """Tell whether a filing cost no more trips than the pack allows on the day it was made (JL-3.1e)."""
    return filings.rules(_city(filings, filing), filing.made_on).trips_ok(filing)


def at_hospital_end(filings: Filings, area: str) -> tuple[int, int]:
    """Count an area's referrals filed at the hospital's end, and all its referrals (JL-3.1b)."""
    channels = [each.channel for each in _of_area(filings, area) if each.filing_type == REFERRAL]
    return channels.count(HOSPITAL_END), len(channels)


def unchecked(filings: Filings, city: str, day: dt.date) -> tuple[Filing, ...]:
    """Return the filings in force that were not checked within the interval of the pack, none without one (JL-6.4a)."""
    months = filings.rules(city, day).check_months
    if months is None:
        return ()
    standing = (each for each in _of_city(filings, city) if each.in_force(day))
    return tuple(each for each in standing if months_later(each.checked_on or each.made_on, months) < day)


def pledges_to_keep(filings: Filings, city: str, day: dt.date) -> tuple[Filing, ...]:
    """Return the commitment filings of a city whose pledge must still be on file on a day (P75-A1).

    The rule of the day on which it was filed counts. A filing that has ended is among them: its pledge stays.
    """

    def kept(filing: Filing) -> bool:
        until = filings.rules(city, filing.made_on).pledge_kept_until(filing)
        return until is not None and filing.made_on <= day <= until

    return tuple(each for each in _of_city(filings, city) if kept(each))


def untold(filings: Filings, city: str) -> tuple[Filing, ...]:
    """Return a city's filings whose last version others have not all accepted (JS-3.3a)."""
    told = (each for each in _of_city(filings, city) if words.platform_of(filings.registry, each.target) != city)
    return tuple(each for each in told if filings.book.upload(each.sn).state != ACCEPTED or _behind(filings, each))


def days_since_update(filing: Filing, day: dt.date) -> int:
    """Return the days since a filing was last touched or checked (JS-3.4e)."""
    touched = words.updated_at(filing).date()
    return (day - max(touched, filing.checked_on or touched)).days


def stale(filings: Filings, city: str, day: dt.date) -> tuple[Filing, ...]:
    """Return the filings in force whose last update is older than the pack allows, none where it says nothing."""
    most = filings.rules(city, day).stale_days
    if most is None:
        return ()
    return tuple(each for each in _of_city(filings, city) if each.in_force(day) and days_since_update(each, day) > most)


def _behind(filings: Filings, filing: Filing) -> bool:
    return filings.book.upload(filing.sn).accepted < filing.version


def _of_city(filings: Filings, city: str) -> Iterator[Filing]:
    return (each for each in filings.book.current() if _city(filings, each) == city)


def _of_area(filings: Filings, area: str) -> Iterator[Filing]:
    return (each for each in filings.book.current() if each.insured_area == area)


def _city(filings: Filings, filing: Filing) -> str:
    return filings.registry.city_of(filing.insured_area) or filing.insured_area
