"""A province under test: the bench plays its cities and the ministry, and finds whoever changes what passes through."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import scenarios.policies
from conformance import suites_of
from conformance.client import CaseClient, Nonconformant
from conformance.commands import demo_city, run_suites
from conformance.doctor import OK, examined
from conformance.evidence import FROM, checked
from conformance.export import exported
from conformance.head import suites_digest
from conformance.initial import initial
from conformance.mutants.province import MUTANTS
from conformance.setting import BETWEEN, IN, OUT
from conformance.standing import Standing, addresses_of
from conformance.suites.province import (
    test_filing,
    test_gateway,
    test_routing,
    test_unchanged,
    test_unknown,
)
from conformance.verifying import compare, judged_again
from simulator.core.platform.message import Message
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import Subject, read_subject
from tests.conformance.conftest import Town, results_in, verdicts_in

SUITES = suites_of("province")
SUBJECT = Subject("dry", "province", "320000", "http://dry.invalid", "jiangsu-2023", "http://dry.invalid")
DAY = dt.date(2026, 11, 23)
CHOSEN = ("-k", "step_goes_on_once and pharmacy or down_is_told and between-denied or signed_as and between-none")
"""Five cases: on every way, who is denied, and who does not sign."""


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with demo_city(role="province") as file:
        yield Town(file)


def run(file: Path, folder: Path, *chosen: str) -> int:
    """Run cases of the province's suites against a system; return pytest's exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    return run_suites(str(file), folder / "evidence.ndjson", "7", *chosen, quiet=True)


# -- the whole way, over the network --------------------------------------------------------------------------------


def test_a_handful_is_green_and_comes_to_the_same_from_its_evidence(town: Town, tmp_path: Path) -> None:
    assert run(town.file, tmp_path, *CHOSEN) == 0
    results = results_in(tmp_path)
    assert {case["verdict"] for case in results["cases"]} == {"pass"}
    assert len(results["cases"]) == 5
    assert len(results["not_run"]) > 200
    assert all(name.startswith("province/") for name in results["not_run"])
    assert results["subject"]["role"] == "province"
    assert results["suites"] == suites_digest("province") != suites_digest()
    paths = {line.said["path"].split("/")[1] for line in _lines(tmp_path) if line.kind == FROM}
    assert "100000" in paths
    assert len(paths) > 3
    compare(results, judged_again(tmp_path / "evidence.ndjson", *CHOSEN))


def _lines(folder: Path) -> Any:
    return checked((folder / "evidence.ndjson").read_bytes(), "evidence")


@pytest.mark.slow
def test_what_is_wrong_is_tried_on_the_reference_and_told_from_it(tmp_path: Path) -> None:
    chosen = ("-k", "comes_back_as_it_is and between-1101")
    with demo_city("province-refusal-reworded", "province") as file:
        assert run(file, tmp_path, *chosen) == 1
    ((verdict, label),) = verdicts_in(tmp_path).values()
    assert (verdict, label) == ("fail", "system under test")
    compare(results_in(tmp_path), judged_again(tmp_path / "evidence.ndjson", *chosen))


def test_the_doctor_finds_nothing_wrong_with_the_reference(town: Town) -> None:
    found = examined(town.file)
    assert found.code == 0
    assert {check.status for check in found.checks} == {OK}


def test_the_doctor_knows_who_is_no_province(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "conformance.toml"
    file.write_text(town.file.read_text(encoding="utf-8").replace('"320000"', '"330000"'), encoding="utf-8")
    (first, *_) = examined(file).checks
    assert "there is no such province" in first.en


@pytest.mark.slow
def test_without_a_hook_for_filings_nothing_of_our_province_is_judged(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "conformance.toml"
    said = town.file.read_text(encoding="utf-8")
    file.write_text("\n".join(row for row in said.splitlines() if "load_filings" not in row), encoding="utf-8")
    run(file, tmp_path, "-k", "goes_on_once and (between-pharmacy or out-pharmacy)")
    verdicts = {name.partition("[")[2]: verdict for name, (verdict, _) in verdicts_in(tmp_path).items()}
    assert verdicts == {"between-pharmacy]": "skipped", "out-pharmacy]": "pass"}


# -- what is asked for -----------------------------------------------------------------------------------------------


def test_the_first_configuration_of_a_province_can_be_read(tmp_path: Path) -> None:
    for lang, word in (("en", "its cities call"), ("zh", "各市调用")):
        file = tmp_path / f"{lang}.toml"
        text = initial(
            str(file), role="province", code="320000", url="http://127.0.0.1:1", pack="jiangsu-2023", lang=lang
        )
        assert word in text
        file.write_text(text, encoding="utf-8")
        assert (read_subject(file).role, read_subject(file).code) == ("province", "320000")


def test_it_is_told_where_it_calls_whom() -> None:
    told = addresses_of(SUBJECT, ground_of(SUBJECT.pack), "http://bench:1")
    assert len(told) == 14
    assert (told["320300"], told["100000"]) == ("http://bench:1/320300", "http://bench:1/100000")
    city = SUBJECT._replace(role="city", code="320300")
    assert addresses_of(city, ground_of(SUBJECT.pack), "http://bench:1") == {"320000": "http://bench:1"}


@pytest.mark.slow
def test_people_of_a_run_are_known_beforehand(town: Town) -> None:
    subject = read_subject(town.file)
    chosen = ("-k", "every_kind_of_filing and (referred or unfiled)")
    found = exported(subject, ground_of(subject.pack), "5", DAY, *chosen)
    assert len({row["psn_no"] for row in found.people}) == 4  # of two attempts at each case
    assert {row["filing_type"] for row in found.filings} == {"referral"}


# -- a province of this process, that can be broken -----------------------------------------------------------------


class _Dry:
    """A bench around a province of this process."""

    def __init__(self, folder: Path, subject: Subject = SUBJECT) -> None:
        self.standing = Standing(subject, ground_of(subject.pack), "1", folder / "evidence.ndjson", dry=DAY)
        self.node: Any = self.standing.wire._city._node  # type: ignore[attr-defined]
        self.standing.bench.begin("case", 0, 7)
        self.case = CaseClient(self.standing.bench, "case", 0)


@pytest.fixture
def dry(tmp_path: Path) -> Iterator[_Dry]:
    made = _Dry(tmp_path)
    yield made
    made.standing.close()


def _sends(dry: _Dry, change: Callable[[str, Message], tuple[str, Message]]) -> None:
    """Alter whom the province sends something, and what."""
    forward = dry.node.forward

    def altered(turn: Any, asked: Message, to: str, outgoing: Message, *more: Any, **named: Any) -> None:
        forward(turn, asked, *change(to, outgoing), *more, **named)

    dry.node.forward = altered


@pytest.mark.parametrize("where", [BETWEEN, OUT, IN])
def test_a_province_that_is_right_passes(dry: _Dry, where: str) -> None:
    test_routing.test_each_step_goes_on_once(dry.case, where, "inpatient")


def test_another_city_than_the_right_one_is_seen(dry: _Dry) -> None:
    _sends(dry, lambda to, message: ("320100" if to != "320100" else "320200", message))
    with pytest.raises(Nonconformant, match=r"forwarded: 1101/to: expected 32\d{4}, received 32\d{4}"):
        test_routing.test_each_step_goes_on_once(dry.case, BETWEEN, "inpatient")


def test_a_fen_is_seen(dry: _Dry) -> None:
    def more(to: str, message: Message) -> tuple[str, Message]:
        if message.infno != "2301":
            return to, message
        (first, *rest) = message.rows("feedetail")
        rows = ({**first, "det_item_fee_sumamt": first["det_item_fee_sumamt"] + 1}, *rest)
        return to, message._replace(blocks={"feedetail": rows})

    _sends(dry, more)
    with pytest.raises(Nonconformant, match="det_item_fee_sumamt"):
        test_unchanged.test_amounts_stay_as_they_are(dry.case, BETWEEN, "worker")


@pytest.mark.parametrize("name", ["setl_id", "setl_time"])
def test_a_number_and_a_time_come_back_as_they_were(dry: _Dry, name: str) -> None:
    complete = dry.node.complete

    def altered(turn: Any, asked: Message, prepared: Any, reply: Message) -> Message:
        final: Message = complete(turn, asked, prepared, reply)
        if asked.infno != "2304":
            return final
        old = final.block("setlinfo")[name]
        new = {"setl_id": f"P{old}", "setl_time": f"{old[:-2]}{(int(old[-2:]) + 1) % 60:02d}"}
        return final.with_fields("setlinfo", {name: new[name]})

    dry.node.complete = altered
    with pytest.raises(Nonconformant, match=name):
        test_unchanged.test_amounts_stay_as_they_are(dry.case, BETWEEN, "worker")


def test_a_gateway_that_denies_is_told_from_a_reply_that_is_lost(dry: _Dry) -> None:
    with pytest.raises(Nonconformant, match=r"infcode: expected -192, received -191"):  # this one has no links
        test_unknown.test_down_is_told_from_late(dry.case, BETWEEN, "denied", -192)


def test_an_answer_from_memory_is_seen(dry: _Dry) -> None:
    decide, known = dry.node.decide, dict[str, Message]()

    def remembered(turn: Any, asked: Message) -> None:
        if asked.infno == "5206" and known:
            dry.node.answer(turn, asked, known["5206"]._replace(key=asked.key))
            return
        decide(turn, asked)

    complete = dry.node.complete

    def noted(turn: Any, asked: Message, prepared: Any, reply: Message) -> Message:
        known.update({"5206": reply} if asked.infno == "5206" else {})
        return complete(turn, asked, prepared, reply)  # type: ignore[no-any-return]

    dry.node.decide, dry.node.complete = remembered, noted
    with pytest.raises(Nonconformant, match="not forwarded: 5206"):
        test_routing.test_the_same_question_is_asked_anew(dry.case, BETWEEN)


def test_another_citys_call_must_be_turned_away(dry: _Dry) -> None:
    dry.standing.wire._city._gate.directory.oversteps = lambda party, asked: ""  # type: ignore[attr-defined]
    with pytest.raises(Nonconformant):
        test_gateway.test_a_call_of_somebody_else(dry.case, BETWEEN, "neighbour")


# -- a pack in which nobody is settled unfiled ------------------------------------------------------------------------


@pytest.fixture
def strict(tmp_path: Path) -> Subject:
    """Return a subject under a pack in which who is unfiled is refused, on the day of admission."""
    pack = tmp_path / "strict"
    shutil.copytree(Path(scenarios.policies.__path__[0]) / "jiangsu-2023", pack)
    file = pack / "filing.toml"
    text = file.read_text(encoding="utf-8").replace('value = "reduced"', 'value = "manual"')
    for name in ("late", "emergency"):
        before, mark, after = text.partition(f"[[{name}.record]]\nvalue = true")
        assert mark
        text = f"{before}[[{name}.record]]\nvalue = false{after}"
    file.write_text(text, encoding="utf-8")
    return SUBJECT._replace(pack=str(pack))


@pytest.mark.parametrize(("shape", "passes"), [("referred", True), ("unfiled", False), ("expired", False)])
def test_an_admission_without_a_filing_is_refused_by_the_province(
    tmp_path: Path, strict: Subject, shape: str, passes: bool
) -> None:
    made = _Dry(tmp_path, strict)
    try:
        test_filing.test_every_kind_of_filing(made.case, shape)
        passed = [infno for infno, _ in made.case.passed()]
        assert passed == (["1101", "2401", "2301", "2402", "2303", "2304"] if passes else ["1101"])
    finally:
        made.standing.close()


def test_a_province_that_does_not_look_at_filings_is_seen(tmp_path: Path, strict: Subject) -> None:
    made = _Dry(tmp_path, strict)
    made.node._unfiled = lambda turn, asked: None
    try:
        with pytest.raises(Nonconformant, match="not asked: 2401"):
            test_filing.test_every_kind_of_filing(made.case, "unfiled")
    finally:
        made.standing.close()


# -- mutants --------------------------------------------------------------------------------------------------------


def test_there_are_mutants_of_a_province() -> None:
    assert len(MUTANTS) >= 25
    assert {each.role for each in MUTANTS} == {"province"}
    assert all(each.expected for each in MUTANTS)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_is_killed_by_a_case_that_is_to_kill_it(mutant: Any, tmp_path: Path) -> None:
    words = " or ".join(" and ".join(filter(None, each.split("*"))) for each in mutant.expected)
    with demo_city(mutant.name, "province") as file:
        run(file, tmp_path, "-k", words, "-x", "--yidi-no-attribution")
    assert "fail" in {verdict for verdict, _ in verdicts_in(tmp_path).values()}
