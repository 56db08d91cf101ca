"""The schemas hold nothing redundant and nothing untested: every constraint and every named rule is needed.

For each one a message is generated that it alone rejects, and that passes once it is deleted or loosened. A failure
lists the survivors: constraints that another implies, or for which the search knows no message.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from .interface import MESSAGES, SHARED, plan_of, published
from .judge import survivors
from .rules_judge import field_rules, rule_parts, rule_survivors

Record = Callable[[str, object], None]


@pytest.mark.parametrize("file", [*SHARED, *MESSAGES])
def test_every_constraint_alone_rejects_a_message(file: str, record_property: Record):
    alive = survivors(published(), file)
    record_property("constraints", len(published().constraints(file)))
    record_property("surviving constraints", len(alive))
    assert not alive, "\n".join(map(str, alive))


@pytest.mark.parametrize("name", MESSAGES)
def test_every_named_rule_alone_rejects_a_message(name: str, record_property: Record):
    alive = rule_survivors(published(), name, partial(plan_of, name))
    record_property("rules", len(rule_parts(published(), name)) + len(field_rules(published(), name)))
    record_property("surviving rules", len(alive))
    assert not alive, "\n".join(alive)


def test_every_common_definition_is_met_by_a_message():
    suite = published()
    met = {use.node.path[1] for uses in suite.uses.values() for use in uses if use.node.file == "common.json"}
    assert met == set(suite.files["common.json"]["$defs"])
