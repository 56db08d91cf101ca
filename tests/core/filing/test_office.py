"""What every platform does with filings: it answers uploads and queries, and keeps copies of what passes through."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

import pytest

from simulator.core.filing.actions import CancelFiling, ChangeFiling, File
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.platform.message import Key, Message

D, T = dt.date, dt.datetime
WORKER, RESIDENT = "32039900000001", "32038100000002"
WORK = File(WORKER, "long_term_work", "320100", proofs=1)
NUMBERS = iter(range(1, 1000))


def bureau_message(
    b: Any, infno: str, data: dict[str, Any], *, sender: str = "320300", to: str = "320100", at: str = "320000"
) -> Message:
    """A message from one city's platform to another, as it comes in at a platform; returns the reply."""
    head = {
        "mdtrtarea_admvs": to,
        "insuplc_admdvs": "320300",
        "recer_sys_code": "MBS_LOCAL",
        "infver": "V1.0",
        "opter_type": "2",
        "opter": "op01",
        "opter_name": "经办机构",
        "inf_time": b.play.now.isoformat(" ", "seconds"),
        "fixmedins_name": "经办机构",
        "sender_admdvs": sender,
        "recer_admvs": to,
    }
    msgid = f"C{sender}00000{b.play.tick():%Y%m%d%H%M%S}{next(NUMBERS):04d}"
    blocks = MappingProxyType({"data": MappingProxyType(data)})
    asked = Message(infno, Key(f"C{sender}00000", msgid), MappingProxyType(head), blocks)
    reply: Message = b.play.relay.ask(b.play.now, at, asked)
    return reply


def sent_data(b: Any, infno: str) -> dict[str, Any]:
    """The body of the last message of this number."""
    return dict([m for _, _, m in b.play.relay.hops if m.infno == infno and not m.is_reply][-1].block("data"))


# -- F101 to F103 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"trt_dcla_detl_sn": "BA8"}, 0),
        ({}, -166),
        ({"trt_dcla_detl_sn": "BA8", "insu_admdvs": "320199"}, -101),  # not one of the sender's areas
        ({"trt_dcla_detl_sn": "BA8", "insu_admdvs": "999999"}, -101),
        ({"trt_dcla_detl_sn": "BA8", "rloc_admdvs": "320599"}, -103),
    ],
)
def test_a_city_takes_uploads_for_its_own_places_once(bureau: Any, changes: dict[str, str], code: int) -> None:
    b = bureau()
    b.made(WORK)
    reply = bureau_message(b, "F101", sent_data(b, "F101") | changes)
    assert reply.infcode == code
    known = b.nodes["320100"].filings.book.latest("BA8")
    assert (known is not None) is (code == 0)
    assert (b.nodes["320000"].filings.book.latest("BA8") is not None) is (code == 0)


@pytest.mark.parametrize(
    ("changes", "sender", "code"),
    [
        ({}, "320300", 0),
        ({"ver_no": "2"}, "320300", -168),
        ({"psn_no": RESIDENT}, "320300", -124),
        ({"insuplc_admdvs": "320500"}, "320500", -124),
        ({"trt_dcla_detl_sn": "BA8"}, "320300", 0),  # new here, and for this city
        ({"trt_dcla_detl_sn": "BA8", "rloc_admdvs": "320500"}, "320300", -124),
    ],
)
def test_a_city_takes_changes_of_the_version_it_has_from_whose_filing_it_is(
    bureau: Any, changes: dict[str, str], sender: str, code: int
) -> None:
    b = bureau()
    made = b.made(WORK)
    data = {
        "trt_dcla_detl_sn": made.sn,
        "psn_no": WORKER,
        "ver_no": "1",
        "insuplc_admdvs": "320300",
        "rloc_admdvs": "320124",
        "out_fil_type": "12",
        "out_onln_way": "1",
        "fil_chnl": "1",
        "cmit_fil_flag": "0",
        "begndate": "2023-03-01",
        "enddate": "",
        "chg_date": "2023-04-01",
        "chg_rea": "迁居",
        "opt_time": "2023-03-01 09:00:00",
    } | changes
    reply = bureau_message(b, "F102", data, sender=sender)
    assert reply.infcode == code
    if not code:
        assert reply.block("result") == {
            "trt_dcla_detl_sn": data["trt_dcla_detl_sn"],
            "out_fil_upld_stas": "1",
            "ver_no": "2",
        }
        changed = b.nodes["320100"].filings.book.latest(data["trt_dcla_detl_sn"])
        assert (changed.filing_type, changed.target, changed.since) == ("long_term_residence", "320124", D(2023, 4, 1))


def test_a_filing_that_has_ended_is_neither_changed_nor_ended_again(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    b.made(ChangeFiling(made.sn, "long_term_work", "320124", proofs=1))
    b.act(CancelFiling(made.sn))
    assert bureau_message(b, "F103", sent_data(b, "F103")).infcode == -124
    assert bureau_message(b, "F102", sent_data(b, "F102") | {"ver_no": "3"}).infcode == -124
    assert bureau_message(b, "F103", sent_data(b, "F103") | {"trt_dcla_detl_sn": "BA8"}).infcode == -124


def test_what_a_city_refuses_the_province_keeps_no_copy_of(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    data = sent_data(b, "F101")
    assert bureau_message(b, "F101", data | {"trt_dcla_detl_sn": "BA8", "rloc_admdvs": "320599"}).infcode == -103
    assert [each.sn for each in b.nodes["320000"].filings.book.current()] == [made.sn]


def test_a_province_that_lost_the_beginning_learns_of_the_change_and_not_of_an_end_it_cannot_place(
    bureau: Any,
) -> None:
    b = bureau()
    made = b.made(WORK)
    b.forgets("320000")
    b.made(ChangeFiling(made.sn, "long_term_work", "320124", proofs=1))
    copy = b.nodes["320000"].filings.book.latest(made.sn)
    assert (copy.version, copy.target, copy.insured_area) == (2, "320124", "320300")  # all that F102 tells
    b.forgets("320000")
    b.act(CancelFiling(made.sn))
    assert b.nodes["320000"].filings.book.latest(made.sn) is None
    assert not b.nodes["320100"].filings.book.latest(made.sn).valid


def test_a_number_that_passes_a_second_time_changes_no_copy_on_the_way(bureau: Any) -> None:
    b = bureau()
    made = b.made(WORK)
    before = b.nodes["320000"].filings.book.latest(made.sn)
    b.forgets("320100")
    assert bureau_message(b, "F101", sent_data(b, "F101") | {"out_fil_type": "12"}).succeeded
    assert b.nodes["320000"].filings.book.latest(made.sn) == before


# -- F104 -------------------------------------------------------------------------------------------------------------


def query(b: Any, **changes: Any) -> Message:
    data = {
        "trt_dcla_detl_sn": "",
        "psn_no": "",
        "certno": "",
        "insuplc_admdvs": "320300",
        "rloc_admdvs": "",
        "query_date": "2023-03-02",
        "updt_time": "",
        "page_num": 1,
        "page_size": 100,
    }
    return bureau_message(b, "F104", data | changes, sender="320100", to="320000", at="320000")


@pytest.fixture
def province(bureau: Any) -> Any:
    """A province with copies of three filings of 徐州 and one of 南京."""
    b = bureau()
    b.made(WORK)  # 000001
    b.made(File(RESIDENT, "long_term_residence", "320599", proofs=1))  # 000002
    b.on(D(2023, 3, 2))
    b.made(File(RESIDENT, "other_temporary", "320124", proofs=1))  # 000003
    b.act(File("32019900000003", "long_term_work", "320300"), at="320100")
    return b


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, [1, 2, 3]),
        ({"query_date": "2023-03-01"}, [1, 2]),
        ({"query_date": "2023-09-02"}, [1, 2, 3]),
        ({"query_date": "2023-09-03"}, [1, 2]),
        ({"psn_no": RESIDENT}, [2, 3]),
        ({"certno": "990000196203140019"}, [1]),
        ({"psn_no": RESIDENT, "certno": "990000196203140019"}, []),
        ({"trt_dcla_detl_sn": "BA32030020230301000002"}, [2]),
        ({"rloc_admdvs": "320100"}, [1, 3]),
        ({"rloc_admdvs": "320124"}, [3]),
        ({"rloc_admdvs": "320500"}, [2]),
        ({"updt_time": "2023-03-02 00:00:00"}, [3]),
        ({"insuplc_admdvs": "320500"}, []),
    ],
)
def test_the_province_lists_the_copies_that_are_asked_for(
    province: Any, changes: dict[str, str], found: list[int]
) -> None:
    reply = query(province, **changes)
    assert [int(row["trt_dcla_detl_sn"][-6:]) for row in reply.rows("filinfo")] == found
    assert [row["seqno"] for row in reply.rows("filinfo")] == list(range(1, len(found) + 1))
    pages = 1 if found else 0
    assert reply.block("data") == {"page_num": 1, "pages": pages, "totalrow": len(found), "data_cnt": len(found)}


def test_a_row_says_what_the_province_holds(province: Any) -> None:
    (row,) = query(province, trt_dcla_detl_sn="BA32030020230302000003").rows("filinfo")
    assert {key: row[key] for key in ("out_fil_type", "rloc_admdvs", "begndate", "enddate", "vali_flag", "ver_no")} == {
        "out_fil_type": "29",
        "rloc_admdvs": "320124",
        "begndate": "2023-03-02",
        "enddate": "2023-09-02",
        "vali_flag": "1",
        "ver_no": "1",
    }
    assert (row["psn_name"], row["brdy"], row["insu_admdvs"]) == ("试例乙", "1962-03-14", "320381")


def test_what_was_touched_since_is_listed_ended_or_not(province: Any) -> None:
    province.act(CancelFiling("BA32030020230301000001"))
    rows = query(province, updt_time="2023-03-02 00:00:00").rows("filinfo")
    assert {row["trt_dcla_detl_sn"][-6:]: (row["vali_flag"], row["ver_no"]) for row in rows} == {
        "000001": ("0", "2"),
        "000003": ("1", "1"),
    }


@pytest.mark.parametrize(("page", "rows", "size"), [(1, 2, 2), (2, 1, 2), (3, 0, 2), (1, 3, 0), (0, 3, 500)])
def test_a_list_comes_page_by_page_of_a_hundred_at_most(province: Any, page: int, rows: int, size: int) -> None:
    reply = query(province, page_num=page, page_size=size)
    assert len(reply.rows("filinfo")) == reply.block("data")["totalrow"] == rows
    assert reply.block("data")["data_cnt"] == 3
    assert reply.block("data")["pages"] == (2 if size == 2 else 1)


def test_a_filing_told_without_a_name_is_not_listed(bureau: Any) -> None:
    b = bureau()
    b.nodes["320000"].fold(Filed(Filing(WORKER, "long_term_work", "320399", "320100", D(2023, 3, 1), None)))
    assert query(b).block("data")["data_cnt"] == 0


def test_rules_are_looked_up_once_while_no_figure_changes(bureau: Any) -> None:
    filings = bureau().desk
    known = filings.rules("320300", D(2023, 3, 1))
    assert filings.rules("320300", D(2023, 3, 2)) is known
    assert filings.rules("320100", D(2023, 3, 1)) is not known
