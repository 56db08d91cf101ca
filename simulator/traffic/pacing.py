"""Wakes a loop at a moment, to some tens of microseconds: the loop's own timers know whole milliseconds only.

Linux has a clock that rings through a file (``timerfd``); where there is none the loop's timers do, and the lag that is
recorded tells.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import time
from collections.abc import Callable

now_ns = time.monotonic_ns
"""The clock of a run; all processes of a machine read the same."""

_NANOSECONDS = 10**9
_MONOTONIC, _ABSOLUTE = 1, 1
_NONBLOCKING_CLOSED_ON_EXEC = 0o2004000


class _Setting(ctypes.Structure):
    """``struct itimerspec``: how often (never again: 0), and when first."""

    _fields_ = (("again", ctypes.c_long * 2), ("first", ctypes.c_long * 2))


class Alarm:
    """Calls ``ring`` on the running loop once at the moment it was set to; a moment set before is forgotten."""

    def __init__(self, ring: Callable[[], object]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._setting = _Setting()
        self._place = ctypes.byref(self._setting)
        self._file = -1
        if sys.platform == "linux":
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._file = self._libc.timerfd_create(_MONOTONIC, _NONBLOCKING_CLOSED_ON_EXEC)
        if self._file >= 0:
            self._loop.add_reader(self._file, self._rung)

    def set(self, at_ns: int) -> None:
        """Ring at a moment of ``now_ns``, at once where it is past."""
        if self._file < 0:
            self.unset()
            self._timer = self._loop.call_later(max(at_ns - now_ns(), 0) / _NANOSECONDS, self._ring)
            return
        first = self._setting.first
        first[0], first[1] = divmod(max(at_ns, 1), _NANOSECONDS)
        self._libc.timerfd_settime(self._file, _ABSOLUTE, self._place, None)

    def unset(self) -> None:
        """Do not ring."""
        if self._timer:
            self._timer.cancel()
        if self._file >= 0:
            self._setting.first[0] = self._setting.first[1] = 0
            self._libc.timerfd_settime(self._file, _ABSOLUTE, self._place, None)

    def close(self) -> None:
        """Ring never again."""
        self.unset()
        if self._file >= 0:
            self._loop.remove_reader(self._file)
            os.close(self._file)
            self._file = -1

    def _rung(self) -> None:
        try:
            os.read(self._file, 8)
        except BlockingIOError:  # set anew between the ringing and now
            return
        self._ring()
