"""How filings are worded: the blocks of F101 to F104, and of 5304; and what is read out of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.filing.facts import FilingEnded, Found
from simulator.core.filing.filing import Filing, Referral
from simulator.core.filing.types import (
    CHANNEL_CODES,
    CHANNEL_OF_CODE,
    REASON_CODES,
    REASON_OF_CODE,
    REASON_OF_LEAVING,
    TYPE_CODES,
    TYPE_OF_CODE,
)
from simulator.core.platform.message import Block, Message
from simulator.core.values.areas import Registry
from simulator.core.values.people import Person
from simulator.core.values.stamps import written

IDENTITY_CARD = "01"  # psn_cert_type
IN_PROVINCE, CROSS_PROVINCE = "1", "2"  # out_onln_way
WITHIN_CITY, TO_OTHER_CITY, TO_OTHER_PROVINCE = "1", "2", "3"  # refl_type


def place_of(registry: Registry, target: str) -> str:
    """Return the area a target lies in: itself, or that of the hospital it names."""
    known = registry.institutions.get(target)
    return target if known is None else known.area


def platform_of(registry: Registry, target: str) -> str:
    """Return whom a filing to a target is told: the city it lies in, or the province it names."""
    place = place_of(registry, target)
    return registry.city_of(place) or place


def province_of(registry: Registry, target: str) -> str:
    """Return the province a target lies in or names; empty for the only one there is."""
    return target if target in registry.provinces.values() else registry.province_of(place_of(registry, target))


def way(registry: Registry, filing: Filing) -> str:
    """Return the network used (``out_onln_way``): in-province or cross-province."""
    same = province_of(registry, filing.target) == registry.province_of(filing.insured_area)
    return IN_PROVINCE if same else CROSS_PROVINCE


def referral_type(registry: Registry, insured_area: str, target: str) -> str:
    """Return ``refl_type`` of a referral to a target: within the city, to another one, to another province."""
    if platform_of(registry, target) == registry.city_of(insured_area):
        return WITHIN_CITY
    same = province_of(registry, target) == registry.province_of(insured_area)
    return TO_OTHER_CITY if same else TO_OTHER_PROVINCE


# -- F101 to F103 -----------------------------------------------------------------------------------------------------


def _who(person: Person) -> dict[str, Any]:
    return {
        "psn_no": person.psn_no,
        "psn_cert_type": IDENTITY_CARD,
        "certno": person.certno,
        "psn_name": person.name,
        "gend": person.gender,
        "brdy": person.born.isoformat(),
        "insutype": person.insutype,
        "psn_type": person.psn_type,
    }


def _what(registry: Registry, filing: Filing) -> dict[str, Any]:
    return {
        "trt_dcla_detl_sn": filing.sn,
        "insuplc_admdvs": registry.city_of(filing.insured_area) or filing.insured_area,
        "rloc_admdvs": place_of(registry, filing.target),
        "out_fil_type": TYPE_CODES[filing.filing_type],
        "out_onln_way": way(registry, filing),
        "fil_chnl": CHANNEL_CODES[filing.channel],
        "cmit_fil_flag": "1" if filing.commitment else "0",
        "begndate": filing.begin.isoformat(),
        "enddate": _day(filing.end),
    }


def upload(registry: Registry, filing: Filing, person: Person) -> dict[str, Any]:
    """Return ``data`` of F101; a hospital that the filing names stands in the memo, as it names an area only."""
    referral = filing.referral
    return {
        **_who(person),
        **_what(registry, filing),
        "insu_admdvs": filing.insured_area,
        "trafout_fixmedins_code": referral.from_hospital if referral else "",
        "trafout_fixmedins_name": referral.from_name if referral else "",
        "refl_date": _day(referral.day if referral else None),
        "diag_code": referral.diag_code if referral else "",
        "diag_name": referral.diag_name if referral else "",
        "dcla_time": _time(filing.filed_at, filing),
        "opt_time": _time(filing.approved_at, filing),
        "trip_cnt": filing.trips,
        "att_cnt": filing.proofs,
        "memo": filing.target if filing.target in registry.institutions else "",
    }


def change(registry: Registry, filing: Filing, copy: int) -> dict[str, Any]:
    """Return ``data`` of F102: the whole new state, with the version of the copy it changes."""
    return {
        **_what(registry, filing),
        "psn_no": filing.psn_no,
        "ver_no": str(copy),
        "chg_date": filing.first_day.isoformat(),
        "chg_rea": filing.reason,
        "opt_time": _time(filing.approved_at, filing),
    }


def ending(registry: Registry, filing: Filing) -> dict[str, Any]:
    """Return ``data`` of F103, from the last version of a filing that has ended."""
    what = _what(registry, filing)
    return {
        **{field: what[field] for field in ("trt_dcla_detl_sn", "insuplc_admdvs", "rloc_admdvs")},
        "psn_no": filing.psn_no,
        "canc_date": _day(filing.ended),
        "fil_canc_rea": REASON_CODES[filing.reason],
        "lastchk_date": _day(filing.checked_on),
        "opt_time": _time(filing.approved_at, filing),
    }


def reason_of(found: Found) -> str:
    """Return why a filing found invalid is ended."""
    return REASON_OF_LEAVING[found.reason]


def person_in(data: Block) -> Person:
    """Return the person an F101 or a row of F104 tells of; the account is nobody else's business."""
    return Person(
        data["psn_no"],
        data["certno"],
        data["psn_name"],
        data.get("gend") or "",
        dt.date.fromisoformat(data["brdy"]),
        data["insutype"],
        data.get("psn_type") or "",
        data["insu_admdvs"],
    )


def filing_in(data: Block, at: dt.datetime) -> Filing:
    """Return the filing an F101 or a row of F104 tells of, learned at ``at``."""
    return Filing(
        data["psn_no"],
        TYPE_OF_CODE[data["out_fil_type"]],
        data["insu_admdvs"],
        data["rloc_admdvs"],
        dt.date.fromisoformat(data["begndate"]),
        date(data, "enddate"),
        sn=data["trt_dcla_detl_sn"],
        channel=CHANNEL_OF_CODE[data["fil_chnl"]],
        commitment=data["cmit_fil_flag"] == "1",
        proofs=data.get("att_cnt") or 0,
        trips=data.get("trip_cnt") or 0,
        filed_at=_moment(data, "dcla_time"),
        approved_at=_moment(data, "opt_time"),
        version=int(data.get("ver_no") or 1),
        checked_on=date(data, "lastchk_date"),
        updated_at=at,
        referral=_referral_in(data),
    )


def changed_by(known: Filing | None, data: Block, at: dt.datetime) -> Filing:
    """Return the new version an F102 makes of a known filing, or of one that was not known here before."""
    filing_type = TYPE_OF_CODE[data["out_fil_type"]]
    begin = dt.date.fromisoformat(data["begndate"])
    base = known or Filing(data["psn_no"], filing_type, data["insuplc_admdvs"], data["rloc_admdvs"], begin, None)
    return base._replace(
        filing_type=filing_type,
        target=data["rloc_admdvs"],
        begin=begin,
        end=date(data, "enddate"),
        sn=data["trt_dcla_detl_sn"],
        channel=CHANNEL_OF_CODE[data["fil_chnl"]],
        commitment=data["cmit_fil_flag"] == "1",
        approved_at=_moment(data, "opt_time"),
        version=int(data["ver_no"]) + 1,
        since=dt.date.fromisoformat(data["chg_date"]),
        ended=None,
        updated_at=at,
        reason=data["chg_rea"],
    )


def end_in(data: Block, known: Filing, at: dt.datetime) -> FilingEnded:
    """Return the end of a known filing that an F103 tells of."""
    reason = REASON_OF_CODE[data["fil_canc_rea"]]
    day, checked = dt.date.fromisoformat(data["canc_date"]), date(data, "lastchk_date")
    return FilingEnded(known.psn_no, known.sn, known.version + 1, day, reason, at, checked)


def _referral_in(data: Block) -> Referral | None:
    if not data.get("trafout_fixmedins_code"):
        return None
    day = dt.date.fromisoformat(data["refl_date"])
    name, codes = data.get("trafout_fixmedins_name") or "", (data.get("diag_code") or "", data.get("diag_name") or "")
    return Referral(data["trafout_fixmedins_code"], name, day, diag_code=codes[0], diag_name=codes[1])


def referral_in(asked: Message) -> Referral:
    """Return what a 2501 says of a referral besides person, place and validity."""
    data = asked.block("refmedin")
    return Referral(
        asked.party,
        str(asked.head.get("fixmedins_name") or ""),
        dt.date.fromisoformat(data["refl_date"]),
        data["reflin_medins_no"],
        data["reflin_medins_name"],
        data["diag_code"],
        data["diag_name"],
        data["refl_rea"],
        data.get("hosp_agre_refl_flag") != "0",
    )


# -- F104 and 5304 ----------------------------------------------------------------------------------------------------


def copy_row(registry: Registry, filing: Filing, person: Person, seqno: int) -> dict[str, Any]:
    """Return a row of F104: a filing as the platform that is asked has it."""
    return {
        "seqno": seqno,
        **_who(person),
        **_what(registry, filing),
        "insu_admdvs": filing.insured_area,
        "vali_flag": "1" if filing.valid else "0",
        "rchk_flag": "1",
        "out_fil_upld_stas": "1",
        "ver_no": str(filing.version),
        "updt_time": written(updated_at(filing)),
        "lastchk_date": _day(filing.checked_on),
    }


def validity(registry: Registry, filing: Filing) -> tuple[str, ...]:
    """Return what a copy of a filing must agree with: person, type, place, first and last day, and whether it stands.

    A version's number is not among them: each copy counts its own.
    """
    days = filing.begin.isoformat(), _day(filing.end)
    place = place_of(registry, filing.target)
    return filing.psn_no, TYPE_CODES[filing.filing_type], place, *days, "1" if filing.valid else "0"


def validity_in(row: Block) -> tuple[str, ...]:
    """Return the same of a row of F104."""
    days = row["begndate"], row.get("enddate") or ""
    return row["psn_no"], row["out_fil_type"], row["rloc_admdvs"], *days, row["vali_flag"]


def referral_row(registry: Registry, filing: Filing, person: Person) -> dict[str, Any]:
    """Return a row of 5304: a person's referral."""
    referral = filing.referral or Referral("", "", filing.begin)
    place = place_of(registry, filing.target)
    city, _ = registry.cities.get(registry.city_of(place) or "", (place, place))
    who = {field: value for field, value in _who(person).items() if field != "psn_type"}
    return {
        **who,
        "insu_optins": filing.insured_area,
        "diag_code": referral.diag_code,
        "diag_name": referral.diag_name,
        "reflin_medins_no": referral.to_hospital,
        "reflin_medins_name": referral.to_name or city,
        "out_flag": "0" if registry.city_of(place) == registry.city_of(filing.insured_area) else "1",
        "refl_date": referral.day.isoformat(),
        "refl_rea": referral.reason,
        "begndate": filing.begin.isoformat(),
        "enddate": _day(filing.end),
        "hosp_agre_refl_flag": "1" if referral.agreed else "0",
        "opt_time": _time(filing.approved_at, filing),
    }


def updated_at(filing: Filing) -> dt.datetime:
    """Return when a filing was last touched; one told as a fact alone, on its first day."""
    return filing.updated_at or filing.approved_at or dt.datetime.combine(filing.begin, dt.time.min)


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _time(at: dt.datetime | None, filing: Filing) -> str:
    return written(at or updated_at(filing))


def date(data: Block, field: str) -> dt.date | None:
    """Return a day of a block, None where it is empty or not there."""
    return dt.date.fromisoformat(data[field]) if data.get(field) else None


def _moment(data: Block, field: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(data[field]) if data.get(field) else None
