"""How people were served in a run, for the summary: filings, enquiries, doubts, staff, the elderly, aid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from simulator.study.frames import Frames
from simulator.world.travellers import ELDERLY_AGE

_DIGITS = 4
_AID = ("medfee_sumamt", "fund_pay_sumamt", "maf_pay", "psn_cash_pay")


def service(frames: Frames) -> Mapping[str, Any]:
    """Return the figures of the service; minutes and trips are means with one decimal, shares have four."""
    return {
        "filings": _filings(frames),
        "enquiries": _enquiries(frames),
        "tickets": _tickets(frames),
        "staff": _staff(frames),
        "library": _library(frames),
        "travellers": _travellers(frames),
        "elderly": _elderly(frames),
        "aid": _aid(frames),
    }


def _filings(frames: Frames) -> Mapping[str, Any]:
    table = frames.scan("filings").collect()
    made = table.filter(pl.col("filing") != "")
    return {
        "asked": table.height,
        "made": made.height,
        "in_time": int(made["in_time"].sum()),
        "refused": table.filter(pl.col("refusal") != "").height,
        "waiting_minutes": _mean(made, "waited"),
        "trips": _mean(made, "trips"),
        "document_requests": int(table["document_requests"].sum()),
        "errors": int(table["error"].sum()),
        "by_channel": [
            {
                "channel": str(key[0]),
                "filings": rows.height,
                "minutes": _mean(rows, "minutes"),
                "waiting_minutes": _mean(rows, "waited"),
                "trips": _mean(rows, "trips"),
                "effect_minutes": _mean(rows, "effect_minutes"),
            }
            for key, rows in made.sort("channel").group_by("channel", maintain_order=True)
        ],
    }


def _enquiries(frames: Frames) -> Mapping[str, Any]:
    table = frames.scan("enquiries").collect()
    answered = table.filter(pl.col("answered").is_not_null())
    hours = answered.select(hours=(pl.col("answered") - pl.col("asked")).dt.total_minutes() / 60)
    return {
        "asked": table.height,
        "answered": answered.height,
        "hours": _mean(hours, "hours"),
        "waiting_minutes": _mean(answered, "waited"),
        "passed_on": int(table["passed_on"].sum()),
    }


def _tickets(frames: Frames) -> Mapping[str, Any]:
    table = frames.scan("tickets").collect()
    outcomes = table.filter(pl.col("outcome") != "").group_by("outcome").agg(tickets=pl.len()).sort("outcome")
    return {
        "opened": table.height,
        "closed": table["closed"].count(),
        "late": table.filter(pl.col("answered") > pl.col("due")).height,
        "corrected": int(table["corrected"].sum()),
        "outcomes": outcomes.to_dicts(),
    }


def _staff(frames: Frames) -> Sequence[Mapping[str, Any]]:
    """Return by city how busy its staff was and how many of its insured know of filing at the end, both shares."""
    return [
        {
            "city": row["city"],
            "load": _share(row["busy_minutes"], row["open_minutes"]),
            "awareness": round(row["awareness"], _DIGITS),
        }
        for row in frames.scan("staff").collect().to_dicts()
    ]


def _library(frames: Frames) -> Mapping[str, Any]:
    """Return the records at the last measure, how many were stale, and the largest share stale at any."""
    table = frames.scan("library").collect()
    days = table.group_by("day").agg(pl.col("records", "stale").sum()).sort("day").to_dicts()
    last = days[-1] if days else {"records": 0, "stale": 0}
    shares = [_share(each["stale"], each["records"]) or 0.0 for each in days]
    return {"records": last["records"], "stale": last["stale"], "most_stale": max(shares, default=0.0)}


def _travellers(frames: Frames) -> Sequence[Mapping[str, Any]]:
    """Return by kind how many stays inside the province ended, and the share settled directly."""
    known = frames.stays.filter(pl.col("kind") != "")
    counted = known.group_by("kind").agg(stays=pl.len(), direct=pl.col("direct").sum())
    return [
        {"kind": row["kind"], "stays": row["stays"], "rate": _share(row["direct"], row["stays"])}
        for row in counted.sort("kind").to_dicts()
    ]


def _elderly(frames: Frames) -> Mapping[str, Any]:
    """Return the direct settlements across provinces, and how many were of people of 60 and over (JS-1.1)."""
    direct = frames.cross_province.filter(pl.col("direct"))
    old = direct.filter(pl.col("age") >= ELDERLY_AGE).height
    return {"cross_province": direct.height, "elderly": old, "share": _share(old, direct.height)}


def _aid(frames: Frames) -> Mapping[str, Any]:
    """Return who is on the lists of aid and flagged, and what was settled for those flagged, in fen (JL-3.2c)."""
    listed = frames.scan("aid_recipients").collect()
    flagged = listed.filter(pl.col("flagged_on").is_not_null())
    settled = frames.scan("settlements").filter(pl.col("psn_no").is_in(flagged["psn_no"].implode())).collect()
    refunds = int(settled["refund"].sum())
    return {
        "listed": listed.height,
        "flagged": flagged.height,
        "settlements": settled.height - 2 * refunds,
        **{name: int(settled[name].sum()) for name in _AID},
    }


def _mean(table: pl.DataFrame, column: str) -> float | None:
    mean = table[column].mean()
    return None if mean is None else round(float(mean), 1)  # type: ignore[arg-type]  # the mean of numbers is one


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, _DIGITS) if whole else None
