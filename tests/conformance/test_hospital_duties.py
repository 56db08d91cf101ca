"""A hospital's duties: a small hospital breaks each once, and the bench says so in the right place."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import schemas
from conformance.client import Nonconformant, NotApplicable
from conformance.hospital import faults
from conformance.hospital.duties import CLAIMED, NUMBERED, ORDER, REFUSED, SENT, TWICE, UNRESOLVED
from conformance.setting import HERE, HOME
from conformance.stage import SCHEMA, SIGNATURE
from simulator.core.platform.message import Message, freeze
from simulator.core.platform.refusals import REFUSALS
from simulator.inputs.wire import Wire
from tests.conformance.window import CASE, NOON, Window


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    window = Window(tmp_path)
    yield window
    window.close()


def _field(block: str, name: str, change: Callable[[Any], Any]) -> Callable[[Message], Message]:
    return lambda asked: asked.with_fields(block, {name: change(asked.block(block).get(name))})


def _rows(block: str, change: Callable[[tuple[Mapping[str, Any], ...]], Any]) -> Callable[[Message], Message]:
    return lambda asked: asked._replace(blocks=freeze({**asked.blocks, block: tuple(change(asked.rows(block)))}))


def _msgid(change: Callable[[str], str]) -> Callable[[Message], Message]:
    return lambda asked: asked._replace(key=asked.key._replace(msgid=change(asked.msgid)))


def _first(rows: tuple[Mapping[str, Any], ...], **fields: Any) -> tuple[Mapping[str, Any], ...]:
    return ({**rows[0], **fields}, *rows[1:])


def _moved(asked: Message) -> Message:
    data = asked.block("data")
    moved = {"fulamt_ownpay_amt": data["fulamt_ownpay_amt"] - 1, "inscp_scp_amt": data["inscp_scp_amt"] + 1}
    return asked.with_fields("data", moved)


BREACHES: Mapping[str, tuple[str, str, Callable[[Message], Message], str, str]] = {
    "a number of somebody else": (
        "inpatient",
        "2401",
        _msgid(lambda msgid: f"H32019900002{msgid[12:]}"),
        SCHEMA,
        "/fixmedins_code",
    ),
    "a number used before": ("inpatient", "2301", _msgid(lambda msgid: f"{msgid[:-4]}0002"), NUMBERED, "/infno"),
    "an unknown field": (
        "inpatient",
        "2304",
        _field("data", "his_ver", lambda old: "1"),
        SCHEMA,
        "/input/data/his_ver",
    ),
    "a fen too much": (
        "inpatient",
        "2304",
        _field("data", "medfee_sumamt", lambda fen: fen + 1),
        SENT,
        "/input/data/medfee_sumamt",
    ),
    "another name": ("inpatient", "2304", _field("data", "psn_name", lambda old: "某人"), SENT, "/input/data/psn_name"),
    "another visit": ("outpatient", "2206", _field("data", "mdtrt_id", lambda old: "S1"), SENT, "/input/data/mdtrt_id"),
    "an account left out": (
        "inpatient",
        "2304",
        _field("data", "acct_used_flag", lambda old: "0"),
        SENT,
        "/input/data/acct_used_flag",
    ),
    "another area of insurance": (
        "inpatient",
        "2301",
        lambda asked: asked.with_head(insuplc_admdvs="320199"),
        SENT,
        "/insuplc_admdvs",
    ),
    "another sign-in": ("inpatient", "1101", lambda asked: asked.with_head(sign_no="1"), ORDER, "/sign_no"),
    "a line a fen off": (
        "inpatient",
        "2301",
        _rows("feedetail", lambda rows: _first(rows, det_item_fee_sumamt=rows[0]["det_item_fee_sumamt"] - 1)),
        SCHEMA,
        "/input/feedetail/0/det_item_fee_sumamt",
    ),
    "a line nobody gave": (
        "inpatient",
        "2301",
        _rows("feedetail", lambda rows: (*rows, {**rows[0], "feedetl_sn": 99})),
        SENT,
        "/input/feedetail",
    ),
    "a class total moved": ("outpatient", "2207", _moved, SENT, "/input/data/fulamt_ownpay_amt"),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_each_breach_is_named_where_it_is(window: Window, breach: str) -> None:
    care, infno, change, kind, place = BREACHES[breach]
    stay = window.client().visit(HERE, care=care)
    window.change[infno] = change
    with pytest.raises(Nonconformant) as caught:
        stay.settled()
    wrong = caught.value.wrong[0]
    assert (wrong.kind, wrong.infno or infno, wrong.place) == (kind, infno, place)


def test_a_line_left_out_is_refused_with_the_bill(window: Window) -> None:
    window.change["2301"] = _rows("feedetail", lambda rows: rows[1:])
    with pytest.raises(Nonconformant) as caught:
        window.client().visit(HERE).settled()
    assert (caught.value.wrong[0].kind, caught.value.wrong[0].infno) == (REFUSED, "2303")


@pytest.mark.parametrize("care", ["inpatient", "outpatient", "pharmacy"])
def test_a_hospital_without_a_breach_is_right(window: Window, care: str) -> None:
    hospital = window.client()
    hospital.states_first()
    stay = hospital.visit(HOME, care=care)
    stay.settled()
    stay.stands(1)
    hospital.states()


def test_what_is_not_signed_is_turned_away(window: Window) -> None:
    stay = window.client().visit(HERE)
    window.headers = lambda infno: {}
    with pytest.raises(Nonconformant) as caught:
        stay.settled()
    assert caught.value.wrong[0].kind == SIGNATURE


def test_nothing_goes_before_the_sign_in(window: Window) -> None:
    window.bench.begin(CASE, 0, 0)
    number = window.bench.do(CASE, 0, "give")
    errand = window.bench.do(CASE, 0, "play", number, "1101")
    assert [(each.kind, each.expected) for each in errand.wrong[:1]] == [(ORDER, "9001")]


def test_a_hospital_that_goes_on_after_a_refusal(window: Window) -> None:
    hospital = window.client()
    stay = hospital.visit(HERE)
    hospital.breaks("2303", faults.REFUSED)
    assert stay.stops("2304").outcome == "refused"
    window._done[_name(window)].append("2303")  # as if it had succeeded
    with pytest.raises(Nonconformant) as caught:
        stay.settled()
    assert (caught.value.wrong[0].kind, caught.value.wrong[0].expected) == (ORDER, "2303")


def test_what_had_no_answer_is_cleared_up_first(window: Window) -> None:
    hospital = window.client()
    stay = hospital.visit(HERE)
    hospital.breaks("2304", faults.REPLY_LOST)
    assert stay.stops("2304").outcome == "unknown"
    with pytest.raises(Nonconformant) as caught:  # it settles under another number
        stay.settled()
    assert [each.kind for each in caught.value.wrong[:2]] == [UNRESOLVED, TWICE]


@pytest.mark.parametrize(
    "what", [faults.REQUEST_LOST, faults.REPLY_LOST, faults.CUT, faults.PAGE, faults.HOLLOW, faults.DOWN]
)
def test_what_is_sent_again_under_its_number_is_right(window: Window, what: str) -> None:
    window.resends = 1
    hospital = window.client()
    stay = hospital.visit(HERE)
    hospital.breaks("2304", what)
    stay.settled()
    stay.stands(1)
    assert window.asked["2304"] == 2


def test_a_reversal_by_its_own_number_is_right_and_by_another_is_not(window: Window) -> None:
    hospital = window.client()
    stay = hospital.visit(HERE)
    hospital.breaks("2304", faults.REPLY_LOST)
    stay.stops("2304")
    visit = window._visits[_name(window)]
    assert visit.last is not None
    right = window.desk.reverse(visit.wish.began, visit.wish.person, visit.last)
    wrong = right.with_fields("data", {"omsgid": f"{visit.last.msgid[:-4]}9999"})
    window.say(_msgid(lambda msgid: f"{msgid[:-4]}7777")(wrong))
    seen = hospital.case.do("wrong")
    assert [(each.kind, each.place) for each in seen] == [(UNRESOLVED, ""), (SENT, "/input/data/omsgid")]
    window.say(right)
    assert hospital.case.do("wrong") == seen
    stay.stands(0)
    stay.settled()
    stay.stands(1)


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"outcome": "refused"}, "/outcome"),
        ({"outcome": "splendid"}, "/outcome"),
        ({"outcome": "done", "setl_id": "1"}, "/setl_id"),
        ({"outcome": "done", "medfee_sumamt": "0.01"}, "/medfee_sumamt"),
    ],
)
def test_what_it_says_of_itself_is_held_against_what_it_was_told(
    window: Window, told: Mapping[str, str], place: str
) -> None:
    stay = window.client().visit(HERE)
    window.tell = lambda said: told
    with pytest.raises(Nonconformant) as caught:
        stay.settled()
    assert {(each.kind, each.place) for each in caught.value.wrong} == {(CLAIMED, place)}


def test_what_a_hospital_does_not_offer_is_not_applicable(window: Window) -> None:
    stay = window.client().visit(HERE, care="pharmacy")
    window.tell = lambda told: {"outcome": "not_offered"}
    window._do = lambda said: {"outcome": "not_offered"}  # type: ignore[method-assign]
    with pytest.raises(NotApplicable):
        stay.settled()


def test_a_statement_is_what_the_city_holds_whatever_was_done_before(window: Window) -> None:
    earlier = window.client()
    earlier.visit(HERE, yuan=900).settled()
    window.bench.end(CASE, 0)
    hospital = window.client(1)
    hospital.states_first()
    hospital.visit(HERE).settled()
    hospital.states()
    window.change["3201"] = _field("data", "acct_pay", lambda fen: fen + 1)
    with pytest.raises(Nonconformant) as caught:
        hospital.states()
    assert (caught.value.wrong[0].kind, caught.value.wrong[0].place) == (SENT, "/input/data/acct_pay")


def test_a_group_that_is_not_stated_is_missed(window: Window) -> None:
    hospital = window.client()
    hospital.states_first()
    hospital.visit(HERE).settled()
    window.desk.by_day.drop_before("9999")
    with pytest.raises(Nonconformant) as caught:
        hospital.states()
    assert (caught.value.wrong[0].kind, caught.value.wrong[0].expected) == (CLAIMED, "310 21")


def test_the_city_may_forget_the_sign_in(window: Window) -> None:
    hospital = window.client()
    stay = hospital.visit(HERE)
    stay.until("1101")
    hospital.signed_out_behind()
    hospital.may_be_refused()
    assert stay.stops("2401").outcome == "refused"
    hospital.signs_in()
    stay.settled()


def test_all_of_it_comes_out_the_same_from_evidence(window: Window) -> None:
    window.resends = 1
    hospital = window.client()

    def played(do: Callable[..., Any]) -> list[Any]:
        number = do("give", HERE)
        do("break_upwards", "2304", faults.REPLY_LOST, 0.0)
        steps = [do("reconcile", first=True), do("play", number, "2304"), do("standing", number), do("cancel", number)]
        return [*steps, do("standing", number), do("reconcile"), do("grown"), do("wrong")]

    first = played(hospital.case.do)
    ended = window.bench.end(CASE, 0, "pass")
    bench = window.over_again()
    bench.begin(CASE, 0, 0)
    bench.do(CASE, 0, "sign_in")
    assert played(lambda verb, *what, **more: bench.do(CASE, 0, verb, *what, **more)) == first
    assert bench.end(CASE, 0, "pass") == ended


def test_a_call_about_nobody_of_the_case_is_nobodys(window: Window) -> None:
    window.client().visit(HERE).settled()
    window.bench.end(CASE, 0)
    (visit,) = window._visits.values()
    hospital = window.client(1)
    window.say(visit.word(visit.wish.began, "2305"))
    assert hospital.case.do("wrong") == ()


_PARTED = "multipart/form-data; boundary=b"


def _form(text: str, file: str) -> bytes:
    head = '--b\r\ncontent-disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return f"{head.format('jsonStr', text)}{head.format('file', file)}--b--".encode()


@pytest.mark.parametrize("how", ["no base64", "no ZIP", "a form without a ZIP", "no form", "a form without a message"])
def test_an_upload_that_cannot_be_read_is_refused_and_found(window: Window, how: str) -> None:
    window.client()
    body = Wire(schemas.load()).encode(window.desk.upload_file(NOON, "1\t2"))
    sent = json.loads(body)
    sent["input"]["fsUploadIn"]["in"] = {"no base64": "!?"}.get(how, "bm8gWklQ")
    kind, bytes_ = {
        "a form without a ZIP": (_PARTED, _form(body.decode(), "no ZIP")),
        "no form": (_PARTED, b"nothing"),
        "a form without a message": (_PARTED, _form("{}", "no ZIP")),
    }.get(how, ("application/json", json.dumps(sent).encode()))
    told = window.bench.heard("/9101", {**window.headers("9101"), "content-type": kind}, bytes_)
    assert told.status == 200
    assert schemas.load().check_text("9101", "response", told.body) == ()
    assert json.loads(told.body)["infcode"] == REFUSALS["malformed"].code
    ended = window.bench.end(CASE, 0, "fail")
    (wrong,) = ended.late
    assert (wrong.kind, wrong.infno, wrong.place) == (SCHEMA, "9101", "/input/fsUploadIn/in")
    again = window.over_again()
    again.begin(CASE, 0, 0)
    again.do(CASE, 0, "sign_in")
    assert again.end(CASE, 0, "fail") == ended


def test_an_upload_as_a_form_is_read(window: Window) -> None:
    hospital = window.client()
    body = Wire(schemas.load()).encode(window.desk.upload_file(NOON, "1\t2"))
    archive = b64decode(json.loads(body)["input"]["fsUploadIn"]["in"]).decode("latin-1")
    form = _form(body.decode(), "\0").replace(b"\0", archive.encode("latin-1"))
    told = window.bench.heard("/9101", {**window.headers("9101"), "content-type": _PARTED}, form)
    assert json.loads(told.body)["infcode"] == 0
    assert not [each for each in hospital.case.do("wrong") if each.kind == SCHEMA]


def _name(window: Window) -> str:
    return next(iter(window._visits))


@pytest.mark.parametrize("what", sorted(faults.SPOILT))
def test_a_hospital_that_takes_what_cannot_be_the_answer(window: Window, what: str) -> None:
    hospital = window.client()
    stay = hospital.visit(HERE)
    hospital.breaks("2304", what)
    window.trusting = True
    with pytest.raises(Nonconformant) as caught:
        stay.settled()
    assert [(each.kind, each.received) for each in caught.value.wrong] == [(CLAIMED, "done")]


def test_the_kind_of_care_and_the_disease_are_those_given(window: Window) -> None:
    stay = window.client().visit(HOME, care="chronic", disease="M01600", yuan=3_000)
    window.change["2204"] = _rows("feedetail", lambda rows: ({**row, "dise_codg": "M00500"} for row in rows))
    with pytest.raises(Nonconformant) as caught:
        stay.until("2204")
    wrong = caught.value.wrong[0]
    assert (wrong.kind, wrong.place, wrong.expected) == (SENT, "/input/feedetail/0/dise_codg", "M01600")


def test_a_disease_that_is_left_out(window: Window) -> None:
    stay = window.client().visit(HOME, care="chronic", disease="M01600", yuan=3_000)
    window.change["2204"] = _rows(
        "feedetail", lambda rows: ({name: row[name] for name in row if name != "dise_codg"} for row in rows)
    )
    with pytest.raises(Nonconformant) as caught:
        stay.until("2204")
    assert [(each.kind, each.place) for each in caught.value.wrong[:1]] == [(SENT, "/input/feedetail/0/dise_codg")]


def test_a_part_nobody_asked_for(window: Window) -> None:
    stay = window.client().visit(HERE)
    window.change["2304"] = _field("data", "mid_setl_flag", lambda old: "1")
    with pytest.raises(Nonconformant) as caught:
        stay.settled()
    wrong = caught.value.wrong[0]
    assert (wrong.kind, wrong.place, wrong.expected) == (SENT, "/input/data/mid_setl_flag", "0")


def test_a_copy_that_its_reversal_has_outrun_is_no_breach(window: Window) -> None:
    sent: list[Message] = []
    window.change["2304"] = lambda asked: sent.append(asked) or asked
    hospital = window.client()
    stay = hospital.visit(HERE)
    hospital.breaks("2304", faults.REPLY_LOST)
    stay.stops("2304")
    (visit,) = window._visits.values()
    reversal = window.say(window.desk.reverse(visit.wish.began, visit.wish.person, sent[0]))
    copy = window.say(sent[0])
    assert reversal is not None
    assert copy is not None
    assert (reversal.succeeded, copy.succeeded) == (True, False)
    assert hospital.case.do("wrong") == ()
    stay.settled()
    stay.stands(1)
