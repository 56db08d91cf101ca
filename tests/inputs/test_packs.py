"""Policy packs: what is read, how exactly, and what is refused."""

from __future__ import annotations

import datetime as dt
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree
from typing import NoReturn

import pytest

from schemas.requirements import load_requirements
from simulator.core.benefit.rules import Circumstance, rules_for
from simulator.core.values.parameters import NotInForce, PolicyPack, Tier
from simulator.inputs import InputError, load_pack
from simulator.inputs.packs import UNITS, covers, read_pack
from simulator.inputs.toml import Source

DAY = dt.date(2016, 10, 10)
RECORD = """
[cap]
zh = "限额"
en = "cap"
unit = "yuan"
[[cap.record]]
value = 250000
from = 2016-01-01
to = 2016-12-31
assumption = "A-X"
"""
ASSUMPTION = '[assumptions.A-X]\nzh = "假设"\nen = "assumed"\nsource = "a test"\nconfidence = "D"\n'


@pytest.fixture(scope="module")
def pack() -> PolicyPack:
    return load_pack("jiangsu-2016")


def written(folder: Path, employee: str, *, assumptions: str = ASSUMPTION) -> Path:
    (folder / "benefit").mkdir(exist_ok=True)
    (folder / "pack.toml").write_text('id = "mine"\nzh = "我的"\nen = "mine"\nnotice = "none"\n', encoding="utf-8")
    (folder / "assumptions.toml").write_text(assumptions, encoding="utf-8")
    (folder / "benefit" / "employee.toml").write_text(employee, encoding="utf-8")
    return folder


def refusal(folder: Path, employee: str) -> InputError:
    with pytest.raises(InputError) as caught:
        load_pack(written(folder, employee))
    return caught.value


def test_yuan_become_fen_and_ratios_become_basis_points(pack: PolicyPack) -> None:
    assert pack.at("benefit.employee.deductible.tertiary", DAY).value == 90_000
    assert pack.at("benefit.employee.retired_bonus", DAY).value == 400
    assert pack.at("benefit.employee.repeat_factors", DAY).value == (10_000, 5_000, 0)
    assert pack.at("benefit.resident.tiers.tertiary", DAY).value == (Tier(0, None, 5_800),)


def test_critical_illness_tiers_follow_each_other_and_the_last_is_open(pack: PolicyPack) -> None:
    tiers = pack.at("benefit.resident.critical_illness.tiers", DAY).value
    assert isinstance(tiers, tuple)
    assert tiers[0] == Tier(2_000_000, 4_000_000, 6_000)
    assert tiers[-1] == Tier(10_000_000, None, 8_000)


def test_flags_counts_and_texts_stay_what_they_are(pack: PolicyPack) -> None:
    assert pack.at("benefit.resident.account_use", DAY).value is False
    assert [pack.at(f"process.wait_seconds.{tier}", DAY).value for tier in ("hospital", "city", "province")] == [
        60,
        50,
        40,
    ]
    assert pack.at("filing.unfiled", DAY).value == "manual"
    assert pack.at("filing.types", DAY).value == (
        "retired_resettlement",
        "long_term_residence",
        "long_term_work",
        "referral",
    )


def test_the_built_in_pack_gives_every_rule_the_core_looks_up(pack: PolicyPack) -> None:
    for insutype in ("310", "390"):
        for level in ("tertiary", "secondary", "primary"):
            where = Circumstance("320100", insutype, "12", level, "referral", DAY)
            rules_for(pack, where)


@pytest.mark.parametrize("name", ["jiangsu-2016", "jilin-2019", "jiangsu-2023"])
def test_every_record_has_a_basis_that_resolves_and_every_assumption_is_used(name: str) -> None:
    pack = load_pack(name)
    bases = [record.basis for each in pack.parameters.values() for series in each.records.values() for record in series]
    rows = load_requirements().rows
    assert all((basis.clause in rows) != (basis.assumption in pack.assumptions) for basis in bases)
    assert {basis.assumption for basis in bases if basis.assumption} | {"A-VALIDITY"} == set(pack.assumptions)


@pytest.mark.parametrize(
    ("pack_id", "first", "last"),
    [
        ("jiangsu-2016", dt.date(2016, 1, 1), dt.date(2017, 12, 31)),
        ("jilin-2019", dt.date(2019, 1, 1), dt.date(2021, 12, 31)),
        ("jiangsu-2023", dt.date(2023, 1, 1), dt.date(2031, 12, 31)),
    ],
)
def test_the_built_in_records_hold_through_the_years_of_the_pack(pack_id: str, first: dt.date, last: dt.date) -> None:
    pack = load_pack(pack_id)
    for name in pack.parameters:
        assert pack.at(name, first).value is not None
        assert pack.at(name, last).value is not None
        with pytest.raises(NotInForce):
            pack.at(name, first - dt.timedelta(days=1))
        if pack_id != "jiangsu-2023":
            with pytest.raises(NotInForce):
                pack.at(name, last + dt.timedelta(days=1))


def test_all_parameters_of_the_built_in_pack_are_known_by_name_and_unit(pack: PolicyPack) -> None:
    assert all(UNITS[name] == parameter.unit for name, parameter in pack.parameters.items())


def test_the_digest_changes_with_the_text_and_not_with_the_place(tmp_path: Path, pack: PolicyPack) -> None:
    with as_file(files("scenarios") / "policies" / "jiangsu-2016") as folder:
        copy = copytree(folder, tmp_path / "copy")
    assert load_pack(copy) == pack
    (copy / "process.toml").write_text(
        (copy / "process.toml").read_text(encoding="utf-8") + "\n# more", encoding="utf-8"
    )
    assert load_pack(copy).digest != pack.digest


def test_a_city_may_have_its_own_series(tmp_path: Path) -> None:
    own = RECORD + '[[cap.record]]\nvalue = 300000\nfrom = 2016-01-01\ncity = "320100"\nassumption = "A-X"\n'
    pack = load_pack(written(tmp_path, own))
    assert pack.at("benefit.employee.cap", DAY, "320100").value == 30_000_000
    assert pack.at("benefit.employee.cap", DAY, "320200").value == 25_000_000


def test_a_gap_between_records_is_allowed_and_stays_not_in_force(tmp_path: Path) -> None:
    later = RECORD + '[[cap.record]]\nvalue = 260000\nfrom = 2017-02-01\nassumption = "A-X"\n'
    pack = load_pack(written(tmp_path, later))
    assert pack.at("benefit.employee.cap", dt.date(2017, 2, 1)).value == 26_000_000
    with pytest.raises(NotInForce):
        pack.at("benefit.employee.cap", dt.date(2017, 1, 31))


def test_the_cited_clauses_can_be_passed_in(tmp_path: Path) -> None:
    text = RECORD.replace('assumption = "A-X"', 'clause = "MY-1"')
    assert load_pack(written(tmp_path, text), clauses={"MY-1"}).at("benefit.employee.cap", DAY).basis.clause == "MY-1"


SECOND = '[[cap.record]]\nvalue = 1\nfrom = {}\nassumption = "A-X"\n'
WRONG = {
    "neither basis": (RECORD.replace('assumption = "A-X"', ""), "cap.record[1]", "neither a clause nor"),
    "both bases": (RECORD + 'clause = "JS-2.2"\n', "cap.record[1]", "both a clause and"),
    "unknown assumption": (RECORD.replace("A-X", "A-Y"), "cap.record[1].assumption", 'write "A-X"'),
    "unknown clause": (
        RECORD.replace('assumption = "A-X"', 'clause = "JS-2.22"'),
        "cap.record[1].clause",
        "no requirement row",
    ),
    "overlap": (RECORD + SECOND.format("2016-12-31"), "cap.record[2].from", "overlaps"),
    "after an open record": (
        RECORD.replace("to = 2016-12-31\n", "") + SECOND.format("2018-01-01"),
        "cap.record[2].from",
        "2016-01-01 to open",
    ),
    "unsorted": (RECORD + SECOND.format("2015-01-01"), "cap.record[2].from", "earlier than the record before"),
    "from after to": (RECORD.replace("to = 2016", "to = 2015"), "cap.record[1].to", "before from 2016-01-01"),
    "a date in quotes": (RECORD.replace("2016-12-31", '"2016-12-31"'), "cap.record[1].to", "without quotes"),
    "a time of day": (RECORD.replace("2016-12-31", "2016-12-31T10:00:00"), "cap.record[1].to", "give a date"),
    "unknown key": (RECORD + "valeu = 3\n", "cap.record[1].valeu", "is an unknown key"),
    "unknown parameter": (RECORD.replace("cap", "capp"), "capp", 'write "cap"'),
    "duplicate key": (RECORD + "value = 2\n", "line 11, column 10", 'duplicate key or table, "value"'),
    "duplicate table": (RECORD + '[cap]\nzh = "x"\n', "line 11, column 5", "duplicate key or table"),
    "wrong unit": (
        RECORD.replace("yuan", "ratio").replace("250000", "0.5"),
        "cap.unit",
        "benefit.employee.cap is read as yuan",
    ),
    "unknown unit": (RECORD.replace("yuan", "yuans"), "cap.unit", 'write "yuan"'),
    "three decimals of a yuan": (RECORD.replace("250000", "0.001"), "cap.record[1].value", "more than 2 decimals"),
    "negative amount": (RECORD.replace("250000", "-1"), "cap.record[1].value", "below 0"),
    "text for a number": (RECORD.replace("250000", '"250000"'), "cap.record[1].value", "give an amount in yuan"),
    "not a number": (RECORD.replace("250000", "nan"), "cap.record[1].value", "finite"),
    "a huge exponent": (RECORD.replace("250000", "1e999999"), "cap.record[1].value", "out of range"),
    "no record": (RECORD.split("[[", maxsplit=1)[0], "cap.record", "is missing"),
    "no unit": (RECORD.replace('unit = "yuan"', ""), "cap.unit", "is missing"),
}


@pytest.mark.parametrize(("text", "key", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_record_is_refused_with_file_key_and_reason(tmp_path: Path, text: str, key: str, words: str) -> None:
    problem = refusal(tmp_path, text)
    assert problem.file == f"{tmp_path}/benefit/employee.toml"
    assert problem.key == key
    assert words in str(problem)
    assert str(problem).count("\n") == 0


CUT = """
[{0}_cut]
zh = "下调"
en = "less"
unit = "ratio"
[[{0}_cut.record]]
value = {1}
from = 2023-01-01
assumption = "A-X"
[[{0}_cut.record]]
value = {2}
from = 2023-01-01
city = "320300"
assumption = "A-X"
"""


@pytest.mark.parametrize(("cut", "most"), [("referral", 5), ("other_temporary", 20), ("unfiled", 20)])
def test_a_cut_above_the_bound_of_the_packs_own_document_is_refused(tmp_path: Path, cut: str, most: int) -> None:
    """P75-18 binds a pack of the document it is a row of, for every city, and no other pack."""
    at_most, more = CUT.format(cut, f"0.{most:02d}", f"0.{most:02d}"), CUT.format(cut, "0", f"0.{most:02d}01")
    load_pack(written(tmp_path, more))
    head = tmp_path / "pack.toml"
    head.write_text(head.read_text("utf-8").replace('"none"', '"苏医保发〔2022〕75号"'), encoding="utf-8")
    (tmp_path / "benefit" / "employee.toml").write_text(at_most, encoding="utf-8")
    load_pack(tmp_path)
    (tmp_path / "benefit" / "employee.toml").write_text(more, encoding="utf-8")
    with pytest.raises(InputError, match=rf"is {most}\.01 percentage points, more than the {most} that P75-18 allows"):
        load_pack(tmp_path)


def test_the_pack_of_2023_keeps_to_the_bounds_it_carries_out() -> None:
    pack, day = load_pack("jiangsu-2023"), dt.date(2023, 6, 1)
    assert pack.at("benefit.employee.referral_cut", day).value == 500
    assert pack.at("benefit.resident.unfiled_cut", day).value == 2_000


def tiers(rows: str) -> str:
    record = RECORD.replace("[cap]", "[tiers.tertiary]").replace("[cap.record]", "[tiers.tertiary.record]")
    return record.replace("yuan", "tiers").replace("250000", rows)


@pytest.mark.parametrize(
    ("rows", "key", "words"),
    [
        ("[{ from = 0, to = 10, ratio = 0.5 }, { from = 11, ratio = 0.6 }]", "[2].from", "does not end there"),
        ("[{ from = 0, ratio = 0.5 }, { from = 10, ratio = 0.6 }]", "[2].from", "does not end there"),
        ("[{ from = 10, to = 10, ratio = 0.5 }]", "[1].to", "not above from"),
        ("[{ from = 0, ratio = 0.12345 }]", "[1].ratio", "more than 4 decimals"),
        ("[{ from = 0, ratio = 1.5 }]", "[1].ratio", "above 1"),
        ("[{ from = -1, ratio = 0.5 }]", "[1].from", "below 0"),
        ("[]", "", "has 0 entries"),
    ],
)
def test_tiers_that_are_not_contiguous_and_exact_are_refused(tmp_path: Path, rows: str, key: str, words: str) -> None:
    problem = refusal(tmp_path, tiers(rows))
    assert problem.key == f"tiers.tertiary.record[1].value{key}"
    assert words in str(problem)


def test_a_parameter_in_two_files_is_refused(tmp_path: Path) -> None:
    (written(tmp_path, RECORD) / "benefit.toml").write_text(RECORD.replace("cap", "employee.cap"), encoding="utf-8")
    with pytest.raises(InputError, match=r"repeats benefit\.employee\.cap of another file"):
        load_pack(tmp_path)


def test_a_file_that_is_no_parameter_file_is_refused_and_notes_are_passed_over(tmp_path: Path) -> None:
    written(tmp_path, RECORD)
    (tmp_path / "README.md").write_text("a note", encoding="utf-8")
    load_pack(tmp_path)
    (tmp_path / "proces.tml").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="not a parameter file"):
        load_pack(tmp_path)


def test_a_pack_without_its_head_names_the_missing_file(tmp_path: Path) -> None:
    (written(tmp_path, RECORD) / "pack.toml").unlink()
    with pytest.raises(InputError, match=r"pack\.toml: there is no such file"):
        load_pack(tmp_path)


def test_an_unknown_pack_suggests_the_built_in_one() -> None:
    with pytest.raises(InputError, match='write "jiangsu-2016"'):
        load_pack("jiangsu2016")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("", encoding="utf-8")
    with pytest.raises(InputError):
        load_pack(tmp_path / "a.toml")


def test_folders_nested_without_end_are_refused(tmp_path: Path) -> None:
    (written(tmp_path, RECORD) / "loop").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(InputError, match="a folder too deep"):
        load_pack(tmp_path)


def test_a_pack_that_lacks_what_the_core_reads_does_not_cover_a_window(tmp_path: Path) -> None:
    pack = load_pack(written(tmp_path, RECORD))
    with pytest.raises(InputError, match=r"my pack, benefit\.employee\.account_use: is missing"):
        covers(pack, DAY, DAY, {"320100"}, source=Source(tmp_path, "my pack"))


def test_a_record_for_a_city_the_network_does_not_have_is_refused(pack: PolicyPack, tmp_path: Path) -> None:
    cap = pack.parameters["benefit.employee.cap"]
    odd = pack._replace(parameters={**pack.parameters, cap.name: cap._replace(records={"320101": cap.records["*"]})})
    with pytest.raises(InputError, match=r"has a record for 320101, no city of the network; write \"320100\""):
        covers(odd, DAY, DAY, {"320100"}, source=Source(tmp_path, "my pack"))


SPANS = (  # validity of each record, first and last day looked up, first day without a value
    ([("2016-01-01", "2016-03-31"), ("2016-04-01", None)], ("2016-01-01", "2016-12-31"), None),
    ([("2016-01-01", "2016-03-31"), ("2016-04-02", None)], ("2016-01-01", "2016-12-31"), "2016-04-01"),
    ([("2016-01-01", "2016-03-31"), ("2016-04-02", None)], ("2016-04-02", "2016-12-31"), None),
    ([("2016-01-01", "2016-03-31"), ("2016-04-02", None)], ("2016-04-01", "2016-04-01"), "2016-04-01"),
    ([("2016-01-01", "2016-03-31"), ("2016-04-02", None)], ("2016-02-01", "2016-03-31"), None),
    ([("2016-01-02", None)], ("2016-01-01", "2016-12-31"), "2016-01-01"),
    ([("2016-01-01", "2016-12-30")], ("2016-01-01", "2016-12-31"), "2016-12-31"),
    ([], ("2016-05-24", "2016-12-31"), "2016-05-24"),
)


@pytest.mark.parametrize(("records", "window", "gap"), SPANS)
def test_the_first_day_without_a_value_is_found(
    pack: PolicyPack,
    tmp_path: Path,
    records: list[tuple[str, str | None]],
    window: tuple[str, str],
    gap: str | None,
) -> None:
    cap = pack.parameters["benefit.employee.cap"]
    day = dt.date.fromisoformat
    (value,) = cap.records["*"]
    first, last = map(day, window)
    series = tuple(value._replace(valid_from=day(a), valid_to=day(b) if b else None) for a, b in records)
    mine = pack._replace(parameters={**pack.parameters, cap.name: cap._replace(records={"320100": series})})
    source = Source(written(tmp_path, RECORD), "mine")
    if gap is None:
        covers(mine, first, last, {"320100"}, source=source)
        return
    with pytest.raises(InputError) as caught:
        covers(mine, first, last, {"320100"}, source=source)
    assert str(caught.value) == (
        f"mine/benefit/employee.toml, cap: has no record in force on {gap} for city 320100, inside the window or the "
        "month after it; add a record or move the window."
    )


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_self: Path) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    folder = written(tmp_path, RECORD)
    monkeypatch.setattr(type(tmp_path), "iterdir", closed)
    with pytest.raises(InputError, match=r"cannot be read \(Permission denied\); check its permissions"):
        read_pack(Source(folder, "mine"))
