"""The types of filing, its channels and the reasons of its end, with the codes the messages write for them."""

from __future__ import annotations

from collections.abc import Mapping

RETIRED_RESETTLEMENT = "retired_resettlement"  # 异地安置退休
LONG_TERM_RESIDENCE = "long_term_residence"  # 异地长期居住
LONG_TERM_WORK = "long_term_work"  # 常驻异地工作
REFERRAL = "referral"  # 异地转诊
EMERGENCY = "emergency"  # 异地急诊抢救
OTHER_TEMPORARY = "other_temporary"  # 其他临时外出就医
LONG_TERM = frozenset({RETIRED_RESETTLEMENT, LONG_TERM_RESIDENCE, LONG_TERM_WORK})

UNFILED = "unfiled"  # 未备案: settled all the same, with a reduction (P75-18)
NOT_NEEDED = "not_needed"  # 无需备案: a kind of care that the pack lets pass without one

WINDOW, PHONE, WEB, APP = "window", "phone", "web", "app"
HOSPITAL_END = "hospital_end"  # 医院端
CONVENIENT = frozenset({PHONE, WEB, APP})  # 便捷渠道 (JL-3.1d)

ASKED, FOUND_INVALID, MOVED, DIED, MISTAKE = "asked", "found_invalid", "moved", "died", "mistake"
RETURNED = "returned"  # 已返回参保地: a check that learns of it finds the filing invalid

AREA, CITY, PROVINCE, HOSPITAL = "area", "city", "province", "hospital"  # what a filing may name as its target

TYPE_CODES: Mapping[str, str] = {  # out_fil_type
    RETIRED_RESETTLEMENT: "11",
    LONG_TERM_RESIDENCE: "12",
    LONG_TERM_WORK: "13",
    REFERRAL: "21",
    EMERGENCY: "22",
    OTHER_TEMPORARY: "29",
}
CHANNEL_CODES: Mapping[str, str] = {WINDOW: "1", PHONE: "2", WEB: "3", APP: "4", HOSPITAL_END: "5"}  # fil_chnl
REASON_CODES: Mapping[str, str] = {ASKED: "1", FOUND_INVALID: "2", MOVED: "3", DIED: "4", MISTAKE: "5"}  # fil_canc_rea
REASON_OF_LEAVING: Mapping[str, str] = {RETURNED: FOUND_INVALID, MOVED: MOVED, DIED: DIED}

TYPE_OF_CODE = {code: name for name, code in TYPE_CODES.items()}
CHANNEL_OF_CODE = {code: name for name, code in CHANNEL_CODES.items()}
REASON_OF_CODE = {code: name for name, code in REASON_CODES.items()}
