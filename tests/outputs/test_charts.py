"""Every kind of chart is a specification that the chart library accepts and that names no address."""

from __future__ import annotations

import json

import pytest
import vl_convert

from simulator.outputs import charts
from simulator.outputs.charts import Spec

TITLES = {"x": "月份", "y": "市", "name": "市", "value": "值", "part": "部分", "range": "范围"}
CELLS = [{"x": "a", "y": "b", "value": 0.4, "label": "40", "strong": False, "tip": "40%"}]
BARS = [
    {"name": "南京市", "value": 3, "label": "3", "p50": 1, "p95": 2, "p99": 3},
    {"name": "苏州市", "value": -2, "label": "−2", "p50": 1, "p95": 2, "p99": 3},
]
SHARES = [{"name": "a", "value": 0.5, "low": 0.4, "high": 0.6, "label": "50%", "range": "40–60%", "above": True}]
PARTS = [{"x": "a", "part": "p", "order": 0, "value": 3, "label": "3"}]
DAYS = [{"day": "2016-05-24", "value": 3}, {"day": "2016-06-24", "value": 5}]

SPECS = {
    "grid": charts.grid(CELLS, xs=["a"], ys=["b"], titles=TITLES),
    "grid with a middle": charts.grid(CELLS, xs=["a"], ys=["b"], titles=TITLES, middle=0.5),
    "ruled bars": charts.ruled_bars(SHARES, titles=TITLES, rule=0.5),
    "bars without a rule": charts.ruled_bars(SHARES, titles=TITLES, rule=None),
    "bars": charts.bars(BARS[:1], titles=TITLES),
    "signed bars": charts.bars(BARS, titles=TITLES, signed=True),
    "stacked": charts.stacked(PARTS, xs=["a"], parts=["p"], colors=["#000"], titles=TITLES),
    "steps": charts.steps(DAYS, titles=TITLES, level=5, day="2016-06-01"),
    "steps without a day": charts.steps(DAYS, titles=TITLES, level=5, day=None),
    "ranges": charts.ranges(BARS, titles=TITLES),
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_chart_compiles(spec: Spec) -> None:
    assert vl_convert.vegalite_to_vega({**spec, "config": charts.CONFIG})["marks"]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_chart_fits_its_column_and_names_no_address(spec: Spec) -> None:
    assert spec["width"] == "container"
    assert "://" not in json.dumps(spec)


def test_the_same_rows_give_the_same_chart() -> None:
    assert charts.bars(BARS, titles=TITLES) == charts.bars(BARS, titles=TITLES)


def test_an_order_of_bars_is_kept() -> None:
    layer = charts.bars(BARS, titles=TITLES)["layer"][0]
    assert layer["encoding"]["y"]["sort"] == ["南京市", "苏州市"]
