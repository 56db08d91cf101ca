"""What is wrong with a target under load, one fact at a time, in words that both sides can act on."""

from __future__ import annotations

from typing import NamedTuple

SCHEMA, DIFFERS, AMOUNTS, TOTALS, LOST, EXTRA, ALTERED, FORWARDED = (
    "schema",
    "differs",
    "amounts",
    "totals",
    "lost",
    "extra",
    "altered",
    "forwarded",
)
"""A reply against its schema; one that differs from the core's; amounts that do not add up; a day's totals that differ;
a settlement the target does not hold; one it holds and told nobody of; one it holds with other amounts; one that was
told otherwise to the platform above."""


class Finding(NamedTuple):
    """One thing that is wrong: of which transaction and visit (-1: of none), where in the reply, and both sides.

    ``request`` and ``reply`` are the bodies, where they were kept.
    """

    kind: str
    infno: str
    visit: int
    pointer: str
    expected: str
    got: str
    zh: str
    en: str
    request: bytes = b""
    reply: bytes = b""
