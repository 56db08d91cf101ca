"""A hospital's side of the wire: it numbers and words its messages, sums its lines, and keeps its own books.

It starts nothing by itself: a host tells it what happens to a patient. Every request it makes is complete by the
published schemas, so that a chosen visit can be checked as it stands. A pharmacy is a desk too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.core.benefit.rules import INPATIENT
from simulator.core.benefit.shares import Shares
from simulator.core.network import forms
from simulator.core.network.forms import NO_DISEASE, Disease, Lines, Ward
from simulator.core.network.outpatient_requests import OutpatientRequests
from simulator.core.network.statement_requests import StatementRequests
from simulator.core.platform.books import BANK, RECEIVABLE, REVENUE, Books, Leg, Posting, hospital_legs, posting
from simulator.core.platform.message import Block, Key, Message, request
from simulator.core.reconciliation.totals import Tally, Totals
from simulator.core.values.areas import Institution
from simulator.core.values.people import Person
from simulator.core.values.stamps import digits, written
from simulator.core.visits.care import CLEARING_TYPE, ORDINARY_STAY

BATCH = 100  # lines in one 2301 or 2204

__all__ = ["BATCH", "NO_DISEASE", "Desk", "Disease", "Ward"]


class Desk(OutpatientRequests, StatementRequests):
    """The settlement desk of one institution."""

    def __init__(self, institution: Institution, city: str) -> None:
        self.institution = institution
        self.city = city
        self.books = Books()
        self.by_day = Tally()  # day, insutype, clr_type
        self.sign_no = ""
        self.signed_on: dt.date | None = None
        self._serial = 0

    # -- any visit ----------------------------------------------------------------------------------------------

    def sign_in(self, now: dt.datetime) -> Message:
        """9001: sign in for the day."""
        block = {"opter_no": "op01", "mac": "02-00-00-00-00-01", "ip": "127.0.0.1"}
        return self._request(now, "9001", "", {"signIn": block})

    def person_info(self, now: dt.datetime, person: Person) -> Message:
        """1101: who is this person, and how insured."""
        data = forms.proof(person) | {"psn_name": person.name}
        del data["psn_no"]
        return self._request(now, "1101", person.insured_area, {"data": data})

    def eligibility(self, now: dt.datetime, person: Person, began: dt.datetime, med_type: str) -> Message:
        """2001: does the fund pay for care of a kind that begins then."""
        data = {
            "psn_no": person.psn_no,
            "insutype": person.insutype,
            "fixmedins_code": self.institution.code,
            "med_type": med_type,
            "begntime": written(began),
        }
        return self._request(now, "2001", person.insured_area, {"data": data})

    def about_visit(self, now: dt.datetime, infno: str, person: Person, mdtrt_id: str, *, setl_id: str = "") -> Message:
        """2404, 2405 (undo admission or discharge), 2103, 2208, 2305 (cancel a settlement), 5202 to 5204 (query)."""
        data = forms.about(mdtrt_id, person, setl_id=setl_id)
        return self._request(now, infno, person.insured_area, {"data": data})

    def reverse(self, now: dt.datetime, person: Person, original: Message) -> Message:
        """2601: reverse a request whose outcome is unknown."""
        data = {"psn_no": person.psn_no, "omsgid": original.msgid, "oinfno": original.infno}
        return self._request(now, "2601", person.insured_area, {"data": data})

    def refer(self, now: dt.datetime, person: Person, to: Institution, ward: Ward, refl_type: str) -> Message:
        """2501: file a referral of a patient to another institution, wholly at this hospital (JL-3.1b)."""
        block = {
            "psn_no": person.psn_no,
            "insutype": person.insutype,
            "diag_code": ward.diagnosis_code,
            "diag_name": ward.diagnosis_name,
            "reflin_medins_no": to.code,
            "reflin_medins_name": to.zh,
            "mdtrtarea_admdvs": to.area,
            "hosp_agre_refl_flag": "1",
            "refl_type": refl_type,
            "refl_date": now.date().isoformat(),
            "refl_rea": "本院不具备诊治条件",
            "refl_opnn": "同意转诊",
        }
        return self._request(now, "2501", person.insured_area, {"refmedin": block})

    # -- stays --------------------------------------------------------------------------------------------------

    def admit(
        self,
        now: dt.datetime,
        person: Person,
        began: dt.datetime,
        ward: Ward,
        *,
        med_type: str = ORDINARY_STAY,
        extension: str = "",
    ) -> Message:
        """2401: admission; ``began`` is when the stay began, ``extension`` its flags (``exp_content``)."""
        info = {
            "psn_no": person.psn_no,
            "insutype": person.insutype,
            "begntime": written(began),
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": person.certno,
            "cert_type": "01",
            "certno": person.certno,
            "med_type": med_type,
            "ipt_no": f"ZY{self._serial + 1:08d}",
            "atddr_no": ward.doctor_code,
            "chfpdr_name": ward.doctor_name,
            "adm_diag_dscr": ward.diagnosis_name,
            "adm_dept_codg": ward.dept_code,
            "adm_dept_name": ward.dept_name,
            "adm_bed": ward.bed,
            "dscg_maindiag_code": ward.diagnosis_code,
            "dscg_maindiag_name": ward.diagnosis_name,
            **self._areas(person),
            **forms.extended(extension),
        }
        diagnosis = {"psn_no": person.psn_no, **forms.diagnosis(ward, began)}
        return self._request(now, "2401", person.insured_area, {"mdtrtinfo": info, "diseinfo": [diagnosis]})

    def upload(self, now: dt.datetime, person: Person, mdtrt_id: str, lines: Lines, ward: Ward) -> Message:
        """2301: up to 100 fee lines, each with the time it arose."""
        common = forms.about(mdtrt_id, person) | {"med_type": ORDINARY_STAY} | forms.ordered_by(ward)
        rows = [forms.fee(line, arose) | common for line, arose in lines]
        return self._request(now, "2301", person.insured_area, {"feedetail": rows})

    def cancel_lines(self, now: dt.datetime, person: Person, mdtrt_id: str, sns: Sequence[str]) -> Message:
        """2302: cancel fee lines by number, ``0000`` for all."""
        rows = [{"feedetl_sn": sn} | forms.about(mdtrt_id, person) for sn in sns]
        return self._request(now, "2302", person.insured_area, {"data": rows})

    def discharge(self, now: dt.datetime, person: Person, mdtrt_id: str, ended: dt.datetime, ward: Ward) -> Message:
        """2402: discharge; ``ended`` is when the stay ended."""
        info = forms.about(mdtrt_id, person) | {
            "insutype": person.insutype,
            "endtime": written(ended),
            "dscg_dept_codg": ward.dept_code,
            "dscg_dept_name": ward.dept_name,
            "dscg_bed": ward.bed,
            "dscg_way": "1",
        }
        diagnosis = forms.about(mdtrt_id, person) | forms.diagnosis(ward, ended)
        return self._request(now, "2402", person.insured_area, {"dscginfo": info, "diseinfo": [diagnosis]})

    def settle(
        self,
        now: dt.datetime,
        infno: str,
        person: Person,
        mdtrt_id: str,
        bill: int,
        *,
        use_account: bool,
        part: bool = False,
    ) -> Message:
        """2303 (pre-settle) or 2304 (settle) a bill in fen, the sum of the lines; ``part``: of a stay that goes on."""
        data = forms.payer(person) | {
            "medfee_sumamt": bill,
            "psn_setlway": "01",
            "mdtrt_id": mdtrt_id,
            "acct_used_flag": "1" if use_account else "0",
            "mid_setl_flag": "1" if part else "0",
            **self._areas(person),
        }
        return self._request(now, infno, person.insured_area, {"data": data})

    # -- queries and reconciliation -----------------------------------------------------------------------------

    def visits_between(
        self, now: dt.datetime, person: Person, days: tuple[dt.date, dt.date], *, med_type: str, mdtrt_id: str = ""
    ) -> Message:
        """5201: a person's visits of a kind that began from the first to the last day, or one of them."""
        data = {"psn_no": person.psn_no, "med_type": med_type} | forms.span(*days)
        if mdtrt_id:
            data["mdtrt_id"] = mdtrt_id
        return self._request(now, "5201", person.insured_area, {"data": data})

    def accumulators(self, now: dt.datetime, person: Person, month: str = "") -> Message:
        """5206: what a person has used up in the year of a month (six digits; empty: this year)."""
        data = {"psn_no": person.psn_no} | ({"cum_ym": month} if month else {})
        return self._request(now, "5206", person.insured_area, {"data": data})

    def in_hospital(
        self, now: dt.datetime, insured_area: str, days: tuple[dt.date, dt.date], *, psn_no: str = ""
    ) -> Message:
        """5303: who of an area lies here, admitted from the first to the last day."""
        data = forms.span(*days) | ({"psn_no": psn_no} if psn_no else {})
        return self._request(now, "5303", insured_area, {"data": data})

    def statement(self, now: dt.datetime, day: dt.date, insutype: str, care: str = INPATIENT) -> Message:
        """3201: the hospital's total of a day for one insurance type and one kind of care."""
        clr_type = CLEARING_TYPE[care]
        totals = self.by_day.group((day.isoformat(), insutype, clr_type))
        data = {
            "insutype": insutype,
            "clr_type": clr_type,
            "setl_optins": self.city,
            "stmt_begndate": day.isoformat(),
            "stmt_enddate": day.isoformat(),
            "medfee_sumamt": totals.medfee,
            "fund_pay_sumamt": totals.fund,
            "acct_pay": totals.account,
            "fixmedins_setl_cnt": totals.rows,
        }
        return self._request(now, "3201", "", {"data": data})

    # -- the money of a month -----------------------------------------------------------------------------------

    def apply_clearing(self, now: dt.datetime, first: dt.date, last: dt.date, clr_type: str, totals: Totals) -> Message:
        """3203: apply for the money of a month (its first and last day) and clearing type; cash is what is left."""
        data = {
            "clr_type": clr_type,
            "clr_way": "1",
            "setlym": f"{first:%Y%m}",
            "psntime": max(totals.rows, 0),
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

    # -- what it keeps ------------------------------------------------------------------------------------------

    def settled(
        self,
        day: dt.date,
        insutype: str,
        shares: Shares,
        at: dt.datetime,
        ref: str,
        *,
        refund: bool = False,
        care: str = INPATIENT,
    ) -> Posting:
        """Book a settlement row the city answered with; ``refund``: one that cancels, with its negative shares."""
        sign = -1 if refund else 1
        totals = Totals(sign, shares.medfee_sumamt, shares.fund_pay_sumamt, shares.acct_pay)
        self.by_day.add((day.isoformat(), insutype, CLEARING_TYPE[care]), totals)
        return self._book(at, ref, shares.cleared, shares.psn_cash_pay, shares.medfee_sumamt)

    def paid_in_cash(self, at: dt.datetime, ref: str, bill: int) -> Posting:
        """Book a stay that the patient paid in full."""
        return self._book(at, ref, 0, bill, bill)

    def corrected(self, at: dt.datetime, ref: str, amount: int) -> Posting:
        """Book by how much more (negative: less) its city owes for a settlement that was in doubt, in fen."""
        return self._book(at, ref, amount, 0, amount)

    def _book(self, at: dt.datetime, ref: str, cleared: int, cash: int, bill: int) -> Posting:
        code, area = self.institution.code, self.institution.area
        entry = posting(code, at, ref, hospital_legs(self.city, area, cleared, cash, bill))
        self.books.post(entry)
        return entry

    def _areas(self, person: Person) -> dict[str, str]:
        return {"insuplc_admdvs": person.insured_area, "mdtrtarea_admvs": self.institution.area}

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
