"""What an institution asks besides the steps of a visit: statements, files, the catalogue, referrals, queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.core.catalogue.forms import CATALOGUE_FILES
from simulator.core.catalogue.items import DRUGS
from simulator.core.network.forms import Ward
from simulator.core.platform.files import CENTRE
from simulator.core.platform.message import Block, Message
from simulator.core.reconciliation.totals import NOTHING
from simulator.core.values.stamps import written
from simulator.core.visits.care import CLEARING_TYPE

if TYPE_CHECKING:
    from conformance.visit import Visit

Words = Mapping[str, Callable[[], Message]]
"""What words a request, by transaction."""
PAGED = ("1312", "1316", "1317", "1318", "1319")
"""Queries of the catalogue, answered page by page."""
_LONG_AGO, _LONGEST_PAGE = "2000-01-01", 100
_DAY = dt.timedelta(days=1)


def apart(visit: Visit, now: dt.datetime, ward: Ward) -> Words:
    """Return the words for everything that is no step of a visit."""
    return {
        **_statements(visit, now),
        **_split(visit, now),
        **_catalogue(visit, now),
        **_queries(visit, now),
        **_filings(visit, now, ward),
    }


def _ask(
    visit: Visit, now: dt.datetime, infno: str, area: str = "", **blocks: Block | Sequence[Block]
) -> Callable[[], Message]:
    return lambda: visit.desk._request(now, infno, area, blocks)


def _statements(visit: Visit, now: dt.datetime) -> Words:
    desk, wish, today = visit.desk, visit.wish, now.date()
    clr_type = CLEARING_TYPE[wish.care]
    last = today.replace(day=1) - _DAY
    return {
        "9002": _ask(visit, now, "9002", signOut={"sign_no": desk.sign_no, "opter_no": "op01"}),
        "3201": lambda: desk.statement(now, today, wish.person.insutype, wish.care),
        "3202": lambda: desk.statement_rows(now, (today, today), visit.file_no, visit.stated, clr_type),
        "9101": lambda: desk.upload_file(now, visit.file_text),
        "9102": lambda: _fetched(visit, now),
        "3203": lambda: desk.apply_clearing(now, last.replace(day=1), last, clr_type, NOTHING),
        "3204": lambda: desk.withdraw_application(now, "0"),
    }


def _fetched(visit: Visit, now: dt.datetime) -> Message:
    """Return a 9102 of the file that was named last; one of the catalogue is the policy centre's."""
    asked = visit.desk.fetch_file(now, visit.result_no, visit.result_name)
    return asked.with_fields("fsDownloadIn", {"fixmedins_code": CENTRE}) if visit.of_centre else asked


def _split(visit: Visit, now: dt.datetime) -> Words:
    desk, month = visit.desk, f"{now:%Y-%m}"
    row: dict[str, Any] = {"certno": visit.wish.person.certno, "mdtrt_id": visit.mdtrt_id or "0"}
    row |= {"mdtrt_setl_time": written(now), "setl_sn": visit.setl_id or "0"}
    row |= {"medfee_sumamt": 0, "optins_pay_sumamt": 0}
    return {
        "3260": lambda: desk.extract_split(now, month),
        "3261": lambda: desk.confirm_split(now, month, [row]),
        "3262": lambda: desk.roll_back_split(now, month),
    }


def _catalogue(visit: Visit, now: dt.datetime) -> Words:
    code, today = visit.desk.institution.code, now.date().isoformat()
    page: dict[str, Any] = {"updt_time": _LONG_AGO, "page_num": 1, "page_size": _LONGEST_PAGE}
    own = {"fixmedins_hilist_id": "0", "list_type": DRUGS, "med_list_codg": visit.wish.lines[0].item.code}
    days = {"begndate": today, "enddate": today}
    words: dict[str, Callable[[], Message]] = {
        "1901": _ask(visit, now, "1901", data={"type": "insutype", "admdvs": visit.desk.city, "date": today}),
        "3301": _ask(visit, now, "3301", data=({**own, **days, "fixmedins_hilist_name": "自编项目"},)),
        "3302": _ask(visit, now, "3302", data={**own, "fixmedins_code": code}),
    }
    words |= {infno: _ask(visit, now, infno, data={"ver": "0"}) for infno in CATALOGUE_FILES}
    return words | {infno: _ask(visit, now, infno, data=page) for infno in PAGED}


def _queries(visit: Visit, now: dt.datetime) -> Words:
    desk, wish, person = visit.desk, visit.wish, visit.wish.person
    days = (wish.began.date(), now.date())
    return {
        "5303": lambda: desk.in_hospital(now, person.insured_area, days, psn_no=person.psn_no),
        "5201": lambda: desk.visits_between(now, person, days, med_type=visit.med_type),
        "5206": lambda: desk.accumulators(now, person),
    }


def _filings(visit: Visit, now: dt.datetime, ward: Ward) -> Words:
    """What is filed for a person at the hospital's end: a referral to the hospital the case names, and queries."""
    person, today = visit.wish.person, now.date().isoformat()
    to = visit.referred_to or visit.desk.institution
    referral = {
        "psn_no": person.psn_no,
        "insutype": person.insutype,
        "diag_code": ward.diagnosis_code,
        "diag_name": ward.diagnosis_name,
        "reflin_medins_no": to.code,
        "reflin_medins_name": to.zh,
        "mdtrtarea_admdvs": to.area,
        "refl_type": "2",
        "refl_date": today,
        "refl_rea": "本院不具备诊治条件",
        "refl_opnn": "同意转诊",
        "begndate": today,
    }
    since = {"psn_no": person.psn_no, "begntime": f"{today} 00:00:00"}
    withdrawn = {"trt_dcla_detl_sn": visit.filing_no or "0", "psn_no": person.psn_no}
    area = person.insured_area
    return {
        "2501": _ask(visit, now, "2501", area, refmedin=referral),
        "2502": _ask(visit, now, "2502", area, data=withdrawn),
        "5304": _ask(visit, now, "5304", area, data=since),
    }
