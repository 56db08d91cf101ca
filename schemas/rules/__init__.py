"""The named rules: what a message must hold that JSON Schema cannot say, as data run by a few kinds of rule.

The rules stand in `rules.json`: an id, what must hold and how to put it right in two languages, the basis, and the
kind with its parameters. Code knows only the kinds (`schemas.rules.kinds`). A rule binds by itself to every block of
every message that has the fields it names; think of a checklist whose lines are crossed out where they do not apply.
Two rules come from the fields themselves: `decimals` and `date`.

A value of a wrong type or shape is passed over, because the schema reports it. Only a float where decimals matter is
refused, with TypeError: it has lost what it was.
"""

from schemas.rules.fields import exists, has_decimals
from schemas.rules.kinds import KINDS
from schemas.rules.model import Breach, Path, Rule, Where, read_rules
from schemas.rules.planning import Plan, plan

__all__ = ["KINDS", "Breach", "Path", "Plan", "Rule", "Where", "exists", "has_decimals", "plan", "read_rules"]
