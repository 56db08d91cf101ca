"""Scenarios: what the built-in one says, what may be set for a run, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import socket
import tomllib
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

from schemas.requirements import load_requirements
from simulator.core.values.parameters import Basis
from simulator.inputs import InputError, Scenario, list_scenarios, load_scenario
from simulator.inputs.toml import LARGEST_FILE

TEXT = (files("scenarios") / "jiangsu-2016.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("jiangsu-2016")


def refused(path: Path | str, *overrides: str) -> InputError:
    with pytest.raises(InputError) as caught:
        load_scenario(path, overrides=overrides)
    assert "\n" not in str(caught.value)
    return caught.value


def changed(folder: Path, old: str, new: str) -> Path:
    assert old in TEXT
    path = folder / "mine.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return path


# --- the built-in scenario


def test_the_built_in_scenario_is_listed_and_loads(scenario: Scenario) -> None:
    assert list_scenarios() == ("jiangsu-2016", "jiangsu-2023", "jilin-2019", "spring-festival-peak")
    assert (scenario.notice, scenario.start, scenario.end) == (
        "苏人社发〔2016〕146号",
        dt.date(2016, 5, 24),
        dt.date(2016, 12, 31),
    )
    assert (scenario.network.id, scenario.pack.id, scenario.catalogue.version) == (
        "jiangsu",
        "jiangsu-2016",
        "jiangsu-2016-1",
    )


def test_every_figure_has_a_basis_that_resolves(scenario: Scenario) -> None:
    rows = load_requirements().rows
    for figure in scenario.figures.values():
        assert (figure.basis.clause in rows) != (figure.basis.assumption in scenario.assumptions)
    assert all(target.clause in rows for target in scenario.targets)


def test_the_assumptions_of_all_files_are_together_and_every_one_is_used(scenario: Scenario) -> None:
    used = {figure.basis.assumption for figure in scenario.figures.values()}
    used |= {basis.assumption for basis in scenario.network.basis.values()}
    parameters = scenario.pack.parameters.values()
    used |= {record.basis.assumption for each in parameters for series in each.records.values() for record in series}
    used |= set(scenario.administration.assumptions)  # its own test holds that each is used
    assert set(scenario.assumptions) == (used - {""}) | {"A-VALIDITY", "A-CATALOGUE"}
    assert all(each.source and each.confidence in "ABCDR" for each in scenario.assumptions.values())


def test_the_targets_ask_what_the_requirement_rows_ask(scenario: Scenario) -> None:
    rows = load_requirements().rows
    asked = {
        "JS-2.2": ("coverage", "coverage_by"),
        "JS-2.4": ("settlement_rate", "rate_reached_by"),
        "JS-3.2c": ("platform_settlement_rate", "rate_reached_by"),
    }
    for target in scenario.targets:
        if target.clause in asked:
            share, by = (rows[target.clause].limit(name) for name in asked[target.clause])
            assert (target.op, target.value, target.by) == (share.op, share.value, by.value)
    assert [target.clause for target in scenario.targets if target.measure == "milestone"] == ["JS-2.3"]


BUILT_IN = list_scenarios()
LIMITS = {  # of the targets about institutions: the limits of their rows
    "JL-2.1d": ("inpatient_coverage", "inpatient_coverage_by"),
    "JL-2.1e": ("other_coverage", "other_coverage_by"),
    "JL-2.1f": ("full_coverage", "full_coverage_by"),
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_scenario_rests_on_what_it_names_and_names_nothing_else(name: str) -> None:
    made, rows = load_scenario(name), load_requirements().rows
    assert all(
        (each.basis.clause in rows) != (each.basis.assumption in made.assumptions) for each in made.figures.values()
    )
    used = {figure.basis.assumption for figure in made.figures.values()}
    used |= {basis.assumption for basis in made.network.basis.values()}
    parameters = made.pack.parameters.values()
    used |= {record.basis.assumption for each in parameters for series in each.records.values() for record in series}
    used |= set(made.administration.assumptions)
    of_catalogue = {"A-LIBRARY"} if name == "jiangsu-2023" else {"A-CATALOGUE"}
    assert set(made.assumptions) == (used - {""}) | {"A-VALIDITY"} | of_catalogue
    rules = made.pack.id
    assert set(made.digests) > {
        f"scenarios/{name}.toml",
        f"scenarios/{rules}.toml",
        f"scenarios/policies/{rules}",
        f"scenarios/catalogues/{rules}.toml",
    }


def test_jilin_2019_asks_what_the_requirement_rows_ask() -> None:
    rows, made = load_requirements().rows, load_scenario("jilin-2019")
    assert [target.clause for target in made.targets] == ["JL-2.2b", *LIMITS]
    for target in made.targets[1:]:
        share, by = (rows[target.clause].limit(name) for name in LIMITS[target.clause])
        assert (target.op, target.value, target.by) == (share.op, share.value, by.value)
    left = made.targets[0]
    assert (left.value, left.by) == (10_000, rows["JL-2.2b"].limit("cross_province_open_by").value)
    assert (made.start, made.end) == (dt.date(2019, 6, 26), dt.date(2020, 12, 31))


def test_jiangsu_2023_is_a_year_without_ncms_and_without_an_official_benefit_figure() -> None:
    made = load_scenario("jiangsu-2023")
    assert (made.start, made.end) == (dt.date(2023, 1, 1), dt.date(2023, 12, 31))
    assert made.number("demand.ncms_share") == 0
    assert made.targets == ()
    benefits = [each for name, each in made.pack.parameters.items() if name.startswith("benefit.")]
    bases = [record.basis for each in benefits for series in each.records.values() for record in series]
    assert bases
    assert all(basis.is_assumption for basis in bases)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("demand.factor_from={2020-13=0.5}", "2020-13"),
        ("demand.factor_from={2020=0.5}", "2020"),
        ("demand.factor_from={2020-02=-0.5}", "below 0"),
        ("demand.ncms_share_from={2020-02=1.5}", "above 1"),
    ],
)
def test_a_figure_by_month_names_months_and_stays_in_range(setting: str, words: str) -> None:
    problem = refused("jilin-2019", setting)
    assert problem.key.startswith(setting.partition("=")[0])
    assert words in str(problem)


def test_the_month_after_the_window_needs_its_rules_too() -> None:
    problem = refused("jilin-2019", "end=2021-12-31")
    assert "2022-01-01" in problem.problem
    assert load_scenario("jilin-2019", overrides=["end=2021-11-30"]).end == dt.date(2021, 11, 30)


def test_figures_come_as_numbers_lists_and_tables(scenario: Scenario) -> None:
    assert scenario.value("demand.stays_per_year") == 1_296_605
    assert scenario.number("demand.employee_share") == 0.6275
    assert len(scenario.numbers("demand.hour_weights")) == 24
    assert scenario.table("demand.level_mix") == {"tertiary": 0.89, "secondary": 0.09, "primary": 0.02}


@pytest.mark.parametrize("ask", ["number", "numbers", "table"])
def test_a_figure_of_another_kind_is_a_mistake_of_the_program(scenario: Scenario, ask: str) -> None:
    wrong = "demand.level_mix" if ask != "table" else "demand.hour_weights"
    with pytest.raises(TypeError):
        getattr(scenario, ask)(wrong)


def test_an_unknown_figure_is_a_mistake_of_the_program_and_names_the_near_one(scenario: Scenario) -> None:
    with pytest.raises(LookupError, match=r"filing\.rate_start"):
        scenario.value("filing.rate_strat")


def test_a_scenario_travels_to_another_process_unchanged(scenario: Scenario) -> None:
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_an_input_error_travels_to_another_process_unchanged() -> None:
    problem = InputError("a.toml", "b", "is wrong", "correct it")
    copy = pickle.loads(pickle.dumps(problem))
    assert (str(copy), copy.key) == (str(problem), "b")


def test_the_digests_name_every_file(scenario: Scenario) -> None:
    assert sorted(scenario.digests) == [
        "scenarios/administration/jiangsu-2016.toml",
        "scenarios/audit/rules.toml",
        "scenarios/catalogues/jiangsu-2016.toml",
        "scenarios/catalogues/other-province.toml",
        "scenarios/jiangsu-2016.toml",
        "scenarios/networks/jiangsu.toml",
        "scenarios/policies/jiangsu-2016",
    ]
    assert all(len(digest) == 64 for digest in scenario.digests.values())


def test_a_scenario_loads_by_path_and_finds_its_network_beside_itself(tmp_path: Path, scenario: Scenario) -> None:
    network = (files("scenarios") / "networks" / "jiangsu.toml").read_text(encoding="utf-8")
    (tmp_path / "net.toml").write_text(network, encoding="utf-8")
    mine = load_scenario(changed(tmp_path, 'network = "jiangsu"', 'network = "net.toml"'))
    assert mine.network == scenario.network


def test_windows_line_ends_are_read(tmp_path: Path, scenario: Scenario) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    assert load_scenario(path).figures == scenario.figures


# --- settings of a run


def test_a_setting_changes_the_figure_and_its_basis(scenario: Scenario) -> None:
    mine = load_scenario("jiangsu-2016", overrides=["demand.stays_per_year=1000", "seed=7", "end=2016-08-31"])
    assert mine.value("demand.stays_per_year") == 1000
    assert mine.figures["demand.stays_per_year"].basis == Basis(assumption="A-USER")
    assert "A-USER" in mine.assumptions
    assert (mine.seed, mine.end) == (7, dt.date(2016, 8, 31))
    assert mine.settings == ("demand.stays_per_year=1000", "seed=7", "end=2016-08-31")
    assert mine.figures["filing.rate_end"] == scenario.figures["filing.rate_end"]
    assert "A-USER" not in scenario.assumptions


def test_the_last_setting_of_a_key_counts() -> None:
    assert load_scenario("jiangsu-2016", overrides=["seed=2", "seed = 3"]).seed == 3


def test_a_list_and_a_table_can_be_set() -> None:
    mine = load_scenario(
        "jiangsu-2016",
        overrides=[
            "demand.weekday_factor=[1,1,1,1,1,1,1]",
            "demand.level_mix={tertiary=0.5, secondary=0.3, primary=0.2}",
        ],
    )
    assert mine.numbers("demand.weekday_factor") == (1.0,) * 7
    assert mine.table("demand.level_mix")["secondary"] == 0.3


WRONG_SETTINGS = {
    "seeds=2": ("seeds", 'write "seed"'),
    "filing.rate_strat=0.5": ("filing.rate_strat", 'write "filing.rate_start"'),
    "assumptions.A-CASH=1": ("assumptions.A-CASH", "is not a figure"),
    "seed": ("", "has no ="),
    "seed=": ("seed", "has no value in TOML"),
    "seed=nan": ("seed", "has no value in TOML"),
    "seed=1\nend=2": ("seed", "has no value in TOML"),
    "seed=-1": ("seed", "below 0"),
    "seed=1.5": ("seed", "give a whole number"),
    "seed=99999999999999999999": ("seed", "has no value in TOML"),
    'start="2016-06-01"': ("start", "a date without quotes"),
    "start=2016-05-23": ("start", "before the notice of 2016-05-24"),
    "end=2016-05-24": ("end", "not after the start"),
    "demand.stays_per_year=-4": ("demand.stays_per_year.value", "below 1"),
    "demand.stays_per_year=0.5": ("demand.stays_per_year.value", "whole number"),
    "filing.rate_start=1.01": ("filing.rate_start.value", "above 1"),
    "demand.ncms_share=true": ("demand.ncms_share.value", "is true or false"),
    "filing.rate_end=0.95": ("filing.rate_end", "times the factor of city 320100 is above 1"),
    "demand.hour_weights=[1]": ("demand.hour_weights.value", "has 1 entry; give a list of 24 numbers"),
    "stay.lines={least=9, most=3}": ("stay.lines", "exchange them"),
    "service.open_hours={from=17, to=9}": ("service.open_hours", "opens when it has closed"),
    "service.steps={start=2, least=3}": ("service.steps", "least above its start"),
    "service.lead_days={least=9, long_term=14, referral=8}": ("service.lead_days", "least above a most"),
    "people.aid_share={registered_poor=0.7, key_aid=0.7}": ("people.aid_share", "sums to more than 1"),
    "people.kinds_active={migrant_worker=1, chronic=0.1, patient=0}": ("people.kinds_active", "sums to 1.1"),
    "stay.class_b_share=0.95": ("stay.class_b_share", "sum to more than 1"),
    "demand.level_mix={tertiary=0.5, secondary=0.3, primary=0.1}": ("demand.level_mix", "sums to 0.9, not to 1"),
    "filing.city_factor={320100=1}": ("filing.city_factor.320200", "is missing"),
    "stay.cost_sigma=1e400": ("stay.cost_sigma", "has no value in TOML"),
    f"demand.hour_weights=[{'0,' * 24}]": ("demand.hour_weights", "only zeros"),
}


@pytest.mark.parametrize("setting", WRONG_SETTINGS)
def test_a_wrong_setting_is_refused_and_named(setting: str) -> None:
    key, words = WRONG_SETTINGS[setting]
    problem = refused("jiangsu-2016", setting)
    assert problem.file.startswith("setting ")
    assert problem.key == key
    assert words in str(problem)


def test_a_window_beyond_the_pack_is_refused() -> None:
    problem = refused("jiangsu-2016", "end=2018-01-01")
    assert problem.file.startswith("scenarios/policies/jiangsu-2016/")
    assert "has no record in force on 2018-01-01 for all cities, inside the window" in str(problem)


GAPS = {  # in the records of one city, and in those of all others
    'city = "320300"\nvalue = 1100\nfrom = 2016-01-01\nto = 2016-08-31': "2016-09-01 for city 320300",
    "value = 900\nfrom = 2016-01-01\nto = 2016-08-31": "2016-09-01 for all cities",
}


@pytest.mark.parametrize("record", GAPS)
def test_a_gap_of_days_inside_the_window_stops_a_run_before_it_begins(tmp_path: Path, record: str) -> None:
    folder = tmp_path / "pack"
    with as_file(files("scenarios") / "policies" / "jiangsu-2016") as built_in:
        copytree(built_in, folder)
    path = folder / "benefit" / "employee.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))["deductible"]["tertiary"]
    (basis,) = {each["assumption"] for each in table["record"]}
    text = path.read_text(encoding="utf-8")
    later = record.replace("from = 2016-01-01\nto = 2016-08-31", "from = 2016-09-03\nto = 2017-12-31")
    own = [f'[[deductible.tertiary.record]]\n{each}\nassumption = "{basis}"\n' for each in (record, later)]
    if "city" not in record:
        head, _, rest = text.partition("[[deductible.tertiary.record]]")
        text = head + rest[rest.index("\n\n") :]
    path.write_text(text + "\n" + "\n".join(own), encoding="utf-8")
    problem = refused(changed(tmp_path, 'pack = "jiangsu-2016"', 'pack = "./pack"'))
    assert (problem.file, problem.key) == (f"{path}", "deductible.tertiary")
    assert problem.problem == f"has no record in force on {GAPS[record]}, inside the window or the month after it"


# --- wrong files


WRONG = {
    "unknown key": ("[demand]", "[demand]\nstay_per_year = 1", "demand.stay_per_year", "or remove it"),
    "misspelt key": ("cash_share =", "cash_shar =", "refusal.cash_shar", 'write "cash_share"'),
    "unknown table": ("[people]", "[persons]", "persons", "use one of onboarding, people, traffic"),
    "missing figure": (
        next(line for line in TEXT.splitlines() if line.startswith("cash_share")),
        "",
        "refusal.cash_share",
        "is missing",
    ),
    "duplicate key": ("seed = 1", "seed = 1\nseed = 2", "line 11, column 9", 'duplicate key or table, "seed"'),
    "syntax": ("seed = 1", "seed = ", "line 10, column 8", "is not TOML: invalid value"),
    "unclosed text": ('network = "jiangsu"', 'network = "jiangsu', "line 11", "is not TOML"),
    "start before the notice": ("start = 2016-05-24", "start = 2016-05-23", "start", "before the notice of 2016-05-24"),
    "end before the start": ("\nend = 2016-12-31", "\nend = 2016-01-31", "end", "give a later end"),
    "date with a time": ("start = 2016-05-24", "start = 2016-05-24T00:00:00", "start", "give a date without quotes"),
    "negative scale": ("value = 1296605", "value = -1296605", "demand.stays_per_year.value", "below 1"),
    "share above 1": ("value = 0.6275", "value = 1.6275", "demand.employee_share.value", "give a share from 0 to 1"),
    "mix": ("tertiary = 0.89", "tertiary = 0.9", "demand.level_mix", "sums to 1.01, not to 1"),
    "wrong unit": ('unit = "stays"', 'unit = "trips"', "demand.stays_per_year.unit", 'write "stays"'),
    "no basis": ('assumption = "A-DEMAND", ', "", "demand.stays_per_year", "neither a clause nor an assumption"),
    "two bases": (
        'assumption = "A-DEMAND", ',
        'assumption = "A-DEMAND", clause = "JS-2.2", ',
        "demand.stays_per_year",
        "both a clause and an assumption",
    ),
    "unknown assumption": (
        'assumption = "A-DEMAND"',
        'assumption = "A-DEMAN"',
        "demand.stays_per_year.assumption",
        'write "A-DEMAND"',
    ),
    "unknown clause": ('clause = "JS-2.4"', 'clause = "JS-2.44"', "target[2].clause", "no requirement row"),
    "milestone with a value": (
        'measure = "milestone"',
        'measure = "milestone"\nvalue = 1',
        "target[4].value",
        "does not belong here",
    ),
    "target without a value": ('op = ">="\nvalue = 0.5\n', "", "target[2].op", "is missing"),
    "city without a factor": ("320100 = 1.10, ", "", "filing.city_factor.320100", "add a factor for every city"),
    "factor of no city": ("320100 = 1.10, ", "320100 = 1.1, 320101 = 1, ", "filing.city_factor.320101", "no city"),
    "unknown network": ('network = "jiangsu"', 'network = "jangsu"', "", 'write "jiangsu", or a path'),
    "missing network file": ('network = "jiangsu"', 'network = "./no.toml"', "", "there is no such file"),
    "unknown pack": ('pack = "jiangsu-2016"', 'pack = "jiangsu-2015"', "", 'write "jiangsu-2016"'),
    "reserved assumption": ("[assumptions.A-CASH]", "[assumptions.A-USER]", "assumptions.A-USER", "is kept for"),
    "assumption of two files": ("[assumptions.A-CASH]", "[assumptions.A-WAIT]", "", "A-"),
    "confidence": ('confidence = "D"', 'confidence = "E"', "assumptions.A-DEMAND.confidence", "is not known here"),
}


@pytest.mark.parametrize(("old", "new", "key", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_scenario_is_refused_with_file_key_and_cure(
    tmp_path: Path, old: str, new: str, key: str, words: str
) -> None:
    problem = refused(changed(tmp_path, old, new))
    assert problem.key.startswith(key)
    assert words in str(problem)
    assert problem.file
    assert problem.cure


def test_one_assumption_id_in_two_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace("A-CASH", "A-WAIT"), encoding="utf-8")
    problem = refused(path)
    assert (problem.file, problem.key) == (str(path), "assumptions.A-WAIT")


def test_a_catalogue_without_the_class_a_bill_needs_is_refused(tmp_path: Path) -> None:
    library = (files("scenarios") / "catalogues" / "jiangsu-2016.toml").read_text(encoding="utf-8")
    lines = [line for line in library.splitlines() if 'level = "03"' not in line]
    (tmp_path / "cat.toml").write_text("\n".join(lines), encoding="utf-8")
    problem = refused(changed(tmp_path, 'catalogue = "jiangsu-2016"', 'catalogue = "cat.toml"'))
    assert "has no item of class 03 valid on 2016-05-24, which stay.class_c_share asks for" in str(problem)


# --- files that are no TOML text at all


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x01\x02\xff\xfe" * 9, "is not UTF-8 text"),
        (b"\x00\x01\x02", "is not TOML"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "byte order mark"),
        (TEXT.encode("utf-16"), "byte order mark"),
        (TEXT.encode("gbk"), "line 4: is not UTF-8 text; save the file as UTF-8"),
        (b"#" * (LARGEST_FILE + 1), "more than 5 MB"),
        (b"a = " + b"[" * 100_000, "is out of range"),
        (b"a = " + b"[" * 40 + b"]" * 40, "nested too deeply"),
        (b"a = " + b"9" * 10_000, "is out of range"),
        (b"", "id: is missing"),
    ],
    ids=["rubbish", "nul", "BOM", "UTF-16", "GBK", "huge", "deep", "deep but closed", "long number", "empty"],
)
def test_what_is_no_toml_text_is_refused_in_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    problem = refused(path)
    assert problem.file == str(path)
    assert words in str(problem)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "is a folder, not a file" in str(refused(tmp_path))


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_arguments: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    path = changed(tmp_path, "seed = 1", "seed = 2")
    monkeypatch.setattr(type(path), "open", closed)
    assert "cannot be read (Permission denied); check its permissions" in str(refused(path))


def test_a_key_twice_in_one_line_is_named(tmp_path: Path) -> None:
    problem = refused(changed(tmp_path, 'unit = "stays"', 'unit = "stays", unit = "stays"'))
    assert problem.problem == 'is a duplicate key or table, "unit"'


def test_a_socket_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "s.toml"))
        assert "there is no such file" in str(refused(tmp_path / "s.toml"))


@pytest.mark.parametrize("name", ["jiangsu-201", "jiangsu-2016.toml", "./no/jiangsu_2016.toml"])
def test_a_missing_scenario_suggests_the_built_in_one(name: str) -> None:
    problem = refused(name)
    assert problem.file == name
    assert 'write "jiangsu-2016"' in problem.cure


@pytest.mark.parametrize("name", ["", "x" * 5000 + ".toml", "a\x00.toml", ".", "/", "~", "../../..", "\\", "-"])
def test_a_name_that_means_nothing_is_refused(name: str) -> None:
    refused(name)


# --- the published forms


def test_the_published_forms_are_valid_json_schemas_with_descriptions() -> None:
    for entry in (files("schemas") / "files").iterdir():
        if entry.name.endswith(".json"):
            form = json.loads(entry.read_text(encoding="utf-8"))
            Draft202012Validator.check_schema(form)
            assert form["$id"].endswith(entry.name)
            assert form["description"]


# --- whatever is written, the answer is a scenario or one InputError


LINES = TEXT.splitlines()
CUTS = st.tuples(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(max_size=8))
SWAPS = st.tuples(
    st.sampled_from(LINES),
    st.sampled_from(
        ["", "= ", "[", "nan", "-1", "1e99", '"x"', "2016-02-30", "2016-06-01", "{}", "[]", "true", "[demand]"]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(CUTS, max_size=2), swaps=st.lists(SWAPS, max_size=2))
def test_a_mutated_scenario_is_read_or_refused_and_never_breaks(
    tmp_path: Path, cuts: list[tuple[int, int, str]], swaps: list[tuple[str, str]]
) -> None:
    text = TEXT
    for line, value in swaps:
        text = text.replace(line, f"{line.partition('=')[0]}= {value}" if "=" in line else value, 1)
    for place, length, insert in cuts:
        text = text[:place] + insert + text[place + length :]
    path = tmp_path / "mutated.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_scenario(path)
    except InputError as problem:
        assert problem.problem
        assert problem.cure


@settings(max_examples=100, deadline=None)
@given(
    key=st.sampled_from(["seed", "start", "demand.ncms_share", "demand.hour_weights", "filing.city_factor"]),
    value=st.text(max_size=20),
)
def test_a_setting_of_any_text_is_taken_or_refused_and_never_breaks(key: str, value: str) -> None:
    try:
        load_scenario("jiangsu-2016", overrides=[f"{key}={value}"])
    except InputError as problem:
        assert problem.cure
