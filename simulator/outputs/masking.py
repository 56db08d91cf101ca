"""Masking of personal data for console, logs and pages. Evidence of invented people stays whole in the data files."""

from __future__ import annotations

_STAR = "*"


def mask_name(name: str) -> str:
    """Keep the first character of a name: 张三丰 → 张**."""
    return name[:1] + _STAR * (len(name) - 1)


def mask_number(number: str, *, head: int = 3, tail: int = 2) -> str:
    """Keep the ends of an identity number, a person number, a card or a phone; short ones are masked whole."""
    hidden = len(number) - head - tail
    if hidden < 1:
        return _STAR * len(number)
    return number[:head] + _STAR * hidden + number[-tail:]
