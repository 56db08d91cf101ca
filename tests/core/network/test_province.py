"""The province checks, routes and logs, and changes nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import LONG_TERM_WORK
from simulator.core.reconciliation.totals import Totals

PROVINCE = "320000"


def at_province(play: Any, message: Any) -> Any:
    return play.relay.ask(play.now, PROVINCE, message)


def test_what_is_not_forwarded_is_refused(play: Any) -> None:
    assert at_province(play, play.desk.sign_in(play.tick())).infcode == -104


@pytest.mark.parametrize("field", ["mdtrtarea_admvs", "insuplc_admdvs"])
def test_an_area_that_is_not_registered_is_refused(play: Any, field: str) -> None:
    asked = play.desk.person_info(play.tick(), play.net.people["retired"])
    reply = at_province(play, asked.with_head(**{field: "329999"}))
    assert reply.infcode == -101
    assert "329999" in reply.head["err_msg"]


def test_an_area_that_is_not_connected_yet_is_refused(play: Any) -> None:
    reply = play.ask(play.desk.person_info(play.tick(), play.net.people["remote"]))
    assert reply.infcode == -102
    assert "320322" in reply.head["err_msg"]


def test_an_admission_without_a_filing_in_its_copy_is_refused(play: Any) -> None:
    assert play.stay("unfiled").admit().infcode == -122
    filed = Filed(Filing("P5", LONG_TERM_WORK, "320399", "320100", dt.date(2016, 1, 1), None))
    play.province.fold(filed)
    assert play.stay("unfiled").admit().infcode == -122  # the city of insurance does not know it
    play.insured.fold(filed)
    assert play.stay("unfiled").admit().succeeded


def test_an_admission_on_a_day_without_rules_of_filing_is_refused(play: Any) -> None:
    filings, pack = play.province.filings, play.net.pack
    filings.pack = pack._replace(parameters={k: v for k, v in pack.parameters.items() if k != "filing.types"})
    reply = play.stay().admit()
    assert (reply.infcode, "filing.types" in reply.head["err_msg"]) == (-159, True)


def test_requests_and_replies_pass_unchanged(play: Any) -> None:
    stay = play.stay().settled()
    hops = [hop for hop in play.relay.hops if hop[2].key == stay.sent["2304"].key]
    requests = {hop[:2]: hop[2] for hop in hops if not hop[2].is_reply}
    assert requests["320100", PROVINCE] is requests[PROVINCE, "320300"]
    replies = [hop[2] for hop in hops if hop[2].is_reply]
    assert replies[0] is replies[1] is replies[2]
    added = set(requests[PROVINCE, "320300"].head) - set(stay.sent["2304"].head)
    assert added == {"sender_admdvs"}
    added = set(requests[PROVINCE, "320300"].block("data")) - set(stay.sent["2304"].block("data"))
    assert added == {"fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"}


def test_it_logs_each_settlement_and_its_undoing(play: Any) -> None:
    stay = play.stay().settled()
    one = {("2016-10-10", "320100", "320300"): Totals(1, 1_854_575, 1_346_010, 300_000)}
    month = ("2016-10", "320100", "320300", "310")
    assert play.province.daily.under() == one
    assert play.province.monthly.under() == {month: next(iter(one.values()))}
    stay.about("2305")
    assert not play.province.daily.under()
    stay.reverse(stay.sent["2305"])
    assert play.province.daily.under() == one
    stay.about("2305")
    stay.settle()
    stay.reverse(stay.sent["2304"])
    assert not play.province.daily.under()
    assert not play.province.monthly.under()


def test_a_cancellation_on_another_day_is_logged_on_that_day(play: Any) -> None:
    stay = play.stay().settled()
    play.tick(86_400)
    stay.about("2305")
    assert play.province.daily.under("2016-10-11") == {
        ("320100", "320300"): Totals(-1, -1_854_575, -1_346_010, -300_000)
    }
    assert not play.province.monthly.under()


def test_what_fails_or_is_no_settlement_is_not_logged(play: Any) -> None:
    stay = play.stay()
    stay.admit()
    stay.settle()
    assert not play.province.daily.under()
