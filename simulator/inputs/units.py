"""Every parameter the project reads from a policy pack, with its unit.

A new parameter is added here first, so that a misspelt one, or one in the wrong unit, is refused. One table for each
part of the core that reads them; ``OPTIONAL`` are those a pack may leave out.
"""

from __future__ import annotations

from collections.abc import Mapping

_LEVELS = ("tertiary", "secondary", "primary")
_SCHEMES = ("employee", "resident")

_SCHEME = {
    **{f"deductible.{level}": "yuan" for level in _LEVELS},
    **{f"tiers.{level}": "tiers" for level in _LEVELS},
    "repeat_factors": "ratios",
    "cap": "yuan",
    "account_use": "flag",
}
_SCHEME_OPTIONAL = {
    "referral_cut": "ratio",
    "retired_bonus": "ratio",
    "critical_illness.tiers": "tiers",
    "critical_illness.counts_first_pay": "flag",
}

PROCESS = {
    **{f"process.wait_seconds.{tier}": "count" for tier in ("hospital", "city", "province")},
    "process.discharge_first": "flag",
    "process.filing_types": "text",
    "process.unfiled": "text",
}
PROCESS_OPTIONAL: Mapping[str, str] = {
    **{f"process.wait_seconds.{tier}": "count" for tier in ("ministry", "province_inward")},
}

FILING: Mapping[str, str] = {}
FILING_OPTIONAL: Mapping[str, str] = {}

CATALOGUE: Mapping[str, str] = {}
CATALOGUE_OPTIONAL: Mapping[str, str] = {}

RECONCILIATION: Mapping[str, str] = {}
RECONCILIATION_OPTIONAL: Mapping[str, str] = {}

CLEARING: Mapping[str, str] = {}
CLEARING_OPTIONAL: Mapping[str, str] = {}

CLAIMS: Mapping[str, str] = {}
CLAIMS_OPTIONAL: Mapping[str, str] = {}

AUDIT: Mapping[str, str] = {}
AUDIT_OPTIONAL: Mapping[str, str] = {}


def _each_scheme(table: Mapping[str, str]) -> dict[str, str]:
    return {f"benefit.{scheme}.{name}": unit for scheme in _SCHEMES for name, unit in table.items()}


_NEEDED = (_each_scheme(_SCHEME), PROCESS, FILING, CATALOGUE, RECONCILIATION, CLEARING, CLAIMS, AUDIT)
_MAY = (
    _each_scheme(_SCHEME_OPTIONAL),
    PROCESS_OPTIONAL,
    FILING_OPTIONAL,
    CATALOGUE_OPTIONAL,
    RECONCILIATION_OPTIONAL,
    CLEARING_OPTIONAL,
    CLAIMS_OPTIONAL,
    AUDIT_OPTIONAL,
)

OPTIONAL = frozenset(name for table in _MAY for name in table)
UNITS: Mapping[str, str] = {name: unit for table in (*_NEEDED, *_MAY) for name, unit in table.items()}
