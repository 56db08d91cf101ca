"""What the page of a visit shows of its bills: the receipt of each settlement, and what the audit found in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.audit.docket import Entry as Doubt
from simulator.core.benefit.receipt import receipt
from simulator.core.benefit.settlement import Settlement
from simulator.core.network.city import City
from simulator.core.platform.node import Node
from simulator.core.visits.facts import INSURED, Settled
from simulator.inputs.platforms import Ground
from simulator.outputs.receipts import Footing, worded_head, worded_steps
from simulator.outputs.texts import Say


class Bill(NamedTuple):
    """A settlement with its receipt in words (``head``, ``steps``), computed again; it ``agrees`` or not."""

    row: Settlement
    head: Mapping[str, str]
    steps: Sequence[Mapping[str, Any]]
    agrees: bool


class Found(NamedTuple):
    """A finding of the audit at the place of treatment, by its number, and how far it has come."""

    number: str
    doubt: Doubt


def rows_of(facts: Iterable[Any]) -> Iterator[Settlement]:
    """Yield the settlement rows that the place of insurance decided."""
    for fact in facts:
        if isinstance(fact, Settled) and fact.role == INSURED and fact.row.inputs is not None:
            yield fact.row


def billed(say: Say, ground: Ground, rows: Iterable[Settlement]) -> list[Bill]:
    """Return the receipts of settlements as a page shows them, in one language."""
    return [_bill(say, ground, row) for row in rows]


def found_in(nodes: Mapping[str, Node], rows: Iterable[Settlement]) -> list[Found]:
    """Return what the audits of this process found in settlements."""
    wanted = {row.setl_id for row in rows}
    dockets = (node.audit.audit.docket for node in nodes.values() if isinstance(node, City))
    return [
        Found(number, doubt)
        for docket in dockets
        for number, doubt in docket.entries.items()
        if doubt.finding.setl_id in wanted
    ]


def _bill(say: Say, ground: Ground, row: Settlement) -> Bill:
    assert row.inputs is not None
    computed = receipt(ground.pack, row.inputs)
    shares = computed.shares.negated() if row.refund else computed.shares
    footing = Footing(ground.catalogue_of(row.treatment_city).version, ground.pack.assumptions)
    head = worded_head(say, ground.network.national, row._asdict(), row.inputs)
    return Bill(row, head, worded_steps(say, computed, footing), shares == row.shares)
