"""The treatment city: the hospital's counterpart."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from simulator.core.network.hospital import Ward
from simulator.core.platform.files import FileKept
from simulator.core.platform.message import Key, request

HOSPITAL, NANJING, PROVINCE = "H32019900001", "320100", "320000"
WARD = Ward("D1", "内科", "DR1", "李医生", "12", "I10.x00", "高血压")


def about(play: Any, infno: str, **data: Any) -> Any:
    """A request of the hospital for its own city."""
    head = play.desk.statement(play.tick(), play.now.date(), "310").head
    return request(infno, Key(HOSPITAL, f"{infno}{play.now}"), head, {"data": data})


# -- institution ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("party", ["H99999999999", "H32039900001"])
def test_a_hospital_of_nowhere_or_of_another_city_is_refused(play: Any, party: str) -> None:
    asked = play.desk.sign_in(play.tick())
    reply = play.ask(asked._replace(key=Key(party, "m")), to=NANJING)
    assert reply.infcode == -111
    assert party in reply.head["err_msg"]


def test_nothing_is_done_before_signing_in(play: Any) -> None:
    play.desk.sign_no = "invented"
    assert play.stay().admit().infcode == -113
    play.desk.sign_no = play.net.desks["H32019900002"].sign_no
    assert play.stay().admit().infcode == -113


def sign_out(play: Any, sign_no: str) -> Any:
    asked = about(play, "9002")
    return play.ask(asked._replace(blocks=MappingProxyType({"signOut": {"sign_no": sign_no, "opter_no": "op01"}})))


def test_a_hospital_signs_out_itself_only(play: Any) -> None:
    other = play.net.desks["H32019900002"]
    assert sign_out(play, other.sign_no).infcode == -113
    assert sign_out(play, "invented").infcode == -113
    assert play.stay("worker", "H32019900002").admit().succeeded
    assert sign_out(play, play.desk.sign_no).succeeded
    assert play.stay().admit().infcode == -113


def test_a_hospital_that_never_opened_admits_no_visitors(play: Any) -> None:
    reply = play.stay("retired", "H32019900004").admit()
    assert reply.infcode == -112
    assert "H32019900004" in reply.head["err_msg"]


def test_a_transaction_it_does_not_know_is_refused(play: Any) -> None:
    assert play.ask(about(play, "9999")).infcode == -104


# -- visit ------------------------------------------------------------------------------------------------------


def test_every_visit_has_its_own_number(play: Any) -> None:
    first, second = play.stay(), play.stay("worker")
    first.admit()
    second.admit()
    assert (first.mdtrt_id, second.mdtrt_id) == ("S3201991610100000001", "S3201991610100000002")


def test_only_the_settlement_in_force_can_be_cancelled(play: Any) -> None:
    stay = play.stay().settled()
    assert stay.about("2305", setl_id="other").infcode == -154


@pytest.mark.parametrize("changes", [{"psn_cash_pay": 1}, {"inscp_scp_amt": 1}, {"fund_pay_sumamt": 0}])
def test_an_answer_that_does_not_add_up_is_not_booked(play: Any, wire: Any, changes: Any) -> None:
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    stay.discharge()
    asked = stay.bill_request()
    wire.send(HOSPITAL, NANJING, asked)
    for _ in range(4):
        wire.deliver(play.tick())
    flight = wire.flying.pop()
    wire.send(PROVINCE, NANJING, flight.message.with_fields("setlinfo", changes))
    wire.deliver_all(play.tick())
    assert wire.answer(asked).infcode == -153
    assert not play.treatment.books.balances()
    assert stay.reverse(asked).succeeded
    assert stay.settle().succeeded


def test_a_bill_that_adds_up_and_is_another_bill_is_not_booked(play: Any, wire: Any) -> None:
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    stay.discharge()
    asked = stay.bill_request()
    wire.send(HOSPITAL, NANJING, asked)
    for _ in range(4):
        wire.deliver(play.tick())
    flight = wire.flying.pop()
    info = flight.message.block("setlinfo")
    more = {field: info[field] + 1 for field in ("medfee_sumamt", "psn_part_amt", "psn_cash_pay", "inscp_scp_amt")}
    wire.send(PROVINCE, NANJING, flight.message.with_fields("setlinfo", more))
    wire.deliver_all(play.tick())
    assert wire.answer(asked).infcode == -153


# -- reconciliation ---------------------------------------------------------------------------------------------


def test_the_statement_of_a_day_is_level_when_the_hospital_booked_what_it_was_told(play: Any) -> None:
    stay = play.stay().settled()
    row = play.treatment.treatment.visits.find(stay.mdtrt_id).settlement
    day = play.now.date()
    assert play.ask(play.desk.statement(play.tick(), day, "310")).block("stmtinfo")["stmt_rslt"] == "1"
    play.desk.settled(day, "310", row.shares, play.now, row.setl_id)
    info = play.ask(play.desk.statement(play.tick(), day, "310")).block("stmtinfo")
    assert (info["stmt_rslt"], info["stmt_rslt_dscr"], info["setl_optins"]) == ("0", "", NANJING)
    assert play.ask(play.desk.statement(play.tick(), day, "390")).block("stmtinfo")["stmt_rslt"] == "0"


def detail(play: Any, file_no: str) -> Any:
    return play.ask(about(play, "3202", file_qury_no=file_no, stmt_begndate="2016-10-10", stmt_enddate="2016-10-10"))


def test_the_detail_of_a_day_is_compared_with_the_file_sent(play: Any) -> None:
    stay = play.stay().settled()
    play.stay("worker", "H32019900002").settled()
    play.treatment.fold(FileKept("F1", ()))
    reply = detail(play, "F1")
    result = play.treatment.files.rows(reply.block("fileinfo")["file_qury_no"])
    assert [(row["psn_no"], row["msgid"]) for row in result] == [("P1", stay.sent["2304"].msgid)]
    assert reply.block("fileinfo")["dld_endtime"].startswith("2016-10-17")


def test_rows_of_other_days_are_left_out(play: Any) -> None:
    play.tick(86_400)
    play.stay().settled()
    play.treatment.fold(FileKept("F1", ()))
    assert play.treatment.files.rows(detail(play, "F1").block("fileinfo")["file_qury_no"]) == ()


def test_a_file_never_sent_is_refused(play: Any) -> None:
    assert detail(play, "F9").infcode == -171


def test_a_reversal_answered_by_another_city_than_the_originals_undoes_nothing(play: Any, wire: Any) -> None:
    stay = play.stay("local")
    admission = stay.desk.admit(play.tick(), stay.person, play.now, WARD)
    reversal = stay.desk.reverse(play.tick(), stay.person, admission).with_head(insuplc_admdvs="320382")
    wire.send(HOSPITAL, NANJING, reversal)
    wire.deliver(play.tick())
    assert play.ask(admission).succeeded  # overtaken: it comes in while the reversal is under way
    wire.deliver_all(play.tick())
    assert wire.answer(reversal).infcode == -133
    assert play.treatment.treatment.visits.admitted_by(admission.key).state == "admitted"


def test_who_is_signed_in_can_be_told(play: Any) -> None:
    signed_in = play.treatment.treatment.signed_in()
    assert play.desk.institution.code in signed_in
    assert "H32039900001" not in signed_in  # of the other city
