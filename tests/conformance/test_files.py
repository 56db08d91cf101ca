"""Files that a system under test gives: rows that are missing, changed or too many are seen, and nothing else is."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import schemas
from conformance import SUITES
from conformance.client import CaseClient, Nonconformant
from conformance.commands import run_suites
from conformance.files import fetched
from conformance.setting import HERE, HOME
from conformance.standing import Standing
from conformance.suites import test_bureau, test_bureau_filings, test_catalogue, test_files, test_reconciliation
from conformance.transcripts import _shown
from conformance.verifying import compare, judged_again
from simulator.core.platform.files import FileKept, tabbed
from simulator.inputs.matching import Numbers
from simulator.inputs.packed_files import packed, unpacked
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import Subject
from tests.conformance.conftest import Town, results_in

SUBJECT = Subject("dry", "city", "320300", "http://dry.invalid", "jiangsu-2023", profile="bureau")
DAY = dt.date(2026, 11, 23)
CHOSEN = "(only_the_city_has and here) or (list_is_downloaded and 1303) or filed_at_the_hospital"
CHOSEN += " or (test_bureau and uploaded)"


class _Dry:
    """A bench around a platform of this process; ``change`` alters the text of the files it gives."""

    def __init__(self, folder: Path) -> None:
        self.standing = Standing(SUBJECT, ground_of(SUBJECT.pack), "1", folder / "evidence.ndjson", dry=DAY)
        self.city: Any = self.standing.wire._city  # type: ignore[attr-defined]
        self._begun = 0

    def case(self) -> CaseClient:
        self._begun += 1
        self.standing.bench.begin(f"case {self._begun}", 0, self._begun)
        return CaseClient(self.standing.bench, f"case {self._begun}", 0)

    def change(self, alter: Callable[[str], bytes]) -> None:
        right = self.city.answer

        def answer(now: dt.datetime, headers: Any, body: bytes) -> tuple[int, bytes, str]:
            status, told, why = right(now, headers, body)
            if json.loads(body)["infno"] == "9102" and not told.startswith(b"{"):
                told = alter(unpacked(told))
            return status, told, why

        self.city.answer = answer


@pytest.fixture
def dry(tmp_path: Path) -> Iterator[_Dry]:
    made = _Dry(tmp_path)
    yield made
    made.standing.close()


def _text(alter: Callable[[str], str]) -> Callable[[str], bytes]:
    return lambda text: packed(alter(text), "result.txt")


def _flag_wrong(text: str) -> str:
    return text.replace("\t1\t0\t", "\t0\t0\t")


def _others_too(text: str) -> str:
    return text + tabbed([["320199000000000009", "V9", "S9", "M9", "1", "0", "他人", 100, 100, 0]])


# -- a platform that is right, and one that is not --------------------------------------------------------------------


@pytest.mark.parametrize("where", (HERE, HOME))
def test_rows_of_other_people_are_nobodys_business(dry: _Dry, where: str) -> None:
    dry.change(_text(_others_too))
    test_files.test_rows_that_are_alike(dry.case(), where, "inpatient")
    test_files.test_a_row_that_only_the_city_has(dry.case(), where)


@pytest.mark.parametrize(
    ("alter", "place"),
    [
        (lambda text: "", "1 rows, received 0 rows"),
        (lambda text: text + text, "1 rows, received 2 rows"),
        (_flag_wrong, "stmt_rslt"),
        (lambda text: text.replace("\t1\t0\t", "\t1\t1\t"), "1 rows, received 0 rows"),
        (lambda text: text.replace(".", ".1", 1) if text else text, "amounts in yuan"),
        (lambda text: text.replace("\t", ",") if text else text, "amounts in yuan"),
    ],
    ids=("left out", "told twice", "level", "as a refund", "no amount", "commas"),
)
def test_a_wrong_result_is_seen(dry: _Dry, alter: Callable[[str], str], place: str) -> None:
    dry.change(_text(alter))
    with pytest.raises(Nonconformant, match=place):
        test_files.test_a_row_that_is_a_fen_off(dry.case(), HERE, "medfee_sumamt")


def test_a_result_that_is_no_zip_is_seen(dry: _Dry) -> None:
    dry.change(lambda text: b"PK not really")
    with pytest.raises(Nonconformant, match="one UTF-8 text in a ZIP"):
        test_files.test_rows_that_are_alike(dry.case(), HERE, "inpatient")


def test_a_message_in_the_place_of_a_file_is_seen(dry: _Dry) -> None:
    head = {"infcode": 0, "inf_refmsgid": "320300202611231200000000000001", "err_msg": ""}
    head |= {"refmsg_time": "20261123120000000", "respond_time": "20261123120000000"}
    dry.change(lambda text: json.dumps(head).encode())
    with pytest.raises(Nonconformant, match="expected a file, received a message"):
        test_files.test_rows_that_are_alike(dry.case(), HERE, "inpatient")


@pytest.mark.parametrize(
    "alter",
    [
        lambda text: text.partition("\n")[2],
        lambda text: text + text.partition("\n")[0].replace("\t", "X\t", 1) + "\n",
        lambda text: text.replace("乙", "甲"),
    ],
    ids=("one less", "one more", "another class"),
)
def test_a_wrong_download_is_seen(dry: _Dry, alter: Callable[[str], str]) -> None:
    dry.change(_text(alter))
    with pytest.raises(Nonconformant, match="/output/file"):
        test_catalogue.test_a_list_is_downloaded(dry.case(), "1301")


def test_messages_between_bureaus_are_judged_with_their_profile_alone(dry: _Dry) -> None:
    for test in (
        test_bureau.test_deductions_are_offset,
        test_bureau.test_deductions_from_a_strangers_bill,
        test_bureau.test_a_question_about_a_settlement,
        test_bureau.test_an_answer_to_no_question,
    ):
        test(dry.case())
    test_bureau.test_a_change_without_approval(dry.case(), "list_aprv_id")


@pytest.mark.parametrize(
    ("infno", "test"),
    [
        ("A102", test_bureau.test_deductions_are_offset),
        ("A101", test_bureau.test_deductions_from_a_strangers_bill),
        ("C104", test_bureau.test_a_question_about_a_settlement),
        ("C105", test_bureau.test_an_answer_to_no_question),
        ("D103", lambda case: test_bureau.test_a_change_without_approval(case, "list_aprv_id")),
        ("A102", test_bureau.test_rows_of_a_deduction_count_together),
        ("A102", test_bureau.test_a_deduction_that_comes_twice),
        ("A102", test_bureau.test_a_deduction_needs_its_finding),
        ("C104", test_bureau.test_a_question_about_no_institution),
        ("R103", test_bureau.test_a_result_of_two_other_cities),
        ("P202", lambda case: test_bureau.test_a_quota_that_there_is_not(case, "P202")),
        ("P203", lambda case: test_bureau.test_a_quota_that_there_is_not(case, "P203")),
        ("F101", lambda case: test_bureau_filings.test_a_filing_is_uploaded(case, "12")),
        ("F101", lambda case: test_bureau_filings.test_a_filing_that_is_not_for_here(case, "rloc_admdvs")),
        ("F102", test_bureau_filings.test_a_filing_is_changed),
        ("F103", test_bureau_filings.test_a_filing_is_withdrawn),
    ],
)
def test_a_city_that_takes_whatever_it_is_told_is_seen(
    dry: _Dry, infno: str, test: Callable[[CaseClient], None]
) -> None:
    right = dry.city.answer

    def answer(now: dt.datetime, headers: Any, body: bytes) -> tuple[int, bytes, str]:
        status, told, why = right(now, headers, body)
        if json.loads(body)["infno"] == infno and not (status == 200 and json.loads(told)["infcode"] == 0):
            head = {"inf_refmsgid": "320300202611231200000000000001", "refmsg_time": "20261123120000000"}
            head |= {"respond_time": "20261123120000000", "err_msg": ""}
            output = json.loads((_EXAMPLES / f"{infno}.response.json").read_bytes())["output"]
            return 200, json.dumps({"infcode": 0, **head, "output": output}).encode(), why
        return status, told, why

    dry.city.answer = answer
    with pytest.raises(Nonconformant, match=r"accepted|infcode"):
        test(dry.case())


_EXAMPLES = Path(schemas.__file__).parent / "v1" / "examples"


def test_a_day_is_quiet_again_after_a_case_about_its_totals(dry: _Dry) -> None:
    first = dry.case().do("quiet", "worker", "21")
    for _ in range(4):
        test_reconciliation.test_the_totals_of_a_day(dry.case(), "worker", "inpatient")
    test_reconciliation.test_the_totals_after_a_cancellation(dry.case())
    assert dry.case().do("quiet", "worker", "21") == first


# -- reading ----------------------------------------------------------------------------------------------------------


def test_numbers_of_the_system_are_read_as_those_of_the_model() -> None:
    numbers = Numbers()
    numbers.pair("A1", "XYZ")
    row = ["P1", "V1", "A1", "M1", "1", "0", "金额不一致", 100, 90, 0]
    kept = FileKept("F1", ({"psn_no": "P1", "mdtrt_id": "V1", "setl_id": "A1", "msgid": "M1", **_REST},))
    told = fetched(packed(tabbed([[*row[:2], "XYZ", *row[3:]]]), "r"), kept, numbers, {"P1"})
    assert told.wrong == ()
    assert told.rows[0]["setl_id"] == "XYZ"
    (wrong,) = fetched(packed(tabbed([[*row[:7], 101, 90, 0]]), "r"), kept, Numbers(), {"P1"}).wrong
    assert (wrong.path[-1], wrong.expected, wrong.received) == ("medfee_sumamt", 100, 101)


_REST = {
    "stmt_rslt": "1",
    "refd_setl_flag": "0",
    "memo": "",
    "medfee_sumamt": 100,
    "fund_pay_sumamt": 90,
    "acct_pay": 0,
}


def test_a_file_is_shown_as_its_text_with_numbers_masked() -> None:
    shown = _shown(packed("S1\t991234199001011234\t王安\n", "r"), ())
    assert shown.startswith("S1\t99")
    assert "991234199001011234" not in shown


# -- over the network -------------------------------------------------------------------------------------------------


def test_a_handful_is_green_live_and_comes_to_the_same_offline(town: Town, tmp_path: Path) -> None:
    file, evidence = tmp_path / "conformance.toml", tmp_path / "evidence.ndjson"
    file.write_text(town.file.read_text(encoding="utf-8").replace('"national"', '"bureau"'), encoding="utf-8")
    assert run_suites(str(file), evidence, "", "-k", CHOSEN, quiet=True, suites=SUITES) == 0
    live = results_in(tmp_path)
    assert {each["verdict"] for each in live["cases"]} == {"pass"}
    assert len(live["cases"]) == 6
    compare(live, judged_again(evidence, "-k", CHOSEN))
