"""How a sandbox is operated: what it may be asked, where it logs, and whether all who call it must sign."""

from __future__ import annotations

from typing import NamedTuple

from simulator.sandbox.limits import Limits
from simulator.sandbox.logs import Log


class Operation(NamedTuple):
    """``unsigned`` lets calls in that bear no signature, as whoever they say they are."""

    limits: Limits = Limits()
    log: Log | None = None
    unsigned: bool = False
