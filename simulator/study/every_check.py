"""The checks of all rows: importing a module enters its checks."""

from __future__ import annotations

from simulator.study import checks_institutions, checks_money, checks_service, checks_uploads
from simulator.study.checks import CHECKS

MODULES = (checks_institutions, checks_money, checks_service, checks_uploads)

__all__ = ["CHECKS", "MODULES"]
