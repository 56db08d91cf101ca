"""What a hospital's desk asks about outpatient visits, and a pharmacy's about purchases."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from simulator.core.benefit.bill import ClassTotals
from simulator.core.network import forms
from simulator.core.network.forms import NO_DISEASE, Disease, Lines, Ward
from simulator.core.platform.message import Block, Message
from simulator.core.values.people import Person
from simulator.core.values.stamps import written


class OutpatientRequests(ABC):
    """The requests of a desk about care other than stays."""

    _serial: int

    # -- outpatient visits --------------------------------------------------------------------------------------

    def register(self, now: dt.datetime, person: Person, began: dt.datetime, ward: Ward) -> Message:
        """2201: registration of an outpatient visit."""
        data = forms.payer(person) | {
            "begntime": written(began),
            "ipt_otp_no": f"MZ{self._serial + 1:08d}",
            "atddr_no": ward.doctor_code,
            "dr_name": ward.doctor_name,
            "dept_code": ward.dept_code,
            "dept_name": ward.dept_name,
            "caty": ward.dept_code,
        }
        return self._request(now, "2201", person.insured_area, {"data": data})

    def unregister(self, now: dt.datetime, person: Person, mdtrt_id: str, registration: Message) -> Message:
        """2202: cancel a registration; it bears the hospital's own number of the visit."""
        number = registration.block("data")["ipt_otp_no"]
        data = forms.about(mdtrt_id, person, ipt_otp_no=number)
        return self._request(now, "2202", person.insured_area, {"data": data})

    def describe(
        self,
        now: dt.datetime,
        person: Person,
        mdtrt_id: str,
        ward: Ward,
        *,
        med_type: str,
        disease: Disease = NO_DISEASE,
        extension: str = "",
    ) -> Message:
        """2203: what an outpatient visit is about; without a listed disease it is the diagnosis that stands there."""
        info = forms.about(mdtrt_id, person) | {
            "med_type": med_type,
            "begntime": written(now),
            "dise_codg": disease.code or ward.diagnosis_code,
            "dise_name": disease.name or ward.diagnosis_name,
            **forms.extended(extension),
        }
        diagnosis = forms.outpatient_diagnosis(ward, now)
        return self._request(now, "2203", person.insured_area, {"mdtrtinfo": info, "diseinfo": [diagnosis]})

    def upload_batch(
        self,
        now: dt.datetime,
        person: Person,
        mdtrt_id: str,
        lines: Lines,
        ward: Ward,
        *,
        batch: str,
        disease: Disease = NO_DISEASE,
    ) -> Message:
        """2204: up to 100 fee lines of one charge batch, each with the time it arose."""
        common = forms.about(mdtrt_id, person, dise_codg=disease.code) | {"chrg_bchno": batch}
        common |= {"rx_circ_flag": "0", "hosp_appr_flag": "0"} | forms.ordered_by(ward)
        rows = [forms.fee(line, arose) | common for line, arose in lines]
        return self._request(now, "2204", person.insured_area, {"feedetail": rows})

    def cancel_batch(self, now: dt.datetime, person: Person, mdtrt_id: str, batch: str) -> Message:
        """2205: cancel the fee lines of a charge batch, ``0000`` for all that are not settled."""
        data = forms.about(mdtrt_id, person, chrg_bchno=batch)
        return self._request(now, "2205", person.insured_area, {"data": data})

    def settle_batch(
        self,
        now: dt.datetime,
        infno: str,
        person: Person,
        mdtrt_id: str,
        totals: ClassTotals,
        *,
        batch: str,
        med_type: str,
        use_account: bool,
    ) -> Message:
        """2206 (pre-settle) or 2207 (settle) a charge batch, by the class totals that 2204 was answered with."""
        data = forms.proof(person) | {
            "med_type": med_type,
            "medfee_sumamt": totals.bill,
            "psn_setlway": "01",
            "mdtrt_id": mdtrt_id,
            "chrg_bchno": batch,
            "acct_used_flag": "1" if use_account else "0",
            "insutype": person.insutype,
        }
        if infno == "2207":
            data |= forms.class_totals(totals)
        return self._request(now, infno, person.insured_area, {"data": data})

    # -- purchases ----------------------------------------------------------------------------------------------

    def purchase(
        self,
        now: dt.datetime,
        infno: str,
        person: Person,
        lines: Lines,
        *,
        med_type: str,
        use_account: bool,
        disease: Disease = NO_DISEASE,
    ) -> Message:
        """2101 (pre-settle) or 2102 (settle) a purchase at a pharmacy with its lines."""
        info = forms.payer(person) | {
            "begntime": written(now),
            "medfee_sumamt": sum(line.amount for line, _ in lines),
            "acct_used_flag": "1" if use_account else "0",
            "med_type": med_type,
        }
        if disease.code:
            info |= {"dise_codg": disease.code, "dise_name": disease.name}
        rows = [forms.fee(line, arose) | {"rx_circ_flag": "0"} for line, arose in lines]
        return self._request(now, infno, person.insured_area, {"druginfo": info, "drugdetail": rows})

    @abstractmethod
    def _request(
        self, now: dt.datetime, infno: str, insured_area: str, blocks: Mapping[str, Block | Sequence[Block]]
    ) -> Message:
        """Number and word a request."""
