"""When to look for what only refers to itself: rarely, and never at all that stays.

A sandbox holds millions of objects for as long as it lives, and a settlement adds hundreds. To look at all of them
takes seconds in which nobody is answered, and finds nothing: what goes in circles goes soon, and is found while young.
"""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE, _NEVER = 20_000, 3, 1_000_000


def begin() -> None:
    """Look at nothing while very much is made that stays."""
    gc.disable()


def stay() -> None:
    """Take all that is there now for what stays, and look at the young from now on."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
    gc.enable()


def begin_anew() -> None:
    """Let go of all that has been left behind."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
