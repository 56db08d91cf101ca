"""The table on the console: a column for the line only where the scenario draws one."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.outputs.console import city_table


def summary(*targets: dict[str, Any], rate: float | None) -> dict[str, Any]:
    counts = {"discharges": 4, "direct": 2, "manual": 1, "not_yet_paid": 1, "rate": rate}
    return {
        "window": {"from": "2019-06-26", "to": "2020-12-31"},
        "targets": list(targets),
        "by_city": [{"zh": "长春市", "en": "Changchun", **counts}],
        "rate": counts,
    }


@pytest.mark.parametrize(
    ("line", "rate", "mark"), [(0.5, 0.5, "✓"), (0.5, 0.4999, "✗"), (0.625, 0.6, "✗"), (0.5, None, "")]
)
def test_a_target_for_the_rate_is_a_column_of_its_own(line: float, rate: float | None, mark: str) -> None:
    other = {"measure": "coverage", "value": 1.0}
    table = city_table(summary(other, {"measure": "rate", "value": line}, rate=rate), "en")
    assert table.columns[-1].header == f"{100 * line:g} %"
    assert list(table.columns[-1].cells) == [mark, mark]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_such_a_target_there_is_no_such_column(lang: str) -> None:
    table = city_table(summary({"measure": "coverage_all", "value": 1.0}, rate=0.5), lang)
    assert [column.header for column in table.columns][-1] in {"联网结算率", "settlement rate"}
    assert list(table.columns[-1].cells) == ["50.00%", "50.00%"]
