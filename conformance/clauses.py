"""What a case verifies: requirement rows, how strictly, and one sentence in Chinese and in English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

_Function = TypeVar("_Function", bound=Callable[..., Any])


def verifies(*rows: str, zh: str, en: str, should: bool = False) -> Callable[[_Function], _Function]:
    """Mark a case with the requirement rows it verifies (``JS-3.1d``); ``should``: a breach is a warning.

    A case without rows judges the national interface itself, which the notices do not spell out.
    """
    return pytest.mark.verifies(*rows, zh=zh, en=en, should=should)


def core(function: _Function) -> _Function:
    """Mark a case that every system must be able to run: it may not be *not applicable*."""
    marked: _Function = pytest.mark.core(function)
    return marked


def alone(function: _Function) -> _Function:
    """Mark a case that has the system under test to itself: it sets the clock, or kills and starts it again."""
    marked: _Function = pytest.mark.alone(function)
    return marked
