"""What a platform asks of its host: a few frozen values.

The host performs them: SimPy turns ``WakeAt`` into a timeout, a server into a timer, an oracle into nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from simulator.core.platform.books import Posting
from simulator.core.platform.message import Key, Message


class Send(NamedTuple):
    """Forward a message to another platform, named by its code."""

    to: str
    message: Message


class Reply(NamedTuple):
    """Answer whoever asked with this ``msgid``; the host knows who is waiting."""

    message: Message


class WakeAt(NamedTuple):
    """Call ``wake(now, about)`` at ``when``; harmless when what it is about has been settled by then."""

    when: dt.datetime
    about: Key


class Post(NamedTuple):
    """Write a balanced posting to the ledger."""

    posting: Posting


class Record(NamedTuple):
    """Keep a decided fact; folding the recorded facts again gives back the platform's state without deciding again."""

    fact: Any


Effect = Send | Reply | WakeAt | Post | Record
