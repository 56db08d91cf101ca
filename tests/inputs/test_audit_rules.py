"""The audit's rule set and formulary as data: what is refused, what every rule has, and the page made of them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from schemas.requirements import load_requirements
from simulator.core.audit.kinds import KINDS
from simulator.core.audit.rules import AFTER, BEFORE, DURING, Rule, in_force
from simulator.inputs.audit_rules import load_formulary, load_library, load_rules
from simulator.inputs.errors import InputError
from simulator.inputs.fraud import PATTERNS
from simulator.inputs.packs import load_pack

PACKS = {"jiangsu-2016": dt.date(2016, 6, 1), "jilin-2019": dt.date(2019, 7, 1), "jiangsu-2023": dt.date(2023, 6, 1)}
BUILT_IN = Path(__file__).parents[2] / "scenarios" / "audit"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "audit-rules.md"
STAGES = (BEFORE, DURING, AFTER)


def row_of(rule: Rule) -> str:
    """A rule as a row of the page."""
    stages = ", ".join(stage for stage in STAGES if stage in rule.stages) + (" (visitors)" if rule.cross else "")
    figures = ", ".join(f"`{name}`" for name in rule.figures.values())
    options = ", ".join(f"{key} = {_plain(value)}" for key, value in rule.options.items())
    settings = "<br>".join(part for part in (options, figures) if part)
    return (
        f"| `{rule.id}` | {rule.zh}<br>{rule.en} | {rule.category} | {rule.severity} | {rule.effect} | {stages} "
        f"| `{rule.kind}` | {settings} | {rule.zh_says}<br>{rule.en_says} | {rule.basis} |"
    )


def _plain(value: Any) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def changed(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """A copy of a built-in file with one text changed."""
    text = (BUILT_IN / f"{name}.toml").read_text(encoding="utf-8")
    assert old in text
    copy = tmp_path / f"{name}.toml"
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def test_the_page_is_made_of_the_rules() -> None:
    version, rules = load_rules()
    text = PAGE.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("| `")] == [row_of(rule) for rule in rules]
    assert f"version {version}, {len(rules)} rules, {len({rule.kind for rule in rules})} kinds" in text


def test_the_rules_are_many_the_kinds_few_and_all_three_classes_are_there() -> None:
    _, rules = load_rules()
    assert len(rules) >= 30
    assert {rule.kind for rule in rules} == set(KINDS)
    assert {rule.category for rule in rules} == {"policy", "management", "medical"}


def test_every_rule_rests_on_a_requirement_row() -> None:
    rows = load_requirements().rows
    assert all(rule.basis in rows for rule in load_rules()[1])


def test_repeated_tests_are_flagged_and_never_refused() -> None:
    """JS-3.3f: results are mutually recognised."""
    (rule,) = [rule for rule in load_rules()[1] if rule.basis == "JS-3.3f"]
    assert rule.effect == "flag"


@pytest.mark.parametrize(("name", "day"), PACKS.items())
def test_every_built_in_pack_gives_every_figure(name: str, day: dt.date) -> None:
    library, pack = load_library(), load_pack(name)
    assert len(in_force(library, pack, day, "320100")) == len(library.rules)
    for times in ("answer", "suspicion"):
        assert isinstance(pack.at(f"audit.times.{times}", day).value, int)


def test_a_rule_whose_figure_a_pack_does_not_have_is_not_in_force() -> None:
    library, pack = load_library(), load_pack("jiangsu-2023")
    less = {name: each for name, each in pack.parameters.items() if name != "audit.rules.outlier_percent"}
    active = in_force(library, pack._replace(parameters=less), PACKS["jiangsu-2023"], "320100")
    assert {rule.id for rule in library.rules} - {each.rule.id for each in active} == {"cost-outlier"}


def test_every_rule_has_a_pattern_of_fraud() -> None:
    assert {rule for names in PATTERNS for rule in names.split()} == {rule.id for rule in load_rules()[1]}


def test_restrictions_and_usual_bills_may_be_ones_own() -> None:
    own = load_library(restrictions={}, norms={"I10": 1})
    assert (own.restrictions, own.norms) == ({}, {"I10": 1})
    assert load_library(restrictions={}).norms == load_formulary().norms


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('kind = "repeat"', 'kind = "repeats"', "rules[13].kind", "no kind"),
        ('options = { by = "listed" }', "options = {}", "rules[1].options", "wants by"),
        ('options = { by = "listed" }', 'options = { by = "lists" }', "rules[1].options.by", '"listed"'),
        ('options = { prefix = "bed:" }', "options = { prefix = 1 }", "rules[19].options.prefix", "a text"),
        ('figures = { minutes = "audit.rules.same_time_minutes" }', "", "rules[28].figures", "wants minutes"),
        ('"audit.rules.same_time_minutes"', '"audit.rules.same_minute"', "rules[28].figures.minutes", "no parameter"),
        ('evidence = ["code", "time", "count"]', 'evidence = ["code"]', "rules[13].evidence", "code, count, time"),
        ("项目{code}在{time}收费{count}次", "{who}收费", "rules[13].zh_says", "speaks of who"),
        ('basis = "JS-3.3f"', 'basis = "JS-9.9z"', "rules[34].clause", "no requirement row"),
        ('id = "repeat-charge"', 'id = "item-unmapped"', "rules[13].id", "repeats"),
        ("severity = 3", "severity = 4", "rules[9].severity", "not known here"),
    ],
)
def test_a_rule_that_does_not_fit_its_kind_is_refused(tmp_path: Path, old: str, new: str, key: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(key)) as caught:
        load_rules(changed(tmp_path, "rules", old, new))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("days = [5, 12]", "days = [12, 5]", "put the smaller number first"),
        ('daily = ["XC08CAA005A001010100005"', 'daily = ["XC08CAA005A001010109999"', "which is not listed"),
        ('diseases = "A-AUDIT-DISEASES"', 'diseases = "A-OTHER"', "not declared"),
        ("price = 45.00", "price = 45.0000001", "more than 6 decimals"),
        ("daily = 0.1,", "daily = 0.00001,", "more than 4 decimals"),
        ('code = "001109000020000"', 'code = "001109000010000"', "repeats"),
    ],
)
def test_a_formulary_that_does_not_hold_together_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        load_formulary(changed(tmp_path, "formulary", old, new))
