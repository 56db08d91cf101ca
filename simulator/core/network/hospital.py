"""A hospital's side of the wire: it numbers and words its messages, sums its lines, and keeps its own books.

It starts nothing by itself: a host tells it what happens to a patient. Every request it makes is complete by the
published schemas, so that a chosen visit can be checked as it stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.benefit.bill import Line
from simulator.core.benefit.shares import Shares
from simulator.core.platform.books import BANK, RECEIVABLE, REVENUE, Books, Leg, Posting, hospital_legs, posting
from simulator.core.platform.message import Block, Key, Message, request
from simulator.core.reconciliation.totals import Tally, Totals
from simulator.core.values.areas import Institution
from simulator.core.values.people import Person
from simulator.core.values.stamps import digits, written

BATCH = 100  # lines in one 2301


class Ward(NamedTuple):
    """Who looks after a stay, and why the patient is there: codes and names as the messages want them."""

    dept_code: str
    dept_name: str
    doctor_code: str
    doctor_name: str
    bed: str
    diagnosis_code: str
    diagnosis_name: str


class Desk:
    """The settlement desk of one institution."""

    def __init__(self, institution: Institution, city: str) -> None:
        self.institution = institution
        self.city = city
        self.books = Books()
        self.by_day = Tally()  # day, insutype
        self.sign_no = ""
        self.signed_on: dt.date | None = None
        self._serial = 0

    # -- requests -----------------------------------------------------------------------------------------------

    def sign_in(self, now: dt.datetime) -> Message:
        """9001: sign in for the day."""
        block = {"opter_no": "op01", "mac": "02-00-00-00-00-01", "ip": "127.0.0.1"}
        return self._request(now, "9001", "", {"signIn": block})

    def person_info(self, now: dt.datetime, person: Person) -> Message:
        """1101: who is this person, and how insured."""
        data = {
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": person.certno,
            "psn_cert_type": "01",
            "certno": person.certno,
            "psn_name": person.name,
        }
        return self._request(now, "1101", person.insured_area, {"data": data})

    def admit(self, now: dt.datetime, person: Person, began: dt.datetime, ward: Ward) -> Message:
        """2401: admission; ``began`` is when the stay began."""
        info = {
            "psn_no": person.psn_no,
            "insutype": person.insutype,
            "begntime": written(began),
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": person.certno,
            "cert_type": "01",
            "certno": person.certno,
            "med_type": "21",
            "ipt_no": f"ZY{self._serial + 1:08d}",
            "atddr_no": ward.doctor_code,
            "chfpdr_name": ward.doctor_name,
            "adm_diag_dscr": ward.diagnosis_name,
            "adm_dept_codg": ward.dept_code,
            "adm_dept_name": ward.dept_name,
            "adm_bed": ward.bed,
            "dscg_maindiag_code": ward.diagnosis_code,
            "dscg_maindiag_name": ward.diagnosis_name,
            "insuplc_admdvs": person.insured_area,
            "mdtrtarea_admvs": self.institution.area,
        }
        diagnosis = {"psn_no": person.psn_no, **_diagnosis(ward, began)}
        return self._request(now, "2401", person.insured_area, {"mdtrtinfo": info, "diseinfo": [diagnosis]})

    def upload(
        self, now: dt.datetime, person: Person, mdtrt_id: str, lines: Sequence[tuple[Line, dt.datetime]], ward: Ward
    ) -> Message:
        """2301: up to 100 fee lines, each with the time it arose."""
        rows = [
            {
                "feedetl_sn": int(line.sn),
                "mdtrt_id": mdtrt_id,
                "psn_no": person.psn_no,
                "med_type": "21",
                "fee_ocur_time": written(arose),
                "med_list_codg": line.item.code,
                "medins_list_codg": line.item.code,
                "det_item_fee_sumamt": line.amount,
                "cnt": line.quantity,
                "pric": line.price,
                "bilg_dept_codg": ward.dept_code,
                "bilg_dept_name": ward.dept_name,
                "bilg_dr_codg": ward.doctor_code,
                "bilg_dr_name": ward.doctor_name,
            }
            for line, arose in lines
        ]
        return self._request(now, "2301", person.insured_area, {"feedetail": rows})

    def cancel_lines(self, now: dt.datetime, person: Person, mdtrt_id: str, sns: Sequence[str]) -> Message:
        """2302: cancel fee lines by number, ``0000`` for all."""
        rows = [{"feedetl_sn": sn, "mdtrt_id": mdtrt_id, "psn_no": person.psn_no} for sn in sns]
        return self._request(now, "2302", person.insured_area, {"data": rows})

    def discharge(self, now: dt.datetime, person: Person, mdtrt_id: str, ended: dt.datetime, ward: Ward) -> Message:
        """2402: discharge; ``ended`` is when the stay ended."""
        info = {
            "mdtrt_id": mdtrt_id,
            "psn_no": person.psn_no,
            "insutype": person.insutype,
            "endtime": written(ended),
            "dscg_dept_codg": ward.dept_code,
            "dscg_dept_name": ward.dept_name,
            "dscg_bed": ward.bed,
            "dscg_way": "1",
        }
        diagnosis = {"mdtrt_id": mdtrt_id, "psn_no": person.psn_no, **_diagnosis(ward, ended)}
        return self._request(now, "2402", person.insured_area, {"dscginfo": info, "diseinfo": [diagnosis]})

    def settle(
        self, now: dt.datetime, infno: str, person: Person, mdtrt_id: str, bill: int, *, use_account: bool
    ) -> Message:
        """2303 (pre-settle) or 2304 (settle) a bill in fen, the sum of the lines."""
        data = {
            "psn_no": person.psn_no,
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": person.certno,
            "psn_cert_type": "01",
            "certno": person.certno,
            "psn_type": person.psn_type,
            "psn_name": person.name,
            "medfee_sumamt": bill,
            "psn_setlway": "01",
            "mdtrt_id": mdtrt_id,
            "insutype": person.insutype,
            "acct_used_flag": "1" if use_account else "0",
            "mid_setl_flag": "0",
            "insuplc_admdvs": person.insured_area,
            "mdtrtarea_admvs": self.institution.area,
        }
        return self._request(now, infno, person.insured_area, {"data": data})

    def about_visit(self, now: dt.datetime, infno: str, person: Person, mdtrt_id: str, *, setl_id: str = "") -> Message:
        """2404, 2405 (undo admission or discharge), 2305 (cancel a settlement) or 5203 (query one)."""
        data = {"mdtrt_id": mdtrt_id, "psn_no": person.psn_no}
        if setl_id:
            data["setl_id"] = setl_id
        return self._request(now, infno, person.insured_area, {"data": data})

    def reverse(self, now: dt.datetime, person: Person, original: Message) -> Message:
        """2601: reverse a request whose outcome is unknown."""
        data = {"psn_no": person.psn_no, "omsgid": original.msgid, "oinfno": original.infno}
        return self._request(now, "2601", person.insured_area, {"data": data})

    def statement(self, now: dt.datetime, day: dt.date, insutype: str) -> Message:
        """3201: the hospital's total of a day for one insurance type."""
        totals = self.by_day.group((day.isoformat(), insutype))
        data = {
            "insutype": insutype,
            "clr_type": "21",
            "setl_optins": self.city,
            "stmt_begndate": day.isoformat(),
            "stmt_enddate": day.isoformat(),
            "medfee_sumamt": totals.medfee,
            "fund_pay_sumamt": totals.fund,
            "acct_pay": totals.account,
            "fixmedins_setl_cnt": totals.rows,
        }
        return self._request(now, "3201", "", {"data": data})

    def upload_file(self, now: dt.datetime, text: str, filename: str = "detail.txt") -> Message:
        """9101: upload a file; the text is what 3202 compares, a record a line."""
        data = {"in": text, "filename": filename, "fixmedins_code": self.institution.code}
        return self._request(now, "9101", "", {"fsUploadIn": data})

    def fetch_file(self, now: dt.datetime, file_no: str, filename: str = "result.txt") -> Message:
        """9102: fetch a file by its number."""
        data = {"file_qury_no": file_no, "filename": filename, "fixmedins_code": self.institution.code}
        return self._request(now, "9102", "", {"fsDownloadIn": data})

    def statement_rows(
        self, now: dt.datetime, first: dt.date, last: dt.date, file_no: str, totals: Totals, *, clr_type: str = ""
    ) -> Message:
        """3202: have the rows of an uploaded file compared; ``totals`` are theirs, cash is what is left of the bill."""
        data = {
            "setl_optins": self.city,
            "file_qury_no": file_no,
            "stmt_begndate": first.isoformat(),
            "stmt_enddate": last.isoformat(),
            "medfee_sumamt": totals.medfee,
            "fund_pay_sumamt": totals.fund,
            "cash_payamt": totals.medfee - totals.cleared,
            "fixmedins_setl_cnt": abs(totals.rows),
            "clr_type": clr_type,
        }
        return self._request(now, "3202", "", {"data": data})

    def extract_split(self, now: dt.datetime, month: str, startrow: int = 1) -> Message:
        """3260: fetch the visitors' settlements of a month (``yyyy-MM``), 100 rows from ``startrow`` on."""
        return self._request(now, "3260", "", {"data": {**_month(month), "startrow": startrow}})

    def confirm_split(self, now: dt.datetime, month: str, rows: Sequence[Block], *, left_out: Sequence[str] = ()) -> Message:
        """3261: confirm up to 100 rows as 3260 gave them; those whose ``setl_sn`` is ``left_out`` are declined."""
        fields = ("certno", "mdtrt_id", "mdtrt_setl_time", "setl_sn", "medfee_sumamt", "optins_pay_sumamt")
        detail = [
            {**{field: row[field] for field in fields}, "cnfm_flag": "0" if row["setl_sn"] in left_out else "1"}
            for row in rows
        ]
        return self._request(now, "3261", "", {"data": {**_month(month), "totalrow": len(rows)}, "detail": detail})

    def roll_back_split(self, now: dt.datetime, month: str, otransid: str = "0") -> Message:
        """3262: take back a confirmation, named by ``inf_refmsgid`` of its answer, or with 0 every one of the month."""
        return self._request(now, "3262", "", {"data": {**_month(month), "otransid": otransid}})

    def apply_clearing(self, now: dt.datetime, first: dt.date, last: dt.date, clr_type: str, totals: Totals) -> Message:
        """3203: apply for the money of a month (its first and last day) and clearing type; cash is what is left."""
        data = {
            "clr_type": clr_type,
            "clr_way": "1",
            "setlym": f"{first:%Y%m}",
            "psntime": totals.rows,
            "medfee_sumamt": totals.medfee,
            "med_sumfee": totals.medfee,
            "fund_appy_sum": totals.fund,
            "cash_payamt": totals.medfee - totals.cleared,
            "acct_pay": totals.account,
            "begndate": first.isoformat(),
            "enddate": last.isoformat(),
        }
        return self._request(now, "3203", "", {"data": data})

    def withdraw_application(self, now: dt.datetime, event: str) -> Message:
        """3204: take an application for a month's money back."""
        return self._request(now, "3204", "", {"data": {"clr_appy_evt_id": event}})

    # -- what it keeps ------------------------------------------------------------------------------------------

    def settled(self, day: dt.date, insutype: str, shares: Shares, at: dt.datetime, ref: str) -> Posting:
        """Book a settlement row the city answered with (negative shares for a cancelled one)."""
        sign = -1 if shares.medfee_sumamt < 0 else 1
        totals = Totals(sign, shares.medfee_sumamt, shares.fund_pay_sumamt, shares.acct_pay)
        self.by_day.add((day.isoformat(), insutype), totals)
        return self._book(at, ref, shares.cleared, shares.psn_cash_pay, shares.medfee_sumamt)

    def paid_in_cash(self, at: dt.datetime, ref: str, bill: int) -> Posting:
        """Book a stay that the patient paid in full."""
        return self._book(at, ref, 0, bill, bill)

    def paid(self, at: dt.datetime, ref: str, amount: int) -> Posting:
        """Book a payment of the city into the bank (JL-4.3b)."""
        return self._moved(at, ref, BANK, amount)

    def deducted(self, at: dt.datetime, ref: str, amount: int) -> Posting:
        """Book an audit's deduction: that much was no revenue (P75-50)."""
        return self._moved(at, ref, REVENUE, amount)

    def _moved(self, at: dt.datetime, ref: str, account: str, amount: int) -> Posting:
        code, area = self.institution.code, self.institution.area
        legs = (Leg(account, area, area, amount), Leg(RECEIVABLE, self.city, area, -amount))
        entry = posting(code, at, ref, legs)
        self.books.post(entry)
        return entry

    def _book(self, at: dt.datetime, ref: str, cleared: int, cash: int, bill: int) -> Posting:
        code, area = self.institution.code, self.institution.area
        entry = posting(code, at, ref, hospital_legs(self.city, area, cleared, cash, bill))
        self.books.post(entry)
        return entry

    def _request(
        self, now: dt.datetime, infno: str, insured_area: str, blocks: Mapping[str, Block | Sequence[Block]]
    ) -> Message:
        self._serial += 1
        head: dict[str, Any] = {
            "mdtrtarea_admvs": self.institution.area,
            "insuplc_admdvs": insured_area,
            "recer_sys_code": "MBS_LOCAL",
            "infver": "V1.0",
            "opter_type": "1",
            "opter": "op01",
            "opter_name": "结算窗口",
            "inf_time": written(now),
            "fixmedins_name": self.institution.zh,
            "sign_no": self.sign_no,
        }
        msgid = f"{self.institution.code}{digits(now)[:14]}{self._serial % 10_000:04d}"
        return request(infno, Key(self.institution.code, msgid), head, blocks)


def _month(month: str) -> dict[str, str]:
    return {"trt_year": month[:4], "trt_month": month[5:]}


def _diagnosis(ward: Ward, at: dt.datetime) -> dict[str, Any]:
    return {
        "diag_type": "1",
        "maindiag_flag": "1",
        "diag_srt_no": 1,
        "diag_code": ward.diagnosis_code,
        "diag_name": ward.diagnosis_name,
        "diag_dept": ward.dept_code,
        "dise_dor_no": ward.doctor_code,
        "dise_dor_name": ward.doctor_name,
        "diag_time": written(at),
    }
