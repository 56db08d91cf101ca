"""What a hospital's desk asks its city about settlements made: files, statements row by row, the monthly split."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.core.platform.message import Block, Message
from simulator.core.values.areas import Institution

_AMOUNTS = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")
_OF_THE_SPLIT = ("certno", "mdtrt_id", "mdtrt_setl_time", "setl_sn", "medfee_sumamt", "optins_pay_sumamt")


class StatementRequests(ABC):
    """The requests of a desk that follow on its settlements."""

    institution: Institution
    city: str

    def upload_file(self, now: dt.datetime, text: str, filename: str = "detail.txt") -> Message:
        """9101: upload a file; the text is what 3202 compares, a record a line."""
        data = {"in": text, "filename": filename, "fixmedins_code": self.institution.code}
        return self._request(now, "9101", "", {"fsUploadIn": data})

    def fetch_file(self, now: dt.datetime, file_no: str, filename: str = "result.txt") -> Message:
        """9102: fetch a file by its number."""
        data = {"file_qury_no": file_no, "filename": filename, "fixmedins_code": self.institution.code}
        return self._request(now, "9102", "", {"fsDownloadIn": data})

    def statement_rows(
        self, now: dt.datetime, days: tuple[dt.date, dt.date], file_no: str, rows: Sequence[Block], clr_type: str = ""
    ) -> Message:
        """3202: have the rows of an uploaded file compared with the city's; cash is what is left of the bill."""
        medfee, fund, account = (sum(row[name] for row in rows) for name in _AMOUNTS)
        data: dict[str, Any] = {
            "setl_optins": self.city,
            "file_qury_no": file_no,
            "stmt_begndate": days[0].isoformat(),
            "stmt_enddate": days[1].isoformat(),
            "medfee_sumamt": medfee,
            "fund_pay_sumamt": fund,
            "cash_payamt": medfee - fund - account,
            "fixmedins_setl_cnt": len(rows),
            "clr_type": clr_type,
        }
        return self._request(now, "3202", "", {"data": data})

    def extract_split(self, now: dt.datetime, month: str, startrow: int = 1) -> Message:
        """3260: fetch the visitors' settlements of a month (``yyyy-MM``), 100 rows from ``startrow`` on."""
        return self._request(now, "3260", "", {"data": {**_month(month), "startrow": startrow}})

    def confirm_split(
        self, now: dt.datetime, month: str, rows: Sequence[Block], *, left_out: Sequence[str] = ()
    ) -> Message:
        """3261: confirm up to 100 rows as 3260 gave them; those whose ``setl_sn`` is ``left_out`` are declined."""
        detail = [
            {**{name: row[name] for name in _OF_THE_SPLIT}, "cnfm_flag": "0" if row["setl_sn"] in left_out else "1"}
            for row in rows
        ]
        return self._request(now, "3261", "", {"data": {**_month(month), "totalrow": len(rows)}, "detail": detail})

    def roll_back_split(self, now: dt.datetime, month: str, otransid: str = "0") -> Message:
        """3262: take back a confirmation, named by ``inf_refmsgid`` of its answer, or with 0 every one of the month."""
        return self._request(now, "3262", "", {"data": {**_month(month), "otransid": otransid}})

    @abstractmethod
    def _request(
        self, now: dt.datetime, infno: str, insured_area: str, blocks: Mapping[str, Block | Sequence[Block]]
    ) -> Message:
        """Make a request of this desk."""


def _month(month: str) -> dict[str, str]:
    return {"trt_year": month[:4], "trt_month": month[5:]}
