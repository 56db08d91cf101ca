"""The checks of all rows: importing a module enters its checks."""

from __future__ import annotations

from simulator.study import checks_money, checks_service
from simulator.study.checks import CHECKS

MODULES = (checks_money, checks_service)

__all__ = ["CHECKS", "MODULES"]
