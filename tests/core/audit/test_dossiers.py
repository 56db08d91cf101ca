"""What the messages of a visit tell the audit, and how it is forgotten again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.audit.case import INPATIENT, OUTPATIENT, PHARMACY, Entry, Patient
from simulator.core.audit.dossiers import Dossiers
from simulator.core.audit.facts import Adopt, ReviewDay, Reviewed
from simulator.core.platform.message import Key, Message, reply_to, request

HOSPITAL, TIME = "H32019900001", "2016-10-03 10:00:00"
ENTRY = Entry("01", None, dt.date(2016, 1, 1), None)
HEAD = {"mdtrtarea_admvs": "320199", "insuplc_admdvs": "320399"}


class Counter:
    """A hospital that tells a dossier what was asked and answered."""

    def __init__(self, registry: Any) -> None:
        self.dossiers = Dossiers(registry, lambda code, day, level: ENTRY if code != "new" else None)
        self.asked = 0

    def tell(self, infno: str, blocks: dict[str, Any], **replied: Any) -> Message:
        self.asked += 1
        asked = request(infno, Key(HOSPITAL, f"m{self.asked}"), HEAD, blocks)
        self.dossiers.take(asked, reply_to(asked, {}, replied))
        return asked

    def admit(self, **changes: Any) -> Message:
        info = {"psn_no": "P1", "begntime": "2016-10-01 09:00:00", "dscg_maindiag_code": "I10", "med_type": "21"}
        diagnoses = [
            {"maindiag_flag": "0", "diag_srt_no": 1, "diag_code": "E11"},
            {"maindiag_flag": "1", "diag_srt_no": 2, "diag_code": "I10"},
        ]
        return self.tell("2401", {"mdtrtinfo": {**info, **changes}, "diseinfo": diagnoses}, result={"mdtrt_id": "V1"})

    def charge(self, sn: int, *, infno: str = "2301", visit: str = "V1", **changes: Any) -> None:
        row = {
            "feedetl_sn": sn, "mdtrt_id": visit, "psn_no": "P1", "fee_ocur_time": TIME, "med_list_codg": "drug-a",
            "det_item_fee_sumamt": 1000, "cnt": 20_000, "pric": 5_000_000, **changes,
        }  # fmt: skip
        priced = {
            "feedetl_sn": str(sn), "med_chrgitm_type": "09", "fulamt_ownpay_amt": 100, "overlmt_amt": 50,
            "inscp_scp_amt": 800,
        }  # fmt: skip
        self.tell(infno, {"feedetail": [row]}, result=[priced])

    def settle(self, setl_id: str, *, infno: str = "2304", **changes: Any) -> None:
        info = {"mdtrt_id": "V1", "psn_no": "P1", "setl_id": setl_id, "gend": "1"}
        funds = [{"fund_pay_type": "310100", "fund_payamt": 700}]
        self.tell(infno, {"data": {"mid_setl_flag": "0", **changes}}, setlinfo=info, setldetail=funds)

    @property
    def visit(self) -> Any:
        dossier = self.dossiers.find("V1")
        assert dossier is not None
        return dossier.visit

    @property
    def dossier(self) -> Any:
        return self.dossiers.find("V1")


@pytest.fixture
def counter(registry: Any) -> Counter:
    return Counter(registry)


def test_an_admission_opens_a_stay_with_the_main_diagnosis_first(counter: Counter) -> None:
    counter.admit()
    visit = counter.visit
    assert (visit.kind, visit.hospital, visit.city, visit.level) == (INPATIENT, HOSPITAL, "320100", "tertiary")
    assert (visit.begin, visit.end) == (dt.datetime(2016, 10, 1, 9, 0), None)
    assert visit.diagnoses == ("I10", "E11")
    assert list(counter.dossiers.going_on("P1")) == [visit]


def test_an_admission_without_a_list_of_diagnoses_has_its_main_one(counter: Counter) -> None:
    info = {"psn_no": "P1", "begntime": "2016-10-01 09:00:00", "dscg_maindiag_code": "I10"}
    counter.tell("2401", {"mdtrtinfo": info, "diseinfo": []}, result={"mdtrt_id": "V1"})
    assert counter.visit.diagnoses == ("I10",)


def test_a_discharge_ends_it_and_its_undoing_opens_it_again(counter: Counter) -> None:
    counter.admit()
    out = {"mdtrt_id": "V1", "endtime": "2016-10-04 10:00:00", "dscg_way": "1"}
    found = [{"maindiag_flag": "1", "diag_srt_no": 1, "diag_code": "K80"}]
    counter.tell("2402", {"dscginfo": out, "diseinfo": found})
    assert counter.visit.end == dt.datetime(2016, 10, 4, 10, 0)
    assert counter.visit.diagnoses == ("K80",)
    assert list(counter.dossiers.going_on("P1")) == []
    counter.tell("2405", {"data": {"mdtrt_id": "V1"}})
    assert (counter.visit.end, counter.visit.way) == (None, "")


@pytest.mark.parametrize(("told", "died"), [({"die_date": "2016-10-03"}, 3), ({}, 4)])
def test_a_death_is_remembered_of_the_person_until_it_is_undone(counter: Counter, told: Any, died: int) -> None:
    counter.admit()
    out = {"mdtrt_id": "V1", "endtime": "2016-10-04 10:00:00", "dscg_way": "5", **told}
    counter.tell("2402", {"dscginfo": out, "diseinfo": []})
    assert counter.dossiers.patient("P1").died == dt.date(2016, 10, died)
    counter.tell("2405", {"data": {"mdtrt_id": "V1"}})
    assert counter.dossiers.patient("P1").died is None


def test_sex_and_birth_come_from_the_replies_that_tell_them(counter: Counter) -> None:
    assert counter.dossiers.patient("P1") == Patient("P1")
    counter.tell("1101", {"data": {}}, baseinfo={"psn_no": "P1", "gend": "2", "brdy": "1950-10-11"})
    assert counter.dossiers.patient("P1") == Patient("P1", "2", dt.date(1950, 10, 11))
    counter.tell("1101", {"data": {}}, baseinfo={"psn_no": "P1", "gend": ""})
    assert counter.dossiers.patient("P1") == Patient("P1", "2", dt.date(1950, 10, 11))


def test_a_line_is_kept_with_its_time_and_what_it_was_priced_at(counter: Counter) -> None:
    counter.admit()
    counter.charge(1, hosp_appr_flag="1", dscg_tkdrug_flag="1", prd_days=700, init_feedetl_sn="9")
    counter.charge(2, med_list_codg="new")
    first, second = counter.dossier.charges.values()
    assert (first.sn, first.kind, first.amount, first.covered, first.in_scope) == ("1", "09", 1000, 850, 800)
    assert (first.at, first.entry, first.refund_of) == (dt.datetime(2016, 10, 3, 10, 0), ENTRY, "9")
    assert (first.approved, first.take_home, first.days) == (True, True, 700)
    assert (second.entry, second.approved, second.take_home, second.days) == (None, False, False, 0)


def test_what_a_reply_does_not_split_is_covered_and_not_in_scope(counter: Counter) -> None:
    counter.admit()
    row = {
        "feedetl_sn": 1, "mdtrt_id": "V1", "fee_ocur_time": TIME, "med_list_codg": "drug-a",
        "det_item_fee_sumamt": 1000, "cnt": 1, "pric": 1,
    }  # fmt: skip
    counter.tell("2301", {"feedetail": [row]}, result=[{"feedetl_sn": "1", "med_chrgitm_type": "09"}])
    (charge,) = counter.dossier.charges.values()
    assert (charge.covered, charge.in_scope) == (1000, 0)


def test_cancelled_lines_are_gone_by_number_by_batch_or_all(counter: Counter) -> None:
    counter.admit()
    for sn in (1, 2, 3):
        counter.charge(sn)
    counter.charge(4, infno="2204", chrg_bchno="B7")
    counter.tell("2302", {"data": [{"feedetl_sn": "2", "mdtrt_id": "V1"}]})
    assert list(counter.dossier.charges) == ["1", "3", "4"]
    counter.tell("2205", {"data": {"chrg_bchno": "B7", "mdtrt_id": "V1"}})
    assert list(counter.dossier.charges) == ["1", "3"]
    counter.tell("2302", {"data": [{"feedetl_sn": "0000", "mdtrt_id": "V1"}]})
    assert counter.dossier.charges == {}


def test_a_part_settlement_takes_the_lines_so_far(counter: Counter) -> None:
    counter.admit()
    counter.charge(1)
    counter.settle("S1", mid_setl_flag="1")
    counter.charge(2)
    counter.settle("S2", exp_content='{"TRUM_FLAG": "1", "REL_TTP_FLAG": "0"}')
    dossier = counter.dossier
    assert [[each.sn for each in dossier.billed(setl)] for setl in ("S1", "S2")] == [["1"], ["2"]]
    assert (dossier.parts, dossier.funds["S2"]) == (["S1"], (("310100", 700),))
    assert (counter.visit.injury, counter.visit.third_party) == ("1", "0")
    assert dossier.billed("S3") == ()
    del dossier.bills["S2"]
    assert [each.sn for each in dossier.billed("S3")] == ["2"]


def test_an_outpatient_visit_is_registered_described_and_settled(counter: Counter) -> None:
    data = {"psn_no": "P1", "begntime": TIME}
    counter.tell("2201", {"data": data}, data={"mdtrt_id": "V1"})
    told = {"mdtrt_id": "V1", "med_type": "14", "begntime": TIME}
    counter.tell("2203", {"mdtrtinfo": told, "diseinfo": [{"diag_srt_no": 1, "diag_code": "I10"}]})
    counter.charge(1, infno="2204", chrg_bchno="B1")
    counter.settle("S1", infno="2207")
    assert (counter.visit.kind, counter.visit.med_type, counter.visit.diagnoses) == (OUTPATIENT, "14", ("I10",))
    assert counter.visit.end == counter.visit.begin
    assert [each.sn for each in counter.dossier.billed("S1")] == ["1"]
    assert list(counter.dossiers.going_on("P1")) == []


def test_a_purchase_is_visit_lines_and_bill_in_one(counter: Counter) -> None:
    row = {
        "feedetl_sn": 1, "fee_ocur_time": TIME, "med_list_codg": "drug-a", "det_item_fee_sumamt": 1000,
        "cnt": 1, "pric": 1, "prd_days": 500,
    }  # fmt: skip
    counter.tell(
        "2102",
        {"druginfo": {"psn_no": "P1", "begntime": TIME, "med_type": "41"}, "drugdetail": [row]},
        setlinfo={"mdtrt_id": "V1", "psn_no": "P1", "setl_id": "S1"},
        setldetail=[],
        detlcutinfo=[{"feedetl_sn": "1", "med_chrgitm_type": "09", "inscp_scp_amt": 1000}],
    )
    assert counter.visit.kind == PHARMACY
    assert [each.days for each in counter.dossier.billed("S1")] == [500]


@pytest.mark.parametrize(
    ("content", "flags"),
    [
        ('{"TRUM_FLAG": "1", "REL_TTP_FLAG": "0"}', ("1", "0")),
        ('{"TRUM_FLAG": 1}', ("1", "")),
        ("[1]", ("", "")),
        ("{", ("", "")),
        ("[" * 4000, ("", "")),
        ("", ("", "")),
    ],
)
def test_the_flags_of_an_injury_are_read_where_they_stand(counter: Counter, content: str, flags: Any) -> None:
    counter.admit(exp_content=content)
    assert (counter.visit.injury, counter.visit.third_party) == flags


@pytest.mark.parametrize("infno", ["2404", "2601"])
def test_a_visit_withdrawn_or_reversed_is_forgotten(counter: Counter, infno: str) -> None:
    asked = counter.admit()
    data = {"mdtrt_id": "V1"} if infno == "2404" else {"omsgid": asked.msgid, "oinfno": "2401"}
    counter.tell(infno, {"data": data})
    assert counter.dossier is None
    assert list(counter.dossiers.going_on("P1")) == []
    counter.tell(infno, {"data": data})  # once more changes nothing
    counter.dossiers.forget("V1")


def test_messages_about_visits_never_heard_of_change_nothing(counter: Counter) -> None:
    """The rule set was adopted while they went on."""
    counter.charge(1)
    counter.settle("S1")
    counter.tell("2203", {"mdtrtinfo": {"mdtrt_id": "V1"}, "diseinfo": []})
    counter.tell("2302", {"data": [{"feedetl_sn": "2", "mdtrt_id": "V1"}]})
    counter.tell("2402", {"dscginfo": {"mdtrt_id": "V1"}, "diseinfo": []})
    counter.tell("2405", {"data": {"mdtrt_id": "V1"}})
    counter.tell("9001", {})
    assert counter.dossier is None


def test_a_bill_begun_before_the_rules_is_reviewed_with_what_its_row_tells(
    make_play: Any, small_library: Any, audit_figures: Any
) -> None:
    play = make_play(**audit_figures)
    stay = play.stay()
    stay.admit(dt.datetime(2016, 10, 1, 9, 0))
    stay.upload_bill()
    play.act(Adopt(small_library), at="320100")
    stay.discharge()
    stay.settle()
    facts = play.act(ReviewDay(play.now.date()), at="320100")
    assert [fact.findings for fact in facts if isinstance(fact, Reviewed)] == [0]  # its lines are not known
    row = play.treatment.audit.audit._history.bills[stay.setl_id]
    case = play.treatment.audit.audit._history.case(row)
    assert (case.visit.begin, case.visit.end) == (dt.datetime(2016, 10, 1), dt.datetime(2016, 10, 10))
    assert case.charges == ()
    assert play.treatment.audit.audit._history.funds(row) == ()
