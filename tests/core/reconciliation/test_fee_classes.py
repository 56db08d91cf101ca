"""Fee lines in national categories (P75-35): every fen stays, in all and by class."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.core.benefit.bill import classify, totals_of
from simulator.core.reconciliation.fee_classes import CATEGORIES, fee_classes


def test_the_example_bill_by_category(make_lines: Any, example_bill: Any, catalogue: Any) -> None:
    lines = make_lines(example_bill)
    charges = {
        "drug-a": "09",
        "drug-b": "09",
        "treatment-a": "05",
        "material-b": "08",
        "material-c": "local",
        "bed-a": "01",
    }
    lines = [line._replace(item=line.item._replace(charge_type=charges.get(line.item.code, "10"))) for line in lines]
    found = fee_classes(lines)
    assert [(each.category, each.amount) for each in found] == [
        ("01", 54_000),
        ("05", 720_000),
        ("08", 820_000),
        ("09", 37_500 + 120_960),
        ("10", 4_115),
        ("14", 98_000),  # no national category: other
    ]
    assert found[2].totals == (0, 70_000, 75_000, 675_000)
    assert sum(each.amount for each in found) == 1_854_575
    assert fee_classes([]) == ()


prices = st.integers(1, 10**10)
quantities = st.integers(-(10**7), 10**7)
some_lines = st.lists(
    st.tuples(st.sampled_from(["drug-b", "material-b", "material-c", "bed-a"]), prices, quantities, st.text(max_size=2))
)


@given(some_lines)
def test_totals_are_kept(bills: list[tuple[str, int, int, str]]) -> None:
    from tests.core.conftest import small_catalogue

    items = small_catalogue().items
    lines = []
    for number, (code, price, quantity, charge) in enumerate(bills):
        item = items[code] if hasattr(items[code], "charge_type") else items[code][0]
        lines.append(classify(str(number), item._replace(charge_type=charge), price, quantity))
    found = fee_classes(lines)
    assert {each.category for each in found} <= CATEGORIES
    assert sum(each.amount for each in found) == sum(line.amount for line in lines)
    assert tuple(sum(each.totals[place] for each in found) for place in range(4)) == totals_of(lines)
    assert all(each.amount == each.totals.bill for each in found)
