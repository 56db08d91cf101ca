"""Times as the messages write them."""

from __future__ import annotations

import datetime as dt


def written(at: dt.datetime) -> str:
    """Return ``yyyy-MM-dd HH:mm:ss``, the interface's form of a date and time."""
    return at.isoformat(" ", "seconds")


def digits(at: dt.datetime) -> str:
    """Return the 17 digits ``yyyyMMddHHmmssSSS`` of ``respond_time``; the first 14 stand in message numbers."""
    text = at.isoformat("T", "milliseconds")
    return text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19] + text[20:]
