"""Scenarios that extend another: what they change, what they keep, and to which file a mistake is laid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.inputs import InputError, load_scenario
from simulator.inputs.usual_traffic import usual, with_traffic

OWN = 'extends = "{base}"\nid = "mine"\nzh = "我的"\nen = "mine"\n'
FIGURE = '{name} = {{ value = {value}, unit = "{unit}", assumption = "{basis}", zh = "数", en = "a figure" }}\n'
ASSUMPTION = '[assumptions.{id}]\nzh = "试。"\nen = "A trial."\nsource = "this test"\nconfidence = "D"\n'


def written(path: Path, *parts: str, base: str = "jiangsu-2016") -> Path:
    path.write_text("".join((OWN.format(base=base), *parts)), encoding="utf-8")
    return path


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    return caught.value


def test_spring_festival_is_the_notice_of_2016_at_another_time() -> None:
    base, spring = load_scenario("jiangsu-2016"), load_scenario("spring-festival-peak")
    assert (spring.start, spring.end) == (dt.date(2017, 1, 16), dt.date(2017, 2, 12))
    assert (spring.id, spring.targets, spring.pack) == ("spring-festival-peak", (), base.pack)
    changed = {key for key, figure in spring.figures.items() if figure != base.figures[key]}
    assert changed == {"filing.rate_start", "filing.rate_end", "refusal.unmapped_start"}
    assert spring.number("filing.rate_start") == base.number("filing.rate_end")
    assert "A-VALIDITY" in spring.assumptions
    assert {"A-SPRING-FILING", "A-SPRING-UNMAPPED", "A-UNMAPPED"} <= spring.assumptions.keys()
    assert "A-FILING-RATE" not in spring.assumptions  # nothing rests on it any more
    assert spring.digests == base.digests | {
        "scenarios/spring-festival-peak.toml": spring.digests["scenarios/spring-festival-peak.toml"]
    }


def test_a_figure_is_replaced_whole_and_a_base_may_have_a_base(tmp_path: Path) -> None:
    figure = FIGURE.format(name="cash_share", value=0.25, unit="share", basis="A-MINE")
    first = written(tmp_path / "first.toml", "[refusal]\n", figure, ASSUMPTION.format(id="A-MINE"))
    second = written(tmp_path / "second.toml", "seed = 9\n", base="./first.toml")
    found = load_scenario(second)
    assert (found.seed, found.figures["refusal.cash_share"].value) == (9, Decimal("0.25"))
    assert {str(first), str(second), "scenarios/jiangsu-2016.toml"} <= found.digests.keys()


def test_a_path_counts_from_the_file_it_stands_in(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    written(tmp_path / "deep" / "base.toml", 'pack = "./nowhere"\n')
    assert "nowhere" in str(refused(written(tmp_path / "mine.toml", base="./deep/base.toml")))


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (('[refusal]\ncash_sare = { value = 1, unit = "share" }\n',), "refusal"),
        (("[refusal]\ncash_share = { value = 0.1 }\n",), "refusal.cash_share"),
        (("start = 2017-01-01\nend = 2016-01-01\n",), "end"),
        (("end = 2019-01-01\n",), ""),
        ((ASSUMPTION.format(id="A-CASH"),), "assumptions.A-CASH"),
        (("demand = 3\n",), "demand"),
        (("assumptions = 3\n",), "assumptions"),
    ],
)
def test_a_mistake_is_laid_to_the_file_that_extends(tmp_path: Path, parts: tuple[str, ...], key: str) -> None:
    path = written(tmp_path / "mine.toml", *parts)
    problem = refused(path)
    if key:
        assert problem.file == str(path)
        assert problem.key.startswith(key)
    else:
        assert "2018-01-01" in str(problem)  # no record holds


def test_a_mistake_of_the_base_is_laid_to_the_base(tmp_path: Path) -> None:
    base = written(tmp_path / "base.toml", "seed = -1\n")
    assert refused(written(tmp_path / "mine.toml", base="./base.toml")).file == str(base)


def test_a_base_that_leads_back_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "one.toml", base="./two.toml")
    two = written(tmp_path / "two.toml", base="./one.toml")
    assert "leads back" in str(refused(two))
    assert "leads back" in str(refused(written(tmp_path / "self.toml", base="./self.toml")))


def test_what_extends_has_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "jiangsu-2016"\nseed = 2\n')
    assert (refused(path).file, refused(path).key) == (str(path), "id")
    path.write_text("extends = 3\n")
    assert refused(path).key == "extends"
    path.write_text('extends = "jiangsu-2061"\n')
    assert "jiangsu-2016" in str(refused(path))


def test_traffic_is_usual_where_a_scenario_says_nothing(tmp_path: Path) -> None:
    bare = load_scenario("jiangsu-2016")
    assert not any(key.startswith("traffic.") for key in bare.figures)
    whole = with_traffic(bare)
    assert {key.removeprefix("traffic.") for key in whole.figures.keys() - bare.figures.keys()} == set(
        usual().data["traffic"]
    )
    cited = {figure.basis.assumption for key, figure in whole.figures.items() if key.startswith("traffic.")}
    assert cited == set(usual().data["assumptions"]) <= whole.assumptions.keys()
    figure = FIGURE.format(name="busy_hour", value=15, unit="hour", basis="A-MINE")
    path = written(tmp_path / "mine.toml", "[traffic]\n", figure, ASSUMPTION.format(id="A-MINE"))
    mine = with_traffic(load_scenario(path, overrides=["traffic.trial_share=0.5"]))
    assert (mine.number("traffic.busy_hour"), mine.number("traffic.trial_share")) == (15, 0.5)
    assert mine.figures["traffic.trial_share"].basis.assumption == "A-USER"
    assert "A-TRAFFIC-HOUR" not in mine.assumptions
