"""Every parameter the project reads from a policy pack, with its unit.

A new parameter is added here first, so that a misspelt one, or one in the wrong unit, is refused. One table for each
part of the core that reads them; ``OPTIONAL`` are those a pack may leave out.
"""

from __future__ import annotations

from collections.abc import Mapping

_LEVELS = ("tertiary", "secondary", "primary")
_SCHEMES = ("employee", "resident")
_OTHER_CARE = ("outpatient", "chronic", "pharmacy")
_DISEASES = ("m00500", "m01600", "m03900", "m07800", "m08300")  # cancer, diabetes, hypertension, dialysis, transplant

_SCHEME = {
    **{f"deductible.{level}": "yuan" for level in _LEVELS},
    **{f"tiers.{level}": "tiers" for level in _LEVELS},
    "cap": "yuan",
    "account_use": "flag",
}
_CARE_OPTIONAL = {  # of every kind of care: inpatient care at the top of a scheme, the others in a table of their own
    "retired_bonus": "ratio",
    "civil_servant": "ratio",
    "enterprise": "ratio",
    "medical_aid.ratio": "ratio",
}
_SCHEME_OPTIONAL = {
    **_CARE_OPTIONAL,
    **{f"{care}.{name}": unit for care in _OTHER_CARE for name, unit in _CARE_OPTIONAL.items()},
    **{f"{care}.critical_illness": "flag" for care in _OTHER_CARE},
    **{f"retired_bonus.{level}": "ratio" for level in _LEVELS},
    **{f"outpatient.tiers.{level}": "tiers" for level in _LEVELS},
    **{f"chronic.cap.{disease}": "yuan" for disease in _DISEASES},
    **dict.fromkeys(("referral_cut", "other_temporary_cut", "unfiled_cut"), "ratio"),
    "repeat_factors": "ratios",
    "repeat_step": "yuan",
    "repeat_floor": "yuan",
    "large_amount.ratio": "ratio",
    "large_amount.cap": "yuan",
    "critical_illness.tiers": "tiers",
    "critical_illness.poor_tiers": "tiers",
    "critical_illness.counts_first_pay": "flag",
    "medical_aid.cap": "yuan",
    "over_limit_by_hospital": "ratio",
    "account_family": "flag",
    "outpatient.deductible": "yuan",
    "outpatient.cap": "yuan",
    "chronic.tiers": "tiers",
    "pharmacy.tiers": "tiers",
}

PROCESS = {
    **{f"process.wait_seconds.{tier}": "count" for tier in ("hospital", "city", "province")},
    "process.discharge_first": "flag",
}
PROCESS_OPTIONAL: Mapping[str, str] = {
    **{f"process.wait_seconds.{tier}": "count" for tier in ("ministry", "province_inward")},
    **dict.fromkeys(("process.open_care", "process.open_care_cross_province"), "text"),
    **dict.fromkeys(("process.part_settlement", "process.cross_year_split"), "flag"),
    "process.trauma_flags": "flag",
}

FILING: Mapping[str, str] = {
    **dict.fromkeys(("filing.types", "filing.targets", "filing.care", "filing.unfiled"), "text"),
    **dict.fromkeys(("filing.late", "filing.emergency", "filing.review_first"), "flag"),
    "filing.validity.months": "count",
    "filing.validity.bound": "text",
    "filing.validity.open_end": "flag",
    "filing.channels.offered": "text",
    "filing.channels.hospital_end": "flag",
    "filing.channels.at_once": "flag",
    "filing.channels.effect_workdays": "count",
}
FILING_OPTIONAL: Mapping[str, str] = {
    **{f"filing.validity.{name}": "count" for name in ("lock_months", "pledge_months", "check_months", "stale_days")},
    "filing.validity.proof_for_several": "flag",
    **{f"filing.channels.{name}": "count" for name in ("upload_window", "upload_online", "convenient_least")},
    "filing.channels.zero_trip": "flag",
}

CATALOGUE: Mapping[str, str] = {"catalogue.mapping.required": "flag"}
CATALOGUE_OPTIONAL: Mapping[str, str] = {
    "catalogue.mapping.approval_since": "text",
    "catalogue.mapping.unmapped_allowed": "ratio",
}

RECONCILIATION: Mapping[str, str] = {
    f"reconciliation.{name}": "count" for name in ("month_close_day", "day_due_hours", "report_workdays")
}
RECONCILIATION_OPTIONAL: Mapping[str, str] = {"reconciliation.hospital_first": "flag"}

_CLEARING_DAYS = ("upload_day", "sheet_day", "confirm_day", "notice_day", "seal_day", "province_pay_day")
_CLEARING_WORKDAYS = (
    *("confirm", "notice_to_hand", "sheet_to_hand", "seal_to_hand", "transfer", "city_transfer", "pay", "voucher"),
)
_PREPAID_WORKDAYS = {
    "in_province": ("pay_workdays",),
    "cross_province": (
        *("months", "hand_workdays", "seal_to_hand_workdays", "transfer_workdays", "voucher_workdays"),
        *("province_pay_day", "province_pay_month"),
    ),
    "call": ("hand_workdays", "transfer_workdays"),
}
CLEARING: Mapping[str, str] = {"clearing.rules.seals": "text"}
CLEARING_OPTIONAL: Mapping[str, str] = {
    **{
        f"clearing.{kind}.{name}": "count"
        for kind in ("in_province", "cross_province")
        for name in (*_CLEARING_DAYS, *(f"{step}_workdays" for step in _CLEARING_WORKDAYS))
    },
    **{f"clearing.prepaid.{kind}.{name}": "count" for kind, names in _PREPAID_WORKDAYS.items() for name in names},
    "clearing.prepaid.in_province.share": "ratio",
    **{f"clearing.prepaid.in_province.{line}_line": "ratio" for line in ("red", "yellow")},
    **{f"clearing.prepaid.cross_province.{line}_line": "ratio" for line in ("red", "yellow")},
    "clearing.prepaid.rounding": "text",
    "clearing.rules.shift_to_workday": "flag",
    "clearing.rules.max_delay_months": "count",
    "clearing.rules.year_close_month": "count",
    "clearing.rules.reconciled_first": "flag",
}

CLAIMS: Mapping[str, str] = {
    "claims.papers.reasons": "text",
    "claims.papers.inpatient": "text",
    "claims.papers.outpatient": "text",
    "claims.service.normal_workdays": "count",
}
CLAIMS_OPTIONAL: Mapping[str, str] = {
    "claims.papers.emergency": "text",
    "claims.service.small_below": "yuan",
    "claims.service.small_workdays": "count",
    "claims.service.special_workdays": "count",
}

DISPUTES: Mapping[str, str] = {
    **{f"disputes.answer_workdays.{kind}": "count" for kind in ("filing", "system", "other")},
    "disputes.silence_workdays": "count",
}
DISPUTES_OPTIONAL: Mapping[str, str] = {
    "disputes.bill_check.at_least": "yuan",
    "disputes.bill_check.answer_day": "count",
    "disputes.bill_check.confirm_workdays": "count",
}

AUDIT: Mapping[str, str] = {}
AUDIT_OPTIONAL = {  # a claim rule whose figure a pack does not give is not applied
    **{f"audit.rules.prescription_days.{care}": "count" for care in ("ordinary", "chronic", "discharge")},
    **dict.fromkeys((f"audit.rules.{name}_days" for name in ("readmission", "repeat_test", "hanging_bed")), "count"),
    **dict.fromkeys((f"audit.rules.many_stays.{name}" for name in ("days", "count")), "count"),
    "audit.rules.same_time_minutes": "count",
    "audit.rules.stay_day_slack": "count",
    "audit.rules.admission_tests": "count",
    "audit.rules.outlier_percent": "count",
    "audit.rules.part_settlements": "count",
    "audit.rules.deductible_margin": "ratio",
    "audit.times.answer": "count",
    "audit.times.suspicion": "count",
}


def _each_scheme(table: Mapping[str, str]) -> dict[str, str]:
    return {f"benefit.{scheme}.{name}": unit for scheme in _SCHEMES for name, unit in table.items()}


_NEEDED = (_each_scheme(_SCHEME), PROCESS, FILING, CATALOGUE, RECONCILIATION, CLEARING, CLAIMS, DISPUTES, AUDIT)
_MAY = (
    _each_scheme(_SCHEME_OPTIONAL),
    PROCESS_OPTIONAL,
    FILING_OPTIONAL,
    CATALOGUE_OPTIONAL,
    RECONCILIATION_OPTIONAL,
    CLEARING_OPTIONAL,
    CLAIMS_OPTIONAL,
    DISPUTES_OPTIONAL,
    AUDIT_OPTIONAL,
)

LIMITS: Mapping[str, tuple[str, str]] = {
    f"benefit.{scheme}.{cut}": ("P75-18", limit)
    for scheme in _SCHEMES
    for cut, limit in (
        ("referral_cut", "referral_ratio_cut"),
        ("other_temporary_cut", "unfiled_ratio_cut"),
        ("unfiled_cut", "unfiled_ratio_cut"),
    )
}
"""Ratios that a requirement row bounds from above, by row and limit: binding in a pack of that row's document."""

OPTIONAL = frozenset(name for table in _MAY for name in table)
UNITS: Mapping[str, str] = {name: unit for table in (*_NEEDED, *_MAY) for name, unit in table.items()}
