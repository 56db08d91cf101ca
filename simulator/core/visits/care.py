"""Kinds of care: the one place that reads the kind of care off ``med_type`` (医疗类别)."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.core.benefit.rules import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY

ORDINARY_STAY = "21"  # 普通住院

_CODES: Mapping[str, tuple[str, ...]] = {
    INPATIENT: ("21", "2101", "2102", "2105", "2106", "2107", "2109", "21303", "22", "23", "24", "28", "52", "71"),
    OUTPATIENT: ("11", "1103", "12", "13", "1301", "19", "51", "53", "9901", "990101", "990103", "9903"),
    CHRONIC: ("14",),
    PHARMACY: ("18", "41", "9904"),
}
CARE_OF: Mapping[str, str] = {code: care for care, codes in _CODES.items() for code in codes}
"""The kind of care by ``med_type``; a code that is not here has none."""

CLEARING_TYPE: Mapping[str, str] = {INPATIENT: "21", OUTPATIENT: "11", CHRONIC: "14", PHARMACY: "41"}
"""``clr_type`` by kind of care."""

KIND_OF_CARE: Mapping[str, str] = {
    INPATIENT: INPATIENT,
    OUTPATIENT: OUTPATIENT,
    CHRONIC: OUTPATIENT,
    PHARMACY: PHARMACY,
}
"""The kind of visit, and so the life cycle, of a kind of care."""

TRAUMA = frozenset({"22", "9903"})  # 外伤住院, 意外伤害门诊
NCMS = "380"  # 新农合, insutype
