"""Analysis for hospitals before and during care (3101, 3102), and what they did about it (3103)."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

import schemas
from simulator.core.audit.case import INPATIENT, OUTPATIENT, Restriction
from simulator.core.audit.facts import Adopt, Handled, Warned
from simulator.core.platform.message import Message
from simulator.inputs.wire import Wire

NANJING, HOSPITAL = "320100", "H32019900001"
REGISTRY = schemas.load()
WIRE = Wire(REGISTRY)


def order(number: int, code: str = "drug-a", **changes: Any) -> dict[str, Any]:
    """An order of five at 12.50, covered whole, of which 10 % are paid first."""
    example = json.loads(REGISTRY.examples["3101", "request"])["input"]["data"]["patient_dtos"][0]
    row = dict(example["fsi_encounter_dtos"][0]["fsi_order_dtos"][0])
    row |= {"rx_id": f"RX{number}", "hilist_code": code, "cnt": 500, "pric": 1_250, "sumamt": 6_250}
    row |= {"hilist_pric": 1_250, "lv1_hosp_item_pric": 0, "lv2_hosp_item_pric": 0, "lv3_hosp_item_pric": 0}
    row |= {"ownpay_amt": 0, "selfpay_amt": 625, "drord_begn_date": "2016-10-09 09:00:00", "drord_stop_date": ""}
    row["extend_order_map"] = {"o_firstItemFlag": "0"}
    return row | changes


def visit(*orders: dict[str, Any], **changes: Any) -> dict[str, Any]:
    example = json.loads(REGISTRY.examples["3101", "request"])["input"]["data"]["patient_dtos"][0]
    row = dict(example["fsi_encounter_dtos"][0])
    row |= {"mdtrt_id": "V1", "medins_id": HOSPITAL, "medins_admdvs": NANJING, "fsi_order_dtos": list(orders)}
    row |= {"adm_date": "2016-10-08 08:30:00", "dscg_date": "2016-10-12"}
    row |= dict.fromkeys(("medfee_sumamt", "ownpay_amt", "selfpay_amt", "acct_payamt", "ma_amt", "hifp_payamt"), 0)
    return row | changes


def ask(play: Any, *visits: dict[str, Any], infno: str = "3101", person: Any = None, **changes: Any) -> Message:
    """Send an analysis through the wire, strictly checked both ways."""
    example = json.loads(REGISTRY.examples["3101", "request"])["input"]["data"]["patient_dtos"][0]
    patient = {**example, "patn_id": "P1", "brdy": "1950-10-11", "poolarea": "320399", "curr_mdtrt_id": "V1"}
    patient |= {"fsi_encounter_dtos": list(visits), **(person or {})}
    data = {"patient_dtos": [patient], "trig_scen": "1", "syscode": "99", **changes}
    asked = play.desk.statement(play.tick(), play.now.date(), "310")._replace(infno=infno, blocks={"data": data})
    return passed(play, asked)


def tupled(value: Any) -> Any:
    """Lists inside a message are tuples."""
    if isinstance(value, dict):
        return {name: tupled(each) for name, each in value.items()}
    return tuple(tupled(each) for each in value) if isinstance(value, (list, tuple)) else value


def passed(play: Any, asked: Message) -> Message:
    asked = asked._replace(blocks=tupled(asked.blocks))
    text = WIRE.encode(asked).decode()
    assert REGISTRY.check_text(asked.infno, "request", text) == ()
    reply: Message = play.ask(WIRE.decode_request(json.loads(text, parse_float=Decimal)))
    if reply.succeeded:
        assert REGISTRY.check_text(asked.infno, "response", WIRE.encode(reply).decode()) == ()
    return reply


def feedback(play: Any, *warnings: tuple[str, str, str]) -> Message:
    rows = [{"warn_rslt_id": number, "dspo_way": way, "dspo_way_rea": reason} for number, way, reason in warnings]
    asked = play.desk.statement(play.tick(), play.now.date(), "310")
    return passed(play, asked._replace(infno="3103", blocks={"data": {"warn_type": "1", "warns": rows}}))


@pytest.fixture
def warned(audited: Any, small_library: Any) -> Any:
    """The rules with restrictions of the small catalogue: drug-a for women, drug-b after a first line."""
    restrictions = {
        "drug-a": Restriction(gender="2", daily=10_000),
        "drug-b": Restriction(second_line="抗菌药"),
        "herb-b": Restriction(first_line="抗菌药", recognised=True),
    }
    audited.act(Adopt(small_library._replace(restrictions=restrictions)), at=NANJING)
    return audited


def test_a_hospital_is_warned_by_the_same_rules_and_never_refused(warned: Any) -> None:
    reply = ask(warned, visit(order(1)))
    (result,) = reply.rows("result")
    assert result["rule_id"] == "gender-conflict"
    assert result["rule_name"] == "项目与性别不符"
    assert result["vola_cont"] == "项目drug-a限性别2，参保人性别1"
    assert (result["vola_amt"], result["sev_deg"], result["vola_bhvr_type"]) == (6_250, "1", "2")
    (detail,) = result["judge_result_detail_dtos"]
    assert (detail["rx_id"], detail["vola_amt"]) == ("RX1", 6_250)
    (fact,) = [fact for _, fact in warned.relay.facts if isinstance(fact, Warned)]
    assert (fact.hospital, fact.stage) == (HOSPITAL, "before")
    assert fact.warning == result["jr_id"] == "JR3201002016101000000001"


def test_nothing_wrong_is_an_empty_list(warned: Any) -> None:
    assert ask(warned, visit(order(1)), person={"gend": "2"}).rows("result") == ()


def test_during_care_more_rules_speak(warned: Any) -> None:
    """An order before admission is one for the time of care."""
    early = order(1, "treatment-a", drord_begn_date="2016-10-07", selfpay_amt=0)
    assert ask(warned, visit(early)).rows("result") == ()
    (result,) = ask(warned, visit(early), infno="3102").rows("result")
    assert result["rule_id"] == "line-before-admission"


def test_only_the_rules_asked_for_answer(warned: Any) -> None:
    both = visit(order(1), order(2, "drug-b"))
    assert len(ask(warned, both).rows("result")) == 2
    (one,) = ask(warned, both, rule_ids=["second-line-unproven", "no-such-rule"], trig_scen="").rows("result")
    assert one["rule_id"] == "second-line-unproven"


def test_a_visit_as_a_whole_is_questioned_without_an_order(warned: Any) -> None:
    injured = visit(order(1), dscg_main_dise_codg="S72.000")
    diagnosis = {**injured["fsi_diagnose_dtos"][0], "dise_codg": "S72.000"}
    reply = ask(warned, injured | {"fsi_diagnose_dtos": [diagnosis]}, infno="3102", person={"gend": "2"})
    (result,) = reply.rows("result")
    assert result["rule_id"] == "injury-without-flags"
    assert result["vola_bhvr_type"] == "1"
    assert "rx_id" not in result["judge_result_detail_dtos"][0]


def test_earlier_visits_of_the_request_are_looked_at(warned: Any) -> None:
    """A test made elsewhere a day before, and the first line of therapy used there."""
    herb = {"chrg_type": "03", "selfpay_amt": 0}
    before = visit(order(7, "herb-b", **herb), mdtrt_id="V0", medins_id="H32019900002")
    now = visit(order(1, "drug-b", selfpay_amt=0), order(2, "herb-b", **herb))
    assert [each["rule_id"] for each in ask(warned, now, before).rows("result")] == ["test-repeated-elsewhere"]
    assert {each["rule_id"] for each in ask(warned, visit(order(1, "drug-b", selfpay_amt=0))).rows("result")} == {
        "second-line-unproven"
    }


def test_a_first_line_of_the_last_half_year_may_be_stated(warned: Any) -> None:
    stated = order(1, "drug-b", extend_order_map={"o_firstItemFlag": "1"})
    assert ask(warned, visit(stated)).rows("result") == ()


@pytest.mark.parametrize(("days", "found"), [("8", 1), ("7", 0), ("7天", 0)])
def test_a_course_is_read_where_it_is_a_number(warned: Any, days: str, found: int) -> None:
    """At an outpatient visit; a text that is no number leaves the dose: five a day are five days."""
    line = order(1, extend_order_map={"o_prdDays": days})
    row = visit(line, med_mdtrt_type="1", med_type="11")
    results = ask(warned, row, person={"gend": "2"}).rows("result")
    assert [each["rule_id"] for each in results] == ["prescription-too-long"] * found


def test_the_request_is_read_as_the_wire_brings_it(warned: Any) -> None:
    analysis = warned.treatment.audit.analysis
    seen = analysis._visit(
        visit(order(1))
        | {
            "fsi_diagnose_dtos": [
                {"maindise_flag": "0", "dias_srt_no": "1", "dise_codg": "A"},
                {"maindise_flag": "1", "dias_srt_no": "2", "dise_codg": "B"},
                {"maindise_flag": "0", "dias_srt_no": "3", "dise_codg": "A"},
            ]
        }
    )
    assert seen.diagnoses == ("B", "A")
    assert (seen.kind, seen.city, seen.level) == (INPATIENT, NANJING, "tertiary")
    assert (seen.begin, seen.end) == (dt.datetime(2016, 10, 8, 8, 30), dt.datetime(2016, 10, 12))
    other = analysis._visit(visit(medins_id="H9", medins_lv="20", med_mdtrt_type="4"))
    assert (other.kind, other.level) == (OUTPATIENT, "secondary")
    (charge,) = analysis._charges(visit(order(1)), "tertiary")
    assert (charge.price, charge.quantity, charge.amount) == (12_500_000, 50_000, 6_250)
    assert (charge.covered, charge.in_scope) == (6_250, 5_625)


def test_a_visit_that_is_not_the_current_one_by_number_is_the_first(warned: Any) -> None:
    reply = ask(warned, visit(order(1)), person={"curr_mdtrt_id": "V9", "poolarea": "999999"})
    assert reply.rows("result")[0]["mdtrt_id"] == "V1"


def test_feedback_is_noted_for_the_warnings_given_to_that_hospital(warned: Any) -> None:
    (result,) = ask(warned, visit(order(1))).rows("result")
    number = result["jr_id"]
    assert feedback(warned, (number, "1", "病情需要"), ("JR0", "2", "")).infcode == -247
    assert warned.treatment.audit.analysis.handled == {}  # nothing half done
    assert feedback(warned, (number, "1", "病情需要")).succeeded
    handled = warned.treatment.audit.analysis.handled[number]
    assert (handled.way, handled.reason) == ("1", "病情需要")
    assert [fact for _, fact in warned.relay.facts if isinstance(fact, Handled)] == [handled]
    warned.desk = warned.net.desks["H32019900002"]
    assert feedback(warned, (number, "2", "")).infcode == -247


def test_without_a_rule_set_there_is_no_analysis(play: Any) -> None:
    assert ask(play, visit(order(1))).infcode == -248


def test_warnings_are_forgotten_with_their_day(warned: Any) -> None:
    (result,) = ask(warned, visit(order(1))).rows("result")
    feedback(warned, (result["jr_id"], "2", ""))
    analysis = warned.treatment.audit.analysis
    warned.treatment.drop_before("2016-10-10")
    assert len(analysis.warnings) == len(analysis.handled) == 1
    warned.treatment.drop_before("2016-10-11")
    assert (analysis.warnings, analysis.handled) == ({}, {})
