"""What offices owe, as data: every duty stands on its row, and what does not fit is refused with file, key and cure."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from schemas.requirements import load_requirements
from simulator.inputs.administration import CALENDAR_DAY, DATE, cited, load_administration
from simulator.inputs.errors import InputError
from simulator.inputs.toml import built_in

BUILT_IN = Path(__file__).parents[2] / "scenarios" / "administration"
ROWS = load_requirements().rows
NAMES = built_in("administration")


@pytest.mark.parametrize("name", NAMES)
def test_a_duty_takes_its_day_from_its_row(name: str) -> None:
    for duty in load_administration(name).duties.values():
        row = ROWS[duty.clause]
        values = {limit.value for limit in row.limits}
        assert not duty.due.binding or (duty.due.value in values and row.strength == "shall")


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_cited_once_by_a_duty(name: str) -> None:
    pairs = list(cited(load_administration(name)))
    assert len(pairs) == len(set(pairs))
    assert {row for row, _ in pairs} <= set(ROWS)


@pytest.mark.parametrize("name", NAMES)
def test_every_assumption_is_used(name: str) -> None:
    text = (BUILT_IN / f"{name}.toml").read_text("utf-8")
    cited_ids = {part.partition('"')[0] for part in text.split('assumption = "')[1:]}
    assert set(load_administration(name).assumptions) == cited_ids


def test_the_days_of_the_notice_of_2016() -> None:
    duties = load_administration("jiangsu-2016").duties
    assert duties["plan"].due == (dt.date(2016, 5, 31), DATE, True)
    assert duties["monthly-report"].due[:2] == (5, "day_of_month")
    assert duties["circular"].due == (14, CALENDAR_DAY, False)
    escalation = duties["monthly-report"].escalation
    assert escalation is not None
    assert escalation == (2, "inform-government")


def test_a_setting_changes_how_often_a_duty_is_late() -> None:
    found = load_administration("jiangsu-2016", settings=["duty.plan.late=1"])
    assert found.duties["plan"].pace.late == 1
    assert found.duties["measures"].pace.late < 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('limit = "plan_received_by"', 'limit = "plan_recieved_by"', "no limit of JS-2.5a"),
        ('pace = "talk"', 'pace = "tolk"', "no pace"),
        ('clause = "JS-2.5a"', 'clause = "JS-2.5x"', "no requirement row"),
        ('to = "inform-government"', 'to = "inform"', "no duty"),
        ('begins = "issue"\nlimit', 'begins = "month"\nlimit', "does not fit a duty that begins with month"),
        ('owner = "city"', 'owner = "village"', "duty.plan.owner"),
        ("late = 0.04", "late = 1.5", "pace.paper.late"),
        ('assumption = "A-OFFICE-TALK"', 'assumption = "A-NONE"', "not declared"),
        ('limit = "escalate_when_late_reports"', 'limit = "nothing"', "no limit of a row"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (BUILT_IN / "jiangsu-2016.toml").read_text("utf-8")
    assert old in text
    file = tmp_path / "wrong.toml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=said) as caught:
        load_administration(file)
    assert "wrong.toml" in str(caught.value)


@pytest.mark.parametrize(
    "setting", ["duty.plan.late=2", "duty.plan=1", "duty.plan.days=1", "duty.none.late=1", "duty.plan.late"]
)
def test_a_setting_that_does_not_fit_is_refused(setting: str) -> None:
    with pytest.raises(InputError):
        load_administration("jiangsu-2016", settings=[setting])
