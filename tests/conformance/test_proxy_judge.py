"""Passive judgement: a whole story on a link is in order, and each thing that can go wrong in it is found alone."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

import schemas
from conformance.proxy.exchange import CALLER_GONE, UPSTREAM_SLOW, Copy, Exchange
from conformance.proxy.findings import Finding
from conformance.proxy.judge import ENCODED, FILE, NO_MESSAGE, TOO_LONG, Judge
from conformance.proxy.reading import read
from simulator.core.visits.lifecycle import transitions

EXAMPLES = Path(schemas.__file__).parent / "v1" / "examples"
REGISTRY = schemas.load()
AT = dt.datetime(2026, 3, 12, 10, 0)
JSON = "application/json"
REFUSED = (
    '{"infcode":-101,"inf_refmsgid":"%s","refmsg_time":"20260312101000120",'
    '"respond_time":"20260312101000480","err_msg":"x"}'
)


class Step(NamedTuple):
    """An exchange made of the examples of a transaction: texts replaced in request and reply."""

    infno: str
    asked: tuple[tuple[str, str], ...] = ()
    told: tuple[tuple[str, str], ...] = ()
    reply: str = ""
    status: int = 200
    why: str = ""
    long: bool = False

    def exchange(self) -> Exchange:
        asked = _text(f"{self.infno}.request", self.asked)
        told = "" if self.status == 0 else self.reply or _text(f"{self.infno}.response", self.told)
        request = Copy(None if self.long else asked, len(asked), JSON)
        body = told.encode() if isinstance(told, str) else told
        return Exchange(AT, 0.05, "POST", f"/{self.infno}", request, self.status, Copy(body, len(body), JSON), self.why)


def _text(name: str, changes: Iterable[tuple[str, str]]) -> bytes:
    text = (EXAMPLES / f"{name}.json").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def judged(*steps: Step | Exchange, first: bool = True) -> tuple[Judge, list[Finding]]:
    """Judge a story; return the judge and all that it found."""
    judge, found = Judge(REGISTRY, transitions(discharge_first=first)), []
    for step in steps:
        exchange = step.exchange() if isinstance(step, Step) else step
        found += judge.judge(exchange, read(exchange, REGISTRY))
    return judge, found


def codes(*steps: Step | Exchange) -> set[tuple[str, str, str]]:
    return {(each.code, each.side, each.infno) for each in judged(*steps)[1]}


ADMITTED, LINES, LEFT, TRIAL, SETTLED, CANCELLED = (
    Step(infno) for infno in ("2401", "2301", "2402", "2303", "2304", "2305")
)
STORY = (ADMITTED, LINES, LEFT, TRIAL, SETTLED, CANCELLED)
SHIFTED = (('"acct_pay": 766.17', '"acct_pay": 766.18'), ('"psn_cash_pay": 2000', '"psn_cash_pay": 1999.99'))
"""A fen from cash to account: every sum still holds."""
SHIFTED_BACK = (('"acct_pay": -766.17', '"acct_pay": -766.18'), ('"psn_cash_pay": -2000', '"psn_cash_pay": -1999.99'))
MSGID_OF_LINES = ("202603032000000001", "202603032000000002")
OTHER_MSGID = (("202603121020000007", "202603121020000008"),)
OTHER_REPLY = (("0000000001", "0000000002"),)
LATER = (("202603121001", "202603121006"),)
REVERSAL = Step("2601", (), (("202603121022", "202603121023"),))


def test_a_story_in_order_has_no_finding() -> None:
    judge, found = judged(*STORY)
    assert not found
    assert (judge.judged, judge.from_middle, dict(judge.not_judged)) == (6, 0, {})
    assert judge.times["2304"] == (1, 0.05, 0.05, 0.05, 0.05)


@pytest.mark.parametrize(
    ("place", "changes", "expected"),
    [
        pytest.param(3, {"told": (("9579.5,", "9579.51,"),)}, {("sum", "upstream", "2303")}, id="a fen in a trial"),
        pytest.param(
            4, {"told": (('"gend": "1"', '"gend": 1'),)}, {("schema", "upstream", "2304")}, id="a reply's form"
        ),
        pytest.param(0, {"asked": (('"21"', '"nothing"'),)}, {("schema", "caller", "2401")}, id="a request's form"),
        pytest.param(5, {"told": SHIFTED_BACK}, {("mirror", "upstream", "2305")}, id="no mirror"),
    ],
)
def test_what_is_wrong_in_a_story_is_found_alone(
    place: int, changes: dict[str, tuple[tuple[str, str], ...]], expected: set[tuple[str, str, str]]
) -> None:
    steps = [*STORY]
    steps[place] = steps[place]._replace(**changes)
    found = codes(*steps)
    assert found - {("trial", "upstream", "2304")} == expected
    assert (("trial", "upstream", "2304") in found) == (place == 3)  # a wrong trial is not what is settled either


def test_a_settlement_that_is_not_as_it_was_tried_is_found_unless_something_came_between() -> None:
    other = SETTLED._replace(told=SHIFTED)
    assert codes(*STORY[:4], other) == {("trial", "upstream", "2304")}
    assert not judged(ADMITTED, LINES, LEFT, TRIAL, Step("2405"), LEFT._replace(asked=LATER, told=OTHER_REPLY), other)[
        1
    ]


def test_a_finding_says_where_and_what_in_both_languages() -> None:
    _, found = judged(*STORY[:5], CANCELLED._replace(told=SHIFTED_BACK))
    assert [(each.place, each.expected, each.received) for each in found] == [
        ("/output/setlinfo/acct_pay", "-766.17", "-766.18"),
        ("/output/setlinfo/psn_cash_pay", "-2000.00", "-1999.99"),
    ]
    assert "-766.17" in found[0].zh and "-766.18" in found[0].en and "撤销" in found[0].zh


def test_lines_that_do_not_make_the_bill_are_found_and_cancelled_lines_do_not_count() -> None:
    asked = (('"feedetl_sn": 1,', '"feedetl_sn": 4,'), ('"feedetl_sn": "2"', '"feedetl_sn": "5"'), MSGID_OF_LINES)
    told = (('"feedetl_sn": "1"', '"feedetl_sn": "4"'), ('"feedetl_sn": "2"', '"feedetl_sn": "5"'), *OTHER_REPLY)
    more = LINES._replace(asked=asked, told=told)
    _, found = judged(ADMITTED, LINES, more, LEFT, SETTLED)
    assert {each.code for each in found} == {"bill-lines"}
    assert (found[0].expected, found[0].received) == ("24691.34", "12345.67")
    assert not codes(ADMITTED, more, Step("2302"), LINES, LEFT, SETTLED)


def test_steps_out_of_order_that_are_accepted_are_found() -> None:
    assert codes(ADMITTED, LINES, SETTLED) == {("step", "upstream", "2304")}
    assert not judged(ADMITTED, LINES, SETTLED, first=False)[1]
    again = SETTLED._replace(asked=OTHER_MSGID, told=(("320300260312000001", "320300260312000003"), *OTHER_REPLY))
    assert codes(*STORY[:5], again) == {("step", "upstream", "2304")}


def test_one_number_for_two_settlements_is_found() -> None:
    again = SETTLED._replace(asked=OTHER_MSGID, told=OTHER_REPLY)
    assert codes(*STORY, again) == {("setl-id-reused", "upstream", "2304")}


def test_another_body_under_a_used_number_is_found_and_more_so_where_it_is_accepted() -> None:
    other = SETTLED._replace(asked=(('"01"', '"02"'),))
    number = "320100202603121020000000000009"
    assert codes(*STORY[:5], other._replace(reply=REFUSED % number)) == {("msgid-reused", "caller", "2304")}
    assert codes(*STORY[:5], other) == {("msgid-reused", "caller", "2304"), ("msgid-accepted", "upstream", "2304")}


def test_the_same_message_again_is_answered_the_same() -> None:
    assert not judged(*STORY[:5], SETTLED)[1]
    assert codes(*STORY[:5], SETTLED._replace(told=SHIFTED)) == {("answer-differs", "upstream", "2304")}
    later = SETTLED._replace(asked=(("2026-03-12 10:20:00", "2026-03-12 10:25:00"),))  # sent later, the same otherwise
    assert not judged(*STORY[:5], later)[1]


def test_what_was_reversed_or_cancelled_is_not_accepted_again() -> None:
    assert codes(*STORY[:5], REVERSAL, SETTLED) == {("undone-accepted", "upstream", "2304")}
    assert codes(*STORY, SETTLED) == {("undone-accepted", "upstream", "2304")}
    refused = SETTLED._replace(reply=REFUSED % "320100202603121020000000000009")
    assert not judged(*STORY, refused)[1]


def test_a_reversal_of_what_was_not_seen_is_a_note_and_bars_it() -> None:
    _, found = judged(REVERSAL)
    assert [(each.code, each.level) for each in found] == [("reversal-unseen", "note")]
    assert codes(REVERSAL, SETTLED) == {("reversal-unseen", "caller", "2601"), ("undone-accepted", "upstream", "2304")}


def test_a_reversal_that_names_another_transaction_is_found() -> None:
    other = REVERSAL._replace(asked=(('"2304"', '"2305"'),))
    assert codes(*STORY[:5], other) == {("reversal-other", "upstream", "2601")}


def test_a_number_of_a_reply_is_given_once() -> None:
    number = json.loads(_text("2301.response", ()))["inf_refmsgid"]
    left = json.loads(_text("2402.response", ()))["inf_refmsgid"]
    same = LEFT._replace(told=((left, number),))
    assert codes(ADMITTED, LINES, same) == {("refmsgid-reused", "upstream", "2402")}


def test_a_visit_that_was_not_seen_from_its_beginning_is_not_called_wrong() -> None:
    judge, found = judged(SETTLED, CANCELLED)
    assert (found, judge.from_middle) == ([], 1)


@pytest.mark.parametrize(
    "escaped", [LINES._replace(long=True), LINES._replace(status=0, why=UPSTREAM_SLOW), LINES._replace(reply="<html>")]
)
def test_what_follows_from_an_exchange_that_escaped_is_not_judged(escaped: Step) -> None:
    judge, found = judged(ADMITTED, escaped, LEFT, TRIAL, SETTLED)
    assert {each.code for each in found} <= {"unanswered", "schema"}
    assert judge.not_judged[TOO_LONG] == escaped.long


def test_answers_that_do_not_come_are_notes_and_failures_are_found() -> None:
    _, found = judged(SETTLED._replace(status=0, why=UPSTREAM_SLOW), SETTLED._replace(status=0, why=CALLER_GONE))
    assert [(each.code, each.side, each.level) for each in found] == [
        ("unanswered", "upstream", "note"),
        ("unanswered", "caller", "note"),
    ]
    assert codes(SETTLED._replace(status=500, reply="{}")) == {("http-status", "upstream", "2304")}


def test_a_bill_that_comes_back_otherwise_than_it_was_stated_is_found() -> None:
    other = SETTLED._replace(asked=(("12345.67", "12345.66"), ("12070", "12069.99")))
    assert codes(other) == {("bill-stated", "upstream", "2304")}


@pytest.mark.parametrize(("encoding", "missed"), [("gzip", False), ("br", True)])
def test_a_compressed_reply_is_read_and_one_that_cannot_be_is_not_judged(encoding: str, missed: bool) -> None:
    exchange = SETTLED.exchange()
    packed = gzip.compress(exchange.told.content or b"")
    judge, found = judged(exchange._replace(told=Copy(packed, len(packed), JSON, encoding)))
    assert not found
    assert (judge.judged, judge.not_judged[ENCODED]) == (not missed, missed)


def test_forms_and_files_are_read_and_other_traffic_is_only_counted() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("rows.txt", "1\t2\n")
    message = json.loads(_text("9101.request", ()))
    message["input"]["fsUploadIn"]["in"] = ""
    form = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % pair
        for pair in ((b"jsonStr", json.dumps(message).encode()), (b"file", archive.getvalue()))
    )
    body, reply = form + b"--x--\r\n", _text("9101.response", ())
    asked = Copy(body, len(body), "multipart/form-data; boundary=x")
    upload = Exchange(AT, 0.1, "POST", "/9101", asked, 200, Copy(reply, len(reply), JSON))
    content = archive.getvalue()
    asks = _text("9102.request", ())
    download = Exchange(
        AT, 0.1, "POST", "/9102", Copy(asks, len(asks), JSON), 200, Copy(content, 9, "application/octet-stream")
    )
    page = Exchange(AT, 0.1, "GET", "/healthz", Copy(b"", 0, ""), 200, Copy(b"ok", 2, "text/plain"))
    judge, found = judged(upload, download, page)
    assert not found
    assert (judge.judged, dict(judge.not_judged)) == (2, {FILE: 1, NO_MESSAGE: 1})


def test_a_stay_is_recognised_though_the_insured_city_does_not_know_its_number_at_admission() -> None:
    admitted = ADMITTED._replace(told=(("320100260302000001", "H32010000001202603020831000001"),))
    judge, found = judged(admitted, *STORY[1:])
    assert (found, judge.from_middle) == ([], 0)
    assert codes(admitted, LEFT, SETTLED) == {("bill-lines", "upstream", "2304")}


def test_outpatient_care_and_a_purchase_are_judged_as_stays_are() -> None:
    visit = [Step(infno) for infno in ("2201", "2203", "2204", "2206", "2207", "2208")]
    purchase = [Step(infno) for infno in ("2101", "2102", "2103")]
    judge, found = judged(*visit, *purchase)
    assert (found, judge.from_middle) == ([], 0)
    assert codes(*visit[:2], *visit[3:5]) == {("bill-lines", "upstream", "2207")}
    assert codes(*visit[:4], Step("2205"), *visit[4:5]) == {("bill-lines", "upstream", "2207")}
    assert codes(visit[0], visit[4]) >= {("step", "upstream", "2207")}
    cash = (('"pdn_cash_pay": -60', '"pdn_cash_pay": -59.99'), ('"acct_pay": -100', '"acct_pay": -100.01'))
    assert codes(*visit[:5], visit[5]._replace(told=cash)) == {("mirror", "upstream", "2208")}


def test_a_part_of_a_stay_is_settled_before_its_rest() -> None:
    part = (('"mid_setl_flag": "0"', '"mid_setl_flag": "1"'),)
    middle = SETTLED._replace(asked=part)
    whole = SETTLED._replace(asked=OTHER_MSGID, told=(("320300260312000001", "320300260312000003"), *OTHER_REPLY))
    assert not codes(ADMITTED, LINES, middle)
    assert codes(ADMITTED, LINES, middle, LEFT, whole) == {("bill-lines", "upstream", "2304")}  # nothing is left of it
