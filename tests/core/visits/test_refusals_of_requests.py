"""What makes a request about a visit refused, by transaction: each cause is put into a request that was fine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from simulator.core.audit.facts import Suspected
from simulator.core.benefit.bill import TOTAL_FIELDS
from simulator.core.filing.book import FilingBook
from simulator.core.filing.declarations import DeclarationBook
from simulator.core.platform.message import Message
from simulator.core.platform.refusals import BY_CODE
from simulator.core.values.money import line_amount
from simulator.core.visits.insured import Enrolled
from simulator.core.visits.requests import block_of, data_of

from .playing import HYPERTENSION, WARD, Clinic, Pharmacy

WORKER, CLOSED = "P2", "H32019900004"
Request = Callable[[Any], Message]
Cause = Callable[[Any, Message], Message]

# -- requests that are fine ----------------------------------------------------------------------------------------


def purchase(infno: str) -> Request:
    return lambda town: Pharmacy(town).request(infno)


def registration(town: Any) -> Message:
    asked: Message = town.desk.register(town.tick(), town.net.people["worker"], town.now, WARD)
    return asked


def description(town: Any) -> Message:
    clinic = Clinic(town)
    assert clinic.register().succeeded
    asked: Message = clinic.desk.describe(town.tick(), clinic.person, clinic.mdtrt_id, WARD, med_type="11")
    return asked


def batch(town: Any) -> Message:
    clinic = Clinic(town)
    clinic.seen()
    return again(town, clinic.sent["2204"], feedetl_sn=("8", "9"), chrg_bchno="B2")


def outpatient_bill(infno: str) -> Request:
    return lambda town: Clinic(town).seen("14", HYPERTENSION).bill_request(infno)


def lines(town: Any) -> Message:
    stay = town.stay("worker")
    stay.admit()
    stay.upload_bill()
    return again(town, stay.sent["2301"], feedetl_sn=("11", "12", "13", "14", "15", "16", "17"))


def bill(infno: str, *, part: str = "0") -> Request:
    def made(town: Any) -> Message:
        stay = town.stay("worker")
        stay.admit()
        stay.upload_bill()
        if part == "0":
            stay.discharge()
        asked: Message = stay.bill_request(infno).with_fields("data", {"mid_setl_flag": part})
        return asked

    return made


def eligibility(town: Any) -> Message:
    asked: Message = town.desk.eligibility(town.tick(), town.net.people["worker"], town.now, "11")
    return asked


REQUESTS: dict[str, Request] = {
    "2001": eligibility,
    "2101": purchase("2101"),
    "2102": purchase("2102"),
    "2201": registration,
    "2203": description,
    "2204": batch,
    "2206": outpatient_bill("2206"),
    "2207": outpatient_bill("2207"),
    "2301": lines,
    "2303": bill("2303"),
    "2303+": bill("2303", part="1"),
    "2304": bill("2304"),
}

# -- causes --------------------------------------------------------------------------------------------------------


def again(town: Any, message: Message, **columns: Any) -> Message:
    """A new message like an earlier one, with values put into its rows, in turn or everywhere the same."""
    fresh = message._replace(key=message.key._replace(msgid=f"{message.msgid[:-4]}{town.tick():%M%S}"))
    rows = [
        MappingProxyType({**row, **{name: v if isinstance(v, str) else v[place] for name, v in columns.items()}})
        for place, row in enumerate(message.rows("feedetail"))
    ]
    return fresh._replace(blocks=MappingProxyType({**message.blocks, "feedetail": tuple(rows)}))


def said(**fields: Any) -> Cause:
    """Put values into what says whom and what the request is about."""
    return lambda town, message: message.with_fields(block_of(message), fields)


def line(**fields: Any) -> Cause:
    """Put values into the last fee line."""

    def changed(town: Any, message: Message) -> Message:
        name = "drugdetail" if "drugdetail" in message.blocks else "feedetail"
        *others, last = message.rows(name)
        return message._replace(
            blocks=MappingProxyType({**message.blocks, name: (*others, MappingProxyType({**last, **fields}))})
        )

    return changed


def repeated(town: Any, message: Message) -> Message:
    name = "drugdetail" if "drugdetail" in message.blocks else "feedetail"
    return line(feedetl_sn=message.rows(name)[0]["feedetl_sn"])(town, message)


def refunded(town: Any, message: Message) -> Message:
    name = "drugdetail" if "drugdetail" in message.blocks else "feedetail"
    price = message.rows(name)[-1]["pric"]
    return line(cnt=-10_000, det_item_fee_sumamt=line_amount(price, -10_000))(town, message)


def insured_under(insutype: str) -> Cause:
    def changed(town: Any, message: Message) -> Message:
        town.insured.fold(Enrolled(town.net.people["worker"]._replace(insutype=insutype)))
        return said(insutype=insutype)(town, message)

    return changed


def elsewhere(town: Any, message: Message) -> Message:
    key = message.key._replace(party=CLOSED)
    return message._replace(key=key).with_head(sign_no=town.net.desks[CLOSED].sign_no)


def suspected(town: Any, message: Message) -> Message:
    due = dt.date(2016, 10, 20)
    town.treatment.fold(Suspected("YC1", WORKER, "", "", 0, "", town.now, due))
    return message


def paid_by_hand(town: Any, message: Message) -> Message:
    town.insured.insured.paid_by_hand = lambda *_: "M1"
    return message


def no_filing(town: Any, message: Message) -> Message:
    town.insured.filings.book = FilingBook()
    return message


def no_disease(town: Any, message: Message) -> Message:
    town.insured.filings.declared = DeclarationBook()
    return message


def without(*names: str) -> Cause:
    """Take figures out of the pack of the city of insurance."""

    def changed(town: Any, message: Message) -> Message:
        kept = {name: each for name, each in town.insured.pack.parameters.items() if name not in names}
        town.insured.pack = town.insured.filings.pack = town.insured.pack._replace(parameters=kept)
        town.insured._rules.clear()
        town.insured.filings._rules.clear()
        return message

    return changed


def other_totals(town: Any, message: Message) -> Message:
    return message.with_fields("data", dict.fromkeys(TOTAL_FIELDS, 1))


def inpatient_only(town: Any, message: Message) -> Message:
    kept = {name: each for name, each in town.treatment.pack.parameters.items() if name != "process.open_care"}
    town.treatment.pack = town.treatment.pack._replace(parameters=kept)
    return message


LINES, BUY = ("2101", "2102", "2204", "2301"), ("2101", "2102")
OPEN, TOTAL = (*BUY, "2201"), ("2206", "2303")
TWO_DAYS = {"item_not_yet_valid": "2015-12-31 09:00:00", "item_expired": "2017-01-01 09:00:00"}

CAUSES: list[tuple[str, Cause, tuple[str, ...]]] = [
    ("line_repeated", repeated, LINES),
    ("line_amount", line(det_item_fee_sumamt=1), LINES),
    ("item_unmapped", line(med_list_codg="nothing"), LINES),
    *((name, line(fee_ocur_time=time), LINES) for name, time in TWO_DAYS.items()),
    ("own_item_unmapped", line(medins_list_codg="mine"), LINES),
    ("refund_too_large", refunded, LINES),
    ("unknown_person", said(psn_no="P0"), OPEN),
    ("ncms_track", insured_under("380"), OPEN),
    ("scheme_not_supported", insured_under("510"), OPEN),
    ("wrong_insutype", said(insutype="390"), (*OPEN, "2206", "2207", "2303", "2304")),
    ("wrong_med_type", said(med_type="21"), (*BUY, "2203", "2206", "2207")),
    ("institution_not_open", elsewhere, BUY),
    ("wrong_day", said(begntime="2016-10-11 09:00:00"), OPEN),
    ("care_not_open", inpatient_only, (*OPEN, "2203")),
    ("trauma_flags_missing", said(exp_content='{"TRUM_FLAG": "1"}'), (*BUY, "2203")),
    (
        "third_party_liable",
        said(exp_content='{"REL_TTP_FLAG": "1"}'),
        (*BUY, "2203", "2206", "2207", "2303", "2304"),
    ),
    ("bill_differs", said(medfee_sumamt=1), (*BUY, "2206", "2207", "2303", "2304")),
    ("class_totals_differ", other_totals, ("2207", "2303", "2304")),
    ("unknown_batch", said(chrg_bchno="B9"), ("2206", "2207")),
    ("no_chronic_filing", no_disease, ("2206", "2207")),
    ("not_filed", no_filing, (*BUY, "2203", "2206", "2207", "2303", "2304")),
    ("already_claimed", paid_by_hand, (*BUY, "2206", "2207", "2303", "2304")),
    ("suspected_impostor", suspected, ("2102", "2201", "2207", "2304")),
    (
        "rules_not_in_force",
        without("benefit.employee.cap", "filing.types"),
        ("2001", *BUY, "2203", "2206", "2207", "2303", "2304"),
    ),
]
TABLE = [(infno, name, cause) for name, cause, infnos in CAUSES for infno in infnos]


def ready(make_town: Any) -> Any:
    return make_town(catalogue__mapping__required=True)


def answer(town: Any, message: Message) -> str:
    reply = town.ask(message)
    return "" if reply.succeeded else BY_CODE[reply.infcode].name


@pytest.mark.parametrize("infno", [infno for infno in REQUESTS if "+" not in infno])
def test_the_request_is_fine_without_a_cause(make_town: Any, infno: str) -> None:
    town = ready(make_town)
    assert answer(town, REQUESTS[infno](town)) == ""


@pytest.mark.parametrize(("infno", "name", "cause"), TABLE, ids=[f"{infno}-{name}" for infno, name, _ in TABLE])
def test_a_request_is_refused_for_its_cause(make_town: Any, infno: str, name: str, cause: Cause) -> None:
    town = ready(make_town)
    asked = cause(town, REQUESTS[infno](town))
    assert asked.infno == infno
    assert data_of(asked)
    assert answer(town, asked) == name


def test_a_part_is_not_tried_where_parts_are_not_open(make_town: Any) -> None:
    town = make_town(process__part_settlement=False)
    assert answer(town, REQUESTS["2303+"](town)) == "part_not_open"


def test_a_purchase_has_one_settlement_to_take_back(town: Any) -> None:
    shop = Pharmacy(town)
    assert shop.buy().succeeded
    assert BY_CODE[shop.about("2103", "A0").infcode].name == "unknown_settlement"


def test_an_outpatient_settlement_whose_shares_do_not_add_up_is_refused(town: Any, make_wire: Any) -> None:
    wire, asked = make_wire(town.net.nodes), Clinic(town).seen().bill_request()
    wire.send(asked.party, "320100", asked)
    for _ in range(4):
        wire.deliver(town.tick(1))
    wrong = wire.flying.pop().message.with_fields("setlinfo", {"psn_cash_pay": 1})
    wire.send("320000", "320100", wrong)
    wire.deliver_all(town.tick(1))
    assert BY_CODE[wire.answer(asked).infcode].name == "shares_do_not_add_up"
